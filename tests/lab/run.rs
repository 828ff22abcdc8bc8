//! Runs one history: does its steps to the tree, the clocks and the engines, and asks after every pass whether what
//! must hold still does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::actors::{Step, act, give};
use super::desk::*;
use super::invariants::{After, Failure, after_pass, at_the_end, fail};
use super::oracle::{DAY, Date, Oracle, State, at as trust_at, day};
use super::world::{GRACE, Mode, Told, World, policies};

/// How the program runs, the first day, and what happens.
#[derive(Debug, Clone)]
pub struct History {
    pub mode: Mode,
    pub start: Day,
    pub steps: Vec<Step>,
}

impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} {}", self.mode.word(), self.start)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl History {
    /// Reads what [`std::fmt::Display`] writes.
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (mode, start) = lines.next().unwrap().split_once(' ').unwrap();
        let mode = *Mode::ALL.iter().find(|known| known.word() == mode).unwrap();
        let steps = lines.map(|line| Step::read(line).unwrap_or_else(|| panic!("{line}"))).collect();
        Self { mode, start: start.parse().unwrap(), steps }
    }
}

struct Backup {
    at: i64,
    trusted: Option<Timestamp>,
    closed: BTreeSet<String>,
    accounts: BTreeSet<String>,
    /// What each grant had given.
    given: Vec<BTreeSet<String>>,
}

/// A history while it runs.
pub struct Running {
    pub world: World,
    pub desk: Desk,
    pub oracle: Oracle,
    midnight: Timestamp,
    clocks: [i64; 2],
    /// The last run's words.
    told: Told,
    /// The side that leads shows an older copy.
    stale: bool,
    /// Since when, and over how many looks, something has been away.
    away: BTreeMap<Place, (i64, u32)>,
    closed: BTreeSet<String>,
    accounts: BTreeSet<String>,
    history: String,
    backup: Option<Backup>,
    /// What the store was at the end of a day, as long as the clock has always been right.
    days: BTreeMap<Day, BTreeMap<String, BTreeSet<String>>>,
    clock_was_right: bool,
    pub passes: usize,
    tells: bool,
}

/// Runs all of it; tells how many passes it took, or what failed at which step.
pub fn run(history: &History) -> Result<usize, (usize, Failure)> {
    let mut running = Running::new(history);
    let mut at = 0;
    for (number, step) in history.steps.iter().enumerate() {
        at = at.max(step.at);
        running.step(&Step { at, ..step.clone() }).map_err(|failure| (number, failure))?;
    }
    running.end(at).map_err(|failure| (history.steps.len(), failure))?;
    Ok(running.passes)
}

impl Running {
    fn new(history: &History) -> Self {
        let midnight = history.start.in_tz("Europe/Oslo").unwrap().timestamp();
        let (mut desk, mut oracle) = (
            Desk {
                files: BTreeMap::new(),
                deleted: BTreeMap::new(),
                slips: Vec::new(),
                limits: LIMITS,
                policies: policies(),
            },
            Oracle::default(),
        );
        first(&mut desk, &mut oracle, history.start);
        let now = midnight - SignedDuration::from_hours(12);
        let mut world = World::new(history.mode, &desk.tree(), now);
        oracle.look_at(now);
        world.run(true, 0, now).unwrap();
        world.seed(history.start);
        let store = world.store();
        for grant in &mut oracle.grants {
            let right = grant.right(grant.last());
            assert!(store.rights.get(&grant.person).is_some_and(|has| has.contains(&right)), "{grant:?}");
            grant.accepted = Some(0);
            grant.given.insert(right);
        }
        oracle.store = store.rights;
        let history = world.history();
        Self {
            world,
            desk,
            oracle,
            midnight,
            clocks: [0, 0],
            told: Told::default(),
            stale: false,
            away: BTreeMap::new(),
            closed: store.closed.into_keys().collect(),
            accounts: store.accounts,
            history,
            backup: None,
            days: BTreeMap::new(),
            clock_was_right: true,
            passes: 1,
            tells: std::env::var_os("PORTVAKT_LAB_TELL").is_some(),
        }
    }

    fn truth(&self, at: i64) -> Timestamp {
        self.midnight + SignedDuration::from_secs(at)
    }

    /// What the clock of the side that leads says.
    fn clock(&self, at: i64) -> Timestamp {
        let clock = self.truth(at).as_second() + self.clocks[self.world.active];
        Timestamp::from_second(clock.max(3600)).unwrap()
    }

    fn step(&mut self, step: &Step) -> Result<(), Failure> {
        if self.tells && !["pass", "whole"].contains(&step.verb.as_str()) {
            println!("{step}");
        }
        let (at, who, n) = (step.at, step.who.as_str(), step.n);
        self.notice(at);
        match step.verb.as_str() {
            "pass" => return self.pass(false, at),
            "whole" => return self.pass(true, at),
            "quiet" => return self.quiet(at),
            "restart" => return self.restart(at),
            // Without a look at what that changes.
            "again" => {
                self.world.restart();
                self.begin_anew();
                return Ok(());
            }
            "takeover" => {
                if self.world.mode == Mode::Pair {
                    self.world.take_over();
                    self.begin_anew();
                    self.stale = true;
                    self.reopen();
                }
                return Ok(());
            }
            "sync" => {
                // Not in the middle of a mistake: what a copy of a copy means is another question.
                let away = |slip: &Slip| slip.covers.values().any(|takes| *takes != Takes::Nothing);
                if self.world.mode == Mode::Pair && !self.desk.slips.iter().any(away) {
                    self.world.bring_up_to_date(&self.desk.tree());
                    self.stale = false;
                }
                return Ok(());
            }
            "clock" => {
                // From 1970 on, by the year, or by so many seconds.
                let side = usize::from(who == "b");
                self.clocks[side] =
                    if step.what == "epoch" { -self.truth(at).as_second() + 90_000 } else { n };
                return Ok(());
            }
            "confirm" => {
                if self.clocks[self.world.active] == 0 {
                    self.world.confirm(self.truth(at));
                    self.oracle.trusted = Some(self.truth(at));
                }
                return Ok(());
            }
            "release" => {
                self.release(at, false);
                return Ok(());
            }
            "backup" => {
                self.world.back_up();
                self.backup = Some(Backup {
                    at,
                    trusted: self.oracle.trusted,
                    closed: self.closed.clone(),
                    accounts: self.accounts.clone(),
                    given: self.oracle.grants.iter().map(|grant| grant.given.clone()).collect(),
                });
                return Ok(());
            }
            "restore" => {
                self.restore(at);
                return Ok(());
            }
            "sqlrole" | "sqluntil" | "sqlaccount" => self.edit_memory(step),
            "unleave" => self.unleave(who, at),
            "raise" => {
                let waiting = self.told.held.iter().flat_map(|held| held.people.clone());
                self.oracle.waited.extend(waiting);
                act(step, day(self.truth(at)), &mut self.desk, &mut self.oracle);
                self.show();
                self.pass(true, at)?;
                self.release_settings(at);
                return self.pass(true, at + 1);
            }
            "lower" => {
                act(step, day(self.truth(at)), &mut self.desk, &mut self.oracle);
                self.show();
                self.pass(true, at)?;
                self.release_settings(at);
                return self.pass(true, at + 1);
            }
            "repair" => self.undo(who),
            _ => {}
        }
        act(step, day(self.truth(at)), &mut self.desk, &mut self.oracle);
        self.show();
        Ok(())
    }

    /// Somebody sees in time that the file of one whom everybody rests on is in a wrong place.
    fn notice(&mut self, at: i64) {
        let moved = |slip: &Slip| {
            let pillar = |((_, person), takes): (&Place, &Takes)| {
                *takes == Takes::Moved && PILLARS.contains(&&**person)
            };
            at - slip.since > 6 * DAY && slip.covers.iter().any(pillar)
        };
        let before = self.desk.slips.len();
        self.desk.slips.retain(|slip| !moved(slip));
        if self.desk.slips.len() < before {
            self.show();
        }
    }

    fn show(&mut self) {
        if !self.stale {
            self.world.show(&self.desk.tree());
        }
    }

    /// Files that are older on the side that leads now: any of their versions may be the one that is read.
    fn reopen(&mut self) {
        for grant in &mut self.oracle.grants {
            let place = (grant.trust.clone(), grant.person.clone());
            let Some(file) = self.desk.files.get(&place) else { continue };
            if !self.world.shows(&path(&place.0, &place.1), file.text().as_bytes()) {
                grant.open = 0;
            }
        }
    }

    fn release_settings(&mut self, at: i64) {
        if let Some(digest) = self.told.settings.clone() {
            self.world.release_settings(&digest, self.clock(at));
        }
        // What is reckoned is reckoned by the larger of two limits for as long as either may count.
        self.oracle.unreckoned = at + 7 * DAY;
    }

    /// Two let go what waits, as far as it is meant; at the end all of it is.
    fn release(&mut self, at: i64, all: bool) -> bool {
        let mut any = false;
        let sets: Vec<_> = self.told.held.iter().chain(&self.told.late).cloned().collect();
        for set in sets {
            let meant = |who: &String| {
                let has = self.oracle.store.get(who).cloned().unwrap_or_default();
                let gone = |grant: &super::oracle::Grant| {
                    matches!(grant.state, State::Gone(_)) && has.iter().any(|right| grant.may_give(right))
                };
                let new = |grant: &super::oracle::Grant| {
                    grant.state == State::Meant && !has.contains(&grant.right(grant.last()))
                };
                !self.desk.is_covered(who) && self.oracle.of(who).any(|grant| gone(grant) || new(grant))
            };
            if !all && !set.people.iter().all(meant) {
                continue;
            }
            self.world.release(&set, self.clock(at));
            for who in &set.people {
                self.oracle.released.insert(who.clone(), at);
                self.oracle.waited.remove(who);
            }
            any = true;
        }
        any
    }

    fn unleave(&mut self, who: &str, at: i64) {
        let Some(place) = self.desk.deleted.keys().find(|(_, person)| person == who).cloned() else { return };
        if !self.desk.places(who).is_empty() {
            return;
        }
        let file = self.desk.deleted.remove(&place).unwrap();
        let asked: BTreeSet<String> = file.access.iter().map(|entry| entry.request.clone()).collect();
        self.desk.files.insert(place, file);
        let has = self.oracle.store.get(who).cloned().unwrap_or_default();
        let today = day(self.truth(at));
        for grant in self.oracle.grants.iter_mut().filter(|grant| asked.contains(&grant.request)) {
            if grant.person != who || super::oracle::over(grant.last(), today) {
                continue;
            }
            let in_force = grant.open().iter().all(|version| has.contains(&grant.right(version)));
            grant.state = if in_force { State::Meant } else { State::Doubt };
            if !in_force && !grant.given.is_empty() && !grant.forgotten {
                // It has acted: the request has served, and the file alone brings nothing back.
                grant.state = State::Gone(at);
            }
        }
    }

    fn edit_memory(&mut self, step: &Step) {
        let who = step.who.as_str();
        let Some(place) = self.desk.only(who).filter(|place| self.desk.over(place).is_none()) else { return };
        let yesterday = day(self.truth(step.at)).yesterday().unwrap();
        let of = format!("person = '{who}' AND ended IS NULL AND cleared IS NULL");
        let (edit, undo) = match step.verb.as_str() {
            "sqlaccount" => {
                let ask = format!("SELECT account FROM person_account WHERE person = '{who}'");
                let Some(account) = self.world.ask(&ask) else { return };
                let set =
                    |to: &str| format!("UPDATE person_account SET account = '{to}' WHERE person = '{who}'");
                (set("00000000-dead-4000-8000-000000000000"), set(&account))
            }
            verb => {
                let (column, to) = if verb == "sqlrole" {
                    ("role", "LC".to_owned())
                } else {
                    ("until_day", yesterday.to_string())
                };
                let ask = |what: &str| format!("SELECT {what} FROM standing WHERE {of} LIMIT 1");
                let Some(request) = self.world.ask(&ask("request")) else { return };
                let was = self.world.ask(&ask(column)).map_or("NULL".to_owned(), |was| format!("'{was}'"));
                let row = format!("person = '{who}' AND request = '{request}'");
                (
                    format!("UPDATE standing SET {column} = '{to}' WHERE {row}"),
                    format!("UPDATE standing SET {column} = {was} WHERE {row}"),
                )
            }
        };
        self.world.sql(&edit);
        self.desk.slips.push(Slip {
            kind: step.verb.clone(),
            who: who.to_owned(),
            since: step.at,
            over: BTreeMap::new(),
            covers: BTreeMap::from([(place, Takes::Nothing)]),
            folder: None,
            undo: vec![undo],
        });
    }

    /// What was changed in the memory is put back.
    fn undo(&mut self, who: &str) {
        for slip in self.desk.slips.iter().filter(|slip| who.is_empty() || slip.who == who) {
            slip.undo.iter().for_each(|sql| self.world.sql(sql));
        }
    }

    fn restore(&mut self, at: i64) {
        let Some(backup) = &self.backup else { return };
        if !self.world.restore() {
            return;
        }
        self.closed.clone_from(&backup.closed);
        self.accounts.clone_from(&backup.accounts);
        // What was changed in the memory is out of it, and what is not known is new, however it was altered.
        self.desk
            .slips
            .retain(|slip| slip.undo.is_empty() && !["lift", "longer"].contains(&slip.kind.as_str()));
        let desk = &self.desk;
        let (from, trusted) = (backup.at, backup.trusted);
        self.oracle.restored(from, at, trusted, &backup.given, |grant| {
            let file = desk.files.get(&(grant.trust.clone(), grant.person.clone()));
            file.is_some_and(|file| {
                file.access.iter().any(|e| e.request == grant.request && e.revoked.is_none())
            })
        });
        self.oracle.store = self.world.store().rights;
        self.away.clear();
        self.clock_was_right = false;
        self.days.clear();
        self.show();
    }

    fn restart(&mut self, at: i64) -> Result<(), Failure> {
        const CORE: [&str; 6] = ["account", "access", "subscription", "standing", "person_account", "budget"];
        let mut before = BTreeMap::new();
        // What one pass may not do the next one may: until all of it is done.
        for _ in 0..5 {
            self.pass(true, at)?;
            let now = self.world.content(Some(&CORE));
            let same = now == before;
            before = now;
            if same {
                break;
            }
        }
        self.world.restart();
        self.begin_anew();
        self.pass(true, at + 1)?;
        if self.world.content(Some(&CORE)) != before {
            return fail("restart", "a restart alone changed what is so".to_owned());
        }
        Ok(())
    }

    fn quiet(&mut self, at: i64) -> Result<(), Failure> {
        for turn in 0..3 {
            self.pass(true, at + 2 * GRACE * turn)?;
        }
        let before = self.world.content(None);
        self.pass(true, at + 4 * GRACE + 1)?;
        let after = self.world.content(None);
        if before == after {
            return Ok(());
        }
        let mut differs = String::new();
        for (table, rows) in &after {
            for row in rows.difference(&before[table]).take(3) {
                differs.push_str(&format!("\n  {table}: {row}"));
            }
        }
        fail("quiet", format!("a pass with nothing to do wrote something{differs}"))
    }

    /// One run of the program, and all that must hold after it.
    fn pass(&mut self, whole: bool, at: i64) -> Result<(), Failure> {
        let clock = self.clock(at);
        if self.clock_was_right && self.clocks != [0, 0] {
            self.clock_was_right = false;
            // What a wrong clock records is of the last trusted day, and that day was not over when it was looked at.
            let trusted = self.oracle.trusted.map_or(day(clock), day);
            self.days.retain(|date, _| *date < trusted);
        }
        let date: Date = self.oracle.look_at(clock);
        let before = std::mem::take(&mut self.oracle.store);
        let told = match self.world.run(whole, at, clock) {
            Ok(told) => told,
            Err(why) => return fail("runs", why),
        };
        self.passes += 1;
        let store = self.world.store();
        if self.tells {
            super::tell::pass(at, clock, &date, (&before, &store.rights), &told);
        }
        self.oracle.store = store.rights.clone();
        let lawful = self.lawful(at);
        let shown = self.shown();
        let after = After {
            at,
            date,
            lasting: self.world.mode.lasting(),
            before: &before,
            store: &store,
            told: &told,
            lawful: &lawful,
            shown: &shown,
            stale: self.stale,
            desk: &self.desk,
        };
        after_pass(&after, &mut self.oracle)?;
        self.told = told;
        self.accounts_hold(&store)?;
        if self.clock_was_right {
            self.days.insert(day(clock), store.rights);
        }
        Ok(())
    }

    /// The wait for what is away begins anew with a program that has just begun; that a file seems to have been moved is
    /// remembered.
    fn begin_anew(&mut self) {
        let moved = |slip: &Slip, place: &Place| slip.covers.get(place) == Some(&Takes::Moved);
        self.away.retain(|place, _| self.desk.slips.iter().any(|slip| moved(slip, place)));
    }

    /// Files from which the law lets absence act at this pass.
    fn lawful(&mut self, at: i64) -> BTreeSet<Place> {
        let mut away = BTreeMap::new();
        let mut lawful = BTreeSet::new();
        for slip in &self.desk.slips {
            for (place, takes) in &slip.covers {
                if *takes == Takes::Nothing || self.desk.over(place).is_some_and(|s| s.folder.is_some()) {
                    continue;
                }
                // A blink between two passes begins the wait anew.
                let known = self.away.get(place).filter(|(since, _)| *since >= slip.since);
                let (since, looks) = known.map_or((at, 1), |(since, looks)| (*since, looks + 1));
                away.insert(place.clone(), (since, looks));
                let lasted = match takes {
                    Takes::Absence if self.world.mode.lasting() => looks >= 2 && at - since >= GRACE,
                    Takes::Absence => true,
                    _ => at - since >= 7 * DAY,
                };
                if lasted {
                    lawful.insert(place.clone());
                }
            }
        }
        self.away = away;
        lawful
    }

    /// The files that stand as they are meant where the program looks.
    fn shown(&self) -> BTreeSet<Place> {
        let stands = |place: &Place, file: &File| {
            self.desk.over(place).is_none()
                && self.world.shows(&path(&place.0, &place.1), file.text().as_bytes())
        };
        let files = self.desk.files.iter();
        files.filter(|(place, file)| stands(place, file)).map(|(place, _)| place.clone()).collect()
    }

    fn accounts_hold(&mut self, store: &super::world::Store) -> Result<(), Failure> {
        if let Some(who) = store.twice.first() {
            return fail("one account", format!("{who} has two open accounts"));
        }
        if let Some(id) = self.accounts.iter().find(|id| !store.accounts.contains(*id)) {
            return fail("accounts stay", format!("the account {id} is not there any more"));
        }
        if let Some(id) = self.closed.iter().find(|id| !store.closed.contains_key(*id)) {
            return fail("closed stays closed", format!("the account {id} is open again"));
        }
        if let Some((id, _)) = store.closed.iter().find(|(_, address)| **address) {
            return fail("address gone", format!("the closed account {id} still has an address"));
        }
        self.closed.extend(store.closed.keys().cloned());
        self.accounts.extend(store.accounts.iter().cloned());
        Ok(())
    }

    /// Everything is mended, the date is confirmed, what waits is released: the store is as people mean it.
    fn end(&mut self, at: i64) -> Result<(), Failure> {
        let mut at = at + 3600;
        self.undo("");
        self.desk.slips.clear();
        self.clocks = [0, 0];
        self.stale = false;
        self.world.show(&self.desk.tree());
        if self.world.mode == Mode::Pair {
            self.world.bring_up_to_date(&self.desk.tree());
        }
        self.world.confirm(self.truth(at));
        self.oracle.trusted = Some(self.truth(at));
        if self.desk.limits != LIMITS || self.told.settings.is_some() {
            self.release_settings(at);
        }
        let mut still = 0;
        for _ in 0..12 {
            at += GRACE + 10;
            let before = self.oracle.store.clone();
            self.pass(true, at)?;
            let waits =
                !(self.told.held.is_empty() && self.told.late.is_empty() && self.told.settings.is_none());
            still = if waits || before != self.oracle.store { 0 } else { still + 1 };
            // What has been away needs two looks, and what rests on it another one.
            if still == 4 {
                break;
            }
            if let Some(digest) = self.told.settings.clone() {
                self.world.release_settings(&digest, self.clock(at));
            }
            self.release(at, true);
        }
        if let Some(set) = self.told.held.iter().chain(&self.told.late).next() {
            return fail("a way out", format!("{:?} still wait after every release", set.people));
        }
        at_the_end(&self.oracle, day(self.truth(at)), &self.told)?;
        self.quiet(at)?;
        if self.world.history() != self.history {
            return fail("history", "what former users made has changed".to_owned());
        }
        self.world.ledger().or_else(|why| fail("ledger", why))?;
        let days: Vec<_> = self.days.iter().step_by(3).collect();
        for (date, rights) in days {
            let end = date.tomorrow().unwrap().in_tz("Europe/Oslo").unwrap().timestamp();
            let told = self.world.held_on(end - SignedDuration::from_nanos(1));
            if told != *rights {
                let differ: Vec<_> = rights
                    .iter()
                    .filter(|(who, what)| told.get(*who) != Some(what))
                    .map(|(who, what)| format!("{who}: {what:?}, by the ledger {:?}", told.get(who)))
                    .chain(told.keys().filter(|who| !rights.contains_key(*who)).cloned())
                    .take(3)
                    .collect();
                return fail("the past", format!("of {date} the ledger tells otherwise: {differ:?}"));
            }
        }
        Ok(())
    }
}

/// The people of the first tree.
fn first(desk: &mut Desk, oracle: &mut Oracle, start: Day) {
    let from: Day = start.checked_sub(jiff::ToSpan::days(60)).unwrap();
    let mut number = 0;
    for (trust, _, lead, count) in TRUSTS {
        if lead != LEADER {
            give(desk, oracle, 0, number, lead, trust, "LC", "smerteregisteret", from, from, 0);
            number += 1;
        }
        for one in 0..count {
            let who = format!("bruker{one}.{trust}");
            // Some end within the month, some have both applications.
            let length = if one % 3 == 2 { 65 + 7 * i64::try_from(one).unwrap() } else { 0 };
            give(desk, oracle, 0, number, &who, trust, "LU", "smerteregisteret", from, from, length);
            number += 1;
            if one % 4 == 1 {
                give(desk, oracle, 0, number, &who, trust, "LU", "rapporteket-smerte", from, from, 0);
                number += 1;
            }
        }
    }
    let leader = ("nasjonal".to_owned(), LEADER.to_owned());
    give(desk, oracle, 0, number, LEADER, "helse-bergen", "LU", "smerteregisteret", from, from, 0);
    // Given like the others, and then made what it is: the one access at the national unit.
    let mut file = desk.files.remove(&("helse-bergen".to_owned(), LEADER.to_owned())).unwrap();
    for entry in &mut file.access {
        (entry.unit, entry.role, entry.by) = (0, "SC".to_owned(), COORDINATOR.to_owned());
    }
    desk.files.insert(leader, file);
    let grant = oracle.grants.last_mut().unwrap();
    (grant.trust, grant.unit) = ("nasjonal".to_owned(), 0);
    grant.versions[0].role = "SC".to_owned();
    debug_assert_eq!(trust_at("smerteregisteret/0/SC"), "nasjonal");
}
