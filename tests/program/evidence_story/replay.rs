//! Things that were used once and are put back: old files with their old signatures, requests that were revoked,
//! settings of yesterday, and whole histories.

use super::bench::{AHUS_KEY, LEADER_KEY, MANAGER_KEY, REGISTER, SETTINGS_SIG, Scene, copy, rights};
use super::tree::{ELIN, LC_AHUS};

const NEW: &str = "ny.testesen LU smerteregisteret 100089";
const ELIN_SIG: &str = "desired-state/ahus/elin.testesen.yaml.sig";

/// Extends Elin's access twice, each time approved and signed. Returns the files of the first and the second time.
fn extended_twice(scene: &Scene, days: [&str; 2]) -> [(String, String); 2] {
    let mut before = ("2026-06-30", "2026-01-02".to_owned());
    [("2026-09-30", days[0]), ("2026-12-31", days[1])].map(|(until, on)| {
        scene.on(on);
        scene.edit(ELIN, &format!("until: {}", before.0), &format!("until: {until}"));
        if before.1 != on {
            scene.edit(ELIN, &format!("on: {}", before.1), &format!("on: {on}"));
        }
        before = (until, on.to_owned());
        scene.approve(AHUS_KEY, ELIN);
        scene.judge().in_order().moves_nothing();
        (scene.read(ELIN), scene.read(ELIN_SIG))
    })
}

fn put(scene: &Scene, (file, signatures): &(String, String)) {
    scene.write(ELIN, file);
    scene.write(ELIN_SIG, signatures);
}

fn ends(scene: &Scene) -> String {
    scene.ask("SELECT until_day FROM standing WHERE person = 'elin.testesen'")
}

#[test]
fn an_old_file_with_its_old_signature_does_not_serve_twice() {
    let scene = Scene::new();
    let [first, second] = extended_twice(&scene, ["2026-03-02", "2026-03-03"]);
    // The old file comes back on the same day. The earlier end acts, since anybody may shorten. The old approval does
    // not count.
    put(&scene, &first);
    scene.judge().says(&["statement-used"]).moves_nothing();
    assert_eq!(ends(&scene), "2026-09-30");
    // The newer file comes back a week later. The longer access is not given a second time.
    scene.on_confirmed("2026-03-10");
    put(&scene, &second);
    scene.judge().says(&["statement-used"]).moves_nothing();
    assert_eq!(ends(&scene), "2026-09-30");
}

#[test]
fn an_old_file_of_the_same_day_does_not_serve_twice() {
    // Both were approved on one day. So the date does not help, and the words of the statement have served.
    let scene = Scene::new();
    scene.edit(ELIN, "on: 2026-01-02", "on: 2026-03-02");
    scene.edit(ELIN, "until: 2026-06-30", "until: 2026-12-31");
    scene.approve(AHUS_KEY, ELIN);
    scene.judge().in_order();
    let long = (scene.read(ELIN), scene.read(ELIN_SIG));
    scene.edit(ELIN, "by: lc.ahusen", "by: leder.eksempelvik");
    scene.edit(ELIN, "until: 2026-12-31", "until: 2026-08-31");
    scene.approve(LEADER_KEY, ELIN);
    scene.judge().in_order();
    assert_eq!(ends(&scene), "2026-08-31");
    put(&scene, &long);
    scene.judge().says(&["statement-used"]).moves_nothing();
    assert_eq!(ends(&scene), "2026-08-31");
}

#[test]
fn a_change_that_was_taken_back_is_not_had_by_putting_it_forward_again() {
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(AHUS_KEY, &file);
    scene.judge().in_order().gives(&[NEW]);
    let merged = scene.git(&["rev-list", "--no-merges", "-1", "HEAD", "--", &file]);
    scene.git(&["revert", "--no-commit", &merged]);
    scene.judge().in_order().moves(&[], &[NEW]);
    let reverted = scene.git(&["rev-list", "--no-merges", "-1", "HEAD", "--", &file]);
    scene.git(&["revert", "--no-commit", &reverted]);
    scene.judge_with_daemon().says(&["forbidden"]).moves_nothing();
    // It does not serve again either if both changes come between two passes.
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(AHUS_KEY, &file);
    scene.check_and_merge();
    scene.delete(&file);
    scene.delete(&format!("{file}.sig"));
    let ci = scene.check_and_merge();
    scene.acted(ci).in_order().moves_nothing();
    scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(AHUS_KEY, &file);
    scene.judge().says(&["forbidden"]).moves_nothing();
}

#[test]
fn old_settings_with_their_old_signatures_do_not_come_back() {
    let scene = Scene::new();
    scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 6");
    scene.approve_settings(&[LEADER_KEY, MANAGER_KEY]);
    scene.judge().in_order();
    let [register, signatures] = [REGISTER, SETTINGS_SIG].map(|path| scene.read(path));
    scene.edit(
        REGISTER,
        "office: national-coordinator, from: 2015-01-01",
        "office: national-coordinator, from: 2015-01-01, suspended: true",
    );
    scene.approve_settings(&[LEADER_KEY]);
    scene.judge().in_order();
    let in_force = scene.ask("SELECT value FROM mark WHERE key = 'settings'");
    // The register from before the suspension, with the two signatures it was accepted by.
    scene.write(REGISTER, &register);
    scene.write(SETTINGS_SIG, &signatures);
    scene.judge_with_daemon().says(&["protected-change"]).moves_nothing();
    assert_eq!(scene.ask("SELECT value FROM mark WHERE key = 'settings'"), in_force);
    let told = scene.portvakt(&["--ref", "main", "plan"]).ends(4);
    told.says("`leder.eksempelvik`, `system.eksempelvik` have served before");
    // Meant after all, both sign anew on another day, as they are told.
    scene.on("2026-03-03");
    scene.delete(SETTINGS_SIG);
    scene.approve_settings(&[LEADER_KEY, MANAGER_KEY]);
    let ci = scene.check_and_merge();
    scene.acted(ci).in_order();
    assert_ne!(scene.ask("SELECT value FROM mark WHERE key = 'settings'"), in_force);
}

#[test]
fn settings_signed_while_they_were_in_force_do_not_come_back_by_that() {
    let scene = Scene::new();
    scene.approve_settings(&[LEADER_KEY, MANAGER_KEY]);
    scene.judge().in_order().moves_nothing();
    let [register, signatures] = [REGISTER, SETTINGS_SIG].map(|path| scene.read(path));
    scene.on("2026-03-03");
    scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 6");
    scene.delete(SETTINGS_SIG);
    scene.approve_settings(&[LEADER_KEY, MANAGER_KEY]);
    scene.judge().in_order();
    let in_force = scene.ask("SELECT value FROM mark WHERE key = 'settings'");
    scene.write(REGISTER, &register);
    scene.write(SETTINGS_SIG, &signatures);
    scene.judge_with_daemon().says(&["protected-change"]).moves_nothing();
    assert_eq!(scene.ask("SELECT value FROM mark WHERE key = 'settings'"), in_force);
    // Nor where somebody has taken out of the database what has served.
    scene.ask("DELETE FROM used_statement RETURNING digest");
    scene.acted(Vec::new()).says_apart(&[], &["memory-differs", "protected-change"]).moves_nothing();
    assert_eq!(scene.ask("SELECT value FROM mark WHERE key = 'settings'"), in_force);
}

#[test]
fn a_branch_that_was_forced_back_or_a_restored_repository_changes_nothing() {
    let scene = Scene::new();
    let old = scene.dir.path().join("old");
    copy(&scene.root(), &old);
    let first = scene.git(&["rev-parse", "main"]);
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    scene.approve(AHUS_KEY, &file);
    scene.judge().in_order().gives(&[NEW]);
    let good = scene.git(&["rev-parse", "main"]);
    // The branch is forced back, and then goes on to another commit.
    scene.git(&["branch", "-q", "-f", "main", &first]);
    scene.acted(Vec::new()).says_apart(&[], &["history-rewritten"]).moves_nothing();
    scene.git(&["switch", "-q", "main"]);
    scene.delete("desired-state/ahus/bo.testesen.yaml");
    scene.commit("another history");
    scene.acted(Vec::new()).says_apart(&[], &["history-rewritten"]).moves_nothing();
    // The repository as it was restored from a backup, with the register as it is.
    let store = format!("sqlite:{}", scene.root().join("var/register.db").display());
    let mut restored = scene.program();
    restored.current_dir(&old).args(["--store", &store, "apply"]);
    super::bench::Told::of(&restored.output().unwrap()).ends(4).says("history-rewritten").says("older copy");
    assert!(rights(&scene.root()).contains(NEW));
    // Put back, it goes on.
    scene.git(&["reset", "-q", "--hard", &good]);
    scene.acted(Vec::new()).in_order().moves_nothing();
}
