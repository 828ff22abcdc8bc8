//! Tests changes of the policies, the register file and the keys. Giving authority needs two administrators, taking it
//! away needs one. No change can use settings that it brings itself.

use super::bench::{
    AHUS_KEY, AHUS_SECOND, ALLOWED, COORDINATOR_KEY, FONNA_KEY, LEADER_KEY, LEADER_SECOND, MANAGER_KEY,
    NAMESPACE, REGISTER, REVOKED, SETTINGS_SIG, STRANGER, Scene,
};
use super::tree::{COORDINATOR, ELIN, LC_AHUS, LC_FONNA, LEADER, MANAGER, of_ahus, person, smerte};

const NEW: &str = "ny.testesen LU smerteregisteret 100089";
const POLICIES: &str = "policies/administration.cedar";
const SUSPENDED: &str = "office: national-coordinator, from: 2015-01-01, suspended: true";
const APPOINTED: &str = "office: national-coordinator, from: 2015-01-01";

fn in_force(scene: &Scene) -> String {
    scene.ask("SELECT group_concat(value, ' ') FROM (SELECT value FROM mark WHERE key IN ('policies', 'settings') ORDER BY key)")
}

/// Lets every coordinator approve everywhere.
fn loosen(scene: &Scene) {
    scene.edit(
        POLICIES,
        "when { principal.coordinatorOf.contains(resource.trust.id) }",
        "when { !principal.coordinatorOf.isEmpty() }",
    );
    scene.edit(
        POLICIES,
        "unless { principal.coordinatorOf.contains(resource.trust.id) };",
        "unless { !principal.coordinatorOf.isEmpty() };",
    );
}

#[test]
fn a_policy_that_is_loosened_and_used_at_once_gives_nothing() {
    let scene = Scene::new();
    loosen(&scene);
    scene.approve_settings(&[LEADER_KEY, COORDINATOR_KEY]);
    let file = scene.newcomer(LC_FONNA, "2026-03-02");
    scene.approve(FONNA_KEY, &file);
    let before = in_force(&scene);
    scene.judge_with_daemon().says(&["forbidden"]).moves_nothing();
    assert_ne!(in_force(&scene), before, "the policy itself is in force from the next pass");
    // Waiting a pass, or a day, gains nothing: CI judges the same change as before, and so does the daemon.
    for day in ["2026-03-02", "2026-03-05"] {
        scene.on_confirmed(day);
        let ci = scene.check(&["--base", "main~1", "--head", "main", "--target", "main~1"]);
        scene.acted(ci).says(&["forbidden"]).moves_nothing();
    }
    // New evidence is judged by the settings that are in force now.
    scene.edit(&file, "on: 2026-03-02", "on: 2026-03-05");
    scene.approve(FONNA_KEY, &file);
    scene.judge().in_order().gives(&[NEW]);
}

#[test]
fn a_loosened_policy_that_nobody_signed_waits_and_gives_nothing() {
    let scene = Scene::new();
    loosen(&scene);
    let file = scene.newcomer(LC_FONNA, "2026-03-02");
    scene.approve(FONNA_KEY, &file);
    let before = in_force(&scene);
    scene.judge().says(&["forbidden", "protected-change"]).moves_nothing();
    assert_eq!(in_force(&scene), before);
}

/// The coordinator of Ahus gets another key.
fn new_key(scene: &Scene) {
    scene.write(ALLOWED, &format!("{}{LC_AHUS} {}\n", scene.read(ALLOWED), scene.public(STRANGER)));
}

#[test]
fn an_approvers_key_added_and_used_in_one_change_does_not_count() {
    let scene = Scene::new();
    new_key(&scene);
    scene.approve_settings(&[LEADER_KEY, COORDINATOR_KEY]);
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(STRANGER, &file);
    scene.judge().says(&["unknown-signing-key"]).moves_nothing();
    // Without the administrators' signatures the key also waits.
    let scene = Scene::new();
    new_key(&scene);
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(STRANGER, &file);
    scene.judge().says(&["protected-change", "unknown-signing-key"]).moves_nothing();
}

#[test]
fn an_approvers_key_added_first_and_then_used_counts() {
    let scene = Scene::new();
    new_key(&scene);
    scene.approve_settings(&[COORDINATOR_KEY, MANAGER_KEY]);
    scene.judge().in_order().moves_nothing();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(STRANGER, &file);
    scene.judge().in_order().gives(&[NEW]);
}

/// Adds a registrar who stays for 15 months, three more than the register allows.
fn long_stay(scene: &Scene, request: &str, on: &str) -> String {
    let file = of_ahus("ny.testesen");
    let entry = smerte(request, LC_AHUS).until("2027-05-31").approved_on(on);
    scene.write(
        &file,
        &person("ny.testesen", "ahus", &[entry]).replace("staff: health", "staff: health\nposition: lis"),
    );
    scene.approve(AHUS_KEY, &file);
    file
}

#[test]
fn settings_that_one_of_two_administrators_has_signed_wait() {
    let scene = Scene::new();
    let before = in_force(&scene);
    scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 18");
    scene.approve_settings(&[LEADER_KEY]);
    scene.judge_with_daemon().says(&["protected-change"]).moves_nothing();
    assert_eq!(in_force(&scene), before);
    // The second one comes after the merge: nothing else is in the change, and it is enough.
    scene.approve_settings(&[MANAGER_KEY]);
    let ci = scene.check_and_merge();
    scene.acted(ci).in_order();
    assert_ne!(in_force(&scene), before);
}

#[test]
fn settings_that_two_administrators_have_signed_are_in_force_from_the_next_pass() {
    let scene = Scene::new();
    scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 18");
    scene.approve_settings(&[LEADER_KEY, MANAGER_KEY]);
    let file = long_stay(&scene, "REQ-NEW-1", "2026-03-02");
    scene.judge().says(&["forbidden"]).moves_nothing();
    scene.delete(&file);
    scene.delete(&format!("{file}.sig"));
    scene.judge().in_order().moves_nothing();
    // The statement about the person was on the branch before, so it is signed again on another day.
    scene.on("2026-03-03");
    long_stay(&scene, "REQ-NEW-2", "2026-03-02");
    scene.judge().in_order().gives(&[NEW]);
}

#[test]
fn an_administrator_who_signs_twice_with_two_keys_counts_once() {
    let scene = Scene::new();
    let before = in_force(&scene);
    scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 18");
    scene.approve_settings(&[LEADER_KEY]);
    let statement = scene.statement(&["--settings", "--by", LEADER]);
    let again = scene.signature(LEADER_SECOND, NAMESPACE, &statement);
    let claim = format!("by: {LEADER}\non: 2026-03-02\n");
    scene.write(SETTINGS_SIG, &format!("{}{claim}{again}", scene.read(SETTINGS_SIG)));
    scene.judge().says(&["protected-change"]).moves_nothing();
    // A signature in another person's name does not count either.
    let statement = scene.statement(&["--settings", "--by", COORDINATOR]);
    let borrowed = scene.signature(LEADER_SECOND, NAMESPACE, &statement);
    let claim = format!("by: {COORDINATOR}\non: 2026-03-02\n");
    scene.write(SETTINGS_SIG, &format!("{}{claim}{borrowed}", scene.read(SETTINGS_SIG)));
    scene.edit(REGISTER, "review_months: 3", "review_months: 4");
    scene.judge().says(&["protected-change"]);
    assert_eq!(in_force(&scene), before);
}

#[test]
fn an_appointment_suspended_by_one_other_administrator_is_suspended_at_once() {
    let scene = Scene::new();
    let before = in_force(&scene);
    scene.edit(REGISTER, APPOINTED, SUSPENDED);
    scene.approve_settings(&[MANAGER_KEY]);
    // The suspended person's signature does not count in the same change.
    let file = scene.newcomer(COORDINATOR, "2026-03-02");
    scene.approve(COORDINATOR_KEY, &file);
    scene.judge_with_daemon().says(&["not-permitted"]).moves_nothing();
    assert_ne!(in_force(&scene), before);
}

#[test]
fn an_appointment_suspended_by_its_holder_alone_waits() {
    let scene = Scene::new();
    let before = in_force(&scene);
    scene.edit(REGISTER, APPOINTED, SUSPENDED);
    scene.approve_settings(&[COORDINATOR_KEY]);
    scene.judge().says(&["protected-change"]).moves_nothing();
    assert_eq!(in_force(&scene), before);
}

#[test]
fn a_key_revoked_by_one_administrator_counts_no_more_at_once() {
    let scene = Scene::new();
    let before = in_force(&scene);
    scene.write(REVOKED, &format!("{}{}\n", scene.read(REVOKED), scene.public(AHUS_KEY)));
    let file = of_ahus("ny.testesen");
    scene.newcomer(LC_AHUS, "2026-03-02");
    scene.forge(AHUS_KEY, NAMESPACE, &file);
    scene.approve_settings(&[LEADER_KEY]);
    scene.judge().says(&["key-revoked"]).moves_nothing();
    assert_ne!(in_force(&scene), before);
}

#[test]
fn a_signature_file_that_is_too_large_is_told_and_keeps_nobody_from_signing() {
    let scene = Scene::new();
    let before = in_force(&scene);
    let junk = "# nothing\n".repeat(7_000);
    scene.write(SETTINGS_SIG, &junk);
    scene.judge().advises("signature-malformed").in_order().moves_nothing();
    // It is told while the settings are those in force, and not only with the change that brought it.
    scene.write("README", "something else\n");
    scene.judge().advises("signature-malformed").in_order().moves_nothing();
    scene.write(REVOKED, &format!("{}{}\n", scene.read(REVOKED), scene.public(AHUS_KEY)));
    scene.approve_settings(&[LEADER_KEY]);
    assert!(!scene.read(SETTINGS_SIG).contains("nothing"), "the file is begun anew");
    scene.judge().in_order().moves_nothing();
    assert_ne!(in_force(&scene), before);
    // So it is beside a person's file.
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.write(&format!("{file}.sig"), &junk);
    scene.approve(AHUS_SECOND, &file);
    scene.judge().in_order().gives(&[NEW]);
}

#[test]
fn a_key_revoked_by_its_owner_alone_waits() {
    let scene = Scene::new();
    let before = in_force(&scene);
    scene.write(REVOKED, &format!("{}{}\n", scene.read(REVOKED), scene.public(LEADER_SECOND)));
    scene.approve_settings(&[LEADER_KEY]);
    scene.judge().says(&["protected-change"]).moves_nothing();
    assert_eq!(in_force(&scene), before);
}

#[test]
fn when_every_key_is_lost_a_baseline_on_the_host_is_the_way_back() {
    let scene = Scene::new();
    // All get new keys, and nobody is left who could sign for them.
    let [new, another] = [scene.public(STRANGER), scene.public(AHUS_SECOND)];
    scene.write(ALLOWED, &format!("{LEADER} {new}\n{MANAGER} {another}\n"));
    scene.judge().says(&["protected-change"]).moves_nothing();
    let file = scene.newcomer(LEADER, "2026-03-02");
    scene.approve(STRANGER, &file);
    scene.judge().says_apart(&[], &["protected-change", "unknown-signing-key"]).moves_nothing();
    let of_main = |args: &[&str]| scene.portvakt(&[&["--ref", "main"], args].concat());
    let digest = of_main(&["baseline"]).ends(0).after("Digest of the tree: ");
    of_main(&["baseline", "--accept", &digest, "--by", LEADER, "--by", MANAGER]).ends(0);
    scene.acted(Vec::new()).in_order();
    of_main(&["ledger", "show", "--kind", "baseline-again"]).ends(0).says(LEADER).says(MANAGER);
    // From here on the new keys count, and the old ones belong to nobody.
    let entry = smerte("REQ-NEW-2", LEADER);
    scene.write(&of_ahus("to.testesen"), &person("to.testesen", "ahus", &[entry]));
    scene.approve(STRANGER, &of_ahus("to.testesen"));
    scene.judge().in_order().gives(&["to.testesen LU smerteregisteret 100089"]);
    scene.edit(ELIN, "by: lc.ahusen", "by: leder.eksempelvik");
    scene.edit(ELIN, "on: 2026-01-02", "on: 2026-03-02");
    scene.edit(ELIN, "until: 2026-06-30", "until: 2026-12-31");
    scene.forge(LEADER_KEY, NAMESPACE, ELIN);
    scene.judge().says(&["unknown-signing-key"]).moves_nothing();
}
