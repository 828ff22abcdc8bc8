//! Whose remembered access is not relied on in this pass, and what that leaves of its changes (law: *what is remembered is
//! checked*): `revoked` and ends act, by what the ledger says; nothing is given, and nothing is taken for being absent.

use std::collections::BTreeMap;

use crate::change::{Base, ChangeSet};
use crate::database::Connection;
use crate::diag::{Code, Finding, text};
use crate::ledger::Broken;
use crate::memory::MemoryError;
use crate::memory::bound::{Bound, Difference, Extent, Mismatch};
use crate::model::{Digest, PersonId};
use crate::plan::{Cause, Untrusted};
use crate::planted::Fault;

/// What is not relied on.
#[derive(Debug)]
pub(super) struct Distrust {
    pub(super) untrusted: Untrusted,
    differences: BTreeMap<PersonId, Difference>,
    broken: Option<Broken>,
    unseen: Option<Digest>,
}

impl Distrust {
    /// Holds the base against the ledger. Whose rows do not match has in it from here on what the ledger says instead.
    pub(super) fn of(
        ledger: &Bound,
        conn: &Connection,
        base: &mut Base,
        extent: Extent,
    ) -> Result<Self, MemoryError> {
        if Fault::MemoryBelieved.is_planted() {
            let untrusted = Untrusted::These(base.unread.clone());
            let (differences, broken, unseen) = (BTreeMap::new(), None, None);
            return Ok(Self { untrusted, differences, broken, unseen });
        }
        let mut differences = BTreeMap::new();
        for (person, Mismatch { what, ledger }) in ledger.untrusted(conn, base, extent)? {
            if let Some(known) = ledger {
                base.people.insert(person.clone(), known);
            }
            differences.insert(person, what);
        }
        let broken = ledger.broken().cloned();
        let untrusted = match &broken {
            Some(_) => Untrusted::Everybody,
            None => Untrusted::These(differences.keys().cloned().collect()),
        };
        Ok(Self { untrusted, differences, broken, unseen: ledger.unseen() })
    }

    /// Leaves of the changes what takes by a written word.
    pub(super) fn limit(&self, changes: &mut ChangeSet) {
        let trusted = |person: &PersonId| !self.untrusted.has(person);
        let written = |cause| matches!(cause, Cause::Revoked | Cause::Shortened);
        changes.gives.retain(|change| trusted(&change.after.grant.key.person));
        changes.takes.retain(|removal| trusted(&removal.key.person) || written(removal.cause));
        changes.history.retain(|grant| trusted(&grant.key.person));
        changes.files.retain(|file| trusted(&file.person));
        changes.gone.retain(|(person, _)| trusted(person));
    }

    /// What people are told.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        let broken = self.broken.as_ref().map(broken_finding);
        let unseen = self.unseen.map(unseen_finding);
        let people = self.differences.iter().map(|(person, what)| difference_finding(person, *what));
        broken.into_iter().chain(unseen).chain(people)
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
