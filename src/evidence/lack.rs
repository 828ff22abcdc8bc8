//! Why something is not proved: one case each, with the facts that people need to put it right.

use std::cmp::Reverse;

use jiff::civil::Date;

use super::fingerprint::Fingerprint;
use crate::model::{PersonId, RequestId};

/// The days on which a key counts, both inclusive; open where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Validity {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl Validity {
    /// Whether the key counts on that day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

impl std::fmt::Display for Validity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.from, self.until) {
            (Some(from), Some(until)) => write!(f, "from {from} to {until}"),
            (Some(from), None) => write!(f, "from {from} on"),
            (None, Some(until)) => write!(f, "until {until}"),
            (None, None) => f.write_str("on every day"),
        }
    }
}

/// What is bound to another namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Only {
    /// The signature is made for this one.
    Signature(String),
    /// The key counts for these alone (`namespaces="…"`).
    Key(Vec<String>),
}

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// There is no signature.
    Unsigned,
    /// There is a signature, and it is over none of the statements of the file.
    SignedSomethingElse {
        /// The key it is made with.
        key: Fingerprint,
    },
    /// The signature does not say who signed and on which day, where that is part of the statement.
    Unclaimed {
        /// The key it is made with.
        key: Fingerprint,
    },
    /// Signed for another purpose or another register, or with a key for other purposes.
    WrongNamespace {
        /// The key.
        key: Fingerprint,
        /// What it is bound to.
        only: Only,
        /// What would have been right.
        wanted: String,
    },
    /// The key is nobody's in `allowed_signers`.
    UnknownKey {
        /// The key.
        key: Fingerprint,
    },
    /// The key is not that of the person who is named.
    AnotherSigner {
        /// The key.
        key: Fingerprint,
        /// Whose it is.
        owner: PersonId,
        /// Who is named.
        named: PersonId,
    },
    /// The key does not count on a day on which it would have to.
    OutsideValidity {
        /// The key.
        key: Fingerprint,
        /// Whose it is.
        owner: PersonId,
        /// The day.
        day: Date,
        /// When it counts.
        validity: Validity,
    },
    /// The key is in `revoked_keys`.
    RevokedKey {
        /// The key.
        key: Fingerprint,
        /// Whose it is, where `allowed_signers` still says so.
        owner: Option<PersonId>,
    },
    /// Signed on a day that has not come yet.
    InFuture {
        /// The day.
        on: Date,
    },
    /// Signed too long ago to be used for the first time.
    TooOld {
        /// The day it was signed.
        on: Date,
        /// How many days it could have been used.
        most_days: i32,
    },
    /// It has been used before, and counts once.
    AlreadyUsed {
        /// The request it was used for.
        request: RequestId,
    },
}

impl Lack {
    /// Which of several lacks tells most: that of a signature which would have been the right one but for its key.
    fn telling(&self) -> u8 {
        match self {
            Self::Unsigned => 0,
            Self::SignedSomethingElse { .. } => 1,
            Self::Unclaimed { .. } => 2,
            Self::WrongNamespace { .. } => 3,
            Self::UnknownKey { .. } => 4,
            Self::AnotherSigner { .. } => 5,
            Self::InFuture { .. } => 6,
            Self::OutsideValidity { .. } => 7,
            Self::RevokedKey { .. } => 8,
            Self::TooOld { .. } => 9,
            Self::AlreadyUsed { .. } => 10,
        }
    }

    /// The more telling of two; the first where they tell as much.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        std::cmp::min_by_key(self, other, |lack| Reverse(lack.telling()))
    }

    /// What is wrong, one sentence without its full stop.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unsigned => "it is not signed".to_owned(),
            Self::SignedSomethingElse { key } => {
                format!("there is a signature by the key {key}, and it is over something else")
            }
            Self::Unclaimed { key } => {
                format!("the signature by the key {key} does not say who signed on which day (`by:`, `on:`)")
            }
            Self::WrongNamespace { key, only: Only::Signature(made), wanted } => {
                format!("the signature by the key {key} is made for `{made}`, and not for `{wanted}`")
            }
            Self::WrongNamespace { key, only: Only::Key(only), wanted } => {
                format!("the key {key} counts for `{}` only, and not for `{wanted}`", only.join("`, `"))
            }
            Self::UnknownKey { key } => {
                format!("it is signed with the key {key}, which is nobody's in `allowed_signers`")
            }
            Self::AnotherSigner { key, owner, named } => {
                format!("it is signed with the key {key} of `{owner}`, and `{named}` is named as the signer")
            }
            Self::OutsideValidity { key, owner, day, validity } => {
                format!("the key {key} of `{owner}` counts {validity}, and not on {day}")
            }
            Self::RevokedKey { key, owner: Some(owner) } => {
                format!("the key {key} of `{owner}` is revoked")
            }
            Self::RevokedKey { key, owner: None } => format!("the key {key} is revoked"),
            Self::InFuture { on } => format!("it is signed on {on}, a day that has not come yet"),
            Self::TooOld { on, most_days } => {
                format!("it is dated {on}, and can be used for {most_days} days from its date")
            }
            Self::AlreadyUsed { request } => {
                format!("it has been used before, on the request `{request}`, and counts once")
            }
        }
    }

    /// What to do next, one sentence.
    #[must_use]
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Unsigned => "The approver signs it: `portvakt approve FILE --key KEY`.",
            Self::SignedSomethingElse { .. } => {
                "It was changed after it was signed, or the signature belongs elsewhere: the approver signs it as it is now."
            }
            Self::Unclaimed { .. } => {
                "Write it with `portvakt approve`, which puts both lines before the signature."
            }
            Self::WrongNamespace { only: Only::Signature(_), .. } => {
                "Sign with `portvakt approve`, which names the register."
            }
            Self::WrongNamespace { only: Only::Key(_), .. } => {
                "Sign with another key, or add the register to the key's `namespaces` in `desired-state/allowed_signers`."
            }
            Self::UnknownKey { .. } => {
                "Add the key to `desired-state/allowed_signers`, which two national administrators sign, or sign with a key that stands there."
            }
            Self::AnotherSigner { .. } => "The person who is named signs, with a key of their own.",
            Self::OutsideValidity { .. } => {
                "Sign with a key that counts on that day, or have the key's days extended in `desired-state/allowed_signers`."
            }
            Self::RevokedKey { .. } => "Sign with another key.",
            Self::InFuture { .. } => "Correct the date, or wait for the day.",
            Self::TooOld { .. } => "Approve it anew: write today's date and sign again.",
            Self::AlreadyUsed { .. } => "A new access needs a new request and a new approval.",
        }
    }
}
