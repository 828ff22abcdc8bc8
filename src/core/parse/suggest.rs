//! "Did you mean": the nearest of the names that exist, and the names that exist.

use crate::diag::{Text, text};

/// The candidate a mistyped word most likely stands for, when one is near enough: one wrong letter in three.
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

/// A way out: the nearest name, if any, and all that exist.
pub(crate) fn way_out(word: &str, kind: &Text, candidates: &[&str]) -> Text {
    let list = listed(candidates);
    let all = text!(with kind, list; en: "{kind}: {list}.", nb: "{kind}: {list}.");
    match nearest(word, candidates.iter().copied()) {
        Some(near) => text!(en: "Did you mean `{near}`?", nb: "Mente du `{near}`?").and(all),
        None => all,
    }
}

/// Names in a row, not more than a person reads.
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
