//! Tells which roles can be offered for a new access before its person is known. A role is left out if nobody can be
//! given it at the unit, or if as many people have it as may. The judgement of the change knows more. A role is left
//! out here only if no later answer could make it possible.

use jiff::civil::Date;
use portvakt_core::judge::holders_with;
use portvakt_core::model::{
    Approval, EmployerId, Grant, GrantKey, Identity, PersonId, RequestId, RoleId, Staff, UnitId, Vouched,
};

use super::desk::AuthorDesk;

/// Returns whether somebody may approve this role at this unit for anybody. It tries the health personnel there and the
/// ICT personnel of every body, in office or not.
#[must_use]
pub fn is_offered(desk: &AuthorDesk, unit: UnitId, role: &RoleId) -> bool {
    let register = &desk.rules.register;
    let own = register.trust_of(unit).and_then(|trust| EmployerId::new(trust.as_str()).ok());
    let health = own.filter(|own| register.is_employer(own)).map(|own| Vouched::of(own, Staff::Health));
    let ict = register.ict_bodies.keys().map(|body| Vouched::of(body.clone(), Staff::Ict));
    let staff: Vec<Vouched> = health.into_iter().chain(ict).collect();
    let in_office = desk.known.register.appointments.iter().map(|office| office.person.clone());
    let people: Vec<PersonId> = PersonId::new("applicant").ok().into_iter().chain(in_office).collect();
    let may_have = |person: &PersonId, vouched: &Vouched| {
        let access = of_a_day(desk, person, (unit, role), (vouched, desk.today));
        access.is_some_and(|access| !desk.may_approve(&access).is_empty())
    };
    people.iter().any(|person| staff.iter().any(|vouched| may_have(person, vouched)))
}

/// Returns how many people would hold this role at the unit's trust on the first day, and how many may, if those are
/// too many (R21). It does not know of an access that begins later, or that ends before another begins.
#[must_use]
pub fn too_many(
    desk: &AuthorDesk,
    person: &PersonId,
    (unit, role): (UnitId, &RoleId),
    from: Date,
) -> Option<(u32, u32)> {
    let register = &desk.rules.register;
    let trust = register.trust_of(unit)?;
    let most = register.trusts.get(trust)?.most_coordinators;
    // Only the role is counted. It does not matter who gets the role.
    let employer =
        register.ict_bodies.keys().next().cloned().or_else(|| EmployerId::new(trust.as_str()).ok())?;
    let vouched = Vouched::of(employer, Staff::Health);
    let access = of_a_day(desk, person, (unit, role), (&vouched, from))?;
    let holders = holders_with(&desk.rules, &desk.base, &access, desk.today);
    (holders > most).then_some((holders, most))
}

/// Returns an access of one day, as it would stand in a file. Its application is the one whose coordinators are
/// counted.
fn of_a_day(
    desk: &AuthorDesk,
    person: &PersonId,
    (unit, role): (UnitId, &RoleId),
    (vouched, day): (&Vouched, Date),
) -> Option<Grant> {
    let register = &desk.rules.register;
    let trust = register.trust_of(unit)?.clone();
    let key = GrantKey {
        person: person.clone(),
        application: register.coordinators.application.clone(),
        unit,
        request: RequestId::new("REQ").ok()?,
    };
    let approval = Approval { by: person.clone(), on: desk.today, identity: Identity::Known };
    Some(Grant { until: Some(day), ..Grant::new(key, (trust, role.clone()), day, approval, vouched.clone()) })
}
