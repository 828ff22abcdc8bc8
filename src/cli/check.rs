//! `portvakt check`: reads, validates and judges, and tells everything that is wrong in one run.

use std::path::{Component, Path, PathBuf};

use serde_json::json;

use crate::config::{Format, Global};
use crate::diag::{Code, Exit, Finding, summary, text};
use crate::model::FilePath;
use crate::parse;
use crate::pass::{Checked, NoPast, NoReviews, Proposal, check_against, check_alone, day};
use crate::reconcile::engine::source_finding;
use crate::source::{Depth, Directory, RealPace, Settle, Snapshot, SourceError, from_git};

use super::progress::Progress;
use super::{output, plan};

/// Check the tree: by itself, or what it changes about a base.
///
/// With a base, changes are judged as the daemon will judge them: by what was accepted before. Without one,
/// whatever would be wrong on any day is refused, and an approver who is not in office today is advice.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What was accepted before: a git revision (the tip of the target branch) or a folder like the root.
    #[arg(long, value_name = "REV|DIR")]
    base: Option<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match check(global, args) {
        Ok((checked, files)) => report(global, &checked, files),
        Err(finding) => output::stop(global.format, finding),
    }
}

fn check(global: &Global, args: &Args) -> Result<(Checked, usize), Finding> {
    let progress = Progress::doing("reading the tree");
    let tree = plan::snapshot(global)?;
    progress.now("reading the base");
    let base = args.base.as_deref().map(|base| base_tree(global, base)).transpose()?;
    let today = today(global, &tree)?;
    progress.now("judging");
    let checked = match base {
        None => check_alone(&tree, today),
        Some(base) => check_against(&Proposal {
            base: &base,
            tree: &tree,
            past: &NoPast,
            reviews: &NoReviews,
            today,
        }),
    };
    Ok((checked, tree.count()))
}

/// A folder where there is one of that name, else a revision of the repository the root is in.
fn base_tree(global: &Global, base: &str) -> Result<Snapshot, Finding> {
    let folder = Path::new(base);
    let tree = if folder.is_dir() {
        Directory::new(folder).take(Depth::All, Settle::default(), &mut RealPace)
    } else {
        from_git(&global.root, base).map(|commit| commit.snapshot)
    };
    tree.map_err(|error| {
        let mut finding = source_finding(&error);
        finding.message = match error {
            SourceError::NoCommit { .. } | SourceError::NoRepository { .. } => text!(
                en: "the base `{base}` is no folder, and as a revision: {error}",
                nb: "grunnlaget `{base}` er ingen mappe, og som revisjon: {error}"
            ),
            _ => text!(en: "the base `{base}`: {error}", nb: "grunnlaget `{base}`: {error}"),
        };
        if let SourceError::NoRepository { .. } = error {
            finding.way_out = text!(
                en: "Name a folder that holds `desired-state` and `policies` as they were before, or run this in a git repository.",
                nb: "Oppgi en mappe som inneholder `desired-state` og `policies` slik de var før, eller kjør dette i et git-arkiv."
            );
        }
        finding
    })
}

/// The register's day, by the tree's own register; by UTC where that cannot be read, since nothing is judged then.
pub(super) fn today(global: &Global, tree: &Snapshot) -> Result<jiff::civil::Date, Finding> {
    let now = global.clock().now();
    match parse::register(&FilePath::new(crate::source::REGISTER), tree.register()) {
        Ok(register) => day(&register, now).map_err(|error| {
            Finding::new(
                Code::SourceUnreadable,
                error.to_string(),
                "Install the system's time zone data (`tzdata`).",
            )
        }),
        Err(_) => Ok(jiff::tz::TimeZone::UTC.to_datetime(now).date()),
    }
}

/// The findings with the paths a workflow needs to annotate lines: from where the program runs, not from the root.
fn from_workspace(global: &Global, findings: &[Finding]) -> Vec<Finding> {
    let below: Vec<_> = global.root.components().filter(|part| *part != Component::CurDir).collect();
    if below.is_empty() || below.iter().any(|part| !matches!(part, Component::Normal(_))) {
        return findings.to_vec();
    }
    let root = below.iter().collect::<PathBuf>();
    let mut findings = findings.to_vec();
    for place in findings.iter_mut().filter_map(|finding| finding.place.as_mut()) {
        place.file = FilePath::new(&root.join(place.file.as_str()).to_string_lossy());
    }
    findings
}

fn report(global: &Global, checked: &Checked, files: usize) -> Exit {
    let more = json!({ "files": files, "judged": checked.given, "taken": checked.taken });
    let exit = match global.format {
        Format::Github => output::findings(global.format, &from_workspace(global, &checked.findings), more),
        Format::Human | Format::Json => output::findings(global.format, &checked.findings, more),
    };
    let line = format!(
        "{}, {} judged, {} taken away: {}",
        output::count(files, "file", "files"),
        output::count(checked.given, "entry", "entries"),
        checked.taken,
        summary(&checked.findings)
    );
    if global.format == Format::Human {
        output::out(&format!("{line}\n"))
    } else {
        output::err(&line)
    }
    exit
}
