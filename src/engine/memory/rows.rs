//! This module turns rows into values and back. A row that cannot be read is damage, and is reported by table and
//! column.

use portvakt_core::change::Cause;
use portvakt_core::model::{ApplicationId, GrantKey, PersonId, RequestId, UnitId, Vouched, VouchedFact};
use portvakt_database::{Bind, Connection, Row, Value};

use super::MemoryError;

pub(super) fn damaged(what: &str, why: impl std::fmt::Display) -> MemoryError {
    MemoryError::Damaged(format!("{what}: {why}"))
}

/// Returns the row, or `None` for a row that cannot be read. Such a row may be passed over only where the comparison
/// with the ledger shows the loss. Then the person, the part of the register or the release it belongs to is red, and
/// everybody else goes on (law: *what is remembered is checked*).
pub(super) fn readable_row<T>(read: Result<T, MemoryError>) -> Result<Option<T>, MemoryError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(MemoryError::Damaged(_) | MemoryError::Database(portvakt_database::Error::Column { .. })) => {
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Returns whether a question has an answer. At most one row of the answer is read.
pub(super) fn has_row(conn: &Connection, question: &str) -> Result<bool, MemoryError> {
    let mut statement = conn.prepare_cached(&format!("{question} LIMIT 1"))?;
    let mut rows = statement.query([])?;
    let found = rows.next()?.is_some();
    Ok(found)
}

fn text_column<'r>(row: &Row<'r>, at: usize) -> Result<&'r str, MemoryError> {
    row.text(at).map_err(|why| damaged("a text column", why))
}

macro_rules! read_id {
    ($type:ty, $row:expr, $at:expr) => {
        <$type>::new(text_column($row, $at)?).map_err(|why| damaged(stringify!($type), why))?
    };
}

pub(super) fn parse_word<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, MemoryError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|why| damaged(what, why))
}

pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, MemoryError> {
    serde_json::from_str(text).map_err(|why| damaged(what, why))
}

pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, MemoryError> {
    serde_json::to_string(value).map_err(|why| damaged("a value", why))
}

/// Reads the facts that approvals vouch for from their columns, which have the order of [`VouchedFact::ALL`].
pub(super) fn vouched(written: [Option<&str>; VouchedFact::COUNT]) -> Result<Vouched, MemoryError> {
    Vouched::read(written).map_err(|(fact, why)| damaged(fact.key(), why))
}

/// Reads the key from the columns `person, application, unit, request`, starting at `first`.
pub(super) fn grant_key(row: &Row<'_>, first: usize) -> Result<GrantKey, MemoryError> {
    Ok(GrantKey {
        person: read_id!(PersonId, row, first),
        application: read_id!(ApplicationId, row, first + 1),
        unit: UnitId(row.get(first + 2)?),
        request: read_id!(RequestId, row, first + 3),
    })
}

pub(super) fn cause(text: &str) -> Result<Cause, MemoryError> {
    parse_word(text, "cause")
}

pub(super) fn cause_word(cause: Cause) -> Result<String, MemoryError> {
    match serde_json::to_value(cause).map_err(|why| damaged("cause", why))? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(damaged("cause", other)),
    }
}

/// This condition selects the one row of a grant.
pub(super) const ONE: &str = "person = ?1 AND application = ?2 AND unit = ?3 AND request = ?4";

/// Returns the values for the placeholders of [`ONE`].
pub(super) fn places(key: &GrantKey) -> [Value<'_>; 4] {
    [
        Value::Text(key.person.as_str()),
        Value::Text(key.application.as_str()),
        Value::Integer(key.unit.0.into()),
        Value::Text(key.request.as_str()),
    ]
}

/// Runs a statement on the one row of a grant. The values `more` fill the placeholders from `?5` on.
///
/// If the row does not exist, nothing is written: the row of a grant is made when the grant is accepted.
pub(super) fn on_one(
    conn: &Connection,
    statement: &str,
    key: &GrantKey,
    more: &[&dyn Bind],
) -> Result<(), MemoryError> {
    let mut values = places(key).to_vec();
    values.extend(more.iter().map(|value| value.bind()));
    conn.prepare_cached(&format!("{statement} WHERE {ONE}"))?.execute(values.as_slice())?;
    Ok(())
}
