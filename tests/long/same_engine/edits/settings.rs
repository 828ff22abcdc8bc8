//! The edits of the settings, and the consents to them.

use super::{COORDINATOR, Desk, HOLDERS, LEADER, MANAGER, SECOND, STRANGE, days, keys_of};
use crate::same_engine::chance::Chance;
use crate::same_engine::words::*;

/// Policies that are cut out where they are loosened or tightened.
const CUTS: [Id; 9] = [
    "lis-needs-end-date",
    "lc-only-by-national-leadership",
    "identity-must-be-certain",
    "coordinator-never-approves-elsewhere",
    "test-unit-only-for-technical-staff",
    "nobody-approves-own-access",
    "request-serves-once",
    "lc-not-too-many",
    "system-manager-approves-ict",
];

/// Changes the settings in one of the possible ways.
pub fn alter(settings: &mut Settings, chance: &mut Chance, today: Day) {
    match chance.below(11) {
        0 => drop(settings.register.most.insert("helse-fonna", chance.pick(&[1, 3]))),
        1 => settings.register.max_lis_months = chance.pick(&[3, 24]),
        2 => settings.register.note += 1,
        3 => {
            let at = chance.below(5);
            settings.register.appointments[at].suspended = true;
        }
        4 => {
            let person = chance.pick(&["en.testesen", "lc.ahusen", "ny.nyesen"]);
            let office = chance.pick(&["register-leader", "system-manager", "ict-administrator"]);
            // Nobody is appointed twice to one office.
            settings.register.appointments.retain(|a| (a.person, a.office) != (person, office));
            let from = days(today, -5);
            settings.register.appointments.push(Appointment {
                person,
                office,
                from,
                until: None,
                suspended: false,
            });
        }
        5 => settings.register.appointments.retain(|a| a.person != COORDINATOR),
        6 => {
            let key = chance.pick(&STRANGE);
            settings.keys.retain(|line| line.key != key);
            settings.keys.push(KeyLine {
                person: chance.pick(&[LEADER, "lc.ahusen", "ny.nyesen"]),
                key,
                from: None,
                until: None,
            });
        }
        7 => {
            let owner = chance.pick(&[LEADER, "lc.ahusen", MANAGER]);
            settings.keys.retain(|line| line.person != owner);
        }
        8 => drop(settings.revoked.insert(chance.pick(&[0, 9, 11]))),
        9 => settings.register.evidence = chance.pick(&[Mode::Declared, Mode::Signature]),
        _ => drop(settings.cut.insert(chance.pick(&CUTS))),
    }
}

impl Desk<'_> {
    pub(super) fn settings(&mut self, chance: &mut Chance) {
        let earlier = self.history.iter().rev().find(|tree| tree.settings != self.tree.settings);
        match earlier.filter(|_| chance.percent(10)).cloned() {
            // Old settings with the signatures of then.
            Some(tree) => {
                self.tree.settings = tree.settings;
                self.consent(chance, tree.consents);
            }
            None => {
                self.tree.settings = chance.pick(self.variants);
                self.consent(chance, Vec::new());
            }
        }
    }

    /// Signatures of some people beside the settings, or their reviews.
    fn consent(&mut self, chance: &mut Chance, old: Vec<Consent>) {
        let today = self.today;
        self.tree.consents = old;
        let settings = self.tree.settings.clone();
        for _ in 0..chance.below(4) {
            let by = if chance.percent(75) {
                chance.pick(&[LEADER, COORDINATOR, MANAGER, SECOND])
            } else {
                chance.pick(&HOLDERS)
            };
            if self.evidence() == Mode::Forge {
                let mut seen = settings.clone();
                if chance.percent(10) {
                    seen.register.note += 1;
                }
                self.reviews.settings.push((by, seen));
                continue;
            }
            let mine = keys_of(by);
            let mut consent =
                Consent { key: mine[0], here: true, over: Box::new(settings.clone()), by, on: today };
            consent.on = days(today, chance.pick(&[0, -1, -1, -2, -2, -31, -32, 1]));
            match chance.below(16) {
                0 => consent.key = chance.pick(&STRANGE),
                1 => consent.key = chance.below(HOLDERS.len()),
                2 => consent.key = mine[mine.len() - 1],
                3 => consent.here = false,
                4 => consent.over.register.note += 1,
                _ => {}
            }
            self.tree.consents.push(consent);
        }
    }
}
