//! The values that columns hold and that statements take.

use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A value from a column or for a place of a statement. It is borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'v> {
    /// SQL NULL.
    Null,
    /// A whole number. True and false are stored as 1 and 0.
    Integer(i64),
    /// A number with a fraction. No table of this program has one.
    Real(f64),
    /// A text in UTF-8.
    Text(&'v str),
    /// Bytes, unchanged.
    Bytes(&'v [u8]),
}

/// A type whose values can be put into a place of a statement.
pub trait Bind {
    /// Returns the value in the form that the databases know.
    fn bind(&self) -> Value<'_>;
}

impl Bind for Value<'_> {
    fn bind(&self) -> Value<'_> {
        *self
    }
}

impl Bind for str {
    fn bind(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for String {
    fn bind(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for [u8] {
    fn bind(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for Vec<u8> {
    fn bind(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn bind(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for i64 {
    fn bind(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Bind for i32 {
    fn bind(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for u32 {
    fn bind(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for bool {
    fn bind(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self) -> Value<'_> {
        (**self).bind()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::bind)
    }
}

/// The values for all places of a statement.
pub trait Params {
    /// Calls `work` with the values, in the order of their places.
    fn with<T>(&self, work: impl FnOnce(&[Value<'_>]) -> T) -> T;
}

impl Params for &[Value<'_>] {
    fn with<T>(&self, work: impl FnOnce(&[Value<'_>]) -> T) -> T {
        work(self)
    }
}

impl Params for [&str; 0] {
    fn with<T>(&self, work: impl FnOnce(&[Value<'_>]) -> T) -> T {
        work(&[])
    }
}

macro_rules! arrays {
    ($($length:literal)*) => {$(
        impl<B: Bind> Params for [B; $length] {
            fn with<T>(&self, work: impl FnOnce(&[Value<'_>]) -> T) -> T {
                work(&self.each_ref().map(Bind::bind))
            }
        }
    )*};
}

arrays!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28);

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => number.to_sql(ty, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Self::Integer(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
            (Self::Integer(number), &Type::BOOL) => (*number != 0).to_sql(ty, out),
            (Self::Real(number), &Type::FLOAT8) => number.to_sql(ty, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR | &Type::NAME) => text.to_sql(ty, out),
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (value, _) => Err(format!("{} cannot be put where a {ty} stands", value.kind()).into()),
        }
    }

    // Every type is accepted here. `to_sql` refuses a value that does not fit, and its error says more.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Value<'_> {
    /// Names the kind of the value, for people who repair databases.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a number with a fraction",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}
