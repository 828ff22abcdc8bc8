//! The everyday commands on an access that stands: it is extended, changed, moved, ended and taken back in its place, by
//! whoever may.

use super::written;
use crate::cli::desk::{COORDINATOR, Desk, LEADER};

#[test]
fn an_access_is_extended_changed_ended_and_taken_back_in_its_place() {
    let desk = Desk::accepted();
    let (trust, person) = ("st-olavs-hospital", "ivar.monsterud");
    let commented = desk.read(trust, person).replace("    role: LU\n", "    role: LU # as he asked\n");
    desk.write(trust, person, &commented);
    let line =
        |word: &str| commented.lines().find(|line| line.trim().starts_with(word)).unwrap().to_owned() + "\n";
    let (from, on) = (line("from: "), line("on: "));
    // An access without an end cannot last longer, and an earlier end is no extension.
    desk.run(&["extend", "ivar", "--until", "1.2.27", "--approver", "even", "--yes"])
        .ends(1)
        .says("no end already");
    let text = written(&desk, &["end", "ivar", "--until", "31.12.26", "--yes"], trust, person);
    assert_eq!(text, commented.replace(&from, &format!("{from}    until: 2026-12-31\n")));
    desk.run(&["extend", "ivar", "--until", "1.12.26", "--approver", "even", "--yes"])
        .ends(1)
        .says("2026-12-31 already");
    desk.run(&["end", "ivar", "--until", "22.11.", "--yes"]).ends(1).says("2026-11-22 has been");
    assert_eq!(desk.read(trust, person), text);
    let text = written(
        &desk,
        &["extend", "ivar", "--until", "1.2.27", "--approver", "even", "--yes"],
        trust,
        person,
    );
    let expected = commented
        .replace(&from, &format!("{from}    until: 2027-02-01\n"))
        .replace(&on, "      on: 2026-11-23\n");
    assert_eq!(text, expected);
    let text = written(
        &desk,
        &["change", "ivar", "--position", "sykepleier", "--approver", "maja", "--yes"],
        trust,
        person,
    );
    let expected = expected
        .replace("staff: health\n", "staff: health\nposition: sykepleier\n")
        .replace("      by: even.eksempelvik\n", "      by: maja.oppdiktsen\n");
    assert_eq!(text, expected);
    let text = written(&desk, &["end", "ivar", "--application", "rapporteket", "--yes"], trust, person);
    assert_eq!(text.matches("    until: 2026-11-23\n").count(), 1, "{text}");
    assert_eq!(text.matches("    until: 2027-02-01\n").count(), 1, "{text}");
    let text =
        written(&desk, &["revoke", "ivar", "--by", "even", "--reason", "sluttet", "--yes"], trust, person);
    assert_eq!(
        text.matches(
            "    revoked:\n      on: 2026-11-23\n      by: even.eksempelvik\n      reason: sluttet\n"
        )
        .count(),
        2,
        "{text}"
    );
    assert!(text.contains("    role: LU # as he asked\n"));
    desk.run(&["revoke", "ivar", "--by", "even", "--yes"])
        .ends(0)
        .says("no access that is in force or to come: it was taken back on 2026-11-23 already, by Even");
    assert_eq!(desk.read(trust, person), text);
}

#[test]
fn who_is_no_administrator_there_revokes_only_everywhere_and_learns_who_may() {
    let desk = Desk::accepted();
    let before = desk.read("st-olavs-hospital", "ivar.monsterud");
    desk.run(&["revoke", "ivar", "--by", "kristin.skinnvik", "--yes"])
        .ends(1)
        .says("even.eksempelvik")
        .says(LEADER);
    assert_eq!(desk.read("st-olavs-hospital", "ivar.monsterud"), before);
    desk.run(&["revoke", "ivar", "--by", "kristin.skinnvik", "--everywhere", "--yes"]).ends(0);
    assert!(desk.read("st-olavs-hospital", "ivar.monsterud").contains("revoked:"));
    // A user whose identity is unknown cannot take back anything in another's name.
    desk.run(&["revoke", "dagny", "--yes"]).ends(1).says("it is not known who takes the access back");
}

#[test]
fn an_administrator_ends_what_is_theirs_and_learns_who_may_end_the_rest() {
    let desk = Desk::accepted();
    let before = desk.read("st-olavs-hospital", "ivar.monsterud");
    desk.run(&["end", "ivar", "--by", "kristin.skinnvik", "--yes"]).ends(1).says("even.eksempelvik");
    assert_eq!(desk.read("st-olavs-hospital", "ivar.monsterud"), before);
    desk.run(&["end", "ivar", "--by", "kristin.skinnvik", "--everywhere", "--yes"]).ends(0);
    assert!(desk.read("st-olavs-hospital", "ivar.monsterud").contains("until: 2026-11-23\n"));
}

#[test]
fn a_mover_keeps_the_account_with_and_without_days_at_both() {
    for (last, gone) in [("now", true), ("15.12.26", false)] {
        let desk = Desk::accepted();
        let args = [
            "move",
            "ivar",
            "--unit",
            "Fonna",
            "--role",
            "LU",
            "--request",
            "REQ-2026-0901",
            "--last-day",
            last,
            "--identity",
            "known",
            "--approver",
            COORDINATOR,
            "--from",
            "1.12.26",
            "--yes",
        ];
        // With days at both two trusts approve. The national coordinator may at either.
        desk.run(&args).ends(0);
        let new = desk.read("helse-fonna", "ivar.monsterud");
        assert!(new.contains("employer: helse-fonna\n") && new.contains("request: REQ-2026-0901\n"), "{new}");
        assert_eq!(desk.path("st-olavs-hospital", "ivar.monsterud").exists(), !gone);
        if !gone {
            let old = desk.read("st-olavs-hospital", "ivar.monsterud");
            assert_eq!(old.matches("until: 2026-12-15\n").count(), 2, "{old}");
            assert!(
                old.contains("employer: helse-fonna\n") && old.contains(&format!("by: {COORDINATOR}\n")),
                "{old}"
            );
        }
        desk.run(&["check", "--no-base"]).ends(0);
    }
}

#[test]
fn a_fault_in_the_file_is_named_first_and_revoke_says_that_the_access_stands() {
    let desk = Desk::tree();
    desk.change("helse-stavanger", "wenche.fiktivsen", "channel: phone", "channel: \"phone\\nx\"");
    let before = desk.read("helse-stavanger", "wenche.fiktivsen");
    desk.run(&["check"]).ends(1).says("`channel` holds a character");
    let halvor = ["--by", "halvor.liksomdal", "--yes"];
    let given = [
        "--unit",
        "stavanger",
        "--role",
        "LU",
        "--request",
        "REQ-2026-0777",
        "--until",
        "+3m",
        "--identity",
        "known",
    ];
    let commands: [(&str, &[&str]); 4] = [
        ("grant", &given),
        ("extend", &["--until", "2027-03-01"]),
        ("end", &[]),
        ("revoke", &["--reason", "left"]),
    ];
    for (command, args) in commands {
        let told = desk.run(&[&[command, "wenche"], args, &halvor[..]].concat()).ends(1);
        let told = told.says("`channel` holds a character").never_says("has no access");
        if ["end", "revoke"].contains(&command) {
            told.says("what was accepted of it stands");
        }
        assert_eq!(desk.read("helse-stavanger", "wenche.fiktivsen"), before, "{command}");
    }
}
