//! Finds the place where the list of a review is read and written. In a clone a new list gets a branch of its own from
//! the newest main branch. Until that branch is merged, reviewers continue on it, on any machine. Outside of a clone,
//! or with `--here`, the files here are used.

use std::path::{Path, PathBuf};

use portvakt_core::diag::{Finding, Text, text};
use portvakt_core::model::{FilePath, PersonId, Quarter, TrustId};
use portvakt_core::tree::review_parts;

use super::git::{answer_of_git, git};
use super::noted;
use super::place::{
    BRANCHES, Sent, WritingPlace, changed_on, clone_of, may_be_pushed_to, name_there, open_branches,
    target_of,
};
use super::plain::is_plain;
use super::remote::reference_there;
use super::sent::sent_words;
use super::taken::is_taken_in;
use crate::cli::output;
use crate::config::{Format, Global, SourceKind};

/// The folder that a list is read and written in.
pub(in crate::cli) struct ListPlace {
    place: WritingPlace,
    /// The top of the clone, and the branch that changes are meant for. It is `None` if the files here are used.
    origin: Option<(PathBuf, String)>,
    /// The branch that holds the list, if it is not merged yet.
    held: Option<HeldList>,
}

/// A list on a branch that is not merged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct HeldList {
    pub(in crate::cli) quarter: Quarter,
    /// The name that the branch has at the remote.
    pub(in crate::cli) branch: String,
    commit: String,
}

/// An open branch, with its name at the remote and the git reference that is read.
pub(in crate::cli) struct OpenBranch {
    pub(in crate::cli) name: String,
    pub(in crate::cli) reference: String,
}

impl ListPlace {
    /// Returns the newest main branch of the remote in a clone. Outside of a clone it returns the files here.
    ///
    /// # Errors
    /// A call of git fails.
    pub(in crate::cli) fn main(global: &Global, here: bool) -> Result<Self, Finding> {
        // Files that are read from commits are those of the branch that the options name.
        let here = here || global.source == SourceKind::Git;
        let place = WritingPlace::open(global, here)?;
        let top = clone_of(&global.root).filter(|_| !here);
        let origin = top.and_then(|top| target_of(&top).map(|target| (top, target)));
        Ok(Self { place, origin, held: None })
    }

    /// Returns the place of a trust's list: that of the quarter, or the newest. If a branch holds the list and is not
    /// merged yet, the place is that branch. Otherwise it is the main branch.
    ///
    /// # Errors
    /// A call of git fails.
    pub(in crate::cli) fn of(
        global: &Global,
        here: bool,
        trust: &TrustId,
        quarter: Option<Quarter>,
    ) -> Result<Self, Finding> {
        Self::main(global, here)?.with_list(global, trust, quarter)
    }

    /// Does the same as `of`, starting from the place of the main branch.
    ///
    /// # Errors
    /// A call of git fails.
    pub(in crate::cli) fn with_list(
        self,
        global: &Global,
        trust: &TrustId,
        quarter: Option<Quarter>,
    ) -> Result<Self, Finding> {
        let Some(held) = self.held(global, trust, quarter)? else { return Ok(self) };
        if quarter.is_none() && self.newest_of(trust) > Some(held.quarter) {
            return Ok(self);
        }
        self.of_branch(global, held)
    }

    /// Returns the place of a branch of this clone.
    fn of_branch(self, global: &Global, held: HeldList) -> Result<Self, Finding> {
        let Some((top, target)) = self.origin.clone() else { return Ok(self) };
        let place = WritingPlace::at(global, &top, &held.commit)?;
        Ok(Self { place, origin: Some((top, target)), held: Some(held) })
    }

    /// Returns the place where a list is made again that a branch holds. It is that branch with the newest main branch
    /// merged in.
    ///
    /// # Errors
    /// A call of git fails.
    pub(in crate::cli) fn anew(self, global: &Global, held: HeldList) -> Result<Self, Finding> {
        let who = noted::noted(global);
        let place = self.of_branch(global, held)?;
        if let Some((_, target)) = &place.origin {
            place.place.brings_in(target, who.as_ref().map_or("portvakt", PersonId::as_str))?;
        }
        Ok(place)
    }

    /// Returns the newest list of a trust that is on an open branch, or the list of the quarter.
    ///
    /// # Errors
    /// A call of git fails.
    pub(in crate::cli) fn held(
        &self,
        global: &Global,
        trust: &TrustId,
        quarter: Option<Quarter>,
    ) -> Result<Option<HeldList>, Finding> {
        let Some((top, target)) = &self.origin else { return Ok(None) };
        let mut found: Vec<HeldList> = Vec::new();
        for branch in branches(top, target)? {
            if !may_be_pushed_to(top, target, &branch.name) {
                continue;
            }
            let Some(commit) = answer_of_git(top, &["rev-parse", "--verify", "--quiet", &branch.reference])
            else {
                continue;
            };
            let paths = changed_on(&global.root, top, target, &commit)?;
            let quarters = paths.iter().filter_map(|path| quarter_of(path, trust));
            let wanted: Vec<Quarter> =
                quarters.filter(|one| quarter.is_none_or(|quarter| quarter == *one)).collect();
            // If the main branch has had this list, the work continues on the main branch.
            if wanted.is_empty() || is_taken_in(top, target, &branch.reference) {
                continue;
            }
            let held = |quarter| HeldList { quarter, branch: branch.name.clone(), commit: commit.clone() };
            found.extend(wanted.into_iter().map(held));
        }
        // If several branches hold the list, the branch with the list's own name is preferred.
        let is_named = |one: &HeldList| one.branch == format!("{BRANCHES}{}", slug(trust, one.quarter));
        found.sort_by_key(|one| (one.quarter, is_named(one)));
        Ok(found.pop())
    }

    /// Returns the newest list of a trust in the files of this place.
    fn newest_of(&self, trust: &TrustId) -> Option<Quarter> {
        let files = std::fs::read_dir(self.place.global.root.join(format!("reviews/{trust}"))).ok()?;
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        names.filter_map(|name| Quarter::parse(name.strip_suffix(".yaml")?).ok()).max()
    }

    /// Returns the options of the command, with the folder of this place as the root.
    pub(in crate::cli) fn global(&self) -> &Global {
        &self.place.global
    }

    /// Returns whether changes at this place are committed and sent.
    pub(in crate::cli) fn is_in_a_clone(&self) -> bool {
        self.origin.is_some()
    }

    /// Returns the branch that holds the list, if it is not merged yet.
    pub(in crate::cli) fn branch(&self) -> Option<&str> {
        self.held.as_ref().map(|held| held.branch.as_str())
    }

    /// Returns whether both places have the same commit of the list. If so, nobody has changed it in the meantime.
    pub(in crate::cli) fn is_as(&self, other: &Self) -> bool {
        self.held == other.held
    }

    /// Refuses a file of a clone that a link would lead to another place.
    ///
    /// # Errors
    /// The finding is about the link.
    pub(in crate::cli) fn may_write(&self, path: &FilePath) -> Result<(), Finding> {
        if self.is_in_a_clone() { is_plain(&self.place.global.root, path.as_str()) } else { Ok(()) }
    }

    /// Commits the list and sends it to the branch that holds it, or to a new branch. If the files here are used, it
    /// does nothing.
    ///
    /// # Errors
    /// A call of git fails.
    pub(in crate::cli) fn keep(
        &self,
        (trust, quarter): (&TrustId, Quarter),
        message: &str,
        who: Option<&PersonId>,
    ) -> Result<Option<SentList>, Finding> {
        let noted = noted::noted(&self.place.global);
        let who = who.or(noted.as_ref()).map_or("portvakt", PersonId::as_str);
        let sent = match self.branch() {
            Some(branch) => self.place.goes_on_with(branch, message, who)?,
            None => self.place.keep(&slug(trust, quarter), message, who)?,
        };
        if let Some(alone) = self.place.alone().filter(|alone| alone.is_a_surprise()) {
            output::tell(&self.place.global, &alone.not_sent());
        }
        Ok(sent.map(SentList))
    }
}

/// A list that was committed. It was sent too, unless that failed.
pub(in crate::cli) struct SentList(Sent);

impl SentList {
    pub(in crate::cli) fn branch(&self) -> &str {
        &self.0.branch
    }

    /// Returns whether the remote repository has the branch.
    pub(in crate::cli) fn is_there(&self) -> bool {
        self.0.is_there
    }

    /// Tells the user whether the list was sent, and where.
    pub(in crate::cli) fn say(&self, global: &Global) {
        if global.format == Format::Human {
            let line = |line: &Text| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n"));
            sent_words(&self.0).iter().for_each(line);
        }
    }
}

/// Returns the words that name the branch of a list.
fn slug(trust: &TrustId, quarter: Quarter) -> String {
    format!("review-{trust}-{quarter}")
}

/// Returns the quarter of a list. It is `None` for a list of another trust.
fn quarter_of(path: &FilePath, trust: &TrustId) -> Option<Quarter> {
    let (folder, stem) = review_parts(path)?;
    (folder == trust.as_str()).then(|| Quarter::parse(stem).ok()).flatten()
}

/// Returns the branches of the remote that are not merged. If a branch was made here and its newest commit could not be
/// sent, the local commit is read.
pub(in crate::cli) fn branches(top: &Path, target: &str) -> Result<Vec<OpenBranch>, Finding> {
    let mut all: Vec<OpenBranch> = open_branches(top, target)?
        .into_iter()
        .map(|reference| OpenBranch { name: name_there(&reference).to_owned(), reference })
        .collect();
    let format = "--format=%(refname:lstrip=2)%09%(upstream:track)";
    let (of_here, of_there) = (format!("refs/heads/{BRANCHES}"), reference_there(top, ""));
    let here = git(top, &["for-each-ref", format, "--no-merged", target, &of_here])?;
    for line in here.out.lines() {
        let (name, track) = line.split_once('\t').unwrap_or((line, ""));
        let (mine, theirs) = (format!("refs/heads/{name}"), format!("{of_there}{name}"));
        let is_sent = answer_of_git(top, &["rev-parse", "--verify", "--quiet", &theirs]).is_some();
        if is_sent {
            let is_newer = git(top, &["merge-base", "--is-ancestor", &theirs, &mine]).is_ok();
            if let Some(known) = all.iter_mut().find(|known| known.name == name && is_newer) {
                known.reference = mine;
            }
        } else if track != "[gone]" {
            // If a branch was sent and is gone at the remote, it was turned down or merged.
            all.push(OpenBranch { name: name.to_owned(), reference: mine });
        }
    }
    Ok(all)
}
