//! What was accepted before: the accesses, the statements that have served, and the authority that follows.

use std::collections::{BTreeMap, BTreeSet};

use super::Key;
use crate::same_engine::words::*;

#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) said: Said,
    /// Tells whether the access was taken out or taken back before today.
    gone: bool,
}

impl Standing {
    pub(super) fn lives(&self, today: Day) -> bool {
        !self.gone && self.said.until.is_none_or(|until| today <= until)
    }
    pub(super) fn in_force(&self, today: Day) -> bool {
        self.lives(today) && self.said.from <= today
    }
}

/// The accepted accesses, and the statements that have served.
pub(super) struct Past {
    pub(super) ever: BTreeMap<Key, Standing>,
    pub(super) used: BTreeSet<Said>,
    pub(super) consents: Vec<(Settings, Id, Day)>,
}

pub(super) fn key(person: Id, e: &Entry) -> Key {
    (person, e.application, e.unit, e.request)
}

pub(super) fn past(history: &[Tree]) -> Past {
    let mut past = Past { ever: BTreeMap::new(), used: BTreeSet::new(), consents: Vec::new() };
    for tree in history {
        let mut named = BTreeSet::new();
        for ((_, person), file) in &tree.files {
            for e in &file.entries {
                let (key, said) = (key(person, e), Said::of(person, &file.about, e));
                named.insert(key);
                let gone = e.revoked.is_some();
                match past.ever.get_mut(&key) {
                    Some(was) => {
                        if was.said != said {
                            past.used.insert(std::mem::replace(&mut was.said, said));
                        }
                        was.gone |= gone;
                    }
                    None => drop(past.ever.insert(key, Standing { said, gone })),
                }
            }
        }
        for (key, standing) in &mut past.ever {
            standing.gone |= !named.contains(key);
        }
        let signed = tree.consents.iter().map(|c| (tree.settings.clone(), c.by, c.on));
        past.consents.extend(signed);
    }
    past
}

/// Offices in force, and the trusts somebody coordinates.
#[derive(Debug, Clone, Default)]
pub(super) struct Authority {
    pub(super) offices: BTreeMap<Id, BTreeSet<Id>>,
    pub(super) coordinates: BTreeMap<Id, BTreeSet<Id>>,
}

impl Authority {
    pub(super) fn of(register: &Register, past: &Past, today: Day) -> Self {
        let mut authority = Self::default();
        for a in &register.appointments {
            let mine = || past.ever.iter().filter(|(key, _)| key.0 == a.person);
            // A person whose access is over has no authority, in spite of the register (R44).
            let left = mine().next().is_some() && !mine().any(|(_, standing)| standing.lives(today));
            let serves = a.from <= today && a.until.is_none_or(|until| today <= until) && !a.suspended;
            if serves && !left {
                authority.offices.entry(a.person).or_default().insert(a.office);
            }
        }
        for standing in past.ever.values().filter(|standing| standing.in_force(today)) {
            authority.gains(&standing.said);
        }
        authority
    }

    /// The role LC in the register itself gives it, and LC in Rapporteket alone does not (R6, R7).
    pub(super) fn gains(&mut self, said: &Said) {
        if said.role == "LC" && said.application == "smerteregisteret" {
            self.coordinates.entry(said.person).or_default().insert(trust_of(said.unit));
        }
    }

    pub(super) fn holds(&self, person: Id, office: Id) -> bool {
        self.offices.get(person).is_some_and(|offices| offices.contains(office))
    }

    pub(super) fn leads(&self, person: Id) -> bool {
        self.holds(person, "register-leader") || self.holds(person, "national-coordinator")
    }

    pub(super) fn national(&self, person: Id) -> bool {
        self.leads(person) || self.holds(person, "system-manager")
    }
}
