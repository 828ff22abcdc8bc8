//! The edits of entries: added, changed, taken out, revoked, and said otherwise.

use super::first::{about, entry};
use super::{CONTACTED, Desk, HOLDERS, days};
use crate::same_engine::chance::Chance;
use crate::same_engine::words::*;

impl Desk<'_> {
    fn some_entry(&self, chance: &mut Chance, trust: Id, about: &About, person: Id) -> Entry {
        let today = self.today;
        let units = TRUSTS.iter().find(|(id, _)| *id == trust).unwrap().1;
        let usual = if trust == "nasjonal" { "SC" } else { "LU" };
        let role = if chance.percent(75) { usual } else { chance.pick(&["SC", "LC", "LC", "LC", "LU"]) };
        let mut e = entry(role, chance.pick(units), 0, "", today);
        e.application = chance.pick(&APPLICATIONS);
        e.request =
            if chance.percent(15) { 1 + chance.below(3) as u32 } else { 100 + chance.below(900) as u32 };
        e.by = self.approver(chance, trust, role, about, person);
        e.from = days(today, chance.pick(&[-10, 0, 0, 1, 15, -100]));
        self.dates(chance, &mut e, about.lis);
        e
    }

    pub(super) fn add(&mut self, chance: &mut Chance) {
        let person = if chance.percent(80) { self.ordinary(chance) } else { chance.pick(&HOLDERS) };
        let there: Vec<Id> = self.tree.files.keys().filter(|(_, p)| *p == person).map(|(t, _)| *t).collect();
        let trust = if !there.is_empty() && chance.percent(60) {
            chance.pick(&there)
        } else {
            TRUSTS[chance.weighed(&[1, 2, 5, 5, 2])].0
        };
        let place = (trust, person);
        let before = self.tree.files.get(&place).cloned();
        if before.is_none() {
            let of_person = self.tree.files.iter().find(|((_, p), _)| *p == person);
            let of_person = of_person.map(|(_, file)| (file.about.clone(), file.name));
            let (mut about, name) = of_person.unwrap_or_else(|| (about(trust), 0));
            if there.is_empty() && chance.percent(35) {
                about.staff = chance.pick(&["health", "ict", "ict", "other"]);
                about.employer = chance.pick(&EMPLOYERS);
                about.lis = chance.percent(50);
            }
            self.tree.files.insert(place, File { name, ..File::of(about) });
        }
        let about = self.tree.files[&place].about.clone();
        for _ in 0..1 + chance.below(2) {
            let e = self.some_entry(chance, trust, &about, person);
            self.write(place, e);
        }
        self.approve(chance, place, before);
    }

    pub(super) fn change(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let before = self.tree.files[&place].clone();
        if before.entries.is_empty() {
            return;
        }
        let at = chance.below(before.entries.len());
        let mut e = before.entries[at].clone();
        match chance.below(6) {
            0 => e.role = chance.pick(&["LU", "LC", "SC"]),
            1 | 2 => {
                let ends = [Some(30), Some(0), Some(-1), Some(300), None];
                e.until = chance.pick(&ends).map(|end| days(self.today, end));
            }
            3 => e.from = days(self.today, chance.pick(&[-50, 0, 5])),
            4 => e.identity = Identity::Contacted(days(self.today, CONTACTED)),
            _ => {}
        }
        e.until = e.until.filter(|until| *until >= e.from);
        if chance.percent(70) {
            let (until, identity) = (e.until, e.identity);
            self.dates(chance, &mut e, false);
            (e.until, e.identity) = (until, if chance.percent(85) { identity } else { e.identity });
            e.by = self.approver(chance, place.0, e.role, &before.about, place.1);
        }
        self.tree.files.get_mut(&place).unwrap().entries[at] = e;
        self.approve(chance, place, Some(before));
    }

    pub(super) fn take_out(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let file = self.tree.files.get_mut(&place).unwrap();
        if file.entries.len() < 2 {
            self.tree.files.remove(&place);
        } else {
            let at = chance.below(file.entries.len());
            file.entries.remove(at);
        }
    }

    pub(super) fn revoke(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let (by, today) = (chance.pick(&HOLDERS), self.today);
        let file = self.tree.files.get_mut(&place).unwrap();
        if !file.entries.is_empty() {
            let at = chance.below(file.entries.len());
            file.entries[at].revoked = Some((by, today));
        }
    }

    /// An old file with its old signatures.
    pub(super) fn replay(&mut self, chance: &mut Chance) {
        if self.history.is_empty() {
            return;
        }
        let old = chance.pick(self.history);
        let changed: Vec<(Id, Id)> = old
            .files
            .iter()
            .filter(|(place, file)| self.tree.files.get(*place) != Some(*file))
            .map(|(place, _)| *place)
            .collect();
        if !changed.is_empty() {
            let place = chance.pick(&changed);
            self.tree.files.insert(place, old.files[&place].clone());
        }
    }

    pub(super) fn says_otherwise(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let before = self.tree.files[&place].clone();
        let file = self.tree.files.get_mut(&place).unwrap();
        match chance.below(5) {
            4 => file.name = chance.pick(&[0, 1, 2]),
            0 => file.about.employer = chance.pick(&EMPLOYERS),
            1 => file.about.staff = chance.pick(&["health", "ict", "other"]),
            2 => file.about.lis = !file.about.lis,
            _ => file.about.login = chance.pick(&[None, Some("delt"), Some("egen")]),
        }
        if chance.percent(60) {
            let (about, today) = (file.about.clone(), self.today);
            for at in 0..before.entries.len() {
                let (role, trust) = (before.entries[at].role, place.0);
                let by = self.approver(chance, trust, role, &about, place.1);
                let file = self.tree.files.get_mut(&place).unwrap();
                (file.entries[at].by, file.entries[at].on) = (by, days(today, -1));
            }
        }
        self.approve(chance, place, Some(before));
    }
}
