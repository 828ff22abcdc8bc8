//! JSON Schemas of the files that people write and of the output that programs read. Editors use them to complete and
//! check a file.
//!
//! The schemas are the files in `schemas/`, and this module returns their text. A schema knows only the form of a
//! file. It does not know the names in `register.yaml` or who may approve, so the reader decides. The reader refuses
//! everything that a schema refuses. Tests check this, and that both have the same keys. The schema of applications
//! is an exception. It shows the form to anybody who can choose one, and the reader also accepts other forms that
//! portals write.

use std::fmt;

/// The kind of document a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Schema {
    /// `desired-state/register.yaml`.
    Register,
    /// A person's file, `desired-state/<trust>/<person>.yaml`.
    Person,
    /// The review of a trust's user list, `reviews/<trust>/<quarter>.yaml`.
    Review,
    /// The applications that were rejected at a trust, `requests/<trust>.yaml`.
    Rejections,
    /// The applications of a portal, a file of JSON outside the repository.
    Applications,
    /// The findings that `--format json` writes.
    Findings,
}

impl Schema {
    /// All schemas.
    pub const ALL: [Self; 6] =
        [Self::Register, Self::Person, Self::Review, Self::Rejections, Self::Applications, Self::Findings];

    /// The name of the schema's file in `schemas/`.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Register => "register.json",
            Self::Person => "person.json",
            Self::Review => "review.json",
            Self::Rejections => "rejections.json",
            Self::Applications => "applications.json",
            Self::Findings => "findings.json",
        }
    }

    /// The text of the schema, in JSON Schema 2020-12.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Register => include_str!("../../schemas/register.json"),
            Self::Person => include_str!("../../schemas/person.json"),
            Self::Review => include_str!("../../schemas/review.json"),
            Self::Rejections => include_str!("../../schemas/rejections.json"),
            Self::Applications => include_str!("../../schemas/applications.json"),
            Self::Findings => include_str!("../../schemas/findings.json"),
        }
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file().trim_end_matches(".json"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::diag::{Code, Severity};
    use crate::parse::keys;

    fn read(schema: Schema) -> Value {
        serde_json::from_str(schema.text()).unwrap()
    }

    fn keys_at(schema: &Value, place: &str) -> BTreeSet<String> {
        let at = schema.pointer(place).unwrap_or_else(|| panic!("{place}"));
        at["properties"].as_object().unwrap().keys().cloned().collect()
    }

    /// Fails when the reader has a key that the schema lacks, or the schema has one that the reader lacks.
    #[test]
    fn a_schema_has_the_keys_the_reader_has() {
        let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
        let (person, register) = (read(Schema::Person), read(Schema::Register));
        assert_eq!(keys_at(&person, ""), set(keys::PERSON));
        assert_eq!(keys_at(&person, "/$defs/entry"), set(keys::ENTRY));
        assert_eq!(keys_at(&register, ""), set(keys::REGISTER));
        assert_eq!(keys_at(&register, "/$defs/trust"), set(keys::TRUST));
        assert_eq!(keys_at(&register, "/$defs/appointment"), set(keys::APPOINTMENT));
        let review = read(Schema::Review);
        assert_eq!(keys_at(&review, ""), set(keys::REVIEW));
        assert_eq!(keys_at(&review, "/$defs/row"), set(keys::REVIEW_ROW));
        assert_eq!(keys_at(&review, "/$defs/setting"), set(keys::REVIEW_SETTING));
        assert_eq!(keys_at(&review, "/properties/delegates/items"), set(keys::DELEGATE));
        assert_eq!(keys_at(&review, "/properties/reviewed/items"), set(keys::REVIEWED));
        let rejections = read(Schema::Rejections);
        assert_eq!(keys_at(&rejections, ""), set(keys::REJECTIONS));
        assert_eq!(keys_at(&rejections, "/$defs/entry"), set(keys::REJECTED));
    }

    #[test]
    fn the_schema_of_findings_has_every_code_and_severity() {
        let words = |at: &str| -> BTreeSet<String> {
            let schema = read(Schema::Findings);
            let list = schema.pointer(at).and_then(Value::as_array).unwrap();
            list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let codes = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
        assert_eq!(words("/$defs/finding/properties/code/enum"), codes);
        let severities = Severity::ALL
            .iter()
            .map(|severity| serde_json::to_value(severity).unwrap().as_str().unwrap().to_owned())
            .collect();
        assert_eq!(words("/$defs/finding/properties/severity/enum"), severities);
    }
}
