//! Judges the changes of a head, both in a pass and in a check. It returns the verdicts, and withholds removals because
//! of them. If a person stays who was to leave, it judges again.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::{Base, ChangeSet, Head, Removal};
use crate::diag::{Code, Finding, text};
use crate::judge::{Court, ForgeInquiry, Judgement, OfficeDay, Pins, Rejected, Rules, Used, left, witnesses};
use crate::model::{Digest, GrantKey, PersonId, TrustId};

use super::accept::makes_room;
use super::ends_ahead::EndsAhead;
use super::id_changes::knowing;
use super::withhold::{Absences, Strays};

/// The result of judging the changes of a head.
pub struct Heard {
    /// The court's verdict on each change.
    pub judgement: Judgement,
    /// Releases that let something go, and are used up by that.
    pub spent: BTreeSet<Digest>,
    /// The people whose authority stays although their access is taken back.
    pub kept: BTreeSet<PersonId>,
}

/// The input for judging the changes of one head.
pub struct Sitting<'a> {
    pub rules: &'a Arc<Rules>,
    /// Rules that the tree would bring and that are not accepted yet. Both sets of rules must permit a change.
    pub pending: Option<&'a Arc<Rules>>,
    /// Whether the pending rules are approved, so that they are in force after this change.
    pub is_released: bool,
    pub pins: &'a Pins,
    pub used: &'a Used,
    pub head: &'a Head,
    pub today: Date,
    /// The people as a tree by itself names them. Its entries are asked whether they could have been right on any day.
    pub names: Option<&'a Base>,
    pub forge: ForgeInquiry,
    /// The trusts whose review is overdue by more than a month.
    pub overdue: &'a BTreeSet<TrustId>,
    /// The numbers of rejected applications.
    pub rejected: &'a Rejected,
    /// How many threads may decide at the same time.
    pub threads: NonZero<usize>,
}

impl Sitting<'_> {
    fn court<'b>(&'b self, base: &'b Base) -> Court<'b> {
        let (when, names) = match self.names {
            None => (OfficeDay::Today, base),
            Some(names) => (OfficeDay::AnyDay, names),
        };
        Court {
            base,
            names,
            rules: self.rules,
            pending: self.pending,
            pins: self.pins,
            used: self.used,
            today: self.today,
            when,
            forge: self.forge,
            overdue: self.overdue,
            rejected: self.rejected,
            threads: self.threads,
        }
    }

    /// Judges the entries of a tree by itself, in which nothing was accepted, so that nothing can be missing.
    pub fn alone(&self, base: &Base, changes: &ChangeSet) -> Heard {
        let judgement = self.court(base).judge(changes, self.head);
        Heard { judgement, spent: BTreeSet::new(), kept: BTreeSet::new() }
    }

    /// Judges the changes of a head. It withholds absences that do not count as removals, and judges the rest. A pass
    /// and a check use the same code.
    pub fn hear(
        &self,
        base: &Base,
        changes: &mut ChangeSet,
        strays: &mut Strays,
        absences: &mut Absences<'_>,
        findings: &mut Vec<Finding>,
    ) -> Heard {
        let pending = self.pending.map(|rules| knowing(rules, &base.renamed));
        let (released, waiting) = if self.is_released { (pending, None) } else { (None, pending) };
        let in_force: Vec<&Rules> =
            [Some(&**self.rules), released.as_deref()].into_iter().flatten().collect();
        let needed = left::too_few(&in_force, base, changes, self.today);
        let last = changes.withhold_last(&needed);
        // What else changes in these entries would bring the new end along.
        changes.leave_unjudged(|key| needed.contains(key));
        findings.extend(last.iter().map(|(person, file)| left::finding(person, file)));
        let mut ends = EndsAhead::find(changes, absences, self.today);
        let waits = absences.weigh(changes, strays, None);
        wait(changes, waits, findings);
        let mut spent = absences.release(changes);
        changes.witnessed(witnesses(self.rules, base, changes, self.head, self.today));
        let kept = left::authority_kept(&in_force, base, changes, self.today);
        findings.extend(left::running_out(self.rules, base, self.today));
        findings.extend(waiting.and_then(|waiting| {
            left::beside_removals(self.rules, &waiting, base, &changes.takes, self.today)
        }));
        findings.extend(self.court(base).revokers(changes, self.head));
        ends.take_out(changes);
        let (judgement, let_go) = self.judge(base, changes, strays, absences);
        findings.extend(ends.settle(changes, &judgement, absences.patience));
        spent.extend(let_go);
        Heard { judgement, spent, kept }
    }

    /// Judges the changes. A refused entry withholds the absences in its file, and the entries that it would replace
    /// elsewhere. A person who stays for that reason makes no room for another, so more entries may be refused. It
    /// returns the digests of the releases that let something go.
    fn judge(
        &self,
        base: &Base,
        changes: &mut ChangeSet,
        strays: &mut Strays,
        absences: &mut Absences<'_>,
    ) -> (Judgement, BTreeSet<Digest>) {
        let mut spent = BTreeSet::new();
        let mut judgement = self.court(base).judge(changes, self.head);
        while strays.refused(changes, &judgement, base) {
            let before = changes.takes.len();
            absences.weigh(changes, strays, Some(&judgement));
            spent.extend(absences.release(changes));
            if changes.takes.len() == before {
                break;
            }
            judgement = self.court(base).judge(changes, self.head);
        }
        (judgement, spent)
    }

    /// Returns the verdicts as if the waiting removals were not asked for, because a person who stays makes no room for
    /// another. It is `None` if that changes nothing.
    pub fn without(
        &self,
        base: &Base,
        changes: &ChangeSet,
        waits: &dyn Fn(&Removal) -> bool,
    ) -> Option<Judgement> {
        if !makes_room(base, changes, self.rules, self.pending) || !changes.takes.iter().any(waits) {
            return None;
        }
        let mut asked_for = changes.clone();
        asked_for.takes.retain(|removal| !waits(removal));
        Some(self.court(base).judge(&asked_for, self.head))
    }
}

/// Takes absences that have not lasted out of the changes, and reports them.
fn wait(changes: &mut ChangeSet, waiting: BTreeSet<GrantKey>, findings: &mut Vec<Finding>) {
    if waiting.is_empty() {
        return;
    }
    for key in &waiting {
        let GrantKey { application, unit, person, .. } = key;
        let message = text!(
            en: "{application} at {unit} of `{person}` is gone from the tree",
            nb: "{application} ved {unit} for `{person}` er borte fra filene"
        );
        let way_out = text!(
            en: "It counts when it has been gone long enough; put it back if it was not meant.",
            nb: "Det teller når det har vært borte lenge nok; legg det tilbake hvis det ikke var meningen."
        );
        findings.push(Finding::new(Code::WaitingToLast, message, way_out));
    }
    changes.wait(waiting);
}
