//! Ids that look alike count as the same id. `kari.1und` and `kari.lund` may not both exist (R1). A name that mixes
//! scripts may look like a different name.

use unicode_security::MixedScript as _;

use crate::model::PersonId;

/// The skeleton of an id (UTS #39), in lower case. Two ids with the same skeleton cannot be told apart by eye. It is
/// only compared and never shown.
#[must_use]
pub fn skeleton(person: &PersonId) -> String {
    unicode_security::skeleton(person.as_str()).flat_map(char::to_lowercase).collect()
}

/// Whether a text has letters of scripts that are not written together (UTS #39). A Cyrillic letter beside Latin ones is the usual
/// case.
#[must_use]
pub fn mixes_scripts(text: &str) -> bool {
    !text.is_single_script()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cyrillic_letter_beside_latin_ones_is_a_mix() {
        assert!(mixes_scripts("k\u{430}ri"));
        for one in ["kari.søraas-1", "доступ", "", "2026/#+"] {
            assert!(!mixes_scripts(one), "{one}");
        }
    }

    #[test]
    fn ids_that_look_alike_have_one_skeleton() {
        let of = |id| skeleton(&PersonId::new(id).unwrap());
        assert_eq!(of("kari.1und"), of("kari.lund"));
        assert_eq!(of("0la.testesen"), of("ola.testesen"));
        assert_eq!(of("marn.fiktivsen"), of("mam.fiktivsen"));
        assert_ne!(of("kari.lund"), of("kari.lind"));
        assert_ne!(of("kari.lund"), of("karl.lund"));
    }
}
