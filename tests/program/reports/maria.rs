//! A MariaDB from Debian's package `mariadb-server`. It is started in its own folder on a free port of this host.
//!
//! If it is missing, a test prints one line about how to install it and passes. With `CI=true` the test fails.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use portvakt_test_bench::copy;

use crate::running;

pub const PASSWORD: &str = "av-liten-viktighet";

/// The table as Rapporteket makes it, in a database whose collation treats `havard` and `håvard` as equal.
pub const TABLE: &str = "CREATE TABLE autoreport (
  id varchar(255) NOT NULL, synopsis varchar(255), package varchar(255), fun varchar(255), params varchar(1025),
  owner varchar(255), email varchar(255), organization varchar(255), terminateDate varchar(255),
  `interval` varchar(255), intervalName varchar(255), runDayOfYear varchar(255), `type` varchar(255),
  ownerName varchar(255), startDate varchar(255), PRIMARY KEY (id))";

/// Files of a server that was never started, made once.
static FILES: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let found = |name: &str| {
        ["/usr/bin", "/usr/sbin", "/usr/local/bin"].iter().any(|at| Path::new(at).join(name).exists())
    };
    if !["mariadbd", "mariadb", "mariadb-install-db"].iter().all(|name| found(name)) {
        return None;
    }
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mariadb-files");
    if !made.exists() {
        let new = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let output = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(["--innodb-log-file-size=8M", "--innodb-undo-tablespaces=0"])
            .args(user())
            .arg(format!("--datadir={}", new.path().display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        // Another test may have been first.
        if std::fs::rename(new.path(), &made).is_ok() {
            let _moved = new.keep();
        }
    }
    Some(made)
});

fn user() -> Vec<&'static str> {
    if rustix::process::getuid().is_root() { vec!["--user=root"] } else { Vec::new() }
}

/// A server with an empty table of reports, and a user who may only read and update that table.
pub struct Maria {
    home: tempfile::TempDir,
    pub port: u16,
    child: Option<Child>,
    /// Further options, from the next start on.
    pub more: Vec<String>,
}

impl Maria {
    /// `None` where the package is missing.
    pub fn start() -> Option<Self> {
        Self::with(TABLE)
    }

    /// Starts a server with another table.
    pub fn with(table: &str) -> Option<Self> {
        let Some(files) = &*FILES else {
            let told = "MariaDB is missing: apt-get install --no-install-recommends mariadb-server";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
            eprintln!("skipped: {told}");
            return None;
        };
        let home = tempfile::tempdir().unwrap();
        copy(files, &home.path().join("files"));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut maria = Self { home, port, child: None, more: Vec::new() };
        maria.up();
        maria.sql_in(
            "",
            &format!(
                "CREATE DATABASE db_autoreport CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE db_autoreport; {};
                 CREATE USER portvakt@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
                 GRANT SELECT, UPDATE ON db_autoreport.autoreport TO portvakt@'127.0.0.1';
                 CREATE TABLE other (id int); INSERT INTO other VALUES (1)",
                table
            ),
        );
        Some(maria)
    }

    /// The usual table with other columns.
    pub fn table_with(columns: &[(&str, &str)]) -> String {
        columns.iter().fold(TABLE.to_owned(), |table, (usual, other)| {
            assert!(table.contains(usual));
            table.replace(usual, other)
        })
    }

    pub fn up(&mut self) {
        let mut command = Command::new("mariadbd");
        // `CURDATE()` is the register's day: else a report that ends today still runs between Oslo's midnight and UTC's.
        command.env("TZ", "Europe/Oslo");
        command
            .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"])
            .args([
                "--innodb-buffer-pool-size=16M",
                "--innodb-log-file-size=8M",
                "--innodb-undo-tablespaces=0",
            ])
            .args(["--performance-schema=OFF", "--innodb-flush-log-at-trx-commit=2"])
            .args(user())
            .args(&self.more)
            .arg(format!("--port={}", self.port))
            .arg(format!("--datadir={}", self.home.path().join("files").display()))
            .arg(format!("--socket={}", self.socket().display()))
            .arg(format!("--pid-file={}", self.home.path().join("pid").display()))
            .arg(format!("--log-error={}", self.home.path().join("log").display()));
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while !self.ask("", "SELECT 1").status.success() {
            if Instant::now() > end || child.try_wait().unwrap().is_some() {
                child.kill().ok();
                panic!("{}", std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.child = Some(child);
    }

    /// Gone, as a machine that has lost its power.
    pub fn down(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stopped in its tracks: connections are taken, and nobody answers.
    pub fn signal(&self, signal: rustix::process::Signal) {
        running::signal(self.child.as_ref().unwrap(), signal).unwrap();
    }

    fn socket(&self) -> PathBuf {
        self.home.path().join("socket")
    }

    fn client(&self, database: &str) -> Command {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-N", "-B", "--default-character-set=utf8mb4", "-u", "root"]);
        command.arg(format!("--socket={}", self.socket().display()));
        if !database.is_empty() {
            command.arg(database);
        }
        command
    }

    fn ask(&self, database: &str, sql: &str) -> Output {
        self.client(database).args(["-e", sql]).output().unwrap()
    }

    /// Runs SQL as the administrator.
    pub fn sql(&self, sql: &str) -> String {
        self.sql_in("db_autoreport", sql)
    }

    fn sql_in(&self, database: &str, sql: &str) -> String {
        let output = self.ask(database, sql);
        assert!(output.status.success(), "{sql}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Returns an administrator who holds a lock until this value is dropped.
    pub fn holding(&self, sql: &str) -> Holding {
        let mut child = self
            .client("db_autoreport")
            .args(["-e", &format!("{sql}; SELECT SLEEP(60)")])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        while !self.sql("SHOW PROCESSLIST").contains("SLEEP(60)") {
            assert!(Instant::now() < end && child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(20));
        }
        Holding(child)
    }

    pub fn url(&self) -> String {
        format!("mysql://portvakt@127.0.0.1:{}/db_autoreport", self.port)
    }

    /// A report as Rapporteket writes it.
    pub fn report(&self, id: &str, owner: &str, email: &str, kind: &str, params: &str) {
        self.sql(&format!(
            "INSERT INTO autoreport (id, synopsis, package, fun, params, owner, email, organization, terminateDate,
             `interval`, intervalName, runDayOfYear, `type`, ownerName, startDate)
             VALUES ('{id}', 'Oppdiktet', 'smerte', 'report', '{params}', '{owner}', '{email}', NULL, '2030-01-01',
             'month', 'Månedlig', '1', '{kind}', 'Oppdiktet', '2026-01-01')"
        ));
    }

    /// Returns every report: its name, whether it still runs, and its recipients.
    pub fn reports(&self) -> Vec<(String, bool, String)> {
        let text = self.sql(
            "SELECT id, terminateDate >= CURDATE(), coalesce(replace(email, '\\n', '|'), 'NULL') FROM autoreport ORDER BY id",
        );
        let row = |line: &str| {
            let parts: Vec<&str> = line.split('\t').collect();
            (parts[0].to_owned(), parts[1] == "1", parts.get(2).copied().unwrap_or_default().to_owned())
        };
        text.lines().map(row).collect()
    }

    /// Returns the reports that still run.
    pub fn running(&self) -> Vec<String> {
        self.reports().into_iter().filter(|(_, runs, _)| *runs).map(|(id, ..)| id).collect()
    }

    /// The recipients of one.
    pub fn to(&self, id: &str) -> String {
        self.reports().into_iter().find(|(known, ..)| known == id).unwrap().2
    }
}

impl Drop for Maria {
    fn drop(&mut self) {
        self.down();
    }
}

pub struct Holding(Child);

impl Maria {
    /// It lets go: the server ends the connection, whatever it was doing.
    pub fn let_go(&self, mut holding: Holding) {
        for line in self.sql("SHOW PROCESSLIST").lines().filter(|line| line.contains("SLEEP(60)")) {
            self.sql(&format!("KILL {}", line.split('\t').next().unwrap()));
        }
        holding.0.wait().unwrap();
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        // Over already where it has let go.
        if self.0.kill().is_ok() {
            let _ended = self.0.wait();
        }
    }
}
