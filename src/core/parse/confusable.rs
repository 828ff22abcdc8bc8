//! Ids that look alike count as the same id. `kari.1und` and `kari.lund` may not both exist (R1). A name that mixes
//! scripts may look like a different name.

use std::sync::LazyLock;

use unicode_security::MixedScript as _;

use crate::model::PersonId;

/// The skeleton of an id (UTS #39), in lower case. Two ids with the same skeleton cannot be told apart by eye. It is
/// only compared and never shown.
#[must_use]
pub fn skeleton(person: &PersonId) -> String {
    by_letters(person.as_str()).unwrap_or_else(|| skeleton_of(person.as_str()))
}

/// The skeleton of a text whose characters all stand in the table.
fn by_letters(text: &str) -> Option<String> {
    text.bytes().map(|byte| ASCII.get(usize::from(byte))?.as_deref()).collect()
}

/// The skeleton of each ASCII character, if it is ASCII too. The skeleton of an id of such characters is theirs, one after
/// the other: there is nothing in it to compose or to put in another order.
static ASCII: LazyLock<[Option<String>; 128]> = LazyLock::new(|| {
    std::array::from_fn(|at| {
        let character = char::from(u8::try_from(at).ok()?);
        Some(skeleton_of(character.encode_utf8(&mut [0; 4]))).filter(|skeleton| skeleton.is_ascii())
    })
});

fn skeleton_of(text: &str) -> String {
    unicode_security::skeleton(text).flat_map(char::to_lowercase).collect()
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

    #[test]
    fn the_table_says_what_the_standard_says_of_the_whole_text() {
        let printed = || (b'!'..=b'~').map(char::from);
        let texts = printed().flat_map(|one| printed().map(move |other| format!("a{one}{other}.{one}")));
        let mut known = 0;
        for text in texts {
            if let Some(skeleton) = by_letters(&text) {
                assert_eq!(skeleton, skeleton_of(&text), "{text}");
                known += 1;
            }
        }
        assert!(known > 36 * 36, "the characters of ids stand in the table");
        assert_eq!(by_letters("bjørn"), None);
    }
}
