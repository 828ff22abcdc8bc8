//! Finds what must be read of memory and store before a head can be decided: the people whose accepted state is needed,
//! the people whose accounts are needed, and whether the number of people with access matters. Only values are used for
//! this, and a pass over few files never reads whole tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Base, Head, HeadFile, KnownPerson};
use crate::model::{
    Account, AccountId, BudgetLimits, FilePath, Login, PersonId, Register, RequestId, TrustId,
};
use crate::parse::confusable::skeleton;
use crate::plan::BudgetUse;

use super::case::Scope;
use super::head::whose;
use super::known::{Spent, Unfinished};

/// The part of the accepted state that is read. Everybody who has authority is always read.
#[derive(Debug, Clone, Default)]
pub struct WantedOfBase {
    /// These people are read.
    pub people: BTreeSet<PersonId>,
    /// The people who have one of these logins are looked up.
    pub logins: BTreeSet<Login>,
    /// The people whose id looks like one of these (same skeleton) are looked up.
    pub skeletons: BTreeSet<String>,
    /// The people for whom one of these requests was accepted are looked up.
    pub requests: BTreeSet<RequestId>,
}

/// What earlier passes left unsettled, and is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedOfUnsettled {
    /// For each of these files it is read whether it is held.
    pub holds: BTreeSet<FilePath>,
    /// The refused entries of these people are read.
    pub refusals: BTreeSet<PersonId>,
}

/// What a head needs.
#[derive(Debug)]
pub struct Needs {
    /// The part of the accepted state. It is `None` if the whole state is needed.
    pub base: Option<WantedOfBase>,
    /// The part of what is held and refused. It is `None` if all of it is needed.
    pub unsettled: Option<WantedOfUnsettled>,
    /// The people whose accounts are needed. It is `None` if the whole store is needed.
    pub people: Option<BTreeSet<PersonId>>,
}

/// Returns what a head needs, together with the people who have a date that is due.
#[must_use]
pub fn needs(head: &Head, due: &BTreeSet<PersonId>, scope: &Scope) -> Needs {
    let Scope::Files(paths) = scope else { return Needs { base: None, unsettled: None, people: None } };
    let mut wanted = WantedOfBase { people: due.clone(), ..WantedOfBase::default() };
    for (_, person, _, file) in head.iter() {
        wanted.people.insert(person.clone());
        wanted.skeletons.insert(skeleton(person));
        if let HeadFile::Says { facts, entries, previously, .. } = file {
            wanted.people.extend(previously.iter().map(|previously| previously.person.clone()));
            // A person without a login in the files logs in with the id.
            let login = facts.vouched.login.clone().or_else(|| Login::new(person.as_str()).ok());
            wanted.people.extend(login.iter().filter_map(|login| PersonId::new(login.as_str()).ok()));
            wanted.logins.extend(login);
            wanted.people.extend(entries.iter().map(|entry| entry.grant.approval.by.clone()));
            wanted.requests.extend(entries.iter().map(|entry| entry.grant.key.request.clone()));
        }
    }
    for astray in head.astray.values() {
        wanted.people.extend(astray.names.iter().chain(&astray.previously).cloned());
        wanted.requests.extend(astray.requests.iter().cloned());
    }
    let of_paths = paths.iter().filter_map(whose).map(|(person, _)| person);
    let unsettled = WantedOfUnsettled {
        holds: paths.clone(),
        refusals: head.files.keys().cloned().chain(of_paths).collect(),
    };
    Needs {
        base: Some(wanted),
        unsettled: Some(unsettled),
        people: Some(head.files.keys().chain(named_astray(head)).chain(due).cloned().collect()),
    }
}

/// Returns the people whose access a file that is not in its place may take back.
pub fn named_astray(head: &Head) -> impl Iterator<Item = &PersonId> {
    head.astray.values().filter(|astray| !astray.says.is_empty()).flat_map(|astray| &astray.names)
}

/// Returns the accounts of these people: those they have by what was accepted, and those that the register adopts for
/// them. The accepted state must be read first.
#[must_use]
pub fn accounts_of(people: &BTreeSet<PersonId>, base: &Base, register: &Register) -> BTreeSet<AccountId> {
    let own = people.iter().filter_map(|person| base.people.get(person)?.account.as_ref());
    let adopted = register.adopted_accounts.iter().filter(|(_, person)| people.contains(*person));
    own.chain(adopted.map(|(account, _)| account)).cloned().collect()
}

/// Returns the accounts in use that a list of the store leaves out. A missing line does not prove a missing account, so they are
/// read one by one if the list may be incomplete.
#[must_use]
pub fn left_out(listed: &[Account], base: &Base) -> BTreeSet<AccountId> {
    let listed: BTreeSet<&AccountId> = listed.iter().map(|account| &account.id).collect();
    let in_use = base.people.values().filter_map(|known| known.account.as_ref());
    in_use.filter(|account| !listed.contains(account)).cloned().collect()
}

/// Returns the accounts that a list of the store leaves out although access goes by them: those of people with a grant that
/// is not over, and those that the register adopts for such people. What a pass does about these people depends on whether
/// the account is there. An account whose grants are all over is none of them, so it is not asked for in every pass.
#[must_use]
pub fn left_out_with_access(listed: &[Account], base: &Base, register: &Register) -> BTreeSet<AccountId> {
    let depends = |known: &KnownPerson| known.grants.values().any(|standing| standing.ended.is_none());
    let own = base.people.values().filter(|known| depends(known)).filter_map(|known| known.account.as_ref());
    let adopts = |person: &PersonId| {
        base.people.get(person).is_some_and(|known| known.account.is_none() && depends(known))
    };
    let adopted = register.adopted_accounts.iter().filter(|(_, person)| adopts(person));
    let listed: BTreeSet<&AccountId> = listed.iter().map(|account| &account.id).collect();
    let all = own.chain(adopted.map(|(account, _)| account));
    all.filter(|account| !listed.contains(account)).cloned().collect()
}

/// Returns whether the number of people with access can matter. It cannot if so few people are looked at that even the
/// smallest limits allow every change.
#[must_use]
pub fn sizes_matter(
    scope: &Scope,
    (head, due, base): (&Head, &BTreeSet<PersonId>, &Base),
    spent: &Spent,
    (unfinished, register): (&Unfinished, &Register),
) -> bool {
    let Scope::Files(_) = scope else { return true };
    let mut pairs: BTreeSet<(&PersonId, Option<&TrustId>)> = BTreeSet::new();
    for person in head.files.keys().chain(named_astray(head)).chain(due) {
        pairs.insert((person, None));
        let files = head.files.get(person).into_iter().flat_map(BTreeMap::keys);
        let grants = base.people.get(person).into_iter().flat_map(|known| known.grants.values());
        let trusts = files.chain(grants.map(|standing| &standing.grant.trust));
        pairs.extend(trusts.map(|trust| (person, Some(trust))));
    }
    let most = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    let most = most.saturating_add(spent.together.all);
    let suffice = |limits: &BudgetLimits, used: &BudgetUse| {
        let at_trusts = used.trusts.values().chain([&0]).all(|used| most <= limits.at_trust(0, *used));
        at_trusts && most <= limits.over_all(0, used.all)
    };
    let first = unfinished.first_limits.as_ref();
    let removals = first
        .map_or_else(|| register.removal_limits.clone(), |first| first.tighter(&register.removal_limits));
    !(suffice(&removals, &spent.removals) && suffice(&register.addition_limits, &spent.additions))
}
