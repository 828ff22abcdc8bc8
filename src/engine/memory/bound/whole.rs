//! This module keeps what the ledger says about the register as a whole: the rules in force, the releases that two
//! people gave and that are not spent, the proofs of policies that were made here, the charges of the budgets, the trusted
//! clock, and a digest of each other part.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use portvakt_core::decide::Today;
use portvakt_core::model::{Digest, TrustId};
use portvakt_core::plan::BudgetUse;
use serde::{Deserialize, Serialize};

use super::reviewed::{LatestStatements, ReviewedEntry};
use super::slots::BoundSlots;
use crate::ledger::{EntryKind, Link};
use crate::memory::SlotChanges;
use crate::memory::spending::{Charge, GivenRelease, RELEASE_HOURS};
use crate::memory::unwatched::Unwatched;
use crate::memory::{owed_name, planned_name};

/// What is taken over for the register as a whole, at the first start of a version that binds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOver {
    /// The digest of the policies in force.
    pub policies: Digest,
    /// The digest of the settings in force.
    pub settings: Digest,
    /// The releases that are not spent.
    pub releases: Vec<GivenRelease>,
    /// The charges of the budgets so far.
    pub charges: Vec<Charge>,
    /// The last moment at which the clock was trusted.
    pub clock: Option<Timestamp>,
}

/// The moment from which a release lives. The two differ only if the clock was not believed when it was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct LivesFrom {
    /// The moment up to which time was shown to have passed.
    pub shown: Timestamp,
    /// The time of the clock, as far as it may still be right.
    pub clock: Timestamp,
}

impl LivesFrom {
    /// Returns the moment of a release for which the ledger names no other one.
    fn at(clock: Timestamp) -> Self {
        Self { shown: clock, clock }
    }

    /// Takes the moment along to a date that was confirmed. What was given since the last trusted moment was given by the
    /// confirmed one at the latest. What was too old before stays so.
    fn confirmed(self, before: Option<Timestamp>, instant: Timestamp) -> Self {
        match before {
            Some(before) if !is_young(self.shown, before) => Self::at(Timestamp::MIN),
            Some(before) if self.shown < before => Self::at(self.shown.min(instant)),
            Some(_) | None => Self::at(self.clock.max(self.shown).min(instant)),
        }
    }
}

/// The state of the register as a whole, as far as the ledger has been followed.
#[derive(Debug, Clone, Default)]
pub(super) struct Whole {
    pub rules: Option<(Digest, Digest)>,
    /// Whether the settings in force say which files `.gitattributes` are accepted.
    pub with_attributes: bool,
    /// The releases that are not spent, each with the moment from which it lives.
    pub releases: BTreeMap<GivenRelease, LivesFrom>,
    charges: Vec<Charge>,
    /// The sets of policies that were proved on this host since the last baseline, each with the digest of what proved it.
    pub proved: BTreeMap<Digest, Digest>,
    /// The clock was trusted at this moment or at a later one.
    pub floor: Option<Timestamp>,
    /// The times without a trusted clock that somebody has confirmed to have passed, each with its two ends.
    pub unwatched: Vec<(Timestamp, Timestamp)>,
    /// The latest time of the entries before.
    before: Option<Timestamp>,
    /// The digests of the parts when they were last bound.
    pub parts: Option<BTreeMap<String, Digest>>,
    /// The digests of the slots when they were last bound. It is `None` as long as no entry has bound slots.
    pub slots: Option<BoundSlots>,
    /// The number of the last entry that bound every slot anew.
    pub slots_bound_anew: u64,
    /// Which statements of reviewers are the latest.
    pub reviewed: LatestStatements,
    /// The requests to a register elsewhere that are not over. It is `None` as long as no entry has bound them.
    pub asked: Option<BTreeMap<String, Digest>>,
}

#[derive(Deserialize)]
struct AskedEntry {
    #[serde(default)]
    open: BTreeMap<String, Digest>,
    #[serde(default)]
    over: Vec<String>,
    /// The report debts whose step has happened.
    #[serde(default)]
    owed: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RecordedRules {
    policies: Option<Digest>,
    settings: Option<Digest>,
    /// An older version did not count the files `.gitattributes` among the settings.
    #[serde(default)]
    with_attributes: bool,
}

/// The trusts that got another id with the settings that came into force.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct TrustsRenamedEntry {
    #[serde(default)]
    trusts_renamed: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ReleaseEntry {
    digest: Digest,
    at: Option<Timestamp>,
    shown: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Spent {
    digest: Digest,
}

#[derive(Deserialize)]
struct Proved {
    set: Digest,
    prover: Digest,
}

#[derive(Deserialize)]
struct ClockConfirmedEntry {
    before: Option<Timestamp>,
    instant: Option<Timestamp>,
}

#[derive(Deserialize)]
struct TakenOverEntry {
    rest: TakenOver,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Parts {
    parts: BTreeMap<String, Digest>,
    /// All slots are bound anew from here on.
    slots_named_by: Option<Digest>,
    #[serde(default)]
    slots: SlotChanges,
}

fn link_body<'b, T: Deserialize<'b>>(link: Link<'b>) -> Option<T> {
    serde_json::from_str(link.body).ok()
}

impl Whole {
    /// Applies one entry.
    pub fn apply(&mut self, link: Link<'_>) {
        let Ok(kind) = EntryKind::parse(link.kind) else { return };
        let at: Option<Timestamp> = link.at.parse().ok();
        // If an entry has the same time as the entry before it, the clock may have been behind when it was written.
        let told = at.filter(|at| self.before.is_none_or(|before| before < *at));
        self.before = self.before.max(at);
        match kind {
            EntryKind::Baseline | EntryKind::BaselineAgain => {
                self.put_in_force(link_body(link));
                (self.floor, self.parts, self.slots, self.asked) = (told, None, None, None);
                self.proved.clear();
            }
            EntryKind::Asked => {
                let Some(AskedEntry { open, over, owed }) = link_body(link) else { return };
                let asked = self.asked.get_or_insert_with(BTreeMap::new);
                for name in &over {
                    asked.remove(name);
                }
                for seq in owed {
                    // The planned work is owed, even if the row has changed since.
                    if let Some(digest) = asked.remove(&planned_name(seq)) {
                        asked.insert(owed_name(seq), digest);
                    }
                }
                asked.extend(open);
            }
            EntryKind::ProtectedAccepted => {
                let before = self.rules;
                self.put_in_force(link_body(link));
                self.rules = self.rules.or(before);
                let renamed =
                    link_body::<TrustsRenamedEntry>(link).map(|body| body.trusts_renamed).unwrap_or_default();
                self.charges.iter_mut().for_each(|charge| charge.follow(&renamed));
                self.reviewed.follow(&renamed);
            }
            EntryKind::Released => {
                let Some(ReleaseEntry { digest, at: said, shown }) = link_body(link) else { return };
                let Some(clock) = said.or(at) else { return };
                let lives_from = LivesFrom { shown: shown.unwrap_or(clock), clock };
                self.releases.insert(GivenRelease { digest, at: clock }, lives_from);
            }
            EntryKind::ReleaseSpent => {
                let Some(Spent { digest }) = link_body(link) else { return };
                self.releases.retain(|given, _| given.digest != digest);
            }
            EntryKind::Proved => {
                self.proved.extend(link_body(link).map(|Proved { set, prover }| (set, prover)));
            }
            EntryKind::Reviewed | EntryKind::ReviewShown => {
                if let Some(entry) = link_body::<ReviewedEntry>(link) {
                    self.reviewed.apply(entry, kind == EntryKind::Reviewed);
                }
            }
            EntryKind::Charged => self.charges.extend(link_body::<Charge>(link)),
            EntryKind::ClockConfirmed => {
                let confirmed: Option<ClockConfirmedEntry> = link_body(link);
                let unwatched = confirmed.as_ref().and_then(|c| Unwatched::between(c.before?, c.instant?));
                let ends = confirmed.as_ref().and_then(|c| c.before.zip(c.instant));
                self.unwatched.extend(ends.filter(|(from, to)| unwatched.is_some() && from < to));
                if let Some(unwatched) = unwatched {
                    self.charges.iter_mut().for_each(|charge| charge.at = unwatched.happened_at(charge.at));
                }
                if let Some(ClockConfirmedEntry { before, instant: Some(instant) }) = &confirmed {
                    self.releases.values_mut().for_each(|from| *from = from.confirmed(*before, *instant));
                }
                self.floor = confirmed.and_then(|confirmed| confirmed.instant).or(told);
            }
            EntryKind::Remembered => {
                let Some(Parts { parts, slots_named_by, slots }) = link_body(link) else { return };
                self.parts = Some(parts);
                if let Some(named_by) = slots_named_by {
                    self.slots = Some(BoundSlots::new(named_by));
                    self.slots_bound_anew = link.seq;
                }
                if let Some(bound) = &mut self.slots {
                    bound.apply(slots);
                }
            }
            EntryKind::AdoptedMemory if link.body.contains("\"rest\":{") => {
                let Some(TakenOverEntry { rest }) = link_body(link) else { return };
                self.rules = Some((rest.policies, rest.settings));
                let given = rest.releases.into_iter();
                self.releases = given.map(|given| (given.clone(), LivesFrom::at(given.at))).collect();
                (self.charges, self.floor) = (rest.charges, rest.clock);
            }
            _ => {}
        }
        // An entry of a pass has a moment at which the clock was trusted. An entry about the host has only the time of
        // the clock.
        if matches!(
            kind,
            EntryKind::Accepted
                | EntryKind::Plan
                | EntryKind::Pass
                | EntryKind::Held
                | EntryKind::Refused
                | EntryKind::Mended
        ) {
            self.floor = self.floor.max(told);
        }
    }

    fn put_in_force(&mut self, found: Option<RecordedRules>) {
        self.with_attributes = found.as_ref().is_some_and(|found| found.with_attributes);
        self.rules = found.and_then(digests_in_force);
    }

    /// Returns the releases that two people gave and that are neither spent nor too old. A release lives seven days from the
    /// moment up to which time was shown to have passed when it was given, and no longer than seven days by the clock. So
    /// one that was given on a clock that ran ahead counts at once, and never begins to count later.
    pub fn live(&self, now: Timestamp, today: &Today) -> BTreeSet<GivenRelease> {
        let lives = |(given, from): &(&GivenRelease, &LivesFrom)| {
            from.shown <= today.moment && is_young(from.shown, today.shown) && is_young(given.at, now)
        };
        self.releases.iter().filter(lives).map(|(given, _)| given.clone()).collect()
    }

    /// Returns what the budgets have spent in the seven days before a moment, first for removals and then for
    /// additions.
    pub fn used(&self, now: Timestamp) -> (BudgetUse, BudgetUse) {
        let since = now.checked_sub(RELEASE_HOURS.hours()).unwrap_or(Timestamp::MIN);
        let (mut removals, mut additions) = (BudgetUse::default(), BudgetUse::default());
        for charge in self.charges.iter().filter(|charge| charge.at >= since) {
            add(&mut removals, &charge.removals);
            add(&mut additions, &charge.additions);
        }
        (removals, additions)
    }
}

/// Returns whether a release of this moment has not lived for seven days.
fn is_young(given: Timestamp, now: Timestamp) -> bool {
    given.checked_add(RELEASE_HOURS.hours()).is_ok_and(|end| now < end)
}

fn digests_in_force(found: RecordedRules) -> Option<(Digest, Digest)> {
    found.policies.zip(found.settings)
}

fn add(used: &mut BudgetUse, people: &BTreeMap<String, u32>) {
    for (trust, people) in people {
        used.all = used.all.saturating_add(*people);
        if let Ok(trust) = TrustId::new(trust) {
            let at = used.trusts.entry(trust).or_default();
            *at = at.saturating_add(*people);
        }
    }
}
