//! Findings as a JUnit report. Every checked file is a case, so a run that checked nothing is reported as a failure.
//!
//! Where the cases of the policies were put, each of them is a case here too, under its own name.
//!
//! A case has at most one failure, because some readers keep only the first. A second finding about a file becomes its
//! own case. Advice is not a failure. It is written to the output of the case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Code, Finding, Lang, Severity, more, text};
use crate::model::FilePath;

/// The things that were checked.
#[derive(Debug, Clone, Copy)]
pub enum Looked<'a> {
    /// These files were checked. The list may be empty.
    At(&'a [FilePath]),
    /// Something other than files was checked.
    Elsewhere,
    /// These cases of the policies were put. The list may be empty.
    Cases(&'a [NamedCase]),
}

/// A case of the policies, as a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCase {
    /// The file it stands in.
    pub file: FilePath,
    /// The line of its name. A finding about that line is about this case.
    pub line: usize,
    /// Its name.
    pub name: String,
}

/// Writes one test suite.
#[must_use]
pub fn junit(looked: Looked<'_>, findings: &[Finding], lang: Lang) -> String {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_file.entry(finding.place.as_ref().map_or("", |at| at.file.as_str())).or_default().push(finding);
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
            cases.named(one, &wrong, lang);
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
    for name in names {
        cases.file(name, by_file.get(name).map_or(&[], Vec::as_slice), lang);
    }
    let Cases { text, count, failures } = cases;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{count}\" failures=\"{failures}\">\n\
         <testsuite name=\"portvakt\" tests=\"{count}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n\
         {text}</testsuite>\n</testsuites>\n"
    )
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
    fn named(&mut self, one: &NamedCase, wrong: &[&Finding], lang: Lang) {
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
