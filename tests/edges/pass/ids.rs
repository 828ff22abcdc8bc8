//! A person changes their id (`previously:`). Everything moves to the new id, and nobody can take over another person's
//! access this way.

use portvakt_core::decide::{ChangeToCheck, Checked, Nothing, check_against};
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;
use portvakt_engine::{ledger, memory};

use crate::pass::fixture::*;

const OLD: &str = "kari.testesen";
const NEW: &str = "kari.hansenius";

/// Returns the person's file under the new id.
fn renamed(file: &File, to: &str, by: &str) -> (String, String) {
    let new = File { person: to.to_owned(), ..file.clone() };
    let approved = format!("approved: {{by: {by}, on: {START}, identity: known}}");
    let text = new.text().replacen(
        "name:",
        &format!("previously: {{person: {}, {approved}}}\nname:", file.person),
        1,
    );
    (new.path(), text)
}

impl World {
    fn rename(&mut self, file: &File, to: &str, by: &str) {
        let (path, text) = renamed(file, to, by);
        self.tree.remove(&file.trust, &file.person);
        self.tree.raw(&path, &text);
    }
}

fn against(base: &Tree, tree: &Tree) -> Checked {
    let (base, tree) = (base.snapshot(), tree.snapshot());
    let today = START.parse().unwrap();
    check_against(&ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today })
}

fn kari() -> File {
    file("ahus", OLD, [lu(AHUS, "REQ-7", LC_AHUS), lu(AHUS, "REQ-7", LC_AHUS).rapporteket()])
}

#[test]
fn everything_goes_along() {
    let mut world = World::with(&[kari()]);
    let (account, rights) = (world.account(OLD).unwrap().id, world.rights(OLD));
    let base = world.tree.clone();
    world.rename(&kari(), NEW, LC_AHUS);
    let checked = against(&base, &world.tree);
    assert_eq!(errors(&checked.findings), Vec::<String>::new(), "CI says the same");
    assert_eq!((checked.given, checked.taken), (0, 0));
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert_eq!(
        (decided.outcome.renamed.len(), decided.outcome.grants.len(), decided.outcome.cleared.len()),
        (1, 0, 0)
    );
    assert!(decided.plan.steps.is_empty(), "{:?}", decided.plan.steps);
    world.quiet();
    let known = world.known(NEW);
    assert_eq!(known.account.as_ref(), Some(&account));
    assert_eq!(known.grants.len(), 2);
    assert_eq!(world.rights_of(&account), rights, "the same account with the same rights");
    ledger::verify(world.register.connection()).unwrap();

    // Changes from here on are those of the new id.
    let mut less = kari();
    less.person = NEW.to_owned();
    less.access.pop();
    let (path, text) = renamed(&File { person: OLD.to_owned(), ..less }, NEW, LC_AHUS);
    world.tree.raw(&path, &text);
    world.pass();
    assert_eq!(world.rights_of(&account).len(), 1);
    // The line may go once it has served.
    let text = text.lines().filter(|line| !line.starts_with("previously")).collect::<Vec<_>>().join("\n");
    world.tree.raw(&path, &text);
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    world.tree.0.remove(&FilePath::new(&path));
    world.pass();
    assert!(world.rights_of(&account).is_empty());
    world.quiet();
}

#[test]
fn the_old_id_is_never_used_again() {
    let mut world = World::with(&[kari()]);
    world.rename(&kari(), NEW, LC_AHUS);
    world.pass();
    world.put(&file("ahus", OLD, [lu(AHUS, "REQ-8", LC_AHUS)]));
    let decided = world.pass();
    only(&decided, Code::IdRetired);
    assert!(decided.outcome.grants.is_empty());
    // The person has left, and it is not used again all the same.
    world.tree.remove("ahus", OLD);
    world.tree.remove("ahus", NEW);
    world.pass();
    world.put(&file("ahus", OLD, [lu(AHUS, "REQ-8", LC_AHUS)]));
    only(&world.pass(), Code::IdRetired);
    // The request is spent under either name.
    world.tree.remove("ahus", OLD);
    world.put(&file("ahus", NEW, [lu(AHUS, "REQ-7", LC_AHUS)]));
    let decided = world.pass();
    assert_eq!(decided.unsettled.refused.len(), 1);
}

#[test]
fn it_takes_an_administrator_of_every_trust_and_never_oneself() {
    let there = file("helse-fonna", OLD, [lu(FONNA, "REQ-9", LC_FONNA)]);
    let refused = |by: (&str, &str)| {
        let mut world = World::with(&[kari(), File { employer: "ahus".to_owned(), ..there.clone() }]);
        let base = world.tree.clone();
        world.rename(&kari(), NEW, by.0);
        world.rename(&File { employer: "ahus".to_owned(), ..there.clone() }, NEW, by.1);
        let found = |findings: &[portvakt_core::diag::Finding]| {
            findings.iter().filter(|finding| finding.code == Code::IdChange).count()
        };
        let checked = found(&against(&base, &world.tree).findings);
        let decided = world.pass();
        assert_eq!(found(&decided.findings), checked, "CI and the daemon say the same");
        assert!(world.has(OLD), "nobody loses anything by it");
        assert_eq!(decided.outcome.renamed.is_empty(), checked > 0);
        checked
    };
    assert_eq!(refused((LC_AHUS, LC_FONNA)), 0);
    assert_eq!(refused((LEADER, LEADER)), 0, "the national leadership may at every trust");
    assert_eq!(refused((LC_AHUS, LC_AHUS)), 1, "the other trust's is missing");
    assert_eq!(refused((LC_FONNA, LC_AHUS)), 2);
    assert_eq!(refused((ICT, LC_FONNA)), 1);
    assert_eq!(refused((NEW, LC_FONNA)), 1);
    assert_eq!(refused((OLD, OLD)), 2);
}

#[test]
fn an_administrator_does_not_rename_themselves_and_keeps_the_office() {
    let own = file("ahus", LC_AHUS, [lc(AHUS, "REQ-LC-1", LEADER)]);
    let mut world = World::with(&[]);
    world.rename(&own, "lc.nylund", LC_AHUS);
    only(&world.pass(), Code::IdChange);
    let (path, text) = renamed(&own, "lc.nylund", LEADER);
    world.tree.raw(&path, &text);
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    world.put(&file("ahus", OLD, [lu(AHUS, "REQ-7", "lc.nylund")]));
    world.pass();
    assert!(world.has(OLD), "the coordinator approves under the new id");

    // An appointment in `register.yaml` means its person, until the next change of the settings writes the new id.
    let leader = file("nasjonal", LEADER, [entry("SC", 0, "REQ-SC", COORDINATOR)]);
    let mut world = World::with(std::slice::from_ref(&leader));
    world.rename(&leader, "leder.nylund", COORDINATOR);
    let decided = world.pass();
    // SC is for the register leader, whichever id stands at the office.
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    world.put(&file("helse-fonna", "ny.koordinator", [lc(FONNA, "REQ-LC-3", "leder.nylund").on(START)]));
    world.pass();
    assert!(world.has("ny.koordinator"));
}

#[test]
fn what_is_not_in_order_changes_nothing() {
    let there =
        File { employer: "ahus".to_owned(), ..file("helse-fonna", OLD, [lu(FONNA, "REQ-9", LC_FONNA)]) };
    let both = [kari(), there.clone()];
    // Only one of the files is there.
    let mut world = World::with(&both);
    world.rename(&kari(), NEW, LC_AHUS);
    only(&world.pass(), Code::IdChange);
    assert_eq!(world.rights(OLD).len(), 3);
    // The other one takes the name without a word of it.
    let text = File { person: NEW.to_owned(), ..there.clone() };
    world.tree.remove("helse-fonna", OLD);
    world.put(&text);
    only(&world.pass(), Code::IdChange);
    assert_eq!(world.rights(OLD).len(), 3);
    // Put right, it is made.
    let (path, text) = renamed(&there, NEW, LC_FONNA);
    world.tree.raw(&path, &text);
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert_eq!(world.known(NEW).grants.len(), 3);

    // The old file is still there.
    let mut world = World::with(&[kari()]);
    let (path, text) = renamed(&kari(), NEW, LC_AHUS);
    world.tree.raw(&path, &text);
    only(&world.pass(), Code::IdChange);
    assert!(world.has(OLD));
    // Three new ids are refused: one that another person has, one for two people, and one for an unknown person.
    let mut world = World::with(&[kari(), file("ahus", NEW, [lu(AHUS, "REQ-8", LC_AHUS)])]);
    world.rename(&kari(), NEW, LC_AHUS);
    only(&world.pass(), Code::IdChange);
    assert!(world.has(OLD) && world.has(NEW));
    let mut world = World::with(&[kari()]);
    let (other, text) = renamed(&kari(), "kari.annen", LC_AHUS);
    world.rename(&kari(), NEW, LC_AHUS);
    world.tree.raw(&other, &text);
    let decided = world.pass();
    assert_eq!(decided.findings.iter().filter(|finding| finding.code == Code::IdChange).count(), 2);
    assert!(world.has(OLD));
    let mut world = World::with(&[]);
    let (path, text) = renamed(&kari(), NEW, LC_AHUS);
    world.tree.raw(&path, &text);
    only(&world.pass(), Code::IdChange);
    assert!(!world.has(NEW));
}

#[test]
fn nobody_takes_over_an_office_or_a_key_by_it() {
    // The national coordinator has no file of their own.
    let mut world = World::with(&[kari()]);
    world.rename(&kari(), COORDINATOR, LC_AHUS);
    only(&world.pass(), Code::IdChange);
    assert!(world.has(OLD));
}

#[test]
fn revoked_acts_in_a_file_whose_change_of_id_is_refused() {
    let mut world = World::with(&[kari()]);
    let mut file = kari();
    file.access = file.access.into_iter().map(|entry| entry.revoked(LC_AHUS)).collect();
    world.rename(&file, NEW, LC_FONNA);
    only(&world.pass(), Code::IdChange);
    assert!(!world.has(OLD));
}

#[test]
fn an_id_that_somebody_writes_into_the_database_means_nobody() {
    let mut world = World::with(&[kari()]);
    memory::set_renamed(world.register.connection(), &person(LEADER), &person(OLD)).unwrap();
    world.put(&file("helse-fonna", "ny.koordinator", [lc(FONNA, "REQ-LC-3", OLD).on(START)]));
    let decided = world.pass();
    assert!(!world.has("ny.koordinator"), "the office is not theirs");
    only(&decided, Code::MemoryDiffers);
    // Taken out of the database, it is missed as well.
    let mut world = World::with(&[kari()]);
    world.rename(&kari(), NEW, LC_AHUS);
    world.pass();
    memory::set_mark(world.register.connection(), "renamed", "").unwrap();
    only(&world.pass(), Code::MemoryDiffers);
}

#[test]
fn ids_change_again_and_again() {
    let mut world = World::with(&[kari()]);
    let account = world.account(OLD).unwrap().id;
    world.rename(&kari(), NEW, LC_AHUS);
    world.pass();
    let now = File { person: NEW.to_owned(), ..kari() };
    world.rename(&now, "kari.tredje", LC_AHUS);
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert_eq!(world.known("kari.tredje").account.as_ref(), Some(&account));
    for id in [OLD, NEW] {
        world.put(&file("ahus", id, [lu(AHUS, "REQ-8", LC_AHUS)]));
        only(&world.pass(), Code::IdRetired);
        world.tree.remove("ahus", id);
    }
    // A chain of two new ids in one change is not accepted.
    let mut world = World::with(&[kari()]);
    world.rename(&kari(), NEW, LC_AHUS);
    let (path, text) = renamed(&now, "kari.tredje", LC_AHUS);
    world.tree.raw(&path, &text);
    world.pass();
    assert_eq!(world.known("kari.tredje").grants.len(), 0);
}

/// Mistakes in and around `previously`, each with the file as it was meant afterwards.
#[test]
fn no_mistake_in_it_takes_the_access() {
    let (path, text) = renamed(&kari(), NEW, LC_AHUS);
    let block = text.lines().find(|line| line.starts_with("previously")).unwrap().to_owned();
    for (from, to) in [
        ("on: 2026-03-02, identity", "on: 02.03.2026, identity"),
        (", identity: known}", "}"),
        ("person: kari.testesen, approved", "Person: kari.testesen, approved"),
        ("previously:", "previous:"),
        ("person: kari.testesen, approved", "person: kari.testesenn, approved"),
        ("person: kari.testesen, approved", "person: Kari.Testesen, approved"),
        ("person: kari.testesen, approved", "person: kari.hansenius, approved"),
        ("person: kari.testesen, approved", "person: lc.ahusen, approved"),
        (block.as_str(), "previously: kari.testesen"),
        (block.as_str(), ""),
        ("by: lc.ahusen, on: 2026-03-02", "by: lc.fonnasen, on: 2026-03-02"),
        ("by: lc.ahusen, on: 2026-03-02", "by: lc.ahusen, on: 2026-01-02"),
    ] {
        let mut world = World::with(&[kari()]);
        let base = world.tree.clone();
        assert!(text.contains(from), "{from}");
        world.tree.remove("ahus", OLD);
        world.tree.raw(&path, &text.replacen(from, to, 1));
        assert_eq!(against(&base, &world.tree).weighed.unwrap().changes.takes.len(), 0, "{to}");
        for _ in 0..3 {
            let decided = world.pass();
            assert!(!errors(&decided.findings).is_empty(), "{to}");
            assert_eq!(world.rights(OLD).len(), 2, "{to}");
        }
        world.tree.raw(&path, &text);
        assert_eq!(errors(&world.pass().findings), Vec::<String>::new(), "{to}");
        assert_eq!(world.known(NEW).grants.len(), 2, "{to}");
    }
}

#[test]
fn who_mends_one_thing_after_the_other_comes_to_no_harm() {
    let mut world = World::with(&[kari()]);
    let (path, text) = renamed(&kari(), NEW, LC_FONNA);
    world.tree.raw(&path, &text);
    let decided = world.pass();
    let told = decided.findings.iter().filter(|finding| finding.code == Code::IdChange).count();
    assert_eq!(told, 2, "that the old file is there, and that the approver cannot");
    world.now += jiff::SignedDuration::from_hours(30);
    world.pass();
    world.tree.remove("ahus", OLD);
    world.pass();
    assert!(world.has(OLD), "the file says whom it means, however long it has lain there");
    let (_, text) = renamed(&kari(), NEW, LC_AHUS);
    world.tree.raw(&path, &text);
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
}

#[test]
fn an_id_that_looks_like_somebody_elses_is_none() {
    let mut world = World::with(&[kari(), file("ahus", "lars.demostad", [lu(AHUS, "REQ-8", LC_AHUS)])]);
    world.rename(&kari(), "lars.dernostad", LC_AHUS);
    only(&world.pass(), Code::IdChange);
    assert!(world.has(OLD));
}

#[test]
fn a_line_in_the_tree_of_a_baseline_hands_over_no_office() {
    // The system manager has no file. The first tree has a person who claims to be them under an earlier id.
    let heir = file("ahus", "falsk.person", [lu(AHUS, "REQ-9", LC_AHUS)]);
    let text = heir.text().replacen(
        "name:",
        &format!("previously: {{person: {MANAGER}, approved: {{by: nobody.here, on: 2020-01-01, identity: known}}}}\nname:"),
        1,
    );
    let mut tree = Tree::new();
    tree.raw(&heir.path(), &text);
    let mut world = World::accepted(tree, &[]);
    world.pass();
    assert!(memory::renamed(world.register.connection()).unwrap().is_empty());
    let technician =
        file("utvikling", "ny.teknikersen", [lu(TEST, "REQ-T", "falsk.person").on(START)]).ict("nhn");
    world.put(&technician);
    world.pass();
    assert!(!world.has("ny.teknikersen"));
}

#[test]
fn a_tree_by_itself_knows_old_approvals_under_new_ids() {
    let leader = file("nasjonal", LEADER, [entry("SC", 0, "REQ-SC", COORDINATOR)]);
    let mut tree = Tree::with(&[kari(), leader.clone()]);
    let coordinator = file("ahus", LC_AHUS, [lc(AHUS, "REQ-LC-1", LEADER)]);
    for (file, to, by) in [(&leader, "leder.nylund", COORDINATOR), (&coordinator, "lc.nylund", LEADER)] {
        let (path, text) = renamed(file, to, by);
        tree.remove(&file.trust, &file.person);
        tree.raw(&path, &text);
    }
    let today = START.parse().unwrap();
    let found = |tree: &Tree| errors(&portvakt_core::decide::check_alone(&tree.snapshot(), today).findings);
    assert_eq!(found(&tree), Vec::<String>::new(), "as long as the settings name the old id");
    tree.edit("desired-state/register.yaml", "person: leder.eksempelvik", "person: leder.nylund");
    assert_eq!(found(&tree), Vec::<String>::new(), "and when they name the new one");
    // Nobody approves their own access, under any id.
    tree.raw("desired-state/ahus/lc.nylund.yaml", &{
        let (_, text) = renamed(&coordinator, "lc.nylund", LEADER);
        text.replace(&format!("by: {LEADER}\n"), &format!("by: {LC_AHUS}\n"))
    });
    assert!(!found(&tree).is_empty());
}
