//! Shows words from files unchanged. In a comment on a forge they never become markup, a link, a mention of a person
//! or a reference.
//!
//! Two programs read a comment. Backslashes stop Markdown. After that the forge searches the rendered text, which has
//! no backslashes, for `@name`, `#12`, `!12`, addresses and the like. An invisible character between the sign and the
//! next character stops this.

use crate::invisible::is_invisible;

/// The zero-width space. It is written as an entity, so that it is visible in the source of a comment.
const APART: &str = "&#8203;";

/// Signs that begin a reference on GitHub or GitLab when another character follows them. They refer to people, issues,
/// merge requests, snippets, milestones, labels, epics or emoji. The colon also joins an address to its scheme.
const SIGNS: &str = "@#!$%~&:^";

/// Escapes the words as one line that Markdown shows unchanged in a paragraph, a list item or a table cell.
#[must_use]
pub fn inert(words: &str) -> String {
    let plain = plain(words);
    let mut out = String::with_capacity(plain.len() * 2);
    let mut rest = plain.trim().chars().peekable();
    while let Some(c) = rest.next() {
        // `www.` begins an address, no matter what follows it.
        if c == '.' && ends(&out, "www") {
            out.push_str(APART);
        }
        if c.is_ascii_punctuation() && !",;".contains(c) {
            out.push('\\');
        }
        out.push(c);
        let next = rest.peek().copied();
        let joined = next.is_some_and(|next| !next.is_whitespace());
        // Words from a file may follow this sign. Only `:` and `%` can end one of the program's own sentences.
        let sign = SIGNS.contains(c) && (joined || (next.is_none() && !":%".contains(c)));
        // `GH-12` is a reference to an issue on GitHub.
        if sign || (joined && c == '-' && ends(&out, "gh\\-")) {
            out.push_str(APART);
        }
    }
    out
}

fn ends(written: &str, end: &str) -> bool {
    let tail = written.len().checked_sub(end.len()).and_then(|at| written.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Puts the words in a code span. If a span cannot show them unchanged, the words are escaped by [`inert`] instead.
#[must_use]
pub fn code(words: &str) -> String {
    let plain = plain(words);
    let plain = plain.trim();
    if plain.is_empty() || plain.contains(['`', '|', '\\', '$']) {
        inert(plain)
    } else {
        format!("`{plain}`")
    }
}

/// Formats one of the program's own sentences. The text between grave accents becomes a code span. If the grave
/// accents do not pair, the whole sentence is plain text.
#[must_use]
pub fn prose(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return inert(sentence);
    }
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 {
            join(&mut out, &code(part));
            continue;
        }
        // The spaces beside a span belong to the sentence.
        out.push_str(if at > 0 && part.starts_with(' ') { " " } else { "" });
        join(&mut out, &inert(part));
        out.push_str(if part.len() > 1 && part.ends_with(' ') && at + 1 < parts.len() { " " } else { "" });
    }
    out
}

/// Appends words that are unrelated to the words before them, and keeps the two from becoming one word.
pub fn join(out: &mut String, next: &str) {
    let parted = |c: char| c == '`' || c.is_whitespace();
    if out.ends_with('`') && next.starts_with('`') {
        // Two adjacent spans would read as one span.
        out.push(' ');
    } else if !out.is_empty() && !next.is_empty() && !out.ends_with(parted) && !next.starts_with(parted) {
        out.push_str(APART);
    }
    out.push_str(next);
}

/// Replaces line ends and tabs by spaces. Replaces invisible characters and characters that reverse the text by a
/// replacement character.
#[must_use]
pub fn plain(words: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_invisible(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    words.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    /// All Markdown extensions that change the kind of a text. Smart quotation marks are left out.
    fn options() -> Options {
        Options::all().difference(Options::ENABLE_SMART_PUNCTUATION)
    }

    /// The visible text, without the invisible characters that keep signs apart.
    fn seen(text: &str) -> String {
        text.replace('\u{200b}', "")
    }

    /// The text that Markdown shows for a table cell, or `None` if the cell holds anything but text.
    fn read_back(words: &str) -> Option<String> {
        let table = format!("| a | b |\n|---|---|\n| {} | end |\n", inert(words));
        let mut cells = Vec::new();
        for event in Parser::new_ext(&table, options()) {
            match event {
                Event::Start(Tag::TableCell) => cells.push(String::new()),
                Event::Text(text) => cells.last_mut()?.push_str(&text),
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow) => {}
                Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) => {}
                _ => return None,
            }
        }
        let [_, _, shown, end] = cells.as_slice() else { return None };
        (end == "end").then(|| seen(shown))
    }

    /// The same for the beginning of a paragraph.
    fn in_a_paragraph(words: &str) -> Option<String> {
        let mut text = String::new();
        for event in Parser::new_ext(&inert(words), options()) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                _ => return None,
            }
        }
        Some(seen(&text))
    }

    fn expected(words: &str) -> String {
        plain(words).trim().to_owned()
    }

    #[test]
    fn what_would_be_markup_is_text() {
        for words in [
            "`code` *a* __b__ ~~c~~ $x$",
            "<script>alert(1)</script> &amp; <!-- hidden -->",
            "[link](https://example.org) ![picture](x) https://example.org www.example.org a@example.org",
            "a | b",
            "# heading",
            "- item\n- item",
            "1. one",
            "12) two",
            "+ plus",
            "> quote\n\n    code\n```\nfence",
            "===",
            "line\\",
            "[^1] [ ] x",
        ] {
            assert_eq!(read_back(words), Some(expected(words)), "{words}: {}", inert(words));
            assert_eq!(in_a_paragraph(words), Some(expected(words)), "{words}: {}", inert(words));
        }
    }

    #[test]
    fn nobody_is_called_and_nothing_is_referred_to() {
        assert_eq!(inert("@kari"), "\\@&#8203;kari");
        assert_eq!(inert("eier/arkiv#12"), "eier\\/arkiv\\#&#8203;12");
        assert_eq!(inert("GH-12"), "GH\\-&#8203;12");
        assert_eq!(inert(":tada:"), "\\:&#8203;tada\\:");
        assert_eq!(inert("a\u{202e}b\u{7}"), "a\u{fffd}b\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_text_is_shown_as_it_is(words in "\\PC{0,40}|[-`*_\\[\\]()<>#@|!&~$:=+.0-9a-z\\\\ \n\t]{0,40}") {
            prop_assert_eq!(read_back(&words), Some(expected(&words)), "{}", inert(&words));
            prop_assert_eq!(in_a_paragraph(&words), Some(expected(&words)), "{}", inert(&words));
        }
    }
}
