//! A list is made, answered and checked, and it names whoever is missing from it.

use super::table::{filled, read_back};
use super::{HENRIK, LIST, answer, desk, list};
use crate::cli::desk::{Desk, person};
use crate::everyday::terminal;

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
fn with_a_format_for_programs_no_row_is_asked_about_at_a_terminal() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let at_a_terminal = |more: &[&str]| {
        let mut program = desk.program();
        program.args(["--format", "json", "review", "answer", "--trust", "unn", "--by", HENRIK]).args(more);
        terminal::run(program, &[])
    };
    let screen = at_a_terminal(&[]);
    assert_eq!(screen.code, 2, "{}", screen.text);
    assert!(screen.text.contains("without a terminal to ask at, name a person"), "{}", screen.text);
    let screen = at_a_terminal(&["sara.fiktivsen"]);
    assert_eq!(screen.code, 1, "{}", screen.text);
    assert!(screen.text.contains("the answer is missing"), "{}", screen.text);
    assert!(!list(&desk).contains("answered_by: "));
}

#[test]
fn what_another_reviewer_writes_into_the_file_while_one_is_asked_stays() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let mut program = desk.program();
    program.args(["review", "answer", "--trust", "unn", "--by", HENRIK]);
    let mut writes = |step: usize| {
        if step == 0 {
            answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(0).says("2 answers");
        }
    };
    let script = [("[q]uit: ", "k\n"), ("[q]uit: ", "q\n")];
    let screen = terminal::run_while(program, &script, &mut writes);
    assert_eq!(screen.code, 0, "{}", screen.text);
    assert!(screen.text.contains("Somebody else has written in the list meanwhile."), "{}", screen.text);
    let list = list(&desk);
    assert_eq!(list.matches("answered_by: bjorn.lederesen").count(), 2, "{list}");
    assert_eq!(list.matches("answered_by: henrik.liksomdal").count(), 1, "{list}");
}

#[test]
fn a_trust_is_named_as_people_name_it() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "UNN HF"]).ends(0).says(LIST).says("5 accesses");
    let answer = ["review", "answer", "--trust", "unn hf", "--by", HENRIK, "sara.fiktivsen", "--keep"];
    desk.run(&answer).ends(0);
    let delegate = ["review", "delegate", "frida", "--by", "bjorn.lederesen", "--until", "2026-12-31"];
    desk.run(&[&delegate[..], &["--trust", "UNN HF"]].concat()).ends(0);
    let shown = desk.run(&["review", "show", "--trust", "unn"]).ends(0).out;
    assert_eq!(desk.run(&["review", "show", "--trust", "UNN HF"]).ends(0).out, shown);
    desk.run(&["review", "form", "UNN HF", "2026-Q4"]).ends(0).says("sara.fiktivsen");
    let evidence = |trust: &str| desk.run(&["review", "evidence", trust, "2026-Q4"]).ends(0).json();
    assert_eq!(evidence("UNN HF"), evidence("unn"));
    desk.run(&["review", "show", "--trust", "helse"]).ends(1).says("several-meant").says("helse-bergen");
    desk.run(&["review", "form", "nowhere", "2026-Q4"]).ends(1).says("no trust of this register");
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
    // It is not made anew, and nobody is told to do that.
    let before = list(&desk);
    for anew in [&[][..], &["--anew"]] {
        let start = [&["review", "start", "--trust", "unn"][..], anew].concat();
        desk.run(&start).ends(1).says("counts from 2026-11-23").never_says("--anew");
    }
    assert_eq!(list(&desk), before);
    let states = desk.run(&["--format", "json", "review", "show"]).ends(0).json();
    let unn = states["reviews"].as_array().unwrap().iter().find(|one| one["trust"] == "unn").unwrap();
    assert_eq!(unn["due"]["state"], "done");
    assert_eq!(unn["due"]["due"], "2027-02-23");
    // In a clone nobody knows whether it is closed.
    let lists = serde_json::json!({ "open": null, "counted": { "quarter": "2026-Q4", "closed": null } });
    assert_eq!(unn["lists"], lists);
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
    // Nor are answers written that would count for nothing.
    let told = answer(&desk, "sara", "frida", &["--keep"]).ends(1).says("reviewer-not-entitled");
    told.says("These may:").says("Henrik Liksomdal (henrik.liksomdal)").says("name a delegate");
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
fn a_delegate_gives_no_answer_about_the_only_reviewer_they_stand_in_for() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let names = |by: &str| {
        let delegate = ["review", "delegate", "sara", "--by", by, "--trust", "unn", "--until", "2026-12-20"];
        desk.run(&delegate).ends(0);
    };
    names(HENRIK);
    let own = "sara.fiktivsen` stands in for `henrik.liksomdal`";
    let refused = || {
        let before = list(&desk);
        let form = desk.run(&["review", "form", "unn", "2026-Q4"]).ends(0).out;
        let table = filled(&form, ',', &[("olav.testesen", ["keep", ""]), (HENRIK, ["keep", ""])]);
        answer(&desk, "sara", HENRIK, &["--keep"]).ends(1).says("reviewer-not-entitled").says(own);
        read_back(&desk, "unn", "sara", table.as_bytes()).ends(1).says("reviewer-not-entitled").says(own);
        assert_eq!(list(&desk), before);
    };
    refused();
    // Frida may not review. As her delegate, nobody answers for anybody.
    let line =
        |by: &str| format!("{{person: sara.fiktivsen, by: {by}, from: 2026-11-23, until: 2026-12-20}}");
    let (henriks, fridas) = (line(HENRIK), line("frida.skinnvik"));
    desk.change_file(LIST, &henriks, &format!("{henriks}\n  - {fridas}"));
    refused();
    let both = list(&desk);
    desk.change_file(LIST, &format!("  - {henriks}\n"), "");
    let told = answer(&desk, "sara", "olav.testesen", &["--keep"]).ends(1).says("reviewer-not-entitled");
    told.says("may not answer at this list").says("Henrik Liksomdal (henrik.liksomdal)");
    // The leader may answer Henrik's rows, and so may the leader's delegate.
    std::fs::write(desk.root().join(LIST), both).unwrap();
    names("bjorn.lederesen");
    answer(&desk, "sara", HENRIK, &["--keep"]).ends(0).says("2 answers");
    desk.run(&["check"]).ends(0).never_says("reviewer-not-entitled");
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
fn a_list_that_is_made_anew_keeps_the_answers_to_what_is_as_it_was() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    answer(&desk, HENRIK, "sara.fiktivsen", &["--keep"]).ends(0);
    answer(&desk, HENRIK, "frida.skinnvik", &["--change"]).ends(0);
    desk.change("unn", "frida.skinnvik", "role: LU", "role: LC");
    desk.run(&["review", "start", "--trust", "unn", "--anew"]).ends(0);
    let text = list(&desk);
    assert!(text.contains("    answer: keep\n") && !text.contains("    answer: change\n"), "{text}");
    let line = "reviewed:\n  - {by: henrik.liksomdal, on: 2026-11-23}\nrows:";
    assert!(text.contains(line), "whoever answered signs the new list: {text}");
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
    let last = last.says("3 of 5 accesses would end").says("--ends-most");
    last.says("The answers are kept, and do not count yet").says("2 answers");
    // They are in the list, and nothing but the number makes them count.
    assert!(list(&desk).contains("bjorn.lederesen"), "{}", list(&desk));
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it does not count yet");
    desk.run(&["review", "start", "--trust", "unn", "--anew"]).ends(0);
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it does not count yet");
    let again = ["review", "answer", "--trust", "unn", "--by", "bjorn.lederesen"];
    desk.run(&again).ends(2).says("3 of 5 accesses would end");
    desk.run(&[&again[..], &["--ends-most"]].concat()).ends(0).says("2 answers");
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
