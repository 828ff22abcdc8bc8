//! `portvakt send` sends the branches that could not be sent when they were made, and removes those that were merged. A
//! branch that git cannot join with the newest main branch is repeated on it.

use std::path::Path;

use portvakt_core::diag::{Exit, Finding, Text, quoted, text};
use portvakt_core::tree::TREES;
use serde_json::json;

use super::anew::{self, Anew};
use crate::cli::clone::git::{answer_of_git, git};
use crate::cli::clone::overtaken::is_overtaken;
use crate::cli::clone::place::{
    BRANCHES, clone_of, fetch, no_clone, root_in_clone, send, target_of, unused_branch_name,
};
use crate::cli::clone::remote::reference_there;
use crate::cli::clone::sent::sent_words;
use crate::cli::clone::taken::{is_gathered, is_taken_in};
use crate::cli::output;
use crate::config::{Format, Global};

/// Send the changes that were made while there was no network.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(in crate::cli) fn run(global: &Global, _: &Args) -> Exit {
    let Some(top) = clone_of(&global.root) else { return output::stop(global, no_clone(&global.root)) };
    fetch(global, &top);
    let format = "--format=%(refname:lstrip=2)%09%(upstream)%09%(upstream:track)";
    let branches = git(&top, &["for-each-ref", format, &format!("refs/heads/{BRANCHES}")]);
    let branches = match branches {
        Ok(said) => said.out,
        Err(finding) => return output::stop(global, finding),
    };
    let target = target_of(&top);
    let target = target.as_deref();
    let (renewed, mut findings) =
        target.map(|target| anew::own_branches(global, &top, target)).unwrap_or_default();
    findings.iter().for_each(|finding| anew::tell(global, finding));
    let (mut sent, mut taken) = (Vec::new(), Vec::new());
    for line in branches.lines() {
        let mut words = line.split('\t');
        let (Some(branch), Some(upstream), Some(track)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let remaining = left((&global.root, &top), target, branch, (!upstream.is_empty(), track == "[gone]"));
        match remaining {
            Left::Nothing => {}
            Left::TakenIn | Left::Overtaken => {
                // A branch that is checked out somewhere stays.
                let is_dropped = git(&top, &["branch", "-D", branch]).is_ok();
                let at_origin = reference_there(&top, branch);
                let is_there =
                    answer_of_git(&top, &["rev-parse", "--verify", "--quiet", &at_origin]).is_some();
                let is_overtaken = matches!(remaining, Left::Overtaken);
                taken.push(TakenBranch { branch: branch.to_owned(), is_dropped, is_there, is_overtaken });
            }
            Left::All => {
                // A change that cannot be repeated is sent as it is, so that others see it.
                if let Some(Err(finding)) = target.map(|target| renews(global, &top, target, branch)) {
                    findings.push(finding);
                }
                sent.push(send(&top, branch));
            }
            Left::Taken => {
                let other = unused_branch_name(&top, branch);
                match git(&top, &["branch", "--move", branch, &other]) {
                    Ok(_) => sent.push(send(&top, &other)),
                    Err(finding) => return output::stop(global, finding),
                }
            }
        }
    }
    findings.extend(sent.iter().filter_map(|sent| sent.why.clone()));
    let unsent = changed_here(global, &top).unwrap_or_else(|finding| {
        anew::tell(global, &finding);
        findings.push(finding);
        Vec::new()
    });
    if global.format == Format::Human {
        taken
            .iter()
            .map(TakenBranch::words)
            .for_each(|line| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n")));
        if !unsent.is_empty() {
            output::tell(global, &not_sent_by_itself(&unsent));
        }
        if sent.is_empty() && findings.is_empty() && unsent.is_empty() {
            output::say(global, &text!(en: "Everything has been sent.\n", nb: "Alt er sendt.\n"));
        } else if sent.is_empty() && findings.is_empty() {
            output::say(global, &text!(en: "Everything else has been sent.\n", nb: "Alt annet er sendt.\n"));
        }
        sent.iter()
            .flat_map(sent_words)
            .for_each(|line| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n")));
        return Finding::exit_of(&findings);
    }
    let branches: Vec<_> = sent
        .iter()
        .map(|sent| json!({ "branch": sent.branch, "sent": sent.is_there, "address": sent.address }))
        .collect();
    let taken: Vec<_> =
        taken.iter().map(|taken| json!({ "branch": taken.branch, "dropped": taken.is_dropped })).collect();
    output::findings(
        global,
        &findings,
        json!({ "branches": branches, "taken_in": taken, "made_anew": renewed, "unsent": unsent }),
    )
}

/// Returns the files of the tree that are changed in the folder and not committed, from the top of the clone. Every command
/// writes its change on a branch of its own, so somebody has changed them by hand or with `--here`.
///
/// # Errors
/// Git cannot say what is changed.
fn changed_here(global: &Global, top: &Path) -> Result<Vec<String>, Finding> {
    let inside = root_in_clone(&global.root, top);
    let folders = TREES.map(|folder| inside.join(folder).display().to_string());
    let mut args = vec!["--no-optional-locks", "--literal-pathspecs", "status", "--porcelain", "-z"];
    args.extend(["--no-renames", "--untracked-files=all", "--"]);
    args.extend(folders.iter().map(String::as_str));
    let said = git(top, &args)?.out;
    // Two letters say what has changed, and a space follows.
    Ok(said.split('\0').filter_map(|line| line.get(3..)).map(str::to_owned).collect())
}

/// Returns the words about files that are changed here and that no command sends.
fn not_sent_by_itself(paths: &[String]) -> Text {
    let paths = quoted(paths.iter().map(|path| portvakt_net::line(path)));
    text!(
        en: "Changed in this folder and not sent: {paths}. No command sends what was not written on a branch of its own: commit it on one and send that, or take it back.",
        nb: "Endret i denne mappen og ikke sendt: {paths}. Ingen kommando sender det som ikke er skrevet på en egen gren: legg det på en og send den, eller ta det bort."
    )
}

/// Repeats the change of a branch that is not sent yet, if git cannot join it with the newest main branch.
fn renews(global: &Global, top: &Path, target: &str, branch: &str) -> Result<(), Finding> {
    let commit_of = |rev: &str| {
        answer_of_git(
            top,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")],
        )
    };
    let (Some(tip), Some(commit)) = (commit_of(target), commit_of(&format!("refs/heads/{branch}"))) else {
        return Ok(());
    };
    match anew::on_newest(global, top, &tip, &commit)? {
        Anew::Joins => Ok(()),
        Anew::Apart(files) => {
            let finding = anew::apart(branch, &files);
            anew::tell(global, &finding);
            Err(finding)
        }
        Anew::Made(fresh) => {
            git(top, &["branch", "--force", branch, &fresh.commit])?;
            output::tell(global, &fresh.words(branch));
            Ok(())
        }
    }
}

/// A branch that was made here and has been merged, or that has nothing left to change.
struct TakenBranch {
    branch: String,
    /// Tells whether the local branch was removed.
    is_dropped: bool,
    /// Tells whether the remote repository still has it. This is so for a branch whose keys were gathered into another
    /// one.
    is_there: bool,
    /// Tells whether others have done the same meanwhile.
    is_overtaken: bool,
}

impl TakenBranch {
    fn words(&self) -> Text {
        let branch = &self.branch;
        let words = match (self.is_overtaken, self.is_dropped) {
            (false, true) => text!(
                en: "The change on {branch} has been taken in, and the branch here is taken away.",
                nb: "Endringen på {branch} er tatt inn, og grenen her er fjernet."
            ),
            (false, false) => text!(
                en: "The change on {branch} has been taken in. The branch is checked out here, so it stays.",
                nb: "Endringen på {branch} er tatt inn. Grenen er sjekket ut her, så den blir stående."
            ),
            (true, true) => text!(
                en: "What {branch} was to change stands already, by another change, and the branch here is taken away.",
                nb: "Det {branch} skulle endre, er alt gjort med en annen endring, og grenen her er fjernet."
            ),
            (true, false) => text!(
                en: "What {branch} was to change stands already, by another change. The branch is checked out here, so it stays.",
                nb: "Det {branch} skulle endre, er alt gjort med en annen endring. Grenen er sjekket ut her, så den blir stående."
            ),
        };
        if !self.is_there {
            return words;
        }
        words.and(text!(
            en: "A request for it at the forge can be closed, and the branch deleted there.",
            nb: "En forespørsel for den på kodeplattformen kan lukkes, og grenen slettes der."
        ))
    }
}

/// The remaining work for a branch that was made here.
enum Left {
    /// The branch was sent. Later changes by others at the remote stay as they are.
    Nothing,
    /// It was merged, perhaps as another commit, and the remote repository does not have it any more. Or its keys were
    /// gathered into another change, and that change was merged.
    TakenIn,
    /// The newest main branch has everything that it would change, by another change.
    Overtaken,
    /// It still must be sent.
    All,
    /// Another person has sent a different branch with this name, so this one needs another name.
    Taken,
}

fn left(
    (root, top): (&Path, &Path),
    target: Option<&str>,
    branch: &str,
    (was_sent, is_gone): (bool, bool),
) -> Left {
    let (here, there) = (format!("refs/heads/{branch}"), reference_there(top, branch));
    let is_in = |one: &str, other: &str| git(top, &["merge-base", "--is-ancestor", one, other]).is_ok();
    if answer_of_git(top, &["rev-parse", "--verify", "--quiet", &there]).is_none() {
        return match target {
            Some(target) if is_taken_in(top, target, &here) => Left::TakenIn,
            Some(target) if is_overtaken((root, top), target, &here) => Left::Overtaken,
            // The branch was sent, it is gone at the remote repository, and it was not merged. So it was turned down.
            _ if is_gone => Left::Nothing,
            _ => Left::All,
        };
    }
    if target.is_some_and(|target| is_in(&here, target)) {
        return Left::Nothing;
    }
    if target.is_some_and(|target| is_gathered(top, target, &here)) {
        return Left::TakenIn;
    }
    if target.is_some_and(|target| is_overtaken((root, top), target, &here)) {
        return Left::Overtaken;
    }
    match (is_in(&here, &there), is_in(&there, &here), was_sent) {
        (true, _, _) | (false, false, true) => Left::Nothing,
        (false, true, _) => Left::All,
        (false, false, false) => Left::Taken,
    }
}
