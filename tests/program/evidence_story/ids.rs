//! A person's id changes, with a signature over exactly that change. The tests run it in CI and in the daemon.

use super::bench::{AHUS_KEY, FONNA_KEY, NAMESPACE, Scene};
use super::tree::{ELIN, LC_AHUS, LC_FONNA};

const NEW: &str = "desired-state/ahus/elin.nyland.yaml";

/// Elin's file under her new name, approved by this person.
fn renamed(by: &str) -> Scene {
    let scene = Scene::new();
    let text = scene.read(ELIN).replace("elin.testesen", "elin.nyland");
    let approved = format!("{{by: {by}, on: 2026-03-02, identity: known}}");
    let previously = format!("previously: {{person: elin.testesen, approved: {approved}}}\nname:");
    scene.delete(ELIN);
    let signatures = format!("{ELIN}.sig");
    if scene.path(&signatures).exists() {
        let signed = scene.read(&signatures);
        scene.delete(&signatures);
        scene.write(&format!("{NEW}.sig"), &signed);
    }
    scene.write(NEW, &text.replacen("name:", &previously, 1));
    scene
}

#[test]
fn a_signed_change_of_an_id_moves_nothing() {
    let scene = renamed(LC_AHUS);
    scene.approve(AHUS_KEY, NEW);
    scene.judge_with_daemon().in_order().moves_nothing();
    let known = scene
        .ask("SELECT CAST(count(*) AS TEXT) FROM standing WHERE person = 'elin.nyland' AND ended IS NULL");
    assert_ne!(known, "0");
    scene.portvakt(&["ledger", "verify"]).ends(0);
}

#[test]
fn without_the_signature_it_is_none() {
    let scene = renamed(LC_AHUS);
    // The daemon remembers, and tells whose access stays for it.
    let daemon = ["id-change", "loss-withheld"];
    scene.judge().says_apart(&["id-change"], &daemon).moves_nothing();
    let statement = scene.statement(&[NEW, "--change-of-id"]);
    assert!(statement.contains("previously: elin.testesen\n"), "{statement}");
    // Another person's key signs the right words.
    let scene = renamed(LC_AHUS);
    let signature = scene.signature(FONNA_KEY, NAMESPACE, &statement);
    scene.write(&format!("{NEW}.sig"), &signature);
    scene.judge().says_apart(&["id-change"], &daemon).moves_nothing();
    // The administrator of another trust signs with their own key.
    let scene = renamed(LC_FONNA);
    scene.approve(FONNA_KEY, NEW);
    scene.judge().says_apart(&["id-change"], &daemon).moves_nothing();
}
