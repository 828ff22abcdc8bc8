//! The draft of a plan. It compares what should be with what is, account by account.
//!
//! The code is pure: the same base, removals and observation give the same steps. If the guard holds something, the
//! draft is made twice. The second draft leaves the held items unchanged.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Cause, KnownPerson, Sides, Standing, pairs};
use crate::diag::{Code, Finding, text};
use crate::model::{Account, alike};
use crate::model::{AccountId, Email, GrantKey, PersonId, Register, Right};

use super::door::{Coming, Fate, News};
use super::drawing::{Drawing, PlanDraft, WantedAccess, ended};
use super::situation::{Situation, Stand, StoreExtent, Untrusted};
use super::unclaimed::unclaimed;
use super::{AccessItem, Detail, Effect, NewAccount, Revoke, StepSubject};

/// Draws the steps. Held items stay as they are.
#[must_use]
pub fn draft(situation: &Situation<'_>, held: &BTreeSet<AccessItem>) -> PlanDraft {
    let mut drawing = Drawing {
        situation,
        held,
        draft: PlanDraft::default(),
        owned: BTreeSet::new(),
        closing: BTreeSet::new(),
        unclaimed: unclaimed(situation),
    };
    let adopted: BTreeMap<&PersonId, &AccountId> =
        situation.lists.adopted_accounts.iter().map(|(account, person)| (person, account)).collect();
    // The store may say that the adopted account belongs to another person.
    let free = |person: &PersonId, account: &AccountId| {
        let known = situation.observed.accounts.get(account).and_then(|account| account.person.as_ref());
        known.is_none_or(|owner| owner == person)
    };
    let people: Box<dyn Iterator<Item = (&PersonId, &KnownPerson)>> = match &situation.observed.extent {
        StoreExtent::People(people) => {
            Box::new(people.iter().filter_map(|person| situation.base.people.get_key_value(person)))
        }
        StoreExtent::Whole | StoreExtent::Doubtful(_) => Box::new(situation.base.people.iter()),
    };
    for (person, known) in people {
        drawing.person(person, known, adopted.get(person).copied().filter(|account| free(person, account)));
    }
    let everything = !matches!(situation.observed.extent, StoreExtent::People(_));
    if everything && situation.stand == Stand::Newest && *situation.untrusted != Untrusted::Everybody {
        drawing.strangers();
    }
    drawing.reports();
    let mut draft = drawing.draft;
    draft.steps.sort_by(|a, b| {
        (rank(&a.effect), &a.person, &a.subject).cmp(&(rank(&b.effect), &b.person, &b.subject))
    });
    draft
}

fn rank(effect: &Effect) -> u8 {
    match effect {
        Effect::Lower { .. } => 0,
        Effect::Sweep { .. } => 1,
        Effect::Settle { .. } => 2,
        Effect::Amend { .. } => 3,
        Effect::Raise { .. } => 4,
    }
}

impl Drawing<'_> {
    fn wanted<'k>(&mut self, known: &'k KnownPerson) -> WantedAccess<'k> {
        let mut wanted = WantedAccess::default();
        for (key, standing) in &known.grants {
            if standing.ended.is_some() {
                continue;
            }
            match self.fate(key, standing) {
                Fate::Over(cause) => wanted.over.push((standing, cause)),
                Fate::NotBegun => wanted.later = true,
                Fate::Runs => {
                    if standing.was_told() {
                        wanted.given.push(standing);
                    }
                    wanted.rights.entry(standing.grant.right()).or_default().push(standing);
                }
            }
        }
        wanted
    }

    fn person(&mut self, person: &PersonId, known: &KnownPerson, adopted: Option<&AccountId>) {
        let wanted = self.wanted(known);
        // An adopted account of which nothing is accepted yet is used as soon as an entry is. Until then it stays as it is.
        let has_nothing = wanted.rights.is_empty() && wanted.over.is_empty();
        let adopted = adopted.filter(|_| !has_nothing || !self.is_awaited(person));
        let current = known.account.as_ref().or(adopted);
        let account = current.and_then(|id| self.situation.observed.accounts.get(id));
        if let Some(id) = current {
            self.owned.insert(id.clone());
        }
        if self.situation.untrusted.has(person) {
            return self.only_ends(person, known, &wanted, current, account);
        }
        match account {
            Some(account) if account.active => self.in_step(person, known, &wanted, account),
            // An incomplete list does not show the account, so nothing is certain about it.
            None if current.is_some()
                && matches!(self.situation.observed.extent, StoreExtent::Doubtful(_)) => {}
            closed => self.without_account(person, known, &wanted, current, closed),
        }
    }

    fn without_account(
        &mut self,
        person: &PersonId,
        known: &KnownPerson,
        wanted: &WantedAccess<'_>,
        was: Option<&AccountId>,
        closed: Option<&Account>,
    ) {
        if let (Some(account), false) = (was, wanted.given.is_empty()) {
            let message = text!(
                en: "account `{account}` of `{person}` was closed or taken out of the store by hand, although {n} of its accesses stand",
                nb: "kontoen `{account}` til `{person}` er stengt eller tatt ut av registeret for hånd, selv om {n} av tilgangene gjelder";
                n = wanted.given.len()
            );
            let way_out = text!(
                en: "It is not opened again (R34): confirm it by writing `revoked` at the entries, or send a new application.",
                nb: "Den åpnes ikke igjen (R34): bekreft det med `revoked` i oppføringene, eller send ny søknad."
            );
            self.draft.findings.push(Finding::new(Code::ClosedByHand, message, way_out));
        }
        let coming: Vec<Coming> = wanted
            .rights
            .iter()
            .flat_map(|(right, standings)| standings.iter().map(move |standing| (right, *standing)))
            .filter(|(_, standing)| was.is_none() || !standing.was_told())
            .map(|(right, standing)| Coming::of(right, standing, News::New))
            .collect();
        let is_there = !coming.is_empty() && self.is_there_already(person, was);
        let (raise, _) = self.let_in(if is_there { Vec::new() } else { coming }, known);
        let explained = closed.map(|account| self.lower_closed(Some(person), known, wanted, account));
        let quiet = wanted.over.iter().copied().filter(|(standing, _)| {
            explained.as_ref().is_none_or(|explained| !explained.contains(&standing.grant.key))
        });
        // A new application opens a new account. Everything the old account had is over with that (R34).
        let left = if raise.is_empty() || was.is_none() { &[][..] } else { &wanted.given[..] };
        self.settle(person, was, quiet.chain(left.iter().map(|standing| (*standing, Cause::Drift))));
        if !raise.is_empty() {
            self.step(
                StepSubject::New(new_account(person, known, self.situation.register)),
                Some(person),
                Effect::Raise { grant: raise },
            );
        }
    }

    /// Compares an open account with the accepted grants, right by right.
    fn in_step(
        &mut self,
        person: &PersonId,
        known: &KnownPerson,
        wanted: &WantedAccess<'_>,
        account: &Account,
    ) {
        if let Some(other) =
            account.person.as_ref().filter(|owner| !self.situation.base.is_same(owner, person))
        {
            let what = text!(
                en: "it says that it is the account of `{other}`, and it is the one that `{person}` was given",
                nb: "den sier at den er kontoen til `{other}`, og den er den `{person}` fikk"
            );
            self.drift(account.id.as_str(), &what);
        }
        // The person of an account that settings adopt is not written.
        let is_adopted = self.situation.lists.adopted_accounts.contains_key(&account.id);
        if account.person.is_none() && !is_adopted && self.was_written(known, account) {
            self.drift_of_owner(person, account);
        }
        let mut left: BTreeSet<Right> = BTreeSet::new();
        let (mut revoke, mut raises) = (Vec::new(), Vec::new());
        let mut explained: BTreeSet<&GrantKey> = BTreeSet::new();
        let observed = account.rights.keys().map(|right| (right.clone(), ()));
        let desired = wanted.rights.iter().map(|(right, standings)| (right.clone(), standings));
        for (right, pair) in pairs(observed, desired) {
            match pair {
                Sides::Both((), standings) => {
                    // The store has the right already, by another grant or from before. It is recorded as given.
                    let untold = standings.iter().filter(|s| s.given.is_none() || s.replaced.is_some());
                    raises.extend(untold.map(|standing| Coming::of(&right, standing, News::There)));
                    left.insert(right);
                }
                Sides::After(standings) => {
                    let lost = |s: &Standing| s.given.is_some() && s.replaced.is_none();
                    if standings.iter().any(|standing| lost(standing)) {
                        let what = text!(
                            en: "{right} was taken away in the store by hand and is given again",
                            nb: "{right} ble fjernet i registeret for hånd og gis på nytt"
                        );
                        self.drift_given_back(person.as_str(), &what);
                    }
                    for standing in standings {
                        let news = if lost(standing) { News::GivenBack } else { News::New };
                        raises.push(Coming::of(&right, standing, news));
                    }
                    left.insert(right);
                }
                Sides::Before(()) => {
                    let behind = wanted.behind(&right);
                    explained.extend(behind.iter().map(|(key, _)| *key));
                    match self.leaves(&right, known, wanted, account) {
                        Some(cause) => revoke.push(Revoke {
                            right,
                            cause,
                            grants: behind.iter().map(|(key, _)| (*key).clone()).collect(),
                        }),
                        None => {
                            left.insert(right);
                        }
                    }
                }
            }
        }
        let quiet =
            wanted.over.iter().copied().filter(|(standing, _)| !explained.contains(&standing.grant.key));
        self.settle(person, Some(&account.id), quiet.collect::<Vec<_>>());

        let (raises, waiting) = self.let_in(raises, known);
        let close = left.is_empty() && !wanted.later && !waiting;
        let end: Vec<i64> = ended(&account.subscriptions, &left, self.situation.today);
        let contact = AccessItem::Contact(account.id.clone());
        let only_contact =
            revoke.is_empty() && (close || !end.is_empty()) && self.situation.stand == Stand::Newest;
        if only_contact {
            self.lose(person.as_str(), None, contact.clone(), Cause::Sweep);
        }
        if !revoke.is_empty() || (only_contact && !self.held.contains(&contact)) {
            let cause = revoke.first().map_or(Cause::Sweep, |revoke| revoke.cause);
            let effect = Effect::Lower { cause, revoke, end_subscriptions: end, close };
            self.step(StepSubject::Account(account.id.clone()), Some(person), effect);
        }
        if !close && self.situation.stand == Stand::Newest {
            self.amend(person, known, account);
        }
        if !raises.is_empty() {
            self.step(
                StepSubject::Account(account.id.clone()),
                Some(person),
                Effect::Raise { grant: raises },
            );
        }
    }

    fn amend(&mut self, person: &PersonId, known: &KnownPerson, account: &Account) {
        let Some(facts) = known.files.values().next() else { return };
        // A file without a login says nothing about the login in the store.
        let login = facts.vouched.login.as_ref().map(ToString::to_string).or_else(|| account.login.clone());
        let mut changed = BTreeSet::new();
        if account.name != facts.name {
            changed.insert(Detail::Name);
        }
        if !alike(account.login.as_deref(), login.as_deref()) {
            changed.insert(Detail::Login);
        }
        let email = self.email(person, known, account);
        changed.extend(email.as_ref().map(|email| match email {
            Some(_) => Detail::Email,
            None => Detail::EmailCleared,
        }));
        if !changed.is_empty() {
            let is_intended = self.situation.base.restated.contains(person)
                || self.situation.head.files.contains_key(person);
            if !is_intended && self.was_written(known, account) {
                self.drift_of_details(person, &changed);
            }
            let effect = Effect::Amend { name: facts.name.clone(), login, email, changed };
            self.step(StepSubject::Account(account.id.clone()), Some(person), effect);
        }
    }

    /// Returns the new value of the e-mail address. It is `None` if no file names an address, or if the store has it
    /// already. Removing an address counts like any other removal.
    fn email(&mut self, person: &PersonId, known: &KnownPerson, account: &Account) -> Option<Option<String>> {
        match said_email(known, self.situation.register)? {
            Email::Address(address) => {
                (!alike(account.email.as_deref(), Some(address))).then(|| Some(address.clone()))
            }
            Email::Cleared => {
                account.email.as_ref()?;
                let contact = AccessItem::Contact(account.id.clone());
                self.lose(person.as_str(), None, contact.clone(), Cause::Contact);
                (!self.held.contains(&contact)).then_some(None)
            }
        }
    }
}

/// Returns the e-mail address in the person's files. The files agree, but some may name no address.
fn said_email<'k>(known: &'k KnownPerson, register: &Register) -> Option<&'k Email> {
    if !register.contact_in_git {
        return None;
    }
    known.files.values().find_map(|facts| facts.email.as_ref())
}

fn new_account(person: &PersonId, known: &KnownPerson, register: &Register) -> NewAccount {
    let facts = known.files.values().next();
    NewAccount {
        person: person.clone(),
        name: facts.map_or_else(|| person.to_string(), |facts| facts.name.clone()),
        login: facts.and_then(|facts| facts.vouched.login.as_ref().map(ToString::to_string)),
        email: said_email(known, register).and_then(Email::address).map(str::to_owned),
    }
}
