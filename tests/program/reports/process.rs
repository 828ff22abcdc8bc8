//! The program as a process. It is killed between the two halves of an operation, and it runs as a daemon.

use std::time::{Duration, Instant};

use super::world::World;
use crate::running;

const HERE: &str = r#"{"reshId": "100089", "userRole": "LU"}"#;
const HILDE: &str = "hilde.utkastli@example.test";

fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn killed_between_the_closing_and_the_reports_it_is_done_once() {
    let Some(world) = World::new() else { return };
    world.maria.report("own", "hilde.utkastli", HILDE, "subscription", HERE);
    world.maria.report("list", "anne.fiktivsen", &format!("{HILDE} b@example.test"), "dispatchment", "{}");
    world.maria.sql("UPDATE autoreport SET organization = '100089' WHERE id = 'list'");
    world.remove("ahus/hilde.utkastli.yaml");
    // Read it can, and has to wait for each row.
    let held = world.maria.holding("LOCK TABLES autoreport READ");
    let mut child = world.command(&["apply"]).spawn().unwrap();
    until("the account to close", || world.is_closed("hilde.utkastli"));
    child.kill().unwrap();
    child.wait().unwrap();
    world.maria.let_go(held);
    assert_eq!((world.owed(), world.entries("reports").len()), (1, 0), "half done, and it is known");
    // The server may still do the last request. All of the work is then found done or to do.
    let plan = world.run(&["plan"]);
    let told = String::from_utf8(plan.stdout).unwrap();
    assert!(plan.status.code() == Some(3) && told.contains("what an earlier pass left open"), "{told}");

    let output = world.run(&["apply"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.maria.running(), ["list"]);
    assert_eq!(world.maria.to("list"), "b@example.test");
    let entries = world.entries("reports");
    assert_eq!((entries.len(), world.owed()), (1, 0));
    assert_eq!((&entries[0]["ended"], &entries[0]["addresses"]), (&1.into(), &2.into()));
    assert!(world.run(&["ledger", "verify"]).status.success());
    let output = world.run(&["apply"]);
    assert!(output.status.success() && world.entries("reports").len() == 1);
}

#[test]
fn a_plan_says_it_and_writes_nothing() {
    let Some(world) = World::new() else { return };
    world.maria.report("own", "hilde.utkastli", HILDE, "subscription", HERE);
    world.remove("ahus/hilde.utkastli.yaml");
    let output = world.run(&["plan"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(told.contains("- hilde.utkastli: 1 report ends in Rapporteket\n"), "{told}");
    let output = world.run(&["--lang", "nb", "plan"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("- hilde.utkastli: 1 rapport avsluttes i Rapporteket\n"), "{told}");
    let output = world.run(&["--format", "json", "plan"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["reports"][0]["ends"], serde_json::json!(["own"]), "{told}");
    assert!(!told["reports"].to_string().contains("example.test"));
    assert_eq!((world.maria.running().len(), world.owed()), (1, 0));
}

#[test]
fn a_daemon_ends_them_when_the_database_comes_back() {
    let Some(mut world) = World::new() else { return };
    world.maria.report("own", "hilde.utkastli", HILDE, "subscription", HERE);
    world.maria.report("of-guri", "guri.liksomdal", HILDE, "subscription", "{}");
    let options =
        ["daemon", "--listen", "127.0.0.1:0", "--settle", "20ms", "--grace", "200ms", "--log-format", "json"];
    let mut child = world.command(&options).spawn().unwrap();
    let address = running::address(&mut child);
    let get = |path: &str| running::get(&address, path).1;
    until("ready", || get("/readyz").starts_with("HTTP/1.1 200"));
    // A small pass.
    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    until("the report to end", || world.maria.running() == ["own"]);
    world.maria.down();
    world.remove("ahus/hilde.utkastli.yaml");
    until("the account to close", || world.is_closed("hilde.utkastli"));
    until("the debt to be told", || get("/").contains("findings of severity `stopped`"));
    until("the metric", || get("/metrics").contains("\nportvakt_reports_owed 1\n"));
    world.maria.up();
    until("the report to end later", || world.maria.running().is_empty());
    until("nothing to be owed", || world.owed() == 0);
    until("the metric", || get("/metrics").contains("\nportvakt_reports_owed 0\n"));
    until("the page to say so", || !get("/").contains("findings of severity `stopped`"));
    running::signal(&child, rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_held_is_released_and_ends() {
    let Some(world) = World::new() else { return };
    world.four_reports_elsewhere();
    let output = world.run(&["--format", "json", "apply"]);
    assert_eq!((output.status.code(), world.maria.running().len()), (Some(4), 4), "{output:?}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let digest = told["held"][0]["digest"].as_str().unwrap().to_owned();
    let by = ["release", &digest, "--by", "bjorn.lederesen", "--by", "ingrid.koordinatorsen"];
    let output = world.run(&by);
    assert!(output.status.success(), "{output:?}");
    let output = world.run(&["apply"]);
    assert!(output.status.success(), "{output:?}");
    assert!(world.maria.running().is_empty() && world.entries("reports").len() == 4);
    let open: i64 = world.ask("SELECT count(*) FROM account WHERE active = 1 AND email IS NOT NULL");
    assert!(open > 40, "they have their access and their address: {open}");
}
