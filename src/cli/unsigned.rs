//! Finds what the main branch of a clone has without a signature that it needs. It was merged without it, so no open
//! branch shows it.
//!
//! The files do not tell what was accepted without a signature. So what the main branch had before the register asked
//! for signatures needs none here, and neither does an approval that is too old to be signed.
//!
//! ```text
//!  identity  what identifies a person: name, login and e-mail address
//!  told      the findings about it
//! ```

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use portvakt_author::AuthorDesk;
use portvakt_core::diag::Finding;
use portvakt_core::evidence::{MOST_DAYS, Signature, SignatureFile, namespace};
use portvakt_core::model::{Evidence, FilePath, PersonId, Register};
use portvakt_core::parse::{self, Entry};
use portvakt_core::tree::{REGISTER, Snapshot, rejections_trust, review_parts};
use portvakt_sources::Repository;

use super::clone::git::{answer_of_git, git};
use super::clone::place::{clone_of, open_branches, root_in_clone, target_of};
use super::signable::{self, Signable, SignableKind};
use super::signing::Stated;
use crate::config::Global;

mod identity;
mod told;

/// The number of commits of the main branch that are looked at, starting with the newest.
const MOST: &str = "--max-count=1000";

/// The same for the commits that changed one file.
const MOST_OF_A_FILE: &str = "--max-count=50";

/// The main branch of a clone since the register asks for signatures.
pub(super) struct MainHistory<'a> {
    /// The options of the command. Their root is in the clone.
    global: &'a Global,
    /// The same options. Their root has the files of the commit.
    files: &'a Global,
    /// The top of the clone.
    top: &'a Path,
    /// The commit of the main branch that is looked at.
    tip: &'a str,
    desk: &'a AuthorDesk,
    repository: Repository,
    /// The commit since which the register asks for signatures.
    since: String,
    /// The commits after that one.
    commits: BTreeSet<String>,
    /// The files that these commits changed, if the people whom a file names sign it by itself.
    pub(super) changed: Vec<FilePath>,
}

impl<'a> MainHistory<'a> {
    /// Reads the history of a commit. `files` are the options with a root that has the files of this commit. It is
    /// `None` if the register asks for no signatures, or if the history cannot be read.
    pub(super) fn read(
        global: &'a Global,
        files: &'a Global,
        (top, tip): (&'a Path, &'a str),
        desk: &'a AuthorDesk,
    ) -> Option<Self> {
        if desk.rules.register.evidence != Evidence::Signature {
            return None;
        }
        let repository = files.git_branch().open().ok()?;
        let (since, commits, changed) = (String::new(), BTreeSet::new(), Vec::new());
        let mut history = Self { global, files, top, tip, desk, repository, since, commits, changed };
        history.since = history.signed_since()?;
        let range = format!("{}..{tip}", history.since);
        let newer = git(top, &["rev-list", "--first-parent", MOST, &range]).ok()?.out;
        history.commits = newer.lines().map(str::to_owned).collect();
        history.changed = history.changed_in(&range)?;
        Some(history)
    }

    /// Returns the files that a range of commits has changed, also where the newest commit has them as they were before.
    fn changed_in(&self, range: &str) -> Option<Vec<FilePath>> {
        let names =
            ["--name-only", "--no-renames", "--no-ext-diff", "--no-show-signature", "-z", "--format="];
        let log: Vec<&str> =
            ["log", "--first-parent", "-m", MOST].into_iter().chain(names).chain([range]).collect();
        let said = git(self.top, &log).ok()?.out;
        let inside = root_in_clone(&self.global.root, self.top);
        let below = |path: &str| Path::new(path).strip_prefix(&inside).ok()?.to_str().map(FilePath::new);
        let paths: BTreeSet<FilePath> = said.split(['\0', '\n']).filter_map(below).collect();
        Some(paths.into_iter().filter(is_signed_by_itself).collect())
    }

    /// Returns the branches of the remote that are not merged, and may have signatures.
    pub(super) fn open_branches(&self) -> Vec<String> {
        let target = target_of(self.top);
        target.and_then(|target| open_branches(self.top, &target).ok()).unwrap_or_default()
    }

    /// Returns whether an approval of this day can still be signed today.
    pub(super) fn is_recent(&self, on: Date) -> bool {
        let today = self.desk.today;
        on <= today && on.until(today).map_or(i32::MAX, |span| span.get_days()) <= MOST_DAYS
    }

    /// Returns whether a signature counts as that of its person. If `knows_all` is not set, the signature of a key that
    /// the list of keys does not have counts too.
    pub(super) fn counts(
        &self,
        signature: &Signature,
        by: &PersonId,
        days: &[Date],
        knows_all: bool,
    ) -> bool {
        let (signers, id) = (&self.desk.known.signers, &self.desk.rules.register.id);
        match signers.holder(&signature.key) {
            Some(_) => signers.counts(&signature.key, &namespace(id), self.desk.base.meant(by), days).is_ok(),
            None => !knows_all && signature.namespace == namespace(id),
        }
    }

    /// Returns the accesses and changes of id in a person's file that wait for the signature of their approver.
    fn lacking(&self, path: &FilePath) -> Vec<Signable> {
        let (register, today) = (&self.desk.rules.register, self.desk.today);
        let Some(file) = self.file(path) else { return Vec::new() };
        let over: BTreeSet<usize> =
            file.grants.iter().filter(|(_, grant)| grant.is_over(today)).map(|(number, _)| *number).collect();
        let is_asked = |one: &Signable| {
            one.kind != SignableKind::Revocation
                && one.entry.is_none_or(|entry| !over.contains(&entry))
                && self.is_recent(one.on)
        };
        let signatures = self.signatures_at(self.tip, path);
        let is_signed = |one: &Signable, before: &Option<String>| {
            signatures.iter().any(|signature| {
                let mut texts = std::iter::once(&one.text).chain(before);
                self.counts(signature, &one.by, &[one.on, today], false)
                    && texts.any(|text| signature.covers(text.as_bytes()))
            })
        };
        let all = statements_with_earlier(&file, register).into_iter();
        let mut lacking: Vec<Signable> = all
            .filter(|(one, before)| is_asked(one) && !is_signed(one, before))
            .map(|(one, _)| one)
            .collect();
        if !lacking.is_empty() {
            let mut stood = Stated::default();
            self.adds_history(path, &mut stood);
            lacking.retain(|one| !stood.entries.contains(&one.text) && !stood.ends_sooner(&one.text));
        }
        lacking
    }

    /// Returns the statements of a file of the main branch. Beside each is the same statement under the earlier id of
    /// its person, if the file has one. A file that cannot be read has none.
    pub(super) fn statements_of(&self, path: &FilePath) -> Vec<(Signable, Option<String>)> {
        let register = &self.desk.rules.register;
        let file = self.files.root.join(path.as_str());
        if path.person_parts().is_none() {
            let list = if review_parts(path).is_some() {
                signable::review_list(self.files, register, &file)
            } else {
                signable::signable_rejections(self.files, register, &file)
            };
            let statements = list.ok().flatten().map(|list| list.statements).unwrap_or_default();
            return statements.into_iter().map(|one| (one, None)).collect();
        }
        self.file(path).map(|file| statements_with_earlier(&file, register)).unwrap_or_default()
    }

    /// Returns a person's file of the main branch. It is `None` if the file cannot be read.
    fn file(&self, path: &FilePath) -> Option<signable::Signed> {
        let file = self.files.root.join(path.as_str());
        signable::person_file(self.files, &self.desk.rules.register, &file).ok()
    }

    /// Adds the statements that the main branch has had of a file: those from before the register asked for signatures,
    /// and those that were signed. An access that only ends sooner than such a statement needs no signature.
    pub(super) fn adds_history(&self, path: &FilePath, stood: &mut Stated) {
        stood.entries.extend(self.texts_at(&self.since, path).into_iter().map(|(text, _)| text));
        let name = self.name_of(path);
        let list =
            ["--literal-pathspecs", "rev-list", "--first-parent", MOST_OF_A_FILE, self.tip, "--", &name];
        let commits = git(self.top, &list).map(|said| said.out).unwrap_or_default();
        let revs = || commits.lines().chain([self.tip]);
        let signatures: Vec<Signature> = revs().flat_map(|rev| self.signatures_at(rev, path)).collect();
        let texts = revs().flat_map(|rev| self.texts_at(rev, path));
        let (signers, base) = (&self.desk.known.signers, &self.desk.base);
        let is_by = |one: &Signature, by: &PersonId| {
            signers.holder(&one.key).is_some_and(|holder| base.is_same(holder, by))
        };
        let signed = texts
            .filter(|(text, by)| signatures.iter().any(|one| is_by(one, by) && one.covers(text.as_bytes())));
        stood.entries.extend(signed.map(|(text, _)| text));
    }

    /// Returns the statements that a person's file or a list of rejections has at a commit, each with who signs it.
    fn texts_at(&self, rev: &str, path: &FilePath) -> Vec<(String, PersonId)> {
        let register = &self.desk.rules.register;
        let Some(text) = self.content_at(rev, &self.name_of(path)) else { return Vec::new() };
        let id = &register.id;
        if rejections_trust(path).is_some() {
            let parsed = parse::rejections(path, text.as_bytes(), register).ok();
            let of_list = |list: &parse::ParsedRejections| -> Vec<(String, PersonId)> {
                let rejections = list.entries.iter().map(|entry| &entry.rejection);
                rejections.map(|one| (one.statement(id, &list.written), one.by.clone())).collect()
            };
            return parsed.as_ref().map(of_list).unwrap_or_default();
        }
        let Ok(file) = parse::person(path, text.as_bytes(), register) else { return Vec::new() };
        let grants = file.entries.into_iter().filter_map(|entry| match entry {
            Entry::Valid { grant, .. } => Some(grant),
            Entry::Invalid { .. } => None,
        });
        grants
            .flat_map(|grant| {
                let taken_back = grant.revoked.as_ref().map(|one| {
                    let text = grant.key.revocation_statement(id, None, &one.by, one.on);
                    (text, one.by.clone())
                });
                std::iter::once((grant.statement(id), grant.approval.by.clone())).chain(taken_back)
            })
            .collect()
    }

    /// Returns the signatures beside a file at a commit or on a branch.
    pub(super) fn signatures_at(&self, rev: &str, path: &FilePath) -> Vec<Signature> {
        let Some(text) = self.content_at(rev, &self.name_of(&path.signatures())) else { return Vec::new() };
        SignatureFile::read_of_a_list(text.as_bytes()).signatures
    }

    fn content_at(&self, rev: &str, name: &str) -> Option<String> {
        git(self.top, &["cat-file", "blob", &format!("{rev}:{name}")]).ok().map(|said| said.out)
    }

    /// Returns the name of a file from the top of the clone.
    fn name_of(&self, path: &FilePath) -> String {
        root_in_clone(&self.global.root, self.top).join(path.as_str()).display().to_string()
    }

    /// Returns the commit of the main branch since which the register asks for signatures, or the first of the commits
    /// that are looked at.
    fn signed_since(&self) -> Option<String> {
        let name = self.name_of(&FilePath::new(REGISTER));
        let list = ["--literal-pathspecs", "rev-list", "--first-parent", MOST, self.tip, "--", &name];
        let mut since = None;
        for commit in git(self.top, &list).ok()?.out.lines() {
            let text = self.content_at(commit, &name).unwrap_or_default();
            let register = parse::register(&FilePath::new(REGISTER), text.as_bytes());
            if register.is_ok_and(|register| register.evidence != Evidence::Signature) {
                return since;
            }
            since = Some(commit.to_owned());
        }
        answer_of_git(self.top, &["rev-list", "--first-parent", MOST, self.tip])?
            .lines()
            .next_back()
            .map(str::to_owned)
    }
}

/// Returns advice about everything that the checked-out commit has without a signature. `tree` has the files of that
/// commit. There is none outside of a clone.
pub(super) fn advice_on_commit(global: &Global, tree: &Snapshot, today: Date) -> Vec<Finding> {
    let Some(top) = clone_of(&global.root) else { return Vec::new() };
    let Some(tip) = answer_of_git(&top, &["rev-parse", "--verify", "--quiet", "HEAD"]) else {
        return Vec::new();
    };
    let Ok(desk) = AuthorDesk::open(tree.clone(), today) else { return Vec::new() };
    let history = MainHistory::read(global, global, (&top, &tip), &desk);
    history.map(|history| history.advice(|_| true, &history.open_branches())).unwrap_or_default()
}

/// Returns whether the people whom a file names sign it by itself: a person's file, or a list of a review or of rejected
/// applications.
pub(super) fn is_signed_by_itself(path: &FilePath) -> bool {
    let is_one =
        path.person_parts().is_some() || review_parts(path).is_some() || rejections_trust(path).is_some();
    is_one && !path.as_str().ends_with(".sig")
}

/// Returns the statements of a person's file. Beside each access is its statement under the earlier id of the person,
/// if the file has one.
fn statements_with_earlier(file: &signable::Signed, register: &Register) -> Vec<(Signable, Option<String>)> {
    let before = file.statements_before(register);
    let numbers: Vec<usize> = file.grants.iter().map(|(number, _)| *number).collect();
    let under_the_earlier_id = |one: &Signable| {
        if one.kind != SignableKind::Access {
            return None;
        }
        let at = numbers.iter().position(|number| one.entry == Some(*number))?;
        before.get(at).cloned()
    };
    let all = file.statements(register).into_iter();
    all.map(|one| {
        let before = under_the_earlier_id(&one);
        (one, before)
    })
    .collect()
}
