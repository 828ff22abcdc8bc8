//! Makes the id of a new person from the name. No other person has, or had, this id.

use portvakt_core::model::PersonId;

use super::find::folded;

/// Returns an id for a person of this name, such as `kari.testesen`. It is made of the first and the last part of the
/// name. If `taken` says that any person has or had it, a number follows. It is `None` if the name has no letters that
/// an id may have.
#[must_use]
pub fn proposed_id(name: &str, taken: impl Fn(&PersonId) -> bool) -> Option<PersonId> {
    let plain = |word: &str| -> String {
        folded(word).chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect()
    };
    let words: Vec<String> = name
        .split_whitespace()
        .map(plain)
        .map(|word| word.trim_matches('-').to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    let stem = match words.as_slice() {
        [] => return None,
        [one] => one.clone(),
        [first, .., last] => format!("{first}.{last}"),
    };
    (1..1000)
        .map(|number| if number == 1 { stem.clone() } else { format!("{stem}{number}") })
        .filter_map(|id| PersonId::new(&id).ok())
        .find(|id| !taken(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_the_first_and_the_last_name_and_is_nobodys() {
        let free = |name: &str| proposed_id(name, |_| false).map(|id| id.to_string());
        assert_eq!(free("Kari Testesen").as_deref(), Some("kari.testesen"));
        assert_eq!(free("Åse Marie Ødegård Liksomdal").as_deref(), Some("ase.liksomdal"));
        assert_eq!(free("Anne-Lise O'Prøve").as_deref(), Some("anne-lise.oprove"));
        assert_eq!(free("Ærlig").as_deref(), Some("aerlig"));
        assert_eq!(free("王 小明"), None);
        let taken = ["kari.testesen", "kari.testesen2"];
        let id = proposed_id("Kari Testesen", |id| taken.contains(&id.as_str()));
        assert_eq!(id.map(|id| id.to_string()).as_deref(), Some("kari.testesen3"));
    }
}
