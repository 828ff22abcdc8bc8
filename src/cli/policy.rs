//! `portvakt policy` tests the policies with the cases of `policies/tests`, formats the policies, and tells the effect
//! of a change of them.

use std::collections::BTreeMap;
use std::path::Path;

use portvakt_core::characters;
use portvakt_core::decide::rules_of;
use portvakt_core::diag::{Code, Exit, Finding, Looked, NamedCase, Noun, Place, summary, text};
use portvakt_core::model::FilePath;
use portvakt_core::policy::{Coverage, TriedCases, can_be_formatted, coverage, formatted, try_cases};
use portvakt_core::system::{said, way_out};
use serde_json::{Value, json};

use super::proposal::NamedProposal;
use super::prover::SolverArgs;
use super::{output, replaced, tree, unwritten, workspace};
use crate::config::{Format, Global, SourceKind};

mod diff;

/// Try the policies on their cases, format them, and compare them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: PolicyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PolicyCommand {
    /// Put the cases of `policies/tests` to the policies, and say what no case shows.
    ///
    /// A case that is answered otherwise than it expects is an error, and the exit code is 1. A policy that decides no
    /// case is advice, and so is a condition that is true in every case or in none.
    Test,
    /// Format the policies and the promises.
    ///
    /// What they say does not change, and no comment is lost. The schema and the cases are left as they are.
    Fmt {
        /// Only tell which files are not formatted, and end with 1 if there are any.
        #[arg(long)]
        check: bool,
    },
    /// Say what becomes permitted that was not, and what is no longer permitted.
    ///
    /// Both sets of policies are put to a solver, cvc5. For each action and role, and for each advice, there is the
    /// plainest example in each direction, or they decide the same for every request. Ends with 3 if they differ.
    Diff {
        #[command(flatten)]
        named: NamedProposal,
        #[command(flatten)]
        solver: SolverArgs,
        /// Compare again what was compared before of the very same policies.
        #[arg(long)]
        afresh: bool,
    },
}

const CASES: Noun = Noun::new(["case", "cases"], ["testtilfelle", "testtilfeller"]);
const FILES: Noun = Noun::new(["file", "files"], ["fil", "filer"]);

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let done = match &args.what {
        PolicyCommand::Test => test(global),
        PolicyCommand::Fmt { check } => format(global, *check),
        PolicyCommand::Diff { named, solver, afresh } => return diff::run(global, named, solver, *afresh),
    };
    done.unwrap_or_else(|findings| output::findings(global, &findings, json!({})))
}

fn test(global: &Global) -> Result<Exit, Vec<Finding>> {
    let tree = tree::read_tree(global).map_err(|finding| vec![finding])?.snapshot;
    let rules = rules_of(&tree)?;
    let TriedCases { cases, broken, mut findings, .. } =
        try_cases(&rules.policies, &rules.register, tree.policies());
    if cases.is_empty() && findings.is_empty() {
        findings.push(without_cases());
    }
    findings.extend(rules.policies.misplaced());
    let covered = coverage(&rules.policies, &rules.register, &cases);
    findings.extend(covered.findings.iter().cloned());
    findings.sort();
    let paths = cases.iter().map(|case| case.place.file.clone()).collect();
    let (findings, paths) = workspace::placed_at(global, &findings, paths);
    let named: Vec<NamedCase> = cases
        .iter()
        .zip(paths)
        .map(|(case, file)| NamedCase { file, line: case.place.line, name: case.name.clone() })
        .collect();
    let told: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let place = &case.place;
            json!({
                "name": case.name,
                "file": place.file,
                "line": place.line,
                "as_expected": !broken.contains(&number),
            })
        })
        .collect();
    let Coverage { policies, decided, conditions, both, .. } = covered;
    let more = json!({
        "cases": told,
        "coverage": { "policies": policies, "decided": decided, "conditions": conditions, "both": both },
    });
    let exit = output::findings_and(global, Looked::Cases(&named), &findings, more, Exit::Ok);
    let (count, wrong, summary) = (CASES.count(cases.len()), broken.len(), summary(&findings));
    let line = text!(
        with count, summary;
        en: "{count}, {wrong} answered otherwise; {decided} of {policies} policies decide one, {both} of {conditions} conditions are seen both ways: {summary}",
        nb: "{count}, {wrong} besvart annerledes; {decided} av {policies} tilgangsregler avgjør et, {both} av {conditions} vilkår er sett begge veier: {summary}"
    );
    if global.format == Format::Human {
        output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n"));
    } else {
        output::tell(global, &line);
    }
    Ok(exit)
}

fn without_cases() -> Finding {
    let message = text!(
        en: "nothing was tried: there is no case in `policies/tests`",
        nb: "ingenting ble prøvd: det finnes ikke noe testtilfelle i `policies/tests`"
    );
    let way_out = text!(
        en: "Write cases in `policies/tests`; those of the example (`portvakt demo --prepare DIR`) show how.",
        nb: "Skriv testtilfeller i `policies/tests`; de i eksemplet (`portvakt demo --prepare MAPPE`) viser hvordan."
    );
    Finding::new(Code::PolicyCasesMissing, message, way_out)
}

fn format(global: &Global, check: bool) -> Result<Exit, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    if global.source == SourceKind::Git && !check {
        let message = text!(
            en: "the policies are files of the work tree, and the source is git",
            nb: "tilgangsreglene er filer i arbeidsmappen, og kilden er git"
        );
        let way_out = text!(
            en: "Run it without `--source git`, in a checkout of the branch, or with `--check`.",
            nb: "Kjør uten `--source git`, i en utsjekket utgave av grenen, eller med `--check`."
        );
        return Err(one(Finding::new(Code::BadValue, message, way_out)));
    }
    let tree = tree::read_tree(global).map_err(one)?.snapshot;
    let files = tree.policies().iter().filter(|(path, _)| can_be_formatted(path));
    let mut findings = Vec::new();
    let mut untidy: BTreeMap<&FilePath, String> = BTreeMap::new();
    let mut seen = 0;
    for (path, bytes) in files {
        seen += 1;
        let Ok(words) = std::str::from_utf8(bytes) else {
            findings.push(not_text(path));
            continue;
        };
        match formatted(path, words) {
            Ok(tidy) if tidy == words => {}
            Ok(tidy) => drop(untidy.insert(path, tidy)),
            Err(wrong) => findings.extend(wrong),
        }
    }
    // If one file cannot be formatted, all files stay as they are, because they are reviewed together.
    let writes = !check && findings.is_empty();
    if check {
        findings.extend(untidy.keys().map(|path| unformatted(path)));
    }
    if writes {
        untidy.iter().try_for_each(|(path, tidy)| write(global, path, tidy)).map_err(one)?;
    }
    findings.sort();
    let written: Vec<&FilePath> = if writes { untidy.keys().copied().collect() } else { Vec::new() };
    let more = json!({ "files": seen, "written": written });
    let (findings, looked) = workspace::placed_at(
        global,
        &findings,
        tree.policies().keys().filter(|p| can_be_formatted(p)).cloned().collect(),
    );
    let exit = output::findings_and(global, Looked::At(&looked), &findings, more, Exit::Ok);
    let (count, changed) = (FILES.count(seen), written.len());
    let line = if check {
        let untidy = untidy.len();
        text!(
            with count;
            en: "{count}, {untidy} not formatted",
            nb: "{count}, {untidy} ikke formatert"
        )
    } else {
        text!(with count; en: "{count}, {changed} formatted", nb: "{count}, {changed} formatert")
    };
    output::tell(global, &line);
    Ok(exit)
}

fn not_text(path: &FilePath) -> Finding {
    Finding::new(Code::NotText, characters::not_text(), Code::NotText.next()).at(Place::file(path))
}

fn unformatted(path: &FilePath) -> Finding {
    let message = text!(en: "this file is not formatted", nb: "denne filen er ikke formatert");
    let way_out = text!(en: "Run `portvakt policy fmt`.", nb: "Kjør `portvakt policy fmt`.");
    Finding::new(Code::PolicyUnformatted, message, way_out).at(Place::file(path))
}

/// Replaces a file of the tree. A link or a pipe under its name is refused.
fn write(global: &Global, path: &FilePath, words: &str) -> Result<(), Finding> {
    let file = global.root.join(path.as_str());
    replaced::is_a_file(&file)?;
    std::fs::write(&file, words).map_err(|error| {
        let message = unwritten::cannot_write(Path::new(path.as_str()), &said(&error));
        Finding::new(Code::SourceUnreadable, message, way_out(&error))
    })
}
