//! Describes a change of the protected files (R44): the files, settings, appointments and keys that differ, the
//! people who approve it, and the number of approvals it needs.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::decide::{CheckedChange, Consent, Proposed};
use portvakt_core::judge::Rules;
use portvakt_core::model::{Appointment, FilePath, Register};
use portvakt_core::tree::{SETTINGS_SIGNATURES, Snapshot};
use serde_json::{Map, Value};

use super::names::ShownNames;
use super::value::{KeyChange, KeyTurn, OfficeChange, Protected, SettingChange, Term, Turn};

/// The keys of a register that are not reported like the others.
const APPOINTMENTS: &str = "appointments";
const MOST: &str = "most_coordinators";

pub(super) fn protected(
    names: &ShownNames<'_>,
    accepted: &Rules,
    weighed: &CheckedChange,
    [base, tree]: [&Snapshot; 2],
) -> Option<Protected> {
    let turn = match weighed.rules.proposed {
        Proposed::Same => return None,
        Proposed::Held(_) => Turn::Waits,
        Proposed::Released(..) => Turn::Approved,
        Proposed::Invalid(_) => Turn::Invalid,
    };
    let files = changed_files(base, tree);
    // If the files were invalid before and did not change, a finding says so. It is not a change.
    if turn == Turn::Invalid && files.is_empty() {
        return None;
    }
    let mut protected = Protected {
        turn,
        files,
        settings: Vec::new(),
        values: Vec::new(),
        offices: Vec::new(),
        keys: Vec::new(),
        digest: None,
        by: Vec::new(),
        needed: 2,
        decides: Vec::new(),
    };
    if let Some(Consent { by, needed, .. }) = &weighed.rules.consent {
        protected.by = by.iter().map(|person| names.who(person)).collect();
        protected.needed = *needed;
    }
    if let Some(proposed) = weighed.rules.proposed.pending() {
        protected.digest = Some(proposed.digest);
        protected.settings = changed_settings(&accepted.register, &proposed.register);
        protected.values = changed_values(&accepted.register, &proposed.register);
        protected.offices = changed_offices(names, &accepted.register, &proposed.register);
        protected.keys = changed_keys(names, accepted, proposed);
    }
    Some(protected)
}

/// Returns the files that differ, except the signatures.
fn changed_files(base: &Snapshot, tree: &Snapshot) -> Vec<FilePath> {
    let of = |snapshot: &Snapshot| -> BTreeMap<FilePath, Vec<u8>> {
        let settings = snapshot.settings().files().map(|(path, bytes)| (path, bytes.to_vec()));
        let policies = snapshot.policies().iter().map(|(path, bytes)| (path.clone(), bytes.to_vec()));
        settings.chain(policies).filter(|(path, _)| path.as_str() != SETTINGS_SIGNATURES).collect()
    };
    let (before, after) = (of(base), of(tree));
    let paths: BTreeSet<&FilePath> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

/// Returns the keys of a register with their values.
fn keys_of(register: &Register) -> Map<String, Value> {
    // Usually one setting gives the most coordinators of all trusts, so it is compared under its own key.
    let most: BTreeMap<_, _> =
        register.trusts.iter().map(|(id, trust)| (id.to_string(), trust.most_coordinators)).collect();
    let mut register = register.clone();
    register.trusts.values_mut().for_each(|trust| trust.most_coordinators = 0);
    match serde_json::to_value(register) {
        Ok(Value::Object(mut keys)) => {
            keys.insert(MOST.to_owned(), serde_json::json!(most));
            keys
        }
        _ => Map::new(),
    }
}

/// Returns the register's keys whose values differ, by their names in the file.
fn changed_settings(before: &Register, after: &Register) -> Vec<String> {
    let (before, after) = (keys_of(before), keys_of(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let named = |key: &str| match key {
        APPOINTMENTS => None,
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

/// Returns each value of the register that differs, with what it says before and after. If only the key were named, a
/// loosened limit would look like a tightened one. Appointments are reported separately.
fn changed_values(before: &Register, after: &Register) -> Vec<SettingChange> {
    let (mut before, mut after) = (keys_of(before), keys_of(after));
    for keys in [&mut before, &mut after] {
        keys.remove(APPOINTMENTS);
    }
    if let (Some(was), Some(is)) = (of_all_trusts(&before), of_all_trusts(&after)) {
        before.insert(MOST.to_owned(), was);
        after.insert(MOST.to_owned(), is);
    }
    let mut found = Vec::new();
    differing("", Some(&Value::Object(before)), Some(&Value::Object(after)), &mut found);
    found
}

/// Returns the most coordinators, if they are the same number at every trust.
fn of_all_trusts(keys: &Map<String, Value>) -> Option<Value> {
    let mut each = keys.get(MOST)?.as_object()?.values();
    let first = each.next()?;
    each.all(|one| one == first).then(|| first.clone())
}

/// Collects the values that differ below a path. The elements that a list gained or lost are reported one by one.
fn differing(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<SettingChange>) {
    let there = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    if before == after || (!there(before) && !there(after)) {
        return;
    }
    let (was, is) = (before.and_then(Value::as_object), after.and_then(Value::as_object));
    if (was.is_some() || !there(before)) && (is.is_some() || !there(after)) {
        let keys: BTreeSet<&String> = was.into_iter().chain(is).flat_map(Map::keys).collect();
        for key in keys {
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let of = |values: Option<&Map<String, Value>>| values.and_then(|values| values.get(key)).cloned();
            differing(&below, of(was).as_ref(), of(is).as_ref(), found);
        }
        return;
    }
    let mut note = |before: Option<&Value>, after: Option<&Value>| {
        let told = |value: Option<&Value>| value.filter(|value| !value.is_null()).map(value_in_words);
        found.push(SettingChange { path: path.to_owned(), before: told(before), after: told(after) });
    };
    let lists = (before.and_then(Value::as_array), after.and_then(Value::as_array));
    let (Some(was), Some(is)) = lists else {
        note(before, after);
        return;
    };
    was.iter().filter(|one| !is.contains(one)).for_each(|gone| note(Some(gone), None));
    is.iter().filter(|one| !was.contains(one)).for_each(|new| note(None, Some(new)));
}

/// Returns a value in words: a text without quotation marks, and anything else as JSON writes it.
fn value_in_words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn changed_offices(names: &ShownNames<'_>, before: &Register, after: &Register) -> Vec<OfficeChange> {
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

fn changed_keys(names: &ShownNames<'_>, accepted: &Rules, proposed: &Rules) -> Vec<KeyChange> {
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
