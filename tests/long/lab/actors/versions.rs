//! Mistakes with the words of an entry that is in order otherwise: a start that is moved ahead, and an older version of a
//! file.

use std::collections::BTreeSet;

use jiff::ToSpan;

use super::super::desk::*;
use super::super::oracle::{DAY, Grant, Oracle, State};
use super::Step;

/// The starts of accesses that run are moved ahead, with an approval of today: in one file, or in all of a trust. The
/// change is refused for as long as it stands, and what was accepted stays.
pub fn later(step: &Step, today: Day, desk: &Desk, oracle: &Oracle, slip: &mut Slip) {
    let many = step.verb == "latermany";
    let concerned = |place: &Place| if many { place.0 == step.who } else { place.1 == step.who };
    let files = desk.files.iter().filter(|(place, _)| concerned(place) && desk.over(place).is_none());
    // Who may approve at the national unit is another question.
    for (place, file) in files.filter(|(place, _)| TRUSTS.iter().any(|known| known.0 == place.0)) {
        let mut moved = file.clone();
        for entry in &mut moved.access {
            let runs = runs(oracle, &place.1, entry).is_some_and(|grant| grant.last().from < today);
            let role = if step.n % 4 == 3 { "LC" } else { entry.role.as_str() };
            let by = approver(&place.0, role);
            if !runs || (entry.by == by && entry.on == today) {
                continue;
            }
            // It is far enough ahead to be put right before that day.
            let from = today.checked_add((20 + step.n % 40).days()).unwrap();
            if entry.until.is_some_and(|until| until < today.checked_add(15.days()).unwrap()) {
                continue;
            }
            let until = entry.until.map(|until| until.max(from.checked_add(30.days()).unwrap()));
            let (role, by) = (role.to_owned(), by.to_owned());
            *entry = Entry { role, from, until, by, on: today, ..entry.clone() };
        }
        if moved != *file {
            slip.over.insert(path(&place.0, &place.1), Some(moved.text().into_bytes()));
            slip.covers.insert(place.clone(), Takes::Nothing);
        }
    }
}

/// The grant of an entry, if the program has accepted its newest words and the store has it.
fn runs<'a>(oracle: &'a Oracle, person: &str, entry: &Entry) -> Option<&'a Grant> {
    let of = |grant: &&Grant| grant.person == person && grant.request == entry.request;
    let grant = oracle.grants.iter().find(of)?;
    let has = oracle.store.get(person)?;
    let settled = grant.accepted.is_some() && grant.open().len() == 1 && grant.state == State::Meant;
    (settled && entry.revoked.is_none() && has.contains(&grant.right(grant.last()))).then_some(grant)
}

/// An older version of a file is seen for a while. None of the kinds adds anything: an entry under the role it had before,
/// with the approval of an earlier day; a file as it was before it was revoked, when that has long been done; or a file
/// without its newest entry, which is an absence.
///
/// A version with another end is not played. After an earlier end has been read, it is another question whether the
/// approval of the later one serves again.
pub fn older(step: &Step, desk: &Desk, oracle: &Oracle, slip: &mut Slip) {
    let Some(place) = desk.only(&step.who).filter(|place| desk.over(place).is_none()) else { return };
    let file = &desk.files[&place];
    let runs = |entry: &Entry| runs(oracle, &place.1, entry);
    let mut older = file.clone();
    let takes = if file.access.iter().all(|entry| is_long_revoked(step.at, &place.1, entry, oracle)) {
        older.access.iter_mut().for_each(|entry| entry.revoked = None);
        Takes::Nothing
    } else if step.n % 2 == 1 && file.access.len() > 1 && !PILLARS.contains(&place.1.as_str()) {
        if older.access.pop().is_none_or(|newest| runs(&newest).is_none()) {
            return;
        }
        Takes::Absence
    } else {
        for entry in &mut older.access {
            let Some(grant) = runs(entry) else { continue };
            let [.., before, last] = grant.versions.as_slice() else { continue };
            let same_days = before.from == last.from && before.until == last.until;
            if same_days && before.on < last.on && before.role != last.role {
                let by = approver(&place.0, &before.role).to_owned();
                *entry = Entry { role: before.role.clone(), by, on: before.on, ..entry.clone() };
            }
        }
        Takes::Nothing
    };
    if older != *file {
        slip.over.insert(path(&place.0, &place.1), Some(older.text().into_bytes()));
        slip.covers.insert(place.clone(), takes);
    }
}

/// Whether an entry was revoked so long ago that every program has read it, and nothing of it is left.
fn is_long_revoked(at: i64, person: &str, entry: &Entry, oracle: &Oracle) -> bool {
    let of = |grant: &&Grant| grant.person == person && grant.request == entry.request;
    let has_nothing = oracle.store.get(person).is_none_or(BTreeSet::is_empty);
    let over = |grant: &Grant| matches!(grant.state, State::Gone(since) if at - since > 2 * DAY);
    entry.revoked.is_some()
        && has_nothing
        && oracle.grants.iter().find(of).is_some_and(|grant| {
            over(grant) && !grant.forgotten && grant.accepted.is_some() && !grant.given.is_empty()
        })
}
