//! Who is who in a list of everybody: found by comparing here, never by asking the service to look.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use portvakt_core::model::{AccountId, PersonId};
use portvakt_core::store::{Account, OpeningId};

/// A list that was read, and when reading it began.
#[derive(Debug)]
pub struct Listed {
    pub begun: Instant,
    pub index: Arc<Index>,
}

/// Accounts by what they carry. Most lists are asked nothing of this: it is put in order by the first question.
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    order: OnceLock<Order>,
    /// Why it is not everybody.
    pub incomplete: Option<String>,
}

/// One account.
#[derive(Debug)]
struct Entry {
    id: AccountId,
    opening: Option<OpeningId>,
    /// Of an account that is open.
    person: Option<PersonId>,
    login: Option<String>,
}

/// The same, found by each.
#[derive(Debug, Default)]
struct Order {
    openings: HashMap<OpeningId, Vec<AccountId>>,
    open: HashMap<PersonId, Vec<AccountId>>,
    /// In small letters: logins are compared without regard to case (RFC 7643 section 4.1.1).
    logins: HashMap<String, Vec<AccountId>>,
}

impl Index {
    /// Takes one account in.
    pub fn add(&mut self, account: &Account, opening: Option<OpeningId>) {
        // What was put in order before does not know this one.
        self.order.take();
        self.entries.push(Entry {
            id: account.id.clone(),
            opening,
            person: account.person.clone().filter(|_| account.active),
            login: account.login.clone(),
        });
    }

    fn order(&self) -> &Order {
        self.order.get_or_init(|| {
            let mut order = Order::default();
            for entry in &self.entries {
                let id = || entry.id.clone();
                if let Some(opening) = &entry.opening {
                    order.openings.entry(opening.clone()).or_default().push(id());
                }
                if let Some(person) = &entry.person {
                    order.open.entry(person.clone()).or_default().push(id());
                }
                if let Some(login) = &entry.login {
                    order.logins.entry(login.to_lowercase()).or_default().push(id());
                }
            }
            order
        })
    }

    /// The account opened under this name.
    ///
    /// # Errors
    /// When two carry it.
    pub fn opened(&self, opening: &OpeningId) -> Result<Option<&AccountId>, String> {
        match self.order().openings.get(opening).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some([one, two, ..]) => Err(format!(
                "the accounts `{one}` and `{two}` were opened under one name; close one of them there"
            )),
        }
    }

    /// Whether any account carries the name of its opening.
    pub fn carries(&self) -> bool {
        self.entries.iter().any(|entry| entry.opening.is_some())
    }

    /// The open accounts of a person.
    pub fn open(&self, person: &PersonId) -> &[AccountId] {
        self.order().open.get(person).map_or(&[], Vec::as_slice)
    }

    /// Whoever has this login.
    pub fn login(&self, login: &str) -> &[AccountId] {
        self.order().logins.get(&login.to_lowercase()).map_or(&[], Vec::as_slice)
    }
}
