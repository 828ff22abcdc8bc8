//! Tests that a loosened policy breaks a promise, which is told as a story with a case.

use std::path::Path;

use super::part::{APPROVING, NATIONAL_AND_UNLOCKING, only_about};
use super::{ADMINISTRATION, CAPABILITIES, FORMATS, OR_FONNA, OWN_TRUST, codes, messages, run, solver};
use crate::cli::desk::{Desk, copy};

#[test]
fn what_a_new_register_begins_with_keeps_its_promises() {
    let Some(solver) = solver() else { return };
    let desk = Desk::empty();
    copy(&Path::new(crate::ROOT).join("examples/new-register"), &desk.root());
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).says("no findings").json();
    assert_eq!(codes(&told), [""; 0]);
    assert!(told["questions"].as_u64().unwrap() > 90, "{told}");
    desk.change_file(
        ADMINISTRATION,
        "when { resource.role == Role::\"coordinator\" }\n",
        "when { resource.role == Role::\"coordinator\" && resource.trust.host }\n",
    );
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(1).json();
    let broken = messages(&told, "promise-broken").join("\n");
    assert!(broken.contains("`never-coordinator-by-others` is broken"), "{broken}");
    assert!(
        told["cases"]["never-coordinator-by-others"].as_str().unwrap().contains("role: coordinator"),
        "{told}"
    );
}

/// A policy that lets a used request serve again, which another one forbids.
const AGAIN: &str = "// ---- Who may take access back ----

@id(\"used-request-serves-again\")
@rule(\"R33\")
@says(\"A request that has been used serves again.\")
@says_nb(\"En søknad som er brukt, brukes igjen.\")
permit (principal is Administrator, action == Action::\"grant\", resource is Access)
when { context.requestSpent };
";

#[test]
fn policies_that_are_loosened_are_told_as_stories_with_cases() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    // The ban on approving one's own access now only covers SC.
    desk.change_file(
        ADMINISTRATION,
        "when { context.self };\n\n// Applicants who",
        "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
    );
    // A third coordinator gets in.
    desk.change_file(
        ADMINISTRATION,
        "context.holdersAfterChange > context.mostHolders",
        "context.mostHolders < 0",
    );
    // The leadership can no longer give SC.
    desk.change_file(ADMINISTRATION, " || resource.unit.national };", " };");
    // One that only explains no longer says so, and one that does more says so.
    desk.change_file(CAPABILITIES, "ved helseforetaket.\")\n@explains\n", "ved helseforetaket.\")\n");
    desk.change_file(CAPABILITIES, "@rule(\"R10\")\n", "@rule(\"R10\")\n@explains\n");
    // One that counts beyond the smallest number there is, though it decides the same about every request that is made.
    desk.change_file(
        ADMINISTRATION,
        "context.months > context.maxLisMonths",
        "context.months - 1 >= context.maxLisMonths",
    );
    // This policy permits what another one forbids.
    desk.change_file(ADMINISTRATION, "// ---- Who may take access back ----\n", AGAIN);
    // This promise is about nobody.
    desk.change_file(
        "policies/never.cedar",
        "when { principal.role == Role::\"LU\" };",
        "when { principal.role == Role::\"LU\" && principal.role == Role::\"LC\" };",
    );
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(1).json();
    let broken = messages(&told, "promise-broken").join("\n");
    for words in [
        "`never-too-many-lc` is broken",
        "may approve access as Registerkoordinator (LC)",
        "would hold the role and at most",
        "may approve their own access: ",
    ] {
        assert!(broken.contains(words), "`{words}` is not in\n{broken}");
    }
    assert!(broken.contains("may not approve access as Leder av registeret (SC)"), "{broken}");
    let dead = messages(&told, "policy-dead").join("\n");
    assert!(dead.contains("`lu-never-unlocks` forbids what nothing permits"), "{dead}");
    assert!(dead.contains("`no-real-patients-through-test-unit` says `@explains`"), "{dead}");
    assert!(dead.contains("the policy `used-request-serves-again` permits nothing"), "{dead}");
    let errs = messages(&told, "policy-errs").join("\n");
    for words in [
        "`lis-not-too-long` cannot be worked out",
        "is denied. For example: ",
        "`months`: -9223372036854775808",
    ] {
        assert!(errs.contains(words), "`{words}` is not in\n{errs}");
    }
    let void = messages(&told, "promise-void");
    assert!(void.len() == 1 && void[0].contains("`never-lu-unlocks` is about nothing"), "{void:?}");
    let case = told["cases"]["never-too-many-lc"].as_str().unwrap();
    assert!(case.contains("role: LC") && case.contains("expect: deny"), "{case}");
    let in_bokmal = run(&desk, &solver, &["--lang", "nb", "prove"]).ends(1);
    in_bokmal
        .says("kan godkjenne tilgang som Registerkoordinator (LC)")
        .says("Tilfeller som viser det")
        .says("expect: deny");
    // The case stands in every format, as it is written there.
    for format in FORMATS {
        let told = run(&desk, &solver, &["--format", format, "prove"]).ends(1);
        told.says("promise-broken").says("- name: what never-too-many-lc is about").says("decided_by: any");
    }
    run(&desk, &solver, &["--format", "github", "prove"])
        .says("%0A%0A- name: what ")
        .says("\n- name: what never-too-many-lc is about\n  action: grant\n");
    run(&desk, &solver, &["--format", "markdown", "prove"])
        .says("\n```yaml\n- name: what ")
        .says("\n- name: what never-too-many-lc is about\n  action: grant\n");
}

#[test]
fn a_place_that_a_policy_names_is_told_by_its_name() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    only_about(&desk, &[&APPROVING[..], &NATIONAL_AND_UNLOCKING].concat());
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    desk.change_file(ADMINISTRATION, OWN_TRUST, OR_FONNA);
    desk.change_file(
        CAPABILITIES,
        "principal.trust.id == resource.trust && resource.ongoing",
        "(principal.trust.id == resource.trust || resource.unit == Unit::\"101719\") && resource.ongoing",
    );
    run(&desk, &solver, &["policy", "diff", "--base", before.to_str().unwrap()]).ends(3).says(
        "Somebody without any office could now approve access as Bruker av registeret (LU) in Smerteregisteret at Helse Fonna HF (`helse-fonna`) for a health worker, employed there.",
    );
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(1).json();
    let case = told["cases"]["never-without-office-or-trust"].as_str().unwrap();
    assert!(case.contains("access: {unit: 100084, employer: helse-fonna}"), "{case}");
    let broken = messages(&told, "promise-broken").join("\n");
    assert!(
        broken.contains("may unlock a form in a course of a real patient at UNN (101719), another trust;"),
        "{broken}"
    );
    let case = told["cases"]["never-lc-at-another-trust"].as_str().unwrap();
    assert!(case.contains("unit: 100089}\n  record: {unit: 101719, "), "{case}");
}

#[test]
fn a_policy_that_looks_into_words_is_proved_and_compared() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    only_about(&desk, &APPROVING);
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    desk.change_file(
        ADMINISTRATION,
        "resource.position == \"lis\" }\nunless { context.hasEnd };",
        "resource.position like \"*lis*\" }\nunless { context.hasEnd };",
    );
    let args = ["--format", "json", "policy", "diff", "--base", before.to_str().unwrap()];
    let told = run(&desk, &solver, &args).ends(3).json();
    assert_eq!((codes(&told), &told["more"]), (vec![], &serde_json::json!([])), "{told}");
    let less = told["less"].as_array().unwrap();
    assert!(less.iter().any(|told| told.as_str().unwrap().contains("could no longer approve")), "{less:?}");
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(1).json();
    // What is denied now and was not is promised by nothing.
    let known = |code: &&str| ["promise-broken", "promise-missing"].contains(code);
    assert!(codes(&told).iter().all(known), "{told}");
    assert!(messages(&told, "promise-broken").join("\n").contains(", with the position `"), "{told}");
    assert!(told["cases"].to_string().contains("position: "), "{told}");
}
