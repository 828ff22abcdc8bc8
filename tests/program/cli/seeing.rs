//! Tests the questions about who has, had and may have access: lists for a spreadsheet, a person's history, a unit
//! between two days, an explanation for a past day, and the people who may approve. It tests them in a clone, too.

use super::desk::{COORDINATOR, Desk, person};

const NEWCOMER: &str = "ny.testesen";

/// Returns a register in which a person came on the 24th, was extended on the 25th and left on the 27th of November.
fn come_and_gone() -> Desk {
    let desk = Desk::accepted();
    desk.write("unn", NEWCOMER, person(NEWCOMER, "unn", 101_719, "henrik.liksomdal"));
    desk.at("2026-11-24T08:00:00Z", &["apply"]).ends(0);
    desk.change("unn", NEWCOMER, "    request:", "    until: 2027-03-01\n    request:");
    desk.change("unn", NEWCOMER, "on: 2026-11-19", "on: 2026-11-25");
    desk.at("2026-11-25T08:00:00Z", &["apply"]).ends(0);
    desk.delete("unn", NEWCOMER);
    // Less than 48 hours after the last pass, or the day would have to be confirmed first.
    desk.at("2026-11-27T07:00:00Z", &["apply"]).ends(0);
    desk
}

#[test]
fn a_list_for_a_spreadsheet_has_every_fact_in_a_cell_of_its_own() {
    let desk = Desk::accepted();
    let told = desk.run(&["list", "--trust", "vestre-viken", "--csv"]).ends(0).out;
    let lines: Vec<&str> = told.split("\r\n").collect();
    assert_eq!(lines.len(), 7, "{told}");
    assert_eq!(
        lines[0],
        "trust,unit,name,person,role,application,from,until,state,approved by,approver,approved on,request"
    );
    assert_eq!(
        lines[1],
        "vestre-viken,Vestre Viken (4204083),Astrid Demostad,astrid.demostad,LU,smerteregisteret,2026-10-25,2027-01-19,in force,nora.utkastli,Nora Utkastli,2026-10-22,REQ-2026-0141"
    );
    assert_eq!(
        lines[2],
        "vestre-viken,Vestre Viken (4204083),Emil Demostad,emil.demostad,LC,rapporteket-smerte,2022-05-01,,in force,bjorn.lederesen,Bjørn Lederesen,2022-04-27,REQ-2022-0138"
    );
    assert_eq!(lines[6], "");
    let told = desk.run(&["--lang", "nb", "list", "--trust", "vestre-viken", "--csv"]).ends(0).out;
    let header = "helseforetak,enhet,navn,person,rolle,applikasjon,fra,til,tilstand,godkjent av,godkjenner,godkjent,søknad\r\n";
    assert!(told.starts_with(header) && told.contains(",gjelder,"), "{told}");
    let told = desk.run(&["list", "--trust", "unn", "--at", "2026-11-23", "--csv"]).ends(0).out;
    assert!(told.starts_with("trust,unit,name,person,role,application,from,until,given,"), "{told}");
    let sara = told.lines().find(|line| line.contains("sara.fiktivsen")).unwrap();
    assert!(
        sara.starts_with(
            "unn,UNN (101719),Sara Fiktivsen,sara.fiktivsen,LU,smerteregisteret,2024-08-16,,2026-11-23T12:0"
        ),
        "{sara}"
    );
    assert!(sara.contains(",henrik.liksomdal,Henrik Liksomdal,"), "{sara}");
    let table = desk.run(&["list", "--trust", "unn", "--at", "2026-11-23"]).ends(0);
    table.says("Henrik Liksomdal (henrik.liksomdal) 20");
    desk.run(&["--format", "json", "list", "--csv"]).ends(2).says("--help");
}

#[test]
fn no_name_becomes_a_formula_in_a_spreadsheet() {
    let desk = Desk::accepted();
    let file = person(NEWCOMER, "unn", 101_719, "henrik.liksomdal");
    desk.write("unn", NEWCOMER, file.replace("name: Ny Testesen", "name: \"=HYPERLINK Testesen, Ny\""));
    desk.run(&["apply"]).ends(0);
    let told = desk.run(&["list", "--trust", "unn", "--csv"]).ends(0).out;
    assert!(told.contains(",\"'=HYPERLINK Testesen, Ny\",ny.testesen,"), "{told}");
}

#[test]
fn a_list_of_a_past_day_has_names_and_the_days_that_were_approved_then() {
    let desk = come_and_gone();
    let list = |day: &str| desk.at("2026-11-28T08:00:00Z", &["list", "--trust", "unn", "--at", day]).ends(0);
    let line = |day: &str| -> String {
        list(day).out.lines().find(|line| line.contains(NEWCOMER)).unwrap().to_owned()
    };
    // The name of a former user stands with the account.
    assert!(line("2026-11-24").contains("Ny Testesen"), "{}", line("2026-11-24"));
    assert!(line("2026-11-24").contains("2026-11-20  -  "), "{}", line("2026-11-24"));
    assert!(line("2026-11-26").contains("2026-11-20  2027-03-01  "), "{}", line("2026-11-26"));
    list("2026-11-27").never_says(NEWCOMER);
    // Days are read as people type them, and one without a year is the last such day.
    list("24.11.").says(NEWCOMER);
    desk.at("2026-11-28T08:00:00Z", &["list", "--trust", "unn", "--at", "1 day ago"])
        .ends(2)
        .says("is no date");
}

#[test]
fn the_history_of_a_former_user_is_told_from_the_first_acceptance_to_the_last_step() {
    let desk = come_and_gone();
    let at = "2026-11-28T08:00:00Z";
    let told = desk.at(at, &["history", "Ny Testesen"]).ends(0);
    told.says("Ny Testesen (ny.testesen)")
        .says("taken as Ny Testesen (ny.testesen)")
        .says("over since 2026-11-27: no longer in the tree")
        .says("2026-11-24 09:00:")
        .says("from 2026-11-20, no end; approved by Henrik Liksomdal (henrik.liksomdal) on 2026-11-19; request REQ-2026-0900")
        .says("from 2026-11-20 until 2027-03-01; approved by Henrik Liksomdal (henrik.liksomdal) on 2026-11-25")
        .says("LU in smerteregisteret at UNN (101719)");
    let json = desk.at(at, &["--format", "json", "history", NEWCOMER]).ends(0).json();
    let events = json["events"].as_array().unwrap();
    let happened: Vec<&str> = events.iter().map(|event| event["what"].as_str().unwrap()).collect();
    // An access without an end that gets one ends earlier than it did, so that is accepted as an end too.
    let all = [
        "accepted",
        "account-opened",
        "given",
        "changed",
        "end-accepted",
        "end-accepted",
        "taken",
        "account-closed",
    ];
    assert_eq!(happened, all, "{json}");
    assert_eq!(
        (&events[0]["by"], &events[0]["request"]),
        (&"henrik.liksomdal".into(), &"REQ-2026-0900".into())
    );
    assert_eq!((&events[6]["cause"], &events[6]["role"]), (&"absent".into(), &"LU".into()));
    assert!(events[6]["at"].as_str().unwrap().starts_with("2026-11-27T07:00:"), "{json}");
    assert_eq!(json["accesses"].as_array().unwrap().len(), 1);
    let csv = desk.at(at, &["--lang", "nb", "history", NEWCOMER, "--csv"]).ends(0).out;
    assert!(
        csv.starts_with(
            "innslag,når,hva,rolle,applikasjon,enhet,fra,til,søknad,av,den,årsak,konto,koder\r\n"
        )
    );
    assert_eq!(csv.lines().count(), 9, "{csv}");
    // A person who only approved for others has a history of their own. It does not contain theirs.
    desk.at(at, &["history", "henrik.liksomdal"])
        .ends(0)
        .says("with the first base")
        .never_says("REQ-2026-0900");
    desk.at(at, &["history", "ukjent.testesen"]).ends(1).says("nobody knows `ukjent.testesen`");
}

#[test]
fn an_earlier_id_leads_to_the_same_history() {
    let desk = Desk::accepted();
    desk.gives_the_leader_another_id();
    let of = |asked: &str| desk.run(&["history", asked]).ends(0).out;
    assert_eq!(of("bjorn.lederesen"), of("bjorn.nyland"));
    assert!(of("bjorn.nyland").contains("the id was `bjorn.lederesen` before"));
    assert!(of("bjorn.nyland").contains("id changed") && of("bjorn.nyland").contains("with the first base"));
}

#[test]
fn a_unit_between_two_days_shows_whoever_had_access_on_one_of_them() {
    let desk = come_and_gone();
    let ask =
        |args: &[&str]| desk.at("2026-11-28T08:00:00Z", &[&["who-had", "--unit", "UNN"], args].concat());
    ask(&["--from", "2026-11-23", "--to", "2026-11-23"]).ends(0).says("sara.fiktivsen").never_says(NEWCOMER);
    for (from, to) in [("2026-11-24", "2026-11-24"), ("25.11.", "26.11."), ("2026-11-27", "2026-11-27")] {
        let told =
            ask(&["--from", from, "--to", to]).ends(0).says("Ny Testesen").says("no longer in the tree");
        let line = told.out.lines().find(|line| line.contains(NEWCOMER)).unwrap().to_owned();
        assert!(line.contains("2026-11-24 09:00:") && line.contains("2026-11-27 08:00:"), "{line}");
    }
    let told = ask(&["--from", "2026-11-28"]).ends(0).never_says(NEWCOMER).says("sara.fiktivsen");
    told.says("accesses at UNN (101719) from 2026-11-28 to 2026-11-28, by the ledger");
    let one = ask(&["--from", "2026-11-23", "--application", "rapporteket-smerte"]).ends(0);
    one.says("henrik.liksomdal").never_says("sara.fiktivsen");
    let csv = ask(&["--from", "24.11.", "--csv"]).ends(0).out;
    assert!(
        csv.starts_with("name,person,role,application,given,taken,cause,approved by,approved on,request\r\n")
    );
    assert!(csv.contains(",no longer in the tree,henrik.liksomdal,2026-11-25,REQ-2026-0900\r\n"), "{csv}");
    let between = ["--unit", "101719", "--from", "2026-11-24", "--to", "2026-11-24"];
    let json = [&["--format", "json", "who-had"][..], &between].concat();
    let rows = desk.at("2026-11-28T08:00:00Z", &json).ends(0).json();
    let rows = rows["accesses"].as_array().unwrap();
    let row = rows.iter().find(|row| row["person"] == NEWCOMER).unwrap();
    assert_eq!((&row["cause"], &row["until"]), (&"absent".into(), &"2027-03-01".into()), "{row}");
    ask(&["--from", "2026-11-22"]).ends(1).says("the record begins on 2026-11-23");
    ask(&["--from", "2026-11-24", "--to", "2026-12-24"]).ends(1).says("has not come");
    ask(&["--from", "2026-11-25", "--to", "2026-11-24"]).ends(1).says("comes after the last");
    ask(&["--from", "soon"]).ends(2).says("`soon` is no date");
    ask(&["--from", "2026-11-24", "--application", "smerte"]).ends(1).says("smerteregisteret");
    desk.run(&["who-had", "--unit", "nowhere", "--from", "2026-11-23"])
        .ends(1)
        .says("is no unit")
        .says("UNN (101719)");
}

#[test]
fn a_past_day_is_explained_with_approval_and_policy() {
    let desk = come_and_gone();
    let at = "2026-11-28T08:00:00Z";
    desk.at(at, &["explain", NEWCOMER, "--at", "2026-11-24"])
        .ends(0)
        .says("Ny Testesen (ny.testesen) at the end of 2026-11-24, by the ledger")
        .says("LU in smerteregisteret at UNN (101719), given 2026-11-24T08:00:")
        .says("(from 2026-11-20, no end)")
        .says("approved by Henrik Liksomdal (henrik.liksomdal) on 2026-11-19, request REQ-2026-0900")
        .says("accepted under coordinator-approves-at-own-trust (A register coordinator");
    desk.at(at, &["explain", "ny testesen", "--at", "26.11."])
        .ends(0)
        .says("until 2027-03-01")
        .says("2026-11-25, request");
    desk.at(at, &["explain", NEWCOMER, "--at", "27.11."])
        .ends(0)
        .says("no access")
        .never_says("REQ-2026-0900");
    desk.at(at, &["explain", "sara.fiktivsen", "--at", "i går"]).ends(0).says("accepted with the first base");
    desk.at(at, &["explain", "sara.fiktivsen", "--at", "2026-11-22"])
        .ends(1)
        .says("the record begins on 2026-11-23");
    desk.at(at, &["explain", "sara.fiktivsen", "--at", "2027-01-01"]).ends(1).says("has not come");
    desk.at(at, &["explain", "ukjent.testesen", "--at", "2026-11-24"]).ends(1).says("nobody knows");
    let json = desk.at(at, &["--format", "json", "explain", NEWCOMER, "--at", "2026-11-24"]).ends(0).json();
    assert_eq!(json["people"][0]["accesses"][0]["policies"][0], "coordinator-approves-at-own-trust");
}

#[test]
fn who_may_approve_is_answered_by_the_files_alone() {
    // Nothing was ever accepted here, because it is a clone.
    let desk = Desk::tree();
    let who = |args: &[&str]| -> Vec<String> {
        let json = desk.run(&[&["--format", "json", "who-can-approve"], args].concat()).ends(0).json();
        let people = json["answers"][0]["people"].as_array().unwrap();
        people.iter().map(|person| person["person"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["bjorn.lederesen", "henrik.liksomdal", COORDINATOR];
    assert_eq!(who(&["--unit", "UNN", "--role", "LU"]), all);
    assert_eq!(who(&["sara"]), all);
    assert_eq!(who(&["sara.fiktivsen", "--unit", "101719", "--role", "LU"]), all);
    assert_eq!(who(&["--unit", "UNN", "--role", "LC"]), ["bjorn.lederesen", COORDINATOR], "R20");
    // A coordinator approves neither elsewhere nor their own access.
    assert!(!who(&["--unit", "Stavanger", "--role", "LU"]).contains(&"henrik.liksomdal".to_owned()));
    assert!(
        !who(&["henrik.liksomdal", "--unit", "UNN", "--role", "LU"]).contains(&"henrik.liksomdal".to_owned())
    );
    let ict = who(&["--unit", "900000001", "--role", "LU", "--staff", "ict", "--employer", "helse-nord-ikt"]);
    assert!(
        ict.contains(&"nils.nordprove".to_owned()) && !ict.contains(&"henrik.liksomdal".to_owned()),
        "{ict:?}"
    );
    assert_eq!(who(&["--unit", "UNN", "--role", "lu"]), who(&["--unit", "UNN", "--role", "LU"]));
    desk.run(&["who-can-approve", "--unit", "Stvanger", "--role", "LU"]).says("Did you mean Stavanger?");
    let told = desk.run(&["who-can-approve", "--unit", "UNN", "--role", "LU"]).ends(0);
    told.says("LU in smerteregisteret at UNN (101719), a new access")
        .says("Henrik Liksomdal")
        .says("coordinator at UNN HF")
        .says("Leder av registeret");
    // Nobody may give the leader's role at a trust.
    desk.run(&["who-can-approve", "--unit", "UNN", "--role", "SC"]).ends(1).says("nobody may approve it");
    desk.run(&["who-can-approve", "--unit", "UNN", "--role", "XX"]).ends(1).says("`XX`").says("LC, LU, SC");
    desk.run(&["who-can-approve", "--unit", "UNN"]).ends(2).says("--role");
    // An application is found by a part of its name that no other has.
    let of = |application: &str| {
        desk.run(&["who-can-approve", "--unit", "UNN", "--role", "LU", "--application", application])
    };
    of("rapporteket").ends(0).says("rapporteket-smerte");
    of("Smerteregisteret").ends(0).says("LU in smerteregisteret");
    of("smerte").ends(1).says("`smerte` is no application").says("rapporteket-smerte, smerteregisteret");
    desk.run(&["who-can-approve"]).ends(2);
    desk.run(&["who-can-approve", "--unit", "0", "--role", "SC"]).ends(1).says("--employer");
}

#[test]
fn a_clone_answers_what_its_files_say_and_says_where_the_rest_is_known() {
    let desk = Desk::tree();
    desk.run(&["explain", "sara"])
        .ends(0)
        .says("Sara Fiktivsen (sara.fiktivsen), by the files")
        .says(
            "LU in smerteregisteret at UNN (101719): in force, if it was accepted (from 2024-08-16, no end)",
        )
        .says("approved by Henrik Liksomdal (henrik.liksomdal) on 2024-08-10, request REQ-2024-0137")
        .says("known where the register is");
    for command in [&["list"][..], &["history", "sara"], &["explain", "ukjent.testesen"]] {
        desk.run(command).ends(4).says("ask where the daemon runs");
    }
    // For `can`, the exit code 1 means the answer "no".
    desk.run(&["can", "sara", "save-form"]).ends(5).says("ask where the daemon runs");
    desk.run(&["--lang", "nb", "who-had", "--unit", "UNN", "--from", "i går"])
        .ends(4)
        .says("spør der tjenesten kjører");
}

#[test]
fn every_command_that_takes_a_person_takes_a_part_of_the_name() {
    let desk = Desk::tree();
    desk.accept(&["Bjørn Lederesen", "INGRID"])
        .ends(0)
        .says("taken as Ingrid Koordinatorsen (ingrid.koordinatorsen)");
    desk.run(&["apply"]).ends(0);
    desk.run(&["explain", "Sara Fiktivsen"]).ends(0).says("Sara Fiktivsen (sara.fiktivsen)\n");
    desk.run(&["explain", "aksel"]).ends(0).says("taken as Aksel Demostad (aksel.demostad)");
    desk.run(&["can", "sara", "save-form"]).ends(0).says("yes\n").says("taken as Sara Fiktivsen");
    let by_name = desk.run(&["ledger", "show", "--kind", "step", "--person", "Sara F"]).ends(0);
    let by_id = desk.run(&["ledger", "show", "--kind", "step", "--person", "sara.fiktivsen"]).ends(0);
    assert_eq!(by_name.out, by_id.out);
    assert!(!by_id.err.contains("taken as"), "{}", by_id.err);
    let by_name = desk.run(&["statement", "--settings", "--by", "ingrid"]).ends(0).out;
    assert_eq!(by_name, desk.run(&["statement", "--settings", "--by", COORDINATOR]).ends(0).out);
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        desk.delete("unn", person);
    }
    let digest = desk.run(&["plan"]).ends(4).after("portvakt release ");
    desk.run(&["release", &digest, "--by", "bjørn", "--by", "ingrid k"]).ends(0).says("bjorn.lederesen");
    // A person who only has a file so far is found, too.
    desk.write("unn", NEWCOMER, person(NEWCOMER, "unn", 101_719, "leif.utkastli"));
    desk.run(&["explain", "Ny Testesen"]).says("R15").says("ny.testesen");
}

#[test]
fn several_who_fit_are_listed_and_nothing_is_done() {
    let desk = Desk::accepted();
    let told = desk.run(&["explain", "testesen"]).ends(1);
    told.says("several-meant").says("Kari Testesen (kari.testesen)").says("Olav Testesen (olav.testesen)");
    desk.run(&["--lang", "nb", "explain", "testesen"]).ends(1).says("passer på flere personer");
    // 1 is the answer "no" and 0 is "yes", and this is no answer.
    desk.run(&["can", "testesen", "save-form"]).ends(2).says("fits several people").never_says("no\n");
    desk.run(&["ledger", "show", "--person", "testesen"]).ends(1).says("fits several people");
    desk.run(&["history", "testesen"]).ends(1).says("fits several people");
    desk.run(&["who-can-approve", "testesen"]).ends(1).says("fits several people");
    desk.run(&["statement", "--settings", "--by", "liksomdal"]).ends(1).says("fits several people");
    let zeros = "0".repeat(64);
    desk.run(&["confirm-date", "2026-11-23", "--by", "liksomdal"]).ends(1).says("fits several people");
    let told = desk.run(&["confirm-date", "2026-11-23", "--by", "sara"]).ends(1).says("not-permitted");
    told.says("Name one of bjorn.lederesen, ingrid.koordinatorsen");
    desk.run(&["release", &zeros, "--by", "liksomdal"]).ends(1);
}

#[test]
fn what_fits_nobody_and_is_no_id_says_what_an_id_is() {
    let desk = Desk::accepted();
    desk.run(&["explain", "Åse Ingensteds"]).ends(1).says("fits nobody").says("a-z");
    desk.run(&["can", "Åse Ingensteds", "save-form"]).ends(2).says("a-z");
    desk.run(&["explain", "postgres://kari:hunter2@db.example.org/x"]).ends(2).never_says("hunter2");
}
