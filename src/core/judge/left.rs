//! Keeps the last administrators (R44). Without two national administrators nothing that is held can be released any
//! more, so the last two are not removed like other people.
//!
//! `revoked` takes any person's access at once. One of the last two loses their authority only with the evidence of
//! another administrator, or by a suspension that another administrator signs.
//!
//! A change may take from both sides: settings end an office, and a file ends the access of somebody else. So it is asked
//! about the rules that are in force after the change too.
//!
//! ```text
//!  prospect  who could release something, today and on the days to come
//!  refused   settings by which too few would be left
//!  ahead     too few are left, or will be soon
//! ```

mod ahead;
mod prospect;
mod refused;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::change::Cause;
use crate::change::{Base, ChangeSet, Removal};
use crate::diag::{Code, Finding, Place, text};
use crate::model::{FilePath, GrantKey, PersonId};

use super::Rules;
use prospect::{NEEDED, Prospect};

pub use ahead::{running_out, without_keys};
pub use prospect::administrators;
pub use refused::{beside_removals, by_evidence, by_settings};

/// The removals of national administrators by other ways than `revoked`, if fewer than two would be left who could release
/// something, today or on a day within the next sixty. `rules` are those in force, and those that are in force after this
/// change if it brings others.
#[must_use]
pub fn too_few(rules: &[&Rules], base: &Base, changes: &ChangeSet, today: Date) -> BTreeSet<GrantKey> {
    let others = || changes.takes.iter().filter(|removal| removal.cause != Cause::Revoked);
    if others().next().is_none() {
        return BTreeSet::new();
    }
    let missing: BTreeSet<PersonId> =
        rules.iter().flat_map(|rules| missing_after(rules, base, &changes.takes, today)).collect();
    others()
        .filter(|removal| missing.contains(&removal.key.person))
        .map(|removal| removal.key.clone())
        .collect()
}

/// The national administrators whom these removals take out of office, today or on a day within the next sixty, and
/// without whom too few would be left on that day.
fn missing_after(rules: &Rules, base: &Base, takes: &[Removal], today: Date) -> BTreeSet<PersonId> {
    let (before, after) = (Prospect::of(rules, base, &[]), Prospect::of(rules, base, takes));
    let mut missing = BTreeSet::new();
    if !after.takes_from_authority(today) {
        return missing;
    }
    for day in after.days(today) {
        let left = after.in_office(day);
        let enough = left.len() >= NEEDED;
        if enough && after.able_among(&left, day).len() >= NEEDED {
            continue;
        }
        let was = before.in_office(day);
        let able = before.able_among(&was, day);
        let counts = |person: &PersonId| !left.contains(person) && (!enough || able.contains(person));
        missing.extend(was.into_iter().filter(counts));
    }
    missing
}

/// The people who keep their authority although `revoked` has taken their access. They are the last two, until
/// another administrator's evidence shows that they asked for it. `rules` are the same as for [`too_few`].
#[must_use]
pub fn authority_kept(rules: &[&Rules], base: &Base, changes: &ChangeSet, today: Date) -> BTreeSet<PersonId> {
    let revoked = || changes.takes.iter().filter(|removal| removal.cause == Cause::Revoked);
    if base.keeps.is_empty() && revoked().next().is_none() {
        return BTreeSet::new();
    }
    let shown: BTreeSet<PersonId> = revoked()
        .filter(|removal| removal.proof.is_some())
        .map(|removal| removal.key.person.clone())
        .collect();
    let kept = rules.iter().flat_map(|rules| indispensable(rules, base, &changes.takes, today));
    kept.filter(|person| !shown.contains(person)).collect()
}

/// The national administrators who have lost their access, before or by these removals, if too few are left without them.
fn indispensable(rules: &Rules, base: &Base, takes: &[Removal], today: Date) -> BTreeSet<PersonId> {
    let (before, after) = (Prospect::of(rules, base, &[]), Prospect::of(rules, base, takes));
    let was = before.in_office(today);
    let mut left = after.in_office(today);
    left.retain(|person| !base.keeps.contains(person));
    let mut gone: BTreeSet<PersonId> = was.difference(&left).cloned().collect();
    if left.len() < NEEDED {
        return gone;
    }
    if after.able_among(&left, today).len() >= NEEDED {
        return BTreeSet::new();
    }
    let able = before.able_among(&was, today);
    gone.retain(|person| able.contains(person));
    gone
}

/// The finding about an access that stays for this reason.
#[must_use]
pub fn finding(person: &PersonId, file: &FilePath) -> Finding {
    let message = text!(
        en: "`{person}` is one of the last national administrators; without them fewer than two would be left, and nobody could release anything any more",
        nb: "`{person}` er en av de siste nasjonale administratorene; uten dem ville det være færre enn to igjen, og ingen kunne frigi noe mer"
    );
    let way_out = text!(
        en: "Appoint a successor in `register.yaml` first, with a key where releases are signed. What the file gave stays until then; `revoked` at the entries takes the access at once.",
        nb: "Utnevn først en etterfølger i `register.yaml`, med nøkkel der frigivelser signeres. Det filen ga, blir stående til da; `revoked` i oppføringene tar tilgangen straks."
    );
    Finding::new(Code::LastAdministrators, message, way_out).at(Place::file(file))
}
