//! Measures the memory at rest. A separate process makes the first pass of the daemon and then waits.

use std::process::Command;
use std::time::{Duration, Instant};

use portvakt_core::decide::{Lasting, Patience};
use portvakt_engine::reconcile::engine::{Engine, PassReach};
use portvakt_sources::Settle;

use super::Outcome;
use super::daemon::STORE;
use super::table::{Goal, Table};
use super::tree::{Tree, now};

/// The word that makes this program the waiting process.
pub const AT_REST: &str = "--at-rest";

/// The seconds that the waiting process waits at its end. It waits twice as long before it looks for changes.
const USUAL_WAIT: &str = "1";

const KIB: f64 = 1024.0;

pub fn measure(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let child = Command::new(std::env::current_exe()?)
        .arg(AT_REST)
        .arg(tree.root())
        .arg(tree.place(STORE))
        .arg(tree.rounds.choose(USUAL_WAIT, "0"))
        .output()?;
    let told = String::from_utf8(child.stdout)?;
    let numbers: Vec<f64> = told.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [before, after, most] = numbers.as_slice() else {
        return Err(
            format!("the waiting process said `{told}` {}", String::from_utf8_lossy(&child.stderr)).into()
        );
    };
    let goal = 40.0 + tree.people as f64 / KIB;
    table.memory(
        "memory at rest after the first pass",
        tree.people,
        after / KIB,
        before / KIB,
        Goal::Memory(goal),
    );
    table.note(format!(
        "{} people: during the first pass the memory rose to {:.0} MiB.",
        tree.people,
        most / KIB
    ));
    table.note("The goal for memory is 40 MiB and 1 KiB a person.".to_owned());
    Ok(())
}

/// Tells the resident memory in KiB before the first pass, at rest after it, and at its highest.
pub fn child(words: &[String]) -> Outcome<()> {
    let [root, store, wait] = words else { return Err("a tree, a register and a wait are needed".into()) };
    let wait = Duration::from_secs(wait.parse()?);
    let before = status("VmRSS:")?;
    let patience = Patience::Lasting(Lasting::new(Duration::from_secs(30)));
    let mut engine = Engine::open(root.as_ref(), std::path::Path::new(&store), Settle::default(), patience)?;
    drop(engine.pass(PassReach::Everything, now()?, Instant::now(), |_, _| {})?);
    std::thread::sleep(wait * 2);
    drop(engine.pass(PassReach::Changes, now()?, Instant::now(), |_, _| {})?);
    std::thread::sleep(wait);
    println!("{before} {} {}", status("VmRSS:")?, status("VmHWM:")?);
    Ok(())
}

fn status(line: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let value = status.lines().find_map(|text| text.strip_prefix(line)).ok_or("no such line")?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}
