//! Tests that a change of the policies tells which accesses it judges otherwise, in both directions and without a solver:
//! those that would be denied, and those that were refused and would be permitted.

use super::desk::{Desk, copy, person};

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
