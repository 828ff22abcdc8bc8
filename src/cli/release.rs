//! `portvakt release` records on this host that national administrators have released something. Releases are signed if
//! the register asks for evidence. Otherwise the decision is recorded as declared.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portvakt_core::diag::{Exit, Finding, Text, text};
use portvakt_core::model::{Digest, Evidence};
use portvakt_engine::apply::{release, release_set, remember_proof};
use portvakt_engine::memory::Release;
use portvakt_engine::reconcile::engine::EngineError;

use super::decision::{Opened, open_for_release, releasing_people};
use super::prover::HostSolverArgs;
use super::{output, required};
use crate::config::Global;

mod held;
mod signing;

use held::{Releasable, ReleasableKind, Unproved, what};
use signing::{enough, signed, to_sign};

/// Let something go that a guard holds: removals over the budget, or a change of the policies, the register or the keys.
///
/// Names exactly what is held, by its digest. Takes two national administrators, or one who is not concerned where it
/// only takes authority away; lives seven days and is spent on use. Where the register asks for evidence they sign it:
/// without signatures this shows what is held and the statement to sign. Where it has `proofs: required`, changed policies
/// are proved here first, with cvc5, and the proof is remembered. A running daemon takes the release up by itself;
/// otherwise run `portvakt apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is released; `portvakt plan` and the status page show it.
    digest: Digest,
    /// A national administrator who releases, where the register says `evidence: declared`: the id, the name or a part of
    /// it; give two.
    #[arg(long, value_name = "PERSON")]
    by: Vec<String>,
    /// A file with signatures of the release, as `portvakt approve --release` writes it; may be given several times.
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    signatures: Vec<PathBuf>,
    #[command(flatten)]
    solver: HostSolverArgs,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match released(global, args) {
        Ok(ReleaseResult::Released(released)) => {
            let (record, what) = *released;
            let (told, digest, beside) = (what.description(), record.digest.short(), what.beside.clone());
            let by = record.by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let how = if record.keys.is_empty() {
                text!(en: "declared on this machine, not proved", nb: "erklært på denne maskinen, ikke bevist")
            } else {
                text!(en: "signed", nb: "signert")
            };
            output::say(
                global,
                &text!(
                    with told, how, beside;
                    en: "Released until seven days from now: {told} {digest}, by {by} ({how}).\n{beside}A running daemon takes it up; otherwise run `portvakt apply`.\n",
                    nb: "Frigitt i sju dager fra nå: {told} {digest}, av {by} ({how}).\n{beside}En tjeneste som kjører, tar det opp selv; ellers kjør `portvakt apply`.\n"
                ),
            );
            Exit::Ok
        }
        Ok(ReleaseResult::Proved) => {
            output::say(
                global,
                &text!(
                    en: "The change is approved already, and the proof was what it waited for. A running daemon takes it up; otherwise run `portvakt apply`.\n",
                    nb: "Endringen er godkjent allerede, og det var beviset den ventet på. En tjeneste som kjører, tar det opp selv; ellers kjør `portvakt apply`.\n"
                ),
            );
            Exit::Ok
        }
        Ok(ReleaseResult::ToSign(text)) => {
            output::say(global, &text);
            Exit::Held
        }
        Err(findings) => output::findings(global, &findings, serde_json::json!({})),
    }
}

enum ReleaseResult {
    Released(Box<(Release, Releasable)>),
    /// The policies were proved here. Their approval is in the tree, so nobody has to be named.
    Proved,
    /// Nothing is released yet. The text shows what is held and what must be signed.
    ToSign(Text),
}

fn released(global: &Global, args: &Args) -> Result<ReleaseResult, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let mut opened = open_for_release(global).map_err(one)?;
    let what = what(&opened, global, args.digest)?;
    let declared = opened.rules.register.evidence == Evidence::Declared;
    let nobody = args.by.is_empty() && args.signatures.is_empty();
    // A proof is about the policies and approves nothing, so it takes nobody's name.
    if let Some(unproved) =
        what.unproved.as_ref().filter(|unproved| nobody && (unproved.approved || !declared))
    {
        prove(&mut opened, global, args, unproved)?;
        if unproved.approved {
            return Ok(ReleaseResult::Proved);
        }
    }
    let (by, keys) = if declared && args.signatures.is_empty() {
        let by = releasing_people(&opened, global, &args.by).map_err(one)?;
        (enough(&opened, &what, &by).map_err(one)?, BTreeSet::new())
    } else if args.signatures.is_empty() {
        return Ok(ReleaseResult::ToSign(to_sign(&opened, &what, args.digest)));
    } else {
        signed(&opened, &what, args)?
    };
    if let Some(unproved) = &what.unproved {
        prove(&mut opened, global, args, unproved)?;
    }
    let record = Release { digest: args.digest, at: global.clock().now(), by, keys };
    let written = match &what.kind {
        ReleasableKind::Set(set) => release_set(&mut opened.register, &record, set),
        kind => release(&mut opened.register, &record, kind.ledger_word()),
    };
    written.map_err(|error| one(EngineError::from(error).finding()))?;
    Ok(ReleaseResult::Released(Box::new((record, what))))
}

/// Proves policies and remembers that. If the same prover has proved them here before, it writes nothing.
fn prove(opened: &mut Opened, global: &Global, args: &Args, unproved: &Unproved) -> Result<(), Vec<Finding>> {
    let Unproved { tree, rules, known, .. } = unproved;
    let Some(proof) = required::proof(global, &args.solver, tree, rules, known)? else {
        output::tell(
            global,
            &text!(
                en: "This host has proved these policies before.",
                nb: "Denne maskinen har bevist disse tilgangsreglene før."
            ),
        );
        return Ok(());
    };
    remember_proof(&mut opened.register, &proof.proof, global.clock().now())
        .map_err(|error| vec![EngineError::from(error).finding()])?;
    output::tell(global, &required::proof_line(&proof));
    Ok(())
}
