//! Policies by action. Cedar evaluates every policy it is handed, so each action is handed only those whose scope
//! names it; which those are is read from the policies and the schema, not listed here.

use std::collections::BTreeMap;

use cedar_policy::{ActionConstraint, Entities, EntityUid, Policy, PolicySet, PolicySetError, Schema};

/// The policies of one file, by action.
#[derive(Debug, Clone, Default)]
pub(super) struct Slices {
    by_action: BTreeMap<String, PolicySet>,
    none: PolicySet,
}

impl Slices {
    /// Sorts the policies by the actions of the schema.
    pub(super) fn of(
        policies: &PolicySet,
        schema: &Schema,
        actions: &Entities,
    ) -> Result<Self, Box<PolicySetError>> {
        let mut by_action = BTreeMap::new();
        for action in schema.actions() {
            let concerned = policies.policies().filter(|policy| concerns(policy, action, actions));
            let slice = PolicySet::from_policies(concerned.cloned())?;
            by_action.insert(action.id().unescaped().to_owned(), slice);
        }
        Ok(Self { by_action, none: PolicySet::new() })
    }

    /// The policies an action is decided by; none for an action the schema does not have.
    pub(super) fn for_action(&self, action: &str) -> &PolicySet {
        self.by_action.get(action).unwrap_or(&self.none)
    }
}

fn concerns(policy: &Policy, action: &EntityUid, actions: &Entities) -> bool {
    let within = |group: &EntityUid| group == action || actions.is_ancestor_of(group, action);
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only == *action,
        ActionConstraint::In(groups) => groups.iter().any(within),
    }
}
