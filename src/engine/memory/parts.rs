//! This module computes one digest for each part of what is remembered about the register as a whole. Its salt changes
//! with every ledger entry that binds the parts. Nobody can guess values from an older entry, because its salt is gone.
//! The tables that grow with the years are bound slot by slot: see `slots`.

use std::collections::BTreeMap;

use portvakt_core::decide::MemoryPart;
use portvakt_core::model::{Digest, Hasher};
use portvakt_database::Connection;
use serde_json::{Value, json};

use super::MemoryError;
use super::marks::{mark, set_mark};
use super::slots::{SlotChanges, SlotTable, add_row, every_slot_anew, slots_named_by};
use super::waits::{EXTENSIONS, RUN};

const SALT: &str = "parts.salt";

/// The largest number of slots in one entry.
const TOGETHER: usize = 500;

/// A part of what is remembered about the register as a whole.
struct BoundPart {
    /// The part. The ledger has its name.
    part: MemoryPart,
    /// The table that is bound slot by slot.
    table: Option<SlotTable>,
    /// The questions for other rows.
    questions: &'static [&'static str],
    marks: &'static [&'static str],
}

/// The parts. Texts that are only shown to people are left out. The mark `astray` is also left out: it says since when files
/// are not in order, and it decides nothing once their person is recorded as moved.
const PARTS: [BoundPart; 5] = [
    BoundPart {
        part: MemoryPart::Holds,
        table: Some(SlotTable::FileHolds),
        questions: &["SELECT digest, since, summary FROM removal_hold ORDER BY digest"],
        marks: &["missing", "moved", "waiting.limits", "released.items"],
    },
    BoundPart { part: MemoryPart::Refusals, table: Some(SlotTable::Refusals), questions: &[], marks: &[] },
    BoundPart { part: MemoryPart::Served, table: Some(SlotTable::Served), questions: &[], marks: &[] },
    BoundPart {
        part: MemoryPart::Exceptions,
        table: None,
        questions: &[],
        marks: &["requests.freed", "authority.kept"],
    },
    BoundPart {
        part: MemoryPart::Source,
        table: None,
        questions: &[],
        marks: &["snapshot", "source.commit"],
    },
];

/// The marks that came with a later version, each with its part. Such a mark counts where it is set, so that what an older
/// version bound stays as it was bound.
const LATER: [(MemoryPart, &str); 2] = [(MemoryPart::Source, RUN), (MemoryPart::Holds, EXTENSIONS)];

/// What the digests of the parts cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// Everything, as an older version bound the parts.
    Everything,
    /// What no slot covers.
    BesidesSlots,
}

/// Returns the current digest of each part, under the stored salt. What slots bind is left out, if slots are bound here. A
/// column that is not text gets a digest that no value of this program has.
///
/// # Errors
/// When the memory cannot be read.
pub fn part_digests(conn: &Connection) -> Result<BTreeMap<String, Digest>, MemoryError> {
    let covered = match slots_named_by(conn)? {
        Some(_) => Covered::BesidesSlots,
        None => Covered::Everything,
    };
    parts_covering(conn, covered)
}

/// Returns the current digest of each part that covers this.
///
/// # Errors
/// When the memory cannot be read.
pub fn parts_covering(conn: &Connection, covered: Covered) -> Result<BTreeMap<String, Digest>, MemoryError> {
    let salt = mark(conn, SALT)?.unwrap_or_default();
    let mut parts = BTreeMap::new();
    for BoundPart { part, table, questions, marks } in PARTS {
        let table = table.filter(|_| covered == Covered::Everything);
        if table.is_none() && questions.is_empty() && marks.is_empty() {
            continue;
        }
        let mut hasher = Hasher::new("portvakt remembered part 1");
        hasher.part(salt.as_bytes()).part(part.word().as_bytes());
        let every_row = table.map(SlotTable::every_row_as_a_whole);
        for question in every_row.as_deref().into_iter().chain(questions.iter().copied()) {
            let mut statement = conn.prepare_cached(question)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                add_row(&mut hasher, &row);
            }
            hasher.part(b"-");
        }
        // An emptied mark counts the same as a mark that was never set.
        let set = |key: &str| -> Result<String, MemoryError> {
            let value = mark(conn, key)?.unwrap_or_default();
            Ok(if matches!(value.as_str(), "[]" | "{}" | "null") { String::new() } else { value })
        };
        for key in marks {
            hasher.part(set(key)?.as_bytes());
        }
        for (_, key) in LATER.iter().filter(|(of, _)| *of == part) {
            let value = set(key)?;
            if !value.is_empty() {
                hasher.part(key.as_bytes()).part(value.as_bytes());
            }
        }
        parts.insert(part.word().to_owned(), hasher.finish());
    }
    Ok(parts)
}

/// Returns the contents of the entries that bind every part and every slot as they are now, under new salts.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn bind_anew(conn: &Connection) -> Result<Vec<Value>, MemoryError> {
    salt_parts(conn)?;
    bind_slots_anew(conn, &parts_covering(conn, Covered::BesidesSlots)?)
}

/// Does the same for the slots alone. The parts are bound as they are given.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn bind_slots_anew(
    conn: &Connection,
    parts: &BTreeMap<String, Digest>,
) -> Result<Vec<Value>, MemoryError> {
    let slots = every_slot_anew(conn)?;
    Ok(remembered(parts, slots_named_by(conn)?, &slots))
}

/// Returns the contents of the entries that bind these parts and slots, some hundred slots in each. Where `named_by` is
/// given, they replace all slots that were bound before.
#[must_use]
pub fn remembered(
    parts: &BTreeMap<String, Digest>,
    mut named_by: Option<Digest>,
    slots: &SlotChanges,
) -> Vec<Value> {
    let slots: Vec<_> = slots.iter().collect();
    let mut together: Vec<BTreeMap<_, _>> =
        slots.chunks(TOGETHER).map(|some| some.iter().copied().collect()).collect();
    if together.is_empty() {
        together.push(BTreeMap::new());
    }
    let body = |slots: BTreeMap<_, _>| {
        let mut body = json!({ "parts": parts });
        if let Some(body) = body.as_object_mut() {
            body.extend(named_by.take().map(|named_by| ("slots-named-by".to_owned(), json!(named_by))));
            body.extend((!slots.is_empty()).then(|| ("slots".to_owned(), json!(slots))));
        }
        body
    };
    together.into_iter().map(body).collect()
}

/// Sets a new salt for the next entry that binds the parts.
///
/// # Errors
/// When the memory cannot be written.
pub fn salt_parts(conn: &Connection) -> Result<(), MemoryError> {
    set_mark(conn, SALT, &uuid::Uuid::new_v4().to_string())
}
