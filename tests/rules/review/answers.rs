//! Tests who may answer which row, which answers do not count, and the effects of the answers.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use portvakt_core::diag::{Code, Lang, Severity};
use portvakt_core::model::{Answered, Digest, Review, ReviewedBy, RowAnswer, TrustId};
use portvakt_core::review::{self, FormerKeys, JudgedReviews, ReviewState};

use super::world::{LC, LEADER, LIST, World, answered, codes, delegation, id, one, path, person};

const MADE: Date = date(2026, 11, 20);
const ON: Date = date(2026, 11, 24);

fn of(world: &mut World, list: &Review) -> JudgedReviews {
    world.put_list(list);
    world.judged(&BTreeSet::new(), ON)
}

fn counts(judged: &JudgedReviews) -> bool {
    judged.due[&TrustId::new("ahus").unwrap()].last.is_some()
}

fn answer(list: &mut Review, person: &str, answer: RowAnswer, by: &str) {
    let row = list.rows.iter_mut().find(|row| row.key.person == id(person)).unwrap();
    row.answered = Some(Answered { answer, by: id(by) });
}

#[test]
fn a_review_counts_when_two_have_answered_every_row_and_nobody_their_own() {
    let mut world = World::new();
    let list = answered(world.list(MADE), ON);
    let judged = of(&mut world, &list);
    assert_eq!(codes(&judged.findings), [""; 0]);
    let [attested] = &judged.attested[..] else { panic!("{:?}", judged.attested) };
    assert_eq!((attested.trust.as_str(), attested.quarter.to_string()), ("ahus", "2026-Q4".to_owned()));
    let by: Vec<&str> = attested.by.iter().map(|(line, _)| line.by.as_str()).collect();
    assert_eq!(by, [LC, LEADER]);
    let due = judged.due[&TrustId::new("ahus").unwrap()];
    assert_eq!((due.state, due.last, due.due), (ReviewState::Done, Some(ON), Some(date(2027, 2, 24))));
}

#[test]
fn nobody_answers_at_their_own_row_and_the_finding_names_who_does() {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    answer(&mut list, LC, RowAnswer::Keep { until: None }, LC);
    list.reviewed.truncate(1);
    let judged = of(&mut world, &list);
    assert!(!counts(&judged) && judged.attested.is_empty());
    let finding = one(&judged.findings, Code::ReviewOwnRow);
    assert_eq!(finding.severity, Severity::Error);
    let place = finding.place.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.text.trim()), (LIST, "- person: lc.ahusen"));
    let who = finding.way_out.en();
    assert!(who.contains("`leder.eksempelvik`, `nasjonal.eksempelvik`"), "{who}");
    assert!(!who.contains("`lc.ahusen`") && !who.contains("`system.eksempelvik`"), "{who}");
    assert!(finding.way_out.get(Lang::Nb).contains("Disse kan svare"));
    // The check says the same, and is red.
    let checked = world.check(&world, ON);
    assert_eq!(one(&checked.findings, Code::ReviewOwnRow).message, finding.message);
}

#[test]
fn somebody_who_may_not_review_gives_no_answer() {
    let mut world = World::new();
    for other in ["lc.fonnasen", "system.eksempelvik", "ola.testesen", "unknown.testesen"] {
        let mut list = answered(world.list(MADE), ON);
        answer(&mut list, "per.testesen", RowAnswer::Keep { until: None }, other);
        list.reviewed.push(ReviewedBy { by: id(other), on: ON });
        let judged = of(&mut world, &list);
        assert!(!counts(&judged), "{other}");
        let finding = one(&judged.findings, Code::ReviewerNotEntitled);
        assert!(finding.message.en().contains(other) && finding.way_out.en().contains("`lc.ahusen`"));
    }
}

#[test]
fn silence_is_no_answer_but_for_an_access_that_is_over() {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    list.rows.iter_mut().find(|row| row.key.person == id("ola.testesen")).unwrap().answered = None;
    let judged = of(&mut world, &list);
    assert!(!counts(&judged));
    let finding = one(&judged.findings, Code::ReviewIncomplete);
    assert_eq!(finding.severity, Severity::Advice);
    assert!(finding.message.en().contains("rows without an answer: 1"), "{}", finding.message.en());
    assert!(finding.message.get(Lang::Nb).contains("rader uten svar: 1"));
    world.0.remove(&path("desired-state/ahus/ola.testesen.yaml"));
    assert!(counts(&world.judged(&BTreeSet::new(), ON)));
}

#[test]
fn the_row_of_a_reviewer_without_an_answer_names_who_may_give_it() {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    list.rows.iter_mut().find(|row| row.key.person == id(LC)).unwrap().answered = None;
    list.reviewed.truncate(1);
    let told = one(&of(&mut world, &list).findings, Code::ReviewIncomplete).clone();
    assert!(told.message.en().contains("rows without an answer: 1"), "{}", told.message.en());
    let who = told.way_out.en();
    let named = "What is `lc.ahusen`'s own is answered by somebody else. These may answer it: ";
    assert!(who.contains(&format!("{named}`leder.eksempelvik`, `nasjonal.eksempelvik`")), "{who}");
    assert!(told.way_out.get(Lang::Nb).contains("Det som er `lc.ahusen` sitt eget, svarer en annen på."));
    // Another row without an answer is not the reviewer's own row.
    let mut list = answered(world.list(MADE), ON);
    list.rows.iter_mut().find(|row| row.key.person == id("ola.testesen")).unwrap().answered = None;
    let told = one(&of(&mut world, &list).findings, Code::ReviewIncomplete).clone();
    assert_eq!(told.way_out.en(), "Answer every row; silence is no approval.");
}

#[test]
fn a_list_that_nobody_has_answered_is_open_and_not_told_of() {
    let mut world = World::new();
    world.put_list(&world.list(MADE));
    let judged = world.judged(&BTreeSet::new(), date(2026, 11, 16));
    assert_eq!(judged.due[&TrustId::new("ahus").unwrap()].state, ReviewState::Open);
    assert_eq!(codes(&judged.findings), [""; 0]);
}

#[test]
fn an_answer_counts_only_beside_the_reviewer_who_gave_it() {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    list.reviewed.truncate(1);
    let judged = of(&mut world, &list);
    assert!(!counts(&judged));
    let told = one(&judged.findings, Code::ReviewUnsigned);
    assert!(told.message.en().contains("`leder.eksempelvik` has answered here"), "{}", told.message.en());
    let place = told.place.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.text.trim()), (LIST, "- person: lc.ahusen"));
    // Without any line, each of the two is told of once.
    list.reviewed.clear();
    let judged = of(&mut world, &list);
    assert_eq!(codes(&judged.findings), ["review-due-soon", "review-unsigned", "review-unsigned"]);
    let checked = world.check(&world, ON);
    assert_eq!(checked.findings.iter().filter(|told| told.code == Code::ReviewUnsigned).count(), 2);
}

#[test]
fn a_row_that_was_taken_out_keeps_a_review_open_and_who_came_after_the_list_does_not() {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    list.rows.retain(|row| row.key.person != id("ola.testesen"));
    let judged = of(&mut world, &list);
    assert!(!counts(&judged));
    let told = one(&judged.findings, Code::ReviewIncomplete).message.en().to_owned();
    assert!(told.contains("accesses that are missing from the list: 1"), "{told}");
    // An approval serves for the first time within 31 days, so this one may have been accepted after the list.
    let mut later = World::new();
    later.put_list(&answered(later.list(MADE), ON));
    let new = person("ny.testesen", 100_089, "LU", LC, "2026-11-21", "");
    later.put("desired-state/ahus/ny.testesen.yaml", new);
    assert!(counts(&later.judged(&BTreeSet::new(), ON)));
}

#[test]
fn a_delegate_answers_for_whoever_named_them_and_never_that_persons_own_row() {
    let mut world = World::new();
    let delegated = |until| {
        let mut list = answered(world.list(MADE), ON);
        list.delegations.push(delegation("per.testesen", LC, MADE, until));
        answer(&mut list, "ola.testesen", RowAnswer::End, "per.testesen");
        list.reviewed.push(ReviewedBy { by: id("per.testesen"), on: ON });
        list
    };
    let (list, over) = (delegated(date(2026, 12, 20)), delegated(date(2026, 11, 23)));
    let mut unsigned = list.clone();
    unsigned.rows.iter_mut().for_each(|row| {
        if row.answered.as_ref().is_some_and(|answered| answered.by == id(LC)) {
            row.answered = Some(Answered { answer: RowAnswer::Keep { until: None }, by: id(LEADER) });
        }
    });
    unsigned.reviewed.retain(|line| line.by != id(LC));
    let mut own = list.clone();
    answer(&mut own, LC, RowAnswer::Keep { until: None }, "per.testesen");
    let mut themselves = list.clone();
    answer(&mut themselves, "per.testesen", RowAnswer::Keep { until: None }, "per.testesen");
    let judged = of(&mut world, &list);
    assert_eq!(codes(&judged.findings), [""; 0]);
    assert!(counts(&judged));
    assert_eq!(codes(&of(&mut world, &over).findings), ["review-due-soon", "reviewer-not-entitled"]);
    // The person who named the delegate signs too.
    assert_eq!(codes(&of(&mut world, &unsigned).findings), ["review-due-soon", "review-incomplete"]);
    assert_eq!(codes(&of(&mut world, &own).findings), ["review-due-soon", "reviewer-not-entitled"]);
    assert_eq!(codes(&of(&mut world, &themselves).findings), ["review-due-soon", "review-own-row"]);
}

#[test]
fn of_several_reviewers_who_named_a_delegate_one_who_has_signed_is_enough() {
    const NATIONAL: &str = "nasjonal.eksempelvik";
    let mut world = World::new();
    let named_by = |reviewers: &[&str]| {
        let mut list = answered(world.list(MADE), ON);
        let until = date(2026, 12, 20);
        list.delegations = reviewers.iter().map(|by| delegation("per.testesen", by, MADE, until)).collect();
        answer(&mut list, "ola.testesen", RowAnswer::End, "per.testesen");
        list.reviewed.push(ReviewedBy { by: id("per.testesen"), on: ON });
        list
    };
    let lists = [&[NATIONAL, LC][..], &[LC, NATIONAL], &[NATIONAL]].map(named_by);
    let [unsigned_first, signed_first, unsigned] = lists;
    for list in [unsigned_first, signed_first] {
        let judged = of(&mut world, &list);
        assert_eq!(codes(&judged.findings), [""; 0]);
        assert!(counts(&judged));
    }
    // Nobody who named the delegate has signed.
    assert_eq!(codes(&of(&mut world, &unsigned).findings), ["review-due-soon", "review-incomplete"]);
}

#[test]
fn a_delegate_whose_id_has_changed_is_the_same_delegate() {
    const NOW: &str = "per.nytesen";
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    list.delegations.push(delegation("per.testesen", LC, MADE, date(2026, 12, 20)));
    answer(&mut list, "ola.testesen", RowAnswer::End, NOW);
    list.reviewed.push(ReviewedBy { by: id(NOW), on: ON });
    let mut base = world.base(ON);
    base.rename(&id("per.testesen"), &id(NOW));
    world.put_list(&list);
    let judged = world.judged_by(&base, &BTreeSet::new(), ON);
    assert_eq!(codes(&judged.findings), [""; 0]);
    assert!(counts(&judged));
    answer(&mut list, "per.testesen", RowAnswer::Keep { until: None }, NOW);
    world.put_list(&list);
    let judged = world.judged_by(&base, &BTreeSet::new(), ON);
    assert_eq!(codes(&judged.findings), ["review-due-soon", "review-own-row"]);
}

#[test]
fn a_review_is_dated_between_its_list_and_today_and_not_long_ago() {
    let mut world = World::new();
    for (on, today, counted) in [
        (MADE, MADE, true),
        (MADE, date(2026, 12, 21), true),
        (MADE, date(2026, 12, 22), false),
        (date(2026, 11, 19), ON, false),
        (date(2026, 11, 25), ON, false),
    ] {
        world.put_list(&answered(world.list(MADE), on));
        let judged = world.judged(&BTreeSet::new(), today);
        assert_eq!(counts(&judged), counted, "{on} {today}");
        assert_eq!(
            judged.findings.iter().filter(|f| f.code == Code::ReviewUnsigned).count(),
            if counted { 0 } else { 2 }
        );
    }
}

#[test]
fn a_review_that_counted_counts_after_its_reviewer_has_left_and_not_with_other_answers() {
    let mut world = World::new();
    let list = answered(world.list(MADE), ON);
    let judged = of(&mut world, &list);
    let used: BTreeSet<Digest> = judged.attested[0].by.iter().map(|(_, statement)| *statement).collect();
    let mut left = world.clone();
    left.0.remove(&path("desired-state/ahus/lc.ahusen.yaml"));
    left.edit(
        "desired-state/register.yaml",
        "office: register-leader",
        "until: 2026-12-31, office: register-leader",
    );
    let later = date(2027, 1, 15);
    assert!(counts(&left.judged(&used, later)));
    assert!(left.judged(&used, later).attested.is_empty());
    // Without the memory nobody could have reviewed it. A check remembers the merged statements.
    assert!(!counts(&left.judged(&BTreeSet::new(), later)));
    assert!(counts(
        &left.judged(&review::merged(left.tree().reviews(), &left.rules(), &FormerKeys::new()), later)
    ));
    let mut other = list.clone();
    answer(&mut other, "ola.testesen", RowAnswer::End, LC);
    left.put_list(&other);
    assert!(!counts(&left.judged(&used, later)));
    // An older review counts while the newest list waits.
    let mut next = world.clone();
    let newest = next.list(date(2027, 1, 10));
    next.put(
        "reviews/ahus/2027-Q1.yaml",
        review::written(&newest, Lang::En, |_| String::new(), |_| Vec::new()),
    );
    let due = next.judged(&used, later).due[&TrustId::new("ahus").unwrap()];
    assert_eq!((due.last, due.state), (Some(ON), ReviewState::Open));
}

#[test]
fn an_answer_that_the_files_do_not_follow_is_told_until_they_do() {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    answer(&mut list, "ola.testesen", RowAnswer::End, LC);
    answer(&mut list, "per.testesen", RowAnswer::Change, LC);
    answer(&mut list, "kari.testesen", RowAnswer::Keep { until: Some(date(2027, 3, 31)) }, LC);
    let judged = of(&mut world, &list);
    assert!(counts(&judged));
    let open = |world: &World| -> Vec<String> {
        let (base, rules) = (world.base(ON), world.rules());
        let (open, findings) = review::open_answers(&judged, &base, &rules.register, |_| None, ON);
        assert_eq!(codes(&findings).len(), usize::from(!open.is_empty()));
        open.iter().map(|open| format!("{} {}", open.key.person, open.answer.as_str())).collect()
    };
    assert_eq!(open(&world), ["kari.testesen keep", "ola.testesen end", "per.testesen change"]);
    world.edit("desired-state/ahus/ola.testesen.yaml", "    request:", "    until: 2026-11-24\n    request:");
    assert_eq!(open(&world), ["kari.testesen keep", "per.testesen change"]);
    world.edit("desired-state/ahus/per.testesen.yaml", "role: LU", "role: LC");
    world.edit(
        "desired-state/ahus/kari.testesen.yaml",
        "    request:",
        "    until: 2027-03-31\n    request:",
    );
    assert_eq!(open(&world), [""; 0]);
}

#[test]
fn nothing_is_kept_until_a_day_before_it_was_reviewed() {
    let mut world = World::new();
    let until = |last| {
        let mut list = answered(World::new().list(MADE), ON);
        answer(&mut list, "ola.testesen", RowAnswer::Keep { until: Some(last) }, LC);
        list
    };
    let judged = of(&mut world, &until(date(2026, 11, 23)));
    assert!(!counts(&judged) && judged.attested.is_empty());
    let told = one(&judged.findings, Code::BadValue);
    assert!(told.message.en().contains("kept until 2026-11-23, and was reviewed on 2026-11-24"));
    assert_eq!(told.place.as_ref().unwrap().text.trim(), "- person: ola.testesen");
    // Nobody can have answered so before the day of the list.
    let judged = of(&mut world, &until(date(2020, 1, 1)));
    assert!(!counts(&judged));
    assert!(one(&judged.findings, Code::BadValue).message.en().contains("the list was made on 2026-11-20"));
    assert!(counts(&of(&mut world, &until(ON))));
}

#[test]
fn what_is_odd_or_wrong_among_the_reviews_is_told_and_holds_nobody() {
    let mut world = World::new();
    world.put("reviews/ahus/2026-Q4.yaml.bak", "x");
    world.put("reviews/ahus/2026-Q3.yaml", "trust: [\n");
    let judged = world.judged(&BTreeSet::new(), ON);
    assert_eq!(codes(&judged.findings), ["review-due-soon", "review-unread"]);
    let wrong = one(&judged.findings, Code::NotYaml);
    assert!(wrong.way_out.en().ends_with("Until then this review does not count."), "{}", wrong.way_out.en());
    let mut after = world.clone();
    let new = person("ny.testesen", 100_089, "LU", LC, "2026-11-24", "");
    after.put("desired-state/ahus/ny.testesen.yaml", new);
    let checked = world.check(&after, ON);
    let held = checked
        .findings
        .iter()
        .any(|finding| finding.code == Code::FileHeld || finding.code == Code::OddPath);
    assert!(!held, "{:?}", checked.findings);
}
