//! Puts the rooms together in the order of the data: look, parse, compare, judge, observe, plan, guard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::memory;
use crate::memory::MemoryError;
use crate::memory::bound::{Extent, Rest};
use portvakt_core::change::{Base, Head, HeadFile, Removal, between};
use portvakt_core::judge::{Forge, Occupancy, When, agree, bindings, left, witnesses};
use portvakt_core::model::{FilePath, GrantKey, PersonId, Register};
use portvakt_core::plan::{Additions, Budget, Extent as Extents, Item, Situation, Stand, Untrusted, Why};
use portvakt_core::planted::Fault;
use portvakt_core::reports::ReadReports;
use portvakt_core::store::{ReadStore, StoreError};
use portvakt_database::Connection;
use portvakt_sources::{Snapshot, SourceError};

use super::accept::{accept, makes_room};
use super::adopt::without_taken;
use super::clock::{self, day_in};
use super::decided::Decided;
use super::distrust::Distrust;
use super::evidence::Reviews;
use super::free::free;
use super::head::head;
use super::id_changes::{Judging, knowing};
use super::known::Known;
use super::look::{looks, on_the_way, pins, seen as has_seen, wait, wanted};
use super::observe::{guard, held_finding, observe};
use super::office::Office;
use super::patience::Patience;
use super::protected::Proposed;
use super::remarks::{at_closed_units, gives_nothing, ignored_of_somebody, revoked_ahead};
use super::settings::Settings;
use super::settle::Parts;
use super::shelf::Shelf;
use super::sitting::Sitting;
use super::still::{self, Sight};
use super::withhold::{Absences, Copy, Strays, withheld};
use super::{reports, returns};

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
    /// The newest commit could not be read.
    #[error(transparent)]
    Newest(#[from] SourceError),
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

/// What stands at the newest commit, while the commits before it are judged.
pub trait Newest: std::fmt::Debug {
    /// The bytes of one file there; `None` where there is no such file.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn bytes(&self, path: &FilePath) -> Result<Option<Vec<u8>>, SourceError>;
}

/// What is seen from outside at the moment of a pass.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The tree.
    pub snapshot: &'a Snapshot,
    /// Bytes of files that earlier passes left open and the snapshot has not read again.
    pub open: &'a BTreeMap<FilePath, Arc<[u8]>>,
    /// Files that were written since the last pass, as far as the system told.
    pub written: &'a BTreeSet<FilePath>,
    /// What the forge knows of the files.
    pub reviews: &'a dyn Reviews,
    /// The newest commit, where more commits wait after this one.
    pub newest: Option<&'a dyn Newest>,
    /// Whether the tree may be an older copy than the one that was accepted last.
    pub copy: Copy,
    /// The clock.
    pub now: Timestamp,
    /// A clock that only runs forward.
    pub moment: Instant,
}

impl<'a> Seen<'a> {
    /// A tree that stands for itself, at one moment: nothing was left open, and nobody else is asked.
    #[must_use]
    pub fn alone(snapshot: &'a Snapshot, now: Timestamp, moment: Instant) -> Self {
        static NOTHING: (BTreeMap<FilePath, Arc<[u8]>>, BTreeSet<FilePath>) =
            (BTreeMap::new(), BTreeSet::new());
        Self {
            snapshot,
            open: &NOTHING.0,
            written: &NOTHING.1,
            reviews: &super::evidence::Nothing,
            newest: None,
            copy: Copy::Own,
            now,
            moment,
        }
    }
}

/// What a pass works with.
pub struct Asked<'a> {
    /// What the program remembers; read only.
    pub memory: &'a Connection,
    /// The store; read only.
    pub store: &'a dyn ReadStore,
    /// Rapporteket's reports; read only. `None` where the program is not told of any.
    pub reports: Option<&'a dyn ReadReports>,
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
    let Office { rules, last, clock, differs: mut rest } = Office::of(conn, asked.shelf, seen.now)?;
    let today = clock.day;
    let mut findings = Vec::new();
    let (releases, never_given) = asked.shelf.ledger(conn)?.releases(conn, seen.now)?;
    rest.extend(never_given.into_iter().map(Rest::Release));
    let used = memory::used_statements(conn)?;
    let settings = Settings { rules: &rules, releases: &releases, used: &used, today };
    let (proposed, beside) = settings.of(asked, &seen, &mut findings)?;
    let looks = looks(conn, asked.shelf.ledger(conn)?, &seen, scope)?;
    let mut head = head(&looks, seen.snapshot.odd(), &rules.register);
    let due = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(_) => memory::due(conn, clock.ends)?,
    };
    let wanted = wanted(&head, &due, scope);
    let mut base = memory::base_as_it_stands(conn, &rules.register, wanted.as_ref())?;
    let extent = if wanted.is_some() { Extent::Slice } else { Extent::Whole };
    let ledger = asked.shelf.ledger(conn)?;
    let mut distrust = Distrust::of(ledger, conn, &mut base, extent)?;
    let (removed, added, less) = ledger.used(conn, clock.moment)?;
    rest.extend(less);
    distrust.also(rest);
    findings.extend(distrust.findings());
    let is_untrusted = |person: &PersonId| distrust.untrusted.has(person);
    let judging = Judging {
        rules: &rules,
        pending: proposed.pending(),
        snapshot: seen.snapshot,
        today,
        forge: Forge::Asked,
        is_suspect: clock.is_suspect(),
        is_untrusted: &is_untrusted,
    };
    let ledger = asked.shelf.ledger(conn)?;
    served_by_the_forgotten(&mut base, &head, |key| ledger.served_somebody_forgotten(key))?;
    let renamed = judging.settle(&mut base, &mut head, &mut findings);
    let rules = if renamed.is_empty() { rules } else { knowing(&rules, &base.renamed) };
    let disagreement = agree(&base, &head);
    let mut changes = between(&base, &head, &disagreement.held, today);
    distrust.limit(&mut changes);
    changes.contest(&base);
    let bound = bindings(&base, &changes);
    let (freed, undone) = free(&mut base, &bound, &releases);
    if clock.is_suspect() {
        // How old an approval is, and whether it lies ahead, only a clock can say that is believed.
        changes.leave_unjudged(|_| true);
    }
    let newest = seen.newest;
    if let Some(newest) = newest {
        on_the_way(&mut changes, (&base, &rules.register), newest)?;
    }

    let pins = pins(asked, conn, &changes)?;
    let known = Known::read(conn)?;
    let mut strays = Strays::of(&head, &disagreement.held, (&changes, &base), known.strays, clock.moment);
    has_seen(asked.patience, (&changes, &base), &seen, &head, scope);
    let copy = if Fault::TakeoverTrustsItsTree.is_planted() { Copy::Own } else { seen.copy };
    let mut absences = Absences { patience: asked.patience, copy, moment: seen.moment, releases: &releases };
    let needed = left::too_few(&rules, &base, &changes, today);
    findings.extend(changes.withhold_last(&needed).iter().map(|(person, file)| left::finding(person, file)));
    let waits = absences.weigh(&mut changes, &mut strays, None);
    wait(&mut changes, waits, &mut findings);
    let mut spent = absences.release(&mut changes);
    spent.extend(undone);

    let sitting = Sitting {
        rules: &rules,
        pending: proposed.pending(),
        pins: &pins,
        used: &used,
        head: &head,
        today,
        forge: Forge::Asked,
    };
    changes.witnessed(witnesses(&rules, &base, &changes, &head, today));
    let kept = left::kept(&rules, &base, &changes, today);
    findings.extend(left::running_out(&rules, &base, today));
    findings.extend(sitting.revokers(&base, &changes));
    let (mut judgement, let_go) = sitting.judge(&base, &mut changes, &mut strays, &mut absences);
    spent.extend(let_go);
    let occupied = matches!(scope, Scope::Whole).then(|| Occupancy::of(&rules, &base, today));
    let unjudged = makes_room(&base, &changes, &rules.register).then(|| base.clone());
    let mut accepted = accept(&mut base, &changes, &judgement, &rules, today);

    let people = matches!(scope, Scope::Files(_)).then(|| head.files.keys().cloned().chain(due).collect());
    let lists: &Register = match &proposed {
        Proposed::Released(new, _) => &new.register,
        _ => &rules.register,
    };
    let free = without_taken(conn, lists)?;
    let lists = free.as_ref().unwrap_or(lists);
    let observed = observe(asked.store, &base, lists, people)?;
    let rapporteket = reports::look(asked, &observed, &rules.register, today)?;
    if asked.reports.is_none() && matches!(scope, Scope::Whole) {
        findings.extend(reports::stranded(conn)?);
    }
    let takes: BTreeMap<GrantKey, Removal> =
        changes.takes.iter().map(|removal| (removal.key.clone(), removal.clone())).collect();
    let sizes = || memory::sizes(conn, today);
    // What waits keeps the limits it was first held by.
    let first = known.first_limits;
    let limits = first.as_ref().map_or_else(
        || rules.register.removal_limits.clone(),
        |first| first.tighter(&rules.register.removal_limits),
    );
    let budget = Budget { limits: &limits, sizes: &sizes, used: &removed, releases: &releases };
    let items = known.released_items;
    let released = items.iter().filter(|(digest, _)| releases.contains(*digest));
    let released = released.flat_map(|(_, items)| items.iter().cloned()).collect();
    let additions = Additions {
        limits: &rules.register.addition_limits,
        sizes: &sizes,
        used: &added,
        released: &released,
    };
    let plan = |base: &Base| {
        let register = &rules.register;
        guard(
            &Situation {
                base,
                takes: &takes,
                waiting: &changes.waiting,
                observed: &observed,
                register,
                lists,
                today,
                ends: clock.ends,
                clock: clock.trust,
                stand: if newest.is_some() { Stand::OnTheWay } else { Stand::Newest },
                untrusted: &distrust.untrusted,
                reports: rapporteket.as_ref(),
            },
            &budget,
            &additions,
        )
    };
    let mut weighed = plan(&base)?;
    let waits = |removal: &Removal| weighed.held.contains(&Item::Grant(removal.key.clone()));
    let again = unjudged.and_then(|before| Some((sitting.without(&before, &changes, &waits)?, before)));
    if let Some((verdicts, before)) = again {
        judgement = verdicts;
        base = before;
        accepted = accept(&mut base, &changes, &judgement, &rules, today);
        weighed = plan(&base)?;
    }
    let ledger = asked.shelf.ledger(conn)?;
    findings.extend(returns::tell(&mut weighed.drawn.steps, ledger, &rules.register.time_zone)?);
    if let Some(before) = occupied {
        findings.extend(Occupancy::of(&rules, &base, today).advice(&rules, &before));
    }

    if matches!(scope, Scope::Whole) {
        let register = proposed.pending().map_or(&rules.register, |new| &new.register);
        findings.extend(at_closed_units(&base, register, |key| takes.contains_key(key), today));
        findings.extend(ignored_of_somebody(&base, register));
    }
    findings.extend(gives_nothing(&head, &changes, When::Today, today));
    findings.extend(revoked_ahead(&head, today));
    findings.extend(head.findings.iter().cloned());
    findings.extend(disagreement.findings.iter().cloned());
    findings.extend(judgement.advice.iter().cloned());
    findings.extend(weighed.drawn.findings.iter().cloned());
    let mut sets = weighed.guarded.sets.clone();
    sets.append(&mut weighed.admitted.sets);
    sets.extend(withheld(&changes));
    findings.extend(sets.iter().map(|set| {
        let finding = held_finding(set, &rules);
        if clock.is_suspect() && set.why == Why::Budget { clock::after_the_date(finding) } else { finding }
    }));
    if clock.is_suspect() {
        let finding = clock::finding(seen.now, last.as_ref(), &clock, &rules.register.time_zone);
        findings.push(if changes.unjudged.is_empty() { finding } else { finding.held() });
    }
    accepted.used.extend(beside);
    spent.extend(&weighed.guarded.spent);
    if matches!(scope, Scope::Whole) {
        // A release of additions is spent when all it names has come.
        let done = |items: &BTreeSet<String>| items.iter().all(|item| !weighed.coming.contains(item));
        spent.extend(items.iter().filter(|(_, items)| done(items)).map(|(digest, _)| *digest));
    }
    let stale = still::let_go_of_nothing(
        &releases,
        &sets,
        &proposed,
        (&bound, distrust.unseen(), &items),
        Sight {
            whole: matches!(scope, Scope::Whole) && newest.is_none() && observed.extent == Extents::Whole,
            trusted: !clock.is_suspect() && distrust.untrusted == Untrusted::These(BTreeSet::new()),
            weighed: changes.waiting.is_empty() && changes.unjudged.is_empty(),
        },
    );
    // What waited before may be among what is not weighed now: on the way to the newest commit, or as long as it has not
    // been missing for long enough after a restart.
    let weighed_all = newest.is_none() && changes.waiting.is_empty() && changes.withheld.is_empty();
    let limits = if sets.iter().any(|set| set.why == Why::Budget) {
        Some(limits)
    } else {
        first.filter(|_| !weighed_all)
    };
    let parts = Parts {
        seen: &seen,
        clock: &clock,
        rules: &rules,
        proposed,
        renamed,
        head: &head,
        held_files: disagreement.held,
        changes: &changes,
        judgement,
        accepted,
        weighed,
        sets,
        spent,
        stale,
        limits,
        bound,
        freed,
        untrusted: &distrust.untrusted,
        strays,
        kept,
        known_refusals: known.refusals,
        known_holds: known.holds,
        scope,
        base: &base,
        reports: rapporteket.as_ref(),
    };
    Ok(parts.decide(findings))
}

/// A request that has served somebody who has been forgotten since has served: it is nobody else's.
fn served_by_the_forgotten(
    base: &mut Base,
    head: &Head,
    served: impl Fn(&GrantKey) -> bool,
) -> Result<(), MemoryError> {
    let mut spent = BTreeSet::new();
    for (_, _, _, file) in head.iter() {
        let HeadFile::Says { entries, .. } = file else { continue };
        let keys = entries.iter().map(|entry| &entry.grant.key);
        spent.extend(
            keys.filter(|key| base.standing(key).is_none() && served(key)).map(|key| key.request.clone()),
        );
    }
    for request in spent {
        let nobody = PersonId::new("unknown").map_err(|why| MemoryError::Damaged(why.to_string()))?;
        base.requests.entry(request).or_default().insert(nobody);
    }
    Ok(())
}

/// The register's day at a moment: Oslo's midnight begins it, summer and winter.
///
/// # Errors
/// When this machine does not know the register's time zone.
pub fn day(register: &Register, now: Timestamp) -> Result<Date, PassError> {
    day_in(&register.time_zone, now)
}
