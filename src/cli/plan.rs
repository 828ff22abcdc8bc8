//! `portvakt plan` shows what would be done to the store, why, and who approved it. It uses nothing that can write.

use portvakt_core::diag::{Exit, Finding, Looked, text};
use portvakt_engine::review;
use portvakt_engine::review::{ChangeReview, Compared, JudgedTrees};
use portvakt_sources::Made;
use serde_json::json;

use super::planned::{Planned, decide};
use super::progress::Progress;
use super::proposal::{self, NamedProposal, Proposed};
use super::{compared, output, steps, workspace};
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

/// Judges a commit as a change of a branch.
///
/// # Errors
/// The finding, when the change cannot be judged: it cannot be merged, for example.
pub(super) fn judged_change(global: &Global, target: &str, commit: &str) -> Result<Proposed, Finding> {
    let progress = Progress::reading(global);
    proposal::judged(global, &of_branch(target, commit), &progress)
}

/// Shows a judged change in the words of its comment. They include the findings that stop the change.
pub(super) fn show_judged(global: &Global, proposed: &Proposed) {
    output::out(&review::human(&review::page(&reviewed(global, proposed), global.lang())));
}

/// Shows a commit as a change of a branch, in the words of its comment. They include the findings that stop the change.
///
/// # Errors
/// The change cannot be judged. For example, it cannot be merged.
pub(super) fn show_change(global: &Global, target: &str, commit: &str) -> Result<(), Finding> {
    explained(global, &of_branch(target, commit)).map(drop)
}

fn of_branch(target: &str, commit: &str) -> NamedProposal {
    let (base, head) = (Some(target.to_owned()), Some(commit.to_owned()));
    NamedProposal { base, head, target: Some(target.to_owned()), merge_request: None }
}

/// Returns the review of a change, with the decisions that changed policies make differently.
fn reviewed(global: &Global, proposed: &Proposed) -> ChangeReview {
    let Proposed { base, tree, commits, checked, on, .. } = proposed;
    let judged = JudgedTrees {
        base: commits.base.clone(),
        head: commits.head.clone(),
        merged: commits.made.map(|made| made == Made::Merged),
    };
    let base = base.as_ref().unwrap_or(tree);
    ChangeReview::of(checked, Compared { base, tree, judged, on: *on })
        .naming(compared::of_change(global, proposed))
}

/// Explains a proposed change to its reviewer.
fn explained(global: &Global, named: &NamedProposal) -> Result<Exit, Finding> {
    let progress = Progress::reading(global);
    let proposed = proposal::judged(global, named, &progress)?;
    drop(progress);
    let review = reviewed(global, &proposed);
    let Proposed { tree, checked, .. } = proposed;
    let own = if review.does_something() { Exit::Differs } else { Exit::Ok };
    let exit = Finding::exit_of(&checked.findings).worst(own);
    let page = || review::page(&review, global.lang());
    match global.format {
        Format::Markdown => output::out(&review::markdown(&page())),
        Format::Human => output::out(&review::human(&page())),
        Format::Json | Format::Github | Format::Sarif | Format::Junit => {
            let (findings, files) = workspace::placed(global, &checked.findings, &tree);
            let more = json!({ "review": review });
            return Ok(output::findings_and(global, Looked::At(&files), &findings, more, own));
        }
    }
    Ok(exit)
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
