//! Rows of an answer. SQLite's rows are read one by one while the statement runs. PostgreSQL's rows have all arrived
//! before the first is read, so other statements may run between two rows.

use std::vec;

use rusqlite::types::ValueRef;
use tokio_postgres::types::Type;

use super::sqlite::Sqlite;
use super::{Error, Value};

/// The rows of an answer, in order.
pub struct Rows<'s>(pub(super) Source<'s>);

pub(super) enum Source<'s> {
    Sqlite(&'s Sqlite, rusqlite::Rows<'s>),
    Postgres { rows: vec::IntoIter<tokio_postgres::Row>, now: Option<tokio_postgres::Row> },
}

impl Rows<'_> {
    /// Returns the next row, or `None` after the last.
    ///
    /// # Errors
    /// Fails when the database reports an error.
    #[allow(clippy::should_implement_trait, reason = "a row lives until the next one is asked for")]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, Error> {
        match &mut self.0 {
            Source::Sqlite(sqlite, rows) => {
                let sqlite = *sqlite;
                Ok(sqlite.ask(|_| rows.next())?.map(|row| Row(RowKind::Sqlite(sqlite, row))))
            }
            Source::Postgres { rows, now } => {
                *now = rows.next();
                Ok(now.as_ref().map(|row| Row(RowKind::Postgres(row))))
            }
        }
    }
}

/// One row of an answer.
#[derive(Clone, Copy)]
pub struct Row<'r>(RowKind<'r>);

#[derive(Clone, Copy)]
enum RowKind<'r> {
    Sqlite(&'r Sqlite, &'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    pub(super) fn of_postgres(row: &'r tokio_postgres::Row) -> Self {
        Self(RowKind::Postgres(row))
    }

    /// Returns the number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self.0 {
            RowKind::Sqlite(_, row) => row.as_ref().column_count(),
            RowKind::Postgres(row) => row.len(),
        }
    }

    /// Returns the value in a column. Columns are counted from 0.
    ///
    /// # Errors
    /// Fails when there is no such column, or when its text is not valid UTF-8.
    pub fn value(&self, at: usize) -> Result<Value<'r>, Error> {
        match self.0 {
            RowKind::Sqlite(sqlite, row) => {
                Ok(match sqlite.ask(|_| row.get_ref(at))? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Integer(number),
                    ValueRef::Real(number) => Value::Real(number),
                    ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).map_err(|_| {
                        Error::Column { at, found: "bytes that are no text", wanted: "text" }
                    })?),
                    ValueRef::Blob(bytes) => Value::Bytes(bytes),
                })
            }
            RowKind::Postgres(row) => of_postgres(row, at),
        }
    }

    /// Reads a column as a value of type `T`.
    ///
    /// # Errors
    /// Fails when the column holds another kind of value.
    pub fn get<T: FromValue>(&self, at: usize) -> Result<T, Error> {
        let value = self.value(at)?;
        T::of(value).ok_or(Error::Column { at, found: value.kind(), wanted: T::WANTED })
    }

    /// Reads a column of text without copying it.
    ///
    /// # Errors
    /// Fails when the column holds another kind of value.
    pub fn text(&self, at: usize) -> Result<&'r str, Error> {
        match self.value(at)? {
            Value::Text(text) => Ok(text),
            other => Err(Error::Column { at, found: other.kind(), wanted: "text" }),
        }
    }

    /// Reads a column of text or NULL without copying it.
    ///
    /// # Errors
    /// Fails when the column holds another kind of value.
    pub fn text_or_null(&self, at: usize) -> Result<Option<&'r str>, Error> {
        match self.value(at)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(Error::Column { at, found: other.kind(), wanted: "text" }),
        }
    }

    /// Reads a column of bytes without copying it.
    ///
    /// # Errors
    /// Fails when the column holds another kind of value.
    pub fn bytes(&self, at: usize) -> Result<&'r [u8], Error> {
        match self.value(at)? {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(Error::Column { at, found: other.kind(), wanted: "bytes" }),
        }
    }
}

fn of_postgres(row: &tokio_postgres::Row, at: usize) -> Result<Value<'_>, Error> {
    let Some(column) = row.columns().get(at) else {
        return Err(Error::Column { at, found: "nothing", wanted: "a column" });
    };
    let value = match *column.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(at)?.map(Value::Integer),
        Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(|number| Value::Integer(number.into())),
        Type::INT2 => row.try_get::<_, Option<i16>>(at)?.map(|number| Value::Integer(number.into())),
        Type::BOOL => row.try_get::<_, Option<bool>>(at)?.map(|yes| Value::Integer(yes.into())),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at)?.map(Value::Real),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(at)?.map(Value::Bytes),
        _ => row.try_get::<_, Option<&str>>(at)?.map(Value::Text),
    };
    Ok(value.unwrap_or(Value::Null))
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// The kind of value that an error names as expected.
    const WANTED: &'static str;

    /// Converts the value. `None` if the value is of another kind or out of range.
    fn of(value: Value<'_>) -> Option<Self>;
}

impl FromValue for i64 {
    const WANTED: &'static str = "a whole number";

    fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl FromValue for $type {
            const WANTED: &'static str = "a whole number in its range";

            fn of(value: Value<'_>) -> Option<Self> {
                i64::of(value)?.try_into().ok()
            }
        }
    )*};
}

numbers!(i32 u32 u64 usize);

impl FromValue for bool {
    const WANTED: &'static str = "a yes or no";

    fn of(value: Value<'_>) -> Option<Self> {
        Some(i64::of(value)? != 0)
    }
}

impl FromValue for String {
    const WANTED: &'static str = "text";

    fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const WANTED: &'static str = "bytes";

    fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.to_owned()),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::of(other).map(Some),
        }
    }
}
