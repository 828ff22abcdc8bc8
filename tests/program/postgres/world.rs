//! The example tree, accepted for a register in PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use portvakt_core::decide::Patience;
use portvakt_database::Site;
use portvakt_engine::reconcile::engine::{Engine, EngineError, PassReach, Passed, open_register};
use portvakt_stores::tables::Create;

use super::cluster::{Database, ROLE};
pub use crate::accepted::{SETTLE, today};
use crate::accepted::{accept, day_of};

pub struct World {
    home: tempfile::TempDir,
    pub database: Database,
}

impl World {
    /// The example and so many people of one trust whose access ends with today, accepted.
    pub fn accepted(people: usize) -> Option<Self> {
        let world = Self { home: tempfile::tempdir().unwrap(), database: Database::new()? };
        let now = Timestamp::now();
        let day = day_of(now);
        portvakt::example::copy(world.root(), day).unwrap();
        for number in 0..people {
            let text = person_of(day, number, Some(day));
            std::fs::write(world.file(&format!("ahus/mange.nr{number}.yaml")), text).unwrap();
        }
        world.accept_at(&world.database.site(), now);
        Some(world)
    }

    pub fn accept(&self, site: &Site) {
        self.accept_at(site, Timestamp::now());
    }

    fn accept_at(&self, site: &Site, now: Timestamp) {
        let mut register = open_register(site, Create::IfMissing).unwrap();
        accept(self.root(), &mut register, now);
    }

    pub fn root(&self) -> &Path {
        self.home.path()
    }

    pub fn file(&self, path: &str) -> PathBuf {
        self.root().join("desired-state").join(path)
    }

    pub fn engine(&self) -> Engine {
        Engine::open(self.root(), self.database.site(), SETTLE, Patience::None).unwrap()
    }

    /// The program on this register.
    pub fn program(&self, command: &[&str]) -> Command {
        self.program_at(&self.database.url(ROLE), command)
    }

    /// The same, by another address of the database.
    pub fn program_at(&self, store: &str, command: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        program.env_clear().arg("--root").arg(self.root()).args(["--store", store]);
        program.arg("--store-password-file").arg(self.database.password()).args(command);
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    /// The same, to its end.
    pub fn run(&self, command: &[&str]) -> (i32, String) {
        let output = self.program(command).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), told)
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.database.client(ROLE).query_one(sql, &[]).unwrap().get(0)
    }
}

/// Returns the time 24 hours from now.
pub fn tomorrow() -> String {
    Timestamp::now().checked_add(24.hours()).unwrap().to_string()
}

/// Returns the file of a person who is approved by a coordinator of the trust.
pub fn person(number: usize, until: Option<Date>) -> String {
    person_of(today(), number, until)
}

/// Does the same with an access that was approved, and begins, on this day.
fn person_of(day: Date, number: usize, until: Option<Date>) -> String {
    let id = format!("mange.nr{number}");
    let until = until.map_or_else(String::new, |until| format!("    until: {until}\n"));
    format!(
        "person: {id}\nname: Mange Nr{number}\nemployer: ahus\nstaff: health\naccess:\n  - application: \
         smerteregisteret\n    unit: 100089\n    role: LU\n    from: {day}\n{until}    request: REQ-{number}\n    \
         approved:\n      by: lars.demostad\n      on: {day}\n      identity: known\n"
    )
}

pub fn pass(engine: &mut Engine) -> Result<Passed, EngineError> {
    engine.pass(PassReach::Everything, Timestamp::now(), Instant::now(), |_, _| {})
}
