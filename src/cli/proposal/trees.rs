//! Reads the trees of a change: its base, its head and its target.

use std::path::Path;

use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::tree::Snapshot;
use portvakt_engine::reconcile::engine::source_finding;
use portvakt_sources::{
    Depth, Directory, OwnerFiles, RealPace, Repository, Settle, SourceError, is_stale, propose,
};

use super::refused::{base_finding, merge_finding};
use super::{Commits, NamedProposal};
use crate::cli::{finding, folder, tree};
use crate::config::{Global, is_a_job};

/// The trees to compare, and their commits.
pub(super) struct Trees {
    pub(super) base: Option<Snapshot>,
    pub(super) tree: Snapshot,
    pub(super) commits: Commits,
    pub(super) code_owners: Option<OwnerFiles>,
    /// Findings about the commits themselves.
    pub(super) beside: Vec<Finding>,
}

/// Reads the base and the proposed tree, and finds their commits.
pub(super) fn trees(global: &Global, args: &NamedProposal) -> Result<Trees, Finding> {
    let head = args.head.clone().or_else(|| global.branch().map(|branch| branch.rev().to_owned()));
    let revision = args.base.as_deref().filter(|base| !Path::new(base).is_dir());
    if let Some(base) = revision {
        // In the wrong folder the name of the base is not at fault.
        let of_base = |error: SourceError| match head {
            None if folder::has_no_tree(global) => folder::without_files(&global.root),
            _ => base_finding(base, &error),
        };
        let repository = global.git_branch().open().map_err(of_base)?;
        let id = repository.find_named(base).map_err(of_base)?.id;
        let mut beside: Vec<Finding> =
            of_target(&repository, base, &id, args.target.as_deref())?.into_iter().collect();
        // What is committed is judged as it would be merged. A folder is compared as it lies there.
        let folder = if head.is_none() { Some(tree::read_tree(global)?.snapshot) } else { None };
        let lacks = folder.as_ref().map_or(LacksOfBase::Nothing, |folder| lacks(&repository, &id, folder));
        let head = head.clone().or_else(|| (lacks == LacksOfBase::Committed).then(|| "HEAD".to_owned()));
        if let Some(head) = &head {
            let failed = |error: SourceError| finding::of_source(global, &error);
            let head = named_head(&repository, args, head).map_err(failed)?;
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
        if lacks == LacksOfBase::Uncommitted {
            beside.push(folder_is_behind(base));
        }
        let tree = match folder {
            Some(folder) => folder,
            None => tree::read_tree(global)?.snapshot,
        };
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
        None => (tree::read_tree(global)?, None),
        Some(head) => {
            let failed = |error: SourceError| finding::of_source(global, &error);
            let repository = global.git_branch().open().map_err(failed)?;
            let id = named_head(&repository, args, head).map_err(failed)?;
            let commit = repository.commit(&id).map_err(failed)?;
            let code_owners = repository.code_owners(&commit.id).map_err(failed)?;
            (tree::Tree { snapshot: commit.snapshot, commit: Some(commit.id) }, Some(code_owners))
        }
    };
    let commits = Commits { head: tree.commit, ..Commits::default() };
    Ok(Trees { base, tree: tree.snapshot, commits, code_owners, beside: Vec::new() })
}

/// Finds the proposed commit. Who names it with `--head` may mean a tag. The branch that is followed is a branch.
fn named_head(repository: &Repository, args: &NamedProposal, head: &str) -> Result<String, SourceError> {
    let found = if args.head.is_some() { repository.find_named(head) } else { repository.find(head) };
    found.map(|commit| commit.id)
}

/// Tells whether the checked-out commit lacks commits of the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LacksOfBase {
    /// It has them all, or that is unknown.
    Nothing,
    /// It lacks some, and the folder has the files of that commit.
    Committed,
    /// It lacks some, and the folder has files that are not committed.
    Uncommitted,
}

/// Returns what the checked-out commit lacks of a base.
fn lacks(repository: &Repository, base: &str, folder: &Snapshot) -> LacksOfBase {
    if !is_stale(repository, "HEAD", base).unwrap_or(false) {
        return LacksOfBase::Nothing;
    }
    match repository.commit("HEAD") {
        Ok(own) if own.snapshot.digest() == folder.digest() => LacksOfBase::Committed,
        Ok(_) => LacksOfBase::Uncommitted,
        Err(_) => LacksOfBase::Nothing,
    }
}

/// Returns the advice about a folder that was made from an older commit than the base. What others have merged
/// meanwhile looks as if the folder took it back.
fn folder_is_behind(base: &str) -> Finding {
    let message = text!(
        en: "the folder lacks commits of `{base}`, and has files that are not committed: what others have merged there meanwhile counts as taken back here",
        nb: "mappen mangler innsendinger fra `{base}` og har filer som ikke er sendt inn: det andre har fått flettet inn der i mellomtiden, regnes som tatt bort her"
    );
    let way_out = text!(
        en: "Commit the change and run this again: then it is merged with the base in memory. Without `--base` the folder is judged from the last commit that both have.",
        nb: "Lag en innsending av endringen og kjør dette igjen: da flettes den med grunnlaget i minnet. Uten `--base` vurderes mappen fra den siste innsendingen begge har."
    );
    Finding::new(Code::BaseStale, message, way_out).advice()
}

/// Refuses a base that is not the tip of its target branch. If the target is unknown, the finding says so.
///
/// If this clone knows the main branch of `origin`, that is the target, no matter what the base is called. Otherwise
/// anybody who may push could make a branch that already has their own key. If the target is another branch, the output
/// names it.
fn of_target(
    repository: &Repository,
    base: &str,
    id: &str,
    target: Option<&str>,
) -> Result<Option<Finding>, Finding> {
    let known = repository.default_target();
    let Some(target) = target.or(known.as_deref()) else {
        let finding = without_origin(repository, base, id);
        // In a job nobody reads advice, and the change is merged by its verdict. So it stays a warning or an error
        // there.
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
        en: "Run this again with the tip, `--base {target}`; what is committed is merged with it in memory where it was made from an older one. To judge against the older base all the same, name it as the target too: `--target {id}`.",
        nb: "Kjør dette igjen med det nyeste, `--base {target}`; det som er sendt inn, flettes med det i minnet om det er laget fra noe eldre. Vil du likevel vurdere mot det eldre grunnlaget, oppgir du det som mål også: `--target {id}`."
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

/// Returns the finding about a base that may be any commit, because nothing tells for which branch the change is meant.
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

/// Returns the advice about a change that has its target merged into it. A fast-forward would take the target's commits
/// off the line that the daemon follows.
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
