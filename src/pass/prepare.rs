//! Puts the rooms together in the order of the data: look, parse, compare, judge, observe, plan, guard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::change::{Base, ChangeSet, Removal, between};
use crate::database::Connection;
use crate::judge::{
    Authority, Court, Forge, Occupancy, Rules, Used, When, agree, witnesses, would_be_denied,
};
use crate::memory::bound::Extent;
use crate::memory::{self, MemoryError};
use crate::model::{Digest, Evidence, FilePath, GrantKey, Register};
use crate::plan::{Budget, ClockTrust, Item, Situation};
use crate::reports::ReadReports;
use crate::source::Snapshot;
use crate::store::{ReadStore, StoreError};

use super::accept::{accept, makes_room};
use super::consent::{Scales, served_statements};
use super::decided::Decided;
use super::distrust::Distrust;
use super::evidence::Reviews;
use super::head::head;
use super::look::{looks, pins, wait, wanted};
use super::observe::{clock, clock_finding, guard, held_finding, observe};
use super::patience::Patience;
use super::protected::{Proposed, declared, propose};
use super::reports;
use super::settle::Parts;
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
    /// What the forge knows of the files.
    pub reviews: &'a dyn Reviews,
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
    let (policies, register) = memory::accepted_rules(conn)?.ok_or(PassError::NoBaseline)?;
    let rules = asked.shelf.remembered(conn, &policies, &register)?;
    let today = day(&rules.register, seen.now)?;
    let mut findings = Vec::new();
    let releases = memory::live_releases(conn, seen.now)?;
    let mut in_office = memory::base_as_it_stands(conn, &rules.register, Some(&memory::Wanted::default()))?;
    Distrust::of(asked.shelf.ledger(conn)?, conn, &mut in_office, Extent::Slice)?;
    let used = memory::used_statements(conn)?;
    let before = match rules.register.evidence {
        Evidence::Forge(_) => memory::rule_files(conn, &policies, &register)?,
        Evidence::Signature | Evidence::Declared => BTreeMap::new(),
    };
    let scales = Scales {
        authority: &Authority::on(&rules.register, &in_office, &[today]),
        releases: &releases,
        reviews: seen.reviews,
        before: &before,
        used: &used,
        today,
    };
    let tree_rules = asked.shelf.of_tree(seen.snapshot);
    let (proposed, _) = propose(tree_rules, &rules, seen.snapshot, &scales, &mut findings);
    findings.extend(declared(&rules.register));
    let beside = beside(&proposed, &rules, seen.snapshot, &used);

    if let Proposed::Released(new, _) = &proposed {
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
    let wanted = wanted(&head, &due, scope);
    let mut base = memory::base_as_it_stands(conn, &rules.register, wanted.as_ref())?;
    let extent = if wanted.is_some() { Extent::Slice } else { Extent::Whole };
    let distrust = Distrust::of(asked.shelf.ledger(conn)?, conn, &mut base, extent)?;
    findings.extend(distrust.findings());
    let disagreement = agree(&base, &head);
    let mut changes = between(&base, &head, &disagreement.held, today);
    distrust.limit(&mut changes);
    wait(&mut changes, asked.patience, seen.moment, &head, scope, &mut findings);

    let pins = pins(asked, conn, &changes)?;
    let judge = |base: &Base, changes: &ChangeSet| {
        let pending = proposed.pending();
        let court = Court {
            base,
            names: base,
            rules: &rules,
            pending,
            pins: &pins,
            used: &used,
            today,
            when: When::Today,
            forge: Forge::Asked,
        };
        (court.judge(changes, &head), court.revokers(changes, &head))
    };
    changes.witnessed(witnesses(&rules, &base, &changes, &head, today));
    let (mut judgement, revokers) = judge(&base, &changes);
    findings.extend(revokers);
    let occupied = matches!(scope, Scope::Whole).then(|| Occupancy::of(&rules, &base, today));
    let unjudged = makes_room(&base, &changes, &rules.register).then(|| base.clone());
    let mut accepted = accept(&mut base, &changes, &judgement, &rules, today);

    let people = matches!(scope, Scope::Files(_)).then(|| head.files.keys().cloned().chain(due).collect());
    let lists = match &proposed {
        Proposed::Released(new, _) => &new.register,
        _ => &rules.register,
    };
    let observed = observe(asked.store, &base, lists, people)?;
    let rapporteket = reports::look(asked, &observed, &rules.register, today)?;
    if asked.reports.is_none() && matches!(scope, Scope::Whole) {
        findings.extend(reports::stranded(conn)?);
    }
    let takes: BTreeMap<GrantKey, Removal> =
        changes.takes.iter().map(|removal| (removal.key.clone(), removal.clone())).collect();
    let (clock, mark) = clock(conn, seen.now)?;
    let used = memory::used(conn, seen.now)?;
    let sizes = || memory::sizes(conn, today);
    let budget = Budget { register: &rules.register, sizes: &sizes, used: &used, releases: &releases };
    let plan = |base: &Base| {
        let register = &rules.register;
        guard(
            &Situation {
                base,
                takes: &takes,
                observed: &observed,
                register,
                lists,
                today,
                clock,
                untrusted: &distrust.untrusted,
                reports: rapporteket.as_ref(),
            },
            &budget,
        )
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
    accepted.used.extend(beside);
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
        reports: rapporteket.as_ref(),
    };
    Ok(parts.decide(findings))
}

/// Statements signed beside settings that are in force already. They have served like the others: once the settings
/// have moved on, putting the old ones back with their old signatures gives nothing.
fn beside(proposed: &Proposed, rules: &Rules, tree: &Snapshot, used: &Used) -> Vec<Digest> {
    match proposed {
        Proposed::Same => {
            let signed = served_statements(&rules.register.id, tree.settings(), &rules.policies_digest);
            signed.difference(used).copied().collect()
        }
        Proposed::Held(_) | Proposed::Released(..) | Proposed::Invalid => Vec::new(),
    }
}

/// The register's day at a moment: Oslo's midnight begins it, summer and winter.
///
/// # Errors
/// When this machine does not know the register's time zone.
pub fn day(register: &Register, now: Timestamp) -> Result<Date, PassError> {
    let zone = &register.time_zone;
    now.in_tz(zone).map(|local| local.date()).map_err(|_| PassError::TimeZone(zone.clone()))
}
