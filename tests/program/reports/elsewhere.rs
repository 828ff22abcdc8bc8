//! The same tests with other registers: one behind SCIM, served by this program in a process of its own, and one in
//! PostgreSQL.

use std::process::{Child, Command, Output, Stdio};

use portvakt_core::decide::Patience;
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{Engine, open_register};
use portvakt_stores::tables::Create;
use rusqlite::Connection;

use super::cluster::{Database, ROLE};
use super::world::{SETTLE, World, codes, whole};
use crate::running;

const TOKEN: &str = "a-token-for-tests-0123456789";
const HILDE: &str = "hilde.utkastli@example.test";

struct Service {
    child: Child,
    place: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            let _ended = self.child.wait();
        }
    }
}

impl Service {
    fn start(world: &World) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let root = world.root().join("service");
        std::fs::create_dir(&root).unwrap();
        let tokens = world.root().join("tokens");
        std::fs::write(&tokens, TOKEN).unwrap();
        std::fs::set_permissions(&tokens, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"))
            .env_clear()
            .arg("--root")
            .arg(&root)
            .args(["register", "serve", "--listen", "127.0.0.1:0", "--log", "off", "--token-file"])
            .arg(&tokens)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let place = running::first_line(&mut child);
        Self { child, place }
    }

    fn ask<T: rusqlite::types::FromSql>(world: &World, sql: &str) -> T {
        Self::file(world).query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn file(world: &World) -> Connection {
        let conn = Connection::open(world.root().join("service/var/register.db")).unwrap();
        conn.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        conn
    }

    fn run(&self, world: &World, command: &str) -> Output {
        let token = world.root().join("tokens");
        world.run(&["--store", &self.place, "--scim-token", token.to_str().unwrap(), command])
    }
}

fn entries(world: &World, kind: &str) -> Vec<serde_json::Value> {
    let conn = Connection::open(world.root().join("var/memory.db")).unwrap();
    let mut rows = conn.prepare("SELECT body FROM ledger WHERE kind = ?1 ORDER BY seq").unwrap();
    let bodies = rows.query_map([kind], |row| row.get::<_, String>(0)).unwrap();
    bodies.map(|body| serde_json::from_str(&body.unwrap()).unwrap()).collect()
}

/// A report of Hilde's own, a list in which she is, and one that is Guri's.
fn three_reports(world: &World) {
    let lc = r#"{"reshId": "100089", "role": "LC"}"#;
    world.maria.report(
        "own",
        "hilde.utkastli",
        HILDE,
        "subscription",
        r#"{"reshId": "100089", "role": "LU"}"#,
    );
    world.maria.report("list", "lars.demostad", &format!("a@example.test;{HILDE}"), "dispatchment", lc);
    world.maria.report("of-guri", "guri.liksomdal", "x@example.test", "bulletin", "{}");
}

#[test]
fn beside_a_register_behind_scim() {
    let Some(mut world) = World::new() else { return };
    let service = Service::start(&world);
    let memory = world.root().join("var/memory.db");
    world.accept(&memory, jiff::Timestamp::now());
    memory::bind(open_register(&memory, Create::MustExist).unwrap().connection(), Some(&service.place))
        .unwrap();
    let output = service.run(&world, "apply");
    assert!(output.status.success(), "{output:?}");
    Service::file(&world).execute("UPDATE account SET email = login || '@example.test'", []).unwrap();
    three_reports(&world);
    let output = service.run(&world, "plan");
    assert!(output.status.success(), "{output:?}");

    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    let output = service.run(&world, "apply");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.maria.running(), ["list", "own"]);

    world.maria.down();
    world.remove("ahus/hilde.utkastli.yaml");
    let output = service.run(&world, "apply");
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let closed: bool = Service::ask(
        &world,
        "SELECT active = 0 AND email IS NULL FROM account WHERE login = 'hilde.utkastli'",
    );
    assert!(closed, "the register waits for nobody");
    world.maria.up();
    let output = service.run(&world, "apply");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        (world.maria.running(), world.maria.to("list")),
        (vec!["list".to_owned()], "a@example.test".to_owned())
    );
    let done = entries(&world, "reports");
    assert_eq!(done.len(), 2, "{done:?}");
    assert!(done.iter().all(|entry| entry["operations"][0].is_u64()), "{done:?}");
    let output = service.run(&world, "plan");
    assert!(output.status.success(), "nothing is left to do: {output:?}");
}

#[test]
fn beside_a_register_in_postgresql() {
    let Some(mut world) = World::new() else { return };
    let Some(database) = Database::new() else { return };
    let site = database.site();
    world.accept(&site, jiff::Timestamp::now());
    let engine = || {
        let engine = Engine::open(world.root(), &site, SETTLE, Patience::None).unwrap();
        engine.with_reports(world.reports())
    };
    let (mut first, mut second) = (engine(), engine());
    assert!(whole(&mut first).carried.failed.is_empty());
    let mut client = database.client(ROLE);
    client.batch_execute("UPDATE account SET login = person, email = person || '@example.test'").unwrap();
    three_reports(&world);
    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    assert!(codes(&whole(&mut first)).is_empty());
    assert_eq!(world.maria.running(), ["list", "own"]);

    world.maria.down();
    world.remove("ahus/hilde.utkastli.yaml");
    assert_eq!(codes(&whole(&mut first)), ["reports-unavailable", "reports-owed"]);
    let closed = "SELECT active = 0 AND email IS NULL FROM account WHERE person = 'hilde.utkastli'";
    assert!(client.query_one(closed, &[]).unwrap().get::<_, bool>(0), "the register waits for nobody");
    world.maria.up();
    // Another program on the same register takes it up.
    assert!(codes(&whole(&mut second)).is_empty());
    assert_eq!(
        (world.maria.running(), world.maria.to("list")),
        (vec!["list".to_owned()], "a@example.test".to_owned())
    );
    let left = client.query_one("SELECT count(*) FROM report_debt", &[]).unwrap().get::<_, i64>(0);
    let told =
        client.query_one("SELECT count(*) FROM ledger WHERE kind = 'reports'", &[]).unwrap().get::<_, i64>(0);
    assert_eq!((left, told), (0, 2));
}
