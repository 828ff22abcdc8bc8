//! Finds settings that would orphan accepted entries. `register.yaml` would lose an application, a unit, a trust, a
//! role or an employer that a living access depends on. Such a change is refused before it can be released.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, Field};
use crate::diag::{Code, Finding, Noun, Place, Text, text};
use crate::model::{FilePath, Grant, Register, RenamedTrusts, TrustId, VouchedFact};
use crate::tree::REGISTER;

/// A thing in `register.yaml` that an entry depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ground {
    Application(String),
    Unit(u32),
    Trust(String),
    Role(String),
    Employer(String),
}

impl Ground {
    /// The field of an entry that names it.
    pub(super) fn field(&self) -> Field {
        match self {
            Self::Application(_) => Field::Application,
            Self::Unit(_) | Self::Trust(_) => Field::Unit,
            Self::Role(_) => Field::Role,
            Self::Employer(_) => Field::Vouched(VouchedFact::Employer),
        }
    }

    pub(super) fn words(&self) -> Text {
        match self {
            Self::Application(id) => text!(en: "the application `{id}`", nb: "applikasjonen `{id}`"),
            Self::Unit(id) => text!(en: "the unit {id}", nb: "enheten {id}"),
            Self::Trust(id) => text!(en: "the trust `{id}`", nb: "helseforetaket `{id}`"),
            Self::Role(id) => text!(en: "the role `{id}`", nb: "rollen `{id}`"),
            Self::Employer(id) => text!(en: "the employer `{id}`", nb: "arbeidsgiveren `{id}`"),
        }
    }
}

/// Whether a change of the register takes away anything an entry could depend on.
#[must_use]
pub fn takes_ground(before: &Register, after: &Register) -> bool {
    let body = |employer| after.is_employer(employer);
    before.applications.keys().any(|id| !after.applications.contains_key(id))
        || before.units.keys().any(|id| !after.units.contains_key(id))
        || before.roles.keys().any(|id| !after.roles.contains_key(id))
        || before
            .trusts
            .iter()
            .any(|(id, trust)| after.trusts.get(id).is_none_or(|now| now.kind != trust.kind))
        || !before.ict_bodies.keys().all(body)
}

/// Returns a finding for each thing that living entries depend on and the changed register would not have, with the
/// people concerned.
#[must_use]
pub fn orphans(before: &Register, after: &Register, base: &Base, today: Date) -> Vec<Finding> {
    let renamed = after.renamed_since(before);
    let mut found: BTreeMap<Ground, BTreeSet<&str>> = BTreeMap::new();
    let living = base.people.values().flat_map(|known| known.grants.values());
    for standing in living.filter(|standing| standing.lives(today)) {
        for ground in things_lost((before, after), &renamed, &standing.grant) {
            found.entry(ground).or_default().insert(standing.grant.key.person.as_str());
        }
    }
    let orphaned = found.into_iter().map(|(ground, people)| finding(&ground, &people));
    orphaned.chain(renamed.iter().filter_map(|(old, new)| not_the_same(before, after, old, new))).collect()
}

/// Returns what an entry depends on and the changed register would not have. What is accepted in the change that brings
/// the register must not depend on it either.
#[must_use]
pub(super) fn lost_ground(before: &Register, after: &Register, grant: &Grant) -> Option<Ground> {
    let renamed = after.renamed_since(before);
    things_lost((before, after), &renamed, grant).into_iter().next()
}

/// Reports a trust that is of another kind under its new id, or whose units change together with its id.
fn not_the_same(before: &Register, after: &Register, old: &TrustId, new: &TrustId) -> Option<Finding> {
    let of = |register: &Register, id: &TrustId| {
        let trust = register.trusts.get(id)?;
        Some((trust.kind, trust.host))
    };
    let body = before.ict_bodies.contains_key(new.as_str());
    // If both registers know a unit, it must belong to the trust in both or in neither.
    let others = before
        .units
        .iter()
        .any(|(id, unit)| after.units.get(id).is_some_and(|now| (unit.trust == *old) != (now.trust == *new)));
    if of(before, old) == of(after, new) && !body && !others {
        return None;
    }
    let message = text!(
        en: "the trust `{old}` becomes `{new}`, and is something else under its new id",
        nb: "helseforetaket `{old}` blir `{new}`, og er noe annet med sin nye id"
    );
    let way_out = text!(
        en: "Change the id alone: `kind`, `host` and units stay, and `{new}` is nobody's id before. What else is to change, changes before or after.",
        nb: "Endre bare id-en: `kind`, `host` og enhetene blir stående, og `{new}` er ingens id fra før. Det andre som skal endres, endres før eller etter."
    );
    Some(Finding::new(Code::SettingsOrphan, message, way_out).at(Place::file(&FilePath::new(REGISTER))))
}

/// The things one grant depends on that the register had before and has no longer.
fn things_lost(
    (before, after): (&Register, &Register),
    renamed: &RenamedTrusts,
    grant: &Grant,
) -> Vec<Ground> {
    let mut lost = Vec::new();
    let mut note = |was: bool, is: bool, ground: Ground| {
        if was && !is {
            lost.push(ground);
        }
    };
    let (key, employer) = (&grant.key, &grant.vouched.employer);
    let application = |register: &Register| register.applications.contains_key(&key.application);
    note(application(before), application(after), Ground::Application(key.application.to_string()));
    let unit = |register: &Register| register.units.contains_key(&key.unit);
    note(unit(before), unit(after), Ground::Unit(key.unit.0));
    let trust = |register: &Register| register.trusts.contains_key(&grant.trust);
    let follows = renamed.contains_key(&grant.trust);
    note(trust(before), trust(after) || follows, Ground::Trust(grant.trust.to_string()));
    let role = |register: &Register| register.roles.contains_key(&grant.role);
    note(role(before), role(after), Ground::Role(grant.role.to_string()));
    let employs = |register: &Register| register.is_employer(employer);
    let follows = renamed.contains_key(employer.as_str());
    note(employs(before), employs(after) || follows, Ground::Employer(employer.to_string()));
    lost
}

/// The most names that a finding lists.
const SHOWN: usize = 20;

fn finding(ground: &Ground, people: &BTreeSet<&str>) -> Finding {
    let (what, count) = (ground.words(), Noun::PEOPLE.count(people.len()));
    let mut names = people.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if people.len() > SHOWN {
        names.push_str(", …");
    }
    let message = text!(
        with what, count;
        en: "`register.yaml` would no longer have {what}, and accepted accesses of {count} rest on it: {names}",
        nb: "`register.yaml` ville ikke lenger ha {what}, og godtatte tilganger for {count} bygger på det: {names}"
    );
    let way_out = text!(
        en: "Put it back under the same id; a new name for display changes nothing. A trust that gets another id says `previously: OLD-ID`. To take it away for good, end these accesses first.",
        nb: "Legg det tilbake med samme id; et nytt visningsnavn endrer ingenting. Et helseforetak som får ny id, sier `previously: GAMMEL-ID`. Skal det bort for godt, avslutt disse tilgangene først."
    );
    Finding::new(Code::SettingsOrphan, message, way_out).at(Place::file(&FilePath::new(REGISTER)))
}
