//! Trouble with whole folders, and files that are moved a level too deep or beside the state.

use super::super::actors::DEEP;
use super::super::desk::{PILLARS, TRUSTS};
use super::super::oracle::DAY;
use super::Plot;

impl Plot {
    /// A trust's folder or the whole state is away for a while, lies elsewhere, or is exchanged for one that lacks files.
    pub(super) fn vanish(&mut self, day: i64) -> i64 {
        let (at, trust) = (self.hour(day), self.chance.pick(&TRUSTS).0);
        let n = self.chance.below(5000);
        // Only where absence must last is an exchanged folder another question than a file that is away.
        let kinds = if self.mode.lasting() { 8 } else { 4 };
        match self.chance.below(kinds) {
            0 => {
                self.step(at, "treeaway", "", "", 0);
                self.passes(at + 10);
                1
            }
            1 => {
                self.step(at, "folderaway", trust, "", 0);
                let seconds = self.chance.pick(&[20, 100, 4000]);
                self.put_back(at, trust, seconds)
            }
            2 => self.moved_folder(at, trust, n),
            3 => {
                self.step(at, "folderodd", trust, "", n);
                let seconds = self.chance.pick(&[100, 4000, DAY, 2 * DAY]);
                self.put_back(at, trust, seconds)
            }
            _ => self.folder_blinks(at, trust, n),
        }
    }

    /// A pass or some see it, and after so many seconds it is put right.
    fn put_back(&mut self, at: i64, who: &str, seconds: i64) -> i64 {
        self.passes(at);
        self.step(at + seconds, "repair", who, "", 0);
        self.passes(at + seconds);
        seconds / DAY + 1
    }

    fn moved_folder(&mut self, at: i64, trust: &str, n: i64) -> i64 {
        self.step(at, "foldermoved", trust, "", n);
        let seconds = self.chance.pick(&[20, 4000, DAY, 2 * DAY]);
        self.put_back(at, trust, seconds)
    }

    /// A folder is exchanged for one that lacks files, and comes back, again and again. No look sees it back.
    fn folder_blinks(&mut self, at: i64, trust: &str, n: i64) -> i64 {
        let turns = 6 + self.chance.below(6);
        for turn in 0..turns {
            let begins = at + turn * 8;
            self.step(begins, "folderswap", trust, "", n);
            self.step(begins + 3, "pass", "", "", 0);
            self.step(begins + 6, "repair", trust, "", 0);
        }
        self.passes(at + turns * 8);
        1
    }

    /// A file, or the folder of a trust, is moved a level too deep or beside the state, and back.
    pub(super) fn deep(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        let n = self.chance.below(5000);
        if self.chance.percent(25) {
            let trust = self.chance.pick(&TRUSTS).0;
            return self.moved_folder(at, trust, n);
        }
        let kind = self.chance.pick(&DEEP);
        let who =
            if self.chance.percent(10) { self.chance.pick(&PILLARS).to_owned() } else { self.somebody() };
        self.step(at, kind, &who, "", n);
        let seconds = self.chance.pick(&[20, 300, 4000, DAY, 3 * DAY]);
        self.put_back(at, &who, seconds)
    }
}
