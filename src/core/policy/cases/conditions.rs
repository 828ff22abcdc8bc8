//! Takes the text of a policy apart, into its head and each of its conditions. A condition is a part of a `when` or an
//! `unless` between `&&`.
//!
//! Cedar only tells whether a whole policy holds, and not which part of it does. So each part is asked as a policy of
//! its own, with the same head. A policy that cannot be taken apart stays whole.

use std::ops::Range;

/// The parts of a policy, as bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    /// The head, with its parentheses.
    pub(super) head: Range<usize>,
    /// The conditions, in order.
    pub(super) conditions: Vec<Range<usize>>,
}

/// Takes the text of one policy apart. Returns `None` if it has no head.
pub(super) fn parts(source: &str) -> Option<Parts> {
    let tokens = tokens(source);
    let effect = tokens.iter().position(|token| {
        let word = source.get(token.at.clone()).unwrap_or_default();
        token.depth == 0 && (word == "permit" || word == "forbid")
    })?;
    let after = || tokens.iter().skip(effect + 1);
    let open = after().find(|token| token.is("(", source))?;
    let close = after().find(|token| token.depth == 0 && token.is(")", source))?;
    let mut conditions = Vec::new();
    let mut clause: Option<usize> = None;
    for token in tokens.iter().filter(|token| token.at.start > close.at.start) {
        match (token.depth, clause) {
            (0, None) if token.is("{", source) => clause = Some(token.at.end),
            (0, Some(start)) if token.is("}", source) => {
                conditions.extend(split(source, &tokens, start..token.at.start));
                clause = None;
            }
            _ => {}
        }
    }
    Some(Parts { head: open.at.start..close.at.end, conditions })
}

/// A word or a sign of the text. Comments, strings and spaces do not count.
#[derive(Debug, Clone)]
struct Token {
    at: Range<usize>,
    /// The number of open brackets around it, of any kind. A bracket itself counts as outside.
    depth: usize,
}

impl Token {
    fn is(&self, sign: &str, source: &str) -> bool {
        source.get(self.at.clone()) == Some(sign)
    }
}

fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut depth: usize = 0;
    let mut at = 0;
    while let Some(letter) = source.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = source.get(at..).unwrap_or_default();
        let width = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if letter == '"' {
            string(rest)
        } else if letter.is_alphabetic() || letter == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            found.push(Token { at: at..at + end, depth });
            end
        } else if letter.is_whitespace() {
            letter.len_utf8()
        } else {
            let sign = if rest.starts_with("&&") || rest.starts_with("||") { 2 } else { letter.len_utf8() };
            if matches!(letter, ')' | ']' | '}') {
                depth = depth.saturating_sub(1);
            }
            found.push(Token { at: at..at + sign, depth });
            if matches!(letter, '(' | '[' | '{') {
                depth += 1;
            }
            sign
        };
        at += width.max(1);
    }
    found
}

/// The length of the string at the beginning of a text, with its quotation marks.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Splits a clause into the parts that must all hold. A clause with `||`, or with `if`, is one condition.
fn split(source: &str, tokens: &[Token], clause: Range<usize>) -> Vec<Range<usize>> {
    let own: Vec<&Token> =
        tokens.iter().filter(|token| token.depth == 1 && clause.contains(&token.at.start)).collect();
    if own.iter().any(|token| token.is("||", source) || token.is("if", source)) {
        return vec![clause];
    }
    let mut parts = Vec::new();
    let mut start = clause.start;
    for token in own.iter().filter(|token| token.is("&&", source)) {
        parts.push(start..token.at.start);
        start = token.at.end;
    }
    parts.push(start..clause.end);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(source: &str) -> (String, Vec<String>) {
        let parts = parts(source).unwrap();
        let texts = parts.conditions.iter().map(|range| source[range.clone()].trim().to_owned());
        (source[parts.head].to_owned(), texts.collect())
    }

    #[test]
    fn each_part_that_must_hold_stands_by_itself() {
        let (head, found) = conditions(
            "@id(\"a && b\")\npermit (\n    principal is Administrator,\n    action in [Action::\"grant\"], // one )\n    resource\n)\n\
             when { a.b.contains(\"}\") && c == Role::\"x && y\" }\nunless { [1 && 2] && (d && e) };",
        );
        assert!(head.starts_with("(\n    principal") && head.ends_with(')'), "{head}");
        assert_eq!(found, ["a.b.contains(\"}\")", "c == Role::\"x && y\"", "[1 && 2]", "(d && e)"]);
    }

    #[test]
    fn alternatives_are_one_condition() {
        let (_, found) = conditions(
            "forbid (principal, action, resource) when { a || b && c } when { if a then b else c };",
        );
        assert_eq!(found, ["a || b && c", "if a then b else c"]);
        assert_eq!(conditions("permit (principal, action, resource);").1, [""; 0]);
        assert_eq!(parts("// nothing"), None);
    }
}
