//! The verdict on each kind of entry: the code, the rule, the underlined place, and the people who could approve
//! instead.

use portvakt_core::decide::Decided;
use portvakt_core::diag::Code;

use crate::pass::fixture::*;

fn refused(decided: &Decided, code: Code, policy: &str, rule: &str, underline: &str) -> String {
    let finding = only(decided, code);
    assert_eq!(underlined(&finding), underline, "{finding:#?}");
    assert!(finding.rules.iter().any(|r| r == rule), "{finding:#?}");
    assert!(policy.is_empty() || finding.policies.iter().any(|p| p == policy), "{finding:#?}");
    finding.way_out.en().to_owned()
}

/// One new file in a world that has two coordinators.
fn new(file: &File) -> (World, Decided) {
    let mut world = World::with(&[]);
    world.put(file);
    let decided = world.pass();
    let has = decided.outcome.grants.is_empty();
    assert_eq!(world.has(&file.person), !has);
    (world, decided)
}

#[test]
fn a_coordinator_approves_at_their_own_trust() {
    let (world, decided) = new(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]));
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    world.ledger_holds();
}

#[test]
fn a_coordinator_does_not_approve_for_another_trust_and_those_who_could_are_named() {
    let (_, decided) = new(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_FONNA)]));
    let way_out = refused(&decided, Code::Forbidden, "coordinator-never-approves-elsewhere", "R15", LC_FONNA);
    for who in [LC_AHUS, LEADER, COORDINATOR] {
        assert!(way_out.contains(who), "{way_out}");
    }
    assert!(!way_out.contains(LC_FONNA) && !way_out.contains(MANAGER), "{way_out}");
}

#[test]
fn nobody_approves_their_own_access() {
    let mut world = World::with(&[]);
    world.put(&file("ahus", LC_AHUS, [lc(AHUS, "REQ-LC-1", LEADER), lu(AHUS, "R2", LC_AHUS)]));
    let decided = world.pass();
    let way_out = refused(&decided, Code::Forbidden, "nobody-approves-own-access", "R42", LC_AHUS);
    assert!(way_out.contains(LEADER), "{way_out}");
    assert_eq!(world.rights(LC_AHUS), ["100089/LC"]);
}

#[test]
fn somebody_without_any_office_approves_nothing() {
    let (_, decided) = new(&file("ahus", "kari.testesen", [lu(AHUS, "R1", "per.fiktivsen")]));
    refused(&decided, Code::NotPermitted, "", "R3", "per.fiktivsen");
}

#[test]
fn the_third_coordinator_is_refused() {
    let mut world = World::with(&[file("ahus", "to.ahusen", [lc(AHUS, "R1", LEADER)])]);
    world.put(&file("ahus", "tre.ahusen", [lc(AHUS, "R2", LEADER)]));
    let decided = world.pass();
    refused(&decided, Code::Forbidden, "lc-not-too-many", "R21", "LC");
    assert!(world.has(LC_AHUS) && world.has("to.ahusen") && !world.has("tre.ahusen"));
}

#[test]
fn two_coordinators_that_together_are_too_many_are_refused_together() {
    let mut world = World::with(&[]);
    world.put(&file("ahus", "to.ahusen", [lc(AHUS, "R1", LEADER)]));
    world.put(&file("ahus", "tre.ahusen", [lc(AHUS, "R2", LEADER)]));
    // A person who was approved by one of them is refused with them.
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R3", "to.ahusen")]));
    let decided = world.pass();
    assert_eq!(decided.unsettled.refused.len(), 3, "{:#?}", decided.findings);
    assert!(world.has(LC_AHUS) && !world.has("to.ahusen") && !world.has("tre.ahusen"));
    assert!(!world.has("kari.testesen"));
}

#[test]
fn a_handover_whose_dates_do_not_overlap_is_in_order() {
    let second = lc(AHUS, "R1", LEADER).until("2026-05-31");
    let mut world = World::with(&[file("ahus", "to.ahusen", [second])]);
    world.put(&file("ahus", "tre.ahusen", [lc(AHUS, "R2", LEADER).from("2026-06-01")]));
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    world.put(&file("ahus", "fire.ahusen", [lc(AHUS, "R3", LEADER).from("2026-05-31").until("2026-06-30")]));
    refused(&world.pass(), Code::Forbidden, "lc-not-too-many", "R21", "LC");
}

#[test]
fn an_end_moved_earlier_makes_room_in_the_same_change() {
    let mut world = World::with(&[file("ahus", "to.ahusen", [lc(AHUS, "R1", LEADER)])]);
    world.put(&file("ahus", "to.ahusen", [lc(AHUS, "R1", LEADER).until("2026-05-31")]));
    world.put(&file("ahus", "tre.ahusen", [lc(AHUS, "R2", LEADER).from("2026-06-01")]));
    let decided = world.pass();
    // The earlier end needs no approval, and the rest of the entry is the same.
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert_eq!(decided.outcome.grants.len(), 1);
}

#[test]
fn grants_of_one_change_may_rest_on_each_other() {
    let mut world = World::with(&[]);
    world.put(&file("ahus", "ny.ahusen", [lc(AHUS, "R1", LEADER)]));
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R2", "ny.ahusen")]));
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(world.has("ny.ahusen") && world.has("kari.testesen"));
}

#[test]
fn a_circle_of_two_who_approve_each_other_never_gets_in() {
    let mut world = World::with(&[]);
    world.put(&file("ahus", "en.sirkelsen", [lc(AHUS, "R1", "to.sirkelsen")]));
    world.put(&file("ahus", "to.sirkelsen", [lc(AHUS, "R2", "en.sirkelsen")]));
    for _ in 0..3 {
        let decided = world.pass();
        assert_eq!(decided.unsettled.refused.len(), 2);
    }
    assert!(!world.has("en.sirkelsen") && !world.has("to.sirkelsen"));
}

#[test]
fn a_coordinator_not_yet_started_ended_or_in_rapporteket_only_has_no_authority() {
    for grant in [
        lc(FONNA, "R1", LEADER).from("2026-04-01"),
        lc(FONNA, "R1", LEADER).until("2026-02-28"),
        lc(FONNA, "R1", LEADER).rapporteket(),
    ] {
        let mut tree = Tree::with(&[file("helse-fonna", "en.fonnasen", [grant])]);
        tree.remove("helse-fonna", LC_FONNA);
        let mut world = World::new(tree);
        world.put(&file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", "en.fonnasen")]));
        refused(&world.pass(), Code::NotPermitted, "", "R3", "en.fonnasen");
    }
}

#[test]
fn the_host_trusts_coordinators_are_no_administrators() {
    let mut world = World::with(&[file("helse-bergen", "lc.bergensen", [lc(BERGEN, "R1", LEADER)])]);
    world.put(&file("helse-bergen", "kari.testesen", [lu(BERGEN, "R2", "lc.bergensen")]));
    refused(&world.pass(), Code::NotPermitted, "", "R3", "lc.bergensen");
}

#[test]
fn who_has_lost_all_access_has_no_authority_whatever_the_register_says() {
    let mut world = World::with(&[file("helse-bergen", COORDINATOR, [lc(BERGEN, "R1", LEADER)])]);
    world.put(&file("helse-bergen", COORDINATOR, [lc(BERGEN, "R1", LEADER).revoked(LEADER)]));
    world.pass();
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R2", COORDINATOR)]));
    let way_out = refused(&world.pass(), Code::NotPermitted, "", "R3", COORDINATOR);
    assert!(way_out.contains(LEADER) && !way_out.contains(COORDINATOR), "{way_out}");
}

#[test]
fn a_request_serves_once_however_its_access_ended() {
    let both = || [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R1", LC_AHUS).rapporteket()];
    let ends: [fn(&mut World); 3] = [
        |world| {
            world.put(&file(
                "ahus",
                "kari.testesen",
                [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS), lu(AHUS, "R1", LC_AHUS).rapporteket()],
            ));
        },
        |world| {
            world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).rapporteket()]));
        },
        |world| {
            world.put(&file(
                "ahus",
                "kari.testesen",
                [lu(AHUS, "R1", LC_AHUS).until("2026-03-10"), lu(AHUS, "R1", LC_AHUS).rapporteket()],
            ));
            world.pass();
            world.day("2026-03-11");
        },
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let mut world = World::with(&[file("ahus", "kari.testesen", both())]);
        assert_eq!(world.rights("kari.testesen").len(), 2);
        end(&mut world);
        world.pass();
        assert_eq!(world.rights("kari.testesen"), ["rapporteket-smerte/100089/LU"], "end {number}");
        world.put(&file(
            "ahus",
            "kari.testesen",
            [lu(AHUS, "R1", LEADER).on("2026-03-01"), lu(AHUS, "R1", LC_AHUS).rapporteket()],
        ));
        let decided = world.pass();
        let way_out = refused(&decided, Code::Forbidden, "request-serves-once", "R33", "R1");
        assert!(way_out.contains("new application"), "{way_out}");
        assert_eq!(world.rights("kari.testesen"), ["rapporteket-smerte/100089/LU"]);
        world.ledger_holds();
    }
}

#[test]
fn an_extension_needs_an_approval_of_its_own() {
    let mut world =
        World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-04-01")])]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-06-01")]));
    let decided = world.pass();
    refused(&decided, Code::ApprovalNotRenewed, "change-is-approved-again", "R37", "2026-02-27");
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-06-01").on("2026-03-01")]));
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    world.day("2026-05-01").pass();
    assert!(world.has("kari.testesen"));
}

#[test]
fn registrars_have_an_end_that_is_not_too_far() {
    let (_, decided) = new(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]).lis());
    refused(&decided, Code::Forbidden, "lis-needs-end-date", "R37", "2026-01-05");
    let (_, decided) =
        new(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2027-01-06")]).lis());
    refused(&decided, Code::Forbidden, "lis-not-too-long", "R37", "2027-01-06");
    let (world, decided) =
        new(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2027-01-05")]).lis());
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(world.has("kari.testesen"));
}

#[test]
fn doubt_about_the_identity_is_a_no() {
    let mut doubt = lu(AHUS, "R1", LC_AHUS);
    "uncertain".clone_into(&mut doubt.identity);
    let (_, decided) = new(&file("ahus", "kari.testesen", [doubt]));
    refused(&decided, Code::Forbidden, "identity-must-be-certain", "R17", "uncertain");
}

#[test]
fn an_approval_dated_in_the_future_is_refused_and_waiting_does_not_mend_it() {
    let (mut world, decided) =
        new(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).on("2026-03-03")]));
    refused(&decided, Code::ApprovalInFuture, "", "R14", "2026-03-03");
    world.day("2026-03-04");
    refused(&world.pass(), Code::ApprovalInFuture, "", "R14", "2026-03-03");
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).on("2026-03-04")]));
    world.pass();
    assert!(world.has("kari.testesen"));
}

#[test]
fn nothing_rests_on_an_approval_dated_in_the_future() {
    let mut world = World::with(&[]);
    world.put(&file("ahus", "ny.ahusen", [lc(AHUS, "R1", LEADER).on("2026-03-03")]));
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R2", "ny.ahusen")]));
    let decided = world.pass();
    assert_eq!(decided.unsettled.refused.len(), 2, "{:#?}", decided.findings);
    assert!(!world.has("kari.testesen"));
}

#[test]
fn an_earlier_end_acts_even_where_the_rest_of_the_edit_is_refused() {
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])]);
    let mut edit = lu(AHUS, "R1", LC_AHUS).until("2026-03-05");
    "LC".clone_into(&mut edit.role);
    world.put(&file("ahus", "kari.testesen", [edit]));
    let decided = world.pass();
    assert_eq!(decided.unsettled.refused.len(), 1);
    assert_eq!(world.rights("kari.testesen"), ["100089/LU"]);
    world.day("2026-03-06").pass();
    assert!(!world.has("kari.testesen"));
}

#[test]
fn an_end_moved_into_the_past_ends_it_now() {
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-03-01")]));
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert!(!world.has("kari.testesen"));
    world.quiet();
}

#[test]
fn revoked_acts_though_another_entry_of_the_file_is_refused() {
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])]);
    world.put(&file(
        "ahus",
        "kari.testesen",
        [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS), lu(AHUS, "R2", LC_FONNA)],
    ));
    let decided = world.pass();
    assert_eq!(decided.unsettled.refused.len(), 1);
    assert!(!codes(&decided).contains(&Code::RevokerNotEntitled));
    assert!(!world.has("kari.testesen"));
}

#[test]
fn a_revoker_without_authority_acts_with_advice() {
    let mut world = World::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])]);
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_FONNA)]));
    let decided = world.pass();
    assert_eq!(underlined(&only(&decided, Code::RevokerNotEntitled)), LC_FONNA);
    assert!(!world.has("kari.testesen"));
}

/// Returns whether a mark at an access is reported as made by a person who may not. The assumption is replaced by its
/// opposite. Assumptions are among the policies, so a question that they exclude is denied if it is asked all the same.
fn told_of(who: &str, entry: &Entry, by: &str, [from, to]: [&str; 2]) -> bool {
    let mut tree = Tree::with(&[file("ahus", who, [entry.clone()])]);
    let read = |path: &str| std::fs::read_to_string(std::path::Path::new(crate::ROOT).join(path)).unwrap();
    let (path, assumed) = ("policies/administration.cedar", read("policies/assumed.cedar"));
    assert!(assumed.contains(from), "`{from}` is not assumed");
    tree.raw(path, &format!("{}\n{}", read(path), assumed.replace(from, to)));
    let mut world = World::new(tree);
    world.put(&file("ahus", who, [entry.clone().revoked(by)]));
    let decided = world.pass();
    decided.findings.iter().any(|finding| finding.code == Code::RevokerNotEntitled)
}

#[test]
fn whoever_takes_back_is_asked_about_as_it_is_assumed() {
    let marks = [
        (LC_AHUS, lc(AHUS, "REQ-LC-1", LEADER), LC_AHUS),
        (ICT, lu(AHUS, "R1", LC_AHUS), ICT),
        ("kari.testesen", lu(AHUS, "R1", LC_AHUS), LC_AHUS),
        ("kari.testesen", lu(AHUS, "R1", LC_AHUS), MANAGER),
    ];
    let itself = "when { context.requestSpent };";
    for (who, entry, by) in &marks {
        assert!(!told_of(who, entry, by, [itself, itself]), "{who} by {by}");
        // With the opposite assumption, each would be reported.
        assert!(told_of(who, entry, by, [itself, "unless { context.requestSpent };"]), "{who} by {by}");
        let renewed = ["unless { context.approvalRenewed };", "when { context.approvalRenewed };"];
        assert!(told_of(who, entry, by, renewed), "{who} by {by}");
        let same = "context.self && principal.offices != resource.offices";
        let opposite = "context.self && principal.offices == resource.offices";
        assert_eq!(told_of(who, entry, by, [same, opposite]), who == by, "{who} by {by}");
    }
}

#[test]
fn a_policy_that_errs_denies_the_change_and_what_stands_stays() {
    let mut tree = Tree::with(&[file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])]);
    tree.raw(
        "policies/administration.cedar",
        &(String::from_utf8(tree.0[&portvakt_core::model::FilePath::new("policies/administration.cedar")].clone()).unwrap()
            + "\n@id(\"too-long\")\n@rule(\"R37\")\n@says(\"Too long.\")\n@says_nb(\"For lang.\")\nforbid (principal is Administrator, action in [Action::\"grant\", Action::\"change\"], resource is Access)\nwhen { context.months * 9223372036854775807 > 9 };\n"),
    );
    let mut world = World::new(tree);
    assert!(world.has("kari.testesen"));
    world.put(&file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS).until("2026-09-01")]));
    let decided = world.pass();
    let finding = only(&decided, Code::PolicyError);
    assert!(finding.way_out.en().contains("fault in the policies"), "{finding:#?}");
    assert!(world.has("kari.testesen") && !world.has("ola.testesen"));
}

#[test]
fn ict_personnel_and_the_test_unit() {
    let (_, decided) = new(&file("utvikling", "tek.nisksen", [lu(TEST, "R1", ICT)]).ict("nhn"));
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    let (_, decided) = new(&file("utvikling", "tek.nisksen", [lu(TEST, "R1", ICT)]).ict("helse-vest-ikt"));
    refused(&decided, Code::Forbidden, "test-unit-only-for-technical-staff", "R11", "900000001");
    let (_, decided) = new(&file("helse-bergen", "tek.nisksen", [lu(BERGEN, "R1", ICT)]).ict("nhn"));
    refused(&decided, Code::Forbidden, "ict-administrator-only-at-test-unit", "R9", ICT);
}

#[test]
fn a_second_sc_is_advice_and_the_first_is_not() {
    let sc = |who: &str, request: &str| file("nasjonal", who, [entry("SC", 0, request, COORDINATOR)]);
    let mut tree = Tree::new();
    tree.edit("desired-state/register.yaml", "administrators:", "administrators:\n  - {person: to.eksempelvik, name: To Eksempelvik, office: register-leader, from: 2015-01-01}");
    let mut world = World::new(tree);
    let employed = |mut file: File| {
        "helse-bergen".clone_into(&mut file.employer);
        file
    };
    world.put(&employed(sc(LEADER, "R1")));
    assert!(!codes(&world.pass()).contains(&Code::Advice));
    world.put(&employed(sc("to.eksempelvik", "R2")));
    let decided = world.pass();
    let advice = only(&decided, Code::Advice);
    assert_eq!(
        (advice.rules, advice.policies),
        (vec!["R19".to_owned()], vec!["more-than-one-sc".to_owned()])
    );
    assert!(world.has("to.eksempelvik"), "advice refuses nothing");
}
