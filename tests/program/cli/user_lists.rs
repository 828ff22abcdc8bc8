//! Tests the review of a user list as a coordinator does it (R36): the list, the answers, the check, and the evidence
//! for an auditor.

use super::desk::{Desk, Told, person};

const LIST: &str = "reviews/unn/2026-Q4.yaml";
const HENRIK: &str = "henrik.liksomdal";

/// The example tree, whose register asks for reviews.
fn desk() -> Desk {
    let desk = Desk::tree();
    desk.change_file(
        "desired-state/register.yaml",
        "review_months: 3\n",
        "review_months: 3\nreviews_from: 2026-09-01\n",
    );
    desk
}

fn answer(desk: &Desk, by: &str, person: &str, how: &[&str]) -> Told {
    let mut args = vec!["review", "answer", "--trust", "unn", "--by", by, person];
    args.extend(how);
    desk.run(&args)
}

fn list(desk: &Desk) -> String {
    std::fs::read_to_string(desk.root().join(LIST)).unwrap()
}

#[test]
fn people_and_days_are_named_as_people_name_them() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    answer(&desk, "Henrik", "frida", &["--keep", "--until", "31.3.27"])
        .ends(0)
        .says("taken as Henrik Liksomdal (henrik.liksomdal)")
        .says("taken as Frida Skinnvik (frida.skinnvik)");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("keep until 2027-03-31");
    answer(&desk, "liksomdal", "frida", &["--end"]).ends(1).says("fits several people");
    answer(&desk, HENRIK, "frida", &["--keep", "--until", "soon"]).ends(2).says("`soon` is no date");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("keep until 2027-03-31");
}

#[test]
fn a_list_is_made_answered_and_counts() {
    let desk = desk();
    desk.run(&["check"]).ends(0).says("review-due-soon").says("2026-12-01");
    desk.run(&["review", "start", "--trust", "unn"]).ends(0).says(LIST).says("5 accesses");
    desk.run(&["review", "start", "--trust", "unn"]).ends(1).says("--anew");
    let text = list(&desk);
    assert!(
        text.contains("LU registers and saves all forms at their own unit.")
            && !text.contains("answered_by: h")
    );
    // Without a terminal the options must name a person and an answer.
    desk.run(&["review", "answer", "--trust", "unn", "--by", HENRIK]).ends(2).says("--help");
    // Outside of a clone it is not noted who reviews, and of which trust.
    desk.run(&["review", "answer", "--trust", "unn", "sara.fiktivsen", "--keep"]).ends(2).says("--by PERSON");
    desk.run(&["review", "answer", "sara.fiktivsen", "--keep"]).ends(2).says("--by PERSON");
    desk.run(&["review", "start"]).ends(2).says("--trust");
    answer(&desk, HENRIK, "sara.fiktivsen", &[]).ends(1).says("--keep");
    std::fs::write(desk.beside("used"), "sara.fiktivsen\n").unwrap();
    let used = desk.beside("used");
    let used = ["review", "answer", "--trust", "unn", "--by", HENRIK, "--last-used", used.to_str().unwrap()];
    desk.run(&used).ends(1).says("line 1");
    answer(&desk, HENRIK, "nobody.testesen", &["--end"]).ends(1).says("no such row");
    answer(&desk, HENRIK, HENRIK, &["--keep"]).ends(1).says("review-own-row");
    answer(&desk, HENRIK, "sara.fiktivsen", &["--keep"]).ends(0).says("1 answer");
    answer(&desk, HENRIK, "frida.skinnvik", &["--keep", "--until", "2027-03-31"]).ends(0);
    // Henrik is coordinator at one trust.
    let without = ["review", "answer", "--by", "Henrik", "olav.testesen", "--end"];
    desk.run(&without).ends(0).says("reviews/unn/2026-Q4.yaml: 1 answer");
    let told = desk.run(&["check"]).ends(0).says("review-incomplete").says("rows without an answer: 2");
    told.says("`henrik.liksomdal`'s own is answered by somebody else").says("`bjorn.lederesen`");
    answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(0).says("2 answers");
    desk.run(&["check"]).ends(0).never_says("review-incomplete").says("review-answers-open");
    let shown = desk.run(&["review", "show", "--trust", "unn"]).ends(0);
    shown
        .says("keep until 2027-03-31")
        .says("end, Henrik Liksomdal (henrik.liksomdal)")
        .says("it counts from 2026-11-23");
    let states = desk.run(&["--format", "json", "review", "show"]).ends(0).json();
    let unn = states["reviews"].as_array().unwrap().iter().find(|one| one["trust"] == "unn").unwrap();
    assert_eq!(unn["due"]["state"], "done");
    assert_eq!(unn["due"]["due"], "2027-02-23");
}

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
    desk.run(&["review", "evidence", "unn", "2026-Q1"]).ends(1).says("there is no list 2026-Q1");
    desk.run(&["review", "evidence", "nowhere", "2026-Q4"]).ends(1).says("no trust of this register");
    desk.run(&["review", "evidence", "unn", "2026-Q5"]).ends(2).says("2026-Q4");
}

#[test]
fn a_delegate_is_named_with_the_days_by_somebody_who_may_review() {
    let desk = desk();
    let delegate = |by: &str, person: &str, days: &[&str]| {
        desk.run(&[&["review", "delegate", person, "--by", by, "--trust", "unn"][..], days].concat())
    };
    let until = ["--until", "20.12.26"];
    delegate(HENRIK, "sara", &until).ends(1).says("review start");
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let before = list(&desk);
    delegate(HENRIK, "sara", &["--until", "soon"]).ends(2).says("`soon` is no date");
    delegate(HENRIK, "sara", &["--until", "2026-11-22"]).ends(1).says("no day on which a delegate");
    let turned = ["--from", "2026-12-21", "--until", "2026-12-20"];
    delegate(HENRIK, "sara", &turned).ends(1).says("no day on which a delegate");
    delegate(HENRIK, "henrik", &until).ends(1).says("is no delegate of themselves");
    delegate(HENRIK, "nobody.testesen", &until).ends(1).says("unknown-name");
    let told = delegate("sara", "frida", &until).ends(1).says("reviewer-not-entitled");
    told.says("Henrik Liksomdal (henrik.liksomdal)").says("Bjørn Lederesen (bjorn.lederesen)");
    assert_eq!(list(&desk), before);
    // The day is changed by naming them again, and the trust is that of the coordinator.
    desk.run(&["review", "delegate", "sara", "--by", "henrik", "--until", "1.12.26"]).ends(0);
    let told =
        delegate(HENRIK, "sara", &until).ends(0).says("Sara Fiktivsen (sara.fiktivsen) may answer for");
    told.says("from 2026-11-23 until 2026-12-20").never_says("sign with");
    let named = "delegates:\n  - {person: sara.fiktivsen, by: henrik.liksomdal, from: 2026-11-23, until: 2026-12-20}\nreviewed:\n  - {by: henrik.liksomdal, on: 2026-11-23}\n";
    assert_eq!(list(&desk), before.replace("reviewed: []\n", named));
    answer(&desk, "sara", "frida", &["--keep"]).ends(0);
    desk.run(&["check"]).ends(0).never_says("reviewer-not-entitled");
    let json =
        ["--format", "json", "review", "delegate", "frida", "--trust", "unn", "--by", "bjorn.lederesen"];
    let told = desk.run(&[&json[..], &until].concat()).ends(0).json();
    assert_eq!(
        (&told["delegate"]["person"], &told["waits"]),
        (&"frida.skinnvik".into(), &serde_json::json!([]))
    );
}

#[test]
fn whoever_came_after_the_list_or_is_missing_from_it_is_named() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).never_says("came after").never_says("missing");
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101_719, HENRIK));
    // This one was approved long before, so that the row was taken out.
    let old = person("gammel.testesen", "unn", 101_719, HENRIK).replace("2026-11", "2026-06");
    desk.write("unn", "gammel.testesen", old.replace("Ny Testesen", "Gammel Testesen"));
    let shown = desk.run(&["review", "show", "--trust", "unn"]).ends(0);
    let line = |name: &str| shown.out.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(line("(ny.testesen)").contains("came after the list was made"), "{}", shown.out);
    assert!(line("(gammel.testesen)").contains("missing from the list"), "{}", shown.out);
    let told = desk.run(&["--lang", "nb", "review", "show", "--trust", "unn"]).ends(0);
    told.says("kom til etter at listen ble laget").says("mangler i listen");
    for args in [&["show", "--trust", "unn"][..], &["evidence", "unn", "2026-Q4"][..]] {
        let value = desk.run(&[&["--format", "json", "review"][..], args].concat()).ends(0).json();
        let ids = |key: &str| -> Vec<String> {
            let all = value[key].as_array().unwrap().iter();
            all.map(|one| one["person"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids("came-after-the-list"), ["ny.testesen"], "{value}");
        assert_eq!(ids("missing-from-the-list"), ["gammel.testesen"], "{value}");
    }
    let page = desk.run(&["review", "evidence", "unn", "2026-Q4", "--html"]).ends(0).out;
    let (before, after) = page.split_once("<h2>Came after the list was made</h2>").unwrap();
    let (came, missing) = after.split_once("<h2>Missing from the list</h2>").unwrap();
    assert!(!before.contains("ny.testesen") && !before.contains("gammel.testesen"), "{page}");
    assert!(came.contains("Ny Testesen<br><code>ny.testesen</code>"), "{page}");
    assert!(came.contains("<td>2026-11-20</td>") && missing.contains("Gammel Testesen"), "{page}");
}

#[test]
fn an_office_that_begins_after_the_national_list_is_named_as_such() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "nasjonal"]).ends(0);
    desk.change_file(
        "desired-state/register.yaml",
        "administrators:\n",
        "administrators:\n  - person: ny.verven\n    name: Ny Verven\n    office: national-coordinator\n    from: 2026-11-23\n",
    );
    let shown = desk.run(&["review", "show", "--trust", "nasjonal"]).ends(0);
    let line = shown.out.lines().find(|line| line.contains("ny.verven")).unwrap_or_default();
    assert!(line.contains("office: ") && line.contains("came after the list was made"), "{}", shown.out);
    let value = desk.run(&["review", "evidence", "nasjonal", "2026-Q4"]).ends(0).json();
    assert_eq!(value["came-after-the-list"][0]["setting"]["appointment"]["person"], "ny.verven", "{value}");
}

#[test]
fn a_list_that_is_made_anew_keeps_the_answers_to_what_is_as_it_was() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    answer(&desk, HENRIK, "sara.fiktivsen", &["--keep"]).ends(0);
    answer(&desk, HENRIK, "frida.skinnvik", &["--change"]).ends(0);
    desk.change("unn", "frida.skinnvik", "role: LU", "role: LC");
    desk.run(&["review", "start", "--trust", "unn", "--anew"]).ends(0);
    let text = list(&desk);
    assert!(text.contains("    answer: keep\n") && !text.contains("    answer: change\n"), "{text}");
    assert!(text.contains("reviewed: []"), "the reviewer signs the new list: {text}");
    desk.run(&["--source", "git", "review", "start", "--trust", "unn", "--anew"]).ends(1).says("checkout");
}

#[test]
fn a_review_that_ends_more_than_half_says_so() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["sara.fiktivsen", "frida.skinnvik"] {
        answer(&desk, HENRIK, person, &["--end"]).ends(0).never_says("look once more");
    }
    answer(&desk, HENRIK, "olav.testesen", &["--end"])
        .ends(0)
        .says("3 of 5 accesses would end: look once more");
    // The answer that completes the list asks for the number, and there is nobody to ask.
    let last = answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(2);
    last.says("3 of 5 accesses would end").says("--ends-most");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it does not count yet").says("no answer");
    answer(&desk, "bjorn.lederesen", HENRIK, &["--keep", "--ends-most"]).ends(0).says("2 answers");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it counts from 2026-11-23");
}

#[test]
fn nothing_is_kept_until_a_day_that_has_passed() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let before = list(&desk);
    let past = ["--keep", "--until", "2026-11-22"];
    answer(&desk, HENRIK, "sara.fiktivsen", &past).ends(1).says("2026-11-22 has passed").says("--end");
    let form = desk.run(&["review", "form", "unn", "2026-Q4"]).ends(0).out;
    let table = filled(&form, ',', &[("sara.fiktivsen", ["keep", "2020-01-01"])]);
    read_back(&desk, "unn", HENRIK, table.as_bytes()).ends(1).says("2020-01-01 has passed");
    assert_eq!(list(&desk), before);
    // "Until today" is the day of the answer, and counts as an end.
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        answer(&desk, HENRIK, person, &["--keep", "--until", "2026-11-23"]).ends(0);
    }
    let last = answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(2);
    last.says("3 of 5 accesses would end").says("--ends-most");
    // A file that was edited by hand is no review.
    let text = list(&desk).replace("keep_until: 2026-11-23", "keep_until: 2020-01-01");
    std::fs::write(desk.root().join(LIST), text).unwrap();
    desk.run(&["check"]).ends(1).says("bad-value").says("This is kept until 2020-01-01");
}

#[test]
fn the_store_says_when_somebody_last_used_the_register_and_no_list_does() {
    let desk = Desk::accepted();
    desk.database()
        .execute_batch(
            "INSERT INTO course (unit, status, created_by, created_on, updated_by, updated_on)
             SELECT 101719, 'open', id, '2026-01-05', id, '2026-02-06' FROM account WHERE person = 'sara.fiktivsen'",
        )
        .unwrap();
    let facts = ["review", "facts", "--trust", "unn"];
    let told = desk.run(&facts).ends(0).says("LAST USE");
    let of = |person: &str| told.out.lines().find(|line| line.contains(person)).unwrap().to_owned();
    assert!(
        of("sara.fiktivsen").ends_with("2026-02-06") && of("frida.skinnvik").ends_with("never"),
        "{}",
        told.out
    );
    // Courses and forms are made in one application, and of the other nothing is kept.
    assert!(told.out.lines().any(|line| line.contains("rapporteket") && line.ends_with("not known")));
    let value = desk.run(&["--format", "json", "review", "facts", "--trust", "unn"]).ends(0).json();
    assert_eq!(value["kept"], true);
    let sara =
        value["rows"].as_array().unwrap().iter().find(|row| row["access"]["person"] == "sara.fiktivsen");
    assert_eq!(sara.unwrap()["last-use"], "2026-02-06");
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    assert!(!list(&desk).contains("2026-02-06"));
    let unknown = desk.run(&["review", "facts", "--trust", "nowhere"]).ends(1);
    unknown.says("no trust of this register").says("It has ");
    Desk::tree().run(&facts).ends(4).says("no-baseline");
}

#[test]
fn no_list_is_made_that_would_miss_somebody() {
    let desk = desk();
    let path = desk.path("unn", "sara.fiktivsen");
    let text = std::fs::read_to_string(&path).unwrap();
    for (wrong, code) in
        [("x: [\n", "not-yaml"), (text.replace("role: LU", "role: LX").as_str(), "unknown-name")]
    {
        std::fs::write(&path, wrong).unwrap();
        desk.run(&["review", "start", "--trust", "unn"]).ends(1).says(code).says("sara.fiktivsen.yaml");
        assert!(!desk.root().join("reviews").exists());
        // A trust that is in order has its list.
        desk.run(&["review", "start", "--trust", "helse-stavanger"]).ends(0);
        std::fs::remove_dir_all(desk.root().join("reviews")).unwrap();
    }
}

/// The accepted example with a review of UNN that keeps everybody but Sara.
fn reviewed() -> Desk {
    let desk = Desk::accepted();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["frida.skinnvik", "olav.testesen"] {
        answer(&desk, HENRIK, person, &["--keep"]).ends(0);
    }
    answer(&desk, HENRIK, "sara.fiktivsen", &["--end"]).ends(0);
    answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(0);
    desk.run(&["apply"]).ends(0);
    desk
}

fn evidence(desk: &Desk) -> serde_json::Value {
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
fn offices_and_service_accounts_are_answered_on_the_national_list() {
    const BJORN: &str = "bjorn.lederesen";
    let desk = desk();
    desk.change_file("desired-state/register.yaml", "  ignore: []", "  ignore: [svc-import]");
    let start = desk.run(&["review", "start", "--trust", "nasjonal"]).ends(0);
    start.says("offices and service accounts");
    desk.run(&["review", "start", "--trust", "unn"]).ends(0).never_says("service accounts");
    let answer = |whose: &[&str], how: &[&str]| {
        let args = ["review", "answer", "--trust", "nasjonal", "--by", BJORN];
        desk.run(&[&args[..], whose, how].concat())
    };
    let ingrid = "ingrid.koordinatorsen";
    answer(&[ingrid, "--office", "national-coordinator"], &["--keep"]).ends(0).says("1 answer");
    answer(&[ingrid, "--office", "register-leader"], &["--keep"]).ends(1).says("no such row");
    answer(&[BJORN], &["--keep"]).ends(1).says("review-own-row");
    answer(&["--account", "svc-import"], &["--end"]).ends(0).says("1 answer");
    answer(&["--account", "svc-export"], &["--end"]).ends(1).says("no such row");
    answer(&["--account", "svc-import"], &["--keep", "--until", "2027-01-01"]).ends(2);
    answer(&[], &["--keep"]).ends(2).says("name a person and an answer");
    desk.run(&["review", "show", "--trust", "nasjonal"])
        .ends(0)
        .says("office: Nasjonal registerkoordinator")
        .says("service account `svc-import`")
        .says("keep, Bjørn Lederesen (bjorn.lederesen)")
        .says("end, Bjørn Lederesen (bjorn.lederesen)");
    let value = desk.run(&["review", "evidence", "nasjonal", "2026-Q4"]).ends(0).json();
    let settings = value["settings"].as_array().unwrap();
    let account = settings.iter().find(|row| row["setting"]["ignored"]["account"] == "svc-import").unwrap();
    assert_eq!(account["answer"], "end");
    assert_eq!(account["follows"], "not carried out");
    assert_eq!(account["carried-out"], false);
    let page = desk.run(&["review", "evidence", "nasjonal", "2026-Q4", "--html"]).ends(0);
    page.says("svc-import").says("office: Nasjonal registerkoordinator");
    // A list that is made anew keeps these answers too.
    desk.run(&["review", "start", "--trust", "nasjonal", "--anew"]).ends(0);
    desk.run(&["review", "show", "--trust", "nasjonal"])
        .ends(0)
        .says("end, Bjørn Lederesen (bjorn.lederesen)");
}

#[test]
fn whoever_holds_an_office_and_has_no_file_is_named_by_the_settings() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "nasjonal"]).ends(0);
    let text = std::fs::read_to_string(desk.root().join("reviews/nasjonal/2026-Q4.yaml")).unwrap();
    assert!(text.contains("# Sigrid Forvaltersen (sigrid.forvaltersen)"), "{text}");
    let show = desk.run(&["review", "show", "--trust", "nasjonal"]).ends(0);
    show.says("Sigrid Forvaltersen (sigrid.forvaltersen)");
    let form = desk.run(&["review", "form", "nasjonal", "2026-Q4"]).ends(0);
    form.says(",Sigrid Forvaltersen,sigrid.forvaltersen,");
    let value = desk.run(&["review", "evidence", "nasjonal", "2026-Q4"]).ends(0).json();
    let settings = value["settings"].as_array().unwrap();
    let sigrid = settings.iter().find(|row| row["person"] == "sigrid.forvaltersen").unwrap();
    assert_eq!(sigrid["name"], "Sigrid Forvaltersen");
}

#[test]
fn the_list_of_users_says_when_its_review_is_due() {
    let desk = self::desk();
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
    let desk = self::desk();
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

/// A table with these answers and days in the rows of these people.
fn filled(form: &str, mark: char, of: &[(&str, [&str; 2])]) -> String {
    let line = |line: &str| {
        let mut cells: Vec<&str> = line.split(mark).collect();
        if let Some((_, answer)) = of.iter().find(|(person, _)| cells[3] == *person) {
            cells[11..13].copy_from_slice(answer);
        }
        format!("{}\r\n", cells.join(mark.to_string().as_str()))
    };
    form.lines().map(line).collect()
}

/// Reads a table back for a person.
fn read_back(desk: &Desk, trust: &str, by: &str, table: &[u8]) -> Told {
    let file = desk.beside("form.csv");
    std::fs::write(&file, table).unwrap();
    desk.run(&["review", "answer", "--trust", trust, "--by", by, "--from", file.to_str().unwrap()])
}

#[test]
fn an_end_that_is_given_in_an_older_list_after_the_newer_one_counts_is_told_and_noted() {
    let desk = self::desk();
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

#[test]
fn a_table_is_filled_in_elsewhere_and_read_back() {
    let desk = self::desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    answer(&desk, HENRIK, "sara.fiktivsen", &["--keep"]).ends(0);
    let form = desk.run(&["review", "form", "unn", "2026-Q4"]).ends(0).out;
    assert_eq!(form.lines().count(), 6, "{form}");
    assert!(form.starts_with("LIST,ROW,NAME,PERSON,UNIT,APPLICATION,ROLE,FROM,UNTIL,"), "{form}");
    // Earlier answers are beside the cells for the answers, which are empty.
    assert!(form.contains(",keep (henrik.liksomdal),,,list-"), "{form}");
    let fill = |of: &[(&str, [&str; 2])]| filled(&form, ',', of);
    let read = |text: &[u8]| read_back(&desk, "unn", HENRIK, text);
    read(form.as_bytes()).ends(0).says("Nothing was answered");
    let before = list(&desk);
    // An impossible answer refuses the whole table, and the error names its row.
    let (frida, olav) = (("frida.skinnvik", ["behold", "31.3.27"]), "olav.testesen");
    let once = fill(&[frida]);
    let line = once.lines().find(|line| line.contains(frida.0)).unwrap();
    let twice = format!("{once}{line}\r\n");
    let (headings, rows) = once.split_once("\r\n").unwrap();
    let blank = format!("{headings}\r\n\r\n{}", rows.replacen("/1/", "/2/", 1));
    let shown = "row 5 of the table has an answer that is none";
    for (wrong, why) in [
        (fill(&[frida, (olav, ["perhaps", ""])]), shown),
        (fill(&[frida, (olav, ["end", "2027-01-01"])]), "a day without `keep`"),
        (fill(&[frida, (HENRIK, ["keep", ""])]), "review-own-row"),
        (once.replace("olav.testesen", "sara.fiktivsen"), "names another person"),
        (once.replace("(101719)", "(100082)"), "something else under `UNIT`"),
        (once.replace(",smerteregisteret,", ",rapporteket,"), "something else under `APPLICATION`"),
        (once.replace(",LU,", ",LC,"), "something else under `ROLE`"),
        (once.replace(",LU,20", ",LU,19"), "something else under `FROM`"),
        (once.replace("/1/", "/2/"), "row 2 of the table has its answer beside the name of another row"),
        (blank, "row 3 of the table has its answer beside the name of another row"),
        (once.replace(",1,", ",99,"), "no number of the list"),
        (once.replace("list-", "list-0"), "was made from another list"),
        (once.replace("list-", "x-"), "names no list"),
        (twice, "stands there twice"),
        // A table without one of its columns says nothing of it.
        (once.replace("ANSWER (keep or change or end)", "MINE"), "no column `ANSWER"),
        (once.replace("ROW AGAIN", "ROW"), "the column `ROW` more than once"),
        (once.replace("KEEP UNTIL,", ""), "no column `KEEP UNTIL`"),
        (rows.to_owned(), "no column `LIST`"),
        (String::new(), "no column `LIST`"),
        (format!("PK\u{3}\u{4}\0{once}"), "it is no text"),
        (once.replace(",behold,", ",\"behold,"), "the quotation marks of row 2"),
    ] {
        read(wrong.as_bytes()).ends(1).says(why);
        assert_eq!(list(&desk), before, "{why}");
    }
    // A spreadsheet may sort the rows, and write the days and the bytes in its own way.
    let both = fill(&[frida, (olav, ["avslutt", ""])]);
    assert!(!both.contains([';', '"']), "{both}");
    let norwegian = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        let day: Vec<&str> = cells[7].split('-').rev().collect();
        let day = day.join(".");
        cells[7] = &day;
        cells.join(";")
    };
    let mut lines: Vec<String> = both.lines().map(norwegian).collect();
    lines[1..].reverse();
    let sorted = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    read(sorted.as_bytes()).ends(0).says("2 answers");
    let shown = desk.run(&["review", "show", "--trust", "unn"]).ends(0);
    shown
        .says("keep until 2027-03-31, Henrik Liksomdal (henrik.liksomdal)")
        .says("end, Henrik Liksomdal (henrik.liksomdal)");
    assert_eq!(list(&desk).matches("    answer: keep\n").count(), 2);
    // It is of that list, and of no other. A list that is made anew and names the same is the same.
    desk.run(&["review", "start", "--trust", "unn", "--anew"]).ends(0);
    read(both.as_bytes()).ends(0).says("Nothing was answered");
    std::fs::remove_file(desk.root().join("desired-state/unn/olav.testesen.yaml")).unwrap();
    desk.run(&["review", "start", "--trust", "unn", "--anew"]).ends(0);
    read(both.as_bytes()).ends(1).says("was made from another list");
    desk.run(&["review", "answer", "--trust", "unn", "--by", HENRIK, "--from", "x", "--end"]).ends(2);
}

#[test]
fn a_table_gives_no_answer_again_that_somebody_has_changed_since() {
    const BJORN: &str = "bjorn.lederesen";
    let desk = self::desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    answer(&desk, HENRIK, "frida.skinnvik", &["--keep"]).ends(0);
    let form = || desk.run(&["review", "form", "unn", "2026-Q4"]).ends(0).out;
    let old = form();
    answer(&desk, BJORN, "frida.skinnvik", &["--end"]).ends(0);
    let show = || desk.run(&["review", "show", "--trust", "unn"]).ends(0);
    // Another row is answered from the old table.
    let olav = filled(&old, ',', &[("olav.testesen", ["keep", ""])]);
    read_back(&desk, "unn", HENRIK, olav.as_bytes()).ends(0).says("1 answer");
    show().says("end, Bjørn Lederesen (bjorn.lederesen)").says("keep, Henrik Liksomdal (henrik.liksomdal)");
    // A cell that differs from another person's newer answer is refused. A cell with the same answer leaves it theirs.
    let keep = [("frida.skinnvik", ["keep", ""])];
    read_back(&desk, "unn", HENRIK, filled(&old, ',', &keep).as_bytes())
        .ends(1)
        .says("row 2 of the table has another answer than `bjorn.lederesen` has given");
    let end = filled(&old, ',', &[("frida.skinnvik", ["end", ""])]);
    read_back(&desk, "unn", HENRIK, end.as_bytes()).ends(0).says("Nothing was answered");
    show().says("end, Bjørn Lederesen (bjorn.lederesen)");
    // A person who saw the answer may give another one. The person who gave it may take it back.
    read_back(&desk, "unn", BJORN, filled(&old, ',', &keep).as_bytes()).ends(0).says("1 answer");
    let new = form();
    assert!(new.contains(",keep (bjorn.lederesen),,,list-"), "{new}");
    let change = filled(&new, ',', &[("frida.skinnvik", ["change", ""])]);
    read_back(&desk, "unn", HENRIK, change.as_bytes()).ends(0).says("1 answer");
    show().says("change, Henrik Liksomdal (henrik.liksomdal)");
}

#[test]
fn a_norwegian_spreadsheet_opens_the_table_and_its_ways_to_save_it_are_read() {
    let desk = self::desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let form = desk.run(&["--lang", "nb", "review", "form", "unn", "2026-Q4"]).ends(0).out;
    assert!(form.starts_with("\u{feff}LISTE;RAD;NAVN;PERSON;ENHET;"), "{form}");
    let word = |word: &str| filled(&form, ';', &[("frida.skinnvik", [word, ""])]);
    let utf16 = word("avslutt").replace(';', "\t");
    let utf16: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let said = format!("sep=;\r\n{}", word("behold").trim_start_matches('\u{feff}'));
    for (table, answer) in [
        (word("endre").into_bytes(), "change, Henrik"),
        (utf16, "end, Henrik"),
        (said.into_bytes(), "keep, Henrik"),
    ] {
        read_back(&desk, "unn", HENRIK, &table).ends(0).says("1 answer");
        desk.run(&["review", "show", "--trust", "unn"]).ends(0).says(answer);
    }
}

#[test]
fn service_accounts_in_a_table_are_told_apart_by_their_words() {
    let desk = self::desk();
    desk.change_file("desired-state/register.yaml", "  ignore: []", "  ignore: [svc-import, svc-export]");
    desk.run(&["review", "start", "--trust", "nasjonal"]).ends(0);
    let form = desk.run(&["review", "form", "nasjonal", "2026-Q4"]).ends(0).out;
    let swapped = form.replace("`svc-import`", "`x`").replace("`svc-export`", "`svc-import`");
    let swapped = swapped.replace("`x`", "`svc-export`");
    let read = |table: &str| read_back(&desk, "nasjonal", "bjorn.lederesen", table.as_bytes());
    read(&swapped).ends(1).says("something else under `ROLE`");
    read(&form).ends(0).says("Nothing was answered");
    // Its words have a comma, so its cell stands in quotation marks, and no day follows.
    let line = form.lines().find(|line| line.contains("`svc-import`")).unwrap();
    let answered = line.replace(",,,list-", ",end,,list-");
    read(&form.replace(line, &answered)).ends(0).says("1 answer");
    desk.run(&["review", "show", "--trust", "nasjonal"])
        .ends(0)
        .says("end, Bjørn Lederesen (bjorn.lederesen)");
}
