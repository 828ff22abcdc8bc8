//! Sorts policies by action. Cedar evaluates every policy it is given, so each action gets only the policies whose
//! scope names it. These are found from the policies and the schema. This code has no list of them.

use std::collections::BTreeMap;

use cedar_policy::{ActionConstraint, Entities, EntityUid, Policy, PolicySet, PolicySetError, Schema};

/// The policies of one file, sorted by action.
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

    /// The policies that decide about an action. The set is empty for an action the schema does not have.
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
