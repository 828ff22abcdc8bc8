//! Records what a pass decided, before any step is done, and that its plan has been carried out, after the last one.
//!
//! The first transaction is the durable intent: the decisions, the holds and the digest of the plan. If the program is
//! stopped before the last transaction, the next pass finds the open plan and says so in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::decide::{Advance, Decided, Freed};
use portvakt_core::model::{Digest, PersonId};
use portvakt_core::review::Attested;
use portvakt_database::Connection;
use portvakt_stores::tables::Tables;

use super::{ApplyError, Carried, bind, bodies, id_changes, trusts};
use crate::ledger::person_key::Keys;
use crate::ledger::{EntryKind, Tail};
use crate::memory::{AskedSlots, KeptFinding, RefusedEntry, RemovalHold, Slot};
use crate::{ledger, memory};

/// The mark of a plan that was begun and is not finished.
const OPEN_PLAN: &str = "open-plan";

/// Writes the decisions, the holds and the intent of the plan in one transaction.
pub(super) fn begin(register: &mut Tables, decided: &Decided) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let at = decided.clock.shown;
    let (keys, mut tail) = (Keys::new(&tx), Tail::of(&tx)?);
    let (before, mut asked) = (bind::Before::of(&tx, slots_of(decided))?, bind::Asked::default());
    if let Some(plan) = memory::mark(&tx, OPEN_PLAN)?.filter(|plan| !plan.is_empty()) {
        tail.append(at, EntryKind::Interrupted, &serde_json::json!({ "plan": plan }))?;
        memory::set_mark(&tx, OPEN_PLAN, "")?;
    }
    if let Some(Advance { from, to }) = &decided.tree.advance {
        // A baseline may have been accepted meanwhile. A decision that was made against another commit is not recorded.
        if memory::accepted_commit(&tx)?.as_ref() != Some(from) {
            return Err(ApplyError::Overtaken);
        }
        memory::set_accepted_commit(&tx, Some(to))?;
    }
    for digest in &decided.charged.releases {
        bind::spend(&tx, &mut tail, digest, at)?;
    }
    if let Some((rules, tree)) = &decided.released_rules {
        let policies = (&rules.policies_digest, tree.policies());
        memory::store_rules(&tx, policies, (&rules.settings_digest, tree.settings()))?;
        memory::set_accepted_rules(&tx, &rules.policies_digest, &rules.settings_digest)?;
        let mut body = serde_json::json!({
            "policies": rules.policies_digest, "settings": rules.settings_digest, "with-attributes": true,
        });
        let renamed = rules.register.renamed_since(&decided.rules.register);
        if let (false, Some(body)) = (renamed.is_empty(), body.as_object_mut()) {
            body.insert("trusts-renamed".to_owned(), serde_json::json!(renamed));
        }
        tail.append(at, EntryKind::ProtectedAccepted, &body)?;
        memory::set_attributes_known(&tx)?;
    } else if decided.tree.whole {
        memory::find_attributes(&tx, decided.tree.attributes.as_ref())?;
    }
    id_changes::record(&tx, decided, &mut tail)?;
    memory::free_requests(&tx, &decided.outcome.freed)?;
    for Freed { request, person } in &decided.outcome.freed {
        let body = serde_json::json!({ "request": request, "person": keys.key(person)? });
        tail.append(at, EntryKind::RequestFreed, &body)?;
    }
    for standing in &decided.outcome.grants {
        memory::accept_grant(&tx, standing)?;
        memory::forget_refusal(&tx, &standing.grant.key)?;
        let body = bodies::acceptance_body(&keys, decided, standing)?;
        tail.append(at, EntryKind::Accepted, &body)?;
    }
    for statement in &decided.outcome.used {
        memory::use_statement(&tx, statement)?;
    }
    for attested in &decided.reviews.attested {
        for statement in attested.remembered() {
            memory::use_statement(&tx, &statement)?;
        }
        let kind = if attested.counts { EntryKind::Reviewed } else { EntryKind::ReviewShown };
        let body = bodies::reviewed_body(&keys, attested, &decided.tree.snapshot)?;
        tail.append(at, kind, &bodies::of_commit(decided, body))?;
    }
    for closed in &decided.reviews.closed {
        memory::use_statement(&tx, &closed.answers)?;
        tail.append(at, EntryKind::ReviewClosed, &bodies::review_closed(decided, closed))?;
    }
    for statement in &decided.outcome.identified {
        memory::use_person_statement(&tx, statement)?;
    }
    for (statement, counted) in &decided.outcome.rejections {
        memory::use_statement(&tx, statement)?;
        let body = bodies::rejected_body(&keys, decided, (statement, counted))?;
        tail.append(at, EntryKind::RequestRejected, &body)?;
    }
    for removal in &decided.outcome.cleared {
        if let Some(until) = removal.until {
            memory::shorten_grant(&tx, &removal.key, until)?;
        }
        if bodies::clears(removal, decided) {
            memory::clear_grant(&tx, &removal.key, removal.cause, removal.revocation.as_ref())?;
        }
        let body = bodies::removal(&keys, decided, removal)?;
        tail.append(at, EntryKind::Accepted, &body)?;
    }
    record_files(&tx, decided, &keys, &mut tail)?;
    memory::set_seen_extensions(&tx, &decided.unsettled.extensions)?;
    memory::set_astray(&tx, &decided.unsettled.remembered.astray)?;
    memory::set_missing(&tx, &decided.unsettled.remembered.missing)?;
    memory::set_moved(&tx, &decided.unsettled.remembered.moved)?;
    trusts::follow(&tx, decided, &keys, &mut tail)?;
    for (who, trust) in &decided.charged.removals {
        memory::remove_count(&tx, decided.charged_at(), who, trust.as_ref())?;
    }
    memory::count_additions(&tx, decided.charged_at(), &decided.charged.additions)?;
    bind::charge(&mut tail, decided)?;
    memory::set_run_removals(&tx, &decided.charged.run)?;
    memory::forget_items(&tx, &decided.charged.releases)?;
    memory::set_authority_kept(&tx, &decided.outcome.kept)?;
    if decided.tree.whole {
        memory::set_waiting_limits(&tx, decided.unsettled.limits.as_ref())?;
    }
    if decided.tree.accepted {
        memory::set_accepted_snapshot(&tx, &decided.tree.snapshot)?;
    }
    record_holds(&tx, decided, &mut tail)?;
    if let Some(reports) = &decided.plan.reports {
        if !reports.is_empty() {
            memory::salt_asked(&tx)?;
        }
        let changed = memory::plan_reports(&tx, decided.clock.moment, reports, &decided.plan.debts)?;
        changed.dropped.into_iter().for_each(|seq| asked.is_over(memory::planned_name(seq)));
        changed.planned.into_iter().for_each(|seq| asked.begins(memory::planned_name(seq)));
        changed.owed.into_iter().for_each(|seq| asked.begins(memory::owed_name(seq)));
    }
    if !decided.plan.steps.is_empty() {
        let plan = decided.plan_digest();
        memory::set_mark(&tx, OPEN_PLAN, &plan.to_string())?;
        tail.append(at, EntryKind::Plan, &bodies::plan(decided, &plan))?;
    }
    if let Some(trusted) = &decided.clock.confirms {
        memory::set_trusted(&tx, trusted)?;
    }
    before.bind(&tx, &mut tail, at)?;
    asked.record(&tx, at)?;
    Ok(tx.commit()?)
}

/// Returns the slots that [`begin`] changes: of the statements that serve, of the refusals of everybody whose entries are
/// settled or refused, and of the files that are held or mended.
fn slots_of(decided: &Decided) -> AskedSlots {
    let (outcome, unsettled, reviews) = (&decided.outcome, &decided.unsettled, &decided.reviews);
    let before = &decided.rules.register;
    let released = decided.released_rules.as_ref();
    if released.is_some_and(|(rules, _)| !rules.register.renamed_since(before).is_empty()) {
        // With a new id of a trust, refusals of anybody may follow.
        return AskedSlots::Every;
    }
    let reviewed: Vec<Digest> = reviews.attested.iter().flat_map(Attested::remembered).collect();
    let served = outcome.used.iter().chain(&reviewed).chain(outcome.rejections.keys());
    let served = served.chain(reviews.closed.iter().map(|closed| &closed.answers));
    let settled = outcome.grants.iter().map(|standing| &standing.grant.key.person);
    let unsettled_keys = unsettled.refused.keys().chain(&unsettled.lifted);
    let people = settled.chain(unsettled_keys.map(|key| &key.person));
    let people = people.chain(outcome.renamed.iter().map(|renamed| &renamed.change.from));
    let files = unsettled.held_files.keys().chain(&unsettled.mended);
    let slots = served.map(Slot::of_served).chain(people.map(Slot::of_refusals));
    AskedSlots::These(slots.chain(files.map(Slot::of_hold)).collect())
}

/// Records that the plan has been carried out, with the numbers of steps that were done and that failed.
pub(super) fn finish(register: &mut Tables, decided: &Decided, carried: &Carried) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    memory::set_mark(&tx, OPEN_PLAN, "")?;
    let body = serde_json::json!({
        "snapshot": decided.tree.snapshot,
        "plan": decided.plan_digest(),
        "done": carried.done,
        "failed": carried.failed.len(),
    });
    ledger::append(&tx, decided.clock.shown, EntryKind::Pass, &bodies::of_commit(decided, body))?;
    Ok(tx.commit()?)
}

/// Records and binds the facts of changed files, and the files that are gone.
fn record_files(
    tx: &Connection,
    decided: &Decided,
    keys: &Keys<'_>,
    tail: &mut Tail<'_>,
) -> Result<(), ApplyError> {
    let mut said: Vec<bind::SaidByFile<'_>> = Vec::new();
    let mut restated = memory::restated(tx)?;
    for file in &decided.outcome.files {
        let digest = file.digest.as_ref().unwrap_or(&memory::UNSETTLED);
        let known = memory::file_of(tx, &file.person, &file.trust)?;
        if known.as_ref().is_none_or(|(facts, _)| file.facts.restates(facts)) {
            restated.insert(file.person.clone());
        }
        if known.is_none_or(|(facts, bytes)| facts != file.facts || bytes != *digest) {
            memory::accept_file(tx, &file.person, &file.trust, &file.facts, digest)?;
            said.push((&file.person, &file.trust, Some((&file.facts, digest))));
        }
    }
    for (person, trust) in &decided.outcome.forgotten {
        if memory::file_of(tx, person, trust)?.is_some() {
            memory::forget_file(tx, person, trust)?;
            said.push((person, trust, None));
        }
    }
    memory::set_restated(tx, &restated)?;
    bind::record_files(tail, keys, decided.clock.shown, &said)
}

fn record_holds(tx: &Connection, decided: &Decided, tail: &mut Tail<'_>) -> Result<(), ApplyError> {
    let (at, since) = (decided.clock.shown, decided.clock.moment.to_string());
    let known = memory::file_holds_among(tx, decided.unsettled.held_files.keys())?;
    for (path, findings) in &decided.unsettled.held_files {
        let told: Vec<KeptFinding> = findings.iter().map(KeptFinding::from).collect();
        if !known.contains_key(path) {
            let body = bodies::under_clock(decided, bodies::held_file(tx, path, &told)?);
            tail.append(at, EntryKind::Held, &body)?;
        }
        memory::hold_file(tx, path, &since, &told)?;
    }
    for path in &decided.unsettled.mended {
        if memory::clear_file(tx, path)? {
            let body = bodies::under_clock(decided, bodies::held_file(tx, path, &[])?);
            tail.append(at, EntryKind::Mended, &body)?;
        }
    }
    let people: BTreeSet<&PersonId> = decided.unsettled.refused.keys().map(|key| &key.person).collect();
    let refusals = memory::refusals_of(tx, &people)?;
    for (key, (path, refusal)) in &decided.unsettled.refused {
        let refused = RefusedEntry {
            path: path.clone(),
            statement: refusal.statement,
            policies: refusal.rules.policies_digest,
            settings: refusal.rules.settings_digest,
            first_day: refusal.day,
            since: since.clone(),
            told: KeptFinding::from(&refusal.finding),
        };
        if refusals.get(key).is_none_or(|known| known.statement != refused.statement) {
            let body = bodies::under_clock(decided, bodies::refused_body(tx, key, &refused)?);
            tail.append(at, EntryKind::Refused, &body)?;
        }
        memory::hold_refusal(tx, key, &refused)?;
    }
    for key in &decided.unsettled.lifted {
        memory::lift_refusal(tx, key, &since)?;
    }
    record_sets(tx, decided, tail)
}

/// Records the removals that wait for a release.
fn record_sets(tx: &Connection, decided: &Decided, tail: &mut Tail<'_>) -> Result<(), ApplyError> {
    let (at, since) = (decided.clock.shown, decided.clock.moment.to_string());
    // A pass over some files sees only a part of the possible removals. People are asked to release the set of a whole
    // pass, which follows at once. Withheld removals depend only on their own file.
    let mut sets = BTreeMap::new();
    if !decided.tree.whole {
        let known = memory::removal_holds(tx)?.into_iter();
        let stays = |hold: &RemovalHold| hold.file().is_none_or(|file| !decided.tree.looked.contains(&file));
        sets.extend(known.filter(stays).map(|hold| (hold.digest, hold.summary)));
    }
    for set in decided.unsettled.sets.iter().filter(|set| decided.tree.whole || set.why.is_of_a_file()) {
        let summary = serde_json::json!({
            "trust": set.trust, "people": set.people, "allowed": set.allowed, "asked": set.asked, "why": set.why,
            "of_a_file": set.why.is_of_a_file(),
        });
        sets.insert(set.digest, summary);
    }
    for digest in memory::set_removal_holds(tx, &since, &sets)? {
        let set = decided.unsettled.sets.iter().find(|set| set.digest == digest);
        let what = set.map_or("removals", |set| set.why.ledger_word());
        let body = serde_json::json!({
            what: digest,
            "trust": set.and_then(|set| set.trust.as_ref()),
            "people": set.map(|set| set.people.len()),
        });
        tail.append(at, EntryKind::Held, &body)?;
    }
    Ok(())
}
