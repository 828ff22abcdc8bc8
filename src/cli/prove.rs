//! `portvakt prove` proves the promises of the tree. These are the sentences of `policies/never.cedar` and
//! `policies/always.cedar` about all requests. If a promise fails, a story tells how, with a case for `policies/tests`.

use std::collections::BTreeMap;

use portvakt_core::decide::rules_of;
use portvakt_core::diag::{Exit, Finding, Looked, NamedCase, Noun, Place, Text, summary, text};
use portvakt_core::judge::Rules;
use portvakt_core::proof::{
    ProofAnswer, ProofQuestion, promise_findings, questions, unproved_promises, with_cases,
};
use serde_json::json;

use super::progress::Progress;
use super::promised::{answers_of_prover, promised, promises_of};
use super::proved::Shelf;
use super::prover::{Prover, SolverArgs};
use super::{output, tree, workspace};
use crate::config::{Format, Global};

/// Prove the promises beside the policies, for every request there can be.
///
/// Each promise of `policies/never.cedar` and `policies/always.cedar` is put to a solver, cvc5, and so is whether a policy can
/// fail or changes nothing. A promise that fails is told as a story, with a case that shows it. What the solver does not
/// know is never taken for proved.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    solver: SolverArgs,
    /// Prove again what was proved before of the very same policies.
    #[arg(long)]
    afresh: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match prove(global, args) {
        Ok(done) => report(global, &done),
        Err(findings) => output::findings(global, &findings, json!({})),
    }
}

struct ProveResult {
    rules: Rules,
    promises: usize,
    asked: Vec<ProofQuestion>,
    answers: Vec<ProofAnswer>,
    remembered: bool,
    solver: String,
}

fn prove(global: &Global, args: &Args) -> Result<ProveResult, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let progress = Progress::reading(global);
    let tree = tree::read_tree(global).map_err(one)?.snapshot;
    let rules = rules_of(&tree)?;
    let misplaced = rules.policies.misplaced();
    if !misplaced.is_empty() {
        return Err(misplaced);
    }
    let promises = promised(&rules.policies).map_err(one)?;
    let asked = questions(&rules.policies);
    let prover = Prover::find(&args.solver).map_err(one)?;
    let shelf = prover.digest().and_then(|digest| Shelf::of(global, rules.policies.digest(), digest));
    let is_afresh = args.afresh || !prover.may_remember();
    let kept = shelf.as_ref().filter(|_| !is_afresh).and_then(|shelf| shelf.remembered(&asked));
    let remembered = kept.is_some();
    let answers = match kept {
        Some(answers) => answers,
        None => {
            progress.now(text!(en: "proving", nb: "beviser"));
            let answers = answers_of_prover(&prover, &tree, &asked).map_err(one)?;
            shelf.iter().for_each(|shelf| shelf.remember(&answers));
            answers
        }
    };
    let solver = prover.version;
    Ok(ProveResult { rules, promises, asked, answers, remembered, solver })
}

fn report(global: &Global, done: &ProveResult) -> Exit {
    let ProveResult { rules, promises, asked, answers, remembered, solver } = done;
    let (found, cases) = promise_findings(answers, &rules.policies, &rules.register);
    // Annotations and reports of tests have nothing but findings.
    let found = match global.format {
        Format::Github | Format::Sarif | Format::Junit => with_cases(found, &cases, &rules.policies),
        Format::Human | Format::Json | Format::Markdown => found,
    };
    // In a report of tests each promise is a test, and so are the other findings. No person's file was looked at.
    let mut shown = found.clone();
    if global.format == Format::Junit {
        shown.extend(unproved_promises(answers, &rules.policies));
    }
    let promised: Vec<(&str, Place)> = promises_of(&rules.policies)
        .filter_map(|promise| Some((promise.id.as_str(), rules.policies.place_of(&promise.id)?)))
        .collect();
    let files = promised.iter().map(|(_, place)| place.file.clone()).collect();
    let (findings, files) = workspace::placed_at(global, &shown, files);
    let named: Vec<NamedCase> = promised
        .iter()
        .zip(files)
        .map(|((id, place), file)| NamedCase { file, line: place.line, name: (*id).to_owned() })
        .collect();
    let more = json!({
        "questions": asked.len(), "promises": promises, "remembered": remembered, "solver": solver, "cases": cases,
    });
    let exit = output::findings_and(global, Looked::Cases(&named), &findings, more, Exit::Ok);
    if !cases.is_empty() {
        tell_cases(global, &cases);
    }
    let line = sentence(asked.len(), *promises, *remembered, &found);
    if global.format == Format::Human {
        output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n"));
    } else {
        output::tell(global, &line);
    }
    exit
}

/// Shows the cases below the findings, if the format has room for them.
fn tell_cases(global: &Global, cases: &BTreeMap<String, String>) {
    let words = text!(
        en: "\nCases that show it, for `policies/tests`:\n",
        nb: "\nTilfeller som viser det, for `policies/tests`:\n"
    );
    let cases: String = cases.values().map(|case| format!("\n{case}")).collect();
    match global.format {
        Format::Human => {
            output::say(global, &words);
            output::out(&cases);
        }
        Format::Markdown => {
            output::say(global, &words);
            output::out(&format!("\n```yaml{cases}```\n"));
        }
        // The forge only shows ten of many findings. The log of the step has every case.
        Format::Github => {
            output::tell(global, &words);
            output::err(&cases);
        }
        Format::Json | Format::Sarif | Format::Junit => {}
    }
}

fn sentence(asked: usize, promises: usize, remembered: bool, found: &[Finding]) -> Text {
    const QUESTIONS: Noun = Noun::new(["question", "questions"], ["spørsmål", "spørsmål"]);
    const PROMISES: Noun = Noun::new(["promise", "promises"], ["løfte", "løfter"]);
    let (questions, promises) = (QUESTIONS.count(asked), PROMISES.count(promises));
    let summary = summary(found);
    let line = text!(
        with promises, questions, summary;
        en: "{promises}, {questions} answered: {summary}",
        nb: "{promises}, {questions} besvart: {summary}"
    );
    if !remembered {
        return line;
    }
    text!(
        with line;
        en: "{line} (remembered from before; `--afresh` proves it again)",
        nb: "{line} (husket fra før; `--afresh` beviser det på nytt)"
    )
}
