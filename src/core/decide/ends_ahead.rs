//! Earlier ends that lie ahead (law: *absence must last*). Such an end takes nothing from anybody today, so it need not act
//! at once. It is accepted when its file has said it for as long as an absence must last. An older version of a file that is
//! there for a moment then shortens nothing. If it did, the loss would stay, because a later end needs a new approval.
//!
//! An end of today or earlier acts at once. A permitted change brings its own end with it, without a wait.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::patience::Patience;
use super::withhold::{Absences, Copy};
use crate::change::{Cause, ChangeSet, Removal};
use crate::diag::{Code, Finding, text};
use crate::judge::{Judgement, Verdict};
use crate::model::GrantKey;

/// The earlier ends that wait in a pass.
pub struct EndsAhead {
    /// The time since when each end has stood in its file.
    since: BTreeMap<GrantKey, Timestamp>,
    /// The ends that were taken out of the changes.
    removals: Vec<Removal>,
}

impl EndsAhead {
    /// Finds the ends that have not stood for long enough. What else changes in their entries is left unjudged with
    /// them, except under a newer approval, which no older version of a file has.
    ///
    /// In a tree that may be an older copy, earlier ends are withheld in another way.
    pub fn find(changes: &mut ChangeSet, absences: &mut Absences<'_>, today: Date) -> Self {
        let (mut since, mut at_once, mut files) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        for removal in changes.takes.iter().filter(|removal| removal.cause == Cause::Shortened) {
            let Some(until) = end_ahead(removal, today).filter(|_| absences.copy == Copy::Own) else {
                at_once.push(removal.key.clone());
                continue;
            };
            let seen = (absences.moment, absences.now);
            if let Some(stands) = absences.patience.earlier_end(&removal.key, until, seen) {
                since.insert(removal.key.clone(), stands);
                files.insert((removal.key.person.clone(), removal.trust.clone()));
            }
        }
        // The day of an end may have come while it waited. No wait is left over then.
        absences.patience.begin_anew(at_once);
        let older =
            changes.gives.iter().filter(|change| !change.renewed).map(|change| &change.after.grant.key);
        let older: BTreeSet<GrantKey> = older.filter(|key| since.contains_key(*key)).cloned().collect();
        if !older.is_empty() {
            changes.leave_unjudged(|key| older.contains(key));
        }
        // What else such a file says of its person waits too, if nothing in it is judged. So nothing is recorded of a file
        // that is there for a moment.
        for change in &changes.gives {
            let grant = &change.after.grant;
            files.remove(&(grant.key.person.clone(), grant.trust.clone()));
        }
        changes.files.retain(|file| !files.contains(&(file.person.clone(), file.trust.clone())));
        Self { since, removals: Vec::new() }
    }

    /// Takes these ends out of the changes, before the rest is judged.
    pub fn take_out(&mut self, changes: &mut ChangeSet) {
        let waits = |removal: &Removal| self.since.contains_key(&removal.key);
        let (waiting, others): (Vec<Removal>, Vec<Removal>) =
            std::mem::take(&mut changes.takes).into_iter().partition(waits);
        (self.removals, changes.takes) = (waiting, others);
    }

    /// Puts back the ends that a permitted change brings. The others are noted as waiting, and reported.
    pub fn settle(
        self,
        changes: &mut ChangeSet,
        judgement: &Judgement,
        patience: &mut Patience,
    ) -> Vec<Finding> {
        let Self { since, removals } = self;
        let is_permitted = |removal: &Removal| {
            matches!(judgement.verdicts.get(&removal.key), Some(Verdict::Permitted { .. }))
        };
        let (permitted, waiting): (Vec<Removal>, Vec<Removal>) = removals.into_iter().partition(is_permitted);
        patience.begin_anew(permitted.iter().map(|removal| removal.key.clone()));
        changes.takes.extend(permitted);
        let mut findings = Vec::new();
        for removal in waiting {
            if let (Some(until), Some(stands)) = (removal.until, since.get(&removal.key)) {
                findings.push(finding(&removal.key, until, *stands));
                changes.ends_ahead.insert(removal.key, *stands);
            }
        }
        findings
    }
}

/// Returns the new end of an access that is made shorter, if its day is still to come.
fn end_ahead(removal: &Removal, today: Date) -> Option<Date> {
    removal.until.filter(|until| !removal.released && *until > today)
}

fn finding(key: &GrantKey, until: Date, stands: Timestamp) -> Finding {
    let GrantKey { application, unit, person, .. } = key;
    let since = stands.strftime("%F %T UTC");
    let message = text!(
        en: "{application} at {unit} of `{person}` has an earlier end in its file, {until}; it has stood there since {since}",
        nb: "{application} ved {unit} for `{person}` har en tidligere slutt i filen, {until}; den har stått der siden {since}"
    );
    let way_out = text!(
        en: "It counts when it has stood there long enough, and on that day in any case; put the later end back if it was not meant.",
        nb: "Den teller når den har stått der lenge nok, og på den dagen uansett; sett den senere slutten tilbake hvis det ikke var meningen."
    );
    Finding::new(Code::WaitingToLast, message, way_out)
}
