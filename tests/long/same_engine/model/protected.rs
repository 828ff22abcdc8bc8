//! When settings come into force, and which removals nobody has to approve.

use std::collections::BTreeSet;

use jiff::ToSpan;

use super::evidence::{STATEMENT_DAYS, key_fault};
use super::past::{Authority, Past};
use super::{Case, Protected};
use crate::same_engine::words::*;

/// Returns whether a change of the settings comes into force.
pub(super) fn protected(case: &Case<'_>, past: &Past) -> Protected {
    let (was, is) = (&case.history.last().unwrap().settings, &case.head.settings);
    if was == is {
        return Protected::Same;
    }
    let authority = Authority::of(&was.register, past, case.today);
    // Taking authority away needs one person who is not concerned (R44). All other changes need two.
    let concerned = only_takes(was, is);
    let needed = if concerned.is_some() { 1 } else { 2 };
    let may = |person: Id| {
        authority.national(person) && !concerned.as_ref().is_some_and(|people| people.contains(person))
    };
    let mut by: BTreeSet<Id> = BTreeSet::new();
    if was.register.evidence == Mode::Forge {
        // Whoever approved other settings has not approved these.
        let approved = case.reviews.settings.iter().filter(|(_, seen)| seen == is);
        by.extend(approved.map(|(by, _)| *by).filter(|by| may(by)));
    } else {
        for c in &case.head.consents {
            let fresh = c.on <= case.today && case.today <= c.on.checked_add(STATEMENT_DAYS.days()).unwrap();
            let counts = key_fault(was, c.key, c.here, c.by, &[c.on, case.today]).is_none();
            let used = past.consents.iter().any(|(s, by, on)| s == is && *by == c.by && *on == c.on);
            if fresh && counts && !used && *c.over == *is && may(c.by) {
                by.insert(c.by);
            }
        }
    }
    if by.len() >= needed { Protected::InForce } else { Protected::Held }
}

/// Returns the people whose appointments are suspended and whose keys are taken away. It is `None` if anything else
/// differs.
fn only_takes(was: &Settings, is: &Settings) -> Option<BTreeSet<Id>> {
    let mut concerned = BTreeSet::new();
    let mut expected = was.register.clone();
    // A default written out and a comment take nothing, and two have to see them.
    for (before, after) in expected.appointments.iter_mut().zip(&is.register.appointments) {
        if after.suspended && !before.suspended {
            before.suspended = true;
            concerned.insert(before.person);
        }
    }
    let no_key_is_new = is.keys.iter().all(|line| was.keys.contains(line));
    // To revoke a key that is nobody's takes nothing.
    let mut revoked = is.revoked.difference(&was.revoked);
    if revoked.any(|key| was.keys.iter().all(|line| line.key != *key)) {
        return None;
    }
    if expected != is.register || was.cut != is.cut || !no_key_is_new || !is.revoked.is_superset(&was.revoked)
    {
        return None;
    }
    for line in &was.keys {
        let revoked = is.revoked.contains(&line.key) && !was.revoked.contains(&line.key);
        if revoked || !is.keys.contains(line) {
            concerned.insert(line.person);
        }
    }
    // A change that takes nothing takes two, like any other.
    (!concerned.is_empty()).then_some(concerned)
}
