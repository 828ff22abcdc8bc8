//! Values that the database treats as equal but that are different, values that cannot be read, and rows of other
//! registers.

use portvakt_core::diag::Code;

use super::maria::Maria;
use super::world::{World, codes};

const LU_AT_AHUS: &str = r#"{"reshId": "100089", "userRole": "LU"}"#;
const NOWHERE: &str = r#"{"reshId": "1", "userRole": "LU"}"#;

#[test]
fn names_that_the_collation_takes_for_one_are_two() {
    let Some(world) = World::new() else { return };
    world.by_hand(
        "UPDATE account SET login = 'håvard', email = 'håvard@example.test' WHERE person = 'hilde.utkastli'",
    );
    assert_eq!(
        world.maria.sql("SELECT 'håvard' = 'havard' COLLATE utf8mb4_general_ci, 'Kari' = 'kari  '"),
        "1\t1"
    );
    for (id, owner, email) in [
        ("exact", "håvard", "håvard@example.test"),
        ("folded", "havard", "havard@example.test"),
        ("upper", "HÅVARD", "x@example.test"),
        ("trailing", "håvard ", "x@example.test"),
        ("list", "lars.demostad", "havard@example.test, håvard@example.test"),
    ] {
        let params = if id == "list" { r#"{"reshId": "100089", "userRole": "LC"}"# } else { LU_AT_AHUS };
        world.maria.report(id, owner, email, "dispatchment", params);
    }
    world.remove("ahus/hilde.utkastli.yaml");
    let passed = world.apply();
    assert!(passed.carried.reports.failed.is_empty(), "{:?}", passed.carried.reports);
    assert_eq!(world.maria.running(), ["folded", "list", "trailing", "upper"]);
    assert_eq!(world.maria.to("list"), "havard@example.test");
    assert_eq!(world.maria.to("folded"), "havard@example.test");
    // Owners who are no known person are reported, and their reports stay.
    assert_eq!(codes(&passed), ["report-owner-unknown"]);
    let told = passed.decided.findings.iter().find(|finding| finding.code.as_str() == "report-owner-unknown");
    let told = told.unwrap().message.en();
    assert!(
        told.contains("3 owners") && told.contains("`havard`, `håvard `") && told.contains("`HÅVARD`"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_read_ends_with_the_last_access_and_is_told_until_then() {
    let Some(world) = World::new() else { return };
    world.maria.report("broken", "hilde.utkastli", "x@example.test", "subscription", "{");
    world.maria.report("empty", "hilde.utkastli", "x@example.test", "bulletin", "{}");
    world.maria.sql("UPDATE autoreport SET params = NULL WHERE id = 'empty'");
    let passed = world.apply();
    assert_eq!((codes(&passed), world.maria.running().len()), (vec!["report-unclear"], 2));
    world.remove("ahus/hilde.utkastli.yaml");
    assert!(codes(&world.apply()).is_empty());
    assert!(world.maria.running().is_empty());
}

#[test]
fn recipients_in_a_form_that_is_not_understood_are_told() {
    let Some(world) = World::new() else { return };
    let owner = "hilde.utkastli";
    world.maria.report("plain", owner, "a@example.test; Bo <b@example.test>", "subscription", LU_AT_AHUS);
    assert!(codes(&world.apply()).is_empty());
    world.maria.report("gone", "nobody.knows", "a@example.test", "dispatchment", LU_AT_AHUS);
    let passed = world.apply();
    let told = passed.decided.findings.iter().find(|it| it.code == Code::ReportOwnerUnknown).unwrap();
    assert!(told.message.en().contains(" 1 owner "), "{}", told.message.en());
    world.maria.sql("DELETE FROM autoreport WHERE id = 'gone'");
    world.maria.report("mailto", owner, "mailto:a@example.test", "dispatchment", LU_AT_AHUS);
    world.maria.report(
        "vector",
        owner,
        r#"c("a@example.test","b@example.test")"#,
        "dispatchment",
        LU_AT_AHUS,
    );
    let passed = world.apply();
    assert_eq!(codes(&passed), ["report-unclear"]);
    let told = passed.decided.findings.iter().find(|it| it.code == Code::ReportUnclear).unwrap();
    let told = told.message.en();
    assert!(told.contains("2 reports") && told.contains("`mailto`, `vector`"), "{told}");
    assert!(!told.contains("example.test"), "an address is nobody's business");
}

#[test]
fn an_address_in_another_spelling_is_taken_out_or_told() {
    let Some(world) = World::new() else { return };
    let (hilde, lars) = ("hilde.utkastli@example.test", "lars.demostad@example.test");
    let lc = r#"{"reshId": "100089", "userRole": "LC"}"#;
    for (id, email) in [
        ("brackets", format!("<{hilde}> <{lars}>")),
        ("bom", format!("\u{feff}{hilde}, {lars}")),
        ("dot", format!("{lars}, {hilde}.")),
        ("quoted", format!("''{hilde}'', {lars}")),
        ("zero", format!("{lars},\u{200b}{hilde}")),
    ] {
        world.maria.report(id, "lars.demostad", &email, "dispatchment", lc);
    }
    world.remove("ahus/hilde.utkastli.yaml");
    let passed = world.apply();
    assert_eq!(world.maria.to("brackets"), format!("<{lars}>"));
    assert_eq!(codes(&passed), ["report-unclear"]);
    let told = passed.decided.findings.iter().find(|it| it.code == Code::ReportUnclear).unwrap();
    let told = told.message.en();
    assert!(told.contains("4 reports") && told.contains("`bom`, `dot`, `quoted`, `zero`"), "{told}");
}

#[test]
fn an_end_that_cannot_be_read_is_no_end() {
    let Some(world) = World::new() else { return };
    for (id, until) in
        [("null", "NULL"), ("word", "'snart'"), ("today", "CURDATE()"), ("over", "'2020-01-01'")]
    {
        world.maria.report(id, "hilde.utkastli", "x@example.test", "subscription", NOWHERE);
        world.maria.sql(&format!("UPDATE autoreport SET terminateDate = {until} WHERE id = '{id}'"));
    }
    world.apply();
    let yesterday = super::world::today().yesterday().unwrap();
    let ended = world.maria.sql("SELECT id, terminateDate FROM autoreport ORDER BY id");
    assert_eq!(ended, format!("null\t{yesterday}\nover\t2020-01-01\ntoday\t{yesterday}\nword\t{yesterday}"));
}

#[test]
fn reports_of_other_registers_are_nobodys_business() {
    let Some(world) = World::new() else { return };
    world.maria.report("ours", "hilde.utkastli", "hilde.utkastli@example.test", "subscription", NOWHERE);
    world.maria.report("theirs", "hilde.utkastli", "hilde.utkastli@example.test", "subscription", NOWHERE);
    world.maria.sql("UPDATE autoreport SET package = 'hjerte' WHERE id = 'theirs'");
    world.remove("ahus/hilde.utkastli.yaml");
    let passed = world.apply();
    assert!(world.is_closed("hilde.utkastli"), "the register waits for nobody");
    assert_eq!(codes(&passed), ["reports-unavailable", "reports-owed"], "which are ours is asked first");
    assert_eq!(world.maria.running().len(), 2);
    std::fs::write(world.root().join("map.yaml"), "packages: [smerte]\n").unwrap();
    let map = world.root().join("map.yaml");
    let output = world.run(&["--reports-map", map.to_str().unwrap(), "apply"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.maria.running(), ["theirs"]);
    assert_eq!(world.maria.to("theirs"), "hilde.utkastli@example.test");
    std::fs::write(&map, "pakker: [smerte]\n").unwrap();
    let output = world.run(&["--reports-map", map.to_str().unwrap(), "plan"]);
    let told = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(5) && told.contains("pakker"), "{told}");
}

/// Returns a table as older databases have it: without a key, in another character set, with dates and JSON as such.
const OLD: &str = "CREATE TABLE autoreport (
  id int, synopsis varchar(255), package varchar(255), fun varchar(255), params json,
  owner varchar(255) CHARACTER SET latin1, email text CHARACTER SET latin1, organization int, terminateDate date,
  `interval` varchar(255), intervalName varchar(255), runDayOfYear text, `type` varchar(255),
  ownerName varchar(255), startDate date)";

#[test]
fn a_table_of_another_make_is_read_and_written_alike() {
    let Some(maria) = Maria::with(OLD) else { return };
    let world = World::beside(maria);
    world.by_hand(
        "UPDATE account SET login = 'bjørg', email = 'bjørg@example.test' WHERE person = 'hilde.utkastli'",
    );
    world.maria.report("1", "bjørg", "bjørg@example.test", "subscription", LU_AT_AHUS);
    world.maria.report("1", "bjørg", "bjørg@example.test", "subscription", LU_AT_AHUS);
    world.maria.report("2", "lars.demostad", "bjørg@example.test;a@example.test", "dispatchment", "{}");
    world.maria.sql("UPDATE autoreport SET id = NULL, organization = 100089 WHERE id = 2");
    world.remove("ahus/hilde.utkastli.yaml");
    let passed = world.apply();
    assert!(passed.carried.reports.failed.is_empty() && codes(&passed).is_empty(), "{passed:?}");
    assert_eq!(world.maria.sql("SELECT count(*) FROM autoreport WHERE terminateDate < CURDATE()"), "2");
    assert_eq!(world.maria.sql("SELECT email FROM autoreport WHERE id IS NULL"), "a@example.test");
}

#[test]
fn the_last_recipient_goes_from_a_table_that_takes_no_empty_text() {
    let hilde = "hilde.utkastli@example.test";
    for (table, email, left, day) in [
        (
            Maria::table_with(&[("email varchar(255)", "email json")]),
            format!(r#"["{hilde}"]"#),
            "[]".to_owned(),
            "",
        ),
        (
            Maria::table_with(&[
                ("email varchar(255)", "email varchar(255) NOT NULL CHECK (email <> '')"),
                ("terminateDate varchar(255)", "terminateDate datetime"),
            ]),
            hilde.to_owned(),
            hilde.to_owned(),
            " 00:00:00",
        ),
    ] {
        let Some(maria) = Maria::with(&table) else { return };
        let world = World::beside(maria);
        world.maria.report("own", "hilde.utkastli", &email, "subscription", LU_AT_AHUS);
        world.remove("ahus/hilde.utkastli.yaml");
        let passed = world.apply();
        assert!(passed.carried.reports.failed.is_empty() && codes(&passed).is_empty(), "{passed:?}");
        let yesterday = super::world::today().yesterday().unwrap();
        assert_eq!(
            world.maria.sql("SELECT email, terminateDate FROM autoreport"),
            format!("{left}\t{yesterday}{day}"),
            "{table}"
        );
        assert_eq!(world.owed(), 0);
    }
}

#[test]
fn an_owner_may_be_named_otherwise() {
    let Some(world) = World::new() else { return };
    let id: String = world.ask("SELECT id FROM account WHERE person = 'hilde.utkastli'");
    world.by_hand("UPDATE account SET login = 'x' || person");
    world.maria.report("by-account", &id, "x@example.test", "subscription", LU_AT_AHUS);
    world.maria.report("by-person", "hilde.utkastli", "x@example.test", "subscription", LU_AT_AHUS);
    world.remove("ahus/hilde.utkastli.yaml");
    world.apply();
    assert_eq!(world.maria.running().len(), 2);
    let map = world.root().join("map.yaml");
    for (owner, left) in [("account", 1), ("person", 0)] {
        std::fs::write(&map, format!("owner: {owner}\n")).unwrap();
        let output = world.run(&["--reports-map", map.to_str().unwrap(), "apply"]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(world.maria.running().len(), left, "{owner}");
    }
    std::fs::write(&map, "application: rapporteket-smerter\n").unwrap();
    let output = world.run(&["--reports-map", map.to_str().unwrap(), "plan"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("no application `rapporteket-smerter`"), "{told}");
}
