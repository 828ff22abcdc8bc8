//! What is remembered of the register as a whole, held against the ledger. Where they differ the ledger is the record: what
//! it never wrote counts for nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::decide::{Rest, Trusted};
use portvakt_core::model::Digest;
use portvakt_core::plan::Used;
use portvakt_database::Connection;

use super::Bound;
use crate::memory;
use crate::memory::MemoryError;

/// The digests of policies and settings.
pub type InForce = (Digest, Digest);

impl Bound {
    /// Whether the ledger bears all of it out: its entries bind it, and it holds.
    fn bears(&self) -> bool {
        self.binds_all() && self.broken.is_none()
    }

    /// The rules in force: the ledger's, where what is remembered is something else. `None` before the first baseline.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn rules(&self, conn: &Connection) -> Result<Option<(InForce, Option<Rest>)>, MemoryError> {
        let found = match memory::accepted_rules(conn) {
            Err(MemoryError::Damaged(_)) if self.whole.rules.is_some() => None,
            other => other?,
        };
        let recorded = self.whole.rules.filter(|_| self.broken.is_none());
        Ok(match (found, recorded) {
            (found, Some(recorded)) if found != Some(recorded) => Some((recorded, Some(Rest::Rules))),
            (found, _) => found.map(|found| (found, None)),
        })
    }

    /// The releases that live, and those that stand among them without being given. While the ledger does not hold, none
    /// live.
    ///
    /// # Errors
    /// When the memory cannot be read or is damaged.
    pub fn releases(
        &self,
        conn: &Connection,
        now: Timestamp,
    ) -> Result<(BTreeSet<Digest>, BTreeSet<Digest>), MemoryError> {
        let found = memory::releases(conn, now)?;
        if self.broken.is_some() {
            return Ok((BTreeSet::new(), BTreeSet::new()));
        }
        let given = if self.binds_all() { self.whole.live(now) } else { found.clone() };
        let (live, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| given.contains(found));
        let digests = |given: Vec<super::Given>| given.into_iter().map(|given| given.digest).collect();
        Ok((digests(live), digests(others)))
    }

    /// Every release that was given and has not served, however old; none where the ledger cannot tell.
    #[must_use]
    pub fn given(&self) -> BTreeSet<super::Given> {
        if self.bears() { self.whole.releases.clone() } else { BTreeSet::new() }
    }

    /// What the budgets for removals and for additions have spent in the seven days before a moment: the larger of what is
    /// remembered and of what the ledger was charged, and whether less is remembered of the removals.
    ///
    /// # Errors
    /// When the memory cannot be read or is damaged.
    pub fn used(
        &self,
        conn: &Connection,
        moment: Timestamp,
    ) -> Result<(Used, Used, Option<Rest>), MemoryError> {
        let (mut removed, mut added) = (memory::used(conn, moment)?, memory::additions_used(conn, moment)?);
        if !self.bears() {
            return Ok((removed, added, None));
        }
        let (removals, additions) = self.whole.used(moment);
        let less = larger(&mut removed, &removals);
        larger(&mut added, &additions);
        Ok((removed, added, less.then_some(Rest::Budget)))
    }

    /// The last trusted moment with its day, within what the ledger allows: not before the last entry a pass has written,
    /// and no later day than that moment's. Where it is missing or cannot be read, it is the ledger's.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn trusted(
        &self,
        conn: &Connection,
        zone: &str,
    ) -> Result<(Option<Trusted>, Option<Rest>), MemoryError> {
        let found = match memory::trusted(conn, zone) {
            Err(MemoryError::Damaged(_)) => None,
            other => other?,
        };
        let recorded = self.whole.floor.filter(|_| self.broken.is_none());
        let Some(mut trusted) = found.clone() else {
            let last = recorded.or(self.walk.latest());
            let trusted = last.and_then(|last| at(last, zone));
            let differs = trusted.is_some().then_some(Rest::Clock);
            return Ok((trusted, differs));
        };
        if let Some(recorded) = recorded.filter(|recorded| trusted.instant < *recorded) {
            trusted.instant = recorded;
        }
        match day_of(trusted.instant, &trusted.zone) {
            Some(day) => trusted.day = trusted.day.min(day),
            // No time zone at all: the accepted register's.
            None => trusted = at(trusted.instant, zone).unwrap_or(trusted),
        }
        let differs = (found.as_ref() != Some(&trusted)).then_some(Rest::Clock);
        Ok((Some(trusted), differs))
    }

    /// That more people have access by the ledger and no key here than the `named`, of whom something is told by name.
    #[must_use]
    pub fn keyless_besides(&self, named: usize) -> Option<Rest> {
        (self.bears() && self.keyless > named).then_some(Rest::Keyless)
    }

    /// The parts that are not what was bound last.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn parts_that_differ(&self, conn: &Connection) -> Result<BTreeSet<Rest>, MemoryError> {
        let Some(bound) = self.whole.parts.as_ref().filter(|_| self.bears()) else {
            return Ok(BTreeSet::new());
        };
        let now = memory::parts(conn)?;
        let parts = now.into_iter().filter(|(name, digest)| bound.get(name) != Some(digest));
        Ok(parts.map(|(name, _)| Rest::Part(name)).collect())
    }
}

fn day_of(instant: Timestamp, zone: &str) -> Option<Date> {
    instant.in_tz(zone).ok().map(|local| local.date())
}

fn at(instant: Timestamp, zone: &str) -> Option<Trusted> {
    day_of(instant, zone).map(|day| Trusted { instant, day, zone: zone.to_owned() })
}

/// Takes the larger of each; tells whether there was more than was known.
fn larger(known: &mut Used, charged: &Used) -> bool {
    let mut less = known.all < charged.all;
    known.all = known.all.max(charged.all);
    for (trust, people) in &charged.trusts {
        let at = known.trusts.entry(trust.clone()).or_default();
        less |= *at < *people;
        *at = (*at).max(*people);
    }
    less
}
