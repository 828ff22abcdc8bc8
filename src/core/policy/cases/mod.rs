//! The cases of `policies/tests`: questions to the policies with the expected answers.
//!
//! A case shows that the policies do what their author thought of. It decides nothing, and it is not part of the digest
//! of the policies. The files are read as strictly as any other. A word without a meaning is a finding. A case that
//! cannot be read never counts as one that holds.
//!
//! The files, in reading order:
//!
//! ```text
//!  usual       the usual values, so that a case only gives what matters to it
//!  read        reads the files of cases
//!  put         puts a case to the policies
//!  told        compares the answer with the expected one, and tells people of a difference
//!  conditions  takes a policy apart into its conditions
//!  coverage    tells which policies and conditions the cases leave untested
//! ```

mod conditions;
mod coverage;
mod put;
mod read;
mod told;
mod usual;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::load::Policies;
use crate::diag::{Code, Finding, Place, text};
use crate::model::{FilePath, Register};
use crate::parse::reading::shown;

pub use coverage::{Coverage, coverage};
pub use put::CaseOutcome;
pub use read::{CaseQuestion, Expected, PolicyCase};

/// The folder of the cases.
const FOLDER: &str = "policies/tests/";

/// The file with the usual values of this register. They are used for every case that does not give others.
const USUAL: &str = "policies/tests/usual.yaml";

/// The cases of a tree, put to its policies.
#[derive(Debug, Default)]
pub struct TriedCases {
    /// The files with cases, in order.
    pub files: Vec<FilePath>,
    /// The cases that could be read, in the order of the files.
    pub cases: Vec<PolicyCase>,
    /// The numbers of the cases (in `cases`) that got another answer than they expect.
    pub broken: BTreeSet<usize>,
    /// All findings: those about what cannot be read, and each broken expectation.
    pub findings: Vec<Finding>,
}

/// Returns whether a tree has any file of cases.
#[must_use]
pub fn has_cases(files: &BTreeMap<FilePath, Arc<[u8]>>) -> bool {
    files.keys().any(is_of_cases)
}

/// Reads the cases of a tree and puts each of them. `files` are those of `policies`, with their paths from the root.
#[must_use]
pub fn try_cases(
    policies: &Policies,
    register: &Register,
    files: &BTreeMap<FilePath, Arc<[u8]>>,
) -> TriedCases {
    let mut tried = read_cases(policies, register, files);
    let mut names: BTreeMap<&str, &Place> = BTreeMap::new();
    for (number, case) in tried.cases.iter().enumerate() {
        if let Some(first) = names.insert(&case.name, &case.place) {
            tried.findings.push(named_twice(case, first));
        }
        if let Some(finding) = case.judge(policies, register) {
            tried.broken.insert(number);
            tried.findings.push(finding);
        }
    }
    tried.findings.sort();
    tried
}

/// Reads the cases of a tree and puts none of them.
#[must_use]
pub fn read_cases(
    policies: &Policies,
    register: &Register,
    files: &BTreeMap<FilePath, Arc<[u8]>>,
) -> TriedCases {
    let mut tried = TriedCases::default();
    let usual = match files.get(&FilePath::new(USUAL)) {
        None => usual::built_in_usual(register),
        Some(bytes) => usual::usual(&FilePath::new(USUAL), bytes, register, &mut tried.findings)
            .unwrap_or_else(|| usual::built_in_usual(register)),
    };
    let below = files.iter().filter(|(path, _)| path.as_str().starts_with(FOLDER));
    for (path, bytes) in below {
        if is_of_cases(path) {
            tried.files.push(path.clone());
            match read::cases(path, bytes, policies, register, &usual) {
                Ok(cases) => tried.cases.extend(cases),
                Err(findings) => tried.findings.extend(findings),
            }
        } else if !path.as_str().ends_with("/README.md") && path.as_str() != USUAL {
            tried.findings.push(unread(path));
        }
    }
    tried
}

/// The names of the cases that are gone after a change: no case then asks and expects the same. Only the name may
/// differ.
#[must_use]
pub fn gone_cases(before: &[PolicyCase], after: &[PolicyCase]) -> Vec<String> {
    let stays = |case: &&PolicyCase| {
        after.iter().any(|other| (&other.asked, &other.expected) == (&case.asked, &case.expected))
    };
    before.iter().filter(|case| !stays(case)).map(|case| shown(&case.name)).collect()
}

/// Returns whether this is a file of cases.
fn is_of_cases(path: &FilePath) -> bool {
    path.as_str().starts_with(FOLDER) && path.as_str().ends_with(".yaml") && path.as_str() != USUAL
}

/// The finding about a file that nobody reads. A case in it would show nothing.
fn unread(path: &FilePath) -> Finding {
    let message = text!(
        en: "nothing reads this file; a case in it would show nothing",
        nb: "ingenting leser denne filen; et testtilfelle i den ville ikke vise noe"
    );
    let way_out = text!(
        en: "Give it a name that ends in `.yaml`, or take it away.",
        nb: "Gi den et navn som slutter på `.yaml`, eller fjern den."
    );
    Finding::new(Code::PolicyCaseInvalid, message, way_out).at(Place::file(path))
}

/// The finding about a case with the name of another one.
fn named_twice(case: &PolicyCase, first: &Place) -> Finding {
    let (name, file, line) = (shown(&case.name), first.file.as_str(), first.line);
    let message = text!(
        en: "another case is called `{name}` already, in `{file}`, line {line}",
        nb: "et annet testtilfelle heter allerede `{name}`, i `{file}`, linje {line}"
    );
    let way_out = text!(
        en: "Give each case a name of its own.",
        nb: "Gi hvert testtilfelle sitt eget navn."
    );
    Finding::new(Code::PolicyCaseInvalid, message, way_out).at(case.place.clone())
}
