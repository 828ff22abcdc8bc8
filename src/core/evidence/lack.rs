//! The reasons why a proof is missing: one case for each reason, with the facts people need to correct it.

use std::cmp::Reverse;

use jiff::civil::Date;

use super::fingerprint::Fingerprint;
use crate::diag::{Code, Text, text};
use crate::model::{PersonId, RequestId};

/// The days on which a key counts. Both days are included, and `None` means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Validity {
    /// The first day on which the key counts.
    pub from: Option<Date>,
    /// The last day on which the key counts.
    pub until: Option<Date>,
}

impl Validity {
    /// Whether the key counts on that day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

impl Validity {
    fn words(&self) -> Text {
        match (self.from, self.until) {
            (Some(from), Some(until)) => text!(en: "from {from} to {until}", nb: "fra {from} til {until}"),
            (Some(from), None) => text!(en: "from {from} on", nb: "fra {from}"),
            (None, Some(until)) => text!(en: "until {until}", nb: "til {until}"),
            (None, None) => text!(en: "on every day", nb: "alle dager"),
        }
    }
}

/// The thing that is bound to another namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Only {
    /// The signature is made for this namespace.
    Signature(String),
    /// The key counts only for these namespaces (`namespaces="…"`).
    Key(Vec<String>),
}

/// The reason why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// There is no signature.
    Unsigned,
    /// There is a signature, but it covers none of the statements of the file.
    SignedSomethingElse {
        /// The key the signature is made with.
        key: Fingerprint,
    },
    /// The statement includes the signer and the day, and the signature file gives no claim with them.
    Unclaimed {
        /// The key the signature is made with.
        key: Fingerprint,
    },
    /// The signature is made for another purpose or register, or the key counts for other purposes only.
    WrongNamespace {
        /// The key the signature is made with.
        key: Fingerprint,
        /// The namespace the signature or the key is bound to.
        only: Only,
        /// The namespace that would be right.
        wanted: String,
    },
    /// The key belongs to nobody in `allowed_signers`.
    UnknownKey {
        /// The key the signature is made with.
        key: Fingerprint,
    },
    /// The key does not belong to the person who is named as the signer.
    AnotherSigner {
        /// The key the signature is made with.
        key: Fingerprint,
        /// The person the key belongs to.
        owner: PersonId,
        /// The person who is named as the signer.
        named: PersonId,
    },
    /// The key does not count on a day on which it has to.
    OutsideValidity {
        /// The key the signature is made with.
        key: Fingerprint,
        /// The person the key belongs to.
        owner: PersonId,
        /// The day on which it does not count.
        day: Date,
        /// The days on which the key counts.
        validity: Validity,
    },
    /// The key is in `revoked_keys`.
    RevokedKey {
        /// The key the signature is made with.
        key: Fingerprint,
        /// The person the key belongs to, if `allowed_signers` still names one.
        owner: Option<PersonId>,
    },
    /// The signature is dated on a future day.
    InFuture {
        /// The date of the signature.
        on: Date,
    },
    /// The file has so many signatures and statements that not every pair was tried.
    Unsearched {
        /// The most pairs that are tried.
        most: usize,
    },
    /// The signature is too old to be used for the first time.
    TooOld {
        /// The date of the statement.
        on: Date,
        /// The number of days from its date in which it could be used.
        most_days: i32,
    },
    /// The statement has been used before, and it counts only once.
    AlreadyUsed {
        /// The request it was used for.
        request: RequestId,
    },
}

/// Says that a day which must be in the past is still in the future.
pub(crate) fn not_come(on: Date) -> Text {
    text!(en: "the day {on} has not come", nb: "dagen {on} har ikke vært")
}

impl Lack {
    /// Ranks the lacks; a higher number says more. A signature that is right except for its key, its age or its
    /// earlier use ranks highest.
    fn telling(&self) -> u8 {
        match self {
            Self::Unsigned => 0,
            Self::SignedSomethingElse { .. } | Self::Unsearched { .. } => 1,
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

    /// Returns the lack that says more, or the first if they rank the same.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        std::cmp::min_by_key(self, other, |lack| Reverse(lack.telling()))
    }

    /// The description of the lack, one sentence without its full stop.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Unsigned => text!(en: "it is not signed", nb: "det er ikke signert"),
            Self::SignedSomethingElse { key } => text!(
                en: "there is a signature by the key {key}, and it is over something else",
                nb: "det finnes en signatur med nøkkelen {key}, men den gjelder noe annet"
            ),
            Self::Unclaimed { key } => text!(
                en: "the signature by the key {key} does not say who signed on which day (`by:`, `on:`)",
                nb: "signaturen med nøkkelen {key} sier ikke hvem som signerte hvilken dag (`by:`, `on:`)"
            ),
            Self::WrongNamespace { key, only: Only::Signature(made), wanted } => text!(
                en: "the signature by the key {key} is made for `{made}`, and not for `{wanted}`",
                nb: "signaturen med nøkkelen {key} er laget for `{made}`, og ikke for `{wanted}`"
            ),
            Self::WrongNamespace { key, only: Only::Key(only), wanted } => {
                let only = only.join("`, `");
                text!(
                    en: "the key {key} counts for `{only}` only, and not for `{wanted}`",
                    nb: "nøkkelen {key} gjelder bare for `{only}`, og ikke for `{wanted}`"
                )
            }
            Self::UnknownKey { key } => text!(
                en: "it is signed with the key {key}, which is nobody's in `allowed_signers`",
                nb: "det er signert med nøkkelen {key}, som ikke tilhører noen i `allowed_signers`"
            ),
            Self::AnotherSigner { key, owner, named } => text!(
                en: "it is signed with the key {key} of `{owner}`, and `{named}` is named as the signer",
                nb: "det er signert med nøkkelen {key} til `{owner}`, mens `{named}` er oppgitt"
            ),
            Self::OutsideValidity { key, owner, day, validity } => {
                let validity = validity.words();
                text!(
                    with validity;
                    en: "the key {key} of `{owner}` counts {validity}, and not on {day}",
                    nb: "nøkkelen {key} til `{owner}` gjelder {validity}, og ikke {day}"
                )
            }
            Self::RevokedKey { key, owner: Some(owner) } => text!(
                en: "the key {key} of `{owner}` is revoked",
                nb: "nøkkelen {key} til `{owner}` er trukket tilbake"
            ),
            Self::RevokedKey { key, owner: None } => {
                text!(en: "the key {key} is revoked", nb: "nøkkelen {key} er trukket tilbake")
            }
            Self::InFuture { on } => text!(
                en: "it is signed on {on}, a day that has not come yet",
                nb: "det er signert {on}, en dag som ikke har kommet"
            ),
            Self::Unsearched { most } => text!(
                en: "the file beside it has so many signatures that only the first {most} pairs of a signature and an entry were compared, and its signature was not among them",
                nb: "filen ved siden av har så mange signaturer at bare de første {most} parene av signatur og oppføring ble sammenlignet, og signaturen var ikke blant dem"
            ),
            Self::TooOld { on, most_days } => text!(
                en: "it is dated {on}, and can be used for {most_days} days from its date",
                nb: "det er datert {on}, og kan brukes i {most_days} dager fra datoen"
            ),
            Self::AlreadyUsed { request } => text!(
                en: "it has been used before, on the request `{request}`, and counts once",
                nb: "det er brukt før, på søknaden `{request}`, og teller én gang"
            ),
        }
    }

    /// The next step for people, one sentence.
    #[must_use]
    pub fn way_out(&self) -> Text {
        match self {
            Self::Unsigned => text!(
                en: "The approver signs it: `portvakt approve FILE --key KEY`.",
                nb: "Den som godkjenner, signerer: `portvakt approve FIL --key NØKKEL`."
            ),
            Self::SignedSomethingElse { .. } => text!(
                en: "It was changed after it was signed, or the signature belongs elsewhere: the approver signs it as it is now.",
                nb: "Det er endret etter signeringen, eller signaturen hører til et annet sted: den som godkjenner, signerer det slik det er nå."
            ),
            Self::Unclaimed { .. } => text!(
                en: "Write it with `portvakt approve`, which puts both lines before the signature.",
                nb: "Skriv den med `portvakt approve`, som setter begge linjene foran signaturen."
            ),
            Self::WrongNamespace { only: Only::Signature(_), .. } => Code::WrongNamespace.next(),
            Self::WrongNamespace { only: Only::Key(_), .. } => text!(
                en: "Sign with another key, or add the register to the key's `namespaces` in `desired-state/allowed_signers`.",
                nb: "Signer med en annen nøkkel, eller legg registeret til nøkkelens `namespaces` i `desired-state/allowed_signers`."
            ),
            Self::UnknownKey { .. } => text!(
                en: "Add the key to `desired-state/allowed_signers`, which two national administrators sign, or sign with a key that stands there.",
                nb: "Legg nøkkelen til i `desired-state/allowed_signers`, som to nasjonale administratorer signerer, eller signer med en nøkkel som står der."
            ),
            Self::AnotherSigner { .. } => text!(
                en: "The person who is named signs, with a key of their own.",
                nb: "Den som er oppgitt, signerer med sin egen nøkkel."
            ),
            Self::OutsideValidity { .. } => text!(
                en: "Sign with a key that counts on that day, or have the key's days extended in `desired-state/allowed_signers`.",
                nb: "Signer med en nøkkel som gjelder den dagen, eller få nøkkelens dager forlenget i `desired-state/allowed_signers`."
            ),
            Self::RevokedKey { .. } => Code::RevokedKey.next(),
            Self::InFuture { .. } => text!(
                en: "Correct the date, or wait for the day.",
                nb: "Rett datoen, eller vent til dagen kommer."
            ),
            Self::Unsearched { .. } => text!(
                en: "Take the signatures that cover nothing out of the file; `portvakt approve` writes only those that count.",
                nb: "Ta signaturene som ikke dekker noe, ut av filen; `portvakt approve` skriver bare dem som teller."
            ),
            Self::TooOld { .. } => text!(
                en: "Approve it anew: write today's date and sign again.",
                nb: "Godkjenn på nytt: skriv dagens dato og signer igjen."
            ),
            Self::AlreadyUsed { .. } => text!(
                en: "Approve it anew, with a date of its own, and sign again.",
                nb: "Godkjenn på nytt, med egen dato, og signer igjen."
            ),
        }
    }
}
