//! The people whose remembered access is not trusted in this pass, and the effect on its changes (law: *what is
//! remembered is checked*). For them, `revoked` and end dates are carried out as the ledger records them. Nothing is
//! given, and nothing is taken for absence.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Cause;
use crate::change::ChangeSet;
use crate::diag::{Code, Finding, text};
use crate::model::{Digest, PersonId};
use crate::plan::Untrusted;

/// The reason why the memory of a person is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
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
    Part(String),
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
#[error("the ledger does not hold at entry {seq}: {what}")]
pub struct Broken {
    /// The number of the first entry that is wrong.
    pub seq: u64,
    /// A description of the error.
    pub what: &'static str,
}

/// Everything that is not trusted in this pass.
#[derive(Debug)]
pub struct Distrust {
    /// The people whose remembered access is not trusted.
    pub untrusted: Untrusted,
    /// The kind of difference, for each person.
    pub differences: BTreeMap<PersonId, Difference>,
    /// The place where the ledger is broken.
    pub broken: Option<Broken>,
    /// The state taken over from an older version that two administrators have not seen yet.
    pub unseen: Option<Digest>,
    /// The parts of the whole register that differ from the ledger.
    pub rest: BTreeSet<Rest>,
}

impl Distrust {
    /// Everything is trusted, as where nothing is remembered.
    #[must_use]
    pub fn none() -> Self {
        Self {
            untrusted: Untrusted::These(BTreeSet::new()),
            differences: BTreeMap::new(),
            broken: None,
            unseen: None,
            rest: BTreeSet::new(),
        }
    }

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
        let written = |cause| matches!(cause, Cause::Revoked | Cause::Shortened);
        changes.gives.retain(|change| trusted(&change.after.grant.key.person));
        changes.takes.retain(|removal| trusted(&removal.key.person) || written(removal.cause));
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
    let Broken { seq, what } = broken;
    let message = text!(
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

fn difference_finding(person: &PersonId, what: Difference) -> Finding {
    let what = match what {
        Difference::Rows => text!(
            en: "what is remembered of `{person}` is not what the ledger says was accepted and done",
            nb: "det som huskes om `{person}`, er ikke det protokollen sier er godtatt og utført"
        ),
        Difference::Unreadable => text!(
            en: "what is remembered of `{person}` cannot be read",
            nb: "det som huskes om `{person}`, kan ikke leses"
        ),
        Difference::Key => text!(
            en: "the key that stands for `{person}` in the ledger is not the one the ledger was given",
            nb: "nøkkelen som står for `{person}` i protokollen, er ikke den protokollen fikk"
        ),
    };
    let message = text!(
        with what;
        en: "{what}: somebody has changed the database, or it is damaged. Nothing is given to them and nothing taken for being absent; `revoked` and ends act, by the ledger",
        nb: "{what}: noen har endret databasen, eller den er skadet. Personen får ingenting, og ingenting fjernes fordi det mangler; `revoked` og sluttdatoer virker, ut fra protokollen"
    );
    let way_out = text!(
        en: "Restore the database from a backup, or have two national administrators look at the files and accept them again with `portvakt baseline`. Find out who could write to the database.",
        nb: "Hent databasen tilbake fra en sikkerhetskopi, eller la to nasjonale administratorer se på filene og godta dem på nytt med `portvakt baseline`. Finn ut hvem som kunne skrive til databasen."
    );
    Finding::new(Code::MemoryDiffers, message, way_out)
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
        Rest::Part(part) => (
            match part.as_str() {
                "holds" => text!(
                    en: "what is remembered of what is held, and since when, is not what the ledger says",
                    nb: "det som huskes om hva som holdes tilbake og siden når, er ikke det protokollen sier"
                ),
                "refusals" => text!(
                    en: "what is remembered of refused entries is not what the ledger says",
                    nb: "det som huskes om avslåtte oppføringer, er ikke det protokollen sier"
                ),
                "served" => text!(
                    en: "what is remembered of approvals that have served is not what the ledger says",
                    nb: "det som huskes om godkjenninger som er brukt, er ikke det protokollen sier"
                ),
                "exceptions" => text!(
                    en: "what is remembered of requests that two have freed, and of whose authority stays, is not what the ledger says",
                    nb: "det som huskes om søknader som to har frigitt, og om hvem som beholder fullmakten, er ikke det protokollen sier"
                ),
                _ => text!(
                    en: "which tree or commit is remembered as accepted last is not what the ledger says",
                    nb: "hvilke filer eller hvilken commit som huskes som sist godtatt, er ikke det protokollen sier"
                ),
            },
            text!(
                en: "Nothing is given to anybody and nothing taken for being absent; `revoked` and accepted ends act",
                nb: "Ingen får noe, og ingenting fjernes fordi det mangler; `revoked` og godtatte sluttdatoer virker"
            ),
        ),
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
            text!(
                en: "Nothing is given to anybody and nothing taken for being absent; `revoked` and accepted ends act",
                nb: "Ingen får noe, og ingenting fjernes fordi det mangler; `revoked` og godtatte sluttdatoer virker"
            ),
        ),
    };
    let message = text!(
        with what, so;
        en: "{what}: somebody has changed the database, or it is damaged. {so}",
        nb: "{what}: noen har endret databasen, eller den er skadet. {so}"
    );
    let way_out = text!(
        en: "Restore the database from a backup, or have two national administrators look at the files and accept them again with `portvakt baseline`. Find out who could write to the database.",
        nb: "Hent databasen tilbake fra en sikkerhetskopi, eller la to nasjonale administratorer se på filene og godta dem på nytt med `portvakt baseline`. Finn ut hvem som kunne skrive til databasen."
    );
    Finding::new(Code::MemoryDiffers, message, way_out)
}
