//! This module reads the full rows of a few people from the ledger. It reads the ledger from its beginning for people
//! whose rows do not match, so that access that is over by the ledger ends. Personal data is not in the ledger and is
//! taken from the row.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::{Base, KnownPerson, Standing};
use portvakt_core::model::{AccountId, EmployerId, GrantKey, PersonId};
use portvakt_database::Connection;

use super::Bound;
use super::accepted::{Accepted, Keyed, end_access, give_access};
use super::event::MemoryEvent;
use crate::ledger::person_key::person_of;
use crate::ledger::{Link, VerifyError, Walk};
use crate::memory::MemoryError;
use crate::memory::rows::damaged;

/// The state of one reading: the people by their keys, and what was found.
struct StateReading<'a> {
    people: BTreeMap<[u8; 16], PersonId>,
    base: &'a Base,
    nobody: (PersonId, EmployerId),
    found: BTreeMap<PersonId, KnownPerson>,
    /// The keys of approvers. They are changed into people after the reading.
    approvers: BTreeMap<GrantKey, String>,
}

/// Returns what the ledger says about these people. A person without a valid key is left out.
pub(super) fn people_by_ledger(
    bound: &Bound,
    conn: &Connection,
    people: &BTreeSet<&PersonId>,
    base: &Base,
) -> Result<BTreeMap<PersonId, KnownPerson>, MemoryError> {
    let keys: BTreeMap<_, _> = bound
        .person_keys()
        .filter(|(person, _)| people.contains(person))
        .map(|(person, key)| (key, person.clone()))
        .collect();
    let unknown = |why| damaged("a word for nobody", why);
    let nobody = (PersonId::new("unknown").map_err(unknown)?, EmployerId::new("unknown").map_err(unknown)?);
    let found = keys.values().map(|person| (person.clone(), known_files(base, person))).collect();
    let mut reading = StateReading { people: keys, base, nobody, found, approvers: BTreeMap::new() };
    match Walk::default().on(conn, |link| reading.take(link)) {
        // A broken ledger is not used.
        Ok(()) | Err(VerifyError::Broken(_)) => {}
        Err(VerifyError::Store(error)) => return Err(MemoryError::Ledger(error.into())),
    }
    let StateReading { mut found, approvers, .. } = reading;
    for (key, by) in approvers {
        let standing = found.get_mut(&key.person).and_then(|known| known.grants.get_mut(&key));
        if let (Some(standing), Some(by)) = (standing, person_of(conn, &by)?) {
            standing.grant.approval.by = by;
        }
    }
    Ok(found)
}

fn known_files(base: &Base, person: &PersonId) -> KnownPerson {
    let files = base.people.get(person).map(|known| known.files.clone()).unwrap_or_default();
    KnownPerson { files, ..KnownPerson::default() }
}

impl StateReading<'_> {
    fn whose(&self, key: &str) -> Option<PersonId> {
        self.people.get(&super::digest::short_of_key(key)).cloned()
    }

    fn standing(&mut self, key: &Keyed<'_>) -> Option<&mut Standing> {
        let person = self.whose(&key.person)?;
        let key = key.of(&person);
        self.found.get_mut(&person)?.grants.get_mut(&key).map(|standing| &mut **standing)
    }

    fn take(&mut self, link: Link<'_>) {
        let Some(event) = MemoryEvent::of(link) else { return };
        match event {
            MemoryEvent::Begun { .. } => {
                for known in self.found.values_mut() {
                    known.grants.clear();
                    known.account = None;
                }
            }
            MemoryEvent::Accepted(accepted) => self.accept(&accepted),
            MemoryEvent::Removed(removed) => {
                let nobody = self.nobody.clone();
                let Some(standing) = self.standing(&removed.grant) else { return };
                removed.change(standing, &nobody);
            }
            MemoryEvent::Step(step) => {
                for ended in step.ended() {
                    if let Some(standing) = self.standing(&ended.grant) {
                        end_access(standing, ended.cause);
                    }
                }
                for given in &step.given {
                    if let Some(standing) = self.standing(&given.grant) {
                        give_access(standing);
                    }
                }
                let (Some(person), Some(account)) = (&step.person, &step.account) else { return };
                if !step.given.is_empty() {
                    self.uses(person, account);
                } else if step.closed || step.left {
                    self.leaves(person, account);
                }
            }
            MemoryEvent::Account(used) => self.uses(&used.person, &used.account),
            MemoryEvent::Adopted(adopted) => {
                self.stands(&adopted.person, &adopted.grants, adopted.account.as_deref());
            }
            MemoryEvent::Renamed(renamed) => {
                if let Some(grants) = &renamed.grants {
                    self.stands(&renamed.person, grants, renamed.account.as_deref());
                }
            }
            MemoryEvent::Reports(_)
            | MemoryEvent::Files(_)
            | MemoryEvent::TakenOver(..)
            | MemoryEvent::Released(_) => {}
        }
    }

    fn stands(&mut self, key: &str, grants: &[Accepted<'_>], account: Option<&str>) {
        let Some(person) = self.whose(key) else { return };
        if let Some(known) = self.found.get_mut(&person) {
            known.grants.clear();
            known.account = None;
        }
        grants.iter().for_each(|accepted| self.accept(accepted));
        if let Some(account) = account {
            self.uses(key, account);
        }
    }

    fn uses(&mut self, key: &str, account: &str) {
        let id = AccountId::new(account);
        for known in self.found.values_mut().filter(|known| known.account.as_ref() == Some(&id)) {
            known.account = None;
        }
        if let Some(known) = self.whose(key).and_then(|person| self.found.get_mut(&person)) {
            known.account = Some(id);
        }
    }

    fn leaves(&mut self, key: &str, account: &str) {
        let Some(known) = self.whose(key).and_then(|person| self.found.get_mut(&person)) else { return };
        if known.account.as_ref().is_some_and(|known| known.as_str() == account) {
            known.account = None;
        }
    }

    fn accept(&mut self, accepted: &Accepted<'_>) {
        let Some(person) = self.whose(&accepted.grant.person) else { return };
        let key = accepted.grant.of(&person);
        let row = self.base.standing(&key).map(|row| &row.grant);
        let standing = accepted.standing(key.clone(), row, &self.nobody);
        self.approvers.insert(key.clone(), accepted.approved.by.clone().into_owned());
        if let Some(known) = self.found.get_mut(&person) {
            known.grants.insert(key, Box::new(standing));
        }
    }
}
