//! Tests `check` without a base and against a folder, in every format, with every exit code it can have.

use super::desk::{COORDINATOR, Desk, LEADER, copy, person};

/// A tree whose base is a copy of it beside the root.
fn with_base() -> Desk {
    let desk = Desk::tree();
    copy(&desk.root(), &desk.beside("base"));
    desk
}

const AGAINST: [&str; 3] = ["check", "--base", "../base"];

fn against(desk: &Desk, format: &'static str) -> super::desk::Told {
    desk.run(&["--format", format, "check", "--base", "../base"])
}

#[test]
fn the_example_is_in_order_and_advice_alone_is_0() {
    let desk = Desk::tree();
    desk.run(&["check"]).ends(0).says("advice[advice]").says("59 files").says("3 advice");
}

#[test]
fn a_tree_that_is_its_own_base_changes_nothing() {
    with_base()
        .run(&AGAINST)
        .ends(0)
        .says("59 files, 0 entries judged, 0 taken away: 1 advice")
        .says("evidence-declared");
}

#[test]
fn a_new_user_approved_by_the_own_coordinator_is_in_order() {
    let desk = with_base();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "henrik.liksomdal"));
    desk.run(&AGAINST).ends(0).says("1 entry judged");
}

#[test]
fn a_coordinator_who_approves_for_another_trust_is_refused_and_told_who_could() {
    let desk = with_base();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "leif.utkastli"));
    let told = desk.run(&AGAINST).ends(1);
    insta::assert_snapshot!("coordinator-of-another-trust", told.out);
    let told = against(&desk, "github").ends(1);
    insta::assert_snapshot!("coordinator-of-another-trust-github", told.out);
    let told = against(&desk, "json").ends(1);
    insta::assert_snapshot!("coordinator-of-another-trust-json", told.out);
    assert_eq!(told.json()["exit"], 1);
    desk.run(&["check"]).ends(1).says("R15");
}

#[test]
fn nobody_approves_their_own_access() {
    let desk = with_base();
    let own = person("leif.utkastli", "helse-fonna", 100084, "leif.utkastli");
    let own = own.split_once("access:\n").unwrap().1.to_owned();
    let text = desk.read("helse-fonna", "leif.utkastli");
    desk.write("helse-fonna", "leif.utkastli", format!("{text}{own}"));
    desk.run(&AGAINST).ends(1).says("R42");
    desk.run(&["check"]).ends(1).says("R42");
}

#[test]
fn who_made_someone_administrator_and_approves_by_them_in_one_change_is_in_order() {
    let desk = with_base();
    let chief = person("ny.leder", "unn", 101719, LEADER).replace("role: LU", "role: LC");
    desk.write("unn", "ny.leder", chief);
    desk.write(
        "unn",
        "ny.testesen",
        person("ny.testesen", "unn", 101719, "ny.leder").replace("REQ-2026-0900", "REQ-2026-0901"),
    );
    desk.run(&AGAINST).ends(0).says("2 entries judged");
}

#[test]
fn a_circle_of_people_who_approve_each_other_never_gets_in() {
    let desk = with_base();
    for (one, other) in [("en.testesen", "to.testesen"), ("to.testesen", "en.testesen")] {
        let text = person(one, "unn", 101719, other).replace("role: LU", "role: LC");
        desk.write("unn", one, text);
    }
    desk.run(&AGAINST).ends(1).says("2 entries judged").says("2 errors");
}

#[test]
fn an_approver_not_in_office_is_advice_without_a_base_and_refused_with_one() {
    let desk = with_base();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "ukjent.testesen"));
    let told = desk.run(&["check"]).ends(0);
    insta::assert_snapshot!("approver-not-in-office", told.out);
    desk.run(&AGAINST).ends(1).says("`ukjent.testesen`").says("R3");
}

#[test]
fn an_entry_that_is_over_is_in_order_whoever_approved_it() {
    let desk = with_base();
    let text = person("ny.testesen", "unn", 101719, "henrik.liksomdal")
        .replace("from: 2026-11-20", "from: 2025-01-10\n    until: 2025-04-09")
        .replace("on: 2026-11-19", "on: 2025-01-09");
    desk.write("unn", "ny.testesen", text);
    desk.run(&["check"]).ends(0);
    desk.run(&AGAINST).ends(0);
}

#[test]
fn a_protected_change_is_4_and_names_what_is_to_be_released() {
    let desk = with_base();
    desk.change_file("desired-state/register.yaml", "most_coordinators: 2", "most_coordinators: 3");
    let told = desk.run(&AGAINST).ends(4).says("held[protected-change]").says("R44");
    assert_eq!(told.after("portvakt release ").len(), 64, "{}", told.out);
    assert_eq!(against(&desk, "json").ends(4).json()["exit"], 4);
    against(&desk, "github")
        .ends(4)
        .says("::warning title=protected-change,file=desired-state/register.yaml");
}

#[test]
fn of_several_findings_the_gravest_gives_the_code() {
    let desk = with_base();
    desk.change_file("desired-state/register.yaml", "most_coordinators: 2", "most_coordinators: 3");
    desk.change("unn", "sara.fiktivsen", "role: LU", "role: LX");
    desk.run(&AGAINST).ends(4).says("1 error").says("1 hold");
}

#[test]
fn a_policy_that_is_loosened_and_used_in_one_change_must_be_permitted_by_both() {
    let desk = with_base();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "leif.utkastli"));
    let path = desk.root().join("policies/administration.cedar");
    let loose = "\n@id(\"anybody\")\n@rule(\"R15\")\n@says(\"Anybody.\")\n@says_nb(\"Hvem som helst.\")\npermit (principal is Administrator, action in [Action::\"grant\"], resource is Access);\n";
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{loose}")).unwrap();
    desk.run(&AGAINST)
        .ends(4)
        .says("held[protected-change]")
        .says("leif.utkastli")
        .says("R15")
        .says("policy-case-broken");
}

#[test]
fn a_tightened_policy_must_permit_too() {
    let desk = with_base();
    desk.write("unn", "ny.testesen", person("ny.testesen", "unn", 101719, "henrik.liksomdal"));
    let path = desk.root().join("policies/administration.cedar");
    let tight = "\n@id(\"nobody-now\")\n@rule(\"R1\")\n@says(\"Nobody for now.\")\n@says_nb(\"Ingen for tiden.\")\nforbid (principal is Administrator, action in [Action::\"grant\"], resource is Access);\n";
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{tight}")).unwrap();
    desk.run(&AGAINST).ends(4).says("Nobody for now.").says("policy-case-broken");
}

#[test]
fn taking_more_away_than_the_budget_is_told_before_it_is_merged() {
    let desk = with_base();
    for person in ["sara.fiktivsen", "frida.skinnvik"] {
        desk.delete("unn", person);
    }
    desk.run(&AGAINST).ends(0).says("2 taken away");
    desk.delete("unn", "olav.testesen");
    let told = desk.run(&AGAINST).ends(4);
    insta::assert_snapshot!("over-the-budget", told.out);
}

#[test]
fn a_tree_that_lost_all_its_people_is_never_in_order() {
    let desk = with_base();
    for folder in std::fs::read_dir(desk.root().join("desired-state")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
    desk.run(&AGAINST).ends(4).says("removals-held");
    desk.run(&AGAINST).ends(4).says("nothing-checked");
    desk.run(&["check"]).ends(1).says("error[nothing-checked]");
}

#[test]
fn taking_back_at_once_needs_nobody_and_a_stranger_is_advice() {
    let desk = with_base();
    let text = desk.read("unn", "sara.fiktivsen");
    let revoked = |by: &str| format!("{text}    revoked: {{on: 2026-11-23, by: {by}, reason: has left}}\n");
    desk.write("unn", "sara.fiktivsen", revoked("henrik.liksomdal"));
    desk.run(&AGAINST).ends(0).says("1 taken away: 1 advice").never_says("revoker-not-entitled");
    desk.write("unn", "sara.fiktivsen", revoked("leif.utkastli"));
    desk.run(&AGAINST).ends(0).says("revoker-not-entitled").says("R45");
}

#[test]
fn more_coordinators_than_a_trust_may_have_are_refused() {
    let desk = with_base();
    for (id, request) in [("en.testesen", "REQ-2026-0901"), ("to.testesen", "REQ-2026-0902")] {
        let text = person(id, "unn", 101719, COORDINATOR)
            .replace("role: LU", "role: LC")
            .replace("REQ-2026-0900", request);
        desk.write("unn", id, text);
    }
    desk.run(&AGAINST).ends(1).says("R21");
}

#[test]
fn a_file_name_in_an_annotation_begins_no_command() {
    let desk = with_base();
    std::fs::write(desk.root().join("desired-state/unn/a,b: c%.yaml"), "x").unwrap();
    let told = against(&desk, "github").ends(1);
    let line = told.out.lines().find(|line| line.contains("bad-value")).unwrap();
    assert!(
        line.starts_with("::error title=bad-value,file=desired-state/unn/a%2Cb%3A c%25.yaml::"),
        "{line}"
    );
}

#[test]
fn a_base_that_is_itself_broken_is_said_first() {
    let desk = with_base();
    std::fs::write(desk.beside("base/desired-state/register.yaml"), "id: [").unwrap();
    desk.run(&AGAINST)
        .ends(1)
        .says("the base itself")
        .says("without `--base`")
        .says("the base's `desired-state/register.yaml`, line ");
}

#[test]
fn a_base_that_does_not_exist_is_5() {
    let desk = with_base();
    let told = desk.run(&["check", "--base", "../bass"]).ends(5).says("`../bass`").says("folder");
    told.never_says("portvakt baseline");
}

#[test]
fn nothing_checked_is_an_error_in_every_format_but_where_a_register_begins() {
    let desk = with_base();
    let empty = |root: &std::path::Path| {
        for folder in std::fs::read_dir(root.join("desired-state")).unwrap() {
            let folder = folder.unwrap().path();
            if folder.is_dir() {
                std::fs::remove_dir_all(folder).unwrap();
            }
        }
    };
    empty(&desk.root());
    for format in ["human", "json", "github", "sarif", "junit", "markdown"] {
        let told = desk.run(&["--format", format, "check"]).ends(1).says("nothing-checked");
        assert!(
            format != "junit"
                || told.out.matches("<testcase").count() == told.out.matches("<failure").count()
        );
    }
    desk.run(&["baseline"]).ends(0).says("no person");
    desk.run(&["--format", "junit", "baseline"]).ends(0).says("failures=\"0\"");
    empty(&desk.beside("base"));
    desk.run(&AGAINST).ends(0);
    desk.run(&["--format", "junit", "check", "--base", "../base"]).ends(0).says("failures=\"0\"");
}

#[test]
fn without_a_base_is_told_what_can_be_known_on_any_day() {
    let desk = Desk::tree();
    desk.run(&["check"]).ends(0).says("are wholly in the past").never_says("Did you mean");
    let fresh = |by: &str| person("ny.testesen", "unn", 101719, by);
    let past =
        fresh("henrik.liksomdal").replace("from: 2026-11-20", "from: 2026-10-01\n    until: 2026-11-01");
    desk.write("unn", "ny.testesen", past);
    desk.run(&["check"]).ends(0).says("advice[gives-nothing]").says("`REQ-2026-0900` is spent by it");
    desk.write("unn", "ny.testesen", fresh("henrik.liksomdal").replace("2026-11-19", "2026-11-24"));
    desk.run(&["check"]).ends(1).says("error[approval-in-future]").says("the clock of the machine");
    desk.write("unn", "ny.testesen", fresh("henrik.liksomdel"));
    desk.run(&["check"]).ends(0).says("Did you mean `henrik.liksomdal`?").says("nobody in the tree");
    desk.write("unn", "ny.testesen", fresh("bjorn.lederesem"));
    desk.run(&["check"]).ends(0).says("Did you mean `bjorn.lederesen`?");
    desk.write("unn", "ny.testesen", fresh("ukjent.testesen"));
    desk.run(&["check"]).ends(0).never_says("Did you mean").says("approver-not-in-office");
}
