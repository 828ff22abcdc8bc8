//! This module asks the forge who approved which bytes.
//!
//! It reads the API of GitHub or GitLab with a read-only token, and it contains no policy. For each pull or merge
//! request that brought a commit, it returns two things. The first is the changed files, as (path, blob before, blob
//! after) between the merge base and the approved head. The second is the accounts whose approval of exactly that
//! head is still valid. So another merge in between does no harm, but a push after the approval makes the approval
//! invalid.
//!
//! Nothing is kept between calls, because an approval can be given or taken back after the merge. Nothing is guessed.
//! An answer that cannot be read as a whole is an error, and an error is never an approval. `docs/forge.md` lists the
//! limits of this evidence.
//!
//! The files in reading order:
//!
//! ```text
//!  wire     sends requests, with retries and limits
//!  address  reads the setting `api`
//!  paging   finds the next page, and the time to wait
//!  github   GitHub's API
//!  gitlab   GitLab's API
//!  tree     the files that differ between two commits
//!  folder   one folder of a commit, as both kinds of forge give it
//!  weigh    which approvals count
//!  error    why the forge could not be asked, or its answer is not trusted
//! ```

mod address;
mod error;
mod folder;
mod github;
mod gitlab;
mod paging;
mod tree;
mod weigh;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use portvakt_core::diag::text;
use portvakt_core::model::{ForgeKind, ForgeSettings};
use secrecy::SecretString;

pub use error::{ForgeError, Object};
pub use weigh::Discount;
pub use wire::ForgePatience;

use weigh::Request;
use wire::{ForgeWire, Pass};

/// One file that a request changed, with the accounts whose approval of it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeReview {
    /// The path of the file from the root of the tree: `desired-state/…`, `policies/…` or `reviews/…`. A renamed file appears as
    /// one deleted file and one new file.
    pub path: String,
    /// The blob at the merge base, in hexadecimal digits. It is `None` when the file is new.
    pub old: Option<String>,
    /// The blob at the approved head. It is `None` when the file was deleted.
    pub new: Option<String>,
    /// The number of the account that opened the request.
    pub author: u64,
    /// The accounts whose approval of exactly this head is valid, without the authors. The set may be empty. It may
    /// name accounts that belong to no person in the settings.
    pub approvers: BTreeSet<u64>,
    /// When each account approved. If the forge does not say it, this is when the head came into the request, because an
    /// approval that is valid came later.
    pub given: BTreeMap<u64, Timestamp>,
    /// The accounts whose approval does not count, each with the reason. This is only for texts and gives no right.
    pub discounted: BTreeMap<u64, Discount>,
    /// The number of the pull request, or of the merge request in its project.
    pub request: u64,
    /// The final head of the request. This is the approved commit.
    pub head: String,
    /// The web page of the request. The address comes from the forge, so show it only as text.
    pub url: String,
}

/// A client that is ready to ask the forge.
#[derive(Debug)]
pub struct Forge {
    wire: ForgeWire,
    settings: ForgeSettings,
}

impl Forge {
    /// Checks the settings. It sends nothing yet. Without a token, only a public project can be read.
    ///
    /// Do not call this function, or drop its value, inside asynchronous code. Use `spawn_blocking` there.
    ///
    /// # Errors
    /// Fails when the address is not `https` (or `http` to this machine) or leads to a forbidden place. It also fails
    /// when the project, branch or token has a wrong form, or when the machine has no trusted certificates.
    pub fn open(settings: &ForgeSettings, token: Option<SecretString>) -> Result<Self, ForgeError> {
        Self::open_with(settings, token, ForgePatience::default())
    }

    /// Does the same as [`Forge::open`], with other time limits.
    ///
    /// # Errors
    /// Fails as [`Forge::open`] does.
    pub fn open_with(
        settings: &ForgeSettings,
        token: Option<SecretString>,
        patience: ForgePatience,
    ) -> Result<Self, ForgeError> {
        let wire = ForgeWire::new(settings, token, patience)?;
        Ok(Self { wire, settings: settings.clone() })
    }

    /// Reads the reviews of the merged requests that brought `commit`, a commit of the target branch. `inside` is the
    /// folder of the repository that holds the tree. It is empty for the top. The list is empty when no merged
    /// request brought the commit. In that case nobody approved the commit on this forge.
    ///
    /// # Errors
    /// Fails when the forge cannot be asked, or when its answer leaves a doubt.
    pub fn reviews(&self, commit: &str, inside: &str) -> Result<Vec<ForgeReview>, ForgeError> {
        if !wire::is_object_id(commit) {
            let what = text!(en: "the full id of a commit", nb: "den fulle id-en til en innsending");
            return Err(ForgeError::Setting { value: commit.to_owned(), what });
        }
        self.without_token(|pass| match self.settings.kind {
            ForgeKind::GitHub => self.of_each(pass, github::merged(pass, commit)?, inside),
            ForgeKind::GitLab => self.of_each(pass, gitlab::merged(pass, commit)?, inside),
        })
    }

    /// Reads the reviews of a request that is still open. So CI can show before the merge what the result will be
    /// after it. `request` is the number of the pull request, or of the merge request in its project.
    ///
    /// # Errors
    /// Fails as [`Forge::reviews`] does, and when the request is not open or is not for the target branch.
    pub fn reviews_of_open(&self, request: u64, inside: &str) -> Result<Vec<ForgeReview>, ForgeError> {
        self.without_token(|pass| match self.settings.kind {
            ForgeKind::GitHub => self.of_each(pass, [github::open(pass, request)?], inside),
            ForgeKind::GitLab => self.of_each(pass, [gitlab::open(pass, request)?], inside),
        })
    }

    /// Asks the forge. No text that it gives to people has the token in it, nor a part of the token. Paths and ids stay
    /// as they came, because they are compared with others.
    fn without_token(
        &self,
        ask: impl FnOnce(&Pass<'_>) -> Result<Vec<ForgeReview>, ForgeError>,
    ) -> Result<Vec<ForgeReview>, ForgeError> {
        let blanked = |text: &str| self.wire.blanked(text);
        let mut reviews =
            ask(&Pass::begin(&self.wire, &self.settings)).map_err(|error| error.with_texts(blanked))?;
        for review in &mut reviews {
            review.url = blanked(&review.url);
        }
        Ok(reviews)
    }

    fn of_each(
        &self,
        pass: &Pass<'_>,
        requests: impl IntoIterator<Item = Request>,
        inside: &str,
    ) -> Result<Vec<ForgeReview>, ForgeError> {
        let mut reviews = Vec::new();
        for request in requests {
            self.changed(pass, request, inside, &mut reviews)?;
        }
        Ok(reviews)
    }

    fn changed(
        &self,
        pass: &Pass<'_>,
        request: Request,
        inside: &str,
        reviews: &mut Vec<ForgeReview>,
    ) -> Result<(), ForgeError> {
        let (approvers, discounted) = weigh::weigh_approvals(&self.settings.accounts, &request);
        for change in tree::changes(pass, &request.base, &request.head, inside)? {
            reviews.push(ForgeReview {
                path: change.path,
                old: change.old,
                new: change.new,
                author: request.author,
                approvers: approvers.clone(),
                given: request.given.clone(),
                discounted: discounted.clone(),
                request: request.number,
                head: request.head.clone(),
                url: request.url.clone(),
            });
        }
        Ok(())
    }
}
