//! The accounts of a list as they come, and the first reason to doubt that they are all.

use std::collections::{BTreeMap, HashSet};

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId};
use portvakt_core::store::Listing;

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

    fn one(&mut self, learnt: &Learnt, shown: Shown) {
        let Shown { account, opening, lacks } = shown;
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
        self.index.add(&account, opening);
        self.accounts.push(account);
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
