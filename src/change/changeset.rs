//! The changes between base and head: which of them give something and need authority, which take something
//! away and need none, and which mean nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::{Digest, Facts, Grant, GrantKey, PersonId, Proof, Revocation, TrustId};
use crate::plan::Cause;

use super::{Base, Head, HeadEntry, HeadFile, Invalid, Known, Pair, Standing, pairs};

/// What a change does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A new entry.
    Grant,
    /// An accepted entry that says something else now.
    Change,
    /// An entry whose request has served (R33): judged with that fact, so that a policy says no.
    Reopen,
}

/// A change that gives something: somebody must have had the authority.
#[derive(Debug, Clone)]
pub struct Change {
    /// What it does.
    pub kind: Kind,
    /// The entry as it stands in the file.
    pub after: HeadEntry,
    /// The approval is not the one the accepted entry had.
    pub renewed: bool,
}

/// A change that takes something away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// From which grant.
    pub key: GrantKey,
    /// At which trust.
    pub trust: TrustId,
    /// Why.
    pub cause: Cause,
    /// The new end date, for [`Cause::Shortened`].
    pub until: Option<Date>,
    /// What the file says, for [`Cause::Revoked`].
    pub revocation: Option<Revocation>,
    /// The number of the entry, where there is one.
    pub entry: Option<usize>,
    /// What showed that an administrator of the unit took it back; with it the budget does not hold it.
    pub proof: Option<Proof>,
}

/// What a file's acceptance records apart from its grants.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub trust: TrustId,
    /// What the file says about the person.
    pub facts: Facts,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// All changes of a head.
#[derive(Debug, Clone, Default)]
pub struct ChangeSet {
    /// They give something.
    pub gives: Vec<Change>,
    /// They take something away.
    pub takes: Vec<Removal>,
    /// Entries that were over when they first appeared, and edits of such: recorded, nothing more.
    pub history: Vec<Grant>,
    /// What the files say about their people.
    pub files: Vec<FileFacts>,
    /// Accepted files that are gone for good.
    pub gone: BTreeSet<(PersonId, TrustId)>,
    /// Grants whose absence has not lasted yet.
    pub waiting: BTreeSet<GrantKey>,
}

/// Compares head with base on one day. `held` are files whose content is not to be used although it parses.
#[must_use]
pub fn between(base: &Base, head: &Head, held: &BTreeSet<(PersonId, TrustId)>, today: Date) -> ChangeSet {
    let mut set = ChangeSet::default();
    let nobody = Known::default();
    for (person, files) in &head.files {
        let known = base.people.get(person).unwrap_or(&nobody);
        for (trust, file) in files {
            if held.contains(&(person.clone(), trust.clone())) {
                continue;
            }
            match file {
                HeadFile::Held => {}
                HeadFile::Gone => {
                    set.gone.insert((person.clone(), trust.clone()));
                    set.takes.extend(
                        known.at(trust).filter(|(_, s)| s.lives(today)).map(|(key, _)| absent(key, trust)),
                    );
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
                    let unnamed: Vec<&GrantKey> = known
                        .at(trust)
                        .filter(|(key, standing)| standing.lives(today) && !named.contains(*key))
                        .map(|(key, _)| key)
                        .collect();
                    for (key, pair) in pairs(known.at(trust), sorted) {
                        match pair {
                            Pair::Before(standing) => {
                                if standing.lives(today) {
                                    set.takes.extend(unmatched(key, trust, invalid, &unnamed));
                                }
                            }
                            Pair::After(entry) => set.appears(known, entry, today),
                            Pair::Both(standing, entry) => set.differs(standing, entry, today),
                        }
                    }
                }
            }
        }
    }
    set
}

/// An accepted grant that no valid entry names. A wrong entry that could mean it keeps it as it stands, unless
/// that entry says `revoked` and can mean no other.
fn unmatched(key: &GrantKey, trust: &TrustId, invalid: &[Invalid], others: &[&GrantKey]) -> Option<Removal> {
    let mut meant = invalid.iter().filter(|entry| entry.could_mean(key)).peekable();
    if meant.peek().is_none() {
        return Some(absent(key, trust));
    }
    let only = |entry: &&Invalid| others.iter().filter(|other| entry.could_mean(other)).count() == 1;
    let revocation = meant.filter(only).find_map(|entry| entry.revoked.clone())?;
    Some(Removal { cause: Cause::Revoked, revocation: Some(revocation), ..absent(key, trust) })
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
    }
}

impl ChangeSet {
    /// Notes which removals an administrator of the unit is shown to have asked for.
    pub fn witnessed(&mut self, proofs: BTreeMap<GrantKey, Proof>) {
        for removal in &mut self.takes {
            removal.proof = proofs.get(&removal.key).cloned();
        }
    }

    /// Takes these absences out of the changes of this pass; what was accepted stays, and a next pass looks again.
    pub fn wait(&mut self, waiting: BTreeSet<GrantKey>) {
        self.takes.retain(|removal| !waiting.contains(&removal.key));
        self.gone.retain(|(person, _)| !waiting.iter().any(|key| key.person == *person));
        self.waiting.extend(waiting);
    }

    fn appears(&mut self, known: &Known, entry: &HeadEntry, today: Date) {
        // The same request at the same unit under another trust's folder: the unit has moved, the grant has not.
        let kind = if known.grants.contains_key(&entry.grant.key) { Kind::Reopen } else { Kind::Grant };
        if entry.grant.is_over(today) && kind == Kind::Grant {
            self.history.push(entry.grant.clone());
        } else if !entry.grant.is_over(today) {
            self.gives.push(Change { kind, after: entry.clone(), renewed: true });
        }
    }

    fn differs(&mut self, standing: &Standing, entry: &HeadEntry, today: Date) {
        let (before, after) = (&standing.grant, &entry.grant);
        if before == after && standing.lives(today) {
            return;
        }
        if !standing.lives(today) {
            // Over for good. What still says so is in order; what says otherwise asks for a spent request.
            if !after.is_over(today) {
                self.gives.push(Change { kind: Kind::Reopen, after: entry.clone(), renewed: false });
            }
            return;
        }
        if let Some(revocation) = &after.revoked {
            self.takes.push(Removal {
                cause: Cause::Revoked,
                revocation: Some(revocation.clone()),
                entry: Some(entry.number),
                ..absent(&before.key, &before.trust)
            });
            return;
        }
        // An earlier end acts by itself, whatever becomes of the rest of the edit.
        let mut shortened = before.clone();
        if let Some(until) = after.until
            && before.until.is_none_or(|old| until < old)
        {
            shortened.until = Some(until);
            self.takes.push(Removal {
                cause: Cause::Shortened,
                until: Some(until),
                entry: Some(entry.number),
                ..absent(&before.key, &before.trust)
            });
        }
        if shortened != *after && !after.is_over(today) {
            let renewed = before.approval != after.approval;
            self.gives.push(Change { kind: Kind::Change, after: entry.clone(), renewed });
        }
    }
}
