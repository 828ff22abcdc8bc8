//! Names that sound like those of a secret (`password`, `api_key`), and the values that a text gives to them.

use portvakt_core::diag::SECRET_NAMES;

/// Returns whether the text gives a value to a name that sounds like a secret: `password=…`, `api_key = …`, `pw: …`.
pub(super) fn names_a_secret(text: &str) -> bool {
    gives_a_secret(text, |given| !given.trim().is_empty())
}

/// Does the same. What stands behind a colon counts as a value only if it is one by this judgement.
pub(super) fn gives_a_secret(text: &str, is_value: impl Fn(&str) -> bool) -> bool {
    text.match_indices(['=', ':']).any(|(at, sign)| {
        let (before, given) = text.split_at(at);
        let given = given.get(1..).unwrap_or_default();
        let name = last_name(before.trim_end_matches([' ', '\t', '"', '\'']));
        // `https://token:8443` has a host of this name.
        let is_host = before.strip_suffix(name).is_some_and(|before| before.ends_with("//"));
        // `credential:NAME` names a credential of the service manager, and does not hold it.
        let is_other = given.starts_with("//") || is_host || name == "credential";
        let is_given = sign == "=" || (is_value(given) && !is_other);
        is_given && is_called_secret(name)
    })
}

fn last_name(text: &str) -> &str {
    let is_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    text.rsplit(|letter: char| !is_of_name(letter)).next().unwrap_or_default()
}

/// Returns whether a name sounds like a secret. A word such as `key` is also in harmless names (`issueKey`). So it
/// counts only as the whole name, or as the last part behind a `_` or `-`.
fn is_called_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let alone = ["key", "pass", "apikey", "accesskey", "privatekey", "sig", "signature"];
    SECRET_NAMES.iter().any(|word| name.contains(word))
        // No other words end with these letters (`dbpw`).
        || name.ends_with("pw")
        || name.ends_with("pwd")
        || name.rsplit(['_', '-']).next().is_some_and(|last| alone.contains(&last))
}
