//! This module reads the tables that grow with the years in *slots*. A slot is the rows whose key begins with the same few
//! characters, and the ledger binds a digest of each slot. So a pass over few files reads the slots of the keys it asks
//! about, and sees there a row that was taken out, added or changed by hand. A whole pass reads every slot.
//!
//! The ledger names a slot by a digest under a salt, and binds that salt. So no letters of a person's id are in it. The salt
//! of a slot's own digest changes whenever the slot is bound again. Nobody can guess values from an older entry, because its
//! salt is gone.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::decide::MemoryPart;
use portvakt_core::model::{Digest, FilePath, Hasher, PersonId};
use portvakt_database::{Connection, Row, Value};

use super::MemoryError;
use super::by_keys::by_keys;
use super::marks::{SET, mark, set_mark};

/// The mark with the salt under which slots are named.
const SALT: &str = "slots.salt";

/// The marks with the salt of each slot begin with this, before the name of the slot. [`AFTER_OWN_SALTS`] comes after all
/// of them.
const OWN_SALT: &str = "slot.salt.";
const AFTER_OWN_SALTS: &str = "slot.salt/";

/// The keys of a slot have this many characters in common. So a hundred thousand statements are in 4096 slots.
const LENGTH: usize = 3;

/// A table that is bound slot by slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SlotTable {
    /// The files that are held.
    FileHolds,
    /// The entries that were refused.
    Refusals,
    /// The statements that have served.
    Served,
}

impl SlotTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FileHolds, Self::Refusals, Self::Served];

    /// Returns the part of the memory that the table belongs to.
    #[must_use]
    pub const fn part(self) -> MemoryPart {
        match self {
            Self::FileHolds => MemoryPart::Holds,
            Self::Refusals => MemoryPart::Refusals,
            Self::Served => MemoryPart::Served,
        }
    }

    /// Returns the columns that are bound, the table and its key. Both columns and key begin with the same column.
    /// Texts that are only shown to people are left out, and so is the column in [`Self::lifted`].
    const fn bound(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::FileHolds => ("path, since", "file_hold", "path"),
            Self::Refusals => (
                "person, application, CAST(unit AS TEXT), request, path, statement, policies, settings, first_day,
                 since",
                "refusal",
                "person, application, unit, request",
            ),
            Self::Served => ("digest", "used_statement", "digest"),
        }
    }

    /// Returns the column that says whether a row is lifted. A text in it never counts as missing.
    const fn lifted(self) -> &'static str {
        match self {
            Self::FileHolds | Self::Served => "",
            Self::Refusals => ", CASE WHEN lifted IS NULL THEN '-' ELSE '+' || lifted END",
        }
    }

    /// Returns the question for every row, as an older version bound the table as a whole. That version did not
    /// distinguish the text `-` from a missing text.
    pub(super) fn every_row_as_a_whole(self) -> String {
        let lifted = match self {
            Self::FileHolds | Self::Served => "",
            Self::Refusals => ", coalesce(lifted, '-')",
        };
        self.rows(lifted, "")
    }

    /// Returns the question for every row.
    fn every_row(self) -> String {
        self.rows(self.lifted(), "")
    }

    /// Returns the question for the rows from one key on.
    fn rows_from(self) -> String {
        let first = self.first();
        self.rows(self.lifted(), &format!("WHERE {first} >= ?1"))
    }

    /// Returns the question for the rows from one key on and before another one.
    fn rows_between(self) -> String {
        let first = self.first();
        self.rows(self.lifted(), &format!("WHERE {first} >= ?1 AND {first} < ?2"))
    }

    /// Returns the first column of the key.
    fn first(self) -> &'static str {
        let (_, _, key) = self.bound();
        key.split(',').next().unwrap_or(key)
    }

    fn rows(self, lifted: &str, which: &str) -> String {
        let (columns, table, key) = self.bound();
        format!("SELECT {columns}{lifted} FROM {table} {which} ORDER BY {key}")
    }
}

/// The rows of a table whose key begins with the same characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    table: SlotTable,
    begins: String,
}

impl Slot {
    /// Returns the slot that says whether a file is held.
    #[must_use]
    pub fn of_hold(path: &FilePath) -> Self {
        Self::of(SlotTable::FileHolds, path.as_str())
    }

    /// Returns the slot of a person's refused entries.
    #[must_use]
    pub fn of_refusals(person: &PersonId) -> Self {
        Self::of(SlotTable::Refusals, person.as_str())
    }

    /// Returns the slot that says whether a statement has served.
    #[must_use]
    pub fn of_served(statement: &Digest) -> Self {
        Self::of(SlotTable::Served, &statement.to_string())
    }

    /// All paths of a folder begin with the same characters, so the name of the file counts for a held file.
    fn of(table: SlotTable, key: &str) -> Self {
        let first = |text: &str| text.chars().take(LENGTH).collect::<String>();
        let begins = match (table, key.rsplit_once('/')) {
            (SlotTable::FileHolds, Some((folder, name))) => format!("{folder}/{}", first(name)),
            _ => first(key),
        };
        Self { table, begins }
    }

    /// A row with an unreadable key gets a slot that no valid row has.
    fn of_row(table: SlotTable, row: &Row<'_>) -> Self {
        Self::of(table, row.text(0).unwrap_or("?"))
    }

    /// Returns the first text after all keys of the slot. It is `None` if there is no such text, as for the empty
    /// key. No pass writes such a key, but a pass takes such a row out if it finds one, and that change has to be
    /// bound.
    fn after(&self) -> Option<String> {
        let mut after = self.begins.clone();
        while let Some(last) = after.pop() {
            if let Some(next) = (last..=char::MAX).nth(1) {
                after.push(next);
                return Some(after);
            }
        }
        None
    }

    /// Returns the name of the slot in the ledger. It begins with the part.
    fn name(&self, salt: &str) -> String {
        let mut hasher = Hasher::new("portvakt name of a slot 1");
        hasher.part(salt.as_bytes()).part(self.begins.as_bytes());
        format!("{} {}", self.table.part().word(), hasher.finish())
    }
}

/// The slots that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedSlots {
    /// Every slot that has rows.
    Every,
    /// These slots, whether or not they have rows.
    These(BTreeSet<Slot>),
}

impl AskedSlots {
    /// No slot is read.
    #[must_use]
    pub const fn none() -> Self {
        Self::These(BTreeSet::new())
    }
}

/// The digest of each slot that was read, by its name in the ledger. It is `None` for a slot without rows.
pub type SlotDigests = BTreeMap<String, Option<Digest>>;

/// The digests of slots before a change and after it, by the names of the slots.
pub type SlotChanges = BTreeMap<String, (Option<Digest>, Option<Digest>)>;

/// Returns the part of the memory that a slot belongs to, by the name of the slot.
#[must_use]
pub fn part_of_slot(name: &str) -> MemoryPart {
    MemoryPart::of_word(name.split_once(' ').map_or(name, |(part, _)| part))
}

/// Returns the current digests of slots, under the stored salts. A column that is not text gives a digest that no value
/// of this program has.
///
/// # Errors
/// When the memory cannot be read.
pub fn slots(conn: &Connection, asked: &AskedSlots) -> Result<SlotDigests, MemoryError> {
    let salt = mark(conn, SALT)?.unwrap_or_default();
    let (found, salts) = match asked {
        AskedSlots::Every => (every_row(conn)?, every_own_salt(conn)?),
        AskedSlots::These(slots) => (rows_of(conn, slots)?, own_salts(conn, slots, &salt)?),
    };
    let mut digests = SlotDigests::new();
    for (slot, mut hasher) in found {
        let name = slot.name(&salt);
        let own = salts.get(&name).map_or("", String::as_str);
        hasher.part(b"-").part(own.as_bytes()).part(name.as_bytes());
        digests.insert(name, Some(hasher.finish()));
    }
    if let AskedSlots::These(slots) = asked {
        for slot in slots {
            digests.entry(slot.name(&salt)).or_insert(None);
        }
    }
    Ok(digests)
}

/// Returns the digest by which the ledger binds the names of the slots. It is `None` in the memory of an older
/// version.
///
/// # Errors
/// When the memory cannot be read.
pub fn slots_named_by(conn: &Connection) -> Result<Option<Digest>, MemoryError> {
    let salt = mark(conn, SALT)?.filter(|salt| !salt.is_empty());
    Ok(salt.map(|salt| {
        let mut hasher = Hasher::new("portvakt names of slots 1");
        hasher.part(salt.as_bytes());
        hasher.finish()
    }))
}

/// Sets new salts for these slots. It is called before they are bound again.
///
/// # Errors
/// When the memory cannot be written.
pub fn salt_slots(conn: &Connection, names: &BTreeSet<String>) -> Result<(), MemoryError> {
    let salts: Vec<(String, String)> =
        names.iter().map(|name| (format!("{OWN_SALT}{name}"), random())).collect();
    let rows: Vec<[Value<'_>; 2]> =
        salts.iter().map(|(key, salt)| [Value::Text(key), Value::Text(salt)]).collect();
    conn.execute_each(SET, &rows)?;
    Ok(())
}

/// Returns every slot that has rows, as it is bound from now on: with a new salt, and with no digest before the
/// change.
///
/// # Errors
/// When the memory cannot be read or written.
pub(super) fn every_slot_anew(conn: &Connection) -> Result<SlotChanges, MemoryError> {
    if slots_named_by(conn)?.is_none() {
        set_mark(conn, SALT, &random())?;
    }
    salt_slots(conn, &slots(conn, &AskedSlots::Every)?.into_keys().collect())?;
    let now = slots(conn, &AskedSlots::Every)?;
    Ok(now.into_iter().map(|(name, digest)| (name, (None, digest))).collect())
}

/// Adds all columns of a row.
pub(super) fn add_row(hasher: &mut Hasher, row: &Row<'_>) {
    for column in 0..row.columns() {
        match row.text(column) {
            Ok(text) => hasher.part(b"+").part(text.as_bytes()),
            Err(_) => hasher.part(b"?"),
        };
    }
}

fn random() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn add(found: &mut BTreeMap<Slot, Hasher>, slot: &Slot, row: &Row<'_>) {
    add_row(found.entry(slot.clone()).or_insert_with(|| Hasher::new("portvakt remembered slot 1")), row);
}

fn every_row(conn: &Connection) -> Result<BTreeMap<Slot, Hasher>, MemoryError> {
    let mut found = BTreeMap::new();
    for table in SlotTable::ALL {
        let mut statement = conn.prepare_cached(&table.every_row())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            add(&mut found, &Slot::of_row(table, &row), &row);
        }
    }
    Ok(found)
}

fn rows_of(conn: &Connection, asked: &BTreeSet<Slot>) -> Result<BTreeMap<Slot, Hasher>, MemoryError> {
    let mut found = BTreeMap::new();
    each_row(conn, asked, |slot, row| add(&mut found, slot, row))?;
    Ok(found)
}

/// Calls `each` for every row of these slots. The rows of one slot come in the order of their keys.
fn each_row(
    conn: &Connection,
    asked: &BTreeSet<Slot>,
    mut each: impl FnMut(&Slot, &Row<'_>),
) -> Result<(), MemoryError> {
    for table in SlotTable::ALL {
        let (mut slots, mut open) = (Vec::new(), Vec::new());
        for slot in asked.iter().filter(|slot| slot.table == table) {
            match slot.after() {
                Some(after) => slots.push((slot, after)),
                None => open.push(slot),
            }
        }
        // A shorter key, or a key in a deeper folder, begins with the same characters but belongs to another slot.
        let mut take = |slot: Option<&Slot>, row: &Row<'_>| {
            if let Some(slot) = slot.filter(|slot| Slot::of_row(table, row) == **slot) {
                each(slot, row);
            }
            Ok::<_, MemoryError>(())
        };
        let between: Vec<[Value<'_>; 2]> =
            slots.iter().map(|(slot, after)| [Value::Text(&slot.begins), Value::Text(after)]).collect();
        if !between.is_empty() {
            conn.query_each(&table.rows_between(), &between, |at, row| {
                take(slots.get(at).map(|(slot, _)| *slot), row)
            })?;
        }
        let from: Vec<[Value<'_>; 1]> = open.iter().map(|slot| [Value::Text(&slot.begins)]).collect();
        if !from.is_empty() {
            conn.query_each(&table.rows_from(), &from, |at, row| take(open.get(at).copied(), row))?;
        }
    }
    Ok(())
}

const MARKS: &str = "SELECT key, value FROM mark WHERE key";

/// The salts of slots, by the names of the slots.
type OwnSalts = BTreeMap<String, String>;

fn own_salts(conn: &Connection, asked: &BTreeSet<Slot>, salt: &str) -> Result<OwnSalts, MemoryError> {
    let keys: Vec<String> = asked.iter().map(|slot| format!("{OWN_SALT}{}", slot.name(salt))).collect();
    let mut salts = OwnSalts::new();
    by_keys(conn, MARKS, &keys, |row| {
        add_salt(&mut salts, row);
        Ok(())
    })?;
    Ok(salts)
}

fn every_own_salt(conn: &Connection) -> Result<OwnSalts, MemoryError> {
    let mut salts = OwnSalts::new();
    let mut statement = conn.prepare_cached(&format!("{MARKS} >= ?1 AND key < ?2"))?;
    let mut rows = statement.query([OWN_SALT, AFTER_OWN_SALTS])?;
    while let Some(row) = rows.next()? {
        add_salt(&mut salts, &row);
    }
    Ok(salts)
}

/// A salt that cannot be read is left out. Then the digest of its slot is not the one that is bound.
fn add_salt(salts: &mut OwnSalts, row: &Row<'_>) {
    if let (Ok(key), Ok(salt)) = (row.text(0), row.text(1))
        && let Some(name) = key.strip_prefix(OWN_SALT)
    {
        salts.insert(name.to_owned(), salt.to_owned());
    }
}

#[cfg(test)]
mod tests;
