//! Puts the rooms together in the order of the data: look, parse, compare, judge, observe, plan, guard.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rusqlite::Connection;

use crate::change::{Acceptance, Base, ChangeSet, Head, HeadFile, Kind, Removal, Standing, Way, between};
use crate::diag::{Code, Finding};
use crate::judge::{Court, Judgement, Occupancy, Pin, Pins, Rules, Verdict, When, agree, would_be_denied};
use crate::memory::{self, MemoryError, Refused, Wanted};
use crate::model::{AccountId, Digest, FilePath, Grant, GrantKey, PersonId, Register, TrustId};
use crate::parse::confusable::skeleton;
use crate::plan::{
    Budget, Class, ClockTrust, Draft, Extent, Guarded, Item, Loss, Observed, Situation, draft,
};
use crate::source::Snapshot;
use crate::store::{ReadStore, StoreError};

use super::decided::{Decided, SettledFile};
use super::head::{Look, head, whose};
use super::patience::Patience;
use super::protected::{Proposed, propose};
use super::shelf::Shelf;

/// Why a pass could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// Nothing has been accepted yet.
    #[error("nothing has been accepted yet, so nothing is written")]
    NoBaseline,
    /// What the program remembers.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file is to be looked at again and was not read.
    #[error("`{0}` is to be looked at again and was not read")]
    NotRead(FilePath),
    /// The register's time zone is not known here.
    #[error("the time zone `{0}` is not known on this machine")]
    TimeZone(String),
}

/// How much a pass looks at.
#[derive(Debug, Clone)]
pub enum Scope {
    /// The whole tree and the whole store.
    Whole,
    /// These files, the people whose day has come, and their accounts.
    Files(BTreeSet<FilePath>),
}

/// What is seen from outside at the moment of a pass.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The tree.
    pub snapshot: &'a Snapshot,
    /// Bytes of files that earlier passes left open and the snapshot has not read again.
    pub open: &'a BTreeMap<FilePath, Arc<[u8]>>,
    /// The clock.
    pub now: Timestamp,
    /// A clock that only runs forward.
    pub moment: Instant,
}

/// What a pass works with.
pub struct Asked<'a> {
    /// What the program remembers; read only.
    pub memory: &'a Connection,
    /// The store; read only.
    pub store: &'a dyn ReadStore,
    /// Loaded rules.
    pub shelf: &'a mut Shelf,
    /// How long absence must last.
    pub patience: &'a mut Patience,
}

/// Makes a pass, without writing anything.
///
/// # Errors
/// When nothing has been accepted yet, or memory or store cannot be read.
pub fn prepare(asked: &mut Asked<'_>, seen: Seen<'_>, scope: &Scope) -> Result<Decided, PassError> {
    let conn = asked.memory;
    let (policies, register) = memory::accepted_rules(conn)?.ok_or(PassError::NoBaseline)?;
    let rules = asked.shelf.remembered(conn, &policies, &register)?;
    let today = day(&rules.register, seen.now)?;
    let mut findings = Vec::new();
    let releases = memory::live_releases(conn, seen.now)?;
    let proposed = propose(asked.shelf.of_tree(seen.snapshot), &rules, &releases, &mut findings);

    if let Proposed::Released(new) = &proposed {
        // What stands is not judged again; what the new rules would deny is listed, once, when they come in force.
        let everybody = memory::base(conn, &rules.register, None)?;
        findings.extend(would_be_denied(&rules, new, &everybody, today));
    }

    let looks = looks(conn, &seen, scope)?;
    let head = head(&looks, seen.snapshot.odd(), &rules.register);
    let due = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(_) => memory::due(conn, today)?,
    };
    let mut base = memory::base(conn, &rules.register, wanted(&head, &due, scope).as_ref())?;
    let disagreement = agree(&base, &head);
    let mut changes = between(&base, &head, &disagreement.held, today);
    wait(&mut changes, asked.patience, seen.moment, &head, scope, &mut findings);

    let pins = pins(asked, conn, &changes)?;
    let judge = |base: &Base, changes: &ChangeSet| {
        let pending = proposed.pending();
        let court = Court { base, rules: &rules, pending, pins: &pins, today, when: When::Today };
        (court.judge(changes, &head), court.revokers(changes, &head))
    };
    let (mut judgement, revokers) = judge(&base, &changes);
    findings.extend(revokers);
    let occupied = matches!(scope, Scope::Whole).then(|| Occupancy::of(&rules, &base, today));
    let unjudged = makes_room(&base, &changes, &rules.register).then(|| base.clone());
    let mut accepted = accept(&mut base, &changes, &judgement, &rules, today);

    let people = matches!(scope, Scope::Files(_)).then(|| head.files.keys().cloned().chain(due).collect());
    let lists = match &proposed {
        Proposed::Released(new) => &new.register,
        _ => &rules.register,
    };
    let observed = observe(asked.store, &base, lists, people)?;
    let takes: BTreeMap<GrantKey, Removal> =
        changes.takes.iter().map(|removal| (removal.key.clone(), removal.clone())).collect();
    let (clock, mark) = clock(conn, seen.now)?;
    let used = memory::used(conn, seen.now)?;
    let sizes = || memory::sizes(conn, today);
    let budget = Budget { register: &rules.register, sizes: &sizes, used: &used, releases: &releases };
    let plan = |base: &Base| {
        let register = &rules.register;
        guard(&Situation { base, takes: &takes, observed: &observed, register, lists, today, clock }, &budget)
    };
    let (mut guarded, mut held, mut drawn) = plan(&base)?;
    let stays = |removal: &Removal| held.contains(&Item::Grant(removal.key.clone()));
    if let Some(before) = unjudged
        && changes.takes.iter().any(stays)
    {
        // Who stays makes no room: judged again as if those removals had not been asked for.
        let mut asked_for = changes.clone();
        asked_for.takes.retain(|removal| !stays(removal));
        (judgement, _) = judge(&before, &asked_for);
        base = before;
        accepted = accept(&mut base, &changes, &judgement, &rules, today);
        (guarded, held, drawn) = plan(&base)?;
    }
    if let Some(before) = occupied {
        findings.extend(Occupancy::of(&rules, &base, today).advice(&rules, &before));
    }

    findings.extend(head.findings.iter().cloned());
    findings.extend(disagreement.findings.iter().cloned());
    findings.extend(judgement.advice.iter().cloned());
    findings.extend(drawn.findings.iter().cloned());
    findings.extend(guarded.sets.iter().map(|set| held_finding(set, &rules)));
    if clock == ClockTrust::Suspect {
        findings.push(clock_finding(seen.now, mark, today));
    }
    let parts = Parts {
        seen: &seen,
        today,
        rules: &rules,
        proposed,
        head: &head,
        held_files: disagreement.held,
        changes: &changes,
        judgement,
        accepted,
        guarded,
        held: &held,
        drawn,
        known_refusals: memory::refusals(conn)?,
        known_holds: memory::file_holds(conn)?.into_keys().collect(),
        scope,
        base: &base,
        clock_mark: (clock == ClockTrust::Steady && mark.is_none_or(|mark| mark < seen.now))
            .then_some(seen.now),
    };
    Ok(parts.decide(findings))
}

/// The register's day at a moment: Oslo's midnight begins it, summer and winter.
///
/// # Errors
/// When this machine does not know the register's time zone.
pub fn day(register: &Register, now: Timestamp) -> Result<Date, PassError> {
    let zone = &register.time_zone;
    now.in_tz(zone).map(|local| local.date()).map_err(|_| PassError::TimeZone(zone.clone()))
}

fn looks(conn: &Connection, seen: &Seen<'_>, scope: &Scope) -> Result<Vec<Look>, PassError> {
    let read = seen.snapshot.read();
    let bytes = |path: &FilePath, digest: Digest| {
        let found = read.get(path).or_else(|| seen.open.get(path));
        found
            .map(|bytes| Look { path: path.clone(), bytes: Some((Arc::clone(bytes), digest)) })
            .ok_or_else(|| PassError::NotRead(path.clone()))
    };
    let mut looks = Vec::new();
    match scope {
        Scope::Whole => {
            let mut known: HashMap<FilePath, Digest> = HashMap::new();
            memory::digests(conn, |path, _, _, digest| {
                known.insert(path, digest);
            })?;
            for (path, digest) in seen.snapshot.files() {
                if known.remove(&path) != Some(digest) {
                    looks.push(bytes(&path, digest)?);
                }
            }
            let mut left: Vec<FilePath> = known.into_keys().collect();
            left.sort();
            looks.extend(left.into_iter().map(|path| Look { path, bytes: None }));
        }
        Scope::Files(paths) => {
            for path in paths {
                let known = match whose(path) {
                    Some((person, trust)) => memory::digest_of(conn, &person, &trust)?,
                    None => None,
                };
                match seen.snapshot.file(path) {
                    Some(digest) if known == Some(digest) => {}
                    Some(digest) => looks.push(bytes(path, digest)?),
                    None if known.is_some() => looks.push(Look { path: path.clone(), bytes: None }),
                    None => {}
                }
            }
        }
    }
    // What cannot be seen is not gone: something odd stands in its way.
    looks.retain(|look| look.bytes.is_some() || seen.snapshot.shows_absent(&look.path));
    Ok(looks)
}

fn wanted(head: &Head, due: &BTreeSet<PersonId>, scope: &Scope) -> Option<Wanted> {
    let Scope::Files(_) = scope else { return None };
    let mut wanted = Wanted { people: due.clone(), ..Wanted::default() };
    for (_, person, _, file) in head.iter() {
        wanted.people.insert(person.clone());
        wanted.skeletons.insert(skeleton(person));
        if let HeadFile::Says { facts, entries, .. } = file {
            wanted.logins.extend(facts.vouched.login.clone());
            wanted.people.extend(entries.iter().map(|entry| entry.grant.approval.by.clone()));
        }
    }
    Some(wanted)
}

/// Takes absences that have not lasted out of the changes.
fn wait(
    changes: &mut ChangeSet,
    patience: &mut Patience,
    moment: Instant,
    head: &Head,
    scope: &Scope,
    findings: &mut Vec<Finding>,
) {
    let absent: Vec<GrantKey> = changes
        .takes
        .iter()
        .filter(|removal| removal.cause == crate::plan::Cause::Absent)
        .map(|removal| removal.key.clone())
        .collect();
    // A file that came back with the bytes it was accepted with is no change and not in the head, but it was
    // looked at: its absence is over.
    let looked: BTreeSet<PersonId> = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(paths) => {
            let asked = paths.iter().filter_map(|path| whose(path).map(|(person, _)| person));
            asked.chain(head.files.keys().cloned()).collect()
        }
    };
    patience.keep(&absent, |key| matches!(scope, Scope::Whole) || looked.contains(&key.person));
    let waiting: BTreeSet<GrantKey> =
        absent.into_iter().filter(|key| !patience.lasted(key, moment)).collect();
    if waiting.is_empty() {
        return;
    }
    for key in &waiting {
        let message =
            format!("{} at {} of `{}` is gone from the tree", key.application, key.unit, key.person);
        let way_out = "It counts when it has been gone long enough; put it back if it was not meant.";
        findings.push(Finding::new(Code::WaitingToLast, message, way_out));
    }
    changes.wait(waiting);
}

fn pins(asked: &mut Asked<'_>, conn: &Connection, changes: &ChangeSet) -> Result<Pins, PassError> {
    let mut pins = Pins::new();
    let known = memory::first_judgements(conn)?;
    for change in &changes.gives {
        if let Some(refused) = known.get(&change.after.grant.key) {
            let rules = asked.shelf.remembered(conn, &refused.policies, &refused.register)?;
            let pin = Pin { statement: refused.statement, rules, day: refused.first_day };
            pins.insert(change.after.grant.key.clone(), pin);
        }
    }
    Ok(pins)
}

/// Puts what is permitted into the base, and returns it for the record.
fn accept(
    base: &mut Base,
    changes: &ChangeSet,
    judgement: &Judgement,
    rules: &Rules,
    today: Date,
) -> Vec<Standing> {
    let mut accepted = Vec::new();
    for change in &changes.gives {
        let grant = &change.after.grant;
        let Some(Verdict::Permitted { policies }) = judgement.verdicts.get(&grant.key) else { continue };
        let old = base.standing(&grant.key);
        let given = old.and_then(|old| old.given);
        let replaced = old.and_then(|old| {
            let changed =
                change.kind == Kind::Change && old.given.is_some() && old.grant.right() != grant.right();
            // What the store has is what it was told last, however often the entry has changed since.
            old.replaced.clone().or_else(|| changed.then(|| old.grant.right()))
        });
        accepted.push(Standing {
            grant: grant.clone(),
            accepted: Acceptance {
                on: today,
                way: Way::Judged,
                policies: policies.clone(),
                rules: rules.policies_digest,
            },
            given,
            replaced,
            cleared: None,
            ended: None,
        });
    }
    accepted.extend(changes.history.iter().map(|grant| Standing {
        grant: grant.clone(),
        accepted: Acceptance {
            on: today,
            way: Way::History,
            policies: Vec::new(),
            rules: rules.policies_digest,
        },
        given: None,
        replaced: None,
        cleared: None,
        ended: Some(today),
    }));
    for standing in &accepted {
        let key = &standing.grant.key;
        base.people
            .entry(key.person.clone())
            .or_default()
            .grants
            .insert(key.clone(), Box::new(standing.clone()));
    }
    for file in &changes.files {
        let known = base.people.entry(file.person.clone()).or_default();
        let gives = known.grants.values().any(|standing| standing.grant.trust == file.trust);
        if gives && facts_accepted(file, changes, judgement) {
            known.files.insert(file.trust.clone(), file.facts.clone());
        }
    }
    accepted
}

/// Whether what a file says about its person is accepted: not while an entry that rests on it is refused.
fn facts_accepted(file: &crate::change::FileFacts, changes: &ChangeSet, judgement: &Judgement) -> bool {
    !changes.gives.iter().any(|change| {
        let grant = &change.after.grant;
        grant.key.person == file.person
            && grant.trust == file.trust
            && change.kind == Kind::Change
            && matches!(judgement.verdicts.get(&grant.key), Some(Verdict::Refused(_)))
    })
}

/// Whether somebody of a counted role leaves in the change that brings another.
fn makes_room(base: &Base, changes: &ChangeSet, register: &Register) -> bool {
    let counted = |grant: &Grant| register.roles.get(&grant.role).is_some_and(|role| role.counted);
    changes.gives.iter().any(|change| counted(&change.after.grant))
        && changes
            .takes
            .iter()
            .filter_map(|removal| base.standing(&removal.key))
            .any(|standing| counted(&standing.grant))
}

/// Draws the steps, and draws them again without what the guard holds.
fn guard(
    situation: &Situation<'_>,
    budget: &Budget<'_, MemoryError>,
) -> Result<(Guarded, BTreeSet<Item>, Draft), MemoryError> {
    let first = draft(situation, &BTreeSet::new());
    // Without proof that the list is whole nothing is taken away for being absent (law: absence needs proof).
    let doubtful = matches!(situation.observed.extent, Extent::Doubtful(_));
    let (doubted, judged): (Vec<Loss>, Vec<Loss>) =
        first.losses.iter().cloned().partition(|loss| doubtful && loss.class == Class::Absence);
    let guarded = budget.judge(&judged)?;
    let mut held = guarded.held();
    held.extend(doubted.into_iter().map(|loss| loss.item));
    let drawn = if held.is_empty() { first } else { draft(situation, &held) };
    Ok((guarded, held, drawn))
}

fn observe(
    store: &dyn ReadStore,
    base: &Base,
    register: &Register,
    people: Option<BTreeSet<PersonId>>,
) -> Result<Observed, StoreError> {
    let (accounts, extent) = match people {
        Some(people) => {
            let mut ids: BTreeSet<AccountId> =
                people.iter().filter_map(|p| base.people.get(p)?.account.clone()).collect();
            let adopted = register.adopted_accounts.iter().filter(|(_, person)| people.contains(*person));
            ids.extend(adopted.map(|(account, _)| account.clone()));
            (store.accounts(&people, &ids)?, Extent::People(people))
        }
        None => {
            let listing = store.list()?;
            let known = base.people.values().filter(|known| known.account.is_some()).count();
            let seen = listing.accounts.len();
            let extent = match listing.incomplete {
                Some(why) => Extent::Doubtful(why),
                // A list far below what the ledger knows is a list that was cut.
                None if seen * 10 < known * 9 => {
                    Extent::Doubtful(format!("it has {seen} accounts, and {known} are known to be in use"))
                }
                None => Extent::Whole,
            };
            let mut accounts = listing.accounts;
            if let Extent::Doubtful(_) = extent {
                // What the list left out is read one by one: not in the list is not "not there".
                let listed: BTreeSet<_> = accounts.iter().map(|account| account.id.clone()).collect();
                let missing = |known: &&crate::change::Known| {
                    known.account.as_ref().is_some_and(|account| !listed.contains(account))
                };
                let ids: BTreeSet<_> =
                    base.people.values().filter(missing).filter_map(|known| known.account.clone()).collect();
                accounts.extend(store.accounts(&BTreeSet::new(), &ids)?);
            }
            (accounts, extent)
        }
    };
    let accounts = accounts.into_iter().map(|account| (account.id.clone(), account)).collect();
    Ok(Observed { accounts, extent })
}

/// Hours the clock may run ahead between two passes before end dates are doubted.
const AHEAD: i64 = 48;

/// Minutes it may run behind: clocks are set right by small steps.
const BEHIND: i64 = 10;

fn clock(conn: &Connection, now: Timestamp) -> Result<(ClockTrust, Option<Timestamp>), MemoryError> {
    let mark = memory::clock_mark(conn)?;
    let suspect = mark
        .is_some_and(|mark| now < mark || mark.checked_add(AHEAD.hours()).is_ok_and(|latest| now > latest));
    Ok((if suspect { ClockTrust::Suspect } else { ClockTrust::Steady }, mark))
}

fn clock_finding(now: Timestamp, mark: Option<Timestamp>, today: Date) -> Finding {
    let mark = mark.map_or_else(|| "never".to_owned(), |mark| mark.to_string());
    let message = format!("the clock says {now}, and the last trusted pass was at {mark}");
    let way_out = format!(
        "End dates count against the removal budget until somebody confirms the date: `portvakt confirm-date {today} --by A`."
    );
    Finding::new(Code::ClockSuspect, message, way_out)
}

fn held_finding(set: &crate::plan::HeldSet, rules: &Rules) -> Finding {
    let place = match &set.trust {
        Some(trust) => {
            rules.register.trusts.get(trust).map_or_else(|| trust.to_string(), |known| known.name.clone())
        }
        None => "the whole register".to_owned(),
    };
    let message = format!(
        "{place}: {} people would lose access and the budget allows {}; held: {}",
        set.asked,
        set.allowed,
        names(&set.people)
    );
    let way_out = format!(
        "If it is meant, two national administrators release it: `portvakt release {} --by A --by B`; if not, put the files back.",
        set.digest
    );
    Finding::new(Code::RemovalsHeld, message, way_out)
}

pub(super) fn names(people: &BTreeSet<String>) -> String {
    const SHOWN: usize = 8;
    let mut text = people.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if people.len() > SHOWN {
        text.push_str(&format!(" and {} more", people.len() - SHOWN));
    }
    text
}

struct Parts<'a> {
    seen: &'a Seen<'a>,
    today: Date,
    rules: &'a Arc<Rules>,
    proposed: Proposed,
    head: &'a Head,
    held_files: BTreeSet<(PersonId, TrustId)>,
    changes: &'a ChangeSet,
    judgement: Judgement,
    accepted: Vec<Standing>,
    guarded: Guarded,
    held: &'a BTreeSet<Item>,
    drawn: Draft,
    known_refusals: BTreeMap<GrantKey, Refused>,
    known_holds: BTreeSet<FilePath>,
    scope: &'a Scope,
    base: &'a Base,
    clock_mark: Option<Timestamp>,
}

impl Parts<'_> {
    fn decide(mut self, mut findings: Vec<Finding>) -> Decided {
        let mut refused = BTreeMap::new();
        for (key, verdict) in std::mem::take(&mut self.judgement.verdicts) {
            if let Verdict::Refused(refusal) = verdict {
                findings.push(refusal.finding.clone());
                let trust = self
                    .changes
                    .gives
                    .iter()
                    .find(|c| c.after.grant.key == key)
                    .map(|c| &c.after.grant.trust);
                if let Some(trust) = trust {
                    refused.insert(key.clone(), (FilePath::of_person(trust, &key.person), refusal));
                }
            }
        }
        let cleared: Vec<Removal> = self
            .changes
            .takes
            .iter()
            .filter(|removal| !self.held.contains(&Item::Grant(removal.key.clone())))
            .cloned()
            .collect();
        let open = self.open(&refused);
        let forgotten = self
            .changes
            .gone
            .iter()
            .filter(|(person, trust)| !open.contains(&FilePath::of_person(trust, person)))
            .cloned()
            .collect();
        let held_files = self.held_files(&findings);
        let releases_rules = match &self.proposed {
            Proposed::Released(rules) => Some((Arc::clone(rules), self.seen.snapshot.clone())),
            _ => None,
        };
        let mut spent = self.guarded.spent.clone();
        spent.extend(releases_rules.as_ref().map(|(rules, _)| rules.digest));
        findings.sort();
        findings.dedup();
        Decided {
            now: self.seen.now,
            today: self.today,
            snapshot: self.seen.snapshot.digest(),
            rules: Arc::clone(self.rules),
            released_rules: releases_rules,
            grants: std::mem::take(&mut self.accepted),
            cleared,
            files: self.files(&open),
            forgotten,
            lifted: self
                .known_refusals
                .iter()
                .filter(|(key, known)| self.saw(&known.path) && !refused.contains_key(key))
                .filter(|(_, known)| !held_files.contains_key(&known.path))
                .map(|(key, _)| key.clone())
                .collect(),
            refused,
            mended: self
                .known_holds
                .iter()
                .filter(|path| self.saw(path) && !held_files.contains_key(*path))
                .cloned()
                .collect(),
            held_files,
            held_removals: self.guarded.sets,
            open,
            spent,
            charged: self.guarded.counted,
            steps: self.drawn.steps,
            clock_mark: self.clock_mark,
            whole: matches!(self.scope, Scope::Whole),
            findings,
        }
    }

    /// Whether this pass knows how a file stands: there, or shown to be absent.
    fn saw(&self, path: &FilePath) -> bool {
        let snapshot = self.seen.snapshot;
        let asked = match self.scope {
            Scope::Whole => true,
            Scope::Files(paths) => paths.contains(path),
        };
        asked && (snapshot.file(path).is_some() || snapshot.shows_absent(path))
    }

    /// Files that are not settled: the next pass looks at them again.
    fn open(&self, refused: &BTreeMap<GrantKey, (FilePath, crate::judge::Refusal)>) -> BTreeSet<FilePath> {
        let mut open: BTreeSet<FilePath> = refused.values().map(|(path, _)| path.clone()).collect();
        let of = |person: &PersonId, trust: &TrustId| FilePath::of_person(trust, person);
        for (path, person, trust, file) in self.head.iter() {
            let unsettled = match file {
                HeadFile::Held => true,
                HeadFile::Says { invalid, .. } => {
                    !invalid.is_empty() || self.held_files.contains(&(person.clone(), trust.clone()))
                }
                HeadFile::Gone => false,
            };
            if unsettled {
                open.insert(path);
            }
        }
        for removal in &self.changes.takes {
            if self.held.contains(&Item::Grant(removal.key.clone())) {
                open.insert(of(&removal.key.person, &removal.trust));
            }
        }
        for key in &self.changes.waiting {
            if let Some(standing) = self.base.standing(key) {
                open.insert(of(&key.person, &standing.grant.trust));
            }
        }
        open
    }

    fn files(&self, open: &BTreeSet<FilePath>) -> Vec<SettledFile> {
        self.changes
            .files
            .iter()
            .filter_map(|file| {
                let facts = self.base.people.get(&file.person)?.files.get(&file.trust)?;
                let settled = !open.contains(&FilePath::of_person(&file.trust, &file.person));
                Some(SettledFile {
                    person: file.person.clone(),
                    trust: file.trust.clone(),
                    facts: facts.clone(),
                    digest: settled.then_some(file.digest),
                })
            })
            .collect()
    }

    fn held_files(&self, findings: &[Finding]) -> BTreeMap<FilePath, Vec<Finding>> {
        let mut held = BTreeMap::new();
        for (path, person, trust, file) in self.head.iter() {
            let is_held =
                matches!(file, HeadFile::Held) || self.held_files.contains(&(person.clone(), trust.clone()));
            let invalid = matches!(file, HeadFile::Says { invalid, .. } if !invalid.is_empty());
            if is_held || invalid {
                let about =
                    |finding: &&Finding| finding.place.as_ref().is_some_and(|place| place.file == path);
                held.insert(path.clone(), findings.iter().filter(about).cloned().collect());
            }
        }
        held
    }
}
