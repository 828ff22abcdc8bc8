//! Why the forge could not be asked, or not believed. None of these is ever an approval.

use portvakt_core::diag::Text;

/// What the forge gives the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// The final head of a request.
    Head,
    /// The commit a request was made from.
    MergeBase,
    /// The commit before another.
    Parent,
    /// The top folder of a commit.
    Tree,
    /// A file or folder.
    Entry,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The setting `api` is not an address that is spoken to.
    #[error("the forge's address `{api}` {}", .why.en())]
    Address {
        /// As it was given.
        api: String,
        /// What is wrong with it.
        why: Text,
    },
    /// The name leads to a place that no forge stands at.
    #[error("the forge's name leads to the address `{address}`, which is not spoken to")]
    Place {
        /// Link-local, a cloud's metadata service, or not this machine although the address is `http`.
        address: std::net::IpAddr,
    },
    /// A setting cannot be what it should be.
    #[error("`{value}` cannot be {}", .what.en())]
    Setting {
        /// As it was given.
        value: String,
        /// What it should have been.
        what: Text,
    },
    /// The token is empty or has characters no token has. It is not repeated here.
    #[error("the forge's token is empty or holds characters that no token has")]
    Token,
    /// The HTTP client could not be made.
    #[error("the connection to the forge could not be set up")]
    Setup {
        /// What was wrong.
        #[source]
        source: reqwest::Error,
    },
    /// No connection, or it broke.
    #[error("the forge does not answer at `{url}`")]
    Connection {
        /// What was asked.
        url: String,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It took too long.
    #[error("the forge took too long to answer `{url}`")]
    Slow {
        /// What was asked.
        url: String,
    },
    /// It sent more than is taken.
    #[error("the forge's answer to `{url}` has more than {most} bytes")]
    Large {
        /// What was asked.
        url: String,
        /// The most that is taken.
        most: u64,
    },
    /// It sent us elsewhere. A token is never carried to another address.
    #[error("the forge answered `{url}` with a redirection ({status}), which is not followed")]
    Redirect {
        /// What was asked.
        url: String,
        /// 3xx.
        status: u16,
    },
    /// 401.
    #[error("the forge does not accept the token for `{url}` (401)")]
    Unknown {
        /// What was asked.
        url: String,
    },
    /// 403.
    #[error("the token may not read `{url}` (403)")]
    Forbidden {
        /// What was asked.
        url: String,
    },
    /// 404, and 422, which GitHub answers for a commit it does not have.
    #[error("the forge has nothing at `{url}` ({status}), or does not show it to this token")]
    Missing {
        /// What was asked.
        url: String,
        /// 404 or 422.
        status: u16,
    },
    /// Too many questions, or the forge is out of order, and it stayed so.
    #[error("the forge is busy or out of order: it answered `{url}` with {status}, {tries} times")]
    Busy {
        /// What was asked.
        url: String,
        /// 403, 429, 502, 503 or 504.
        status: u16,
        /// How often it was asked.
        tries: u32,
    },
    /// Too many questions, and it says to come back later than is waited for.
    #[error("the forge answered `{url}` with {status} and asks to be left alone for {seconds} s")]
    Later {
        /// What was asked.
        url: String,
        /// 403, 429 or 503.
        status: u16,
        /// How long.
        seconds: u64,
    },
    /// Any other answer.
    #[error("the forge answered `{url}` with {status}")]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// An answer that is not what the forge's documentation says.
    #[error("the forge's answer to `{url}` cannot be understood")]
    Strange {
        /// What was asked.
        url: String,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An id that is none.
    #[error("the forge names `{text}` as {}, and that is no object's id", .what.words().en())]
    Id {
        /// What it said, shortened.
        text: String,
        /// What it should have been the id of.
        what: Object,
    },
    /// More pages, folders or questions than a change of this kind can need.
    #[error("reading `{url}` needs more than {most} {}", .what.en())]
    Endless {
        /// What was asked.
        url: String,
        /// The most there may be.
        most: u32,
        /// Of what.
        what: Text,
    },
    /// The forge left out part of a folder.
    #[error("the forge shows only a part of the folder `{path}`")]
    Truncated {
        /// From the top of the repository.
        path: String,
    },
    /// The list of commits is not whole, so the authors are not known.
    #[error(
        "the forge names {named} of the {all} commits of request {request}, so its authors are not known"
    )]
    Commits {
        /// Its number.
        request: u64,
        /// How many were listed.
        named: u64,
        /// How many there are.
        all: u64,
    },
    /// The commit is one of the request's own, put on the branch by hand.
    #[error(
        "commit `{commit}` is one of request {request}'s own commits: it was pushed to the branch, not merged"
    )]
    Pushed {
        /// Its number.
        request: u64,
        /// The commit.
        commit: String,
    },
    /// The request is not open, or not for the target branch.
    #[error("request {request} is not an open request for the branch `{branch}`")]
    NotOpen {
        /// Its number.
        request: u64,
        /// The target branch.
        branch: String,
    },
    /// Something was pushed while it was read.
    #[error("request {request} changed while it was read")]
    Moved {
        /// Its number.
        request: u64,
    },
    /// A setting of the project without which its approvals say nothing.
    #[error("the project's approvals say nothing about what was approved: {}", .what.en())]
    Unprotected {
        /// The setting.
        what: Text,
    },
}

impl ForgeError {
    /// Whether the same question may be answered later without anybody doing anything.
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

    /// Whether whatever else is asked now would end in the same way: it is about the forge, the token or the settings
    /// and not about one commit or request.
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
