//! Describes a change of the protected files (R44): the files, settings, appointments and keys that differ, the
//! people who approve it, and the number of approvals it needs.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::decide::{Consent, Proposed, Weighed};
use portvakt_core::judge::Rules;
use portvakt_core::model::{Appointment, FilePath, Register};
use portvakt_core::tree::{SETTINGS_SIGNATURES, Snapshot};

use super::names::ShownNames;
use super::value::{KeyChange, KeyTurn, OfficeChange, Protected, Term, Turn};

pub(super) fn protected(
    names: &ShownNames<'_>,
    accepted: &Rules,
    weighed: &Weighed,
    [base, tree]: [&Snapshot; 2],
) -> Option<Protected> {
    let turn = match weighed.proposed {
        Proposed::Same => return None,
        Proposed::Held(_) => Turn::Waits,
        Proposed::Released(..) => Turn::Approved,
        Proposed::Invalid => Turn::Invalid,
    };
    let files = files(base, tree);
    // If the files were invalid before and did not change, a finding says so. It is no change.
    if turn == Turn::Invalid && files.is_empty() {
        return None;
    }
    let mut protected = Protected {
        turn,
        files,
        settings: Vec::new(),
        offices: Vec::new(),
        keys: Vec::new(),
        digest: None,
        by: Vec::new(),
        needed: 2,
        decides: Vec::new(),
    };
    if let Some(Consent { by, needed, .. }) = &weighed.consent {
        protected.by = by.iter().map(|person| names.who(person)).collect();
        protected.needed = *needed;
    }
    if let Some(proposed) = weighed.proposed.pending() {
        protected.digest = Some(proposed.digest);
        protected.settings = settings(&accepted.register, &proposed.register);
        protected.offices = offices(names, &accepted.register, &proposed.register);
        protected.keys = keys(names, accepted, proposed);
    }
    Some(protected)
}

/// Returns the files that differ, except the signatures.
fn files(base: &Snapshot, tree: &Snapshot) -> Vec<FilePath> {
    let of = |snapshot: &Snapshot| -> BTreeMap<FilePath, Vec<u8>> {
        let settings = snapshot.settings().files().map(|(path, bytes)| (path, bytes.to_vec()));
        let policies = snapshot.policies().iter().map(|(path, bytes)| (path.clone(), bytes.to_vec()));
        settings.chain(policies).filter(|(path, _)| path.as_str() != SETTINGS_SIGNATURES).collect()
    };
    let (before, after) = (of(base), of(tree));
    let paths: BTreeSet<&FilePath> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

/// Returns the register's keys whose values differ, by their names in the file.
fn settings(before: &Register, after: &Register) -> Vec<String> {
    let of = |register: &Register| {
        // Usually one setting gives the most coordinators of all trusts, so it is compared under its own key.
        let most: BTreeMap<_, _> =
            register.trusts.iter().map(|(id, trust)| (id.to_string(), trust.most_coordinators)).collect();
        let mut register = register.clone();
        register.trusts.values_mut().for_each(|trust| trust.most_coordinators = 0);
        match serde_json::to_value(register) {
            Ok(serde_json::Value::Object(mut keys)) => {
                keys.insert("most_coordinators".to_owned(), serde_json::json!(most));
                keys
            }
            _ => serde_json::Map::new(),
        }
    };
    let (before, after) = (of(before), of(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let named = |key: &str| match key {
        "appointments" => None,
        "units" => Some("trusts".to_owned()),
        "ignored_accounts" | "adopted_accounts" => Some("accounts".to_owned()),
        key => Some(key.to_owned()),
    };
    let differing: BTreeSet<String> = keys
        .into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .filter_map(|key| named(key))
        .collect();
    differing.into_iter().collect()
}

fn offices(names: &ShownNames<'_>, before: &Register, after: &Register) -> Vec<OfficeChange> {
    type Terms<'a> = BTreeMap<
        (&'a portvakt_core::model::PersonId, &'a portvakt_core::model::OfficeId),
        Vec<&'a Appointment>,
    >;
    fn of(register: &Register) -> Terms<'_> {
        let mut terms = Terms::new();
        for held in &register.appointments {
            terms.entry((&held.person, &held.office)).or_default().push(held);
        }
        terms
    }
    let term = |held: &Appointment| Term { from: held.from, until: held.until, suspended: held.suspended };
    let (was, is) = (of(before), of(after));
    let all: BTreeSet<_> = was.keys().chain(is.keys()).copied().collect();
    let mut found = Vec::new();
    for key in all {
        let terms = |of: &Terms<'_>| -> Vec<Term> {
            of.get(&key).into_iter().flatten().map(|held| term(held)).collect()
        };
        let (old, new) = (terms(&was), terms(&is));
        for at in 0..old.len().max(new.len()) {
            let (before, after_) = (old.get(at).cloned(), new.get(at).cloned());
            if before == after_ {
                continue;
            }
            let (person, office) = key;
            // If no file gives a name, the name comes from the new or the old register.
            let mut who = names.who(person);
            let named = is.get(&key).or_else(|| was.get(&key)).and_then(|held| held.first());
            if let Some(held) = named.filter(|_| who.name == person.as_str()) {
                who.name.clone_from(&held.name);
            }
            let name = after.offices.get(office).map_or(office.as_str(), String::as_str).to_owned();
            found.push(OfficeChange { who, office: office.clone(), name, before, after: after_ });
        }
    }
    found
}

fn keys(names: &ShownNames<'_>, accepted: &Rules, proposed: &Rules) -> Vec<KeyChange> {
    let of = |rules: &Rules| -> BTreeMap<String, portvakt_core::model::PersonId> {
        rules.signers.keys().map(|(key, person)| (key.to_string(), person.clone())).collect()
    };
    let revoked = |rules: &Rules| -> BTreeSet<String> {
        rules.signers.revoked().iter().map(ToString::to_string).collect()
    };
    let (before, after) = (of(accepted), of(proposed));
    let (revoked_before, revoked_after) = (revoked(accepted), revoked(proposed));
    let mut found = Vec::new();
    let mut note = |person, key: &String, turn| {
        found.push(KeyChange { who: names.who(person), key: key.clone(), turn });
    };
    for (key, person) in &after {
        if before.get(key) != Some(person) {
            note(person, key, KeyTurn::Added);
        }
    }
    for (key, person) in &before {
        if revoked_after.contains(key) && !revoked_before.contains(key) {
            note(person, key, KeyTurn::Revoked);
        } else if after.get(key) != Some(person) {
            note(person, key, KeyTurn::Removed);
        }
    }
    found.sort_by(|a, b| (&a.who, &a.key).cmp(&(&b.who, &b.key)));
    found
}
