//! A rejected application's number serves nobody (R3). A rejection counts when an administrator of the trust is shown to have
//! made it, and it goes on counting after they have left.

use portvakt_core::decide::{ChangeToCheck, Checked, Nothing, check_against, check_alone};
use portvakt_core::diag::{Code, Lang};

use crate::pass::asked::{approved, by_forge, pass_with, pass_with_unread_branch};
use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";

/// A list with one rejected application.
fn list(request: &str, on: &str, by: &str) -> String {
    format!(
        "rejected:\n  - request: {request}\n    on: {on}\n    by: {by}\n    reason: no need at the unit\n"
    )
}

fn reject(tree: &mut Tree, by: &str) {
    tree.raw("requests/ahus.yaml", &list("REQ-7", START, by));
}

fn lu_of(who: &str, request: &str) -> File {
    file("ahus", who, [lu(AHUS, request, LC_AHUS)])
}

fn against(base: &Tree, tree: &Tree) -> Checked {
    let (base, tree) = (base.snapshot(), tree.snapshot());
    let today = START.parse().unwrap();
    check_against(&ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today })
}

fn count(checked: &Checked, code: Code) -> usize {
    checked.findings.iter().filter(|finding| finding.code == code).count()
}

#[test]
fn a_rejected_number_serves_nobody_in_check_and_pass_alike() {
    let mut world = World::new(Tree::new());
    let before = world.tree.clone();
    reject(&mut world.tree, LC_AHUS);
    assert_eq!(against(&before, &world.tree).findings, against(&before, &before).findings);
    let rejected = world.tree.clone();
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    // It is a recorded outcome, and recorded once.
    world.quiet();
    let sql = "SELECT count(*) FROM ledger WHERE kind = 'request-rejected'";
    let recorded: i64 = world.register.connection().query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(recorded, 1);

    world.put(&lu_of(KARI, "REQ-7"));
    for base in [&before, &rejected] {
        assert_eq!(count(&against(base, &world.tree), Code::RequestRejected), 1);
    }
    assert_eq!(count(&check_alone(&world.tree.snapshot(), START.parse().unwrap()), Code::RequestRejected), 1);
    let finding = only(&world.pass(), Code::RequestRejected);
    assert_eq!(underlined(&finding), "REQ-7");
    for lang in [Lang::En, Lang::Nb] {
        assert!(finding.message.get(lang).contains("no need at the unit"), "{finding:?}");
    }
    assert!(!world.has(KARI));
    // At another trust it is the same number. Another number is not rejected.
    world.tree.remove("ahus", KARI);
    world.put(&file("helse-fonna", KARI, [lu(FONNA, "REQ-7", LC_FONNA)]));
    only(&world.pass(), Code::RequestRejected);
    world.put(&file("helse-fonna", KARI, [lu(FONNA, "REQ-8", LC_FONNA)]));
    world.pass();
    assert!(world.has(KARI));
}

#[test]
fn a_rejected_number_serves_nobody_in_whatever_case_it_is_written() {
    let mut world = World::new(Tree::new());
    reject(&mut world.tree, LC_AHUS);
    world.pass();
    let base = world.tree.clone();
    world.put(&lu_of(KARI, "req-7"));
    assert_eq!(count(&against(&base, &world.tree), Code::RequestRejected), 1);
    only(&world.pass(), Code::RequestRejected);
    assert!(!world.has(KARI));
    // The number does not serve either while the list cannot be read.
    world.tree.edit("requests/ahus.yaml", "    by:", "    bye:");
    world.tree.remove("ahus", KARI);
    world.put(&lu_of("ola.testesen", "Req-7"));
    only(&world.pass(), Code::RequestRejected);
}

#[test]
fn in_one_change_the_rejection_goes_before_the_access() {
    let mut world = World::new(Tree::new());
    reject(&mut world.tree, LC_AHUS);
    world.put(&lu_of(KARI, "REQ-7"));
    only(&world.pass(), Code::RequestRejected);
    assert!(!world.has(KARI));
    // A rejection that was wrong is taken out, and the entry is judged anew.
    world.tree.0.remove(&portvakt_core::model::FilePath::new("requests/ahus.yaml"));
    world.pass();
    assert!(world.has(KARI));
}

#[test]
fn what_was_accepted_before_stands_and_may_be_changed() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7")]);
    let base = world.tree.clone();
    reject(&mut world.tree, LC_AHUS);
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS).until("2026-12-31").on(START)]));
    assert_eq!(count(&against(&base, &world.tree), Code::RequestRejected), 0);
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(world.has(KARI));
    // More on that number is something new.
    let more = lu(AHUS, "REQ-7", LC_AHUS).rapporteket();
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS).until("2026-12-31").on(START), more]));
    only(&world.pass(), Code::RequestRejected);
    assert_eq!(world.rights(KARI).len(), 1);
}

#[test]
fn a_check_lets_no_number_be_rejected_that_serves_somebody() {
    let world = World::with(&[lu_of(KARI, "REQ-7")]);
    let base = world.tree.clone();
    for (number, told) in [("REQ-7", 1), ("req-7", 1), ("REQ-8", 0)] {
        for trust in ["ahus", "helse-fonna"] {
            let mut tree = base.clone();
            let by = if trust == "ahus" { LC_AHUS } else { LC_FONNA };
            tree.raw(&format!("requests/{trust}.yaml"), &list(number, START, by));
            assert_eq!(count(&against(&base, &tree), Code::RequestOfAnother), told, "{number} at {trust}");
            // A merged entry stays as it is, and is not reported again.
            assert_eq!(count(&against(&tree, &tree), Code::RequestOfAnother), 0, "{number} at {trust}");
        }
    }
    // A new access of another trust is decided there. One of the same trust is refused as rejected.
    let before = Tree::new();
    for (trust, by, told) in [("helse-fonna", LC_FONNA, 1), ("ahus", LC_AHUS, 0)] {
        let mut world = World::new(before.clone());
        world.put(&lu_of(KARI, "REQ-7"));
        world.tree.raw(&format!("requests/{trust}.yaml"), &list("REQ-7", START, by));
        assert_eq!(count(&against(&before, &world.tree), Code::RequestOfAnother), told, "{trust}");
        assert_eq!(count(&against(&before, &world.tree), Code::RequestRejected), 1, "{trust}");
    }
}

#[test]
fn whoever_may_not_decide_there_rejects_nothing() {
    for by in [LC_FONNA, ICT, KARI] {
        let mut world = World::new(Tree::new());
        let before = world.tree.clone();
        reject(&mut world.tree, by);
        assert_eq!(count(&against(&before, &world.tree), Code::RejectionWithoutEffect), 1, "{by}");
        let finding = only(&world.pass(), Code::RejectionWithoutEffect);
        assert_eq!(underlined(&finding), by);
        assert!(finding.message.en().contains(LC_AHUS), "it says who may: {finding:?}");
        world.put(&lu_of("ola.testesen", "REQ-7"));
        world.pass();
        assert!(world.has("ola.testesen"), "{by}");
    }
}

#[test]
fn a_rejection_is_made_today_or_lately() {
    for (on, is_in_order) in [("2026-03-03", false), ("2026-01-30", true), ("2026-01-29", false)] {
        let mut world = World::new(Tree::new());
        world.tree.raw("requests/ahus.yaml", &list("REQ-7", on, LEADER));
        let told = world.pass().findings.iter().any(|one| one.code == Code::RejectionWithoutEffect);
        assert_eq!(told, !is_in_order, "{on}");
    }
}

#[test]
fn it_goes_on_counting_when_the_administrator_has_left_and_time_has_passed() {
    let mut world = World::new(Tree::new());
    reject(&mut world.tree, LC_AHUS);
    world.pass();
    world.tree.remove("ahus", LC_AHUS);
    world.pass();
    world.day("2027-03-01").restart();
    let mut entry = lu(AHUS, "REQ-7", LEADER);
    entry = entry.from("2027-03-01").on("2027-03-01");
    world.put(&file("ahus", KARI, [entry]));
    let decided = world.pass();
    only(&decided, Code::RequestRejected);
    assert!(decided.findings.iter().all(|one| one.code != Code::RejectionWithoutEffect));
    assert!(!world.has(KARI));
}

#[test]
fn a_list_that_cannot_be_read_lets_nobody_in_on_its_numbers() {
    let mut world = World::new(Tree::new());
    reject(&mut world.tree, LC_AHUS);
    world.pass();
    world.tree.edit("requests/ahus.yaml", "    by:", "    bye:");
    let base = world.tree.clone();
    world.put(&lu_of(KARI, "REQ-7"));
    world.put(&lu_of("ola.testesen", "REQ-70"));
    assert_eq!(count(&against(&base, &world.tree), Code::RequestRejected), 1);
    let decided = world.pass();
    only(&decided, Code::RequestRejected);
    assert!(decided.findings.iter().any(|one| one.code == Code::UnknownKey));
    assert!(!world.has(KARI) && world.has("ola.testesen"), "another number is no part of it");
}

#[test]
fn rubbish_beside_a_list_is_told_and_takes_no_rejection_away() {
    let mut world = World::new(Tree::new());
    reject(&mut world.tree, LC_AHUS);
    world.tree.raw("requests/ahus.yaml.sig", "hello\n");
    let alone = check_alone(&world.tree.snapshot(), START.parse().unwrap());
    assert_eq!(count(&alone, Code::SignatureMalformed), 1);
    let finding = only(&world.pass(), Code::SignatureMalformed);
    let place = finding.place.unwrap();
    assert_eq!(
        (place.file.as_str(), place.line, place.text.as_str()),
        ("requests/ahus.yaml.sig", 1, "hello")
    );
    world.put(&lu_of(KARI, "REQ-7"));
    only(&world.pass(), Code::RequestRejected);
}

#[test]
fn no_personal_detail_stands_in_a_list() {
    let mut tree = Tree::new();
    reject(&mut tree, LC_AHUS);
    let mut world = World::new(tree);
    world.tree.edit("requests/ahus.yaml", "no need at the unit", "wrote from kari@sykehus.test");
    assert!(world.pass().findings.iter().any(|one| one.code == Code::BadValue));
    world.tree.edit("requests/ahus.yaml", "wrote from kari@sykehus.test", "born 01017012345");
    let finding = only(&world.pass(), Code::PersonalNumber);
    assert!(!finding.place.unwrap().text.contains("01017012345"));
}

#[test]
fn where_the_forge_is_the_evidence_a_rejection_counts_by_an_approval_of_whoever_it_names() {
    let (mine, other) = (list("REQ-7", START, LC_AHUS), list("REQ-8", START, LC_AHUS));
    let (path, kari) = ("requests/ahus.yaml", lu_of(KARI, "REQ-7"));
    let granted = approved(&kari.path(), LC_AHUS, &kari.text());
    for (known, counts) in [
        (vec![], false),
        (vec![approved(path, LEADER, &mine)], false),
        (vec![approved(path, LC_AHUS, &other)], false),
        (vec![approved("requests/helse-fonna.yaml", LC_AHUS, &mine)], false),
        (vec![approved(path, LC_AHUS, &mine)], true),
    ] {
        let mut world = World::new(by_forge(Tree::new()));
        world.tree.raw(path, &mine);
        let decided = pass_with(&mut world, &known);
        let told = decided.findings.iter().filter(|one| one.code == Code::RejectionWithoutEffect);
        let told: Vec<&str> = told.map(|finding| finding.message.en()).collect();
        assert_eq!(told.is_empty(), counts, "{told:?}");
        let why = "the forge knows of no approval by `lc.ahusen` of what stands here";
        assert!(told.iter().all(|words| words.contains(why)), "{told:?}");
        // The access itself is approved, so that the number alone decides.
        world.put(&kari);
        let known = [known, vec![granted.clone()]].concat();
        let decided = pass_with(&mut world, &known);
        assert_eq!(codes(&decided).contains(&Code::RequestRejected), counts);
        assert_eq!(world.has(KARI), !counts);
        // An accepted rejection still counts when the forge has forgotten it.
        if counts {
            let decided = pass_with(&mut world, std::slice::from_ref(&granted));
            assert!(!codes(&decided).contains(&Code::RejectionWithoutEffect));
            assert!(codes(&decided).contains(&Code::RequestRejected) && !world.has(KARI));
            // So it does if nobody can tell whether it was taken out meanwhile.
            pass_with_unread_branch(&mut world, std::slice::from_ref(&granted));
            assert!(!world.has(KARI));
        }
    }
}
