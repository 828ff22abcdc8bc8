//! What a check points out beside its verdict: evidence that could not be seen, a tree without people, and accesses
//! that end soon. None of it refuses anything.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::change::{Field, Head, HeadFile};
use crate::diag::{Code, Finding, text};
use crate::judge::Judgement;
use crate::source::Snapshot;

/// That nothing shows who approved, where no base says which entries are new.
pub(super) fn unseen(judgement: &Judgement) -> Option<Finding> {
    let count = judgement.unproven;
    (count > 0).then(|| {
        let message = text!(
            en: "{count} entries have no evidence that the keys of this tree bear out",
            nb: "{count} oppføringer har ikke noe bevis som nøklene her bekrefter"
        );
        let way_out = text!(
            en: "Nothing to do where they were accepted long ago; what is new is judged with `--base`.",
            nb: "Ingenting å gjøre der de ble godtatt for lenge siden; det som er nytt, vurderes med `--base`."
        );
        Finding::new(Code::EvidenceUnseen, message, way_out)
    })
}

/// That the forge has yet to say who approved.
pub(super) fn unasked(judgement: &Judgement) -> Option<Finding> {
    let count = judgement.unproven;
    (count > 0).then(|| {
        let message = text!(
            en: "for {count} entries the forge will be asked after the merge who approved them",
            nb: "for {count} oppføringer blir kodeplattformen spurt etter flettingen om hvem som har godkjent"
        );
        let way_out = text!(
            en: "With `--merge-request NUMBER` it is asked now.",
            nb: "Med `--merge-request NUMMER` blir den spurt nå."
        );
        Finding::new(Code::EvidenceUnseen, message, way_out)
    })
}

/// A tree without people is in order where a register begins, and seldom anywhere else.
pub(super) fn empty(tree: &Snapshot) -> Option<Finding> {
    (tree.count() == 0).then(|| {
        let message = text!(en: "the tree has the file of no person", nb: "det finnes ingen personfiler");
        let way_out = text!(
            en: "If the register is new, that is right; if not, check that the files were copied and that the root is the right one.",
            nb: "Er registeret nytt, er det riktig; hvis ikke, kontroller at filene er kopiert og at roten er den riktige."
        );
        Finding::new(Code::Advice, message, way_out)
    })
}

/// Days before its end that an access is pointed out (R37).
pub const ENDS_SOON_DAYS: i64 = 14;

/// The last day on which an end counts as near.
#[must_use]
pub fn near(today: Date) -> Date {
    today.checked_add(ENDS_SOON_DAYS.days()).unwrap_or(Date::MAX)
}

pub(super) fn ends_soon(head: &Head, today: Date) -> Vec<Finding> {
    let near = near(today);
    let mut findings = Vec::new();
    for (_, _, _, file) in head.iter() {
        let HeadFile::Says { entries, spots, .. } = file else { continue };
        for entry in entries.iter().filter(|entry| entry.grant.in_force(today)) {
            if let Some(until) = entry.grant.until.filter(|until| *until <= near) {
                let person = &entry.grant.key.person;
                let message = text!(
                    en: "the access of `{person}` ends on {until}",
                    nb: "tilgangen til `{person}` slutter {until}"
                );
                let way_out = text!(
                    en: "If the person stays, have a longer access approved before that day; after it a new application is needed.",
                    nb: "Blir personen værende, få en lengre tilgang godkjent før den dagen; etterpå trengs ny søknad."
                );
                findings.push(
                    Finding::new(Code::EndsSoon, message, way_out)
                        .at(spots.place(Some(entry.number), Field::Until)),
                );
            }
        }
    }
    findings
}
