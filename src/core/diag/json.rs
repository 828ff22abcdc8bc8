//! Findings as JSON, for other programs.

use serde_json::{Value, json as value};

use super::{Finding, Lang, Noun, Severity, Text, more, text};

/// The number of findings of each severity, in words.
#[must_use]
pub fn summary(findings: &[Finding]) -> Text {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let told: Vec<Text> = [
        (Severity::Fatal, Noun::new(["stop", "stops"], ["stans", "stanser"])),
        (Severity::Error, Noun::new(["error", "errors"], ["feil", "feil"])),
        (Severity::Held, Noun::new(["hold", "holds"], ["holdt tilbake", "holdt tilbake"])),
        (Severity::Advice, Noun::new(["advice", "advice"], ["råd", "råd"])),
    ]
    .into_iter()
    .map(|(severity, noun)| (count(severity), noun))
    .filter(|(number, _)| *number > 0)
    .map(|(number, noun)| noun.count(number))
    .collect();
    if told.is_empty() { text!(en: "no findings", nb: "ingen funn") } else { Text::joined(told, ", ") }
}

/// The findings as one JSON array.
#[must_use]
pub fn json(findings: &[Finding], lang: Lang) -> Value {
    findings.iter().map(|finding| finding_as_json(finding, lang)).collect()
}

fn finding_as_json(finding: &Finding, lang: Lang) -> Value {
    let Finding { place, severity, code, message, way_out, rules, policies, missing: _ } = finding;
    value!({
        "place": place,
        "severity": severity,
        "code": code,
        "message": message.get(lang),
        "way_out": way_out.get(lang),
        "rules": rules,
        "policies": policies,
        "docs": more(*code),
    })
}
