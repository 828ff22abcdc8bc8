//! Courses, forms and their authors, which must never change when somebody leaves (R39).

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::model::{AccountId, Digest, Hasher};
use portvakt_core::store::StoreError;
use portvakt_database::{Connection, Value, snapshot};
use serde::Serialize;

use super::odd_row::{OddRow, RowKind, RowPart};

/// Returns the SHA-256 over every byte of every course and form, in order of their ids.
///
/// # Errors
/// Fails when the database cannot be read.
pub fn history_digest(connection: &Connection) -> Result<Digest, StoreError> {
    snapshot(connection, |connection| {
        let mut hasher = Hasher::new("portvakt history 1");
        for table in ["course", "form"] {
            hasher.part(table.as_bytes());
            let mut statement = connection.prepare_cached(&format!("SELECT * FROM {table} ORDER BY id"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..row.columns() {
                    match row.value(column)? {
                        Value::Null => hasher.part(b"n").part(b""),
                        Value::Integer(number) => hasher.part(b"i").part(&number.to_be_bytes()),
                        Value::Real(number) => hasher.part(b"r").part(&number.to_be_bytes()),
                        Value::Text(text) => hasher.part(b"t").part(text.as_bytes()),
                        Value::Bytes(bytes) => hasher.part(b"b").part(bytes),
                    };
                }
            }
        }
        Ok(hasher.finish())
    })
}

/// Returns the last day on which each account has made or changed a course or a form.
///
/// # Errors
/// Fails when the database cannot be read or a date in it is not valid.
pub fn last_use(connection: &Connection) -> Result<BTreeMap<AccountId, Date>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT author, max(day) FROM (
             SELECT created_by AS author, created_on AS day FROM course
             UNION ALL SELECT updated_by, updated_on FROM course
             UNION ALL SELECT created_by, created_on FROM form
             UNION ALL SELECT updated_by, updated_on FROM form
         ) AS work GROUP BY author ORDER BY author",
    )?;
    let mut last = BTreeMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (author, text) = (row.text(0)?, row.text(1)?);
        let day = text.parse::<Date>().map_err(|_| odd_day(author, text.to_owned()))?;
        last.insert(AccountId::new(author), day);
    }
    Ok(last)
}

/// Returns the error for a row whose day is not a date, found by what the account made.
fn odd_day(author: &str, value: String) -> OddRow {
    OddRow { row: RowKind::Work, account: author.to_owned(), part: RowPart::Day, value }
}

/// What one account has made in the register. It stays when the account is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Authorship {
    /// The number of courses made.
    pub courses: u64,
    /// The number of these courses that are still open.
    pub open_courses: u64,
    /// The number of forms made.
    pub forms: u64,
    /// The number of these forms that are still open.
    pub open_forms: u64,
    /// The day of the first course or form.
    pub first: Option<Date>,
    /// The day of the last course or form.
    pub last: Option<Date>,
}

/// Counts the courses and forms that this account has made.
///
/// # Errors
/// Fails when the database cannot be read or a date in it is not valid.
pub fn authorship(connection: &Connection, author: &AccountId) -> Result<Authorship, StoreError> {
    type CountedDays = (i64, i64, Option<String>, Option<String>);
    let of = |table: &str| -> Result<CountedDays, StoreError> {
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE status = 'open'), min(created_on), max(created_on)
             FROM {table} WHERE created_by = ?1"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement
            .query_row([author.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?)
    };
    let (courses, open_courses, first_course, last_course) = of("course")?;
    let (forms, open_forms, first_form, last_form) = of("form")?;
    let day = |text: Option<String>| {
        text.map(|text| text.parse::<Date>().map_err(|_| StoreError::from(odd_day(author.as_str(), text))))
            .transpose()
    };
    Ok(Authorship {
        courses: courses.unsigned_abs(),
        open_courses: open_courses.unsigned_abs(),
        forms: forms.unsigned_abs(),
        open_forms: open_forms.unsigned_abs(),
        first: day([first_course, first_form].into_iter().flatten().min())?,
        last: day([last_course, last_form].into_iter().flatten().max())?,
    })
}
