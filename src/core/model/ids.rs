//! Ids have their own types, so that a unit cannot be used in place of a person.
//!
//! A written id is ASCII `[a-z0-9.-]`, at most 64 characters. Application requests and roles may also have `A-Z`, `/`
//! and `_`. This alphabet has no letters of other scripts that look the same, and the id of a person or a trust is a
//! valid file name everywhere. Account ids belong to the store and are taken unchanged.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::characters::named;
use crate::text::{Text, text};

/// The reason why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It is empty.
    Empty,
    /// It has more than 64 characters.
    Long,
    /// It has a character outside the alphabet of this kind of id.
    Character(char),
    /// It begins or ends with a dot or a hyphen. Such names are hidden on disk or look like options.
    Edge,
}

impl IdError {
    /// The reason in words for people.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Empty => text!(en: "it is empty", nb: "den er tom"),
            Self::Long => text!(en: "it is longer than 64 characters", nb: "den er lengre enn 64 tegn"),
            Self::Character(c) => {
                let name = named(*c);
                text!(with name; en: "{name} is not allowed in it", nb: "{name} er ikke tillatt i den")
            }
            Self::Edge => text!(
                en: "it begins or ends with `.` or `-`",
                nb: "den begynner eller slutter med `.` eller `-`"
            ),
        }
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

const LONGEST: usize = 64;

fn check(text: &str, allowed: fn(char) -> bool) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if let Some(wrong) = text.chars().find(|c| !allowed(*c)) {
        return Err(IdError::Character(wrong));
    }
    if text.len() > LONGEST {
        return Err(IdError::Long);
    }
    if text.starts_with(['.', '-']) || text.ends_with(['.', '-']) {
        return Err(IdError::Edge);
    }
    Ok(())
}

fn strict(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-'
}

fn loose(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/')
}

fn login(c: char) -> bool {
    strict(c) || matches!(c, '_' | '@')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $allowed:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text as an id of this kind.
            ///
            /// # Errors
            /// Fails if a character, the length or an edge is not allowed; see [`IdError`].
            pub fn new(text: &str) -> Result<Self, IdError> {
                check(text, $allowed)?;
                Ok(Self(Arc::from(text)))
            }

            /// The id as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        text_traits!($name);
    };
}

macro_rules! text_traits {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// A person's id, the same in every file of that person. It is the name of the file without `.yaml`.
    PersonId,
    strict
);

impl PersonId {
    /// The id that replaces the id of a person who was forgotten. Only a digest of the person's own id is left.
    #[must_use]
    pub fn forgotten() -> Self {
        Self(Arc::from("unknown"))
    }
}

id!(
    /// A trust (helseforetak), or a national or test-only folder. It is the name of a folder in `desired-state`.
    TrustId,
    strict
);
id!(
    /// The employer of a person: a trust or an ICT body.
    EmployerId,
    strict
);
id!(
    /// One of the register's applications, such as `smerteregisteret`.
    ApplicationId,
    strict
);
id!(
    /// A role in the register, such as `LC`.
    RoleId,
    loose
);
id!(
    /// An office somebody is appointed to in `register.yaml`, such as `register-leader`.
    OfficeId,
    strict
);
id!(
    /// A person's position, such as `lis`.
    Position,
    strict
);
id!(
    /// An application request (prosjektsøknad). It serves one grant per person, application and unit, and only once
    /// (R33).
    RequestId,
    loose
);

impl RequestId {
    /// Returns the form in which numbers are compared: case does not matter. A number is kept, shown and signed as it
    /// was written. Two numbers that differ only by case mean the same application.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(Arc::from(self.0.to_ascii_uppercase()))
    }

    /// Whether both numbers mean the same application. Case does not matter.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

id!(
    /// The name a person logs in with. It belongs to one person.
    Login,
    login
);

/// An account in the store, by the id that the store gave it. The program never counts, reuses or makes up such ids
/// (R34, R38).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(Arc<str>);

impl AccountId {
    /// Takes the store's id unchanged.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The id as the store writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_traits!(AccountId);

/// The path of a file of the tree, relative to the root, with `/` as separator: `desired-state/helse-bergen/a.b.yaml`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilePath(Arc<str>);

impl FilePath {
    /// Makes the path of a file of the tree.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The path of one person's file at one trust.
    #[must_use]
    pub fn of_person(trust: &TrustId, person: &PersonId) -> Self {
        Self(Arc::from(format!("desired-state/{trust}/{person}.yaml")))
    }

    /// The path as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the signature file beside this file.
    #[must_use]
    pub fn signatures(&self) -> Self {
        Self(Arc::from(format!("{}.sig", self.0)))
    }

    /// The path of the file that this signature file belongs to. For any other path, the path itself.
    #[must_use]
    pub fn signed(&self) -> Self {
        self.0.strip_suffix(".sig").map_or_else(|| self.clone(), Self::new)
    }

    /// The other path of the two that are judged together: the signature file beside a file, or the file that a
    /// signature file belongs to.
    #[must_use]
    pub fn paired(&self) -> Self {
        if self.0.ends_with(".sig") { self.signed() } else { self.signatures() }
    }

    /// The folder and the file stem of a person's file. `None` for any other path.
    #[must_use]
    pub fn person_parts(&self) -> Option<(&str, &str)> {
        let (folder, name) = self.0.strip_prefix("desired-state/")?.split_once('/')?;
        let stem = name.strip_suffix(".yaml")?;
        (!stem.contains('/')).then_some((folder, stem))
    }
}

text_traits!(FilePath);

/// A unit by its RESH id. The unit keeps the id for ever, even when it moves or closes. Ids from 900 000 000 up are
/// outside RESH's range, and the register itself assigns them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitId(pub u32);

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn an_id_keeps_to_its_alphabet() {
        assert!(PersonId::new("kari.testesen").is_ok());
        assert_eq!(PersonId::new("Kari"), Err(IdError::Character('K')));
        assert_eq!(PersonId::new("kari\u{202e}"), Err(IdError::Character('\u{202e}')));
        let hidden = IdError::Character('\u{202e}');
        assert_eq!(hidden.to_string(), "a character that cannot be seen (U+202E) is not allowed in it");
        assert_eq!(hidden.words().get(Lang::Nb), "et tegn som ikke synes (U+202E) er ikke tillatt i den");
        assert_eq!(IdError::Character('K').words().get(Lang::Nb), "`K` er ikke tillatt i den");
        assert_eq!(PersonId::new(".kari"), Err(IdError::Edge));
        assert_eq!(PersonId::new(""), Err(IdError::Empty));
        assert_eq!(PersonId::new(&"a".repeat(65)), Err(IdError::Long));
        assert!(RequestId::new("2026/0137-A").is_ok());
    }

    #[test]
    fn a_number_in_another_case_is_the_same_application() {
        let (one, other) =
            (RequestId::new("REQ-2026-0601a").unwrap(), RequestId::new("req-2026-0601A").unwrap());
        assert!(one.is_same(&other));
        assert_eq!(one.folded(), other.folded());
        assert_ne!(one, other, "each is kept as it is written");
        assert!(!one.is_same(&RequestId::new("REQ-2026-0602a").unwrap()));
    }

    #[test]
    fn a_person_file_is_two_levels_down() {
        let path = FilePath::new("desired-state/helse-bergen/kari.testesen.yaml");
        assert_eq!(path.person_parts(), Some(("helse-bergen", "kari.testesen")));
        assert_eq!(FilePath::new("desired-state/register.yaml").person_parts(), None);
        assert_eq!(FilePath::new("desired-state/a/b/c.yaml").person_parts(), None);
    }
}
