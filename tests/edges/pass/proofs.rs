//! If the register asks for proofs, changed policies wait until this host has proved them. Only the accepted register
//! decides this. Neither the change itself nor a file beside the ledger can vouch for a set.

use portvakt_core::decide::{ChangeToCheck, Decided, Nothing, check_against, rules_of};
use portvakt_core::diag::{Code, Lang, Severity};
use portvakt_core::judge::Rules;
use portvakt_core::model::Digest;
use portvakt_core::proof::{SetProof, proved_set};
use portvakt_engine::apply::remember_proof;
use portvakt_engine::memory;
use portvakt_engine::memory::Bound;

use crate::pass::fixture::*;

const ADMINISTRATION: &str = "policies/administration.cedar";
const REGISTER_FILE: &str = "desired-state/register.yaml";

/// A tree whose register asks for proofs.
fn asking() -> Tree {
    let mut tree = Tree::new();
    tree.edit(REGISTER_FILE, "review_months: 3\n", "review_months: 3\nproofs: required\n");
    tree
}

/// Lets any coordinator approve anywhere.
fn loosen(tree: &mut Tree) {
    tree.edit(
        ADMINISTRATION,
        "when { principal.offices.isEmpty() && !principal.coordinatorOf.isEmpty() }",
        "when { principal.offices.isEmpty() && context.months > 9000 }",
    );
    tree.edit(
        ADMINISTRATION,
        "when { principal.coordinatorOf.contains(resource.trust.id) }",
        "when { !principal.coordinatorOf.isEmpty() }",
    );
}

fn proposed(world: &World) -> Rules {
    rules_of(&world.tree.snapshot()).unwrap()
}

/// The digest of the policies in force.
fn in_force(world: &World) -> Digest {
    memory::accepted_rules(world.register.connection()).unwrap().unwrap().0
}

fn proof_of(policies: &Digest) -> SetProof {
    SetProof {
        set: proved_set(policies),
        policies: *policies,
        prover: Digest::of(b"a prover"),
        solver: "a solver, version 1".to_owned(),
        promises: 3,
        questions: 9,
    }
}

/// The approved change waits for the proof, and for nothing else.
#[track_caller]
fn waits_for_proof(decided: &Decided) {
    only(decided, Code::ProofMissing);
    assert!(!codes(decided).contains(&Code::ProtectedChange), "{:#?}", decided.findings);
    assert!(decided.released_rules.is_none());
}

#[test]
fn changed_policies_wait_for_the_proof_that_this_host_makes() {
    let mut world = World::new(asking());
    let before = in_force(&world);
    loosen(&mut world.tree);
    let rules = proposed(&world);
    let decided = world.pass();
    only(&decided, Code::ProtectedChange);
    let told = only(&decided, Code::ProofMissing);
    assert_eq!(told.severity, Severity::Held);
    let release = format!("`portvakt release {}`", rules.digest);
    for lang in [Lang::En, Lang::Nb] {
        assert!(told.message.get(lang).contains(&rules.policies_digest.to_string()), "{told:#?}");
        assert!(told.way_out.get(lang).contains(&release), "{told:#?}");
    }
    // Two have approved it, and it waits all the same. All else goes on, by the policies that were accepted.
    world.release(rules.digest);
    waits_for_proof(&world.pass());
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]));
    world.put(&file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_FONNA)]));
    waits_for_proof(&world.pass());
    assert!(world.has("kari.testesen") && !world.has("ola.testesen"));
    assert_eq!(in_force(&world), before);

    remember_proof(&mut world.register, &proof_of(&rules.policies_digest), world.now).unwrap();
    let decided = world.pass();
    assert!(decided.released_rules.is_some() && !codes(&decided).contains(&Code::ProofMissing));
    assert_eq!(in_force(&world), rules.policies_digest);
    world.pass();
    world.ledger_holds();
}

#[test]
fn a_proof_gives_no_approval() {
    let mut world = World::new(asking());
    loosen(&mut world.tree);
    let rules = proposed(&world);
    remember_proof(&mut world.register, &proof_of(&rules.policies_digest), world.now).unwrap();
    let decided = world.pass();
    only(&decided, Code::ProtectedChange);
    assert!(!codes(&decided).contains(&Code::ProofMissing) && decided.released_rules.is_none());
    world.release(rules.digest);
    assert!(world.pass().released_rules.is_some());
}

#[test]
fn only_a_proof_of_this_very_set_that_stands_in_the_ledger_counts() {
    let mut world = World::new(asking());
    loosen(&mut world.tree);
    let rules = proposed(&world);
    world.pass();
    world.release(rules.digest);
    let another = proof_of(&Digest::of(b"another set"));
    // One of another version of the program, which names the set otherwise.
    let older = SetProof { set: rules.policies_digest, ..proof_of(&rules.policies_digest) };
    for proof in [another, older] {
        remember_proof(&mut world.register, &proof, world.now).unwrap();
        waits_for_proof(&world.pass());
    }
    let set = proved_set(&rules.policies_digest);
    memory::set_last_proved(world.register.connection(), &set).unwrap();
    world.restart();
    waits_for_proof(&world.pass());
}

#[test]
fn a_change_does_not_let_itself_off() {
    let mut world = World::new(asking());
    loosen(&mut world.tree);
    world.tree.edit(REGISTER_FILE, "proofs: required\n", "");
    world.pass();
    world.release(proposed(&world).digest);
    waits_for_proof(&world.pass());

    // Leaving out the key is a change of the register like any other. After it policies need two administrators and no
    // proof.
    let mut world = World::new(asking());
    world.tree.edit(REGISTER_FILE, "proofs: required\n", "");
    let decided = world.pass();
    only(&decided, Code::ProtectedChange);
    assert!(!codes(&decided).contains(&Code::ProofMissing));
    world.release(proposed(&world).digest);
    assert!(world.pass().released_rules.is_some());
    loosen(&mut world.tree);
    assert!(!codes(&world.pass()).contains(&Code::ProofMissing));
    world.release(proposed(&world).digest);
    assert!(world.pass().released_rules.is_some());
}

#[test]
fn a_register_asks_from_when_it_is_in_force() {
    let mut world = World::with(&[]);
    world.tree.edit(REGISTER_FILE, "review_months: 3\n", "review_months: 3\nproofs: required\n");
    let decided = world.pass();
    only(&decided, Code::ProtectedChange);
    assert!(!codes(&decided).contains(&Code::ProofMissing), "the policies are those in force");
    world.release(proposed(&world).digest);
    assert!(world.pass().released_rules.is_some());
    world.pass();
    // Settings beside the policies need no proof.
    world.tree.edit(REGISTER_FILE, "units: {100089: Ahus,", "units: {100089: Akershus,");
    assert!(!codes(&world.pass()).contains(&Code::ProofMissing));
    world.release(proposed(&world).digest);
    assert!(world.pass().released_rules.is_some());
    world.pass();
    loosen(&mut world.tree);
    only(&world.pass(), Code::ProofMissing);
}

#[test]
fn a_proof_is_worth_no_more_than_the_ledger_it_stands_in() {
    let mut world = World::new(asking());
    let proof = proof_of(&Digest::of(b"a set"));
    remember_proof(&mut world.register, &proof, world.now).unwrap();
    let proved = |world: &World| {
        let mut bound = Bound::default();
        bound.follow(world.register.connection()).unwrap();
        bound.proved()
    };
    assert_eq!(proved(&world), [(proof.set, proof.prover)].into());
    // A baseline replaces everything before it, and older proofs do not count after it.
    world.baseline(START);
    assert!(proved(&world).is_empty());
    remember_proof(&mut world.register, &proof, world.now).unwrap();
    assert_eq!(proved(&world).len(), 1);
    world.sql("DROP TRIGGER ledger_gapless; DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_kept;");
    world.sql("UPDATE ledger SET body = '{}' WHERE seq = 2");
    assert!(proved(&world).is_empty());
}

#[test]
fn a_check_says_that_the_host_will_ask() {
    let (base, mut tree) = (asking(), asking());
    let today = START.parse().unwrap();
    let found = |tree: &Tree| {
        let (base, tree) = (base.snapshot(), tree.snapshot());
        let proposal = ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today };
        let findings = check_against(&proposal).findings;
        findings.into_iter().filter(|finding| finding.code == Code::ProofMissing).collect::<Vec<_>>()
    };
    assert!(found(&tree).is_empty());
    loosen(&mut tree);
    let all = found(&tree);
    let [told] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!(told.severity, Severity::Advice);
    assert!(told.way_out.en().contains("`portvakt prove`"), "{told:#?}");
    let digest = rules_of(&tree.snapshot()).unwrap().digest.to_string();
    assert!(told.way_out.get(Lang::Nb).contains(&digest), "{told:#?}");
}
