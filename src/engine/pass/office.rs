//! The basis for a decision of a pass, or of a person on the host: the rules in force and the trusted day. Both are
//! taken from memory only as far as the ledger confirms them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use portvakt_core::change::Base;
use portvakt_core::decide::{Rest, Today, Trusted};
use portvakt_core::judge::{Authority, Rules};
use portvakt_database::Connection;

use super::asked::PassError;
use super::distrust;
use super::shelf::Shelf;
use crate::memory;

/// The rules in force and the trusted day.
#[derive(Debug)]
pub struct Office {
    /// The rules in force.
    pub rules: Arc<Rules>,
    /// The last trusted moment; `None` before the first baseline.
    pub last: Option<Trusted>,
    /// The day to judge by, and whether the clock is trusted.
    pub clock: Today,
    /// Parts of memory about the rules and the day that differ from the ledger.
    pub differs: BTreeSet<Rest>,
}

impl Office {
    /// Reads the rules and the day from memory and compares them with the ledger.
    ///
    /// # Errors
    /// When nothing has been accepted yet, or the memory cannot be read.
    pub fn of(conn: &Connection, shelf: &mut Shelf, now: Timestamp) -> Result<Self, PassError> {
        let ((policies, settings), other) = shelf.ledger(conn)?.rules(conn)?.ok_or(PassError::NoBaseline)?;
        let rules = shelf.remembered(conn, &policies, &settings)?;
        let zone = &rules.register.time_zone;
        let ledger = shelf.ledger(conn)?;
        let (last, moved) = ledger.trusted(conn, zone)?;
        let clock = Today::at(now, zone, last.as_ref(), ledger.shows_passed())?;
        Ok(Self { last, clock, differs: other.into_iter().chain(moved).collect(), rules })
    }

    /// Returns the people who have authority on the trusted day, and on the one before the clock went back. A role that was written into the database by hand
    /// gives no authority.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub fn authority(&self, conn: &Connection, shelf: &mut Shelf) -> Result<Authority, PassError> {
        let everybody_in_office = memory::WantedOfBase::default();
        let mut base: Base =
            memory::base_as_it_stands(conn, &self.rules.register, Some(&everybody_in_office))?;
        distrust::correct(shelf.ledger(conn)?, conn, &mut base)?;
        Ok(Authority::on(&self.rules.register, &base, &[self.clock.day, self.clock.told]))
    }
}
