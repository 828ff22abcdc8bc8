//! The questions about one set of policies: its promises, whether every request is promised something, and whether each
//! policy does something and never fails.

use cedar_policy::{Policy, PolicySet, RequestEnv};
use cedar_policy_symcc::{
    CompiledPolicy, CompiledPolicySet, Env, always_denies_asserts, never_errors_asserts,
};
use portvakt_core::diag::text;
use portvakt_core::proof::{Matter, ProofQuestion, ProofVerdict, Unsure};

use super::bench::{Bench, Between, concerns, differing_request, forbids, policy_set};
use super::example::{disagreed, example_of, replay};
use super::plainest::plainest;
use super::solver::{Solver, failed};

/// Answers one question about the set.
pub(super) fn verdict_on(bench: &Bench<'_>, solver: &Solver<'_>, asked: &ProofQuestion) -> ProofVerdict {
    let verdict = match (asked.matter, bench.policies.written(&asked.id)) {
        (Matter::Promised, _) => all_promised(bench, solver, &asked.id),
        (_, None) => {
            Err(Unsure::Failed(text!(en: "there is no `{id}`", nb: "det finnes ingen `{id}`"; id = asked.id)))
        }
        (Matter::Never, Some(policy)) => check_promise(bench, solver, policy, Between::Both),
        (Matter::Always, Some(policy)) => check_promise(bench, solver, policy, Between::FirstOnly),
        (Matter::Void, Some(policy)) => {
            bench.with(&[policy]).and_then(|probe| lets_something(bench, solver, policy, &probe))
        }
        (Matter::Errs, Some(policy)) => never_errs(bench, solver, policy),
        (Matter::Dead, Some(policy)) => alive(bench, solver, policy),
        (Matter::Idle, Some(policy)) => check_needed(bench, solver, policy),
    };
    verdict.unwrap_or_else(ProofVerdict::Unsure)
}

/// Returns the kinds of requests that a policy is about.
fn kinds_of_policy<'b>(bench: &'b Bench<'_>, policy: &Policy) -> Result<Vec<&'b RequestEnv>, Unsure> {
    let mut found = Vec::new();
    for env in &bench.environments {
        if concerns(policy, env, &bench.sets.schema)? {
            found.push(env);
        }
    }
    Ok(found)
}

/// Checks a promise. The policies permit none of the requests that it describes (`Both` finds what they permit), or all
/// of them.
fn check_promise(
    bench: &Bench<'_>,
    solver: &Solver<'_>,
    promise: &Policy,
    what: Between,
) -> Result<ProofVerdict, Unsure> {
    let probe = bench.with(&[promise])?;
    for env in kinds_of_policy(bench, promise)? {
        let Some(deciding) = bench.deciding(env) else {
            // If no policy decides, nothing is permitted.
            if what == Between::FirstOnly {
                return Ok(ProofVerdict::Fails(None));
            }
            continue;
        };
        let (schema, sets) = (&bench.sets.schema, [&probe, deciding]);
        if let Some(found) = differing_request(solver, schema, env, what, sets)? {
            let found = plainest(solver, schema, env, what, sets, found);
            return broken_promise(&found, what, sets);
        }
    }
    Ok(ProofVerdict::Holds)
}

/// A request that breaks a promise. The evaluator must say so too.
fn broken_promise(
    found: &Env,
    what: Between,
    [probe, deciding]: [&PolicySet; 2],
) -> Result<ProofVerdict, Unsure> {
    let (described, decided) = (replay(found, probe), replay(found, deciding));
    if !described.allowed || decided.allowed != (what == Between::Both) {
        return Err(disagreed());
    }
    Ok(ProofVerdict::Fails(Some(Box::new(example_of(found, decided.by)?))))
}

/// Checks an action. A promise is about each of its requests: one of *never* if the policies deny it, and one of
/// *always* if they permit it. Denied requests are reported first, because a later change could permit them.
fn all_promised(bench: &Bench<'_>, solver: &Solver<'_>, action: &str) -> Result<ProofVerdict, Unsure> {
    for env in bench.environments.iter().filter(|env| env.action().id().unescaped() == action) {
        let Some(deciding) = bench.deciding(env) else { continue };
        let unpromised = bench.unpromised(env)?;
        let (schema, sets) = (&bench.sets.schema, [&unpromised, deciding]);
        for what in [Between::FirstOnly, Between::Both] {
            if let Some(found) = differing_request(solver, schema, env, what, sets)? {
                let found = plainest(solver, schema, env, what, sets, found);
                return broken_promise(&found, what, sets);
            }
        }
    }
    Ok(ProofVerdict::Holds)
}

/// Returns whether a set with this `permit` allows any request.
fn lets_something(
    bench: &Bench<'_>,
    solver: &Solver<'_>,
    permit: &Policy,
    policies: &PolicySet,
) -> Result<ProofVerdict, Unsure> {
    for env in kinds_of_policy(bench, permit)? {
        let compiled = CompiledPolicySet::compile(policies, env, &bench.sets.schema);
        let compiled = compiled.map_err(|error| failed(&error))?;
        if solver.find(&always_denies_asserts(&compiled))?.is_some() {
            return Ok(ProofVerdict::Holds);
        }
    }
    Ok(ProofVerdict::Fails(None))
}

/// Returns whether a policy can be evaluated for every request. No assumption is used here.
fn never_errs(bench: &Bench<'_>, solver: &Solver<'_>, policy: &Policy) -> Result<ProofVerdict, Unsure> {
    for env in &bench.environments {
        let compiled = CompiledPolicy::compile(policy, env, &bench.sets.schema);
        let compiled = compiled.map_err(|error| failed(&error))?;
        if let Some(found) = solver.find(&never_errors_asserts(&compiled))? {
            let replayed = replay(&found, &policy_set([policy].into_iter())?);
            if !replayed.errors {
                return Err(Unsure::Failed(text!(
                    en: "the evaluator works out what the solver says cannot be worked out",
                    nb: "programmet regner ut det løseren sier ikke kan regnes ut"
                )));
            }
            return Ok(ProofVerdict::Fails(Some(Box::new(example_of(&found, Vec::new())?))));
        }
    }
    Ok(ProofVerdict::Holds)
}

/// Returns whether a `permit` allows any request, after all that its file forbids.
fn alive(bench: &Bench<'_>, solver: &Solver<'_>, permit: &Policy) -> Result<ProofVerdict, Unsure> {
    let against: Vec<&Policy> = forbids(bench.of_file(permit)).chain([permit]).collect();
    lets_something(bench, solver, permit, &bench.with(&against)?)
}

/// Returns whether a `forbid` denies any request that would be permitted without it.
fn check_needed(bench: &Bench<'_>, solver: &Solver<'_>, forbid: &Policy) -> Result<ProofVerdict, Unsure> {
    let all = bench.of_file(forbid);
    let others: Vec<&Policy> = all.policies().filter(|policy| policy.id() != forbid.id()).collect();
    let without = bench.with(&others)?;
    for env in kinds_of_policy(bench, forbid)? {
        let found = differing_request(solver, &bench.sets.schema, env, Between::FirstOnly, [&without, all])?;
        if found.is_some() {
            return Ok(ProofVerdict::Holds);
        }
    }
    Ok(ProofVerdict::Fails(None))
}
