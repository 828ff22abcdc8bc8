//! Findings for programs.

use serde_json::{Value, json as value};

use super::{Finding, Lang, Severity};

/// How many findings of each severity, in words.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let mut parts = Vec::new();
    for (severity, one, many) in [
        (Severity::Fatal, "stop", "stops"),
        (Severity::Error, "error", "errors"),
        (Severity::Held, "hold", "holds"),
        (Severity::Advice, "advice", "advice"),
    ] {
        match count(severity) {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        }
    }
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

/// The findings as one JSON array.
#[must_use]
pub fn json(findings: &[Finding], lang: Lang) -> Value {
    findings.iter().map(|finding| one(finding, lang)).collect()
}

fn one(finding: &Finding, lang: Lang) -> Value {
    let Finding { place, severity, code, message, way_out, rules, policies } = finding;
    value!({
        "place": place,
        "severity": severity,
        "code": code,
        "message": message.get(lang),
        "way_out": way_out.get(lang),
        "rules": rules,
        "policies": policies,
    })
}
