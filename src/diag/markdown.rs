//! Findings as Markdown, for a comment on a proposed change. Whatever stands in a file stays plain text: no
//! markup, no link, nobody is called by `@`, no issue is referred to by `#`.

use std::fmt::Write as _;

use super::{Finding, Lang, Severity, link};

/// A list, gravest first.
#[must_use]
pub fn markdown(findings: &[Finding], lang: Lang) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    let mut text = String::new();
    for finding in sorted {
        let mark = match finding.severity {
            Severity::Fatal | Severity::Error => "❌",
            Severity::Held => "⏸️",
            Severity::Advice => "💡",
        };
        let (word, code) = (finding.severity.word(lang), finding.code);
        let _ = write!(text, "- {mark} **{word}** [{code}]({})", link(code));
        if let Some(place) = &finding.place {
            let _ = write!(text, " {}", inert(place.file.as_str()));
            if place.line > 0 {
                let _ = write!(text, " ({}:{})", place.line, place.column);
            }
        }
        let _ = writeln!(text, "\n  {}", inert(finding.message.get(lang)));
        let decided: Vec<&String> = finding.rules.iter().chain(&finding.policies).collect();
        if !decided.is_empty() {
            let ids: Vec<String> = decided.into_iter().map(|id| inert(id)).collect();
            let _ = writeln!(text, "  *{}*", ids.join(", "));
        }
        if !finding.way_out.is_empty() {
            let _ = writeln!(text, "  → {}", inert(finding.way_out.get(lang)));
        }
    }
    text
}

/// What parts a mention, a reference or an emoji from the sign that makes it one: forges look for those in the
/// finished text, where a backslash is gone. A comment is not seen, and not copied with the text.
const APART: &str = "<!-- -->";

/// Words on one line that Markdown shows as they are, within a paragraph, a list item or a cell of a table.
#[must_use]
pub fn inert(words: &str) -> String {
    let plain: String = words.chars().map(shown).collect();
    let mut out = String::with_capacity(plain.len() * 2);
    let mut letters = plain.trim().chars().peekable();
    while let Some(c) = letters.next() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | ';' | '?' | '%' | '/' | '\'') {
            out.push('\\');
        }
        out.push(c);
        let joins = letters.peek().is_some_and(|next| !next.is_whitespace());
        // `@name`, `#12`, `:tada:`, and `GH-12`, which GitHub takes for `#12`.
        if joins && matches!(c, '@' | '#' | ':') || c == '-' && out.to_ascii_lowercase().ends_with("gh\\-") {
            out.push_str(APART);
        }
    }
    out
}

/// Line ends and tabs become spaces; what cannot be seen, or turns the text round, is shown as a replacement.
fn shown(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => '\u{fffd}',
        '\u{2060}'..='\u{206f}' | '\u{feff}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    /// All that changes what a text is; quotation marks that turn round are not asked for.
    fn options() -> Options {
        Options::all().difference(Options::ENABLE_SMART_PUNCTUATION)
    }

    /// The text Markdown shows for a cell of a table, if there is nothing in it but text.
    fn read_back(words: &str) -> Option<String> {
        let table = format!("| a | b |\n|---|---|\n| {} | end |\n", inert(words));
        let mut cells = Vec::new();
        for event in Parser::new_ext(&table, options()) {
            match event {
                Event::Start(Tag::TableCell) => cells.push(String::new()),
                Event::Text(text) => cells.last_mut()?.push_str(&text),
                Event::InlineHtml(comment) if &*comment == APART => {}
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow) => {}
                Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) => {}
                _ => return None,
            }
        }
        let [_, _, shown, end] = cells.as_slice() else { return None };
        (end == "end").then(|| shown.clone())
    }

    /// The same, at the beginning of a paragraph.
    fn in_a_paragraph(words: &str) -> Option<String> {
        let mut text = String::new();
        for event in Parser::new_ext(&inert(words), options()) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::InlineHtml(comment) if &*comment == APART => {}
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                _ => return None,
            }
        }
        Some(text)
    }

    fn expected(words: &str) -> String {
        words.chars().map(shown).collect::<String>().trim().to_owned()
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
        assert_eq!(inert("@kari"), "\\@<!-- -->kari");
        assert_eq!(inert("eier/arkiv#12"), "eier/arkiv\\#<!-- -->12");
        assert_eq!(inert("GH-12"), "GH\\-<!-- -->12");
        assert_eq!(inert(":tada:"), "\\:<!-- -->tada\\:");
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
