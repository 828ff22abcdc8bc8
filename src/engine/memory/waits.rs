//! What is remembered of what waits: paths that are not in order, people whose file was moved, the limits by which
//! removals were first held, what the budget for additions has used, what two have released item by item, and the
//! tree that was accepted last.
//!
//! All of it is small, and stands as values among the marks: a database that an earlier version made has room for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use portvakt_core::decide::{Freed, Moved, MovedTo, ReleasedItems};
use portvakt_core::model::{BudgetLimits, Digest, FilePath, PersonId, TrustId};
use portvakt_core::plan::Used;
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

pub(super) fn value<T: DeserializeOwned + Default>(conn: &Connection, key: &str) -> Result<T, MemoryError> {
    match mark(conn, key)?.filter(|text| !text.is_empty()) {
        // The ledger tells what is missing then.
        Some(text) => Ok(readable_row(json(&text, key))?.unwrap_or_default()),
        None => Ok(T::default()),
    }
}

/// Writes only what has changed: a quiet pass writes nothing.
pub(super) fn set<T: DeserializeOwned + Default + Serialize + PartialEq>(
    conn: &Connection,
    key: &str,
    to: &T,
) -> Result<(), MemoryError> {
    if value::<T>(conn, key)? == *to { Ok(()) } else { set_mark(conn, key, &to_json(to)?) }
}

/// Paths that are not in order and name somebody, each with the moment it was first seen so.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn astray(conn: &Connection) -> Result<BTreeMap<FilePath, Timestamp>, MemoryError> {
    value(conn, ASTRAY)
}

/// Replaces them.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_astray(conn: &Connection, to: &BTreeMap<FilePath, Timestamp>) -> Result<(), MemoryError> {
    set(conn, ASTRAY, to)
}

/// Person files that were accepted and are missing, each with the moment it was missed first.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn missing(conn: &Connection) -> Result<BTreeMap<FilePath, Timestamp>, MemoryError> {
    value(conn, MISSING)
}

/// Replaces them.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_missing(conn: &Connection, to: &BTreeMap<FilePath, Timestamp>) -> Result<(), MemoryError> {
    set(conn, MISSING, to)
}

/// Those whose missing file counts as moved.
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

/// Replaces them.
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

/// What is remembered of a missing file goes along when what it gave goes to another trust, or the trust gets another id:
/// since when it is missed, and which file keeps it.
pub(super) fn follow(
    conn: &Connection,
    person: &PersonId,
    from: &TrustId,
    to: &TrustId,
) -> Result<(), MemoryError> {
    let (old, new) = (FilePath::of_person(from, person), FilePath::of_person(to, person));
    let mut gone = missing(conn)?;
    if let Some(since) = gone.remove(&old) {
        gone.entry(new.clone()).or_insert(since);
        set_missing(conn, &gone)?;
    }
    let mut all = moved(conn)?;
    if let Some(kept) = all.remove(&(person.clone(), from.clone())) {
        // Where its own path stood for it, it is the path it would have now.
        let path = if kept.path == old { new } else { kept.path };
        all.entry((person.clone(), to.clone())).or_insert(MovedTo { path, since: kept.since });
        set_moved(conn, &all)?;
    }
    Ok(())
}

/// The limits by which the removals that wait were first held; `None` where none wait.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn waiting_limits(conn: &Connection) -> Result<Option<BudgetLimits>, MemoryError> {
    value(conn, LIMITS)
}

/// Remembers them, or that nothing waits.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_waiting_limits(conn: &Connection, limits: Option<&BudgetLimits>) -> Result<(), MemoryError> {
    set(conn, LIMITS, &limits.cloned())
}

/// Gives a trust another id in what the budget for additions remembers.
pub(super) fn rename_added(conn: &Connection, from: &TrustId, to: &TrustId) -> Result<(), MemoryError> {
    let mut all: Vec<Added> = value(conn, ADDED)?;
    all.iter_mut()
        .filter(|added| added.trust == from.as_str())
        .for_each(|added| added.trust = to.to_string());
    set(conn, ADDED, &all)
}

/// How long the budget for additions remembers.
const WEEK: i64 = 7 * 24;

/// People who were given something, of one pass at one trust.
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

/// Has what the budget for additions was charged count from other moments.
pub(super) fn added_at(
    conn: &Connection,
    counts_from: impl Fn(Timestamp) -> Timestamp,
) -> Result<(), MemoryError> {
    let mut all: Vec<Added> = value(conn, ADDED)?;
    all.iter_mut().for_each(|added| added.at = counts_from(added.at));
    set(conn, ADDED, &all)
}

/// What the budget for additions has spent in the seven days before a moment.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn additions_used(conn: &Connection, now: Timestamp) -> Result<Used, MemoryError> {
    let mut used = Used::default();
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

/// The items of releases that let go what they name, whoever has joined the queue since.
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

/// Whose authority stays although their access was taken back (law: *somebody must be left*).
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn authority_kept(conn: &Connection) -> Result<BTreeSet<PersonId>, MemoryError> {
    value(conn, KEEPS)
}

/// Remembers it.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_authority_kept(conn: &Connection, people: &BTreeSet<PersonId>) -> Result<(), MemoryError> {
    set(conn, KEEPS, people)
}

const FREED: &str = "requests.freed";

/// The bindings that two have undone.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn freed_requests(conn: &Connection) -> Result<BTreeSet<Freed>, MemoryError> {
    value(conn, FREED)
}

/// Gives a person among them another id.
pub(super) fn rename_freed(conn: &Connection, from: &PersonId, to: &PersonId) -> Result<(), MemoryError> {
    let now = |freed: Freed| match freed.person == *from {
        true => Freed { person: to.clone(), ..freed },
        false => freed,
    };
    set(conn, FREED, &freed_requests(conn)?.into_iter().map(now).collect::<BTreeSet<_>>())
}

/// Remembers more of them.
///
/// # Errors
/// When the memory cannot be written.
pub fn free_requests(conn: &Connection, more: &BTreeSet<Freed>) -> Result<(), MemoryError> {
    let mut all = freed_requests(conn)?;
    all.extend(more.iter().cloned());
    set(conn, FREED, &all)
}

const WRITER: &str = "writer";

/// Which of several programs that share the register has made the last pass over a tree of its own.
///
/// # Errors
/// When the memory cannot be read.
pub fn writer(conn: &Connection) -> Result<Option<String>, MemoryError> {
    value(conn, WRITER)
}

/// Remembers it.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_writer(conn: &Connection, name: &str) -> Result<(), MemoryError> {
    set(conn, WRITER, &Some(name.to_owned()))
}

/// The digest of the tree that was accepted last, wholly or but for its holds.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn accepted_snapshot(conn: &Connection) -> Result<Option<Digest>, MemoryError> {
    value(conn, SNAPSHOT)
}

/// Remembers it.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_accepted_snapshot(conn: &Connection, digest: &Digest) -> Result<(), MemoryError> {
    set(conn, SNAPSHOT, &Some(*digest))
}
