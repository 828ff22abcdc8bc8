//! Finds accounts in a list of all accounts. It compares here and never asks the service to search.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId, PersonId};
use portvakt_core::store::OpeningId;

/// A list that was read, and the time at which reading began.
#[derive(Debug)]
pub struct Listed {
    pub begun: Instant,
    pub index: Arc<Index>,
    /// The accounts, in order of id. They are kept only from a list that was read to look one of them up.
    pub accounts: Option<Vec<Account>>,
}

/// The accounts of a list. Most lists are never searched, so the search tables are made by the first search.
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    order: OnceLock<SearchTables>,
    /// The reason why the list is not complete. `None` if it is.
    pub incomplete: Option<Text>,
}

/// One account of the list, as the index keeps it.
#[derive(Debug)]
struct Entry {
    id: AccountId,
    opening: Option<OpeningId>,
    person: Option<PersonId>,
    active: bool,
    login: Option<String>,
}

/// The same accounts, found by opening, by person or by login.
#[derive(Debug, Default)]
struct SearchTables {
    ids: HashSet<AccountId>,
    openings: HashMap<OpeningId, Vec<AccountId>>,
    open: HashMap<PersonId, Vec<AccountId>>,
    closed: HashMap<PersonId, Vec<AccountId>>,
    /// The keys are in lower case, because logins are compared without regard to case (RFC 7643 section 4.1.1).
    logins: HashMap<String, Vec<AccountId>>,
}

impl Index {
    /// Adds one account. `opening` is the opening id that it carries.
    pub fn add(&mut self, account: &Account, opening: Option<OpeningId>) {
        // Search tables that were made before do not have this account.
        self.order.take();
        self.entries.push(Entry {
            id: account.id.clone(),
            opening,
            person: account.person.clone(),
            active: account.active,
            login: account.login.clone(),
        });
    }

    /// Takes these accounts for closed.
    pub fn close(&mut self, ids: &HashSet<AccountId>) {
        self.order.take();
        self.entries
            .iter_mut()
            .filter(|entry| ids.contains(&entry.id))
            .for_each(|entry| entry.active = false);
    }

    fn order(&self) -> &SearchTables {
        self.order.get_or_init(|| {
            let mut order = SearchTables::default();
            for entry in &self.entries {
                let id = || entry.id.clone();
                order.ids.insert(id());
                if let Some(opening) = &entry.opening {
                    order.openings.entry(opening.clone()).or_default().push(id());
                }
                if let Some(person) = &entry.person {
                    let of = if entry.active { &mut order.open } else { &mut order.closed };
                    of.entry(person.clone()).or_default().push(id());
                }
                if let Some(login) = &entry.login {
                    order.logins.entry(login.to_lowercase()).or_default().push(id());
                }
            }
            order
        })
    }

    /// Finds the account with this opening id.
    ///
    /// # Errors
    /// Fails when two accounts carry it, with a sentence for people.
    pub fn opened(&self, opening: &OpeningId) -> Result<Option<&AccountId>, Text> {
        match self.order().openings.get(opening).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some([one, two, ..]) => Err(text!(
                en: "the accounts `{one}` and `{two}` were opened under one name; close one of them there",
                nb: "kontoene `{one}` og `{two}` ble åpnet under ett navn; lukk en av dem der"
            )),
        }
    }

    /// Returns whether the list names this account.
    pub fn names(&self, id: &AccountId) -> bool {
        self.order().ids.contains(id)
    }

    /// Returns whether any account carries an opening id.
    pub fn carries(&self) -> bool {
        self.entries.iter().any(|entry| entry.opening.is_some())
    }

    /// Finds the open accounts of a person.
    pub fn open(&self, person: &PersonId) -> &[AccountId] {
        self.order().open.get(person).map_or(&[], Vec::as_slice)
    }

    /// Finds the closed accounts of a person.
    pub fn closed(&self, person: &PersonId) -> &[AccountId] {
        self.order().closed.get(person).map_or(&[], Vec::as_slice)
    }

    /// Finds the accounts with this login.
    pub fn login(&self, login: &str) -> &[AccountId] {
        self.order().logins.get(&login.to_lowercase()).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use portvakt_core::diag::Lang;

    use super::super::map::Map;
    use super::super::resource::seen_account;
    use super::super::resource::tests::kari;
    use super::*;

    #[test]
    fn two_accounts_under_one_name_are_told_in_both_languages() {
        let mut index = Index::default();
        let opening = OpeningId::new("3f6c");
        let first = seen_account(&Map::default(), kari(), None).unwrap().account;
        index.add(&first, Some(opening.clone()));
        assert_eq!(index.opened(&opening), Ok(Some(&first.id)));
        index.add(&Account { id: AccountId::new("8"), ..first }, Some(opening.clone()));
        let why = index.opened(&opening).unwrap_err();
        assert_eq!(
            [Lang::En, Lang::Nb].map(|lang| why.get(lang).to_owned()),
            [
                "the accounts `7` and `8` were opened under one name; close one of them there",
                "kontoene `7` og `8` ble åpnet under ett navn; lukk en av dem der"
            ]
        );
    }
}
