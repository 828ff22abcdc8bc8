//! `policy test` and `policy fmt`, and the cases in a check: a broken expectation is told with its line and never passes
//! with 0.

use std::path::Path;

use super::desk::{Desk, copy};

const APPROVING: &str = "policies/tests/approving.yaml";
const ADMINISTRATION: &str = "policies/administration.cedar";

/// A coordinator may approve health personnel at the host trust too.
fn loosen(desk: &Desk) {
    desk.change_file(
        ADMINISTRATION,
        "when { resource.trust.kind == TrustKind::\"trust\" && !resource.trust.host }\nwhen { resource.staff == Staff::\"health\" };",
        "when { resource.trust.kind == TrustKind::\"trust\" }\nwhen { resource.staff == Staff::\"health\" };",
    );
}

/// The name of the case that this breaks.
const BROKEN: &str = "a coordinator at the host trust is no administrator";

#[test]
fn the_cases_of_the_example_hold_and_every_policy_decides_one() {
    let desk = Desk::tree();
    let told = desk.run(&["policy", "test"]).ends(0).says("0 answered otherwise");
    told.never_says("policy-without-case");
    let json = desk.run(&["--format", "json", "policy", "test"]).ends(0).json();
    let cases = json["cases"].as_array().unwrap();
    assert!(cases.len() > 100 && cases.iter().all(|case| case["as_expected"] == true), "{cases:?}");
    assert_eq!(json["coverage"]["policies"], json["coverage"]["decided"]);
    assert_eq!(json["exit"], 0);
}

#[test]
fn a_case_that_is_broken_stops_no_pass_and_waits_for_nobody() {
    let desk = Desk::accepted();
    for (path, words) in
        [(APPROVING, "x: ["), ("policies/tests/new.yaml", "- \u{feff}"), ("policies/README.md", "")]
    {
        std::fs::write(desk.root().join(path), words).unwrap();
    }
    desk.run(&["policy", "test"]).ends(1).says("not-yaml");
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["plan"]).ends(3).says("1 step").never_says("protected-change").never_says("policy-case");
    desk.run(&["apply"]).ends(0).says("1 of 1 step done");
    desk.run(&["list"]).ends(0).never_says("sara.fiktivsen");
}

#[test]
fn a_broken_expectation_is_1_in_every_format_with_its_file_and_line() {
    let desk = Desk::tree();
    loosen(&desk);
    let told = desk.run(&["policy", "test"]).ends(1);
    told.says("error[policy-case-broken]").says(BROKEN).says(APPROVING).says("1 answered otherwise");
    let json = desk.run(&["--format", "json", "--lang", "nb", "policy", "test"]).ends(1).json();
    let broken = json["findings"].as_array().unwrap().iter().find(|one| one["code"] == "policy-case-broken");
    let broken = broken.unwrap();
    assert_eq!(broken["place"]["file"], APPROVING);
    assert!(broken["place"]["text"].as_str().unwrap().contains(BROKEN), "{broken}");
    assert_eq!(broken["policies"], serde_json::json!(["coordinator-approves-at-own-trust"]));
    assert!(broken["message"].as_str().unwrap().contains("venter: avslått"), "{broken}");
    for format in ["github", "sarif", "markdown"] {
        desk.run(&["--format", format, "policy", "test"]).ends(1).says("policy-case-broken");
    }
    let junit = desk.run(&["--format", "junit", "policy", "test"]).ends(1).out;
    let tree = roxmltree::Document::parse(&junit).unwrap();
    let failed: Vec<_> = tree
        .descendants()
        .filter(|node| node.has_tag_name("testcase") && node.children().any(|n| n.has_tag_name("failure")))
        .collect();
    let [failed] = &failed[..] else { panic!("{junit}") };
    assert_eq!((failed.attribute("name"), failed.attribute("file")), (Some(BROKEN), Some(APPROVING)));
    let named = |name: &str| tree.descendants().any(|node| node.attribute("name") == Some(name));
    assert!(named("a coordinator of two trusts approves at each"), "{junit}");
}

#[test]
fn a_file_of_cases_is_read_strictly() {
    let desk = Desk::tree();
    desk.change_file(APPROVING, "coordinator_of: [ahus]", "coordinater_of: [ahus]");
    desk.run(&["policy", "test"]).ends(1).says("unknown-key").says("Did you mean `coordinator_of`?");
    desk.run(&["check", "--no-base"]).ends(1).says("unknown-key").says(APPROVING);
}

#[test]
fn a_broken_expectation_never_passes_a_check_with_0() {
    let desk = Desk::tree();
    copy(&desk.root(), &desk.beside("base"));
    let against = ["check", "--base", "../base"];
    // Only a case changes. The policies in force are the same, and nothing waits.
    desk.change_file(
        APPROVING,
        "  decided_by: [national-leadership-approves]\n- name: the national coordinator approves at the host trust",
        "  decided_by: [system-manager-approves-ict]\n- name: the national coordinator approves at the host trust",
    );
    for args in [&against[..], &["check"], &["check", "--no-base"]] {
        desk.run(args)
            .ends(1)
            .says("policy-case-broken")
            .says("the register leader approves at the host trust");
    }
    // A case that was broken before is only reported for a change of the policies, and in a check of the whole tree.
    copy(&desk.root(), &desk.beside("base"));
    desk.run(&against).ends(0).never_says("policy-case-broken");
    desk.run(&["check"]).ends(1);
}

#[test]
fn a_loosened_policy_is_told_by_its_case_beside_what_waits() {
    let desk = Desk::tree();
    copy(&desk.root(), &desk.beside("base"));
    loosen(&desk);
    let told = desk.run(&["check", "--base", "../base"]).ends(4);
    told.says("policy-case-broken").says(BROKEN).says("protected-change");
}

#[test]
fn of_many_broken_cases_a_check_tells_the_first_and_how_many_more() {
    let desk = Desk::tree();
    desk.change_file(
        ADMINISTRATION,
        "@id(\"national-leadership-approves\")",
        "@id(\"national-leaders-approve\")",
    );
    let told = desk.run(&["check", "--no-base"]).ends(1).says("portvakt policy test");
    let json = desk.run(&["--format", "json", "check", "--no-base"]).ends(1).json();
    let findings = json["findings"].as_array().unwrap();
    let of_cases = findings
        .iter()
        .filter(|one| one["place"]["file"].as_str().is_some_and(|file| file.starts_with("policies/tests/")));
    assert_eq!(of_cases.count(), 10, "{}", told.out);
}

#[test]
fn a_tree_without_cases_is_told_by_the_test_and_by_no_check() {
    let desk = Desk::tree();
    std::fs::remove_dir_all(desk.root().join("policies/tests")).unwrap();
    desk.run(&["check"]).ends(0);
    desk.run(&["policy", "test"]).ends(1).says("policy-cases-missing");
}

#[test]
fn what_is_shipped_is_laid_out_as_fmt_lays_it_out() {
    let desk = Desk::tree();
    let before = std::fs::read(desk.root().join(ADMINISTRATION)).unwrap();
    desk.run(&["policy", "fmt", "--check"]).ends(0).says("6 files, 0 not formatted");
    let json = desk.run(&["--format", "json", "policy", "fmt"]).ends(0).json();
    assert_eq!(json["written"], serde_json::json!([]));
    assert_eq!(before, std::fs::read(desk.root().join(ADMINISTRATION)).unwrap());
    // The example of separation of duties, where its reader puts it.
    for (example, into) in [("", ADMINISTRATION), ("-never", "policies/never.cedar")] {
        let example = format!("{}/examples/separation-of-duties{example}.cedar", crate::ROOT);
        let path = desk.root().join(into);
        let text =
            std::fs::read_to_string(&path).unwrap() + "\n" + &std::fs::read_to_string(example).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    desk.run(&["policy", "fmt", "--check"]).ends(0).says("0 not formatted");
}

#[test]
fn what_a_new_register_begins_with_is_tried_and_laid_out() {
    let desk = Desk::empty();
    copy(&Path::new(crate::ROOT).join("examples/new-register"), &desk.root());
    let told = desk.run(&["policy", "test"]).ends(0).says("0 answered otherwise");
    told.never_says("policy-without-case");
    desk.run(&["policy", "fmt", "--check"]).ends(0).says("6 files, 0 not formatted");
    // Its cases speak of its own words, and are told like any other.
    desk.change_file(ADMINISTRATION, "when { resource.role == Role::\"coordinator\" }\n", "");
    let told = desk.run(&["policy", "test"]).ends(1).says("policy-case-broken");
    told.says("a coordinator approves a user at their own trust");
}

#[test]
fn fmt_lays_out_the_policies_and_changes_nothing_that_they_say() {
    let desk = Desk::tree();
    desk.run(&["policy", "fmt", "--check"]).ends(0).says("0 not formatted");
    let before = std::fs::read_to_string(desk.root().join(ADMINISTRATION)).unwrap();
    desk.change_file(ADMINISTRATION, "when { context.self }", "// In one's own case.\nwhen{context.self}");
    let untidy = std::fs::read_to_string(desk.root().join(ADMINISTRATION)).unwrap();
    assert_ne!(before, untidy);
    let told = desk.run(&["policy", "fmt", "--check"]).ends(1);
    told.says("policy-unformatted").says(ADMINISTRATION).says("1 not formatted");
    assert_eq!(untidy, std::fs::read_to_string(desk.root().join(ADMINISTRATION)).unwrap());
    let json = desk.run(&["--format", "json", "policy", "fmt"]).ends(0).json();
    assert_eq!(json["written"], serde_json::json!([ADMINISTRATION]));
    desk.run(&["policy", "fmt", "--check"]).ends(0);
    let after = std::fs::read_to_string(desk.root().join(ADMINISTRATION)).unwrap();
    assert!(after.contains("// In one's own case."), "{after}");
    desk.run(&["policy", "test"]).ends(0);
}

#[test]
fn fmt_leaves_what_is_no_cedar_as_it_is() {
    let desk = Desk::tree();
    desk.change_file("policies/capabilities.cedar", "permit (", "permit ((");
    let files = ["policies/capabilities.cedar", ADMINISTRATION];
    let read = || files.map(|file| std::fs::read_to_string(desk.root().join(file)).unwrap());
    let before = read();
    desk.run(&["policy", "fmt"]).ends(1).says("policies-invalid").says("policies/capabilities.cedar");
    assert_eq!(before, read());
    desk.run(&["--source", "git", "policy", "fmt"]).ends(1).says("the source is git");
}

#[test]
fn cases_that_a_change_takes_away_or_empties_are_told_and_stop_nothing() {
    let desk = Desk::tree();
    copy(&desk.root(), &desk.beside("base"));
    let check = ["check", "--base", "../base"];
    // A name is no part of what a case shows.
    desk.change_file(APPROVING, BROKEN, "a coordinator there is no administrator");
    desk.run(&check).ends(0).never_says("policy-cases-gone");
    // One that is content with any policy shows less.
    desk.change_file(
        APPROVING,
        "  expect: allow\n  decided_by: [coordinator-approves-at-own-trust]\n- name: a coordinator approves at any unit",
        "  expect: allow\n  decided_by: any\n- name: a coordinator approves at any unit",
    );
    desk.run(&check).ends(0).says("advice[policy-cases-gone]: 1 of the cases before are gone from `policies/tests`, or ask or expect something else now: `a coordinator approves a user at their own trust`\n");
    std::fs::remove_dir_all(desk.root().join("policies/tests")).unwrap();
    for (lang, words) in
        [("en", " of the cases before are gone"), ("nb", " av testtilfellene fra før er borte")]
    {
        desk.run(&[&["--lang", lang][..], &check].concat()).ends(0).says("policy-cases-gone").says(words);
        let comment = ["--format", "markdown", "--lang", lang, "plan", "--base", "../base"];
        desk.run(&comment).ends(0).says(words);
    }
}
