//! Changes that honest people make. Nothing may get in their way.

use super::bench::{AHUS_KEY, COORDINATOR_KEY, MANAGER_KEY, NAMESPACE, Scene};
use super::tree::{COORDINATOR, ELIN, LC_AHUS, MANAGER, SKI, of_ahus, person, smerte, technician};

const NEW: &str = "ny.testesen LU smerteregisteret 100089";

#[test]
fn a_new_user_approved_and_signed_gets_access() {
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(AHUS_KEY, &file);
    scene.judge_with_daemon().in_order().gives(&[NEW]);
    let proof = scene.ask("SELECT evidence FROM standing WHERE person = 'ny.testesen'");
    assert!(proof.contains("SHA256:"), "{proof}");
    // The other kinds of key.
    let file = of_ahus("siv.testesen");
    scene.write(&file, &person("siv.testesen", "ahus", &[smerte("REQ-31", COORDINATOR).at(SKI)]));
    scene.approve(COORDINATOR_KEY, &file);
    scene.judge().in_order().gives(&["siv.testesen LU smerteregisteret 200089"]);
    let file = of_ahus("tor.teknisksen");
    scene.write(&file, &technician("tor.teknisksen", &[smerte("REQ-32", MANAGER)]));
    scene.approve(MANAGER_KEY, &file);
    scene.judge().in_order().gives(&["tor.teknisksen LU smerteregisteret 100089"]);
}

#[test]
fn a_later_end_date_newly_approved_and_signed_holds() {
    let scene = Scene::new();
    scene.edit(ELIN, "until: 2026-06-30", "until: 2026-12-31");
    scene.edit(ELIN, "on: 2026-01-02", "on: 2026-03-02");
    scene.approve(AHUS_KEY, ELIN);
    scene.judge().in_order().moves_nothing();
    assert_eq!(scene.ask("SELECT until_day FROM standing WHERE person = 'elin.testesen'"), "2026-12-31");
}

#[test]
fn a_leaver_whose_file_is_deleted_loses_access() {
    let scene = Scene::new();
    scene.delete(&of_ahus("bo.testesen"));
    scene.judge().in_order().moves(&[], &["bo.testesen LU smerteregisteret 100089"]);
}

#[test]
fn a_revocation_in_the_file_acts_signed_or_not() {
    let scene = Scene::new();
    let revoke = |id: &str| {
        let path = of_ahus(id);
        let revoked = "    revoked: {on: 2026-03-02, by: lc.ahusen, reason: has left}\n";
        scene.write(&path, &format!("{}{revoked}", scene.read(&path)));
        path
    };
    revoke("bo.testesen");
    scene.judge().in_order().moves(&[], &["bo.testesen LU smerteregisteret 100089"]);
    scene.approve(AHUS_KEY, &revoke("cato.testesen"));
    scene.judge().in_order().moves(&[], &["cato.testesen LU smerteregisteret 100089"]);
}

#[test]
fn comments_and_edits_of_another_entry_leave_a_signature_as_it_is() {
    let scene = Scene::new();
    let file = of_ahus("ny.testesen");
    let second = smerte("REQ-NEW-1", LC_AHUS).rapporteket();
    let both = [smerte("REQ-NEW-1", LC_AHUS), second.clone()];
    scene.write(&file, &person("ny.testesen", "ahus", &both));
    scene.approve(AHUS_KEY, &file);
    // The files are signed first and get a comment after that. Both changes act.
    scene.edit(&file, "access:\n", "# seen on the ward\naccess:\n");
    scene.judge().in_order().gives(&["ny.testesen LU rapporteket-smerte 100089", NEW]);
    // A new entry beside them, signed, and changed after: it falls alone, and nothing happens to the others.
    let third = smerte("REQ-NEW-3", LC_AHUS).at(SKI);
    let text = person("ny.testesen", "ahus", &[both[0].clone(), second, third]);
    scene.write(&file, &text);
    scene.approve(AHUS_KEY, &file);
    scene.edit(
        &file,
        "unit: 200089\n    role: LU\n    from: 2026-03-02",
        "unit: 200089\n    role: LU\n    from: 2026-03-01",
    );
    scene.judge().says(&["signed-something-else"]).moves_nothing();
}

#[test]
fn of_two_entries_the_signed_one_acts() {
    let scene = Scene::new();
    let file = of_ahus("ny.testesen");
    let both = [smerte("REQ-NEW-1", LC_AHUS), smerte("REQ-NEW-1", COORDINATOR).rapporteket()];
    scene.write(&file, &person("ny.testesen", "ahus", &both));
    scene.approve(AHUS_KEY, &file);
    scene.judge().says(&["unsigned"]).gives(&[NEW]);
    // The other signature comes later.
    scene.approve(COORDINATOR_KEY, &file);
    scene.judge().in_order().gives(&["ny.testesen LU rapporteket-smerte 100089"]);
}

#[test]
fn rubbish_beside_a_signature_takes_nobodys_approval_away() {
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    let block = scene.signature(AHUS_KEY, NAMESPACE, &scene.statement(&[&file]));
    let torn = block.split_at(80).0;
    let person = scene.statement(&[&file, "--person", "--by", LC_AHUS]);
    let about = format!("by: {LC_AHUS}\non: 2026-03-02\n{}", scene.signature(AHUS_KEY, NAMESPACE, &person));
    let rubbish =
        "<<<<<<< HEAD\n-----BEGIN SSH SIGNATURE-----\nnot base64 at all\n-----END SSH SIGNATURE-----\n";
    scene.write(&format!("{file}.sig"), &format!("{rubbish}by: lc.ahusen\n{block}{about}>>>>>>>\n{torn}\n"));
    scene.judge().in_order().advises("signature-malformed").gives(&[NEW]);
}
