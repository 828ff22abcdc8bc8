//! A list of a review that is made again: the answers stay, and whoever gave them signs the new list.

use super::bench::{AHUS, LEADER, Person, STAVANGER, World};
use super::reviews::{BRANCH, KEEP, LIST, STAVANGERS, answer_all_of_ahus};

#[test]
fn a_list_that_a_branch_holds_is_made_again_only_if_that_is_said_and_keeps_its_answers() {
    let world = World::new();
    let (lars, halvor) = (world.person(AHUS), world.person(STAVANGER));
    lars.runs(&["review", "start", "--trust", "helse-stavanger"]).ends(0);
    let answer = ["review", "answer", "--trust", "helse-stavanger", "--by", "halvor", "aksel", "--keep"];
    halvor.runs(&answer).ends(0);
    halvor.gives_ylva_access();
    halvor.runs(&["review", "start", "--trust", "helse-stavanger"]).ends(1).says(STAVANGERS).says("--anew");
    lars.runs(&["review", "start", "--trust", "helse-stavanger", "--anew"]).ends(0);
    let list = world.file_on(STAVANGERS, "reviews/helse-stavanger/2026-Q4.yaml");
    assert!(list.contains("person: ylva.nyansatt"), "{list}");
    assert!(list.contains("answered_by: halvor.liksomdal"), "{list}");
    assert_eq!(world.branches(), [STAVANGERS]);
}

#[test]
fn whoever_answered_a_list_that_is_made_again_is_asked_to_sign_the_new_one() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    answer_all_of_ahus(&lars, &bjorn);
    // What Lars has signed is the earlier list.
    lars.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    world.on("2026-11-24");
    let made = lars.runs(&["review", "start", "--anew"]).ends(0).says("Disse signerer den på nytt: ");
    made.says("Lars Demostad (lars.demostad)").says("Bjørn Lederesen (bjorn.lederesen)");
    let lines = "\n  - {by: bjorn.lederesen, on: 2026-11-24}\n  - {by: lars.demostad, on: 2026-11-24}\n";
    let list = world.file_on(BRANCH, LIST);
    assert!(list.contains(&format!("reviewed:{lines}rows:")), "{list}");
    assert_eq!(world.judged(BRANCH), (1, "review-unsigned review-unsigned".to_owned()));
    let why = "ingenting viser at `bjorn.lederesen` har kontrollert denne listen";
    lars.runs(&["review", "show", "--trust", "ahus"]).ends(0).says("den teller ikke ennå").says(why);
    for person in [&lars, &bjorn] {
        person.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    }
    world.takes_in(BRANCH);
    let shown = lars.runs(&["review", "show", "--trust", "ahus"]).ends(0).says("den teller fra 2026-11-24");
    shown.never_says(why);
}

#[test]
fn a_delegate_and_whoever_named_them_sign_a_list_that_is_made_again() {
    let world = World::new();
    let (lars, halvor) = (world.person(AHUS), world.person(STAVANGER));
    lars.runs(&["review", "start"]).ends(0);
    lars.runs(&["review", "delegate", "halvor", "--until", "20.12.26"]).ends(0);
    halvor.types("portvakt review answer --trust ahus", &[KEEP; 5]).ends(0);
    lars.runs(&["review", "start", "--anew"]).ends(0);
    let lines = "  - {by: halvor.liksomdal, on: 2026-11-23}\n  - {by: lars.demostad, on: 2026-11-23}\n";
    let list = world.file_on(BRANCH, LIST);
    assert!(list.contains(&format!("reviewed:\n{lines}rows:")), "{list}");
    // After the days of the delegate, their answers are asked for again.
    world.on("2026-12-21");
    lars.runs(&["review", "start", "--anew"]).ends(0);
    let list = world.file_on(BRANCH, LIST);
    assert!(list.contains("reviewed: []") && !list.contains("answered_by: halvor"), "{list}");
}

/// The two answer the list of Ahus and sign it, and it is merged.
fn ahus_is_reviewed(world: &World, lars: &Person<'_>, bjorn: &Person<'_>) {
    answer_all_of_ahus(lars, bjorn);
    for person in [lars, bjorn] {
        person.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    }
    world.takes_in(BRANCH);
}

#[test]
fn a_list_that_counts_is_not_made_again() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    ahus_is_reviewed(&world, &lars, &bjorn);
    for start in [&["review", "start"][..], &["review", "start", "--anew"]] {
        lars.runs(start).ends(1).says("finnes allerede og teller fra 2026-11-23").never_says("--anew");
    }
}

#[test]
fn an_earlier_review_that_was_put_back_over_a_later_one_counts_no_more_in_a_clone() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    ahus_is_reviewed(&world, &lars, &bjorn);
    let signatures = format!("{LIST}.sig");
    let (list, signed) = (world.file(LIST), world.file(&signatures));
    // Lars answers one row otherwise, and signs that.
    let kept = "    answer: keep\n    answered_by: lars.demostad";
    assert!(list.contains(kept), "{list}");
    let ended = list.replacen(kept, &kept.replace("keep", "end"), 1);
    world.sends(("main", "main"), LIST, &format!("{ended}\n"));
    lars.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Sendt som grenen access/signatures");
    world.merge("access/signatures");
    let show = ["review", "show", "--trust", "ahus"];
    bjorn.runs(&show).ends(0).says("den teller fra");
    // Somebody puts the earlier list back, with its signatures.
    world.sends(("main", "main"), LIST, &format!("{list}\n"));
    world.sends(("main", "main"), &signatures, &format!("{signed}\n"));
    let told = bjorn.runs(&show).ends(0).never_says("den teller fra");
    told.says("den teller ikke ennå")
        .says("en senere kontroll av samme liste og samme person har talt siden");
}
