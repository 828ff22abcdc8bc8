//! Proves that the promises cover all denials of the policies. A set that permits everything, apart from what a promise
//! of *never* describes, decides the same as the policies for every request. So a policy that lets anything more
//! through breaks a promise. This is proved for the shipped set, for a new register, and for the example of separation
//! of duties, which keeps all its promises.
//!
//! The proofs need cvc5, like those of `prove.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::policy::{PROMISE_FILES, Policies, PromiseKind, REQUIRED_FILES};

use crate::cli::desk::{Desk, Told, copy};
use crate::prove::{PROVER, solver};

const ADMINISTRATION: &str = "policies/administration.cedar";
const CAPABILITIES: &str = "policies/capabilities.cedar";
const NEVER: &str = "policies/never.cedar";
const ALWAYS: &str = "policies/always.cedar";
const SAME: &str = "The policies decide the same for every request.";

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

/// Returns the files of a new register.
fn new_register() -> Desk {
    let desk = Desk::empty();
    copy(&Path::new(crate::ROOT).join("examples/new-register"), &desk.root());
    desk
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

/// Changes the tree so that everything is permitted except what the promises of *never* describe. Returns the tree as
/// it was. Neither has a promise any more, because that would be another difference.
fn nothing_but_promised(desk: &Desk, left_out: &str) -> PathBuf {
    let (root, before) = (desk.root(), desk.beside("before"));
    let policies = loaded(&root);
    for path in [NEVER, ALWAYS] {
        std::fs::remove_file(root.join(path)).unwrap();
    }
    // The cases are about the policies that are replaced.
    std::fs::remove_dir_all(root.join("policies/tests")).unwrap();
    copy(&root, &before);
    for (path, who) in [(ADMINISTRATION, "Administrator"), (CAPABILITIES, "Holder")] {
        let says = "@rule(\"R1\")\n@says(\"Everything.\")\n@says_nb(\"Alt.\")";
        let id = format!("everything-{}", who.to_lowercase());
        let mut text = format!("@id(\"{id}\")\n{says}\npermit (principal is {who}, action, resource);\n");
        let about = |words: &str| words.contains(&format!("principal is {who}"));
        let promises = policies.promises().iter();
        for never in promises.filter(|one| one.kind == PromiseKind::Never && one.id != left_out) {
            assert_eq!(never.words.matches("permit (").count(), 1, "{}", never.id);
            if about(&never.words) {
                text.push_str(&format!("\n{}\n", never.words.replace("permit (", "forbid (")));
            }
        }
        std::fs::write(root.join(path), text).unwrap();
    }
    before
}

#[test]
fn whatever_the_policies_deny_is_promised() {
    let Some(solver) = solver() else { return };
    for desk in [Desk::tree(), new_register(), separated()] {
        let before = nothing_but_promised(&desk, "");
        run(&desk, &solver, &["policy", "diff", "--base", before.to_str().unwrap()]).ends(0).says(SAME);
    }
}

#[test]
fn a_promise_that_is_left_out_leaves_something_open() {
    let Some(solver) = solver() else { return };
    for (left_out, story) in [
        (
            "never-system-manager-at-test-unit",
            ["Whoever is register leader (`register-leader`) could now approve", "at the test unit"],
        ),
        (
            "never-staff-of-no-ict-body-by-others",
            ["Whoever is system manager (`system-manager`) could now approve", "at the test unit"],
        ),
    ] {
        let desk = Desk::tree();
        let before = nothing_but_promised(&desk, left_out);
        let told = run(&desk, &solver, &["policy", "diff", "--base", before.to_str().unwrap()]).ends(3);
        let told = told.never_says(SAME);
        for words in story {
            assert!(told.out.contains(words), "`{words}` is not in\n{}", told.out);
        }
    }
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
    // The example changes two promises. With the unchanged ones, it breaks them. The case names the applicant's other
    // access.
    let always = Path::new(crate::ROOT).join(ALWAYS);
    std::fs::copy(always, desk.root().join(ALWAYS)).unwrap();
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(1).json();
    for (id, besides) in
        [("always-leadership-gives-lc", "role: SC"), ("always-leadership-gives-sc", "role: LC")]
    {
        let case = told["cases"][id].as_str().unwrap();
        assert!(case.contains(&format!("others: [{{{besides}, unit: ")), "{case}");
        assert!(case.contains("expect: allow"), "{case}");
    }
}
