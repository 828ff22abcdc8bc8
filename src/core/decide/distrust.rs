//! The people whose remembered access is not trusted in this pass, and the effect on its changes (law: *what is
//! remembered is checked*). For them, `revoked` and end dates are carried out as the ledger records them. Nothing is
//! given, and nothing is taken for absence.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::ChangeSet;
use crate::diag::{Code, Finding, Text, text};
use crate::model::{AccountId, Digest, PersonId};
use crate::plan::Untrusted;

pub use self::part::MemoryPart;

mod part;

/// The reason why the memory of a person is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryFlaw {
    /// A row differs from the ledger, is missing, or is one too many.
    Rows,
    /// A row cannot be read.
    Unreadable,
    /// The key that represents the person in the ledger is not the key that was bound.
    Key,
}

/// A part of the register's memory that differs from the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rest {
    /// The rules in force.
    Rules,
    /// One of the parts that a digest binds.
    Part(MemoryPart),
    /// A release that two administrators never gave, or that is used up.
    Release(Digest),
    /// The use of the removal budget.
    Budget,
    /// The trusted moment or its day.
    Clock,
    /// The key of a person who has access is missing.
    Keyless,
}

/// The place where the chain of the ledger is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Broken {
    /// The number of the first entry that is wrong.
    pub seq: u64,
    /// What is wrong with it.
    pub what: Flaw,
}

impl Broken {
    /// Says where the chain of the ledger is broken, and why, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        let (seq, what) = (self.seq, self.what.words());
        text!(
            with what;
            en: "the ledger does not hold at entry {seq}: {what}",
            nb: "protokollen holder ikke ved innslag {seq}: {what}"
        )
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// What is wrong with an entry of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is there, although something has been accepted.
    NoneAtAll,
    /// Another entry is in its place.
    Missing,
    /// Its number cannot be one of the ledger.
    Number,
    /// It does not follow the entry before it.
    Follows,
    /// Its content was changed.
    Changed,
    /// It has no hash.
    Hash,
    /// Its time is not text.
    TimeText,
    /// Its time cannot be read.
    Time,
    /// Its kind is not text.
    KindText,
    /// This program does not know its kind.
    Kind,
    /// Its content is not text.
    ContentText,
    /// Its content cannot be read.
    Content,
    /// Its content is that of another kind.
    OtherKind,
}

impl Flaw {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::NoneAtAll => text!(
                en: "it is missing, and something has been accepted",
                nb: "det mangler, og noe er godtatt"
            ),
            Self::Missing => text!(
                en: "it is missing, another one stands in its place",
                nb: "det mangler, og et annet står på plassen"
            ),
            Self::Number => text!(
                en: "its number is none the ledger gives",
                nb: "nummeret er ikke et som protokollen gir"
            ),
            Self::Follows => text!(
                en: "it does not follow on the entry before it",
                nb: "det følger ikke på innslaget foran"
            ),
            Self::Changed => text!(
                en: "its content is not what was written",
                nb: "innholdet er ikke det som ble skrevet"
            ),
            Self::Hash => text!(en: "it carries no hash", nb: "det har ingen hash"),
            Self::TimeText => text!(en: "its time is not text", nb: "tidspunktet er ikke tekst"),
            Self::Time => text!(en: "its time is no time", nb: "tidspunktet er ikke noe tidspunkt"),
            Self::KindText => text!(en: "its kind is not text", nb: "slaget er ikke tekst"),
            Self::Kind => text!(
                en: "its kind is none this program knows",
                nb: "slaget er ikke et som programmet kjenner"
            ),
            Self::ContentText => text!(en: "its content is not text", nb: "innholdet er ikke tekst"),
            Self::Content => text!(en: "its content is not JSON", nb: "innholdet er ikke JSON"),
            Self::OtherKind => text!(
                en: "it does not say what an entry of its kind says",
                nb: "det sier ikke det et innslag av sitt slag sier"
            ),
        }
    }
}

/// Everything that is not trusted in this pass.
#[derive(Debug)]
pub struct Distrust {
    /// The people whose remembered access is not trusted.
    pub untrusted: Untrusted,
    /// The kind of difference, for each person.
    pub differences: BTreeMap<PersonId, MemoryFlaw>,
    /// The accounts that memory gives to these people. The ledger may not know of them.
    pub accounts: BTreeSet<AccountId>,
    /// The place where the ledger is broken.
    pub broken: Option<Broken>,
    /// The state taken over from an older version that two administrators have not seen yet.
    pub unseen: Option<Digest>,
    /// The parts of the whole register that differ from the ledger.
    pub rest: BTreeSet<Rest>,
}

impl Default for Distrust {
    /// Trusts everything, which is right if nothing is remembered.
    fn default() -> Self {
        Self {
            untrusted: Untrusted::These(BTreeSet::new()),
            differences: BTreeMap::new(),
            accounts: BTreeSet::new(),
            broken: None,
            unseen: None,
            rest: BTreeSet::new(),
        }
    }
}

impl Distrust {
    /// Adds differences that concern the whole register. If everybody's access depends on such a part, nothing is
    /// given to anybody, and nobody loses access for absence.
    pub fn also(&mut self, rest: impl IntoIterator<Item = Rest>) {
        self.rest.extend(rest);
        if self.rest.iter().any(|rest| matches!(rest, Rest::Rules | Rest::Part(_) | Rest::Keyless)) {
            self.untrusted = Untrusted::Everybody;
        }
    }

    /// Limits the changes of untrusted people to removals that somebody wrote.
    pub fn limit(&self, changes: &mut ChangeSet) {
        let trusted = |person: &PersonId| !self.untrusted.has(person);
        changes.gives.retain(|change| trusted(&change.after.grant.key.person));
        changes.takes.retain(|removal| trusted(&removal.key.person) || removal.cause.is_written());
        changes.history.retain(|entry| trusted(&entry.grant.key.person));
        changes.files.retain(|file| trusted(&file.person));
        changes.gone.retain(|(person, _)| trusted(person));
    }

    /// Makes the findings about everything that is not trusted.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        let broken = self.broken.as_ref().map(broken_finding);
        let unseen = self.unseen.map(unseen_finding);
        let people = self.differences.iter().map(|(person, what)| difference_finding(person, *what));
        broken.into_iter().chain(unseen).chain(self.rest.iter().map(rest_finding)).chain(people)
    }
}

fn broken_finding(broken: &Broken) -> Finding {
    let (seq, what) = (broken.seq, broken.what.words());
    let message = text!(
        with what;
        en: "the ledger does not hold at entry {seq}: {what}; nothing is given and nothing is taken for being absent, `revoked` and accepted ends act",
        nb: "protokollen holder ikke ved innslag {seq} ({what}); ingenting gis, og ingenting fjernes fordi det mangler. `revoked` og godtatte sluttdatoer virker"
    );
    let way_out = text!(
        en: "Keep a copy of the file and compare it with the last checkpoint that left the host. Restore a backup from before, or have two national administrators accept the state again: `portvakt baseline` names the break.",
        nb: "Ta vare på en kopi av filen, og sammenlign med det siste kontrollpunktet som forlot maskinen. Hent tilbake en sikkerhetskopi fra før, eller la to nasjonale administratorer godta tilstanden på nytt: `portvakt baseline` navngir bruddet."
    );
    Finding::new(Code::LedgerBroken, message, way_out)
}

fn unseen_finding(digest: Digest) -> Finding {
    let message = text!(
        en: "what an older version remembered was taken over as it stood ({digest}), and two people have not said yet that they have seen it",
        nb: "det en eldre versjon husket, ble overtatt som det var ({digest}), og to personer har ikke sagt ennå at de har sett det"
    );
    let way_out = text!(
        en: "Two national administrators look at `portvakt list` and `portvakt ledger show --kind adopted-memory`, and acknowledge it with `portvakt release {digest}`. Until then it counts as it is.",
        nb: "To nasjonale administratorer ser på `portvakt list` og `portvakt ledger show --kind adopted-memory`, og bekrefter med `portvakt release {digest}`. Inntil da gjelder det som det er."
    );
    Finding::new(Code::MemoryAdopted, message, way_out)
}

fn difference_finding(person: &PersonId, what: MemoryFlaw) -> Finding {
    let what = match what {
        MemoryFlaw::Rows => text!(
            en: "what is remembered of `{person}` is not what the ledger says was accepted and done",
            nb: "det som huskes om `{person}`, er ikke det protokollen sier er godtatt og utført"
        ),
        MemoryFlaw::Unreadable => text!(
            en: "what is remembered of `{person}` cannot be read",
            nb: "det som huskes om `{person}`, kan ikke leses"
        ),
        MemoryFlaw::Key => text!(
            en: "the key that stands for `{person}` in the ledger is not the one the ledger was given",
            nb: "nøkkelen som står for `{person}` i protokollen, er ikke den protokollen fikk"
        ),
    };
    let message = text!(
        with what;
        en: "{what}: somebody has changed the database, or it is damaged. Nothing is given to them and nothing taken for being absent; `revoked` and ends act, by the ledger",
        nb: "{what}: noen har endret databasen, eller den er skadet. Personen får ingenting, og ingenting fjernes fordi det mangler; `revoked` og sluttdatoer virker, ut fra protokollen"
    );
    Finding::new(Code::MemoryDiffers, message, restored_or_accepted())
}

/// The way out if the memory differs from the ledger. It is the same for every difference.
fn restored_or_accepted() -> Text {
    text!(
        en: "Restore the database from a backup, or have two national administrators look at the files and accept them again with `portvakt baseline`. Find out who could write to the database.",
        nb: "Hent databasen tilbake fra en sikkerhetskopi, eller la to nasjonale administratorer se på filene og godta dem på nytt med `portvakt baseline`. Finn ut hvem som kunne skrive til databasen."
    )
}

/// Says what is not done while a part differs that concerns everybody.
fn nothing_given() -> Text {
    text!(
        en: "Nothing is given to anybody and nothing taken for being absent; `revoked` and accepted ends act",
        nb: "Ingen får noe, og ingenting fjernes fordi det mangler; `revoked` og godtatte sluttdatoer virker"
    )
}

fn rest_finding(rest: &Rest) -> Finding {
    let (what, so) = match rest {
        Rest::Rules => (
            text!(
                en: "the policies and settings that are remembered as in force are not the ones the ledger says were accepted",
                nb: "tilgangsreglene og innstillingene som huskes som gjeldende, er ikke de protokollen sier er godtatt"
            ),
            text!(
                en: "The accepted ones are used; nothing is given to anybody and nothing taken for being absent, `revoked` and accepted ends act",
                nb: "De godtatte brukes; ingen får noe, og ingenting fjernes fordi det mangler. `revoked` og godtatte sluttdatoer virker"
            ),
        ),
        Rest::Part(part) => (part.differs(), nothing_given()),
        Rest::Release(digest) => (
            text!(
                en: "a release of {digest} stands in the database that two people never gave, or that has served already",
                nb: "i databasen står det en frigivelse av {digest} som to personer aldri har gitt, eller som er brukt"
            ),
            text!(en: "It counts for nothing", nb: "Den teller ikke"),
        ),
        Rest::Budget => (
            text!(
                en: "less is remembered of what the removals of the last seven days have used than the ledger says",
                nb: "det huskes mindre av hva fjerningene de siste sju dagene har brukt, enn protokollen sier"
            ),
            text!(en: "The ledger counts", nb: "Protokollen teller"),
        ),
        Rest::Clock => (
            text!(
                en: "the last trusted moment or its day is missing in the database, or is none that the ledger allows",
                nb: "det siste betrodde tidspunktet eller dagen mangler i databasen, eller er ikke noe protokollen tillater"
            ),
            text!(en: "What the ledger says is used", nb: "Det protokollen sier, brukes"),
        ),
        Rest::Keyless => (
            text!(
                en: "the ledger tells of somebody with access whose key is not in the database",
                nb: "protokollen forteller om noen med tilgang, og nøkkelen deres er ikke i databasen"
            ),
            nothing_given(),
        ),
    };
    let message = text!(
        with what, so;
        en: "{what}: somebody has changed the database, or it is damaged. {so}",
        nb: "{what}: noen har endret databasen, eller den er skadet. {so}"
    );
    Finding::new(Code::MemoryDiffers, message, restored_or_accepted())
}
