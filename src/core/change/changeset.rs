//! The changes between base and head. Some give access and need authority, some take access away and need none, and
//! some have no effect.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Base, Cause, Head, HeadEntry, HeadFile, KnownPerson, Sides, Why, pairs};
use crate::model::{Digest, Facts, FilePath, GrantKey, PersonId, Proof, Revocation, TrustId};

mod additions;
mod removals;

/// The kind of a change that gives something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// The entry is new.
    Grant,
    /// An accepted entry says something else now.
    Change,
    /// The request of the entry has already been used (R33). It is judged with that fact, so that a policy refuses
    /// it.
    Reopen,
}

/// A change that gives something. It needs an approver with authority.
#[derive(Debug, Clone)]
pub struct Change {
    /// The kind of the change.
    pub kind: ChangeKind,
    /// The entry as it is written in the file.
    pub after: HeadEntry,
    /// Whether the approval differs from that of the accepted entry: it is of a later day, or of another person on the
    /// same day.
    pub renewed: bool,
}

/// A change that takes something away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The key of the grant it is taken from.
    pub key: GrantKey,
    /// The trust of the grant.
    pub trust: TrustId,
    /// The cause of the removal.
    pub cause: Cause,
    /// The new end date, for [`Cause::Shortened`].
    pub until: Option<Date>,
    /// The `revoked` mark in the file, for [`Cause::Revoked`].
    pub revocation: Option<Revocation>,
    /// The number of the entry in the file, if there is an entry.
    pub entry: Option<usize>,
    /// The proof that an administrator of the unit took the access back. With this proof, the budget does not hold
    /// the removal.
    pub proof: Option<Proof>,
    /// Whether two administrators have released the removal by name after it was withheld.
    pub released: bool,
}

impl Removal {
    /// Returns whether the access is over on this day. An earlier end may still be in the future.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        self.until.is_none_or(|until| until < today)
    }
}

/// A removal that is not carried out for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The removal that would be made.
    pub removal: Removal,
    /// Why the access stays.
    pub why: Why,
}

/// The facts of an accepted file, apart from its grants.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// The person of the file.
    pub person: PersonId,
    /// The trust of the folder the file is in.
    pub trust: TrustId,
    /// The facts the file gives about the person.
    pub facts: Facts,
    /// The digest of the bytes of the file.
    pub digest: Digest,
}

/// All changes between a base and a head.
#[derive(Debug, Clone, Default)]
pub struct ChangeSet {
    /// The changes that give something.
    pub gives: Vec<Change>,
    /// The changes that take something away.
    pub takes: Vec<Removal>,
    /// Entries that were over when they first appeared, and changes of such entries. They are recorded and have no
    /// other effect.
    pub history: Vec<HeadEntry>,
    /// The facts the files give about their people.
    pub files: Vec<FileFacts>,
    /// Accepted files that are deleted for good.
    pub gone: BTreeSet<(PersonId, TrustId)>,
    /// Grants whose absence has not lasted long enough yet, or whose absence or earlier end waits for the newest commit.
    pub waiting: BTreeSet<GrantKey>,
    /// Earlier ends that lie ahead and have not stood in their file for long enough, each with the time since when it
    /// stands there.
    pub ends_ahead: BTreeMap<GrantKey, Timestamp>,
    /// Removals that are not carried out, each with the reason.
    pub withheld: BTreeMap<GrantKey, Withheld>,
    /// Entries that are not judged in this pass.
    pub unjudged: BTreeSet<(GrantKey, TrustId)>,
    /// Grants whose end does not act by the clock alone, because an approved extension waits for the date, or because the
    /// pass does not look at their file, where one may wait.
    pub extended: BTreeSet<GrantKey>,
    /// Missing grants that an entry in error names in another file of the person, each with that file.
    pub named_elsewhere: BTreeMap<GrantKey, FilePath>,
}

/// Compares head with base on one day. `held` are files whose content must not be used although it parses.
#[must_use]
pub fn between(base: &Base, head: &Head, held: &BTreeSet<(PersonId, TrustId)>, today: Date) -> ChangeSet {
    let mut set = ChangeSet::default();
    let nobody = KnownPerson::default();
    set.taken_back_astray(base, head, today);
    let astray: BTreeSet<GrantKey> = set.takes.iter().map(|removal| removal.key.clone()).collect();
    for (person, files) in &head.files {
        let known = base.people.get(person).unwrap_or(&nobody);
        for (trust, file) in files {
            let lives = || {
                let living = known.at(trust).filter(|(_, standing)| standing.lives(today));
                living.map(|(key, _)| key).filter(|key| !astray.contains(*key))
            };
            match file {
                HeadFile::Held { says } => drop(set.taken_back(lives().collect(), says, trust)),
                HeadFile::Gone => {
                    set.gone.insert((person.clone(), trust.clone()));
                    set.takes.extend(lives().map(|key| absent(key, trust)));
                }
                HeadFile::Says { entries, invalid, .. }
                    if held.contains(&(person.clone(), trust.clone())) =>
                {
                    // The file is held, but what it takes back or ends earlier still takes effect.
                    let named: BTreeSet<&GrantKey> = entries.iter().map(|entry| &entry.grant.key).collect();
                    set.taken_back(lives().filter(|key| !named.contains(*key)).collect(), invalid, trust);
                    for entry in entries {
                        if let Some(standing) = known.grants.get(&entry.grant.key).filter(|s| s.lives(today))
                        {
                            set.takes_of(standing, entry);
                        }
                    }
                }
                HeadFile::Says { facts, entries, invalid, digest, .. } => {
                    set.files.push(FileFacts {
                        person: person.clone(),
                        trust: trust.clone(),
                        facts: facts.clone(),
                        digest: *digest,
                    });
                    let mut sorted: Vec<(&GrantKey, &HeadEntry)> =
                        entries.iter().map(|entry| (&entry.grant.key, entry)).collect();
                    sorted.sort_by_key(|(key, _)| *key);
                    let named: BTreeSet<&GrantKey> = sorted.iter().map(|(key, _)| *key).collect();
                    let unnamed: Vec<&GrantKey> = lives().filter(|key| !named.contains(*key)).collect();
                    let revoked = set.taken_back(unnamed.clone(), invalid, trust);
                    for key in unnamed.into_iter().filter(|key| !revoked.contains(*key)) {
                        match wrong_elsewhere(files, trust, key) {
                            // A file with an error of its own keeps what it had for as long as it has the error.
                            Some(to) if invalid.is_empty() => set.has_moved(key, trust, to),
                            Some(_) | None => set.is_missing(key, trust, invalid),
                        }
                    }
                    for (key, pair) in pairs(known.at(trust), sorted) {
                        match pair {
                            Sides::Before(_) => {}
                            Sides::After(entry) => set.appears(known, entry, today),
                            Sides::Both(..) if astray.contains(key) => {}
                            Sides::Both(standing, entry) => set.differs(standing, entry, today),
                        }
                    }
                }
            }
        }
    }
    set
}

/// Finds another file of the same person with an entry in error that names exactly this grant. Its unit may be moving
/// to another trust.
fn wrong_elsewhere(files: &BTreeMap<TrustId, HeadFile>, trust: &TrustId, key: &GrantKey) -> Option<FilePath> {
    let others = files.iter().filter(|(other, _)| *other != trust);
    let mut wrong = others.filter(|(_, file)| match file {
        HeadFile::Says { invalid, .. } => invalid.iter().any(|entry| entry.says(key)),
        HeadFile::Held { .. } | HeadFile::Gone => false,
    });
    wrong.next().map(|(other, _)| FilePath::of_person(other, &key.person))
}

fn absent(key: &GrantKey, trust: &TrustId) -> Removal {
    Removal {
        key: key.clone(),
        trust: trust.clone(),
        cause: Cause::Absent,
        until: None,
        revocation: None,
        entry: None,
        proof: None,
        released: false,
    }
}
