//! The example tree as two national administrators accept it on the host.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::decide::{check_alone, rules_of};
use portvakt_core::model::PersonId;
use portvakt_engine::apply::{Acceptable, accept_baseline};
use portvakt_engine::pass::day_at;
use portvakt_sources::{Depth, Directory, RealPace, Settle};
use portvakt_stores::tables::Tables;

pub const SETTLE: Settle = Settle { pause: Duration::from_millis(10), scans: 50 };

/// The day at the register now.
pub fn today() -> Date {
    day_of(Timestamp::now())
}

/// The day at the register at this time. A test that also needs the time reads the clock once, and asks for its day.
pub fn day_of(now: Timestamp) -> Date {
    now.in_tz("Europe/Oslo").unwrap().date()
}

/// Accepts the tree below this folder for a register that is open.
pub fn accept(root: &Path, register: &mut Tables, now: Timestamp) {
    let snapshot = Directory::new(root).take(Depth::All, SETTLE, &mut RealPace).unwrap();
    let today = day_at(&rules_of(&snapshot).unwrap().register, now).unwrap();
    let checked = check_alone(&snapshot, today);
    let tree = Acceptable {
        snapshot: &snapshot,
        commit: None,
        rules: checked.rules.as_ref().unwrap(),
        head: &checked.head,
        accounts: &[],
        spent: &BTreeSet::new(),
        today,
        now,
        follows: None,
        broken: None,
        proof: None,
    };
    let by = ["bjorn.lederesen", "ingrid.koordinatorsen"].map(|id| PersonId::new(id).unwrap());
    accept_baseline(register, &tree, [&by[0], &by[1]]).unwrap();
}
