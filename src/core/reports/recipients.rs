//! The recipients of a report, in the forms found in the table. A value is one address, a list with commas,
//! semicolons or line breaks, or a JSON array. Each address may have a name before `<address>`.
//!
//! Rapporteket itself writes one row for each recipient. Lists come from older versions and from people. The
//! remaining recipients keep their form. Two addresses are the same when they differ only in case, because the mail
//! arrives anyway. Letters are not simplified in any other way: `håvard@` and `havard@` are two people.

use serde_json::Value;

/// Tells whether this address is among the recipients.
pub(super) fn has(email: &str, address: &str) -> bool {
    let is = |entry: &String| same(entry, address);
    match array(email) {
        Some(entries) => entries.iter().any(is),
        None => split(email).iter().any(is),
    }
}

/// Returns the list without this address, or `None` when no recipient is left.
pub(super) fn without(email: &str, address: &str) -> Option<String> {
    let keep = |entry: &String| !same(entry, address);
    if let Some(entries) = array(email) {
        let left: Vec<Value> = entries.into_iter().filter(keep).map(Value::from).collect();
        return (!left.is_empty()).then(|| Value::from(left).to_string());
    }
    let left: Vec<String> = split(email).into_iter().filter(keep).collect();
    (!left.is_empty()).then(|| left.join(separator(email)))
}

/// Tells whether every recipient is written in a form that this module takes apart. If one is not (`mailto:`, a
/// quoted address, `c("x", "y")`), an address in it cannot be found and taken out.
pub(super) fn are_understood(email: &str) -> bool {
    let entries = array(email).unwrap_or_else(|| split(email));
    entries.iter().all(|entry| is_plain(inner(entry)))
}

/// Tells whether a text is one address and nothing else.
fn is_plain(text: &str) -> bool {
    let strange =
        |letter: char| letter.is_whitespace() || letter.is_control() || r#""()<>[]{}:;,\%"#.contains(letter);
    match text.split_once('@') {
        Some((name, host)) => {
            !name.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(strange)
        }
        None => false,
    }
}

/// Reads the entries of a JSON array of texts, or of one JSON text.
fn array(email: &str) -> Option<Vec<String>> {
    let text = email.trim();
    if !text.starts_with(['[', '"']) {
        return None;
    }
    match serde_json::from_str(text).ok()? {
        Value::Array(entries) => entries.into_iter().map(|entry| Some(entry.as_str()?.to_owned())).collect(),
        Value::String(one) => Some(vec![one]),
        _ => None,
    }
}

/// Splits a list into its entries. Text in double quotes is a name, so a comma inside it separates nothing.
fn split(email: &str) -> Vec<String> {
    let mut entries = vec![String::new()];
    let mut quoted = false;
    for letter in email.chars() {
        quoted ^= letter == '"';
        match entries.last_mut() {
            Some(entry) if quoted || !is_separator(letter) => entry.push(letter),
            _ => entries.push(String::new()),
        }
    }
    let mut found = Vec::new();
    for entry in entries {
        let words: Vec<&str> = entry.split_whitespace().collect();
        // Every word is an address of its own here; no word is a name before `<address>`.
        if words.len() > 1 && words.iter().all(|word| word.contains('@') && !word.starts_with('<')) {
            found.extend(words.into_iter().map(str::to_owned));
        } else if !words.is_empty() {
            found.push(entry.trim().to_owned());
        }
    }
    found
}

fn is_separator(letter: char) -> bool {
    matches!(letter, ',' | ';' | '\n' | '\r')
}

/// Returns the separator between the entries of this list.
fn separator(email: &str) -> &'static str {
    match email.chars().find(|letter| is_separator(*letter)) {
        Some(';') => "; ",
        Some('\n' | '\r') => "\n",
        Some(_) => ", ",
        None => " ",
    }
}

fn same(entry: &str, address: &str) -> bool {
    inner(entry).to_lowercase() == address.trim().to_lowercase()
}

/// Returns the address of an entry, without the name before `<address>`.
fn inner(entry: &str) -> &str {
    let inner = entry.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(entry, |(inner, _)| inner).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_and_taken_out_in_every_form() {
        for (email, left) in [
            ("b@example.test", None),
            (" B@Example.TEST ", None),
            ("a@example.test,b@example.test", Some("a@example.test")),
            ("a@example.test, b@example.test, c@example.test", Some("a@example.test, c@example.test")),
            ("b@example.test;c@example.test;", Some("c@example.test")),
            ("a@example.test\nb@example.test\nc@example.test", Some("a@example.test\nc@example.test")),
            ("a@example.test b@example.test", Some("a@example.test")),
            (r#"["a@example.test","b@example.test"]"#, Some(r#"["a@example.test"]"#)),
            (r#"["b@example.test"]"#, None),
            (r#""b@example.test""#, None),
            (r#""Testesen, Bo" <b@example.test>, a@example.test"#, Some("a@example.test")),
            ("Bo Testesen <b@example.test>; Å Ø <å@example.test>", Some("Å Ø <å@example.test>")),
            ("b@example.test, B@example.test", None),
        ] {
            assert!(has(email, "b@example.test"), "{email}");
            assert_eq!(without(email, "b@example.test").as_deref(), left, "{email}");
        }
    }

    #[test]
    fn a_form_that_is_not_understood_is_known_as_one() {
        for email in [
            "mailto:b@example.test",
            "'Bo' \"b@example.test\"",
            r#"c("a@example.test","b@example.test")"#,
            r#"[{"to": "b@example.test"}]"#,
            r#"["mailto:b@example.test"]"#,
            "b%40example.test",
            "Bo <b@example.test",
            "b@example.test (Bo)",
            "b@example.test/a@example.test",
            "the whole clinic",
        ] {
            assert!(!are_understood(email), "{email}");
        }
        for email in
            ["", "[]", "b@example.test", "Bo <b@example.test>; a@example.test,", r#"["o'b@example.test"]"#]
        {
            assert!(are_understood(email), "{email}");
        }
    }

    #[test]
    fn another_address_stays() {
        for email in [
            "bb@example.test",
            "b@example.test.no",
            "b@example",
            "",
            "[]",
            r#"["bb@example.test"]"#,
            r#"[{"to": "b@example.test"}]"#,
            "b@example.test <a@example.test>",
        ] {
            assert!(!has(email, "b@example.test"), "{email}");
        }
        assert!(!has("havard@example.test", "håvard@example.test"));
        assert!(has("HÅVARD@example.test", "håvard@example.test"));
    }
}
