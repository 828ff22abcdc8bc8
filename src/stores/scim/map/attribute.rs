//! The path to a value in a resource. The map, filters and paths of operations use the same text. An attribute's text
//! is read back as the same attribute.

use portvakt_core::diag::{Text, text};

/// The schema that every user has (RFC 7643 section 4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The path to a value in a resource: an attribute, one of its parts, or either inside an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The extension that has the attribute. `None` for the user's own attributes.
    pub schema: Option<String>,
    /// The name of the attribute, without the schema and the part.
    pub name: String,
    /// The part of the attribute, if the value is a part.
    pub part: Option<String>,
}

impl Attribute {
    /// Returns one of the user's own attributes, without a part.
    pub(super) fn own(name: &str) -> Self {
        Self { schema: None, name: name.to_owned(), part: None }
    }

    /// Reads an attribute from a text.
    ///
    /// # Errors
    /// Fails with a sentence that tells people what is wrong with the text.
    pub(super) fn parse(text: &str) -> Result<Self, Text> {
        let wrong = || {
            text!(
                en: "`{text}` is no name of an attribute; `displayName`, `name.formatted` or `urn:…:User:badge` is expected",
                nb: "`{text}` er ikke navnet på et attributt; `displayName`, `name.formatted` eller `urn:…:User:badge` er ventet"
            )
        };
        let (schema, path) = match text.rsplit_once(':') {
            Some((schema, path)) if schema.to_ascii_lowercase().starts_with("urn:") => {
                let own = schema.eq_ignore_ascii_case(USER);
                ((!own).then(|| schema.to_owned()), path)
            }
            Some(_) => return Err(wrong()),
            None => (None, text),
        };
        let (name, part) = match path.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (path, None),
        };
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_alphabetic())
                && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
        };
        if !word(name) || !part.is_none_or(word) {
            return Err(wrong());
        }
        Ok(Self { schema, name: name.to_owned(), part: part.map(str::to_owned) })
    }

    /// Writes the attribute as in filters and in the path of an operation.
    #[must_use]
    pub fn path(&self) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{schema}:")).unwrap_or_default();
        let part = self.part.as_ref().map(|part| format!(".{part}")).unwrap_or_default();
        format!("{schema}{}{part}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_reads_back_from_its_path() {
        for path in ["displayName", "name.formatted", "urn:example:register:User:mail", "urn:x:y:User:a.b"] {
            assert_eq!(Attribute::parse(path).unwrap().path(), path);
        }
        assert_eq!(Attribute::parse(&format!("{USER}:emails")).unwrap(), Attribute::own("emails"));
        for wrong in ["", "1st", "name.", "a.b.c", "name with space", "http://x:y"] {
            assert!(Attribute::parse(wrong).is_err(), "{wrong}");
        }
    }
}
