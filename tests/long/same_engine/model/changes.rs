//! The accesses that the head asks for and takes away.

use std::collections::{BTreeMap, BTreeSet};

use super::past::{Past, key};
use super::{Case, Key};
use crate::same_engine::words::*;

/// Something in the head that gives something.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) key: Key,
    pub(super) said: Said,
    /// An accepted entry says something else now.
    pub(super) change: bool,
    pub(super) spent: bool,
    /// The approval is of a later day than the accepted one, or of another person on the same day.
    pub(super) renewed: bool,
    /// It was over before anybody saw it.
    pub(super) over: bool,
    /// Its request was accepted for somebody else, at any time.
    pub(super) bound: bool,
    pub(super) file: (Id, Id),
}

impl Asked {
    /// An entry that was never accepted, of somebody whose request has not served them.
    pub(super) fn is_new(&self) -> bool {
        !self.change && !self.spent
    }
}

/// The accesses that the head asks for and takes away.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) asked: Vec<Asked>,
    /// Taken away, with the new last day where there is one.
    pub(super) taken: BTreeMap<Key, Option<Day>>,
}

pub(super) fn changes(case: &Case<'_>, past: &Past) -> Changes {
    let today = case.today;
    let base = case.history.last().unwrap();
    let held = disagreeing(base, case.head);
    let mut found = Changes::default();
    let mut over_before: Vec<Asked> = Vec::new();
    for (place, file) in &case.head.files {
        if file.broken {
            continue;
        }
        // Revocations and earlier ends in a file that disagrees still act.
        let disagrees = held.contains(place);
        let (trust, person) = *place;
        let mut named = BTreeSet::new();
        for e in &file.entries {
            let (key, said) = (key(person, e), Said::of(person, &file.about, e));
            named.insert(key);
            let over = e.revoked.is_some() || e.until.is_some_and(|until| until < today);
            let bound = past.ever.keys().any(|other| other.3 == key.3 && other.0 != person);
            let (change, spent, renewed) = (false, false, true);
            let asked = Asked { key, said, change, spent, renewed, over, bound, file: *place };
            match past.ever.get(&key) {
                None if disagrees => {}
                None if over => over_before.push(asked),
                None => found.asked.push(asked),
                Some(standing) if !standing.lives(today) => {
                    if !over && !disagrees {
                        found.asked.push(Asked { spent: true, renewed: false, ..asked });
                    }
                }
                Some(_) if e.revoked.is_some() => drop(found.taken.insert(key, None)),
                Some(standing) => {
                    let mut was = standing.said.clone();
                    if let Some(until) = e.until
                        && was.until.is_none_or(|old| until < old)
                    {
                        // An earlier end acts by itself.
                        found.taken.insert(key, Some(until));
                        was.until = Some(until);
                    }
                    if was != asked.said && !over && !disagrees {
                        // One person approves an access once a day, however sure they say they are.
                        let by_another = asked.said.by != was.by && asked.said.on == was.on;
                        let renewed = by_another || asked.said.on > was.on;
                        found.asked.push(Asked { change: true, renewed, ..asked });
                    }
                }
            }
        }
        for (key, _) in past.ever.iter().filter(|(key, standing)| {
            !disagrees
                && key.0 == person
                && trust_of(key.2) == trust
                && standing.lives(today)
                && !named.contains(*key)
        }) {
            found.taken.insert(*key, None);
        }
    }
    for (trust, person) in base.files.keys().filter(|place| !case.head.files.contains_key(*place)) {
        for (key, standing) in &past.ever {
            if key.0 == *person && trust_of(key.2) == *trust && standing.lives(today) {
                found.taken.insert(*key, None);
            }
        }
    }
    // An access that was over when it was first seen is only recorded, unless its request is another person's.
    let people = |request: u32| -> BTreeSet<Id> {
        let new = found.asked.iter().filter(|asked| asked.is_new()).chain(&over_before);
        new.filter(|asked| asked.key.3 == request).map(|asked| asked.key.0).collect()
    };
    let contested: Vec<Asked> =
        over_before.iter().filter(|asked| asked.bound || people(asked.key.3).len() > 1).cloned().collect();
    found.asked.extend(contested);
    found
}

/// Several files about a person must agree, and a login belongs to one person. The file that differs from what was
/// accepted is held.
fn disagreeing(base: &Tree, head: &Tree) -> BTreeSet<(Id, Id)> {
    let mut held = BTreeSet::new();
    let said = |tree: &Tree, who: Id| -> Vec<((Id, Id), (About, u32))> {
        let files = tree.files.iter().filter(|((_, person), file)| *person == who && !file.broken);
        files.map(|(place, file)| (*place, (file.about.clone(), file.name))).collect()
    };
    let people: BTreeSet<Id> = head.files.keys().map(|(_, person)| *person).collect();
    for person in &people {
        let now = said(head, person);
        let accepted = said(base, person).first().map(|(_, about)| about.clone());
        let unread = head.files.iter().any(|((_, who), file)| who == person && file.broken);
        let mut all: BTreeSet<&(About, u32)> = now.iter().map(|(_, about)| about).collect();
        all.extend(accepted.iter().filter(|_| {
            unread
                && head
                    .files
                    .iter()
                    .any(|(place, file)| place.1 == *person && file.broken && base.files.contains_key(place))
        }));
        if all.len() > 1 {
            held.extend(now.iter().filter(|(_, about)| accepted.as_ref() != Some(about)).map(|(p, _)| *p));
        }
    }
    let login = |file: &File| if file.broken { None } else { file.about.login };
    let logins: BTreeSet<Id> = head.files.values().filter_map(login).collect();
    for one in logins {
        let owner = base.files.iter().find(|(_, file)| login(file) == Some(one)).map(|((_, p), _)| *p);
        let mut users: BTreeSet<Id> =
            head.files.iter().filter(|(_, file)| login(file) == Some(one)).map(|((_, p), _)| *p).collect();
        users.extend(owner);
        if users.len() > 1 {
            for (place, file) in &head.files {
                let changed = base.files.get(place) != Some(file);
                if changed && !file.broken && users.contains(place.1) && owner != Some(place.1) {
                    held.insert(*place);
                }
            }
        }
    }
    held
}
