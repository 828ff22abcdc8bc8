//! Decides for each day who must have access, who must not, and who may. It uses only what people meant.
//!
//! A grant has versions. Between the writing of a change and its judgement, either version may be the one that counts.
//! If the law allows both, the case is in doubt, and then the oracle demands nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::desk::{Day, NORTH, TRUSTS, trust_of};

pub const DAY: i64 = 86_400;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub since: i64,
    /// The day of its approval.
    pub on: Day,
    pub role: String,
    pub from: Day,
    pub until: Option<Day>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Meant,
    /// Meant to be over since then, or taken away by a mistake that the law lets act: the request has served.
    Gone(i64),
    /// The law allows it and its absence.
    Doubt,
}

#[derive(Debug, Clone)]
pub struct Grant {
    pub person: String,
    pub trust: String,
    pub application: String,
    pub unit: u32,
    pub request: String,
    pub versions: Vec<Version>,
    /// The first version that may be the one in force.
    pub open: usize,
    pub state: State,
    /// The time when a pass with a correct clock first saw it, with no change over its file.
    pub accepted: Option<i64>,
    /// Rights that passes have given by it.
    pub given: BTreeSet<String>,
    /// The database that knew it was gone has been replaced by an older one.
    pub forgotten: bool,
    /// Passes that missed it although nothing was in the way.
    pub missed: u32,
}

impl Grant {
    pub fn right(&self, version: &Version) -> String {
        format!("{}/{}/{}", self.application, self.unit, version.role)
    }
    pub fn last(&self) -> &Version {
        self.versions.last().unwrap()
    }
    pub fn open(&self) -> &[Version] {
        &self.versions[self.open..]
    }
    pub fn may_give(&self, right: &str) -> bool {
        self.open().iter().any(|version| self.right(version) == right)
    }
    pub fn always_gives(&self, right: &str) -> bool {
        self.open().iter().all(|version| self.right(version) == right)
    }
    pub fn change(&mut self, since: i64, on: Day, change: impl FnOnce(&mut Version)) {
        let mut version = self.last().clone();
        (version.since, version.on) = (since, on);
        change(&mut version);
        self.versions.push(version);
    }
}

pub fn over(version: &Version, day: Day) -> bool {
    version.until.is_some_and(|until| until < day)
}

/// The trust that the program has in the clock of a pass.
#[derive(Debug, Clone, Copy)]
pub struct Date {
    pub steady: bool,
    /// The day that the program trusts.
    pub trusted: Day,
    /// The last day by which something may end.
    pub ends: Day,
    /// The last trusted moment.
    pub moment: Timestamp,
}

/// A removal that counted.
#[derive(Debug, Clone)]
pub struct Loss {
    pub at: i64,
    /// The last trusted moment then: seven days are reckoned by it, since a clock that is not believed tells none.
    pub moment: Timestamp,
    pub person: String,
    pub trust: String,
}

#[derive(Debug, Clone)]
pub struct Oracle {
    pub grants: Vec<Grant>,
    /// The trust of the unit that moves.
    pub north_at: &'static str,
    /// The last moment at which the clock was trusted.
    pub trusted: Option<Timestamp>,
    pub losses: Vec<Loss>,
    pub gains: Vec<Loss>,
    /// The people whose removal or addition two administrators have released, with the time.
    pub released: BTreeMap<String, i64>,
    /// The people who waited when the limits were raised. The old limits count for them.
    pub waited: BTreeSet<String>,
    /// No limit is computed until this time, because the limits were raised or the database was replaced.
    pub unreckoned: i64,
    /// Passes in a row that left a right nobody is meant to have, and since when.
    pub stays: BTreeMap<(String, String), (u32, i64)>,
    /// The content of the store after the last pass.
    pub store: BTreeMap<String, BTreeSet<String>>,
}

impl Default for Oracle {
    fn default() -> Self {
        Self {
            grants: Vec::new(),
            north_at: TRUSTS[0].0,
            trusted: None,
            losses: Vec::new(),
            gains: Vec::new(),
            released: BTreeMap::new(),
            waited: BTreeSet::new(),
            unreckoned: i64::MIN,
            stays: BTreeMap::new(),
            store: BTreeMap::new(),
        }
    }
}

pub fn day(clock: Timestamp) -> Day {
    clock.in_tz("Europe/Oslo").unwrap().date()
}

impl Oracle {
    /// Computes the trusted day of a pass with this clock (law: *the trusted day*).
    pub fn look_at(&mut self, clock: Timestamp) -> Date {
        let trusted = *self.trusted.get_or_insert(clock);
        let ahead = clock.as_second() - trusted.as_second();
        let steady = (-600..=48 * 3600).contains(&ahead);
        if steady && ahead > 0 {
            self.trusted = Some(clock);
        }
        let moment = self.trusted.unwrap();
        let trusted = day(moment);
        Date { steady, trusted, ends: if steady { trusted } else { trusted.max(day(clock)) }, moment }
    }

    /// The trust a right is at, as the settings say that are in force.
    pub fn at(&self, right: &str) -> &'static str {
        match right.split('/').nth(1).unwrap_or_default() {
            unit if unit == NORTH.to_string() => self.north_at,
            unit => trust_of(unit),
        }
    }

    pub fn of<'a>(&'a self, person: &'a str) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(move |grant| grant.person == person)
    }

    /// Returns the number of people, at a trust or in all, as the files mean it.
    pub fn size(&self, trust: Option<&str>, store: &BTreeMap<String, BTreeSet<String>>) -> usize {
        let meant = self
            .grants
            .iter()
            .filter(|grant| !matches!(grant.state, State::Gone(_)))
            .filter(|grant| trust.is_none_or(|trust| grant.trust == trust))
            .map(|grant| grant.person.as_str());
        let stored = store
            .iter()
            .filter(|(_, rights)| rights.iter().any(|right| trust.is_none_or(|t| self.at(right) == t)))
            .map(|(person, _)| person.as_str());
        meant.chain(stored).collect::<BTreeSet<_>>().len()
    }

    /// An older database has taken the place of the one that was written since `at`.
    pub fn restored(
        &mut self,
        at: i64,
        now: i64,
        trusted: Option<Timestamp>,
        given: &[BTreeSet<String>],
        in_tree: impl Fn(&Grant) -> bool,
    ) {
        self.trusted = trusted;
        self.unreckoned = now + 7 * DAY;
        self.stays.clear();
        for (number, grant) in self.grants.iter_mut().enumerate() {
            grant.given = given.get(number).cloned().unwrap_or_default();
            grant.missed = 0;
            grant.open = grant.versions.iter().rposition(|version| version.since <= at).unwrap_or(0);
            if grant.accepted.is_some_and(|accepted| accepted > at) {
                grant.accepted = None;
            }
            if let State::Gone(since) = grant.state
                && since > at
            {
                grant.forgotten = true;
                if in_tree(grant) {
                    grant.state = State::Doubt;
                }
            }
        }
    }
}
