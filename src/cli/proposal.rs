//! A proposed change as the command line names it. Base, head and target are read as folders or commits, together with
//! what the branch and the forge know. `check` and `plan --base` both judge a change with this code.

use std::path::Path;

use jiff::civil::Date;
use portvakt_core::decide::{
    Checked, Nothing, Past, Proposal, Reviews, check_against, check_alone, rules_of,
};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::tree::Snapshot;
use portvakt_engine::reconcile::engine::source_finding;
use portvakt_engine::reconcile::past::BranchPast;
use portvakt_engine::reconcile::reviews::Asking;
use portvakt_sources::{
    Depth, Directory, Forked, Made, MergeError, OwnerFiles, RealPace, Repository, Settle, SourceError,
    forked, is_stale, propose,
};

use super::progress::Progress;
use super::{finding, today, tree};
use crate::config::{Global, is_a_job};

/// How a change is named.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct NamedProposal {
    /// What was accepted before: a git revision (the tip of the target branch) or a folder like the root.
    #[arg(long, value_name = "REV|DIR")]
    pub base: Option<String>,
    /// The change as a git revision, in place of the folder: judged as it would be merged into the base.
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// The branch the change is meant for. A base that is not its tip is refused. Without it: the main branch of
    /// `origin`, or else the branch that `--base` names.
    #[arg(long, value_name = "REF", requires = "base")]
    pub target: Option<String>,
    /// Where the register says `evidence: forge`: the number of the merge request, which is still open, to ask who has
    /// approved it so far. Without it that is left open.
    #[arg(long, value_name = "NUMBER", requires = "base")]
    pub merge_request: Option<u64>,
}

/// A proposed change with its verdict.
#[derive(Debug)]
pub(super) struct Proposed {
    /// The tree that was accepted before. It is `None` if no base is named.
    pub base: Option<Snapshot>,
    /// The files of the proposed tree.
    pub tree: Snapshot,
    /// The commits of both trees.
    pub commits: Commits,
    /// The verdict and the findings.
    pub checked: Checked,
    /// The day of the judgement, in the register's time zone.
    pub on: Date,
    /// The CODEOWNERS files of the repository. They are `None` if the tree was read from a folder.
    pub code_owners: Option<OwnerFiles>,
}

/// The commits that were judged.
#[derive(Debug, Default)]
pub(super) struct Commits {
    /// The branch that was used as the base because none was named.
    pub found: Option<&'static str>,
    pub base: Option<String>,
    pub head: Option<String>,
    pub made: Option<Made>,
}

/// Reads a change and judges it. Without a base, it judges the tree alone.
///
/// # Errors
/// The function fails if a tree cannot be read, if the base is behind its target, or if they cannot be merged.
pub(super) fn judged(
    global: &Global,
    named: &NamedProposal,
    progress: &Progress,
) -> Result<Proposed, Finding> {
    let Trees { base, tree, commits, code_owners, beside } = trees(global, named)?;
    let on = today::of_tree(global, &tree)?;
    let (world, mut besides) = world(global, named, base.as_ref(), &commits)?;
    besides.extend(beside);
    progress.now(text!(en: "judging", nb: "vurderer"));
    let checked = match &base {
        None => check_alone(&tree, on),
        Some(base) => {
            let repository = world.repository.as_ref();
            let past = repository
                .zip(commits.base.as_deref())
                .map(|(repository, tip)| BranchPast::new(repository, tip));
            let reviews = match &world.ask {
                Ask::The(asking, number) => Some(asking.open(*number, base, &tree)),
                Ask::Not | Ask::InVain => None,
            };
            // The forge should be asked but cannot be. Then nothing new is permitted.
            let in_vain = matches!(world.ask, Ask::InVain).then_some(&Nothing as &dyn Reviews);
            let mut checked = check_against(&Proposal {
                base,
                tree: &tree,
                past: past.as_ref().map_or(&Nothing as &dyn Past, |past| past),
                reviews: reviews.as_ref().map(|reviews| reviews as &dyn Reviews).or(in_vain),
                today: on,
            });
            besides.extend(reviews.iter().flat_map(|reviews| reviews.troubles()));
            checked.findings.append(&mut besides);
            checked.findings.sort();
            checked
        }
    };
    Ok(Proposed { base, tree, commits, checked, on, code_owners })
}

/// Judges a change for which no base is named. If the work tree in git is ahead of the branch of `origin`, it is judged
/// against that branch. If the two have diverged, committed work is merged in memory. Work that is not committed is
/// judged from the last common commit.
///
/// # Errors
/// The function fails for the same reasons as [`judged`].
pub(super) fn judged_by_itself(
    global: &Global,
    named: &NamedProposal,
    progress: &Progress,
) -> Result<Proposed, Finding> {
    let branch = global.git_branch();
    let repository = branch.open().ok();
    let Some(Ok(Some(Forked { target, tip, shared }))) = repository.as_ref().map(forked) else {
        return judged(global, named, progress);
    };
    let committed = || -> Result<bool, Finding> {
        let folder = tree::read(global)?.snapshot;
        let head = repository.as_ref().and_then(|repository| repository.commit("HEAD").ok());
        Ok(head.is_some_and(|head| head.snapshot.digest() == folder.digest()))
    };
    let found = if tip == shared {
        NamedProposal { base: Some(tip.clone()), target: Some(tip), ..named.clone() }
    } else if committed()? {
        NamedProposal {
            base: Some(tip.clone()),
            target: Some(tip),
            head: Some("HEAD".to_owned()),
            ..named.clone()
        }
    } else {
        NamedProposal { base: Some(shared.clone()), target: Some(shared), ..named.clone() }
    };
    let mut proposed = judged(global, &found, progress)?;
    proposed.commits.found = Some(target);
    Ok(proposed)
}

/// The repository and the forge, as sources of facts beside the two trees.
struct World {
    repository: Option<Repository>,
    ask: Ask,
}

/// Tells whether the forge is asked for the approvals.
enum Ask {
    /// The forge is not asked, and the question stays open.
    Not,
    /// The forge should be asked, but this is not possible.
    InVain,
    /// The forge is asked about this merge request.
    The(Box<Asking>, u64),
}

fn world(
    global: &Global,
    args: &NamedProposal,
    base: Option<&Snapshot>,
    commits: &Commits,
) -> Result<(World, Vec<Finding>), Finding> {
    let failed = |error: SourceError| finding::located(global, source_finding(&error));
    let repository = match commits.base {
        Some(_) => Some(global.git_branch().open().map_err(failed)?),
        None => None,
    };
    let rules = base.and_then(|base| rules_of(base).ok());
    let (Some(rules), Some(number)) = (rules, args.merge_request) else {
        return Ok((World { repository, ask: Ask::Not }, Vec::new()));
    };
    let (branch, token) = (global.git_branch(), global.forge_token());
    let (ask, besides) = match Asking::ready(&rules.register.evidence, Some(&branch), token.as_deref()) {
        Ok(None) => (Ask::Not, Vec::new()),
        Ok(Some(asking)) => (Ask::The(Box::new(asking), number), Vec::new()),
        Err(finding) => (Ask::InVain, vec![finding]),
    };
    Ok((World { repository, ask }, besides))
}

/// The trees to compare, and their commits.
struct Trees {
    base: Option<Snapshot>,
    tree: Snapshot,
    commits: Commits,
    code_owners: Option<OwnerFiles>,
    /// Findings about the commits themselves.
    beside: Vec<Finding>,
}

/// Reads the base and the proposed tree, and finds their commits.
fn trees(global: &Global, args: &NamedProposal) -> Result<Trees, Finding> {
    let head = args.head.clone().or_else(|| global.branch().map(|branch| branch.rev().to_owned()));
    let revision = args.base.as_deref().filter(|base| !Path::new(base).is_dir());
    if let Some(base) = revision {
        let of_base = |error: SourceError| base_finding(base, &error);
        let repository = global.git_branch().open().map_err(of_base)?;
        let id = repository.find(base).map_err(of_base)?.id;
        let mut beside: Vec<Finding> =
            of_target(&repository, base, &id, args.target.as_deref())?.into_iter().collect();
        if let Some(head) = &head {
            let failed = |error: SourceError| finding::located(global, source_finding(&error));
            let head = repository.find(head).map_err(failed)?.id;
            let made = propose(&repository, &id, &head).map_err(|error| merge_finding(global, error))?;
            if !made.keeps_the_line {
                beside.push(fast_forward(base, &made.head));
            }
            let commits = Commits {
                base: Some(made.base),
                head: Some(made.head),
                made: Some(made.made),
                ..Commits::default()
            };
            let (base, tree, code_owners) = (Some(made.base_tree), made.tree, Some(made.code_owners));
            return Ok(Trees { base, tree, commits, code_owners, beside });
        }
        let tree = tree::read(global)?.snapshot;
        let base_tree = repository.commit(&id).map_err(of_base)?.snapshot;
        let commits = Commits { base: Some(id), ..Commits::default() };
        return Ok(Trees { base: Some(base_tree), tree, commits, code_owners: None, beside });
    }
    if let Some(target) = &args.target {
        let message = text!(
            en: "`--target {target}` says nothing about a base that is a folder",
            nb: "`--target {target}` sier ingenting om et grunnlag som er en mappe"
        );
        let way_out = text!(
            en: "Name the base as a git revision, or leave `--target` out.",
            nb: "Oppgi grunnlaget som en git-revisjon, eller utelat `--target`."
        );
        return Err(Finding::new(Code::BadValue, message, way_out));
    }
    let base = match &args.base {
        None => None,
        Some(folder) => {
            let taken = Directory::new(Path::new(folder)).take(Depth::All, Settle::default(), &mut RealPace);
            Some(taken.map_err(|error| base_finding(folder, &error))?)
        }
    };
    let (tree, code_owners) = match &head {
        None => (tree::read(global)?, None),
        Some(head) => {
            let failed = |error: SourceError| finding::located(global, source_finding(&error));
            let repository = global.git_branch().open().map_err(failed)?;
            let commit = repository.commit(head).map_err(failed)?;
            let code_owners = repository.code_owners(&commit.id).map_err(failed)?;
            (tree::Tree { snapshot: commit.snapshot, commit: Some(commit.id) }, Some(code_owners))
        }
    };
    let commits = Commits { head: tree.commit, ..Commits::default() };
    Ok(Trees { base, tree: tree.snapshot, commits, code_owners, beside: Vec::new() })
}

/// Refuses a base that is not the tip of its target branch. If the target is unknown, it says so.
///
/// If this clone knows the main branch of `origin`, that is the target, whatever the name of the base. Anybody who may
/// push could make a branch that holds their own key already. If the target is another branch, the output names it.
fn of_target(
    repository: &Repository,
    base: &str,
    id: &str,
    target: Option<&str>,
) -> Result<Option<Finding>, Finding> {
    let Some(target) = target.or_else(|| repository.default_target()) else {
        let finding = without_origin(repository, base, id);
        // In a job nobody reads advice, and the verdict lets the change in.
        return Ok(finding.map(|finding| if is_a_job() { finding } else { finding.advice() }));
    };
    let failed = |error: SourceError| {
        let mut finding = source_finding(&error);
        let why = error.words();
        finding.message = text!(with why; en: "the target `{target}`: {why}", nb: "målet `{target}`: {why}");
        finding
    };
    let tip = repository.find(target).map_err(failed)?.id;
    if id == tip {
        return Ok(None);
    }
    let stale = is_stale(repository, id, &tip).map_err(failed)?;
    let target = target.strip_prefix("refs/remotes/").unwrap_or(target);
    if !stale {
        let message = text!(
            en: "the base {id} is not the tip of `{target}`, which stands at {tip}: it has commits that nobody has accepted there",
            nb: "grunnlaget {id} er ikke det nyeste på `{target}`, som står ved {tip}: det har innsendinger som ingen har godtatt der"
        );
        let way_out = text!(
            en: "Run this again with the tip, `--base {target}`. To judge against this base all the same, name it as the target too: `--target {id}`.",
            nb: "Kjør dette igjen med det nyeste, `--base {target}`. Vil du likevel vurdere mot dette grunnlaget, oppgir du det som mål også: `--target {id}`."
        );
        return Err(Finding::new(Code::BaseNotTheTarget, message, way_out));
    }
    let message = text!(
        en: "the base {id} lacks commits of `{target}`, which stands at {tip}: what would be judged is not what would be merged",
        nb: "grunnlaget {id} mangler innsendinger fra `{target}`, som står ved {tip}: det som ville bli vurdert, er ikke det som ville bli flettet inn"
    );
    let way_out = text!(
        en: "Run this again with the tip, `--base {target}`; the change is merged with it in memory where it was made from an older one. To judge against the older base all the same, name it as the target too: `--target {id}`.",
        nb: "Kjør dette igjen med det nyeste, `--base {target}`; endringen flettes med det i minnet om den er laget fra noe eldre. Vil du likevel vurdere mot det eldre grunnlaget, oppgir du det som mål også: `--target {id}`."
    );
    Err(Finding::new(Code::BaseStale, message, way_out))
}

/// Returns the finding about a base if this clone knows no main branch of `origin`. A named branch counts as the target.
/// There is a finding about it only if the repository's own main branch is at another commit.
fn without_origin(repository: &Repository, base: &str, id: &str) -> Option<Finding> {
    if !repository.names_branch(base) {
        return Some(unknown_target(base, id));
    }
    let main = repository.main_branch()?;
    let tip = repository.find(main).ok().filter(|tip| tip.id != id)?.id;
    let main = main.strip_prefix("refs/heads/").unwrap_or(main);
    let message = text!(
        en: "the base `{base}` stands at {id}, and the main branch `{main}` at {tip}: who may approve is judged by the base all the same, and it may hold what nobody has accepted",
        nb: "grunnlaget `{base}` står ved {id}, og hovedgrenen `{main}` ved {tip}: hvem som kan godkjenne, vurderes likevel etter grunnlaget, og det kan inneholde noe ingen har godtatt"
    );
    let way_out = text!(
        en: "Name the main branch, `--base {main}`, or say that the change is meant for this one: `--target {base}`.",
        nb: "Oppgi hovedgrenen, `--base {main}`, eller si at endringen er ment for denne: `--target {base}`."
    );
    Some(Finding::new(Code::BaseNotTheTarget, message, way_out))
}

/// The finding about a base that may be any commit, since nothing tells which branch the change is meant for.
fn unknown_target(base: &str, id: &str) -> Finding {
    let message = text!(
        en: "the base `{base}` is the commit {id}, and no branch is known that it is the tip of: who may approve is judged by it all the same",
        nb: "grunnlaget `{base}` er innsendingen {id}, og det er ikke kjent hvilken gren den er det nyeste på: hvem som kan godkjenne, vurderes likevel etter den"
    );
    let way_out = text!(
        en: "Name the branch that the change is meant for with `--target BRANCH`.",
        nb: "Oppgi grenen endringen er ment for, med `--target GREN`."
    );
    Finding::new(Code::BaseNotTheTarget, message, way_out)
}

/// The advice about a change whose fast-forward would take the target's commits off the line that the daemon follows.
fn fast_forward(base: &str, head: &str) -> Finding {
    let message = text!(
        en: "{head} has its target merged into it: if the target is moved on to it (a fast-forward), the daemon says `history-rewritten` and reads nothing more",
        nb: "{head} har målet sitt flettet inn i seg: flyttes målet fram til den (fast-forward), sier tjenesten `history-rewritten` og leser ikke mer"
    );
    let way_out = text!(
        en: "Merge it with a commit of its own (`git merge --no-ff`, or the forge's merge commit), or rebase it on {base}.",
        nb: "Flett den med en egen innsending (`git merge --no-ff`, eller kodeplattformens flettingsinnsending), eller legg den oppå {base} med `git rebase`."
    );
    Finding::new(Code::HistoryRewritten, message, way_out).advice()
}

fn merge_finding(global: &Global, error: MergeError) -> Finding {
    let why = error.words();
    let (message, way_out) = match error {
        MergeError::Source(error) => return finding::located(global, source_finding(&error)),
        MergeError::Conflict { ref paths, .. } => {
            let paths = quoted(paths);
            let message = text!(
                with why, paths;
                en: "{why}: both have changed {paths}",
                nb: "{why}: begge har endret {paths}"
            );
            let way_out = text!(
                en: "Merge the target branch into the change, settle these files by hand, and run this again.",
                nb: "Flett målgrenen inn i endringen, rett opp disse filene for hånd, og kjør dette igjen."
            );
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

/// The largest number of paths that a message names.
const NAMED: usize = 20;

fn quoted(paths: &[String]) -> Text {
    let named = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => Text::same(named),
        more => text!(en: "{named} and {more} more", nb: "{named} og {more} til"),
    }
}

fn base_finding(base: &str, error: &SourceError) -> Finding {
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
pub(super) fn sentence(commits: &Commits) -> Option<Text> {
    let judged = which(commits)?;
    Some(match commits.found {
        None => judged,
        Some(found) => judged.and(text!(
            en: "The base is taken from `{found}`, since none was named; `--no-base` checks the files by themselves.",
            nb: "Grunnlaget er tatt fra `{found}`, siden ingen oppga noe; `--no-base` kontrollerer filene for seg."
        )),
    })
}

fn which(commits: &Commits) -> Option<Text> {
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
