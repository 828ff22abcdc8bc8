//! Decides who may say who a person is: an administrator who may approve an access that the person had before this
//! change.
//!
//! A change never uses what it brings itself. Otherwise an administrator could give a person a first access at their
//! own trust, and in the same change take over the account that the person has through another trust.

use jiff::civil::Date;

use crate::change::{AcceptanceWay, Base, KnownPerson, Standing};
use crate::model::PersonId;
use crate::policy::Act;

use super::besides::Whole;
use super::question::{Manner, question};
use super::{Authority, Rules};

const GRANT: Manner = Manner { act: Act::Grant, spent: false, renewed: true, overdue: false };

/// One person, with what was accepted before the change and what is accepted now.
#[derive(Clone, Copy)]
pub struct Met<'a> {
    /// What was accepted before this change. It is `None` if nothing was.
    pub before: Option<&'a KnownPerson>,
    /// What is accepted now, with the permitted entries.
    pub base: &'a Base,
    /// The rules that must permit a change, each with the authority that people had before it.
    pub sides: &'a [(&'a Rules, Authority)],
}

/// The accepted accesses of a person that may still give something.
pub(super) fn living<'b>(
    base: &'b Base,
    person: &PersonId,
    today: Date,
) -> impl Iterator<Item = &'b Standing> {
    let grants = base.people.get(person).into_iter().flat_map(|known| known.grants.values());
    grants.map(|standing| &**standing).filter(move |standing| standing.lives(today))
}

/// Returns the accesses whose administrators may say who the person is. They were accepted before this change. These
/// are the living ones. If none was living, it is the one that ended last. If the person had none, they are the new
/// ones. If the person has no access now, nobody may say it.
fn telling<'a>(met: &Met<'a>, person: &PersonId, today: Date) -> Vec<&'a Standing> {
    let now: Vec<&Standing> = living(met.base, person, today).collect();
    // Nobody approved an access that was over when it first appeared.
    let had = met.before.into_iter().flat_map(|known| known.grants.values());
    let had: Vec<&Standing> = had
        .map(|standing| &**standing)
        .filter(|standing| standing.accepted.way != AcceptanceWay::History)
        .collect();
    if now.is_empty() || had.is_empty() {
        return now;
    }
    let lived: Vec<&Standing> = had.iter().copied().filter(|standing| standing.lives(today)).collect();
    if !lived.is_empty() {
        return lived;
    }
    let newest = had.iter().map(|standing| (last_day(standing, today), standing.grant.from)).max();
    had.into_iter()
        .filter(|standing| Some((last_day(standing, today), standing.grant.from)) == newest)
        .collect()
}

/// The last day of an access that is over.
fn last_day(standing: &Standing, today: Date) -> Date {
    let grant = &standing.grant;
    let revoked = grant.revoked.as_ref().map(|revocation| revocation.on);
    [revoked, grant.until, standing.ended].into_iter().flatten().min().unwrap_or(today)
}

/// Whether somebody may say who the person is. Nobody may say it about themselves.
pub(super) fn may_identify(
    rules: &Rules,
    authority: &Authority,
    met: &Met<'_>,
    person: &PersonId,
    by: &PersonId,
    today: Date,
) -> bool {
    authority.meant(by) != authority.meant(person)
        && !met.base.is_same(by, person)
        && may_approve_one(rules, authority, met.base, telling(met, person, today), by, today)
}

/// Whether the policies let somebody approve one of these accesses.
pub(super) fn may_approve_one(
    rules: &Rules,
    authority: &Authority,
    base: &Base,
    accesses: Vec<&Standing>,
    by: &PersonId,
    today: Date,
) -> bool {
    accesses.into_iter().any(|standing| {
        let whole = Whole::at(&rules.policies, base, &standing.grant, today);
        let asked = question(&rules.register, authority, &standing.grant, GRANT, by, &whole);
        rules.decide(&asked).allowed
    })
}
