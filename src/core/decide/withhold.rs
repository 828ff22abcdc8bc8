//! Decides which absences do not count as removals (laws: *a typo revokes nobody and shields nobody*, *moved is not
//! gone*, *absence must last*). An absence is withheld in six cases: beside an error, if the file seems to have moved,
//! if a folder that may hold it cannot be read, beside something odd in its folder, if it comes and goes, or if the tree
//! may be an older copy. Each has a digest, and two administrators may release it. So nobody can permanently protect the
//! access of a person who has left.

mod strays;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jiff::{Timestamp, ToSpan};

use super::patience::{Absence, Patience};
use crate::change::{Cause, ChangeSet, Removal, Why, Withheld};
use crate::judge::{Judgement, Verdict};
use crate::model::{Digest, FilePath, Grant, GrantKey, PersonId, TrustId};
use crate::plan::{AccessItem, HeldSet};
use crate::planted::PlantedFault;

pub use strays::Strays;
pub use told::finding;

/// The number of days that a file in error protects a missing file from counting as gone, and that something odd holds a
/// changed file beside it.
const SHIELD_DAYS: i64 = 7;

/// Tells whether the tree may be an older copy than the one that was accepted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copy {
    /// The tree is the one of the last pass, or one that came after it on this machine.
    Own,
    /// Another machine made the last pass, and this tree has not been the accepted one yet.
    Unproven,
}

/// Returns the moment up to which something that has waited since this moment is protected.
pub fn after_the_term(since: Timestamp) -> Option<Timestamp> {
    since.checked_add((SHIELD_DAYS * 24).hours()).ok()
}

fn refused_grants<'a>(changes: &'a ChangeSet, judgement: &'a Judgement) -> impl Iterator<Item = &'a Grant> {
    changes
        .gives
        .iter()
        .map(|change| &change.after.grant)
        .filter(|grant| matches!(judgement.verdicts.get(&grant.key), Some(Verdict::Refused(_))))
}

/// Returns the files with a refused entry, each with its person.
fn refused_files(changes: &ChangeSet, judgement: &Judgement) -> BTreeMap<FilePath, PersonId> {
    refused_grants(changes, judgement)
        .map(|grant| (FilePath::of_person(&grant.trust, &grant.key.person), grant.key.person.clone()))
        .collect()
}

/// Returns what is missing from its place only because of the settings. All of it is found before anything else is weighed.
fn kept_by_settings(changes: &ChangeSet, strays: &mut Strays) -> BTreeMap<GrantKey, Why> {
    let mut why = BTreeMap::new();
    for removal in changes.takes.iter().filter(|r| r.cause == Cause::Absent && !r.released) {
        let (key, trust) = (&removal.key, &removal.trust);
        let is_gone = changes.gone.contains(&(key.person.clone(), trust.clone()));
        let is_sought = is_gone || changes.named_elsewhere.contains_key(key);
        if let Some(reason) = strays.place_by_settings(key, trust, is_sought) {
            why.insert(key.clone(), reason);
        }
    }
    why
}

/// The input for weighing absences.
pub struct Absences<'a> {
    pub patience: &'a mut Patience,
    pub copy: Copy,
    /// The moment by a clock that only runs forward. It is `None` if absence need not last.
    pub moment: Option<Instant>,
    /// The time by the trusted clock, for people to read.
    pub now: Timestamp,
    /// Digests that two administrators have released.
    pub releases: &'a BTreeSet<Digest>,
}

impl Absences<'_> {
    /// Withholds absences that do not count as removals. It returns the absences that have not lasted yet.
    pub fn weigh(
        &mut self,
        changes: &mut ChangeSet,
        strays: &mut Strays,
        judgement: Option<&Judgement>,
    ) -> BTreeSet<GrantKey> {
        let refused = judgement.map(|judgement| refused_files(changes, judgement)).unwrap_or_default();
        let of = |(key, trust): &(GrantKey, TrustId)| FilePath::of_person(trust, &key.person);
        let unjudged: BTreeSet<FilePath> = changes.unjudged.iter().map(of).collect();
        let grace = self.patience.grace();
        let mut waits = BTreeSet::new();
        let mut why = kept_by_settings(changes, strays);
        let is_weighed = |r: &&Removal| r.cause == Cause::Absent && !r.released && !why.contains_key(&r.key);
        let weighed: Vec<&Removal> = changes.takes.iter().filter(is_weighed).collect();
        for removal in weighed {
            let GrantKey { person, .. } = &removal.key;
            let file = FilePath::of_person(&removal.trust, person);
            let gone = changes.gone.contains(&(person.clone(), removal.trust.clone()));
            let shield = match changes.named_elsewhere.get(&removal.key) {
                Some(to) => strays.protecting_file((person, &removal.trust), to),
                None if gone => strays.shield(person, &removal.trust, grace, judgement.is_some()),
                None => None,
            };
            if let Some(to) = shield {
                let reason = strays.reason(person, &removal.trust, to);
                why.insert(removal.key.clone(), reason);
            } else if refused.contains_key(&file) && !PlantedFault::ErrorsTake.is_planted() {
                why.insert(removal.key.clone(), Why::InError { file });
            } else if unjudged.contains(&file) {
                // An entry in the same file may still be refused. The absence lasts meanwhile.
                if judgement.is_none() {
                    self.patience.absence(&removal.key, self.moment);
                }
                waits.insert(removal.key.clone());
            } else if judgement.is_none() {
                match self.patience.absence(&removal.key, self.moment) {
                    Absence::Waits => drop(waits.insert(removal.key.clone())),
                    Absence::Blinks => drop(why.insert(removal.key.clone(), Why::Blinking)),
                    Absence::Lasted if self.copy == Copy::Unproven => {
                        why.insert(removal.key.clone(), Why::OlderTree);
                    }
                    Absence::Lasted => {}
                }
            }
        }
        if judgement.is_none() && self.copy == Copy::Unproven {
            let shortened = changes.takes.iter().filter(|r| r.cause == Cause::Shortened && !r.released);
            why.extend(shortened.map(|removal| (removal.key.clone(), Why::OlderTree)));
        }
        let moved = why
            .iter()
            .filter(|(_, why)| {
                matches!(
                    why,
                    Why::Moved { .. } | Why::UnitMoved { .. } | Why::Unread { .. } | Why::Beside { .. }
                )
            })
            .map(|(key, _)| key.clone());
        // When the other file has gone, the wait begins anew.
        self.patience.begin_anew(moved.collect::<Vec<_>>());
        changes.withhold(&why);
        waits
    }

    /// Lets go the withheld sets that two administrators have released, and returns the used digests.
    pub fn release(&self, changes: &mut ChangeSet) -> BTreeSet<Digest> {
        let spent: BTreeSet<Digest> = sets(changes)
            .into_iter()
            .filter(|(set, _)| self.releases.contains(&set.digest))
            .map(|(set, keys)| {
                keys.iter().for_each(|key| changes.let_go(key));
                set.digest
            })
            .collect();
        spent
    }
}

/// Groups the withheld removals into sets. There is one set for each person and reason, and one set for everything an
/// older tree lacks.
fn sets(changes: &ChangeSet) -> Vec<(HeldSet, Vec<GrantKey>)> {
    type Whose<'a> = (&'a Why, Option<(&'a PersonId, &'a TrustId)>);
    let mut groups: BTreeMap<Whose<'_>, Vec<&GrantKey>> = BTreeMap::new();
    let releasable = changes.withheld.iter().filter(|(_, withheld)| withheld.why != Why::LastAdministrators);
    for (key, Withheld { removal, why }) in releasable {
        let whose = (*why != Why::OlderTree).then_some((&key.person, &removal.trust));
        groups.entry((why, whose)).or_default().push(key);
    }
    groups
        .into_iter()
        .map(|((why, whose), keys)| {
            let people = keys.iter().map(|key| key.person.to_string()).collect();
            let items = keys.iter().map(|key| AccessItem::Grant((*key).clone())).collect();
            let set = HeldSet::withheld(why.clone(), whose.map(|(_, trust)| trust), people, items);
            (set, keys.into_iter().cloned().collect())
        })
        .collect()
}

/// Returns the sets that are withheld.
pub fn withheld(changes: &ChangeSet) -> Vec<HeldSet> {
    sets(changes).into_iter().map(|(set, _)| set).collect()
}
