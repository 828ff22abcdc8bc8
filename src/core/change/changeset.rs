//! The changes between base and head. Some give access and need authority, some take access away and need none, and
//! some have no effect.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::{
    Digest, Facts, FilePath, Grant, GrantKey, PersonId, Proof, RequestId, Revocation, TrustId,
};
use crate::planted::PlantedFault;

use super::{Base, Cause, Head, HeadEntry, HeadFile, Invalid, KnownPerson, Sides, Standing, Why, pairs};

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
    /// Whether the approval differs from the approval of the accepted entry and is not dated before it.
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
    /// Tells whether the access is over on this day. An earlier end may still be to come.
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
    /// Grants whose absence has not lasted long enough yet, or waits for the newest commit.
    pub waiting: BTreeSet<GrantKey>,
    /// Removals that are not carried out, each with the reason.
    pub withheld: BTreeMap<GrantKey, Withheld>,
    /// Entries that are not judged in this pass.
    pub unjudged: BTreeSet<(GrantKey, TrustId)>,
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
                            Some(to) => set.has_moved(key, trust, to),
                            None => set.is_missing(key, trust, invalid),
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

impl ChangeSet {
    /// Adds the removals from a file under a wrong name or in a wrong place. They take effect only if it is clear
    /// whose access is meant.
    fn taken_back_astray(&mut self, base: &Base, head: &Head, today: Date) {
        let mut revoked = BTreeSet::new();
        for astray in head.astray.values().filter(|astray| !astray.says.is_empty()) {
            let known = astray.names.iter().filter_map(|person| base.people.get(person));
            let mut living = known.filter(|known| known.grants.values().any(|s| s.lives(today)));
            let (Some(known), None) = (living.next(), living.next()) else { continue };
            let lives = || known.grants.iter().filter(|(_, standing)| standing.lives(today));
            let trusts: BTreeSet<&TrustId> = lives().map(|(_, standing)| &standing.grant.trust).collect();
            for trust in trusts {
                let here = lives().filter(|(_, standing)| standing.grant.trust == *trust);
                let all: Vec<&GrantKey> = lives().map(|(key, _)| key).collect();
                self.taken_back_among(here.map(|(key, _)| key), &all, &astray.says, trust, &mut revoked);
            }
        }
    }

    /// Adds the removals that entries in error ask for with `revoked`, among the living grants that no valid entry
    /// names. Each takes effect only if it can mean exactly one grant.
    fn taken_back(
        &mut self,
        living: Vec<&GrantKey>,
        says: &[Invalid],
        trust: &TrustId,
    ) -> BTreeSet<GrantKey> {
        let mut revoked = BTreeSet::new();
        if says.iter().any(|entry| entry.revoked.is_some()) {
            self.taken_back_among(living.iter().copied(), &living, says, trust, &mut revoked);
        }
        revoked
    }

    fn taken_back_among<'k>(
        &mut self,
        here: impl Iterator<Item = &'k GrantKey>,
        all: &[&GrantKey],
        says: &[Invalid],
        trust: &TrustId,
        revoked: &mut BTreeSet<GrantKey>,
    ) {
        for key in here {
            let only = |entry: &&Invalid| {
                entry.could_mean(key) && all.iter().filter(|other| entry.could_mean(other)).count() == 1
            };
            let revocation = says.iter().filter(only).find_map(|entry| entry.revoked.clone());
            if let Some(revocation) = revocation
                && revoked.insert(key.clone())
            {
                self.takes.push(Removal {
                    cause: Cause::Revoked,
                    revocation: Some(revocation),
                    ..absent(key, trust)
                });
            }
        }
    }

    /// Handles an accepted grant that no valid entry names. If an entry in error could mean the grant, the grant
    /// stays as it is. If the file has any other entry in error, the removal is withheld.
    fn is_missing(&mut self, key: &GrantKey, trust: &TrustId, invalid: &[Invalid]) {
        let removal = absent(key, trust);
        if invalid.iter().any(|entry| entry.could_mean(key)) && !PlantedFault::ErrorsTake.is_planted() {
            return;
        }
        if invalid.is_empty() || PlantedFault::ErrorsTake.is_planted() {
            self.takes.push(removal);
        } else {
            let why = Why::InError { file: FilePath::of_person(trust, &key.person) };
            self.withheld.insert(key.clone(), Withheld { removal, why });
        }
    }

    /// Handles an accepted grant that is missing from its file but is named by an entry in error in another file.
    fn has_moved(&mut self, key: &GrantKey, trust: &TrustId, to: FilePath) {
        let removal = absent(key, trust);
        self.withheld.insert(key.clone(), Withheld { removal, why: Why::Moved { to } });
    }

    /// Withholds these absences and records why. Earlier ends are withheld too, if the tree may be an older one.
    pub fn withhold(&mut self, why: &BTreeMap<GrantKey, Why>) {
        if why.is_empty() {
            return;
        }
        for removal in std::mem::take(&mut self.takes) {
            match why.get(&removal.key) {
                Some(why)
                    if !removal.released
                        && (removal.cause == Cause::Absent
                            || removal.cause == Cause::Shortened && *why == Why::OlderTree) =>
                {
                    self.gone.remove(&(removal.key.person.clone(), removal.trust.clone()));
                    let (key, why) = (removal.key.clone(), why.clone());
                    self.withheld.insert(key, Withheld { removal, why });
                }
                _ => self.takes.push(removal),
            }
        }
    }

    /// Withholds the removals that would leave too few national administrators. Returns the files they concern.
    pub fn withhold_last(&mut self, keys: &BTreeSet<GrantKey>) -> BTreeSet<(PersonId, FilePath)> {
        let mut concerned = BTreeSet::new();
        for removal in std::mem::take(&mut self.takes) {
            if removal.cause == Cause::Revoked || !keys.contains(&removal.key) {
                self.takes.push(removal);
                continue;
            }
            let key = removal.key.clone();
            self.gone.remove(&(key.person.clone(), removal.trust.clone()));
            concerned.insert((key.person.clone(), FilePath::of_person(&removal.trust, &key.person)));
            self.withheld.insert(key, Withheld { removal, why: Why::LastAdministrators });
        }
        concerned
    }

    /// Puts back a removal that two administrators have released.
    pub fn let_go(&mut self, key: &GrantKey) {
        if let Some(Withheld { removal, .. }) = self.withheld.remove(key) {
            self.takes.push(Removal { released: true, ..removal });
        }
    }

    /// Takes some of the changes that give something out of this pass without judging them. A later pass looks again.
    pub fn leave_unjudged(&mut self, which: impl Fn(&GrantKey) -> bool) {
        for change in std::mem::take(&mut self.gives) {
            let grant = &change.after.grant;
            if !which(&grant.key) {
                self.gives.push(change);
                continue;
            }
            self.files.retain(|file| file.person != grant.key.person || file.trust != grant.trust);
            self.unjudged.insert((grant.key.clone(), grant.trust.clone()));
        }
    }

    /// Moves entries that were over when they first appeared to the changes to judge, if their request was accepted
    /// for another person or another person asks for it in the same change. The reason is that a recorded entry binds
    /// its request too.
    pub fn contest(&mut self, base: &Base) {
        let mut asked: BTreeMap<RequestId, BTreeSet<&PersonId>> = BTreeMap::new();
        let new =
            self.gives.iter().filter(|change| change.kind == ChangeKind::Grant).map(|change| &change.after);
        for HeadEntry { grant, .. } in new.chain(&self.history) {
            asked.entry(grant.key.request.folded()).or_default().insert(&grant.key.person);
        }
        let asked_by_many: BTreeSet<RequestId> =
            asked.into_iter().filter(|(_, people)| people.len() > 1).map(|(request, _)| request).collect();
        let contested = |entry: &HeadEntry| {
            let key = &entry.grant.key;
            asked_by_many.contains(&key.request.folded()) || !base.others_on(key).is_empty()
        };
        let (contested, history): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.history).into_iter().partition(contested);
        self.history = history;
        self.gives.extend(contested.into_iter().map(|after| Change {
            kind: ChangeKind::Grant,
            after,
            renewed: true,
        }));
    }

    /// Records the proof of each removal that an administrator of the unit is shown to have asked for.
    pub fn witnessed(&mut self, proofs: BTreeMap<GrantKey, Proof>) {
        for removal in &mut self.takes {
            removal.proof = proofs.get(&removal.key).cloned();
        }
    }

    /// Takes these absences out of this pass. The accepted grants stay, and a later pass looks again.
    pub fn wait(&mut self, waiting: BTreeSet<GrantKey>) {
        self.takes.retain(|removal| !waiting.contains(&removal.key));
        self.gone.retain(|(person, _)| !waiting.iter().any(|key| key.person == *person));
        self.waiting.extend(waiting);
    }

    fn appears(&mut self, known: &KnownPerson, entry: &HeadEntry, today: Date) {
        // If the same request at the same unit appears in the folder of another trust, the unit has moved and the
        // grant has not.
        let kind =
            if known.grants.contains_key(&entry.grant.key) { ChangeKind::Reopen } else { ChangeKind::Grant };
        if entry.grant.is_over(today) && kind == ChangeKind::Grant {
            self.history.push(entry.clone());
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
            // The grant is over for good. An entry that still says so is in order. An entry that says otherwise asks
            // for a used request.
            if !after.is_over(today) {
                self.gives.push(Change { kind: ChangeKind::Reopen, after: entry.clone(), renewed: false });
            }
            return;
        }
        let shortened = self.takes_of(standing, entry);
        if after.revoked.is_none() && shortened != *after && !after.is_over(today) {
            // An approval dated before the accepted one was given for an earlier text: an older file was put back.
            let renewed = before.approval != after.approval && after.approval.on >= before.approval.on;
            self.gives.push(Change { kind: ChangeKind::Change, after: entry.clone(), renewed });
        }
    }

    /// Adds what an entry takes from the living grant it names: `revoked`, or an earlier end. This takes effect even
    /// if the rest of the change is refused. Returns the grant with its new end.
    fn takes_of(&mut self, standing: &Standing, entry: &HeadEntry) -> Grant {
        let (before, after) = (&standing.grant, &entry.grant);
        let mut shortened = before.clone();
        if let Some(revocation) = &after.revoked {
            self.takes.push(Removal {
                cause: Cause::Revoked,
                revocation: Some(revocation.clone()),
                entry: Some(entry.number),
                ..absent(&before.key, &before.trust)
            });
        } else if let Some(until) = after.until
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
        shortened
    }
}
