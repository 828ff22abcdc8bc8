//! Changes of policies and `register.yaml` are held until they are released. Until then the old and the new rules must
//! both permit an entry. The new rules are in force from the next judgement. A refusal stays with the bytes that were
//! refused.

use portvakt_core::decide::rules_of;
use portvakt_core::diag::Code;
use portvakt_core::model::Digest;
use portvakt_engine::memory;

use crate::pass::fixture::*;

const ADMINISTRATION: &str = "policies/administration.cedar";
const REGISTER_FILE: &str = "desired-state/register.yaml";

fn proposed(world: &World) -> Digest {
    rules_of(&world.tree.snapshot()).unwrap().digest
}

fn kari(by: &str) -> File {
    file("ahus", "kari.testesen", [lu(AHUS, "R1", by)])
}

/// Takes the policy out that keeps a coordinator at home, and lets any coordinator approve anywhere.
fn loosen(world: &mut World) {
    world.tree.edit(
        ADMINISTRATION,
        "when { principal.offices.isEmpty() && !principal.coordinatorOf.isEmpty() }",
        "when { principal.offices.isEmpty() && context.months > 9000 }",
    );
    world.tree.edit(
        ADMINISTRATION,
        "when { principal.coordinatorOf.contains(resource.trust.id) }",
        "when { !principal.coordinatorOf.isEmpty() }",
    );
}

#[test]
fn changed_policies_wait_and_both_must_permit_until_they_are_released() {
    let mut world = World::with(&[]);
    loosen(&mut world);
    world.put(&kari(LC_FONNA));
    let decided = world.pass();
    let finding = only(&decided, Code::ProtectedChange);
    assert!(finding.way_out.en().contains(&proposed(&world).to_string()), "{finding:#?}");
    assert!(!world.has("kari.testesen"), "loosened and used in one change");

    // An access that the new rules forbid is refused at once.
    let mut world = World::with(&[]);
    world.tree.edit(
        ADMINISTRATION,
        "when { resource.staff == Staff::\"health\" };",
        "when { context.months > 9000 };",
    );
    world.put(&kari(LC_AHUS));
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::NotPermitted));
    assert!(!world.has("kari.testesen"));
}

#[test]
fn what_is_released_is_in_force_from_the_next_judgement_on() {
    let mut world = World::with(&[]);
    loosen(&mut world);
    world.pass();
    world.release(proposed(&world));
    world.put(&kari(LC_FONNA));
    let decided = world.pass();
    assert!(decided.wants_another());
    assert!(!world.has("kari.testesen"), "the change that brings them is judged by the old ones");
    world.pass();
    assert!(!world.has("kari.testesen"), "a refusal sticks to its bytes");
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_FONNA).on("2026-03-01")]));
    world.pass();
    assert!(world.has("kari.testesen"));
    assert_eq!(memory::live_releases(world.register.connection(), world.now).unwrap().len(), 0, "spent");
    world.ledger_holds();
}

#[test]
fn a_refusal_sticks_to_its_bytes() {
    let mut world = World::with(&[]);
    world.put(&kari(LC_FONNA));
    let first = world.pass().findings.clone();
    for _ in 0..10 {
        assert_eq!(world.pass().findings, first);
    }
    loosen(&mut world);
    world.pass();
    world.release(proposed(&world));
    for _ in 0..3 {
        assert_eq!(world.pass().unsettled.refused.len(), 1);
    }
    // An edit elsewhere in the file is no new evidence.
    let mut edited = kari(LC_FONNA);
    "Kari Testesen".clone_into(&mut edited.name);
    world.put(&edited);
    assert_eq!(world.pass().unsettled.refused.len(), 1);
    world.day("2026-03-09");
    let decided = world.pass();
    assert!(only(&decided, Code::Forbidden).message.en().contains("2026-03-02"));
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_FONNA).on("2026-03-08")]));
    world.pass();
    assert!(world.has("kari.testesen"));
    assert!(memory::refusals(world.register.connection()).unwrap().is_empty());
}

#[test]
fn taking_a_refused_file_away_and_putting_it_back_gains_nothing() {
    let mut world = World::with(&[]);
    world.put(&kari(LC_FONNA));
    world.pass();
    loosen(&mut world);
    world.pass();
    world.release(proposed(&world));
    world.pass();
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert!(
        memory::refusals(world.register.connection()).unwrap().is_empty(),
        "nothing of it is in the tree"
    );
    world.put(&kari(LC_FONNA));
    assert_eq!(world.pass().unsettled.refused.len(), 1);
    assert!(!world.has("kari.testesen"));
}

#[test]
fn somebody_who_comes_into_office_later_does_not_mend_an_old_approval() {
    let mut world = World::with(&[file("ahus", "snart.ahusen", [lc(AHUS, "R0", LEADER).from("2026-03-10")])]);
    world.put(&kari("snart.ahusen"));
    world.pass();
    world.day("2026-03-11").pass();
    assert!(world.has("snart.ahusen") && !world.has("kari.testesen"));
}

#[test]
fn an_invalid_set_is_refused_whole_and_the_accepted_one_stays_in_force() {
    for (path, from, to) in [
        (ADMINISTRATION, "principal.offices.contains(Office", "principal.office.contains(Office"),
        (ADMINISTRATION, "permit (", "permit ("),
        (REGISTER_FILE, "max_lis_months: 12", "max_lis_months: twelve"),
    ] {
        let mut world = World::with(&[]);
        world.tree.edit(path, from, to);
        if from == to {
            world.tree.0.remove(&portvakt_core::model::FilePath::new("policies/schema.cedarschema"));
        }
        world.put(&kari(LC_AHUS));
        world.put(&file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_FONNA)]));
        let decided = world.pass();
        assert!(!errors(&decided.findings).is_empty());
        assert!(world.has("kari.testesen") && !world.has("ola.testesen"), "{path}");
    }
}

#[test]
fn a_new_administrator_of_the_register_has_no_authority_until_released() {
    let mut world = World::with(&[]);
    world.tree.edit(
        REGISTER_FILE,
        "administrators:\n",
        "administrators:\n  - {person: ny.eksempelvik, name: Ny Eksempelvik, office: register-leader, from: 2015-01-01}\n",
    );
    world.put(&kari("ny.eksempelvik"));
    let decided = world.pass();
    assert!(
        codes(&decided).contains(&Code::ProtectedChange) && codes(&decided).contains(&Code::NotPermitted)
    );
    world.release(proposed(&world));
    world.pass();
    assert!(!world.has("kari.testesen"));
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", "ny.eksempelvik").on("2026-03-02")]));
    world.pass();
    assert!(world.has("kari.testesen"));
}

#[test]
fn an_old_release_releases_nothing() {
    let mut world = World::with(&[]);
    loosen(&mut world);
    world.pass();
    world.release(proposed(&world));
    world.day("2026-03-10");
    assert!(codes(&world.pass()).contains(&Code::ProtectedChange));
}

#[test]
fn what_was_accepted_stands_whatever_later_policies_say() {
    let mut world = World::with(&[kari(LC_AHUS)]);
    world.tree.edit(
        ADMINISTRATION,
        "when { resource.staff == Staff::\"health\" };",
        "when { context.months > 9000 };",
    );
    world.pass();
    world.release(proposed(&world));
    world.pass();
    world.tree.remove("ahus", LC_AHUS);
    world.pass();
    world.pass();
    assert!(world.has("kari.testesen"), "acceptance does not fall with the approver or the policy");
}

#[test]
fn a_release_of_rules_that_are_no_longer_proposed_is_spent() {
    let mut world = World::with(&[]);
    let before = world.tree.clone();
    loosen(&mut world);
    let loose = world.tree.clone();
    world.pass();
    world.release(proposed(&world));
    world.tree = before;
    world.pass();
    world.tree = loose;
    for _ in 0..2 {
        only(&world.pass(), Code::ProtectedChange);
    }
}
