//! Mistakes, attacks and accidents, each with its correction and the days that it takes.

use super::super::actors::{AROUND, GREEDY, MOVED, TORN};
use super::super::desk::{PILLARS, TRUSTS};
use super::super::invariants::LATE;
use super::super::oracle::DAY;
use super::super::world::{Mode, fault_words};
use super::{BOUNDARIES, Plot, Theme, letters, themes};

impl Plot {
    /// Adds a mistake, an attack or an accident, and its correction. Returns the days that it takes.
    pub(super) fn trouble(&mut self, theme: Theme, day: i64) -> i64 {
        let theme = match theme {
            Theme::All => self.chance.pick(&themes()[2..]),
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
            Theme::Start => self.start(day),
            Theme::Vanish => self.vanish(day),
            Theme::Deep => self.deep(day),
            Theme::Older => self.older(day),
            Theme::Failover if self.mode == Mode::Pair => self.failover(day),
            Theme::Kill | Theme::Failover => {
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

    /// The leading daemon has just taken over. It is killed in the middle of its first pass with something new, which the
    /// other one's copy does not have. That one takes over.
    fn failover(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        if self.chance.percent(60) {
            self.step(at - 10, "takeover", "", "", 0);
            self.step(at - 9, "sync", "", "", 0);
        }
        let trust = self.chance.pick(&TRUSTS).0;
        let who = format!("ny{}.{trust}", letters(at));
        self.step(at, "give", &who, &format!("{trust}:LU:smerteregisteret"), 0);
        self.people.push(who);
        if self.chance.percent(30) {
            let who = self.somebody();
            self.step(at + 1, "revoke", &who, "", 0);
            self.gone(&who);
        }
        let n = self.chance.below(BOUNDARIES);
        self.step(at + 3, "killover", "", "", n);
        self.passes(at + 5);
        self.passes(at + 65);
        let later = at + 300 + self.chance.below(20_000);
        self.step(later, "sync", "", "", 0);
        self.passes(later);
        2
    }

    /// The side that will lead after the next take-over.
    fn other(&self) -> &'static str {
        let taken_over = ["takeover", "killover"];
        let turns = self.steps.iter().filter(|step| taken_over.contains(&step.verb.as_str())).count();
        if turns.is_multiple_of(2) { "b" } else { "a" }
    }
}
