//! The national list: offices and service accounts.

use super::desk;

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
fn a_row_is_named_by_the_id_that_its_person_has_now() {
    let desk = desk();
    desk.run(&["review", "start", "--trust", "nasjonal"]).ends(0);
    desk.writes_another_id_of_the_leader();
    let answer = |by: &str, how: &str| {
        desk.run(&["review", "answer", "--trust", "nasjonal", "--by", by, "bjorn.nyland", how])
    };
    answer("ingrid.koordinatorsen", "--keep").ends(0).says("answers");
    let list = || std::fs::read_to_string(desk.root().join("reviews/nasjonal/2026-Q4.yaml")).unwrap();
    let answered = list();
    assert!(answered.contains("bjorn.lederesen") && !answered.contains("person: bjorn.nyland"), "{answered}");
    assert!(answered.matches("answered_by: ingrid.koordinatorsen").count() > 2, "{answered}");
    // It is their own under either id.
    answer("bjorn.nyland", "--end").ends(1).says("review-own-row");
    assert_eq!(list(), answered);
}
