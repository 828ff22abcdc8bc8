//! Conditions that a pass finds in the store: unknown accounts, drift, old e-mail addresses. Accounts closed by hand have a
//! file of their own below, and so have lists that are not whole.

use std::collections::BTreeSet;

use portvakt_core::decide::Scope;
use portvakt_core::diag::{Code, Lang};
use portvakt_core::model::{Account, AccountId};
use portvakt_core::store::StoreError;
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::reconcile::engine::EngineError;

use crate::pass::fixture::*;

mod closed_by_hand;
mod details_by_hand;
mod incomplete;
mod put_back;
mod refused_rows;

pub use incomplete::cut_pass;

fn kari() -> File {
    file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])
}

fn unknown(id: &str) -> String {
    format!(
        "INSERT INTO account (id, name, email, active, opened) VALUES ('{id}', 'Ukjent', '{id}@register.example', 1, '2020-01-01');
         INSERT INTO access (account, application, unit, role, granted) VALUES ('{id}', 'smerteregisteret', 100089, 'LU', '2020-01-01');
         INSERT INTO subscription (owner, owner_name, address, application, role, unit, start_date, end_date)
             VALUES ('{id}', 'Ukjent', '{id}@register.example', 'rapporteket-smerte', 'LU', 100089, '2026-01-01', '2029-01-01');"
    )
}

fn by_id(world: &World, id: &str) -> Account {
    world.accounts().into_iter().find(|account| account.id == AccountId::new(id)).unwrap()
}

fn history(world: &World) {
    world.sql(
        "INSERT INTO course (unit, status, created_by, created_on, updated_by, updated_on)
         SELECT 100089, 'open', id, '2026-01-01', id, '2026-01-01' FROM account",
    );
}

#[test]
fn a_full_disk_is_told_as_one_whatever_sqlite_could_not_write() {
    let told = |code| {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        StoreError::from(portvakt_database::Error::from(error))
    };
    let full = [rusqlite::ffi::SQLITE_FULL, rusqlite::ffi::SQLITE_IOERR_SHMSIZE];
    full.into_iter().for_each(|code| assert!(matches!(told(code), StoreError::Full), "{code}"));
    assert!(!matches!(told(rusqlite::ffi::SQLITE_IOERR_READ), StoreError::Full));
    let finding = EngineError::from(told(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)).finding();
    let (en, nb) = (finding.message.get(Lang::En), finding.message.get(Lang::Nb));
    // Earlier transactions of the same pass stand, so it says that nothing more was written.
    assert!(en.contains("disk is full, and nothing more was written"), "{en}");
    assert!(nb.contains("disken til registeret er full, og ingenting mer ble skrevet"), "{nb}");
}

/// So it looks after an older memory was put back beside a register that does not say whose its accounts are.
#[test]
fn an_account_with_the_login_of_somebody_who_has_none_is_neither_closed_nor_doubled() {
    let mut world = World::with(&[]);
    world.sql(&unknown("gammel-1"));
    world.sql("UPDATE account SET login = 'Kari.Testesen' WHERE id = 'gammel-1'");
    world.put(&kari());
    let decided = world.pass();
    only(&decided, Code::UnknownAccount);
    assert_eq!(decided.unsettled.unclaimed, [AccountId::new("gammel-1")].into());
    assert!(decided.plan.steps.is_empty(), "{:?}", decided.plan.steps);
    assert!(by_id(&world, "gammel-1").active && !world.has("kari.testesen"));
    world.quiet();
    // With another login it is nobody's, and goes like any absent user.
    world.sql("UPDATE account SET login = 'en.annen' WHERE id = 'gammel-1'");
    world.pass();
    assert!(!by_id(&world, "gammel-1").active && world.has("kari.testesen"));
    world.quiet();
}

/// The memory of before knows the account that was closed since, and not the one that was opened after it.
#[test]
fn an_account_with_the_login_of_somebody_whose_account_is_closed_is_neither_closed_nor_doubled() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.sql(&format!(
        "UPDATE access SET ended = '2026-03-02' WHERE account = '{id}';
         UPDATE account SET active = 0, closed = '2026-03-02' WHERE id = '{id}'"
    ));
    world.sql(&unknown("gammel-1"));
    world.sql("UPDATE account SET login = 'kari.testesen' WHERE id = 'gammel-1'");
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R2", LC_AHUS)]));
    for _ in 0..2 {
        let told = only(&world.pass(), Code::UnknownAccount);
        assert!(!told.way_out.en().contains("adopt"), "{:?}", told.way_out);
        assert!(by_id(&world, "gammel-1").active && !world.has("kari.testesen"));
    }
}

#[test]
fn an_unknown_account_loses_its_access_within_the_budget() {
    let mut world = World::with(&[kari()]);
    world.sql(&unknown("gammel-1"));
    history(&world);
    let made = world.history();
    let decided = world.pass();
    only(&decided, Code::UnknownAccount);
    assert!(decided.unsettled.unclaimed.is_empty(), "it is nobody's");
    let account = by_id(&world, "gammel-1");
    assert!(!account.active && account.email.is_none() && account.rights.is_empty());
    assert!(account.subscriptions.is_empty());
    assert_eq!(world.history(), made);
    assert_eq!(decided.charged.removals.len(), 1);
    world.quiet();

    for id in ["g-2", "g-3", "g-4"] {
        world.sql(&unknown(id));
    }
    let decided = world.pass();
    assert_eq!(decided.unsettled.sets.len(), 1);
    assert!(["g-2", "g-3", "g-4"].iter().all(|id| by_id(&world, id).active));
    world.release(decided.unsettled.sets[0].digest);
    world.pass();
    assert!(["g-2", "g-3", "g-4"].iter().all(|id| !by_id(&world, id).active));
    world.ledger_holds();
}

#[test]
fn an_ignored_account_is_left_and_an_adopted_one_is_the_persons() {
    let mut tree = Tree::with(&[kari()]);
    tree.edit(
        "desired-state/register.yaml",
        "accounts: {ignore: [], adopt: {}}",
        "accounts: {ignore: [tjeneste], adopt: {gammel: kari.testesen}}",
    );
    for whole in [true, false] {
        let mut world = World::accepted(tree.clone(), &[&unknown("tjeneste"), &unknown("gammel")]);
        let scope = if whole { Scope::Whole } else { Scope::Files(BTreeSet::new()) };
        world.pass_over(&scope);
        world.pass();
        let account = by_id(&world, "tjeneste");
        assert!(account.active && account.email.is_some() && !account.subscriptions.is_empty());
        assert!(by_id(&world, "gammel").active, "{scope:?}");
        let karis =
            world.accounts().into_iter().filter(|a| a.person == Some(person("kari.testesen"))).count();
        assert_eq!(karis, 0, "{scope:?}: no second account beside the adopted one");
        world.quiet();
    }
}

#[test]
fn rights_given_by_hand_are_lowered_and_rights_taken_by_hand_are_given_again() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.sql(&format!(
        "INSERT INTO access (account, application, unit, role, granted) VALUES ('{id}', 'smerteregisteret', 100089, 'LC', '2026-03-01')"
    ));
    let decided = world.pass();
    only(&decided, Code::Drift);
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    assert_eq!(decided.charged.removals.len(), 1);
    world.quiet();

    world.sql(&format!("UPDATE access SET ended = '2026-03-02' WHERE account = '{id}'"));
    let decided = world.pass();
    only(&decided, Code::Drift);
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    world.quiet();
}

#[test]
fn two_requests_for_one_right_are_one_right_until_both_are_over() {
    let mut world = World::with(&[kari()]);
    let both = [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R2", LC_AHUS)];
    world.put(&file("ahus", "kari.testesen", both));
    world.pass();
    world.quiet();
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R2", LC_AHUS)]));
    world.pass();
    assert!(world.has("kari.testesen"));
    world.quiet();
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert!(world.account("kari.testesen").is_none());
    world.quiet();
}

#[test]
fn the_mail_of_old_closed_accounts_is_cleared_within_the_budget() {
    let closed = |id: &str| {
        format!(
            "INSERT INTO account (id, name, email, active, opened, closed) VALUES ('{id}', 'Gammel', '{id}@register.example', 0, '2020-01-01', '2021-01-01')"
        )
    };
    let mut world = World::with(&[kari()]);
    for id in ["a-1", "a-2", "a-3"] {
        world.sql(&closed(id));
    }
    let decided = world.pass();
    assert_eq!(decided.charged.removals.len(), 3);
    assert!(["a-1", "a-2", "a-3"].iter().all(|id| by_id(&world, id).email.is_none()));
    world.quiet();
    for id in ["b-1", "b-2", "b-3", "b-4"] {
        world.sql(&closed(id));
    }
    assert_eq!(world.pass().unsettled.sets.len(), 1);
    assert!(by_id(&world, "b-1").email.is_some());
}

#[test]
fn a_change_of_role_that_a_crash_interrupted_is_finished_by_a_small_pass() {
    let mut world = World::with(&[kari()]);
    world.put(&file("ahus", "kari.testesen", [lc(AHUS, "R1", LEADER).on("2026-03-01")]));
    let decided = world.prepare(&Scope::Whole).unwrap().stopped_before(|_| true);
    portvakt_engine::apply::carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    let decided = world.pass_over(&Scope::Files(BTreeSet::new()));
    assert_eq!(world.rights("kari.testesen"), ["100089/LC"]);
    assert!(!codes(&decided).contains(&Code::Drift));
    world.quiet();
}

#[test]
fn two_changes_of_role_before_the_store_is_told_are_no_drift() {
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LEADER)])]);
    let id = world.account("kari.testesen").unwrap().id;
    world.put(&file("ahus", "kari.testesen", [lc(AHUS, "R1", LEADER).on("2026-03-01")]));
    let decided = world.prepare(&Scope::Whole).unwrap().stopped_before(|_| true);
    portvakt_engine::apply::carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LEADER).on("2026-03-02")]));
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::Drift), "{:#?}", decided.findings);
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    assert_eq!(world.account("kari.testesen").unwrap().id, id);
    world.quiet();
}

#[test]
fn e_mail_addresses_are_kept_in_step_where_they_stand_in_the_files() {
    let mut tree = Tree::new();
    tree.edit("desired-state/register.yaml", "contact_in_git: false", "contact_in_git: true");
    let mut kari = kari();
    kari.email = Some("kari@register.example".to_owned());
    tree.put(&kari);
    let mut world = World::new(tree);
    let email = |world: &World| world.account("kari.testesen").unwrap().email;
    assert_eq!(email(&world).as_deref(), Some("kari@register.example"));
    kari.email = Some("testesen@register.example".to_owned());
    world.put(&kari).pass();
    assert_eq!(email(&world).as_deref(), Some("testesen@register.example"));
    kari.email = None;
    world.put(&kari).pass();
    assert_eq!(email(&world).as_deref(), Some("testesen@register.example"), "what is missing orders nothing");
    kari.email = Some("none".to_owned());
    world.put(&kari).pass();
    assert_eq!(email(&world), None);
    world.quiet();
}

#[test]
fn an_address_elsewhere_is_left_alone_while_access_lasts_and_cleared_with_the_last() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.sql(&format!("UPDATE account SET email = 'kari@register.example' WHERE id = '{id}'"));
    world.quiet();
    assert_eq!(world.account("kari.testesen").unwrap().email.as_deref(), Some("kari@register.example"));
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert_eq!(by_id(&world, id.as_str()).email, None);
}

#[test]
fn a_request_that_the_store_has_seen_served_is_spent() {
    let served = "INSERT INTO account (id, person, name, active, opened, closed) VALUES ('gml', 'kari.testesen', 'Kari', 0, '2020-01-01', '2021-01-01');
        INSERT INTO access (account, application, unit, role, request, granted, ended) VALUES ('gml', 'smerteregisteret', 100089, 'LU', 'R1', '2020-01-01', '2021-01-01')";
    let mut world = World::accepted(Tree::new(), &[served]);
    world.pass();
    world.put(&kari());
    let decided = world.pass();
    assert_eq!(only(&decided, Code::Forbidden).policies, ["request-serves-once"]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R2", LC_AHUS)]));
    world.pass();
    assert!(world.has("kari.testesen"));
}

/// Kari's reports, ordered by herself.
fn subscribed(world: &World) {
    world.sql(
        "INSERT INTO subscription (owner, owner_name, address, application, role, unit, start_date, end_date)
         SELECT id, name, 'kari@example.org', 'smerteregisteret', 'LU', 100089, '2026-01-01', '2029-01-01'
         FROM account WHERE person = 'kari.testesen'",
    );
}

#[test]
fn what_comes_back_says_what_it_does_not_bring_back() {
    let mut world = World::with(&[kari(), file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS)])]);
    for _ in 0..3 {
        subscribed(&world);
    }
    assert_eq!(world.account("kari.testesen").unwrap().subscriptions.len(), 3);
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert!(!world.has("kari.testesen"));
    world.day("2026-03-04").pass();
    let again = file("ahus", "kari.testesen", [lu(AHUS, "R9", LC_AHUS).on("2026-03-03").from("2026-03-04")]);
    world.put(&again);
    let decided = world.pass();
    assert!(world.has("kari.testesen"));
    let told = only(&decided, Code::SubscriptionsStayEnded);
    let words =
        "3 report subscriptions that ended on 2026-03-02 are not begun again; the user must order them anew";
    assert!(told.message.en().contains(words), "{told:?}");
    assert!(
        told.message
            .get(portvakt_core::diag::Lang::Nb)
            .contains("3 rapportabonnementer som ble avsluttet 2026-03-02"),
        "{told:?}"
    );
    let step = serde_json::to_string(&decided.plan.steps).unwrap();
    let stays = "\"stays_ended\":[{\"on\":\"2026-03-02\",\"subscriptions\":3,\"reports\":0}]";
    assert!(step.contains(stays), "{step}");
    let ledger = world.content();
    assert!(
        ledger["ledger"]
            .iter()
            .any(|row| row.contains("\"stays-ended\"") && row.contains("\"subscriptions\":3"))
    );
    // An access that ended in Rapporteket counts too.
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    let conn = world.register.connection();
    let step = "SELECT max(seq) FROM ledger WHERE kind = 'step'";
    let seq: i64 = conn.query_row(step, [], |row| row.get(0)).unwrap();
    let key = "SELECT key FROM person_key WHERE person = 'kari.testesen'";
    let key: String = conn.query_row(key, [], |row| row.get(0)).unwrap();
    let body = serde_json::json!({ "person": key, "operations": [seq], "ended": 2 });
    append(conn, world.now, EntryKind::Reports, &body).unwrap();
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R11", LC_AHUS).on("2026-03-03").from("2026-03-04")]));
    let told = only(&world.pass(), Code::SubscriptionsStayEnded);
    assert!(
        told.message
            .en()
            .contains("2 report subscriptions that ended on 2026-03-04 (2 of them in Rapporteket)")
    );
    // No access ended, so there is no report.
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R10", LC_AHUS).on("2026-03-03").from("2026-03-04")]));
    assert!(!codes(&world.pass()).contains(&Code::SubscriptionsStayEnded));
    assert!(world.has("kari.testesen"));
}
