//! How a request can fail, and what that means for the account: it was not sent, its effect is not known, or it was refused.

use std::time::Duration;

use portvakt_core::store::StoreError;
use portvakt_net::{BodyError, cause};
use reqwest::{Response, StatusCode};

use super::patience::LONGEST;

/// How a request failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Nothing was sent.
    #[error("{0}")]
    NotSent(String),
    /// Nothing was sent, and nothing will be sent in this pass, because the service does not answer.
    #[error("{0}")]
    Left(String),
    /// It was sent, but no complete answer came.
    #[error("{0}")]
    NoAnswer(String),
    /// The answer does not follow this protocol.
    #[error("{0}")]
    Odd(String),
    /// The program has no token to prove its identity with.
    #[error("{0}")]
    Entry(String),
    /// The service answered and refused.
    #[error("{}", refusal(*status, detail))]
    No {
        /// The HTTP status.
        status: u16,
        /// The kind of error (`scimType`, RFC 7644 section 3.12).
        kind: Option<String>,
        /// The message of the service.
        detail: String,
        /// How long the service asks to wait.
        wait: Option<Duration>,
    },
}

fn refusal(status: u16, detail: &str) -> String {
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    if detail.is_empty() { format!("{status} {name}") } else { format!("{status} {name}: {detail}") }
}

impl Fault {
    /// Gives the HTTP status, if there is one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::No { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether a value that must be unique is taken: the status is 409, or 400 with the word `uniqueness`.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::No { status: 409, .. } => true,
            Self::No { status: 400, kind, .. } => {
                kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("uniqueness"))
            }
            _ => false,
        }
    }

    /// Gives how long the service asks to wait.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::No { wait, .. } => *wait,
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn passes(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoAnswer(_) => true,
            // If the service asks for a longer wait than this, the next pass asks again.
            Self::No { wait: Some(wait), .. } if *wait > LONGEST => false,
            Self::No { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::Odd(_) | Self::Entry(_) | Self::Left(_) => false,
        }
    }

    /// Whether something may have been written in spite of the failure.
    pub fn may_have_written(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Odd(_) => true,
            Self::No { status, .. } => *status >= 500 || *status == 408,
            Self::NotSent(_) | Self::Entry(_) | Self::Left(_) => false,
        }
    }

    /// Changes every text of the fault that a service may have written.
    pub fn with_texts(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::NotSent(text) => Self::NotSent(change(&text)),
            Self::Left(text) => Self::Left(change(&text)),
            Self::NoAnswer(text) => Self::NoAnswer(change(&text)),
            Self::Odd(text) => Self::Odd(change(&text)),
            Self::Entry(text) => Self::Entry(change(&text)),
            Self::No { status, kind, detail, wait } => {
                Self::No { status, kind: kind.as_deref().map(&change), detail: change(&detail), wait }
            }
        }
    }

    /// Turns the fault into an error of the store, for a request that wrote nothing.
    pub fn told(self, place: &str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::NotSent(why) | Self::NoAnswer(why) | Self::Left(why) => {
                StoreError::Unreachable { place, why }
            }
            Self::Entry(why) => StoreError::NotLetIn { place, why },
            Self::No { status: 401 | 403, .. } => {
                let why = format!("{self}; check the token or certificate, and what it may do there");
                StoreError::NotLetIn { place, why }
            }
            Self::No { status: 408 | 425 | 429 | 500.., .. } => {
                StoreError::Unreachable { place, why: self.to_string() }
            }
            Self::Odd(_) | Self::No { .. } => StoreError::Answer { place, why: self.to_string() },
        }
    }
}

/// Reads the body of an answer, and fails if it is larger than the limit.
pub async fn body(response: Response, largest: usize) -> Result<Vec<u8>, Fault> {
    portvakt_net::body(response, largest).await.map_err(|error| match error {
        BodyError::Large => Fault::Odd(format!("its answer is larger than {} MiB", largest >> 20)),
        BodyError::Broken(why) => Fault::NoAnswer(cause(&*why)),
    })
}
