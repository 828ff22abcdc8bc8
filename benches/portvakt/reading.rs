//! Measures `check`: a whole tree alone from cold, and one changed file against a base.

use std::time::{Duration, Instant};

use portvakt_core::decide::{ChangeToCheck, Nothing, check_against, check_alone};
use portvakt_core::diag::{Exit, Finding};

use super::table::{Goal, Table, median};
use super::tree::{TODAY, Tree};
use super::{Outcome, floor};

pub fn check(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let snapshot = tree.take()?;
    let rules = Tree::rules(&snapshot)?;
    let requests = floor::Requests::of(&snapshot, &rules)?;
    // Figure and floor take turns, so that a busy moment of the machine is in both.
    let (mut parsing, mut asking) = (Vec::new(), Vec::new());
    let mut judged = 0;
    let alone = tree.rounds.several(|| {
        parsing.push(floor::parse(&snapshot)?);
        asking.push(requests.ask());
        let began = Instant::now();
        let snapshot = tree.take()?;
        let checked = check_alone(&snapshot, TODAY);
        let time = began.elapsed();
        if Finding::exit_of(&checked.findings) != Exit::Ok {
            return Err(format!("the generated tree is not in order: {:?}", checked.findings.first()).into());
        }
        judged = checked.given;
        Ok(time)
    })?;
    drop(requests);
    let (parsing, asking) = (median(&parsing), median(&asking));
    table.times("check from cold", tree.people, &alone, parsing + asking, Goal::Times(1.5))?;
    table.note(format!(
        "{} people: {} files, {judged} entries; the bare parser needs {:.0} ms, bare Cedar {:.0} ms.",
        tree.people,
        snapshot.count(),
        parsing.as_secs_f64() * 1e3,
        asking.as_secs_f64() * 1e3,
    ));

    let one = Tree::one(&snapshot)?;
    tree.save(&one.path, &one.with_another()?)?;
    let mut floors = Vec::new();
    let changed = tree.rounds.several(|| {
        floors.push(floor::parse(&snapshot)?);
        let began = Instant::now();
        let now = tree.take()?;
        let checked = check_against(&ChangeToCheck {
            base: &snapshot,
            tree: &now,
            past: &Nothing,
            reviews: None,
            today: TODAY,
        });
        let time = began.elapsed();
        if checked.given != 1 {
            return Err(format!("one entry is new, and {} were judged", checked.given).into());
        }
        Ok(time)
    })?;
    table.times(
        "check, one file changed since a base",
        tree.people,
        &changed,
        median(&floors),
        Goal::None,
    )?;
    tree.save(&one.path, &one.text)?;
    tree.age();
    table.note(
        "`check from cold` stands on the bare parser and bare Cedar, a request for every entry, on all cores; \
         `check … since a base` on the bare parser, for the base must be known. The pause between two scans \
         is in neither."
            .to_owned(),
    );
    Ok(())
}

/// Pauses, for rows that wait for the tree to settle.
pub fn pause() -> Duration {
    portvakt_sources::Settle::default().pause
}
