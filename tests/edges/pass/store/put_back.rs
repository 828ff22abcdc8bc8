//! An older memory beside a newer register: the store names the person of an open account that the memory does not know. It
//! is not closed while the person's files give something or are not settled, and nobody gets a second one.

use portvakt_core::decide::rules_of;
use portvakt_core::diag::{Code, Severity};
use portvakt_core::model::AccountId;

use super::{by_id, kari};
use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";

/// An open account that the store gives to this person, under this id.
fn opened_since(id: &str, person: Option<&str>, login: &str) -> String {
    let person = person.map_or_else(|| "NULL".to_owned(), |person| format!("'{person}'"));
    format!(
        "INSERT INTO account (id, person, name, login, active, opened)
             VALUES ('{id}', {person}, 'Kari', '{login}', 1, '2026-01-06');
         INSERT INTO access (account, application, unit, role, granted)
             VALUES ('{id}', 'smerteregisteret', 100089, 'LU', '2026-01-06')"
    )
}

/// The account stays as it is, in red, and nobody gets another one.
fn stays(world: &mut World, id: &str) -> String {
    let before = world.accounts();
    let decided = world.pass();
    let told = only(&decided, Code::UnknownAccount);
    assert_eq!(told.severity, Severity::Held, "{told:?}");
    assert_eq!(decided.unsettled.unclaimed, [AccountId::new(id)].into());
    assert!(decided.plan.steps.is_empty(), "{:?}", decided.plan.steps);
    assert_eq!(world.accounts(), before);
    told.way_out.en().to_owned()
}

#[test]
fn an_account_that_the_store_gives_to_somebody_who_has_none_is_adopted_by_two() {
    let mut world = World::with(&[]);
    world.sql(&opened_since("ny-1", Some(KARI), "toto"));
    world.put(&kari());
    assert!(stays(&mut world, "ny-1").contains("adopt"));
    assert!(stays(&mut world, "ny-1").contains("adopt"));
    world.tree.edit("desired-state/register.yaml", "adopt: {}", &format!("adopt: {{ny-1: {KARI}}}"));
    world.pass();
    world.release(rules_of(&world.tree.snapshot()).unwrap().digest);
    world.pass();
    world.pass();
    assert_eq!(world.known(KARI).account, Some(AccountId::new("ny-1")));
    assert_eq!(world.account(KARI).unwrap().id, AccountId::new("ny-1"), "and no other");
    world.quiet();
}

#[test]
fn it_stays_while_the_file_is_refused_or_in_error_and_goes_with_the_file() {
    let refused = || file("ahus", KARI, [lu(AHUS, "R1", "ingen.eksempelvik")]);
    for person in [Some(KARI), None] {
        let id = "ny-1";
        let begun = || {
            let mut world = World::with(&[]);
            world.sql(&opened_since(id, person, KARI));
            world.put(&refused());
            stays(&mut world, id);
            world
        };
        let mut world = begun();
        world.tree.raw(&refused().path(), "person: [\n");
        stays(&mut world, id);
        world.tree.remove("ahus", KARI);
        world.pass();
        assert!(!by_id(&world, id).active, "{person:?}: no file names it");
        // Whoever has taken back the own access has nothing to wait for.
        let mut world = begun();
        world.put(&file("ahus", KARI, [lu(AHUS, "R1", LC_AHUS).revoked(KARI)]));
        world.pass();
        assert!(!by_id(&world, id).active, "{person:?}: nothing is given any more");
    }
}

/// Kari had access and it was revoked. The file stays, or goes too.
fn kari_has_left(keeps_file: bool) -> World {
    let mut world = World::with(&[kari()]);
    world.put(&file("ahus", KARI, [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    world.pass();
    if !keeps_file {
        world.tree.remove("ahus", KARI);
    }
    world.pass();
    assert!(world.account(KARI).is_none());
    world
}

#[test]
fn no_stray_text_keeps_an_account_of_somebody_who_has_left() {
    let revoked = file("ahus", KARI, [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]);
    let junk_in_the_file = format!("{}x: y\n", revoked.text());
    let junk_entry = format!("{}  - unit: {AHUS}\n", revoked.text());
    let same_request = format!("{}  - request: R1\n", revoked.text());
    let named = format!("person: {KARI}\n");
    let asked = format!("{named}access:\n  - request: R2\n");
    let at = revoked.path();
    for (keeps_file, path, text) in [
        (true, at.as_str(), &junk_in_the_file),
        (true, at.as_str(), &junk_entry),
        (true, at.as_str(), &same_request),
        (false, "desired-state/ahus/en.annen.yaml", &named),
        (false, "requests/notes.txt", &asked),
        (false, "reviews/notes.txt", &named),
    ] {
        for person in [Some(KARI), None] {
            let mut world = kari_has_left(keeps_file);
            world.sql(&opened_since("ny-1", person, KARI));
            world.tree.raw(path, text);
            world.pass();
            assert!(!by_id(&world, "ny-1").active, "{path}, {person:?}: {text}");
        }
    }
}

#[test]
fn it_stays_where_a_file_in_error_names_another_request_of_somebody_who_had_left() {
    let returns =
        file("ahus", KARI, [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS), lu(AHUS, "R2", "ingen.eksempelvik")]);
    let held = format!("{}x: y\n", returns.text());
    let unknown_role = [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS), entry("UKJENT", AHUS, "R2", LC_AHUS)];
    let entry_in_error = file("ahus", KARI, unknown_role).text();
    let unreadable = format!("{}person: [\n", returns.text());
    for text in [held, entry_in_error, unreadable, returns.text()] {
        let mut world = kari_has_left(true);
        world.sql(&opened_since("ny-1", Some(KARI), "toto"));
        world.tree.raw(&returns.path(), &text);
        stays(&mut world, "ny-1");
    }
}

#[test]
fn it_stays_where_the_account_of_before_is_closed_and_the_new_entry_refused_or_not() {
    for by in [LC_AHUS, "ingen.eksempelvik"] {
        let mut world = World::with(&[kari()]);
        let id = world.account(KARI).unwrap().id;
        world.sql(&format!(
            "UPDATE access SET ended = '2026-03-02' WHERE account = '{id}';
             UPDATE account SET active = 0, closed = '2026-03-02' WHERE id = '{id}'"
        ));
        world.sql(&opened_since("ny-1", Some(KARI), "toto"));
        world.put(&file("ahus", KARI, [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R2", by)]));
        for _ in 0..2 {
            only(&world.pass(), Code::UnknownAccount);
            assert_eq!(world.account(KARI).unwrap().id, AccountId::new("ny-1"), "{by}");
            assert_eq!(world.rights(KARI), ["100089/LU"], "{by}");
        }
    }
}

#[test]
fn an_account_under_a_former_id_of_somebody_whom_the_memory_does_not_know_is_neither_closed_nor_doubled() {
    let mut world = World::with(&[]);
    world.sql(&opened_since("ny-1", Some(KARI), KARI));
    let new = file("ahus", "kari.hansenius", [lu(AHUS, "R1", LC_AHUS)]);
    let previously = format!(
        "previously: {{person: {KARI}, approved: {{by: {LC_AHUS}, on: {START}, identity: known}}}}\n"
    );
    world.tree.raw(&new.path(), &new.text().replacen("name:", &format!("{previously}name:"), 1));
    for _ in 0..2 {
        world.pass();
        assert!(by_id(&world, "ny-1").active);
        assert!(world.account("kari.hansenius").is_none(), "no other");
    }
}

#[test]
fn an_adopted_account_stays_until_the_entry_of_its_person_is_accepted() {
    let mut tree = Tree::new();
    tree.edit("desired-state/register.yaml", "adopt: {}", &format!("adopt: {{ny-1: {KARI}}}"));
    let mut world = World::accepted(tree, &[&opened_since("ny-1", None, "toto")]);
    world.put(&file("ahus", KARI, [lu(AHUS, "R1", "ingen.eksempelvik")]));
    world.pass();
    stays(&mut world, "ny-1");
    world.put(&kari());
    world.pass();
    assert_eq!(world.known(KARI).account, Some(AccountId::new("ny-1")));
    world.quiet();
}

#[test]
fn a_second_account_of_somebody_who_has_one_goes_as_before() {
    let mut world = World::with(&[kari()]);
    let first = world.account(KARI).unwrap().id;
    world.sql(&opened_since("ny-1", Some(KARI), "toto"));
    world.pass();
    assert_eq!(world.account(KARI).unwrap().id, first);
    assert!(!by_id(&world, "ny-1").active);
    world.quiet();
}
