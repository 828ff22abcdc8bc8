//! Changes the layout of the policies, and never their meaning.
//!
//! Cedar's own formatter lays out each policy. Only the brace of a long condition stays on the line of its word. The
//! text between the policies (headings, comments, empty lines) stays, except for spaces at the end of a line and for
//! more than one empty line. The result is only returned under three conditions. It says the same, policy by policy. It
//! has every comment. And formatting it again changes nothing.

use cedar_policy::{Policy, PolicySet};
use cedar_policy_formatter::{Config, policies_str_to_pretty};
use serde_json::Value;

use super::load::policies_in_order;
use super::place::PolicyText;
use super::promises::PROMISE_FILES;
use crate::diag::{Code, Finding, Place, text};
use crate::model::FilePath;

/// The width of a line and of an indentation, in characters.
const LAYOUT: Config = Config { line_width: 110, indent_width: 4 };

/// The files with policies and promises, which can be formatted. The schema is not one of them.
#[must_use]
pub fn can_be_formatted(path: &FilePath) -> bool {
    let path = path.as_str();
    let plain = ["policies/administration.cedar", "policies/advice.cedar", "policies/capabilities.cedar"];
    plain.contains(&path) || PROMISE_FILES.contains(&path)
}

/// Returns the formatted text of one file.
///
/// # Errors
/// The file is not Cedar, or its layout cannot be changed without changing its meaning.
pub fn formatted(path: &FilePath, words: &str) -> Result<String, Vec<Finding>> {
    let text = PolicyText { path: path.clone(), words: words.to_owned() };
    let before = words.parse::<PolicySet>().map_err(|errors| text.reported(&errors))?;
    let made = laid_out(&text, &before).ok_or_else(|| vec![left_unchanged(path)])?;
    let after = PolicyText { path: path.clone(), words: made };
    let same = after.words.parse::<PolicySet>().ok().filter(|parsed| {
        meaning(&after, parsed) == meaning(&text, &before)
            && comments(&after.words) == comments(words)
            && laid_out(&after, parsed).as_deref() == Some(after.words.as_str())
    });
    if same.is_none() {
        return Err(vec![left_unchanged(path)]);
    }
    Ok(after.words)
}

/// The text with each policy laid out anew. It is `None` if a policy is not found in it, or cannot be laid out.
fn laid_out(text: &PolicyText, parsed: &PolicySet) -> Option<String> {
    let mut out = String::with_capacity(text.words.len());
    let mut at = 0;
    for (policy, start) in policies_in_order(text, parsed) {
        let source = policy.to_cedar()?;
        out.push_str(&text_between(text.words.get(at..start)?));
        let end = start + source.len();
        if text.words.get(start..end)? != source {
            return None;
        }
        out.push_str(opened(&policies_str_to_pretty(&source, &LAYOUT).ok()?).trim_end());
        at = end;
    }
    out.push_str(&text_between(text.words.get(at..)?));
    let mut out = out.trim().to_owned();
    out.push('\n');
    Some(out)
}

/// Puts the brace of a condition of several lines on the line of its `when` or `unless`, like the brace of a short one.
/// Cedar's formatter puts it on a line of its own.
fn opened(laid_out: &str) -> String {
    laid_out.replace("\nwhen\n{", "\nwhen {").replace("\nunless\n{", "\nunless {")
}

/// Returns the text between two policies, without spaces at the end of its lines and without two empty lines in a row.
fn text_between(words: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut all = words.split('\n').map(str::trim_end).peekable();
    while let Some(line) = all.next() {
        let edge = lines.is_empty() || all.peek().is_none();
        let repeats = line.is_empty() && lines.len() > 1 && lines.last().is_some_and(|last| last.is_empty());
        if edge || !repeats {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Returns the meaning of the policies, in order, without their layout.
fn meaning(text: &PolicyText, parsed: &PolicySet) -> Option<Vec<Value>> {
    policies_in_order(text, parsed)
        .into_iter()
        .map(|(policy, _): (&Policy, usize)| policy.to_json().ok())
        .collect()
}

/// Returns every comment, in order.
fn comments(words: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = words;
    while let Some(at) = rest.find(['"', '/']) {
        let (_, from) = rest.split_at(at);
        let width = if from.starts_with("//") {
            let end = from.find('\n').unwrap_or(from.len());
            found.extend(from.get(..end).map(str::trim_end));
            end
        } else if from.starts_with('"') {
            let mut escaped = false;
            let end = from.char_indices().skip(1).find(|(_, letter)| {
                let ends = *letter == '"' && !escaped;
                escaped = *letter == '\\' && !escaped;
                ends
            });
            end.map_or(from.len(), |(at, _)| at + 1)
        } else {
            1
        };
        rest = from.get(width..).unwrap_or_default();
    }
    found
}

fn left_unchanged(path: &FilePath) -> Finding {
    let message = text!(
        en: "this file cannot be formatted without the risk of losing something, so it is left as it is",
        nb: "denne filen kan ikke formateres uten fare for å miste noe, så den står som den er"
    );
    let way_out = text!(
        en: "Look for a comment in the middle of a condition, and put it on a line of its own before the policy.",
        nb: "Se etter en kommentar midt i et vilkår, og sett den på en egen linje foran tilgangsregelen."
    );
    Finding::new(Code::PolicyUnformatted, message, way_out).at(Place::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(words: &str) -> String {
        formatted(&FilePath::new("policies/advice.cedar"), words).unwrap()
    }

    const UNTIDY: &str = "// What is advised.\n\n\n\n// ---- R21 ----   \n\n// Two sentences,\n// in two lines.\n@id(\"a\")\n@rule(\"R21\") @says(\"A \\\"b\\\" // c\")\npermit(principal is Administrator,action==Action::\"grant\",resource)\nwhen{context.self};\n\n\n// The end.\n";

    #[test]
    fn what_stands_between_the_policies_is_kept_and_each_policy_is_laid_out() {
        let tidy = made(UNTIDY);
        assert!(tidy.starts_with("// What is advised.\n\n// ---- R21 ----\n\n// Two sentences,\n// in two lines.\n@id(\"a\")\n@rule(\"R21\")\n"), "{tidy}");
        assert!(tidy.ends_with(";\n\n// The end.\n"), "{tidy}");
        assert!(tidy.contains("@says(\"A \\\"b\\\" // c\")\npermit"), "{tidy}");
        assert_eq!(made(&tidy), tidy);
    }

    #[test]
    fn a_condition_of_several_lines_begins_on_the_line_of_its_word() {
        let long = "principal.offices.contains(Office::\"register-leader\") && resource.offices.contains(Office::\"system-manager\")";
        let words = format!(
            "@id(\"a\")\npermit (principal, action, resource)\nwhen {{ {long} }}\nunless {{ {long} }};\n"
        );
        let tidy = made(&words);
        assert!(
            tidy.contains(")\nwhen {\n    principal") && tidy.contains("}\nunless {\n    principal"),
            "{tidy}"
        );
        assert_eq!(made(&tidy), tidy);
    }

    #[test]
    fn a_comment_is_found_where_it_is_one() {
        let words = "// a\n@says(\"no // comment \\\" // here\")\nb // c  \n/ d";
        assert_eq!(comments(words), ["// a", "// c"]);
    }

    #[test]
    fn what_is_no_cedar_is_told_and_not_formatted() {
        let findings = formatted(&FilePath::new("policies/advice.cedar"), "permit (").unwrap_err();
        assert_eq!(findings[0].code, Code::PoliciesInvalid);
    }
}
