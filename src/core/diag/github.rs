//! Findings as annotations of a GitHub workflow run. Text from a file cannot begin another command, because the
//! special characters are escaped in the same way as in GitHub's own toolkit.

use std::fmt::Write as _;

use super::{Finding, Lang, Severity};

/// Writes one workflow command per line.
#[must_use]
pub fn github(findings: &[Finding], lang: Lang) -> String {
    let mut text = String::new();
    for finding in findings {
        let kind = match finding.severity {
            Severity::Fatal | Severity::Error => "error",
            Severity::Held => "warning",
            Severity::Advice => "notice",
        };
        let mut properties = vec![format!("title={}", property(finding.code.as_str()))];
        if let Some(place) = &finding.place {
            properties.push(format!("file={}", property(place.file.as_str())));
            if place.line > 0 {
                properties.push(format!("line={}", place.line));
                properties.push(format!("col={}", place.column));
                properties.push(format!("endColumn={}", place.end_column));
            }
        }
        let mut body = finding.message.get(lang).to_owned();
        if !finding.rules.is_empty() {
            let _ = write!(body, " ({})", finding.rules.join(", "));
        }
        if !finding.way_out.is_empty() {
            let _ = write!(body, " {}", finding.way_out.get(lang));
        }
        let _ = writeln!(text, "::{kind} {}::{}", properties.join(","), message(&body));
    }
    text
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Place, Text};
    use crate::model::FilePath;

    #[test]
    fn what_stands_in_a_file_begins_no_command() {
        let place = Place::span(&FilePath::new("a,b:c.yaml"), "name: x\n", 6, 7);
        let finding =
            Finding::new(Code::BadValue, Text::same("100 %\n::error::no"), Text::same("Do.")).at(place);
        assert_eq!(
            github(&[finding], Lang::En),
            "::error title=bad-value,file=a%2Cb%3Ac.yaml,line=1,col=7,endColumn=7::100 %25%0A::error::no Do.\n"
        );
    }
}
