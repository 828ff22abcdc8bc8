//! Who is who in a list of everybody: found by comparing here, never by asking the service to look.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::resource::Seen;
use crate::model::{AccountId, PersonId};
use crate::store::OpeningId;

/// A list that was read, and when reading it began.
#[derive(Debug)]
pub struct Listed {
    pub begun: Instant,
    pub index: Arc<Index>,
}

/// Accounts by what they carry.
#[derive(Debug, Default)]
pub struct Index {
    openings: HashMap<OpeningId, Vec<AccountId>>,
    open: HashMap<PersonId, Vec<AccountId>>,
    /// In small letters: logins are compared without regard to case (RFC 7643 section 4.1.1).
    logins: HashMap<String, Vec<AccountId>>,
    /// Why it is not everybody.
    pub incomplete: Option<String>,
}

impl Index {
    /// Takes one account in.
    pub fn add(&mut self, seen: &Seen) {
        let id = || seen.account.id.clone();
        if let Some(opening) = &seen.opening {
            self.openings.entry(opening.clone()).or_default().push(id());
        }
        if let Some(person) = seen.account.person.as_ref().filter(|_| seen.account.active) {
            self.open.entry(person.clone()).or_default().push(id());
        }
        if let Some(login) = &seen.account.login {
            self.logins.entry(login.to_lowercase()).or_default().push(id());
        }
    }

    /// The account opened under this name.
    ///
    /// # Errors
    /// When two carry it.
    pub fn opened(&self, opening: &OpeningId) -> Result<Option<&AccountId>, String> {
        match self.openings.get(opening).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some([one, two, ..]) => Err(format!(
                "the accounts `{one}` and `{two}` were opened under one name; close one of them there"
            )),
        }
    }

    /// Whether any account carries the name of its opening.
    pub fn carries(&self) -> bool {
        !self.openings.is_empty()
    }

    /// The open accounts of a person.
    pub fn open(&self, person: &PersonId) -> &[AccountId] {
        self.open.get(person).map_or(&[], Vec::as_slice)
    }

    /// Whoever has this login.
    pub fn login(&self, login: &str) -> &[AccountId] {
        self.logins.get(&login.to_lowercase()).map_or(&[], Vec::as_slice)
    }
}
