//! The recipients of a report, in the forms found in the table. A value is one address, a list with commas,
//! semicolons or line breaks, or a JSON array. Each address may have a name before `<address>`.
//!
//! Rapporteket itself writes one row for each recipient. Lists come from older versions and from people. The
//! remaining recipients keep their form. Two addresses are the same when they differ only in case, because the mail
//! arrives anyway. Letters are not simplified in any other way: `håvard@` and `havard@` are two people.
//!
//! A form that is not plain is never passed over. Either the address in it is found and taken out, or
//! `are_understood` says no, and people are told.

use serde_json::Value;
use unicode_normalization::{UnicodeNormalization as _, is_nfkc};

use crate::invisible::is_invisible;

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
    let left = |entries: Vec<String>| entries.into_iter().filter(keep).collect::<Vec<_>>();
    let (left, is_array) = match array(email) {
        Some(entries) => (left(entries), true),
        None => (left(split(email)), false),
    };
    if left.is_empty() {
        return None;
    }
    Some(if is_array { array_text(email, left) } else { left.join(separator(email)) })
}

/// Returns the list with another address in the place of this one. An address that is there already is not added again.
/// It is `None` when no recipient is left, because the other text is not one address.
pub(super) fn readdressed(email: &str, address: &str, new: &str) -> Option<String> {
    let is_one = !new.trim().is_empty()
        && !new.contains(|letter: char| {
            is_separator(letter) || letter.is_whitespace() || r#"<>"[]"#.contains(letter)
        });
    if !is_one || has(email, new) {
        return without(email, address);
    }
    let mut is_written = false;
    let mut replace = |entries: Vec<String>| {
        let mut left = Vec::new();
        for entry in entries {
            if !same(&entry, address) {
                left.push(entry);
            } else if !is_written {
                is_written = true;
                left.push(entry.replace(inner(&entry), new));
            }
        }
        left
    };
    Some(match array(email) {
        Some(entries) => array_text(email, replace(entries)),
        None => replace(split(email)).join(separator(email)),
    })
}

/// Returns the text that stands for no recipient in the form of this list. A column that takes only JSON keeps JSON.
pub(super) fn no_recipient(email: &str) -> &'static str {
    match (array(email), email.trim().starts_with('"')) {
        (Some(_), false) => "[]",
        (Some(_), true) => "\"\"",
        (None, _) => "",
    }
}

/// Tells whether every recipient is written in a form that this module takes apart. If one is not (`mailto:`, a
/// quoted address, `c("x", "y")`), an address in it cannot be found and taken out.
pub(super) fn are_understood(email: &str) -> bool {
    let entries = array(email).unwrap_or_else(|| split(email));
    entries.iter().all(|entry| is_plain(inner(entry)) && !holds_another(entry))
}

/// Tells whether a text is one address and nothing else, written in the usual way. Quotes around it, a dot at its end,
/// characters that nobody sees, `+` and `%` in the name, and a host with other than ASCII letters are not usual: the
/// same mailbox may have another spelling too.
fn is_plain(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let is_of_name = |letter: char| letter.is_alphanumeric() || ".-_'".contains(letter);
    let is_of_host = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
    let is_encoded = |label: &str| label.to_ascii_lowercase().starts_with("xn--");
    is_nfkc(text)
        && !text.contains(is_invisible)
        && !name.starts_with('\'')
        && !name.ends_with('\'')
        && name.chars().all(is_of_name)
        && host.chars().all(is_of_host)
        && [name, host].iter().all(|part| part.split('.').all(|label| !label.is_empty()))
        && !host.split('.').any(is_encoded)
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

/// Writes a JSON array, or a JSON text, as the one that it stands for. Blanks between its entries are kept: MySQL writes
/// them, and a row is compared with what was written.
fn array_text(before: &str, entries: Vec<String>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|entry| Value::from(entry).to_string()).collect();
    if before.trim().starts_with('"') {
        return entries.concat();
    }
    let between = if before.contains(r#"", ""#) { ", " } else { "," };
    format!("[{}]", entries.join(between))
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
        // Every word is an address of its own here, all in brackets or none; no word is a name before `<address>`.
        let is_in_brackets = |word: &&str| word.starts_with('<') && word.ends_with('>');
        let all_alike = words.iter().all(is_in_brackets) || !words.iter().any(|word| word.starts_with('<'));
        if words.len() > 1 && all_alike && words.iter().all(|word| word.contains('@')) {
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

/// Tells whether an entry is this address. An entry with another address in it is not: that one would go too.
fn same(entry: &str, address: &str) -> bool {
    inner(entry).to_lowercase() == address.trim().to_lowercase() && !holds_another(entry)
}

/// Returns the address of an entry, without the name before `<address>`.
fn inner(entry: &str) -> &str {
    last_in_brackets(entry).map_or(entry, |(_, inner, _)| inner).trim()
}

/// Returns the text before the last `<…>` of an entry, that in it, and that after it.
fn last_in_brackets(entry: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = entry.rsplit_once('<')?;
    let (inner, behind) = rest.split_once('>')?;
    Some((before, inner, behind))
}

/// Tells whether the text around the address of an entry may hold another address. Some programs write the same address
/// as the name too, and that is no other one.
fn holds_another(entry: &str) -> bool {
    let Some((before, inner, behind)) = last_in_brackets(entry) else { return false };
    [before, behind].into_iter().any(|text| {
        let is_same = text.trim().trim_matches(['"', '\'']).to_lowercase() == inner.trim().to_lowercase();
        let text: String = text.nfkc().collect();
        !is_same && (text.contains(['@', '<', '>']) || text.contains("%40"))
    })
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
            ("<b@example.test> <a@example.test>", Some("<a@example.test>")),
            ("<b@example.test>", None),
            (r#""B@example.test" <b@example.test>; a@example.test"#, Some("a@example.test")),
            (
                r#"["a@example.test", "b@example.test", "c@example.test"]"#,
                Some(r#"["a@example.test", "c@example.test"]"#),
            ),
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
            "'b@example.test'",
            "a@example.test, 'b@example.test'",
            "\u{2018}b@example.test\u{2019}",
            "\u{201c}b@example.test\u{201d}",
            "\u{ab}b@example.test\u{bb}",
            "`b@example.test`",
            "b@example.test.",
            "b@example..test",
            ".b@example.test",
            "\u{feff}b@example.test",
            "a@example.test,\u{200b}b@example.test",
            "b@exam\u{ad}ple.test",
            "b@example.test\u{2060}",
            "b\u{ff20}example.test",
            "\u{ff42}@example.test",
            "ha\u{30a}vard@example.test",
            "b+reports@example.test",
            "b@blåbær.example.test",
            "b@XN--blbr-roah.example.test",
            "<mailto:b@example.test>",
            "b@example.test <a@example.test>",
            "B <b@example.test> A <a@example.test>",
            "<b@example.test><a@example.test>",
            "A (b%40example.test) <a@example.test>",
            "A <a@example.test> (b@example.test)",
            r#"["a@example.test, B <b@example.test>"]"#,
            "&lt;b@example.test&gt;",
        ] {
            assert!(!are_understood(email), "{email}");
        }
        for email in
            ["", "[]", "b@example.test", "Bo <b@example.test>; a@example.test,", r#"["o'b@example.test"]"#]
        {
            assert!(are_understood(email), "{email}");
        }
        for email in [
            "B@EXAMPLE.TEST",
            "håvard_b-c@example.test",
            "<a@example.test> <b@example.test>",
            r#""b@example.test" <b@example.test>"#,
            "Bø (100 %) <b@example.test>",
        ] {
            assert!(are_understood(email), "{email}");
        }
    }

    #[test]
    fn an_address_is_replaced_where_it_stands_and_stands_there_once() {
        let (old, new) = ("b@example.test", "ny@example.test");
        for (email, changed) in [
            ("b@example.test", Some("ny@example.test")),
            ("a@example.test; Bo <B@example.test>", Some("a@example.test; Bo <ny@example.test>")),
            ("b@example.test, a@example.test, B@example.test", Some("ny@example.test, a@example.test")),
            ("b@example.test, NY@example.test", Some("NY@example.test")),
            (r#"["a@example.test","b@example.test"]"#, Some(r#"["a@example.test","ny@example.test"]"#)),
            (r#""b@example.test""#, Some(r#""ny@example.test""#)),
            ("bb@example.test", Some("bb@example.test")),
        ] {
            assert_eq!(readdressed(email, old, new).as_deref(), changed, "{email}");
        }
        for odd in ["", "x@example.test,y@example.test", "Bo <x@example.test>"] {
            assert_eq!(readdressed("b@example.test", old, odd), None, "{odd}");
        }
    }

    #[test]
    fn no_recipient_is_written_in_the_form_of_the_list() {
        for (email, nobody) in [
            (r#" ["b@example.test"] "#, "[]"),
            (r#""b@example.test""#, "\"\""),
            ("b@example.test", ""),
            (r#"["b@example.test""#, ""),
        ] {
            assert_eq!(no_recipient(email), nobody, "{email}");
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
