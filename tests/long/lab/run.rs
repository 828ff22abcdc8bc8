//! Runs one history. It applies the steps to the tree, the clocks and the engines. After every pass it checks that the
//! invariants still hold.

mod ending;
mod first;
mod folders;
mod kills;
mod knowledge;
mod operators;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::actors::{Step, act};
use super::desk::*;
use super::history::History;
use super::invariants::{After, Failure, after_pass, fail};
use super::oracle::{DAY, Date, Oracle, day};
use super::world::{Mode, Store, Told, World, policies};
use first::first;

struct Backup {
    at: i64,
    trusted: Option<Timestamp>,
    closed: BTreeSet<String>,
    accounts: BTreeSet<String>,
    /// The rights that each grant has given so far.
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
    /// The files that are away, with the time since when and the number of looks.
    away: BTreeMap<Place, (i64, u32)>,
    closed: BTreeSet<String>,
    accounts: BTreeSet<String>,
    history: String,
    backup: Option<Backup>,
    /// The content of the store at the end of each day, while the clock has always been right.
    days: BTreeMap<Day, BTreeMap<String, BTreeSet<String>>>,
    clock_was_right: bool,
    pub passes: usize,
    tells: bool,
}

/// Runs the whole history. Returns the number of passes, or the failure with its step.
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
                rejected: Vec::new(),
                limits: LIMITS,
                north_at: TRUSTS[0].0,
                called: BTreeMap::new(),
                people_called: BTreeMap::new(),
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

    /// Returns the clock of the side that leads.
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
            "service" => {
                self.world.disturb(&step.what);
                return Ok(());
            }
            // An older memory beside a register that has gone on is another story.
            "backup" | "restore" if self.world.mode == Mode::Elsewhere => return Ok(()),
            "kill" => return self.kill(at, n, false),
            // After the kill, the other daemon takes over, if there is one.
            "killover" => return self.kill(at, n, self.world.mode == Mode::Pair),
            "treeaway" => return self.tree_blinks(at),
            kind if OF_FOLDERS.contains(&kind) => {
                self.folder(step);
                self.show();
                return Ok(());
            }
            "restart" => return self.restart(at),
            // The program starts again without looking at the changes.
            "again" => {
                self.world.restart();
                self.begin_anew();
                return Ok(());
            }
            "takeover" => {
                if self.world.mode == Mode::Pair {
                    self.lead_elsewhere();
                    self.begin_anew();
                }
                return Ok(());
            }
            "sync" => {
                // This is not done in the middle of a mistake, because the meaning of a copy of a copy is another
                // question.
                let away = |slip: &Slip| slip.covers.values().any(|takes| *takes != Takes::Nothing);
                if self.world.mode == Mode::Pair && !self.desk.slips.iter().any(away) {
                    self.world.bring_up_to_date(&self.desk.tree());
                    self.stale = false;
                }
                return Ok(());
            }
            "clock" => {
                // The clock is 1970, or wrong by years, or wrong by this number of seconds.
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
            "unit" => return self.unit(step),
            "called" => return self.called(step),
            "renamed" => {
                self.renamed(step);
                self.show();
                return Ok(());
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

    /// A person notices in time that the file of somebody on whom everybody depends is in a wrong place.
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
            self.world.show_moved(&self.desk.tree(), self.desk.folders_moved());
        }
    }

    /// The other daemon leads from now on, with its own clock and its own copy of the tree.
    fn lead_elsewhere(&mut self) {
        self.world.take_over();
        self.stale = true;
        self.reopen();
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

    /// One run of the program, and all that must hold after it.
    fn pass(&mut self, whole: bool, at: i64) -> Result<(), Failure> {
        let trusted = self.oracle.trusted;
        let date = self.date(at);
        match self.world.run(whole, at, self.clock(at)) {
            Ok(told) if told.stopped => {
                // Nothing was recorded, and no day was confirmed.
                self.judge(at, date, told, false)?;
                self.oracle.trusted = trusted;
                Ok(())
            }
            Ok(told) => self.judge(at, date, told, true),
            Err(why) => fail("runs", why),
        }
    }

    /// Returns the trusted day of a run that begins now.
    fn date(&mut self, at: i64) -> Date {
        let clock = self.clock(at);
        let trusted = self.oracle.trusted.unwrap_or(clock);
        let date = self.oracle.look_at(clock);
        if self.clock_was_right && (self.clocks != [0, 0] || !date.steady) {
            self.clock_was_right = false;
            // A clock that is not believed records with the last trusted moment, or with that of the ledger's last entry if
            // it is behind. That day was not over when the store was looked at.
            let recorded = self.world.last_entry().map_or(trusted, |last| last.min(trusted));
            self.days.retain(|date, _| *date < day(recorded));
        }
        date
    }

    /// Checks all invariants after a run with this output. A killed run has no output.
    fn judge(&mut self, at: i64, date: Date, told: Told, ended: bool) -> Result<(), Failure> {
        let store = self.world.store();
        self.judge_store(at, date, told, store, ended)
    }

    fn judge_store(
        &mut self,
        at: i64,
        date: Date,
        told: Told,
        store: Store,
        ended: bool,
    ) -> Result<(), Failure> {
        self.passes += 1;
        let clock = self.clock(at);
        let before = std::mem::replace(&mut self.oracle.store, store.rights.clone());
        if self.tells {
            super::tell::pass(at, clock, &date, (&before, &store.rights), &told);
        }
        let lawful = self.lawful(at);
        let shown = self.shown();
        let after = After {
            at,
            date,
            lasting: self.world.mode.lasting(),
            elsewhere: self.world.mode == Mode::Elsewhere,
            ended,
            before: &before,
            store: &store,
            told: &told,
            lawful: &lawful,
            shown: &shown,
            stale: self.stale,
            desk: &self.desk,
        };
        after_pass(&after, &mut self.oracle)?;
        let disturbed = told.disturbed;
        self.told = told;
        self.accounts_hold(&store, disturbed)?;
        if disturbed {
            // The store may have done steps that the program does not know yet. The ledger tells them with a later day.
            self.days.remove(&day(clock));
        } else if self.clock_was_right {
            self.days.insert(day(clock), store.rights);
        }
        Ok(())
    }
}
