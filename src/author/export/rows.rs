//! Reads the rows of an export, and keeps only the values that are needed.

use portvakt_core::diag::text;
use portvakt_core::model::RequestId;
use serde_json::{Map, Value};

use super::{ColumnSubject, Columns, ExportError, Row, column_name};
use crate::table::table;

/// The largest number of rows that are read.
const MOST: usize = 100_000;

/// Reads the rows of JSON, numbered from 1. It may be a list of objects, alone or as a member of an object, or one
/// object.
pub(super) fn of_json(text: &str, columns: &Columns) -> Result<Vec<(usize, Row)>, ExportError> {
    // The library's message may repeat the text, so the error only gives the line.
    let value: Value = serde_json::from_str(text).map_err(|error| {
        ExportError(text!(
            en: "it is no JSON: line {line} cannot be read",
            nb: "det er ikke JSON: linje {line} kan ikke leses";
            line = error.line()
        ))
    })?;
    let row = |value: &Value| value.as_object().map(|object| of_object(object, columns));
    let rows = match &value {
        Value::Array(rows) => rows.iter().filter_map(row).collect(),
        Value::Object(object) if has_a_number(object, columns) => vec![of_object(object, columns)],
        Value::Object(object) => {
            let lists = object.values().filter_map(Value::as_array);
            let mut rows: Vec<Row> = lists.flatten().filter_map(row).collect();
            number_orders(object, &mut rows);
            rows
        }
        _ => Vec::new(),
    };
    in_bounds((1_usize..).zip(rows).collect())
}

fn has_a_number(object: &Map<String, Value>, columns: &Columns) -> bool {
    let is_number =
        |name: &str| matches!(columns.meaning(name), Some(ColumnSubject::Number | ColumnSubject::Id));
    object.iter().any(|(name, value)| is_number(name) && !value.is_array())
}

/// Numbers the orders of FALK, which have no number of their own. Each takes the `OrderDescription` of its file. If the
/// description is not a number, the orders stay without one. If there are several orders, each also gets its place in
/// the list, because one number may only serve one person.
fn number_orders(object: &Map<String, Value>, rows: &mut [Row]) {
    let described = object.iter().find(|(name, _)| column_name(name) == "orderdescription");
    let Some(number) = described.and_then(|(_, value)| value.as_str()).map(str::trim) else { return };
    if RequestId::new(number).is_err() {
        return;
    }
    let is_alone = rows.len() == 1;
    for (at, row) in rows.iter_mut().enumerate() {
        if row.contains_key(&ColumnSubject::Number) || row.contains_key(&ColumnSubject::Id) {
            continue;
        }
        let own = if is_alone { number.to_owned() } else { format!("{number}-{}", at + 1) };
        push_row(ColumnSubject::Number, &own, row);
    }
}

fn of_object(object: &Map<String, Value>, columns: &Columns) -> Row {
    let mut row = Row::new();
    for (name, value) in object {
        let plain = name.to_lowercase();
        if matches!(plain.as_str(), "claims" | "claim" | "krav") {
            claims(value, &mut row, columns);
        } else if let Some(kept) = columns.meaning(name) {
            keep(kept, value, &mut row, columns);
        }
    }
    row
}

/// Stands for a unit, a role or an application that the export has in a form that is not read. It means nothing, so a
/// person is asked. Without it the export would seem to say nothing.
const UNREAD: &str = "{…}";

/// Returns whether values of this kind say what is asked for.
fn is_asked_for(kept: ColumnSubject) -> bool {
    matches!(kept, ColumnSubject::Unit | ColumnSubject::Role | ColumnSubject::Application)
}

/// Keeps a value, each of a list of values, or the parts of a name.
fn keep(kept: ColumnSubject, value: &Value, row: &mut Row, columns: &Columns) {
    match value {
        Value::String(text) => push_row(kept, text, row),
        Value::Number(number) => push_row(kept, &number.to_string(), row),
        Value::Array(values) => values.iter().for_each(|value| keep(kept, value, row, columns)),
        Value::Object(parts) => {
            let part = |wanted: ColumnSubject| {
                let is_it = |(name, value): &(&String, &Value)| {
                    columns.meaning(name) == Some(wanted) && !value.is_null()
                };
                parts.iter().find(is_it).map(|(_, value)| value)
            };
            if kept == ColumnSubject::Name {
                for wanted in [ColumnSubject::First, ColumnSubject::Middle, ColumnSubject::Last] {
                    part(wanted).into_iter().for_each(|value| keep(wanted, value, row, columns));
                }
            } else if let Some(value) =
                [ColumnSubject::Id, ColumnSubject::Number, ColumnSubject::Unit, ColumnSubject::Name]
                    .into_iter()
                    .find_map(part)
            {
                // If a unit, a role or an application is an object, its id is kept, or else its name.
                keep(kept, value, row, columns);
            } else if is_asked_for(kept) {
                push_row(kept, UNREAD, row);
            }
        }
        Value::Bool(_) if is_asked_for(kept) => push_row(kept, UNREAD, row),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Keeps the role, the unit and the application from the claims. A claim has a type and a value. If the claims are an
/// object, its keys are the types.
fn claims(value: &Value, row: &mut Row, columns: &Columns) {
    let mut one = |name: &str, value: &Value| {
        if let Some(kept) = columns.meaning(name).filter(|kept| is_asked_for(*kept)) {
            keep(kept, value, row, columns);
        }
    };
    match value {
        Value::Array(claims) => {
            for claim in claims.iter().filter_map(Value::as_object) {
                let member = |names: &[&str]| {
                    claim
                        .iter()
                        .find(|(name, _)| names.contains(&name.to_lowercase().as_str()))
                        .map(|(_, v)| v)
                };
                let name = member(&["type", "claimtype", "key", "name"]).and_then(Value::as_str);
                if let Some((name, value)) = name.zip(member(&["value", "claimvalue"])) {
                    one(name, value);
                }
            }
        }
        Value::Object(claims) => claims.iter().for_each(|(name, value)| one(name, value)),
        _ => {}
    }
}

fn push_row(kept: ColumnSubject, text: &str, row: &mut Row) {
    // A cell may hold several units, roles or applications.
    let values: Vec<&str> =
        if is_asked_for(kept) { text.split([',', ';', '|', '+']).collect() } else { vec![text] };
    for value in values.into_iter().map(str::trim).filter(|value| !value.is_empty()) {
        let kept = row.entry(kept).or_default();
        if !kept.iter().any(|known| known == value) {
            kept.push(value.to_owned());
        }
    }
}

/// Reads the rows of a table, each with its number as a spreadsheet shows it. The first row names the columns. If a row
/// has more or fewer cells than that, the whole table is refused, because a value may be in the wrong column.
pub(super) fn of_table(text: &str, columns: &Columns) -> Result<Vec<(usize, Row)>, ExportError> {
    let mut lines = table(text).map_err(|error| ExportError(error.words().clone()))?.into_iter();
    let columns: Vec<Option<ColumnSubject>> =
        lines.next().unwrap_or_default().iter().map(|name| columns.meaning(name)).collect();
    if !columns.iter().any(|column| matches!(column, Some(ColumnSubject::Number | ColumnSubject::Id))) {
        return Err(ExportError(text!(
            en: "no column of the first line is the number of an application (`request`, `søknadsnummer`)",
            nb: "ingen kolonne i første linje er nummeret på en søknad (`request`, `søknadsnummer`)"
        )));
    }
    let mut rows = Vec::new();
    for (cells, at) in lines.zip(2_usize..) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let (count, wanted) = (cells.len(), columns.len());
        if count != wanted {
            return Err(ExportError(text!(
                en: "row {at} has not as many cells as the first one has headings ({count}, not {wanted})",
                nb: "rad {at} har ikke like mange celler som den første har overskrifter ({count}, ikke {wanted})"
            )));
        }
        let mut row = Row::new();
        for (column, cell) in columns.iter().zip(&cells) {
            if let Some(kept) = column {
                push_row(*kept, cell, &mut row);
            }
        }
        rows.push((at, row));
    }
    in_bounds(rows)
}

fn in_bounds(rows: Vec<(usize, Row)>) -> Result<Vec<(usize, Row)>, ExportError> {
    if rows.len() > MOST {
        return Err(ExportError(text!(
            en: "it has more than {MOST} rows",
            nb: "den har mer enn {MOST} rader"
        )));
    }
    Ok(rows)
}
