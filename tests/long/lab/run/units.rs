//! A unit moves to another trust, or a trust gets another id. Two administrators release the settings. The accepted
//! entries move with the unit or trust, and the files follow.

use super::super::actors::{Step, mend};
use super::super::desk::*;
use super::super::invariants::{Failure, fail};
use super::super::world::Mode;
use super::Running;

impl Running {
    /// Moves a unit. This is not done under a wrong clock, in the middle of a mistake or of another change, or if an
    /// older database may come back. Other histories cover those cases.
    pub(super) fn unit(&mut self, step: &Step) -> Result<(), Failure> {
        let Some(to) = TRUSTS.iter().map(|known| known.0).find(|known| **known == step.what) else {
            return Ok(());
        };
        let before = self.desk.north_at;
        let busy = self.stale || self.backup.is_some() || self.told.settings.is_some();
        let concerned =
            |slip: &Slip| slip.folder.is_some() || slip.covers.keys().any(|(_, who)| who.starts_with("nord"));
        if to == before || busy || self.clocks != [0, 0] || self.desk.slips.iter().any(concerned) {
            return Ok(());
        }
        if !self.date(step.at).steady {
            return Ok(());
        }
        self.desk.north_at = to;
        self.show();
        self.pass(true, step.at)?;
        let Some(digest) = self.told.settings.clone() else {
            return fail("settings wait", format!("a unit moves to {to}, and nothing waits for a release"));
        };
        self.world.release_settings(&digest, self.clock(step.at));
        self.oracle.north_at = to;
        for grant in self.oracle.grants.iter_mut().filter(|grant| grant.unit == NORTH) {
            to.clone_into(&mut grant.trust);
        }
        self.pass(true, step.at + 1)?;
        self.follow(before, to);
        self.show();
        if self.world.mode == Mode::Pair {
            self.world.bring_up_to_date(&self.desk.tree());
        }
        self.pass(true, step.at + 2)
    }

    /// Gives a trust another id, with its folder and the employer of its people, in the same change. The change has no
    /// other effect.
    pub(super) fn called(&mut self, step: &Step) -> Result<(), Failure> {
        let Some(trust) = TRUSTS.iter().map(|known| known.0).find(|known| **known == step.what) else {
            return Ok(());
        };
        let busy = self.stale || self.backup.is_some() || self.told.settings.is_some();
        let odd = self.desk.slips.iter().any(|slip| slip.folder.is_some());
        // An id that a trust had before is never its own again.
        let once = self.desk.called.contains_key(trust);
        if busy || odd || once || self.clocks != [0, 0] || !self.date(step.at).steady {
            return Ok(());
        }
        self.desk.called.insert(trust, format!("{trust}-{}", step.n));
        self.show();
        self.pass(true, step.at)?;
        let Some(digest) = self.told.settings.clone() else {
            return fail(
                "settings wait",
                format!("{trust} gets another id, and nothing waits for a release"),
            );
        };
        self.world.release_settings(&digest, self.clock(step.at));
        self.pass(true, step.at + 1)?;
        if self.world.mode == Mode::Pair {
            self.world.bring_up_to_date(&self.desk.tree());
        }
        self.pass(true, step.at + 2)
    }

    /// Gives a person another id, approved at the trust of their only file. The change has no other effect.
    pub(super) fn renamed(&mut self, step: &Step) {
        let who = &step.who;
        let busy =
            self.backup.is_some() || self.desk.is_covered(who) || self.desk.people_called.contains_key(who);
        let odd = self.desk.slips.iter().any(|slip| slip.folder.is_some());
        if self.desk.only(who).is_none() || busy || odd {
            return;
        }
        let known = self.oracle.grants.iter().any(|grant| grant.person == *who && grant.accepted.is_some());
        if !known || self.clocks != [0, 0] || !self.date(step.at).steady {
            return;
        }
        // A person who may approve a coordinator may approve everybody.
        let (by, on) = (LEADER.to_owned(), self.date(step.at).trusted);
        let to = format!("nytt{}.{}", step.at, who.rsplit('.').next().unwrap_or("navn"));
        self.world.ids.insert(to.clone(), who.clone());
        self.desk.people_called.insert(who.clone(), Renaming { to, by, on });
    }

    /// Moves files whose entries are all at that unit. Files with other entries stay.
    fn follow(&mut self, from: &str, to: &str) {
        let here: Vec<Place> = self.desk.files.keys().filter(|place| place.0 == from).cloned().collect();
        for place in here {
            let mut file = self.desk.files[&place].clone();
            let (north, rest): (Vec<Entry>, Vec<Entry>) =
                file.access.drain(..).partition(|entry| entry.unit == NORTH);
            if north.is_empty() {
                continue;
            }
            mend(&mut self.desk, &place.1);
            if rest.is_empty() {
                self.desk.files.remove(&place);
            } else {
                self.desk.files.insert(place.clone(), File { access: rest, ..file.clone() });
            }
            let there = (to.to_owned(), place.1);
            let moved = self.desk.files.entry(there).or_insert(file);
            moved.access.extend(north);
        }
        // Files that are away may come back.
        let gone: Vec<Place> = self.desk.deleted.keys().filter(|place| place.0 == from).cloned().collect();
        for place in gone {
            if self.desk.deleted[&place].access.iter().any(|entry| entry.unit == NORTH) {
                let file = self.desk.deleted.remove(&place).unwrap();
                self.desk.deleted.insert((to.to_owned(), place.1), file);
            }
        }
    }
}
