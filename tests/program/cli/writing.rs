//! Tests the everyday commands without a terminal: what they write, what they refuse, and that nothing else changes.

use crate::cli::desk::{COORDINATOR, Desk, LEADER};

mod standing;

/// Checks that the command ended with 0. Returns the content of the person's file.
#[track_caller]
fn written(desk: &Desk, args: &[&str], trust: &str, person: &str) -> String {
    desk.run(args).ends(0);
    desk.read(trust, person)
}

#[test]
fn a_new_person_gets_a_file_that_passes_the_check() {
    let desk = Desk::accepted();
    let text = written(
        &desk,
        &[
            "grant",
            "Åse",
            "Ødegård",
            "Nyansatt",
            "--unit",
            "stavanger",
            "--role",
            "lu",
            "--application",
            "smerteregisteret",
            "--request",
            "REQ-2026-0900",
            "--from",
            "1.12.26",
            "--until",
            "+3 months",
            "--position",
            "lis",
            "--identity",
            "contacted",
            "--contacted",
            "phone 22.11.2026",
            "--approver",
            "kristin skinnvik",
            "--yes",
        ],
        "helse-stavanger",
        "ase.nyansatt",
    );
    assert_eq!(
        text,
        "# yaml-language-server: $schema=../../schemas/person.json\nperson: ase.nyansatt\nname: Åse Ødegård Nyansatt\nemployer: helse-stavanger\nstaff: health\nposition: lis\naccess:\n  - application: smerteregisteret\n    unit: 100083\n    role: LU\n    from: 2026-12-01\n    until: 2027-03-01\n    request: REQ-2026-0900\n    approved:\n      by: kristin.skinnvik\n      on: 2026-11-23\n      identity: contacted\n      contacted:\n        channel: phone\n        on: 2026-11-22\n"
    );
    desk.run(&["check", "--no-base"]).ends(0);
    desk.run(&["apply"]).ends(0);
}

#[test]
fn what_the_check_would_refuse_is_not_written() {
    let desk = Desk::accepted();
    let grant = |more: &[&str]| {
        let mut args = vec!["grant", "Ny", "Testesen", "--role", "LU", "--identity", "known", "--yes"];
        args.extend(more);
        desk.run(&args)
    };
    // An administrator of another trust, a number that somebody has, doubt, a registrar without an end, a day in between.
    grant(&["--unit", "Fonna", "--request", "REQ-2026-0900", "--approver", "kristin.skinnvik"])
        .ends(1)
        .says("coordinator-never-approves-elsewhere");
    grant(&["--unit", "Stavanger", "--request", "REQ-2026-0132", "--approver", "kristin.skinnvik"])
        .ends(1)
        .says("request-of-another");
    grant(&[
        "--unit",
        "Stavanger",
        "--request",
        "REQ-2026-0900",
        "--approver",
        "kristin.skinnvik",
        "--position",
        "lis",
    ])
    .ends(1)
    .says("lis-needs-end-date");
    grant(&[
        "--unit",
        "Stavanger",
        "--request",
        "REQ-2026-0900",
        "--approver",
        "kristin.skinnvik",
        "--until",
        "1.1.26",
    ])
    .ends(2)
    .says("is before the first day");
    assert!(!desk.path("helse-stavanger", "ny.testesen").exists());
    assert!(!desk.path("helse-fonna", "ny.testesen").exists());
}

#[test]
fn where_nobody_may_approve_the_office_that_is_tried_has_the_current_id() {
    let desk = Desk::tree();
    desk.writes_another_id_of_the_leader();
    // Only the national leadership approves at the host trust, and now it does not either.
    let reaches = "when { resource.trust.kind == TrustKind::\"trust\" || resource.unit.national };";
    desk.change_file("policies/administration.cedar", reaches, "when { !resource.trust.host };");
    let args = ["grant", "Ny", "Testesen", "--unit", "Haukeland", "--role", "LU", "--identity", "known"];
    let access = ["--application", "smerteregisteret", "--request", "REQ-2026-0900", "--until", "+3 months"];
    let told = desk.run(&[&args[..], &access[..], &["--position", "lis", "--yes"][..]].concat()).ends(1);
    told.says("`bjorn.nyland` has no authority to approve").never_says("`bjorn.lederesen`");
}

#[test]
fn without_a_terminal_nothing_is_asked_and_what_is_missing_is_named() {
    let desk = Desk::accepted();
    desk.run(&["grant", "Ny", "Testesen", "--yes"]).ends(2).says("`--unit`");
    desk.run(&["grant", "Ny", "Testesen", "--unit", "Stavanger", "--yes"]).ends(2).says("`--role`");
    desk.run(&["--lang", "nb", "grant", "Ny", "Testesen", "--unit", "Stavanger", "--role", "LU", "--yes"])
        .ends(2)
        .says("nummeret på søknaden");
    desk.run(&["grant", "--yes"]).ends(2).says("PERSON");
    // A slip in a name makes no new person.
    desk.run(&["grant", "nobody", "--unit", "Stavanger", "--yes"])
        .ends(2)
        .says("nobody here is called `nobody`");
    desk.run(&["extend", "liksomdal", "--until", "+1 month", "--yes"])
        .ends(2)
        .says("may mean")
        .says("ase.liksomdal");
    // Without a terminal and without `--yes` nothing is written either.
    let before = desk.read("helse-stavanger", "kristin.skinnvik");
    desk.run(&["end", "kristin.skinnvik"]).ends(2).says("--yes");
    assert_eq!(desk.read("helse-stavanger", "kristin.skinnvik"), before);
}

#[test]
fn a_number_of_a_list_is_no_value_of_an_option() {
    let desk = Desk::accepted();
    let usual = [
        ("--unit", "Stavanger"),
        ("--role", "LU"),
        ("--application", "smerteregisteret"),
        ("--request", "REQ-2026-0900"),
        ("--employer", "helse-stavanger"),
        ("--staff", "health"),
        ("--position", "LIS"),
        ("--until", "+3 months"),
        ("--identity", "known"),
        ("--approver", "kristin.skinnvik"),
    ];
    let with = |option: &str, value: Option<&str>| {
        let said = |name: &str, usual: &'static str| value.filter(|_| name == option).unwrap_or(usual);
        let options = usual.iter().flat_map(|(name, usual)| [*name, said(name, usual)]);
        let args: Vec<&str> =
            ["grant", "Ny", "Testesen"].into_iter().chain(options).chain(["--yes"]).collect();
        desk.run(&args)
    };
    for option in [
        "--unit",
        "--role",
        "--application",
        "--employer",
        "--staff",
        "--position",
        "--identity",
        "--approver",
    ] {
        for number in ["1", "2", "4"] {
            with(option, Some(number)).ends(2).says(&format!("`{number}`"));
        }
    }
    assert!(!desk.path("helse-stavanger", "ny.testesen").exists());
    desk.run(&["change", "ivar", "--position", "1", "--approver", "maja", "--yes"]).ends(2).says("`1`");
    let told = with("", None).ends(0);
    told.says("Person and identity: health staff, position lis; the approver knows the person");
    assert!(desk.read("helse-stavanger", "ny.testesen").contains("position: lis\n"));
}

#[test]
fn a_day_of_contact_that_nobody_said_is_not_written() {
    let desk = Desk::accepted();
    let grant = |contacted: &str| {
        desk.run(&[
            "grant",
            "Ny",
            "Testesen",
            "--unit",
            "Stavanger",
            "--role",
            "LU",
            "--request",
            "REQ-2026-0900",
            "--contacted",
            contacted,
            "--approver",
            "kristin.skinnvik",
            "--yes",
        ])
    };
    grant("phone")
        .ends(2)
        .says("on which day the applicant was contacted")
        .says("--contacted \"phone today\"");
    grant("22.11.").ends(2).says("by what means");
    grant("phone 24.11.").ends(2).says("2026-11-24 has not");
    assert!(!desk.path("helse-stavanger", "ny.testesen").exists());
    let told = grant("phone today").ends(0);
    // The author sees what the reviewer will see.
    told.says("health staff, no position given; the approver has contacted the person (phone, 2026-11-23)");
    let text = desk.read("helse-stavanger", "ny.testesen");
    assert_eq!(text.matches("        channel: phone\n        on: 2026-11-23\n").count(), 2, "{text}");
}

#[test]
fn the_id_of_somebody_is_given_to_nobody_else_and_a_name_is_written_as_files_have_it() {
    let desk = Desk::accepted();
    let grant = |name: &str, id: &str| {
        desk.run(&[
            "grant",
            name,
            "--id",
            id,
            "--unit",
            "Fonna",
            "--role",
            "LU",
            "--request",
            "REQ-2026-0900",
            "--identity",
            "known",
            "--approver",
            COORDINATOR,
            "--yes",
        ])
    };
    grant("Foo Bar", "ivar.monsterud").ends(2).says("is that of Ivar");
    grant("Foo Bar", LEADER).ends(2).says("is that of Bj");
    assert!(!desk.path("helse-fonna", "ivar.monsterud").exists());
    grant("Foo  Ba\u{308}r", "foo.bar").ends(0);
    assert!(desk.read("helse-fonna", "foo.bar").contains("name: Foo Bär\n"));
    // The reason is kept for ever, so it names nobody.
    let revoke =
        |reason: &str| desk.run(&["revoke", "foo.bar", "--by", COORDINATOR, "--reason", reason, "--yes"]);
    revoke("Foo is away").ends(2).says("names the person whose access it is");
    revoke("replaced by ivar monsterud").ends(2).says("The reason names Ivar");
    revoke(" ").ends(2).says("Write why");
    assert!(!desk.read("helse-fonna", "foo.bar").contains("revoked"));
    revoke("left\nyesterday").ends(0);
    assert_eq!(desk.read("helse-fonna", "foo.bar").matches("reason: left yesterday\n").count(), 2);
}
