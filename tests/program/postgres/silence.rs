//! A database that says nothing while its connections stay up, and one that was restarted a moment ago.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portvakt_database::{Lease, Server};

use super::cluster::{Database, ROLE};
use super::daemons::Daemon;
use super::world::World;

/// Something on the way that hands everything on until it is told to be still.
pub struct Between {
    port: u16,
    still: Arc<AtomicBool>,
}

impl Between {
    fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let still = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&still);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                for (from, to) in
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
                {
                    let still = Arc::clone(&told);
                    std::thread::spawn(move || hand_on(from, to, &still));
                }
            }
        });
        Self { port, still }
    }

    fn is_still(&self, still: bool) {
        self.still.store(still, Ordering::SeqCst);
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, still: &AtomicBool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut bytes) {
        while still.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(20));
        }
        if count == 0 || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _either_way = to.shutdown(Shutdown::Both);
}

fn through(between: &Between, database: &Database) -> Server {
    let url = database.url(ROLE);
    let (before, after) = url.rsplit_once(':').unwrap();
    let name = after.split_once('/').unwrap().1;
    let address = format!("{before}:{}/{name}", between.port).parse().unwrap();
    Server { address, password: Some(database.password()), authorities: None }
}

fn port(database: &Database) -> u16 {
    let url = database.url(ROLE);
    url.rsplit_once(':').unwrap().1.split_once('/').unwrap().0.parse().unwrap()
}

#[test]
fn a_statement_that_is_not_answered_fails_and_so_does_the_connection() {
    let Some(database) = Database::new() else { return };
    let between = Between::start(port(&database));
    let mut connection = through(&between, &database).connect().unwrap();
    connection.bear(Duration::from_secs(1));
    let one = "SELECT 1::bigint";
    assert_eq!(connection.query_row(one, [], |row| row.get::<i64>(0)).unwrap(), 1);
    // An answer that takes long and shows that it is on its way is waited for.
    let slow = "SELECT count(*) FROM (SELECT pg_sleep(0.3), generate_series(1, 2)) AS slow";
    connection.query_row(slow, [], |row| row.get::<i64>(0)).unwrap();
    between.is_still(true);
    let begun = Instant::now();
    let told = connection.query_row(one, [], |row| row.get::<i64>(0)).unwrap_err().to_string();
    assert!(told.contains("said nothing for 1 s") && connection.is_closed(), "{told}");
    assert!(connection.begin().is_err(), "it is not used again");
    drop(connection);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let begun = Instant::now();
    assert!(through(&between, &database).connect().is_err(), "neither is a log-in waited for");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn a_lease_behind_a_silent_database_ends_by_its_own_time() {
    let Some(database) = Database::new() else { return };
    let between = Between::start(port(&database));
    let lease = Lease::wait(&through(&between, &database)).unwrap();
    let until = |leads: bool, limit: u64| {
        let end = Instant::now() + Duration::from_secs(limit);
        while lease.hold().epoch().is_some() != leads {
            assert!(Instant::now() < end, "{:?}", lease.hold());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until(true, 10);
    between.is_still(true);
    until(false, 8);
    between.is_still(false);
    until(true, 30);
}

#[test]
fn a_leader_behind_a_silent_database_says_that_it_does_not_lead() {
    let Some(world) = World::accepted(1) else { return };
    let between = Between::start(port(&world.database));
    let store = through(&between, &world.database).address.to_string();
    let leader = Daemon::start_at(&world, &store, &[]);
    leader.until("ready", || leader.get("/readyz").0 == 200);
    between.is_still(true);
    let begun = Instant::now();
    leader.until("lost", || leader.get("/readyz").1.contains("does not say who writes"));
    assert!(begun.elapsed() < Duration::from_secs(14), "{:?}", begun.elapsed());
    assert!(leader.get("/metrics").1.contains("portvakt_leading 0"));
    between.is_still(false);
    leader.until("ready again", || leader.get("/readyz").0 == 200);
}

#[test]
fn a_lease_is_given_back_after_the_database_was_restarted() {
    let Some(database) = Database::new() else { return };
    let between = Between::start(port(&database));
    let lease = Lease::take(&through(&between, &database)).unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'portvakt' AND datname = current_database()";
    assert_eq!(database.client(ROLE).query_one(cut, &[]).unwrap().get::<_, i64>(0), 1);
    drop(lease);
    let free = "SELECT count(*) FROM lease WHERE until < clock_timestamp()";
    assert_eq!(database.client(ROLE).query_one(free, &[]).unwrap().get::<_, i64>(0), 1);
}
