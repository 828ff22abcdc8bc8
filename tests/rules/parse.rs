//! Tests the messages that hospital staff get about a file in error. No sequence of bytes can crash the reader.

use std::sync::LazyLock;

use portvakt_core::diag::{Colour, Finding, Lang, human};
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse::{self, Entry, ParsedFile};

macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(concat!("parse-", $name), $text)
        })
    };
}

mod bytes;
mod entries;
mod private;
mod register;

pub(super) const REGISTER: &str = include_str!("../../desired-state/register.yaml");

pub(super) static READ: LazyLock<Register> = LazyLock::new(|| register_of(REGISTER).unwrap());

pub(super) fn register_of(text: &str) -> Result<Register, Vec<Finding>> {
    parse::register(&FilePath::new("desired-state/register.yaml"), text.as_bytes())
}

pub(super) const KARI: &str = "\
person: kari.testesen
name: Kari Testesen
employer: helse-bergen
staff: health
position: lis
access:
  - application: smerteregisteret
    unit: 100082
    role: LU
    from: 2026-09-01
    until: 2026-11-30
    request: REQ-2026-0113
    approved:
      by: bjorn.lederesen
      on: 2026-08-28
      identity: known
";

const SECOND: &str = "\x20 - application: rapporteket-smerte
    unit: 100082
    role: LU
    from: 2026-09-01
    request: REQ-2026-0113
    approved: {by: bjorn.lederesen, on: 2026-08-28, identity: known}
";

fn kari_path() -> FilePath {
    FilePath::new("desired-state/helse-bergen/kari.testesen.yaml")
}

pub(super) fn read(text: &str) -> Result<ParsedFile, Vec<Finding>> {
    parse::person(&kari_path(), text.as_bytes(), &READ)
}

/// The findings of a file that is held.
fn held(text: &str) -> String {
    human(&read(text).expect_err("the file is to be held"), Colour::Never, Lang::En)
}

/// The findings of the entries that are refused in a file that is read.
fn refused(text: &str) -> String {
    let file = read(text).unwrap_or_else(|f| panic!("held: {}", human(&f, Colour::Never, Lang::En)));
    let mut findings = Vec::new();
    for entry in file.entries {
        if let Entry::Invalid { findings: wrong, .. } = entry {
            findings.extend(wrong);
        }
    }
    assert!(!findings.is_empty(), "an entry is to be refused");
    human(&findings, Colour::Never, Lang::En)
}

fn with(old: &str, new: &str) -> String {
    assert!(KARI.contains(old), "{old}");
    KARI.replacen(old, new, 1)
}
