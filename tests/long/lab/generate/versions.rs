//! Trouble with the words of entries: starts that are moved ahead, and older versions that are seen again.

use super::super::desk::TRUSTS;
use super::super::oracle::DAY;
use super::{Plot, letters};

impl Plot {
    /// The starts of accesses that run are moved ahead, in one file or in all of a trust.
    pub(super) fn start(&mut self, day: i64) -> i64 {
        let (at, n) = (self.hour(day), self.chance.below(5000));
        let (verb, who) = if self.chance.percent(40) {
            ("latermany", self.chance.pick(&TRUSTS).0.to_owned())
        } else {
            ("later", self.somebody())
        };
        self.step(at, verb, &who, "", n);
        self.passes(at);
        let days = self.chance.pick(&[0, 0, 1, 3]);
        let mended = at + 200 + days * DAY + self.chance.below(3600);
        self.step(mended, "repair", &who, "", 0);
        self.passes(mended);
        days + 1
    }

    /// Somebody new gets another role on the next day, or is revoked. On a later day the file is seen for a while as it was
    /// before. Or somebody's file is seen without its newest entry.
    pub(super) fn older(&mut self, day: i64) -> i64 {
        let at = self.hour(day);
        let n = self.chance.below(5000);
        if self.chance.percent(30) {
            let who = self.somebody();
            return self.seen_again(at, &who, n);
        }
        let trust = self.chance.pick(&TRUSTS).0;
        let who = format!("ny{}.{trust}", letters(at));
        let revoked = self.chance.percent(30);
        let role = if self.chance.percent(70) { "LU" } else { "LC" };
        self.step(at, "give", &who, &format!("{trust}:{role}:smerteregisteret"), 0);
        self.passes(at);
        let changed = at + DAY;
        if revoked {
            self.step(changed, "revoke", &who, "", 0);
            self.left.push(who.clone());
        } else {
            self.step(changed, "role", &who, if role == "LU" { "LC" } else { "LU" }, 0);
            self.people.push(who.clone());
        }
        self.passes(changed);
        let again = changed + if revoked { 3 * DAY } else { DAY };
        again / DAY - day + self.seen_again(again, &who, n - n % 2)
    }

    /// An entry that is missing comes back before its absence has lasted. So that kind is left to programs that wait.
    fn seen_again(&mut self, at: i64, who: &str, n: i64) -> i64 {
        let n = if self.mode.lasting() { n } else { n - n % 2 };
        let seconds = self.chance.pick(&[20, 60, 600, 4000]);
        self.step(at, "older", who, "", n);
        self.passes(at);
        let mended = at + if n % 2 == 1 { 20 } else { seconds };
        self.step(mended, "repair", who, "", 0);
        self.passes(mended);
        1
    }
}
