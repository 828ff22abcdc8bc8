//! One story for every store, through its port: create, grant, amend, revoke, clear, come back, drift by hand,
//! conflict, a half-done operation that is continued, and a list of 5,000 accounts.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::civil::{Date, date};
use portvakt_core::change::Cause;
use portvakt_core::model::{
    Account, AccountId, ApplicationId, GrantKey, PersonId, RequestId, Right, RoleId, UnitId,
};
use portvakt_core::plan::{Detail, Effect, NewAccount, Raise, Revoke, Step, StepSubject};
use portvakt_core::store::{
    EarlierAttempt, Opening, OpeningId, Performed, StoreError, StoreTask, TaskOutcome, WriteStore,
};

/// A store that can be opened as often as somebody works with it.
pub trait Bench {
    fn store(&self) -> Box<dyn WriteStore>;
    /// Returns how many accounts the long list has.
    fn many(&self) -> usize {
        5_000
    }
}

pub const TODAY: Date = date(2026, 11, 23);

pub fn right(unit: u32, role: &str) -> Right {
    Right {
        application: ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(unit),
        role: RoleId::new(role).unwrap(),
    }
}

pub fn raise(person: &str, right: &Right) -> Raise {
    let grant = GrantKey {
        person: PersonId::new(person).unwrap(),
        application: right.application.clone(),
        unit: right.unit,
        request: RequestId::new("R1").unwrap(),
    };
    Raise { right: right.clone(), grant, drift: false, stays_ended: Vec::new() }
}

pub fn new_step(person: &str, login: Option<&str>, email: Option<&str>, rights: &[Right]) -> Step {
    let new = NewAccount {
        person: PersonId::new(person).unwrap(),
        name: format!("{person} Testesen"),
        login: login.map(str::to_owned),
        email: email.map(str::to_owned),
    };
    let grant = rights.iter().map(|right| raise(person, right)).collect();
    Step { person: Some(new.person.clone()), subject: StepSubject::New(new), effect: Effect::Raise { grant } }
}

pub fn on(id: &AccountId, effect: Effect) -> Step {
    Step { subject: StepSubject::Account(id.clone()), person: None, effect }
}

pub fn give(id: &AccountId, rights: &[Right]) -> Step {
    on(id, Effect::Raise { grant: rights.iter().map(|right| raise("somebody", right)).collect() })
}

fn lower(id: &AccountId, rights: &[Right], close: bool) -> Step {
    let revoke = rights
        .iter()
        .map(|right| Revoke { right: right.clone(), cause: Cause::Absent, grants: Vec::new() })
        .collect();
    on(id, Effect::Lower { cause: Cause::Absent, revoke, end_subscriptions: Vec::new(), close })
}

/// A name that no account was ever opened under.
fn unused() -> OpeningId {
    OpeningId::new(&uuid::Uuid::new_v4().to_string())
}

pub fn never() -> Opening {
    Opening { id: unused(), tried: EarlierAttempt::Never, made: None, earlier: Vec::new() }
}

/// Has the steps done, and gives each its outcome in the order of the steps.
pub fn perform(store: &mut dyn WriteStore, steps: &[Step], openings: &[Option<Opening>]) -> Vec<TaskOutcome> {
    let tasks: Vec<StoreTask<'_>> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| StoreTask { step, opening: openings.get(at).cloned().flatten() })
        .collect();
    let mut outcomes = Vec::new();
    store.perform(&tasks, TODAY, &mut |more| {
        outcomes.extend(more);
        ControlFlow::Continue(())
    });
    outcomes.sort_by_key(|outcome| outcome.at);
    let told: Vec<usize> = outcomes.iter().map(|outcome| outcome.at).collect();
    assert_eq!(told, (0..steps.len()).collect::<Vec<_>>(), "each is told once");
    outcomes
}

#[track_caller]
fn one(store: &mut dyn WriteStore, step: Step) -> Result<Performed, StoreError> {
    let opening = matches!(step.subject, StepSubject::New(_)).then(never);
    perform(store, &[step], &[opening]).remove(0).done
}

#[track_caller]
fn done(store: &mut dyn WriteStore, step: Step) -> Account {
    one(store, step).unwrap().after.unwrap()
}

fn read(store: &dyn WriteStore, id: &AccountId) -> Account {
    let found = store.accounts(&BTreeSet::new(), &BTreeSet::from([id.clone()])).unwrap();
    let [account] = found.as_slice() else { panic!("{found:?}") };
    account.clone()
}

fn rights(account: &Account) -> Vec<Right> {
    account.rights.keys().cloned().collect()
}

/// Tells the whole story. The store is empty at its beginning.
pub fn tell(bench: &dyn Bench) {
    let mut store = bench.store();
    let store = store.as_mut();
    let listing = store.list().unwrap();
    assert!(listing.accounts.is_empty() && listing.incomplete.is_none(), "{listing:?}");

    let kari = create(store);
    grant_and_amend(store, &kari);
    drift(bench, store, &kari);
    conflict(bench, store, &kari);
    leave(bench, store, &kari);
    come_back(store, &kari);
    lost_answer(store);
    nobody(store);
    five_thousand(store, bench.many());
}

fn create(store: &mut dyn WriteStore) -> AccountId {
    let step = new_step("kari.testesen", Some("kari"), Some("kari@example.test"), &[right(100_082, "LU")]);
    let account = done(store, step);
    assert!(account.active && account.person.as_ref().unwrap().as_str() == "kari.testesen", "{account:?}");
    assert_eq!(account.login.as_deref(), Some("kari"));
    assert_eq!(account.email.as_deref(), Some("kari@example.test"));
    assert_eq!(rights(&account), [right(100_082, "LU")]);
    assert_eq!(read(store, &account.id), account, "what is told is what is there");
    account.id
}

fn grant_and_amend(store: &mut dyn WriteStore, kari: &AccountId) {
    let more = give(kari, &[right(100_083, "LC")]);
    assert_eq!(rights(&done(store, more.clone())), [right(100_082, "LU"), right(100_083, "LC")]);
    assert_eq!(rights(&done(store, more)), [right(100_082, "LU"), right(100_083, "LC")], "twice is once");
    let amend = Effect::Amend {
        name: "Kari Eksempelsen".to_owned(),
        login: Some("kari.e".to_owned()),
        email: Some(Some("kari.e@example.test".to_owned())),
        changed: [Detail::Name, Detail::Login, Detail::Email].into(),
    };
    let account = done(store, on(kari, amend));
    assert_eq!((account.name.as_str(), account.login.as_deref()), ("Kari Eksempelsen", Some("kari.e")));
    assert_eq!(account.email.as_deref(), Some("kari.e@example.test"));
    assert_eq!(account.rights.len(), 2, "the rights stay");
}

/// Rights are given and taken by hand. The next read shows it, and a step corrects it.
fn drift(bench: &dyn Bench, store: &mut dyn WriteStore, kari: &AccountId) {
    let mut hand = bench.store();
    done(hand.as_mut(), give(kari, &[right(100_089, "LC")]));
    done(hand.as_mut(), lower(kari, &[right(100_083, "LC")], false));
    assert_eq!(rights(&read(store, kari)), [right(100_082, "LU"), right(100_089, "LC")]);
    done(store, lower(kari, &[right(100_089, "LC")], false));
    assert_eq!(
        rights(&done(store, give(kari, &[right(100_083, "LC")]))),
        [right(100_082, "LU"), right(100_083, "LC")]
    );
}

/// A right is given by hand between reading and writing. It is never overwritten, whether the step succeeds or is left
/// to the next pass.
fn conflict(bench: &dyn Bench, store: &mut dyn WriteStore, kari: &AccountId) {
    for role in ["A1", "A2"] {
        read(store, kari);
        done(bench.store().as_mut(), give(kari, &[right(100_320, role)]));
        let step = give(kari, &[right(100_084, role)]);
        match one(store, step.clone()) {
            Ok(_) => {}
            Err(StoreError::Conflict(_)) => {
                assert!(!read(store, kari).rights.contains_key(&right(100_084, role)));
                done(store, step);
            }
            Err(other) => panic!("{other:?}"),
        }
        let account = read(store, kari);
        assert!(account.rights.contains_key(&right(100_320, role)), "{account:?}");
        assert!(account.rights.contains_key(&right(100_084, role)), "{account:?}");
        done(store, lower(kari, &[right(100_320, role), right(100_084, role)], false));
    }
}

/// A closing that was begun and not finished is finished. Doing it twice changes nothing.
fn leave(bench: &dyn Bench, store: &mut dyn WriteStore, kari: &AccountId) {
    done(bench.store().as_mut(), lower(kari, &[right(100_082, "LU")], false));
    let close = lower(kari, &[right(100_082, "LU"), right(100_083, "LC")], true);
    let account = done(store, close.clone());
    assert!(!account.active && account.rights.is_empty() && account.email.is_none(), "{account:?}");
    assert_eq!(done(store, close), account, "twice is once");
    assert_eq!(read(store, kari), account);
    assert!(store.list().unwrap().accounts.contains(&account), "a closed account stays in the list");

    let refused = one(store, give(kari, &[right(100_082, "LU")]));
    assert!(refused.is_err(), "a closed account is never opened again: {refused:?}");
    assert_eq!(read(store, kari), account);

    // One that was closed by hand and still has an address.
    let ola =
        done(store, new_step("ola.testesen", Some("ola"), Some("ola@example.test"), &[right(100_082, "LU")]));
    done(bench.store().as_mut(), lower(&ola.id, &[right(100_082, "LU")], false));
    let swept = done(store, on(&ola.id, Effect::Sweep { end_subscriptions: Vec::new() }));
    assert_eq!(swept.email, None);
}

/// A new account gets the same login. The old one stays closed, and still belongs to the same person.
fn come_back(store: &mut dyn WriteStore, kari: &AccountId) {
    let again = done(store, new_step("kari.testesen", Some("kari.e"), None, &[right(100_082, "LU")]));
    assert_ne!(again.id, *kari);
    assert!(again.active && again.login.as_deref() == Some("kari.e"));
    let old = read(store, kari);
    assert!(!old.active && old.rights.is_empty() && old.email.is_none(), "{old:?}");
    assert_eq!(old.person, again.person, "both hang on the same person (R34)");
}

/// An account that was opened and never heard of is found under the name of its opening, and not opened twice.
fn lost_answer(store: &mut dyn WriteStore) {
    let step = new_step("nina.testesen", Some("nina"), None, &[right(100_082, "LU")]);
    let opening = never();
    let first = perform(store, std::slice::from_ref(&step), &[Some(opening.clone())]).remove(0);
    let id = first.opened.clone().or_else(|| first.done.as_ref().unwrap().account.clone()).unwrap();
    let found = store.opened(&BTreeSet::from([opening.id.clone(), unused()])).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), [&opening.id]);
    assert_eq!(found[&opening.id].id, id);
    let again = Opening { tried: EarlierAttempt::Before, ..opening };
    // Her file names another login by now: no uniqueness of logins stands in the way of a second account.
    let step = new_step("nina.testesen", Some("nina.t"), None, &[right(100_082, "LU")]);
    let second = perform(store, &[step], &[Some(again)]).remove(0).done.unwrap();
    assert_eq!(second.account, Some(id));
    let accounts = store.list().unwrap().accounts;
    let hers = accounts.iter().filter(|a| a.person.as_ref().is_some_and(|p| p.as_str() == "nina.testesen"));
    assert_eq!(hers.count(), 1);
}

/// An account that is not there: nothing left to take away, and nothing can be given.
fn nobody(store: &mut dyn WriteStore) {
    let id = AccountId::new("00000000-0000-0000-0000-000000000000");
    assert!(store.accounts(&BTreeSet::new(), &BTreeSet::from([id.clone()])).unwrap().is_empty());
    assert!(one(store, give(&id, &[right(100_082, "LU")])).is_err());
}

fn five_thousand(store: &mut dyn WriteStore, many: usize) {
    let before = store.list().unwrap().accounts.len();
    let person = |number: usize| format!("mange.nr{number}");
    let steps: Vec<Step> =
        (before..many).map(|number| new_step(&person(number), None, None, &[right(100_082, "LU")])).collect();
    let openings: Vec<_> = steps.iter().map(|_| Some(never())).collect();
    let failed: Vec<_> =
        perform(store, &steps, &openings).into_iter().filter(|outcome| outcome.done.is_err()).collect();
    assert!(failed.is_empty(), "{} failed, the first: {:?}", failed.len(), failed.first());
    let listing = store.list().unwrap();
    assert_eq!(listing.incomplete, None);
    assert_eq!(listing.accounts.len(), many);
    let ids: Vec<_> = listing.accounts.iter().map(|account| account.id.clone()).collect();
    assert!(ids.is_sorted(), "in order of id");
    let people: BTreeSet<_> = listing.accounts.iter().filter_map(|account| account.person.clone()).collect();
    assert!((before..many).all(|number| people.contains(person(number).as_str())));
}
