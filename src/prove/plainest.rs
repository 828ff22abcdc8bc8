//! Finds the plainest of the requests that show something: the one with as few unusual facts as possible.

use std::collections::BTreeSet;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::Env;

use super::bench::{Between, concerns, differing_request, policy_set};
use super::example::replay;
use super::solver::Solver;

/// The usual facts, in the order of their file.
const USUAL: &str = include_str!("usual.cedar");

/// The places in a request, by the type of the thing it is about: the type of the place, and the words that lead to it.
const PLACES: [(&str, &str, &str); 7] = [
    ("Access", "Trust", "resource.trust.id"),
    ("Access", "Unit", "resource.unit.id"),
    ("UserList", "Trust", "resource.trust.id"),
    ("Record", "Trust", "resource.trust"),
    ("Record", "Unit", "resource.unit"),
    ("Record", "Trust", "principal.trust.id"),
    ("Record", "Unit", "principal.unit.id"),
];

/// Looks for the plainest request between two sets. `found` is any request that shows the difference. It is the result
/// if nothing plainer is found. A solver without an answer only makes the result less plain here. It is not asked where
/// the request that was found last is as usual already, which the evaluator knows.
pub(super) fn plainest(
    solver: &Solver<'_>,
    schema: &Schema,
    env: &RequestEnv,
    what: Between,
    [first, second]: [&PolicySet; 2],
    found: Env,
) -> Env {
    let mut best = found;
    let mut kept: Vec<Policy> = first.policies().cloned().collect();
    let wished = usual().into_iter().chain(unnamed(env, [first, second]));
    for usual in wished.filter(|usual| concerns(usual, env, schema).unwrap_or(false)) {
        kept.push(usual);
        let plainer = match policy_set(kept.iter()) {
            // Whether the second set permits it was settled when it was found.
            Ok(first) if replay(&best, &first).allowed => continue,
            Ok(first) => differing_request(solver, schema, env, what, [&first, second]),
            Err(why) => Err(why),
        };
        match plainer {
            Ok(Some(plainer)) => best = plainer,
            Ok(None) | Err(_) => drop(kept.pop()),
        }
    }
    best
}

/// Returns the usual facts about places: no policy names them. If a policy names a place, only that place may show the
/// difference.
fn unnamed(env: &RequestEnv, sets: [&PolicySet; 2]) -> Vec<Policy> {
    let literals: Vec<EntityUid> =
        sets.into_iter().flat_map(|set| set.policies()).flat_map(|policy| policy.entity_literals()).collect();
    let resource = env.resource().to_string();
    let mut policies = Vec::new();
    for (of, kind, path) in PLACES.into_iter().filter(|(of, _, _)| *of == resource) {
        let of_kind = literals.iter().filter(|uid| uid.type_name().to_string() == kind);
        let named: BTreeSet<String> = of_kind.map(ToString::to_string).collect();
        if named.is_empty() {
            continue;
        }
        let named = named.into_iter().collect::<Vec<_>>().join(", ");
        let text =
            format!("forbid (principal, action, resource is {of}) when {{ [{named}].contains({path}) }};");
        // The policies of the file have their numbers as ids.
        let id = PolicyId::new(format!("unnamed {path}"));
        policies.extend(Policy::parse(Some(id), text).ok());
    }
    policies
}

/// Returns the policies of the file, each with an id of its own.
fn usual() -> Vec<Policy> {
    let parsed = USUAL.parse::<PolicySet>().unwrap_or_default();
    let number = |policy: &Policy| {
        let digits = policy.id().to_string().trim_start_matches("policy").to_owned();
        digits.parse::<usize>().unwrap_or(usize::MAX)
    };
    let mut policies: Vec<Policy> = parsed.policies().cloned().collect();
    policies.sort_by_cached_key(number);
    policies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_a_policy_names_is_unusual() {
        let place = format!("{}/../../policies/schema.cedarschema", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(place).unwrap();
        let schema: Schema = text.parse().unwrap();
        let words =
            "permit (principal, action, resource is Access) when { resource.trust.id == Trust::\"ahus\" };";
        let (policies, none) = (words.parse::<PolicySet>().unwrap(), PolicySet::new());
        for (kind, count) in [("Access", 1), ("UserList", 1), ("Record", 2), ("Register", 0)] {
            let mut of_kind = schema.request_envs().filter(|env| env.resource().to_string() == kind);
            let env = of_kind.next().unwrap();
            let found = unnamed(&env, [&policies, &none]);
            assert_eq!(found.len(), count, "{kind}: {found:?}");
            for policy in found {
                assert!(policy.to_string().contains("Trust::\"ahus\""), "{policy}");
                assert_eq!(concerns(&policy, &env, &schema), Ok(true), "{policy}");
            }
            assert!(unnamed(&env, [&none, &none]).is_empty());
        }
    }

    #[test]
    fn what_is_usual_is_read_whole_and_in_order() {
        let policies = usual();
        assert_eq!(policies.len(), USUAL.matches("forbid (").count());
        assert!(policies.len() > 30);
        let first = policies.first().unwrap().to_string();
        assert!(first.contains("principal.offices"), "{first}");
    }
}
