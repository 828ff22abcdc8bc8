//! This module keeps what is held, with its start and its reason: files, refused entries, and removals over budget.

mod removals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::diag::Text;
use portvakt_core::model::{Digest, FilePath, GrantKey, PersonId};
use portvakt_database::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::MemoryError;
use super::by_keys::by_keys;
use super::columns::{Text as TextColumn, columns};
use super::rows::{damaged, grant_key, json, on_one, readable_row, to_json};

pub use removals::{RemovalHold, removal_holds, removals_wait, set_removal_holds};

/// The text of a hold that people are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFinding {
    /// The code of the finding.
    pub code: String,
    /// This text says what is wrong.
    pub message: Text,
    /// This text says what to do.
    pub way_out: Text,
    /// The rules that decided.
    pub rules: Vec<String>,
    /// The policies that decided.
    pub policies: Vec<String>,
}

impl From<&portvakt_core::diag::Finding> for KeptFinding {
    fn from(finding: &portvakt_core::diag::Finding) -> Self {
        Self {
            code: finding.code.to_string(),
            message: finding.message.clone(),
            way_out: finding.way_out.clone(),
            rules: finding.rules.clone(),
            policies: finding.policies.clone(),
        }
    }
}

/// A held file. Its content is not used.
#[derive(Debug, Clone)]
pub struct HeldFile {
    /// The start of the hold, in RFC 3339.
    pub since: String,
    /// These texts say what is wrong with the file.
    pub told: Vec<KeptFinding>,
}

/// A refused entry, with the values that its refusal depends on.
#[derive(Debug, Clone)]
pub struct RefusedEntry {
    /// The path of the file that contains the entry.
    pub path: FilePath,
    /// The digest of the statement.
    pub statement: Digest,
    /// The digest of the policies of the first judgement.
    pub policies: Digest,
    /// The digest of the settings (register and keys) of the first judgement.
    pub settings: Digest,
    /// The day of the first judgement.
    pub first_day: Date,
    /// The start of the refusal, in RFC 3339.
    pub since: String,
    /// The text that people were shown about the refusal.
    pub told: KeptFinding,
}

/// How much is held, and since when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoldsInNumbers {
    /// The number of held files and refused entries.
    pub files_and_entries: u64,
    /// The start of the oldest of these holds. A start that cannot be read is passed over.
    pub oldest: Option<Timestamp>,
}

const HELD_SINCE: &str = "SELECT since FROM file_hold";

const REFUSED_SINCE: &str = "SELECT since FROM refusal WHERE lifted IS NULL";

/// Counts the files that are held and the entries that are refused, without reading what was found about them.
///
/// A row with a start that cannot be read is a hold too, so it is counted.
///
/// # Errors
/// When the memory cannot be read.
pub fn holds_in_numbers(conn: &Connection) -> Result<HoldsInNumbers, MemoryError> {
    let mut holds = HoldsInNumbers::default();
    for question in [HELD_SINCE, REFUSED_SINCE] {
        let mut statement = conn.prepare_cached(question)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            holds.files_and_entries += 1;
            let since = readable_row(row.text(0).map_err(MemoryError::from))?;
            let since: Option<Timestamp> = since.and_then(|text| text.parse().ok());
            holds.oldest = holds.oldest.into_iter().chain(since).min();
        }
    }
    Ok(holds)
}

/// Returns the files that are held.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn file_holds(conn: &Connection) -> Result<BTreeMap<FilePath, HeldFile>, MemoryError> {
    let mut statement = conn.prepare_cached(HELD)?;
    let mut rows = statement.query([])?;
    let mut holds = BTreeMap::new();
    while let Some(row) = rows.next()? {
        holds.extend(readable_row(held_of_row(&row))?);
    }
    Ok(holds)
}

/// Returns those of these files that are held. Only their rows are read.
///
/// # Errors
/// When the memory cannot be read.
pub fn file_holds_among<'p>(
    conn: &Connection,
    paths: impl IntoIterator<Item = &'p FilePath>,
) -> Result<BTreeMap<FilePath, HeldFile>, MemoryError> {
    let paths: Vec<String> = paths.into_iter().map(ToString::to_string).collect();
    let mut holds = BTreeMap::new();
    by_keys(conn, &format!("{HELD} WHERE path"), &paths, |row| {
        holds.extend(readable_row(held_of_row(row))?);
        Ok(())
    })?;
    Ok(holds)
}

const HELD: &str = "SELECT path, since, findings FROM file_hold";

fn held_of_row(row: &Row<'_>) -> Result<(FilePath, HeldFile), MemoryError> {
    let (path, since, told): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok((FilePath::new(&path), HeldFile { since, told: json(&told, "file_hold")? }))
}

/// Holds a file. A file that is already held keeps the start of its hold.
///
/// # Errors
/// When the memory cannot be written.
pub fn hold_file(
    conn: &Connection,
    path: &FilePath,
    since: &str,
    told: &[KeptFinding],
) -> Result<(), MemoryError> {
    conn.prepare_cached(
        "INSERT INTO file_hold (path, since, findings) VALUES (?1, ?2, ?3)
         ON CONFLICT (path) DO UPDATE SET findings = ?3",
    )?
    .execute(params![path.as_str(), since, to_json(&told)?])?;
    Ok(())
}

/// Lifts the hold of a file. It returns whether there was a hold.
///
/// # Errors
/// When the memory cannot be written.
pub fn clear_file(conn: &Connection, path: &FilePath) -> Result<bool, MemoryError> {
    Ok(conn.prepare_cached("DELETE FROM file_hold WHERE path = ?1")?.execute([path.as_str()])? > 0)
}

/// Returns the entries that are in the tree and are refused.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn refusals(conn: &Connection) -> Result<BTreeMap<GrantKey, RefusedEntry>, MemoryError> {
    let mut statement = conn.prepare_cached(&refused_where("lifted IS NULL"))?;
    let mut rows = statement.query([])?;
    let mut refusals = BTreeMap::new();
    while let Some(row) = rows.next()? {
        refusals.extend(readable_row(refused_of_row(&row))?);
    }
    Ok(refusals)
}

/// Returns the entries of these people that are in the tree and are refused. Only the rows of these people are read.
///
/// # Errors
/// When the memory cannot be read.
pub fn refusals_of(
    conn: &Connection,
    people: &BTreeSet<&PersonId>,
) -> Result<BTreeMap<GrantKey, RefusedEntry>, MemoryError> {
    refused_of(conn, &refused_where("lifted IS NULL AND person"), people)
}

/// Returns how refused entries of these people were first judged, including entries that were taken out of the tree
/// later. So nobody gains anything by putting the same bytes back. Only the rows of these people are read.
///
/// # Errors
/// When the memory cannot be read.
pub fn first_judgements(
    conn: &Connection,
    people: &BTreeSet<&PersonId>,
) -> Result<BTreeMap<GrantKey, RefusedEntry>, MemoryError> {
    refused_of(conn, &refused_where("person"), people)
}

/// Asks a question about refusals that ends with the column of the person.
fn refused_of(
    conn: &Connection,
    question: &str,
    people: &BTreeSet<&PersonId>,
) -> Result<BTreeMap<GrantKey, RefusedEntry>, MemoryError> {
    let people: Vec<String> = people.iter().map(ToString::to_string).collect();
    let mut refusals = BTreeMap::new();
    by_keys(conn, question, &people, |row| {
        refusals.extend(readable_row(refused_of_row(row))?);
        Ok(())
    })?;
    Ok(refusals)
}

columns! {
    /// A row of `refusal`. The columns that name the entry come first.
    "refusal" RefusalRow {
        person: TextColumn<'r>,
        application: TextColumn<'r>,
        unit: u32,
        request: TextColumn<'r>,
        path: TextColumn<'r>,
        statement: TextColumn<'r>,
        policies: TextColumn<'r>,
        settings: TextColumn<'r>,
        first_day: TextColumn<'r>,
        since: TextColumn<'r>,
        finding: TextColumn<'r>,
    } written
}

/// Returns the statement that reads refusals; `which` is the condition, such as `lifted IS NULL`.
fn refused_where(which: &str) -> String {
    format!("SELECT {} FROM refusal WHERE {which}", RefusalRow::NAMES.join(", "))
}

fn refused_of_row(row: &Row<'_>) -> Result<(GrantKey, RefusedEntry), MemoryError> {
    let columns = RefusalRow::read(row)?;
    let digest = |text: &str| Digest::parse(text).map_err(|why| damaged("refusal", why));
    let refused = RefusedEntry {
        path: FilePath::new(&columns.path),
        statement: digest(&columns.statement)?,
        policies: digest(&columns.policies)?,
        settings: digest(&columns.settings)?,
        first_day: columns.first_day.parse().map_err(|why| damaged("refusal", why))?,
        since: columns.since.into_owned(),
        told: json(&columns.finding, "refusal")?,
    };
    Ok((grant_key(row, 0)?, refused))
}

/// Records a refusal. If the same statement is already refused, its start is kept.
///
/// # Errors
/// When the memory cannot be written.
pub fn hold_refusal(conn: &Connection, key: &GrantKey, refused: &RefusedEntry) -> Result<(), MemoryError> {
    let row = RefusalRow {
        person: key.person.as_str().into(),
        application: key.application.as_str().into(),
        unit: key.unit.0,
        request: key.request.as_str().into(),
        path: refused.path.as_str().into(),
        statement: refused.statement.to_string().into(),
        policies: refused.policies.to_string().into(),
        settings: refused.settings.to_string().into(),
        first_day: refused.first_day.to_string().into(),
        since: refused.since.as_str().into(),
        finding: to_json(&refused.told)?.into(),
    };
    conn.prepare_cached(&HOLD_REFUSAL)?.execute(row.values().as_slice())?;
    Ok(())
}

/// Writes a refusal, new or in place of the one of the same entry. A row that said the same keeps its start.
static HOLD_REFUSAL: LazyLock<String> = LazyLock::new(|| {
    let (names, key) = (RefusalRow::NAMES, ["person", "application", "unit", "request"]);
    let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
    let rest = names.iter().filter(|name| !key.contains(name) && **name != "since");
    let set: Vec<String> = rest.map(|name| format!("{name} = excluded.{name}")).collect();
    let (names, key, places, set) = (names.join(", "), key.join(", "), places.join(", "), set.join(", "));
    format!(
        "INSERT INTO refusal ({names}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {set}, lifted = NULL,
             since = CASE WHEN refusal.statement = excluded.statement AND refusal.lifted IS NULL
                 THEN refusal.since ELSE excluded.since END"
    )
});

/// Lifts a refusal because the entry is no longer in the tree. The first judgement is kept.
///
/// # Errors
/// When the memory cannot be written.
pub fn lift_refusal(conn: &Connection, key: &GrantKey, at: &str) -> Result<(), MemoryError> {
    on_one(conn, "UPDATE refusal SET lifted = ?5", key, &[&at])
}

/// Forgets a refusal because the entry was accepted.
///
/// # Errors
/// When the memory cannot be written.
pub fn forget_refusal(conn: &Connection, key: &GrantKey) -> Result<(), MemoryError> {
    on_one(conn, "DELETE FROM refusal", key, &[])
}

#[cfg(test)]
mod tests;
