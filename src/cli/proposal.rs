//! Judges a proposed change that the command line names. It reads base, head and target as folders or commits, and what
//! the branch and the forge know. `check` and `plan --base` both judge a change with this code.

use jiff::civil::Date;
use portvakt_core::decide::{
    ChangeToCheck, Checked, Nothing, Past, Reviews, check_against, check_alone, rules_of,
};
use portvakt_core::diag::{Finding, text};
use portvakt_core::model::FilePath;
use portvakt_core::parse;
use portvakt_core::tree::{REGISTER, Snapshot};
use portvakt_engine::reconcile::past::BranchPast;
use portvakt_engine::reconcile::reviews::ForgeClient;
use portvakt_sources::{Forked, Made, OwnerFiles, Repository, SourceError, forked};

pub(super) use self::refused::what_was_judged;
use self::trees::{Trees, trees};
use super::last_valid::{self, StandIn};
use super::progress::Progress;
use super::{finding, today, tree};
use crate::config::Global;

mod refused;
mod trees;

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
    pub found: Option<String>,
    pub base: Option<String>,
    /// The commit whose settings stand in for those of the base, which are not valid.
    pub settings: Option<String>,
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
    let mut trees = trees(global, named)?;
    let on = today::of_tree(global, &trees.tree)?;
    progress.now(text!(en: "judging", nb: "vurderer"));
    let mut checked = checked_trees(global, named, &trees, on)?;
    if checked.rules.is_none()
        && let Some(Err(why)) = trees.base.as_ref().map(rules_of)
        && let Some(StandIn { tree, commit }) = stand_in(global, &trees)
    {
        trees.beside.push(last_valid::of_the_base(&why, &commit));
        trees.base = Some(tree);
        trees.commits.settings = Some(commit);
        checked = checked_trees(global, named, &trees, on)?;
    }
    let Trees { base, tree, commits, code_owners, .. } = trees;
    Ok(Proposed { base, tree, commits, checked, on, code_owners })
}

/// Finds settings that stand in for those of a base commit, which are not valid.
fn stand_in(global: &Global, trees: &Trees) -> Option<StandIn> {
    let (base, commit) = trees.base.as_ref().zip(trees.commits.base.as_deref())?;
    StandIn::find(base, &global.git_branch().open().ok()?, commit)
}

/// Judges the trees as they are.
fn checked_trees(
    global: &Global,
    named: &NamedProposal,
    trees: &Trees,
    on: Date,
) -> Result<Checked, Finding> {
    let Trees { base, tree, commits, beside, .. } = trees;
    let (world, mut besides) = world(global, named, base.as_ref(), commits)?;
    besides.extend(beside.iter().cloned());
    Ok(match base {
        None => check_alone(tree, on),
        Some(base) => {
            let repository = world.repository.as_ref();
            let past = repository
                .zip(commits.base.as_deref())
                .map(|(repository, tip)| BranchPast::new(repository, tip));
            let reviews = match &world.ask {
                Ask::The(asking, number) => Some(asking.open(*number, base, tree)),
                Ask::Not | Ask::InVain => None,
            };
            // The forge should be asked but cannot be. Then nothing new is permitted.
            let in_vain = matches!(world.ask, Ask::InVain).then_some(&Nothing as &dyn Reviews);
            let mut checked = check_against(&ChangeToCheck {
                base,
                tree,
                past: past.as_ref().map_or(&Nothing as &dyn Past, |past| past),
                reviews: reviews.as_ref().map(|reviews| reviews as &dyn Reviews).or(in_vain),
                today: on,
            });
            besides.extend(reviews.iter().flat_map(|reviews| reviews.troubles()));
            checked.findings.append(&mut besides);
            checked.findings.sort();
            checked
        }
    })
}

/// Judges a change for which no base is named. The work tree in git may be ahead of the branch of the remote, or have
/// files that are not committed. Then it is judged against that branch. If the two have diverged, committed work is
/// merged in memory. Work that is not committed is judged from the last common commit.
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
    let Some(Ok(Some(Forked { target, tip, shared, ahead }))) = repository.as_ref().map(forked) else {
        return judged(global, named, progress);
    };
    let committed = || -> Result<Option<bool>, Finding> {
        let folder = tree::read_tree(global)?.snapshot;
        let head = repository.as_ref().and_then(|repository| repository.commit("HEAD").ok());
        Ok(head.map(|head| head.snapshot.digest() == folder.digest()))
    };
    if !ahead && committed()? != Some(false) {
        return judged(global, named, progress);
    }
    let found = if tip == shared {
        NamedProposal { base: Some(tip.clone()), target: Some(tip), ..named.clone() }
    } else if committed()? == Some(true) {
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
    The(Box<ForgeClient>, u64),
}

fn world(
    global: &Global,
    args: &NamedProposal,
    base: Option<&Snapshot>,
    commits: &Commits,
) -> Result<(World, Vec<Finding>), Finding> {
    let failed = |error: SourceError| finding::of_source(global, &error);
    let repository = match commits.base {
        Some(_) => Some(global.git_branch().open().map_err(failed)?),
        None => None,
    };
    let register = base.and_then(|base| parse::register(&FilePath::new(REGISTER), base.register()).ok());
    let (Some(register), Some(number)) = (register, args.merge_request) else {
        return Ok((World { repository, ask: Ask::Not }, Vec::new()));
    };
    let (branch, token) = (global.git_branch(), global.forge_token());
    let (ask, besides) = match ForgeClient::ready(&register.evidence, Some(&branch), token.as_deref()) {
        Ok(None) => (Ask::Not, Vec::new()),
        Ok(Some(asking)) => (Ask::The(Box::new(asking), number), Vec::new()),
        Err(finding) => (Ask::InVain, vec![finding]),
    };
    Ok((World { repository, ask }, besides))
}
