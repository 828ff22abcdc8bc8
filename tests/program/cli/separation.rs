//! Tests the separation of duties with the policy of `examples/`. A person's other accesses count as they are after the
//! whole change, and only on days that both have in common.

use super::desk::{COORDINATOR, Desk, LEADER, copy};

const AGAINST: [&str; 3] = ["check", "--base", "../base"];
const POLICY: &str = "sc-and-lc-are-two-people";

/// Returns the example with the policy in force. The leader of the register has SC.
fn separated() -> Desk {
    let desk = Desk::tree();
    let example = std::fs::read_to_string(format!("{}/examples/separation-of-duties.cedar", crate::ROOT));
    let path = desk.root().join("policies/administration.cedar");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n{}", example.unwrap())).unwrap();
    copy(&desk.root(), &desk.beside("base"));
    desk
}

/// An entry for the leader, approved by the national coordinator.
fn entry(role: &str, unit: u32, from: &str, request: &str) -> String {
    format!(
        "  - application: smerteregisteret\n    unit: {unit}\n    role: {role}\n    from: {from}\n    request: {request}\n    approved:\n      by: {COORDINATOR}\n      on: 2026-11-19\n      identity: known\n"
    )
}

/// Returns a file of the leader.
fn file(entries: &[String]) -> String {
    format!(
        "person: {LEADER}\nname: Bjørn Lederesen\nemployer: helse-bergen\nstaff: health\nlogin: {LEADER}\naccess:\n{}",
        entries.concat()
    )
}

fn lc(from: &str) -> String {
    entry("LC", 101_719, from, "REQ-2026-0900")
}

#[test]
fn who_holds_sc_is_given_no_lc_and_an_lu_all_the_same() {
    let desk = separated();
    desk.write("unn", LEADER, file(&[lc("2026-11-20")]));
    let told = desk.run(&AGAINST).ends(1).says(POLICY).says("Nobody holds SC and LC at the same time.");
    told.says("R19");
    // Without a base everything is new. The person who was approved first is then not the one too many.
    let json = desk.run(&["--format", "json", "check", "--no-base"]).ends(1).json();
    let findings = json["findings"].as_array().unwrap();
    let refused: Vec<_> =
        findings.iter().filter(|one| one["policies"] == serde_json::json!([POLICY])).collect();
    let [refused] = &refused[..] else { panic!("{findings:#?}") };
    assert_eq!(refused["place"]["file"], format!("desired-state/unn/{LEADER}.yaml"));
    desk.write("unn", LEADER, file(&[entry("LU", 101_719, "2026-11-20", "REQ-2026-0900")]));
    desk.run(&AGAINST).ends(0).says("1 entry judged");
}

#[test]
fn two_that_come_in_one_change_are_refused_together() {
    let desk = separated();
    // In the base the leader has no access, and all appointments are there.
    std::fs::remove_file(desk.beside("base").join(format!("desired-state/nasjonal/{LEADER}.yaml"))).unwrap();
    let sc = entry("SC", 0, "2026-11-20", "REQ-2026-0901");
    let reports = sc.replace("smerteregisteret", "rapporteket-smerte");
    desk.write("nasjonal", LEADER, file(&[sc, reports]));
    desk.write("unn", LEADER, file(&[lc("2026-11-20")]));
    let json = desk.run(&["--format", "json", "check", "--base", "../base"]).ends(1).json();
    let findings = json["findings"].as_array().unwrap();
    let refused = findings.iter().filter(|one| one["policies"] == serde_json::json!([POLICY]));
    // SC in the register and in the reports, and LC.
    assert_eq!(refused.count(), 3, "{findings:#?}");
}

#[test]
fn what_ends_before_the_other_begins_is_no_conflict() {
    let desk = separated();
    desk.change("nasjonal", LEADER, "    role: SC\n", "    role: SC\n    until: 2026-12-31\n");
    desk.write("unn", LEADER, file(&[lc("2027-01-01")]));
    desk.run(&AGAINST).ends(0).never_says(POLICY);
    desk.write("unn", LEADER, file(&[lc("2026-12-31")]));
    desk.run(&AGAINST).ends(1).says(POLICY);
}

#[test]
fn what_is_taken_away_in_the_same_change_does_not_count() {
    let desk = separated();
    let revoked = format!(
        "      identity: known\n    revoked:\n      by: {COORDINATOR}\n      on: 2026-11-20\n      reason: leads no more\n"
    );
    let text = desk.read("nasjonal", LEADER);
    desk.write("nasjonal", LEADER, text.replace("      identity: known\n", &revoked));
    desk.write("unn", LEADER, file(&[lc("2026-11-20")]));
    desk.run(&AGAINST).ends(0).says("2 taken away").never_says(POLICY);
}

#[test]
fn the_daemon_says_what_the_check_says() {
    let desk = separated();
    desk.accept(&[LEADER, COORDINATOR]).ends(0);
    desk.run(&["apply"]).ends(0);
    desk.write("unn", LEADER, file(&[lc("2026-11-20")]));
    desk.run(&["apply"]).ends(1).says(POLICY);
    desk.run(&["can", LEADER, "save-form", "--unit", "101719"]).ends(1);
}
