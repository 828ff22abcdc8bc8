//! A database that is down, slow, or changed by others. The register never waits for it, and no work is forgotten.

use std::time::{Duration, Instant};

use portvakt_core::decide::Patience;
use portvakt_engine::reconcile::engine::Engine;
use rustix::process::Signal;

use super::world::{SETTLE, World, codes, whole};

const HERE: &str = r#"{"reshId": "100089", "userRole": "LU"}"#;
const HILDE: &str = "hilde.utkastli@example.test";

fn with_reports() -> Option<World> {
    let world = World::new()?;
    world.maria.report("own", "hilde.utkastli", HILDE, "subscription", HERE);
    let lc = r#"{"reshId": "100089", "userRole": "LC"}"#;
    world.maria.report("list", "lars.demostad", &format!("a@example.test,{HILDE}"), "dispatchment", lc);
    Some(world)
}

#[test]
fn down_while_somebody_leaves_and_back_later() {
    let Some(mut world) = with_reports() else { return };
    world.maria.down();
    world.remove("ahus/hilde.utkastli.yaml");
    let begun = Instant::now();
    let passed = world.apply();
    assert!(begun.elapsed() < Duration::from_secs(3) && passed.carried.failed.is_empty());
    assert!(world.is_closed("hilde.utkastli"), "the register waits for nobody");
    assert_eq!(codes(&passed), ["reports-unavailable", "reports-owed"]);
    assert_eq!(world.owed(), 1);
    // The failure is recorded once, and not at each try. `plan` shows it.
    world.apply();
    let failed = world.entries("reports-failed");
    assert_eq!((failed.len(), &failed[0]["failed"]), (1, &"unreachable".into()));
    let plan = world.run(&["plan"]);
    let told = String::from_utf8(plan.stdout).unwrap() + &String::from_utf8(plan.stderr).unwrap();
    assert_eq!(plan.status.code(), Some(5), "{told}");
    assert!(
        told.contains("reports-unavailable")
            && told.contains("hilde.utkastli: what an earlier pass left open"),
        "{told}"
    );
    // The work is not lost if the program starts without the option.
    let mut engine = Engine::open(world.root(), &world.store(), SETTLE, Patience::None).unwrap();
    let passed = whole(&mut engine);
    assert_eq!(codes(&passed), ["reports-owed"]);
    let told = format!("{:?}", passed.decided.findings);
    assert!(
        told.contains("the reports of 1 account in") && told.contains("`--reports` is not given"),
        "{told}"
    );
    drop(engine);

    world.maria.up();
    let passed = world.apply();
    assert!(codes(&passed).is_empty(), "{:?}", passed.carried.reports);
    assert_eq!(world.maria.running(), ["list"]);
    assert_eq!(world.maria.to("list"), "a@example.test", "the address was remembered for as long as it took");
    let entries = world.entries("reports");
    assert_eq!((entries.len(), &entries[0]["ended"], &entries[0]["addresses"]), (1, &1.into(), &2.into()));
    assert!(entries[0]["operations"][0].is_u64());
    assert_eq!(world.owed(), 0);
}

#[test]
fn a_database_that_takes_connections_and_says_nothing_holds_up_one_pass_and_no_other() {
    let Some(world) = with_reports() else { return };
    let mut engine = world.engine();
    whole(&mut engine);
    world.maria.signal(Signal::STOP);
    world.remove("ahus/hilde.utkastli.yaml");
    let begun = Instant::now();
    let passed = whole(&mut engine);
    assert!(
        begun.elapsed() < portvakt_stores::rapporteket::PATIENCE + Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert!(world.is_closed("hilde.utkastli") && codes(&passed).contains(&"reports-owed"));
    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    let begun = Instant::now();
    whole(&mut engine);
    assert!(begun.elapsed() < Duration::from_secs(2), "it is left alone for a while: {:?}", begun.elapsed());
    assert!(world.is_closed("guri.liksomdal"));
    world.maria.signal(Signal::CONT);
    // The same program, when it has let it rest.
    let end = Instant::now() + Duration::from_secs(30);
    while world.owed() > 0 {
        assert!(Instant::now() < end, "{}", world.owed());
        std::thread::sleep(Duration::from_millis(200));
        whole(&mut engine);
    }
    assert_eq!(
        (world.maria.running(), world.maria.to("list")),
        (vec!["list".to_owned()], "a@example.test".to_owned())
    );
}

#[test]
fn a_row_that_somebody_changes_meanwhile_is_read_again() {
    let Some(world) = with_reports() else { return };
    let settings = world.settings();
    let reports = portvakt_stores::rapporteket::Maria::new(&settings).unwrap();
    use portvakt_core::reports::{ReadReports as _, ReportRowChange, ReportsError, WriteReports as _};
    let today = super::world::today();
    let before = reports.rows(today).unwrap().into_iter().find(|row| row.name() == "list").unwrap();
    let change = ReportRowChange { after: before.without(HILDE, today), before };
    world
        .maria
        .sql("UPDATE autoreport SET email = 'A@example.test,hilde.utkastli@example.test' WHERE id = 'list'");
    assert_eq!(reports.change(&change), Err(ReportsError::Conflict("list".to_owned())));
    assert_eq!(
        world.maria.to("list"),
        format!("A@example.test,{HILDE}"),
        "nothing is overwritten, not even case"
    );
    world
        .maria
        .sql("UPDATE autoreport SET email = 'a@example.test,hilde.utkastli@example.test' WHERE id = 'list'");
    assert_eq!(reports.change(&change), Ok(()));
    assert_eq!(reports.change(&change), Ok(()), "doing it twice is doing it once");
    assert_eq!(world.maria.to("list"), "a@example.test");
}

#[test]
fn a_row_that_is_held_by_somebody_waits_and_the_rest_goes_on() {
    let Some(world) = with_reports() else { return };
    world.maria.report("of-guri", "guri.liksomdal", "x@example.test", "subscription", "{}");
    world.remove("ahus/hilde.utkastli.yaml");
    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    let held =
        world.maria.holding("SET autocommit = 0; SELECT * FROM autoreport WHERE id = 'own' FOR UPDATE");
    let passed = world.apply();
    assert!(passed.carried.failed.is_empty(), "{passed:?}");
    assert!(world.is_closed("hilde.utkastli") && world.is_closed("guri.liksomdal"));
    assert_eq!((world.owed(), codes(&passed)), (1, vec!["reports-owed"]));
    assert_eq!(world.maria.running(), ["list", "own"], "the rest goes on");
    world.maria.let_go(held);
    world.by_hand("UPDATE report_debt SET next = NULL");
    let passed = world.apply();
    assert!(codes(&passed).is_empty(), "{:?}", passed.carried.reports);
    assert_eq!(world.maria.running(), ["list"]);
    assert_eq!(world.owed(), 0);
}

#[test]
fn the_user_of_the_database_needs_no_more_than_the_page_says() {
    let Some(world) = with_reports() else { return };
    let grants = world.maria.sql("SHOW GRANTS FOR portvakt@'127.0.0.1'");
    assert!(
        grants.contains("GRANT SELECT, UPDATE ON `db_autoreport`.`autoreport`")
            && grants.lines().count() == 2
    );
    let page = std::fs::read_to_string(format!("{}/docs/stores.md", crate::ROOT)).unwrap();
    assert!(page.contains("GRANT SELECT, UPDATE ON db_autoreport.autoreport TO portvakt@"));
    // With fewer rights the failure is reported, and nothing in the register waits for it.
    world.maria.sql("REVOKE UPDATE ON autoreport FROM portvakt@'127.0.0.1'");
    world.remove("ahus/hilde.utkastli.yaml");
    let passed = world.apply();
    assert!(world.is_closed("hilde.utkastli"));
    assert_eq!(codes(&passed), ["reports-owed"]);
    let why = passed.carried.reports.failed[0].why.en().to_owned();
    assert!(why.contains("UPDATE command denied"), "{why}");
    world.maria.sql("GRANT SELECT, UPDATE ON autoreport TO portvakt@'127.0.0.1'");
    world.by_hand("UPDATE report_debt SET next = NULL");
    assert!(codes(&world.apply()).is_empty() && world.maria.running() == ["list"]);
    // A wrong password is told without saying it.
    std::fs::write(world.root().join("password"), "another-one").unwrap();
    let passed = world.apply();
    let told = format!("{:?}", passed.decided.findings);
    assert!(told.contains("Access denied") && !told.contains("another-one"), "{told}");
}

#[test]
fn what_is_owed_is_held_against_the_ledger() {
    for tampered in [
        "UPDATE report_debt SET address = 'a@example.test'",
        "UPDATE report_debt SET state = 'planned'",
        "DELETE FROM report_debt",
        "INSERT INTO report_debt (account, address, state, ends, takes, since)
             SELECT account, 'a@example.test', 'owed', '[]', '[]', since FROM report_debt",
    ] {
        let Some(world) = with_reports() else { return };
        world.maria.sql("REVOKE UPDATE ON autoreport FROM portvakt@'127.0.0.1'");
        world.remove("ahus/hilde.utkastli.yaml");
        let passed = world.apply();
        assert!(world.owed() == 1 && passed.carried.failed.is_empty(), "{passed:?}");
        world.by_hand(tampered);
        let left = world.owed();
        world.maria.sql("GRANT SELECT, UPDATE ON autoreport TO portvakt@'127.0.0.1'");
        world.by_hand("UPDATE report_debt SET next = NULL");
        for round in 0..2 {
            let passed = world.apply();
            let told = passed.decided.findings.iter().filter(|it| it.code.as_str() == "memory-differs");
            // A leaver whose debt is gone is found in the reports themselves, and is taken out of them by a debt of its own.
            let is_healed = round > 0 && tampered.starts_with("DELETE");
            assert_eq!(
                told.count(),
                usize::from(!is_healed),
                "{tampered} {round}: {:?}",
                passed.decided.findings
            );
            assert!(
                world.maria.to("list").contains("a@example.test"),
                "{tampered}: nobody else is taken out"
            );
        }
        // Work that is in the ledger is done. Other work stays for a person to look at.
        let done = i64::from(tampered.starts_with("INSERT"));
        assert_eq!(world.owed(), left - done, "{tampered}");
    }
}

fn openssl(folder: &std::path::Path, args: &str) {
    let output =
        std::process::Command::new("openssl").current_dir(folder).args(args.split(' ')).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// An authority, and a certificate of it for this host.
fn certificates(folder: &std::path::Path, authority: &str) {
    let curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        folder,
        &format!(
            "req -x509 {curve} -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.pem"
        ),
    );
    openssl(
        folder,
        &format!("req {curve} -subj /CN=reports -keyout {authority}-db.key -out {authority}-db.csr"),
    );
    std::fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl(
        folder,
        &format!(
            "x509 -req -days 2 -in {authority}-db.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -extfile \
             san -out {authority}-db.pem"
        ),
    );
}

#[test]
fn encrypted_means_checked_and_never_in_the_clear_instead() {
    let Some(mut world) = with_reports() else { return };
    let folder = world.root().to_owned();
    certificates(&folder, "right");
    certificates(&folder, "wrong");
    let read = |world: &World, authority: &str| {
        use portvakt_core::reports::ReadReports as _;
        let mut settings = world.settings();
        settings.authorities = Some(folder.join(format!("{authority}.pem")));
        portvakt_stores::rapporteket::Maria::new(&settings)
            .unwrap()
            .rows(super::world::today())
            .map(|rows| rows.len())
    };
    // A server that offers no encryption is not spoken to in the clear.
    let told = read(&world, "right").unwrap_err().to_string();
    assert!(told.contains("cannot be reached"), "{told}");
    world.maria.down();
    world.maria.more = ["ca=right.pem", "cert=right-db.pem", "key=right-db.key"]
        .map(|option| option.split_once('=').unwrap())
        .map(|(name, file)| format!("--ssl-{name}={}", folder.join(file).display()))
        .to_vec();
    world.maria.up();
    world.maria.sql("ALTER USER portvakt@'127.0.0.1' REQUIRE SSL");
    assert_eq!(read(&world, "right"), Ok(2));
    let told = read(&world, "wrong").unwrap_err().to_string();
    assert!(told.contains("cannot be reached"), "{told}");
}
