//! Tests the policies of a new register, `examples/new-register`. They load, they only name their own register, and
//! they decide their cases as written. Each rule that one of them keeps has a promise. `--test long mutants` changes
//! each of its policies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::policy::{
    PROMISE_FILES, Policies, PromiseKind, REQUIRED_FILES, TriedCases, coverage, try_cases,
};

use super::fixture::Files;

fn place(path: &str) -> PathBuf {
    Path::new(crate::ROOT).join("examples/new-register").join(path)
}

fn read(path: &str) -> Arc<[u8]> {
    Arc::from(std::fs::read(place(path)).unwrap())
}

fn files() -> Files {
    let paths = REQUIRED_FILES.iter().chain(&PROMISE_FILES);
    paths.map(|path| (FilePath::new(path), read(path))).collect()
}

/// The files with the cases.
fn with_cases() -> Files {
    let mut files = files();
    for entry in std::fs::read_dir(place("policies/tests")).unwrap() {
        let name = format!("policies/tests/{}", entry.unwrap().file_name().to_str().unwrap());
        files.insert(FilePath::new(&name), read(&name));
    }
    files
}

fn register() -> Register {
    let path = "desired-state/register.yaml";
    parse::register(&FilePath::new(path), &read(path)).unwrap()
}

#[test]
fn it_loads_and_fits_its_register_and_every_policy_decides_a_case() {
    let (policies, register) = (Policies::load(&files()).unwrap(), register());
    assert_eq!(policies.fits(&register), Ok(()));
    let TriedCases { cases, findings, .. } = try_cases(&policies, &register, &with_cases());
    assert!(findings.is_empty() && cases.len() > 60, "{findings:#?}");
    let covered = coverage(&policies, &register, &cases);
    assert_eq!(covered.decided, covered.policies);
}

#[test]
fn it_promises_each_rule_that_one_of_its_policies_keeps() {
    let policies = Policies::load(&files()).unwrap();
    let advice = String::from_utf8(read("policies/advice.cedar").to_vec()).unwrap();
    let promises = policies.promises().iter();
    let promised: BTreeSet<&String> = promises
        .filter(|promise| matches!(promise.kind, PromiseKind::Never | PromiseKind::Always))
        .flat_map(|promise| &promise.rules)
        .collect();
    for id in policies.ids().filter(|id| !advice.contains(&format!("@id(\"{id}\")"))) {
        let open: Vec<&String> = policies.rules(id).iter().filter(|rule| !promised.contains(*rule)).collect();
        assert!(open.is_empty(), "`{id}` keeps {open:?}: promise it");
    }
}

#[test]
fn it_assumes_what_the_program_guarantees_and_nothing_else() {
    let policies = Policies::load(&files()).unwrap();
    let own = std::fs::read(Path::new(crate::ROOT).join("policies/assumed.cedar")).unwrap();
    assert_eq!(own, read("policies/assumed.cedar").to_vec());
    let lacking = PromiseKind::Assumed { guaranteed: false };
    assert!(policies.promises().iter().all(|promise| promise.kind != lacking));
}
