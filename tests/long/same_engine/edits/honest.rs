//! What honest people do on the way to the base, with all evidence.

use super::{COORDINATOR, Desk, LEADER, days, keys_of};
use crate::same_engine::chance::Chance;
use crate::same_engine::model::Review;
use crate::same_engine::words::*;

impl Desk<'_> {
    /// Makes an edit on the way to the base. People who may approve it do so, with all evidence.
    pub fn honest(&mut self, chance: &mut Chance, number: usize) {
        let today = self.today;
        let ordinary: Vec<(Id, Id)> =
            self.tree.files.keys().filter(|(_, p)| p.ends_with("testesen")).copied().collect();
        let place = chance.pick(&ordinary);
        let before = self.tree.files[&place].clone();
        let at = chance.below(before.entries.len());
        let by = chance.pick(&[LEADER, COORDINATOR, COORDINATOR]);
        let on = days(today, chance.pick(&[0, -1]));
        let file = self.tree.files.get_mut(&place).unwrap();
        let e = &mut file.entries[at];
        match chance.below(8) {
            7 => {
                // The person has another name. The approver signs it, or reviews it.
                file.name = (file.name + 1) % 3;
                file.identified.push(Identified { key: keys_of(by)[0], name: file.name, by, on });
                let (trust, person) = place;
                let (old, new) = (Some(before.clone()), Some(file.clone()));
                self.reviews.files.push(Review { trust, person, by, old, new });
                return;
            }
            // The access is approved again, with another end or without any change.
            0..3 => {
                (e.by, e.on) = (by, on);
                e.until =
                    chance.pick(&[Some(days(today, 90)), None, e.until]).filter(|until| *until >= e.from);
            }
            3 => e.until = Some(days(today, 35)).filter(|until| *until >= e.from),
            4 => {
                let e = Entry { by, on, request: 10 + number as u32, ..e.clone() };
                file.entries.push(Entry { from: today, until: None, revoked: None, ..e });
            }
            5 if file.entries.len() > 1 => drop(file.entries.remove(at)),
            _ => drop(file.signatures.pop()),
        }
        let file = self.tree.files[&place].clone();
        let old = before.said(place.1);
        for said in file.said(place.1).difference(&old) {
            let key = keys_of(said.by)[0];
            let signature = Signature { key, here: true, over: Box::new(said.clone()) };
            self.tree.files.get_mut(&place).unwrap().signatures.push(signature);
            let (trust, person) = place;
            let (old, new) = (Some(before.clone()), Some(file.clone()));
            self.reviews.files.push(Review { trust, person, by: said.by, old, new });
        }
    }

    /// Rejects applications on the way to the base. People who may reject them do so, with all evidence.
    pub fn honest_rejections(&mut self, chance: &mut Chance) {
        for request in [3, 51, 60] {
            if !chance.percent(40) {
                continue;
            }
            let by = chance.pick(&[LEADER, "lc.ahusen"]);
            let before = self.tree.rejected.clone();
            let signed = Some((keys_of(by)[0], true));
            self.tree.rejected.push(Rejected { request, by, on: self.today, signed });
            self.reviews.lists.push((by, before, self.tree.rejected.clone()));
        }
    }

    /// Changes the settings. Two people who may approve them do so.
    pub fn honest_settings(&mut self, chance: &mut Chance) {
        let settings = &mut self.tree.settings;
        match chance.below(3) {
            0 => settings.register.note += 1,
            1 => settings.register.max_lis_months = 9,
            _ => drop(settings.register.most.insert("helse-fonna", 2)),
        }
        let settings = settings.clone();
        let sign = |by: Id| {
            let (key, on) = (keys_of(by)[0], days(self.today, -1));
            Consent { key, here: true, over: Box::new(settings.clone()), by, on }
        };
        self.tree.consents = [LEADER, COORDINATOR].map(sign).into();
        self.reviews.settings.extend([LEADER, COORDINATOR].map(|by| (by, settings.clone())));
    }
}
