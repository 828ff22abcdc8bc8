//! Who leaves, moves or is lowered gets no more reports; everybody else goes on getting theirs.

use super::world::{World, codes, whole};

const LU_AT_AHUS: &str = r#"{"reshId": "100089", "userRole": "LU"}"#;
const LC_AT_AHUS: &str = r#"{"reshId": "100089", "userRole": "LC"}"#;
const LU_AT_FONNA: &str = r#"{"reshId": "100084", "userRole": "LU"}"#;

#[test]
fn the_reports_of_who_leaves_end_and_the_address_goes_everywhere() {
    let Some(world) = World::new() else { return };
    let (hilde, lars) = ("hilde.utkastli@example.test", "lars.demostad@example.test");
    world.maria.report("own", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("own-bulletin", "hilde.utkastli", lars, "bulletin", LU_AT_AHUS);
    world.maria.report("of-lars", "lars.demostad", lars, "subscription", LC_AT_AHUS);
    world.maria.report("alone", "lars.demostad", hilde, "dispatchment", LC_AT_AHUS);
    world.maria.report("comma", "lars.demostad", &format!("{lars}, {hilde}"), "dispatchment", LC_AT_AHUS);
    world.maria.report(
        "json",
        "lars.demostad",
        &format!(r#"["{hilde}","{lars}"]"#),
        "dispatchment",
        LC_AT_AHUS,
    );
    world.maria.report(
        "semicolon",
        "lars.demostad",
        &format!("Hilde <{hilde}>; {lars}"),
        "dispatchment",
        LC_AT_AHUS,
    );
    let before = world.apply();
    assert!(before.decided.is_quiet() && codes(&before).is_empty(), "{:?}", before.decided.findings);
    assert_eq!(world.maria.running().len(), 7);

    world.remove("ahus/hilde.utkastli.yaml");
    let passed = world.apply();
    assert!(passed.carried.failed.is_empty() && passed.carried.reports.failed.is_empty(), "{passed:?}");
    assert!(world.is_closed("hilde.utkastli"));
    assert_eq!(world.maria.running(), ["comma", "json", "of-lars", "semicolon"]);
    assert_eq!(world.maria.to("comma"), lars);
    assert_eq!(world.maria.to("json"), format!(r#"["{lars}"]"#));
    assert_eq!(world.maria.to("semicolon"), lars);
    assert_eq!(world.maria.sql("SELECT count(*) FROM autoreport WHERE email LIKE '%hilde%'"), "0");
    let yesterday = super::world::today().yesterday().unwrap().to_string();
    assert_eq!(
        world.maria.sql("SELECT DISTINCT terminateDate FROM autoreport WHERE id LIKE 'own%'"),
        yesterday
    );

    // One operation: the entry names that of the closing, and nothing personal.
    let entries = world.entries("reports");
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!((&entries[0]["ended"], &entries[0]["addresses"]), (&3.into(), &5.into()));
    let operation = entries[0]["operations"][0].as_i64().unwrap();
    let closing: String =
        world.ask(&format!("SELECT kind || ' ' || body FROM ledger WHERE seq = {operation}"));
    assert!(closing.starts_with("step ") && closing.contains("\"closed\":true"), "{closing}");
    let ledger: i64 =
        world.ask("SELECT count(*) FROM ledger WHERE body LIKE '%example.test%' OR body LIKE '%hilde%'");
    assert_eq!((ledger, world.owed()), (0, 0), "the address is remembered nowhere");
    let again = world.apply();
    assert!(again.decided.is_quiet() && world.entries("reports").len() == 1);
}

#[test]
fn who_keeps_another_right_keeps_the_reports_of_that_one() {
    let Some(world) = World::new() else { return };
    let (hilde, leif) = ("hilde.utkastli@example.test", "leif.utkastli@example.test");
    world.maria.report("here", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("other-unit", "hilde.utkastli", hilde, "subscription", LU_AT_FONNA);
    world.maria.report("higher", "hilde.utkastli", hilde, "dispatchment", LC_AT_AHUS);
    world.maria.report("lower", "leif.utkastli", leif, "subscription", LU_AT_FONNA);
    world.maria.report("leif-at-ahus", "leif.utkastli", leif, "subscription", LC_AT_AHUS);
    world.apply();
    assert_eq!(
        world.maria.running(),
        ["here", "lower"],
        "an LC has what an LU has; no other way, and no other unit"
    );
    assert_eq!(world.maria.to("other-unit"), hilde, "who has access keeps the address");
    // They lost something: it counts against the budget, once.
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM budget"), 2);
    assert_eq!(world.entries("reports").len(), 2);

    // Access in the other application alone gives no reports.
    world.revoke("ahus/hilde.utkastli.yaml", "rapporteket-smerte", "anne.fiktivsen");
    world.apply();
    assert_eq!(world.maria.running(), ["lower"]);
    let open: bool = world.ask("SELECT active FROM account WHERE person = 'hilde.utkastli'");
    assert!(open, "the account goes on");
}

#[test]
fn an_address_that_somebody_else_still_uses_stays() {
    let Some(world) = World::new() else { return };
    let shared = "post.ahus@example.test";
    world.by_hand(&format!(
        "UPDATE account SET email = '{shared}' WHERE person IN ('hilde.utkastli', 'lars.demostad')"
    ));
    world.maria.report("to-both", "anne.fiktivsen", shared, "dispatchment", LC_AT_AHUS);
    let mut engine = world.engine();
    whole(&mut engine);
    world.remove("ahus/hilde.utkastli.yaml");
    // A pass over one file asks who else there is before an address goes.
    let small = |engine: &mut portvakt::reconcile::engine::Engine| {
        let reach = portvakt::reconcile::engine::Reach::Changes;
        let passed =
            engine.pass(reach, jiff::Timestamp::now(), std::time::Instant::now(), |_, _| {}).unwrap();
        assert!(!passed.decided.whole);
    };
    small(&mut engine);
    assert!(world.is_closed("hilde.utkastli"));
    assert_eq!(world.maria.running(), ["to-both"]);
    world.remove("ahus/lars.demostad.yaml");
    small(&mut engine);
    assert!(world.is_closed("lars.demostad"));
    assert_eq!(world.maria.reports(), [("to-both".to_owned(), false, String::new())]);
}

#[test]
fn two_who_leave_on_one_day_are_both_taken_out_of_one_list() {
    let Some(world) = World::new() else { return };
    let [hilde, guri, anne] =
        ["hilde.utkastli", "guri.liksomdal", "anne.fiktivsen"].map(|id| format!("{id}@example.test"));
    world.maria.report(
        "list",
        "anne.fiktivsen",
        &format!("{hilde},{anne},{guri}"),
        "dispatchment",
        LC_AT_AHUS,
    );
    world.maria.report("of-hilde", "hilde.utkastli", &guri, "dispatchment", LU_AT_AHUS);
    world.remove("ahus/hilde.utkastli.yaml");
    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    let passed = world.apply();
    assert!(passed.carried.reports.failed.is_empty(), "{:?}", passed.carried.reports);
    assert_eq!(world.maria.to("list"), anne);
    assert_eq!(world.maria.reports()[1], ("of-hilde".to_owned(), false, String::new()));
    assert_eq!(world.entries("reports").len(), 2);
}

#[test]
fn too_many_at_once_are_held_like_every_removal() {
    let Some(world) = World::new() else { return };
    for person in ["hilde.utkastli", "guri.liksomdal", "vilde.liksomdal", "leif.utkastli"] {
        world.maria.report(
            person,
            person,
            "x@example.test",
            "subscription",
            r#"{"reshId": "1", "role": "LU"}"#,
        );
    }
    let passed = world.apply();
    assert_eq!(world.maria.running().len(), 4, "the budget is three");
    let held: Vec<_> = passed.decided.held_removals.iter().collect();
    assert_eq!((held.len(), held[0].people.len()), (1, 4), "{held:?}");
    assert_eq!(world.owed(), 0);
}
