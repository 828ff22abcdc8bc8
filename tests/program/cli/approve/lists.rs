//! Signatures of reviewers over their own answers in a list. A list that ends most of a trust takes more than a yes.

use super::{Office, count};
use crate::cli::desk::LEADER;
use crate::everyday::terminal;

#[test]
fn a_reviewer_signs_their_own_answers_and_the_list_counts() {
    const LIST: &str = "reviews/unn/2026-Q4.yaml";
    const HENRIK: &str = "henrik.liksomdal";
    let office = Office::new();
    let (desk, register) = (&office.desk, "desired-state/register.yaml");
    desk.change_file(register, "evidence: declared", "evidence: signature");
    desk.change_file(register, "review_months: 3\n", "review_months: 3\nreviews_from: 2026-09-01\n");
    let ((henrik, henriks), (leader, leaders)) = (office.desk.key("henrik"), office.desk.key("leader"));
    office.allow(&[(HENRIK, &henriks), (LEADER, &leaders)]);
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let answer = |by: &str, person: &str, how: &str| {
        desk.run(&["review", "answer", "--trust", "unn", "--by", by, person, how]).ends(0);
    };
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        answer(HENRIK, person, "--keep");
    }
    answer(LEADER, HENRIK, "--keep");
    desk.run(&["check"]).ends(1).says("review-unsigned").says("`henrik.liksomdal` has reviewed this list");

    let sign = |key: &std::path::Path| office.approve(&[LIST, "--key", key.to_str().unwrap(), "--yes"]);
    let told = sign(&henrik).ends(0).says("1 signature written");
    let evidence = desk.run(&["review", "evidence", "unn", "2026-Q4"]).ends(0).json();
    let statement = evidence["reviewers"][0]["statement"].as_str().unwrap();
    assert!(told.out.contains(statement), "{}", told.out);
    // The answers that the statement has a digest of are shown, and those of the other reviewer are counted.
    let shown = |told: &str, words: &str| assert!(told.contains(words), "`{words}` is not in\n{told}");
    shown(&told.out, &format!("\nAnswers in your name in `{LIST}`:\n- "));
    for name in [
        "Sara Fiktivsen (sara.fiktivsen)",
        "Frida Skinnvik (frida.skinnvik)",
        "Olav Testesen (olav.testesen)",
    ] {
        let line = told.out.lines().find(|line| line.starts_with(&format!("- {name}: ")));
        assert!(line.is_some_and(|line| line.ends_with(": keep")), "{name}: {}", told.out);
    }
    assert!(!told.out.contains("- Henrik Liksomdal"), "{}", told.out);
    shown(&told.out, "\nRows that others have answered, and that you do not sign: 2.\n");
    assert!(desk.run(&["statement", LIST]).ends(0).out.starts_with(statement));
    let sig = format!("{LIST}.sig");
    assert!(office.openssh_verifies(&sig, HENRIK, statement));
    desk.run(&["check"]).ends(1).says("`bjorn.lederesen` has reviewed this list");
    sign(&leader).ends(0);
    assert_eq!(count(&office.read(&sig)), 2);
    desk.run(&["check"]).never_says("review-unsigned");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it counts from 2026-11-23");
    sign(&leader).ends(0).says("nothing for `bjorn.lederesen` to sign");

    // Another answer is another statement: the old signature goes, and the other reviewer's stays.
    answer(HENRIK, "olav.testesen", "--end");
    desk.run(&["check"]).ends(1).says("`henrik.liksomdal` has reviewed this list");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it does not count yet");
    let told = sign(&henrik).ends(0);
    let line = told.out.lines().find(|line| line.starts_with("- Olav Testesen (olav.testesen): "));
    assert!(line.is_some_and(|line| line.ends_with(": end")), "{}", told.out);
    assert_eq!(count(&office.read(&sig)), 2);
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it counts from 2026-11-23");
}

#[test]
fn a_list_that_ends_most_of_a_trust_is_not_signed_by_a_yes_alone() {
    const LIST: &str = "reviews/unn/2026-Q4.yaml";
    const HENRIK: &str = "henrik.liksomdal";
    let office = Office::new();
    let desk = &office.desk;
    desk.change_file("desired-state/register.yaml", "evidence: declared", "evidence: signature");
    let ((henrik, henriks), (_, leaders)) = (office.desk.key("henrik"), office.desk.key("leader"));
    office.allow(&[(HENRIK, &henriks), (LEADER, &leaders)]);
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        let told = desk.run(&["review", "answer", "--trust", "unn", "--by", HENRIK, person, "--end"]).ends(0);
        if person == "olav.testesen" {
            told.says("That is over the budget of UNN HF, 2 in one pass");
        } else {
            told.never_says("the budget of");
        }
    }
    let key = henrik.to_str().unwrap();
    let told = office.approve(&[LIST, "--key", key, "--yes"]).ends(2);
    told.says("3 of 5 accesses would end")
        .says("--ends-most")
        .says("over the budget of UNN HF, 2 in one pass");
    // At a terminal the number is not asked for either, where a program reads the output.
    let mut program = desk.program();
    program.args(["--format", "json", "approve", LIST, "--key", key, "--yes"]);
    let screen = terminal::run(program, &[]);
    assert_eq!(screen.code, 2, "{}", screen.text);
    assert!(screen.text.contains("say `--ends-most`"), "{}", screen.text);
    assert!(!desk.root().join(format!("{LIST}.sig")).exists());
    office.approve(&[LIST, "--key", key, "--yes", "--ends-most"]).ends(0).says("1 signature written");
}

#[test]
fn a_reviewer_who_is_named_by_an_earlier_id_answers_and_signs_under_the_current_one() {
    const LIST: &str = "reviews/unn/2026-Q4.yaml";
    let office = Office::new();
    let (desk, register) = (&office.desk, "desired-state/register.yaml");
    desk.change_file(register, "evidence: declared", "evidence: signature");
    desk.change_file(register, "review_months: 3\n", "review_months: 3\nreviews_from: 2026-09-01\n");
    desk.writes_another_id_of_the_leader();
    let (key, public) = office.desk.key("leader");
    office.allow(&[(LEADER, &public)]);
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    desk.run(&["review", "answer", "--trust", "unn", "--by", LEADER, "henrik.liksomdal", "--keep"]).ends(0);
    let list = office.read(LIST);
    assert!(
        list.contains("answered_by: bjorn.nyland") && !list.contains("answered_by: bjorn.lederesen"),
        "{list}"
    );
    let unsigned = "`bjorn.nyland` has reviewed this list";
    desk.run(&["check"]).says("review-unsigned").says(unsigned);
    office.approve(&[LIST, "--key", key.to_str().unwrap(), "--yes"]).ends(0).says("1 signature written");
    desk.run(&["check"]).never_says(unsigned);
}
