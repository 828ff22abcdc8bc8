//! Findings as a JUnit report. Every checked file is a case, so a run that checked nothing is reported as a failure.
//!
//! If the policies' cases were run, or their promises were proved, each is a JUnit case here too, under its own name.
//!
//! GitLab reads no report of 30 MB or more ("Unit test reports", in its documentation). So the gravest 5,000 findings
//! about files are cases, and one more case counts the rest. A file whose findings are left out is not a case.
//!
//! A case has at most one failure, because some readers keep only the first. A second finding about a file becomes its
//! own case. Advice is not a failure. It is written to the output of the case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::capped::{Capped, capped, left_out_words};
use super::{Code, Finding, Lang, Severity, more, text};
use crate::model::FilePath;

/// The largest number of findings about files.
const SHOWN: usize = 5000;

/// The things that were checked.
#[derive(Debug, Clone, Copy)]
pub enum Looked<'a> {
    /// These files were checked. The list may be empty.
    At(&'a [FilePath]),
    /// Something other than files was checked.
    Elsewhere,
    /// These cases of the policies were put, or these promises. The list may be empty.
    Cases(&'a [NamedCase]),
}

/// A case of the policies or one of their promises, as a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCase {
    /// The file that has the case.
    pub file: FilePath,
    /// The line of its name. A finding about that line is about this case.
    pub line: usize,
    /// What the author called the case or the promise. It is the name of the JUnit case.
    pub name: String,
}

/// Writes one test suite.
#[must_use]
pub fn junit(looked: Looked<'_>, findings: &[Finding], lang: Lang) -> String {
    // People look for a case of the policies by its name, so none is left out.
    let room = if matches!(looked, Looked::Cases(_)) { findings.len() } else { SHOWN };
    let Capped { kept, left_out } = capped(findings, room);
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in kept {
        by_file.entry(file_of(finding)).or_default().push(finding);
    }
    let mut cases = Cases::default();
    if let Looked::Cases(named) = looked {
        for one in named {
            let mut others = Vec::new();
            let mut wrong = Vec::new();
            for finding in by_file.remove(one.file.as_str()).unwrap_or_default() {
                let is_here = finding.place.as_ref().is_some_and(|at| at.line == one.line);
                let is_wrong = is_here && finding.severity != Severity::Advice;
                let list = if is_wrong { &mut wrong } else { &mut others };
                list.push(finding);
            }
            if !others.is_empty() {
                by_file.insert(one.file.as_str(), others);
            }
            cases.policy_case(one, &wrong, lang);
        }
    }
    let mut names: BTreeSet<&str> = by_file.keys().copied().collect();
    match looked {
        Looked::At([]) if findings.iter().any(|finding| finding.code == Code::NothingChecked) => {}
        Looked::At([]) => {
            let nothing = text!(
                en: "nothing was checked: there are no files",
                nb: "ingenting ble kontrollert: det finnes ingen filer"
            );
            cases.failed("", "nothing-checked", nothing.get(lang), "");
        }
        Looked::At(files) => names.extend(files.iter().map(FilePath::as_str)),
        Looked::Elsewhere => drop(names.insert("")),
        Looked::Cases(_) => {}
    }
    let wrong = findings.iter().filter(|finding| finding.severity != Severity::Advice);
    let not_in_order: BTreeSet<&str> = wrong.map(file_of).collect();
    for name in names {
        match by_file.get(name) {
            Some(found) => cases.file(name, found, lang),
            None if not_in_order.contains(name) => {}
            None => cases.file(name, &[], lang),
        }
    }
    if let Some(told) = left_out_words(&left_out) {
        let told = told.get(lang);
        if left_out.keys().any(|severity| *severity != Severity::Advice) {
            cases.failed("", LEFT_OUT, told, "");
        } else {
            cases.case("", LEFT_OUT, &format!("<system-out>{}</system-out>", escaped(told)));
        }
    }
    let Cases { text, count, failures } = cases;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{count}\" failures=\"{failures}\">\n\
         <testsuite name=\"portvakt\" tests=\"{count}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n\
         {text}</testsuite>\n</testsuites>\n"
    )
}

/// The name of the case that counts what is left out.
const LEFT_OUT: &str = "left-out";

/// The file that a finding is about. It is empty if there is none.
fn file_of(finding: &Finding) -> &str {
    finding.place.as_ref().map_or("", |at| at.file.as_str())
}

#[derive(Default)]
struct Cases {
    text: String,
    count: usize,
    failures: usize,
}

impl Cases {
    fn file(&mut self, file: &str, findings: &[&Finding], lang: Lang) {
        let (advice, wrong): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|finding| finding.severity == Severity::Advice);
        for finding in &wrong {
            let line = finding.place.as_ref().map_or(0, |at| at.line);
            let name = if line > 0 { format!("{} {line}", finding.code) } else { finding.code.to_string() };
            self.failed(file, &name, finding.message.get(lang), &body(finding, lang));
        }
        if wrong.is_empty() {
            let told: String = advice.iter().map(|finding| body(finding, lang)).collect();
            let out = if told.is_empty() {
                String::new()
            } else {
                format!("<system-out>{}</system-out>", escaped(&told))
            };
            self.case(file, "in-order", &out);
        }
    }

    /// A case of the policies. All that is wrong with it is one failure.
    fn policy_case(&mut self, one: &NamedCase, wrong: &[&Finding], lang: Lang) {
        match wrong.first() {
            None => self.case(one.file.as_str(), &one.name, ""),
            Some(first) => {
                let told: String = wrong.iter().map(|finding| body(finding, lang)).collect();
                self.failed(one.file.as_str(), &one.name, first.message.get(lang), &told);
            }
        }
    }

    fn failed(&mut self, file: &str, name: &str, message: &str, body: &str) {
        self.failures += 1;
        let failure = format!("<failure message=\"{}\">{}</failure>", escaped(message), escaped(body));
        self.case(file, name, &failure);
    }

    fn case(&mut self, file: &str, name: &str, inside: &str) {
        self.count += 1;
        let (class, file) = if file.is_empty() {
            ("portvakt".to_owned(), String::new())
        } else {
            (escaped(file), format!(" file=\"{}\"", escaped(file)))
        };
        let name = escaped(name);
        let _ =
            writeln!(self.text, "<testcase classname=\"{class}\" name=\"{name}\"{file}>{inside}</testcase>");
    }
}

fn body(finding: &Finding, lang: Lang) -> String {
    let mut body = String::new();
    if let Some(place) = &finding.place {
        let _ = write!(body, "{}", place.file.as_str());
        if place.line > 0 {
            let _ = write!(body, ":{}:{}", place.line, place.column);
        }
        body.push_str(": ");
    }
    let _ = writeln!(body, "{}: {}", finding.severity.word(lang), finding.message.get(lang));
    if !finding.rules.is_empty() {
        let _ = writeln!(body, "({})", finding.rules.join(", "));
    }
    if !finding.way_out.is_empty() {
        let _ = writeln!(body, "{}", finding.way_out.get(lang));
    }
    let _ = writeln!(body, "{}", more(finding.code));
    body
}

/// Escapes text for XML. Characters that XML 1.0 does not allow are left out, because they are an error even when
/// escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Place, Text};

    #[test]
    fn a_report_holds_what_a_forge_reads_counts_the_rest_and_calls_nothing_of_it_in_order() {
        let of = |number: usize, severity| {
            let place = Place::file(&FilePath::new(&format!("{number:06}.yaml")));
            let finding = Finding::new(Code::BadValue, Text::same("x"), Text::same("y")).at(place);
            Finding { severity, ..finding }
        };
        let mut files: Vec<FilePath> =
            (0..52_000).map(|number| FilePath::new(&format!("{number:06}.yaml"))).collect();
        let mut findings: Vec<Finding> =
            (0..52_000).rev().map(|number| of(number, Severity::Error)).collect();
        files.push(FilePath::new("good.yaml"));
        let report = junit(Looked::At(&files), &findings, Lang::En);
        assert!(report.contains("<testsuites tests=\"5002\" failures=\"5001\">"));
        assert_eq!(report.matches("name=\"in-order\"").count(), 1);
        let told = "name=\"left-out\"><failure message=\"left out here: 47000 findings (error: 47000)";
        assert!(report.contains(told));
        // Advice that is left out is not a failure, and its files are in order.
        findings.iter_mut().for_each(|finding| finding.severity = Severity::Advice);
        let report = junit(Looked::At(&files), &findings, Lang::En);
        assert!(report.contains("<testsuites tests=\"52002\" failures=\"0\">"));
        assert!(
            report.contains("name=\"left-out\"><system-out>left out here: 47000 findings (advice: 47000)")
        );
    }
}
