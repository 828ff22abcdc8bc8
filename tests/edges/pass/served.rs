//! A pass looks up used statements, holds and refusals by their own keys. So a pass over one file finds them among
//! years of records, and touches nothing else.

use std::collections::BTreeSet;

use portvakt_core::decide::Scope;
use portvakt_core::diag::Code;
use portvakt_core::model::{Digest, FilePath};
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;

use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";
const OLA: &str = "ola.testesen";

/// A pass looks at the files of these people alone.
fn over(people: &[&str]) -> Scope {
    let paths = people.iter().map(|person| FilePath::new(&format!("desired-state/ahus/{person}.yaml")));
    Scope::Files(paths.collect())
}

/// The register has accepted as many changes as in many years.
fn many_years(world: &mut World) {
    let tx = world.register.connection_mut().begin().unwrap();
    for number in 0..50_000 {
        memory::use_statement(&tx, &Digest::of(format!("statement {number}").as_bytes())).unwrap();
    }
    for body in memory::bind_anew(&tx).unwrap() {
        append(&tx, world.now, EntryKind::Remembered, &body).unwrap();
    }
    tx.commit().unwrap();
}

#[test]
fn a_pass_over_one_file_finds_what_has_counted_among_all_that_ever_served() {
    let mut world = World::new(Tree::new());
    let list = format!("rejected:\n  - {{request: REQ-7, on: {START}, by: {LC_AHUS}, reason: no need}}\n");
    world.tree.raw("requests/ahus.yaml", &list);
    world.pass();
    many_years(&mut world);
    // A rejection of so long ago would be too old to begin to count. It is remembered, so it counts.
    world.day("2026-05-04");
    let asks =
        |request: &str| file("ahus", KARI, [lu(AHUS, request, LC_AHUS).on("2026-05-04").from("2026-05-04")]);
    world.put(&asks("REQ-7"));
    let decided = world.pass_over(&over(&[KARI]));
    assert_eq!(underlined(&only(&decided, Code::RequestRejected)), "REQ-7");
    assert!(!world.has(KARI));
    world.put(&asks("REQ-8"));
    let decided = world.pass_over(&over(&[KARI]));
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(world.has(KARI));
    world.pass();
    world.quiet();
}

#[test]
fn a_pass_over_one_file_lifts_and_mends_what_that_file_held_and_nothing_else() {
    let state = |world: &World| {
        let conn = world.register.connection();
        let refused = memory::refusals(conn).unwrap().into_keys().map(|key| key.person.to_string());
        let held = memory::file_holds(conn).unwrap().into_keys().map(|path| path.to_string());
        (refused.collect::<Vec<_>>(), held.collect::<Vec<_>>())
    };
    let (per, siri) = ("desired-state/ahus/per.testesen.yaml", "desired-state/ahus/siri.testesen.yaml");
    let mut world = World::new(Tree::new());
    for (who, request) in [(KARI, "REQ-1"), (OLA, "REQ-2")] {
        // The coordinator of another trust may not approve it.
        world.put(&file("ahus", who, [lu(AHUS, request, LC_FONNA).on("2026-02-27").from("2026-03-01")]));
    }
    world.tree.raw(per, "x: [");
    world.tree.raw(siri, "x: [");
    world.pass();
    let strings = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    assert_eq!(state(&world), (strings(&[KARI, OLA]), strings(&[per, siri])));
    world.tree.remove("ahus", KARI);
    world.tree.remove("ahus", OLA);
    world.tree.remove("ahus", "per.testesen");
    world.tree.remove("ahus", "siri.testesen");
    world.pass_over(&over(&[KARI]));
    assert_eq!(state(&world), (strings(&[OLA]), strings(&[per, siri])));
    world.pass_over(&over(&["siri.testesen"]));
    assert_eq!(state(&world), (strings(&[OLA]), strings(&[per])));
    world.pass();
    assert_eq!(state(&world), (Vec::new(), Vec::new()));
    // The first judgement is kept of an entry that is gone, and of this person alone.
    let (kari, ola) = (person(KARI), person(OLA));
    let first = |people| memory::first_judgements(world.register.connection(), &people).unwrap().len();
    assert_eq!(first(BTreeSet::from([&kari])), 1);
    assert_eq!(first(BTreeSet::from([&kari, &ola])), 2);
}
