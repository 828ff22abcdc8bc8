//! Signatures that are missing, or that do not prove that the approver approved this entry.

use super::bench::{AHUS_EXPIRED, AHUS_KEY, AHUS_LOST, AHUS_SECOND, LEADER_KEY, NAMESPACE, STRANGER, Scene};
use super::tree::{LC_AHUS, LC_FONNA, LEADER, of_ahus, person, smerte};

const NEW: &str = "ny.testesen LU smerteregisteret 100089";

#[test]
fn an_approval_that_nobody_signed_is_none() {
    let scene = Scene::new();
    scene.newcomer(LC_AHUS, "2026-03-02");
    scene.judge().says(&["unsigned"]).moves_nothing();
}

/// Tests a new person who is approved by the coordinator of Ahus. The signature is one that OpenSSH lets anybody make.
fn forged(key: &'static str, namespace: &str, code: &str) {
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.forge(key, namespace, &file);
    scene.judge().says(&[code]).moves_nothing();
}

#[test]
fn a_key_that_is_nobodys_does_not_count() {
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.forge(STRANGER, NAMESPACE, &file);
    scene.judge().says(&["unknown-signing-key"]).moves_nothing();
    // The right key afterwards sets it right.
    scene.approve(AHUS_KEY, &file);
    scene.judge().in_order().gives(&[NEW]);
}

#[test]
fn a_signature_for_another_register_does_not_count() {
    forged(AHUS_KEY, "portvakt@annetregister", "wrong-namespace");
    forged(AHUS_KEY, "git", "wrong-namespace");
}

#[test]
fn a_key_outside_its_days_does_not_count() {
    forged(AHUS_EXPIRED, NAMESPACE, "key-outside-validity");
}

#[test]
fn a_revoked_key_does_not_count() {
    forged(AHUS_LOST, NAMESPACE, "key-revoked");
}

#[test]
fn a_signer_who_is_not_the_approver_named_does_not_count() {
    forged(LEADER_KEY, NAMESPACE, "another-signer");
}

#[test]
fn an_approval_moved_to_other_bytes_does_not_count() {
    // The role is raised after the leader has signed it.
    let scene = Scene::new();
    let file = scene.newcomer(LEADER, "2026-03-02");
    scene.approve(LEADER_KEY, &file);
    scene.edit(&file, "role: LU", "role: LC");
    scene.judge().says(&["signed-something-else"]).moves_nothing();
    // The unit is another one of the same trust.
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(AHUS_KEY, &file);
    scene.edit(&file, "unit: 100089", "unit: 200089");
    scene.judge().says(&["signed-something-else"]).moves_nothing();
    // The whole signature file is beside another person's file.
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(AHUS_KEY, &file);
    let other = of_ahus("siv.testesen");
    scene.write(&other, &person("siv.testesen", "ahus", &[smerte("REQ-NEW-1", LC_AHUS)]));
    scene.write(&format!("{other}.sig"), &scene.read(&format!("{file}.sig")));
    scene.judge().says(&["signed-something-else"]).gives(&[NEW]);
}

#[test]
fn an_approval_of_32_days_ago_is_too_old_and_of_31_is_not() {
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-01-29");
    scene.forge(AHUS_KEY, NAMESPACE, &file);
    scene.judge().says(&["statement-too-old"]).moves_nothing();
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-01-30");
    scene.approve(AHUS_KEY, &file);
    scene.judge().in_order().gives(&[NEW]);
}

#[test]
fn an_author_who_approves_themselves_with_a_second_key_is_refused() {
    let scene = Scene::new();
    let mine = of_ahus(LC_AHUS);
    let entry = smerte("REQ-OWN", LC_AHUS).rapporteket();
    let text = scene.read(&mine);
    let (_, added) = person(LC_AHUS, "ahus", &[entry])
        .split_once("access:\n")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    scene.write(&mine, &format!("{text}{added}"));
    scene.write(
        &format!("{mine}.sig"),
        &scene.signature(AHUS_SECOND, NAMESPACE, &scene.statement(&[&mine, "2"])),
    );
    scene.judge().says(&["forbidden"]).moves_nothing();
    // The approval is in the leader's name, with a key of their own.
    scene.edit(
        &mine,
        "request: REQ-OWN\n    approved:\n      by: lc.ahusen",
        "request: REQ-OWN\n    approved:\n      by: leder.eksempelvik",
    );
    scene.write(
        &format!("{mine}.sig"),
        &scene.signature(AHUS_SECOND, NAMESPACE, &scene.statement(&[&mine, "2"])),
    );
    scene.judge().says(&["another-signer"]).moves_nothing();
}

#[test]
fn a_coordinator_who_approves_for_another_trust_is_refused() {
    let scene = Scene::new();
    let file = scene.newcomer(LC_FONNA, "2026-03-02");
    scene.approve(super::bench::FONNA_KEY, &file);
    scene.judge().says(&["forbidden"]).moves_nothing();
}
