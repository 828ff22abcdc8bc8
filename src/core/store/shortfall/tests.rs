//! Tests each effect with accounts on which it is done and accounts on which it is not: what is the account still
//! lacking?

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::super::wanted;
use super::*;
use crate::change::Cause;
use crate::diag::Lang;
use crate::model::Subscription;
use crate::model::{ApplicationId, GrantKey, PersonId, RequestId, RoleId, UnitId};
use crate::plan::{Effect, Raise, Revoke};

fn right(role: &str) -> Right {
    Right {
        application: ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(100_082),
        role: RoleId::new(role).unwrap(),
    }
}

/// An open account with the right `LU`, an address and a subscription.
fn open() -> Account {
    Account {
        id: AccountId::new("a1"),
        person: Some(PersonId::new("kari.testesen").unwrap()),
        name: "Kari Testesen".to_owned(),
        login: Some("kari".to_owned()),
        email: Some("kari@example.test".to_owned()),
        active: true,
        rights: BTreeMap::from([(right("LU"), None)]),
        subscriptions: vec![Subscription {
            id: 7,
            application: right("LU").application,
            role: right("LU").role,
            unit: right("LU").unit,
            address: "kari@example.test".to_owned(),
            until: date(2027, 1, 1),
        }],
    }
}

fn closed() -> Account {
    let rights = BTreeMap::new();
    Account { active: false, email: None, rights, subscriptions: Vec::new(), ..open() }
}

fn lower(close: bool) -> Effect {
    let revoke = vec![Revoke { right: right("LU"), cause: Cause::Absent, grants: Vec::new() }];
    Effect::Lower { cause: Cause::Absent, revoke, end_subscriptions: vec![7], close }
}

fn amend(email: Option<Option<&str>>) -> Effect {
    Effect::Amend {
        name: "Kari Testesen".to_owned(),
        login: Some("KARI".to_owned()),
        email: email.map(|email| email.map(str::to_owned)),
        changed: BTreeSet::new(),
    }
}

fn raise(role: &str) -> Effect {
    let grant = GrantKey {
        person: PersonId::new("kari.testesen").unwrap(),
        application: right(role).application,
        unit: right(role).unit,
        request: RequestId::new("R1").unwrap(),
    };
    let raise = Raise { right: right(role), grant, drift: false, stays_ended: Vec::new() };
    Effect::Raise { grant: vec![raise] }
}

#[track_caller]
fn is_short(effect: &Effect, account: Account, expected: impl Into<Option<Shortfall>>) {
    assert_eq!(falls_short(&wanted(effect), Some(&account)), expected.into(), "{account:?}");
}

#[test]
fn a_removal_is_done_when_right_and_subscription_are_gone() {
    let lower = lower(false);
    let without = Account { rights: BTreeMap::from([(right("LC"), None)]), ..open() };
    is_short(&lower, open(), Shortfall::StillHas(right("LU")));
    is_short(&lower, without.clone(), Shortfall::StillRuns(7));
    is_short(&lower, Account { subscriptions: Vec::new(), ..without }, None);
    is_short(&lower, closed(), None);
}

#[test]
fn a_closing_is_done_when_no_right_no_access_and_no_address_is_left() {
    let close = lower(true);
    let email = open().email;
    is_short(&close, closed(), None);
    is_short(&close, Account { rights: open().rights, ..closed() }, Shortfall::StillHas(right("LU")));
    let other = BTreeMap::from([(right("LC"), None)]);
    is_short(&close, Account { rights: other, ..closed() }, Shortfall::HasUnknown(right("LC")));
    is_short(&close, Account { subscriptions: open().subscriptions, ..closed() }, Shortfall::StillRuns(7));
    is_short(&close, Account { active: true, ..closed() }, Shortfall::StillOpen);
    is_short(&close, Account { email, ..closed() }, Shortfall::StillAddressed);
}

#[test]
fn what_a_store_knows_beside_the_account_counts() {
    let (closing, removal) = (lower(true), lower(false));
    let short =
        |effect: &Effect, beside: Beside| falls_short_beside(&wanted(effect), Some(&closed()), &beside);
    let undated = Beside { undated: true, ..Beside::default() };
    let addressed = Beside { addressed: true, ..Beside::default() };
    let running = Beside { running: vec![7], ..Beside::default() };
    let role = Beside { other_role: Some("portal-admin".to_owned()), ..Beside::default() };
    assert_eq!(short(&closing, role.clone()), Some(Shortfall::StillHasRole("portal-admin".to_owned())));
    assert_eq!(short(&removal, role), None, "the role is somebody else's, and only a closing takes it");
    assert_eq!(short(&closing, undated.clone()), Some(Shortfall::StillOpen));
    assert_eq!(short(&closing, addressed.clone()), Some(Shortfall::StillAddressed));
    assert_eq!(short(&closing, running.clone()), Some(Shortfall::StillRuns(7)));
    assert_eq!(short(&removal, running), Some(Shortfall::StillRuns(7)));
    assert_eq!(short(&removal, undated), None, "only a closing asks for the day");
    assert_eq!(short(&removal, addressed.clone()), None, "only a closing takes the address");
    let sweep = Effect::Sweep { end_subscriptions: Vec::new() };
    assert_eq!(short(&sweep, addressed), Some(Shortfall::StillAddressed));
}

#[test]
fn a_sweep_is_done_without_address_and_never_with_access() {
    let sweep = Effect::Sweep { end_subscriptions: vec![7] };
    is_short(&sweep, closed(), None);
    is_short(&sweep, Account { active: true, ..closed() }, None);
    is_short(&sweep, Account { rights: open().rights, ..closed() }, None);
    is_short(&sweep, open(), Shortfall::HasAccess);
    is_short(&sweep, Account { subscriptions: open().subscriptions, ..closed() }, Shortfall::StillRuns(7));
    is_short(&sweep, Account { email: open().email, ..closed() }, Shortfall::StillAddressed);
}

#[test]
fn an_amendment_is_done_when_the_account_says_so_in_whatever_case() {
    let differs = Shortfall::NotNew(AccountPart::NameLoginOrEmail);
    is_short(&amend(None), open(), None);
    is_short(&amend(Some(Some("Kari@Example.test"))), open(), None);
    is_short(&amend(Some(Some("k@example.test"))), open(), differs.clone());
    is_short(&amend(Some(None)), open(), differs.clone());
    is_short(&amend(Some(None)), Account { email: None, ..open() }, None);
    is_short(&amend(None), Account { name: "K".to_owned(), ..open() }, differs.clone());
    is_short(&amend(None), Account { login: None, ..open() }, differs);
    is_short(&amend(None), Account { active: false, ..open() }, Shortfall::Closed);
}

#[test]
fn where_the_store_keeps_each_letter_another_case_is_not_the_new_one() {
    let exact = Beside { exact: true, ..Beside::default() };
    let short = |account: Account| falls_short_beside(&wanted(&amend(None)), Some(&account), &exact);
    assert_eq!(short(Account { login: Some("KARI".to_owned()), ..open() }), None);
    assert_eq!(
        short(Account { login: Some("kari".to_owned()), ..open() }),
        Some(Shortfall::NotNew(AccountPart::NameLoginOrEmail))
    );
}

#[test]
fn a_right_in_a_closed_account_is_not_given() {
    is_short(&raise("LU"), open(), None);
    is_short(&raise("LC"), open(), Shortfall::Lacks(right("LC")));
    is_short(&raise("LU"), Account { active: false, ..open() }, Shortfall::Closed);
}

#[test]
fn an_account_that_is_gone_has_nothing_left_and_is_given_nothing() {
    let sweep = Effect::Sweep { end_subscriptions: Vec::new() };
    let settle = Effect::Settle { grants: Vec::new() };
    for effect in [lower(true), lower(false), sweep, settle.clone()] {
        assert_eq!(falls_short(&wanted(&effect), None), None, "{effect:?}");
    }
    for effect in [amend(None), raise("LU")] {
        assert_eq!(falls_short(&wanted(&effect), None), Some(Shortfall::Gone), "{effect:?}");
    }
    is_short(&settle, open(), None);
}

#[test]
fn what_the_plan_did_not_know_forbids_writing() {
    let forbidden = |effect: &Effect, account: &Account| forbids(&wanted(effect), account);
    let more = Account { rights: BTreeMap::from([(right("LC"), None), (right("LU"), None)]), ..open() };
    assert_eq!(forbidden(&lower(true), &open()), None);
    assert_eq!(forbidden(&lower(true), &more), Some(Shortfall::HasUnknown(right("LC"))));
    assert_eq!(forbidden(&lower(false), &more), None, "what stays is no business of the step");
    assert_eq!(forbidden(&raise("LU"), &closed()), Some(Shortfall::Closed));
    let sweep = Effect::Sweep { end_subscriptions: Vec::new() };
    assert_eq!(forbidden(&sweep, &open()), Some(Shortfall::HasAccess));
}

#[test]
fn a_new_account_is_as_asked_or_not() {
    let new = NewAccount {
        person: PersonId::new("kari.testesen").unwrap(),
        name: "Kari Testesen".to_owned(),
        login: open().login,
        email: open().email,
    };
    assert_eq!(opened_otherwise(&new, &open()), None);
    for other in [
        Account { login: Some("KARI".to_owned()), ..open() },
        Account { active: false, ..open() },
        Account { person: None, ..open() },
        Account { name: "K".to_owned(), ..open() },
        Account { login: None, ..open() },
        Account { email: None, ..open() },
    ] {
        assert_eq!(opened_otherwise(&new, &other), Some(Shortfall::NotOpenedAsAsked), "{other:?}");
    }
}

#[test]
fn the_sentences_name_the_account() {
    let told = |short: Shortfall| short.sentence(&AccountId::new("a1")).en().to_owned();
    assert_eq!(told(Shortfall::Gone), "the account `a1` is not in the register");
    assert_eq!(told(Shortfall::StillRuns(7)), "the subscription 7 of `a1` still runs");
    let not_new = Shortfall::NotNew(AccountPart::State).sentence(&AccountId::new("a1"));
    assert_eq!(not_new.en(), "the state of the account `a1` is not the new one");
    assert_eq!(not_new.get(Lang::Nb), "kontoen `a1` har ikke fått tilstanden den skulle ha");
}
