//! The real daemon, as a process, on a register behind a real service. It brings the register in step and takes access
//! away. It survives its own kill -9 and the end of the service.

use std::collections::BTreeMap;
use std::process::Command;

use portvakt_core::store::ReadStore as _;
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::open_register;
use portvakt_stores::scim::{Scim, ScimSettings};
use portvakt_stores::tables::Create;
use portvakt_test_bench::git;

use super::crash::people;
use super::fixture::Daemon;
use super::loopback::{Fault, Loopback};
use super::servers::Running;
use super::world::{Rights, World, held};

const LEAVER: (&str, &str) = ("unn/sara.fiktivsen.yaml", "sara.fiktivsen");

/// Returns the roles of all people, as the service tells them to another client. Nobody has two accounts, and a closed
/// account has no roles.
fn told_by(settings: &ScimSettings) -> Rights {
    // A list is in doubt while the daemon opens accounts. It is asked for again, and must be whole in the end.
    let listing = (0..50)
        .find_map(|_| {
            let listing = Scim::new(settings).unwrap().list().unwrap();
            if listing.incomplete.is_none() {
                return Some(listing);
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
            None
        })
        .expect("a whole list");
    let (mut rights, mut open) = (Rights::new(), BTreeMap::<String, usize>::new());
    for account in listing.accounts {
        let person = account.person.as_ref().unwrap().to_string();
        if account.active {
            *open.entry(person.clone()).or_default() += 1;
        } else {
            assert!(account.rights.is_empty() && account.email.is_none(), "{account:?}");
        }
        for right in account.rights.keys() {
            let value = format!("{}/{}/{}", right.application, right.unit, right.role);
            assert!(rights.insert((person.clone(), value)));
        }
    }
    assert!(open.values().all(|accounts| *accounts == 1), "{open:?}");
    rights
}

fn without(rights: &Rights, person: &str) -> Rights {
    rights.iter().filter(|(who, _)| who != person).cloned().collect()
}

fn settled(world: &World) {
    let memory = rusqlite::Connection::open(world.memory()).unwrap();
    for table in ["intent", "opening"] {
        let open: i64 =
            memory.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(open, 0, "{table}");
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
    program.env_clear().arg("--root").arg(world.root()).args(["--store", &world.place, "ledger", "verify"]);
    let output = program.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn it_comes_through_its_own_end_and_the_services() {
    let mut service = Running::own();
    let place = service.place();
    let world = World::accepted(&place);
    let should = world.should();
    let token = service.token();
    let start = || Daemon::start(world.root(), &["--store", &place, "--scim-token", token.to_str().unwrap()]);
    let there = |service: &Running| told_by(&service.settings);

    let daemon = start();
    daemon.until("the first pass", || there(&service) == should);
    std::fs::remove_file(world.file(LEAVER.0)).unwrap();
    let should = without(&should, LEAVER.1);
    daemon.until("somebody who has left", || there(&service) == should);

    // The service ends while people come. The daemon says so, and continues when it is there again.
    service.kill();
    people(&world, 150);
    let should = without(&world.should(), LEAVER.1);
    daemon.until("steps that fail", || {
        daemon.lines().iter().any(|line| line["failed"].as_u64().is_some_and(|failed| failed > 50))
    });
    service.again();
    daemon.until("some of them", || there(&service).len() > 60);
    daemon.kill();
    let so_far = there(&service);
    assert!(so_far.is_subset(&should), "{:?}", so_far.difference(&should));
    service.kill();
    service.again();

    let daemon = start();
    daemon.until("everybody", || there(&service) == should);
    assert_eq!(daemon.stop(), 0);
    settled(&world);
}

#[test]
fn it_is_killed_again_and_again_on_a_service_that_loses_answers() {
    let service = Loopback::start(&[Fault::AnswersLost, Fault::Throttles]);
    let world = World::accepted(&service.place());
    people(&world, 60);
    let should = world.should();
    let place = service.place();
    for goal in [15, 40, 70] {
        let daemon = Daemon::start(world.root(), &["--store", &place]);
        daemon.until("some", || service.shop.lock().unwrap().posts >= goal);
        daemon.kill();
        assert!(held(&service).is_subset(&should));
    }
    let daemon = Daemon::start(world.root(), &["--store", &place, "--full-every", "2s"]);
    daemon.until("everybody", || held(&service) == should);
    std::fs::remove_file(world.file(LEAVER.0)).unwrap();
    let should = without(&should, LEAVER.1);
    daemon.until("somebody who has left", || held(&service) == should);
    service.set(&[]);
    daemon.look();
    assert_eq!(held(&service), should);
    assert_eq!(daemon.stop(), 0);
    settled(&world);
}

#[test]
fn many_new_accounts_are_few_requests_where_the_service_offers_that() {
    let service = Loopback::start(&[Fault::Bulk]);
    let world = World::accepted(&service.place());
    people(&world, 200);
    let should = world.should();
    let daemon = Daemon::start(world.root(), &["--store", &service.place()]);
    daemon.until("everybody", || held(&service) == should);
    daemon.quiet();
    let log = service.shop.lock().unwrap().log.clone();
    let count = |what: &str| log.iter().filter(|line| line.starts_with(what)).count();
    let accounts = service.users().len();
    let bulk = count("POST /scim/v2/Bulk");
    assert!(bulk >= accounts / 6 && bulk < accounts / 4, "{bulk} requests for {accounts} accounts");
    let first = log.iter().position(|line| line.starts_with("POST /scim/v2/Bulk")).unwrap();
    let last = log.iter().rposition(|line| line.starts_with("POST /scim/v2/Bulk")).unwrap();
    let looks = log[first..last].iter().filter(|line| line.starts_with("GET /scim/v2/Users?")).count();
    assert!(looks > 0, "the first half is looked at while the second is asked for: {log:?}");
    assert_eq!(count("POST /scim/v2/Users"), 1, "one is tried, the rest follows together: {log:?}");
    assert!(log.len() < accounts, "{} requests for {accounts} accounts: {log:?}", log.len());
    assert_eq!(daemon.stop(), 0);
    settled(&world);
}

/// The accepted tree is that of a commit, as if the two had accepted it so.
fn accept_commit(world: &World, commit: &str) {
    let mut register = open_register(&world.memory(), Create::MustExist).unwrap();
    let tx = register.connection_mut().begin().unwrap();
    memory::set_accepted_commit(&tx, Some(commit)).unwrap();
    let body = serde_json::json!({ "parts": memory::part_digests(&tx).unwrap() });
    append(&tx, jiff::Timestamp::now(), EntryKind::Remembered, &body).unwrap();
    tx.commit().unwrap();
}

#[test]
fn commits_are_carried_out_in_a_register_elsewhere() {
    let service = Running::own();
    let (place, token) = (service.place(), service.token());
    let world = World::accepted(&place);
    let should = world.should();
    std::fs::write(world.root().join(".gitignore"), "var/\n").unwrap();
    git(world.root(), &["init", "-q", "-b", "main"]);
    let commit = || {
        git(world.root(), &["add", "-A", "."]);
        git(world.root(), &["commit", "-q", "-m", "state"]);
        git(world.root(), &["rev-parse", "HEAD"])
    };
    let tip = commit();
    accept_commit(&world, &tip);
    let token = token.to_str().unwrap();
    let daemon = Daemon::start(world.root(), &["--source", "git", "--store", &place, "--scim-token", token]);
    daemon.until("the first pass", || told_by(&service.settings) == should);

    // The change is in the folder and not committed, so nothing happens.
    let leaver = std::fs::read(world.file(LEAVER.0)).unwrap();
    std::fs::remove_file(world.file(LEAVER.0)).unwrap();
    daemon.quiet();
    assert_eq!(told_by(&service.settings), should);
    std::fs::write(world.file(LEAVER.0), leaver).unwrap();
    people(&world, 1);
    let came = commit();
    std::fs::remove_file(world.file(LEAVER.0)).unwrap();
    let tip = commit();
    let after = without(&should, LEAVER.1);
    daemon.until("both commits", || {
        let there = told_by(&service.settings);
        after.is_subset(&there) && there.len() == after.len() + 1
    });
    daemon.quiet();
    let memory = rusqlite::Connection::open(world.memory()).unwrap();
    let accepted: String =
        memory.query_row("SELECT value FROM mark WHERE key = 'source.commit'", [], |row| row.get(0)).unwrap();
    assert_eq!(accepted, tip);
    let entries: i64 = memory
        .query_row("SELECT count(*) FROM ledger WHERE body LIKE '%' || ?1 || '%'", [&came], |row| row.get(0))
        .unwrap();
    assert!(entries > 0, "the commit in between was judged by itself");
    assert_eq!(daemon.stop(), 0);
    settled(&world);
}
