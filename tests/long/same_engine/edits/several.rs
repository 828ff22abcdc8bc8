//! Edits of more than one person: rejected applications, and approvers who appoint each other.

use super::first::{about, entry};
use super::{COORDINATOR, Desk, HOLDERS, LEADER, MANAGER, STRANGE, days, keys_of};
use crate::same_engine::chance::Chance;
use crate::same_engine::words::*;

impl Desk<'_> {
    /// Rejects an application at Ahus. The person may or may not reject it, and the evidence is right, wrong or
    /// missing. Its number is one that other edits use, or that has served.
    pub(super) fn reject(&mut self, chance: &mut Chance) {
        let request = chance.pick(&[1, 2, 3, 50, 51, 60, 61]);
        let by = if chance.percent(70) {
            chance.pick(&[LEADER, COORDINATOR, MANAGER, "lc.ahusen"])
        } else {
            chance.pick(&HOLDERS)
        };
        let on = days(self.today, chance.pick(&[0, 0, -1, -1, -31, -32, 1]));
        let key = keys_of(by)[0];
        let signed = match chance.below(10) {
            0 => None,
            1 => Some((chance.pick(&STRANGE), true)),
            2 => Some((chance.below(HOLDERS.len()), true)),
            3 => Some((key, false)),
            _ => Some((key, true)),
        };
        if self.tree.rejected.iter().any(|one| one.request == request) {
            return;
        }
        let before = self.tree.rejected.clone();
        self.tree.rejected.push(Rejected { request, by, on, signed });
        if chance.percent(85) {
            let approved = if chance.percent(90) { by } else { chance.pick(&HOLDERS) };
            self.reviews.lists.push((approved, before, self.tree.rejected.clone()));
        }
    }

    /// Adds an entry, which is approved, to the file of a person who may have none.
    fn add_to(&mut self, chance: &mut Chance, (trust, person): (Id, Id), e: Entry) {
        let place = (trust, person);
        let before = self.tree.files.get(&place).cloned();
        self.tree.files.entry(place).or_insert_with(|| File::of(about(trust)));
        self.write(place, e);
        self.approve(chance, place, before);
    }

    /// Makes people who appoint each other as coordinators, and a person whom they let in.
    pub(super) fn circle(&mut self, chance: &mut Chance) {
        let trust = chance.pick(&["ahus", "helse-fonna"]);
        let unit = TRUSTS.iter().find(|(id, _)| *id == trust).unwrap().1[0];
        let first = chance.pick(&[LEADER, "nye.nyesen"]);
        let asked = [
            ("ny.nyesen", "LC", first),
            ("nye.nyesen", "LC", chance.pick(&["ny.nyesen", COORDINATOR])),
            ("nyest.nyesen", "LU", chance.pick(&["ny.nyesen", "nye.nyesen"])),
            ("helt.nyesen", "LU", chance.pick(&["ny.nyesen", "nye.nyesen"])),
        ];
        for (number, (person, role, by)) in asked.into_iter().enumerate() {
            let place = (trust, person);
            let from = days(self.today, chance.pick(&[-1, -1, 0, 1]));
            let e = Entry {
                from,
                on: days(self.today, -2),
                ..entry(role, unit, 50 + number as u32, by, self.today)
            };
            self.add_to(chance, place, e);
        }
    }

    /// One coordinator leaves, another comes.
    pub(super) fn handover(&mut self, chance: &mut Chance) {
        let (trust, leaves) = chance.pick(&[("ahus", "lc.ahusen"), ("helse-fonna", "lc.fonnasen")]);
        let today = self.today;
        let last = chance.pick(&[-1, 0, 20]);
        match (chance.below(3), self.tree.files.get_mut(&(trust, leaves))) {
            (0, _) => drop(self.tree.files.remove(&(trust, leaves))),
            (1, Some(file)) => file
                .entries
                .iter_mut()
                .for_each(|e| e.until = Some(days(today, last)).filter(|until| *until >= e.from)),
            (_, Some(file)) => file.entries.iter_mut().for_each(|e| e.revoked = Some((LEADER, today))),
            _ => {}
        }
        let unit = TRUSTS.iter().find(|(id, _)| *id == trust).unwrap().1[0];
        // Sometimes both are on one request.
        let apart = u32::from(chance.percent(90));
        for (number, person) in ["ny.nyesen", "nye.nyesen"].iter().take(1 + chance.below(2)).enumerate() {
            let place = (trust, *person);
            let from = days(today, chance.pick(&[0, 0, last, last + 1]));
            let e = Entry {
                from,
                on: days(today, -2),
                ..entry("LC", unit, 60 + apart * number as u32, LEADER, today)
            };
            self.add_to(chance, place, e);
        }
    }
}
