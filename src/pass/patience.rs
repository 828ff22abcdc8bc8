//! Absence must last: editors, rsync and `git pull` unlink before they write (law of the same name).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::GrantKey;

/// How long something must have been gone before it counts as taken out.
#[derive(Debug)]
pub enum Patience {
    /// Somebody ran the program on the directory as it stands.
    None,
    /// A daemon that watches a directory others write to.
    Lasting(Lasting),
}

/// Remembers since when something has been gone. Forgotten at a restart, which is the harmless direction.
#[derive(Debug)]
pub struct Lasting {
    grace: Duration,
    missing: BTreeMap<GrantKey, Missing>,
}

#[derive(Debug)]
struct Missing {
    since: Instant,
    seen: u32,
    /// A pass has been told that it has lasted. It may stay here after that: held by the budget, or carried out
    /// and not looked at again.
    told: bool,
}

impl Lasting {
    /// Something counts as gone after this time, and when at least two passes have missed it.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self { grace, missing: BTreeMap::new() }
    }

    /// The moment at which the next absence will have lasted long enough; `None` where nothing waits for that.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.missing.values().filter(|missing| !missing.told).map(|missing| missing.since + self.grace).min()
    }

    /// Since when this has been missing; `None` where it is not.
    #[must_use]
    pub fn since(&self, key: &GrantKey) -> Option<Instant> {
        self.missing.get(key).map(|missing| missing.since)
    }
}

impl Patience {
    /// Whether this absence has lasted, seen at `moment`.
    pub fn lasted(&mut self, key: &GrantKey, moment: Instant) -> bool {
        match self {
            Self::None => true,
            Self::Lasting(lasting) => {
                let first = Missing { since: moment, seen: 0, told: false };
                let missing = lasting.missing.entry(key.clone()).or_insert(first);
                missing.seen += 1;
                let lasted =
                    missing.seen >= 2 && moment.saturating_duration_since(missing.since) >= lasting.grace;
                missing.told |= lasted;
                lasted
            }
        }
    }

    /// Forgets what is no longer missing. `seen` are the absences of this pass; `looked` tells which grants this
    /// pass looked at.
    pub fn keep(&mut self, seen: &[GrantKey], looked: impl Fn(&GrantKey) -> bool) {
        if let Self::Lasting(lasting) = self {
            lasting.missing.retain(|key, _| seen.contains(key) || !looked(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ApplicationId, PersonId, RequestId, UnitId};

    fn key(person: &str) -> GrantKey {
        GrantKey {
            person: PersonId::new(person).unwrap(),
            application: ApplicationId::new("a").unwrap(),
            unit: UnitId(1),
            request: RequestId::new("R1").unwrap(),
        }
    }

    #[test]
    fn gone_counts_after_the_time_and_two_looks_and_coming_back_starts_anew() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let mut patience = Patience::Lasting(Lasting::new(Duration::from_secs(30)));
        assert!(!patience.lasted(&key("a"), start));
        assert!(!patience.lasted(&key("a"), later(29)));
        assert!(patience.lasted(&key("a"), later(30)));
        patience.keep(&[], |_| true);
        assert!(!patience.lasted(&key("a"), later(90)), "it had come back in between");
        assert!(!patience.lasted(&key("b"), later(200)), "one look is not enough, however late");
    }

    #[test]
    fn what_has_lasted_is_not_waited_for_again() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let mut patience = Patience::Lasting(Lasting::new(Duration::from_secs(30)));
        let next = |patience: &Patience| match patience {
            Patience::Lasting(lasting) => lasting.next(),
            Patience::None => None,
        };
        patience.lasted(&key("a"), start);
        patience.lasted(&key("b"), later(10));
        assert_eq!(next(&patience), Some(later(30)));
        assert!(patience.lasted(&key("a"), later(30)));
        assert_eq!(next(&patience), Some(later(40)), "`a` may be held by the budget for days");
        assert!(patience.lasted(&key("a"), later(31)), "and has lasted all the same");
    }
}
