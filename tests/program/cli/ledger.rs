//! Tests `ledger`: verify, show and sign. Every way of tampering is found.

use super::desk::Desk;

/// Changes the ledger in spite of its triggers.
fn tamper(desk: &Desk, sql: &str) {
    let database = desk.database();
    let free = "DROP TRIGGER ledger_gapless; DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_kept;";
    database.execute_batch(free).unwrap();
    assert!(database.execute(sql, []).unwrap() > 0, "{sql}");
}

#[test]
fn a_whole_ledger_is_said_to_be_whole() {
    let desk = Desk::accepted();
    desk.run(&["ledger", "verify"]).ends(0).says("The ledger is whole");
    let told = desk.run(&["--format", "json", "ledger", "verify"]).ends(0);
    assert!(told.json()["verified"]["entries"].as_u64().unwrap() > 90);
}

#[test]
fn an_edited_entry_an_entry_taken_out_and_one_put_in_are_found() {
    for sql in [
        "UPDATE ledger SET body = replace(body, 'REQ-2024-0137', 'REQ-2024-9999') WHERE kind = 'accepted' AND body LIKE '%REQ-2024-0137%'",
        "UPDATE ledger SET at = '2020-01-01T00:00:00Z' WHERE seq = 5",
        "UPDATE ledger SET kind = 'mended' WHERE seq = 5",
        "DELETE FROM ledger WHERE seq = 7",
        "DELETE FROM ledger WHERE seq = 1",
        "INSERT INTO ledger SELECT max(seq) + 1, at, kind, body, prev, hash FROM ledger",
    ] {
        let desk = Desk::accepted();
        tamper(&desk, sql);
        let told = desk.run(&["ledger", "verify"]).ends(5).says("stopped[ledger-broken]");
        told.says("checkpoint");
    }
}

#[test]
fn an_emptied_ledger_is_not_whole() {
    let desk = Desk::accepted();
    tamper(&desk, "DELETE FROM ledger");
    desk.run(&["ledger", "verify"]).ends(5).says("ledger-broken");
}

#[test]
fn a_tail_that_was_cut_off_is_found_by_a_checkpoint() {
    let desk = Desk::accepted();
    let file = desk.beside("checkpoint.json");
    let file = file.to_str().unwrap();
    desk.run(&["ledger", "checkpoint", "--out", file]).ends(0).says("another machine");
    desk.run(&["ledger", "verify", "--checkpoint", file]).ends(0).says("holds the checkpoint");
    let text = std::fs::read_to_string(file).unwrap();
    let checkpoint: serde_json::Value = serde_json::from_str(&text).unwrap();
    let key = checkpoint["public_key"].as_str().unwrap();
    desk.run(&["ledger", "verify", "--checkpoint", file, "--key", key]).ends(0);
    let told = desk.run(&["ledger", "verify", "--checkpoint", file, "--key", &"0".repeat(64)]).ends(5);
    told.says("key");
    tamper(&desk, "DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)");
    desk.run(&["ledger", "verify"]).ends(0);
    let told = desk.run(&["ledger", "verify", "--checkpoint", file]).ends(5).says("ledger-broken");
    told.says("a backup that was put back is compared with a checkpoint from before it");
}

#[test]
fn a_checkpoint_that_is_missing_is_no_tampering() {
    let desk = Desk::accepted();
    let told = desk.run(&["ledger", "verify", "--checkpoint", "nowhere.json"]).ends(5);
    told.says("nowhere.json").never_says("Somebody has changed the ledger");
    std::fs::write(desk.root().join("half.json"), "{").unwrap();
    let told = desk.run(&["ledger", "verify", "--checkpoint", "half.json"]).ends(5);
    told.says("half.json").never_says("Somebody has changed the ledger");
    // The next step is that of what the system said.
    let told = desk.run(&["ledger", "checkpoint", "--out", "nowhere/kept.json"]).ends(5);
    told.says("nowhere/kept.json")
        .says("Check the path")
        .never_says("the right to")
        .never_says("permissions");
}

#[test]
fn entries_are_shown_by_kind_person_and_name() {
    let desk = Desk::accepted();
    let told = desk.run(&["ledger", "show", "--kind", "step", "--person", "sara.fiktivsen"]).ends(0);
    assert_eq!(told.out.lines().count(), 1, "{}", told.out);
    told.says("REQ-2024-0137").says("sara.fiktivsen");
    let told = desk.run(&["ledger", "show", "--naming", "REQ-2024-0137"]).ends(0);
    assert_eq!(told.out.lines().count(), 2, "{}", told.out);
    desk.run(&["ledger", "show", "--person", "ukjent.testesen"]).ends(1).says("no entry about");
    desk.run(&["ledger", "show", "--kind", "nope"]).ends(2).says("the kinds are");
    let told = desk.run(&["--format", "json", "ledger", "show", "--from", "90"]).ends(0);
    for line in told.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn a_ledger_names_no_person_outside_this_register() {
    let desk = Desk::accepted();
    let told = desk.run(&["--format", "json", "ledger", "show"]).ends(0);
    told.never_says("sara.fiktivsen").never_says("Sara Fiktivsen");
}

#[test]
fn a_checkpoint_of_a_broken_ledger_is_refused_and_apply_says_why() {
    let desk = Desk::accepted();
    tamper(&desk, "UPDATE ledger SET body = replace(body, 'REQ-', 'REX-') WHERE seq = 20");
    let file = desk.beside("checkpoint.json");
    let file = file.to_str().unwrap();
    desk.run(&["ledger", "checkpoint", "--out", file]).ends(5).says("ledger-broken").says("entry 20");
    assert!(!std::path::Path::new(file).exists());
    desk.run(&["apply"]).ends(5).says("ledger-broken").says("`revoked` and accepted ends act");
    desk.run(&["plan"]).ends(5).says("ledger-broken");
    // The way out names the break.
    let told = desk.run(&["baseline"]).ends(0).says("does not hold at entry 20");
    let line = told.out.lines().find(|line| line.contains("--accept")).unwrap().to_owned();
    let digest = line.split_whitespace().skip_while(|word| *word != "--accept").nth(1).unwrap().to_owned();
    let two = ["--by", "bjorn.lederesen", "--by", "ingrid.koordinatorsen"];
    desk.run(&[&["baseline", "--accept", &digest][..], &two[..]].concat()).ends(0);
    desk.run(&["ledger", "verify"]).ends(0).says("a break at entry 20, which a later baseline names");
    desk.run(&["apply"]).ends(0);
    desk.run(&["ledger", "checkpoint", "--out", file]).ends(0);
}

#[test]
fn keys_that_were_swapped_are_found_and_nobodys_past_is_told_as_anothers() {
    let desk = Desk::accepted();
    let file = desk.beside("checkpoint.json");
    let file = file.to_str().unwrap();
    desk.run(&["ledger", "checkpoint", "--out", file]).ends(0);
    for columns in ["key = o.key", "key = o.key, salt = o.salt"] {
        let desk_of_its_own = Desk::accepted();
        let database = desk_of_its_own.database();
        database
            .execute_batch(&format!(
                "CREATE TEMP TABLE o AS SELECT * FROM person_key;
                 UPDATE person_key SET key = 'away-' || person;
                 UPDATE person_key SET {columns} FROM o
                 WHERE o.person = CASE person_key.person WHEN 'lars.demostad' THEN 'sara.fiktivsen'
                     WHEN 'sara.fiktivsen' THEN 'lars.demostad' ELSE person_key.person END"
            ))
            .unwrap();
        drop(database);
        for question in [&["ledger", "verify"][..], &["list", "--at", "2026-11-23"][..]] {
            let told = desk_of_its_own.run(question).ends(5).says("`lars.demostad`, `sara.fiktivsen`");
            told.says("`portvakt baseline` gives these people new keys");
        }
        desk_of_its_own.run(&["apply"]).ends(1).says("memory-differs").says("`sara.fiktivsen`");
    }
    desk.run(&["ledger", "verify", "--checkpoint", file]).ends(0);
}

#[test]
fn a_key_that_was_deleted_is_no_tampering() {
    let desk = Desk::accepted();
    let database = desk.database();
    database.execute("DELETE FROM person_key WHERE person = 'sara.fiktivsen'", []).unwrap();
    drop(database);
    desk.run(&["ledger", "verify"]).ends(0);
}
