//! Judges the changes of a head, in a pass and in a check alike: the verdicts, what they withhold, and what they become
//! where somebody stays who was to leave.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::{Base, ChangeSet, Head, Removal};
use crate::diag::Finding;
use crate::judge::{Court, Forge, Judgement, Pins, Rules, Used, When};
use crate::model::Digest;

use super::accept::makes_room;
use super::withhold::{Absences, Strays};

/// What the changes of one head are judged by.
pub struct Sitting<'a> {
    pub rules: &'a Arc<Rules>,
    /// Rules that the tree would bring and that are not accepted: both must permit.
    pub pending: Option<&'a Arc<Rules>>,
    pub pins: &'a Pins,
    pub used: &'a Used,
    pub head: &'a Head,
    pub today: Date,
    pub forge: Forge,
}

impl Sitting<'_> {
    fn court<'b>(&'b self, base: &'b Base) -> Court<'b> {
        Court {
            base,
            names: base,
            rules: self.rules,
            pending: self.pending,
            pins: self.pins,
            used: self.used,
            today: self.today,
            when: When::Today,
            forge: self.forge,
        }
    }

    /// Advice about those who are said to have taken something back.
    pub fn revokers(&self, base: &Base, changes: &ChangeSet) -> Vec<Finding> {
        self.court(base).revokers(changes, self.head)
    }

    /// Judges the changes. A refused entry withholds what is missing beside it, and what it would take the place of
    /// elsewhere; who stays for that makes no room, so more may be refused. Gives the digests of releases that let
    /// something go.
    pub fn judge(
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

    /// Who stays makes no room: the verdicts as if the removals that wait had not been asked for. `None` where that
    /// changes nothing.
    pub fn without(
        &self,
        base: &Base,
        changes: &ChangeSet,
        waits: &dyn Fn(&Removal) -> bool,
    ) -> Option<Judgement> {
        if !makes_room(base, changes, &self.rules.register) || !changes.takes.iter().any(waits) {
            return None;
        }
        let mut asked_for = changes.clone();
        asked_for.takes.retain(|removal| !waits(removal));
        Some(self.court(base).judge(&asked_for, self.head))
    }
}
