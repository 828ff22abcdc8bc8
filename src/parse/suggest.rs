//! "Did you mean": the nearest of the names that exist, and the names that exist.

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
pub(crate) fn way_out(word: &str, kind: &str, candidates: &[&str]) -> String {
    let list = listed(candidates);
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`? {kind}: {list}."),
        None => format!("{kind}: {list}."),
    }
}

/// Names in a row, not more than a person reads.
pub(crate) fn listed(names: &[&str]) -> String {
    const MOST: usize = 20;
    if names.is_empty() {
        return "none yet".to_owned();
    }
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
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
