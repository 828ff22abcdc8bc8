//! Tests that a change of the policies tells which accesses it judges otherwise, in both directions and without a solver:
//! those that would be denied, and those that were refused and would be permitted.

use super::desk::{COORDINATOR, Desk, LEADER, Told, copy, person};

const ADMINISTRATION: &str = "policies/administration.cedar";
const AGAINST: [&str; 3] = ["check", "--base", "../base"];
const PERMITTED: &str = "smerteregisteret/101719/LU of `ny.testesen` is denied by the rules in force, and the changed rules would permit it: A register coordinator approves health personnel at their own trust.";

/// The example without the cases, which are about its own policies.
fn without_cases() -> Desk {
    let desk = Desk::tree();
    std::fs::remove_dir_all(desk.root().join("policies/tests")).unwrap();
    desk
}

fn keep_as_base(desk: &Desk) {
    copy(&desk.root(), &desk.beside("base"));
}

/// Writes an access of a registrar without an end, which the policies refuse.
pub(crate) fn registrar(desk: &Desk) {
    let text = person("ny.testesen", "unn", 101_719, "henrik.liksomdal");
    let of_a_registrar = text.replace("staff: health\n", "staff: health\nposition: lis\n");
    assert_ne!(of_a_registrar, text);
    desk.write("unn", "ny.testesen", of_a_registrar);
}

/// Changes the policies so that registrars need no end.
pub(crate) fn loosen(desk: &Desk) {
    desk.change_file(
        ADMINISTRATION,
        "resource.position == \"lis\" }\nunless { context.hasEnd };",
        "resource.position == \"nurse\" }\nunless { context.hasEnd };",
    );
}

#[test]
fn what_a_change_brings_and_its_policies_would_permit_is_told() {
    let desk = without_cases();
    keep_as_base(&desk);
    registrar(&desk);
    desk.run(&AGAINST).ends(1).never_says("would-be-permitted");
    loosen(&desk);
    desk.run(&AGAINST).ends(4).says("forbidden").says("advice[would-be-permitted]").says(PERMITTED);
    desk.run(&[&["--lang", "nb"][..], &AGAINST].concat()).ends(4).says(
        "avslås av reglene som gjelder, og de endrede reglene ville tillatt den: En registerkoordinator",
    );
    for (lang, title) in [
        ("en", "### Denied today, and the changed rules would permit it"),
        ("nb", "### Avslås i dag, og de endrede reglene ville tillatt det"),
    ] {
        desk.run(&["--format", "markdown", "--lang", lang, "plan", "--base", "../base"])
            .says(title)
            .says("would-be-permitted");
    }
}

#[test]
fn what_was_merged_and_refused_is_told_where_it_would_be_permitted() {
    let desk = without_cases();
    registrar(&desk);
    keep_as_base(&desk);
    loosen(&desk);
    let told = desk.run(&AGAINST).ends(4).says(PERMITTED);
    let lines = told.out.lines().filter(|line| line.starts_with("advice[would-be-permitted]"));
    assert_eq!(lines.count(), 1, "{}", told.out);
}

#[test]
fn an_access_that_another_policy_permits_is_judged_the_same() {
    let desk = without_cases();
    keep_as_base(&desk);
    let own = "@id(\"coordinator-approves-at-own-trust\")";
    desk.change_file(ADMINISTRATION, own, "@id(\"coordinator-approves-there\")");
    desk.run(&AGAINST).ends(4).never_says("would-be-permitted").never_says("would-be-denied");
}

/// The number of accesses that the example has and that nobody could approve any more.
fn denied(told: &str) -> usize {
    told.lines().filter(|line| line.contains("` stands, and the changed rules would deny it")).count()
}

#[test]
fn whoever_releases_loosened_policies_is_told_what_is_refused_today_and_would_be_permitted() {
    let desk = Desk::accepted();
    std::fs::remove_dir_all(desk.root().join("policies/tests")).unwrap();
    registrar(&desk);
    desk.run(&["apply"]).says("forbidden");
    loosen(&desk);
    let digest = desk.run(&["plan"]).says("protected-change").after("portvakt release ");
    let release = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    let mut command = desk.program();
    command.args(release).env("PORTVAKT_SOLVER", "/nowhere/cvc5");
    let told = Told::of(&command.output().unwrap()).ends(0);
    let told =
        told.says("1 accesses are denied by the rules in force that the changed rules would permit:\n");
    told.says(&format!("\n  {PERMITTED}\n"));
}

#[test]
fn of_many_accesses_the_first_are_named_and_the_others_counted() {
    let desk = without_cases();
    keep_as_base(&desk);
    // Nobody may approve LU any more.
    let path = desk.root().join(ADMINISTRATION);
    let text = std::fs::read_to_string(&path).unwrap();
    let ban = "\n@id(\"no-lu\")\n@rule(\"R22\")\n@says(\"No LU.\")\n@says_nb(\"Ingen LU.\")\nforbid (principal is Administrator, action in [Action::\"grant\", Action::\"change\"], resource is Access)\nwhen { resource.role == Role::\"LU\" };\n";
    std::fs::write(&path, text + ban).unwrap();
    let mut command = desk.program();
    command.args(["policy", "diff", "--base", "../base"]).env("PORTVAKT_SOLVER", "/nowhere/cvc5");
    let told = Told::of(&command.output().unwrap()).ends(5);
    assert_eq!(denied(&told.err), 20, "{}", told.err);
    told.says("Besides, so many accesses stand that the changed rules would deny: ");
}

/// A limit that is loosened looks like one that is tightened where only its key is named.
#[test]
fn a_changed_setting_is_told_with_what_it_says_before_and_after() {
    let desk = without_cases();
    keep_as_base(&desk);
    let register = "desired-state/register.yaml";
    desk.change_file(register, "most_coordinators: 2", "most_coordinators: 9");
    desk.change_file(register, "trust: {least: 2, percent: 10}", "trust: {least: 50, percent: 100}");
    desk.change_file(
        register,
        "  nhn: Norsk helsenett\n",
        "  nhn: Norsk helsenett\n  oppdiktet: Oppdiktet AS\n",
    );
    desk.change_file(register, "    org_no: 983974724\n    host: true\n", "    org_no: 983974724\n");
    desk.change_file(register, "    org_no: 983971636\n", "    org_no: 983971636\n    host: true\n");
    for (lang, nothing) in [("en", "nothing"), ("nb", "ingenting")] {
        let told = desk.run(&["--format", "markdown", "--lang", lang, "plan", "--base", "../base"]).ends(4);
        for line in [
            "- `most_coordinators`\\: `2` → `9`\n".to_owned(),
            "- `removal_limits.trust_least`\\: `2` → `50`\n".to_owned(),
            "- `removal_limits.trust_percent`\\: `10` → `100`\n".to_owned(),
            format!("- `ict_bodies.oppdiktet`\\: {nothing} → `Oppdiktet AS`\n"),
            "- `trusts.helse-bergen.host`\\: `true` → `false`\n".to_owned(),
            "- `trusts.ahus.host`\\: `false` → `true`\n".to_owned(),
        ] {
            assert!(told.out.contains(&line), "{line}{}", told.out);
        }
        assert!(!told.out.contains("most_coordinators."), "{}", told.out);
    }
    // For one trust alone it is told there.
    let desk = without_cases();
    keep_as_base(&desk);
    desk.change_file(
        register,
        "    org_no: 983971636\n",
        "    org_no: 983971636\n    most_coordinators: 5\n",
    );
    let told = desk.run(&["--format", "json", "plan", "--base", "../base"]).ends(4).json();
    let values = serde_json::json!([{"path": "most_coordinators.ahus", "before": "2", "after": "5"}]);
    assert_eq!(told["review"]["protected"]["values"], values, "{told}");
    // Policies that decide the same do not mean that nothing changes.
    let told = desk.run(&["policy", "diff", "--base", "../base"]).ends(0);
    told.says("The policies decide the same for every request.").says("`register.yaml` differs too.");
}
