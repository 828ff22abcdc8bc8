//! Counts the promises of a tree, and puts questions about its policies to the prover. `prove` does so for a user, and a
//! release or a baseline does so where the register asks for a proof. A comparison sends the same files.

use std::collections::BTreeMap;

use portvakt_core::diag::{Finding, text};
use portvakt_core::model::FilePath;
use portvakt_core::policy::{PROMISE_FILES, Policies, Promise, PromiseKind, REQUIRED_FILES};
use portvakt_core::proof::{PROTOCOL, ProofAnswer, ProofQuestion, ProofTask, every_question_is_answered};
use portvakt_core::tree::Snapshot;

use super::prover::{Prover, not_proved};

/// Returns the promises of a set, those of *never* and those of *always*. Assumptions promise nothing.
pub(super) fn promises_of(policies: &Policies) -> impl Iterator<Item = &Promise> {
    let is_promised = |kind: PromiseKind| matches!(kind, PromiseKind::Never | PromiseKind::Always);
    policies.promises().iter().filter(move |promise| is_promised(promise.kind))
}

/// Returns the number of promises in a set.
///
/// # Errors
/// The set has no promises. Such a set never counts as proved.
pub(super) fn promised(policies: &Policies) -> Result<usize, Finding> {
    match promises_of(policies).count() {
        0 => Err(promises_nothing()),
        promises => Ok(promises),
    }
}

/// Returns the finding about policies without a promise. They could be loosened in any way and would still be "proved".
fn promises_nothing() -> Finding {
    let mut finding = not_proved(text!(
        en: "the policies promise nothing: neither `policies/never.cedar` nor `policies/always.cedar` has a promise",
        nb: "tilgangsreglene lover ingenting: verken `policies/never.cedar` eller `policies/always.cedar` har et løfte"
    ));
    finding.way_out = text!(
        en: "Put the promises back, or write some; `portvakt demo --prepare DIR` writes a tree that has some.",
        nb: "Legg løftene tilbake, eller skriv noen; `portvakt demo --prepare MAPPE` skriver filer som har noen."
    );
    finding
}

/// Asks the prover every question about a tree.
pub(super) fn answers_of_prover(
    prover: &Prover,
    tree: &Snapshot,
    asked: &[ProofQuestion],
) -> Result<Vec<ProofAnswer>, Finding> {
    let task = ProofTask {
        protocol: PROTOCOL,
        solver: prover.solver(),
        seconds: prover.seconds(),
        steps: prover.steps(),
        files: policy_texts(tree),
        before: None,
        roles: Vec::new(),
    };
    let answers = prover.ask(&task, prover.time_for(asked.len()))?.answers;
    if every_question_is_answered(asked, &answers) {
        return Ok(answers);
    }
    Err(not_proved(text!(
        en: "the prover has not answered every question",
        nb: "bevisføreren har ikke svart på hvert spørsmål"
    )))
}

/// Returns the policies and the promises of a tree, as text. They have been loaded, so all of them are text.
pub(super) fn policy_texts(tree: &Snapshot) -> BTreeMap<String, String> {
    let paths = REQUIRED_FILES.iter().chain(&PROMISE_FILES);
    let found = paths.filter_map(|path| {
        let bytes = tree.policies().get(&FilePath::new(path))?;
        Some(((*path).to_owned(), String::from_utf8_lossy(bytes).into_owned()))
    });
    found.collect()
}
