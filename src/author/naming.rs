//! Finds the people that a permanent text names, such as the reason of a rejection, which git keeps for ever. It
//! separates certain names from words that only look like names, so that an ordinary word stops nobody.

use std::collections::BTreeSet;

use portvakt_core::model::Register;

use super::find::folded;

/// The way in which a text names somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// It has a part of the name of the person whom it is about.
    Subject,
    /// It has the id of this person, or two parts of their name.
    Somebody(String),
    /// These words of it, which have capital letters, are a part of somebody's name or look like a name.
    Perhaps(String),
}

/// The names that are searched for in a text.
#[derive(Debug, Clone, Copy)]
pub struct KnownNames<'a> {
    /// The names of the people whom the text is about.
    pub subjects: &'a [&'a str],
    /// The ids and the names of everybody else.
    pub people: &'a [(String, String)],
    /// The names of trusts, units and other things. They have capital letters, but they are not people's names.
    pub places: &'a [&'a str],
}

/// Returns the names in a register that have capital letters and are not people's names.
#[must_use]
pub fn of_nobody(register: &Register) -> Vec<&str> {
    std::iter::once(&register.name)
        .chain(register.trusts.values().map(|trust| &trust.name))
        .chain(register.units.values().map(|unit| &unit.name))
        .chain(register.roles.values().map(|role| &role.name))
        .chain(register.applications.values())
        .chain(register.ict_bodies.values())
        .chain(register.offices.values())
        .map(String::as_str)
        .collect()
}

/// Returns how a text names somebody. A part of one or two letters counts as nobody's name.
#[must_use]
pub fn naming(text: &str, known: &KnownNames<'_>) -> Option<Naming> {
    let said = words(text);
    if known.subjects.iter().any(|name| words(name).iter().any(|part| said.contains(part))) {
        return Some(Naming::Subject);
    }
    let ids: BTreeSet<String> = text.split_whitespace().map(|word| trimmed(word).to_lowercase()).collect();
    let is_named = |(id, name): &&(String, String)| {
        // An id of one word may be an ordinary word too, so such an id does not count.
        let is_by_id = id.contains(['.', '-']) && ids.contains(id);
        is_by_id || words(name).iter().filter(|part| said.contains(*part)).count() > 1
    };
    if let Some((_, name)) = known.people.iter().find(is_named) {
        return Some(Naming::Somebody(name.clone()));
    }
    like_a_name(text, known).map(Naming::Perhaps)
}

/// Returns the words that are a part of somebody's name, or two words side by side that look like a name.
fn like_a_name(text: &str, known: &KnownNames<'_>) -> Option<String> {
    let places: BTreeSet<String> = known.places.iter().flat_map(|place| words(place)).collect();
    let parts: BTreeSet<String> = known.people.iter().flat_map(|(_, name)| words(name)).collect();
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let is_like = |token: &str| {
        let mut letters = trimmed(token).chars();
        let begins_large = letters.next().is_some_and(char::is_uppercase);
        begins_large && letters.next().is_some_and(char::is_lowercase) && words(token).is_disjoint(&places)
    };
    let of_somebody = tokens.iter().find(|token| is_like(token) && !words(token).is_disjoint(&parts));
    if let Some(token) = of_somebody {
        return Some(trimmed(token).to_owned());
    }
    tokens.windows(2).find_map(|pair| {
        let [one, other] = pair else { return None };
        let side_by_side = one.ends_with(char::is_alphanumeric) && other.starts_with(char::is_alphanumeric);
        let is_name = side_by_side && is_like(one) && is_like(other);
        is_name.then(|| format!("{} {}", trimmed(one), trimmed(other)))
    })
}

/// Returns a word without the punctuation around it.
fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Returns the words of a text in the form in which names are compared. Those of one or two letters are left out.
fn words(text: &str) -> BTreeSet<String> {
    let folded = folded(text);
    let all = folded.split(|c: char| !c.is_alphanumeric());
    all.filter(|word| word.chars().count() > 2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Naming> {
        let person = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let people = [
            person("tor.monsterud", "Tor Mønsterud"),
            person("stein.fiktivsen", "Stein Fiktivsen"),
            person("", "Kari Anne Prøvesen"),
        ];
        let known = KnownNames {
            subjects: &["Nina No Nyquist"],
            people: &people,
            places: &["Helse Bergen HF", "Sengepost Nord"],
        };
        naming(text, &known)
    }

    #[test]
    fn a_part_of_the_applicants_name_is_a_name() {
        for text in ["Nyquist is not employed", "NINA: no need", "nina skal ikke ha tilgang"] {
            assert_eq!(found(text), Some(Naming::Subject), "{text}");
        }
        assert_eq!(found("no need"), None, "two letters are nobody's name");
        let nobody = KnownNames { subjects: &[""], people: &[], places: &[] };
        assert_eq!(naming("no need", &nobody), None);
    }

    #[test]
    fn two_parts_of_a_name_or_an_id_are_somebody() {
        for (text, name) in [
            ("erstatter Tor Mønsterud", "Tor Mønsterud"),
            ("erstatter monsterud, tor", "Tor Mønsterud"),
            ("er den samme som tor.monsterud.", "Tor Mønsterud"),
            ("sendt av kari prøvesen", "Kari Anne Prøvesen"),
        ] {
            assert_eq!(found(text), Some(Naming::Somebody(name.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_word_with_a_capital_letter_may_be_a_name_and_an_ordinary_word_is_none() {
        for (text, words) in [
            ("Stein har sluttet", "Stein"),
            ("avtalt med Fiktivsen.", "Fiktivsen"),
            ("gjelder Ola Nordmann", "Ola Nordmann"),
        ] {
            assert_eq!(found(text), Some(Naming::Perhaps(words.to_owned())), "{text}");
        }
        for text in [
            "ikke ansatt ved enheten",
            "Ikke ansatt",
            "under en stein",
            "gjelder Helse Bergen HF",
            "skulle hatt LU ved Sengepost Nord",
            "feil søknad. Ny er sendt, Ny kommer",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
