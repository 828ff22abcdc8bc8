//! Whole folders that are not in their place for a while, and the whole of `desired-state`. A folder that is moved back is
//! reported as a folder: the system says nothing of the files that come with it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::actors::Step;
use super::super::chance::Chance;
use super::super::desk::*;
use super::super::invariants::{Failure, fail};
use super::super::oracle::State;
use super::super::world::Mode;
use super::Running;

/// Of so many people a removal of all is beyond every limit of the lab, so it waits.
const MANY: usize = 4;

/// Bytes that are an archive.
const ARCHIVE: &[u8] = b"\x1f\x8b\x08\x00\xff\xfe";

impl Running {
    /// Begins a slip with the folder of a trust. This is not done in the middle of another mistake, under other limits, or
    /// if an older database may come back.
    pub(super) fn folder(&mut self, step: &Step) {
        let trust = step.who.as_str();
        let busy = self.stale || self.backup.is_some() || self.told.settings.is_some();
        let other_limits = self.desk.limits != LIMITS || step.at <= self.oracle.unreckoned;
        let is_trust = TRUSTS.iter().any(|known| known.0 == trust);
        if busy || other_limits || !is_trust || !self.desk.slips.is_empty() {
            return;
        }
        let mut slip = Slip {
            kind: step.verb.clone(),
            who: trust.to_owned(),
            since: step.at,
            over: BTreeMap::new(),
            covers: BTreeMap::new(),
            folder: None,
            undo: Vec::new(),
        };
        match step.verb.as_str() {
            // Another folder is in the place of this one, and it lacks a few files.
            "folderswap" if self.world.mode.lasting() => {
                for place in a_few(&self.desk, trust, step.n) {
                    slip.over.insert(path(trust, &place.1), None);
                    slip.covers.insert(place, Takes::Absence);
                }
            }
            // A few files have been packed into an archive beside the others.
            "folderodd" => {
                slip.folder = Some(trust.to_owned());
                slip.over.insert(format!("desired-state/{trust}/pakket.tar.gz"), Some(ARCHIVE.to_vec()));
                for place in a_few(&self.desk, trust, step.n) {
                    slip.over.insert(path(trust, &place.1), None);
                    slip.covers.insert(place, Takes::Moved);
                }
            }
            "folderaway" if self.is_large(trust) => {
                slip.folder = Some(trust.to_owned());
                let here = self.desk.files.keys().filter(|place| place.0 == trust);
                slip.covers = here.map(|place| (place.clone(), Takes::Absence)).collect();
            }
            "foldermoved" => self.moved_folder(trust, step.n, &mut slip),
            _ => {}
        }
        if !slip.covers.is_empty() {
            self.desk.slips.push(slip);
        }
    }

    /// All files of a trust lie in a folder of another name, a level too deep in another trust's folder, or among the
    /// reviews.
    fn moved_folder(&mut self, trust: &str, n: i64, slip: &mut Slip) {
        let other = TRUSTS.iter().map(|known| known.0).find(|known| *known != trust).unwrap_or_default();
        slip.folder = Some(trust.to_owned());
        for (place, file) in self.desk.files.iter().filter(|(place, _)| place.0 == trust) {
            let to = match n % 3 {
                0 => path(&format!("{trust}-gammel"), &place.1),
                1 => path(&format!("{other}/{trust}"), &place.1),
                _ => format!("reviews/{trust}/{}.yaml", place.1),
            };
            slip.over.insert(path(trust, &place.1), None);
            slip.over.insert(to, Some(file.text().into_bytes()));
            slip.covers.insert(place.clone(), Takes::Moved);
        }
        if n % 3 == 1 {
            // What is new in the folder with a directory in it waits.
            let (over, covers, folder) = (BTreeMap::new(), BTreeMap::new(), Some(other.to_owned()));
            self.desk.slips.push(Slip { over, covers, folder, ..slip.clone() });
        }
    }

    /// Whether so many people have access at a trust that a removal of all of them must wait.
    fn is_large(&self, trust: &str) -> bool {
        let stands = |person: &str| {
            let has = self.oracle.store.get(person);
            let mut grants = self.oracle.of(person).filter(|grant| grant.trust == trust);
            grants.any(|grant| {
                grant.state == State::Meant
                    && grant.accepted.is_some()
                    && grant.last().until.is_none()
                    && has.is_some_and(|rights| rights.contains(&grant.right(grant.last())))
            })
        };
        let people: BTreeSet<&str> =
            self.desk.files.keys().filter(|place| place.0 == trust).map(|place| place.1.as_str()).collect();
        people.into_iter().filter(|person| stands(person)).count() >= MANY
    }

    /// The whole of `desired-state` is gone at one look, and back at the next. The first of the two must stop.
    pub(super) fn tree_blinks(&mut self, at: i64) -> Result<(), Failure> {
        if self.stale || self.world.mode == Mode::Git {
            return Ok(());
        }
        let (before, clock) = (self.world.store(), self.clock(at));
        let mut nothing = self.desk.tree();
        nothing.retain(|path, _| !path.starts_with("desired-state/"));
        self.world.show_moved(&nothing, BTreeSet::from(["desired-state".to_owned()]));
        if self.world.stops(at, clock) {
            self.show();
        } else {
            return fail("no tree stops", "a run without `desired-state` went on".to_owned());
        }
        if self.world.store() != before {
            return fail("no tree stops", "a run that stopped changed the store".to_owned());
        }
        self.pass(true, at + 5)
    }
}

/// The files of some people of a trust, one or two, whose absence is no harm to others.
fn a_few(desk: &Desk, trust: &str, n: i64) -> Vec<Place> {
    let mut chance = Chance::new(n.unsigned_abs());
    let here = desk.files.keys().filter(|place| place.0 == trust && !PILLARS.contains(&place.1.as_str()));
    let mut here: Vec<Place> = here.cloned().collect();
    let mut few = Vec::new();
    for _ in 0..1 + chance.below(2) {
        if !here.is_empty() {
            few.push(here.swap_remove(chance.below(here.len() as i64) as usize));
        }
    }
    few
}
