//! Says what is wrong with a file that is read straight into a value: a map of attributes, the meaning of rows, a
//! client's credentials. The English text has the words of the library. The text in bokmål has this program's own
//! words. No line of the file is repeated, because the file may hold a secret.

use serde_yaml::Error;

use super::yaml;
use crate::diag::{Text, quoted};

/// Says why the file could not be read, and where.
#[must_use]
pub fn unread(error: &Error) -> Text {
    let error = error.without_snippet();
    let what = in_bokmal(error);
    let nb = match error.location() {
        Some(at) => format!("{what} (linje {}, kolonne {})", at.line(), at.column()),
        None => what,
    };
    Text::new(error.to_string(), nb)
}

fn in_bokmal(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            format!("nøkkelen `{field}` er ukjent; mulige er {}", quoted(expected.iter()))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            format!("verdien `{variant}` er ukjent; mulige er {}", quoted(expected.iter()))
        }
        Error::SerdeMissingField { field, .. } => format!("nøkkelen `{field}` mangler"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("nøkkelen `{key}` står to ganger"),
        Error::DuplicateMappingKey { .. } => "en nøkkel står to ganger".to_owned(),
        Error::Unexpected { .. }
        | Error::SerdeInvalidType { .. }
        | Error::SerdeInvalidValue { .. }
        | Error::NullIntoString { .. }
        | Error::InvalidBooleanStrict { .. } => "her står noe annet enn det som hører hjemme her".to_owned(),
        Error::Eof { .. } => "filen slutter for tidlig".to_owned(),
        other => begun_small(yaml::yaml_error_in_bokmal(other)),
    }
}

/// The sentence with a small first letter and without its full stop, so that it can be part of another sentence.
fn begun_small(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    let first = letters.next();
    first.into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}
