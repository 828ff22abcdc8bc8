//! One value of a row, as it is read and written.

use std::borrow::Cow;

use portvakt_database::{Row, Value};

use crate::memory::MemoryError;
use crate::memory::rows::damaged;

/// A column of text.
pub(super) type Text<'r> = Cow<'r, str>;

/// The value of one column, as it is kept.
pub(super) trait Column<'r>: Sized {
    fn read(row: &Row<'r>, at: usize) -> Result<Self, portvakt_database::Error>;
    fn value(&self) -> Value<'_>;
}

impl<'r> Column<'r> for Text<'r> {
    fn read(row: &Row<'r>, at: usize) -> Result<Self, portvakt_database::Error> {
        row.text(at).map(Cow::Borrowed)
    }

    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl<'r> Column<'r> for Option<Text<'r>> {
    fn read(row: &Row<'r>, at: usize) -> Result<Self, portvakt_database::Error> {
        Ok(row.text_or_null(at)?.map(Cow::Borrowed))
    }

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, |text| Value::Text(text))
    }
}

impl<'r> Column<'r> for u32 {
    fn read(row: &Row<'r>, at: usize) -> Result<Self, portvakt_database::Error> {
        row.get(at)
    }

    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

/// Reads the next column of a row. One that cannot be read is damage with the name of the column.
pub(super) fn next<'r, C: Column<'r>>(row: &Row<'r>, at: &mut usize, name: &str) -> Result<C, MemoryError> {
    let here = *at;
    *at += 1;
    C::read(row, here).map_err(|why| damaged(name, why))
}
