//! This module keeps a few bytes for each remembered row, enough to see that the row has changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use portvakt_core::change::KnownPerson;
use portvakt_core::decide::EndedWith;
use portvakt_core::model::{Digest, PersonId, Right, TrustId};

use super::accepted::{Accepted, Keyed, Row};
use super::digest::{
    Short, bytes_digest, file_digest, id_digest, short, short_of_account, short_of_grant, short_of_key,
    short_of_right, short_of_row, short_of_trust,
};
use super::event::{MemoryEvent, Stepped};
use crate::memory::MemoryError;

/// The rights a person lost in one step, kept until one of them is given again. What ended with them does not come
/// back.
#[derive(Debug, Clone)]
struct LostRights {
    /// The sequence number of the step's entry.
    step: u64,
    at: Timestamp,
    rights: Vec<Short>,
    subscriptions: u32,
    reports: u32,
}

/// The state of one person according to the ledger.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    account: Option<Short>,
    rows: Vec<(Short, Row)>,
    /// The ids that the person had before.
    before: Vec<Short>,
    /// For each file: its trust, its facts, and the bytes by which it was judged.
    files: Vec<(Short, Short, Short)>,
    lost: Vec<LostRights>,
}

impl Person {
    pub fn is_empty(&self) -> bool {
        self.account.is_none() && self.rows.is_empty() && self.files.is_empty()
    }

    pub fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Returns what ended with a right, for each loss since the right was last given.
    pub fn ended_with(&self, right: &Right) -> impl Iterator<Item = EndedWith> {
        let right = short_of_right(right);
        let of =
            move |lost: &&LostRights| lost.rights.contains(&right) && lost.subscriptions + lost.reports > 0;
        self.lost.iter().filter(of).map(|lost| EndedWith {
            step: lost.step,
            at: lost.at,
            subscriptions: lost.subscriptions,
            reports: lost.reports,
        })
    }

    /// Drops what a baseline replaces. Losses stay known.
    fn anew(self) -> Option<Self> {
        (!self.lost.is_empty()).then(|| Self { lost: self.lost, ..Self::default() })
    }

    /// Returns whether the files of the base say the same.
    pub fn agrees_on_files(&self, salt: &str, person: &PersonId, known: &KnownPerson) -> bool {
        known.files.len() == self.files.len()
            && known.files.iter().all(|(trust, facts)| {
                let row = short(&file_digest(salt, person, trust, facts));
                self.file(trust).is_some_and(|(_, known, _)| *known == row)
            })
    }

    /// Returns whether a file was judged by these bytes.
    pub fn judged_by(&self, salt: &str, trust: &TrustId, bytes: &Digest) -> bool {
        self.file(trust).is_some_and(|(_, _, known)| *known == short(&bytes_digest(salt, trust, bytes)))
    }

    fn file(&self, trust: &TrustId) -> Option<&(Short, Short, Short)> {
        let id = short_of_trust(trust);
        self.files.iter().find(|(known, _, _)| *known == id)
    }

    /// Returns whether the person had exactly these ids before.
    pub fn was(&self, salt: &str, ids: &[&PersonId]) -> bool {
        let known: BTreeSet<Short> = self.before.iter().copied().collect();
        known == ids.iter().map(|id| short(&id_digest(salt, id))).collect()
    }

    /// Returns whether the account and the grants of the base say the same.
    ///
    /// # Errors
    /// When a value cannot be written as the ledger has it.
    pub fn agrees(&self, salt: &str, known: &KnownPerson) -> Result<bool, MemoryError> {
        let account = known.account.as_ref().map(|account| short_of_account(account.as_str()));
        if account != self.account || known.grants.len() != self.rows.len() {
            return Ok(false);
        }
        for (key, standing) in &known.grants {
            let id = short_of_row(key);
            let Some((_, row)) = self.rows.iter().find(|(known, _)| *known == id) else { return Ok(false) };
            if *row != Row::of(salt, standing)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn row(&mut self, key: &Keyed<'_>) -> Option<&mut Row> {
        let id = short_of_keyed(key);
        self.rows.iter_mut().find(|(known, _)| *known == id).map(|(_, row)| row)
    }

    fn accept(&mut self, accepted: &Accepted<'_>) {
        let row = Row::accepted(accepted);
        match self.row(&accepted.grant) {
            Some(known) => *known = row,
            None => self.rows.push((short_of_keyed(&accepted.grant), row)),
        }
    }
}

fn short_of_keyed(key: &Keyed<'_>) -> Short {
    short_of_grant(&key.application, key.unit, &key.request)
}

/// All people by their keys, and the owner of each account.
#[derive(Debug, Clone, Default)]
pub(super) struct BoundPeople {
    people: HashMap<Short, Person>,
    owners: HashMap<Short, Short>,
}

impl BoundPeople {
    pub fn of(&self, key: &Short) -> Option<&Person> {
        self.people.get(key)
    }

    /// Returns the rows of people whose key is not in `keys`, and the number of these people who still have access or
    /// an account.
    pub fn without(&self, keys: &HashSet<Short>) -> (HashSet<Short>, usize) {
        let (mut rows, mut lives) = (HashSet::new(), 0);
        for (_, person) in self.people.iter().filter(|(key, _)| !keys.contains(*key)) {
            lives +=
                usize::from(person.account.is_some() || person.rows.iter().any(|(_, row)| !row.is_ended()));
            rows.extend(person.rows.iter().map(|(id, _)| *id));
        }
        (rows, lives)
    }

    fn person(&mut self, key: &str) -> &mut Person {
        self.people.entry(short_of_key(key)).or_default()
    }

    /// Applies one entry.
    pub fn apply(&mut self, event: &MemoryEvent<'_>, (seq, at): (u64, Option<Timestamp>)) {
        match event {
            MemoryEvent::Begun { .. } => {
                let people = std::mem::take(self).people;
                let known = people.into_iter().filter_map(|(key, person)| Some((key, person.anew()?)));
                self.people = known.collect();
            }
            MemoryEvent::Reports(reports) => {
                let Some(key) = &reports.person else { return };
                let Some(person) = self.people.get_mut(&short_of_key(key)) else { return };
                // If reports ended after several steps, they are counted for the first lost step found.
                if let Some(lost) =
                    person.lost.iter_mut().find(|lost| reports.operations.contains(&lost.step))
                {
                    lost.reports = lost.reports.saturating_add(reports.ended);
                }
            }
            MemoryEvent::Accepted(accepted) => self.person(&accepted.grant.person).accept(accepted),
            MemoryEvent::Removed(removed) => {
                let Some(row) = self.person(&removed.grant.person).row(&removed.grant) else { return };
                row.remove(removed);
            }
            MemoryEvent::Step(step) => {
                self.step(step);
                self.loses(step, seq, at);
            }
            MemoryEvent::Files(files) => {
                for file in files {
                    let id = short_of_trust(&file.trust);
                    let known = &mut self.person(&file.person).files;
                    known.retain(|(trust, _, _)| *trust != id);
                    if let (Some(row), Some(bytes)) = (&file.row, &file.bytes) {
                        known.push((id, short(row), short(bytes)));
                    }
                }
            }
            MemoryEvent::Account(used) => {
                let account = short_of_account(&used.account);
                self.uses(short_of_key(&used.person), account);
            }
            MemoryEvent::Adopted(adopted) => {
                self.stands(&adopted.person, &adopted.grants, adopted.account.as_deref());
            }
            MemoryEvent::Renamed(renamed) => {
                if let Some(grants) = &renamed.grants {
                    self.stands(&renamed.person, grants, renamed.account.as_deref());
                }
                self.person(&renamed.person).before.push(short(&renamed.previously));
            }
            MemoryEvent::TakenOver(..) | MemoryEvent::Released(_) => {}
        }
    }

    /// Replaces the grants and the account of one person.
    fn stands(&mut self, key: &str, grants: &[Accepted<'_>], account: Option<&str>) {
        let key = short_of_key(key);
        self.leaves(key, self.people.get(&key).and_then(|person| person.account));
        let person = self.people.entry(key).or_default();
        person.rows.clear();
        grants.iter().for_each(|accepted| person.accept(accepted));
        if let Some(account) = account {
            self.uses(key, short_of_account(account));
        }
    }

    fn step(&mut self, step: &Stepped<'_>) {
        for ended in step.ended() {
            if let Some(row) = self.person(&ended.grant.person).row(&ended.grant) {
                row.end(ended.cause);
            }
        }
        for given in &step.given {
            if let Some(row) = self.person(&given.grant.person).row(&given.grant) {
                row.give();
            }
        }
        let (Some(person), Some(account)) = (&step.person, &step.account) else { return };
        let (key, account) = (short_of_key(person), short_of_account(account));
        if !step.given.is_empty() {
            self.uses(key, account);
        } else if step.closed || step.left {
            self.leaves(key, Some(account));
        }
    }

    /// Remembers what a step takes away. It is forgotten when some of it is given again, so it is reported only once.
    fn loses(&mut self, step: &Stepped<'_>, seq: u64, at: Option<Timestamp>) {
        let (Some(key), Some(at)) = (&step.person, at) else { return };
        let rights: Vec<Short> = step.revoked.iter().map(|revoked| short_of_right(&revoked.right)).collect();
        let given: Vec<Short> =
            step.given.iter().filter_map(|given| given.right.as_ref()).map(short_of_right).collect();
        if rights.is_empty() && given.is_empty() {
            return;
        }
        let lost = &mut self.person(key).lost;
        lost.retain(|lost| !lost.rights.iter().any(|right| given.contains(right)));
        if !rights.is_empty() {
            lost.push(LostRights { step: seq, at, rights, subscriptions: step.subscriptions, reports: 0 });
        }
    }

    /// An account has only one person, and a person has only one account.
    fn uses(&mut self, key: Short, account: Short) {
        if let Some(before) = self.owners.insert(account, key).filter(|before| *before != key)
            && let Some(before) = self.people.get_mut(&before)
        {
            before.account = None;
        }
        let person = self.people.entry(key).or_default();
        if let Some(old) = person.account.replace(account).filter(|old| *old != account) {
            self.owners.remove(&old);
        }
    }

    fn leaves(&mut self, key: Short, account: Option<Short>) {
        let Some(person) = self.people.get_mut(&key) else { return };
        if let Some(account) = account.filter(|account| person.account == Some(*account)) {
            person.account = None;
            self.owners.remove(&account);
        }
    }
}
