//! Tests `list`, `explain`, `can` and `register`, which answer people's questions.

use super::desk::{COORDINATOR, Desk, LEADER, person};

#[test]
fn a_user_list_has_those_with_access_and_no_others() {
    let desk = Desk::accepted();
    let told = desk.run(&["list", "--trust", "vestre-viken"]).ends(0);
    insta::assert_snapshot!("list", told.out);
    told.never_says("trygve.fiktivsen");
    desk.run(&["list", "--trust", "vestre-viken", "--all"])
        .ends(0)
        .says("trygve.fiktivsen")
        .says("revoked by emil.demostad");
    desk.run(&["list", "--trust", "nowhere"]).ends(1).says("`nowhere` is no trust").says("vestre-viken");
    let json = desk.run(&["--format", "json", "list"]).ends(0).json();
    assert_eq!(json["date"], "2026-11-23");
    assert!(json["accesses"].as_array().unwrap().len() > 70);
}

#[test]
fn the_ledger_tells_who_had_what_on_a_past_day() {
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    desk.at("2026-11-25T08:00:00Z", &["apply"]).ends(0);
    let list = |day: &str| desk.at("2026-11-26T08:00:00Z", &["list", "--trust", "unn", "--at", day]).ends(0);
    list("2026-11-24").says("sara.fiktivsen").says("henrik.liksomdal").says("REQ-2024-0137");
    list("2026-11-25").never_says("sara.fiktivsen").says("henrik.liksomdal");
}

#[test]
fn a_day_before_the_record_is_not_known() {
    let desk = Desk::accepted();
    for format in ["human", "json"] {
        let told = desk.run(&["--format", format, "list", "--at", "2026-11-22"]).ends(1);
        told.says("the record begins on 2026-11-23").says("cannot be known").never_says("0 accesses");
    }
    desk.run(&["list", "--at", "2026-11-23"]).ends(0).says("sara.fiktivsen");
}

#[test]
fn a_day_in_a_time_that_was_taken_back_is_known_only_until_something_changes() {
    let desk = Desk::accepted();
    let (wrong, right) = ("2027-02-01T12:00:00Z", "2026-11-24T09:00:00Z");
    desk.at(wrong, &["confirm-date", "2027-02-01", "--by", LEADER]).ends(0);
    desk.at(right, &["confirm-date", "2026-11-24", "--by", LEADER, "--by", COORDINATOR]).ends(0);
    let list = |day: &str| desk.at("2026-11-25T18:00:00Z", &["list", "--trust", "unn", "--at", day]);
    list("2026-11-24").ends(0).says("sara.fiktivsen");
    desk.delete("unn", "sara.fiktivsen");
    desk.at("2026-11-25T08:00:00Z", &["apply"]).ends(0);
    for day in ["2026-11-24", "24.11."] {
        let told = list(day).ends(1).says("set back from 2027-02-01 to 2026-11-24").says("cannot be known");
        told.never_says("henrik.liksomdal");
    }
    list("2026-11-23").ends(0).says("sara.fiktivsen");
    list("2026-11-25").ends(0).never_says("sara.fiktivsen").says("henrik.liksomdal");
}

#[test]
fn a_day_of_the_ledger_begins_at_midnight_in_oslo() {
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    // Half past midnight on the 25th in Oslo is still the 24th in UTC.
    desk.at("2026-11-24T23:30:00Z", &["apply"]).ends(0);
    let list = |day: &str| desk.at("2026-11-26T08:00:00Z", &["list", "--trust", "unn", "--at", day]).ends(0);
    list("2026-11-24").says("sara.fiktivsen");
    list("2026-11-25").never_says("sara.fiktivsen");
}

#[test]
fn a_list_of_a_day_to_come_is_refused_or_is_today() {
    let desk = Desk::accepted();
    desk.run(&["list", "--at", "2027-01-01"]).ends(1).says("2027-01-01").says("has not come");
}

#[test]
fn what_stands_is_explained_with_its_approval_and_policy() {
    let desk = Desk::accepted();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "henrik.liksomdal"));
    desk.run(&["apply"]).ends(0);
    let told = desk.run(&["explain", "ny.testesen", "olav.testesen", "bjorn.lederesen"]).ends(0);
    insta::assert_snapshot!("explain", told.out);
}

#[test]
fn what_is_refused_is_explained_with_who_could_approve() {
    let desk = Desk::accepted();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "leif.utkastli"));
    desk.run(&["apply"]).ends(1);
    let told = desk.run(&["explain", "ny.testesen"]).ends(1);
    insta::assert_snapshot!("explain-refused", told.out);
}

#[test]
fn a_held_file_is_explained_and_its_access_stands() {
    let desk = Desk::accepted();
    desk.write("unn", "sara.fiktivsen", "x: [");
    desk.run(&["explain", "sara.fiktivsen"])
        .ends(1)
        .says("Sara Fiktivsen (sara.fiktivsen)")
        .says("in force")
        .says("What waits or is refused now")
        .says("desired-state/unn/sara.fiktivsen.yaml:1");
}

#[test]
fn a_removal_that_waits_for_its_folder_is_explained_to_whom_it_concerns() {
    let desk = Desk::accepted();
    let odd = desk.root().join("desired-state/unn/notes.txt");
    std::fs::write(&odd, "x").unwrap();
    desk.delete("unn", "sara.fiktivsen");
    let told = desk.run(&["explain", "sara.fiktivsen"]).says("in force").says("loss-withheld");
    told.says("`desired-state/unn/notes.txt` is in its folder, where nothing counts as gone")
        .says("`revoked`");
    desk.run(&["--lang", "nb", "explain", "sara.fiktivsen"]).says("loss-withheld").says("notes.txt");
    desk.run(&["explain", "henrik.liksomdal"]).ends(0).never_says("loss-withheld").never_says("notes.txt");
    std::fs::remove_file(odd).unwrap();
    desk.run(&["explain", "sara.fiktivsen"]).never_says("loss-withheld").never_says("notes.txt");
    // Nobody knows what a folder holds that cannot be read.
    let desk = Desk::accepted();
    let folder = desk.root().join("desired-state/unn");
    std::fs::rename(&folder, desk.beside("unn")).unwrap();
    std::os::unix::fs::symlink(desk.beside("unn"), folder).unwrap();
    desk.run(&["explain", "sara.fiktivsen"]).says("in force").says("changes in `unn` wait");
}

#[test]
fn held_removals_are_explained_to_those_concerned() {
    let desk = Desk::accepted();
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        desk.delete("unn", person);
    }
    desk.run(&["explain", "sara.fiktivsen"]).ends(4).says("in force").says("portvakt release");
    desk.run(&["explain", "henrik.liksomdal"]).ends(0).never_says("portvakt release");
}

#[test]
fn somebody_nobody_knows_is_said_so() {
    let desk = Desk::accepted();
    desk.run(&["explain", "ukjent.testesen"])
        .ends(1)
        .says("nobody knows `ukjent.testesen`")
        .never_says("What waits or is refused now");
    let told = desk.run(&["explain", "sara.fiktivsen", "ukjent.testesen"]).ends(1);
    told.says("Sara Fiktivsen").says("nobody knows `ukjent.testesen`");
    let json = desk.run(&["--format", "json", "explain", "sara.fiktivsen"]).ends(0).json();
    assert_eq!(json["people"][0]["person"], "sara.fiktivsen");
}

#[test]
fn either_id_of_a_person_explains_the_person() {
    let desk = Desk::accepted();
    desk.gives_the_leader_another_id();
    // `register.yaml` still appoints the id of before: it means the same person.
    for asked in ["bjorn.nyland", "bjorn.lederesen"] {
        let told = desk.run(&["explain", asked]).ends(0);
        told.says("Bjørn Lederesen (bjorn.nyland)")
            .says("the id was `bjorn.lederesen` before")
            .says("office:")
            .says("approved by")
            .never_says("nobody knows");
    }
    let both = desk.run(&["--lang", "nb", "explain", "bjorn.lederesen", "bjorn.nyland"]).ends(0);
    assert_eq!(both.out.matches("id-en var `bjorn.lederesen` før").count(), 1, "{}", both.out);
    let json = desk.run(&["--format", "json", "explain", "bjorn.lederesen"]).ends(0).json();
    assert_eq!(json["people"][0]["person"], "bjorn.nyland");
    assert_eq!(json["people"][0]["previously"][0], "bjorn.lederesen");
    for asked in ["bjorn.nyland", "bjorn.lederesen"] {
        desk.run(&["can", asked, "read-national"]).ends(0).says("yes");
        desk.run(&["ledger", "show", "--person", asked]).ends(0).says("bjorn.nyland");
    }
}

#[test]
fn two_requests_at_one_unit_are_each_explained_by_their_own_acceptance() {
    let desk = Desk::accepted();
    let told = desk.run(&["explain", "gunnar.testesen"]).ends(0);
    told.says("Fonna (100084)").says("Stavanger (100083)");
    let json = desk.run(&["--format", "json", "explain", "olav.testesen"]).ends(0).json();
    assert_eq!(json["people"][0]["accesses"].as_array().unwrap().len(), 2);
}

#[test]
fn who_may_do_what() {
    let desk = Desk::accepted();
    let yes = |args: &[&str]| desk.run(&[&["can"], args].concat()).ends(0).says("yes\n");
    let no = |args: &[&str]| desk.run(&[&["can"], args].concat()).ends(1).says("no\n");
    yes(&["sara.fiktivsen", "save-form"]);
    no(&["sara.fiktivsen", "save-form", "--unit", "100084"]);
    yes(&["sara.fiktivsen", "save-form", "--unit", "unn"]).says("UNN (101719)");
    no(&["sara.fiktivsen", "unlock-form"]).says("R29");
    no(&["sara.fiktivsen", "unlock-form", "--closed"]).says("R29");
    yes(&["leif.utkastli", "unlock-form"]).says("R27");
    no(&["leif.utkastli", "unlock-form", "--closed"]);
    no(&["leif.utkastli", "unlock-form", "--unit", "101719"]);
    yes(&["bjorn.lederesen", "change-consent"]);
    no(&["geir.teknisksen", "save-form"]).says("R10");
    no(&["geir.teknisksen", "read-course"]).says("R10");
    yes(&["geir.teknisksen", "save-form", "--test-data"]);
    no(&["trygve.fiktivsen", "save-form"]).says("no access in force today");
    let json = desk.run(&["--format", "json", "can", "leif.utkastli", "unlock-form"]).ends(0).json();
    assert_eq!(json["allowed"], true);
}

#[test]
fn a_misspelt_person_is_no_answer_and_those_who_are_near_are_named() {
    let desk = Desk::accepted();
    let asked = |lang: &str, args: &[&str]| desk.run(&[&["--lang", lang], args].concat());
    let told = asked("en", &["can", "sara.fictivsen", "save-form"]).ends(2).never_says("no\n");
    told.says("nobody knows `sara.fictivsen`").says("Did you mean Sara Fiktivsen (sara.fiktivsen)?");
    let told = asked("nb", &["can", "sara.fictivsen", "save-form"]).ends(2).never_says("nei\n");
    told.says("ingen kjenner `sara.fictivsen`").says("Mente du Sara Fiktivsen (sara.fiktivsen)?");
    asked("en", &["can", "nobody.here", "save-form"]).ends(2).says("nobody knows").never_says("Did you mean");
    let json = desk.run(&["--format", "json", "can", "sara.fictivsen", "save-form"]).ends(2).json();
    assert_eq!((&json["exit"], &json["allowed"]), (&2.into(), &serde_json::Value::Null));
    for command in ["explain", "history"] {
        asked("en", &[command, "sara.fictivsen"])
            .ends(1)
            .says("Did you mean Sara Fiktivsen (sara.fiktivsen)?");
    }
    // A person whose file waits is known and has no access.
    desk.write("unn", "ny.testesen", super::desk::person("ny.testesen", "unn", 101_719, "sara.fiktivsen"));
    asked("en", &["can", "ny.testesen", "save-form"]).ends(1).says("no\n");
}

#[test]
fn a_misspelt_code_of_a_finding_names_the_one_that_is_near() {
    for desk in [Desk::accepted(), Desk::empty()] {
        let asked = |lang: &str, typed: &str| desk.run(&["--lang", lang, "explain", typed]);
        asked("en", "bad-valeu").says("Did you mean the kind of finding `bad-value`?");
        asked("nb", "bad-valeu").says("Mente du funntypen `bad-value`?");
    }
    let desk = Desk::accepted();
    desk.run(&["explain", "removals_held"]).ends(1).says("`removals-held`");
    desk.run(&["explain", "ukjent.testesen"]).ends(1).never_says("kind of finding");
}

#[test]
fn a_question_about_nothing_the_policies_know_lists_what_they_know() {
    let desk = Desk::accepted();
    desk.run(&["can", "sara.fiktivsen", "fly"])
        .ends(2)
        .says("`fly`")
        .says("save-form, unlock-form")
        .never_says("no\n");
    desk.run(&["can", "sara.fiktivsen", "save-form", "--unit", "5"]).ends(2).says("`5` is no unit");
    let json = desk.run(&["--format", "json", "can", "sara.fiktivsen", "fly"]).ends(2).json();
    assert_eq!(json["exit"], 2);
    desk.run(&["--lang", "nb", "can", "sara.fiktivsen", "fly"]).ends(2).says("tilgangsreglene");
}

#[test]
fn a_root_that_does_not_exist_is_not_made_by_a_pass() {
    let desk = Desk::empty();
    for command in ["apply", "plan", "check"] {
        desk.run(&["--root", "mistyped", command]).ends(5).says("mistyped").says("does not exist");
        assert!(!desk.root().join("mistyped").exists(), "{command}");
    }
}

#[test]
fn a_date_that_is_none_is_told_in_the_language_of_the_results() {
    let desk = Desk::accepted();
    for args in [&["list", "--at", "2026-02-30"][..], &["confirm-date", "2026-02-30", "--by", COORDINATOR]] {
        let told = desk.run(args).ends(2).says("`2026-02-30` is no date").says("2026-01-31");
        told.says("--help").never_says("range");
        let told = desk.run(&[&["--lang", "nb"], args].concat()).ends(2);
        told.says("`2026-02-30` er ingen dato").says("2026-01-31").says("--help").never_says("range");
    }
    let secret = desk.run(&["list", "--at", "postgres://kari:hunter2@db.example.org/x"]).ends(2);
    secret.never_says("hunter2");
    let last =
        |lang| desk.at("9999-12-30T21:00:00Z", &["--lang", lang, "list", "--at", "9999-12-30"]).ends(1);
    last("en").says("beyond the last day").never_says("range");
    last("nb").says("etter den siste dagen").never_says("range");
}

#[test]
fn what_cannot_be_seen_in_the_register_reaches_no_terminal() {
    let desk = Desk::accepted();
    let name = "Sara\u{202e}Fiktivsen\u{1b}[31m\u{200b}";
    let changed = desk.database().execute(
        "UPDATE account SET name = ?1, login = ?1, email = ?1 WHERE person = 'sara.fiktivsen'",
        [name],
    );
    assert_eq!(changed.unwrap(), 1);
    let questions: [&[&str]; 5] = [
        &["register", "users"],
        &["explain", "sara.fiktivsen"],
        &["history", "sara.fiktivsen"],
        &["list", "--all"],
        &["--format", "json", "register", "users"],
    ];
    for question in questions {
        desk.run(question).ends(0).never_says("\u{202e}").never_says("\u{1b}").never_says("\u{200b}");
    }
    let users = desk.run(&["--format", "json", "register", "users"]).ends(0).json();
    let users = users["users"].as_array().unwrap();
    assert!(users.iter().any(|user| user["login"] == name), "a program reads what is there");
}

#[test]
fn fictional_history_survives_a_revocation_and_the_mail_stops() {
    let desk = Desk::accepted();
    desk.run(&["register", "seed"]).ends(0).says("fictional");
    let users = || -> Vec<serde_json::Value> {
        let json = desk.run(&["--format", "json", "register", "users", "--all"]).ends(0).json();
        json["users"].as_array().unwrap().clone()
    };
    let named = |users: &[serde_json::Value]| {
        users.iter().find(|user| user["name"] == "Sara Fiktivsen").unwrap().clone()
    };
    let before = named(&users());
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).ends(0);
    let after = named(&users());
    assert_eq!((&before["courses"], &before["forms"]), (&after["courses"], &after["forms"]));
    assert_eq!(after["email"], serde_json::Value::Null);
    assert_eq!(after["subscriptions"], 0);
    desk.run(&["register", "users"]).ends(0).never_says("Sara Fiktivsen");
    desk.run(&["register", "users", "--all"]).ends(0).says("Sara Fiktivsen").says("closed 2026-11-23");
}

#[test]
fn the_code_of_a_finding_is_explained_by_the_program_itself() {
    let desk = Desk::empty();
    let told = desk.run(&["explain", "removals-held"]).ends(0);
    told.says("# removals-held").says("Severity: held").says("*What to do:*").says("rules: R1");
    let told = desk.run(&["--lang", "nb", "explain", "unknown-key", "drift"]).ends(0);
    told.says("Alvorlighet: feil").says("*Gjør dette:*").says("# drift");
    let json = desk.run(&["--format", "json", "explain", "drift"]).ends(0).json();
    assert_eq!((&json["kinds"][0]["code"], &json["findings"]), (&"drift".into(), &serde_json::json!([])));
    let desk = Desk::accepted();
    desk.run(&["explain", "sara.fiktivsen", "drift"]).ends(0).says("# drift").says("Sara Fiktivsen");
    // If a finding is written for another kind of reader, it tells where to find more. SARIF has all of it.
    desk.write("unn", "sara.fiktivsen", "x: [");
    for format in ["json", "junit", "markdown"] {
        desk.run(&["--format", format, "check"]).says("portvakt explain ").never_says("docs/findings.md");
    }
    let sarif = desk.run(&["--format", "sarif", "check"]).never_says("docs/findings.md").json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let held = rules.iter().find(|rule| rule["id"] == "removals-held").unwrap();
    assert!(held["help"]["markdown"].as_str().unwrap().contains("*What to do:*"), "{held}");
}
