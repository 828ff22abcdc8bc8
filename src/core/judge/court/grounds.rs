//! Finds the entries that depend on something that the pending settings take out of the register. What was accepted
//! before keeps such settings from being released. What is accepted beside them must not depend on it either, or it would
//! stand on nothing from the next pass on.

use crate::change::Change;
use crate::model::GrantKey;

use super::super::settings::lost_ground;
use super::{Court, Outcome};

impl Court<'_> {
    /// Refuses an entry that depends on something that the register in force has and the pending one has not.
    pub(super) fn without_ground(&self, change: &Change) -> Option<(GrantKey, Outcome)> {
        let grant = &change.after.grant;
        let lost = lost_ground(&self.rules.register, &self.pending?.register, grant)?;
        Some((grant.key.clone(), Outcome::Groundless(lost)))
    }
}
