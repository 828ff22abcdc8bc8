//! Tests that promises are proved, and that a loosened policy is told as a story. A solver or a prover that is missing
//! or has no result never counts as a success.
//!
//! The proofs need cvc5. If it is missing, a test prints one line about how to install it and passes. With `CI=true`
//! the test fails.

mod compared;
mod host;
mod loosened;
pub(crate) mod part;
mod remembered;
mod unsure;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::policy::{PROMISE_FILES, Policies, REQUIRED_FILES};
use portvakt_core::proof::{Matter, PROTOCOL, ProofAnswer, ProofVerdict, Reply, questions};
use serde_json::Value;

use crate::cli::desk::{Desk, Told};

/// The prover, as it was built with these tests.
pub(crate) const PROVER: &str = env!("CARGO_BIN_EXE_portvakt-prove-for-tests");
const ADMINISTRATION: &str = "policies/administration.cedar";
const CAPABILITIES: &str = "policies/capabilities.cedar";
const FORMATS: [&str; 6] = ["human", "json", "github", "sarif", "junit", "markdown"];

/// The solver, if it is installed.
pub(crate) fn solver() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("cvc5")).find(|file| file.is_file());
    if found.is_none() {
        let told = "cvc5 is not installed, so nothing is proved here: apt-get install cvc5";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
        eprintln!("{told}");
    }
    found
}

/// A program in the words of the shell.
pub(crate) fn script(desk: &Desk, name: &str, words: &str) -> PathBuf {
    let path = desk.beside(name);
    std::fs::write(&path, format!("#!/bin/sh\n{words}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs the program with this solver and this prover.
fn with(desk: &Desk, solver: &Path, prover: &Path, args: &[&str]) -> Told {
    let mut command = desk.program();
    command.args(args).arg("--solver").arg(solver).arg("--prover").arg(prover);
    Told::of(&command.env("XDG_CACHE_HOME", desk.beside("cache")).output().unwrap())
}

fn run(desk: &Desk, solver: &Path, args: &[&str]) -> Told {
    with(desk, solver, Path::new(PROVER), args)
}

fn codes(told: &Value) -> Vec<&str> {
    told["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// The messages of the findings of one kind.
fn messages(told: &Value, code: &str) -> Vec<String> {
    let all = told["findings"].as_array().unwrap().iter();
    let of_kind = all.filter(|finding| finding["code"] == code);
    of_kind.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

/// The condition of `coordinator-approves-at-own-trust`.
pub(crate) const OWN_TRUST: &str = "when { principal.coordinatorOf.contains(resource.trust.id) }\nwhen { resource.trust.kind == TrustKind::\"trust\" && !resource.trust.host }\nwhen { resource.staff == Staff::\"health\" };";
/// The same condition, with an exception for Helse Fonna. No case of the example is about that trust.
pub(crate) const OR_FONNA: &str = "when { principal.coordinatorOf.contains(resource.trust.id) || resource.trust.id == Trust::\"helse-fonna\" }\nwhen { resource.trust.kind == TrustKind::\"trust\" && !resource.trust.host }\nwhen { resource.staff == Staff::\"health\" };";

/// The same condition, which the coordinators of Helse Stavanger do not meet. No case is about that trust either.
pub(crate) const NOT_STAVANGER: &str = "when { principal.coordinatorOf.contains(resource.trust.id) }\nwhen { resource.trust.kind == TrustKind::\"trust\" && !resource.trust.host }\nwhen { resource.staff == Staff::\"health\" }\nunless { resource.trust.id == Trust::\"helse-stavanger\" };";

/// Makes a prover that always replies with the content of this file.
fn parrot(desk: &Desk, reply: &Reply) -> PathBuf {
    let path = desk.beside("reply.json");
    std::fs::write(&path, serde_json::to_vec(reply).unwrap()).unwrap();
    script(desk, "parrot", &format!("while read -r line; do :; done\n/bin/cat '{}'", path.display()))
}

/// Reads the policies of a tree.
fn policies(desk: &Desk) -> Policies {
    let read = |path: &&str| {
        let bytes: Arc<[u8]> = Arc::from(std::fs::read(desk.root().join(path)).unwrap());
        (FilePath::new(path), bytes)
    };
    let files: BTreeMap<FilePath, Arc<[u8]>> = REQUIRED_FILES
        .iter()
        .chain(&PROMISE_FILES)
        .filter(|path| desk.root().join(path).is_file())
        .map(read)
        .collect();
    Policies::load(&files).unwrap()
}

/// Makes a prover that answers every question about the tree as it should be. It needs no solver, so the use of a proof
/// is tested on every machine.
fn content(desk: &Desk) -> PathBuf {
    let policies = policies(desk);
    let answer = |asked: portvakt_core::proof::ProofQuestion| {
        // One that only explains is to forbid nothing by itself.
        let explains = asked.matter == Matter::Idle && policies.explains(&asked.id);
        let verdict = if explains { ProofVerdict::Fails(None) } else { ProofVerdict::Holds };
        ProofAnswer { asked, verdict }
    };
    let answers = questions(&policies).into_iter().map(answer).collect();
    parrot(desk, &Reply { protocol: PROTOCOL, answers, ..Reply::default() })
}
