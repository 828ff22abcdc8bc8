//! Suggestions for mistyped names ("Did you mean"): the nearest existing name, and a list of the existing names.

use std::fmt::Display;

use super::meant;
use super::page::shown;
use crate::diag::{Text, text};
use crate::model::{Register, TrustId};

/// The candidate that a mistyped word most likely means. It is the only candidate among its words, or one that is
/// similar enough. One letter in three may be wrong.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let word = meant::bare(word).to_lowercase();
    let named = |part: &str| candidates.iter().copied().find(|candidate| candidate.to_lowercase() == part);
    let mut among =
        word.split(|c: char| !(c.is_alphanumeric() || "-._/".contains(c))).filter_map(named).take(2);
    if let Some(whole) = named(&word) {
        return Some(whole);
    }
    if let (Some(only), None) = (among.next(), among.next()) {
        return Some(only);
    }
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Says that no trust has the name of a folder.
pub(super) fn no_trust_with(folder: &str) -> Text {
    text!(
        en: "`register.yaml` has no trust with the folder `{folder}`.",
        nb: "`register.yaml` har ikke noe helseforetak med mappen `{folder}`.";
        folder = shown(folder)
    )
}

/// The next step for the reader: the nearest name, if any, and all existing names.
pub(crate) fn way_out(word: &str, kind: &Text, candidates: &[&str]) -> Text {
    let list = listed(candidates);
    let all = text!(with kind, list; en: "{kind}: {list}.", nb: "{kind}: {list}.");
    match nearest(word, candidates.iter().copied()) {
        Some(near) => did_you_mean(near).and(all),
        None => all,
    }
}

/// Does the same for ids that also have names for people. If the text is such a name, the answer is its id. If the text
/// has several ids, the answer says that only one can be written.
pub(crate) fn way_out_of(word: &str, kind: &Text, names: &[(&str, &str)]) -> Text {
    let ids: Vec<&str> = names.iter().map(|(id, _)| *id).collect();
    let list = listed(&ids);
    let all = text!(with kind, list; en: "{kind}: {list}.", nb: "{kind}: {list}.");
    if several(word, &ids) {
        return one_each().and(all);
    }
    match called(word, names) {
        Some((id, name)) => write_for(&id, name).and(all),
        None => way_out(word, kind, &ids),
    }
}

/// Says that there are several values where only one can be.
pub(super) fn one_each() -> Text {
    text!(
        en: "Several stand here, and one is written: each other one gets an entry of its own.",
        nb: "Her står flere, og bare én skrives: hver av de andre får sin egen oppføring."
    )
}

/// The trust whose id is nearest to the name of a folder or a list. It is empty if none is near.
pub(super) fn trust_like(word: &str, register: &Register) -> Text {
    nearest(word, register.trusts.keys().map(TrustId::as_str)).map(did_you_mean).unwrap_or_default()
}

/// Asks whether the nearest name is meant.
pub(crate) fn did_you_mean(near: &str) -> Text {
    meant::did_you_mean(format_args!("`{near}`"))
}

/// The next step if a name is written in the place of an id.
pub(super) fn write_for(id: &impl Display, name: &str) -> Text {
    text!(en: "Write `{id}` for {name}.", nb: "Skriv `{id}` for {name}.")
}

/// Returns whether a word is made of several ids.
pub(super) fn several(word: &str, ids: &[&str]) -> bool {
    let bare = meant::bare(word).to_lowercase().replace(" og ", ",").replace(" and ", ",");
    let parts: Vec<&str> =
        bare.split([',', '/', '+', '&', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.len() > 1 && parts.iter().all(|part| ids.iter().any(|id| id.to_lowercase() == *part))
}

/// The id whose display name is this word, or the only id whose display name begins with it.
fn called<'a>(word: &str, names: &[(&'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    let bare = meant::bare(word).to_lowercase();
    let called: Vec<&(&'a str, &'a str)> = names.iter().filter(|(id, name)| id != name).collect();
    if called.iter().any(|(id, _)| id.to_lowercase() == bare) {
        return None;
    }
    if let Some(whole) = called.iter().find(|(_, name)| name.to_lowercase() == bare) {
        return Some(**whole);
    }
    let mut begins = called.iter().filter(|(_, name)| name.to_lowercase().starts_with(&bare));
    match (begins.next(), begins.next()) {
        (Some(only), None) if bare.chars().count() > 3 => Some(**only),
        _ => None,
    }
}

/// A list of names, with no more names than a person will read.
pub(crate) fn listed(names: &[&str]) -> Text {
    const MOST: usize = 20;
    if names.is_empty() {
        return text!(en: "none yet", nb: "ingen ennå");
    }
    Text::first_of(names.iter().map(|name| format!("`{name}`")), MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        let keys = ["unit", "until", "role"];
        assert_eq!(nearest("uniit", keys), Some("unit"));
        assert_eq!(nearest("Role", keys), Some("role"));
        assert_eq!(nearest("telephone", keys), None);
        assert_eq!(nearest("role (Bruker)", keys), Some("role"));
        assert_eq!(nearest("“Unit”", keys), Some("unit"));
        assert_eq!(nearest("unit or role", keys), None);
    }
}
