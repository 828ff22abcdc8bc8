//! One step of a plan: what one account is told in one go.
//!
//! A step is done whole or not at all. Doing it twice is doing it once: what is done already counts as done.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::diag::{Noun, Text, text};
use crate::model::{AccountId, GrantKey, PersonId, Right};

/// Why something is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// `revoked` stands at the entry.
    Revoked,
    /// The end date was moved earlier.
    Shortened,
    /// The end date, accepted before, has passed.
    Expired,
    /// The entry or its file is gone.
    Absent,
    /// The entry was changed to another right.
    Changed,
    /// The store has it, nothing accepted gives it: changed by hand.
    Drift,
    /// The account belongs to nobody the tree knows.
    UnknownAccount,
    /// The e-mail address of an account without access (R40).
    Sweep,
    /// `email: none` in the file.
    Contact,
}

impl Cause {
    /// What an earlier version left open said nothing of the account's own cause; what went was no more than its rights.
    fn of_an_older_record() -> Self {
        Self::Sweep
    }

    /// The words people read.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Revoked => text!(en: "revoked in the file", nb: "trukket tilbake i filen"),
            Self::Shortened => text!(en: "end date moved earlier", nb: "sluttdatoen er flyttet fram"),
            Self::Expired => text!(en: "end date passed", nb: "sluttdatoen er passert"),
            Self::Absent => text!(en: "no longer in the tree", nb: "står ikke lenger i filene"),
            Self::Changed => text!(en: "changed to another right", nb: "endret til en annen rettighet"),
            Self::Drift => text!(en: "changed by hand in the store", nb: "endret for hånd i registeret"),
            Self::UnknownAccount => {
                text!(en: "account of nobody in the tree", nb: "kontoen tilhører ingen i filene")
            }
            Self::Sweep => {
                text!(en: "e-mail of an account without access", nb: "e-post på en konto uten tilgang")
            }
            Self::Contact => text!(en: "`email: none` in the file", nb: "`email: none` i filen"),
        }
    }
}

/// A right taken away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Revoke {
    /// The right that goes.
    pub right: Right,
    /// The cause, of which the text of the step is made.
    pub cause: Cause,
    /// The accepted grants that end with it.
    pub grants: Vec<GrantKey>,
}

/// A right given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Raise {
    /// The right that comes.
    pub right: Right,
    /// The accepted grant behind it.
    pub grant: GrantKey,
    /// Set when the store had lost it by hand.
    pub drift: bool,
    /// What ended when it was lost before, and does not come back with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays_ended: Vec<StaysEnded>,
}

/// Report subscriptions that ended when a right was lost. They are not begun again when it comes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StaysEnded {
    /// The day on which they ended.
    pub on: Date,
    /// How many in the register.
    pub subscriptions: u32,
    /// How many in Rapporteket.
    pub reports: u32,
}

impl StaysEnded {
    /// The words people read.
    #[must_use]
    pub fn words(&self) -> Text {
        const ENDED: Noun = Noun::new(
            ["report subscription that ended", "report subscriptions that ended"],
            ["rapportabonnement som ble avsluttet", "rapportabonnementer som ble avsluttet"],
        );
        let (on, reports) = (self.on, self.reports);
        let all = usize::try_from(self.subscriptions.saturating_add(reports)).unwrap_or(usize::MAX);
        let ended = ENDED.count(all);
        let there = if reports == 0 {
            Text::default()
        } else {
            text!(en: " ({reports} of them in Rapporteket)", nb: " ({reports} av dem i Rapporteket)")
        };
        text!(
            with ended, there;
            en: "{ended} on {on}{there} are not begun again; the user must order them anew",
            nb: "{ended} {on}{there}, begynner ikke igjen; brukeren må bestille dem på nytt"
        )
    }
}

/// What a new account is opened with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NewAccount {
    /// Whose it is.
    pub person: PersonId,
    /// Display name.
    pub name: String,
    /// Login name.
    pub login: Option<String>,
    /// E-mail address, where the owner keeps them in the tree.
    pub email: Option<String>,
}

/// Something about an account that is brought in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// The display name.
    Name,
    /// The login name.
    Login,
    /// The e-mail address becomes another one.
    Email,
    /// The e-mail address goes.
    EmailCleared,
}

impl Detail {
    /// What happens to it, for people.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Name => text!(en: "name changed", nb: "navnet endres"),
            Self::Login => text!(en: "login changed", nb: "innloggingen endres"),
            Self::Email => text!(en: "e-mail changed", nb: "e-postadressen endres"),
            Self::EmailCleared => text!(en: "e-mail cleared", nb: "e-postadressen fjernes"),
        }
    }
}

/// Whose account a step is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// One the store has.
    Account(AccountId),
    /// One that is opened by this step, under a new random id (R34).
    New(NewAccount),
    /// None: the person has no account, and nothing is told to the store.
    Nobody,
}

/// What is done. The order of the variants is the order of work: what takes away comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Rights taken away, the subscriptions made under them ended, and, when nothing is left, the account closed
    /// and its e-mail cleared, in this order (R30, R40, R41).
    Lower {
        /// Why: that of the first right, or why the account goes where no right does. Nothing is taken without one.
        #[serde(default = "Cause::of_an_older_record")]
        cause: Cause,
        /// The rights.
        revoke: Vec<Revoke>,
        /// The subscriptions, by the store's id.
        end_subscriptions: Vec<i64>,
        /// Whether nothing is left: the account is closed and its e-mail cleared.
        close: bool,
    },
    /// The e-mail of an account that is closed or has no access is cleared and its subscriptions are ended (R40).
    Sweep {
        /// The subscriptions, by the store's id.
        end_subscriptions: Vec<i64>,
    },
    /// Name, login or e-mail brought in step.
    Amend {
        /// Display name.
        name: String,
        /// Login name.
        login: Option<String>,
        /// E-mail: `Some` sets it to the value inside, `None` leaves it as the store has it.
        email: Option<Option<String>>,
        /// Which of these the store is known to have otherwise.
        #[serde(default)]
        changed: BTreeSet<Detail>,
    },
    /// Rights given, in an account that is open or is opened by the step.
    Raise {
        /// The rights.
        grant: Vec<Raise>,
    },
    /// Nothing to tell the store: it agrees already. Recorded, so that the request is spent.
    Settle {
        /// The accepted grants that have ended, with the cause.
        grants: Vec<(GrantKey, Cause)>,
    },
}

/// What kind of effect a step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectKind {
    /// [`Effect::Lower`]
    Lower,
    /// [`Effect::Sweep`]
    Sweep,
    /// [`Effect::Amend`]
    Amend,
    /// [`Effect::Raise`]
    Raise,
    /// [`Effect::Settle`]
    Settle,
}

impl EffectKind {
    /// The fixed word, in logs and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Sweep => "sweep",
            Self::Amend => "amend",
            Self::Raise => "raise",
            Self::Settle => "settle",
        }
    }

    /// What was done, for people.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Lower => text!(en: "taken away", nb: "fjernet"),
            Self::Sweep => text!(en: "e-mail swept", nb: "e-post ryddet"),
            Self::Amend => text!(en: "amended", nb: "rettet"),
            Self::Raise => text!(en: "given", nb: "gitt"),
            Self::Settle => text!(en: "recorded", nb: "registrert"),
        }
    }
}

impl Effect {
    /// What kind of effect it is.
    #[must_use]
    pub fn kind(&self) -> EffectKind {
        match self {
            Self::Lower { .. } => EffectKind::Lower,
            Self::Sweep { .. } => EffectKind::Sweep,
            Self::Amend { .. } => EffectKind::Amend,
            Self::Raise { .. } => EffectKind::Raise,
            Self::Settle { .. } => EffectKind::Settle,
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whose account.
    pub subject: Subject,
    /// The person, where one is known; for display and for the budget.
    pub person: Option<PersonId>,
    /// What is done.
    pub effect: Effect,
}
