//! A plan of two hundred steps is killed in the middle again and again. Nobody gets two accounts, and nobody is
//! forgotten. If a crash comes between an effect and the record of its outcome, the next pass reads the register to
//! find the outcome.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portvakt_core::diag::Code;

use super::loopback::{Fault, Loopback};
use super::world::{World, held, pass};

fn portvakt(world: &World, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
    program.env_clear().arg("--root").arg(world.root()).args(["--store", &world.place, command]);
    // The program uses no proxy for requests to the register.
    program.envs(
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, "http://127.0.0.1:1")),
    );
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn open_intents(world: &World) -> i64 {
    let memory = rusqlite::Connection::open(world.memory()).unwrap();
    memory.query_row("SELECT count(*) FROM intent", [], |row| row.get(0)).unwrap()
}

/// More people for one trust, each approved by one of its coordinators.
pub fn people(world: &World, count: usize) {
    let today = jiff::Timestamp::now().in_tz("Europe/Oslo").unwrap().date();
    for number in 0..count {
        let id = format!("mange.nr{number}");
        let text = format!(
            "person: {id}\nname: Mange Nr{number}\nemployer: ahus\nstaff: health\naccess:\n  - application: \
             smerteregisteret\n    unit: 100089\n    role: LU\n    from: {today}\n    request: REQ-{number}\n    \
             approved:\n      by: lars.demostad\n      on: {today}\n      identity: known\n"
        );
        std::fs::write(world.file(&format!("ahus/{id}.yaml")), text).unwrap();
    }
}

#[test]
fn killed_in_the_middle_of_two_hundred_steps() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    people(&world, 200);
    let should = world.should();
    assert!(should.len() > 230, "{}", should.len());
    for goal in [40, 90, 150] {
        let mut child = portvakt(&world, "apply").spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while service.shop.lock().unwrap().posts < goal {
            assert!(Instant::now() < end && child.try_wait().unwrap().is_none(), "it is over before {goal}");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(held(&service).is_subset(&should));
        let before = open_intents(&world);
        assert!(before > 0);
        let told = portvakt(&world, "plan").output().unwrap();
        let said = String::from_utf8(told.stderr).unwrap();
        assert!(
            said.contains("an earlier pass was cut off, or an answer to it was lost")
                && said.contains(&format!("has done {before} step")),
            "{said}"
        );
        assert_eq!(open_intents(&world), before, "a plan settles nothing");
    }
    let output = portvakt(&world, "apply").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(held(&service), should);
    let posts = service.shop.lock().unwrap().posts;
    assert_eq!(posts, service.users().len() as u64, "nobody was asked for twice");
    assert_eq!(open_intents(&world), 0, "what was cut off is settled");
    let output = portvakt(&world, "plan").output().unwrap();
    assert!(output.status.success(), "nothing is left to do: {output:?}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("cut off"), "{output:?}");
    let output = portvakt(&world, "ledger").arg("verify").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn what_was_begun_before_is_looked_for_once_and_not_account_by_account() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    people(&world, 100);
    let should = world.should();
    let mut child = portvakt(&world, "apply").spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while service.shop.lock().unwrap().posts < 5 {
        assert!(Instant::now() < deadline, "nothing is opened");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(open_intents(&world) > 0, "killed too late: nothing was under way");
    service.shop.lock().unwrap().log.clear();
    assert!(portvakt(&world, "apply").output().unwrap().status.success());
    assert_eq!(held(&service), should);
    let log = service.shop.lock().unwrap().log.clone();
    let pages = log.iter().filter(|line| line.contains("/Users?")).count();
    assert!(pages < 30, "{pages} pages of lists for a hundred accounts");
}

#[test]
fn what_was_done_and_not_recorded_is_recorded_when_it_is_seen() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let should = world.should();
    service.set(&[Fault::GoesAway]);
    let mut engine = world.engine();
    let gone = pass(&mut engine);
    assert!(!gone.is_ok_and(|passed| passed.carried.failed.is_empty()));
    assert_eq!(service.users().len(), 1);
    assert!(open_intents(&world) > 0, "what was done is known not to have been recorded");
    service.set(&[]);
    pass(&mut engine).unwrap();
    assert_eq!(held(&service), should);
    let conn = engine.register().connection();
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM intent"), 0);
    assert_eq!(count("SELECT count(*) FROM opening"), 0);
    assert_eq!(
        count(
            "SELECT count(*) FROM standing WHERE given IS NULL AND ended IS NULL AND from_day <= date('now')"
        ),
        0
    );
}

#[test]
fn what_was_asked_for_is_held_against_the_ledger_before_it_is_settled() {
    for tampered in [
        "DELETE FROM opening",
        "DELETE FROM intent",
        "UPDATE opening SET opening = 'x' || opening",
        "UPDATE opening SET person = 'ond.testesen' WHERE person = (SELECT min(person) FROM opening)",
        "INSERT INTO opening (person, opening, since) VALUES ('ond.testesen', 'x', '2026-01-01T00:00:00Z')",
        "UPDATE intent SET day = '2020-01-01'",
        "UPDATE mark SET value = 'x' WHERE key = 'asked.salt'",
    ] {
        let service = Loopback::start(&[Fault::GoesAway]);
        let world = World::accepted(&service.place());
        let gone = pass(&mut world.engine());
        assert!(!gone.is_ok_and(|passed| passed.carried.failed.is_empty()));
        assert!(open_intents(&world) > 0);
        service.set(&[]);
        let (users, posts) = (service.users(), service.shop.lock().unwrap().posts);
        let accounts = "SELECT count(*) FROM person_account";
        let owned = |world: &World| -> i64 {
            let memory = rusqlite::Connection::open(world.memory()).unwrap();
            memory.query_row(accounts, [], |row| row.get(0)).unwrap()
        };
        let before = owned(&world);
        rusqlite::Connection::open(world.memory()).unwrap().execute_batch(tampered).unwrap();
        for _ in 0..2 {
            let passed = pass(&mut world.engine()).unwrap();
            let differs =
                passed.decided.findings.iter().filter(|finding| finding.code == Code::MemoryDiffers);
            assert_eq!(differs.count(), 1, "{tampered}: {:#?}", passed.decided.findings);
            assert_eq!(service.shop.lock().unwrap().posts, posts, "{tampered}: nobody is given anything");
            assert_eq!(service.users(), users, "{tampered}");
            assert_eq!(owned(&world), before, "{tampered}: nothing is settled");
        }
    }
}
