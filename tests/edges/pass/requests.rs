//! One request serves one person. An accepted entry binds the request for ever, and a refused entry never binds it. Two
//! administrators can undo a wrong binding.

use portvakt_core::decide::{
    ChangeToCheck, Checked, Decided, Nothing, Patience, Scope, check_against, check_alone,
};
use portvakt_core::diag::{Code, Lang};
use portvakt_core::model::{Digest, FilePath};

use crate::pass::fixture::*;

const KARI: &str = "kari.testesen";
const OLA: &str = "ola.testesen";

fn lu_of(who: &str, request: &str) -> File {
    file("ahus", who, [lu(AHUS, request, LC_AHUS)])
}

/// The digest that a refusal names for a release.
fn named(decided: &Decided) -> Digest {
    let way_out = only(decided, Code::RequestOfAnother).way_out.en().to_owned();
    let word = way_out.split([' ', '`']).find(|word| word.len() == 64).unwrap_or_else(|| panic!("{way_out}"));
    word.parse().unwrap()
}

fn against(base: &Tree, tree: &Tree) -> Checked {
    let (base, tree) = (base.snapshot(), tree.snapshot());
    let today = START.parse().unwrap();
    check_against(&ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today })
}

fn refused(checked: &Checked) -> usize {
    checked.findings.iter().filter(|finding| finding.code == Code::RequestOfAnother).count()
}

#[test]
fn a_number_that_serves_somebody_serves_nobody_else() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7")]);
    let base = world.tree.clone();
    world.put(&lu_of(OLA, "REQ-7"));
    assert_eq!(refused(&against(&base, &world.tree)), 1, "CI says the same");
    let finding = only(&world.pass(), Code::RequestOfAnother);
    assert_eq!(underlined(&finding), "REQ-7");
    for lang in [Lang::En, Lang::Nb] {
        let told = format!("{}{}", finding.message.get(lang), finding.way_out.get(lang));
        assert!(told.contains("REQ-7") && !told.contains(KARI), "{told}");
    }
    assert!(world.has(KARI) && !world.has(OLA));
    // At another unit and for another application it is the same number.
    world.put(&file("helse-fonna", OLA, [lu(FONNA, "REQ-7", LC_FONNA).rapporteket()]));
    world.tree.remove("ahus", OLA);
    only(&world.pass(), Code::RequestOfAnother);
    world.put(&file("helse-fonna", OLA, [lu(FONNA, "REQ-8", LC_FONNA)]));
    world.pass();
    assert!(world.has(OLA));
    // Its own person may have more on it.
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS), lu(AHUS, "REQ-7", LC_AHUS).rapporteket()]));
    world.pass();
    assert_eq!(world.rights(KARI).len(), 2);
}

#[test]
fn a_number_in_another_case_is_the_same_number() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7a")]);
    let base = world.tree.clone();
    // The number belongs to another person.
    world.put(&lu_of(OLA, "Req-7A"));
    assert_eq!(refused(&against(&base, &world.tree)), 1, "CI says the same");
    only(&world.pass(), Code::RequestOfAnother);
    assert!(!world.has(OLA));
    world.tree.remove("ahus", OLA);
    // The number is the person's own in another case. The finding names the known spelling.
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7a", LC_AHUS), lu(AHUS, "req-7a", LC_AHUS).rapporteket()]));
    assert_eq!(refused(&against(&base, &world.tree)), 1, "CI says the same");
    let finding = only(&world.pass(), Code::RequestOfAnother);
    assert_eq!(underlined(&finding), "req-7a");
    for lang in [Lang::En, Lang::Nb] {
        assert!(finding.message.get(lang).contains("`REQ-7a`"), "{finding:?}");
    }
    assert_eq!(world.rights(KARI).len(), 1);
    // A number that was used and taken back serves nobody, in upper or lower case.
    world.tree.remove("ahus", KARI);
    world.pass();
    assert!(!world.has(KARI));
    for number in ["req-7a", "REQ-7A"] {
        for who in [KARI, OLA] {
            world.put(&lu_of(who, number));
            only(&world.pass(), Code::RequestOfAnother);
            assert!(!world.has(who), "{who} on {number}");
            world.tree.remove("ahus", who);
            world.pass();
        }
    }
}

#[test]
fn two_spellings_of_a_number_in_one_change_are_refused_together() {
    let mut world = World::new(Tree::new());
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS), lu(AHUS, "req-7", LC_AHUS).rapporteket()]));
    let decided = world.pass();
    let told = decided.findings.iter().filter(|finding| finding.code == Code::RequestOfAnother).count();
    assert_eq!(told, 2, "{:#?}", decided.findings);
    assert!(!world.has(KARI));
}

#[test]
fn it_is_bound_for_ever() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7")]);
    world.tree.remove("ahus", KARI);
    world.pass();
    assert!(!world.has(KARI));
    world.put(&lu_of(OLA, "REQ-7"));
    only(&world.pass(), Code::RequestOfAnother);
    world.day("2027-03-01");
    only(&world.pass(), Code::RequestOfAnother);
    assert!(!world.has(OLA));
}

#[test]
fn a_refusal_binds_nothing() {
    let mut world = World::with(&[]);
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_FONNA)]));
    world.pass();
    world.put(&lu_of(OLA, "REQ-7"));
    world.pass();
    assert!(world.has(OLA) && !world.has(KARI));
    // It is the same if both are in one change.
    let mut world = World::with(&[]);
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_FONNA)])).put(&lu_of(OLA, "REQ-7"));
    world.pass();
    assert!(world.has(OLA) && !world.has(KARI));
}

#[test]
fn of_two_new_people_in_one_change_neither_gets_it() {
    let mut world = World::with(&[]);
    let base = world.tree.clone();
    world.put(&lu_of(KARI, "REQ-7")).put(&lu_of(OLA, "REQ-7"));
    assert_eq!(refused(&against(&base, &world.tree)), 2);
    let count = |decided: &Decided| decided.unsettled.refused.len();
    assert_eq!(count(&world.pass()), 2);
    assert_eq!(count(&world.pass()), 2, "waiting gains nothing");
    world.put(&lu_of(OLA, "REQ-8"));
    world.pass();
    assert!(world.has(KARI) && world.has(OLA));
}

#[test]
fn what_was_shared_when_it_was_accepted_stands_and_goes_on() {
    let both = [
        file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS).until("2026-06-01")]),
        file("ahus", OLA, [lu(AHUS, "REQ-7", LC_AHUS).until("2026-06-01")]),
    ];
    let mut world = World::with(&both);
    let longer = lu(AHUS, "REQ-7", LC_AHUS).until("2026-09-01").on("2026-03-02");
    world.put(&file("ahus", OLA, [longer.clone()]));
    world.put(&file("ahus", KARI, [Entry { role: "LC".to_owned(), ..longer.clone() }.from("2026-01-05")]));
    world.tree.edit("desired-state/ahus/kari.testesen.yaml", "by: lc.ahusen", "by: leder.eksempelvik");
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert_eq!(decided.outcome.grants.len(), 2);
    // A new access on the same number was not accepted before.
    world.put(&file("ahus", OLA, [longer.clone(), longer.rapporteket()]));
    only(&world.pass(), Code::RequestOfAnother);
    let alone = check_alone(&world.tree.snapshot(), START.parse().unwrap());
    assert_eq!(alone.findings.iter().filter(|finding| finding.code == Code::RequestShared).count(), 2);
}

#[test]
fn two_undo_a_wrong_binding_and_it_is_remembered() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7")]);
    world.put(&lu_of(OLA, "REQ-7"));
    let digest = named(&world.pass());
    world.release(digest);
    world.pass();
    assert!(world.has(OLA) && world.has(KARI), "nobody loses anything by it");
    let count =
        |sql: &str| -> i64 { world.register.connection().query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM ledger WHERE kind = 'request-freed'"), 1);
    assert_eq!(count("SELECT count(*) FROM release WHERE spent IS NULL"), 0);
    world.ledger_holds();
    world.quiet();
    // It is Ola's from now on.
    world.put(&file("ahus", OLA, [lu(AHUS, "REQ-7", LC_AHUS), lu(AHUS, "REQ-7", LC_AHUS).rapporteket()]));
    world.pass();
    assert_eq!(world.rights(OLA).len(), 2);
    world.put(&lu_of("tre.testesen", "REQ-7"));
    only(&world.pass(), Code::RequestOfAnother);
}

#[test]
fn what_was_over_before_it_was_seen_binds_when_it_is_recorded_and_takes_nothing_from_others() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7")]);
    let over = |who: &str, request: &str| file("ahus", who, [lu(AHUS, request, LC_AHUS).until("2026-02-01")]);
    world.put(&over(OLA, "REQ-7"));
    only(&world.pass(), Code::RequestOfAnother);
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS), lu(AHUS, "REQ-7", LC_AHUS).rapporteket()]));
    world.pass();
    assert_eq!(world.rights(KARI).len(), 2, "the old entry of another binds nothing");
    world.put(&over(OLA, "REQ-8"));
    world.pass();
    world.put(&lu_of("tre.testesen", "REQ-8"));
    only(&world.pass(), Code::RequestOfAnother);
    // One change has an access that is over and an approved one on the same number. The approved one gets it.
    let mut world = World::with(&[]);
    world.put(&over(OLA, "REQ-9")).put(&lu_of(KARI, "REQ-9"));
    only(&world.pass(), Code::RequestOfAnother);
    assert!(world.has(KARI));
}

#[test]
fn a_small_pass_knows_whom_a_number_serves() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7")]);
    world.tree.remove("ahus", KARI);
    world.pass();
    world.patience = Patience::None;
    let ola = lu_of(OLA, "REQ-7");
    world.put(&ola);
    let scope = Scope::Files([FilePath::new(&ola.path())].into());
    let digest = named(&world.pass_over(&scope));
    world.release(digest);
    world.pass_over(&scope);
    assert!(world.has(OLA));
}

/// A person's file under another id says the same on the same number: it is refused, and the old id keeps its access.
#[test]
fn a_new_id_without_a_word_takes_nothing_from_the_old_one() {
    let mut world = World::with(&[lu_of(KARI, "REQ-7")]);
    let base = world.tree.clone();
    world.tree.remove("ahus", KARI);
    world.put(&lu_of("kari.nordtestesen", "REQ-7"));
    assert_eq!(refused(&against(&base, &world.tree)), 1);
    let decided = world.pass();
    only(&decided, Code::RequestOfAnother);
    only(&decided, Code::LossWithheld);
    assert!(world.has(KARI) && !world.has("kari.nordtestesen"));
    // The new file goes, and then the absence of the old one counts.
    world.tree.remove("ahus", "kari.nordtestesen");
    world.pass();
    assert!(!world.has(KARI));
}

/// The forge tells who approves today. The file tells the day of the approval.
#[test]
fn an_approval_of_32_days_ago_is_too_old_in_every_mode_and_of_31_is_not() {
    for (on, told) in [("2026-02-06", 0), ("2026-01-29", 1), ("2023-03-02", 1)] {
        let mut world = World::with(&[]);
        world.day("2026-03-09");
        world.put(&file("ahus", "ny.testesen", [lu(AHUS, "REQ-31", LC_AHUS).on(on)]));
        let decided = world.pass();
        let old = codes(&decided).contains(&Code::StatementTooOld);
        assert_eq!(
            (usize::from(old), usize::from(!world.has("ny.testesen"))),
            (told, told),
            "{on}: {:#?}",
            decided.findings
        );
    }
}
