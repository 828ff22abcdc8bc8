//! Finds slips that YAML reports badly: the marks of a merge, a missing space, or a character that a word processor
//! inserted. YAML's own error is some lines below the slip, or it is about another fault. So the lines before the error
//! are searched here first.

use super::page::{FilePage, lines, shown};
use super::span::Span;
use super::{outdented, pasted, private};
use crate::characters::{as_typed, is_put_in, named, type_anew};
use crate::diag::{Code, Finding, Text, text};
use crate::unmerged;
use crate::unmerged::first_mark;

/// Finds the first such slip in a text that cannot be read, up to the line of the error. Marks of a merge, and marks of
/// pasted lines, are searched in the whole text.
pub(super) fn before(page: FilePage<'_>, error_line: usize) -> Option<Finding> {
    let of_one_line = || pasted::before(page, error_line).or_else(|| in_lines(page, 1, error_line));
    let too_far_out = || outdented::before(page, error_line);
    let missing = || missing_hyphen(page, error_line).or_else(|| first_without_hyphen(page, error_line));
    let hyphen = || hyphen_astray(page, error_line).or_else(missing);
    let of_two_lines = || missing_colon(page, error_line).or_else(hyphen);
    marks(page).or_else(of_one_line).or_else(too_far_out).or_else(of_two_lines)
}

/// The first slip in the lines of a value that should have been keys and values.
pub(super) fn within(page: FilePage<'_>, value: Span) -> Option<Finding> {
    let line_of = |at: u32| page.text.get(..at as usize).map_or(1, |before| before.matches('\n').count() + 1);
    in_lines(page, line_of(value.start), line_of(value.end))
}

fn marks(page: FilePage<'_>) -> Option<Finding> {
    let mark = first_mark(page.text)?;
    let (message, way_out) = unmerged::message_and_way_out();
    Some(page.finding(Code::NotYaml, Span::new(mark.start, mark.end), message, way_out))
}

fn in_lines(page: FilePage<'_>, first: usize, last: usize) -> Option<Finding> {
    let between = lines(page.text).skip_while(|(number, ..)| *number < first);
    between.take_while(|(number, ..)| *number <= last).find_map(|(number, start, line)| {
        put_in(page, start, line, number == last).or_else(|| missing_space(page, start, line))
    })
}

/// Finds an inserted character where YAML reads the form of a line: before the key, in it, or right after it. In the
/// line of the error it may also be the first character of the value, such as a curly quotation mark.
fn put_in(page: FilePage<'_>, start: usize, line: &str, has_error: bool) -> Option<Finding> {
    if line.trim_start().starts_with('#') {
        return None;
    }
    let typed_colon = |(_, c): &(usize, char)| as_typed(&c.to_string()) == ":";
    let colon = line.char_indices().find(typed_colon);
    let form = colon.map_or(0, |(at, c)| at + c.len_utf8());
    let value = line.get(form..).unwrap_or_default();
    let first = value.chars().take_while(|c| *c == ' ').count();
    let beginning = value.get(first..).and_then(|value| value.chars().next());
    let beginning =
        beginning.filter(|c| is_put_in(*c) && (has_error || as_typed(&c.to_string()).trim().is_empty()));
    let in_form = line.char_indices().take_while(|(at, _)| *at < form);
    let bullet = line.find(|c: char| c != ' ').and_then(|at| Some((at, line.get(at..)?.chars().next()?)));
    let (at, c) = in_form
        .chain(beginning.map(|c| (form + first, c)))
        .find(|(_, c)| is_put_in(*c))
        .or_else(|| bullet.filter(|(_, c)| *c == '\u{2022}' || *c == '\u{b7}' || is_put_in(*c)))?;
    let what = named(c);
    let message = text!(
        with what;
        en: "Here stands {what}, which word processors and mail programs put in.",
        nb: "Her står {what}, som tekstbehandlere og e-postprogrammer setter inn."
    );
    let there = Span::new(start + at, start + at + c.len_utf8());
    Some(page.finding(Code::NotYaml, there, message, type_anew()))
}

/// Finds a colon or a hyphen without the space after it.
fn missing_space(page: FilePage<'_>, start: usize, line: &str) -> Option<Finding> {
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    let body = line.get(indent..)?;
    let (hyphens, entry) = after_hyphens(body);
    let at = |within: usize, width: usize| {
        let from = start + indent + within;
        Span::new(from, from + width)
    };
    if let Some(rest) = entry.strip_prefix('-')
        && rest.starts_with(char::is_alphabetic)
        && rest.contains(':')
    {
        return Some(spaced(page, at(hyphens, entry.len()), no_space_after_hyphen(), "-", rest));
    }
    let (key, value) = keyed(entry)?;
    Some(spaced(page, at(hyphens, entry.len()), no_space_after_colon(key), &format!("{key}:"), value))
}

/// Says that nothing separates a hyphen from its key.
pub(super) fn no_space_after_hyphen() -> Text {
    text!(
        en: "The space after the hyphen is missing.",
        nb: "Mellomrommet etter bindestreken mangler."
    )
}

/// Says that nothing separates a colon from its value.
pub(super) fn no_space_after_colon(key: &str) -> Text {
    text!(
        en: "The space after the colon is missing: `{key}:`.",
        nb: "Mellomrommet etter kolonet mangler: `{key}:`."
    )
}

/// Finds a key without its colon, alone on its line, with its lines below it: `access`.
fn missing_colon(page: FilePage<'_>, error_line: usize) -> Option<Finding> {
    let mut all = lines(page.text).filter(|(_, _, line)| is_written(line)).peekable();
    while let Some((number, start, line)) = all.next() {
        if number > error_line {
            return None;
        }
        let (_, _, below) = all.peek()?;
        let (depth, key) = (indent(line), line.trim_start_matches(' ').trim_end());
        let is_word = key.starts_with(char::is_alphabetic)
            && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let holds = below.contains(':')
            && (indent(below) > depth || (indent(below) == depth && below.trim_start().starts_with("- ")));
        if is_word && holds {
            let span = Span::new(start + depth, start + depth + key.len());
            let key = shown(key);
            let message = text!(en: "A line without a colon: `{key}`.", nb: "En linje uten kolon: `{key}`.");
            let way_out = text!(en: "Write `{key}:`.", nb: "Skriv `{key}:`.");
            return Some(page.finding(Code::NotYaml, span, message, way_out));
        }
    }
    None
}

/// The lines with content up to the line of the error, each with its number and the byte where it begins.
fn written_until(page: FilePage<'_>, error_line: usize) -> Vec<(usize, usize, &str)> {
    let until = lines(page.text).take_while(|(number, ..)| *number <= error_line);
    until.filter(|(_, _, line)| is_written(line)).collect()
}

/// Finds an entry whose hyphen is too far to the left, or whose other lines are too far to the right, so that they are
/// not in one column.
fn hyphen_astray(page: FilePage<'_>, error_line: usize) -> Option<Finding> {
    let written = written_until(page, error_line);
    let [.., (_, start, hyphen), (number, _, below)] = written.as_slice() else { return None };
    let (key, value) = hyphen.trim_start_matches(' ').strip_prefix("- ")?.split_once(": ")?;
    let (name, _) = below.trim_start().split_once(':')?;
    let astray = indent(below).checked_sub(indent(hyphen) + 2).filter(|spaces| *spaces > 0)?;
    if *number != error_line || value.trim().is_empty() {
        return None;
    }
    let (key, name) = (shown(key.trim()), shown(name.trim()));
    let message = text!(
        en: "`{key}` and `{name}` belong to one entry, and do not begin in the same column.",
        nb: "`{key}` og `{name}` hører til én oppføring, og begynner ikke i samme kolonne."
    );
    let way_out = text!(
        en: "Put {astray} more spaces before the hyphen, if it stands too far out; if not, move the lines below it out by {astray}.",
        nb: "Sett {astray} mellomrom til foran bindestreken hvis den står for langt ut; hvis ikke, flytt linjene under den {astray} mellomrom ut."
    );
    let span = Span::new(start + indent(hyphen), start + hyphen.trim_end().len());
    Some(page.finding(Code::NotYaml, span, message, way_out))
}

/// Finds an entry without its hyphen. Its first key is in the column of the hyphens, and is also the first key of the
/// entry before it.
fn missing_hyphen(page: FilePage<'_>, error_line: usize) -> Option<Finding> {
    let mut written = written_until(page, error_line);
    let (number, start, line) = written.pop()?;
    let (key, _) = line.trim_start().split_once(':')?;
    let is_before = |(_, _, before): &&(usize, usize, &str)| indent(before) == indent(line);
    let (_, _, before) = written.iter().rev().find(is_before)?;
    let (first, _) = before.trim_start().strip_prefix("- ")?.split_once(':')?;
    if number != error_line || first != key {
        return None;
    }
    let [message, way_out] = hyphen_is_missing(key);
    let at = start + indent(line);
    Some(page.finding(Code::NotYaml, Span::new(at, at + key.len()), message, way_out))
}

/// Finds the first entry of a list without its hyphen. YAML reads this entry as the whole list, and reports the next
/// entry.
fn first_without_hyphen(page: FilePage<'_>, error_line: usize) -> Option<Finding> {
    let mut written = written_until(page, error_line);
    let (number, _, next) = written.pop()?;
    let (key, _) = next.trim_start().strip_prefix("- ")?.split_once(':')?;
    let is_outside = |(_, _, line): &(usize, usize, &str)| indent(line) <= indent(next);
    let list = written.iter().rposition(is_outside)?;
    let (_, _, name) = written.get(list)?;
    let (_, start, first) = written.get(list + 1)?;
    let begins = first.trim_start().split_once(':').is_some_and(|(found, _)| found == key);
    let holds_a_list = name.trim_end().ends_with(':') && !name.trim_start().starts_with("- ");
    if number != error_line || !begins || !holds_a_list || indent(first) != indent(next) + 2 {
        return None;
    }
    let key = shown(key);
    let message = text!(
        en: "Here the first entry begins, and its hyphen is missing.",
        nb: "Her begynner den første oppføringen, og bindestreken mangler."
    );
    let way_out = text!(
        en: "Write `- {key}:`, with the hyphen above those of the other entries.",
        nb: "Skriv `- {key}:`, med bindestreken over dem i de andre oppføringene."
    );
    let at = start + indent(first);
    Some(page.finding(Code::NotYaml, Span::new(at, at + key.len()), message, way_out))
}

/// Returns the words about an entry without its hyphen.
pub(super) fn hyphen_is_missing(key: &str) -> [Text; 2] {
    let key = shown(key);
    [
        text!(
            en: "Here begins another entry, and its hyphen is missing.",
            nb: "Her begynner en ny oppføring, og bindestreken mangler."
        ),
        text!(
            en: "Write `- {key}:`, with the hyphen under that of the entry before it.",
            nb: "Skriv `- {key}:`, med bindestreken under den i oppføringen før."
        ),
    ]
}

/// Returns whether a line has more than a comment.
fn is_written(line: &str) -> bool {
    !line.trim().is_empty() && !line.trim_start().starts_with('#')
}

/// The number of spaces that a line begins with.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The finding about a missing space, with the line as it should be. A number that may not be written down is not repeated.
fn spaced(page: FilePage<'_>, span: Span, message: Text, before: &str, after: &str) -> Finding {
    let after = after.split(" #").next().unwrap_or_default().trim_end();
    let way_out = if private::find_numbers(after).is_empty() && !after.contains('`') {
        let line = shown(&format!("{before} {after}"));
        text!(en: "Write `{line}`.", nb: "Skriv `{line}`.")
    } else {
        text!(en: "Put a space there.", nb: "Sett et mellomrom der.")
    };
    page.finding(Code::NotYaml, span, message, way_out)
}

/// Returns the width of the hyphens that begin entries, and the text after them.
fn after_hyphens(body: &str) -> (usize, &str) {
    let mut rest = body;
    while let Some(inner) = rest.strip_prefix("- ") {
        rest = inner.trim_start_matches(' ');
    }
    (body.len() - rest.len(), rest)
}

/// Splits a key and a value that have no space after the colon between them. It is `None` for an address (`https://…`).
pub(super) fn keyed(words: &str) -> Option<(&str, &str)> {
    let (key, value) = words.split_once(':')?;
    let key = key.trim_end();
    let is_key = key.starts_with(char::is_alphanumeric)
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let joined = !value.is_empty() && !value.starts_with([' ', '\t', ':']) && !value.starts_with("//");
    (is_key && joined).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_joined_to_its_value_only_without_a_space() {
        assert_eq!(keyed("role:LU"), Some(("role", "LU")));
        assert_eq!(keyed("max_lis_months :12"), Some(("max_lis_months", "12")));
        assert_eq!(keyed("100082:Haukeland"), Some(("100082", "Haukeland")));
        for none in
            ["role: LU", "role:", "https://example.org", "see: a:b", "a b:c", "\"a\":b", "x::y", "plain"]
        {
            assert_eq!(keyed(none), None, "{none}");
        }
    }
}
