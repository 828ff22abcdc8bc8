//! Absence must last, because editors, rsync and `git pull` delete a file before they write it (law of the same
//! name).
//!
//! The absence must last without a break. If a file is seen again, or an event names it as written, the wait begins
//! anew. A file that comes and goes for twenty times as long is reported, and two administrators may release it.
//!
//! An earlier end that lies ahead must have stood in its file for as long. One that comes and goes only waits on, because
//! it takes nothing before its day, and on its day it does not wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{FilePath, GrantKey, TrustId};
use crate::planted::PlantedFault;

/// The time that something must have been gone before it counts as removed.
#[derive(Debug, Default)]
pub enum Patience {
    /// No wait: somebody ran the program on the directory as it is, or the tree is a commit.
    #[default]
    None,
    /// A wait: a daemon watches a directory that others write to.
    Lasting(Lasting),
}

/// If absence need not last, a file that appears and one that vanishes within this time are one change.
const ONE_CHANGE: Duration = Duration::from_secs(30);

/// If something comes and goes for this many waits, it is reported.
const BLINKS: u32 = 20;

/// Remembers since when something has been gone. A restart forgets it, which can only delay a removal.
#[derive(Debug)]
pub struct Lasting {
    grace: Duration,
    missing: BTreeMap<GrantKey, MissingEntry>,
}

/// An entry that is missing, or that ends earlier in its file.
#[derive(Debug)]
struct MissingEntry {
    /// The earlier end. It is `None` if the entry is gone.
    until: Option<Date>,
    /// The time by the trusted clock since when the earlier end has stood in the file, for people to read.
    stands: Option<Timestamp>,
    /// The moment when it was first missed.
    first: Instant,
    /// The moment since when it has been gone without a break.
    since: Instant,
    seen: u32,
    /// The moment since when it is there again.
    back: Option<Instant>,
    /// A pass has been told that the absence has lasted. It may stay in this map after that: held by the budget, or
    /// carried out and not looked at again.
    told: bool,
}

impl MissingEntry {
    fn new(until: Option<Date>, moment: Instant) -> Self {
        Self { until, stands: None, first: moment, since: moment, seen: 0, back: None, told: false }
    }

    /// Begins the wait anew.
    fn wait_anew(&mut self, moment: Instant) {
        (self.since, self.seen, self.told, self.stands) = (moment, 0, false, None);
    }
}

/// The state of an absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// The absence has not lasted long enough yet.
    Waits,
    /// The absence has lasted long enough.
    Lasted,
    /// The entry has come and gone for a long time.
    Blinks,
}

impl Lasting {
    /// Makes a new memory. Something counts as gone after this time, when at least two passes have missed it.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self { grace, missing: BTreeMap::new() }
    }

    /// Returns the moment at which the next absence will have lasted long enough. It is `None` if no absence waits
    /// for that.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        let waits = self.missing.values().filter(|missing| !missing.told && missing.back.is_none());
        waits.map(|missing| missing.since + self.grace).min()
    }

    /// Returns since when this entry has been missing. It is `None` if the entry is not missing.
    #[must_use]
    pub fn since(&self, key: &GrantKey) -> Option<Instant> {
        self.missing.get(key).filter(|missing| missing.back.is_none()).map(|missing| missing.since)
    }

    /// Looks at an entry that is missing, or that ends earlier. What was seen otherwise in between, or says another end
    /// now, is waited for anew.
    fn look(&mut self, key: &GrantKey, until: Option<Date>, moment: Instant) -> Absence {
        let missing = self.missing.entry(key.clone()).or_insert_with(|| MissingEntry::new(until, moment));
        let is_back = missing.back.take().is_some() && !PlantedFault::BlinkIsGone.is_planted();
        if is_back || missing.until != until {
            missing.until = until;
            missing.wait_anew(moment);
        }
        missing.seen += 1;
        let gone = moment.saturating_duration_since(missing.since);
        let lasted = missing.seen >= 2 && gone >= self.grace;
        missing.told |= lasted;
        let blinks = moment.saturating_duration_since(missing.first) >= self.grace.saturating_mul(BLINKS);
        match (lasted, blinks && missing.first != missing.since) {
            (true, _) => Absence::Lasted,
            (false, true) => Absence::Blinks,
            (false, false) => Absence::Waits,
        }
    }
}

impl Patience {
    /// Returns how long an absence must last. Without patience, it is the time within which two events count as one
    /// change.
    #[must_use]
    pub fn grace(&self) -> Duration {
        match self {
            Self::None => ONE_CHANGE,
            Self::Lasting(lasting) => lasting.grace,
        }
    }

    /// Returns the state of this absence, as seen at `moment`.
    pub fn absence(&mut self, key: &GrantKey, moment: Option<Instant>) -> Absence {
        let (Self::Lasting(lasting), Some(moment)) = (self, moment) else { return Absence::Lasted };
        lasting.look(key, None, moment)
    }

    /// Returns since when this earlier end has stood in its file, as seen at `moment`. It is `None` if the end has stood
    /// for long enough. `now` is the time by the trusted clock.
    pub fn earlier_end(
        &mut self,
        key: &GrantKey,
        until: Date,
        (moment, now): (Option<Instant>, Timestamp),
    ) -> Option<Timestamp> {
        let (Self::Lasting(lasting), Some(moment)) = (self, moment) else { return None };
        match lasting.look(key, Some(until), moment) {
            Absence::Lasted => None,
            Absence::Waits | Absence::Blinks => {
                lasting.missing.get_mut(key).map(|missing| *missing.stands.get_or_insert(now))
            }
        }
    }

    /// Notes that these files were seen or written since the last pass. The wait for their entries begins anew. A folder
    /// stands for the files below it.
    pub fn seen(
        &mut self,
        paths: &BTreeSet<FilePath>,
        moment: Instant,
        trust_of: impl Fn(&GrantKey) -> Option<TrustId>,
    ) {
        if paths.is_empty() || PlantedFault::BlinkIsGone.is_planted() {
            return;
        }
        if let Self::Lasting(lasting) = self {
            for (key, missing) in &mut lasting.missing {
                let path = trust_of(key).map(|trust| FilePath::of_person(&trust, &key.person));
                if path.is_some_and(|path| is_named(paths, &path)) {
                    missing.wait_anew(moment);
                }
            }
        }
    }

    /// Begins the wait for these entries anew, from the next look on. There is no wait before it.
    pub fn begin_anew(&mut self, keys: impl IntoIterator<Item = GrantKey>) {
        if let Self::Lasting(lasting) = self {
            for key in keys {
                lasting.missing.remove(&key);
            }
        }
    }

    /// Notes entries that are no longer missing. It forgets an entry after it has been back for as long as it had to
    /// be gone. `seen` are the absences and the earlier ends of this pass. `looked` tells which grants this pass looked at.
    pub fn keep(&mut self, seen: &BTreeSet<GrantKey>, moment: Instant, looked: impl Fn(&GrantKey) -> bool) {
        if let Self::Lasting(lasting) = self {
            let grace = lasting.grace;
            lasting.missing.retain(|key, missing| {
                if seen.contains(key) || !looked(key) {
                    return true;
                }
                let back = *missing.back.get_or_insert(moment);
                moment.saturating_duration_since(back) < grace
            });
        }
    }
}

/// Returns whether these paths name a file, or a folder that it is in.
fn is_named(paths: &BTreeSet<FilePath>, path: &FilePath) -> bool {
    if PlantedFault::FolderBlinkIsGone.is_planted() {
        return paths.contains(path);
    }
    let mut above = Some(path.as_str());
    while let Some(name) = above {
        if paths.contains(&FilePath::new(name)) {
            return true;
        }
        above = name.rsplit_once('/').map(|(above, _)| above);
    }
    false
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "an `Instant` has no other beginning")]
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

    struct Day {
        start: Instant,
        patience: Patience,
    }

    impl Day {
        fn begun() -> Self {
            let patience = Patience::Lasting(Lasting::new(Duration::from_secs(30)));
            Self { start: Instant::now(), patience }
        }

        fn at(&self, seconds: u64) -> Instant {
            self.start + Duration::from_secs(seconds)
        }

        fn look(&mut self, person: &str, seconds: u64) -> Absence {
            let at = self.at(seconds);
            self.patience.absence(&key(person), Some(at))
        }

        fn there(&mut self, seconds: u64) {
            let at = self.at(seconds);
            self.patience.keep(&BTreeSet::new(), at, |_| true);
        }

        fn next(&self) -> Option<Instant> {
            match &self.patience {
                Patience::Lasting(lasting) => lasting.next(),
                Patience::None => None,
            }
        }
    }

    #[test]
    fn gone_counts_after_the_time_and_two_looks_and_coming_back_starts_anew() {
        let mut day = Day::begun();
        assert_eq!(day.look("a", 0), Absence::Waits);
        assert_eq!(day.look("a", 29), Absence::Waits);
        assert_eq!(day.look("a", 30), Absence::Lasted);
        day.there(60);
        assert_eq!(day.next(), None, "what is there is not waited for");
        assert_eq!(day.look("a", 90), Absence::Waits, "it had come back in between");
        assert_eq!(day.look("b", 200), Absence::Waits, "one look is not enough, however late");
    }

    #[test]
    fn what_was_written_or_glimpsed_in_between_is_waited_for_anew() {
        let mut day = Day::begun();
        let trust = TrustId::new("ahus").unwrap();
        let paths = [FilePath::of_person(&trust, &key("a").person)].into();
        day.look("a", 0);
        let at = day.at(20);
        day.patience.seen(&paths, at, |_| Some(trust.clone()));
        assert_eq!(day.look("a", 31), Absence::Waits);
        assert_eq!(day.look("a", 49), Absence::Waits);
        assert_eq!(day.look("a", 50), Absence::Lasted);
        // A folder that was moved in brought its files. Another folder did not.
        for (folder, expected) in [
            ("desired-state/ahus", Absence::Waits),
            ("desired-state", Absence::Waits),
            ("desired-state/ah", Absence::Lasted),
        ] {
            let mut day = Day::begun();
            day.look("a", 0);
            let at = day.at(20);
            day.patience.seen(&[FilePath::new(folder)].into(), at, |_| Some(trust.clone()));
            assert_eq!(day.look("a", 31), expected, "{folder}");
        }
    }

    #[test]
    fn what_blinks_never_lasts_and_is_told_after_twenty_times() {
        let mut day = Day::begun();
        let mut told = None;
        for second in (0..900).step_by(10) {
            if second % 20 == 0 {
                day.there(second);
            } else {
                match day.look("a", second) {
                    Absence::Lasted => panic!("it was there ten seconds before"),
                    Absence::Blinks => told = told.or(Some(second)),
                    Absence::Waits => {}
                }
            }
        }
        assert_eq!(told, Some(610), "twenty times thirty seconds after it was missed first");
        day.there(1000);
        day.there(1030);
        assert_eq!(day.look("a", 1040), Absence::Waits, "it had been there for long enough");
    }

    #[test]
    fn an_earlier_end_is_waited_for_by_its_day_and_anew_after_it_was_gone() {
        let mut day = Day::begun();
        let [may, june] = ["2026-05-31", "2026-06-30"].map(|day| day.parse::<Date>().unwrap());
        let now = |seconds: u64| Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
        let mut end = |until, seconds| {
            let at = day.at(seconds);
            day.patience.earlier_end(&key("a"), until, (Some(at), now(seconds)))
        };
        assert_eq!(end(june, 0), Some(now(0)));
        assert_eq!(end(june, 29), Some(now(0)), "the time that people read stays");
        assert_eq!(end(may, 30), Some(now(30)), "it is another end");
        assert_eq!(end(may, 59), Some(now(30)));
        assert_eq!(end(may, 60), None);
        assert_eq!(end(may, 61), None, "it may be held by the budget");
        assert_eq!(day.look("a", 70), Absence::Waits, "the file is gone, which is something else");
        day.there(80);
        let at = day.at(90);
        assert_eq!(day.patience.earlier_end(&key("a"), may, (Some(at), now(90))), Some(now(90)));
        assert_eq!(day.next(), Some(day.at(120)));
        let moment = Some(day.at(90));
        assert_eq!(Patience::None.earlier_end(&key("a"), may, (moment, now(90))), None);
    }

    #[test]
    fn what_has_lasted_is_not_waited_for_again() {
        let mut day = Day::begun();
        day.look("a", 0);
        day.look("b", 10);
        assert_eq!(day.next(), Some(day.at(30)));
        assert_eq!(day.look("a", 30), Absence::Lasted);
        assert_eq!(day.next(), Some(day.at(40)), "`a` may be held by the budget for days");
        assert_eq!(day.look("a", 31), Absence::Lasted, "and has lasted all the same");
    }
}
