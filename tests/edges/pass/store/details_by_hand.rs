//! Names, logins, addresses and owners of accounts that somebody changed in the store by hand. They are told, and what the
//! files say is put right. What the files themselves change is told by nobody.

use portvakt_core::diag::{Code, Lang};

use super::kari;
use crate::pass::asked::pass_on_the_way;
use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";

/// Kari with a login and an address, in a tree that keeps addresses.
fn known_by_address() -> (World, File) {
    let mut tree = Tree::new();
    tree.edit("desired-state/register.yaml", "contact_in_git: false", "contact_in_git: true");
    let mut kari = kari().login("kari.t");
    kari.email = Some("kari@register.example".to_owned());
    tree.put(&kari);
    (World::new(tree), kari)
}

#[test]
fn name_login_and_address_changed_by_hand_are_one_finding_and_are_put_right() {
    let (mut world, _) = known_by_address();
    let before = world.account(KARI).unwrap();
    world.sql(&format!(
        "UPDATE account SET name = 'En Annen', login = 'tatt.over', email = 'annen@register.example' WHERE id = '{}'",
        before.id
    ));
    let told = only(&world.pass(), Code::Drift);
    let parts = "by hand and is put right (name changed, login changed, e-mail changed)";
    assert!(told.message.en().contains(parts), "{told:?}");
    assert!(told.message.get(Lang::Nb).contains("endret i registeret for hånd"), "{told:?}");
    assert_eq!(world.account(KARI).unwrap(), before);
    assert!(!codes(&world.pass()).contains(&Code::Drift));
    world.quiet();
}

#[test]
fn what_a_file_changes_is_no_drift_even_on_the_way_to_a_newer_commit() {
    let (mut world, mut kari) = known_by_address();
    kari.email = Some("testesen@register.example".to_owned());
    let decided = world.put(&kari).pass();
    assert!(!codes(&decided).contains(&Code::Drift), "{:#?}", decided.findings);
    kari.email = Some("kari.testesen@register.example".to_owned());
    world.put(&kari);
    pass_on_the_way(&mut world, &kari);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::Drift), "{:#?}", decided.findings);
    assert_eq!(world.account(KARI).unwrap().email, kari.email);
    world.quiet();
}

#[test]
fn an_account_that_does_not_say_whose_it_is_is_told_and_stays_the_persons() {
    let mut world = World::with(&[kari()]);
    let id = world.account(KARI).unwrap().id;
    world.sql(&format!("UPDATE account SET person = NULL WHERE id = '{id}'"));
    for _ in 0..2 {
        let decided = world.pass();
        let told = only(&decided, Code::Drift);
        assert!(told.message.en().contains("it does not say whose account it is"), "{told:?}");
        assert!(told.way_out.get(Lang::Nb).contains(KARI), "{told:?}");
        assert!(decided.plan.steps.is_empty(), "{:?}", decided.plan.steps);
        assert_eq!(world.rights_of(&id), ["100089/LU"]);
    }
    world.sql(&format!("UPDATE account SET person = '{KARI}' WHERE id = '{id}'"));
    assert!(!codes(&world.pass()).contains(&Code::Drift));
}
