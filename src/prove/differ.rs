//! Finds how two sets of policies decide differently, action by action and role by role, and which advice comes for
//! other requests. Both are asked with a schema in which a request means the same to both, if there is one. Otherwise
//! the changed schema is used. If only one schema has a kind of request, or a word in a fact of it, the other set
//! permits nothing of it. A word in a set is taken out of the request for the other set.

use std::collections::BTreeSet;

use cedar_policy::{Policy, PolicyId, PolicySet, RequestEnv};
use cedar_policy_symcc::Env;
use portvakt_core::diag::text;
use portvakt_core::policy::{Described, OtherWords, RequestKind, WordSet};
use portvakt_core::proof::{DifferenceWay, PolicyDifference, ProofVerdict, Unsure};

use super::bench::{Bench, Between, concerns, differing_request, failure, policy_set};
use super::example::{disagreed, example_of, replay};
use super::plainest::plainest;
use super::solver::Solver;

/// One comparison: a kind of request, and the kind of difference that is searched.
pub(super) struct ComparedPair<'b> {
    kind: ComparedKind<'b>,
    way: DifferenceWay,
    /// The advice that is compared. It is `None` if decisions are compared.
    advice: Option<String>,
}

/// A kind of request that is compared.
#[derive(Clone)]
struct ComparedKind<'b> {
    env: &'b RequestEnv,
    /// The set by whose schema both are asked.
    asked: &'b Bench<'b>,
    /// Whether the schema of each set has such requests, after and before.
    known: [bool; 2],
    /// The words that the schema of each set does not have, although it has such requests.
    unknown: [Option<OtherWords>; 2],
}

impl ComparedKind<'_> {
    /// Returns whether there may be a difference of this kind. A set whose schema has no such requests permits no more
    /// than the other.
    fn may(&self, way: DifferenceWay) -> bool {
        let [after, before] = self.known;
        match way {
            DifferenceWay::More => after,
            DifferenceWay::Less => before,
        }
    }
}

/// Returns all comparisons, in the order in which they are reported.
pub(super) fn comparisons<'b>(new: &'b Bench<'b>, old: &'b Bench<'b>) -> Vec<ComparedPair<'b>> {
    let kinds = kinds(new, old);
    let mut pairs = Vec::new();
    for way in [DifferenceWay::More, DifferenceWay::Less] {
        let decided = kinds.iter().filter(|kind| kind.may(way) && kind.asked.deciding(kind.env).is_some());
        pairs.extend(decided.map(|kind| ComparedPair { kind: kind.clone(), way, advice: None }));
    }
    for id in advised(new).union(&advised(old)) {
        for way in [DifferenceWay::More, DifferenceWay::Less] {
            let all = kinds.iter().filter(|kind| kind.may(way));
            pairs.extend(all.map(|kind| ComparedPair { kind: kind.clone(), way, advice: Some(id.clone()) }));
        }
    }
    pairs
}

/// Returns the kinds of requests that one of the schemas has.
fn kinds<'b>(new: &'b Bench<'b>, old: &'b Bench<'b>) -> Vec<ComparedKind<'b>> {
    // A schema that is not understood has no description. Then the changed schema is used.
    let described = new.policies.described(old.policies).unwrap_or_default();
    // A policy that names an action is understood only by a schema that has the action.
    let actions = |bench: &Bench<'_>| bench.environments.iter().map(action).collect::<BTreeSet<_>>();
    let only_old_has_all = actions(new).is_subset(&actions(old)) && actions(new) != actions(old);
    let mut kinds = Vec::new();
    for env in &new.environments {
        let earlier = same(old, env);
        let known = [true, earlier.is_some()];
        kinds.push(match (described.get(&kind_of(env)), earlier) {
            // Here the earlier schema has a word for everything that either set asks for.
            (Some(Described::LessTold(_)), Some(env)) => {
                ComparedKind { env, asked: old, known, unknown: [None, None] }
            }
            (Some(Described::LessWords(words)), Some(env)) => {
                ComparedKind { env, asked: old, known, unknown: [Some(words.clone()), None] }
            }
            (Some(Described::MoreWords(words)), Some(_)) => {
                ComparedKind { env, asked: new, known, unknown: [None, Some(words.clone())] }
            }
            (Some(Described::Alike), Some(env)) if only_old_has_all => {
                ComparedKind { env, asked: old, known, unknown: [None, None] }
            }
            _ => ComparedKind { env, asked: new, known, unknown: [None, None] },
        });
    }
    let gone = old.environments.iter().filter(|env| same(new, env).is_none());
    kinds.extend(gone.map(|env| ComparedKind {
        env,
        asked: old,
        known: [false, true],
        unknown: [None, None],
    }));
    kinds
}

/// Returns the same kind of request in another schema.
fn same<'b>(bench: &'b Bench<'_>, env: &RequestEnv) -> Option<&'b RequestEnv> {
    let kind = kind_of(env);
    bench.environments.iter().find(|other| kind_of(other) == kind)
}

fn kind_of(env: &RequestEnv) -> RequestKind {
    RequestKind {
        action: action(env),
        principal: env.principal().to_string(),
        resource: env.resource().to_string(),
    }
}

/// Returns the ids of the advice of one set.
fn advised(bench: &Bench<'_>) -> BTreeSet<String> {
    bench.sets.advice.policies().map(id_of).collect()
}

/// Returns the id of a policy as it is, and not as Cedar writes it in a text.
fn id_of(policy: &Policy) -> String {
    AsRef::<str>::as_ref(policy.id()).to_owned()
}

fn action(env: &RequestEnv) -> String {
    env.action().id().unescaped().to_owned()
}

/// Returns the sets after and before that a comparison is about. It is `None` if nothing decides about such requests
/// on one side. A set whose schema has no such requests permits and advises nothing.
fn sides(
    new: &Bench<'_>,
    old: &Bench<'_>,
    pair: &ComparedPair<'_>,
) -> Result<Option<[PolicySet; 2]>, Unsure> {
    let ComparedKind { env, known: [after, before], unknown: [not_after, not_before], .. } = &pair.kind;
    let of = |bench: &Bench<'_>, is_known: bool, unknown: &Option<OtherWords>| -> Result<_, Unsure> {
        let found = match &pair.advice {
            _ if !is_known => Some(PolicySet::new()),
            None => bench.deciding(env).cloned(),
            // Each advice is given alone, independent of the others.
            Some(id) => Some(policy_set(bench.sets.advice.policies().filter(|policy| id_of(policy) == *id))?),
        };
        match (found, unknown) {
            (Some(found), Some(words)) => not_knowing(env, &found, words).map(Some),
            (found, _) => Ok(found),
        }
    };
    let (after, before) = (of(new, *after, not_after)?, of(old, *before, not_before)?);
    Ok(after.zip(before).map(|(after, before)| [after, before]))
}

/// Returns how a set decides if it does not know these words. If such a word is in a fact that is not a set, it
/// permits nothing. If such a word is in a set, it ignores the word.
fn not_knowing(env: &RequestEnv, policies: &PolicySet, words: &OtherWords) -> Result<PolicySet, Unsure> {
    let all = policies.policies().map(|policy| without_words(policy, &words.sets));
    let all = all.collect::<Result<Vec<_>, _>>()?;
    let never = words.condition.as_deref().map(|condition| never(env, condition)).transpose()?;
    policy_set(all.iter().chain(&never))
}

/// Returns the same policy, which now ignores the words that are unknown in these sets.
fn without_words(policy: &Policy, sets: &[WordSet]) -> Result<Policy, Unsure> {
    let before = policy.to_json().map_err(|why| failure(&why))?;
    let mut written = before.clone();
    sets.iter().for_each(|set| set.without_words(&mut written));
    if written == before {
        return Ok(policy.clone());
    }
    Policy::from_json(Some(policy.id().clone()), written).map_err(|why| failure(&why))
}

/// Returns a `forbid` of requests of this kind, with a condition in the words of a policy.
fn never(env: &RequestEnv, condition: &str) -> Result<Policy, Unsure> {
    let (principal, resource) = (env.principal(), env.resource());
    let text =
        format!("forbid (principal is {principal}, action, resource is {resource}) when {{ {condition} }};");
    let parsed = text.parse::<PolicySet>().map_err(|error| failure(&error))?;
    let policy = parsed.policies().next().map(|policy| policy.new_id(PolicyId::new("words-of-one-schema")));
    policy.ok_or_else(|| {
        Unsure::Failed(text!(en: "a condition is no policy", nb: "et vilkår er ingen tilgangsregel"))
    })
}

/// Makes a comparison. If nothing differs, there is one answer for all roles. Otherwise there is one for each. An
/// advice has one answer.
pub(super) fn compare(
    new: &Bench<'_>,
    old: &Bench<'_>,
    roles: &[String],
    solver: &Solver<'_>,
    pair: &ComparedPair<'_>,
) -> Vec<PolicyDifference> {
    let change = |role: Option<&String>, verdict| PolicyDifference {
        way: pair.way,
        advice: pair.advice.clone(),
        action: action(pair.kind.env),
        role: role.cloned(),
        verdict,
    };
    let sets = match sides(new, old, pair) {
        Ok(Some(sets)) => sets,
        Ok(None) => return vec![change(None, ProofVerdict::Holds)],
        Err(why) => return vec![change(None, ProofVerdict::Unsure(why))],
    };
    match any_difference(solver, pair, &sets, None) {
        Ok(None) => vec![change(None, ProofVerdict::Holds)],
        Err(why) => vec![change(None, ProofVerdict::Unsure(why))],
        Ok(Some(whole)) if pair.advice.is_some() => {
            vec![change(None, plainest_difference(solver, pair, &sets, whole))]
        }
        Ok(Some(whole)) => {
            let verdict_of = |only: &Policy| match any_difference(solver, pair, &sets, Some(only)) {
                Ok(None) => ProofVerdict::Holds,
                Ok(Some(found)) => plainest_difference(solver, pair, &sets, found),
                Err(why) => ProofVerdict::Unsure(why),
            };
            let of_role = |role: &String| Some(change(Some(role), verdict_of(&only(pair.kind.env, role)?)));
            let mut each: Vec<PolicyDifference> = roles.iter().filter_map(of_role).collect();
            // A difference is never lost, even if no role of the register shows it.
            if let Some(others) = all_but(pair.kind.env, roles) {
                let verdict = verdict_of(&others);
                each.extend((verdict != ProofVerdict::Holds).then(|| change(None, verdict)));
            }
            if each.iter().any(|change| change.verdict != ProofVerdict::Holds) {
                return each;
            }
            vec![change(None, plainest_difference(solver, pair, &sets, whole))]
        }
    }
}

/// A request about which two sets decide differently, and the set that was asked for it.
struct DifferingRequest {
    request: Env,
    asked: PolicySet,
}

/// Returns the sets of a comparison in the order in which they are asked: the one that is to permit, and the one that is
/// not to.
fn permitting_first<'s>(pair: &ComparedPair<'_>, [after, before]: &'s [PolicySet; 2]) -> [&'s PolicySet; 2] {
    match pair.way {
        DifferenceWay::More => [after, before],
        DifferenceWay::Less => [before, after],
    }
}

/// Looks for any request about which the sets decide differently. `only` leaves out the roles that are not asked for.
fn any_difference(
    solver: &Solver<'_>,
    pair: &ComparedPair<'_>,
    sets: &[PolicySet; 2],
    only: Option<&Policy>,
) -> Result<Option<DifferingRequest>, Unsure> {
    let ComparedKind { env, asked: bench, .. } = &pair.kind;
    let [first, second] = permitting_first(pair, sets);
    if !differs_here(bench, env, [first, second])? {
        return Ok(None);
    }
    let assuming = bench.assuming(first)?;
    let asked: PolicySet = policy_set(assuming.policies().chain(only))?;
    let schema = &bench.sets.schema;
    let Some(request) = differing_request(solver, schema, env, Between::FirstOnly, [&asked, second])? else {
        // Without the roles of the register there may be no request left.
        if only.is_none() {
            sees(solver, bench, env)?;
        }
        return Ok(None);
    };
    Ok(Some(DifferingRequest { request, asked }))
}

/// Returns the verdict that shows the plainest request like this one. It takes many questions, so it is only looked for
/// where it is told.
fn plainest_difference(
    solver: &Solver<'_>,
    pair: &ComparedPair<'_>,
    sets: &[PolicySet; 2],
    found: DifferingRequest,
) -> ProofVerdict {
    let ComparedKind { env, asked: bench, .. } = &pair.kind;
    let [first, second] = permitting_first(pair, sets);
    let DifferingRequest { request, asked } = found;
    let (schema, what) = (&bench.sets.schema, Between::FirstOnly);
    let found = plainest(solver, schema, env, what, [&asked, second], request);
    let (permitted, denied) = (replay(&found, first), replay(&found, second));
    if !permitted.allowed || denied.allowed {
        return ProofVerdict::Unsure(disagreed());
    }
    match example_of(&found, permitted.by) {
        Ok(example) => ProofVerdict::Fails(Some(Box::new(example))),
        Err(why) => ProofVerdict::Unsure(why),
    }
}

/// Asks a question whose answer is known: there is a request of this kind that can be made. A broken solver, or a
/// program that is not a solver, may find nothing for any question. It would call any two sets the same.
fn sees(solver: &Solver<'_>, bench: &Bench<'_>, env: &RequestEnv) -> Result<(), Unsure> {
    let (possible, none) = (bench.possible(env)?, PolicySet::new());
    let found = differing_request(solver, &bench.sets.schema, env, Between::FirstOnly, [&possible, &none])?;
    match found {
        Some(found) if replay(&found, &possible).allowed => Ok(()),
        Some(_) => Err(disagreed()),
        None => Err(Unsure::Blind),
    }
}

/// Returns whether any policy that only one of the sets has is about requests of this kind. If none is, the sets decide
/// the same here, and no solver is needed.
fn differs_here(bench: &Bench<'_>, env: &RequestEnv, sets: [&PolicySet; 2]) -> Result<bool, Unsure> {
    let written = |policy: &Policy| policy.to_json().map_err(|error| failure(&error));
    let [one, other] = sets;
    for (here, there) in [(one, other), (other, one)] {
        for policy in here.policies() {
            let stands_there = match there.policy(policy.id()) {
                Some(same) => written(policy)? == written(same)?,
                None => false,
            };
            if !stands_there && concerns(policy, env, &bench.sets.schema)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns a `forbid` of every role but this one. `None` if the request is about no role.
fn only(env: &RequestEnv, role: &str) -> Option<Policy> {
    forbid(env, |of| format!("unless {{ {of}.role == Role::\"{role}\" }}"))
}

/// Returns a `forbid` of these roles. It is `None` if the request is about no role, or if there are no roles.
fn all_but(env: &RequestEnv, roles: &[String]) -> Option<Policy> {
    if roles.is_empty() {
        return None;
    }
    let known = roles.iter().map(|role| format!("Role::\"{role}\"")).collect::<Vec<_>>().join(", ");
    forbid(env, |of| format!("when {{ [{known}].contains({of}.role) }}"))
}

/// Returns a `forbid` of requests of this kind, with a condition about the thing that has the role.
fn forbid(env: &RequestEnv, condition: impl Fn(&str) -> String) -> Option<Policy> {
    let (principal, resource) = (env.principal().to_string(), env.resource().to_string());
    let of = match (principal.as_str(), resource.as_str()) {
        (_, "Access") => "resource",
        ("Holder", _) => "principal",
        _ => return None,
    };
    let condition = condition(of);
    let text = format!("forbid (principal is {principal}, action, resource is {resource}) {condition};");
    let parsed = text.parse::<PolicySet>().ok()?;
    // A policy that is parsed without an id gets a number as its id. The policies of the plainest request have such
    // ids too, and one set cannot contain an id twice.
    parsed.policies().next().map(|policy| policy.new_id(PolicyId::new("only-some-roles")))
}
