//! Accounts that somebody closed in the store by hand. They are told and never opened again, and only a new request opens
//! another one.

use portvakt_core::diag::Code;

use super::{by_id, kari};
use crate::pass::fixture::*;

#[test]
fn an_account_closed_by_hand_is_reported_and_only_a_new_request_opens_a_new_one() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.sql(&format!(
        "UPDATE access SET ended = '2026-03-02' WHERE account = '{id}';
         UPDATE account SET active = 0, closed = '2026-03-02', email = NULL WHERE id = '{id}'"
    ));
    for _ in 0..2 {
        only(&world.pass(), Code::ClosedByHand);
        assert!(world.account("kari.testesen").is_none());
    }
    world.put(&file(
        "ahus",
        "kari.testesen",
        [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R2", LC_AHUS).rapporteket()],
    ));
    world.pass();
    world.pass();
    let account = world.account("kari.testesen").unwrap();
    assert_ne!(account.id, id);
    assert_eq!(
        world.rights("kari.testesen"),
        ["rapporteket-smerte/100089/LU"],
        "what was closed stays closed"
    );
    world.quiet();
}

#[test]
fn a_new_request_for_the_same_right_opens_a_new_account_whatever_its_name() {
    for request in ["R0", "R2"] {
        let mut world = World::with(&[kari()]);
        let id = world.account("kari.testesen").unwrap().id;
        world.sql(&format!(
            "UPDATE access SET ended = '2026-03-02' WHERE account = '{id}';
             UPDATE account SET active = 0, closed = '2026-03-02' WHERE id = '{id}'"
        ));
        world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS), lu(AHUS, request, LC_AHUS)]));
        world.pass();
        assert_eq!(world.rights("kari.testesen"), ["100089/LU"], "{request}");
        world.quiet();
    }
}

#[test]
fn closed_by_hand_and_confirmed_is_over() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.sql(&format!("UPDATE access SET ended = '2026-03-02' WHERE account = '{id}'; UPDATE account SET active = 0, closed = '2026-03-02' WHERE id = '{id}'"));
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    world.pass();
    assert!(world.pass().findings.iter().all(|finding| finding.code != Code::ClosedByHand));
    world.quiet();
}

#[test]
fn what_is_left_in_an_account_closed_by_hand_goes_with_the_file() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.sql(&format!("UPDATE account SET active = 0, closed = '2026-03-02' WHERE id = '{id}'"));
    only(&world.pass(), Code::ClosedByHand);
    assert_eq!(by_id(&world, id.as_str()).rights.len(), 1, "the file still gives it");
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    let closed = by_id(&world, id.as_str());
    assert!(!closed.active && closed.rights.is_empty() && closed.email.is_none(), "{closed:?}");
    world.quiet();
}

#[test]
fn a_right_put_into_an_account_closed_by_hand_goes_and_no_other_account_is_opened() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.sql(&format!(
        "UPDATE access SET ended = '2026-03-02' WHERE account = '{id}';
         UPDATE account SET active = 0, closed = '2026-03-02' WHERE id = '{id}';
         INSERT INTO access (account, application, unit, role, granted)
         VALUES ('{id}', 'smerteregisteret', 100089, 'LC', '2026-03-02')"
    ));
    let seen = codes(&world.pass());
    assert!(seen.contains(&Code::Drift) && seen.contains(&Code::ClosedByHand), "{seen:?}");
    assert!(by_id(&world, id.as_str()).rights.is_empty());
    for _ in 0..2 {
        only(&world.pass(), Code::ClosedByHand);
        assert!(world.account("kari.testesen").is_none(), "R34");
    }
}

#[test]
fn an_account_closed_by_hand_is_not_opened_by_a_start_moved_before_or_by_another_role() {
    for later in [lu(AHUS, "R1", LC_AHUS).from("2026-04-01"), lc(AHUS, "R1", LEADER)] {
        let mut world = World::with(&[kari()]);
        world.put(&file("ahus", "kari.testesen", [later.on("2026-03-01")]));
        // The change is accepted and the account closed by hand between two passes.
        let id = world.account("kari.testesen").unwrap().id;
        world.sql(&format!("UPDATE access SET ended = '2026-03-02' WHERE account = '{id}'; UPDATE account SET active = 0, closed = '2026-03-02' WHERE id = '{id}'"));
        world.pass();
        let seen = world.day("2026-04-01").pass();
        assert!(!world.has("kari.testesen"), "R34");
        assert!(codes(&seen).contains(&Code::ClosedByHand), "{:?}", errors(&seen.findings));
    }
}
