//! Makes histories from seeds. The theme of a history decides which mistakes are more frequent. In all themes people
//! give, extend, move and leave.

use jiff::ToSpan as _;

use super::actors::{AROUND, GREEDY, MOVED, Step, TORN};
use super::chance::Chance;
use super::desk::{Day, NORTHERNERS, PILLARS, TRUSTS};
use super::history::History;
use super::invariants::LATE;
use super::oracle::DAY;
use super::world::{Mode, fault_words};

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
}

impl Theme {
    pub const ALL: [Self; 17] = [
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
    ];
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
    let theme =
        if turn.is_multiple_of(2) { Theme::All } else { Theme::ALL[1 + (turn / 2) % (Theme::ALL.len() - 1)] };
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

    /// Adds a mistake, an attack or an accident, and its correction. Returns the days that it takes.
    fn trouble(&mut self, theme: Theme, day: i64) -> i64 {
        let theme = match theme {
            Theme::All => {
                let all = Theme::ALL;
                self.chance.pick(&all[2..])
            }
            // Each theme is sometimes disturbed by another one.
            theme if self.chance.percent(15) => {
                let other = [Theme::Torn, Theme::Moved, Theme::Clock, Theme::Greed, theme];
                self.chance.pick(&other)
            }
            theme => theme,
        };
        let disturbed = self.mode == Mode::Elsewhere && self.chance.percent(35);
        match if disturbed { Theme::Service } else { theme } {
            Theme::Service if self.mode == Mode::Elsewhere => self.service(day),
            Theme::All | Theme::Calm | Theme::Torn | Theme::Service => self.slip(day, &TORN),
            Theme::Moved => self.slip(day, &MOVED),
            Theme::Greed => self.greed(day),
            Theme::Clock => self.clock(day, "a"),
            Theme::Blink if self.mode.lasting() => self.blink(day),
            Theme::Blink => self.slip(day, &["away"]),
            Theme::Limits => self.raise(day),
            Theme::Folder => self.folder(day),
            Theme::Crowd => {
                let (at, trust) = (self.hour(day), self.chance.pick(&TRUSTS).0);
                let n = 15 + self.chance.below(20);
                self.step(at, "mass", trust, "", n);
                self.passes(at);
                self.step(at + 3600, "release", "", "", 0);
                self.passes(at + 3660);
                8
            }
            Theme::Unit => {
                let (at, trust) = (self.hour(day), self.chance.pick(&TRUSTS).0);
                match self.chance.below(4) {
                    0 => self.step(at, "called", "", trust, 2 + day),
                    1 => {
                        let who = self.somebody();
                        self.step(at, "renamed", &who, "", 0);
                    }
                    _ => self.step(at, "unit", "", trust, 0),
                }
                self.passes(at + 10);
                2
            }
            Theme::Kill => {
                let at = self.hour(day);
                if self.chance.percent(30) {
                    self.crowd_leaves(at, 1);
                }
                for turn in 0..1 + self.chance.below(3) {
                    self.honest(at + 40 + turn);
                    let n = self.chance.below(BOUNDARIES);
                    self.step(at + 100 + turn * 100, "kill", "", "", n);
                }
                self.passes(at + 400);
                1
            }
            Theme::Memory => {
                let (at, who) = (self.hour(day), self.somebody());
                let verb = self.chance.pick(&["sqlrole", "sqluntil", "sqlaccount"]);
                self.step(at, verb, &who, "", 0);
                self.repaired(at, &who)
            }
            Theme::Branch if self.mode == Mode::Git => self.branch(day),
            Theme::Branch => self.leavers(day),
            Theme::Takeover if self.mode == Mode::Pair => self.takeover(day),
            Theme::Takeover => {
                let at = self.hour(day);
                self.step(at, "restart", "", "", 0);
                1
            }
            Theme::Backup => {
                let at = self.hour(day);
                self.step(at, "backup", "", "", 0);
                let later = at + 3600 + self.chance.below(3 * DAY);
                self.step(later, "restore", "", "", 0);
                self.step(later + 60, "confirm", "", "", 0);
                self.passes(later + 120);
                self.passes(later + 240);
                4
            }
        }
    }

    /// A pass or some see it, and after a while it is put right.
    fn repaired(&mut self, at: i64, who: &str) -> i64 {
        self.passes(at);
        self.step(at + 90, "whole", "", "", 0);
        let days = self.chance.pick(&[0, 0, 1, 1, 2, 3, 9]);
        let mended = at + 200 + days * DAY + self.chance.below(3600);
        self.step(mended, "repair", who, "", 0);
        self.passes(mended);
        days + 1
    }

    fn slip(&mut self, day: i64, kinds: &[&str]) -> i64 {
        let at = self.hour(day);
        let kind = if self.chance.percent(12) { self.chance.pick(&AROUND) } else { self.chance.pick(kinds) };
        let who =
            if self.chance.percent(10) { self.chance.pick(&PILLARS).to_owned() } else { self.somebody() };
        if ["litter", "swapfile"].contains(&kind) {
            let trust = self.chance.pick(&TRUSTS).0;
            self.step(at, kind, trust, "", 0);
            self.honest(at + 30);
            return self.repaired(at, trust);
        }
        let n = self.chance.below(5000);
        self.step(at, kind, &who, "", n);
        self.repaired(at, &who)
    }

    fn greed(&mut self, day: i64) -> i64 {
        let (at, kind) = (self.hour(day), self.chance.pick(&GREEDY));
        let who = match self.left.last() {
            Some(who) if kind == "spent" => who.clone(),
            _ => self.somebody(),
        };
        let trust = self.chance.pick(&["ahus", "helse-fonna"]);
        if kind == "rejected" {
            return self.rejected(at, &who, trust);
        }
        self.step(at, kind, &who, trust, 0);
        self.repaired(at, &who)
    }

    /// Adds the rejection of an application whose number an attacker uses: in the same change, after a pass, or days
    /// later. Or a person who may not decide there rejects a number, and it still serves the person for whom it is
    /// meant.
    fn rejected(&mut self, at: i64, who: &str, trust: &str) -> i64 {
        if self.chance.percent(30) {
            let new = format!("ny{}.{trust}", letters(at));
            self.step(at - 5, "reject", "wrong", trust, at);
            self.step(at, "give", &new, &format!("{trust}:LU:smerteregisteret"), 0);
            self.people.push(new);
            self.passes(at);
            return 1;
        }
        let later = at + self.chance.pick(&[0, 300, DAY, 3 * DAY]);
        self.step(at - 5, "reject", "", trust, later);
        if later > at {
            self.maybe_passes(at);
        }
        self.step(later, "rejected", who, trust, 0);
        (later - at) / DAY + self.repaired(later, who)
    }

    fn clock(&mut self, day: i64, side: &str) -> i64 {
        let midnight = day * DAY;
        let (at, what, n) = match self.chance.below(9) {
            0 => (self.hour(day), "epoch", 0),
            1 => (self.hour(day), "", -365 * DAY),
            2 | 3 => {
                // The first day of a person has begun, and the hour is then set back over midnight.
                let who = format!("natt{}.ahus", letters(midnight));
                self.step(midnight - 30_000, "give", &who, "ahus:LU:smerteregisteret", 1000);
                self.passes(midnight - 30_000);
                self.step(midnight + 400, "whole", "", "", 0);
                (midnight + 1500, "", -3600)
            }
            4 => (midnight + 120, "", -300),
            5 | 6 => (self.hour(day), "", 400 * DAY),
            7 => (self.hour(day), "", 3 * DAY),
            _ => (self.hour(day), "", 50 * 3600),
        };
        self.step(at, "clock", side, what, n);
        self.step(at + 10, "whole", "", "", 0);
        let other = at + 600;
        if self.chance.percent(40) {
            self.honest(other);
        }
        self.step(at + 1200, "whole", "", "", 0);
        let days = if n == -3600 || n == -300 { 0 } else { self.chance.below(3) };
        let right = at + 1800 + days * DAY;
        self.step(right, "clock", side, "", 0);
        self.step(right + 10, "whole", "", "", 0);
        self.step(right + 7200, "confirm", "", "", 0);
        self.step(right + 7260, "whole", "", "", 0);
        days + 2
    }

    fn blink(&mut self, day: i64) -> i64 {
        let (at, who) = (self.hour(day), self.somebody());
        let turns = 6 + self.chance.below(6);
        for turn in 0..turns {
            let begins = at + turn * 8;
            self.step(begins, "away", &who, "", 0);
            self.step(begins + 3, "pass", "", "", 0);
            self.step(begins + 6, "repair", &who, "", 0);
            // Back, and sometimes seen to be.
            if self.chance.percent(10) {
                self.step(begins + 7, "pass", "", "", 0);
            }
        }
        self.passes(at + turns * 8);
        1
    }

    /// More leave than may, the limits are raised, and only that is released.
    fn raise(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        self.crowd_leaves(at, 0);
        self.passes(at + 20);
        self.step(at + 100, "whole", "", "", 0);
        self.step(at + 3600, "raise", "", "", 0);
        self.passes(at + 3700);
        self.step(at + DAY, "lower", "", "", 0);
        self.step(at + DAY + 600, "release", "", "", 0);
        self.passes(at + DAY + 660);
        3
    }

    fn crowd_leaves(&mut self, at: i64, apart: i64) {
        let trust = self.chance.pick(&TRUSTS).0;
        let many: Vec<String> =
            self.people.iter().filter(|who| who.ends_with(trust)).take(5).cloned().collect();
        for (number, who) in many.iter().enumerate() {
            self.step(at + number as i64 * apart, "leave", who, "", 0);
            self.gone(who);
        }
    }

    fn leavers(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        self.crowd_leaves(at, 1);
        self.crowd_leaves(at + 10, 1);
        self.passes(at + 60);
        self.step(at + DAY / 2, "release", "", "", 0);
        self.passes(at + DAY / 2 + 60);
        8
    }

    fn folder(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        let kind = self.chance.pick(&["plainfile", "plainfile", "half", "litter", "swapfile"]);
        let trust = self.chance.pick(&["nasjonal", "ahus", "helse-fonna", "helse-bergen"]);
        let n = self.chance.below(1000);
        self.step(at, kind, trust, "", n);
        self.repaired(at, trust)
    }

    /// Deletions and their reverts, cuts and their mends, and many deletions one by one, in one fetch.
    fn branch(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        if self.chance.percent(35) {
            self.crowd_leaves(at, 1);
            self.crowd_leaves(at + 10, 1);
            self.passes(at + 60);
            return 4;
        }
        for turn in 0..1 + self.chance.below(3) {
            let who = self.somebody();
            let kind = self.chance.pick(&["away", "away", "cut", "capital", "trust"]);
            let n = self.chance.below(5000);
            self.step(at + turn * 4, kind, &who, "", n);
            self.step(at + turn * 4 + 2, "repair", &who, "", 0);
        }
        self.passes(at + 60);
        1
    }

    /// Something goes wrong at the wire, for hours or a day, while work goes on.
    fn service(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        let word = self.chance.pick(&fault_words());
        self.step(at, "service", "", word, 0);
        for turn in 0..1 + self.chance.below(3) {
            self.honest(at + 10 + 600 * turn);
            self.run(at + 300 + 600 * turn, "whole");
        }
        let well = at + 2000 + self.chance.below((LATE - 1) * DAY);
        self.step(well, "service", "", "", 0);
        self.passes(well);
        2
    }

    /// The leading daemon dies. The other one has another clock, or an older copy.
    fn takeover(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        if self.chance.percent(30) {
            self.step(at - 3600, "sync", "", "", 0);
        }
        let odd = self.chance.percent(50);
        if odd {
            let (what, n) = self.chance.pick(&[("epoch", 0), ("", -365 * DAY), ("", 400 * DAY)]);
            // Whichever leads now, one of them is wrong.
            self.step(at - 5, "clock", self.other(), what, n);
        }
        self.step(at, "takeover", "", "", 0);
        self.passes(at);
        self.passes(at + 60);
        self.step(at + 150, "whole", "", "", 0);
        let later = at + 300 + self.chance.below(20_000);
        if odd {
            self.step(later, "clock", "a", "", 0);
            self.step(later, "clock", "b", "", 0);
            self.step(later + 5, "whole", "", "", 0);
            self.step(later + 10, "confirm", "", "", 0);
        }
        self.step(later + 20, "sync", "", "", 0);
        self.passes(later + 20);
        2
    }

    /// The side that will lead after the next take-over.
    fn other(&self) -> &'static str {
        let turns = self.steps.iter().filter(|step| step.verb == "takeover").count();
        if turns.is_multiple_of(2) { "b" } else { "a" }
    }
}

/// More boundaries than most runs have.
const BOUNDARIES: i64 = 16;

const LEADER_TOO: &str = PILLARS[0];

fn letters(n: i64) -> String {
    n.to_string().bytes().map(|b| char::from(b'a' + b - b'0')).collect()
}
