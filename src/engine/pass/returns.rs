//! What a right that comes back does not bring back: report subscriptions that ended when it was lost.

use std::collections::BTreeSet;

use crate::memory::bound::{Bound, EndedWith};
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::plan::{Effect, StaysEnded, Step};

use super::clock::day_in;
use super::prepare::PassError;

/// Has the steps say it, and gives what people are told.
pub(super) fn tell(steps: &mut [Step], ledger: &Bound, zone: &str) -> Result<Vec<Finding>, PassError> {
    let mut findings = Vec::new();
    for Step { person, effect, .. } in steps {
        let (Some(person), Effect::Raise { grant }) = (person, effect) else { continue };
        // Two rights that were lost together lost the same subscriptions.
        let mut told: BTreeSet<EndedWith> = BTreeSet::new();
        for raise in grant {
            for ended in ledger.ended_with(person, &raise.right) {
                if told.insert(ended) {
                    let EndedWith { at, subscriptions, reports, .. } = ended;
                    let stays = StaysEnded { on: day_in(zone, at)?, subscriptions, reports };
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
    Ok(findings)
}
