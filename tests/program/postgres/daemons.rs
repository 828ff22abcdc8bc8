//! Two daemons on one database. One writes and the other waits. Daemons are killed or stopped in the middle of a
//! thousand revocations. Each revocation is written once, and none is forgotten.

use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portvakt_database::{Hold, Lease};
use rustix::process::Signal;

use super::cluster::{Database, ROLE};
use super::world::{World, pass, tomorrow};
use crate::running;

const DEADLINE: Duration = Duration::from_secs(90);

pub struct Daemon {
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    pub fn start(world: &World, more: &[&str]) -> Self {
        Self::start_at(world, &world.database.url(ROLE), more)
    }

    /// The same, by another address of the database.
    pub fn start_at(world: &World, store: &str, more: &[&str]) -> Self {
        let mut words = vec!["daemon", "--listen", "127.0.0.1:0", "--settle", "20ms", "--grace", "400ms"];
        words.extend(["--full-every", "1h", "--log-format", "json"]);
        words.extend(more);
        let mut child = world.program_at(store, &words).spawn().unwrap();
        let (log, address) = (running::log(&mut child), running::address(&mut child));
        let daemon = Self { child, address, log };
        assert!(!daemon.address.is_empty(), "no address\n{}", daemon.log());
        daemon
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    pub fn until(&self, what: &str, mut is: impl FnMut() -> bool) {
        let end = Instant::now() + DEADLINE;
        while !is() {
            assert!(Instant::now() < end, "waited in vain: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn until_says(&self, words: &str) {
        self.until(words, || self.log().contains(words));
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        running::get(&self.address, path)
    }

    fn signal(&self, signal: Signal) {
        running::signal(&self.child, signal).unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            let _ended = self.child.wait();
        }
    }
}

const MANY: i64 = 1000;

/// A thousand people with access that ends today, in force.
fn thousand() -> Option<World> {
    let world = World::accepted(usize::try_from(MANY).unwrap())?;
    let passed = pass(&mut world.engine()).unwrap();
    assert!(passed.carried.failed.is_empty() && passed.carried.done >= 1000, "{:?}", passed.carried.failed);
    assert_eq!(open(&world), MANY);
    Some(world)
}

fn open(world: &World) -> i64 {
    world.number("SELECT count(*) FROM account WHERE active = 1 AND person LIKE 'mange.%'")
}

/// Checks that one entry of the ledger closed each account, and that the chain holds.
fn each_once(world: &World) {
    let closed = "SELECT body::json ->> 'account' AS account FROM ledger
                  WHERE kind = 'step' AND (body::json ->> 'closed') = 'true'";
    assert_eq!(world.number(&format!("SELECT count(*) FROM ({closed}) AS closed")), MANY);
    assert_eq!(world.number(&format!("SELECT count(DISTINCT account) FROM ({closed}) AS closed")), MANY);
    assert_eq!(world.number("SELECT count(*) FROM access WHERE ended IS NULL AND unit = 100089 AND request LIKE 'REQ-%' AND account IN (SELECT id FROM account WHERE person LIKE 'mange.%')"), 0);
    assert_eq!(
        world.number("SELECT count(*) FROM standing WHERE person LIKE 'mange.%' AND ended IS NULL"),
        0
    );
    let (code, told) = world.run(&["ledger", "verify"]);
    assert_eq!(code, 0, "{told}");
}

/// A leader in the middle of a thousand revocations, and another one that waits.
fn in_the_middle(world: &World) -> (Daemon, Daemon) {
    let now = tomorrow();
    let standby_after = |leader: &Daemon| {
        leader.until_says("leading");
        let standby = Daemon::start(world, &["--now", &now]);
        standby.until_says("standby");
        standby
    };
    let leader = Daemon::start(world, &["--now", &now]);
    let standby = standby_after(&leader);
    leader.until("some are revoked", || open(world) < MANY);
    (leader, standby)
}

#[test]
fn a_leader_killed_among_a_thousand_revocations_leaves_none_twice_and_none_forgotten() {
    let Some(world) = thousand() else { return };
    let (mut leader, standby) = in_the_middle(&world);
    leader.child.kill().unwrap();
    leader.child.wait().unwrap();
    let (left, killed) = (open(&world), Instant::now());
    assert!(left > 0 && left < MANY, "killed too late or too early: {left}");
    standby.until_says("leading");
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(15), "taken over in seconds, not in {took:?}");
    standby.until("the rest", || open(&world) == 0);
    standby.until("the end of the pass", || standby.get("/readyz").0 == 200);
    each_once(&world);
}

#[test]
fn a_leader_stopped_and_continued_writes_nothing_more() {
    let Some(world) = thousand() else { return };
    let (leader, standby) = in_the_middle(&world);
    leader.signal(Signal::STOP);
    let (left, stopped) = (open(&world), Instant::now());
    assert!(left > 0, "stopped too late");
    standby.until_says("leading");
    let took = stopped.elapsed();
    assert!(took < Duration::from_secs(20), "taken over in seconds, not in {took:?}");
    standby.until("the rest", || open(&world) == 0);
    standby.until("the end of the pass", || standby.get("/readyz").0 == 200);
    let entries = world.number("SELECT count(*) FROM ledger");
    leader.signal(Signal::CONT);
    leader.until_says("standby");
    // Its pass has ended, and it makes no other.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(world.number("SELECT count(*) FROM ledger"), entries, "{}", leader.log());
    let page = leader.get("/").1;
    assert!(page.contains("this one is standby"), "{page}");
    assert!(leader.get("/metrics").1.contains("portvakt_leading 0"));
    assert!(standby.get("/metrics").1.contains("portvakt_leading 1"));
    each_once(&world);
}

#[test]
fn a_standby_reads_nothing_and_a_leader_that_ends_gives_the_lease_back() {
    let Some(world) = World::accepted(1) else { return };
    let leader = Daemon::start(&world, &[]);
    leader.until("ready", || leader.get("/readyz").0 == 200);
    let standby = Daemon::start(&world, &[]);
    standby.until_says("standby");
    assert_eq!(standby.get("/readyz").0, 200, "another one does the work");
    std::fs::write(world.file("ahus/mange.nr7.yaml"), super::world::person(7, None)).unwrap();
    leader.until("the newcomer", || {
        world.number("SELECT count(*) FROM account WHERE person = 'mange.nr7'") == 1
    });
    std::thread::sleep(Duration::from_secs(1));
    assert!(leader.log().contains("took_ms"), "what a pass leaves in the log: {}", leader.log());
    assert!(!standby.log().contains("took_ms"), "no pass: {}", standby.log());
    // One that is run once has no business beside them, and an operator has.
    let (code, told) = world.run(&["apply"]);
    assert!(code == 5 && told.contains("another portvakt"), "{code} {told}");
    let day = super::world::today().to_string();
    let (code, told) = world.run(&["confirm-date", &day, "--by", "bjorn.lederesen"]);
    assert_eq!(code, 0, "{told}");
    leader.signal(Signal::TERM);
    let ended = Instant::now();
    standby.until_says("leading");
    assert!(ended.elapsed() < Duration::from_secs(5), "{:?}", ended.elapsed());
}

#[test]
fn a_connection_that_is_cut_is_made_anew_and_what_was_missed_is_done() {
    let Some(world) = World::accepted(1) else { return };
    let daemon = Daemon::start(&world, &[]);
    daemon.until("ready", || daemon.get("/readyz").0 == 200);
    for number in 20..23 {
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE application_name = 'portvakt' AND datname = current_database()";
        assert!(world.database.client(ROLE).query_one(cut, &[]).unwrap().get::<_, i64>(0) >= 1);
        std::fs::write(
            world.file(&format!("ahus/mange.nr{number}.yaml")),
            super::world::person(number, None),
        )
        .unwrap();
        let there = format!("SELECT count(*) FROM account WHERE person = 'mange.nr{number}'");
        daemon.until("the newcomer", || world.number(&there) == 1);
    }
    daemon.until("ready again", || daemon.get("/readyz").0 == 200);
    // A change by hand in another connection is seen and corrected.
    let by_hand = "UPDATE access SET ended = granted WHERE account =
                   (SELECT id FROM account WHERE person = 'mange.nr20')";
    assert_eq!(world.database.client(ROLE).execute(by_hand, &[]).unwrap(), 1);
    let again = "SELECT count(*) FROM access JOIN account ON account.id = access.account
                 WHERE person = 'mange.nr20' AND ended IS NULL";
    daemon.until("the right is given back", || world.number(again) == 1);
}

#[test]
fn what_is_written_under_a_lease_that_was_lost_is_refused() {
    let Some(database) = Database::new() else { return };
    let server = database.server(ROLE);
    let lease = Lease::take(&server).unwrap();
    let Hold::Leading { epoch, .. } = lease.hold() else { panic!("{:?}", lease.hold()) };
    let mut connection = server.connect().unwrap();
    connection.write_under(Some(epoch));
    connection.begin().unwrap().commit().unwrap();
    let taken = Lease::take(&server).unwrap_err().to_string();
    assert!(taken.contains("process"), "{taken}");

    // Begun before it was lost, ended after: nobody can take it over meanwhile.
    let transaction = connection.begin().unwrap();
    transaction.execute("INSERT INTO mark (key, value) VALUES ('while', 'leading')", []).unwrap();
    let mut thief = database.client(ROLE);
    let steal = "SET lock_timeout = '300ms'; UPDATE lease SET epoch = epoch + 1";
    assert!(thief.batch_execute(steal).unwrap_err().to_string().contains("db error"));
    transaction.commit().unwrap();

    thief.batch_execute(steal).unwrap();
    let error = connection.begin().unwrap_err();
    assert!(matches!(error, portvakt_database::Error::LeaseLost), "{error:?}");
    // An operator's command waits for its turn and needs no lease.
    connection.write_under(None);
    connection.begin().unwrap().commit().unwrap();
}
