//! Nobody loses or gains access by a slip, a wrong clock or a half-written file. Each of these cases failed once.

use portvakt_core::decide::Decided;
use portvakt_core::diag::Code;

use super::fixture::*;

mod administrators;
mod clock;
mod deep;
mod error;
mod extended;
mod lagging;
mod limits;
mod moved;
mod released;

const KARI: &str = "desired-state/ahus/kari.testesen.yaml";

fn kari() -> File {
    file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])
}

/// Makes this number of people at a trust.
fn people(trust: &str, unit: u32, by: &str, count: usize) -> Vec<File> {
    let one = |n| file(trust, &format!("p{n}.testesen"), [lu(unit, &format!("R-{trust}-{n}"), by)]);
    (0..count).map(one).collect()
}

fn rights(world: &World) -> usize {
    world.accounts().iter().filter(|account| account.active).map(|account| account.rights.len()).sum()
}

fn withheld(decided: &Decided) -> bool {
    codes(decided).contains(&Code::LossWithheld)
}
