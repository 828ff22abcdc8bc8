//! Repeats a change on the newest main branch when git cannot join the two. This happens when another person has
//! written at the same place since, for example with two rejections on one day. Nobody who gives access should have to
//! settle that in git. The entries that the change added are added again to the newest files, and the user is told.
//!
//! Settings are signed as a whole. So a change of them is repeated too if the main branch has other settings meanwhile,
//! though git could join the two: a signature would be over settings that nobody would have. It is signed anew then.
//!
//! The new commit has the main branch as its first parent and the branch as its second. So the branch is sent without
//! force, and the history of the main branch stays whole. Git does not merge here, so no merge program from the
//! settings of the clone runs. If the change did more than add entries, people must join it, and the command says so.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use portvakt_author::{FileVersions, joined};
use portvakt_core::diag::{Code, Finding, Text, quoted, text, with_full_stop};
use portvakt_core::model::{FilePath, PersonId, Register};
use portvakt_core::parse;
use portvakt_core::system::said;
use portvakt_core::tree::REGISTER;
use portvakt_sources::{MergeError, propose};

use super::protected;
use crate::cli::clone::git::{answer_of_git, committer, git};
use crate::cli::clone::overtaken::is_overtaken;
use crate::cli::clone::place::{BRANCHES, WritingPlace, root_in_clone, send_commit};
use crate::cli::clone::remote::reference_there;
use crate::cli::clone::taken::is_taken_in;
use crate::cli::clone::{branch_name, noted, worktree};
use crate::cli::{output, unwritten};
use crate::config::{Format, Global};

/// The mode of a plain file in git.
const PLAIN: &str = "100644";

/// The way in which a change fits the newest main branch.
pub(super) enum Anew {
    /// Git joins the two.
    Joins,
    /// The change was repeated.
    Made(MadeAnew),
    /// Git cannot join some files, and they cannot be repeated either.
    Apart(ApartFiles),
}

/// The files that both sides have changed, so that people must join them.
#[derive(Default)]
pub(super) struct ApartFiles {
    /// The paths from the top of the clone.
    paths: Vec<String>,
    /// The people whose file is new on both sides. The two may be different people of one name.
    new_on_both: BTreeSet<PersonId>,
}

/// A change that was repeated, and is not sent yet.
pub(super) struct MadeAnew {
    pub(super) commit: String,
    /// Tells whether it changes settings. Earlier signatures do not count for them any more.
    is_of_settings: bool,
}

impl MadeAnew {
    /// Returns the words for the change of this branch.
    pub(super) fn words(&self, branch: &str) -> Text {
        let branch = branch_name::shown(branch);
        if self.is_of_settings {
            return text!(
                en: "The settings have changed since {branch} was made. What it adds stands on the newest ones now. They are signed as a whole, so that they must be signed anew: with `portvakt approve --waiting`, by the national administrators.",
                nb: "Innstillingene er endret siden {branch} ble laget. Det den legger til, står nå på de nyeste. De signeres som en helhet, så de må signeres på nytt: med `portvakt approve --waiting`, av de nasjonale administratorene."
            );
        }
        text!(
            en: "Somebody else has written in the same file since {branch} was made. What it adds stands below that now, with its signatures.",
            nb: "Noen andre har skrevet i samme fil siden {branch} ble laget. Det den legger til, står nå under det, med signaturene sine."
        )
    }
}

/// A version of a file: its mode and its id in git.
#[derive(PartialEq, Eq)]
struct Blob {
    mode: String,
    id: String,
}

/// Repeats the change `commit` on `tip`, the newest main branch, if git cannot join the two, or if both change settings.
///
/// # Errors
/// A call of git fails.
pub(super) fn on_newest(global: &Global, top: &Path, tip: &str, commit: &str) -> Result<Anew, Finding> {
    let Some(base) = answer_of_git(top, &["merge-base", tip, commit]) else { return Ok(Anew::Joins) };
    let (ours, theirs) = (changed_paths(top, &base, commit)?, changed_paths(top, &base, tip)?);
    let inside = root_in_clone(&global.root, top);
    let is_of_settings = changes_settings(&ours, &inside);
    let joins = ours.is_disjoint(&theirs) || !is_apart(global, tip, commit);
    if joins && !(is_of_settings && changes_settings(&theirs, &inside)) {
        return Ok(Anew::Joins);
    }
    // What git joins is left to git where it cannot be repeated.
    let apart_in = |files: ApartFiles| Ok(if joins { Anew::Joins } else { Anew::Apart(files) });
    let Some(register) = newest_register(top, &inside, tip) else {
        let paths = ours.intersection(&theirs).cloned().collect();
        return apart_in(ApartFiles { paths, ..ApartFiles::default() });
    };
    let place = WritingPlace::at(global, top, tip)?;
    let tree = place.top();
    let mut apart = ApartFiles::default();
    for path in &ours {
        let (was, now, there) = (blob(top, &base, path)?, blob(top, commit, path)?, blob(top, tip, path)?);
        if now == there {
            continue;
        }
        let wanted = if was == there {
            now
        } else {
            let below = Path::new(path).strip_prefix(&inside).ok().and_then(Path::to_str);
            let versions = (was.as_ref(), now.as_ref(), there.as_ref());
            let text = below.and_then(|below| remade_file(top, &FilePath::new(below), versions, &register));
            let Some(text) = text else {
                apart.paths.push(path.clone());
                if was.is_none() && now.is_some() && there.is_some() {
                    apart.new_on_both.extend(below.and_then(person_of_file));
                }
                continue;
            };
            Some(Blob { mode: PLAIN.to_owned(), id: stored(tree, &text)? })
        };
        match wanted {
            Some(Blob { mode, id }) => {
                git(tree, &["update-index", "--add", "--cacheinfo", &format!("{mode},{id},{path}")])?
            }
            None => git(tree, &["update-index", "--force-remove", "--", path])?,
        };
    }
    if !apart.paths.is_empty() {
        return apart_in(apart);
    }
    let written = git(tree, &["write-tree"])?;
    let who = noted::noted(global).map_or_else(|| "portvakt".to_owned(), |me| me.to_string());
    let by = committer(tree, &who, &format!("{who}@localhost"));
    let mut args: Vec<&str> = by.iter().map(String::as_str).collect();
    args.extend(["commit-tree", written.out.trim(), "-p", tip, "-p", commit]);
    args.extend(["-m", "The same entries on the newest main branch"]);
    let commit = git(tree, &args)?.out.trim().to_owned();
    Ok(Anew::Made(MadeAnew { commit, is_of_settings }))
}

/// Returns whether one of these paths, from the top of the clone, is one of the protected files.
fn changes_settings(paths: &BTreeSet<String>, inside: &Path) -> bool {
    let below = |path: &String| Path::new(path).strip_prefix(inside).ok()?.to_str().map(FilePath::new);
    paths.iter().filter_map(below).any(|path| protected::is_protected(&path))
}

/// Repeats and sends the changes that this clone sent before and that git cannot join with the newest main branch.
/// Returns the names of their branches. Also returns the findings about those that could not be repeated, which the
/// user has not seen yet.
pub(super) fn own_branches(global: &Global, top: &Path, target: &str) -> (Vec<String>, Vec<Finding>) {
    let (mut renewed, mut findings) = (Vec::new(), Vec::new());
    let of_here = format!("refs/heads/{BRANCHES}");
    let names = git(top, &["for-each-ref", "--format=%(refname:lstrip=2)", "--no-merged", target, &of_here]);
    let names = names.map(|said| said.out).unwrap_or_default();
    for branch in names.lines() {
        match renewed_branch(global, top, target, branch) {
            Ok(true) => renewed.push(branch.to_owned()),
            Ok(false) => {}
            Err(finding) => findings.push(finding),
        }
    }
    (renewed, findings)
}

/// Repeats and sends the change of a branch, and returns whether it did. A branch that is not sent yet, that was merged,
/// or that has nothing left to change, stays as it is.
fn renewed_branch(global: &Global, top: &Path, target: &str, branch: &str) -> Result<bool, Finding> {
    let (here, there) = (format!("refs/heads/{branch}"), reference_there(top, branch));
    let commit_of =
        |rev: &str| answer_of_git(top, &["rev-parse", "--verify", "--quiet", &format!("{rev}^{{commit}}")]);
    let (Some(commit), Some(tip)) = (commit_of(&there), commit_of(target)) else { return Ok(false) };
    let is_sent = git(top, &["merge-base", "--is-ancestor", &here, &there]).is_ok();
    if !is_sent || is_taken_in(top, target, &there) || is_overtaken((&global.root, top), target, &there) {
        return Ok(false);
    }
    let fresh = match on_newest(global, top, &tip, &commit)? {
        Anew::Joins => return Ok(false),
        Anew::Apart(files) => return Err(apart(branch, &files)),
        Anew::Made(fresh) => fresh,
    };
    if let Some(why) = send_commit(top, branch, &fresh.commit).why {
        return Err(why);
    }
    // A branch that is checked out here stays where it is.
    let _checked_out = git(top, &["branch", "--force", branch, &fresh.commit]);
    output::tell(global, &fresh.words(branch));
    Ok(true)
}

/// Tells the user why a branch could not be repeated. In the JSON form it is one of the findings.
pub(super) fn tell(global: &Global, finding: &Finding) {
    if global.format == Format::Human {
        let why = finding.message.changed(with_full_stop);
        output::tell(global, &why.and(finding.way_out.clone()));
    }
}

/// Returns the finding about a change that people must make once more.
pub(super) fn apart(branch: &str, files: &ApartFiles) -> Finding {
    let paths = quoted(files.paths.iter().map(|path| portvakt_net::line(path)));
    let branch = branch_name::shown(branch);
    let message = text!(
        en: "the change on {branch} does not fit what stands now: somebody else has changed {paths} meanwhile",
        nb: "endringen på {branch} passer ikke med det som står nå: noen andre har endret {paths} i mellomtiden"
    );
    let way_out = text!(
        en: "Do the task once more with the same command, on what stands now, and close the request for the old branch.",
        nb: "Gjør oppgaven en gang til med samme kommando, på det som står nå, og lukk forespørselen for den gamle grenen."
    );
    let namesakes = files.new_on_both.iter().map(|person| {
        text!(
            en: "The file of `{person}` is new in both. If they are one person, write `{person}` in place of the name; if they are two of that name, add `--new`.",
            nb: "Filen til `{person}` er ny i begge. Er de samme person, skriv `{person}` i stedet for navnet; er de to med det navnet, legg til `--new`."
        )
    });
    let way_out = way_out.and(Text::joined(namesakes, " "));
    Finding::new(Code::MergeConflict, message, way_out)
}

/// Returns the person whose file this path below the root is.
fn person_of_file(path: &str) -> Option<PersonId> {
    FilePath::new(path).person_parts().and_then(|(_, person)| PersonId::new(person).ok())
}

/// Returns whether both have changed the same lines, so that git cannot join them.
fn is_apart(global: &Global, tip: &str, commit: &str) -> bool {
    let Ok(repository) = global.git_branch().open() else { return false };
    matches!(propose(&repository, tip, commit), Err(MergeError::Conflict { .. }))
}

/// Returns the paths, from the top of the clone, that differ between two commits.
fn changed_paths(top: &Path, from: &str, to: &str) -> Result<BTreeSet<String>, Finding> {
    let said = git(top, &["diff", "--name-only", "-z", "--no-renames", from, to])?;
    Ok(said.out.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

/// Returns the register of the newest main branch.
fn newest_register(top: &Path, inside: &Path, tip: &str) -> Option<Register> {
    let path = inside.join(REGISTER);
    let said = git(top, &["cat-file", "blob", &format!("{tip}:{}", path.to_str()?)]).ok()?;
    parse::register(&FilePath::new(REGISTER), said.out.as_bytes()).ok()
}

/// Returns a file of a commit. It is `None` if the commit does not have the file.
fn blob(top: &Path, commit: &str, path: &str) -> Result<Option<Blob>, Finding> {
    let said = git(top, &["--literal-pathspecs", "ls-tree", "-z", commit, "--", path])?;
    let found = said.out.split('\0').find_map(|line| {
        let (what, name) = line.split_once('\t')?;
        let mut words = what.split(' ');
        let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
        (name == path).then(|| Blob { mode: mode.to_owned(), id: id.to_owned() })
    });
    Ok(found)
}

/// Returns the newest file with the additions of the change. It is `None` if they cannot be repeated.
fn remade_file(
    top: &Path,
    path: &FilePath,
    (was, now, there): (Option<&Blob>, Option<&Blob>, Option<&Blob>),
    register: &Register,
) -> Option<String> {
    let text = |blob: &Blob| -> Option<String> {
        let said = git(top, &["cat-file", "blob", &blob.id]).ok().filter(|_| blob.mode == PLAIN)?;
        // A file that is not text cannot be repeated.
        (!said.out.contains(char::REPLACEMENT_CHARACTER)).then_some(said.out)
    };
    let before = match was {
        Some(blob) => Some(text(blob)?),
        None => None,
    };
    let (change, newest) = (text(now?)?, text(there?)?);
    joined(path, FileVersions { before: before.as_deref(), change: &change, newest: &newest }, register)
}

/// Puts a text into the repository, byte for byte, and returns its id.
fn stored(tree: &Path, words: &str) -> Result<String, Finding> {
    let path = tree.join(format!(".{}", uuid::Uuid::new_v4()));
    File::create_new(&path).and_then(|mut file| file.write_all(words.as_bytes())).map_err(|why| {
        let message = unwritten::cannot_write(&path, &said(&why));
        Finding::new(Code::SourceUnreadable, message, worktree::elsewhere())
    })?;
    let id = git(tree, &["hash-object", "-w", "--no-filters", "--", &path.to_string_lossy()])?;
    Ok(id.out.trim().to_owned())
}
