//! This module keeps things that wait: paths that are not in order, people whose file was moved, the limits by which
//! removals were first held, what the budget for additions has used, what a run along a branch has removed so far, what
//! two people have released item by item, extensions that wait, and the tree that was accepted last.
//!
//! These values are small and are kept as marks, so the database of an earlier version has room for them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use portvakt_core::decide::{Freed, Moved, MovedTo, ReleasedItems, SeenExtensions};
use portvakt_core::model::{BudgetLimits, Digest, FilePath, PersonId, TrustId};
use portvakt_core::plan::BudgetUse;
use portvakt_database::Connection;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::MemoryError;
use super::marks::{mark, set_mark};
use super::rows::{damaged, json, readable_row, to_json};

const ASTRAY: &str = "astray";
const MISSING: &str = "missing";
const MOVED: &str = "moved";
const LIMITS: &str = "waiting.limits";
const ADDED: &str = "additions.used";
const RELEASED: &str = "released.items";
const SNAPSHOT: &str = "snapshot";
pub(super) const EXTENSIONS: &str = "extensions.seen";
/// An older version kept this only in the memory of its process.
pub(super) const RUN: &str = "run.removals";

pub(super) fn value<T: DeserializeOwned + Default>(conn: &Connection, key: &str) -> Result<T, MemoryError> {
    match mark(conn, key)?.filter(|text| !text.is_empty()) {
        // If the value cannot be read, the comparison with the ledger shows what is missing.
        Some(text) => Ok(readable_row(json(&text, key))?.unwrap_or_default()),
        None => Ok(T::default()),
    }
}

/// Writes a value only if it has changed. A pass without changes writes nothing.
pub(super) fn set<T: DeserializeOwned + Default + Serialize + PartialEq>(
    conn: &Connection,
    key: &str,
    to: &T,
) -> Result<(), MemoryError> {
    if value::<T>(conn, key)? == *to { Ok(()) } else { set_mark(conn, key, &to_json(to)?) }
}

/// Returns the paths that are not in order and name a person, each with the moment when this was first seen.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn seen_astray(conn: &Connection) -> Result<BTreeMap<FilePath, Timestamp>, MemoryError> {
    value(conn, ASTRAY)
}

/// Replaces these paths.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_astray(conn: &Connection, to: &BTreeMap<FilePath, Timestamp>) -> Result<(), MemoryError> {
    set(conn, ASTRAY, to)
}

/// Returns the accepted person files that are missing, each with the moment when it was first missed.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn missed_files(conn: &Connection) -> Result<BTreeMap<FilePath, Timestamp>, MemoryError> {
    value(conn, MISSING)
}

/// Replaces these files.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_missing(conn: &Connection, to: &BTreeMap<FilePath, Timestamp>) -> Result<(), MemoryError> {
    set(conn, MISSING, to)
}

/// Returns the people whose missing file counts as moved.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn moved(conn: &Connection) -> Result<Moved, MemoryError> {
    let mut moved = Moved::new();
    for (person, trust, to) in value::<Vec<(String, String, MovedTo)>>(conn, MOVED)? {
        let person = PersonId::new(&person).map_err(|why| damaged(MOVED, why))?;
        let trust = TrustId::new(&trust).map_err(|why| damaged(MOVED, why))?;
        moved.insert((person, trust), to);
    }
    Ok(moved)
}

/// Replaces these people.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_moved(conn: &Connection, moved: &Moved) -> Result<(), MemoryError> {
    let rows: Vec<(String, String, MovedTo)> = moved
        .iter()
        .map(|((person, trust), to)| (person.to_string(), trust.to_string(), to.clone()))
        .collect();
    set(conn, MOVED, &rows)
}

/// Takes along what is remembered about a missing file when its grants move to another trust or the trust gets a new
/// id: the moment when it was first missed, and the file that keeps its grants.
pub(super) fn follow(
    conn: &Connection,
    person: &PersonId,
    from: &TrustId,
    to: &TrustId,
) -> Result<(), MemoryError> {
    let (old, new) = (FilePath::of_person(from, person), FilePath::of_person(to, person));
    let mut gone = missed_files(conn)?;
    if let Some(since) = gone.remove(&old) {
        gone.entry(new.clone()).or_insert(since);
        set_missing(conn, &gone)?;
    }
    let mut all = moved(conn)?;
    if let Some(kept) = all.remove(&(person.clone(), from.clone())) {
        // If the file's own old path kept the grants, the path it would have now keeps them.
        let path = if kept.path == old { new } else { kept.path };
        all.entry((person.clone(), to.clone())).or_insert(MovedTo { path, ..kept });
        set_moved(conn, &all)?;
    }
    Ok(())
}

/// Remembers that these people's grants moved from one trust to another with their unit, and that the files at the old
/// trust still have them. If another file keeps the grants already, that stays as it is.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn leave_behind(
    conn: &Connection,
    left: impl IntoIterator<Item = (PersonId, TrustId, TrustId)>,
    at: Timestamp,
) -> Result<(), MemoryError> {
    let mut all = moved(conn)?;
    for (person, from, to) in left {
        let file = MovedTo::by_people(FilePath::of_person(&from, &person), at);
        all.entry((person, to)).or_insert(MovedTo { is_left_behind: true, ..file });
    }
    set_moved(conn, &all)
}

/// Returns the extensions that wait and were seen on a day of their access.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn seen_extensions(conn: &Connection) -> Result<SeenExtensions, MemoryError> {
    value(conn, EXTENSIONS)
}

/// Replaces these extensions.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_seen_extensions(conn: &Connection, to: &SeenExtensions) -> Result<(), MemoryError> {
    set(conn, EXTENSIONS, to)
}

/// Returns the limits by which the waiting removals were first held, or `None` if no removal waits.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn waiting_limits(conn: &Connection) -> Result<Option<BudgetLimits>, MemoryError> {
    value(conn, LIMITS)
}

/// Remembers these limits, or that nothing waits.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_waiting_limits(conn: &Connection, limits: Option<&BudgetLimits>) -> Result<(), MemoryError> {
    set(conn, LIMITS, &limits.cloned())
}

/// The removals of a run along a branch that is not at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RunRemovals {
    all: u32,
    trusts: BTreeMap<String, u32>,
}

/// Returns what the run along a branch that is under way has removed at earlier commits. It is nothing between two runs.
///
/// # Errors
/// When the memory cannot be read.
pub fn run_removals(conn: &Connection) -> Result<BudgetUse, MemoryError> {
    let Some(run) = value::<Option<RunRemovals>>(conn, RUN)? else { return Ok(BudgetUse::default()) };
    let trusts =
        run.trusts.into_iter().filter_map(|(trust, people)| Some((TrustId::new(&trust).ok()?, people)));
    Ok(BudgetUse { all: run.all, trusts: trusts.collect() })
}

/// Remembers what a run has removed so far, in the transaction that charges it, so that a program that is killed in the
/// middle of a run goes on counting.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_run_removals(conn: &Connection, run: &BudgetUse) -> Result<(), MemoryError> {
    let trusts = run.trusts.iter().map(|(trust, people)| (trust.to_string(), *people)).collect();
    let run = (*run != BudgetUse::default()).then_some(RunRemovals { all: run.all, trusts });
    set(conn, RUN, &run)
}

/// Gives a trust a new id in the record of the budget for additions.
pub(super) fn rename_added(conn: &Connection, from: &TrustId, to: &TrustId) -> Result<(), MemoryError> {
    let mut all: Vec<Added> = value(conn, ADDED)?;
    all.iter_mut()
        .filter(|added| added.trust == from.as_str())
        .for_each(|added| added.trust = to.to_string());
    set(conn, ADDED, &all)
}

/// The budget for additions counts this number of hours back.
const WEEK: i64 = 7 * 24;

/// The number of people who were given something in one pass at one trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Added {
    at: Timestamp,
    trust: String,
    people: u32,
}

fn added(conn: &Connection, now: Timestamp) -> Result<Vec<Added>, MemoryError> {
    let since = now.checked_sub(WEEK.hours()).map_err(|why| damaged("the time", why))?;
    let mut added: Vec<Added> = value(conn, ADDED)?;
    added.retain(|row| row.at >= since);
    Ok(added)
}

/// Changes the moments from which the charges of the budget for additions count.
pub(super) fn added_at(
    conn: &Connection,
    counts_from: impl Fn(Timestamp) -> Timestamp,
) -> Result<(), MemoryError> {
    let mut all: Vec<Added> = value(conn, ADDED)?;
    all.iter_mut().for_each(|added| added.at = counts_from(added.at));
    set(conn, ADDED, &all)
}

/// Returns what the budget for additions has spent in the seven days before a moment.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn additions_used(conn: &Connection, now: Timestamp) -> Result<BudgetUse, MemoryError> {
    let mut used = BudgetUse::default();
    for row in added(conn, now)? {
        let trust = TrustId::new(&row.trust).map_err(|why| damaged(ADDED, why))?;
        used.all = used.all.saturating_add(row.people);
        let at = used.trusts.entry(trust).or_default();
        *at = at.saturating_add(row.people);
    }
    Ok(used)
}

/// Counts additions (person × trust) against their budget.
///
/// # Errors
/// When the memory cannot be written.
pub fn count_additions(
    conn: &Connection,
    now: Timestamp,
    counted: &BTreeSet<(PersonId, TrustId)>,
) -> Result<(), MemoryError> {
    if counted.is_empty() {
        return Ok(());
    }
    let mut rows = added(conn, now)?;
    let mut people: BTreeMap<&TrustId, u32> = BTreeMap::new();
    for (_, trust) in counted {
        *people.entry(trust).or_default() += 1;
    }
    rows.extend(people.into_iter().map(|(trust, people)| Added {
        at: now,
        trust: trust.to_string(),
        people,
    }));
    set(conn, ADDED, &rows)
}

/// Returns the items of releases. Such a release permits only the items it names, even if others have joined the
/// queue since.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn released_items(conn: &Connection) -> Result<ReleasedItems, MemoryError> {
    let rows: Vec<(Digest, BTreeSet<String>)> = value(conn, RELEASED)?;
    Ok(rows.into_iter().collect())
}

/// Remembers the items of a release.
///
/// # Errors
/// When the memory cannot be written.
pub fn release_items(conn: &Connection, digest: &Digest, items: BTreeSet<String>) -> Result<(), MemoryError> {
    let mut all = released_items(conn)?;
    all.insert(*digest, items);
    set(conn, RELEASED, &all.into_iter().collect::<Vec<_>>())
}

/// Forgets the items of releases that are spent.
///
/// # Errors
/// When the memory cannot be written.
pub fn forget_items(conn: &Connection, spent: &BTreeSet<Digest>) -> Result<(), MemoryError> {
    let mut all = released_items(conn)?;
    all.retain(|digest, _| !spent.contains(digest));
    set(conn, RELEASED, &all.into_iter().collect::<Vec<_>>())
}

const KEEPS: &str = "authority.kept";

/// Returns the people who keep their authority although their access was taken back, because two must be left who can
/// release what is held (R44).
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn authority_kept(conn: &Connection) -> Result<BTreeSet<PersonId>, MemoryError> {
    value(conn, KEEPS)
}

/// Remembers these people.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_authority_kept(conn: &Connection, people: &BTreeSet<PersonId>) -> Result<(), MemoryError> {
    set(conn, KEEPS, people)
}

const FREED: &str = "requests.freed";

/// Returns the bindings that two people have undone.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn freed_requests(conn: &Connection) -> Result<BTreeSet<Freed>, MemoryError> {
    value(conn, FREED)
}

/// Gives a person in these bindings a new id.
pub(super) fn rename_freed(conn: &Connection, from: &PersonId, to: &PersonId) -> Result<(), MemoryError> {
    let now = |freed: Freed| match freed.person == *from {
        true => Freed { person: to.clone(), ..freed },
        false => freed,
    };
    set(conn, FREED, &freed_requests(conn)?.into_iter().map(now).collect::<BTreeSet<_>>())
}

/// Remembers more of these bindings.
///
/// # Errors
/// When the memory cannot be written.
pub fn free_requests(conn: &Connection, more: &BTreeSet<Freed>) -> Result<(), MemoryError> {
    let mut all = freed_requests(conn)?;
    all.extend(more.iter().cloned());
    set(conn, FREED, &all)
}

const WRITER: &str = "writer";

/// The name in place of a writer's after a pass that accepted a part of its copy. No machine has it.
pub const NO_COPY: &str = "-";

/// Several programs can share the register. Returns the name of the one that made the last pass over its own tree.
///
/// # Errors
/// When the memory cannot be read.
pub fn writer(conn: &Connection) -> Result<Option<String>, MemoryError> {
    value(conn, WRITER)
}

/// Remembers that program.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_writer(conn: &Connection, name: &str) -> Result<(), MemoryError> {
    set(conn, WRITER, &Some(name.to_owned()))
}

/// Returns the digest of the tree that was accepted last, completely or except for its holds.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn accepted_snapshot(conn: &Connection) -> Result<Option<Digest>, MemoryError> {
    value(conn, SNAPSHOT)
}

/// Remembers that digest.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_accepted_snapshot(conn: &Connection, digest: &Digest) -> Result<(), MemoryError> {
    set(conn, SNAPSHOT, &Some(*digest))
}
