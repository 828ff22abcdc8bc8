//! The forge as evidence: which of a file's changes, as the branch has them, were approved on the forge by whom.
//!
//! A change is known by (path, old blob, new blob), so that other merges in between do no harm and a push after the
//! approval does. Nothing is kept beyond one pass: an approval may be given or taken back meanwhile. A forge that does
//! not answer gives no approvals, which refuses and takes nothing away, and is told; it is not asked again in that
//! pass.
//!
//! Before the merge the change is what the merge would make of the file on the target branch. After it, it is what the
//! merge has made of it: with a merge commit or a squash the same, and with a rebase what its commits make together.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use portvakt_core::decide::{ReviewedChange, Reviews, protected_files};
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::{Evidence, FilePath, ForgeSettings, PersonId, Reviewed};
use portvakt_core::tree::Snapshot;
use portvakt_sources::forge::{Forge, ForgeError, Review};
use portvakt_sources::{Branch, PathChange, Repository, SourceError, changes_of};
use secrecy::SecretString;

use super::engine::source_finding;

/// Changes of one file that are asked for, newest first. What an older change brought was judged long ago.
const MOST_CHANGES: usize = 8;

/// All it takes to ask a register's forge.
#[derive(Debug)]
pub struct Asking {
    forge: Forge,
    settings: ForgeSettings,
    repository: Repository,
}

impl Asking {
    /// Gets ready to ask, where the forge is the register's evidence. The token is read anew each time.
    ///
    /// # Errors
    /// What is in the way, for people: no branch of git is followed, the token cannot be read, the settings lead
    /// nowhere. Then nothing that is new is accepted.
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

    /// The reviews of the requests that brought the commits of the branch up to this one, for one pass.
    #[must_use]
    pub fn merged(&self, commit: &str) -> ForgeReviews<'_> {
        self.about(Requests::Merged { commit: commit.to_owned() })
    }

    /// The reviews of a request that is still open and would make `tree` of `base`, so that what will be said after
    /// the merge is said before it.
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
    std::fs::read_to_string(path).map(|text| SecretString::from(text.trim().to_owned())).map_err(|error| {
        let path = path.display();
        let message = text!(
            en: "the forge's token `{path}` cannot be read: {error}",
            nb: "nøkkelordet til kodeplattformen `{path}` kan ikke leses: {error}"
        );
        let way_out = text!(
            en: "Put the token into that file, readable by the program's user and nobody else.",
            nb: "Legg nøkkelordet i den filen, lesbar for programmets bruker og ingen andre."
        );
        Finding::new(Code::ForgeUnreachable, message, way_out)
    })
}

/// Which requests are asked about.
#[derive(Debug)]
enum Requests<'a> {
    Merged { commit: String },
    Open { number: u64, base: &'a Snapshot, tree: &'a Snapshot },
}

/// The forge, for one pass.
#[derive(Debug)]
pub struct ForgeReviews<'a> {
    asking: &'a Asking,
    requests: Requests<'a>,
    /// By commit, or by the number of the request; nothing where that was asked in vain.
    asked: RefCell<BTreeMap<String, Rc<Vec<Review>>>>,
    given_up: Cell<bool>,
    troubles: RefCell<Vec<Finding>>,
}

impl ForgeReviews<'_> {
    /// What went wrong, each thing once.
    #[must_use]
    pub fn troubles(self) -> Vec<Finding> {
        let mut troubles = self.troubles.into_inner();
        troubles.sort();
        troubles.dedup();
        troubles
    }

    /// What was reviewed of the changes that the branch has of a file, newest first.
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
                let old = first.old.as_deref().map(|id| repository.blob(id)).transpose()?;
                let new = change.new.as_deref().map(|id| repository.blob(id)).transpose()?;
                found.extend(self.by_each(review, &old, &new));
            }
        }
        Ok(found)
    }

    /// The change that a reviewed request begins with: several commits of one request may follow each other on the
    /// branch. `None` where what stood there before is not what was reviewed.
    fn first_of<'c>(&self, review: &Review, changes: &'c [PathChange]) -> Option<&'c PathChange> {
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

    /// What was reviewed of what the request would make of a file.
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
        let id =
            |bytes: &Option<Arc<[u8]>>| bytes.as_ref().map(|bytes| repository.blob_id(bytes)).transpose();
        let ids = (id(&old)?, id(&new)?);
        let reviews = self.reviews(&number.to_string());
        let same =
            |review: &&Review| review.path == path.as_str() && review.old == ids.0 && review.new == ids.1;
        Ok(reviews.iter().filter(same).flat_map(|review| self.by_each(review, &old, &new)).collect())
    }

    /// A reviewed change once for each person who approved it.
    fn by_each(
        &self,
        review: &Review,
        old: &Option<Arc<[u8]>>,
        new: &Option<Arc<[u8]>>,
    ) -> Vec<ReviewedChange> {
        let accounts = &self.asking.settings.accounts;
        let people = review.approvers.iter().filter_map(|account| accounts.get(account));
        let reviewed = |by: &PersonId| ReviewedChange {
            review: Reviewed { by: by.clone(), request: review.request, head: review.head.clone() },
            old: old.clone(),
            new: new.clone(),
        };
        people.map(reviewed).collect()
    }

    /// What the forge says of a commit, or of the open request; nothing where it could not be asked, which is told.
    fn reviews(&self, key: &str) -> Rc<Vec<Review>> {
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
            // Each further question would wait as long for the same.
            self.given_up.set(error.lasting());
            self.troubles.borrow_mut().push(unreachable_finding(&error));
            Vec::new()
        }));
        self.asked.borrow_mut().insert(key.to_owned(), Rc::clone(&reviews));
        reviews
    }
}

/// The bytes of a person's file, or of one of those that settings and policies stand in.
fn bytes_of(tree: &Snapshot, path: &FilePath) -> Option<Arc<[u8]>> {
    tree.read().get(path).cloned().or_else(|| protected_files(tree).remove(path))
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
}

/// A forge that could not be asked, for people.
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
