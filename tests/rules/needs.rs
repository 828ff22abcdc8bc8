//! Tests what is named to be read of memory and store before a head is decided.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use portvakt_core::change::Head;
use portvakt_core::decide::{Needs, Scope, accounts_of, head, left_out, looks_of, needs};
use portvakt_core::model::{Account, AccountId};

use crate::review::world::{World, id, path};

/// The head of one file.
fn kari(world: &World) -> Head {
    let looks: Vec<_> =
        looks_of(&world.tree()).into_iter().filter(|look| look.path.as_str().contains("kari")).collect();
    head(&looks, &world.tree(), &world.rules().register)
}

#[test]
fn holds_and_refusals_are_read_of_the_files_that_are_looked_at() {
    let head = kari(&World::new());
    let names = ["desired-state/ahus/kari.testesen.yaml", "desired-state/ahus/borte.testesen.yaml"];
    let paths: BTreeSet<_> =
        names.iter().chain(&["desired-state/register.yaml"]).map(|name| path(name)).collect();
    let due = BTreeSet::from([id("ola.testesen")]);
    let Needs { base, unsettled, people } = needs(&head, &due, &Scope::Files(paths.clone()));
    let unsettled = unsettled.unwrap();
    assert_eq!(unsettled.holds, paths);
    assert_eq!(unsettled.refusals, BTreeSet::from([id("borte.testesen"), id("kari.testesen")]));
    assert_eq!(people, Some(BTreeSet::from([id("kari.testesen"), id("ola.testesen")])));
    assert!(base.is_some());
}

#[test]
fn a_whole_pass_needs_everything() {
    let whole = needs(&kari(&World::new()), &BTreeSet::new(), &Scope::Whole);
    assert!(whole.base.is_none() && whole.unsettled.is_none() && whole.people.is_none(), "{whole:?}");
}

#[test]
fn accounts_are_read_that_a_person_has_or_is_to_adopt() {
    let mut world = World::new();
    let adopted = "adopt: {konto-1: ola.testesen, konto-2: kari.testesen}";
    world.edit("desired-state/register.yaml", "adopt: {}", adopted);
    let mut base = world.base(date(2026, 11, 10));
    for (person, account) in [("ola.testesen", "konto-3"), ("per.testesen", "konto-4")] {
        base.people.get_mut(&id(person)).unwrap().account = Some(AccountId::new(account));
    }
    let (people, register) =
        (BTreeSet::from([id("ola.testesen"), id("borte.testesen")]), world.rules().register);
    let ids = ["konto-1", "konto-3"].map(AccountId::new);
    assert_eq!(accounts_of(&people, &base, &register), BTreeSet::from(ids));
    // A list without the account of somebody does not prove that the account is gone.
    let listed = Account {
        id: AccountId::new("konto-4"),
        person: None,
        name: "Per Testesen".to_owned(),
        login: None,
        email: None,
        active: true,
        rights: BTreeMap::new(),
        subscriptions: Vec::new(),
    };
    assert_eq!(left_out(&[listed], &base), BTreeSet::from([AccountId::new("konto-3")]));
}
