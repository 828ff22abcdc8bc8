//! This module compares what is remembered about the register as a whole with the ledger. If they differ, the ledger
//! counts: a value that it never recorded has no effect.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::decide::{MemoryPart, Rest, Today, Trusted, day_in};
use portvakt_core::model::Digest;
use portvakt_core::plan::BudgetUse;
use portvakt_core::zone::time_zone;
use portvakt_database::Connection;

use super::Bound;
use crate::memory;
use crate::memory::{AskedSlots, Covered, MemoryError, Slot, SlotTable};

/// The digests of the policies and the settings in force.
pub type RuleDigests = (Digest, Digest);

impl Bound {
    /// Returns whether the ledger can confirm everything: its entries bind everything, and the chain is not broken.
    fn bears(&self) -> bool {
        self.binds_all() && self.broken.is_none()
    }

    /// Returns the rules in force. If the memory differs, they are the ledger's rules. It returns `None` before the
    /// first baseline.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn rules(&self, conn: &Connection) -> Result<Option<(RuleDigests, Option<Rest>)>, MemoryError> {
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

    /// Returns whether the ledger says that the settings in force count the files `.gitattributes`. Then nothing else
    /// that the memory says about such files counts. With a broken ledger no such file is accepted.
    #[must_use]
    pub fn counts_attributes(&self) -> bool {
        self.whole.with_attributes || self.broken.is_some()
    }

    /// Returns the valid releases, and then the releases in the memory that nobody gave, or that are spent. If the chain is
    /// broken, no release is valid.
    ///
    /// # Errors
    /// When the memory cannot be read or is damaged.
    pub fn releases(
        &self,
        conn: &Connection,
        (now, today): (Timestamp, &Today),
    ) -> Result<(BTreeSet<Digest>, BTreeSet<Digest>), MemoryError> {
        let found = memory::releases(conn, now)?;
        if self.broken.is_some() {
            return Ok((BTreeSet::new(), BTreeSet::new()));
        }
        if !self.binds_all() {
            let given = found.into_iter().filter(|given| given.at <= now);
            return Ok((given.map(|given| given.digest).collect(), BTreeSet::new()));
        }
        let live = self.whole.live(now, today);
        let (given, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| self.whole.releases.contains_key(found));
        let live = given.into_iter().filter(|given| live.contains(given)).map(|given| given.digest).collect();
        Ok((live, others.into_iter().map(|given| given.digest).collect()))
    }

    /// Returns every release that was given by this moment and not yet spent, at any age. It returns none if the ledger
    /// cannot confirm them.
    #[must_use]
    pub fn given(&self, now: Timestamp) -> BTreeSet<super::GivenRelease> {
        let given = self.whole.releases.iter().filter(|(_, from)| self.bears() && from.shown <= now);
        given.map(|(given, _)| given.clone()).collect()
    }

    /// Returns the sets of policies that were proved on this host, each with the digest of what proved it. The ledger alone
    /// says so: nothing that is written beside it vouches for a set. If the chain is broken, nothing is proved.
    #[must_use]
    pub fn proved(&self) -> BTreeMap<Digest, Digest> {
        if self.broken.is_some() { BTreeMap::new() } else { self.whole.proved.clone() }
    }

    /// Returns the statements of reviewers that a later one of the same reviewer about the same list has replaced. It also
    /// holds of a broken ledger, up to the break.
    #[must_use]
    pub fn replaced_statements(&self) -> &BTreeSet<Digest> {
        self.whole.reviewed.replaced()
    }

    /// Returns the day of the last review of each trust that began to count, by the id of the trust. It holds as
    /// [`Bound::replaced_statements`] does.
    #[must_use]
    pub fn last_reviews(&self) -> &BTreeMap<String, Date> {
        self.whole.reviewed.last()
    }

    /// Returns what the budgets for removals and additions have spent in the seven days before a moment. Each is the
    /// larger value of memory and ledger. The third value is set if the memory has fewer removals than the ledger.
    ///
    /// # Errors
    /// When the memory cannot be read or is damaged.
    pub fn used(
        &self,
        conn: &Connection,
        moment: Timestamp,
    ) -> Result<(BudgetUse, BudgetUse, Option<Rest>), MemoryError> {
        let (mut removed, mut added) = (memory::used(conn, moment)?, memory::additions_used(conn, moment)?);
        if !self.bears() {
            return Ok((removed, added, None));
        }
        let (removals, additions) = self.whole.used(moment);
        let less = larger(&mut removed, &removals);
        larger(&mut added, &additions);
        Ok((removed, added, less.then_some(Rest::Budget)))
    }

    /// Returns the last trusted moment with its day, limited by the ledger. The moment is not before the last entry of
    /// a pass, and the day is not later than the day of that moment. If the memory has no readable moment, it is the
    /// ledger's.
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
            // The remembered time zone is not valid, so the zone of the accepted register is used.
            None => trusted = at(trusted.instant, zone).unwrap_or(trusted),
        }
        let differs = (found.as_ref() != Some(&trusted)).then_some(Rest::Clock);
        Ok((Some(trusted), differs))
    }

    /// Returns the latest moment that the ledger shows to have passed. The trusted moment may lie after it, because a pass
    /// that records nothing moves it on. Nothing in the ledger confirms that part of it, so nothing begins or ends by it
    /// while the clock says something else. It also holds of a broken ledger, up to the break.
    #[must_use]
    pub fn shows_passed(&self) -> Option<Timestamp> {
        self.whole.floor.or(self.walk.latest())
    }

    /// Returns a finding if, by the ledger, more people without a key here have access than the `named` ones, who are
    /// reported by name.
    #[must_use]
    pub fn keyless_besides(&self, named: usize) -> Option<Rest> {
        (self.bears() && self.keyless > named).then_some(Rest::Keyless)
    }

    /// Returns the parts that differ from what the ledger bound last. Every row of them is read.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn parts_that_differ(&self, conn: &Connection) -> Result<BTreeSet<Rest>, MemoryError> {
        self.parts_that_differ_in(conn, &AskedSlots::Every)
    }

    /// Does the same, but compares only these slots of what is bound slot by slot. What an older version bound is
    /// compared as a whole.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn parts_that_differ_in(
        &self,
        conn: &Connection,
        asked: &AskedSlots,
    ) -> Result<BTreeSet<Rest>, MemoryError> {
        let Some(bound) = self.whole.parts.as_ref().filter(|_| self.bears()) else {
            return Ok(BTreeSet::new());
        };
        let covered = match self.whole.slots {
            Some(_) => Covered::BesidesSlots,
            None => Covered::Everything,
        };
        let now = memory::parts_covering(conn, covered)?;
        let parts = now.into_iter().filter(|(name, digest)| bound.get(name) != Some(digest));
        let mut differ: BTreeSet<Rest> =
            parts.map(|(name, _)| Rest::Part(MemoryPart::of_word(&name))).collect();
        differ.extend(self.slots_that_differ(conn, asked)?);
        if self.asked_differs(conn)? {
            differ.insert(Rest::Part(MemoryPart::Asked));
        }
        Ok(differ)
    }

    /// Returns the parts with a slot among these that differs from what the ledger bound last. If only some slots are
    /// compared, what was found before still differs. It returns none if the ledger cannot tell.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn slots_that_differ(
        &self,
        conn: &Connection,
        asked: &AskedSlots,
    ) -> Result<BTreeSet<Rest>, MemoryError> {
        match self.whole.slots.as_ref().filter(|_| self.bears()) {
            Some(slots) => {
                let differ = slots.differ(conn, asked)?.into_iter();
                Ok(differ.chain(self.found.besides(asked)).map(Rest::Part).collect())
            }
            None => Ok(BTreeSet::new()),
        }
    }

    /// Returns whether the memory cannot be asked which of these statements have served: it differs from the ledger, or the
    /// ledger is broken.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn doubts_served(
        &self,
        conn: &Connection,
        statements: &BTreeSet<Digest>,
    ) -> Result<bool, MemoryError> {
        if self.broken.is_some() {
            return Ok(true);
        }
        let asked = AskedSlots::These(statements.iter().map(Slot::of_served).collect());
        let differ = match self.whole.slots {
            Some(_) => self.slots_that_differ(conn, &asked)?,
            None => self.parts_that_differ_in(conn, &asked)?,
        };
        Ok(differ.contains(&Rest::Part(SlotTable::Served.part())))
    }

    /// Returns those of these statements that are known to have served. The memory need not be asked about them again.
    #[must_use]
    pub fn known_to_have_served(&self, statements: &BTreeSet<Digest>) -> BTreeSet<Digest> {
        self.served.intersection(statements).copied().collect()
    }

    /// Remembers these statements that have served. The memory that said so matched the ledger.
    pub fn keep_served(&mut self, served: BTreeSet<Digest>) {
        self.served = served;
    }

    /// Remembers which parts differed when these slots were compared. They differ until every slot was compared
    /// again, even for callers that ask about other slots.
    pub fn keep_differing(&mut self, differ: &BTreeSet<Rest>, asked: &AskedSlots) {
        if !self.bears() {
            // Nothing was compared.
            return;
        }
        let bound_in_slots = |part: &MemoryPart| SlotTable::ALL.iter().any(|table| table.part() == *part);
        let parts = differ.iter().filter_map(|rest| match rest {
            Rest::Part(part) if bound_in_slots(part) => Some(part.clone()),
            _ => None,
        });
        let at = self.walk.head().map_or(0, |head| head.seq);
        self.found.keep(parts.collect(), asked, at);
    }

    /// Returns the digests of the parts without the rows that slots bind. It does so if an older version bound the
    /// memory without slots, and the rows that slots will bind are still as that version bound them. A part that
    /// differs otherwise keeps the digest that it had.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn parts_before_slots(
        &self,
        conn: &Connection,
    ) -> Result<Option<BTreeMap<String, Digest>>, MemoryError> {
        let without = self.bears() && self.whole.slots.is_none();
        let Some(bound) = self.whole.parts.as_ref().filter(|_| without) else { return Ok(None) };
        let whole = memory::parts_covering(conn, Covered::Everything)?;
        let in_slots = SlotTable::ALL.map(SlotTable::part);
        if in_slots.iter().any(|part| bound.get(part.word()) != whole.get(part.word())) {
            return Ok(None);
        }
        let now = memory::parts_covering(conn, Covered::BesidesSlots)?;
        let bind = |(name, now): (String, Digest)| {
            let in_slots = in_slots.contains(&MemoryPart::of_word(&name));
            let digest = if in_slots { Some(now) } else { bound.get(&name).copied() };
            digest.map(|digest| (name, digest))
        };
        Ok(Some(now.into_iter().filter_map(bind).collect()))
    }

    /// Returns whether the ledger confirms everything except the requests to a register elsewhere. That is so if an
    /// older version wrote its entries.
    #[must_use]
    pub fn asked_is_unbound(&self) -> bool {
        self.bears() && self.whole.asked.is_none()
    }

    /// Returns the requests to a register elsewhere and the work owed in Rapporteket that are still open by the
    /// ledger. It returns `None` if the ledger cannot tell.
    #[must_use]
    pub fn open(&self) -> Option<&memory::OpenWork> {
        self.whole.asked.as_ref().filter(|_| self.bears())
    }

    /// Returns the numbers of the report debts that are as the ledger left them. Only the rows that the ledger leaves open are
    /// read. It returns all of them if the ledger cannot tell.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn debts(&self, conn: &Connection) -> Result<BTreeSet<i64>, MemoryError> {
        let Some(bound) = self.open() else {
            return Ok(memory::open_requests(conn)?
                .keys()
                .filter_map(|name| memory::debt_of(name))
                .collect());
        };
        let owed = bound.keys().filter(|name| memory::debt_of(name).is_some());
        let found = memory::asked_among(conn, owed)?;
        let as_left = found.iter().filter(|(name, digest)| bound.get(*name) == Some(*digest));
        Ok(as_left.filter_map(|(name, _)| memory::debt_of(name)).collect())
    }

    /// Returns whether the open requests to a register elsewhere, or the work owed in Rapporteket, differ from what
    /// is open by the ledger.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn asked_differs(&self, conn: &Connection) -> Result<bool, MemoryError> {
        match self.open() {
            Some(bound) => Ok(memory::open_requests(conn)? != *bound),
            None => Ok(false),
        }
    }
}

fn day_of(instant: Timestamp, zone: &str) -> Option<Date> {
    time_zone(zone).ok().map(|zone| day_in(&zone, instant))
}

fn at(instant: Timestamp, zone: &str) -> Option<Trusted> {
    day_of(instant, zone).map(|day| Trusted { instant, day, zone: zone.to_owned() })
}

/// Takes the larger value of each count. It returns whether any charge was larger than the known value.
fn larger(known: &mut BudgetUse, charged: &BudgetUse) -> bool {
    let mut less = known.all < charged.all;
    known.all = known.all.max(charged.all);
    for (trust, people) in &charged.trusts {
        let at = known.trusts.entry(trust.clone()).or_default();
        less |= *at < *people;
        *at = (*at).max(*people);
    }
    less
}
