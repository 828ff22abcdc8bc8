//! `portvakt policy diff` tells the effect of a change of policies, for every possible request. It tells who could do
//! something that nobody could before, and who could no longer do something. It tells which advice comes for other
//! requests. It also tells which existing accesses would be judged differently, and which promises are gone.

use portvakt_core::decide::policies_of;
use portvakt_core::diag::{Exit, Finding, Looked, Text, text};
use portvakt_core::proof::PolicyEffect;
use portvakt_engine::review;
use serde_json::json;

use crate::cli::compared::{self, ComparedBefore, Sides};
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::proposal::{self, NamedProposal, Proposed};
use crate::cli::prover::SolverArgs;
use crate::config::{Format, Global};

/// Runs the command. With `afresh`, earlier comparisons are not used.
pub(super) fn run(global: &Global, named: &NamedProposal, solver: &SolverArgs, afresh: bool) -> Exit {
    if named.base.is_none() {
        output::tell(
            global,
            &text!(
                en: "error: `policy diff` needs `--base`: what the policies are compared with; see --help",
                nb: "feil: `policy diff` trenger `--base`: det tilgangsreglene sammenlignes med; se --help"
            ),
        );
        return Exit::Usage;
    }
    let earlier = if afresh { ComparedBefore::Replaced(global) } else { ComparedBefore::Told(global) };
    match diff(global, named, solver, &earlier) {
        Ok(done) => report(global, &done),
        Err(findings) => output::findings(global, &findings, json!({})),
    }
}

/// The results about a change.
struct PolicyDiffResult {
    changed: PolicyEffect,
    /// The accepted accesses that the changed rules would deny.
    standing: Vec<Finding>,
    /// The accesses that are denied, and that the changed rules would permit.
    permitted: Vec<Finding>,
    /// The promises that the changed policies do not make in the same words, in a sentence.
    gone: Option<Text>,
}

fn diff(
    global: &Global,
    named: &NamedProposal,
    solver: &SolverArgs,
    earlier: &ComparedBefore<'_>,
) -> Result<PolicyDiffResult, Vec<Finding>> {
    let progress = Progress::reading(global);
    let judged = proposal::judged(global, named, &progress).map_err(|finding| vec![finding])?;
    let Proposed { base, tree, checked, .. } = judged;
    let base = base.as_ref().unwrap_or(&tree);
    // Rules that cannot be read on one side cannot be compared.
    let (Some(rules), Some(weighed)) = (&checked.rules, &checked.weighed) else {
        return Err(checked.findings);
    };
    let (standing, permitted) =
        (weighed.rules.would_be_denied.clone(), weighed.rules.would_be_permitted.clone());
    let new = policies_of(&tree)?;
    if base.settings().register != tree.settings().register {
        output::tell(
            global,
            &text!(
                en: "`register.yaml` differs too. What its settings say is not compared here: the comment on the change (`plan --base REV`) has each of them before and after.",
                nb: "`register.yaml` avviker også. Det innstillingene sier, sammenlignes ikke her: kommentaren til endringen (`plan --base REV`) har hver av dem før og etter."
            ),
        );
    }
    progress.now(text!(en: "comparing", nb: "sammenligner"));
    let compared = Sides::of([base, &tree], rules, &new).compare(earlier, solver, None);
    let gone = compared::promises_gone(&rules.policies, &new);
    match (compared, gone) {
        (Ok(changed), gone) => Ok(PolicyDiffResult { changed, standing, permitted, gone }),
        (Err(finding), gone) => {
            // These are known without a solver, so the user sees them even if nothing else is known.
            let accesses = compared::denied(&standing).into_iter().chain(compared::permitted(&permitted));
            let known = gone.into_iter().chain(accesses);
            known.for_each(|told| output::tell(global, &told));
            Err(vec![finding])
        }
    }
}

fn report(global: &Global, done: &PolicyDiffResult) -> Exit {
    let PolicyDiffResult { changed, standing, permitted, gone } = done;
    let lang = global.lang();
    let is_moved = [&changed.more, &changed.less, &changed.advice].into_iter().any(|told| !told.is_empty());
    let is_otherwise = !standing.is_empty() || !permitted.is_empty();
    let differs = is_moved || changed.schema_differs || is_otherwise || gone.is_some();
    let told: Vec<Text> = changed.known().into_iter().chain(gone.clone()).collect();
    let (denied, allowed) = (compared::denied(standing), compared::permitted(permitted));
    let mut findings = changed.unsure.clone();
    match global.format {
        Format::Human => {
            let line = |told: &Text| output::say(global, &text!(with told; en: "{told}\n", nb: "{told}\n"));
            told.iter().for_each(line);
            let judged = [(denied_now(), denied), (permitted_now(), allowed)];
            for (heading, accesses) in judged.into_iter().filter(|(_, accesses)| !accesses.is_empty()) {
                output::say(global, &text!(with heading; en: "\n{heading}\n", nb: "\n{heading}\n"));
                accesses.iter().for_each(|one| output::out(&format!("  {}\n", one.get(lang))));
            }
        }
        Format::Markdown => {
            let told: Vec<Text> = told.into_iter().chain(denied).chain(allowed).collect();
            if !told.is_empty() {
                output::out(&format!("{}\n", review::decided(&told, lang)));
            }
        }
        // Annotations and reports of tests have nothing but findings. The log of the step has the sentences.
        Format::Github | Format::Sarif | Format::Junit => {
            findings.extend(standing.iter().chain(permitted).cloned());
            told.iter().for_each(|told| output::tell(global, told));
        }
        Format::Json => {}
    }
    let words = |told: &[Text]| told.iter().map(|told| told.get(lang).to_owned()).collect::<Vec<_>>();
    let more = json!({
        "more": words(&changed.more),
        "less": words(&changed.less),
        "advice": words(&changed.advice),
        "same": changed.is_nothing(),
        "gone": words(gone.as_slice()),
        "schema_differs": changed.schema_differs,
        "schema": words(&changed.schema),
        "left_out": changed.left_out,
        "standing": portvakt_core::diag::json(standing, lang),
        "permitted": portvakt_core::diag::json(permitted, lang),
    });
    let own = if differs { Exit::Differs } else { Exit::Ok };
    output::findings_and(global, Looked::Elsewhere, &findings, more, own)
}

fn denied_now() -> Text {
    text!(
        en: "Stands today, and the changed rules would deny it:",
        nb: "Gjelder i dag, og de endrede reglene ville avslått det:"
    )
}

fn permitted_now() -> Text {
    text!(
        en: "Denied today, and the changed rules would permit it:",
        nb: "Avslås i dag, og de endrede reglene ville tillatt det:"
    )
}
