//! Tests what is named to be read of memory and store before a head is decided.

use std::collections::BTreeSet;

use portvakt_core::change::Head;
use portvakt_core::decide::{Needs, Scope, head, looks_of, needs};

use crate::review::world::{World, id, path};

/// The head of one file.
fn kari(world: &World) -> Head {
    let looks: Vec<_> =
        looks_of(&world.tree()).into_iter().filter(|look| look.path.as_str().contains("kari")).collect();
    head(&looks, world.tree().odd(), &world.rules().register)
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
