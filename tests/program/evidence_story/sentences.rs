//! Tests that the program's words are true of the register: how something is released, what has come into force, and
//! that nothing is proved if approvals are only declared.

use super::bench::{
    AHUS_KEY, ALLOWED, LEADER_KEY, LEADER_SECOND, MANAGER_KEY, REGISTER, STRANGER, Scene, Told,
};
use super::tree::{LC_AHUS, LEADER, MANAGER, USERS, of_ahus, person, smerte};

/// Returns the register with declared approvals. Two administrators have signed that.
fn declared() -> Scene {
    let scene = Scene::new();
    scene.edit(REGISTER, "evidence: signature", "evidence: declared");
    scene.approve_settings(&[LEADER_KEY, MANAGER_KEY]);
    scene.check_and_merge();
    let told = scene.portvakt(&["--ref", "main", "apply"]).ends(0);
    assert!(told.out.contains("in force from now on: `register.yaml`."), "{told:?}");
    scene
}

fn desk(scene: &Scene, args: &[&str]) -> Told {
    Told::of(&scene.desk_program().args(args).output().unwrap())
}

#[test]
fn how_something_is_released_goes_by_what_the_register_asks_for() {
    for (scene, how, other) in
        [(Scene::new(), "approve --release", "--by A"), (declared(), "--by A --by B", "approve --release")]
    {
        for id in &USERS[..4] {
            scene.delete(&of_ahus(id));
        }
        // The number belongs to another person's application.
        let file = of_ahus("ny.testesen");
        scene.write(&file, &person("ny.testesen", "ahus", &[smerte("REQ-4", LC_AHUS)]));
        let key = scene.key(AHUS_KEY);
        desk(&scene, &["approve", &file, "--key", &key, "--yes"]).ends(0);
        scene.check_and_merge();
        let told = scene.portvakt(&["--ref", "main", "apply"]).ends(4);
        let helps = told.out.lines().filter(|line| line.contains("portvakt release ")).collect::<Vec<_>>();
        assert_eq!(helps.len(), 2, "{told:?}");
        assert!(helps.iter().all(|help| help.contains(how) && !help.contains(other)), "{helps:#?}");
        // The same is true in bokmål.
        let told = scene.portvakt(&["--lang", "nb", "--ref", "main", "apply"]).ends(4);
        assert!(told.out.contains(how) && !told.out.contains(other), "{told:?}");
    }
}

#[test]
fn what_has_come_into_force_is_what_differs() {
    let scene = Scene::new();
    let line = format!("{LEADER} {}\n", scene.public(STRANGER));
    scene.write(ALLOWED, &format!("{}{line}", scene.read(ALLOWED)));
    scene.approve_settings(&[LEADER_SECOND, MANAGER_KEY]);
    scene.check_and_merge();
    let told = scene.portvakt(&["--ref", "main", "apply"]).ends(0);
    assert!(told.out.contains("Released, and in force from now on: the lists of keys.\n"), "{told:?}");
}

#[test]
fn a_register_that_takes_names_as_they_are_written_says_so_with_every_command() {
    let scene = declared();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    let names = "contact_in_git: false\ncode_owners: {leder.eksempelvik: \"@leder\"}";
    scene.edit(REGISTER, "contact_in_git: false", names);
    let key = scene.key(AHUS_KEY);
    let note = "nothing shows that anybody approved (`evidence: declared`)";
    for args in [
        &["statement", &file][..],
        &["statement", "--settings", "--by", LEADER],
        &["approve", &file, "--key", &key, "--yes"],
        &["approve", "--settings", "--key", &key, "--yes"],
        &["owners"],
    ] {
        let told = desk(&scene, args);
        assert!(told.err.contains(note), "{args:?} {told:?}");
    }
    assert_eq!(desk(&scene, &["statement", &file]).out, scene.statement(&[&file]));
    scene.check_and_merge();
    let shown =
        scene.portvakt(&["--ref", "main", "baseline"]).ends(0).says("nothing shows that anybody approved");
    let digest = shown.after("Digest of the tree: ");
    let accept = ["--ref", "main", "baseline", "--accept", &digest, "--by", LEADER, "--by", MANAGER];
    assert!(scene.portvakt(&accept).ends(0).err.contains(note));
    // If signatures are asked for, the output does not mention it.
    let scene = Scene::new();
    let file = scene.newcomer(LC_AHUS, "2026-03-02");
    assert_eq!(desk(&scene, &["statement", &file]).err, "");
}

#[test]
fn whoever_has_just_asked_for_signatures_is_not_told_to_ask_for_them() {
    let scene = declared();
    scene.edit(REGISTER, "evidence: declared", "evidence: signature");
    let advice = "Write `evidence: signature`";
    scene.check_and_merge();
    let told =
        scene.portvakt(&["--ref", "main", "apply"]).ends(4).says("waits for two national administrators");
    assert!(!told.out.contains(advice), "{told:?}");
    let digest = told.out.split("waits under ").nth(1).unwrap()[..64].to_owned();
    scene.portvakt(&["--ref", "main", "release", &digest, "--by", LEADER, "--by", MANAGER]).ends(0);
    let told = scene.portvakt(&["--ref", "main", "apply"]).ends(0).says("From the next pass on");
    assert!(!told.out.contains(advice), "{told:?}");
}
