//! `portvakt check` reads, validates and judges the tree. It reports everything that is wrong in one run.

use std::sync::Arc;

use portvakt_core::decide::Checked;
use portvakt_core::diag::{Code, Exit, Finding, Looked, Noun, Severity, Text, summary, text};
use portvakt_core::judge::Rules;
use portvakt_core::model::Evidence;
use portvakt_core::tree::{DESIRED_STATE, REGISTER, Snapshot};
use portvakt_engine::review;
use portvakt_sources::{Made, files_ever};
use serde_json::json;

use super::progress::Progress;
use super::proposal::{self, Commits, NamedProposal, Proposed};
use super::{code_owners, compared, output, reasons, unsigned, workspace};
use crate::config::{Format, Global};

/// Check the tree: by itself, or what it changes about a base.
///
/// With a base, changes are judged as the daemon will judge them: by what was accepted before. Without one,
/// whatever would be wrong on any day is refused, and an approver who is not in office today is advice.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    named: NamedProposal,
    /// Check the files by themselves. Without it, a work tree in git with commits or files that the main branch of
    /// `origin` has not is judged against that branch.
    #[arg(long, conflicts_with_all = ["base", "target", "merge_request"])]
    no_base: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match check(global, args) {
        Ok(done) => report(global, &done),
        Err(finding) => output::stop(global, finding),
    }
}

struct CheckResult {
    checked: Checked,
    tree: Snapshot,
    commits: Commits,
    /// Tells whether nobody has access before or after the change. This is normal for a new register.
    begins: bool,
    /// The sentences about changed decisions of the policies, for a comment. The other formats have them in
    /// `policy diff` and `plan --base`.
    decides: Vec<Text>,
}

fn check(global: &Global, args: &Args) -> Result<CheckResult, Finding> {
    let progress = Progress::reading(global);
    let alone =
        args.no_base || args.named.base.is_some() || args.named.head.is_some() || global.branch().is_some();
    let judged = if alone { proposal::judged } else { proposal::judged_by_itself };
    let proposed = judged(global, &args.named, &progress)?;
    drop(progress);
    let decides = match global.format {
        Format::Markdown => compared::of_change(global, &proposed),
        _ => Vec::new(),
    };
    let Proposed { base, tree, commits, mut checked, on, code_owners } = proposed;
    checked.findings.extend(code_owners::stale(global, &tree, code_owners, on));
    let advice = reasons::advice(&tree, &checked, base.as_ref());
    checked.findings.extend(advice);
    let asks_for_signatures = |rules: &Arc<Rules>| rules.register.evidence == Evidence::Signature;
    if !alone && base.is_none() && checked.rules.as_ref().is_some_and(asks_for_signatures) {
        checked.findings.extend(unsigned::advice_on_commit(global, &tree, on));
    }
    let begins = tree.count() == 0 && base.map_or_else(|| is_new(global), |base| base.count() == 0);
    if begins {
        let nothing = checked.findings.iter_mut().filter(|finding| finding.code == Code::NothingChecked);
        nothing.for_each(|finding| finding.severity = Severity::Advice);
    }
    checked.findings.sort();
    Ok(CheckResult { checked, tree, commits, begins, decides })
}

/// Returns whether the folder is committed, and its history never had the file of a person. Then nothing is missing.
fn is_new(global: &Global) -> bool {
    let has_had_people = || -> Option<bool> {
        let repository = global.git_branch().open().ok()?;
        let _register = repository.file_at("HEAD", REGISTER).ok()??;
        let files = files_ever(&repository, "HEAD", DESIRED_STATE, |_| true).ok()?;
        Some(files.iter().any(|(path, _)| path.ends_with(".yaml")))
    };
    has_had_people() == Some(false)
}

fn report(global: &Global, done: &CheckResult) -> Exit {
    let CheckResult { checked, tree, commits, begins, decides } = done;
    let mut more = json!({ "files": tree.count(), "judged": checked.given, "taken": checked.taken });
    if let Some(more) = more.as_object_mut() {
        let ids = [("base", &commits.base), ("head", &commits.head)];
        more.extend(ids.into_iter().filter_map(|(name, id)| Some((name.to_owned(), json!(id.as_ref()?)))));
        if let Some(found) = &commits.found {
            more.insert("base-of".to_owned(), json!(found));
        }
        if let Some(made) = commits.made {
            more.insert("merged".to_owned(), json!(made == Made::Merged));
        }
    }
    let (findings, looked) = workspace::placed(global, &checked.findings, tree);
    let looked = if *begins { Looked::Elsewhere } else { Looked::At(&looked) };
    let exit = output::findings_and(global, looked, &findings, more, Exit::Ok);
    if !decides.is_empty() {
        output::out(&format!("\n{}", review::decided(decides, global.lang())));
    }
    const FILES: Noun = Noun::new(["file", "files"], ["fil", "filer"]);
    const ENTRIES: Noun = Noun::new(["entry", "entries"], ["oppføring", "oppføringer"]);
    let (files, given) = (FILES.count(tree.count()), ENTRIES.count(checked.given));
    let (taken, summary) = (checked.taken, summary(&checked.findings));
    let mut line = text!(
        with files, given, summary;
        en: "{files}, {given} judged, {taken} taken away: {summary}",
        nb: "{files}, {given} vurdert, {taken} fjernet: {summary}"
    );
    if let Some(judged) = proposal::what_was_judged(commits) {
        line = text!(with judged, line; en: "{judged}\n{line}", nb: "{judged}\n{line}");
    }
    if global.format == Format::Human {
        output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n"));
    } else {
        output::tell(global, &line);
    }
    exit
}
