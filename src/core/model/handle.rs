//! A person's name on a forge, written `@name`. It can be renamed and taken by another person, so no decision uses it.
//! CODEOWNERS uses it to ask the right people.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A name on a forge, with its `@`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Handle(Arc<str>);

/// The reason why a text is not a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// It has no `@` in front, or nothing after the `@`.
    #[error("it is not written `@name`")]
    NoAt,
    /// It has a character that a handle cannot have. An e-mail address, for example, has a second `@`.
    #[error("`{0}` is not allowed in it")]
    Character(char),
    /// It has more than 255 characters.
    #[error("it is longer than 255 characters")]
    Long,
}

const LONGEST: usize = 255;

impl Handle {
    /// Takes a text as a handle.
    ///
    /// # Errors
    /// Fails if the text cannot be a handle.
    pub fn new(text: &str) -> Result<Self, HandleError> {
        let name = text.strip_prefix('@').filter(|name| !name.is_empty()).ok_or(HandleError::NoAt)?;
        let stands = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if let Some(wrong) = name.chars().find(|c| !stands(*c)) {
            return Err(HandleError::Character(wrong));
        }
        if text.len() > LONGEST {
            return Err(HandleError::Long);
        }
        Ok(Self(Arc::from(text)))
    }

    /// The handle as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_an_at_and_a_name_and_no_address() {
        assert_eq!(Handle::new("@kari-testesen").unwrap().as_str(), "@kari-testesen");
        for wrong in
            ["", "@", "kari", "kari@example.org", "@kari@example.org", "@kari @ola", "@kari\n", "@org/team"]
        {
            assert!(Handle::new(wrong).is_err(), "{wrong}");
        }
        assert!(Handle::new(&format!("@{}", "a".repeat(300))).is_err());
    }
}
