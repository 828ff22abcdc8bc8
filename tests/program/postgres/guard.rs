//! The server itself refuses forbidden changes, both by the program's role and by a person with a database browser.

use portvakt_database::Server;
use portvakt_engine::reconcile::engine::{create_register, open_register};
use portvakt_stores::tables::{Create, Reader};

use super::cluster::{Database, OWNER, ROLE};

fn refused(client: &mut postgres::Client, sql: &str) -> String {
    let error = client.batch_execute(sql).expect_err(sql);
    error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}")).message().to_owned()
}

const ENTRY: &str =
    "INSERT INTO ledger (seq, at, kind, body, prev, hash) VALUES (1, 'now', 'x', '{}', '', '')";

#[test]
fn the_programs_role_can_neither_change_nor_delete_what_the_ledger_holds() {
    let Some(database) = Database::new() else { return };
    let mut role = database.client(ROLE);
    role.batch_execute(ENTRY).unwrap();
    for sql in [
        "UPDATE ledger SET body = '{\"a\":1}'",
        "DELETE FROM ledger",
        "TRUNCATE ledger",
        "ALTER TABLE ledger DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_gapless ON ledger",
        "DROP TABLE ledger",
        "CREATE TABLE other (x TEXT)",
        "SET session_replication_role = replica",
        "DELETE FROM account",
        "DELETE FROM access",
        "UPDATE course SET created_by = 'somebody'",
        "DELETE FROM form",
        "UPDATE portvakt_version SET version = 0",
    ] {
        let why = refused(&mut role, sql);
        assert!(why.contains("permission denied") || why.contains("must be owner"), "{sql}: {why}");
    }
    let gap = ENTRY.replace("(1,", "(3,");
    assert!(refused(&mut role, &gap).contains("the next entry has the next number"));
    // Every table of the program must be readable by its role.
    let forgotten = "SELECT coalesce(string_agg(relname, ' '), '') FROM pg_class
                     WHERE relnamespace = 'portvakt'::regnamespace AND relkind = 'r'
                       AND NOT has_table_privilege('portvakt', oid, 'SELECT')";
    assert_eq!(role.query_one(forgotten, &[]).unwrap().get::<_, String>(0), "");
    // A table of its own with the same name is asked by nobody.
    role.batch_execute("CREATE TEMPORARY TABLE ledger (seq BIGINT); INSERT INTO ledger VALUES (6)").unwrap();
    let gap = ENTRY.replace("(1,", "(7,").replace("INTO ledger", "INTO portvakt.ledger");
    assert!(refused(&mut role, &gap).contains("the next entry has the next number"));
    role.batch_execute("DROP TABLE pg_temp.ledger").unwrap();
    // The owner could remove the triggers. While they exist they bind the owner too.
    let mut owner = database.client(OWNER);
    for sql in ["UPDATE ledger SET body = '{}'", "DELETE FROM ledger", "TRUNCATE ledger"] {
        assert!(refused(&mut owner, sql).contains("the ledger only grows"), "{sql}");
    }
    assert_eq!(owner.query_one("SELECT count(*) FROM ledger", &[]).unwrap().get::<_, i64>(0), 1);
}

#[test]
fn accounts_are_never_deleted_reopened_or_reused() {
    let Some(database) = Database::new() else { return };
    let mut owner = database.client(OWNER);
    owner
        .batch_execute(
            "INSERT INTO account (id, person, name, active, opened) VALUES ('a', 'kari.testesen', 'Kari', 1, '2026-01-01');
             SET search_path = public;
             UPDATE portvakt.account SET active = 0, closed = '2026-02-01';
             SET search_path = portvakt;
             INSERT INTO course (unit, status, created_by, created_on, updated_by, updated_on)
             VALUES (1, 'open', 'a', '2026-01-01', 'a', '2026-01-01')",
        )
        .unwrap();
    for (sql, says) in [
        ("DELETE FROM account", "never deleted (R38)"),
        ("TRUNCATE account CASCADE", "never deleted"),
        ("UPDATE account SET id = 'b'", "never changes (R34)"),
        ("UPDATE account SET active = 1, closed = NULL", "never opened again (R34)"),
        ("UPDATE account SET closed = '2026-03-01'", "never opened again (R34)"),
        (
            "INSERT INTO account (id, name, active, opened) VALUES ('a', 'x', 1, '2026-01-01')",
            "duplicate key",
        ),
        (
            "INSERT INTO account (id, person, name, active, opened) VALUES ('c', 'Kari T', 'x', 1, '2026-01-01')",
            "check",
        ),
        ("INSERT INTO account (id, name, active, opened) VALUES ('c', 'x', 1, 'today')", "check"),
        ("UPDATE course SET created_by = 'b'", "never changes (R39)"),
        ("DELETE FROM course", "never deleted (R39)"),
        (
            "INSERT INTO access (account, application, unit, role, granted)
             VALUES ('a', 'app', 1, 'LU', '2026-01-01'), ('a', 'app', 1, 'LU', '2026-01-01')",
            "duplicate key",
        ),
    ] {
        let why = refused(&mut owner, sql);
        assert!(why.contains(says), "{sql}: {why}");
    }
}

#[test]
fn what_is_not_this_host_is_spoken_to_over_tls_by_a_name_that_is_vouched_for() {
    let Some(database) = Database::new() else { return };
    let connection = database.over_tls(Some("server.pem")).connect().unwrap();
    let tls = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(connection.query_row(tls, [], |row| row.get::<String>(0)).unwrap(), "TLSv1.3");
    for authority in [Some("other.pem"), None] {
        let error = why(database.over_tls(authority).connect());
        assert!(error.contains("certificate"), "{authority:?}: {error}");
    }
    let error = why(database.over_tls(Some("password")).connect());
    assert!(error.contains("there is no certificate in it"), "{error}");
    // This host is spoken to in the clear.
    let here = database.server(ROLE).connect().unwrap();
    let none = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert!(!here.query_row(none, [], |row| row.get::<bool>(0)).unwrap());
}

fn why<T: std::fmt::Debug, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(done) => panic!("{done:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn only_a_register_is_opened_by_the_right_role_and_the_text_says_what_to_do() {
    let Some(database) = Database::bare() else { return };
    let opened =
        |server: Server| open_register(portvakt_database::Site::Server(Box::new(server)), Create::IfMissing);
    let none = why(opened(database.server(ROLE)));
    assert!(none.contains("no register in this database") && none.contains("register create"), "{none}");
    let own = why(create_register(&database.server(OWNER), OWNER));
    assert!(own.contains("name another role"), "{own}");
    let nobody = why(create_register(&database.server(OWNER), "no one"));
    assert!(nobody.contains("CREATE ROLE \"no one\" LOGIN"), "{nobody}");
    let may_not = why(create_register(&database.server(ROLE), OWNER));
    assert!(may_not.contains("permission denied"), "{may_not}");
    create_register(&database.server(OWNER), ROLE).unwrap();
    let twice = why(create_register(&database.server(OWNER), ROLE));
    assert!(twice.contains("already"), "{twice}");

    opened(database.server(ROLE)).unwrap();
    let owner = why(opened(database.server(OWNER)));
    assert!(owner.contains("could change the ledger"), "{owner}");
    let mut wrong = database.server(ROLE);
    wrong.password = None;
    assert!(why(opened(wrong)).contains("password"));
    let empty = tempfile::NamedTempFile::new().unwrap();
    let mut wrong = database.server(ROLE);
    wrong.password = Some(empty.path().to_owned());
    assert!(why(opened(wrong)).contains("it is empty"));

    let reader = Reader::open(database.site()).unwrap();
    let error = why(reader.connection().execute("DELETE FROM mark", []));
    assert!(error.contains("read-only transaction"), "{error}");

    database.client(OWNER).execute("UPDATE portvakt_version SET version = 4", &[]).unwrap();
    let newer = why(opened(database.server(ROLE)));
    assert!(newer.contains("(its tables are version 4, this program knows 3)"), "{newer}");
    let mut owner = database.client(OWNER);
    let made = indexes(&mut owner);
    let without_indexes = "DROP INDEX refusal_open, release_open, standing_in_force, standing_told,
         standing_request, standing_request_folded";
    let of_version_1 = "ALTER TABLE portvakt.person_key DROP COLUMN salt;
         REVOKE UPDATE, DELETE ON portvakt.person_key FROM portvakt";
    for (version, older) in [(2, ""), (1, of_version_1)] {
        owner.batch_execute(older).unwrap();
        owner.batch_execute(without_indexes).unwrap();
        owner.batch_execute(&format!("UPDATE portvakt_version SET version = {version}")).unwrap();
        assert_eq!(indexes(&mut owner).len() + 6, made.len());
        let told = why(opened(database.server(ROLE)));
        let script = told.split("every portvakt stopped: ").nth(1).unwrap();
        owner.batch_execute(script).unwrap();
        assert_eq!(indexes(&mut owner), made, "{version}");
        opened(database.server(ROLE)).unwrap();
    }
    // A database that has some of the indexes gets the others.
    owner.batch_execute("UPDATE portvakt_version SET version = 2; DROP INDEX standing_told").unwrap();
    let told = why(opened(database.server(ROLE)));
    owner.batch_execute(told.split("every portvakt stopped: ").nth(1).unwrap()).unwrap();
    assert_eq!(indexes(&mut owner), made);
}

/// Returns the definitions of all indexes.
fn indexes(client: &mut postgres::Client) -> Vec<String> {
    let all = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'portvakt' ORDER BY indexdef";
    client.query(all, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_server_that_lets_nothing_be_written_is_told_as_one() {
    let Some(database) = Database::new() else { return };
    let mut owner = database.client(OWNER);
    let name: String = owner.query_one("SELECT current_database()::text", &[]).unwrap().get(0);
    owner.batch_execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).unwrap();
    let mut connection = database.server(ROLE).connect().unwrap();
    let refused = connection.begin().map(drop).unwrap_err();
    let told = [
        portvakt_core::store::StoreError::from(refused).to_string(),
        // It is seen when the register is opened, before anything is tried.
        why(open_register(database.site(), Create::IfMissing)),
    ];
    for told in told {
        assert!(told.contains("standby") && told.contains("pooler"), "{told}");
        assert!(!told.contains("file") && !told.contains("folder"), "{told}");
    }
}

#[test]
fn a_register_on_a_server_without_a_baseline_names_no_file() {
    let Some(database) = Database::new() else { return };
    let desk = crate::cli::desk::Desk::tree();
    let (url, password) = (database.url(ROLE), database.password());
    let told = desk.run(&["--store", &url, "--store-password-file", password.to_str().unwrap(), "plan"]);
    told.ends(4)
        .says("no-baseline")
        .says(&url)
        .says("postgres://ROLE@HOST")
        .never_says("memory.db")
        .never_says("sqlite:");
}
