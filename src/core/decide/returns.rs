//! Reports what a returning right does not bring back: the report subscriptions that ended when it was lost.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::change::{Base, Head, HeadFile};
use crate::diag::{Code, Finding, text};
use crate::model::{Grant, PersonId, Right};
use crate::plan::{Effect, StaysEnded, Step};

use super::trusted_day::day_in;

/// Report subscriptions that ended when rights were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndedWith {
    /// The number of the ledger's entry for the step.
    pub step: u64,
    /// The moment of the step.
    pub at: Timestamp,
    /// The number of subscriptions in the register.
    pub subscriptions: u32,
    /// The number of report subscriptions in Rapporteket.
    pub reports: u32,
}

/// The record of what ended with each right that a person lost, for the rights that the person may have again.
pub type EndedRights = BTreeMap<(PersonId, Right), Vec<EndedWith>>;

/// Returns the accesses whose right somebody may have again by this pass: the accesses that were accepted before, and
/// the accesses in the files. The ledger is asked what ended when such a right was lost.
pub fn may_return<'a>(base: &'a Base, head: &'a Head) -> impl Iterator<Item = &'a Grant> {
    let accepted = base.people.values().flat_map(|known| known.grants.values().map(|known| &known.grant));
    let files = head.files.values().flat_map(BTreeMap::values);
    let entries = files.flat_map(|file| match file {
        HeadFile::Says { entries, .. } => entries.as_slice(),
        HeadFile::Held { .. } | HeadFile::Gone => &[],
    });
    accepted.chain(entries.map(|entry| &entry.grant))
}

/// Writes the ended subscriptions into the steps, and returns the findings for people.
pub fn record_ended(steps: &mut [Step], ended_with: &EndedRights, zone: &TimeZone) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Step { person, effect, .. } in steps {
        let (Some(person), Effect::Raise { grant }) = (person, effect) else { continue };
        // Two rights that were lost together lost the same subscriptions.
        let mut told: BTreeSet<EndedWith> = BTreeSet::new();
        for raise in grant {
            let with = ended_with.get(&(person.clone(), raise.right.clone()));
            for &ended in with.into_iter().flatten() {
                if told.insert(ended) {
                    let EndedWith { at, subscriptions, reports, .. } = ended;
                    let stays = StaysEnded { on: day_in(zone, at), subscriptions, reports };
                    let words = stays.words();
                    let message = text!(
                        with words;
                        en: "`{person}` has access again: {words}",
                        nb: "`{person}` har tilgang igjen: {words}"
                    );
                    let way_out = text!(
                        en: "Tell the person which reports have ended; nobody else can order them.",
                        nb: "Si fra til personen om hvilke rapporter som er avsluttet; ingen andre kan bestille dem."
                    );
                    findings.push(Finding::new(Code::SubscriptionsStayEnded, message, way_out));
                    raise.stays_ended.push(stays);
                }
            }
        }
    }
    findings
}
