//! This module carries out what a pass decided. It writes intent, effect and outcome to the ledger and to the register.
//!
//! This module makes no decisions. Decisions are recorded first, with the plan that follows from them. That is the
//! durable intent. Each step and its ledger entry are one transaction. A failed step leaves nothing behind, is recorded
//! as failed and does not stop the others. If a crash leaves something undone, the next pass finds it: it compares the
//! store with the decisions.
//!
//! All this is for the embedded register. An external store shares no transaction with the record: see `elsewhere`.

mod acceptable;
mod adopt;
mod again;
mod baseline;
mod bind;
mod bodies;
mod elsewhere;
mod id_changes;
mod release;
mod reports;
mod settle;
mod trusts;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::decide::{Advance, Decided, Freed};
use portvakt_core::model::AccountId;
use portvakt_core::plan::{Cause, Effect, Step, Subject};
use portvakt_core::store::{Performed, StoreError};
use portvakt_database::{Connection, Transaction};
use portvakt_stores::tables::Tables;
use portvakt_stores::tables::write::perform_all;

use crate::ledger::person_key::Keys;
use crate::ledger::{Kind, LedgerError, Tail};
use crate::memory::{MemoryError, Refused, RemovalHold, Told};
use crate::{ledger, memory};

pub use acceptable::Acceptable;
pub use adopt::adopt_memory;
pub use baseline::accept as accept_baseline;
pub use elsewhere::{carry_out_elsewhere, settle_intents};
pub use release::{confirm_date, release, release_set};
pub use reports::{Reported, Unreported, carry_out_reports};

/// The largest number of steps in one transaction. Removals come first and in small batches, so that each takes effect
/// soon.
const BATCH: usize = 256;

/// The reason why the decisions could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The register's database reported an error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The memory could not be read or written.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Somebody accepted another commit while the pass was being made.
    #[error("another commit was accepted while this pass was being made")]
    Overtaken,
}

impl From<portvakt_database::Error> for ApplyError {
    fn from(error: portvakt_database::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// The result of carrying out a plan.
#[derive(Debug, Default)]
pub struct Carried {
    /// The number of steps that were done.
    pub done: usize,
    /// The steps that failed, each with its reason.
    pub failed: Vec<(Step, StoreError)>,
    /// The result of the reports in Rapporteket.
    pub reports: Reported,
}

/// Records the decisions and does the steps.
///
/// # Errors
/// When the decisions cannot be recorded. Then nothing has been done. A step that fails is no error here.
pub fn carry_out(
    register: &mut Tables,
    decided: &Decided,
    mut told: impl FnMut(usize, usize),
) -> Result<Carried, ApplyError> {
    let mut carried = Carried::default();
    record(register, decided)?;
    if decided.steps.is_empty() {
        return Ok(carried);
    }
    let mut at = 0;
    while at < decided.steps.len() {
        let rest = decided.steps.get(at..).unwrap_or_default();
        let first_raise = rest.iter().position(|step| !matches!(step.effect, Effect::Lower { .. }));
        // One transaction never mixes removals with additions.
        let size = match first_raise {
            Some(0) => rest.len().min(BATCH),
            Some(lowering) => lowering.min(BATCH),
            None => rest.len().min(BATCH),
        };
        batch(register, decided, rest.get(..size).unwrap_or_default(), &mut carried)?;
        at += size;
        told(at, decided.steps.len());
    }
    finish(register, decided, &carried)?;
    Ok(carried)
}

const OPEN_PLAN: &str = "open-plan";

/// Writes the decisions, the holds and the intent of the plan in one transaction.
fn record(register: &mut Tables, decided: &Decided) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let at = decided.now;
    let (keys, mut tail) = (Keys::new(&tx), Tail::of(&tx)?);
    let before = bind::Before::of(&tx)?;
    if let Some(plan) = memory::mark(&tx, OPEN_PLAN)?.filter(|plan| !plan.is_empty()) {
        tail.append(at, Kind::Interrupted, &serde_json::json!({ "plan": plan }))?;
        memory::set_mark(&tx, OPEN_PLAN, "")?;
    }
    if let Some(Advance { from, to }) = &decided.advance {
        // A baseline may have been accepted meanwhile. A decision that was made against another commit is not recorded.
        if memory::accepted_commit(&tx)?.as_ref() != Some(from) {
            return Err(ApplyError::Overtaken);
        }
        memory::set_accepted_commit(&tx, Some(to))?;
    }
    for digest in &decided.spent {
        bind::spend(&tx, &mut tail, digest, at)?;
    }
    if let Some((rules, tree)) = &decided.released_rules {
        let policies = (&rules.policies_digest, tree.policies());
        memory::store_rules(&tx, policies, (&rules.settings_digest, tree.settings()))?;
        memory::set_accepted_rules(&tx, &rules.policies_digest, &rules.settings_digest)?;
        let mut body =
            serde_json::json!({ "policies": rules.policies_digest, "settings": rules.settings_digest });
        let renamed = rules.register.renamed_since(&decided.rules.register);
        if let (false, Some(body)) = (renamed.is_empty(), body.as_object_mut()) {
            body.insert("trusts-renamed".to_owned(), serde_json::json!(renamed));
        }
        tail.append(at, Kind::ProtectedAccepted, &body)?;
    }
    id_changes::record(&tx, decided, &mut tail)?;
    memory::free_requests(&tx, &decided.freed)?;
    for Freed { request, person } in &decided.freed {
        let body = serde_json::json!({ "request": request, "person": keys.key(person)? });
        tail.append(at, Kind::RequestFreed, &body)?;
    }
    for standing in &decided.grants {
        memory::accept_grant(&tx, standing)?;
        memory::forget_refusal(&tx, &standing.grant.key)?;
        let body = bodies::accepted(&keys, decided, standing)?;
        tail.append(at, Kind::Accepted, &body)?;
    }
    for statement in &decided.used {
        memory::use_statement(&tx, statement)?;
    }
    for removal in &decided.cleared {
        if let Some(until) = removal.until {
            memory::shorten_grant(&tx, &removal.key, until)?;
        }
        if bodies::clears(removal, decided) {
            memory::clear_grant(&tx, &removal.key, removal.cause, removal.revocation.as_ref())?;
        }
        let body = bodies::removal(&keys, decided, removal)?;
        tail.append(at, Kind::Accepted, &body)?;
    }
    record_files(&tx, decided, &keys, &mut tail)?;
    memory::set_astray(&tx, &decided.remembered.astray)?;
    memory::set_missing(&tx, &decided.remembered.missing)?;
    memory::set_moved(&tx, &decided.remembered.moved)?;
    trusts::follow(&tx, decided, &keys, &mut tail)?;
    for (who, trust) in &decided.charged {
        memory::remove_count(&tx, decided.charged_at(), who, trust.as_ref())?;
    }
    memory::count_additions(&tx, decided.charged_at(), &decided.added)?;
    bind::charge(&mut tail, decided)?;
    memory::forget_items(&tx, &decided.spent)?;
    memory::set_authority_kept(&tx, &decided.kept)?;
    if decided.whole {
        memory::set_waiting_limits(&tx, decided.limits.as_ref())?;
    }
    if decided.accepted_tree {
        memory::set_accepted_snapshot(&tx, &decided.snapshot)?;
    }
    record_holds(&tx, decided, &mut tail)?;
    if let Some(reports) = &decided.reports {
        memory::plan_reports(&tx, at, reports)?;
    }
    if !decided.steps.is_empty() {
        let plan = decided.plan_digest();
        memory::set_mark(&tx, OPEN_PLAN, &plan.to_string())?;
        tail.append(at, Kind::Plan, &bodies::plan(decided, &plan))?;
    }
    if let Some(trusted) = &decided.trusted {
        memory::set_trusted(&tx, trusted)?;
    }
    before.bind(&tx, &mut tail, at)?;
    Ok(tx.commit()?)
}

/// Records and binds the facts of changed files, and the files that are gone.
fn record_files(
    tx: &Connection,
    decided: &Decided,
    keys: &Keys<'_>,
    tail: &mut Tail<'_>,
) -> Result<(), ApplyError> {
    let mut said: Vec<bind::Said<'_>> = Vec::new();
    for file in &decided.files {
        let digest = file.digest.as_ref().unwrap_or(&memory::UNSETTLED);
        let known = memory::file_of(tx, &file.person, &file.trust)?;
        if known.is_none_or(|(facts, bytes)| facts != file.facts || bytes != *digest) {
            memory::accept_file(tx, &file.person, &file.trust, &file.facts, digest)?;
            said.push((&file.person, &file.trust, Some((&file.facts, digest))));
        }
    }
    for (person, trust) in &decided.forgotten {
        if memory::file_of(tx, person, trust)?.is_some() {
            memory::forget_file(tx, person, trust)?;
            said.push((person, trust, None));
        }
    }
    bind::files(tail, keys, decided.now, &said)
}

fn record_holds(tx: &Connection, decided: &Decided, tail: &mut Tail<'_>) -> Result<(), ApplyError> {
    let (at, since) = (decided.now, decided.now.to_string());
    let known = memory::file_holds(tx)?;
    for (path, findings) in &decided.held_files {
        let told: Vec<Told> = findings.iter().map(Told::from).collect();
        if !known.contains_key(path) {
            tail.append(at, Kind::Held, &bodies::held_file(tx, path, &told)?)?;
        }
        memory::hold_file(tx, path, &since, &told)?;
    }
    for path in &decided.mended {
        if memory::clear_file(tx, path)? {
            tail.append(at, Kind::Mended, &bodies::held_file(tx, path, &[])?)?;
        }
    }
    let refusals = memory::refusals(tx)?;
    for (key, (path, refusal)) in &decided.refused {
        let refused = Refused {
            path: path.clone(),
            statement: refusal.statement,
            policies: refusal.rules.policies_digest,
            settings: refusal.rules.settings_digest,
            first_day: refusal.day,
            since: since.clone(),
            told: Told::from(&refusal.finding),
        };
        if refusals.get(key).is_none_or(|known| known.statement != refused.statement) {
            tail.append(at, Kind::Refused, &bodies::refused(tx, key, &refused)?)?;
        }
        memory::hold_refusal(tx, key, &refused)?;
    }
    for key in &decided.lifted {
        memory::lift_refusal(tx, key, &since)?;
    }
    record_sets(tx, decided, tail)
}

/// Records the removals that wait for a release.
fn record_sets(tx: &Connection, decided: &Decided, tail: &mut Tail<'_>) -> Result<(), ApplyError> {
    let (at, since) = (decided.now, decided.now.to_string());
    // A pass over some files sees only a part of the possible removals. People are asked to release the set of a whole
    // pass, which follows at once. Withheld removals depend only on their own file.
    let mut sets = BTreeMap::new();
    if !decided.whole {
        let known = memory::removal_holds(tx)?.into_iter();
        let stays = |hold: &RemovalHold| hold.file().is_none_or(|file| !decided.looked.contains(&file));
        sets.extend(known.filter(stays).map(|hold| (hold.digest, hold.summary)));
    }
    for set in decided.held_removals.iter().filter(|set| decided.whole || set.why.is_of_a_file()) {
        let summary = serde_json::json!({
            "trust": set.trust, "people": set.people, "allowed": set.allowed, "asked": set.asked, "why": set.why,
            "of_a_file": set.why.is_of_a_file(),
        });
        sets.insert(set.digest, summary);
    }
    for digest in memory::set_removal_holds(tx, &since, &sets)? {
        let set = decided.held_removals.iter().find(|set| set.digest == digest);
        let what = set.map_or("removals", |set| set.why.ledger_word());
        let body = serde_json::json!({
            what: digest,
            "trust": set.and_then(|set| set.trust.as_ref()),
            "people": set.map(|set| set.people.len()),
        });
        tail.append(at, Kind::Held, &body)?;
    }
    Ok(())
}

/// Does some steps and records their outcomes in one transaction. If a step of a group fails, the whole group is
/// undone, and each step is then done alone. So a step is done completely or not at all, and does not stop the others.
fn batch(
    register: &mut Tables,
    decided: &Decided,
    steps: &[Step],
    carried: &mut Carried,
) -> Result<(), ApplyError> {
    let mut tx = register.connection_mut().begin()?;
    for group in groups(steps) {
        if group.len() > 1 && together(&mut tx, decided, &group)?.is_ok() {
            carried.done += group.len();
            continue;
        }
        for step in group {
            match together(&mut tx, decided, &[step])? {
                Ok(()) => carried.done += 1,
                Err(why) => {
                    let body = bodies::failed(&tx, step, None, &why)?;
                    ledger::append(&tx, decided.now, Kind::StepFailed, &body)?;
                    carried.failed.push((step.clone(), why));
                }
            }
        }
    }
    Ok(tx.commit()?)
}

/// Groups steps that follow each other and are independent: they are of one kind, and for different people and
/// accounts.
fn groups(steps: &[Step]) -> Vec<Vec<&Step>> {
    let mut groups: Vec<Vec<&Step>> = Vec::new();
    let (mut people, mut accounts) = (BTreeSet::new(), BTreeSet::new());
    for step in steps {
        let (account, person) = match &step.subject {
            Subject::Account(id) => (Some(id), step.person.as_ref()),
            Subject::New(new) => (None, Some(&new.person)),
            Subject::Nobody => (None, step.person.as_ref()),
        };
        let same = groups
            .last()
            .and_then(|group| group.last())
            .is_some_and(|last| std::mem::discriminant(&last.effect) == std::mem::discriminant(&step.effect));
        let apart = person.is_none_or(|person| !people.contains(person))
            && account.is_none_or(|account| !accounts.contains(account));
        if !(same && apart) {
            people.clear();
            accounts.clear();
            groups.push(Vec::new());
        }
        people.extend(person);
        accounts.extend(account);
        if let Some(group) = groups.last_mut() {
            group.push(step);
        }
    }
    groups
}

/// Does a whole group and records it, or undoes all of it. In that case the inner error gives the reason.
fn together(
    tx: &mut Transaction<'_>,
    decided: &Decided,
    group: &[&Step],
) -> Result<Result<(), StoreError>, ApplyError> {
    let point = tx.savepoint()?;
    let mut new_id = || AccountId::new(&uuid::Uuid::new_v4().to_string());
    let done = match perform_all(&point, group, decided.today, &mut new_id) {
        Ok(done) => done,
        Err(why) => return Ok(Err(why)),
    };
    let done: Vec<(&Step, &Performed)> = group.iter().copied().zip(&done).collect();
    match outcomes(&point, (decided.now, decided.today), &done) {
        Ok(()) => Ok(Ok(point.commit()?)),
        Err(ApplyError::Store(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}

/// Records the outcome of a step in memory and ledger, inside the caller's transaction.
fn outcome(
    conn: &Connection,
    moment: (Timestamp, Date),
    step: &Step,
    performed: &Performed,
) -> Result<(), ApplyError> {
    outcomes(conn, moment, &[(step, performed)])
}

/// Does the same for steps of different people, in their order.
fn outcomes(
    conn: &Connection,
    (now, today): (Timestamp, Date),
    done: &[(&Step, &Performed)],
) -> Result<(), ApplyError> {
    let left = settle::settle(conn, done, today)?;
    let keys = Keys::of(conn, &done.iter().flat_map(|(step, _)| bodies::named(step)).collect())?;
    let bodies = done
        .iter()
        .map(|(step, performed)| {
            let mut body = bodies::step(&keys, step, performed)?;
            let is_left = step.person.as_ref().is_some_and(|person| left.contains(person));
            if let (true, Some(body)) = (is_left, body.as_object_mut()) {
                body.insert("left".to_owned(), true.into());
            }
            Ok(body)
        })
        .collect::<Result<Vec<_>, ApplyError>>()?;
    let mut tail = Tail::of(conn)?;
    let mut entries = Vec::with_capacity(bodies.len());
    let mut owed = Vec::new();
    for ((step, performed), body) in done.iter().zip(&bodies) {
        entries.push((Kind::Step, body));
        if let (Effect::Lower { .. } | Effect::Sweep { .. }, Some(account)) =
            (&step.effect, &performed.account)
        {
            owed.push((account, tail.seq() + entries.len() as u64));
        }
        if let Effect::Lower { revoke, .. } = &step.effect
            && revoke.iter().any(|revoke| matches!(revoke.cause, Cause::Drift | Cause::UnknownAccount))
        {
            entries.push((Kind::Drift, body));
        }
    }
    tail.append_all(now, &entries)?;
    memory::owe_reports(conn, &owed)?;
    Ok(())
}

fn finish(register: &mut Tables, decided: &Decided, carried: &Carried) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    memory::set_mark(&tx, OPEN_PLAN, "")?;
    let body = serde_json::json!({
        "snapshot": decided.snapshot,
        "plan": decided.plan_digest(),
        "done": carried.done,
        "failed": carried.failed.len(),
    });
    ledger::append(&tx, decided.now, Kind::Pass, &bodies::of_commit(decided, body))?;
    Ok(tx.commit()?)
}
