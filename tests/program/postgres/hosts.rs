//! Several servers in one address: which of them is taken, what is told of the others, and what follows when a standby
//! server takes over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portvakt_core::store::StoreError;
use portvakt_database::{Connection, Error, Hold, Lease, Server, ServerAddress, Site, turn};
use portvakt_engine::reconcile::engine::open_register;
use portvakt_stores::tables::{Create, Reader};

use super::cluster::{Cluster, Database, PASSWORD, ROLE, free_port};
use super::daemons::Daemon;
use super::world::World;

fn server(database: &Database, url: &str) -> Server {
    let address = url.parse::<ServerAddress>().unwrap_or_else(|why| panic!("{url}: {why}"));
    Server { address, password: Some(database.password()), authorities: None }
}

fn on(server: &Server) -> Site {
    Site::Server(Box::new(server.clone()))
}

fn why<T: std::fmt::Debug, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(done) => panic!("{done:?}"),
        Err(error) => error.to_string(),
    }
}

fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn port_of(connection: &Connection) -> i64 {
    connection.query_row("SELECT inet_server_port()::bigint", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_server_that_is_down_is_passed_over_in_every_way_to_write_the_address() {
    let Some(database) = Database::new() else { return };
    let (name, port) = database.place();
    let down = free_port();
    for url in [
        format!("postgres://{ROLE}@127.0.0.1:{down},127.0.0.1:{port}/{name}"),
        format!("postgres://{ROLE}@[::1]:{down},127.0.0.1:{port}/{name}?target_session_attrs=read-write"),
        format!("postgres://{ROLE}@127.0.0.1,127.0.0.1/{name}?port={down},{port}"),
        format!("postgres://{ROLE}@/{name}?host=127.0.0.1,localhost&port={down},{port}"),
        format!("postgres://{ROLE}@/{name}?host=%2Fnowhere%2C127.0.0.1&port={port}"),
        format!("host=127.0.0.1,127.0.0.1 port={down},{port} user={ROLE} dbname={name}"),
    ] {
        let server = server(&database, &url);
        for connection in [server.connect(), server.connect_to_write()] {
            let connection = connection.unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!(port_of(&connection), i64::from(port), "{url}");
            let used = connection.server().unwrap_or_default();
            assert!(used.ends_with(&format!(":{port}")), "{url}: {used}");
        }
    }
    // Nobody needs to be told which one it is where there is one.
    assert_eq!(database.server(ROLE).connect_to_write().unwrap().server(), None);
}

#[test]
fn where_none_answers_each_is_named_with_its_reason_and_no_secret() {
    let Some(database) = Database::new() else { return };
    let (one, two) = (free_port(), free_port());
    let none = server(&database, &format!("postgres://{ROLE}@127.0.0.1:{one},localhost:{two}/register"));
    for told in [why(Reader::open(on(&none))), why(open_register(on(&none), Create::IfMissing))] {
        assert!(told.contains("cannot be reached"), "{told}");
        assert!(told.contains(&format!("`127.0.0.1:{one}`: ")), "{told}");
        assert!(told.contains(&format!("; `localhost:{two}`: ")), "{told}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
    // An address that is never contacted is not passed over.
    let (name, port) = database.place();
    let refused = server(&database, &format!("postgres://{ROLE}@2852039166,127.0.0.1:{port}/{name}"));
    let told = why(refused.connect());
    assert!(told.starts_with("`2852039166:5432`: ") && !told.contains("127.0.0.1"), "{told}");
}

#[test]
fn a_password_may_hold_any_character_and_a_wrong_one_is_tried_once() {
    let Some(database) = Database::new() else { return };
    let word = "p@ss:w/o?r#d,%41'\"&=æ";
    let quoted = word.replace('\'', "''");
    let make = format!("CREATE ROLE besynderlig LOGIN PASSWORD '{quoted}'");
    database.client("chief").batch_execute(&make).unwrap();
    let (name, port) = database.place();
    let down = free_port();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("password");
    let address = format!("postgres://besynderlig@127.0.0.1:{down},127.0.0.1:{port},localhost:{port}/{name}");
    let mut several = server(&database, &address);
    several.password = Some(file.clone());
    portvakt_test_bench::secret(&file, &format!("{word}\n"));
    assert_eq!(port_of(&several.connect().unwrap()), i64::from(port));
    portvakt_test_bench::secret(&file, "another one\n");
    let told = why(several.connect_to_write());
    assert!(told.contains(&format!("; `127.0.0.1:{port}`: ")) && told.contains("password"), "{told}");
    assert!(!told.contains("localhost") && !told.contains("another one"), "{told}");
}

#[test]
fn each_server_is_spoken_to_as_its_own_host_asks() {
    let Some(database) = Database::new() else { return };
    let (name, port) = database.place();
    let down = free_port();
    let tls = "SELECT coalesce(version, 'in the clear') FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    for (first, then, version) in [
        ("LOCALHOST", "LOCALHOST", "TLSv1.3"),
        ("127.0.0.1", "LOCALHOST", "TLSv1.3"),
        ("LOCALHOST", "127.0.0.1", "in the clear"),
    ] {
        let mut server = database.over_tls(Some("server.pem"));
        server.address = format!("postgres://{ROLE}@{first}:{down},{then}:{port}/{name}").parse().unwrap();
        let connection = server.connect().unwrap();
        assert_eq!(
            connection.query_row(tls, [], |row| row.get::<String>(0)).unwrap(),
            version,
            "{first} {then}"
        );
    }
}

#[test]
fn what_writes_passes_a_standby_over_and_follows_it_when_it_takes_over() {
    let Some(main) = Cluster::alone() else { return };
    let database = Database::on(&main);
    let standby = Arc::new(main.standby());
    let (name, _) = database.place();
    let in_order = |one: u16, two: u16| {
        server(&database, &format!("postgres://{ROLE}@127.0.0.1:{one},127.0.0.1:{two}/{name}"))
    };
    let called = |port: u16| Some(format!("127.0.0.1:{port}"));

    let standby_first = in_order(standby.port, main.port);
    assert_eq!(port_of(&standby_first.connect().unwrap()), i64::from(standby.port));
    let writes = standby_first.connect_to_write().unwrap();
    assert_eq!(
        (writes.server().map(str::to_owned), port_of(&writes)),
        (called(main.port), i64::from(main.port))
    );
    drop((
        Reader::open(on(&standby_first)).unwrap(),
        open_register(on(&standby_first), Create::IfMissing).unwrap(),
    ));
    // What is read to be written upon is read where it is written.
    let newest = Reader::open_before_writing(on(&standby_first)).unwrap();
    assert_eq!(port_of(newest.connection()), i64::from(main.port));
    assert!(why(newest.connection().execute("DELETE FROM mark", [])).contains("read-only transaction"));
    let down = free_port();
    let told = why(open_register(on(&in_order(down, standby.port)), Create::IfMissing));
    let of_standby = format!("; `127.0.0.1:{}`: it takes no writes", standby.port);
    assert!(told.contains(&format!("`127.0.0.1:{down}`: ")) && told.contains(&of_standby), "{told}");
    let alone = server(&database, &format!("postgres://{ROLE}@127.0.0.1:{}/{name}", standby.port));
    let told = alone.connect_to_write().map_err(|error| StoreError::from(error).to_string()).unwrap_err();
    assert!(told.contains("standby server"), "{told}");

    let both = in_order(main.port, standby.port);
    let lease = Lease::take(&both).unwrap();
    let Hold::Leading { epoch, server: leads } = lease.hold() else { panic!("{:?}", lease.hold()) };
    assert_eq!(leads, called(main.port));
    let mut there = database.at(&standby).client(ROLE);
    until("the lease is known to the standby", || {
        there.query_one("SELECT epoch FROM lease", &[]).unwrap().get::<_, i64>(0) == epoch
    });
    main.crash();
    standby.promote();
    let mut seen = None;
    until("the other server leads", || match lease.hold() {
        Hold::TakenOver { server } => {
            assert_eq!(server, called(standby.port));
            seen.get_or_insert_with(Instant::now);
            false
        }
        Hold::Leading { server, .. } => server == called(standby.port),
        Hold::Standby { .. } | Hold::Unknown { .. } => false,
    });
    let waited = seen.expect("nobody leads at once").elapsed();
    assert!(waited > Duration::from_secs(4), "the leases of before have their time to end: {waited:?}");
    let anew = lease.hold().epoch().unwrap();
    assert_eq!(turn(anew), turn(epoch) + 1);

    let mut connection = both.connect_to_write().unwrap();
    assert_eq!(connection.server().map(str::to_owned), called(standby.port));
    connection.write_under(Some(anew));
    connection.begin().unwrap().commit().unwrap();
    drop(lease);
    // Whoever led by the old server writes nothing here, even where the row has not been written since.
    database.at(&standby).client(ROLE).execute("UPDATE lease SET epoch = $1", &[&epoch]).unwrap();
    connection.write_under(Some(epoch));
    let lost = connection.begin().map(drop).unwrap_err();
    assert!(matches!(lost, Error::LeaseLost), "{lost:?}");

    // Nobody has kept the old server from coming back, and it takes writes.
    main.comes_back();
    let again = both.connect_to_write().unwrap();
    assert_eq!(again.server().map(str::to_owned), called(standby.port), "no way back to the old one");
    let told = why(database.server(ROLE).connect_to_write());
    assert!(told.contains("timeline 1,") && told.contains("timeline 2"), "{told}");
}

#[test]
fn a_daemon_says_which_server_it_uses() {
    let Some(world) = World::accepted(1) else { return };
    let (name, port) = world.database.place();
    let down = free_port();
    let url = format!("postgres://{ROLE}@127.0.0.1:{down},127.0.0.1:{port}/{name}");
    let daemon = Daemon::start_at(&world, &url, &[]);
    daemon.until("ready", || daemon.get("/readyz").0 == 200);
    let server = format!("127.0.0.1:{port}");
    assert!(daemon.get("/readyz").1.ends_with(&format!("ok\ndatabase server: {server}\n")));
    let page = daemon.get("/").1;
    assert!(page.contains("Database server") && page.contains(&server), "{page}");
    assert!(daemon.log().contains(&format!("\"server\":\"{server}\"")), "{}", daemon.log());
    for told in [page, daemon.get("/readyz").1, daemon.log()] {
        assert!(!told.contains(PASSWORD), "{told}");
    }
}
