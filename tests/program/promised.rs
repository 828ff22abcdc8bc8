//! Tests that `prove` tells what the policies deny and no promise of *never* describes, and what they permit and no promise
//! of *always* describes. So a policy that lets anything more or less through breaks a promise. The shipped set, a new
//! register and the example of separation of duties have promised all that they decide: `prove::remembered` and
//! `prove::loosened` prove the first two, and the third is proved here.
//!
//! The proofs need cvc5, like those of `prove`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::policy::{PROMISE_FILES, Policies, REQUIRED_FILES};
use serde_json::Value;

use crate::cli::desk::{Desk, Told};
use crate::prove::part::{APPROVING, NATIONAL_AND_UNLOCKING, few, only_about};
use crate::prove::{PROVER, solver};

const ADMINISTRATION: &str = "policies/administration.cedar";
const NEVER: &str = "policies/never.cedar";
const ALWAYS: &str = "policies/always.cedar";
const CAPABILITIES: &str = "policies/capabilities.cedar";

fn run(desk: &Desk, solver: &Path, args: &[&str]) -> Told {
    let mut command = desk.program();
    command.args(args).arg("--solver").arg(solver).arg("--prover").arg(PROVER);
    Told::of(&command.env("XDG_CACHE_HOME", desk.beside("cache")).output().unwrap())
}

/// The policies and the promises of a tree.
fn loaded(root: &Path) -> Policies {
    let mut files: BTreeMap<FilePath, Arc<[u8]>> = BTreeMap::new();
    for path in REQUIRED_FILES.iter().chain(&PROMISE_FILES) {
        files.insert(FilePath::new(path), Arc::from(std::fs::read(root.join(path)).unwrap()));
    }
    Policies::load(&files).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn example(name: &str) -> String {
    read(&Path::new(crate::ROOT).join(format!("examples/separation-of-duties{name}")))
}

/// The shipped set with the example of separation of duties put in, as docs/policies.md says.
fn separated() -> Desk {
    let desk = Desk::tree();
    let root = desk.root();
    let shipped = loaded(&root);
    for (path, name) in [(ADMINISTRATION, ".cedar"), (NEVER, "-never.cedar")] {
        let text = read(&root.join(path));
        std::fs::write(root.join(path), format!("{text}\n{}", example(name))).unwrap();
    }
    let mut always = read(&root.join(ALWAYS));
    for instead in example("-always.cedar").split("@id(\"").skip(1) {
        let (id, _) = instead.split_once('"').unwrap();
        let promise = shipped.promises().iter().find(|promise| promise.id == id).unwrap();
        assert_eq!(always.matches(&promise.words).count(), 1, "{id}");
        always = always.replace(&promise.words, format!("@id(\"{instead}").trim_end());
    }
    std::fs::write(root.join(ALWAYS), always).unwrap();
    std::fs::write(root.join("policies/tests/separation.yaml"), example(".yaml")).unwrap();
    desk
}

/// Takes a promise out of its file.
fn without(desk: &Desk, file: &str, id: &str) {
    let (path, policies) = (desk.root().join(file), loaded(&desk.root()));
    let promise = policies.promises().iter().find(|promise| promise.id == id).unwrap();
    let text = read(&path);
    assert_eq!(text.matches(&promise.words).count(), 1, "{id}");
    std::fs::write(&path, text.replace(&promise.words, "")).unwrap();
}

/// The findings of one kind that `prove` tells of a tree with errors.
fn proved(desk: &Desk, solver: &Path, code: &str) -> Vec<Value> {
    let told = run(desk, solver, &["--format", "json", "prove"]).ends(1).json();
    let all = told["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["code"] == code).cloned().collect()
}

#[test]
fn a_promise_that_is_left_out_leaves_something_open() {
    let Some(solver) = solver() else { return };
    for (left_out, story) in [
        (
            "never-system-manager-at-test-unit",
            ["Whoever is register leader (`register-leader`) may not approve", "at the test unit"],
        ),
        (
            "never-staff-of-no-ict-body-by-others",
            ["Whoever is system manager (`system-manager`) may not approve", "at the test unit"],
        ),
    ] {
        let desk = Desk::tree();
        only_about(&desk, &APPROVING);
        without(&desk, NEVER, left_out);
        let found = proved(&desk, &solver, "promise-missing");
        let told: Vec<&str> = found.iter().map(|finding| finding["message"].as_str().unwrap()).collect();
        let [first, _] = told.as_slice() else { panic!("{told:?}") };
        for words in story {
            assert!(first.contains(words), "`{words}` is not in\n{first}");
        }
    }
}

#[test]
fn a_promise_of_always_that_is_left_out_or_narrowed_leaves_something_open() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    only_about(&desk, &[&APPROVING[..], &["revoke"], &NATIONAL_AND_UNLOCKING].concat());
    without(&desk, ALWAYS, "always-coordinator-approves-health-staff");
    without(&desk, ALWAYS, "always-own-access-may-be-given-up");
    // One that is narrowed leaves open what it says no longer.
    desk.change_file(
        ALWAYS,
        "action == Action::\"read-national\",\n    resource is Record\n)\n",
        "action == Action::\"read-national\",\n    resource is Record\n)\nwhen { resource.ongoing }\n",
    );
    let found = proved(&desk, &solver, "promise-missing");
    let told: Vec<&str> = found.iter().map(|finding| finding["message"].as_str().unwrap()).collect();
    for words in [
        "some requests to approve an access are permitted, and no promise in `policies/always.cedar` is about them",
        "some requests to approve a change of an access are permitted",
        "some requests to take back an access are permitted",
        "some requests to read national data are permitted",
    ] {
        assert!(told.iter().any(|told| told.starts_with(words)), "`{words}` is not in\n{told:#?}");
    }
    assert_eq!(told.len(), 4, "{told:#?}");
    let by = |id: &str| found.iter().any(|finding| finding["policies"] == serde_json::json!([id]));
    assert!(by("coordinator-approves-at-own-trust") && by("own-access-may-be-given-up"), "{found:#?}");
}

#[test]
fn policies_that_are_loosened_together_with_their_promise_need_one_that_says_so() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    only_about(&desk, &NATIONAL_AND_UNLOCKING);
    // LU may unlock a form without a real patient, and nothing promises any more that they never do.
    for file in [CAPABILITIES, NEVER] {
        desk.change_file(
            file,
            "action == Action::\"unlock-form\",\n    resource is Record\n)\nwhen { principal.role == Role::\"LU\" };",
            "action == Action::\"unlock-form\",\n    resource is Record\n)\nwhen { principal.role == Role::\"LU\" && resource.realPatientData };",
        );
    }
    let permit = "\n@id(\"lu-unlocks-for-practice\")\n@rule(\"R29\")\n@says(\"LU unlocks for practice.\")\n@says_nb(\"LU låser opp til øving.\")\npermit (principal is Holder, action == Action::\"unlock-form\", resource is Record)\nwhen { principal.role == Role::\"LU\" && principal.unit.id == resource.unit && !resource.realPatientData };\n";
    let path = desk.root().join(CAPABILITIES);
    std::fs::write(&path, read(&path) + permit).unwrap();
    let never = "\n@id(\"never-lu-unlocks-elsewhere\")\n@rule(\"R29\")\n@says(\"LU never unlocks a form of another unit.\")\n@says_nb(\"LU låser aldri opp skjema ved en annen enhet.\")\npermit (principal is Holder, action == Action::\"unlock-form\", resource is Record)\nwhen { principal.role == Role::\"LU\" && principal.unit.id != resource.unit };\n";
    let path = desk.root().join(NEVER);
    std::fs::write(&path, read(&path) + never).unwrap();
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(1).json();
    let [only] = told["findings"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!(
        (&only["code"], &only["policies"][0]),
        (&"promise-missing".into(), &"lu-unlocks-for-practice".into())
    );
    let message = only["message"].as_str().unwrap();
    assert!(message.starts_with("some requests to unlock a form are permitted"), "{message}");
}

#[test]
fn an_action_that_the_promises_do_not_know_is_told() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    only_about(&desk, &NATIONAL_AND_UNLOCKING);
    desk.change_file(
        "policies/schema.cedarschema",
        "\"register-reservation\" appliesTo",
        "\"register-reservation\", \"print-form\" appliesTo",
    );
    let found = proved(&desk, &solver, "promise-missing");
    let [only] = found.as_slice() else { panic!("{found:?}") };
    let message = only["message"].as_str().unwrap();
    assert!(message.starts_with("some requests to do `print-form` are denied"), "{message}");
    run(&desk, &solver, &["--lang", "nb", "prove"])
        .ends(1)
        .says("noen forespørsler om å gjøre `print-form` avslås");
}

#[test]
fn a_ban_of_what_is_promised_is_told_with_the_policy_that_forbids() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    only_about(&desk, &APPROVING);
    let path = desk.root().join(ADMINISTRATION);
    let ban = "\n@id(\"nobody-for-long\")\n@rule(\"R37\")\n@says(\"Nobody for long.\")\n@says_nb(\"Ingen lenge.\")\nforbid (principal is Administrator, action == Action::\"grant\", resource is Access)\nwhen { resource.role == Role::\"SC\" && context.months > 600 };\n";
    std::fs::write(&path, read(&path) + ban).unwrap();
    let found = proved(&desk, &solver, "promise-broken");
    assert_eq!(found.len(), 2, "{found:?}");
    for one in found {
        assert_eq!(one["policies"], serde_json::json!(["nobody-for-long"]));
        assert!(one["message"].as_str().unwrap().contains("It is forbidden by `nobody-for-long`."), "{one}");
    }
}

#[test]
fn a_set_that_promises_nothing_of_what_it_denies_is_told_in_every_format() {
    let Some(solver) = solver() else { return };
    let desk = few();
    std::fs::remove_file(desk.root().join(NEVER)).unwrap();
    for format in ["human", "json", "github", "sarif", "junit", "markdown"] {
        run(&desk, &solver, &["--format", format, "prove"]).ends(1).says("promise-missing");
    }
    let told = run(&desk, &solver, &["--lang", "nb", "prove"]).ends(1);
    told.says("noen forespørsler om å godkjenne en tilgang avslås uten at noe løfte");
}

#[test]
fn widened_policies_that_no_case_is_about_break_a_promise() {
    let Some(solver) = solver() else { return };
    for (from, to, promise) in [
        (
            "&& !resource.unit.testOnly };\n\n// Helse Nord IKT's administrator: technical",
            "&& (!resource.unit.testOnly || resource.employer.id == Employer::\"helse-nord-ikt\") };\n\n// Helse Nord IKT's administrator: technical",
            "never-system-manager-at-test-unit",
        ),
        (
            "when { resource.staff == Staff::\"ict\" && resource.employer.ictBody }\nunless {",
            "when { resource.staff == Staff::\"ict\" && (resource.employer.ictBody || resource.unit.testOnly) }\nunless {",
            "never-staff-of-no-ict-body-by-others",
        ),
    ] {
        let desk = Desk::tree();
        only_about(&desk, &APPROVING);
        desk.change_file(ADMINISTRATION, from, to);
        let told = run(&desk, &solver, &["prove"]).ends(1);
        told.says("promise-broken")
            .says(&format!("the promise `{promise}` is broken"))
            .says("at the test unit");
    }
}

#[test]
fn the_example_of_separation_of_duties_keeps_every_promise() {
    let desk = separated();
    desk.run(&["policy", "fmt", "--check"]).ends(0);
    desk.run(&["policy", "test"]).ends(0);
    let Some(solver) = solver() else { return };
    run(&desk, &solver, &["prove"]).ends(0).says("no findings");
    // The example changes four promises. With the unchanged ones, it breaks them. The case names the applicant's other
    // access.
    let always = Path::new(crate::ROOT).join(ALWAYS);
    std::fs::copy(always, desk.root().join(ALWAYS)).unwrap();
    only_about(&desk, &APPROVING);
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(1).json();
    for (id, besides) in [
        ("always-leadership-gives-lc", "role: SC"),
        ("always-leadership-gives-sc", "role: LC"),
        ("always-leadership-gives-lc-to-ict-staff", "role: SC"),
        ("always-ict-staff-who-leads-is-given-sc", "role: LC"),
    ] {
        let case = told["cases"][id].as_str().unwrap();
        assert!(case.contains(&format!("others: [{{{besides}, unit: ")), "{case}");
        assert!(case.contains("expect: allow"), "{case}");
    }
}
