//! Reads a file straight into a value, and says what is wrong with it: a map of attributes, the meaning of rows, a
//! client's credentials. The English text has the words of the library. The text in bokmål has this program's own
//! words. No line of the file is repeated, because the file may hold a secret.

use serde::de::DeserializeOwned;
use serde_yaml::Error;
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy};

use super::yaml;
use crate::diag::{Text, quoted};

/// Reads one plain YAML document into a value. What is ambiguous is refused: anchors, aliases, merge keys, and a key that
/// stands twice.
///
/// # Errors
/// The text is no such document, or has other values. The error says why, and where.
pub fn value_of_yaml<T: DeserializeOwned>(text: &str) -> Result<T, Text> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: 4, max_aliases: 0, max_anchors: 0, max_documents: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(text, options).map_err(|error| unread(&error))
}

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
