//! Finds the words that say why a change has no base, or why it cannot be merged.

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::FilePath;
use portvakt_core::tree::{rejections_trust, review_parts};
use portvakt_engine::reconcile::engine::source_finding;
use portvakt_sources::{Made, MergeError, SourceError};

use super::Commits;
use crate::cli::finding;
use crate::config::Global;

pub(super) fn merge_finding(global: &Global, error: MergeError) -> Finding {
    let why = error.words();
    let (message, way_out) = match error {
        MergeError::Source(error) => return finding::of_source(global, &error),
        MergeError::Conflict { ref paths, .. } => {
            let is_of_commands = paths.iter().all(|path| is_written_by_commands(path));
            let paths = quoted(paths);
            let message = text!(
                with why, paths;
                en: "{why}: both have changed {paths}",
                nb: "{why}: begge har endret {paths}"
            );
            let way_out = match is_of_commands {
                true => text!(
                    en: "Whoever made the change runs `portvakt send`, which makes it anew on what stands now where that is possible. Otherwise they do the task once more with the same command, and close the request for this branch.",
                    nb: "Den som laget endringen, kjører `portvakt send`, som lager den på nytt på det som står nå, der det går. Ellers gjør vedkommende oppgaven en gang til med samme kommando, og lukker forespørselen for denne grenen."
                ),
                false => text!(
                    en: "If an everyday command made the branch, whoever made it runs `portvakt send`, which makes it anew. Otherwise merge the target branch into the change, settle these files by hand, and run this again.",
                    nb: "Er grenen laget med `portvakt`, kjører den som laget den, `portvakt send`, som lager den på nytt. Ellers flett målgrenen inn i endringen, rett opp disse filene for hånd, og kjør dette igjen."
                ),
            };
            (message, way_out)
        }
        MergeError::Stranded { ref paths, .. } => {
            let paths = quoted(paths);
            let message = text!(
                with why, paths;
                en: "{why}: one side has moved a folder, and the other has put {paths} under its old name",
                nb: "{why}: den ene siden har flyttet en mappe, og den andre har lagt {paths} under det gamle navnet"
            );
            let way_out = text!(
                en: "Merge the target branch into the change, put these files where they belong, and run this again.",
                nb: "Flett målgrenen inn i endringen, legg disse filene der de hører hjemme, og kjør dette igjen."
            );
            (message, way_out)
        }
        MergeError::Unrelated { .. } => {
            let way_out = text!(
                en: "Name a head that was made from the target branch.",
                nb: "Oppgi en endring som er laget fra målgrenen."
            );
            (why, way_out)
        }
    };
    Finding::new(Code::MergeConflict, message, way_out)
}

/// Returns whether the everyday commands write a file: that of a person, or a list of a review or of rejected
/// applications. The path begins at the top of the repository, and the tree may be in a folder of it.
fn is_written_by_commands(path: &str) -> bool {
    let file = path.strip_suffix(".sig").unwrap_or(path);
    let starts = std::iter::once(0).chain(file.match_indices('/').map(|(at, _)| at + 1));
    starts.filter_map(|at| file.get(at..)).map(FilePath::new).any(|below| {
        below.person_parts().is_some() || review_parts(&below).is_some() || rejections_trust(&below).is_some()
    })
}

/// The largest number of paths that a message names.
const NAMED: usize = 20;

fn quoted(paths: &[String]) -> Text {
    Text::first_of(paths.iter().map(|path| format!("`{path}`")), NAMED)
}

pub(super) fn base_finding(base: &str, error: &SourceError) -> Finding {
    let (mut finding, why) = (source_finding(error), error.words());
    finding.message = match error {
        SourceError::NoCommit { .. } | SourceError::NoRepository { .. } => text!(
            with why;
            en: "the base `{base}` is no folder, and as a revision: {why}",
            nb: "grunnlaget `{base}` er ingen mappe, og som revisjon: {why}"
        ),
        _ => text!(with why; en: "the base `{base}`: {why}", nb: "grunnlaget `{base}`: {why}"),
    };
    if let SourceError::NoRepository { .. } = error {
        finding.way_out = text!(
            en: "Name a folder that holds `desired-state` and `policies` as they were before, or run this in a git repository.",
            nb: "Oppgi en mappe som inneholder `desired-state` og `policies` slik de var før, eller kjør dette i et git-arkiv."
        );
    }
    finding
}

/// A sentence for people about the commits that were judged.
pub(in crate::cli) fn what_was_judged(commits: &Commits) -> Option<Text> {
    let judged = judged_commits(commits)?;
    Some(match &commits.found {
        None => judged,
        Some(found) => judged.and(text!(
            en: "The base is taken from `{found}`, since none was named; `--no-base` checks the files by themselves.",
            nb: "Grunnlaget er tatt fra `{found}`, siden ingen oppga noe; `--no-base` kontrollerer filene for seg."
        )),
    })
}

fn judged_commits(commits: &Commits) -> Option<Text> {
    match commits {
        Commits { base: Some(base), head: Some(head), made: Some(Made::Merged), .. } => Some(text!(
            en: "Judged: {head} merged into {base}, in memory.",
            nb: "Vurdert: {head} flettet inn i {base}, i minnet."
        )),
        Commits { base: Some(base), head: Some(head), .. } => {
            Some(text!(en: "Judged: {head} against {base}.", nb: "Vurdert: {head} mot {base}."))
        }
        Commits { base: Some(base), .. } => {
            Some(text!(en: "Judged: the folder against {base}.", nb: "Vurdert: mappen mot {base}."))
        }
        Commits { head: Some(head), .. } => Some(text!(en: "Judged: {head}.", nb: "Vurdert: {head}.")),
        Commits { .. } => None,
    }
}
