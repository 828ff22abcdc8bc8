//! The accounts of a list as they come, and the first reason to doubt that they are all.

use std::collections::{BTreeMap, HashSet};

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId};
use portvakt_core::store::{LeftRole, Listing};

use crate::listed_twice;
use crate::scim::index::Index;
use crate::scim::learnt::Learnt;
use crate::scim::page::{ListPage, Part, Shown};
use crate::scim::service::Service;

/// The number of accounts that are read to see whether the list leaves out parts. One may not answer, so more are read.
const SAMPLES: usize = 3;

/// A function that is called with each account as it comes, perhaps more than once for the same account.
pub type Watch<'w> = &'w mut dyn FnMut(&Account);

/// The accounts that have come, and the first reason to doubt them.
pub(super) struct Gathered<'w> {
    pub(super) accounts: Vec<Account>,
    pub(super) ids: HashSet<AccountId>,
    pub(super) index: Index,
    pub(super) total: Option<u64>,
    pub(super) received: u64,
    pub(super) against: Option<Text>,
    /// For each part, a few open accounts whose entry in the list lacks it.
    pub(super) samples: BTreeMap<Part, Vec<AccountId>>,
    /// The roles that are no rights, of accounts that are closed or may be.
    pub(super) other_roles: BTreeMap<AccountId, String>,
    /// Whether the list says of an account that it is active. Then one that it says nothing of is not.
    says_active: bool,
    /// The accounts of which the list does not say whether they are active.
    unsaid: HashSet<AccountId>,
    pub(super) watch: Watch<'w>,
}

impl<'w> Gathered<'w> {
    pub(super) fn new(watch: Watch<'w>) -> Self {
        Self {
            accounts: Vec::new(),
            ids: HashSet::new(),
            index: Index::default(),
            total: None,
            received: 0,
            against: None,
            samples: BTreeMap::new(),
            other_roles: BTreeMap::new(),
            says_active: false,
            unsaid: HashSet::new(),
            watch,
        }
    }

    pub(super) fn doubt(&mut self, why: impl FnOnce() -> Text) {
        if self.against.is_none() {
            self.against = Some(why());
        }
    }

    pub(super) fn take(&mut self, service: &Service, page: ListPage) {
        match (self.total, page.total) {
            (None, total) => self.total = total,
            (Some(known), Some(total)) if known != total => {
                self.doubt(|| {
                    text!(
                        en: "it counted {known} accounts, and then {total}",
                        nb: "det telte {known} kontoer, og så {total}"
                    )
                });
            }
            _ => {}
        }
        let learnt = service.learnt();
        if page.says_active {
            self.says_active = true;
            // A list never shows more of an account than the account itself.
            service.learn(|learnt| learnt.says_active = true);
        }
        if learnt.form.is_none() && page.form.is_some() {
            service.learn(|learnt| learnt.form = page.form);
        }
        for member in page.members {
            self.received += 1;
            match member {
                Ok(shown) => self.one(&learnt, shown),
                Err(why) => self.doubt(|| why),
            }
        }
    }

    fn one(&mut self, learnt: &Learnt, mut shown: Shown) {
        if self.says_active {
            shown.close_unsaid();
        }
        let Shown { account, opening, says_active, other_role, lacks } = shown;
        if !learnt.bare_lists {
            for part in lacks {
                let samples = self.samples.entry(part).or_default();
                if samples.len() < SAMPLES {
                    samples.push(account.id.clone());
                }
            }
        }
        if !self.ids.insert(account.id.clone()) {
            self.doubt(|| listed_twice(&account.id));
            return;
        }
        // If the list shows less of accounts than they have, each account is read alone, and is reported after that.
        if !learnt.bare_lists {
            (self.watch)(&account);
        }
        if says_active.is_none() && account.active {
            self.unsaid.insert(account.id.clone());
        }
        self.note_role(&account, says_active, other_role);
        self.index.add(&account, opening);
        self.accounts.push(account);
    }

    /// Notes a role that is no right. One of an account that is known to be open says nothing.
    pub(super) fn note_role(&mut self, account: &Account, says_active: Option<bool>, role: Option<String>) {
        if let Some(role) = role.filter(|_| !account.active || says_active.is_none()) {
            self.other_roles.insert(account.id.clone(), role);
        }
    }

    /// Returns the roles that closed accounts still have. It is asked when it is known which of them are closed.
    pub(super) fn left_roles(&self) -> Vec<LeftRole> {
        let role = |account: &Account| self.other_roles.get(&account.id).map(String::as_str);
        self.accounts.iter().filter_map(|account| LeftRole::of(account, role(account))).collect()
    }

    /// Takes what was read of each account alone, in the place of what the list says. `unsaid` are the accounts that do not
    /// say whether they are active.
    pub(super) fn filled(
        &mut self,
        (accounts, index): (Vec<Account>, Index),
        unsaid: HashSet<AccountId>,
        says_active: bool,
    ) {
        (self.accounts, self.index) = (accounts, index);
        (self.unsaid, self.says_active) = (unsaid, says_active);
    }

    /// Takes the accounts for closed that came before another one said that it is active, and that say nothing of it.
    pub(super) fn close_unsaid(&mut self) {
        if !self.says_active || self.unsaid.is_empty() {
            return;
        }
        for account in self.accounts.iter_mut().filter(|account| self.unsaid.contains(&account.id)) {
            account.active = false;
        }
        self.index.close(&self.unsaid);
    }

    pub(super) fn finish(mut self) -> (Listing, Index) {
        match self.total {
            Some(total) if total != self.received => {
                let received = self.received;
                self.doubt(|| {
                    text!(
                        en: "it counts {total} accounts, and {received} came",
                        nb: "det teller {total} kontoer, og {received} kom"
                    )
                });
            }
            None => self.doubt(|| {
                text!(
                    en: "it does not say how many accounts there are",
                    nb: "det sier ikke hvor mange kontoer det har"
                )
            }),
            Some(_) => {}
        }
        self.accounts.sort_by(|a, b| a.id.cmp(&b.id));
        self.index.incomplete.clone_from(&self.against);
        (Listing { accounts: self.accounts, incomplete: self.against }, self.index)
    }
}

#[cfg(test)]
mod tests {
    use portvakt_core::model::PersonId;

    use super::*;

    #[test]
    fn an_account_that_was_read_before_another_said_that_it_is_active_is_closed_too() {
        for (says_active, is_active) in [(false, true), (true, false)] {
            let account = Account {
                id: AccountId::new("7"),
                person: Some(PersonId::new("kari.testesen").unwrap()),
                name: "Kari Testesen".to_owned(),
                login: None,
                email: None,
                active: true,
                rights: BTreeMap::new(),
                subscriptions: Vec::new(),
            };
            let mut index = Index::default();
            index.add(&account, None);
            let mut watch = |_: &Account| {};
            let mut all = Gathered::new(&mut watch);
            all.filled((vec![account], index), HashSet::from([AccountId::new("7")]), says_active);
            all.close_unsaid();
            let (listing, index) = all.finish();
            assert_eq!(listing.accounts[0].active, is_active);
            let kari = PersonId::new("kari.testesen").unwrap();
            assert_eq!(
                (index.open(&kari).len(), index.closed(&kari).len()),
                (usize::from(is_active), usize::from(!is_active))
            );
        }
    }
}
