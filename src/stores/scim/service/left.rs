//! Roles that are no rights and that closed accounts still have. They are noted wherever an account is read, because an
//! account of the core has rights alone.

use portvakt_core::model::Account;
use portvakt_core::store::{Beside, LeftRole, Listing, Shortfall, Wanted, falls_short_beside};

use super::Service;
use crate::scim::resource::SeenAccount;

impl Service {
    /// Notes what was read of one account.
    pub(super) fn note_role(&self, seen: &SeenAccount) {
        let Ok(mut left) = self.left.lock() else { return };
        match LeftRole::of(&seen.account, seen.other_role.as_deref()) {
            Some(role) => drop(left.insert(seen.account.id.clone(), role)),
            None => drop(left.remove(&seen.account.id)),
        }
    }

    /// Notes what a list shows. What it does not show stays as it was known, unless the list is whole.
    pub(in crate::scim) fn note_roles(&self, roles: Vec<LeftRole>, listing: &Listing) {
        let Ok(mut left) = self.left.lock() else { return };
        if listing.incomplete.is_none() {
            left.clear();
        } else {
            for account in &listing.accounts {
                left.remove(&account.id);
            }
        }
        left.extend(roles.into_iter().map(|role| (role.account.clone(), role)));
    }

    /// Returns the roles of closed accounts, as they were last read.
    pub fn left_roles(&self) -> Vec<LeftRole> {
        self.left.lock().map(|left| left.values().cloned().collect()).unwrap_or_default()
    }

    /// Returns the first thing that is still missing of an account that a list shows. It is `None` if the account is as
    /// the step wants it.
    pub(in crate::scim) fn listed_falls_short(
        &self,
        wanted: &Wanted<'_>,
        account: &Account,
    ) -> Option<Shortfall> {
        let known = self.left.lock().ok().and_then(|left| left.get(&account.id).cloned());
        let beside = Beside { other_role: known.map(|left| left.role), ..Beside::default() };
        falls_short_beside(wanted, Some(account), &beside)
    }
}
