//! The forge as evidence: which of a file's changes, as the branch has them, were approved on the forge by whom.
//!
//! A change is known by (path, old blob, new blob), so that other merges in between do no harm and a push after the
//! approval does. Nothing is kept beyond one pass: an approval may be given or taken back meanwhile. A forge that does
//! not answer gives no approvals, which refuses and takes nothing away, and is told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use secrecy::SecretString;

use crate::diag::{Code, Finding, text};
use crate::forge::{Forge, ForgeError, Review};
use crate::model::{Evidence, FilePath, ForgeSettings, Reviewed};
use crate::pass::{ReviewedChange, Reviews};
use crate::source::{Branch, PathChange, Repository, SourceError, changes_of};

use super::engine::source_finding;

/// Changes of one file that are asked for, newest first. What an older change brought was judged long ago.
const MOST_CHANGES: usize = 8;

/// Which requests are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// Those that brought the commits of the branch.
    Merged,
    /// This one, which is still open: what will be said after the merge is said before it.
    Open(u64),
}

/// All it takes to ask a register's forge about the tree of one commit.
#[derive(Debug)]
pub struct Asking {
    forge: Forge,
    settings: ForgeSettings,
    repository: Repository,
    commit: String,
    requests: Requests,
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
        commit: Option<&str>,
        token: Option<&Path>,
        requests: Requests,
    ) -> Result<Option<Self>, Finding> {
        let Evidence::Forge(settings) = evidence else { return Ok(None) };
        let (Some(branch), Some(commit)) = (branch, commit) else { return Err(no_branch()) };
        let token = token.map(read_token).transpose()?;
        let forge = Forge::open(settings, token).map_err(|error| unreachable_finding(&error))?;
        let repository = branch.open().map_err(|error| source_finding(&error))?;
        let (settings, commit) = (settings.clone(), commit.to_owned());
        Ok(Some(Self { forge, settings, repository, commit, requests }))
    }

    /// The reviews, for one pass.
    #[must_use]
    pub fn reviews(&self) -> ForgeReviews<'_> {
        ForgeReviews { asking: self, asked: RefCell::default(), troubles: RefCell::default() }
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

/// The forge, for one pass over the tree of one commit.
#[derive(Debug)]
pub struct ForgeReviews<'a> {
    asking: &'a Asking,
    asked: RefCell<BTreeMap<String, Rc<Vec<Review>>>>,
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

    fn changes(&self, path: &FilePath) -> Result<Vec<ReviewedChange>, Trouble> {
        let mut found = Vec::new();
        let changes = changes_of(&self.asking.repository, &self.asking.commit, path.as_str(), MOST_CHANGES)?;
        for (at, change) in changes.iter().enumerate() {
            for review in self.reviews(&change.commit)?.iter() {
                if review.path != path.as_str() || review.new != change.new {
                    continue;
                }
                let Some(first) = self.first_of(review, changes.get(at..).unwrap_or_default())? else {
                    continue;
                };
                for person in
                    review.approvers.iter().filter_map(|account| self.asking.settings.accounts.get(account))
                {
                    found.push(ReviewedChange {
                        review: Reviewed {
                            by: person.clone(),
                            request: review.request,
                            head: review.head.clone(),
                        },
                        old: first.old.as_deref().map(|id| self.asking.repository.blob(id)).transpose()?,
                        new: change.new.as_deref().map(|id| self.asking.repository.blob(id)).transpose()?,
                    });
                }
            }
        }
        Ok(found)
    }

    /// The change that a reviewed request begins with: several commits of one request may follow each other on the
    /// branch. `None` where what stood there before is not what was reviewed.
    fn first_of<'c>(
        &self,
        review: &Review,
        changes: &'c [PathChange],
    ) -> Result<Option<&'c PathChange>, Trouble> {
        for change in changes {
            let of_request =
                self.reviews(&change.commit)?.iter().any(|other| other.request == review.request);
            if !of_request {
                return Ok(None);
            }
            if change.old == review.old {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    fn reviews(&self, commit: &str) -> Result<Rc<Vec<Review>>, Trouble> {
        let key = match self.asking.requests {
            Requests::Merged => commit.to_owned(),
            Requests::Open(number) => number.to_string(),
        };
        if let Some(known) = self.asked.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let inside = self.asking.repository.inside();
        let reviews = Rc::new(match self.asking.requests {
            Requests::Merged => self.asking.forge.reviews(commit, inside)?,
            Requests::Open(number) => self.asking.forge.reviews_of_open(number, inside)?,
        });
        self.asked.borrow_mut().insert(key, Rc::clone(&reviews));
        Ok(reviews)
    }
}

enum Trouble {
    Source(SourceError),
    Forge(ForgeError),
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<ForgeError> for Trouble {
    fn from(error: ForgeError) -> Self {
        Self::Forge(error)
    }
}

impl Reviews for ForgeReviews<'_> {
    fn of(&self, path: &FilePath) -> Vec<ReviewedChange> {
        self.changes(path).unwrap_or_else(|trouble| {
            self.troubles.borrow_mut().push(match trouble {
                Trouble::Source(error) => source_finding(&error),
                Trouble::Forge(error) => unreachable_finding(&error),
            });
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
