//! Extensions that come when the access has ended. Only one that was approved and seen on a day of the access, and still
//! stands in its file, needs no new request.

use portvakt_core::decide::Decided;
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;

use crate::pass::asked::{approved, by_forge, pass_with};
use crate::pass::fixture::*;

/// The last day of the access.
const LAST: &str = "2026-03-03";

fn kari(entry: Entry) -> File {
    file("ahus", "kari.testesen", [entry])
}

fn access() -> Entry {
    lu(AHUS, "R1", LC_AHUS).until(LAST)
}

fn extended() -> File {
    kari(access().until("2026-09-30").on(START))
}

fn is_refused(decided: &Decided) -> bool {
    decided.findings.iter().any(|finding| finding.code == Code::Forbidden)
}

#[test]
fn an_extension_that_is_approved_when_the_access_has_ended_is_refused_in_every_pass() {
    let mut world = World::new(by_forge(Tree::with(&[kari(access())])));
    let longer = extended();
    world.put(&longer);
    assert!(codes(&pass_with(&mut world, &[])).contains(&Code::NotReviewed));
    world.day("2026-03-04");
    pass_with(&mut world, &[]);
    assert!(!world.has("kari.testesen"), "its end acts");
    world.day("2026-03-08");
    let late = [approved(&longer.path(), LC_AHUS, &longer.text())];
    for pass in 1..4 {
        assert!(is_refused(&pass_with(&mut world, &late)), "pass {pass}");
        assert!(!world.has("kari.testesen"), "pass {pass}");
    }
    world.ledger_holds();
}

#[test]
fn an_extension_that_was_withdrawn_does_not_come_back_because_another_file_is_in_error() {
    for elsewhere in [None, Some("person: [\n")] {
        let mut world = World::with(&[kari(access())]);
        if let Some(text) = elsewhere {
            world.tree.raw("desired-state/helse-fonna/halv.testesen.yaml", text);
        }
        world.tree.raw("desired-state/ahus/README.md", "odd");
        world.put(&extended());
        assert!(codes(&world.pass()).contains(&Code::FileHeld));
        world.put(&kari(access()));
        world.pass();
        world.tree.0.remove(&FilePath::new("desired-state/ahus/README.md"));
        world.day("2026-03-04").pass();
        assert!(!world.has("kari.testesen"), "its end acts");
        world.put(&extended());
        for _ in 0..2 {
            assert!(is_refused(&world.day("2026-03-14").pass()), "{elsewhere:?}");
            assert!(!world.has("kari.testesen"), "{elsewhere:?}");
        }
    }
}
