//! Single lines of a file that need not be valid YAML: whom it is about, and whether it takes something back.

use crate::characters::of_any_encoding;
use crate::model::PersonId;

/// The person in the first line `person: …`. The text need not be valid YAML.
#[must_use]
pub fn person_line(text: &str) -> Option<PersonId> {
    text.lines().find_map(|line| {
        let value = line.trim_start_matches('\u{feff}').strip_prefix("person:")?;
        let value = value.split('#').next().unwrap_or_default().trim();
        let value = value.trim_matches(['"', '\'']);
        PersonId::new(&value.to_lowercase()).ok()
    })
}

/// What stands after the key `revoked` in a line, if the line has that key, in any case.
#[must_use]
pub fn revoked_in(line: &str) -> Option<&str> {
    let (key, rest) = line.trim_start_matches([' ', '\t', '-']).split_once(':')?;
    key.trim().eq_ignore_ascii_case("revoked").then_some(rest)
}

/// Whether a line of these bytes has the key `revoked`, in whichever encoding they are.
#[must_use]
pub fn says_revoked(bytes: &[u8]) -> bool {
    of_any_encoding(bytes).lines().any(|line| revoked_in(line).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_read_out_of_what_is_no_yaml() {
        let who = |text: &str| person_line(text).map(|person| person.to_string());
        assert_eq!(who("person: kari.testesen\nname: [").as_deref(), Some("kari.testesen"));
        assert_eq!(who("<<<<<<< HEAD\nperson: \"Kari.Testesen\" # her\n").as_deref(), Some("kari.testesen"));
        assert_eq!(who("name: person: kari"), None);
        assert_eq!(who(""), None);
    }

    #[test]
    fn the_key_is_known_in_any_case_and_in_no_other_place() {
        for text in ["x: [\n    revoked: {on: 2026-11-20}\n", "  - Revoked : x", "\tREVOKED:"] {
            assert!(says_revoked(text.as_bytes()), "{text}");
        }
        for text in ["# revoked: x", "reason: revoked: x", "revoked", "revoked_keys: x", ""] {
            assert!(!says_revoked(text.as_bytes()), "{text}");
        }
    }
}
