//! Many removals at once. A removal that an administrator of the unit has signed is carried out. All others wait for
//! two national administrators.

use super::bench::{AHUS_KEY, FONNA_KEY, LEADER_KEY, LEADER_SECOND, MANAGER_KEY, Scene};
use super::tree::{USERS, of_ahus};

fn at_ahus(people: &[&str]) -> Vec<String> {
    people.iter().map(|id| format!("{id} LU smerteregisteret 100089")).collect()
}

/// Revokes every user of Ahus, which is two more than the budget allows.
fn revoke_all(scene: &Scene, by: &str) {
    for id in USERS {
        let path = of_ahus(id);
        let revoked = format!("    revoked: {{on: 2026-03-02, by: {by}, reason: misuse}}\n");
        scene.write(&path, &format!("{}{revoked}", scene.read(&path)));
    }
}

fn refs(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

#[test]
fn a_signed_mass_revocation_beyond_the_budget_acts() {
    let scene = Scene::new();
    revoke_all(&scene, "lc.ahusen");
    for id in USERS {
        scene.approve(AHUS_KEY, &of_ahus(id));
    }
    scene.judge().in_order().moves(&[], &refs(&at_ahus(&USERS)));
}

#[test]
fn an_unsigned_mass_revocation_acts_within_the_budget_and_waits_beyond_it() {
    let scene = Scene::new();
    revoke_all(&scene, "lc.ahusen");
    scene.judge_with_daemon().says(&["removals-held"]).moves(&[], &refs(&at_ahus(&USERS[..2])));
    // The signature of another trust's coordinator is none of an administrator of the unit.
    let scene = Scene::new();
    revoke_all(&scene, "lc.fonnasen");
    for id in USERS {
        scene.approve(FONNA_KEY, &of_ahus(id));
    }
    scene.judge().says(&["removals-held"]).moves(&[], &refs(&at_ahus(&USERS[..2])));
}

#[test]
fn held_removals_go_when_two_administrators_have_signed_their_release() {
    let scene = Scene::new();
    for id in &USERS[..4] {
        scene.delete(&of_ahus(id));
    }
    scene.judge().says(&["removals-held"]).moves_nothing();
    let plan = scene.portvakt(&["--ref", "main", "--format", "json", "plan"]).json();
    let digest = plan["held"][0]["digest"].as_str().unwrap().to_owned();
    scene.portvakt(&["--ref", "main", "release", &digest]).ends(4).says("portvakt release statement 1");
    // One of the two signatures is missing. A person with two keys counts once.
    let one = scene.approve_release(LEADER_KEY, &digest);
    scene.portvakt(&["--ref", "main", "release", &digest, "--signatures", &one]).ends(1).says("two");
    // At most the usual size of a signature file is read. A link or a device is not read.
    let large = scene.dir.path().join("large.sig").to_str().unwrap().to_owned();
    std::fs::write(&large, "x".repeat(64 * 1024 + 1)).unwrap();
    for (file, why) in [(&*large, "more than 65536 bytes"), ("/dev/zero", "no plain file")] {
        let told = scene.portvakt(&["--ref", "main", "release", &digest, "--signatures", file]);
        told.ends(1).says(file).says(why);
    }
    let text = std::fs::read_to_string(&one).unwrap();
    let (claim, _) = text.split_once("-----BEGIN").unwrap();
    let statement = scene.statement(&["--release", &digest, "--by", "leder.eksempelvik"]);
    let second = scene.dir.path().join("second.sig");
    let block = scene.signature(LEADER_SECOND, super::bench::NAMESPACE, &statement);
    std::fs::write(&second, format!("{claim}{block}")).unwrap();
    let second = second.to_str().unwrap();
    let both = ["--ref", "main", "release", &digest, "--signatures", &one, "--signatures", second];
    scene.portvakt(&both).ends(1);
    scene.acted(Vec::new()).says_apart(&[], &["removals-held"]).moves_nothing();
    // Declared names are nothing here.
    let declared =
        ["--ref", "main", "release", &digest, "--by", "leder.eksempelvik", "--by", "system.eksempelvik"];
    scene.portvakt(&declared).ends(4);
    let other = scene.approve_release(MANAGER_KEY, &digest);
    let both = ["--ref", "main", "release", &digest, "--signatures", &one, "--signatures", &other];
    scene.portvakt(&both).ends(0).says("signed");
    scene.acted(Vec::new()).in_order().moves(&[], &refs(&at_ahus(&USERS[..4])));
}
