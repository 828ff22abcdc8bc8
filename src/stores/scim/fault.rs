//! The ways in which a request can fail. Each has a meaning for the account: the request was not sent, its effect is
//! unknown, or it was refused.

use std::fmt;
use std::time::Duration;

use portvakt_core::diag::{Text, text};
use portvakt_core::store::StoreError;
use portvakt_net::{BodyError, why};
use reqwest::{Response, StatusCode};

use super::patience::LONGEST;

/// The reason why a request failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RequestFault {
    /// Nothing was sent.
    NotSent(Text),
    /// Nothing was sent, and nothing will be sent in this pass, because the service does not answer.
    Left(Text),
    /// It was sent, but no complete answer came.
    NoAnswer(Text),
    /// The answer does not follow this protocol.
    Odd(Text),
    /// The answer is larger than what is read.
    Large(Text),
    /// The program has no token to prove its identity with.
    Entry(Text),
    /// The service answered and refused.
    No {
        /// The HTTP status of the answer.
        status: u16,
        /// The kind of error in the answer (`scimType`, RFC 7644 section 3.12).
        kind: Option<String>,
        /// The message in the answer, in the words of the service. Of a 401 or 403 it is not kept.
        detail: String,
        /// The time that the service asks the client to wait.
        wait: Option<Duration>,
    },
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Returns what the service says with its refusal. In the Norwegian text its own words are quoted. What it says of who
/// asks (401, 403) may repeat the token in any form, so words of this program stand in that place.
fn refusal(status: u16, detail: &str) -> Text {
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    let own = match status {
        401 => Some(text!(en: "it does not accept who asks", nb: "det godtar ikke den som spør")),
        403 => {
            Some(text!(en: "who asks may not do this there", nb: "den som spør, har ikke lov til dette der"))
        }
        _ => None,
    };
    if let Some(own) = own {
        text!(with own; en: "{status} {name}: {own}", nb: "{status} «{name}»: {own}")
    } else if detail.is_empty() {
        text!(en: "{status} {name}", nb: "{status} «{name}»")
    } else {
        text!(en: "{status} {name}: {detail}", nb: "{status} «{name}»: «{detail}»")
    }
}

/// Says that the program is being ended.
pub fn ending() -> Text {
    text!(en: "the program is ending", nb: "programmet avsluttes")
}

/// Says that the service sent an empty answer when it was asked for its list of accounts.
pub fn gives_no_accounts() -> Text {
    text!(en: "asked for its accounts it gives nothing", nb: "spurt om kontoene gir det ingenting")
}

/// Says that the answer of the service cannot be read as JSON.
pub fn no_json() -> Text {
    text!(en: "its answer is not JSON", nb: "svaret er ikke JSON")
}

/// Says that the service reports a new account and does not name it.
pub fn names_no_account() -> Text {
    text!(
        en: "it says yes and does not say which account it has opened",
        nb: "det sier ja og sier ikke hvilken konto det har åpnet"
    )
}

impl RequestFault {
    /// Says what happened, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::NotSent(why)
            | Self::Left(why)
            | Self::NoAnswer(why)
            | Self::Odd(why)
            | Self::Large(why)
            | Self::Entry(why) => why.clone(),
            Self::No { status, detail, .. } => refusal(*status, detail),
        }
    }

    /// Returns the HTTP status, if there is one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::No { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns whether a value that must be unique is taken. The status is then 409, or 400 with the word `uniqueness`.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::No { status: 409, .. } => true,
            Self::No { status: 400, kind, .. } => {
                kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("uniqueness"))
            }
            _ => false,
        }
    }

    /// Returns whether the service refuses every request, because it does not accept this program (401).
    pub fn is_for_everybody(&self) -> bool {
        matches!(self, Self::No { status: 401, .. })
    }

    /// Returns whether the service refuses a new account because of the kind of request, and not because of one
    /// person's values. Either it does not do this at all (405, 501), or it has no such attribute (`invalidPath`, RFC
    /// 7644 table 9). A refused value (`invalidValue`, 403, 409, 422) may concern one person only.
    pub fn is_for_the_kind(&self) -> bool {
        match self {
            Self::No { status: 405 | 501, .. } => true,
            Self::No { status: 400, kind, .. } => {
                kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("invalidPath"))
            }
            _ => false,
        }
    }

    /// Returns how long the service asks to wait.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::No { wait, .. } => *wait,
            _ => None,
        }
    }

    /// Returns whether the same request may succeed a little later.
    pub fn passes(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoAnswer(_) => true,
            // If the service asks for a longer wait than this, the next pass asks it again.
            Self::No { wait: Some(wait), .. } if *wait > LONGEST => false,
            Self::No { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::Odd(_) | Self::Large(_) | Self::Entry(_) | Self::Left(_) => false,
        }
    }

    /// Returns whether the request may have written something in spite of the failure.
    pub fn may_have_written(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Odd(_) | Self::Large(_) => true,
            Self::No { status, .. } => *status >= 500 || *status == 408,
            Self::NotSent(_) | Self::Entry(_) | Self::Left(_) => false,
        }
    }

    /// Changes every text of the fault that a service may have written.
    pub fn with_texts(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::NotSent(text) => Self::NotSent(text.changed(&change)),
            Self::Left(text) => Self::Left(text.changed(&change)),
            Self::NoAnswer(text) => Self::NoAnswer(text.changed(&change)),
            Self::Odd(text) => Self::Odd(text.changed(&change)),
            Self::Large(text) => Self::Large(text.changed(&change)),
            Self::Entry(text) => Self::Entry(text.changed(&change)),
            Self::No { status, kind, detail, wait } => {
                Self::No { status, kind: kind.as_deref().map(&change), detail: change(&detail), wait }
            }
        }
    }

    /// Turns the fault into an error of the store, for a request that wrote nothing.
    pub fn store_error(self, place: &str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::NotSent(why) | Self::NoAnswer(why) | Self::Left(why) => {
                StoreError::Unreachable { place, why }
            }
            Self::Entry(why) => StoreError::NotLetIn { place, why },
            Self::No { status: 401 | 403, .. } => {
                let why = self.words();
                let why = text!(
                    with why;
                    en: "{why}; check the token or certificate, and what it may do there",
                    nb: "{why}; kontroller tilgangsnøkkelen eller sertifikatet, og hva det har lov til der"
                );
                StoreError::NotLetIn { place, why }
            }
            Self::No { status: 408 | 425 | 429 | 500.., .. } => {
                StoreError::Unreachable { place, why: self.words() }
            }
            Self::Odd(_) | Self::Large(_) | Self::No { .. } => {
                StoreError::Answer { place, why: self.words() }
            }
        }
    }
}

/// Reads the body of an answer, and fails if it is larger than the limit.
///
/// # Errors
/// When the answer is too large, or breaks off.
pub async fn limited_body(response: Response, largest: usize) -> Result<Vec<u8>, RequestFault> {
    portvakt_net::body(response, largest).await.map_err(|error| match error {
        BodyError::Large => RequestFault::Large(text!(
            en: "its answer is larger than {most} MiB",
            nb: "svaret er større enn {most} MiB";
            most = largest >> 20
        )),
        BodyError::Broken(broken) => RequestFault::NoAnswer(why(&*broken)),
    })
}
