//! Decides which absences do not count as removals (laws: *a typo revokes nobody and shields nobody*, *moved is not
//! gone*, *absence must last*). An absence is withheld in six cases: beside an error, if the file seems to have moved,
//! if a folder that may hold it cannot be read, beside something odd in its folder, if it comes and goes, or if the tree
//! may be an older copy. Each has a digest, and two administrators may release it. So nobody can permanently protect the
//! access of a person who has left.

mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};

use super::awaited::in_order_by;
use super::known::{Moved, MovedTo, RememberedFiles};
use super::trusted_day::Today;
use crate::change::{Base, ChangeSet, Head, HeadFile, Standing, Withheld};
use crate::change::{Cause, Why};
use crate::judge::{Judgement, Verdict};
use crate::model::{Digest, FilePath, Grant, GrantKey, PersonId, Register, TrustId};
use crate::plan::{AccessItem, HeldSet};
use crate::planted::PlantedFault;

use super::patience::{Absence, Patience};

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

/// The files in error that name somebody, now and before.
#[derive(Debug, Default)]
pub struct Strays {
    /// The files that are in error now, with the people each names.
    now: BTreeMap<FilePath, BTreeSet<PersonId>>,
    /// The earlier ids of its person that each file names.
    previously: BTreeMap<FilePath, BTreeSet<PersonId>>,
    /// The time since when each file has been in error.
    since: BTreeMap<FilePath, Timestamp>,
    /// The missing files, each with the time when it was first missed.
    missing: BTreeMap<FilePath, Timestamp>,
    /// People whose missing file counts as moved.
    moved: Moved,
    /// Folders and archives that cannot be read. Anybody's file may have been moved there.
    unread: BTreeSet<FilePath>,
    /// The odd things in the folders of trusts. They keep what is missing beside them for some days.
    beside: BTreeMap<TrustId, BTreeSet<FilePath>>,
    /// Files that can be read but are not judged yet. They may still be refused.
    unjudged: BTreeSet<FilePath>,
    /// Files in error that would be in order by settings that wait to be approved.
    awaited: BTreeSet<FilePath>,
    moment: Option<Timestamp>,
    /// The moment up to which time is shown to have passed.
    shown: Option<Timestamp>,
}

impl Strays {
    /// Collects the files in error from a head, and the files that disagree or are not judged. `known` is the earlier
    /// state.
    pub fn of(
        head: &Head,
        held: &BTreeSet<(PersonId, TrustId)>,
        (changes, base): (&ChangeSet, &Base),
        known: RememberedFiles,
        today: &Today,
    ) -> Self {
        let RememberedFiles { astray, missing, moved } = known;
        let (moment, shown) = (Some(today.moment), Some(today.shown));
        let mut strays = Self { since: astray, missing, moved, moment, shown, ..Self::default() };
        let says = |file: &HeadFile| matches!(file, HeadFile::Says { .. });
        strays.unjudged = head.iter().filter(|(.., file)| says(file)).map(|(path, ..)| path).collect();
        for (path, astray) in &head.astray {
            strays.add(path.clone(), astray.names.iter().chain(&astray.previously).cloned());
            // The file may name the request of an accepted entry. Then it may be that person's file under another id.
            // A request that several people share does not identify a person.
            let asked = astray.requests.iter().map(|request| {
                let people = base.requests.get(&request.folded()).into_iter().flatten();
                people
                    .filter(|person| is_open(base, person, |key| key.request.is_same(request)))
                    .collect::<Vec<_>>()
            });
            strays.add(path.clone(), asked.filter(|people| people.len() == 1).flatten().cloned());
            if astray.is_unread_folder {
                strays.unread.insert(path.clone());
            }
            if let Some(trust) = &astray.folder {
                strays.beside.entry(trust.clone()).or_default().insert(path.clone());
            }
            if !astray.previously.is_empty() {
                strays.previously.insert(path.clone(), astray.previously.clone());
            }
        }
        for (person, trust) in held {
            strays.add(FilePath::of_person(trust, person), [person.clone()]);
        }
        for (key, trust) in &changes.unjudged {
            strays.add(FilePath::of_person(trust, &key.person), [key.person.clone()]);
        }
        strays
    }

    /// Notes which protecting files would be in order by settings that wait to be approved.
    pub fn await_settings(&mut self, head: &Head, pending: &Register) {
        self.awaited = in_order_by(self.moved.values().map(|to| &to.path), head, pending);
    }

    fn add(&mut self, path: FilePath, names: impl IntoIterator<Item = PersonId>) {
        if let Some(moment) = self.moment {
            self.since.entry(path.clone()).or_insert(moment);
        }
        self.now.entry(path).or_default().extend(names);
    }

    /// Adds the files of refused entries to the files in error. A refused entry may say the same as an accepted entry
    /// of another person. Then it names that person too, because the file may be theirs under another id. Returns
    /// whether any file is new.
    pub fn refused(&mut self, changes: &ChangeSet, judgement: &Judgement, base: &Base) -> bool {
        let before = self.now.len();
        for grant in refused_grants(changes, judgement) {
            let path = FilePath::of_person(&grant.trust, &grant.key.person);
            let same = |key: &GrantKey| GrantKey { person: key.person.clone(), ..grant.key.clone() } == *key;
            let others = base.others_on(&grant.key).into_iter().filter(|person| is_open(base, person, same));
            self.add(path, others.chain([grant.key.person.clone()]));
        }
        self.now.len() > before
    }

    /// Returns the state that the next pass needs, of files that stay open and of files that this pass did not look
    /// at.
    pub fn remembered(
        self,
        open: &BTreeSet<FilePath>,
        looked: impl Fn(&FilePath) -> bool,
    ) -> RememberedFiles {
        let Self { now, since: mut astray, mut missing, mut moved, .. } = self;
        astray.retain(|path, _| now.contains_key(path) || !looked(path));
        let still = |path: &FilePath| open.contains(path) || !looked(path);
        missing.retain(|path, _| still(path));
        moved.retain(|(person, trust), _| still(&FilePath::of_person(trust, person)));
        RememberedFiles { astray, missing, moved }
    }

    /// Returns the paths that the next pass must look at again.
    pub fn paths(&self) -> impl Iterator<Item = &FilePath> {
        self.now.keys()
    }

    /// Returns the path that protects a missing file from counting as gone. It names the same person, or may hide the
    /// file, and it appeared or became a file in error in the same change. Something odd in the folder of the missing
    /// file protects it too, no matter how long it has been there.
    fn shield(
        &mut self,
        person: &PersonId,
        trust: &TrustId,
        grace: Duration,
        judged: bool,
    ) -> Option<FilePath> {
        if PlantedFault::MovedIsGone.is_planted() {
            return None;
        }
        let own = FilePath::of_person(trust, person);
        let who = (person.clone(), trust.clone());
        let moment = self.moment?;
        let names = |path: &FilePath| {
            *path != own
                && (self.unread.contains(path) || self.now.get(path).is_some_and(|n| n.contains(person)))
        };
        let beside = self.beside.get(trust);
        let protects = |path: &FilePath| names(path) || beside.is_some_and(|odd| odd.contains(path));
        let mut known = self.moved.get(&who).cloned();
        // The protecting file is still there, and it is not known yet whether it is refused again.
        let open = |to: &MovedTo| !protects(&to.path) && self.unjudged.contains(&to.path);
        if !judged && known.as_ref().is_some_and(open) {
            return None;
        }
        // The protecting path no longer names the person, or is no longer there. The person's file counts as missing
        // from now on, and may have moved again.
        let again = known.as_ref().is_some_and(|to| to.path != own && !protects(&to.path));
        if again {
            self.missing.insert(own.clone(), moment);
        }
        let vanished = *self.missing.entry(own.clone()).or_insert(moment);
        if let Some(to) = &mut known {
            to.since = self.protects_since(to, moment)?;
        }
        let recent = |path: &&FilePath| {
            if self.previously.get(*path).is_some_and(|before| before.contains(person)) {
                return true;
            }
            let since = self.since.get(*path).copied().unwrap_or(moment);
            vanished.duration_since(since).unsigned_abs() <= grace
        };
        let same_name = |path: &FilePath, other: &FilePath| file_name(path) == file_name(other);
        let path = match &known {
            Some(to) if protects(&to.path) => Some(to.path.clone()),
            // The folder of the protecting file has a new name.
            Some(to) if self.now.keys().any(|path| names(path) && same_name(path, &to.path)) => {
                self.now.keys().find(|path| names(path) && same_name(path, &to.path)).cloned()
            }
            _ => {
                let moved = self.now.keys().filter(|path| names(path)).find(recent);
                moved.or_else(|| beside.and_then(BTreeSet::first)).cloned()
            }
        };
        let since = known.map_or(moment, |known| known.since);
        match &path {
            Some(to) => drop(self.moved.insert(who, MovedTo { path: to.clone(), since })),
            // The person's own path means that the file was protected once, and that nothing protects it now.
            None if again => drop(self.moved.insert(who, MovedTo { path: own, since })),
            None => {}
        }
        path
    }

    /// Returns why a path protects the missing file of somebody.
    fn reason(&self, person: &PersonId, trust: &TrustId, path: FilePath) -> Why {
        let names = self.now.get(&path).is_some_and(|names| names.contains(person));
        let is_beside = self.beside.get(trust).is_some_and(|odd| odd.contains(&path));
        match (self.unread.contains(&path), is_beside && !names) {
            (true, _) => Why::Unread { folder: path },
            (false, true) => Why::Beside { odd: path },
            (false, false) => Why::Moved { to: path },
        }
    }

    /// Returns the file with an entry in error that names exactly a missing grant of this person. It protects the grant for
    /// seven days, like a file that was moved.
    fn protecting_file(&mut self, (person, trust): (&PersonId, &TrustId), to: &FilePath) -> Option<FilePath> {
        let moment = self.moment?;
        let who = (person.clone(), trust.clone());
        let since = self.moved.get(&who).map_or(moment, |known| known.since);
        let to = MovedTo { path: to.clone(), since };
        let since = self.protects_since(&to, moment)?;
        let path = to.path.clone();
        self.moved.insert(who, MovedTo { since, ..to });
        Some(path)
    }

    /// Returns the time since when a file has protected a missing one. It is `None` if its seven days are over. If the
    /// file would be in order by settings that wait to be approved, they begin anew: nobody loses anything because two
    /// people have not decided yet.
    fn protects_since(&self, to: &MovedTo, moment: Timestamp) -> Option<Timestamp> {
        let passed = self.shown.unwrap_or(moment);
        let is_over = after_the_term(to.since).is_some_and(|end| end <= passed);
        match (is_over, self.awaited.contains(&to.path)) {
            (false, _) => Some(to.since),
            (true, true) => Some(moment),
            (true, false) => None,
        }
    }
}

/// Returns the moment up to which something that has waited since this moment is protected.
pub fn after_the_term(since: Timestamp) -> Option<Timestamp> {
    since.checked_add((SHIELD_DAYS * 24).hours()).ok()
}

/// Tells whether somebody has such an access that is not over. A file is never moved for an access that is over, and
/// CI does not know such an access either.
fn is_open(base: &Base, person: &PersonId, like: impl Fn(&GrantKey) -> bool) -> bool {
    let grants = base.people.get(person).into_iter().flat_map(|known| &known.grants);
    let open = |standing: &Standing| standing.ended.is_none() && standing.cleared.is_none();
    grants.filter(|(key, _)| like(key)).any(|(_, standing)| open(standing))
}

fn file_name(path: &FilePath) -> Option<&str> {
    path.as_str().rsplit('/').next()
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
        let (mut why, mut waits) = (BTreeMap::new(), BTreeSet::new());
        for removal in changes.takes.iter().filter(|r| r.cause == Cause::Absent && !r.released) {
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
            .filter(|(_, why)| matches!(why, Why::Moved { .. } | Why::Unread { .. } | Why::Beside { .. }))
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
