//! The accounts as they are after the steps of a plan. The work in Rapporteket is drawn from them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Account, AccountId, Right};

use super::report_work::Reports;
use super::situation::Situation;
use super::{Effect, NewAccount, Step, StepSubject};

/// Returns the address in the form used for comparing. Mail arrives no matter how upper and lower case are written.
#[must_use]
pub fn folded(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The state of one account after the steps.
pub(super) struct After<'a> {
    pub(super) account: &'a Account,
    pub(super) rights: BTreeSet<Right>,
    pub(super) active: bool,
    /// The address. It is `None` after a step that takes it away.
    pub(super) email: Option<String>,
    /// A step lowers or sweeps the account.
    pub(super) lowered: bool,
    /// The account has no access and no address after the steps.
    pub(super) closes: bool,
}

impl After<'_> {
    /// Tells whether the account is open and has this address.
    pub(super) fn has(&self, address: &str) -> bool {
        self.active && self.email.as_deref().map(folded) == Some(folded(address))
    }

    /// Returns the address that the steps take from the account, or replace by another one.
    pub(super) fn lost_address(&self) -> Option<&String> {
        let before = self.account.email.as_ref()?;
        let is_other = self.active && self.account.active && !self.has(before);
        (self.closes || is_other).then_some(before)
    }
}

/// The accounts that were read, by id.
pub(super) type AccountsById<'a> = BTreeMap<AccountId, After<'a>>;

/// The accounts that are opened, with their rights.
pub(super) type Opened = Vec<(NewAccount, BTreeSet<Right>)>;

/// Returns every account that was read, as it is after the steps, and the accounts that are opened.
pub(super) fn after<'a>(
    situation: &'a Situation<'a>,
    reports: &'a Reports,
    steps: &[Step],
) -> (AccountsById<'a>, Opened) {
    let all = reports.beside.iter().chain(&situation.observed.accounts);
    let mut accounts: AccountsById<'a> = all
        .map(|(id, account)| {
            let rights = account.rights.keys().filter(|_| account.active).cloned().collect();
            let (active, email) = (account.active, account.email.clone());
            let after = After { account, rights, active, email, lowered: false, closes: false };
            (id.clone(), after)
        })
        .collect();
    let mut opened = Vec::new();
    for step in steps {
        match (&step.subject, &step.effect) {
            (StepSubject::New(new), Effect::Raise { grant }) => {
                opened.push((new.clone(), grant.iter().map(|raise| raise.right.clone()).collect()));
            }
            (StepSubject::Account(id), effect) => {
                let Some(after) = accounts.get_mut(id) else { continue };
                match effect {
                    Effect::Lower { revoke, close, .. } => {
                        revoke.iter().for_each(|revoke| {
                            after.rights.remove(&revoke.right);
                        });
                        (after.lowered, after.closes) = (true, after.closes || *close);
                        after.active &= !close;
                        after.email = after.email.take().filter(|_| !close);
                    }
                    Effect::Sweep { .. } => {
                        (after.lowered, after.closes, after.email) = (true, true, None);
                    }
                    Effect::Amend { email: Some(email), .. } => after.email.clone_from(email),
                    Effect::Raise { grant } => {
                        after.rights.extend(grant.iter().map(|raise| raise.right.clone()));
                    }
                    Effect::Amend { .. } | Effect::Settle { .. } => {}
                }
            }
            _ => {}
        }
    }
    (accounts, opened)
}
