//! Judges changes of a person's id (`previously:`). The files of the person get another name, and everything that was
//! accepted goes along. An administrator of every trust concerned approves it, as for a new access, and never the
//! person. Otherwise it would be a way to take over another person's access.

mod approval;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, Field, Head, HeadFile, KnownPerson};
use crate::diag::{Code, Finding, Text, text};
use crate::model::{Approval, FilePath, PersonId, Previously, Proof, TrustId};
use crate::parse::confusable::skeleton;

use super::Rules;
use super::agreement::look_alike;
use super::court::ForgeInquiry;

use approval::approved;

/// An approved change of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdChange {
    /// The former id. It is never used again.
    pub from: PersonId,
    /// The id that the person gets.
    pub to: PersonId,
    /// The approval at each trust, with its proof.
    pub approvals: BTreeMap<TrustId, (Approval, Proof)>,
}

/// The results for the changes of ids that a head asks for.
#[derive(Debug, Default)]
pub struct IdChanges {
    /// The changes that are made.
    pub made: Vec<IdChange>,
    /// People whose files ask for a change that is not made, each with the former ids they name. Their files are
    /// held.
    pub refused: BTreeMap<PersonId, BTreeSet<PersonId>>,
    /// The findings that say why a change is not made and what to do.
    pub findings: Vec<Finding>,
}

/// Everything the changes of ids are judged by.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The rules accepted before.
    pub rules: &'a Rules,
    /// Rules that the tree would bring and that are not accepted yet. Both sets of rules must permit a change.
    pub pending: Option<&'a Rules>,
    /// What was accepted before.
    pub base: &'a Base,
    /// What the tree says now.
    pub head: &'a Head,
    /// Today's date in the register's time zone.
    pub today: Date,
    /// Whether the forge has been asked.
    pub forge: ForgeInquiry,
    /// Whether a file is shown to be absent.
    pub is_absent: &'a dyn Fn(&FilePath) -> bool,
    /// Whether nothing is given to a person in this pass, because the memory about them does not match the ledger.
    pub is_untrusted: &'a dyn Fn(&PersonId) -> bool,
}

/// One file that asks for a change of an id.
struct FileWithEarlierId<'h> {
    trust: &'h TrustId,
    previously: &'h Previously,
    file: &'h HeadFile,
}

impl FileWithEarlierId<'_> {
    fn at(&self, finding: Finding, field: Field) -> Finding {
        match self.file {
            HeadFile::Says { spots, .. } => finding.at(spots.place(None, field)),
            HeadFile::Held { .. } | HeadFile::Gone => finding,
        }
    }
}

/// Judges every change of an id that the head asks for and that has not been made before.
#[must_use]
pub fn id_changes(bench: &Bench<'_>) -> IdChanges {
    let mut changes = IdChanges::default();
    let mut asked: BTreeMap<&PersonId, Vec<FileWithEarlierId<'_>>> = BTreeMap::new();
    for (_, person, trust, file) in bench.head.iter() {
        let HeadFile::Says { previously: Some(previously), .. } = file else { continue };
        // The change was made before. The line may stay in the file.
        if bench.base.renamed.get(&previously.person).is_some_and(|now| now == person) {
            continue;
        }
        asked.entry(person).or_default().push(FileWithEarlierId { trust, previously, file });
    }
    let mut claimed: BTreeMap<&PersonId, usize> = BTreeMap::new();
    for files in asked.values() {
        let before: BTreeSet<&PersonId> = files.iter().map(|asking| &asking.previously.person).collect();
        before.into_iter().for_each(|person| *claimed.entry(person).or_default() += 1);
    }
    for (to, files) in &asked {
        let before: BTreeSet<PersonId> =
            files.iter().map(|asking| asking.previously.person.clone()).collect();
        let judged = match checked_change(bench, to, files, &before, &claimed) {
            Ok((from, known)) => approved(bench, (from, to), files, known),
            Err(finding) => {
                // Everything that is wrong is reported at once. A person who corrects one thing after the other must
                // not lose access in between.
                let known = before
                    .first()
                    .filter(|_| before.len() == 1)
                    .and_then(|from| bench.base.people.get_key_value(from));
                let approval = known.map(|(from, known)| approved(bench, (from, to), files, known));
                let more = approval.and_then(Result::err).unwrap_or_default();
                Err([vec![finding], more].concat())
            }
        };
        match judged {
            Ok(made) => changes.made.push(made),
            Err(findings) => {
                changes.findings.extend(findings);
                changes.refused.insert((*to).clone(), before);
            }
        }
    }
    changes
}

/// Checks that the change is in order. The person is known under the former id and not under the new one, and all of
/// their files take the new name.
fn checked_change<'b>(
    bench: &Bench<'b>,
    to: &PersonId,
    files: &[FileWithEarlierId<'_>],
    before: &BTreeSet<PersonId>,
    claimed: &BTreeMap<&PersonId, usize>,
) -> Result<(&'b PersonId, &'b KnownPerson), Finding> {
    let base = bench.base;
    let first = files.first();
    let wrong = |message: Text, way_out: Text| {
        let finding = Finding::new(Code::IdChange, message, way_out);
        first.map_or_else(|| finding.clone(), |asking| asking.at(finding.clone(), Field::Previously))
    };
    let mut ids = before.iter();
    let (Some(from), None) = (ids.next(), ids.next()) else {
        return Err(wrong(
            text!(
                en: "the files of `{to}` name different ids from before",
                nb: "filene til `{to}` nevner ulike id-er fra før"
            ),
            text!(en: "Write the same `previously` in each.", nb: "Skriv samme `previously` i alle."),
        ));
    };
    if let Some(now) = base.renamed.get(from) {
        return Err(wrong(
            text!(
                en: "`{from}` has become `{now}` already",
                nb: "`{from}` er allerede blitt `{now}`"
            ),
            text!(
                en: "An id has one person. To change it once more, write `previously` with `{now}`, approved anew.",
                nb: "En id har én person. Skal den endres én gang til, skriv `previously` med `{now}`, godkjent på nytt."
            ),
        ));
    }
    // If the settings already name the new id, the person who takes it would get that office or key.
    let named = [Some(bench.rules), bench.pending].into_iter().flatten().any(|rules| rules.names(to));
    if base.people.get(to).is_some_and(|known| !known.grants.is_empty() || !known.files.is_empty())
        || base.renamed.contains_key(to)
        || (named && !named_anew(bench, from, to))
    {
        return Err(wrong(
            text!(
                en: "`{to}` is known already, so `{from}` cannot become `{to}`",
                nb: "`{to}` er kjent fra før, så `{from}` kan ikke bli `{to}`"
            ),
            text!(
                en: "Choose an id that nobody has or has had. Two people, or two sets of accesses, are never made one.",
                nb: "Velg en id som ingen har eller har hatt. To personer, eller to sett med tilganger, blir aldri gjort til ett."
            ),
        ));
    }
    let alike = base.skeletons.get(&skeleton(to)).filter(|owner| *owner != from && *owner != to);
    if let Some(other) = alike {
        return Err(wrong(look_alike(to, other), text!(en: "Choose another id.", nb: "Velg en annen id.")));
    }
    let known = base.people.get_key_value(from).filter(|(_, known)| !known.grants.is_empty());
    let Some((from, known)) = known else {
        return Err(wrong(
            text!(
                en: "nothing was ever accepted for `{from}`, so nothing can go along to `{to}`",
                nb: "ingenting er noen gang godtatt for `{from}`, så ingenting kan følge med til `{to}`"
            ),
            text!(
                en: "Correct the id, or delete `previously` if the person is new.",
                nb: "Rett id-en, eller slett `previously` hvis personen er ny."
            ),
        ));
    };
    let lives = |known: &KnownPerson| known.grants.values().any(|standing| standing.lives(bench.today));
    if !lives(known) && known.files.is_empty() {
        return Err(wrong(
            text!(
                en: "the access of `{from}` is over, so nothing goes along to `{to}`",
                nb: "tilgangen til `{from}` er avsluttet, så ingenting følger med til `{to}`"
            ),
            text!(
                en: "The person sends a new application. Write an entry with that request and a new approval, and no `previously`.",
                nb: "Personen sender ny søknad. Skriv en oppføring med den søknaden og ny godkjenning, uten `previously`."
            ),
        ));
    }
    let elsewhere = known
        .grants
        .values()
        .filter(|standing| standing.lives(bench.today))
        .map(|standing| &standing.grant.trust)
        .find(|trust| !files.iter().any(|asking| asking.trust == *trust));
    if let Some(trust) = elsewhere {
        let path = FilePath::of_person(trust, to);
        return Err(wrong(
            text!(
                en: "`{from}` has access at {trust}, and `{path}` does not say `previously`",
                nb: "`{from}` har tilgang ved {trust}, og `{path}` sier ikke `previously`"
            ),
            text!(
                en: "An administrator of every trust where the person has access approves it. If a unit has moved there, move the person's file first, in a change of its own.",
                nb: "En administrator ved hvert helseforetak der personen har tilgang, godkjenner den. Er en enhet flyttet dit, flytt først personens fil, i en egen endring."
            ),
        ));
    }
    if claimed.get(from).is_some_and(|count| *count > 1) {
        return Err(wrong(
            text!(
                en: "two people say in the same change that they were `{from}`",
                nb: "to personer sier i samme endring at de var `{from}`"
            ),
            text!(en: "Keep the one that is right.", nb: "Behold den som er riktig."),
        ));
    }
    if (bench.is_untrusted)(from) {
        return Err(wrong(
            text!(
                en: "what is remembered of `{from}` does not match the ledger, so the id stays",
                nb: "det som huskes om `{from}`, stemmer ikke med protokollen, så id-en blir stående"
            ),
            text!(
                en: "That is put right first; a finding of its own says how.",
                nb: "Det rettes først; et eget funn sier hvordan."
            ),
        ));
    }
    let stays: Vec<FilePath> = known
        .files
        .keys()
        .map(|trust| FilePath::of_person(trust, from))
        .filter(|path| !(bench.is_absent)(path))
        .collect();
    if let Some(path) = stays.first() {
        return Err(wrong(
            text!(
                en: "`{from}` becomes `{to}`, and `{path}` is still there",
                nb: "`{from}` blir `{to}`, og `{path}` er der fortsatt"
            ),
            text!(
                en: "Rename the files, all in one change: no file of the old id may be left.",
                nb: "Gi filene nytt navn, alle i samme endring: ingen fil med den gamle id-en kan bli igjen."
            ),
        ));
    }
    let asking: BTreeSet<&TrustId> = files.iter().map(|asking| asking.trust).collect();
    if let Some(trust) = known.files.keys().find(|trust| !asking.contains(trust)) {
        let path = FilePath::of_person(trust, to);
        return Err(wrong(
            text!(
                en: "`{from}` becomes `{to}`, and `{path}` is missing or does not say `previously`",
                nb: "`{from}` blir `{to}`, og `{path}` mangler eller sier ikke `previously`"
            ),
            text!(
                en: "Rename all of the person's files in the same change, and approve it at each trust. An access that is to end ends in a change of its own.",
                nb: "Gi alle personens filer nytt navn i samme endring, og godkjenn det ved hvert helseforetak. En tilgang som skal opphøre, avsluttes i en egen endring."
            ),
        ));
    }
    if let Some(asking) = files.iter().find(|asking| !known.files.contains_key(asking.trust)) {
        let trust = asking.trust;
        let message = text!(
            en: "`{from}` has no file at {trust}, so none can take the name `{to}` there",
            nb: "`{from}` har ingen fil ved {trust}, så ingen kan få navnet `{to}` der"
        );
        let way_out = text!(
            en: "Change the id in one change, and the trust in another. A new access at another trust needs no `previously`.",
            nb: "Endre id-en i én endring, og helseforetaket i en annen. En ny tilgang ved et annet helseforetak trenger ingen `previously`."
        );
        return Err(asking.at(Finding::new(Code::IdChange, message, way_out), Field::Previously));
    }
    Ok((from, known))
}

/// Whether the accepted settings name the former id and not the new one. Then settings that are not accepted yet may
/// name the new id, because they follow the change.
fn named_anew(bench: &Bench<'_>, from: &PersonId, to: &PersonId) -> bool {
    !bench.rules.names(to) && bench.rules.names(from)
}

/// Turns a finding into one about the change of the id.
fn about(from: &PersonId, to: &PersonId, trust: &TrustId, finding: Finding) -> Finding {
    let why = finding.message.clone();
    let message = text!(
        with why;
        en: "`{from}` does not become `{to}` at {trust}: {why}",
        nb: "`{from}` blir ikke `{to}` ved {trust}: {why}"
    );
    Finding { code: Code::IdChange, message, ..finding }
}

/// Whether a person's own file is there. A file this pass does not look at counts as there.
fn has_file(head: &Head, person: &PersonId, trust: &TrustId) -> bool {
    let file = head.files.get(person).and_then(|files| files.get(trust));
    !matches!(file, Some(HeadFile::Gone))
}

/// Finds files under a former id. A former id is never used again.
#[must_use]
pub fn retired(base: &Base, head: &Head) -> Vec<(PersonId, TrustId, Finding)> {
    let mut found = Vec::new();
    for (path, person, trust, file) in head.iter() {
        let Some(now) = base.renamed.get(person) else { continue };
        let finding = |place| {
            let message = text!(
                en: "`{person}` was the id of a person who is called `{now}` now, and is never used again",
                nb: "`{person}` var id-en til en person som nå heter `{now}`, og brukes aldri igjen"
            );
            let own = FilePath::of_person(trust, now);
            let way_out = if has_file(head, now, trust) {
                text!(
                    en: "If `{now}` is meant, delete `{path}` and change `{own}`. A new person is given an id of their own.",
                    nb: "Er det `{now}` som menes, slett `{path}` og endre `{own}`. En ny person får sin egen id."
                )
            } else {
                text!(
                    en: "If `{now}` is meant, name this file `{own}` and write `person: {now}` in it; do not delete it. A new person is given an id of their own.",
                    nb: "Er det `{now}` som menes, gi filen navnet `{own}` og skriv `person: {now}` i den; ikke slett den. En ny person får sin egen id."
                )
            };
            Finding::new(Code::IdRetired, message, way_out).at(place)
        };
        match file {
            HeadFile::Says { spots, .. } => {
                found.push((person.clone(), trust.clone(), finding(spots.place(None, Field::Name))));
            }
            HeadFile::Held { .. } => {
                found.push((person.clone(), trust.clone(), finding(crate::diag::Place::file(&path))));
            }
            HeadFile::Gone => {}
        }
    }
    found
}
