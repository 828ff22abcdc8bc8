//! Runs two years of a register with eight trusts whose user lists are reviewed (R36). Reviews are in time, late or
//! incomplete, and for some months there are none. New access comes all the time, and access that ends soon is
//! extended. Some ends of a review last until after the next review, which overtakes it. Some rows that a review keeps
//! shall change.
//!
//! The oracle knows what people did and on which day. From that it computes when each review is due, whose new or
//! longer access waits for one, and which review the store has closed. It shares no code with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::{Span, Timestamp};
use portvakt_core::planted::PlantedFault;

use super::chance::Chance;
use super::desk::{Day, Entry, File, LEADER, RAISED, path, register};
use super::number;
use super::teeth::family;
use super::world::{Mode, World, policies};

/// The folder and unit of each trust. Each has a coordinator and two nurses in the beginning.
const TRUSTS: [(&str, u32); 8] = [
    ("trust-a", 200_001),
    ("trust-b", 200_002),
    ("trust-c", 200_003),
    ("trust-d", 200_004),
    ("trust-e", 200_005),
    ("trust-f", 200_006),
    ("trust-g", 200_007),
    ("trust-h", 200_008),
];

const DAYS: i64 = 730;

/// The day from which reviews are asked for. Everybody of the beginning has had access since before it.
const ASKED: Day = jiff::civil::date(2026, 2, 1);
const BEFORE: Day = jiff::civil::date(2026, 1, 5);

/// An approval is renewed before it is too old to be used.
const RENEWED: i64 = 20;

/// An access is extended so long before its last day, and by so many days.
const AHEAD: i64 = 20;
const LONGER: i64 = 150;

/// If a review wants a change, the access gets a last day so far ahead that the review is closed long before.
const CHANGED: i64 = 400;

fn days(number: i64) -> Span {
    Span::new().days(number)
}

/// The same day so many months later, or the last day of a month that has no such day.
fn months_later(day: Day, months: i16) -> Day {
    let month = i16::from(day.month()) - 1 + months;
    let first = jiff::civil::date(day.year() + month / 12, (month % 12 + 1) as i8, 1);
    jiff::civil::date(first.year(), first.month(), day.day().min(first.days_in_month()))
}

fn coordinator(trust: &str) -> String {
    format!("lc.{trust}")
}

/// One trust, as its people know it.
struct Trust {
    name: &'static str,
    unit: u32,
    /// The day of the last review that was answered as a whole.
    last: Option<Day>,
    /// The day on which somebody means to review next.
    next: Day,
    /// A list lies there that was answered by halves.
    half: bool,
    /// The reviews that the store has not closed, oldest first.
    open: Vec<Open>,
    /// The lists that lie there.
    lists: BTreeSet<String>,
}

/// A review that was answered as a whole and is not closed.
struct Open {
    list: String,
    /// The people who lose their access by it, with the first day without it.
    ends: BTreeMap<String, Day>,
    /// The people whose access is to be changed by it.
    changes: BTreeMap<String, Change>,
}

/// The progress of a change that a review asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// A person plans to write it on this day.
    Meant(Day),
    /// It stands in the file.
    Written,
    /// A run has accepted it.
    Accepted,
}

/// An extension that is written and that no run has accepted yet.
struct Extension {
    /// The trust, by its number.
    at: usize,
    /// The entry as it was accepted.
    before: Entry,
    /// The register leader approved it, whom no review stops.
    is_of_the_leader: bool,
}

impl Extension {
    /// Returns whether the accepted access is over.
    fn has_lapsed(&self, today: Day) -> bool {
        self.before.until.is_some_and(|until| until < today)
    }
}

impl Trust {
    fn due(&self) -> Day {
        months_later(self.last.unwrap_or(ASKED), 3)
    }

    fn waits(&self, today: Day) -> bool {
        today > months_later(self.due(), 1)
    }

    fn state(&self, today: Day) -> &'static str {
        let due = self.due();
        if self.waits(today) {
            "escalated"
        } else if today > due {
            "overdue"
        } else if today >= due - days(14) {
            "due-soon"
        } else if self.half {
            "open"
        } else {
            "done"
        }
    }

    /// Plans the next review: in time, late, or so late that new access waits, for weeks or for a whole quarter.
    fn plan(&mut self, chance: &mut Chance) {
        let late = match chance.below(10) {
            0..=4 => -chance.below(12),
            5 | 6 => 1 + chance.below(28),
            7 | 8 => 40 + chance.below(40),
            _ => 130,
        };
        self.next = self.due() + days(late);
    }
}

struct Story {
    world: World,
    chance: Chance,
    trusts: Vec<Trust>,
    files: BTreeMap<(String, String), File>,
    /// Lists, by their paths.
    lists: BTreeMap<String, String>,
    /// People whose access was approved and is not there yet, with their trust.
    coming: BTreeMap<String, usize>,
    /// People whose access was extended and the longer one is not accepted yet.
    extending: BTreeMap<String, Extension>,
    /// The number of runs that found an extension that waits for a review.
    postponed: usize,
    /// Changes that reviews asked for and that were made.
    changed: usize,
    closings: usize,
    /// Closings of reviews that were overtaken before.
    overtaken: usize,
    /// The number of times that something waited. If it is zero, the story tests nothing.
    waited: usize,
    people: usize,
    passes: usize,
}

/// Returns the settings of a register that asks for reviews, with the eight trusts. No budget holds the ends of a
/// review.
fn settings() -> String {
    let known: String = TRUSTS
        .iter()
        .map(|(name, unit)| {
            format!("  {name}: {{name: Helseforetak {name}, units: {{{unit}: Enhet {name}}}}}\n")
        })
        .collect();
    register(RAISED, "ahus")
        .replacen("review_months: 3\n", &format!("review_months: 3\nreviews_from: {ASKED}\n"), 1)
        .replacen("ict_bodies:", &format!("{known}ict_bodies:"), 1)
}

fn file(trust: &str, person: &str, unit: u32, role: &str, by: &str, on: Day) -> File {
    let entry = Entry {
        application: "smerteregisteret".to_owned(),
        unit,
        role: role.to_owned(),
        from: on,
        until: None,
        request: format!("REQ-{person}"),
        by: by.to_owned(),
        on,
        revoked: None,
    };
    File { person: person.to_owned(), employer: trust.to_owned(), access: vec![entry] }
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut files = BTreeMap::new();
        let mut trusts = Vec::new();
        for (name, unit) in TRUSTS {
            let lc = coordinator(name);
            files.insert((name.to_owned(), lc.clone()), file(name, &lc, unit, "LC", LEADER, BEFORE));
            for number in 0..2 {
                let nurse = format!("bruker{number}.{name}");
                let entry = file(name, &nurse, unit, "LU", &lc, BEFORE);
                files.insert((name.to_owned(), nurse), entry);
            }
            let (lists, next) = (BTreeSet::new(), ASKED);
            let mut trust = Trust { name, unit, last: None, next, half: false, open: Vec::new(), lists };
            trust.plan(&mut chance);
            trusts.push(trust);
        }
        let now = noon(ASKED);
        let world = World::new(Mode::Apply, &tree(&files, &BTreeMap::new()), now);
        let mut story = Self {
            world,
            chance,
            trusts,
            files,
            lists: BTreeMap::new(),
            coming: BTreeMap::new(),
            extending: BTreeMap::new(),
            postponed: 0,
            changed: 0,
            closings: 0,
            overtaken: 0,
            waited: 0,
            people: 0,
            passes: 0,
        };
        story.world.run(true, 0, now).unwrap();
        story
    }

    /// Runs one day. Returns whether anything happened.
    fn day(&mut self, today: Day) -> bool {
        let mut happened = self.newcomers(today);
        for at in 0..self.trusts.len() {
            happened |= self.review(at, today);
            let due: Vec<String> = self.trusts[at]
                .open
                .iter()
                .flat_map(|open| &open.ends)
                .filter(|(_, day)| **day <= today)
                .map(|(person, _)| person.clone())
                .collect();
            for person in due {
                let place = (self.trusts[at].name.to_owned(), person);
                happened |= self.files.remove(&place).is_some();
            }
            happened |= self.changes(at, today);
        }
        // The reviews of the day are known here.
        happened |= self.lapses(today);
        happened | self.extensions(today)
    }

    /// The changes that reviews of a trust ask for: whose access had no last day gets one.
    fn changes(&mut self, at: usize, today: Day) -> bool {
        let trust = &mut self.trusts[at];
        let mut written = Vec::new();
        for (person, change) in trust.open.iter_mut().flat_map(|open| &mut open.changes) {
            if let Change::Meant(day) = *change
                && day <= today
            {
                *change = Change::Written;
                written.push((trust.name.to_owned(), person.clone()));
            }
        }
        for place in &written {
            self.files.get_mut(place).unwrap().access[0].until = Some(today + days(CHANGED));
        }
        !written.is_empty()
    }

    /// Goes through extensions that still wait. An old approval is renewed. An access that has ended in the meantime is
    /// taken back on the next day. On its last day itself a run must have taken the access, even if the file asks for
    /// more.
    fn lapses(&mut self, today: Day) -> bool {
        let mut happened = false;
        let people: Vec<String> = self.extending.keys().cloned().collect();
        for person in people {
            let extension = &self.extending[&person];
            let trust = &self.trusts[extension.at];
            let place = (trust.name.to_owned(), person.clone());
            let entry = &mut self.files.get_mut(&place).unwrap().access[0];
            if extension.has_lapsed(today) {
                happened = true;
                let is_new = extension.before.until == Some(today - days(1));
                if !is_new || !trust.waits(today) {
                    *entry = extension.before.clone();
                    self.extending.remove(&person);
                }
            } else if today >= entry.on + days(RENEWED) {
                (entry.on, happened) = (today, true);
            }
        }
        happened
    }

    /// Access that ends soon and that no review ends is extended, by the trust's own coordinator or by the register leader.
    fn extensions(&mut self, today: Day) -> bool {
        let ends_soon = |((_, person), file): &(&(String, String), &File)| {
            let mut open = self.trusts.iter().flat_map(|trust| &trust.open);
            file.access[0].until == Some(today + days(AHEAD))
                && !self.coming.contains_key(person)
                && !self.extending.contains_key(person)
                && !open.any(|open| open.ends.contains_key(person) || open.changes.contains_key(person))
        };
        let places: Vec<(String, String)> =
            self.files.iter().filter(ends_soon).map(|(place, _)| place.clone()).collect();
        let mut happened = false;
        for place in places {
            if !self.chance.percent(70) {
                continue;
            }
            let is_of_the_leader = self.chance.percent(20);
            let at = TRUSTS.iter().position(|(name, _)| *name == place.0).unwrap();
            let entry = &mut self.files.get_mut(&place).unwrap().access[0];
            let before = entry.clone();
            entry.until = before.until.map(|until| until + days(LONGER));
            entry.by = if is_of_the_leader { LEADER.to_owned() } else { coordinator(&place.0) };
            entry.on = today;
            self.extending.insert(place.1, Extension { at, before, is_of_the_leader });
            happened = true;
        }
        happened
    }

    /// Returns the accepted files of a trust, of all people with access there.
    fn accepted(&self, trust: &str, today: Day) -> Vec<File> {
        let has = |((folder, person), _): &(&(String, String), &File)| {
            folder == trust && !self.coming.contains_key(person)
        };
        let accepted = |file: &File| {
            let before = self.extending.get(&file.person).map(|extension| vec![extension.before.clone()]);
            File { access: before.unwrap_or_else(|| file.access.clone()), ..file.clone() }
        };
        let files = self.files.iter().filter(has).map(|(_, file)| accepted(file));
        files.filter(|file| !is_over(file, today)).collect()
    }

    /// Adds new people, approved by the trust's own coordinator or by the register leader. Renews approvals that grow
    /// old.
    fn newcomers(&mut self, today: Day) -> bool {
        let mut happened = false;
        for (person, at) in &self.coming {
            let place = (self.trusts[*at].name.to_owned(), person.clone());
            let entry = &mut self.files.get_mut(&place).unwrap().access[0];
            if today >= entry.on + days(RENEWED) {
                (entry.on, happened) = (today, true);
            }
        }
        if self.chance.percent(30) {
            let at = self.chance.below(TRUSTS.len() as i64) as usize;
            let (name, unit) = TRUSTS[at];
            let by = if self.chance.percent(20) { LEADER.to_owned() } else { coordinator(name) };
            let person = format!("ny{}.{name}", self.people);
            self.people += 1;
            let mut new = file(name, &person, unit, "LU", &by, today);
            if self.chance.percent(50) {
                new.access[0].until = Some(today + days(200 + self.chance.below(100)));
            }
            self.files.insert((name.to_owned(), person.clone()), new);
            self.coming.insert(person, at);
            happened = true;
        }
        happened
    }

    /// The review of a trust, if this is the day of it: now and then by halves, and then as a whole a week later.
    fn review(&mut self, at: usize, today: Day) -> bool {
        if self.trusts[at].next != today {
            return false;
        }
        let quarter = format!("{}-Q{}", today.year(), (today.month() - 1) / 3 + 1);
        let list = format!("reviews/{}/{quarter}.yaml", self.trusts[at].name);
        let (half, ends) = (self.chance.percent(25), self.chance.percent(40));
        let changes = self.chance.percent(40);
        let rows = self.accepted(self.trusts[at].name, today);
        let trust = &mut self.trusts[at];
        let nurses: Vec<String> = rows.iter().map(|file| file.person.clone()).collect();
        let nurses: Vec<String> = nurses.into_iter().filter(|person| !person.starts_with("lc.")).collect();
        // A list that counted is not taken back by one of the same quarter that does not.
        let silent = if half && !trust.half && !trust.lists.contains(&list) { nurses.first() } else { None };
        // An access that already has an end stays as it is.
        let lasts = |file: &&File| file.access[0].until.is_none() && !file.person.starts_with("lc.");
        let lasting: Vec<&String> = rows.iter().filter(lasts).map(|file| &file.person).collect();
        let ended =
            if ends && silent.is_none() && lasting.len() > 1 { lasting.last().copied() } else { None };
        let is_changing = changes && silent.is_none() && lasting.len() > 2;
        let changed = lasting.first().copied().filter(|_| is_changing);
        self.lists.insert(list.clone(), text(trust, &quarter, today, &rows, [silent, ended, changed]));
        trust.half = silent.is_some();
        if silent.is_some() {
            trust.next = today + days(7);
            return true;
        }
        trust.lists.insert(list.clone());
        trust.last = Some(today);
        let (ended, changed) = (ended.cloned(), changed.cloned());
        let on = today + days(2 + self.chance.below(18));
        // A person deletes the file in some days. Or they write a last day at once that is later than the next review.
        let is_long = self.chance.percent(50);
        let (soon, late) = (self.chance.below(20), self.chance.below(80));
        let gone = today + days(if is_long { 100 + late } else { 2 + soon });
        if let Some(person) = ended.as_ref().filter(|_| is_long) {
            let place = (trust.name.to_owned(), person.clone());
            self.files.get_mut(&place).unwrap().access[0].until = Some(gone - days(1));
        }
        // A list of the same quarter takes the place of the one before.
        trust.open.retain(|open| open.list != list);
        let ends = ended.into_iter().map(|person| (person, gone)).collect();
        let changes = changed.into_iter().map(|person| (person, Change::Meant(on))).collect();
        trust.open.push(Open { list, ends, changes });
        trust.plan(&mut self.chance);
        true
    }

    /// Runs the program and checks what must hold after it.
    fn pass(&mut self, today: Day) -> Result<(), String> {
        let before = self.world.store().rights;
        self.world.show(&tree(&self.files, &self.lists));
        let now = noon(today);
        self.world.confirm(now);
        let at = now.as_second() - noon(ASKED).as_second();
        let told = self.world.run(true, at, now)?;
        self.passes += 1;
        for trust in &mut self.trusts {
            let state = told.due.get(trust.name).map(String::as_str);
            if state != Some(trust.state(today)) {
                return Err(format!("{} is {state:?}, and {} by the oracle", trust.name, trust.state(today)));
            }
            // If a person was removed before this run, their absence has been read back, and likewise each change
            // before it.
            let waits = |open: &Open| {
                open.ends.keys().any(|person| before.contains_key(person))
                    || open.changes.values().any(|change| *change != Change::Accepted)
            };
            for open in trust.open.iter().filter(|&open| !waits(open)) {
                self.closings += 1;
                // The names sort by year and quarter.
                self.overtaken += usize::from(trust.lists.last() != Some(&open.list));
            }
            trust.open.retain(waits);
            for change in trust.open.iter_mut().flat_map(|open| open.changes.values_mut()) {
                if *change == Change::Written {
                    *change = Change::Accepted;
                    self.changed += 1;
                }
            }
        }
        let closed = self.world.ask("SELECT CAST(count(*) AS TEXT) FROM ledger WHERE kind = 'review-closed'");
        if closed != Some(self.closings.to_string()) {
            return Err(format!("{closed:?} reviews are closed, and {} by the oracle", self.closings));
        }
        let store = self.world.store().rights;
        let waits = |(trust, person): &(String, String), file: &File| {
            let trust = self.trusts.iter().find(|known| known.name == trust.as_str()).unwrap();
            let new = self.coming.contains_key(person);
            new && file.access[0].by != LEADER && trust.waits(today)
        };
        let meant: BTreeSet<&String> = self
            .files
            .iter()
            .filter(|&(place, file)| !waits(place, file) && !is_over(file, today))
            .map(|((_, person), _)| person)
            .filter(|person| self.extending.get(*person).is_none_or(|longer| !longer.has_lapsed(today)))
            .collect();
        let has: BTreeSet<&String> = store.keys().collect();
        let wrong: Vec<_> = meant.symmetric_difference(&has).collect();
        if !wrong.is_empty() {
            return Err(format!("otherwise than the oracle says: {wrong:?}"));
        }
        self.waited += self.files.len() - meant.len();
        self.coming.retain(|person, _| !store.contains_key(person));
        let trusts = &self.trusts;
        self.extending
            .retain(|_, extension| !extension.is_of_the_leader && trusts[extension.at].waits(today));
        self.postponed += self.extending.len();
        Ok(())
    }
}

/// Returns whether the last day of a person's access has passed.
fn is_over(file: &File, today: Day) -> bool {
    file.access[0].until.is_some_and(|until| until < today)
}

fn noon(day: Day) -> Timestamp {
    day.at(12, 0, 0, 0).in_tz("Europe/Oslo").unwrap().timestamp()
}

fn tree(
    files: &BTreeMap<(String, String), File>,
    lists: &BTreeMap<String, String>,
) -> BTreeMap<String, Vec<u8>> {
    let mut tree = policies();
    tree.insert("desired-state/register.yaml".to_owned(), settings().into_bytes());
    let people = files.iter().map(|((trust, person), file)| (path(trust, person), file.text()));
    let lists = lists.iter().map(|(path, text)| (path.clone(), text.clone()));
    tree.extend(people.chain(lists).map(|(path, text)| (path, text.into_bytes())));
    tree
}

/// A list with its answers. The coordinator answers for everybody, and the register leader for the coordinator.
fn text(
    trust: &Trust,
    quarter: &str,
    today: Day,
    rows: &[File],
    [silent, ended, changed]: [Option<&String>; 3],
) -> String {
    let lc = coordinator(trust.name);
    let mut text = format!(
        "trust: {}\nquarter: {quarter}\nmade: {today}\ntree: \"{}\"\nreviewed:\n  - {{by: {lc}, on: {today}}}\n  - {{by: \
         {LEADER}, on: {today}}}\nrows:\n",
        trust.name,
        "0".repeat(64)
    );
    for file in rows {
        let (person, entry) = (&file.person, &file.access[0]);
        let _ = write!(
            text,
            "  - person: {person}\n    application: {}\n    unit: {}\n    role: {}\n    request: {}\n    from: {}\n    \
             approved_by: {}\n    approved_on: {}\n    allows: []\n",
            entry.application, trust.unit, entry.role, entry.request, entry.from, entry.by, entry.on
        );
        if let Some(until) = entry.until {
            let _ = writeln!(text, "    until: {until}");
        }
        if silent != Some(person) {
            let answer = match Some(person) {
                one if one == ended => "end",
                one if one == changed => "change",
                _ => "keep",
            };
            let by = if *person == lc { LEADER } else { lc.as_str() };
            let _ = writeln!(text, "    answer: {answer}\n    answered_by: {by}");
        }
    }
    text
}

fn told(seed: u64) -> Result<[usize; 6], String> {
    let mut story = Story::new(seed);
    for number in 1..=DAYS {
        let today = ASKED + days(number);
        // A run every week, and whenever somebody has done something.
        if story.day(today) || number % 7 == 0 {
            story.pass(today).map_err(|why| format!("seed {seed}, {today}: {why}"))?;
        }
    }
    story.world.ledger()?;
    let Story { passes, waited, closings, overtaken, postponed, changed, .. } = story;
    Ok([passes, waited, closings, overtaken, postponed, changed])
}

/// A sixth as many seeds as the lab tells of a month: one of these takes as long as several of those.
#[test]
fn two_years_of_eight_trusts_that_are_reviewed_in_time_late_and_not_at_all() {
    let (from, seeds) = (number("PORTVAKT_LAB_FROM", 0), number("PORTVAKT_LAB_SEEDS", 12));
    let (mut overtaken_in_all, mut postponed_in_all, mut changed_in_all) = (0, 0, 0);
    for seed in from..from + seeds.div_ceil(6) {
        let [passes, waited, closings, overtaken, postponed, changed] =
            told(seed).unwrap_or_else(|why| panic!("{why}"));
        println!(
            "seed {seed}: {passes} passes, {waited} times somebody waited, {closings} reviews closed, {overtaken} of them \
             overtaken before, {postponed} times an extension waited, {changed} changes made"
        );
        assert!(waited > 0 && closings > 0, "seed {seed} tells of nothing");
        overtaken_in_all += overtaken;
        postponed_in_all += postponed;
        changed_in_all += changed;
    }
    assert!(overtaken_in_all > 0 || seeds == 0, "no review is overtaken before it is closed");
    assert!(postponed_in_all > 0 || seeds == 0, "no extension waits for a review");
    assert!(changed_in_all > 0 || seeds == 0, "no review asks for a change");
}

/// The largest number of seeds that are run for each planted fault.
const MOST: u64 = 3;

/// The test uses one thread, because a planted fault only affects the thread that plants it.
#[test]
fn the_two_years_find_each_fault_of_reviews_when_it_is_planted() {
    let faults = || PlantedFault::ALL.into_iter().filter(|fault| family(*fault).is_none());
    assert_eq!(faults().count(), 3);
    // A fault is found if a seed fails with it and holds without it.
    let holds: Vec<bool> = (0..MOST).map(|seed| told(seed).is_ok()).collect();
    let mut missed = Vec::new();
    for fault in faults() {
        let found = (0..MOST).zip(&holds).filter(|(_, holds)| **holds).find_map(|(seed, _)| {
            PlantedFault::plant(Some(fault));
            let planted = told(seed);
            PlantedFault::plant(None);
            planted.err().map(|why| (seed + 1, why))
        });
        match found {
            Some((needed, why)) => println!("| {fault:?} | two years of reviews | {needed} | {why} |"),
            None => missed.push(fault),
        }
    }
    assert!(missed.is_empty(), "not found in {MOST} seeds: {missed:?}");
}

#[test]
fn the_oracle_reckons_months_as_people_do() {
    let date = jiff::civil::date;
    for (day, months, later) in [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 3, 31), 3, date(2026, 6, 30)),
        (date(2026, 9, 1), 3, date(2026, 12, 1)),
        (date(2026, 10, 15), 3, date(2027, 1, 15)),
    ] {
        assert_eq!(months_later(day, months), later, "{day}");
    }
}
