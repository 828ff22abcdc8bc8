//! Ids that look alike count as the same id. `kari.1und` and `kari.lund` may not both exist (R1).

use crate::model::PersonId;

/// The skeleton of an id (UTS #39), in lower case. Two ids with the same skeleton cannot be told apart by eye. It is
/// only compared and never shown.
#[must_use]
pub fn skeleton(person: &PersonId) -> String {
    unicode_security::skeleton(person.as_str()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
