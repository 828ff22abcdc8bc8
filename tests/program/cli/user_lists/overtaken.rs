//! When a review is due, and what is said of a list that a newer one has overtaken.

use super::{HENRIK, answer};
use crate::cli::desk::Desk;

#[test]
fn the_list_of_users_says_when_its_review_is_due() {
    let desk = super::desk();
    desk.accept(&["bjorn.lederesen", "ingrid.koordinatorsen"]).ends(0);
    desk.run(&["apply"]).ends(0);
    let list = ["list", "--trust", "unn"];
    let words = "the review of this list is due soon, by 2026-12-01";
    desk.run(&list).ends(0).says(words).never_says("Vestre Viken");
    desk.run(&["list"]).ends(0).says(words);
    let value = desk.run(&["--format", "json", "list", "--trust", "unn"]).ends(0).json();
    assert_eq!(value["reviews"]["unn"]["state"], "due-soon");
    desk.at("2027-01-02T12:00:00Z", &list).ends(0).says("is overdue by a month, by 2026-12-01");
    // An answer that a pass has accepted counts here. An answer that is not accepted does not.
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["frida.skinnvik", "olav.testesen", "sara.fiktivsen"] {
        answer(&desk, HENRIK, person, &["--keep"]).ends(0);
    }
    answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(0);
    desk.run(&list).ends(0).says(words);
    desk.run(&["apply"]).ends(0);
    desk.run(&list).ends(0).never_says("the review of this list");
    let value = desk.run(&["--format", "json", "list", "--trust", "unn"]).ends(0).json();
    assert_eq!(
        (value["reviews"]["unn"]["due"].as_str(), value["reviews"].as_object().unwrap().len()),
        (Some("2027-02-23"), 1)
    );
    // If the register asks for no reviews, the output does not mention them.
    Desk::accepted().run(&list).ends(0).never_says("the review of this list");
}

#[test]
fn a_list_that_a_newer_one_has_overtaken_says_so() {
    let desk = super::desk();
    let review = |now: &str, args: &[&str]| {
        let mut all = vec!["review"];
        all.extend(args);
        desk.at(now, &all)
    };
    let answers = |now: &str, by: &str, person: &str, how: &str| {
        review(now, &["answer", "--trust", "unn", "--by", by, person, how]).ends(0);
    };
    let (autumn, winter) = ("2026-11-25T12:00:00Z", "2027-01-11T12:00:00Z");
    review(autumn, &["start", "--trust", "unn"]).ends(0);
    answers(autumn, HENRIK, "sara.fiktivsen", "--keep");
    answers(autumn, HENRIK, "frida.skinnvik", "--end");
    answers(autumn, HENRIK, "olav.testesen", "--keep");
    answers(autumn, "bjorn.lederesen", HENRIK, "--keep");
    let show = ["show", "--trust", "unn", "--quarter", "2026-Q4"];
    review(autumn, &show).ends(0).never_says("overtaken");
    review(winter, &["start", "--trust", "unn"]).ends(0);
    let text = std::fs::read_to_string(desk.root().join("reviews/unn/2027-Q1.yaml")).unwrap();
    assert_eq!(text.matches("earlier-end-open").count(), 1, "{text}");
    // A list without answers overtakes nothing.
    review(winter, &show).ends(0).never_says("overtaken");
    answers(winter, HENRIK, "sara.fiktivsen", "--keep");
    answers(winter, HENRIK, "frida.skinnvik", "--keep");
    answers(winter, HENRIK, "olav.testesen", "--keep");
    answers(winter, "bjorn.lederesen", HENRIK, "--keep");
    review(winter, &show).ends(0).says("overtaken by 2027-Q1; what it ends is still read back");
    let evidence = |args: &[&str]| {
        let mut all = vec!["--format", "json", "review", "evidence", "unn", "2026-Q4"];
        all.extend(args);
        desk.at(winter, &all).ends(0)
    };
    let value = evidence(&[]).json();
    assert_eq!(value["state"], "overtaken");
    assert_eq!(value["overtaken-by"], "2027-Q1");
    let rows = value["rows"].as_array().unwrap();
    let frida = rows.iter().find(|row| row["person"] == "frida.skinnvik").unwrap();
    assert_eq!(frida["follows"], "not carried out");
    assert_eq!(frida["answered-anew"], "keep");
    evidence(&["--html"]).says("Overtaken by").says("answered anew: keep");
    review(winter, &["show"]).ends(0).never_says("overtaken");
}

#[test]
fn an_end_that_is_given_in_an_older_list_after_the_newer_one_counts_is_told_and_noted() {
    let desk = super::desk();
    let review = |now: &str, args: &[&str]| {
        let mut all = vec!["review"];
        all.extend(args);
        desk.at(now, &all)
    };
    let answers = |now: &str, quarter: &str, by: &str, person: &str, how: &str| {
        review(now, &["answer", "--trust", "unn", "--quarter", quarter, "--by", by, person, how]).ends(0);
    };
    let (autumn, winter) = ("2026-11-30T12:00:00Z", "2027-01-11T12:00:00Z");
    let (late, spring) = ("2027-01-12T12:00:00Z", "2027-04-10T12:00:00Z");
    for (now, quarter) in [(autumn, "2026-Q4"), (winter, "2027-Q1")] {
        review(now, &["start", "--trust", "unn"]).ends(0);
        for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
            answers(now, quarter, HENRIK, person, "--keep");
        }
    }
    answers(winter, "2027-Q1", "bjorn.lederesen", HENRIK, "--keep");
    desk.at(winter, &["check"]).never_says("review-answers-open");
    answers(late, "2026-Q4", "bjorn.lederesen", HENRIK, "--end");
    desk.at(late, &["check"]).says("review-answers-open").says("reviews/unn/2026-Q4.yaml");
    review(spring, &["start", "--trust", "unn"]).ends(0);
    let text = std::fs::read_to_string(desk.root().join("reviews/unn/2027-Q2.yaml")).unwrap();
    assert_eq!(text.matches("earlier-end-open").count(), 2, "{text}");
}
