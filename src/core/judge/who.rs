//! The people who may approve an access, or take it back, by what was accepted. The commands that write files offer
//! these people. The judgement itself uses the person that the file then names.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::Base;
use crate::model::{Grant, PersonId, TrustId};
use crate::policy::Act;

use super::besides::Whole;
use super::findings::could_approve;
use super::limits::RoleHolders;
use super::question::Manner;
use super::taking::may_revoke;
use super::{Authority, Rules};

/// The people who may approve this entry today: as a new access, or as a change of an accepted one. `overdue` are the
/// trusts whose review is overdue by more than a month (R36). Limits over sets (R21) and the evidence of the approval are
/// left to the judgement.
#[must_use]
pub fn who_may_approve(
    rules: &Rules,
    base: &Base,
    grant: &Grant,
    overdue: &BTreeSet<TrustId>,
    today: Date,
) -> Vec<PersonId> {
    let act = if base.standing(&grant.key).is_some() { Act::Change } else { Act::Grant };
    let authority = Authority::on(&rules.register, base, &[today]);
    let manner = Manner { act, spent: false, renewed: true, overdue: overdue.contains(&grant.trust) };
    could_approve(rules, &authority, grant, manner, &Whole::at(&rules.policies, base, grant, today))
}

/// The number of people who would hold the role of this entry at its trust on its busiest day, its own person among them
/// (R21). It is 0 for a role that is not counted.
#[must_use]
pub fn holders_with(rules: &Rules, base: &Base, grant: &Grant, today: Date) -> u32 {
    let mut holders = RoleHolders::living(&rules.register, base, &BTreeMap::new(), today);
    holders.add(&rules.register, grant);
    holders.most(&rules.register, grant, today)
}

/// The people who may take this access back today (R45). The person may always give up their own.
#[must_use]
pub fn who_may_revoke(rules: &Rules, base: &Base, grant: &Grant, today: Date) -> Vec<PersonId> {
    let authority = Authority::on(&rules.register, base, &[today]);
    let whole = Whole::at(&rules.policies, base, grant, today);
    let own = std::iter::once(&grant.key.person);
    let mut people: Vec<PersonId> = authority
        .iter()
        .map(|(person, _)| person)
        .chain(own)
        .filter(|person| may_revoke(rules, &authority, grant, person, &whole))
        .cloned()
        .collect();
    people.sort();
    people.dedup();
    people
}
