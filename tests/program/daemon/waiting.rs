//! Work that waits for a person, and changes that another process makes in the register.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::decide::Patience;
use portvakt_core::model::Digest;
use portvakt_core::proof::{SetProof, proved_set};
use portvakt_engine::apply::{release, remember_proof};
use portvakt_engine::memory;
use portvakt_engine::memory::Release;
use portvakt_engine::reconcile::engine::{Engine, PassReach, open_register};
use portvakt_stores::tables::Create;

use crate::daemon::fixture::{SETTLE, World, person, today};

#[test]
fn without_a_baseline_it_stays_up_says_so_and_takes_one_up() {
    let world = World::example(today());
    let daemon = world.daemon(&[]);
    daemon.until("says so", || daemon.log().contains("\"code\":\"no-baseline\""));
    let (code, text) = daemon.get("/readyz");
    assert!(code == 503 && text.contains("no baseline has been accepted"), "{text}");
    assert_eq!(daemon.get("/healthz").0, 200);
    assert!(daemon.is("portvakt_baseline_missing", 1.0));
    // It says which file is missing and what to do, and makes none.
    let told = daemon.lines().into_iter().find(|line| line["code"] == "no-baseline").unwrap().to_string();
    let path = world.store().display().to_string();
    assert!(told.contains(&path) && told.contains("--store") && told.contains("baseline --accept"), "{told}");
    daemon.quiet();
    assert!(!world.store().exists());
    let mode = fs::metadata(world.store().parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "its owner alone can look into the folder");
    world.accept();
    daemon.until("ready", || daemon.get("/readyz").0 == 200);
    assert!(world.rights("anne.fiktivsen") == 2 && daemon.is("portvakt_baseline_missing", 0.0));
    daemon.until_says("\"trigger\":\"confirmed\"");
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn many_deletions_are_held_and_a_release_by_another_process_is_taken_up() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let before = world.state();
    let leaving =
        ["eli.demostad", "rolf.utkastli", "sunniva.monsterud", "tuva.eksempelvik", "svein.fiktivsen"];
    let paths = leaving.map(|who| world.file(&format!("oslo-universitetssykehus/{who}.yaml")));
    paths.iter().for_each(|path| fs::remove_file(path).unwrap());
    daemon.until("held", || daemon.metric("portvakt_removals_held") >= 1.0);
    daemon.quiet();
    assert_eq!(world.state(), before);
    let page = daemon.get("/").1;
    assert!(page.contains("removals held for 5 people"), "{page}");
    let waits = |line: &serde_json::Value| line["message"] == "removals wait";
    let told = daemon.lines().into_iter().find(waits).unwrap();
    assert!(leaving.iter().all(|who| told["people"].as_str().unwrap().contains(who)), "{told}");
    // Passes of all kinds name the same set.
    let mut register = open_register(&world.store(), Create::MustExist).unwrap();
    let held = || {
        memory::removal_holds(open_register(&world.store(), Create::MustExist).unwrap().connection()).unwrap()
    };
    let digest = held()[0].digest;
    daemon.look();
    fs::write(world.file("ahus/nils.nykommer.yaml"), crate::daemon::fixture::newcomer("nils.nykommer"))
        .unwrap();
    daemon.until("the newcomer", || world.rights("nils.nykommer") == 1);
    daemon.quiet();
    for what in ["accepted", "given"] {
        let who = |line: &serde_json::Value| line["message"] == what && line["person"] == "nils.nykommer";
        let told = daemon.lines().into_iter().find(who).unwrap();
        assert_eq!(told["right"], "smerteregisteret/100089/LU", "{what}");
    }
    assert_eq!(held().iter().map(|set| set.digest).collect::<Vec<_>>(), [digest]);

    let by = [person("bjorn.lederesen"), person("ingrid.koordinatorsen")].into();
    let given = Release { digest, at: Timestamp::now(), by, keys: [].into() };
    release(&mut register, &given, "removals").unwrap();
    daemon.until("released", || leaving.iter().all(|who| world.rights(who) == 0));
    daemon.until_is("portvakt_removals_held", 0.0);
    assert!(daemon.get("/").1.contains("In order."));
    let gone = |line: &serde_json::Value| line["message"] == "taken away" && line["person"] == leaving[0];
    let told = daemon.lines().into_iter().find(gone).unwrap();
    assert!(told["right"].is_string() && told["why"].is_string(), "{told}");
}

/// The memory is asked whether removals wait, and not this process alone. A pass that recorded a set may have broken off.
#[test]
fn removals_that_wait_in_the_memory_alone_make_a_pass_whole() {
    let world = World::accepted();
    let mut engine = Engine::open(world.root(), &world.store(), SETTLE, Patience::None).unwrap();
    let mut is_whole = |reach| {
        let passed = engine.pass(reach, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
        passed.decided.tree.whole
    };
    assert!(is_whole(PassReach::Everything));
    assert!(!is_whole(PassReach::Changes));
    // Every second row has no digest of a set, and cannot be read.
    world.by_hand(
        "INSERT INTO removal_hold (digest, since, summary)
         WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 3000)
         SELECT CASE n % 2 WHEN 0 THEN lower(hex(randomblob(32))) ELSE 'planted ' || n END,
             '2026-01-01T00:00:00Z', '{}'
         FROM counted",
    );
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM removal_hold"), 3000);
    assert!(is_whole(PassReach::Changes));
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM removal_hold"), 0);
    assert!(!is_whole(PassReach::Changes));
}

#[test]
fn held_removals_whose_files_come_back_are_held_no_longer() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let before = world.state();
    let (folder, aside) = (world.file("unn"), world.home().join("unn"));
    fs::rename(&folder, &aside).unwrap();
    daemon.until("held", || daemon.metric("portvakt_removals_held") >= 1.0);
    fs::rename(&aside, &folder).unwrap();
    daemon.until_is("portvakt_removals_held", 0.0);
    assert_eq!(world.state(), before);
    daemon.until("in order", || daemon.get("/").1.contains("In order."));
}

#[test]
fn a_change_of_the_register_file_waits_for_its_release() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let path = world.file("register.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("  ahus:\n", "  ahus:\n    most_coordinators: 3\n")).unwrap();
    daemon.until_is("portvakt_holds", 1.0);
    daemon.until_says("\"code\":\"protected-change\"");
    daemon.until("the page", || daemon.get("/").1.contains("waits for national administrators"));
    assert!(!daemon.get("/").1.contains("In order.") && daemon.is("portvakt_settings_held", 1.0));
    let said = daemon.lines().into_iter().find(|line| line["code"] == "protected-change").unwrap();
    let digest = said["what"].as_str().unwrap().rsplit(' ').next().unwrap();
    let mut register = open_register(&world.store(), Create::MustExist).unwrap();
    let given = Release {
        digest: portvakt_core::model::Digest::parse(digest).unwrap(),
        at: Timestamp::now(),
        by: [person("bjorn.lederesen"), person("ingrid.koordinatorsen")].into(),
        keys: [].into(),
    };
    release(&mut register, &given, "register").unwrap();
    daemon.until_is("portvakt_holds", 0.0);
    daemon.quiet();
    assert!(daemon.get("/").1.contains("In order."));
    daemon.until_says("\"trigger\":\"again\"");
}

#[test]
fn approved_policies_are_taken_up_when_their_proof_is_made() {
    let world = World::example(today());
    let path = world.file("register.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("review_months: 3\n", "review_months: 3\nproofs: required\n")).unwrap();
    world.accept();
    let daemon = world.daemon(&[]).settled();
    let path = world.root().join("policies/administration.cedar");
    let text = fs::read_to_string(&path).unwrap();
    let changed = text.replace("// ---- Who may approve ----", "// ---- Who approves ----");
    assert_ne!(changed, text);
    fs::write(&path, changed).unwrap();
    daemon.until_says("\"code\":\"proof-missing\"");
    // It waits for approval and for a proof, and is one change.
    daemon.until_is("portvakt_settings_held", 1.0);
    let said = daemon.lines().into_iter().find(|line| line["code"] == "proof-missing").unwrap();
    let digests: Vec<Digest> = said["what"]
        .as_str()
        .unwrap()
        .split(|c: char| !c.is_ascii_hexdigit())
        .filter(|word| word.len() == 64)
        .map(|word| Digest::parse(word).unwrap())
        .collect();
    let [policies, digest] = digests[..] else { panic!("{said}") };
    let mut register = open_register(&world.store(), Create::MustExist).unwrap();
    let given = Release {
        digest,
        at: Timestamp::now(),
        by: [person("bjorn.lederesen"), person("ingrid.koordinatorsen")].into(),
        keys: [].into(),
    };
    release(&mut register, &given, "rules").unwrap();
    let seen = |line: &serde_json::Value| {
        line["code"] == "protected-change" && line.to_string().contains("no longer found")
    };
    daemon.until("the approval is seen", || daemon.lines().iter().any(seen));
    daemon.until_is("portvakt_settings_held", 1.0);
    let proof = SetProof {
        set: proved_set(&policies),
        policies,
        prover: Digest::of(b"a prover"),
        solver: "a solver, version 1".to_owned(),
        promises: 3,
        questions: 9,
    };
    remember_proof(&mut register, &proof, Timestamp::now()).unwrap();
    daemon.until_is("portvakt_settings_held", 0.0);
    daemon.quiet();
    let accepted = memory::accepted_rules(register.connection()).unwrap().unwrap();
    assert_eq!(accepted.0, policies);
}

#[test]
fn drift_is_found_by_a_whole_pass_and_put_right() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let account = "(SELECT id FROM account WHERE person = 'anne.fiktivsen')";
    let sql = format!(
        "INSERT INTO access (account, application, unit, role, granted)
         VALUES ({account}, 'smerteregisteret', 100082, 'LU', '{}')",
        today()
    );
    assert_eq!(world.by_hand(&sql), 1);
    assert_eq!(world.rights("anne.fiktivsen"), 3);
    daemon.look();
    assert_eq!(world.rights("anne.fiktivsen"), 2);
    daemon.until_says("\"code\":\"drift\"");
    assert!(daemon.metric("portvakt_drift") >= 1.0);
    assert!(daemon.get("/").1.contains("1 account changed by hand"));
    daemon.look();
    assert!(daemon.is("portvakt_drift", 0.0), "{}", daemon.log());
}

#[test]
fn a_register_that_is_locked_is_waited_for_and_nothing_is_lost() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let lock = rusqlite::Connection::open(world.store()).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    fs::write(world.file("ahus/nils.nykommer.yaml"), crate::daemon::fixture::newcomer("nils.nykommer"))
        .unwrap();
    daemon.until("red", || daemon.get("/").1.contains("the last pass stopped: store-unavailable"));
    daemon.until_says("locked by another program");
    assert_eq!(world.rights("nils.nykommer"), 0);
    lock.execute_batch("ROLLBACK").unwrap();
    daemon.until("the newcomer", || world.rights("nils.nykommer") == 1);
    daemon.until("in order", || daemon.get("/").1.contains("In order."));
}

#[test]
fn a_register_put_back_under_it_is_opened_anew() {
    let world = World::accepted();
    let backup = fs::read(world.store()).unwrap();
    let daemon = world.daemon(&[]).settled();
    fs::write(world.file("ahus/nils.nykommer.yaml"), crate::daemon::fixture::newcomer("nils.nykommer"))
        .unwrap();
    daemon.until("the newcomer", || world.rights("nils.nykommer") == 1);
    daemon.quiet();
    let restored = world.root().join("var/restored.db");
    fs::write(&restored, backup).unwrap();
    for end in ["-wal", "-shm"] {
        let _there_or_not = fs::remove_file(world.root().join(format!("var/register.db{end}")));
    }
    fs::rename(&restored, world.store()).unwrap();
    assert_eq!(world.rights("nils.nykommer"), 0);
    daemon.until("given again", || world.rights("nils.nykommer") == 1);
    daemon.until_says("is another one than before");
}

#[test]
fn a_register_whose_folder_is_gone_is_not_made_anew() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let (folder, away) = (world.root().join("var"), world.root().join("away"));
    fs::rename(&folder, &away).unwrap();
    daemon.until("red", || daemon.get("/").1.contains("the last pass stopped: store-unavailable"));
    daemon.until_says("there is no such file");
    // The first stop may be of a moment. After the second one the probe says the same as the page.
    daemon.until("not ready", || daemon.get("/readyz").0 == 503);
    assert!(daemon.get("/readyz").1.contains("store-unavailable"), "{}", daemon.get("/readyz").1);
    assert!(daemon.is("portvakt_ready", 0.0));
    assert!(!folder.exists(), "an empty register would be in the way of this one");
    fs::rename(&away, &folder).unwrap();
    daemon.until("in order", || daemon.get("/").1.contains("In order."));
    assert_eq!(daemon.get("/readyz").0, 200);
}

/// A pass over few files reads no account by its login. So there is none while the whole list shows such an account.
#[test]
fn an_account_that_may_be_somebodys_is_not_doubled_by_a_pass_over_changes() {
    let world = World::accepted();
    let mut engine = Engine::open(world.root(), &world.store(), SETTLE, Patience::None).unwrap();
    world.by_hand(
        "INSERT INTO account (id, name, login, email, active, opened)
         VALUES ('gammel-1', 'Nils Nykommer', 'nils.nykommer', 'nils@register.example', 1, '2020-01-01')",
    );
    for (who, reach) in [("nils.nykommer", PassReach::Everything), ("ny.nykommer", PassReach::Changes)] {
        let text = crate::daemon::fixture::newcomer(who);
        fs::write(world.file(&format!("ahus/{who}.yaml")), text).unwrap();
        engine.pass(reach, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
    }
    assert_eq!((world.rights("nils.nykommer"), world.rights("ny.nykommer")), (0, 1));
    engine.pass(PassReach::Everything, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
    assert_eq!(world.ask::<i64>("SELECT active FROM account WHERE id = 'gammel-1'"), 1);
    assert_eq!(world.rights("nils.nykommer"), 0);
}
