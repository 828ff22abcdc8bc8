//! Findings as SARIF 2.1.0, for the code scanning of a forge and for the tools of reviewers.
//!
//! A finding that only moved to another line keeps its fingerprint. Paths are URIs relative to the directory where the
//! program ran. Columns count characters, as everywhere in this program.
//!
//! GitHub refuses a run of more than 25,000 results and shows 5,000 of it ("SARIF support for code scanning", in its
//! documentation), so a run here has 5,000 at most, the gravest.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::capped::{Capped, capped, left_out_words};
use super::{Code, Finding, Lang, Place, Severity, Text, more, page};
use crate::model::Digest;

/// The published address of the schema (OASIS, SARIF 2.1.0 with errata 01).
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The characters to escape: all except the unreserved characters of RFC 3986 and the path separator.
const OUTSIDE: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The largest number of results in a run.
const SHOWN: usize = 5000;

/// Writes one run. Every kind of finding is a rule, and the findings are the results.
#[must_use]
pub fn sarif(findings: &[Finding], lang: Lang) -> Value {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| rule(*code, lang)).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let Capped { kept, left_out } = capped(findings, SHOWN);
    let results: Vec<Value> = kept
        .into_iter()
        .map(|finding| {
            let what = identity(finding);
            let nth = seen.entry(what.clone()).or_default();
            *nth += 1;
            result(finding, lang, &format!("{what}\0{nth}"))
        })
        .collect();
    let notes: Vec<Value> = left_out_words(&left_out)
        .iter()
        .map(|told| json!({ "level": "warning", "message": { "text": told.get(lang) } }))
        .collect();
    let counts: BTreeMap<&str, usize> =
        left_out.iter().map(|(severity, count)| (severity.word(Lang::En), *count)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "portvakt",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "language": lang.code(),
                "rules": rules,
            }},
            "language": lang.code(),
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notes }],
            "properties": { "left-out": counts },
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal | Severity::Error => "error",
        Severity::Held => "warning",
        Severity::Advice => "note",
    }
}

/// Describes a kind of finding as a rule. The help text is in both languages, with the chosen language first, because
/// the person who reads the report on the forge did not choose its language.
fn rule(code: Code, lang: Lang) -> Value {
    let (meaning, next) = (code.meaning(), code.next());
    let both = |text: &Text| match lang {
        Lang::En => [text.get(Lang::En).to_owned(), text.get(Lang::Nb).to_owned()],
        Lang::Nb => [text.get(Lang::Nb).to_owned(), text.get(Lang::En).to_owned()],
    };
    let [[meant, meant_too], [todo, todo_too]] = [both(&meaning), both(&next)];
    let plain = format!("{meant} {todo}\n\n{meant_too} {todo_too}");
    json!({
        "id": code,
        "shortDescription": { "text": meant },
        "fullDescription": { "text": meant },
        "help": { "text": plain, "markdown": format!("{}\n`{}`\n", page(code, lang), more(code)) },
        "defaultConfiguration": { "level": level(code.severity()) },
        "properties": { "tags": code.rules() },
    })
}

fn result(finding: &Finding, lang: Lang, identity: &str) -> Value {
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": Code::ALL.iter().position(|code| *code == finding.code),
        "level": level(finding.severity),
        "message": { "text": words(finding, lang) },
        "partialFingerprints": { "portvakt/v1": Digest::of(identity.as_bytes()).to_string() },
        "properties": { "rules": finding.rules, "policies": finding.policies },
    });
    if let (Some(place), Value::Object(result)) = (&finding.place, &mut result) {
        result.insert("locations".to_owned(), json!([{ "physicalLocation": location(place) }]));
    }
    result
}

fn location(place: &Place) -> Value {
    let uri = utf8_percent_encode(place.file.as_str(), &OUTSIDE).to_string();
    let mut location = json!({ "artifactLocation": { "uri": uri } });
    if let (Value::Object(location), true) = (&mut location, place.line > 0) {
        let region = json!({
            "startLine": place.line,
            "startColumn": place.column,
            // SARIF ends a region at the column after the last one.
            "endColumn": place.end_column + 1,
        });
        location.insert("region".to_owned(), region);
    }
    location
}

/// The message with the rules and the next step. Text from a file must not make a link, because SARIF reads
/// `[text](target)`.
fn words(finding: &Finding, lang: Lang) -> String {
    let mut words = finding.message.get(lang).to_owned();
    if !finding.rules.is_empty() {
        words.push_str(&format!(" ({})", finding.rules.join(", ")));
    }
    if !finding.way_out.is_empty() {
        words.push_str(&format!(" {}", finding.way_out.get(lang)));
    }
    words.replace("](", "] (")
}

/// The identity of a finding. It does not depend on the line number or the language of the report.
fn identity(finding: &Finding) -> String {
    let (file, line) = finding.place.as_ref().map_or(("", ""), |at| (at.file.as_str(), at.text.trim()));
    format!("{}\0{file}\0{line}\0{}", finding.code, finding.message.en())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::text;
    use crate::model::FilePath;

    fn one(source: &str, file: &str) -> Finding {
        let start = source.find("LX").unwrap();
        let place = Place::span(&FilePath::new(file), source, start, start + 2);
        let way_out = text!(en: "See [x](http://example.org).", nb: "Se.");
        Finding::new(Code::BadValue, text!(en: "no role", nb: "ingen rolle"), way_out).at(place)
    }

    fn prints(findings: &[Finding], lang: Lang) -> Vec<String> {
        let all = sarif(findings, lang);
        let results = all["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|r| r["partialFingerprints"]["portvakt/v1"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_fingerprint_stays_when_lines_move_and_differs_between_findings() {
        let (before, after) = (one("role: LX\n", "a.yaml"), one("# a note\n\n  role: LX\n", "a.yaml"));
        assert_eq!(prints(std::slice::from_ref(&before), Lang::En), prints(&[after], Lang::Nb));
        let twice = prints(&[before.clone(), before.clone(), one("role: LX\n", "b.yaml")], Lang::En);
        assert!(twice[0] != twice[1] && twice[0] != twice[2], "{twice:?}");
        assert_eq!(twice[0], prints(&[before], Lang::En)[0]);
    }

    #[test]
    fn a_run_holds_no_more_than_a_forge_shows_and_counts_the_rest() {
        let advice = Finding { severity: Severity::Advice, ..one("role: LX\n", "a.yaml") };
        let mut findings = vec![advice; 52_000];
        findings.push(one("role: LX\n", "b.yaml"));
        let all = sarif(&findings, Lang::En);
        let run = &all["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!((results.len(), &results[4999]["level"]), (5000, &json!("error")));
        assert_eq!(run["properties"]["left-out"], json!({ "advice": 47_001 }));
        let note =
            run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
        assert!(note.contains("advice: 47001"), "{note}");
        let few = sarif(&findings[..3], Lang::En);
        assert_eq!(few["runs"][0]["invocations"][0]["toolExecutionNotifications"], json!([]));
    }

    #[test]
    fn paths_are_uris_columns_end_behind_the_last_and_files_make_no_links() {
        let all = sarif(&[one("å: LX\n", "mappe #1/å:b.yaml")], Lang::En);
        let result = &all["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "mappe%20%231/%C3%A5%3Ab.yaml");
        assert_eq!(place["region"], json!({ "startLine": 1, "startColumn": 4, "endColumn": 6 }));
        assert_eq!(result["message"]["text"], "no role See [x] (http://example.org).");
        let rule = &all["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
}
