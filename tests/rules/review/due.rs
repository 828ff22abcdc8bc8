//! Tests when a review is due, and what waits for one that is overdue.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use portvakt_core::diag::{Code, Finding, Severity};
use portvakt_core::model::TrustId;
use portvakt_core::review::{Due, ReviewState};

use super::world::{LC, LEADER, World, answered, codes, one, person};

fn ahus(world: &World, today: Date) -> Due {
    world.judged(&BTreeSet::new(), today).due[&TrustId::new("ahus").unwrap()]
}

#[test]
fn a_trust_that_was_never_reviewed_is_counted_from_the_day_reviews_are_asked_for() {
    let world = World::new();
    // The oldest access at Ahus began on 5 January 2026, before 1 September.
    for (today, state) in [
        (date(2026, 9, 1), ReviewState::Done),
        (date(2026, 11, 16), ReviewState::Done),
        (date(2026, 11, 17), ReviewState::DueSoon),
        (date(2026, 12, 1), ReviewState::DueSoon),
        (date(2026, 12, 2), ReviewState::Overdue),
        (date(2027, 1, 1), ReviewState::Overdue),
        (date(2027, 1, 2), ReviewState::Escalated),
    ] {
        let due = ahus(&world, today);
        assert_eq!(due, Due { state, last: None, due: Some(date(2026, 12, 1)) }, "{today}");
    }
    // The oldest access at Fonna is younger than that day.
    let fonna = &world.judged(&BTreeSet::new(), date(2027, 1, 2)).due[&TrustId::new("helse-fonna").unwrap()];
    assert_eq!((fonna.state, fonna.due), (ReviewState::Done, Some(date(2027, 2, 1))));
    // Nobody has access at Bergen, so there is nobody to review.
    let judged = world.judged(&BTreeSet::new(), date(2030, 1, 1));
    assert!(!judged.due.contains_key(&TrustId::new("helse-bergen").unwrap()));
}

#[test]
fn a_register_that_asks_for_no_reviews_is_never_late() {
    let mut world = World::new();
    world.edit("desired-state/register.yaml", "reviews_from: 2026-09-01\n", "");
    let judged = world.judged(&BTreeSet::new(), date(2036, 1, 1));
    assert!(judged.findings.is_empty() && judged.overdue().is_empty());
    assert_eq!(ahus(&world, date(2036, 1, 1)), Due { state: ReviewState::Done, last: None, due: None });
}

#[test]
fn the_next_review_is_due_three_calendar_months_after_the_last() {
    let mut world = World::new();
    let list = world.list(date(2026, 11, 20));
    world.put_list(&list);
    // A list that waits for answers is open, and nothing more.
    assert_eq!(ahus(&world, date(2026, 11, 16)).state, ReviewState::Open);
    assert_eq!(ahus(&world, date(2026, 12, 2)).state, ReviewState::Overdue);
    let on = date(2026, 11, 30);
    world.put_list(&answered(list, on));
    let judged = world.judged(&BTreeSet::new(), on);
    assert_eq!(codes(&judged.findings), [""; 0]);
    assert_eq!(judged.attested.len(), 1);
    let used: BTreeSet<_> = judged.attested[0].by.iter().map(|(_, statement)| *statement).collect();
    assert_eq!(used.len(), 2);
    let later = |today| world.judged(&used, today).due[&TrustId::new("ahus").unwrap()];
    let due = Some(date(2027, 2, 28));
    assert_eq!(later(date(2027, 2, 13)), Due { state: ReviewState::Done, last: Some(on), due });
    assert_eq!(later(date(2027, 2, 14)).state, ReviewState::DueSoon);
    assert_eq!(later(date(2027, 3, 1)).state, ReviewState::Overdue);
    assert_eq!(later(date(2027, 3, 28)).state, ReviewState::Overdue);
    assert_eq!(later(date(2027, 3, 29)).state, ReviewState::Escalated);
}

#[test]
fn a_check_tells_when_a_review_is_due_and_refuses_nothing_by_it() {
    let world = World::new();
    for (today, expected) in [
        (date(2026, 11, 16), None),
        (date(2026, 11, 17), Some(Code::ReviewDueSoon)),
        (date(2026, 12, 2), Some(Code::ReviewOverdue)),
        (date(2027, 1, 2), Some(Code::ReviewEscalated)),
    ] {
        let findings = world.check(&world, today).findings;
        let told: Vec<&str> = expected.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes(&findings), told, "{today}");
        if let Some(code) = expected {
            let finding = one(&findings, code);
            assert_eq!(
                (finding.severity, finding.rules.as_slice()),
                (Severity::Advice, &["R36".to_owned()][..])
            );
            assert!(finding.message.en().contains("Ahus HF") && finding.message.en().contains("2026-12-01"));
            assert_ne!(finding.message.en(), finding.message.get(portvakt_core::diag::Lang::Nb));
        }
    }
}

/// A new nurse at Ahus, approved on a day.
fn with_new(world: &World, by: &str, on: &str) -> World {
    let mut after = world.clone();
    after.put("desired-state/ahus/ny.testesen.yaml", person("ny.testesen", 100_089, "LU", by, on, ""));
    after
}

const WAITS: &str = "new-access-waits-for-review";

fn waits(world: &World, after: &World, today: Date) -> bool {
    let findings = world.check(after, today).findings;
    findings.iter().any(|finding| {
        finding.severity == Severity::Error && finding.policies.iter().any(|policy| policy == WAITS)
    })
}

#[test]
fn a_review_overdue_by_a_month_keeps_new_access_and_extensions_waiting() {
    let world = World::new();
    // On the last day of the month nothing waits yet.
    assert!(!waits(&world, &with_new(&world, LC, "2027-01-01"), date(2027, 1, 1)));
    let today = date(2027, 1, 2);
    assert!(waits(&world, &with_new(&world, LC, "2027-01-02"), today));
    // The national leadership may go on, and Fonna is not late.
    assert!(!waits(&world, &with_new(&world, LEADER, "2027-01-02"), today));
    let mut fonna = world.clone();
    let new = person("ny.fonnasen", 100_084, "LU", "lc.fonnasen", "2027-01-02", "employer: helse-fonna\n");
    fonna.put("desired-state/helse-fonna/ny.fonnasen.yaml", new);
    assert!(!waits(&world, &fonna, today));
    // An extension waits. Existing access stays, and giving up access is not an extension.
    let mut ending = world.clone();
    ending.edit(
        "desired-state/ahus/ola.testesen.yaml",
        "    request:",
        "    until: 2027-01-31\n    request:",
    );
    let mut longer = ending.clone();
    longer.edit("desired-state/ahus/ola.testesen.yaml", "until: 2027-01-31", "until: 2027-06-30");
    longer.edit(
        "desired-state/ahus/ola.testesen.yaml",
        "approved: {by: lc.ahusen, on: 2026-02-05",
        "approved: {by: lc.ahusen, on: 2027-01-02",
    );
    assert!(waits(&ending, &longer, today));
    assert!(!waits(&world, &ending, today));
    let mut gone = world.clone();
    gone.0.remove(&super::world::path("desired-state/ahus/ola.testesen.yaml"));
    assert!(!waits(&world, &gone, today));
}

#[test]
fn what_lacks_an_end_as_well_is_told_both_next_steps() {
    let world = World::new();
    let mut after = world.clone();
    let registrar = person("ny.testesen", 100_089, "LU", LC, "2027-01-02", "position: lis\n");
    after.put("desired-state/ahus/ny.testesen.yaml", registrar);
    let findings = world.check(&after, date(2027, 1, 2)).findings;
    let is_about_the_review = |finding: &&Finding| finding.policies.iter().any(|policy| policy == WAITS);
    let denied = findings.iter().find(is_about_the_review).unwrap();
    let next = denied.way_out.en();
    assert!(
        next.contains("portvakt review start --trust ahus") && next.contains("write a last day"),
        "{next}"
    );
}

#[test]
fn the_review_lets_through_what_came_with_it() {
    let world = World::new();
    let today = date(2027, 1, 2);
    let mut after = with_new(&world, LC, "2027-01-02");
    let list = answered(world.list(today), today);
    after.put("reviews/ahus/2027-Q1.yaml", text_of(&list));
    assert!(!waits(&world, &after, today));
    // The same list without an answer at one row is no review.
    let mut silent = list.clone();
    silent.rows[0].answered = None;
    after.put("reviews/ahus/2027-Q1.yaml", text_of(&silent));
    assert!(waits(&world, &after, today));
    let findings = world.check(&after, today).findings;
    assert!(one(&findings, Code::ReviewIncomplete).message.en().contains("rows without an answer: 1"));
}

fn text_of(list: &portvakt_core::model::Review) -> String {
    portvakt_core::review::written(list, portvakt_core::diag::Lang::En, |_| String::new(), |_| Vec::new())
}

#[test]
fn policies_that_do_not_know_of_reviews_do_not_fit_a_register_that_asks_for_them() {
    let mut world = World::new();
    let schema = "policies/schema.cedarschema";
    world.edit(schema, "        reviewOverdue?: Bool,\n", "");
    world.edit(schema, "// reviewOverdue: true", "// true");
    let administration = "policies/administration.cedar";
    let text = String::from_utf8(world.0[&super::world::path(administration)].clone()).unwrap();
    let start = text.find("@id(\"new-access-waits-for-review\")").unwrap();
    let rest = start + text[start..].find("// ---- Who releases").unwrap();
    world.put(administration, format!("{}{}", &text[..start], &text[rest..]));
    let refused = portvakt_core::decide::rules_of(&world.tree()).unwrap_err();
    assert!(refused.iter().any(|finding| finding.message.en().contains("reviewOverdue")), "{refused:?}");
    world.edit("desired-state/register.yaml", "reviews_from: 2026-09-01\n", "");
    assert!(portvakt_core::decide::rules_of(&world.tree()).is_ok());
}
