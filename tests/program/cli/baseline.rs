//! Tests `baseline`. Nothing in the tree can vouch for itself.

use super::desk::{COORDINATOR, Desk, LEADER, MANAGER, person};

#[test]
fn with_no_record_nothing_is_written() {
    let desk = Desk::tree();
    for command in [["plan"], ["apply"], ["list"]] {
        desk.run(&command).ends(4).says("held[no-baseline]").says("portvakt baseline");
    }
    assert!(!desk.store().exists());
}

#[test]
fn it_shows_the_digest_who_would_have_what_and_how_to_accept() {
    let desk = Desk::tree();
    let told = desk.run(&["baseline"]).ends(0);
    let digest = told.after("Digest of the tree: ");
    insta::assert_snapshot!("baseline", told.out.replace(&digest, "DIGEST"));
    let json = desk.run(&["--format", "json", "baseline"]).ends(0).json();
    assert_eq!(json["digest"], digest.as_str());
    assert!(!desk.store().exists(), "looking writes nothing");
}

#[test]
fn accepted_by_two_it_is_the_base_and_apply_opens_the_accounts() {
    let desk = Desk::tree();
    desk.accept(&[LEADER, MANAGER]).ends(0).says("declared on this machine").says("portvakt apply");
    desk.run(&["plan"]).ends(3).says("56 steps").says("approved by halvor.liksomdal");
    desk.run(&["apply"]).ends(0).says("56 of 56 steps done");
    desk.run(&["apply"]).ends(0).says("Nothing to do");
}

#[test]
fn another_digest_than_the_trees_is_refused() {
    let desk = Desk::tree();
    let digest = desk.run(&["baseline"]).after("Digest of the tree: ");
    desk.change("unn", "sara.fiktivsen", "Sara Fiktivsen", "Sara Eksempelsen");
    let told = desk.run(&["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR]);
    assert_ne!(told.code, 0);
    told.says("It has changed since").says(&digest);
    assert!(!desk.store().exists());
}

#[test]
fn one_person_is_not_two_and_a_coordinator_is_no_national_administrator() {
    let desk = Desk::tree();
    desk.accept(&[LEADER, LEADER]).ends(1).says("is one person, and two are needed").says("R44");
    desk.accept(&[LEADER]).ends(1).says("two national administrators are needed, 1 named");
    desk.accept(&[LEADER, COORDINATOR, MANAGER]).ends(1).says("3 named");
    desk.accept(&[LEADER, "leif.utkastli"]).ends(1).says("`leif.utkastli` is no national administrator");
    desk.accept(&[LEADER, "ukjent.testesen"])
        .ends(1)
        .says("Name two of bjorn.lederesen, ingrid.koordinatorsen, sigrid.forvaltersen");
    assert!(!desk.store().exists());
}

#[test]
fn a_tree_with_errors_cannot_be_a_base() {
    let desk = Desk::tree();
    desk.change("unn", "sara.fiktivsen", "role: LU", "role: LX");
    desk.run(&["baseline"]).ends(1).says("This tree cannot be a base").never_says("--accept");
    desk.accept(&[LEADER, COORDINATOR]).ends(1).says("`LX`");
    assert!(!desk.store().exists());
}

#[test]
fn an_accepted_register_is_not_accepted_again_by_showing_it() {
    let desk = Desk::accepted();
    let before = std::fs::read(desk.store()).unwrap();
    desk.run(&["baseline"]).ends(0);
    assert_eq!(before, std::fs::read(desk.store()).unwrap());
}

#[test]
fn what_the_store_holds_besides_is_shown() {
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["baseline"]).ends(0).says("The store holds besides").says("Sara Fiktivsen");
    let json = desk.run(&["--format", "json", "baseline"]).ends(0).json();
    assert_eq!(json["store-holds-besides"][0]["name"], "Sara Fiktivsen");
}

#[test]
fn a_request_that_has_served_is_spent_for_the_next_baseline_too() {
    let desk = Desk::accepted();
    let text = desk.read("unn", "sara.fiktivsen");
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).ends(0).says("the account closes");
    desk.write("unn", "sara.fiktivsen", &text);
    desk.run(&["plan"]).ends(1).says("R33").says("0 steps");
    desk.run(&["baseline"]).ends(1).says("R33").says("sends a new application");
    desk.accept(&[LEADER, COORDINATOR]).ends(1).says("R33");
    desk.delete("unn", "sara.fiktivsen");
    desk.accept(&[LEADER, COORDINATOR]).ends(0);
    // The ledger has an entry of its own kind for it.
    desk.run(&["ledger", "show", "--kind", "baseline-again"]).ends(0).says(LEADER).says(COORDINATOR);
    desk.write("unn", "sara.fiktivsen", &text);
    desk.run(&["plan"]).ends(1).says("R33").never_says("+ sara.fiktivsen");
    let new = text.replace("REQ-2024-0137", "REQ-2026-0901").replace("from: 2024", "from: 2026");
    let new = new.replace("on: 2024-08-10", "on: 2026-11-20");
    desk.write("unn", "sara.fiktivsen", new);
    desk.run(&["plan"]).ends(3).says("in a new account");
}

#[test]
fn a_checkpoint_of_the_earlier_ledger_is_held_against_it() {
    let desk = Desk::accepted();
    let file = desk.beside("checkpoint.json");
    let file = file.to_str().unwrap();
    desk.run(&["ledger", "checkpoint", "--out", file]).ends(0);
    desk.run(&["baseline", "--checkpoint", file]).ends(0);
    // The register is lost, and an older one is put in its place.
    std::fs::remove_file(desk.store()).unwrap();
    desk.run(&["baseline", "--checkpoint", file]).ends(0);
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.replace("\"seq\": 1", "\"seq\": 2")).unwrap();
    desk.run(&["baseline", "--checkpoint", file]).ends(5).says("ledger-broken").says("checkpoint.json");
    desk.run(&["baseline", "--checkpoint", "nowhere.json"]).ends(5).says("nowhere.json");
}

#[test]
fn approvals_that_cannot_be_judged_today_are_counted() {
    let desk = Desk::tree();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "ukjent.testesen"));
    let told = desk.run(&["baseline"]).ends(0);
    told.says("1 approval cannot be judged today").says("`ukjent.testesen`");
}
