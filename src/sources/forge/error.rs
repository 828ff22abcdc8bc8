//! These errors say why the forge could not be asked, or why its answer is not trusted. None of them is ever an
//! approval. Their words for people, in both languages, are in `words`.

use portvakt_core::diag::Text;
use portvakt_core::system::with_causes;

mod words;

/// The kind of object that an id from the forge belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// The final head of a request.
    Head,
    /// The commit that a request started from.
    MergeBase,
    /// The parent of a commit.
    Parent,
    /// The top folder of a commit.
    Tree,
    /// A file or folder in a tree.
    Entry,
}

/// The reason why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The setting `api` is not an address that may be contacted.
    Address {
        /// The value as it was given.
        api: String,
        /// The fault in the address.
        why: Text,
    },
    /// The name resolves to an address where no forge can be.
    Place {
        /// The address. It is link-local, the metadata service of a cloud, not a single machine, or not this machine
        /// although the setting is `http`.
        address: std::net::IpAddr,
    },
    /// A setting has a value of a wrong form.
    Setting {
        /// The value as it was given.
        value: String,
        /// The kind of value that was expected.
        what: Text,
    },
    /// The token is empty or has characters that no token has. It is not repeated here.
    Token,
    /// The HTTP client could not be made.
    Setup {
        /// The error of the HTTP library.
        #[source]
        source: reqwest::Error,
    },
    /// There was no connection, or the connection broke.
    Connection {
        /// The address that was asked.
        url: String,
        /// The error of the connection.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The forge took too long to answer.
    Slow {
        /// The address that was asked.
        url: String,
    },
    /// The answer is larger than the limit.
    Large {
        /// The address that was asked.
        url: String,
        /// The limit in bytes.
        most: u64,
    },
    /// The forge answered with a redirection. The token is never sent to another address.
    Redirect {
        /// The address that was asked.
        url: String,
        /// The HTTP status, 300 to 399.
        status: u16,
    },
    /// The forge does not accept the token (HTTP status 401).
    Unknown {
        /// The address that was asked.
        url: String,
    },
    /// The token may not read this address (HTTP status 403).
    Forbidden {
        /// The address that was asked.
        url: String,
    },
    /// The forge answered 404 or 422. GitHub answers 422 for a commit that it does not have.
    Missing {
        /// The address that was asked.
        url: String,
        /// The HTTP status, 404 or 422.
        status: u16,
    },
    /// There were too many requests, or the forge is out of order. All tries failed.
    Busy {
        /// The address that was asked.
        url: String,
        /// The HTTP status: 403, 429, 502, 503 or 504.
        status: u16,
        /// The number of tries.
        tries: u32,
    },
    /// The forge refuses for now and asks for a longer pause than the limit.
    Later {
        /// The address that was asked.
        url: String,
        /// The HTTP status, such as 403, 429 or 503.
        status: u16,
        /// The requested pause in seconds.
        seconds: u64,
    },
    /// The forge answered with any other status.
    Status {
        /// The address that was asked.
        url: String,
        /// The HTTP status of the answer.
        status: u16,
    },
    /// The answer is not as the forge's documentation says.
    Strange {
        /// The address that was asked.
        url: String,
        /// The reason why the answer cannot be understood.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The forge sent an id that is not an object id.
    Id {
        /// The text that the forge sent, shortened.
        text: String,
        /// The kind of object that the id should belong to.
        what: Object,
    },
    /// Reading needs more pages, folders or requests than a change of this kind can need.
    Endless {
        /// The address that was asked.
        url: String,
        /// The largest number that is allowed. `what` names the things that are counted.
        most: u32,
        /// The thing that is counted, as text for people.
        what: Text,
    },
    /// The forge left out part of a folder.
    Truncated {
        /// The path from the top of the repository.
        path: String,
    },
    /// The list of commits is not complete, so the authors are not known.
    Commits {
        /// The number of the request.
        request: u64,
        /// The number of commits that were listed.
        named: u64,
        /// The number of commits in the request.
        all: u64,
    },
    /// The commit is one of the request's own commits. Somebody pushed it to the branch directly.
    Pushed {
        /// The number of the request.
        request: u64,
        /// The id of the commit.
        commit: String,
    },
    /// The request is not open, or not for the target branch.
    NotOpen {
        /// The number of the request.
        request: u64,
        /// The target branch.
        branch: String,
    },
    /// The request changed while it was read.
    Moved {
        /// The number of the request.
        request: u64,
    },
    /// A setting of the project is missing. Without it, the project's approvals prove nothing.
    Unprotected {
        /// The missing setting, as text for people.
        what: Text,
    },
}

impl ForgeError {
    /// Changes every text of the error that the forge may have written. A cause stays as it is if there is nothing to
    /// change in what it says.
    pub(super) fn with_texts(self, change: impl Fn(&str) -> String) -> Self {
        let cause = |source: Box<dyn std::error::Error + Send + Sync>| {
            let said = with_causes(&*source);
            let changed = change(&said);
            if changed == said { source } else { Box::from(changed) }
        };
        match self {
            Self::Connection { url, source } => Self::Connection { url, source: cause(source) },
            Self::Strange { url, source } => Self::Strange { url: change(&url), source: cause(source) },
            Self::Id { text, what } => Self::Id { text: change(&text), what },
            Self::Endless { url, most, what } => Self::Endless { url: change(&url), most, what },
            Self::Truncated { path } => Self::Truncated { path: change(&path) },
            other => other,
        }
    }

    /// Returns whether the same question may succeed later without any action.
    #[must_use]
    pub fn passing(&self) -> bool {
        match self {
            Self::Connection { .. }
            | Self::Slow { .. }
            | Self::Busy { .. }
            | Self::Later { .. }
            | Self::Moved { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Returns whether any other question would fail now in the same way. Then the cause is the forge, the token or the
    /// settings, and not one commit or request.
    #[must_use]
    pub fn lasting(&self) -> bool {
        match self {
            Self::Address { .. }
            | Self::Place { .. }
            | Self::Setting { .. }
            | Self::Token
            | Self::Setup { .. }
            | Self::Connection { .. }
            | Self::Slow { .. }
            | Self::Redirect { .. }
            | Self::Unknown { .. }
            | Self::Forbidden { .. }
            | Self::Busy { .. }
            | Self::Later { .. }
            | Self::Unprotected { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }
}
