//! Reads an export of the portal, which is a table (CSV) or JSON. The order and the names of its columns may differ.
//! Unknown columns are skipped.
//!
//! The reader keeps three things of each application: its number, the name of the applicant and what is asked for. It
//! keeps nothing else. It skips identity numbers, telephone numbers and addresses, and no message repeats them. A row
//! is refused if one of its kept values looks like a number of a person. The message then gives the place of the value
//! and not its words.
//!
//! The preauthorised orders of FALK are one such export. The guide for FALK's developers shows them (Hemit,
//! `HemitSystemutvikling/Falk` on GitHub, «Importere preautoriserte søknader»). The file has an `OrderDescription` and
//! a list `PreAuthorizedOrders`. Each order has a `PersonIdentifier`, `FirstName`, `LastName`, `PhoneNumber`, `Email`
//! and `Claims`. Each claim has a `Type` and a `Value`. The type is an address that ends in `role` or in
//! `AuthorizedForOrganizationalUnit`. Such an order has no number of its own.

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::diag::{Text, text};
use portvakt_core::model::RequestId;
use portvakt_core::parse::has_personal_number;

use super::day::day;
use super::find::folded;
use super::name::given_name_first;

mod rows;

/// One application, with the values that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The number that the portal gave the application. Entries name it as their request.
    pub number: RequestId,
    /// The name of the applicant. It is empty if the export does not give one.
    pub name: String,
    /// The units that are asked for, as the export writes them.
    pub units: Vec<String>,
    /// The roles that are asked for, as the export writes them.
    pub roles: Vec<String>,
    /// The applications that are asked for, as the export writes them.
    pub applications: Vec<String>,
    /// The day on which it was sent, if the export gives one and it is not in the future.
    pub since: Option<Date>,
    /// The words for a mistake in the day that the export gives. The day may be unreadable or in the future.
    pub wrong_day: Option<Text>,
}

/// The applications of an export, and the rows that were refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Export {
    /// The applications, in the order of the export. Rows of one number and one name are one application.
    pub applications: Vec<Application>,
    /// The rows that could not be used, each with its number. A table is numbered as a spreadsheet shows it, with the
    /// headings as row 1. JSON is numbered from 1.
    pub unread: Vec<(usize, Text)>,
}

/// The reason why an export is not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en())]
pub struct ExportError(Text);

impl ExportError {
    /// Returns the reason in words. They repeat nothing of the content of the export.
    #[must_use]
    pub fn words(&self) -> &Text {
        &self.0
    }
}

/// The subject of a column, or of a member of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ColumnSubject {
    Number,
    /// An id. It is taken as the number if no other column is one.
    Id,
    Name,
    First,
    Middle,
    Last,
    Unit,
    Role,
    Application,
    Since,
}

/// The words for the kinds of kept values. Users give the names of columns for these words.
const KINDS: &[(&str, ColumnSubject)] = &[
    ("number", ColumnSubject::Number),
    ("name", ColumnSubject::Name),
    ("first-name", ColumnSubject::First),
    ("middle-name", ColumnSubject::Middle),
    ("last-name", ColumnSubject::Last),
    ("unit", ColumnSubject::Unit),
    ("role", ColumnSubject::Role),
    ("application", ColumnSubject::Application),
    ("since", ColumnSubject::Since),
];

/// The known names of each kind of column, in small letters and without marks.
const NAMES: &[(ColumnSubject, &[&str])] = &[
    (
        ColumnSubject::Number,
        &[
            "request",
            "requestid",
            "requestnumber",
            "number",
            "nummer",
            "soknad",
            "soknadsid",
            "soknadsnr",
            "soknadsnummer",
            "order",
            "orderid",
            "ordernumber",
            "ordrenummer",
            "bestillingsnummer",
            "preauthorizedorderid",
            "preauthorisedorderid",
        ],
    ),
    (ColumnSubject::Id, &["id"]),
    (
        ColumnSubject::Name,
        &["name", "names", "navn", "fullname", "fulltnavn", "applicant", "soker", "personname"],
    ),
    (ColumnSubject::First, &["firstname", "givenname", "given", "first", "fornavn"]),
    (ColumnSubject::Middle, &["middlename", "middle", "mellomnavn"]),
    (ColumnSubject::Last, &["lastname", "familyname", "surname", "family", "last", "etternavn"]),
    (
        ColumnSubject::Unit,
        &[
            "unit",
            "unitid",
            "enhet",
            "enhetid",
            "resh",
            "reshid",
            "reshnr",
            "reshnummer",
            "avdeling",
            "organisasjon",
            "authorizedfororganizationalunit",
        ],
    ),
    (ColumnSubject::Role, &["role", "roles", "rolle", "roller"]),
    (
        ColumnSubject::Application,
        &["application", "applications", "applikasjon", "applikasjoner", "system", "systemer", "losning"],
    ),
    (
        ColumnSubject::Since,
        &[
            "since",
            "date",
            "dato",
            "received",
            "mottatt",
            "created",
            "createdat",
            "createddate",
            "opprettet",
            "sent",
            "sendt",
            "innsendt",
            "orderdate",
            "soknadsdato",
        ],
    ),
];

/// The user's own names of columns, beside the known names. A kind that is named here is read from these columns only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns(BTreeMap<String, ColumnSubject>);

impl Columns {
    /// Reads lines of the form `KIND=COLUMN`, such as `number=Saksnr`.
    ///
    /// # Errors
    /// A line has another form, or its kind is unknown.
    pub fn read(lines: &str) -> Result<Self, ExportError> {
        let mut columns = BTreeMap::new();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (kind, column) = line.split_once('=').unwrap_or((line, ""));
            let (kind, column) = (kind.trim(), column_name(column));
            let known = KINDS.iter().find(|(word, _)| *word == kind).filter(|_| !column.is_empty());
            let Some((_, kept)) = known else {
                let kinds: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
                let kinds = kinds.join(", ");
                return Err(ExportError(text!(
                    en: "`{line}` is no `KIND=COLUMN`, with a kind of {kinds}",
                    nb: "`{line}` er ikke `KIND=KOLONNE`, med et av ordene {kinds}"
                )));
            };
            columns.insert(column, *kept);
        }
        Ok(Self(columns))
    }

    /// Returns the kind of a column. It is `None` for a column that is not kept.
    fn meaning(&self, name: &str) -> Option<ColumnSubject> {
        let name = column_name(name);
        let is_named = |kept: ColumnSubject| self.0.values().any(|named| *named == kept);
        let known = || {
            let (kept, _) = NAMES.iter().find(|(_, names)| names.contains(&name.as_str()))?;
            let replaced = is_named(*kept) || (*kept == ColumnSubject::Id && is_named(ColumnSubject::Number));
            (!replaced).then_some(*kept)
        };
        self.0.get(&name).copied().or_else(known)
    }
}

/// Returns the name of a column in small letters and without marks. The type of a claim may be an address. Then its
/// last part counts.
fn column_name(name: &str) -> String {
    let last = name.trim().rsplit(['/', '#', ':']).next().unwrap_or_default();
    folded(last).chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The kept values of one row, by their kind.
type Row = BTreeMap<ColumnSubject, Vec<String>>;

/// Reads an export. `columns` gives the user's own names of columns, and `today` is the register's day.
///
/// # Errors
/// The text is neither a table nor JSON, or it has no applications with numbers.
pub fn read_export(text: &str, columns: &Columns, today: Date) -> Result<Export, ExportError> {
    let text = text.trim_start_matches('\u{feff}');
    let rows = match text.trim_start().chars().next() {
        Some('{' | '[') => rows::of_json(text, columns)?,
        _ => rows::of_table(text, columns)?,
    };
    let mut export = Export::default();
    for (at, row) in rows {
        match application(&row, today) {
            Ok(application) => add(&mut export.applications, application),
            Err(why) => export.unread.push((at, why)),
        }
    }
    Ok(export)
}

/// Makes an application from the kept values of a row.
fn application(row: &Row, today: Date) -> Result<Application, Text> {
    // The value of the day is kept only as a day. So it needs no check for personal numbers.
    let mut words =
        row.iter().filter(|(kept, _)| **kept != ColumnSubject::Since).flat_map(|(_, values)| values);
    if words.any(|value| is_personal(value)) {
        return Err(text!(
            en: "what looks like a number of a person stands where something else belongs",
            nb: "noe som ser ut som en persons nummer, står der noe annet hører hjemme"
        ));
    }
    let first =
        |kept: ColumnSubject| row.get(&kept).and_then(|values| values.first()).map_or("", String::as_str);
    let number =
        [ColumnSubject::Number, ColumnSubject::Id].map(first).into_iter().find(|number| !number.is_empty());
    let number = RequestId::new(number.unwrap_or_default()).map_err(|error| {
        let why = error.words();
        text!(
            with why;
            en: "it has no number that can be one: {why}",
            nb: "den har ikke noe nummer som kan være et: {why}"
        )
    })?;
    let parts = match first(ColumnSubject::Name) {
        "" => [ColumnSubject::First, ColumnSubject::Middle, ColumnSubject::Last].map(first).join(" "),
        _ => row.get(&ColumnSubject::Name).map(|names| names.join(" ")).unwrap_or_default(),
    };
    let (since, wrong_day) = match since(first(ColumnSubject::Since), today) {
        Ok(since) => (since, None),
        Err(why) => (None, Some(why)),
    };
    let several = |kept: ColumnSubject| -> Vec<String> { row.get(&kept).cloned().unwrap_or_default() };
    Ok(Application {
        number,
        name: given_name_first(&parts),
        units: several(ColumnSubject::Unit),
        roles: several(ColumnSubject::Role),
        applications: several(ColumnSubject::Application),
        since,
        wrong_day,
    })
}

/// Reads the day from a moment or a day. It is `None` for an empty text. The error does not repeat the text.
fn since(typed: &str, today: Date) -> Result<Option<Date>, Text> {
    if typed.is_empty() {
        return Ok(None);
    }
    let day_of_moment = typed.get(..10).filter(|_| matches!(typed.as_bytes().get(10), Some(b'T' | b' ')));
    match day(day_of_moment.unwrap_or(typed), today, today) {
        Ok(since) if since <= today => Ok(Some(since)),
        Ok(_) => Err(text!(
            en: "the day on which it was sent is wrong: it is still to come",
            nb: "dagen den ble sendt, er feil: den er ikke kommet ennå"
        )),
        Err(error) if error.may_be_american() => Err(text!(
            en: "the day on which it was sent is wrong: it has, or may have, the month first; have it written as 2026-01-31 or 31.1.2026",
            nb: "dagen den ble sendt, er feil: den har eller kan ha måneden først; få den skrevet som 2026-01-31 eller 31.1.2026"
        )),
        Err(_) => Err(text!(
            en: "the day on which it was sent is wrong: there is no such day, or it cannot be read",
            nb: "dagen den ble sendt, er feil: den finnes ikke, eller kan ikke leses"
        )),
    }
}

fn is_personal(value: &str) -> bool {
    // Eleven digits are an identity number. Test people have numbers without a valid day, and they count too.
    let mut runs = value.split(|c: char| !c.is_ascii_digit());
    runs.any(|digits| digits.len() == 11) || value.contains('@') || has_personal_number(value)
}

/// Adds an application. If the list has an application with the same number and name, the new one is added to that one.
fn add(all: &mut Vec<Application>, new: Application) {
    let same = |old: &&mut Application| old.number == new.number && folded(&old.name) == folded(&new.name);
    let Some(old) = all.iter_mut().find(same) else {
        all.push(new);
        return;
    };
    let join = |old: &mut Vec<String>, new: Vec<String>| {
        for value in new {
            if !old.contains(&value) {
                old.push(value);
            }
        }
    };
    join(&mut old.units, new.units);
    join(&mut old.roles, new.roles);
    join(&mut old.applications, new.applications);
    old.since = [old.since, new.since].into_iter().flatten().min();
    old.wrong_day = old.wrong_day.take().or(new.wrong_day);
}

#[cfg(test)]
mod tests;
