//! The example tree, accepted and applied, and a table of reports beside its register.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::decide::Patience;
use portvakt_core::reports::WriteReports;
use portvakt_database::Site;
use portvakt_engine::reconcile::engine::{Engine, PassReach, Passed, open_register};
use portvakt_stores::rapporteket::RapporteketSettings;
use portvakt_stores::tables::Create;
use rusqlite::Connection;

use super::maria::{Maria, PASSWORD};
pub use crate::accepted::{SETTLE, today};
use crate::accepted::{accept, day_of};

pub struct World {
    home: tempfile::TempDir,
    pub maria: Maria,
}

impl World {
    /// `None` where MariaDB is missing.
    pub fn new() -> Option<Self> {
        Some(Self::beside(Maria::start()?))
    }

    /// The same where the owner of the register keeps addresses in the tree.
    pub fn keeping_addresses() -> Option<Self> {
        let world = Self::with_tree(Maria::start()?, |root| {
            let register = root.join("desired-state/register.yaml");
            let text = fs::read_to_string(&register).unwrap();
            let changed = text.replace("contact_in_git: false", "contact_in_git: true");
            assert_ne!(text, changed);
            fs::write(register, changed).unwrap();
        });
        Some(world)
    }

    pub fn beside(maria: Maria) -> Self {
        Self::with_tree(maria, |_| {})
    }

    fn with_tree(maria: Maria, change: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        portvakt::example::copy(home.path(), day_of(now)).unwrap();
        change(home.path());
        portvakt_test_bench::secret(&home.path().join("password"), &format!("{PASSWORD}\n"));
        let world = Self { home, maria };
        world.accept(&world.store(), now);
        let mut engine = Engine::open(world.root(), &world.store(), SETTLE, Patience::None).unwrap();
        let passed = engine.pass(PassReach::Everything, now, Instant::now(), |_, _| {}).unwrap();
        assert!(passed.carried.done > 50 && passed.carried.failed.is_empty());
        drop(engine);
        world.by_hand("UPDATE account SET login = coalesce(login, person)");
        world.by_hand("UPDATE account SET email = person || '@example.test'");
        world
    }

    /// Accepts the tree, as two national administrators do on the host.
    pub fn accept(&self, site: impl Into<Site>, now: Timestamp) {
        let mut register = open_register(site, Create::IfMissing).unwrap();
        accept(self.root(), &mut register, now);
    }

    pub fn root(&self) -> &Path {
        self.home.path()
    }

    pub fn store(&self) -> PathBuf {
        self.root().join("var/register.db")
    }

    fn file(&self, path: &str) -> PathBuf {
        self.root().join("desired-state").join(path)
    }

    /// Removes a file from the tree.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.file(path)).unwrap();
    }

    /// Changes the text of a file of the tree.
    pub fn edit(&self, path: &str, change: impl FnOnce(&str) -> String) {
        let text = fs::read_to_string(self.file(path)).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed);
        fs::write(self.file(path), changed).unwrap();
    }

    /// Takes back a person's access in one application, at once.
    pub fn revoke(&self, path: &str, application: &str, by: &str) {
        let mark = format!("  - application: {application}");
        let today = today();
        self.edit(path, |text| {
            text.replace(&mark, &format!("{mark}\n    revoked: {{on: {today}, by: {by}, reason: left}}"))
        });
    }

    /// Runs SQL, as a person with a database browser does.
    pub fn by_hand(&self, sql: &str) -> usize {
        Connection::open(self.store()).unwrap().execute(sql, []).unwrap()
    }

    pub fn ask<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        Connection::open(self.store()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn is_closed(&self, person: &str) -> bool {
        self.ask(&format!("SELECT active = 0 AND email IS NULL FROM account WHERE person = '{person}'"))
    }

    /// Returns the entries of the ledger of one kind.
    pub fn entries(&self, kind: &str) -> Vec<serde_json::Value> {
        let conn = Connection::open(self.store()).unwrap();
        let mut rows = conn.prepare("SELECT body FROM ledger WHERE kind = ?1 ORDER BY seq").unwrap();
        let bodies = rows.query_map([kind], |row| row.get::<_, String>(0)).unwrap();
        bodies.map(|body| serde_json::from_str(&body.unwrap()).unwrap()).collect()
    }

    /// Four people each have a report of a unit where they have no access: one more than the budget lets go.
    pub fn four_reports_elsewhere(&self) {
        let params = r#"{"reshId": "1", "role": "LU"}"#;
        for person in ["hilde.utkastli", "guri.liksomdal", "vilde.liksomdal", "leif.utkastli"] {
            self.maria.report(person, person, "x@example.test", "subscription", params);
        }
    }

    pub fn owed(&self) -> i64 {
        self.ask("SELECT count(*) FROM report_debt")
    }

    pub fn settings(&self) -> RapporteketSettings {
        let mut settings = RapporteketSettings::new(self.maria.url().parse().unwrap());
        settings.password = Some(self.root().join("password"));
        settings
    }

    pub fn reports(&self) -> Box<dyn WriteReports> {
        Box::new(portvakt_stores::rapporteket::Maria::new(&self.settings()).unwrap())
    }

    pub fn engine(&self) -> Engine {
        let engine = Engine::open(self.root(), &self.store(), SETTLE, Patience::None).unwrap();
        engine.with_reports(self.reports())
    }

    /// One pass over everything, as `apply` makes it.
    pub fn apply(&self) -> Passed {
        whole(&mut self.engine())
    }

    pub fn command(&self, args: &[&str]) -> Command {
        self.command_at(&self.maria.url(), args)
    }

    fn command_at(&self, reports: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        command.env_clear().arg("--root").arg(self.root());
        command.args(["--reports", reports, "--reports-password"]).arg(self.root().join("password"));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The same with the reports at another address.
    pub fn with_reports(&self, reports: &str, args: &[&str]) -> Output {
        self.command_at(reports, args).output().unwrap()
    }
}

pub fn whole(engine: &mut Engine) -> Passed {
    engine.pass(PassReach::Everything, Timestamp::now(), Instant::now(), |_, _| {}).unwrap()
}

/// Returns the codes of a pass's findings about reports.
pub fn codes(passed: &Passed) -> Vec<&'static str> {
    let found = passed.decided.findings.iter().map(|finding| finding.code.as_str());
    let mut codes: Vec<_> = found.filter(|code| code.starts_with("report")).collect();
    codes.extend(passed.carried.reports.failed.iter().map(|failed| failed.finding().code.as_str()));
    codes
}
