//! Makes the proof that `proofs: required` in `register.yaml` asks for. The proof is made on this host, when a person
//! releases or accepts policies here. The program that `portvakt prove` starts makes it.
//!
//! The proof uses nothing from the tree or from the user's own cache, because anybody who can write a file there could
//! vouch for a set. An unknown result never counts as proved. The environment does not choose the prover either.

use std::collections::BTreeMap;
use std::path::PathBuf;

use portvakt_core::diag::{Finding, Noun, Severity, Text, text};
use portvakt_core::judge::Rules;
use portvakt_core::model::Digest;
use portvakt_core::proof::{SetProof, promise_findings, proved_set, questions};
use portvakt_core::tree::Snapshot;

use super::progress::Progress;
use super::promised::{answers_of_prover, promised};
use super::prover::{HostSolverArgs, Prover, not_proved};
use super::workspace;
use crate::config::Global;

/// Returns whether the register in force asks for a proof of the policies that these rules would bring.
pub(super) fn asks(accepted: &Rules, proposed: &Rules) -> bool {
    accepted.register.proofs.is_some() && proposed.policies_digest != accepted.policies_digest
}

/// A proof that was made here, and the program that made it.
pub(super) struct HostProof {
    /// The proof, as it is remembered.
    pub(super) proof: SetProof,
    program: PathBuf,
}

/// Proves the policies of a tree and asks every question again. `known` are the sets that were proved here, each with
/// the digest of its prover. It is `None` if this prover has proved the same set before.
///
/// # Errors
/// A promise fails, which the finding tells as a story, or a result is unknown.
pub(super) fn proof(
    global: &Global,
    args: &HostSolverArgs,
    tree: &Snapshot,
    rules: &Rules,
    known: &BTreeMap<Digest, Digest>,
) -> Result<Option<HostProof>, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let promises = promised(&rules.policies).map_err(one)?;
    let solver = Prover::find(&args.options()).map_err(one)?;
    let prover = solver.digest().ok_or_else(|| {
        one(not_proved(text!(
            en: "the prover or the solver could not be read",
            nb: "bevisføreren eller løseren kunne ikke leses"
        )))
    })?;
    let set = proved_set(&rules.policies_digest);
    if known.get(&set) == Some(&prover) {
        return Ok(None);
    }
    let progress = Progress::doing(global, text!(en: "proving", nb: "beviser"));
    let asked = questions(&rules.policies);
    let answers = answers_of_prover(&solver, tree, &asked).map_err(one)?;
    drop(progress);
    let (found, _) = promise_findings(&answers, &rules.policies, &rules.register);
    if found.iter().any(|finding| finding.severity != Severity::Advice) {
        return Err(workspace::placed(global, &found, tree).0);
    }
    let program = solver.program().to_owned();
    let proof = SetProof {
        set,
        policies: rules.policies_digest,
        prover,
        solver: solver.version,
        promises,
        questions: asked.len(),
    };
    Ok(Some(HostProof { proof, program }))
}

/// Returns the line about a proof. It also names the prover, so that readers see which program vouches for the
/// policies.
pub(super) fn proof_line(HostProof { proof, program }: &HostProof) -> Text {
    const PROMISES: Noun = Noun::new(["promise", "promises"], ["løfte", "løfter"]);
    let (promises, questions) = (PROMISES.count(proof.promises), proof.questions);
    let (policies, solver) = (proof.policies.short(), &proof.solver);
    let (program, prover) = (program.display(), proof.prover.short());
    text!(
        with promises;
        en: "Proved on this host, and remembered: the policies {policies} keep {promises} ({questions} questions, {solver}, by `{program}`, {prover}).",
        nb: "Bevist på denne maskinen, og husket: tilgangsreglene {policies} holder {promises} ({questions} spørsmål, {solver}, av `{program}`, {prover})."
    )
}
