//! Findings for programs.

use serde_json::{Value, json as value};

use super::{Finding, Severity};

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
pub fn json(findings: &[Finding]) -> Value {
    value!(findings)
}
