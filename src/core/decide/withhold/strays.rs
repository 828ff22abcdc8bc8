//! Which files may hold what is missing: those in error that name somebody, folders that cannot be read, and odd things
//! beside a file (laws: *a typo revokes nobody and shields nobody*, *moved is not gone*). Such a file protects an access for
//! some days and no longer, and what it protects is remembered from pass to pass.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::super::awaited::PlacesBySettings;
use super::super::known::{Moved, MovedTo, RememberedFiles};
use super::super::trusted_day::Today;
use super::{after_the_term, refused_grants};
use crate::change::{Base, ChangeSet, Head, HeadFile, Standing, Why};
use crate::judge::Judgement;
use crate::model::{FilePath, GrantKey, PersonId, TrustId};
use crate::planted::PlantedFault;

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
    /// The settings, which may be the reason why a file is not in its right place.
    places: PlacesBySettings,
    /// The people and trusts of whom something is missing in this pass only because of the settings.
    by_settings: BTreeSet<(PersonId, TrustId)>,
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

    /// Notes the settings, which may be the reason why a file is not in its right place.
    pub fn set_places(&mut self, places: PlacesBySettings) {
        self.places = places;
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
    pub(super) fn shield(
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
            *to = self.with_term(&who, to, moment)?;
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
        let known = known.unwrap_or_else(|| MovedTo::by_people(own.clone(), moment));
        let to = match &path {
            Some(to) if *to == known.path => known,
            Some(to) => MovedTo::by_people(to.clone(), known.since),
            // The person's own path means that the file was protected once, and that nothing protects it now.
            None if again => MovedTo::by_people(own, known.since),
            None => return None,
        };
        self.keep_moved(who, to);
        path
    }

    /// Returns the file that has a missing grant and is not in its right place only because of the settings. Nothing counts
    /// as gone because of it, however long that takes. `is_sought` tells whether a file that is not in order may protect
    /// the grant: its own file is gone, or the other file names exactly this grant.
    pub(super) fn place_by_settings(
        &mut self,
        key: &GrantKey,
        trust: &TrustId,
        is_sought: bool,
    ) -> Option<Why> {
        if PlantedFault::MovedIsGone.is_planted() {
            return None;
        }
        let moment = self.moment?;
        let who = (key.person.clone(), trust.clone());
        let own = FilePath::of_person(trust, &key.person);
        let names = |path: &FilePath| {
            *path != own && self.now.get(path).is_some_and(|names| names.contains(&key.person))
        };
        let known = self.moved.get(&who).filter(|to| names(&to.path));
        let left = known.filter(|to| to.is_left_behind && self.places.is_left_behind(&to.path, key));
        let still_waits = |to: &&MovedTo| {
            let is_open = to.is_by_settings && !to.is_left_behind && self.places.is_unusable();
            is_open && (is_sought || self.places.names_request(&to.path, key))
        };
        let waits =
            |to: &&MovedTo| still_waits(to) || is_sought && self.places.is_in_order_by_waiting(&to.path);
        let is_over = |to: &&MovedTo| self.places.is_over_by_waiting(&to.path, key);
        let (path, why) = if let Some(to) = left {
            (to.path.clone(), Why::UnitMoved { file: to.path.clone() })
        } else {
            let awaited = self.places.awaited_place(key).filter(names);
            let path =
                awaited.or_else(|| known.filter(|to| waits(to) && !is_over(to)).map(|to| to.path.clone()))?;
            (path.clone(), Why::Moved { to: path })
        };
        let before = self.moved.get(&who);
        let to = MovedTo {
            since: before.map_or(moment, |to| to.since),
            is_by_settings: true,
            is_left_behind: before.is_some_and(|to| to.is_left_behind && to.path == path),
            path,
        };
        self.by_settings.insert(who.clone());
        self.moved.insert(who, to);
        Some(why)
    }

    /// Remembers the file that a missing one was moved to. What the settings hold of the same person stays remembered as it
    /// is.
    fn keep_moved(&mut self, who: (PersonId, TrustId), to: MovedTo) {
        if !self.by_settings.contains(&who) {
            self.moved.insert(who, to);
        }
    }

    /// Returns why a path protects the missing file of somebody.
    pub(super) fn reason(&self, person: &PersonId, trust: &TrustId, path: FilePath) -> Why {
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
    pub(super) fn protecting_file(
        &mut self,
        (person, trust): (&PersonId, &TrustId),
        to: &FilePath,
    ) -> Option<FilePath> {
        let moment = self.moment?;
        let who = (person.clone(), trust.clone());
        let known = self.moved.get(&who);
        let to = match known {
            Some(known) => MovedTo { path: to.clone(), ..known.clone() },
            None => MovedTo::by_people(to.clone(), moment),
        };
        let is_same = known.is_some_and(|known| known.path == to.path);
        let to = self.with_term(&who, &to, moment)?;
        let path = to.path.clone();
        self.keep_moved(who, MovedTo { is_left_behind: is_same && to.is_left_behind, ..to });
        Some(path)
    }

    /// Returns a protecting file with the moment from which its seven days count. It is `None` if they are over. If the
    /// settings were the reason in the last pass and no longer are, the seven days begin now: nobody loses anything
    /// because two people have not decided yet.
    fn with_term(&self, who: &(PersonId, TrustId), to: &MovedTo, moment: Timestamp) -> Option<MovedTo> {
        let passed = self.shown.unwrap_or(moment);
        let since = match (to.is_by_settings, self.by_settings.contains(who)) {
            (false, _) => to.since,
            (true, false) => moment,
            // The settings hold something else of this person. The rest counts from the moment when it was missed.
            (true, true) => {
                let (person, trust) = who;
                let missed = self.missing.get(&FilePath::of_person(trust, person));
                let known = [Some(&to.since), missed, self.since.get(&to.path)];
                known.into_iter().flatten().max().copied().unwrap_or(moment)
            }
        };
        let is_over = after_the_term(since).is_some_and(|end| end <= passed);
        (!is_over).then(|| MovedTo { since, is_by_settings: false, ..to.clone() })
    }
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
