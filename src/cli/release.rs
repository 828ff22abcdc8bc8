//! `portvakt release` and `portvakt confirm-date` record decisions of national administrators on this host. Releases
//! are signed if the register asks for evidence. Otherwise the decision is recorded as declared.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portvakt_core::decide::Trusted;
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{Digest, Evidence};
use portvakt_core::plan::ClockTrust;
use portvakt_engine::apply::{confirm_date, release, release_set, remember_proof};
use portvakt_engine::memory::Release;
use portvakt_engine::reconcile::engine::EngineError;

use super::decision::{Opened, named, open};
use super::prover::HostSolverArgs;
use super::{administrators, output, required, today};
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

/// Confirm today's date after the clock has jumped, so that accesses begin and end by themselves again.
///
/// A date after the last trusted one takes one national administrator, an earlier one two. Where two confirm it, accesses
/// that a clock ahead has ended too early stand again.
#[derive(Debug, clap::Args)]
pub struct ConfirmArgs {
    /// Today's date, as a calendar on the wall says it.
    date: String,
    /// The administrator who confirms it: the id, the name or a part of it; give two where the date lies before the last
    /// one that was trusted.
    #[arg(long, required = true, value_name = "PERSON")]
    by: Vec<String>,
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
    /// The policies are proved here. Their approval is in the tree, so nobody has to be named.
    Proved,
    /// Nothing is released yet. The text shows what is held and what must be signed.
    ToSign(Text),
}

fn released(global: &Global, args: &Args) -> Result<ReleaseResult, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let mut opened = open(global).map_err(one)?;
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
        let by = named(&opened, global, &args.by).map_err(one)?;
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
    output::tell(global, &required::line(&proof));
    Ok(())
}

pub(super) fn confirm(global: &Global, args: &ConfirmArgs) -> Exit {
    let date = match today::typed(global, &args.date) {
        Ok(date) => date,
        Err(exit) => return exit,
    };
    let done = open(global).and_then(|mut opened| {
        if date != opened.today {
            let today = opened.today;
            let message = text!(
                en: "the clock of this machine says {today}, and {date} was confirmed",
                nb: "klokken på denne maskinen sier {today}, og {date} ble bekreftet"
            );
            let way_out = text!(
                en: "Set the machine's clock first, then confirm its date.",
                nb: "Still maskinens klokke først, og bekreft så datoen."
            );
            return Err(Finding::new(Code::ClockSuspect, message, way_out).error());
        }
        let by = named(&opened, global, &args.by)?;
        let back = opened.clock.trust == ClockTrust::Behind || opened.today < opened.clock.day;
        let by = if back {
            administrators::two(&opened.rules, &opened.authority, &by).map(BTreeSet::from)?
        } else {
            let each =
                by.iter().map(|by| administrators::administrator(&opened.rules, &opened.authority, by));
            each.collect::<Result<BTreeSet<_>, _>>()?
        };
        let zone = opened.rules.register.time_zone.clone();
        let trusted = Trusted { instant: global.clock().now(), day: opened.today, zone };
        confirm_date(&mut opened.register, &trusted, &by).map_err(|error| EngineError::from(error).finding())
    });
    match done {
        Ok(again) => {
            let stand = if again == 0 {
                Text::default()
            } else {
                text!(
                    en: "{again} accesses had ended by a later day, and their own end dates lie ahead: they stand again, and the next pass gives them.\n",
                    nb: "{again} tilganger var avsluttet etter en senere dag, og de egne sluttdatoene ligger foran: de gjelder igjen, og neste gjennomgang gir dem.\n"
                )
            };
            output::say(
                global,
                &text!(
                    with stand;
                    en: "Confirmed: today is {date}. Accesses begin and end by themselves again.\n{stand}",
                    nb: "Bekreftet: i dag er {date}. Tilganger begynner og slutter igjen av seg selv.\n{stand}"
                ),
            );
            Exit::Ok
        }
        Err(finding) => output::stop(global, finding),
    }
}
