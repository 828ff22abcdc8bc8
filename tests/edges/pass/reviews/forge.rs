//! Tests reviews whose evidence is the forge: whose approval counts, how long it is remembered, and what an earlier list
//! needs when it is put back.

use portvakt_core::diag::Code;

use super::{list, recorded, tree};
use crate::pass::asked::{approved, by_forge, pass_of_branch, pass_with, pass_with_unread_branch, versions};
use crate::pass::fixture::*;

#[test]
fn where_the_forge_is_the_evidence_a_review_counts_by_approvals_of_exactly_its_bytes() {
    let mut world = World::new(by_forge(tree()));
    world.day("2026-05-20");
    let (path, text) = list(&world, "2026-05-20");
    world.tree.raw(&path, &text);
    let other = text.replacen("answer: keep", "answer: end", 1);
    assert_ne!(other, text);
    let of = |by: &str, text: &str| approved(&path, by, text);
    for (known, missing) in [
        (vec![], 2),
        (vec![of(LC_AHUS, &text)], 1),
        (vec![of(LC_AHUS, &text), of(LC_FONNA, &text)], 1),
        (vec![of(LC_AHUS, &text), of(LEADER, &other)], 1),
        (vec![of(LC_AHUS, &text), approved("reviews/ahus/2026-Q1.yaml", LEADER, &text)], 1),
    ] {
        let decided = pass_with(&mut world, &known);
        let told = decided.findings.iter().filter(|one| one.code == Code::ReviewUnsigned);
        let told: Vec<&str> = told.map(|finding| finding.message.en()).collect();
        assert_eq!(told.len(), missing, "{told:?}");
        let why = "the forge knows of no approval of exactly these bytes";
        assert!(told.iter().all(|words| words.contains(why)), "{told:?}");
        let none_counts = decided.reviews.attested.iter().all(|attested| !attested.counts);
        assert!(none_counts && recorded(&world).is_empty());
    }
    let decided = pass_with(&mut world, &[of(LC_AHUS, &text), of(LEADER, &text)]);
    assert_eq!((decided.reviews.attested.len(), recorded(&world).len()), (1, 1));
    // An accepted review still counts when the forge has forgotten it.
    let decided = pass_with(&mut world, &[]);
    assert!(!codes(&decided).contains(&Code::ReviewUnsigned) && recorded(&world).len() == 1);
    // It does not if nobody can tell whether it was taken out meanwhile.
    assert!(codes(&pass_with_unread_branch(&mut world, &[])).contains(&Code::ReviewUnsigned));
    assert!(!codes(&pass_with(&mut world, &[])).contains(&Code::ReviewUnsigned));
}

/// Returns a list that was answered on 20 May as it was before the register leader answered.
fn without_the_leader(both: &str) -> String {
    let first = both.replace(&format!("  - {{by: {LEADER}, on: 2026-05-20}}\n"), "");
    let first = first.replace(&format!("    answer: keep\n    answered_by: {LEADER}\n"), "");
    assert!(!first.contains(&format!("by: {LEADER}, on")) && first.len() + 40 < both.len(), "{first}");
    first
}

#[test]
fn by_a_forge_a_reviewer_whose_list_was_put_back_is_remembered_from_the_new_approval_on() {
    let mut world = World::new(by_forge(tree()));
    world.day("2026-05-20");
    let (path, both) = list(&world, "2026-05-20");
    let first = without_the_leader(&both);
    let of_first = [approved(&path, LC_AHUS, &first)];
    world.tree.raw(&path, &first);
    assert!(!pass_with(&mut world, &of_first).reviews.attested[0].counts);
    let mut texts = vec![Some(&*first), None, Some(&*first)];
    let branch = versions(&path, &texts);
    assert!(codes(&pass_of_branch(&mut world, &[], &branch)).contains(&Code::ReviewUnsigned));
    assert!(!pass_of_branch(&mut world, &of_first, &branch).reviews.attested[0].counts);
    // It is remembered once, also when the next reviewer has changed the bytes.
    assert!(pass_of_branch(&mut world, &of_first, &branch).reviews.attested.is_empty());
    world.tree.raw(&path, &both);
    texts.push(Some(&*both));
    let branch = versions(&path, &texts);
    for _ in 0..2 {
        let decided = pass_of_branch(&mut world, &[approved(&path, LEADER, &both)], &branch);
        assert!(!codes(&decided).contains(&Code::ReviewUnsigned), "{:?}", decided.findings);
        assert_eq!(recorded(&world).len(), 1);
    }
    world.ledger_holds();
}

#[test]
fn by_a_forge_each_of_two_reviewers_may_approve_in_a_request_of_their_own() {
    let mut world = World::new(by_forge(tree()));
    world.day("2026-05-20");
    let (path, both) = list(&world, "2026-05-20");
    let first = without_the_leader(&both);
    world.tree.raw(&path, &first);
    let decided = pass_with(&mut world, &[approved(&path, LC_AHUS, &first)]);
    assert!(!decided.reviews.attested[0].counts && recorded(&world).is_empty());
    // It is remembered once.
    let again = pass_with(&mut world, &[approved(&path, LC_AHUS, &first)]);
    assert!(again.reviews.attested.is_empty());
    // The other reviewer changes the bytes, so the forge knows the first approval of these no more.
    world.tree.raw(&path, &both);
    let decided = pass_with(&mut world, &[approved(&path, LEADER, &both)]);
    assert!(!codes(&decided).contains(&Code::ReviewUnsigned), "{:?}", decided.findings);
    assert_eq!((decided.reviews.attested[0].counts, recorded(&world).len()), (true, 1));
    world.ledger_holds();
}

#[test]
fn a_reviewer_who_is_remembered_alone_has_accepted_nothing_of_the_list() {
    let mut world = World::new(by_forge(tree()));
    world.day("2026-05-20");
    let (path, text) = list(&world, "2026-05-20");
    // The coordinator of another trust answers in the place of the register leader.
    let text = text.replace(LEADER, LC_FONNA);
    world.tree.raw(&path, &text);
    let known = [approved(&path, LC_AHUS, &text), approved(&path, LC_FONNA, &text)];
    for _ in 0..3 {
        let decided = pass_with(&mut world, &known);
        assert!(codes(&decided).contains(&Code::ReviewerNotEntitled), "{:?}", decided.findings);
        assert!(recorded(&world).is_empty());
    }
}

#[test]
fn a_later_review_of_the_same_list_is_undone_by_an_approval_of_the_earlier_one_only() {
    let mut world = World::new(by_forge(tree()));
    world.day("2026-05-20");
    let (path, kept) = list(&world, "2026-05-20");
    let keep = format!("answer: keep\n    answered_by: {LC_AHUS}");
    let ended = kept.replacen(&keep, &keep.replace("keep", "end"), 1);
    assert_ne!(ended, kept);
    let of = |by: &str, text: &str| approved(&path, by, text);
    let mut known = vec![of(LC_AHUS, &kept), of(LEADER, &kept)];
    world.tree.raw(&path, &kept);
    pass_with(&mut world, &known);
    known.extend([of(LC_AHUS, &ended), of(LEADER, &ended)]);
    world.tree.raw(&path, &ended);
    pass_with(&mut world, &known);
    assert_eq!(recorded(&world).len(), 2);
    // Somebody puts the earlier list back. The forge still knows who approved it, before other bytes came.
    world.tree.raw(&path, &kept);
    for (_, change) in &mut known {
        change.circumstances.later = vec![Some(kept.as_bytes().into())];
    }
    let mut texts = vec![Some(&*kept), Some(&*ended), Some(&*kept)];
    let branch = versions(&path, &texts);
    for restarted in [false, true] {
        if restarted {
            world.restart();
        }
        let decided = pass_of_branch(&mut world, &known, &branch);
        assert!(codes(&decided).contains(&Code::ReviewUnsigned));
        assert!(decided.reviews.attested.is_empty() && recorded(&world).len() == 2);
    }
    // It counts again by an approval of the request that puts it back, and then the later one does not.
    known.push(of(LC_AHUS, &kept));
    for _ in 0..2 {
        let decided = pass_of_branch(&mut world, &known, &branch);
        assert!(!codes(&decided).contains(&Code::ReviewUnsigned));
        assert_eq!(recorded(&world).len(), 3);
    }
    world.tree.raw(&path, &ended);
    texts.push(Some(&*ended));
    let decided = pass_of_branch(&mut world, &known, &versions(&path, &texts));
    assert!(codes(&decided).contains(&Code::ReviewUnsigned));
    world.ledger_holds();
}
