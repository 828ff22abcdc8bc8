//! The rows of a table by the names of its columns. The names are listed once. The code that asks for a row, reads it
//! and writes it is made from that list. So no column can be taken for another.

use std::borrow::Cow;

use portvakt_database::{Row, Value};

use super::MemoryError;
use super::rows::damaged;

/// Makes the type of a row from the name of its table and the list of its columns. With `written` behind the list, the row
/// gives its values for the places of a statement too.
macro_rules! columns {
    ($(#[$about:meta])* $table:literal $row:ident { $($name:ident: $type:ty,)* }) => {
        $(#[$about])*
        pub(super) struct $row<'r> { $($name: $type,)* }

        impl<'r> $row<'r> {
            /// The names of the columns, in the order of the list.
            const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Reads a row that was asked for with these names.
            fn read(row: &portvakt_database::Row<'r>) -> Result<Self, crate::memory::MemoryError> {
                let mut at = 0;
                Ok(Self {
                    $($name: crate::memory::columns::next(
                        row,
                        &mut at,
                        concat!($table, ".", stringify!($name)),
                    )?,)*
                })
            }
        }
    };
    ($(#[$about:meta])* $table:literal $row:ident { $($name:ident: $type:ty,)* } written) => {
        columns! { $(#[$about])* $table $row { $($name: $type,)* } }

        impl $row<'_> {
            /// Returns the values in the order of the names.
            pub(super) fn values(&self) -> Vec<portvakt_database::Value<'_>> {
                vec![$(crate::memory::columns::Column::value(&self.$name)),*]
            }
        }
    };
}

pub(super) use columns;

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

impl<'r> Column<'r> for i64 {
    fn read(row: &Row<'r>, at: usize) -> Result<Self, portvakt_database::Error> {
        row.get(at)
    }

    fn value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl<'r> Column<'r> for Option<i64> {
    fn read(row: &Row<'r>, at: usize) -> Result<Self, portvakt_database::Error> {
        row.get(at)
    }

    fn value(&self) -> Value<'_> {
        self.map_or(Value::Null, Value::Integer)
    }
}

/// Reads the next column of a row. A column that cannot be read is damage, which is reported with the column's name.
pub(super) fn next<'r, C: Column<'r>>(row: &Row<'r>, at: &mut usize, name: &str) -> Result<C, MemoryError> {
    let here = *at;
    *at += 1;
    C::read(row, here).map_err(|why| damaged(name, why))
}
