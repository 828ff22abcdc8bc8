//! Makes histories from seeds. The theme of a history decides which mistakes are more frequent. In all themes people
//! give, extend, move and leave.

use jiff::ToSpan as _;

use super::actors::Step;
use super::chance::Chance;
use super::desk::{Day, NORTHERNERS, PILLARS, TRUSTS};
use super::history::History;
use super::oracle::DAY;
use super::world::Mode;

mod folders;
mod trouble;
mod versions;

/// The kind of trouble in a history, besides honest work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Theme {
    /// Every kind of trouble can happen.
    All,
    /// Only honest work happens.
    Calm,
    Clock,
    Torn,
    Moved,
    Blink,
    Limits,
    Folder,
    Crowd,
    Memory,
    Branch,
    Takeover,
    Backup,
    Greed,
    Kill,
    Service,
    Unit,
    /// Starts are moved ahead.
    Start,
    /// Whole folders are away, blink, or are moved.
    Vanish,
    /// A file is moved a level too deep, or beside the state.
    Deep,
    /// An older version of a file is seen for a while.
    Older,
    /// A daemon is killed in the middle of a pass, and the other one takes over.
    Failover,
}

impl Theme {
    pub const ALL: [Self; 22] = [
        Self::All,
        Self::Calm,
        Self::Clock,
        Self::Torn,
        Self::Moved,
        Self::Blink,
        Self::Limits,
        Self::Folder,
        Self::Crowd,
        Self::Memory,
        Self::Branch,
        Self::Takeover,
        Self::Backup,
        Self::Greed,
        Self::Kill,
        Self::Service,
        Self::Unit,
        Self::Start,
        Self::Vanish,
        Self::Deep,
        Self::Older,
        Self::Failover,
    ];
}

/// The themes that rest: no history has one of these until it is taken out of this list. The named cases and the teeth are
/// run all the same.
const RESTING: &[Theme] = &[];

/// The themes that histories have. The first two are `All` and `Calm`.
fn themes() -> Vec<Theme> {
    Theme::ALL.into_iter().filter(|theme| !RESTING.contains(theme)).collect()
}

/// First days for histories. Their months have an end, a change of the hour or a leap day.
const STARTS: [&str; 6] =
    ["2026-03-16", "2026-10-12", "2027-01-18", "2028-02-14", "2026-06-01", "2026-12-14"];

/// Returns the history of a seed. All modes and themes take turns.
pub fn history(seed: u64, days: i64) -> History {
    // A service behind a connection is slow, so only one history in twenty uses it.
    let (mode, turn) = match seed % 20 {
        19 => (Mode::Elsewhere, seed / 20),
        _ => (Mode::ALL[(seed % 4) as usize], seed / 4),
    };
    let turn = turn as usize;
    // Every second history has all kinds of trouble.
    let themes = themes();
    let theme = if turn.is_multiple_of(2) { Theme::All } else { themes[1 + (turn / 2) % (themes.len() - 1)] };
    of(seed, mode, theme, days)
}

struct Plot {
    chance: Chance,
    mode: Mode,
    steps: Vec<Step>,
    people: Vec<String>,
    left: Vec<String>,
}

pub fn of(seed: u64, mode: Mode, theme: Theme, days: i64) -> History {
    let mut chance = Chance::new(seed);
    let start: Day = chance.pick(&STARTS).parse().unwrap();
    let start = start.checked_add(chance.below(10).days()).unwrap();
    let people = TRUSTS
        .iter()
        .flat_map(|(trust, _, _, count)| (0..*count).map(move |one| format!("bruker{one}.{trust}")))
        .chain((0..NORTHERNERS).map(|one| format!("nord{one}.{}", TRUSTS[0].0)))
        .collect();
    let mut plot = Plot { chance, mode, steps: Vec::new(), people, left: Vec::new() };
    let mut busy_until = 0;
    for day in 0..days {
        let morning = day * DAY + 5 * 3600 + plot.chance.below(3000);
        plot.step(morning, "whole", "", "", 0);
        for _ in 0..plot.chance.below(3) {
            let at = plot.hour(day);
            plot.honest(at);
        }
        // Most of the time only one trouble happens at a time.
        if theme != Theme::Calm
            && day >= 1
            && (day >= busy_until || plot.chance.percent(15))
            && plot.chance.percent(60)
        {
            busy_until = day + plot.trouble(theme, day);
        }
        if plot.chance.percent(4) {
            plot.step(day * DAY + 22 * 3600, "quiet", "", "", 0);
        }
        if plot.chance.percent(3) {
            plot.step(day * DAY + 23 * 3600, "restart", "", "", 0);
        }
        if plot.chance.percent(12) {
            let at = plot.hour(day);
            plot.step(at, "release", "", "", 0);
            plot.passes(at + 60);
        }
    }
    let mut steps = plot.steps;
    steps.sort_by_key(|step| step.at);
    steps.retain(|step| step.at < days * DAY);
    History { mode, start, steps }
}

impl Plot {
    fn step(&mut self, at: i64, verb: &str, who: &str, what: &str, n: i64) {
        self.steps.push(Step::new(at, verb, who, what, n));
    }

    /// Returns a time on this day in working hours, in seconds.
    fn hour(&mut self, day: i64) -> i64 {
        day * DAY + 7 * 3600 + self.chance.below(12 * 3600)
    }

    /// Adds the passes that the program makes by itself after a change.
    fn passes(&mut self, at: i64) {
        if self.mode.lasting() {
            for after in [2, 35] {
                self.run(at + after, "pass");
            }
        } else {
            self.run(at + 5, "whole");
        }
    }

    /// A run of the program, and now and then one that is killed.
    fn run(&mut self, at: i64, verb: &str) {
        if self.chance.percent(4) {
            let n = self.chance.below(BOUNDARIES);
            return self.step(at, "kill", "", "", n);
        }
        self.step(at, verb, "", "", 0);
    }

    /// Adds a run by a person. If nobody runs the program, the next run is on the next morning.
    fn maybe_passes(&mut self, at: i64) {
        if self.mode.lasting() || self.chance.percent(50) {
            self.passes(at);
        }
    }

    fn somebody(&mut self) -> String {
        if self.people.is_empty() {
            return LEADER_TOO.to_owned();
        }
        self.chance.pick(&self.people)
    }

    fn honest(&mut self, at: i64) {
        let trust = self.chance.pick(&TRUSTS).0;
        match self.chance.below(20) {
            0..6 => {
                let who = format!("ny{}.{trust}", letters(at));
                let role = if self.chance.percent(10) { "LC" } else { "LU" };
                let application =
                    if self.chance.percent(20) { "rapporteket-smerte" } else { "smerteregisteret" };
                let start = if self.chance.percent(40) { self.chance.below(20) } else { 0 };
                let length = if self.chance.percent(50) { 3 + self.chance.below(40) } else { 0 };
                self.step(at, "give", &who, &format!("{trust}:{role}:{application}"), start * 1000 + length);
                self.people.push(who);
            }
            6..9 => {
                let (who, n) = (self.somebody(), 1 + self.chance.below(30));
                self.step(at, "extend", &who, "", n);
            }
            9..11 => {
                let (who, n) = (self.somebody(), self.chance.below(6) - 1);
                self.step(at, "end", &who, "", n);
            }
            11 => {
                let (who, role) = (self.somebody(), self.chance.pick(&["LC", "LU"]));
                self.step(at, "role", &who, role, 0);
            }
            12 => {
                let who = self.somebody();
                self.step(at, "move", &who, trust, 0);
            }
            13..15 => {
                let who = self.somebody();
                if self.chance.percent(25) {
                    self.step(at, "revokebad", &who, "", 0);
                    self.step(at + 2 * DAY, "repair", &who, "", 0);
                } else {
                    self.step(at, "revoke", &who, "", 0);
                }
                self.gone(&who);
            }
            15..18 => {
                let who = self.somebody();
                self.step(at, "leave", &who, "", 0);
                self.gone(&who);
                if self.chance.percent(15) {
                    let back = at + self.chance.pick(&[3, 20, 4000]);
                    self.step(back, "unleave", &who, "", 0);
                    self.passes(back);
                }
            }
            _ => {
                if let Some(who) = self.left.pop() {
                    let n = if self.chance.percent(50) { 10 + self.chance.below(30) } else { 0 };
                    self.step(at, "back", &who, "", n);
                    self.people.push(who);
                }
            }
        }
        self.maybe_passes(at);
    }

    fn gone(&mut self, who: &str) {
        self.people.retain(|known| known != who);
        self.left.push(who.to_owned());
    }
}

/// More boundaries than most runs have.
const BOUNDARIES: i64 = 16;

const LEADER_TOO: &str = PILLARS[0];

fn letters(n: i64) -> String {
    n.to_string().bytes().map(|b| char::from(b'a' + b - b'0')).collect()
}
