//! Suggestions for mistyped names ("Did you mean"): the nearest existing name, and a list of the existing names.

use crate::diag::{Text, text};

/// The candidate that a mistyped word most likely means, if one is near enough. One letter in three may be wrong.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The next step for the reader: the nearest name, if any, and all existing names.
pub(crate) fn way_out(word: &str, kind: &Text, candidates: &[&str]) -> Text {
    let list = listed(candidates);
    let all = text!(with kind, list; en: "{kind}: {list}.", nb: "{kind}: {list}.");
    match nearest(word, candidates.iter().copied()) {
        Some(near) => text!(en: "Did you mean `{near}`?", nb: "Mente du `{near}`?").and(all),
        None => all,
    }
}

/// A list of names, with no more names than a person will read.
pub(crate) fn listed(names: &[&str]) -> Text {
    const MOST: usize = 20;
    if names.is_empty() {
        return text!(en: "none yet", nb: "ingen ennå");
    }
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let (shown, more) = (shown.join(", "), names.len().saturating_sub(MOST));
    if more == 0 {
        return Text::same(shown);
    }
    text!(en: "{shown} and {more} more", nb: "{shown} og {more} til")
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
    }
}
