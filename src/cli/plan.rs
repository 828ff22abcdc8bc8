//! `portvakt plan` shows what would be done to the store, why, and who approved it. Nothing that it uses can write.

use portvakt_core::diag::{Exit, Finding, Looked, text};
use portvakt_engine::review;
use serde_json::json;

use super::judged::explained;
use super::planned::{Planned, decide};
use super::proposal::NamedProposal;
use super::{output, steps};
use crate::config::{Format, Global};

/// Show what an apply would do, and write nothing.
///
/// With a base, it explains a proposed change to whoever reviews it, and needs no register: who gains and loses what,
/// by whose approval, what is held and why.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    named: NamedProposal,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    if args.named.base.is_some() {
        return explained(global, &args.named).unwrap_or_else(|finding| stopped(global, finding));
    }
    if args.named.head.is_some() {
        output::tell(
            global,
            &text!(
                en: "error: `--head` goes with `plan --base`; see --help",
                nb: "feil: `--head` hører til `plan --base`; se --help"
            ),
        );
        return Exit::Usage;
    }
    match decide(global) {
        Ok(planned) => report(global, &planned),
        Err(finding) => output::stop(global, finding),
    }
}

/// Reports the finding that ended the command. In Markdown it becomes a comment, so that a reviewer sees why there is
/// no review.
fn stopped(global: &Global, finding: Finding) -> Exit {
    if global.format != Format::Markdown {
        return output::stop(global, finding);
    }
    output::out(&review::findings(std::slice::from_ref(&finding), global.lang()));
    finding.exit()
}

fn report(global: &Global, planned: &Planned) -> Exit {
    let Planned { decided, approvals, commits, files, unsettled } = planned;
    if global.format == Format::Human {
        let works = decided.plan.reports.as_deref().unwrap_or_default();
        let steps = (decided.plan.steps.as_slice(), works, decided.unsettled.sets.as_slice());
        let quietly = steps::without_a_step(&decided.outcome.grants, &decided.plan.steps);
        output::out(&steps::in_words(steps, &quietly, &decided.rules.register, approvals, global.lang()));
    }
    let approved: Vec<_> = approvals
        .iter()
        .map(|(key, told)| json!({ "grant": key, "approval": told.get(global.lang()) }))
        .collect();
    let mut more = json!({
        "steps": decided.plan.steps,
        "reports": steps::reports(decided.plan.reports.as_deref().unwrap_or_default()),
        "approvals": approved,
        "accepted": steps::entries(&decided.outcome.grants),
        "held": decided.unsettled.sets,
        "plan": decided.plan_digest(),
        "snapshot": decided.tree.snapshot,
    });
    if let (Some(commits), Some(more)) = (commits, more.as_object_mut()) {
        more.insert("commits".to_owned(), json!(commits));
    }
    if *unsettled > 0 {
        if let Some(more) = more.as_object_mut() {
            more.insert("unsettled".to_owned(), json!(unsettled));
        }
        let steps = output::STEPS.count(*unsettled);
        output::tell(
            global,
            &text!(
                with steps;
                en: "an earlier pass was cut off, or an answer to it was lost: it is not known whether the register has done {steps}. The next `apply`, or the daemon, reads the register and records what it finds before it decides anything, so some of the steps of this plan may be done already",
                nb: "en tidligere gjennomgang ble avbrutt, eller et svar kom bort: det er ikke kjent om registeret har utført {steps}. Neste `apply`, eller tjenesten, leser registeret og fører inn det den finner, før den avgjør noe, så noen av stegene i denne planen kan være utført"
            ),
        );
    }
    if let Some(commits) = commits.filter(|commits| *commits > 1) {
        output::tell(
            global,
            &text!(
                en: "{commits} commits lie between what was accepted and the tip; this is the tip against what was accepted, and `apply` judges each commit by itself",
                nb: "{commits} innsendinger ligger mellom det som er godtatt, og det nyeste; dette er det nyeste mot det som er godtatt, mens `apply` vurderer hver innsending for seg"
            ),
        );
    }
    let nothing = decided.plan.steps.is_empty() && decided.plan.reports.iter().flatten().next().is_none();
    let own = if nothing { Exit::Ok } else { Exit::Differs };
    let exit = output::findings_and(global, Looked::At(files), &decided.findings, more, own);
    let summary = portvakt_core::diag::summary(&decided.findings);
    let steps = output::STEPS.count(decided.plan.steps.len());
    output::tell(
        global,
        &text!(
            with steps, summary;
            en: "{steps}; {summary}; nothing was written",
            nb: "{steps}; {summary}; ingenting ble skrevet"
        ),
    );
    exit
}
