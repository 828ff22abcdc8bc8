//! Settings as the reason why a file is not in its right place. Settings that wait for approval may have it there, because it
//! moved together with a unit or a trust before two administrators decided. Released settings may have moved its unit away,
//! while the file stays where it was accepted.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::{Base, Head};
use crate::judge::Rules;
use crate::model::{FilePath, Grant, GrantKey, Register, RequestId, TrustId, UnitId};
use crate::parse::{Entry, claims, person};

use super::proposed::Proposed;

/// The settings in force, those that wait, and the files that are not in order.
#[derive(Debug, Default)]
pub struct PlacesBySettings {
    in_force: Option<Arc<Register>>,
    waiting: Option<Arc<Register>>,
    is_unusable: bool,
    bytes: BTreeMap<FilePath, Arc<[u8]>>,
    /// What was accepted of the people whom these files name.
    accepted: BTreeMap<GrantKey, Grant>,
    today: Option<Date>,
}

impl PlacesBySettings {
    /// Takes the settings, the files of a head that are not in order, and what was accepted.
    pub fn of((head, base): (&Head, &Base), rules: &Rules, proposed: &Proposed, today: Date) -> Self {
        let people = head.astray.values().flat_map(|astray| &astray.names);
        let known = people.filter_map(|person| base.people.get(person));
        let accepted = known.flat_map(|known| known.grants.values());
        let bytes = head.astray.iter().filter_map(|(path, astray)| {
            let bytes = astray.bytes.as_ref()?;
            Some((path.clone(), Arc::clone(bytes)))
        });
        Self {
            in_force: Some(Arc::clone(&rules.register)),
            waiting: proposed.pending().map(|rules| Arc::clone(&rules.register)),
            is_unusable: matches!(proposed, Proposed::Invalid(_)),
            bytes: bytes.collect(),
            accepted: accepted.map(|standing| (standing.grant.key.clone(), standing.grant.clone())).collect(),
            today: Some(today),
        }
    }

    /// Tells whether the tree has other settings that cannot be used. What waited before them is neither released nor
    /// taken back.
    pub fn is_unusable(&self) -> bool {
        self.is_unusable
    }

    /// Returns the file in which this grant would stand by the settings that wait. It is `None` if these settings leave
    /// the unit where it is, or if no such file that is not in order names the request of the grant. What else is wrong
    /// in the file does not matter: the same error in a file in its right place takes nothing away either.
    pub fn awaited_place(&self, key: &GrantKey) -> Option<FilePath> {
        let (in_force, waiting) = (self.in_force.as_ref()?, self.waiting.as_ref()?);
        let trust = waiting.trust_of(key.unit)?;
        if in_force.trust_of(key.unit) == Some(trust) {
            return None;
        }
        let there = FilePath::of_person(trust, &key.person);
        (self.names_request(&there, key) && !self.is_over_by_waiting(&there, key)).then_some(there)
    }

    /// Tells whether a file that is not in order has exactly this grant by the settings that wait, with a last day that has
    /// passed. An end needs no approval. So whoever writes one there does not wait for two people.
    pub fn is_over_by_waiting(&self, path: &FilePath, key: &GrantKey) -> bool {
        let (Some(bytes), Some(register), Some(today)) = (self.bytes.get(path), &self.waiting, self.today)
        else {
            return false;
        };
        let is_over = |entry: &Entry| matches!(entry, Entry::Valid { grant, .. } if grant.key == *key && grant.is_over(today));
        person(path, bytes, register).is_ok_and(|file| file.entries.iter().any(is_over))
    }

    /// Tells whether a file that is not in order names the request of this grant.
    pub fn names_request(&self, path: &FilePath, key: &GrantKey) -> bool {
        let register = self.waiting.as_ref().or(self.in_force.as_ref());
        let (Some(bytes), Some(register)) = (self.bytes.get(path), register) else { return false };
        let is_it = |request: &RequestId| request.is_same(&key.request);
        let has = |entry: &Entry| match entry {
            Entry::Valid { grant, .. } => is_it(&grant.key.request),
            Entry::Invalid { request, .. } => request.as_ref().is_some_and(is_it),
        };
        claims(path, bytes, register).requests.iter().any(is_it)
            || person(path, bytes, register).is_ok_and(|file| file.entries.iter().any(has))
    }

    /// Tells whether the settings that wait would find no error in this file.
    pub fn is_in_order_by_waiting(&self, path: &FilePath) -> bool {
        let (Some(bytes), Some(register)) = (self.bytes.get(path), &self.waiting) else { return false };
        let is_valid = |entry: &Entry| matches!(entry, Entry::Valid { .. });
        person(path, bytes, register).is_ok_and(|file| file.entries.iter().all(is_valid))
    }

    /// Tells whether this file would have exactly this grant in order, and as it was accepted, if its unit still belonged to
    /// the file's folder.
    pub fn is_left_behind(&self, path: &FilePath, key: &GrantKey) -> bool {
        let (Some(bytes), Some(in_force)) = (self.bytes.get(path), &self.in_force) else { return false };
        let Some((folder, _)) = path.person_parts() else { return false };
        let Ok(folder) = TrustId::new(folder) else { return false };
        let Some(before) = with_unit_at(in_force, key.unit, &folder) else { return false };
        let accepted = self.accepted.get(key);
        let is_as_before = |grant: &Grant| accepted.is_some_and(|accepted| accepted.said() == grant.said());
        let is_it = |entry: &Entry| matches!(entry, Entry::Valid { grant, .. } if grant.key == *key && is_as_before(grant));
        person(path, bytes, &before).is_ok_and(|file| file.entries.iter().any(is_it))
    }
}

/// Returns a register in which this unit belongs to this folder. If the register has no such trust any more, it is taken to
/// be like the one that the unit belongs to.
fn with_unit_at(register: &Register, unit: UnitId, folder: &TrustId) -> Option<Register> {
    let mut before = register.clone();
    let place = before.units.get_mut(&unit)?;
    let owner = std::mem::replace(&mut place.trust, folder.clone());
    let trust = register.trusts.get(&owner)?;
    before.trusts.entry(folder.clone()).or_insert_with(|| trust.clone());
    Some(before)
}
