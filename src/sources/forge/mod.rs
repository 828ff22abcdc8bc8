//! What the forge knows about who approved which bytes.
//!
//! An edge: it reads GitHub's or GitLab's API with a token that may only read, and holds no policy. What comes back
//! is, for each pull or merge request that brought a commit, the files it changed as (path, blob before, blob after)
//! between the merge base and the head that was approved, and the accounts whose approval of exactly that head
//! stands. So a merge of something else in between does no harm, and a push after the approval does.
//!
//! Nothing is kept from one call to the next: an approval can be given or taken back after the merge.
//! Nothing is guessed: what cannot be read whole is an error, and an error is never an approval.
//! `docs/forge.md` says what this cannot know.

mod address;
mod error;
mod github;
mod gitlab;
mod paging;
mod tree;
mod weigh;
mod wire;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::diag::text;
use portvakt_core::model::{ForgeKind, ForgeSettings};
use secrecy::SecretString;

pub use error::{ForgeError, Object};
pub use weigh::Discount;
pub use wire::Patience;

use weigh::Request;
use wire::{Pass, Wire};

/// One file that a request changed, and whose approval of it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The file, from the root of the tree: `desired-state/…` or `policies/…`. A renamed file is one that went and
    /// one that came.
    pub path: String,
    /// Its blob at the merge base, in hexadecimal digits; `None` when it is new.
    pub old: Option<String>,
    /// Its blob at the approved head; `None` when it was deleted.
    pub new: Option<String>,
    /// The account that opened the request.
    pub author: u64,
    /// The accounts whose approval of exactly this head stands, authors left out. May be empty, and may name
    /// accounts that are nobody's in the settings.
    pub approvers: BTreeSet<u64>,
    /// The accounts that approved at some time and do not count, and why. For texts; it gives nothing.
    pub discounted: BTreeMap<u64, Discount>,
    /// The number of the pull request, or the merge request's number in its project.
    pub request: u64,
    /// The request's final head, the commit that was approved.
    pub head: String,
    /// The request's page, for people. It comes from the forge: show it as text.
    pub url: String,
}

/// The forge, ready to be asked.
#[derive(Debug)]
pub struct Forge {
    wire: Wire,
    settings: ForgeSettings,
}

impl Forge {
    /// Checks the settings; sends nothing yet. Without a token only a public project can be read.
    ///
    /// Must not be called, and the value must not be dropped, in the middle of asynchronous code: there use
    /// `spawn_blocking`.
    ///
    /// # Errors
    /// When the address is not `https` (or `http` to this machine) or leads to a forbidden place, the project, branch
    /// or token cannot be one, or the machine has no certificates to trust.
    pub fn open(settings: &ForgeSettings, token: Option<SecretString>) -> Result<Self, ForgeError> {
        Self::open_with(settings, token, Patience::default())
    }

    /// As [`Forge::open`], with other times.
    ///
    /// # Errors
    /// As [`Forge::open`].
    pub fn open_with(
        settings: &ForgeSettings,
        token: Option<SecretString>,
        patience: Patience,
    ) -> Result<Self, ForgeError> {
        let wire = Wire::new(settings, token, patience)?;
        Ok(Self { wire, settings: settings.clone() })
    }

    /// What was reviewed in the merged request or requests that brought `commit`, a commit of the target branch.
    /// `inside` is the folder of the repository that the tree stands in; empty for the top. Empty when no merged
    /// request brought the commit: then nobody approved it here.
    ///
    /// # Errors
    /// When the forge cannot be asked, or its answer leaves a doubt.
    pub fn reviews(&self, commit: &str, inside: &str) -> Result<Vec<Review>, ForgeError> {
        if !wire::is_object_id(commit) {
            let what = text!(en: "the full id of a commit", nb: "den fulle id-en til en innsending");
            return Err(ForgeError::Setting { value: commit.to_owned(), what });
        }
        let pass = Pass::begin(&self.wire, &self.settings);
        let requests = match self.settings.kind {
            ForgeKind::GitHub => github::merged(&pass, commit)?,
            ForgeKind::GitLab => gitlab::merged(&pass, commit)?,
        };
        let mut reviews = Vec::new();
        for request in requests {
            self.changed(&pass, request, inside, &mut reviews)?;
        }
        Ok(reviews)
    }

    /// The same for a request that is still open, so that CI can say before the merge what will be said after it.
    /// The number is the pull request's, or the merge request's in its project.
    ///
    /// # Errors
    /// As [`Forge::reviews`], and when the request is not open or is not for the target branch.
    pub fn reviews_of_open(&self, request: u64, inside: &str) -> Result<Vec<Review>, ForgeError> {
        let pass = Pass::begin(&self.wire, &self.settings);
        let request = match self.settings.kind {
            ForgeKind::GitHub => github::open(&pass, request)?,
            ForgeKind::GitLab => gitlab::open(&pass, request)?,
        };
        let mut reviews = Vec::new();
        self.changed(&pass, request, inside, &mut reviews)?;
        Ok(reviews)
    }

    fn changed(
        &self,
        pass: &Pass<'_>,
        request: Request,
        inside: &str,
        reviews: &mut Vec<Review>,
    ) -> Result<(), ForgeError> {
        let (approvers, discounted) = weigh::weigh(&self.settings.accounts, &request);
        for change in tree::changes(pass, &request.base, &request.head, inside)? {
            reviews.push(Review {
                path: change.path,
                old: change.old,
                new: change.new,
                author: request.author,
                approvers: approvers.clone(),
                discounted: discounted.clone(),
                request: request.number,
                head: request.head.clone(),
                url: request.url.clone(),
            });
        }
        Ok(())
    }
}
