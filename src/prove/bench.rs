//! The values that every question needs: the policies as sets, the assumptions, and the kinds of requests that the
//! schema has.

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::term::Term;
use cedar_policy_symcc::{
    CompiledPolicy, CompiledPolicySet, Env, disjoint_asserts, implies_asserts, never_matches_asserts,
};
use portvakt_core::diag::Text;
use portvakt_core::policy::{Policies, PromiseKind, Sets};
use portvakt_core::proof::Unsure;
use serde_json::Value;

use super::solver::{Solver, failed};

/// The kind of request that is searched between two sets of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// A request that both sets permit.
    Both,
    /// A request that the first permits, and the second does not.
    FirstOnly,
}

/// The policies of one tree, ready to be asked about.
pub(super) struct Bench<'p> {
    pub(super) policies: &'p Policies,
    pub(super) sets: Sets,
    pub(super) environments: Vec<RequestEnv>,
    /// The facts that the program guarantees. Each is a `forbid` of requests that are never made.
    pub(super) assumed: Vec<Policy>,
}

impl<'p> Bench<'p> {
    pub(super) fn new(policies: &'p Policies) -> Self {
        let sets = policies.sets();
        let guaranteed = policies
            .promises()
            .iter()
            .filter(|promise| promise.kind == PromiseKind::Assumed { guaranteed: true });
        let assumed = guaranteed.filter_map(|promise| policies.written(&promise.id)).cloned().collect();
        let mut environments: Vec<RequestEnv> = sets.schema.request_envs().collect();
        // Several requests may show the same. Then the request of the first action is reported, on every run.
        environments
            .sort_by_cached_key(|env| (env.principal().to_string(), rank(env), env.action().to_string()));
        Self { policies, sets, environments, assumed }
    }

    /// Returns the set that decides about requests of this kind. It is `None` for advice, because no request is about
    /// advice.
    pub(super) fn deciding(&self, env: &RequestEnv) -> Option<&PolicySet> {
        match env.principal().to_string().as_str() {
            "Administrator" => Some(&self.sets.administration),
            "Holder" => Some(&self.sets.capabilities),
            _ => None,
        }
    }

    /// Returns the set of a policy's file.
    pub(super) fn of_file(&self, policy: &Policy) -> &PolicySet {
        let all = [&self.sets.administration, &self.sets.advice, &self.sets.capabilities];
        let found = all.into_iter().find(|set| set.policy(policy.id()).is_some());
        found.unwrap_or(&self.sets.administration)
    }

    /// Makes a set of the assumptions and these policies.
    pub(super) fn with(&self, more: &[&Policy]) -> Result<PolicySet, Unsure> {
        policy_set(self.assumed.iter().chain(more.iter().copied()))
    }

    /// Returns a `permit` of all requests of this kind, apart from those that a promise describes and those that are
    /// never made.
    pub(super) fn unpromised(&self, env: &RequestEnv) -> Result<PolicySet, Unsure> {
        let all = every_request(env)?;
        let is_promised = |kind: PromiseKind| matches!(kind, PromiseKind::Never | PromiseKind::Always);
        let promises = self.policies.promises().iter().filter(|promise| is_promised(promise.kind));
        let written = promises.filter_map(|promise| self.policies.written(&promise.id));
        let forbidden = written.map(as_forbid).collect::<Result<Vec<_>, _>>()?;
        policy_set(self.assumed.iter().chain([&all]).chain(&forbidden))
    }

    /// Returns a `permit` of the requests of this kind that one principal can make. There is always one, and a solver is
    /// needed to find it.
    pub(super) fn possible(&self, env: &RequestEnv) -> Result<PolicySet, Unsure> {
        self.with(&[&requests_of_one(env)?])
    }

    /// Returns the assumptions as a part of a set that is there already.
    pub(super) fn assuming(&self, policies: &PolicySet) -> Result<PolicySet, Unsure> {
        policy_set(self.assumed.iter().chain(policies.policies()))
    }
}

/// Returns the order in which actions are reported: new accesses first, then changes.
fn rank(env: &RequestEnv) -> usize {
    let action = env.action().id().unescaped().to_owned();
    ["grant", "change", "revoke"].iter().position(|known| *known == action).unwrap_or(usize::MAX)
}

/// Returns a `permit` of all requests of this kind.
fn every_request(env: &RequestEnv) -> Result<Policy, Unsure> {
    let (principal, resource) = (env.principal(), env.resource());
    let text = format!("permit (principal is {principal}, action, resource is {resource});");
    // No policy has a name with a space in it.
    Policy::parse(Some(PolicyId::new("every request")), text).map_err(|why| failure(&why))
}

/// Returns a `permit` of the requests of this kind that one principal makes. No assumption may be about a kind of
/// request, so a `permit` of all of them is true by its wording, and nobody would ask the solver.
fn requests_of_one(env: &RequestEnv) -> Result<Policy, Unsure> {
    let (principal, resource) = (env.principal(), env.resource());
    let text = format!("permit (principal == {principal}::\"somebody\", action, resource is {resource});");
    Policy::parse(Some(PolicyId::new("requests of one")), text).map_err(|why| failure(&why))
}

/// Returns the same policy, written as a `forbid`.
fn as_forbid(policy: &Policy) -> Result<Policy, Unsure> {
    let mut written = policy.to_json().map_err(|why| failure(&why))?;
    let effect = written.get_mut("effect").ok_or_else(|| failure(&"a policy has no effect"))?;
    *effect = Value::from("forbid");
    Policy::from_json(Some(policy.id().clone()), written).map_err(|why| failure(&why))
}

/// Returns a question that could not be made.
pub(super) fn failure(why: &dyn std::fmt::Display) -> Unsure {
    Unsure::Failed(Text::said(why.to_string()))
}

/// Makes a set of these policies, each with its id.
pub(super) fn policy_set<'a>(policies: impl Iterator<Item = &'a Policy>) -> Result<PolicySet, Unsure> {
    PolicySet::from_policies(policies.cloned()).map_err(|error| failure(&error))
}

/// Returns the policies of a set that forbid.
pub(super) fn forbids(policies: &PolicySet) -> impl Iterator<Item = &Policy> {
    policies.policies().filter(|policy| policy.effect() == Effect::Forbid)
}

/// Looks for a request of this kind between two sets.
pub(super) fn differing_request(
    solver: &Solver<'_>,
    schema: &Schema,
    env: &RequestEnv,
    what: Between,
    [first, second]: [&PolicySet; 2],
) -> Result<Option<Env>, Unsure> {
    let compiled =
        |set: &PolicySet| CompiledPolicySet::compile(set, env, schema).map_err(|error| failed(&error));
    let (first, second) = (compiled(first)?, compiled(second)?);
    let asserts = match what {
        Between::Both => disjoint_asserts(&first, &second),
        Between::FirstOnly => implies_asserts(&first, &second),
    };
    solver.find(&asserts)
}

/// Returns whether a policy is about requests of this kind at all.
pub(super) fn concerns(policy: &Policy, env: &RequestEnv, schema: &Schema) -> Result<bool, Unsure> {
    let compiled = CompiledPolicy::compile(policy, env, schema).map_err(|error| failed(&error))?;
    let matches = never_matches_asserts(&compiled);
    Ok(matches.asserts().iter().all(|assert| *assert != Term::from(false)))
}
