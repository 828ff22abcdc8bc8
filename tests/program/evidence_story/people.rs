//! Tests the facts that identify a person (name, login, e-mail address). A change of them needs its own evidence.

use super::bench::{
    AHUS_EXPIRED, AHUS_KEY, AHUS_LOST, AHUS_SECOND, COORDINATOR_KEY, FONNA_KEY, Key, LEADER_KEY, MANAGER_KEY,
    NAMESPACE, REGISTER, Scene, Told,
};
use super::tree::{COORDINATOR, FONNA, LC_AHUS, LC_FONNA, of_ahus, person, smerte};

const NEW: &str = "ny.testesen LU smerteregisteret 100089";

/// A register whose files may hold addresses.
fn with_addresses() -> Scene {
    let scene = Scene::new();
    scene.edit(REGISTER, "contact_in_git: false", "contact_in_git: true");
    scene.approve_settings(&[LEADER_KEY, MANAGER_KEY]);
    scene.judge().in_order();
    scene
}

/// Name, login and address of somebody's open account.
fn account(scene: &Scene, person: &str) -> String {
    scene.ask(&format!(
        "SELECT name || ' / ' || coalesce(login, 'none') || ' / ' || coalesce(email, 'none') FROM account
         WHERE person = '{person}' AND active = 1"
    ))
}

/// Signs the identity of a file's person, as an honest administrator does.
fn approve(scene: &Scene, key: Key, file: &str) {
    let key = scene.key(key);
    let mut program = scene.desk_program();
    program.args(["approve", file, "--person", "--key", &key, "--yes"]);
    Told::of(&program.output().unwrap()).ends(0).says("1 signature written to");
}

/// Replaces the signatures beside a file by the statement about its person, signed in that name with that key.
fn sign_person(scene: &Scene, file: &str, by: &str, key: Key) {
    let statement = scene.statement(&[file, "--person", "--by", by]);
    let on = statement.split("approved on: ").nth(1).unwrap().trim().to_owned();
    let block = scene.signature(key, NAMESPACE, &statement);
    scene.write(&format!("{file}.sig"), &format!("by: {by}\non: {on}\n{block}"));
}

#[test]
fn an_address_that_nobody_signed_stays_out_of_the_register() {
    let scene = with_addresses();
    let file = of_ahus("bo.testesen");
    scene.edit(&file, "employer:", "email: bo@example.test\nemployer:");
    scene.judge_with_daemon().says(&["person-unproven"]).moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / none");
    // The second pass reports nothing about the address, which then stays without it.
    approve(&scene, AHUS_KEY, &file);
    scene.judge_with_daemon().in_order().moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / bo@example.test");
    // Another address, and another name, beside the signature over the first.
    scene.edit(&file, "email: bo@example.test", "email: thief@example.test");
    scene.edit(&file, "name: Navn Testesen", "name: Annet Testesen");
    scene.judge().says(&["person-unproven"]).moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / bo@example.test");
    // A missing line asks for nothing. CI compares with the name that was merged, and the daemon with the name that it
    // has accepted.
    scene.edit(&file, "email: thief@example.test\n", "");
    scene.edit(&file, "name: Annet Testesen", "name: Navn Testesen");
    scene.judge().says_apart(&["person-unproven"], &[]).moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / bo@example.test");
}

#[test]
fn a_coordinators_address_is_signed_by_another_administrator() {
    let scene = with_addresses();
    let file = of_ahus(LC_AHUS);
    scene.edit(&file, "employer:", "email: lc@example.test\nemployer:");
    // The statement is signed by the coordinator with a second key, then by the administrator of another trust, then in
    // the coordinator's name.
    sign_person(&scene, &file, LC_AHUS, AHUS_SECOND);
    scene.judge().says(&["person-unproven"]).moves_nothing();
    for (from, to, by, key) in
        [("lc@", "lca@", LC_FONNA, FONNA_KEY), ("lca@", "lcb@", COORDINATOR, FONNA_KEY)]
    {
        scene.edit(&file, from, to);
        sign_person(&scene, &file, by, key);
        scene.judge().says(&["person-unproven"]).moves_nothing();
    }
    assert_eq!(account(&scene, LC_AHUS), "Navn Testesen / none / none");
    // The finding names the people who could sign, and `approve` signs for them.
    let told = scene.portvakt(&["--ref", "main", "apply"]);
    told.ends(1).says("Nasjonal Eksempelvik").says("approve desired-state/ahus/lc.ahusen.yaml --person");
    approve(&scene, COORDINATOR_KEY, &file);
    scene.judge().in_order().moves_nothing();
    assert_eq!(account(&scene, LC_AHUS), "Navn Testesen / none / lcb@example.test");
}

#[test]
fn an_old_address_with_its_old_signature_does_not_come_back() {
    let scene = with_addresses();
    let file = of_ahus("bo.testesen");
    scene.edit(&file, "employer:", "email: old@example.test\nemployer:");
    approve(&scene, AHUS_KEY, &file);
    scene.judge().in_order();
    let (then, signed) = (scene.read(&file), scene.read(&format!("{file}.sig")));
    scene.edit(&file, "old@example.test", "new@example.test");
    approve(&scene, AHUS_KEY, &file);
    scene.judge().in_order();
    scene.write(&file, &then);
    scene.write(&format!("{file}.sig"), &signed);
    scene.judge_with_daemon().says(&["person-unproven"]).moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / new@example.test");
    // Signed on another day it is another approval.
    scene.on("2026-03-03");
    approve(&scene, AHUS_KEY, &file);
    scene.judge().in_order();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / old@example.test");
}

#[test]
fn a_statement_of_another_day_register_person_or_key_shows_nothing() {
    const TODAY: &str = "2026-03-02";
    let scene = with_addresses();
    let file = of_ahus("bo.testesen");
    scene.edit(&file, "employer:", "email: bo@example.test\nemployer:");
    let beside = |on: &str, (from, to): (&str, &str), key: Key, space: &str| {
        let statement = scene.statement(&[file.as_str(), "--person", "--by", LC_AHUS]);
        assert!(statement.contains(from), "{statement}");
        let block = scene.signature(key, space, &statement.replace(from, to));
        scene.write(&format!("{file}.sig"), &format!("by: {LC_AHUS}\non: {on}\n{block}"));
    };
    let as_it_is = (TODAY, TODAY);
    let mut address = "bo@".to_owned();
    for (number, (on, changed, key, space)) in [
        // 32 days ago, also as if it were of today, and tomorrow.
        ("2026-01-29", (TODAY, "2026-01-29"), AHUS_KEY, NAMESPACE),
        (TODAY, (TODAY, "2026-01-29"), AHUS_KEY, NAMESPACE),
        ("2026-03-03", (TODAY, "2026-03-03"), AHUS_KEY, NAMESPACE),
        (TODAY, ("register: ", "register: an"), AHUS_KEY, NAMESPACE),
        (TODAY, as_it_is, AHUS_KEY, "portvakt@another"),
        (TODAY, ("person: bo.", "person: ny."), AHUS_KEY, NAMESPACE),
        // A key that counted until the end of January, a revoked one, and one of somebody else.
        (TODAY, as_it_is, AHUS_EXPIRED, NAMESPACE),
        (TODAY, as_it_is, AHUS_LOST, NAMESPACE),
        (TODAY, as_it_is, FONNA_KEY, NAMESPACE),
    ]
    .into_iter()
    .enumerate()
    {
        // What is merged already is asked about by the daemon alone.
        let next = format!("bo{number}@");
        scene.edit(&file, &address, &next);
        address = next;
        beside(on, changed, key, space);
        scene.judge().says(&["person-unproven"]).moves_nothing();
    }
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / none");
    scene.edit(&file, &address, "bo@");
    beside(TODAY, as_it_is, AHUS_KEY, NAMESPACE);
    scene.judge().in_order().moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / bo@example.test");
}

#[test]
fn somebody_new_whose_entry_alone_is_signed_is_known_by_the_id() {
    let scene = with_addresses();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.edit(&file, "employer:", "email: ny@example.test\nlogin: ny@ahus.example\nemployer:");
    scene.forge(AHUS_KEY, NAMESPACE, &file);
    scene.judge_with_daemon().says(&["person-unproven"]).gives(&[NEW]);
    assert_eq!(account(&scene, "ny.testesen"), "ny.testesen / ny@ahus.example / none");
    scene.approve(AHUS_KEY, &file);
    scene.judge().in_order().moves_nothing();
    assert_eq!(account(&scene, "ny.testesen"), "Navn Testesen / ny@ahus.example / ny@example.test");
}

#[test]
fn a_statement_about_a_person_of_32_days_ago_is_too_old_and_of_31_is_not() {
    for (day, codes) in [("2026-04-02", &[][..]), ("2026-04-03", &["person-unproven"])] {
        let scene = Scene::new();
        let file = of_ahus("bo.testesen");
        scene.edit(&file, "name: Navn Testesen", "name: Annet Testesen");
        approve(&scene, AHUS_KEY, &file);
        scene.on_confirmed(day);
        scene.judge().says(codes).moves_nothing();
    }
}

/// Bo's file at Fonna, with this line, where the coordinator of Fonna has approved and signed an access.
fn bo_at_fonna(scene: &Scene, line: &str) -> String {
    let file = "desired-state/helse-fonna/bo.testesen.yaml".to_owned();
    let text = person("bo.testesen", "ahus", &[smerte("REQ-FONNA-1", LC_FONNA).at(FONNA)]);
    scene.write(&file, &text.replacen("employer:", &format!("{line}\nemployer:"), 1));
    scene.approve(FONNA_KEY, &file);
    file
}

const AT_FONNA: &str = "bo.testesen LU smerteregisteret 100084";

#[test]
fn who_gives_a_first_access_elsewhere_does_not_say_who_the_person_is_in_the_same_change() {
    let scene = with_addresses();
    let file = of_ahus("bo.testesen");
    scene.edit(&file, "employer:", "email: evil@example.test\nemployer:");
    bo_at_fonna(&scene, "email: evil@example.test");
    sign_person(&scene, &file, LC_FONNA, FONNA_KEY);
    scene.judge_with_daemon().says(&["person-unproven", "person-unproven"]).gives(&[AT_FONNA]);
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / none");
    // The access at Fonna is accepted now. The signature does not begin to count by that.
    scene.portvakt(&["--ref", "main", "apply"]).ends(1).says("person-unproven");
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / none");
    // A person who may approve the earlier access can sign it.
    sign_person(&scene, &file, LC_AHUS, AHUS_KEY);
    scene.judge().in_order().moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / evil@example.test");
}

#[test]
fn who_gives_a_first_access_elsewhere_does_not_bring_a_login() {
    let scene = with_addresses();
    scene.edit(&of_ahus("bo.testesen"), "employer:", "login: evil@fonna.example\nemployer:");
    bo_at_fonna(&scene, "login: evil@fonna.example");
    scene.judge();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / none");
    scene.portvakt(&["--ref", "main", "apply"]).ends(1);
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / none");
}

#[test]
fn of_somebody_who_comes_back_elsewhere_the_last_trust_says_who_it_is() {
    let scene = with_addresses();
    let revoked = "    revoked: {on: 2026-03-02, by: lc.ahusen, reason: sluttet}\n";
    let old = of_ahus("bo.testesen");
    let text = scene.read(&old);
    scene.write(&old, &format!("{text}{revoked}"));
    scene.judge().in_order().moves(&[], &["bo.testesen LU smerteregisteret 100089"]);
    let file = bo_at_fonna(&scene, "email: ny@example.test");
    scene.judge().says(&["person-unproven"]).gives(&[AT_FONNA]);
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / none");
    scene.edit(&file, "ny@example.test", "nyere@example.test");
    // The access at Fonna was accepted before this change.
    approve(&scene, FONNA_KEY, &file);
    scene.judge().in_order().moves_nothing();
    assert_eq!(account(&scene, "bo.testesen"), "Navn Testesen / none / nyere@example.test");
}
