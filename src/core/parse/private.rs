//! Finds national identity numbers and telephone numbers, which a file may never contain, not even in a comment. Text
//! in git stays in its history for ever, so the check also matches numbers that only look like one. Values that a
//! computer made up (the id of an account, a digest, a commit) are passed over: one of some hundred has such digits
//! by chance, and nobody could take them out.

use super::span::Span;
use crate::diag::{Text, text};

/// The kind of number that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberKind {
    /// Eleven digits that begin with a date of birth. Synthetic numbers and D-numbers are included.
    IdentityNumber,
    /// Eight digits written like a mobile number, or any number after a `+`.
    Telephone,
}

impl NumberKind {
    /// Says what kind of number was found. It never repeats the number.
    pub(crate) fn words(self) -> Text {
        match self {
            Self::IdentityNumber => text!(
                en: "This looks like a national identity number.",
                nb: "Dette ser ut som et fødselsnummer."
            ),
            Self::Telephone => text!(
                en: "This looks like a telephone number.",
                nb: "Dette ser ut som et telefonnummer."
            ),
        }
    }
}

/// Says that a list of many people has a number of either kind.
pub(crate) fn of_a_person() -> Text {
    text!(
        en: "This looks like a number of a person: a national identity number or a telephone number.",
        nb: "Dette ser ut som en persons nummer: et fødselsnummer eller et telefonnummer."
    )
}

/// The next step for text that may never be in a file of the tree. `it` is the Norwegian pronoun for that text. It
/// depends on the gender of the noun.
pub(crate) fn take_out(it: &str) -> Text {
    text!(
        en: "Take it out, also out of the history of the change: what is written here is kept for ever.",
        nb: "Ta {it} bort, også fra endringens historikk: det som skrives her, blir lagret for alltid."
    )
}

/// Finds all such numbers, in the order of the text.
pub(crate) fn find_numbers(text: &str) -> Vec<(NumberKind, Span)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if !byte.is_ascii_digit() {
            at += 1;
            continue;
        }
        let first = run(bytes, at);
        let hit = identity_end(bytes, at, first)
            .filter(|_| !made_up(bytes, at))
            .map(|end| (NumberKind::IdentityNumber, end))
            .or_else(|| telephone_end(bytes, at).map(|end| (NumberKind::Telephone, end)));
        if let Some((kind, end)) = hit {
            found.push((kind, Span::new(at, end)));
            at = end;
        } else {
            at += first;
        }
    }
    found
}

/// The number of digits from this position on.
fn run(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count()
}

fn identity_end(bytes: &[u8], at: usize, first: usize) -> Option<usize> {
    let end = match first {
        11 => at + 11,
        6 if matches!(bytes.get(at + 6), Some(b' ' | b'-')) && run(bytes, at + 7) == 5 => at + 12,
        _ => return None,
    };
    let pair = |from: usize| {
        bytes
            .get(from..from + 2)
            .map_or(0, |two| two.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    let day = matches!(pair(at), 1..=31 | 41..=71);
    let month = matches!(pair(at + 2), 1..=12 | 41..=52 | 66..=77 | 81..=92);
    (day && month).then_some(end)
}

/// The characters in the last group of a UUID, and those of the groups before it with their dashes (RFC 9562, section 4).
const LAST_GROUP: usize = 12;
const GROUPS_BEFORE: [usize; 4] = [8, 4, 4, 4];

/// The least hexadecimal digits of an id or a digest: those of an object's id in `MongoDB`.
const DIGEST: usize = 24;

/// The most hexadecimal digits of an id or a digest: those of SHA-512. Longer words are not read to their end for each
/// number in them, because that would take minutes in a large file.
const LONGEST_DIGEST: usize = 128;

/// Returns whether the digits here are part of something that no person wrote: a UUID, or an id or digest of
/// hexadecimal digits with letters of one case among them.
fn made_up(bytes: &[u8], at: usize) -> bool {
    let hexadecimal = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let alone = |start: usize, end: usize| {
        let word =
            |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        !start.checked_sub(1).is_some_and(word) && !word(end)
    };
    let (least, most) = (at.saturating_sub(LONGEST_DIGEST), at.saturating_add(LONGEST_DIGEST));
    let start = (least..at).rev().take_while(|before| hexadecimal(*before)).last().unwrap_or(at);
    let end = (at..most).find(|after| !hexadecimal(*after)).unwrap_or(most);
    let digits = bytes.get(start..end).unwrap_or_default();
    let (lower, upper) =
        (digits.iter().any(u8::is_ascii_lowercase), digits.iter().any(u8::is_ascii_uppercase));
    if digits.len() >= DIGEST && lower != upper {
        return alone(start, end);
    }
    let mut first = start;
    for group in GROUPS_BEFORE.into_iter().rev() {
        let Some(of_group) = first.checked_sub(group + 1) else { return false };
        if bytes.get(first - 1) != Some(&b'-') || !(of_group..first - 1).all(hexadecimal) {
            return false;
        }
        first = of_group;
    }
    digits.len() == LAST_GROUP && alone(first, end)
}

/// The most digits of a telephone number (E.164). Groups after them are not read, because a large file may have nothing else.
const LONGEST_TELEPHONE: usize = 15;

/// The end of a telephone number that begins here. It consists of groups of digits with single spaces between them.
fn telephone_end(bytes: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
    let (mut groups, mut digits) = (Vec::new(), 0);
    let mut end = at;
    loop {
        let group = run(bytes, end);
        groups.push(group);
        digits += group;
        if digits > LONGEST_TELEPHONE {
            return None;
        }
        end += group;
        if bytes.get(end) != Some(&b' ') || run(bytes, end + 1) == 0 {
            break;
        }
        end += 1;
    }
    if before == b'+' {
        return (digits >= 8).then_some(end);
    }
    let joined = |byte: u8, marks: &[u8]| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    let alone = !joined(before, b"-/._") && bytes.get(end).is_none_or(|after| !joined(*after, b"-/_"));
    let mobile = matches!(bytes.get(at), Some(b'4' | b'9'))
        && matches!(groups.as_slice(), [8] | [3, 2, 3] | [2, 2, 2, 2]);
    (alone && mobile).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<NumberKind> {
        find_numbers(text).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn numbers_of_people_are_found_however_they_are_written() {
        for text in ["x: 01419900123", "# 010199 00123", "reason: sak 41019900123.", "REQ-01819900123"] {
            assert_eq!(kinds(text), [NumberKind::IdentityNumber], "{text}");
        }
        for text in ["x: 90000000", "tlf 900 00 000", "tlf 40 00 00 00,", "+47 22 00 00 00", "+4722000000"] {
            assert_eq!(kinds(text), [NumberKind::Telephone], "{text}");
        }
    }

    #[test]
    fn what_a_computer_made_up_is_no_number_of_a_person() {
        for text in [
            "accounts: {ignore: [bac8e3b0-e178-4956-a338-01019900123e], adopt: {}}",
            "BAC8E3B0-E178-4956-A338-E01019900123: kari.demostad",
            "urn:uuid:00000000-0000-4000-8000-01019900123a",
            "507f1f77bcf01019900123ab",
            "sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a1101019900123e",
            "main@da39a3ee5e6b4b0d3255bfef95601019900123ff",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
        for text in [
            "bac8e3b0-e178-4956-a338-01019900123",
            "x-e178-4956-a338-01019900123e",
            "fbac8e3b0-e178-4956-a338-01019900123e",
            "bac8e3b0-e178-4956-a338-01019900123e_kari",
            "abc01019900123e",
            "507f1f77Bcf01019900123ab",
            "507f1f77bcf01019900123abKari",
            "e178-01019900123",
        ] {
            assert_eq!(kinds(text), [NumberKind::IdentityNumber], "{text}");
        }
    }

    /// Each number in a word, and each group of digits, was read together with everything after it. In a list of a megabyte
    /// that took minutes, in every pass.
    #[test]
    fn a_word_longer_than_any_digest_and_endless_groups_of_digits_are_not_read_again_for_each_number() {
        let (word, groups) = ("01019900123a".repeat(20_000), "1 ".repeat(100_000));
        assert_eq!(kinds(&word).len(), 20_000);
        assert_eq!(kinds(&groups), []);
        assert_eq!(kinds(&"01019900123a".repeat(10)), [], "120 digits may be a digest");
        assert_eq!(kinds("+1234 5678 9012 345"), [NumberKind::Telephone]);
        assert_eq!(kinds("+1234 5678 9012 3456"), []);
    }

    #[test]
    fn dates_units_and_requests_are_not_numbers_of_people() {
        for text in [
            "2026-09-01",
            "unit: 4207789",
            "REQ-2026-0113",
            "REQ-90000000",
            "20260113001",
            "983974724",
            "1 2 3",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
