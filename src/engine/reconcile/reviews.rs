//! The forge as evidence: which changes of a file on the branch were approved on the forge, and by which people.
//!
//! A change is identified by its path, its old blob and its new blob. So other merges in between do not matter, but
//! a push after the approval does. Nothing is kept longer than one pass, because an approval may be given or taken
//! back between passes. If the forge does not answer, there are no approvals. Then new entries are refused, nothing
//! is taken away, and a finding says so. A forge that does not answer is not asked again in that pass.
//!
//! Before the merge, the change is what the merge would do to the file on the target branch. After the merge, it is
//! what the merge has done. A merge commit or a squash gives the same change. After a rebase, its commits together
//! give the change.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use portvakt_core::decide::{ListHistory, ListVersion, ListVersions, Reviews, protected_files};
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::{
    Evidence, FilePath, ForgeApproval, ForgeSettings, PersonId, ReviewCircumstances, ReviewedChange,
};
use portvakt_core::tree::{ATTRIBUTES, DESIRED_STATE, ListFolder, Snapshot, with_lf};
use portvakt_net::secret_of;
use portvakt_sources::forge::{Forge, ForgeError, ForgeReview};
use portvakt_sources::{
    Branch, ChangesBelow, PathChange, Repository, SourceError, changes_below, changes_of,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::source_finding;
use super::uncounted::uncounted_approvals;

/// The most changes of one file that the forge is asked about, newest first. Older changes were judged long ago.
const MOST_CHANGES: usize = 8;

/// Everything that is needed to ask the forge of a register.
#[derive(Debug)]
pub struct ForgeClient {
    forge: Forge,
    settings: ForgeSettings,
    repository: Repository,
}

impl ForgeClient {
    /// Prepares the questions to the forge, if the register uses forge evidence. The token is read again each time.
    ///
    /// # Errors
    /// The finding that prevents asking: no branch of git is followed, the token cannot be read, or the settings
    /// are wrong. In that case nothing new is accepted.
    pub fn ready(
        evidence: &Evidence,
        branch: Option<&Branch>,
        token: Option<&Path>,
    ) -> Result<Option<Self>, Finding> {
        let Evidence::Forge(settings) = evidence else { return Ok(None) };
        let branch = branch.ok_or_else(no_branch)?;
        let token = token.map(read_token).transpose()?;
        let forge = Forge::open(settings, token).map_err(|error| unreachable_finding(&error))?;
        let repository = branch.open().map_err(|error| source_finding(&error))?;
        Ok(Some(Self { forge, settings: settings.clone(), repository }))
    }

    /// Returns the reviews of the requests that brought the commits of the branch up to this one. They are for one
    /// pass.
    #[must_use]
    pub fn merged(&self, commit: &str) -> ForgeReviews<'_> {
        self.about(Requests::Merged { commit: commit.to_owned() })
    }

    /// Returns the reviews of an open request that would change `base` to `tree`. So the check before the
    /// merge says the same as the pass after it.
    #[must_use]
    pub fn open<'a>(&'a self, number: u64, base: &'a Snapshot, tree: &'a Snapshot) -> ForgeReviews<'a> {
        self.about(Requests::Open { number, base, tree })
    }

    fn about<'a>(&'a self, requests: Requests<'a>) -> ForgeReviews<'a> {
        let (asked, troubles) = (RefCell::default(), RefCell::default());
        ForgeReviews { asking: self, requests, asked, given_up: Cell::new(false), troubles }
    }
}

fn no_branch() -> Finding {
    let message = text!(
        en: "approvals are looked up on the forge by commit, and the tree is read from a folder",
        nb: "godkjenninger slås opp på kodeplattformen etter innsending, og filene leses fra en mappe"
    );
    let way_out = text!(
        en: "Run with `--source git`; until then nothing that is new is accepted.",
        nb: "Kjør med `--source git`; inntil da blir ikke noe nytt godtatt."
    );
    Finding::new(Code::ForgeUnreachable, message, way_out)
}

fn read_token(path: &Path) -> Result<SecretString, Finding> {
    secret_of(path).map(|text| SecretString::from(text.expose_secret().trim().to_owned())).map_err(|error| {
        let (place, why) = (error.place(path, "--forge-token-file"), error.words());
        let message = text!(
            with why;
            en: "the forge's token `{place}` cannot be read: {why}",
            nb: "nøkkelordet til kodeplattformen `{place}` kan ikke leses: {why}"
        );
        let way_out = text!(
            en: "Put the token into that file, readable by the program's user and nobody else.",
            nb: "Legg nøkkelordet i den filen, lesbar for programmets bruker og ingen andre."
        );
        Finding::new(Code::ForgeUnreachable, message, way_out)
    })
}

/// The requests that the forge is asked about.
#[derive(Debug)]
enum Requests<'a> {
    Merged { commit: String },
    Open { number: u64, base: &'a Snapshot, tree: &'a Snapshot },
}

/// The forge's answers during one pass.
#[derive(Debug)]
pub struct ForgeReviews<'a> {
    asking: &'a ForgeClient,
    requests: Requests<'a>,
    /// The reviews by commit, or by the number of the request. The list is empty if the forge could not be asked.
    asked: RefCell<BTreeMap<String, Rc<Vec<ForgeReview>>>>,
    given_up: Cell<bool>,
    troubles: RefCell<Vec<Finding>>,
}

impl ForgeReviews<'_> {
    /// Returns the reviewed changes among the changes that the branch has of a file, newest first.
    fn of_merged(&self, commit: &str, path: &FilePath) -> Result<Vec<ReviewedChange>, SourceError> {
        let repository = &self.asking.repository;
        let mut found = Vec::new();
        let changes = changes_of(repository, commit, path.as_str(), MOST_CHANGES)?;
        for (at, change) in changes.iter().enumerate() {
            for review in self.reviews(&change.commit).iter() {
                if review.path != path.as_str() || review.new != change.new {
                    continue;
                }
                let Some(first) = self.first_of(review, changes.get(at..).unwrap_or_default()) else {
                    continue;
                };
                let old = first.old.as_deref().map(|id| repository.blob(id)).transpose()?.map(with_lf);
                let new = change.new.as_deref().map(|id| repository.blob(id)).transpose()?.map(with_lf);
                // Something else than a file counts as missing here.
                let left = |later: &PathChange| {
                    later.new.as_deref().and_then(|id| repository.blob(id).ok()).map(with_lf)
                };
                let later: Vec<_> = changes.iter().take(at).map(left).collect();
                let is_whole = later.is_empty() && self.stands(review, commit, &change.commit)?;
                found.extend(self.by_each(review, (&old, &new), (is_whole, later)));
            }
        }
        Ok(found)
    }

    /// Returns whether all settings and policies of a merged request are in the tree of a commit as the request left them.
    /// `brought` is a commit of the request. A file that is neither settings nor a policy needs no answer.
    fn stands(&self, review: &ForgeReview, commit: &str, brought: &str) -> Result<bool, SourceError> {
        if !is_of_settings(&review.path) {
            return Ok(false);
        }
        let repository = &self.asking.repository;
        for other in self.reviews(brought).iter() {
            if other.request == review.request && is_of_settings(&other.path) {
                let bytes = repository.file_at(commit, &other.path)?;
                if bytes.map(|bytes| repository.blob_id(&bytes)).transpose()? != other.new {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Returns the first change of a reviewed request. Several commits of one request may follow each other on the
    /// branch. `None` if the file before the request is not the file that was reviewed.
    fn first_of<'c>(&self, review: &ForgeReview, changes: &'c [PathChange]) -> Option<&'c PathChange> {
        for change in changes {
            if !self.reviews(&change.commit).iter().any(|other| other.request == review.request) {
                return None;
            }
            if change.old == review.old {
                return Some(change);
            }
        }
        None
    }

    /// Returns the reviews of the change that the request would make to a file.
    fn of_open(
        &self,
        number: u64,
        [base, tree]: [&Snapshot; 2],
        path: &FilePath,
    ) -> Result<Vec<ReviewedChange>, SourceError> {
        let (old, new) = (bytes_of(base, path), bytes_of(tree, path));
        if old == new {
            return Ok(Vec::new());
        }
        let repository = &self.asking.repository;
        let id = |bytes: &FileBytes| bytes.as_ref().map(|bytes| repository.blob_id(bytes)).transpose();
        let ids = (id(&old)?, id(&new)?);
        let reviews = self.reviews(&number.to_string());
        let same = |review: &&ForgeReview| {
            review.path == path.as_str()
                && self.is_it(&review.old, &ids.0, &old)
                && self.is_it(&review.new, &ids.1, &new)
        };
        // What the tree has of the other settings of the request must be what was reviewed, too. A file that neither tree
        // has among its settings is none.
        let mut is_whole = true;
        for review in reviews.iter().filter(|review| is_of_settings(&review.path)) {
            let path = FilePath::new(&review.path);
            let now = bytes_of(tree, &path);
            if now.is_some() || bytes_of(base, &path).is_some() {
                is_whole &= self.is_it(&review.new, &id(&now)?, &now);
            }
        }
        let each = |review: &ForgeReview| self.by_each(review, (&old, &new), (is_whole, Vec::new()));
        Ok(reviews.iter().filter(same).flat_map(each).collect())
    }

    /// Returns whether a reviewed blob is a file of the tree. The tree has LF, and the reviewed file may have CRLF. Then the
    /// ids differ although the contents are the same. Settings that are missing are empty in the tree.
    fn is_it(&self, reviewed: &Option<String>, id: &Option<String>, bytes: &FileBytes) -> bool {
        let now = bytes.as_deref().unwrap_or_default();
        let repository = &self.asking.repository;
        match reviewed {
            None => now.is_empty(),
            Some(_) if reviewed == id => true,
            Some(reviewed) => repository.blob(reviewed).is_ok_and(|blob| *with_lf(blob) == *now),
        }
    }

    /// Returns a reviewed change once for each person who approved it.
    fn by_each(
        &self,
        review: &ForgeReview,
        (old, new): (&FileBytes, &FileBytes),
        (is_whole, later): (bool, Vec<FileBytes>),
    ) -> Vec<ReviewedChange> {
        let accounts = &self.asking.settings.accounts;
        self.troubles.borrow_mut().extend(uncounted_approvals(review, accounts));
        let people = review.approvers.iter().filter_map(|account| Some((account, accounts.get(account)?)));
        let reviewed = |(account, by): (&u64, &PersonId)| ReviewedChange {
            review: ForgeApproval { by: by.clone(), request: review.request, head: review.head.clone() },
            old: old.clone(),
            new: new.clone(),
            circumstances: ReviewCircumstances {
                given: review.given.get(account).copied(),
                is_whole,
                later: later.clone(),
            },
        };
        people.map(reviewed).collect()
    }

    /// Returns the forge's reviews of a commit or of the open request. The list is empty if the forge could not be
    /// asked; a finding is noted then.
    fn reviews(&self, key: &str) -> Rc<Vec<ForgeReview>> {
        if let Some(known) = self.asked.borrow().get(key) {
            return Rc::clone(known);
        }
        let inside = self.asking.repository.inside();
        let answer = match self.requests {
            _ if self.given_up.get() => Ok(Vec::new()),
            Requests::Merged { .. } => self.asking.forge.reviews(key, inside),
            Requests::Open { number, .. } => self.asking.forge.reviews_of_open(number, inside),
        };
        let reviews = Rc::new(answer.unwrap_or_else(|error| {
            // Each further question would wait just as long and fail in the same way.
            self.given_up.set(error.lasting());
            self.troubles.borrow_mut().push(unreachable_finding(&error));
            Vec::new()
        }));
        self.asked.borrow_mut().insert(key.to_owned(), Rc::clone(&reviews));
        reviews
    }
}

/// The bytes of a file. It is `None` if there is no file.
type FileBytes = Option<Arc<[u8]>>;

/// Returns whether a path is one of settings or policies, or of a file beside them.
fn is_of_settings(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    name == ATTRIBUTES || folder == DESIRED_STATE || path.starts_with("policies/")
}

/// Returns the bytes of a person's file, of a list in `requests` or `reviews`, or of a file with settings or policies.
fn bytes_of(tree: &Snapshot, path: &FilePath) -> FileBytes {
    let lists = [&tree.requests().files, &tree.reviews().files];
    let read = tree.read().get(path).or_else(|| lists.iter().find_map(|files| files.get(path)));
    read.cloned().or_else(|| protected_files(tree).remove(path))
}

impl Reviews for ForgeReviews<'_> {
    fn of(&self, path: &FilePath) -> Vec<ReviewedChange> {
        let found = match &self.requests {
            Requests::Merged { commit } => self.of_merged(commit, path),
            Requests::Open { number, base, tree } => self.of_open(*number, [base, tree], path),
        };
        found.unwrap_or_else(|error| {
            self.troubles.borrow_mut().push(source_finding(&error));
            Vec::new()
        })
    }

    fn list_history(&self, folder: ListFolder, known: Option<&str>) -> Option<ListHistory> {
        // Before the merge, what the target branch has is taken as accepted.
        let Requests::Merged { commit } = &self.requests else { return Some(ListHistory::default()) };
        let repository = &self.asking.repository;
        let trouble = |error: &SourceError| self.troubles.borrow_mut().push(source_finding(error));
        let found = changes_below(repository, commit, folder.name(), known).inspect_err(trouble);
        let read = |id: &str| repository.blob(id).inspect_err(trouble).ok();
        Some(list_history(commit, found.ok()?, read))
    }

    fn troubles(&self) -> Vec<Finding> {
        let mut troubles = self.troubles.borrow().clone();
        troubles.sort();
        troubles.dedup();
        troubles
    }
}

/// Returns what the changes of a folder say of its lists, up to a commit. A version whose bytes cannot be read is left out.
fn list_history(commit: &str, found: ChangesBelow, read: impl Fn(&str) -> FileBytes) -> ListHistory {
    let mut has_gaps = false;
    let mut lists = ListVersions::new();
    for (path, changes) in found.changes.into_iter().filter(|(path, _)| path.ends_with(".yaml")) {
        let all = changes.len();
        let there: Vec<_> = changes.into_iter().filter_map(|change| list_version(change, &read)).collect();
        has_gaps |= there.len() < all;
        lists.insert(FilePath::new(&path), there);
    }
    ListHistory { tip: Some(commit.to_owned()), goes_on: found.goes_on, has_gaps, lists }
}

/// Returns the version of a list that a change brought. It is `None` if its bytes cannot be read. Nothing shows that such a
/// version took anything out.
fn list_version(change: PathChange, read: impl Fn(&str) -> FileBytes) -> Option<ListVersion> {
    let bytes = match &change.new {
        Some(id) => Some(with_lf(read(id)?)),
        None => None,
    };
    Some(ListVersion { commit: change.commit, bytes })
}

/// Returns the finding about a forge that could not be asked.
#[must_use]
pub fn unreachable_finding(error: &ForgeError) -> Finding {
    let why = error.words();
    let message = text!(
        with why;
        en: "the forge could not be asked who approved: {why}",
        nb: "kodeplattformen kunne ikke spørres om hvem som har godkjent: {why}"
    );
    Finding::new(Code::ForgeUnreachable, message, error.way_out())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without the bytes, an approval of an open request is never found to be one of its change.
    #[test]
    fn the_bytes_of_every_approved_file_are_found() {
        let paths = ["desired-state/ahus/a.a.yaml", "requests/ahus.yaml", "reviews/ahus/2026-Q4.yaml"];
        let files = paths.map(|path| (FilePath::new(path), path.as_bytes().to_vec()));
        let tree = Snapshot::of(files.into());
        for path in paths {
            assert_eq!(bytes_of(&tree, &FilePath::new(path)).as_deref(), Some(path.as_bytes()), "{path}");
        }
        assert_eq!(bytes_of(&tree, &FilePath::new("requests/unn.yaml")), None);
    }

    #[test]
    fn a_version_of_a_list_that_cannot_be_read_is_not_one_without_the_list() {
        let read = |id: &str| (id == "there").then(|| Arc::from(b"rejected: []\r\n".as_slice()));
        let versions = |new: &[Option<&str>]| {
            let change = |new: &Option<&str>| PathChange {
                commit: "5f1a".to_owned(),
                old: None,
                new: new.map(str::to_owned),
            };
            let list = ("requests/ahus.yaml".to_owned(), new.iter().map(change).collect());
            let found = ChangesBelow { changes: BTreeMap::from([list]), goes_on: true };
            let history = list_history("5f1a", found, read);
            assert!(history.goes_on && history.tip.as_deref() == Some("5f1a"));
            let versions = history.lists.into_values().flatten().map(|version| version.bytes);
            (versions.collect::<Vec<_>>(), history.has_gaps)
        };
        let there: FileBytes = Some(Arc::from(b"rejected: []\n".as_slice()));
        assert_eq!(versions(&[Some("there"), None]), (vec![there.clone(), None], false));
        assert_eq!(versions(&[Some("there"), Some("lost"), None]), (vec![there, None], true));
    }
}
