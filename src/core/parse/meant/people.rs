//! Guesses the id that a name means. The last name may come first, as in a list, letters may differ from those of ids,
//! and the words may be joined in another way.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::bare;
use crate::model::PersonId;

/// The first reading of a text as an id that gives a valid id. `joint` stands between the words of such an id.
pub(crate) fn id<T, E>(text: &str, new: fn(&str) -> Result<T, E>, joint: char) -> Option<String> {
    let bare = bare(text);
    if joint == '.'
        && let Some(inside) = in_brackets(&bare)
        && new(&inside).is_ok()
    {
        return Some(inside);
    }
    if bare.contains("...") || several(text, joint) {
        // Something was left out, or nobody can know which is meant.
        return None;
    }
    let in_order = match bare.split_once(',') {
        Some((last, first)) if !first.contains(',') => format!("{first} {last}"),
        _ => bare.clone(),
    };
    let lower = bare.to_lowercase();
    let address = lower.split_once('@').map_or(lower.as_str(), |(local, _)| local);
    let file = address.trim_end_matches(".sig").trim_end_matches(".yaml").trim_end_matches(".yml");
    // A number is kept as it is written: `REQ-1`, where `REQ-1 @name` stands.
    let before_at = bare.split_once('@').map_or(bare.as_str(), |(local, _)| local);
    let readings = [
        bare.clone(),
        joined(&in_order, joint),
        before_at.trim().to_owned(),
        lower.clone(),
        file.to_owned(),
        joined(&plain_letters(file), joint),
        joined(&plain_letters(&in_order), joint),
    ];
    readings.into_iter().find(|reading| reading != text && new(reading).is_ok())
}

/// Returns the id in `Kari Testesen (kari.testesen)`, the form in which people are shown. Before the brackets stands a
/// name, and not another id.
fn in_brackets(bare: &str) -> Option<String> {
    let (name, rest) = bare.split_once('(')?;
    let inside = rest.strip_suffix(')')?.trim().to_lowercase();
    let is_name = !name.trim().is_empty() && !name.split_whitespace().any(is_whole_id) && !several(name, '.');
    (is_name && is_whole_id(&inside) && PersonId::new(&inside).is_ok()).then_some(inside)
}

/// Returns whether a word is an id with its parts, such as `kari.testesen`, and not initials (`K.A.`).
fn is_whole_id(word: &str) -> bool {
    word.contains('.') && !word.split('.').all(|part| part.chars().count() <= 1)
}

/// Returns whether a text may mean more than one id, or an id and something else: two people, a name and a title, or
/// two numbers. The words of such a text are never joined. `joint` is the character between the words of one id.
pub(in crate::parse) fn several(text: &str, joint: char) -> bool {
    let bare = bare(text);
    let words: Vec<&str> = bare
        .split(|c: char| c.is_whitespace() || matches!(c, '_' | ','))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| !word.is_empty())
        .collect();
    let and = |word: &&str| {
        matches!(word.to_lowercase().as_str(), "og" | "and" | "eller" | "or" | "samt" | "med" | "with")
    };
    if bare.contains([';', '&']) {
        return true;
    }
    if joint == '.' {
        if in_brackets(&bare).is_some() {
            return false;
        }
        let holds_whole = words.len() > 1 && words.iter().any(|word| is_whole_id(word));
        return bare.contains('/') || holds_whole || words.iter().any(and) || !last_name_first(&bare);
    }
    let has_digit = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let is_whole = |word: &&str| has_digit(word) && word.contains(|c: char| c == joint || c.is_alphabetic());
    let (whole, digits) = (
        words.iter().filter(|word| is_whole(word)).count(),
        words.iter().filter(|word| has_digit(word)).count(),
    );
    let begins = words.first().map(|word| word.chars().take_while(|c| c.is_alphabetic()).collect::<String>());
    let begins = begins.filter(|letters| letters.chars().count() > 1).map(|letters| letters.to_lowercase());
    let again = begins
        .is_some_and(|letters| words.iter().skip(1).any(|word| word.to_lowercase().starts_with(&letters)));
    bare.contains(',')
        || (whole > 0 && (digits > 1 || words.iter().any(and)))
        || (words.len() > 1 && digits == words.len())
        || again
}

/// Returns whether the text has no comma, or has one after the last name, as in `Skinnvik, Kristin`. Words after the
/// comma that begin with a small letter are a title or an id.
fn last_name_first(bare: &str) -> bool {
    let Some((last, first)) = bare.split_once(',') else { return true };
    let last_is_name = last.split_whitespace().count() == 1 && !last.contains('.');
    last_is_name && !first.contains(',') && first.trim().starts_with(char::is_uppercase)
}

/// Returns the id in the name of a file that says it is a copy: `kari.testesen - Kopi`, `kari.testesen (1)`.
pub(in crate::parse) fn copy_of(stem: &str) -> Option<&str> {
    let lower = stem.to_lowercase();
    let says_so = ["kopi", "copy"].iter().any(|word| lower.contains(word)) || lower.ends_with(')');
    let mut words = stem.split([' ', '(', ')']);
    let id = words.find(|word| word.contains('.') && PersonId::new(word).is_ok());
    id.filter(|_| says_so)
}

/// The words with this character between them.
fn joined(words: &str, joint: char) -> String {
    let parts =
        words.split(|c: char| c.is_whitespace() || c == '_').map(|word| word.trim_matches(['.', '-']));
    let parts: Vec<&str> = parts.filter(|word| !word.is_empty()).collect();
    parts.join(&joint.to_string())
}

/// The words in small letters from a to z: `å` is `a`, `ø` is `o`, `æ` is `ae`.
fn plain_letters(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ø' => out.push('o'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ł' => out.push('l'),
            'ŋ' => out.push('n'),
            'ŧ' => out.push('t'),
            '\'' | '´' | '`' => {}
            c => out.push(c),
        }
    }
    out
}
