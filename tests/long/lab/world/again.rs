//! Kills the program in the middle of a run, makes a copy of its database, and puts an older one in its place.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use jiff::Timestamp;
use portvakt_core::planted::kill;
use portvakt_core::planted::kill::Killed;

use super::{Told, World};

impl World {
    /// Makes one run that is killed after this number of writes, and starts the program again. Returns the output if
    /// the run ended before that.
    pub fn run_killed(
        &mut self,
        after: u32,
        whole: bool,
        at: i64,
        now: Timestamp,
    ) -> Result<Option<Told>, String> {
        kill::plan(Some(after));
        let run = catch_unwind(AssertUnwindSafe(|| self.run(whole, at, now)));
        kill::plan(None);
        let told = match run {
            Ok(told) => Some(told?),
            Err(panic) if panic.is::<Killed>() => None,
            Err(panic) => resume_unwind(panic),
        };
        self.restart();
        Ok(told)
    }

    /// Makes a copy of the database.
    pub fn back_up(&self) {
        let copy = self.dir.path().join("backup.db");
        let _none = std::fs::remove_file(&copy);
        self.sql(&format!("VACUUM INTO '{}'", copy.display()));
    }

    /// Replaces the database with that copy. Returns whether there is one.
    pub fn restore(&mut self) -> bool {
        let copy = self.dir.path().join("backup.db");
        if !copy.exists() {
            return false;
        }
        self.engine = None;
        for end in ["-wal", "-shm"] {
            let _none = std::fs::remove_file(format!("{}{end}", self.db.display()));
        }
        std::fs::copy(&copy, &self.db).unwrap();
        self.open();
        true
    }

    /// Makes a run, and returns whether it stopped because it could not do its work.
    pub fn stops(&mut self, at: i64, now: Timestamp) -> bool {
        self.passes(true, at, now).is_err()
    }
}
