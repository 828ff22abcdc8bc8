//! Rows that the owner of the database keeps as they are. They keep nobody's access open, and what they owe stays red.

use portvakt_core::decide::Scope;
use portvakt_core::diag::Lang;
use portvakt_engine::apply::{Carried, carry_out};

use super::{by_id, kari, subscribed};
use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";

/// One whole pass, of which one step fails.
fn pass_that_owes(world: &mut World) -> Carried {
    world.now += jiff::SignedDuration::from_secs(60);
    let decided = world.prepare(&Scope::Whole).unwrap();
    let carried = carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    assert_eq!(carried.failed.len(), 1, "{:?}", carried.failed);
    assert_eq!(world.untrusted(), Vec::<String>::new());
    world.ledger_holds();
    carried
}

fn is_told(carried: &Carried, en: &str, nb: &str) {
    let (_, why) = &carried.failed[0];
    assert!(why.words().en().contains(en), "{why:?}");
    assert!(why.words().get(Lang::Nb).contains(nb), "{why:?}");
}

#[test]
fn a_subscription_that_cannot_be_ended_keeps_no_account_open() {
    let mut world = World::with(&[kari()]);
    let id = world.account(KARI).unwrap().id;
    subscribed(&world);
    subscribed(&world);
    world.sql(
        "CREATE TRIGGER stuck BEFORE UPDATE ON subscription WHEN old.id = (SELECT min(id) FROM subscription)
         BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    );
    world.tree.remove("ahus", KARI);
    let carried = pass_that_owes(&mut world);
    is_told(&carried, "the account is closed all the same", "kontoen er likevel lukket");
    let left = by_id(&world, id.as_str());
    assert!(!left.active && left.rights.is_empty(), "{left:?}");
    assert_eq!(left.subscriptions.len(), 1, "the other one has ended");
    assert_eq!(world.known(KARI).account, None);
    for _ in 0..2 {
        pass_that_owes(&mut world);
    }
    world.sql("DROP TRIGGER stuck");
    world.pass();
    assert!(by_id(&world, id.as_str()).subscriptions.is_empty());
    world.quiet();
}

#[test]
fn an_address_that_is_put_back_keeps_no_account_open_and_the_ledger_says_that_it_is_left() {
    let mut world = World::with(&[kari()]);
    let id = world.account(KARI).unwrap().id;
    world.sql(&format!(
        "UPDATE account SET email = 'kari@register.example' WHERE id = '{id}';
         CREATE TRIGGER restored AFTER UPDATE OF email ON account WHEN new.email IS NULL
         BEGIN UPDATE account SET email = old.email WHERE id = old.id; END"
    ));
    world.tree.remove("ahus", KARI);
    for _ in 0..3 {
        pass_that_owes(&mut world);
        let left = by_id(&world, id.as_str());
        assert!(!left.active && left.rights.is_empty() && left.email.is_some(), "{left:?}");
    }
    let says = |row: &&String| row.contains("\"closed\":true") && row.contains("\"email-cleared\":false");
    assert_eq!(world.content()["ledger"].iter().filter(says).count(), 1);
    world.sql("DROP TRIGGER restored");
    world.pass();
    assert_eq!(by_id(&world, id.as_str()).email, None);
    world.quiet();
}

/// Nothing that a pass looks at would show the address of a subscription that ran out, if the account were closed.
#[test]
fn an_account_is_not_closed_while_only_an_old_subscription_shows_what_is_owed() {
    let mut world = World::with(&[kari()]);
    let id = world.account(KARI).unwrap().id;
    subscribed(&world);
    world.sql(
        "UPDATE subscription SET end_date = '2026-02-01';
         CREATE TRIGGER stuck BEFORE UPDATE OF address ON subscription
         BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    );
    world.tree.remove("ahus", KARI);
    let carried = pass_that_owes(&mut world);
    is_told(&carried, "what goes by itself is taken away", "det som lar seg fjerne for seg");
    for _ in 0..2 {
        assert!(by_id(&world, id.as_str()).active && !world.has(KARI));
        pass_that_owes(&mut world);
    }
    world.sql("DROP TRIGGER stuck");
    world.pass();
    assert!(!by_id(&world, id.as_str()).active);
    world.quiet();
}
