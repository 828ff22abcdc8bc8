//! What accepted entries rest on cannot leave the register or take another meaning.

use portvakt_core::decide::{ChangeToCheck, Nothing, check_against, rules_of};
use portvakt_core::diag::Code;

use super::moved::{move_unit, moved};
use super::{KARI, REGISTER_FILE, kari, proposed, release_of};
use crate::pass::fixture::*;

#[test]
fn what_accepted_entries_rest_on_cannot_leave_the_register() {
    let nothing = Vec::<String>::new;
    for (from, to, what) in [
        (", rapporteket-smerte: Rapporteket - Smerte", "", "`rapporteket-smerte`"),
        ("units: {100089: Ahus, 200089: Ski}", "units: {200089: Ski}", "100089"),
        ("  ahus: {", "  ahus-hf: {", "`ahus`"),
        ("  LU: {name: Bruker}\n", "", "`LU`"),
        (", annen-ikt: Annen IKT", "", "`annen-ikt`"),
    ] {
        let mut hired = file("ahus", "nils.testesen", [lu(AHUS, "REQ-8", LC_AHUS)]);
        "annen-ikt".clone_into(&mut hired.employer);
        let mut tree = Tree::with(&[kari(), hired]);
        tree.edit(REGISTER_FILE, "nhn: Norsk helsenett", "nhn: Norsk helsenett, annen-ikt: Annen IKT");
        let mut world = World::new(tree);
        let base = world.tree.clone();
        world.tree.edit(REGISTER_FILE, from, to);
        let rules = match rules_of(&world.tree.snapshot()) {
            Ok(rules) => rules,
            Err(findings) => panic!("{from} → {to}: {findings:#?}"),
        };
        let (one, two) = (base.snapshot(), world.tree.snapshot());
        let today = START.parse().unwrap();
        let proposal = ChangeToCheck { base: &one, tree: &two, past: &Nothing, reviews: None, today };
        let checked = check_against(&proposal);
        let told = |finding: &portvakt_core::diag::Finding| {
            finding.code == Code::SettingsOrphan && finding.message.en().contains(what)
        };
        assert!(checked.findings.iter().any(told), "{what}: {:#?}", checked.findings);
        let decided = world.pass();
        assert!(decided.findings.iter().any(told), "{what}: {:#?}", decided.findings);
        assert!(!codes(&decided).contains(&Code::ProtectedChange), "nothing is offered for release");
        // A release of it all the same lets nothing go.
        world.release(rules.digest);
        let decided = world.pass();
        assert!(decided.released_rules.is_none() && decided.plan.steps.is_empty());
        assert_eq!(world.rights(KARI).len(), 2);
        world.tree = base;
        assert_eq!(errors(&world.pass().findings), nothing());
    }
}

/// What settings take away is not given in the change that brings them. Nobody depends on it yet, so they may be released.
#[test]
fn nothing_new_rests_on_what_the_settings_beside_it_take_away() {
    let employer = ", annen-ikt: Annen IKT";
    let mut tree = Tree::with(&[kari()]);
    tree.edit(REGISTER_FILE, "nhn: Norsk helsenett", &format!("nhn: Norsk helsenett{employer}"));
    let mut hired = file("ahus", "nils.testesen", [lu(AHUS, "REQ-8", LC_AHUS)]);
    let mut changed = kari();
    changed.access.iter_mut().for_each(|entry| START.clone_into(&mut entry.on));
    for one in [&mut hired, &mut changed] {
        "annen-ikt".clone_into(&mut one.employer);
    }
    for beside in [&hired, &changed] {
        let mut world = World::new(tree.clone());
        let base = world.tree.snapshot();
        world.tree.edit(REGISTER_FILE, employer, "");
        world.pass();
        world.release(proposed(&world));
        world.put(beside);
        let (tree, today) = (world.tree.snapshot(), START.parse().unwrap());
        let proposal = ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today };
        let told = |finding: &portvakt_core::diag::Finding| {
            finding.code == Code::UnknownName && finding.message.en().contains("`annen-ikt`")
        };
        let checked = check_against(&proposal);
        assert!(checked.findings.iter().any(told), "{}: {:#?}", beside.person, checked.findings);
        let decided = world.pass();
        assert!(decided.released_rules.is_some(), "{}: {:#?}", beside.person, decided.findings);
        assert!(decided.findings.iter().any(told), "{}: {:#?}", beside.person, decided.findings);
        assert!(!world.has("nils.testesen"));
        let known = world.known(KARI);
        assert!(known.grants.values().all(|standing| standing.grant.vouched.employer.as_str() == "ahus"));
        assert!(known.files.values().all(|facts| facts.vouched.employer.as_str() == "ahus"));
    }
}

#[test]
fn what_nobody_rests_on_any_more_may_go() {
    let mut world = World::with(&[kari()]);
    world.tree.edit(REGISTER_FILE, ", rapporteket-smerte: Rapporteket - Smerte", "");
    assert!(codes(&world.pass()).contains(&Code::SettingsOrphan));
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS)]));
    world.pass();
    assert!(release_of(&mut world).released_rules.is_some());
    // A name for display is nobody's ground.
    world.tree.edit(REGISTER_FILE, "name: Ahus HF", "name: Akershus HF");
    assert!(release_of(&mut world).released_rules.is_some());
    assert_eq!(world.rights(KARI).len(), 1);
}

#[test]
fn nobody_approves_a_change_of_id_where_the_person_has_nothing() {
    let mut world = moved();
    move_unit(&mut world);
    release_of(&mut world);
    world.pass();
    let old = file("ahus", "en.skisen", [lu(200_089, "REQ-1", LC_AHUS)]);
    let new = File { person: "en.annen".to_owned(), ..old };
    let text = new.text().replacen(
        "name:",
        "previously: {person: en.skisen, approved: {by: nobody.here, on: 2026-03-02, identity: known}}\nname:",
        1,
    );
    world.tree.remove("ahus", "en.skisen");
    world.tree.raw(&new.path(), &text);
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::IdChange) && decided.outcome.renamed.is_empty());
    assert!(world.has("en.skisen"));
}
