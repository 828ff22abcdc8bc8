//! The daemon is killed at any moment and started again.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use crate::daemon::fixture::{World, newcomer};

/// Changes the tree in one of five steps.
fn edit(world: &World, step: usize) {
    match step {
        0 => fs::write(world.file("ahus/nils.nykommer.yaml"), newcomer("nils.nykommer")).unwrap(),
        1 => fs::remove_file(world.file("unn/sara.fiktivsen.yaml")).unwrap(),
        2 => {
            let path = world.file("ahus/hilde.utkastli.yaml");
            let text = fs::read_to_string(&path).unwrap();
            let today = crate::daemon::fixture::today();
            let revoked = format!(
                "    revoked: {{on: {today}, by: anne.fiktivsen, reason: left}}\n  - application: rapporteket-smerte"
            );
            fs::write(&path, text.replace("  - application: rapporteket-smerte", &revoked)).unwrap();
        }
        3 => fs::write(world.file("ahus/nora.nykommersen.yaml"), newcomer("nora.nykommersen")).unwrap(),
        _ => fs::remove_file(world.file("helse-fonna/leif.utkastli.yaml")).unwrap(),
    }
}

const EDITED: [&str; 5] =
    ["nils.nykommer", "sara.fiktivsen", "hilde.utkastli", "nora.nykommersen", "leif.utkastli"];

fn of_others(state: &BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    state.iter().filter(|(person, _)| !EDITED.contains(&person.as_str())).cloned().collect()
}

fn done(world: &World) -> bool {
    EDITED.map(|person| world.rights(person)) == [1, 0, 1, 1, 0]
}

#[test]
fn killed_at_random_moments_it_ends_where_it_would_have() {
    let reference = World::accepted();
    let others = of_others(&reference.state());
    let daemon = reference.daemon(&["--grace", "100ms"]).settled();
    (0..5).for_each(|step| edit(&reference, step));
    daemon.until("the reference", || done(&reference));
    daemon.quiet();
    let wanted = reference.state();
    assert_eq!(daemon.stop(), 0);

    let world = World::accepted();
    let history = world.history();
    for step in 0..5 {
        for turn in 0..3_u64 {
            let daemon = world.daemon(&["--grace", "100ms"]);
            if turn == 0 {
                edit(&world, step);
            }
            // The kill comes at any time from before the first pass to after the last one.
            std::thread::sleep(Duration::from_millis((step as u64 * 61 + turn * 97) % 400));
            daemon.kill();
            assert_eq!(of_others(&world.state()), others, "step {step}, turn {turn}");
        }
    }
    let daemon = world.daemon(&["--grace", "100ms"]).settled();
    daemon.until("the end", || done(&world));
    daemon.quiet();
    assert_eq!(world.state(), wanted);
    assert_eq!(world.history(), history);
    assert_eq!(world.ask::<String>("PRAGMA integrity_check"), "ok");
    let doubles: i64 = world.ask("SELECT count(*) - count(DISTINCT person) FROM account WHERE active = 1");
    assert_eq!(doubles, 0, "nobody got two accounts");
    assert_eq!(daemon.stop(), 0);
}
