//! The evidence for an auditor: what ties a review to the files, and when it is closed.

use super::{HENRIK, LIST, answer, desk, list, reviewed};
use crate::cli::desk::{Desk, Told};

#[test]
fn what_was_never_reviewed_and_is_never_due_is_not_said_to_be_done() {
    let show = ["review", "show"];
    let line = |told: &Told| {
        let line = told.out.lines().find(|line| line.starts_with("unn ")).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = Desk::tree().run(&show).ends(0).says("`register.yaml` has no `reviews_from`");
    assert_eq!(line(&told), "unn not reviewed never no day is set");
    let told = Desk::tree().run(&["--lang", "nb", "review", "show"]).ends(0);
    assert_eq!(line(&told), "unn ikke kontrollert aldri ingen frist er satt");
    let told = desk().run(&show).ends(0).never_says("reviews_from");
    assert_eq!(line(&told), "unn due soon never 2026-12-01");
    let waits = desk();
    waits.run(&["review", "start", "--trust", "unn"]).ends(0);
    let told = waits.run(&show).ends(0);
    assert_eq!(line(&told), "unn due soon never 2026-12-01 2026-Q4 open since 2026-11-23");
}

#[test]
fn the_evidence_of_a_review_ties_it_to_the_files() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["sara.fiktivsen", "frida.skinnvik"] {
        answer(&desk, HENRIK, person, &["--keep"]).ends(0);
    }
    let value = desk.run(&["review", "evidence", "unn", "2026-Q4"]).ends(0).json();
    assert_eq!(value["rows"].as_array().unwrap().len(), 5);
    assert_eq!(value["reviewers"][0]["by"], HENRIK);
    assert!(value["counts-from"].is_null());
    let statement = value["reviewers"][0]["statement"].as_str().unwrap();
    assert!(
        statement.starts_with("portvakt review statement 1\nregister: ") && statement.contains("kept: 2\n")
    );
    let digest = portvakt_core::model::Digest::of(list(&desk).as_bytes()).to_string();
    assert_eq!(value["file-digest"], digest);
    let page = desk.run(&["review", "evidence", "unn", "2026-Q4", "--html"]).ends(0);
    assert!(page.out.starts_with("<!DOCTYPE html>") && page.out.contains(&digest), "{}", page.out);
    assert!(!page.out.contains("http") && !page.out.contains("<script"), "{}", page.out);
    // No command makes a list of a quarter that has passed.
    let passed = desk.run(&["review", "evidence", "unn", "2026-Q1"]).ends(1).says("there is no list 2026-Q1");
    passed.says("for the current quarter only").never_says("review start");
    desk.run(&["review", "evidence", "nowhere", "2026-Q4"]).ends(1).says("no trust of this register");
    desk.run(&["review", "evidence", "unn", "2026-Q5"]).ends(2).says("2026-Q4");
}

pub(super) fn evidence(desk: &Desk) -> serde_json::Value {
    desk.run(&["review", "evidence", "unn", "2026-Q4"]).ends(0).json()
}

#[test]
fn a_review_is_closed_when_its_ends_were_read_back_and_the_evidence_names_the_entries() {
    let desk = reviewed();
    let show = ["review", "show", "--trust", "unn"];
    desk.run(&show).ends(0).says("answered, not closed").says("not carried out");
    let value = evidence(&desk);
    assert_eq!((value["state"].as_str(), &value["closed"]), (Some("answered"), &serde_json::Value::Null));
    assert_eq!(value["ledger"]["entries"][0]["kind"], "reviewed");
    assert_eq!(value["ledger"]["entries"].as_array().unwrap().len(), 1);
    assert_eq!(value["store"]["not-read-back"][0]["person"], "sara.fiktivsen");
    assert_eq!(value["store"]["complete"], true);

    // The pass that takes it away has read the store before.
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).ends(0);
    desk.run(&show).ends(0).says("answered, not closed").says("carried out").never_says("not carried out");
    desk.database()
        .execute_batch(
            "INSERT INTO account (id, name, active, opened) VALUES ('fremmed-1', 'Fremmed', 1, '2020-01-01');
             INSERT INTO access (account, application, unit, role, granted)
                 VALUES ('fremmed-1', 'smerteregisteret', 101719, 'LU', '2020-01-01');",
        )
        .unwrap();
    desk.run(&["apply"]);
    desk.run(&show).ends(0).says("closed (entry ").never_says("not closed");
    let value = evidence(&desk);
    assert_eq!(value["state"], "closed");
    let (closed, entries) = (&value["closed"], value["ledger"]["entries"].as_array().unwrap());
    assert_eq!((entries.len(), &entries[1]), (2, closed));
    assert_eq!(closed["body"]["named-by-no-file"], serde_json::json!(["fremmed-1"]));
    assert_eq!(value["store"]["not-read-back"], serde_json::json!([]));
    assert_eq!(value["ledger"]["holds"], true);
    assert!(value["checkpoint"].is_null());
    let page = desk.run(&["review", "evidence", "unn", "2026-Q4", "--html"]).ends(0);
    assert!(
        page.out.contains(closed["hash"].as_str().unwrap()) && page.out.contains("fremmed-1"),
        "{}",
        page.out
    );
    // An answer that is given anew makes it another list.
    answer(&desk, HENRIK, "frida.skinnvik", &["--end"]).ends(0);
    desk.run(&show).ends(0).never_says("closed (entry ");
}

#[test]
fn a_checkpoint_that_was_kept_elsewhere_ties_the_evidence_to_it() {
    let desk = reviewed();
    let file = desk.beside("checkpoint.json");
    let file = file.to_str().unwrap();
    desk.run(&["ledger", "checkpoint", "--out", file]).ends(0);
    let with = ["review", "evidence", "unn", "2026-Q4", "--checkpoint", file];
    let value = desk.run(&with).ends(0).json();
    assert_eq!(value["checkpoint"]["covers-the-review"], true);
    assert_eq!(value["checkpoint"]["hash"], value["ledger"]["head"]["hash"]);
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).ends(0);
    desk.run(&["apply"]).ends(0);
    assert_eq!(desk.run(&with).ends(0).json()["checkpoint"]["covers-the-review"], false);
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.replace("\"seq\": ", "\"seq\": 1")).unwrap();
    desk.run(&with).ends(5).says("ledger-broken");
}

#[test]
fn a_clone_of_the_files_says_that_it_does_not_know_whether_a_review_is_closed() {
    let desk = reviewed();
    desk.delete("unn", "sara.fiktivsen");
    std::fs::remove_dir_all(desk.root().join("var")).unwrap();
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("known where the register is");
    let value = evidence(&desk);
    assert_eq!((value["state"].as_str(), value["ledger"].is_null()), (Some("answered"), true));
    assert!(
        value["store"].is_null()
            && value["rows"].as_array().unwrap().iter().all(|row| row["carried-out"] == true)
    );
    let with = ["review", "evidence", "unn", "2026-Q4", "--checkpoint", "nowhere.json"];
    desk.run(&with).ends(4).says("no-baseline");
}

#[test]
fn an_older_review_still_says_from_when_it_counted() {
    let desk = reviewed();
    let later = "2027-03-01T12:00:00Z";
    desk.at(later, &["review", "start", "--trust", "unn"]).ends(0);
    let answer = |by: &str, person: &str| {
        let args = ["review", "answer", "--trust", "unn", "--by", by, person, "--keep"];
        desk.at(later, &args).ends(0);
    };
    for person in ["frida.skinnvik", "sara.fiktivsen"] {
        answer(HENRIK, person);
    }
    answer("bjorn.lederesen", HENRIK);
    let value = desk.at(later, &["review", "evidence", "unn", "2026-Q4"]).ends(0).json();
    assert_eq!(value["counts-from"], "2026-11-23");
}

#[test]
fn a_list_that_is_taken_away_or_made_again_undoes_no_review_of_the_past() {
    let desk = reviewed();
    std::fs::remove_file(desk.root().join(LIST)).unwrap();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let shown = desk.run(&["--format", "json", "review", "show"]).ends(0).json();
    let unn = shown["reviews"].as_array().unwrap().iter().find(|one| one["trust"] == "unn").unwrap();
    assert_eq!(unn["due"]["last"], "2026-11-23");
    assert_eq!(evidence(&desk)["counts-from"], serde_json::Value::Null);
}

#[test]
fn beside_a_register_only_that_counts_which_a_pass_has_accepted() {
    let desk = Desk::accepted();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["frida.skinnvik", "olav.testesen", "sara.fiktivsen"] {
        answer(&desk, HENRIK, person, &["--keep"]).ends(0);
    }
    answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(0);
    let show = ["review", "show", "--trust", "unn"];
    desk.run(&show).ends(0).says("it does not count yet").says("no pass has taken it in yet");
    let value = evidence(&desk);
    assert_eq!((value["state"].as_str(), &value["counts-from"]), (Some("open"), &serde_json::Value::Null));
    desk.run(&["apply"]).ends(0);
    desk.run(&show).ends(0).says("it counts from 2026-11-23").never_says("no pass has");
    assert_eq!(evidence(&desk)["state"], "closed");
    // A row that is cut out makes it another list, which no pass takes in.
    let text = list(&desk);
    let (before, _) = text.rsplit_once("\n  # ").unwrap();
    std::fs::write(desk.root().join(LIST), format!("{before}\n")).unwrap();
    desk.run(&show)
        .ends(0)
        .says("it does not count yet")
        .says("missing from the list")
        .never_says("no pass has");
    assert!(evidence(&desk)["counts-from"].is_null());
}
