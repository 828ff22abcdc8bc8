//! Tests that promises are proved, and that a loosened policy is told as a story. A solver or a prover that is missing
//! or has no result never counts as a success.
//!
//! The proofs need cvc5. If it is missing, a test prints one line about how to install it and passes. With `CI=true`
//! the test fails.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::policy::{PROMISE_FILES, Policies, REQUIRED_FILES};
use portvakt_core::proof::{Matter, PROTOCOL, ProofAnswer, ProofVerdict, Reply, questions};
use serde_json::Value;

use crate::cli::desk::{COORDINATOR, Desk, LEADER, Told, copy};

/// The prover, as it was built with these tests.
pub(crate) const PROVER: &str = env!("CARGO_BIN_EXE_portvakt-prove-for-tests");
const ADMINISTRATION: &str = "policies/administration.cedar";
const CAPABILITIES: &str = "policies/capabilities.cedar";
const FORMATS: [&str; 6] = ["human", "json", "github", "sarif", "junit", "markdown"];

/// The solver, if it is installed.
pub(crate) fn solver() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("cvc5")).find(|file| file.is_file());
    if found.is_none() {
        let told = "cvc5 is not installed, so nothing is proved here: apt-get install cvc5";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
        eprintln!("{told}");
    }
    found
}

/// A program in the words of the shell.
pub(crate) fn script(desk: &Desk, name: &str, words: &str) -> PathBuf {
    let path = desk.beside(name);
    std::fs::write(&path, format!("#!/bin/sh\n{words}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs the program with this solver and this prover.
fn with(desk: &Desk, solver: &Path, prover: &Path, args: &[&str]) -> Told {
    let mut command = desk.program();
    command.args(args).arg("--solver").arg(solver).arg("--prover").arg(prover);
    Told::of(&command.env("XDG_CACHE_HOME", desk.beside("cache")).output().unwrap())
}

fn run(desk: &Desk, solver: &Path, args: &[&str]) -> Told {
    with(desk, solver, Path::new(PROVER), args)
}

fn codes(told: &Value) -> Vec<&str> {
    told["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// The messages of the findings of one kind.
fn messages(told: &Value, code: &str) -> Vec<String> {
    let all = told["findings"].as_array().unwrap().iter();
    let of_kind = all.filter(|finding| finding["code"] == code);
    of_kind.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_solver_that_is_missing_is_no_success_in_any_format() {
    let desk = Desk::tree();
    for format in FORMATS {
        let told = run(&desk, Path::new("/nowhere/cvc5"), &["--format", format, "prove"]).ends(5);
        told.says("not-proved");
    }
    run(&desk, Path::new("/nowhere/cvc5"), &["--lang", "nb", "prove"])
        .ends(5)
        .says("løseren kunne ikke startes");
}

#[test]
fn a_solver_that_does_not_know_is_no_success() {
    let desk = Desk::tree();
    let unsure = script(
        &desk,
        "unsure",
        "[ \"$1\" = --version ] && { echo unsure 1; exit 0; }\nwhile read -r line; do case $line in *check-sat*) echo unknown;; esac; done",
    );
    let told = run(&desk, &unsure, &["--format", "json", "prove"]).ends(5);
    assert!(codes(&told.json()).iter().all(|code| *code == "not-proved"), "{}", told.out);
    assert!(told.out.contains("does not know"), "{}", told.out);
    // An unknown result is not remembered either.
    run(&desk, &unsure, &["prove"]).ends(5).never_says("remembered");
    let silent = script(&desk, "silent", "exit 0");
    run(&desk, &silent, &["prove"]).ends(5).says("says nothing");
}

#[test]
fn a_prover_that_is_missing_or_does_not_answer_everything_is_no_success() {
    let desk = Desk::tree();
    let solver = script(&desk, "solver", "echo fake 1");
    with(&desk, &solver, Path::new("/nowhere/prover"), &["prove"]).ends(5).says("did not do its work");
    let replies = [
        ("nothing", "", "did not do its work"),
        (
            "empty",
            r#"{"protocol":3,"answers":[],"changes":[],"refused":null}"#,
            "not answered every question",
        ),
        ("other", r#"{"protocol":9,"answers":[],"changes":[],"refused":null}"#, "form 9"),
        ("refused", r#"{"protocol":3,"answers":[],"changes":[],"refused":"no reason"}"#, "no reason"),
    ];
    for (name, reply, words) in replies {
        let prover = script(&desk, name, &format!("while read -r line; do :; done\necho '{reply}'"));
        with(&desk, &solver, &prover, &["prove"]).ends(5).says(words);
    }
}

#[test]
fn a_policy_that_is_not_valid_is_told_before_anything_is_proved() {
    let desk = Desk::tree();
    desk.change_file(CAPABILITIES, "Role::\"LU\" };", "Role::\"UL\" };");
    run(&desk, Path::new("/nowhere/cvc5"), &["prove"]).ends(1).says("policies-invalid");
}

#[test]
fn policies_that_promise_nothing_are_not_proved() {
    let desk = Desk::tree();
    let solver = script(&desk, "solver", "echo fake 1");
    let told = with(&desk, &solver, &content(&desk), &["--format", "json", "prove"]).ends(0).json();
    // Assumptions are not promises.
    let named = |file: &str| {
        let text = std::fs::read_to_string(desk.root().join("policies").join(file)).unwrap();
        text.lines().filter(|line| line.starts_with("@id(")).count()
    };
    assert!(named("assumed.cedar") > 0);
    assert_eq!(told["promises"].as_u64().unwrap(), (named("never.cedar") + named("always.cedar")) as u64);
    for file in ["never.cedar", "always.cedar"] {
        std::fs::remove_file(desk.root().join("policies").join(file)).unwrap();
    }
    // The prover answers yes to all remaining questions, and the assumptions are still there.
    let prover = content(&desk);
    with(&desk, &solver, &prover, &["prove"]).ends(5).says("promise nothing").never_says("no findings");
    with(&desk, &solver, &prover, &["--lang", "nb", "prove"]).ends(5).says("lover ingenting");
}

#[test]
fn the_shipped_policies_keep_their_promises_and_that_is_remembered() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
    assert_eq!((codes(&told), &told["remembered"]), (vec![], &Value::Bool(false)));
    assert!(told["questions"].as_u64().unwrap() > 150, "{told}");
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
    assert_eq!(told["remembered"], true);
    run(&desk, &solver, &["prove"]).ends(0).says("remembered from before");
    // A damaged file is not believed.
    let kept: Vec<PathBuf> = std::fs::read_dir(desk.beside("cache/portvakt/proofs"))
        .unwrap()
        .map(|one| one.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let whole = std::fs::read_to_string(&kept[0]).unwrap();
    for broken in
        [whole[..whole.len() / 2].to_owned(), whole.replacen("never-lu-unlocks", "never-xx-unlocks", 1)]
    {
        std::fs::write(&kept[0], broken).unwrap();
        let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
        assert_eq!(told["remembered"], false);
    }
}

#[test]
fn what_was_proved_is_not_remembered_in_the_tree_or_in_the_repository_around_it() {
    let desk = Desk::tree();
    let solver = script(&desk, "solver", "echo fake 1");
    let prover = content(&desk);
    let twice = |cache: &Path| {
        let once = || {
            let mut command = desk.program();
            command.args(["prove", "--solver"]).arg(&solver).arg("--prover").arg(&prover);
            Told::of(&command.env("XDG_CACHE_HOME", cache).output().unwrap()).ends(0)
        };
        once();
        once()
    };
    let inside = desk.root().join("cache");
    std::fs::create_dir(&inside).unwrap();
    std::fs::create_dir(desk.beside("aside")).unwrap();
    std::os::unix::fs::symlink(&inside, desk.beside("link")).unwrap();
    for cache in [inside.clone(), desk.beside("aside/../root/cache"), desk.beside("link")] {
        twice(&cache).never_says("remembered");
        assert!(std::fs::read_dir(&inside).unwrap().next().is_none(), "{}", cache.display());
    }
    // It is remembered beside the tree, but not if both are in one repository.
    twice(&desk.beside("aside")).says("remembered from before");
    let init = std::process::Command::new("git").args(["init", "-q"]).arg(desk.beside("")).status();
    assert!(init.unwrap().success());
    twice(&desk.beside("aside")).never_says("remembered");
}

#[test]
fn what_was_proved_by_a_solver_of_other_bytes_is_not_remembered() {
    let desk = Desk::tree();
    let prover = content(&desk);
    std::fs::create_dir(desk.beside("tools")).unwrap();
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(desk.beside("tools")).chain(std::env::split_paths(&usual));
    let path = std::env::join_paths(folders).unwrap();
    // A name is looked for on `PATH`, and a path is taken as it is.
    let named = |solver: &Path| {
        let mut command = desk.program();
        command.env("PATH", &path).args(["prove", "--solver"]).arg(solver).arg("--prover").arg(&prover);
        Told::of(&command.env("XDG_CACHE_HOME", desk.beside("cache")).output().unwrap()).ends(0)
    };
    let file = script(&desk, "tools/solves", "echo fake 1");
    for solver in [Path::new("solves"), file.as_path()] {
        script(&desk, "tools/solves", &format!("echo fake 1 # {}", solver.display()));
        named(solver).never_says("remembered");
        named(solver).says("remembered from before");
        // It says the same of itself, and answers otherwise.
        script(&desk, "tools/solves", &format!("echo fake 1 # other, {}", solver.display()));
        named(solver).never_says("remembered");
    }
}

#[test]
fn what_another_user_could_have_put_there_is_not_remembered() {
    let desk = Desk::tree();
    let solver = script(&desk, "solver", "echo fake 1");
    let prover = content(&desk);
    let prove = || with(&desk, &solver, &prover, &["prove"]).ends(0);
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    prove();
    prove().says("remembered from before");
    let folder = desk.beside("cache/portvakt/proofs");
    let kept = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o666, 0o660, 0o602] {
        set(&kept, mode);
        prove().never_says("remembered from");
        // It was proved and kept anew, for this user alone.
        prove().says("remembered from before");
    }
    for mode in [0o777, 0o770, 0o1777] {
        set(&folder, mode);
        prove().never_says("remembered from");
        prove().never_says("remembered from");
    }
    set(&folder, 0o700);
    prove().says("remembered from before");
    let elsewhere = desk.beside("planted.json");
    std::fs::rename(&kept, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &kept).unwrap();
    prove().never_says("remembered from");
    prove().says("remembered from before");
    // Only root can give a file away.
    for path in [&kept, &folder] {
        if std::os::unix::fs::chown(path, Some(65534), None).is_ok() {
            prove().never_says("remembered from");
        }
    }
}

#[test]
fn what_a_new_register_begins_with_keeps_its_promises() {
    let Some(solver) = solver() else { return };
    let desk = Desk::empty();
    copy(&Path::new(crate::ROOT).join("examples/new-register"), &desk.root());
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
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
fn a_change_of_policies_says_who_could_do_what() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    copy(&desk.root(), &desk.beside("before"));
    let before = desk.beside("before");
    let diff = |more: &[&str]| {
        let args = [&["policy", "diff", "--base", before.to_str().unwrap()][..], more].concat();
        run(&desk, &solver, &args)
    };
    diff(&[]).ends(0).says("The policies decide the same for every request.");
    // Other words that decide the same.
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    diff(&[]).ends(0).says("The policies decide the same for every request.");
    desk.change_file(
        ADMINISTRATION,
        "when { context.self };\n\n// Applicants who",
        "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
    );
    let told = diff(&["--format", "json"]).ends(3).json();
    let more: Vec<&str> =
        told["more"].as_array().unwrap().iter().map(|told| told.as_str().unwrap()).collect();
    assert!(
        more.iter().any(|told| told.contains(
            "could now approve their own access: Bruker av registeret (LU) in Smerteregisteret at "
        )),
        "{more:?}"
    );
    assert!(!more.iter().any(|told| told.contains("own access: Leder av")), "{more:?}");
    assert_eq!((told["less"].as_array().unwrap().len(), &told["same"]), (0, &Value::Bool(false)));
    assert_eq!(told["advice"], serde_json::json!([]));
    diff(&["--lang", "nb"])
        .ends(3)
        .says(", kan nå godkjenne sin egen tilgang: Bruker av registeret (LU) i Smerteregisteret");
    run(&desk, Path::new("/nowhere/cvc5"), &["policy", "diff", "--base", before.to_str().unwrap()]).ends(5);
}

/// The condition of `coordinator-approves-at-own-trust`.
pub(crate) const OWN_TRUST: &str = "when { principal.coordinatorOf.contains(resource.trust.id) }\nwhen { resource.trust.kind == TrustKind::\"trust\" && !resource.trust.host }\nwhen { resource.staff == Staff::\"health\" };";
/// The same condition, with an exception for Helse Fonna. No case of the example is about that trust.
pub(crate) const OR_FONNA: &str = "when { principal.coordinatorOf.contains(resource.trust.id) || resource.trust.id == Trust::\"helse-fonna\" }\nwhen { resource.trust.kind == TrustKind::\"trust\" && !resource.trust.host }\nwhen { resource.staff == Staff::\"health\" };";

/// The same condition, which the coordinators of Helse Stavanger do not meet. No case is about that trust either.
pub(crate) const NOT_STAVANGER: &str = "when { principal.coordinatorOf.contains(resource.trust.id) }\nwhen { resource.trust.kind == TrustKind::\"trust\" && !resource.trust.host }\nwhen { resource.staff == Staff::\"health\" }\nunless { resource.trust.id == Trust::\"helse-stavanger\" };";

#[test]
fn accesses_that_stand_and_would_be_denied_are_told_beside_the_comparison() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    desk.change_file(ADMINISTRATION, OWN_TRUST, NOT_STAVANGER);
    let args = ["policy", "diff", "--base", before.to_str().unwrap()];
    let told = run(&desk, &solver, &[&["--format", "json"][..], &args].concat()).ends(3).json();
    assert!(
        told["less"].to_string().contains(
            "could no longer approve access as Bruker av registeret (LU) in Smerteregisteret at Helse Stavanger HF (`helse-stavanger`) for"
        ),
        "{told}"
    );
    let standing = told["standing"].as_array().unwrap();
    assert!(standing.iter().all(|one| one["code"] == "would-be-denied"), "{told}");
    let denied = "smerteregisteret/100083/LU of `aksel.demostad` stands, and the changed rules would deny it: no policy permits it";
    assert!(standing.iter().any(|one| one["message"] == denied), "{told}");
    run(&desk, &solver, &args)
        .ends(3)
        .says(&format!("\nStands today, and the changed rules would deny it:\n  {denied}\n"));
}

#[test]
fn a_place_that_a_policy_names_is_told_by_its_name() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
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
    assert!(codes(&told).iter().all(|code| *code == "promise-broken"), "{told}");
    assert!(messages(&told, "promise-broken").join("\n").contains(", with the position `"), "{told}");
    assert!(told["cases"].to_string().contains("position: "), "{told}");
}

#[test]
fn an_advice_that_comes_for_other_requests_is_told() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    desk.change_file(
        "policies/advice.cedar",
        "context.holdersAfterChange > 1",
        "context.holdersAfterChange > 2",
    );
    desk.change_file(
        "policies/advice.cedar",
        "context.coordinatorsBefore == 0 ||",
        "context.coordinatorsBefore >= 0 ||",
    );
    let args = ["policy", "diff", "--base", before.to_str().unwrap()];
    let told = run(&desk, &solver, &[&["--format", "json"][..], &args].concat()).ends(3).json();
    let words = |list: &str| -> Vec<String> {
        told[list].as_array().unwrap().iter().map(|told| told.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (words("more").len(), words("less").len(), &told["same"]),
        (0, 0, &Value::Bool(false)),
        "{told}"
    );
    let advice = words("advice");
    assert_eq!(advice.len(), 2, "{advice:?}");
    let of = |start: &str| advice.iter().find(|told| told.starts_with(start)).unwrap();
    let sc = of("The advice `more-than-one-sc` could no longer come where it did: ");
    assert!(
        sc.contains("For example: ")
            && sc.contains("wants to approve access as Leder av registeret (SC) in Smerteregisteret"),
        "{sc}"
    );
    let trust = of("The advice `trust-without-coordinator` could now come where it did not: ");
    assert!(trust.contains("with access; coordinators (LC): 0, and before the change "), "{trust}");
    run(&desk, &solver, &args).ends(3).says("The policies decide the same for every request.");
}

#[test]
fn a_schema_that_differs_is_compared_where_a_request_says_the_same_to_both() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    let schema = "policies/schema.cedarschema";
    let diff = |more: &[&str]| {
        let args = [&["policy", "diff", "--base", before.to_str().unwrap()][..], more].concat();
        run(&desk, &solver, &args).ends(3)
    };
    // One action more, which one policy permits.
    desk.change_file(
        schema,
        "\"register-reservation\" appliesTo",
        "\"register-reservation\", \"print-form\" appliesTo",
    );
    let told = diff(&[]).says("The policies decide the same for every request.");
    told.says("New in the schema: `print-form`").says("The changed policies permit it to nobody.");
    desk.change_file(
        CAPABILITIES,
        "action in [Action::\"register-form\", Action::\"save-form\", Action::\"read-course\"],\n    resource is Record\n)\nwhen { principal.role == Role::\"LC\"",
        "action in [Action::\"register-form\", Action::\"save-form\", Action::\"read-course\", Action::\"print-form\"],\n    resource is Record\n)\nwhen { principal.role == Role::\"LC\"",
    );
    let told = diff(&["--format", "json"]).json();
    let more = told["more"].as_array().unwrap();
    let [only] = more.as_slice() else { panic!("{told}") };
    assert!(
        only.as_str().unwrap().contains("Registerkoordinator (LC)")
            && only.as_str().unwrap().contains("`print-form`"),
        "{told}"
    );
    assert_eq!((&told["left_out"], &told["schema_differs"]), (&Value::Bool(false), &Value::Bool(true)));
    let [said] = told["schema"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert!(
        said.as_str().unwrap().ends_with("The changed policies permit it to those who are told here."),
        "{said}"
    );

    // One that is gone, a fact that is told besides, and a role more, which cannot be compared.
    copy(&desk.root(), &before);
    desk.change_file(schema, ", \"print-form\" appliesTo", " appliesTo");
    desk.change_file(CAPABILITIES, ", Action::\"print-form\"]", "]");
    desk.change_file(schema, "    others: Others,\n", "");
    let told = diff(&["--lang", "nb"]).says("Borte fra skjemaet: `print-form`");
    told.says("tillot det for dem som er nevnt her")
        .says("Borte fra skjemaet: `resource.others`")
        .says(", kan ikke lenger gjøre `print-form`");

    // A role more, which policies that name no role permit at once.
    copy(&desk.root(), &before);
    let roles = "entity Role enum [\"SC\", \"LC\", \"LU\"];";
    desk.change_file(schema, roles, &roles.replace("\"LU\"", "\"LU\", \"XX\""));
    let told = diff(&[]).says("New in the schema: `Role::\"XX\"`. Nobody could use it before");
    told.says("could now approve access as XX in ").never_says("the same for every request");
    desk.change_file(schema, "entity Employer;", "entity Employer in [Trust];");
    diff(&[]).says("Left out: the schema describes requests of ").never_says("the same for every request");
}

#[test]
fn a_comparison_needs_something_to_compare_with() {
    let desk = Desk::tree();
    run(&desk, Path::new("/nowhere/cvc5"), &["policy", "diff"]).ends(2).says("needs `--base`");
}

/// The example, in a register that asks for proofs.
fn asking() -> Desk {
    let desk = Desk::tree();
    let register = "desired-state/register.yaml";
    desk.change_file(register, "review_months: 3\n", "review_months: 3\nproofs: required\n");
    desk
}

/// Makes a prover that always replies with the content of this file.
fn parrot(desk: &Desk, reply: &Reply) -> PathBuf {
    let path = desk.beside("reply.json");
    std::fs::write(&path, serde_json::to_vec(reply).unwrap()).unwrap();
    script(desk, "parrot", &format!("while read -r line; do :; done\n/bin/cat '{}'", path.display()))
}

/// Makes a prover that answers every question about the tree as it should be. It needs no solver, so the use of a proof
/// is tested on every machine.
fn content(desk: &Desk) -> PathBuf {
    let read = |path: &&str| {
        let bytes: Arc<[u8]> = Arc::from(std::fs::read(desk.root().join(path)).unwrap());
        (FilePath::new(path), bytes)
    };
    let files: BTreeMap<FilePath, Arc<[u8]>> = REQUIRED_FILES
        .iter()
        .chain(&PROMISE_FILES)
        .filter(|path| desk.root().join(path).is_file())
        .map(read)
        .collect();
    let policies = Policies::load(&files).unwrap();
    let answer = |asked: portvakt_core::proof::ProofQuestion| {
        // One that only explains is to forbid nothing by itself.
        let explains = asked.matter == Matter::Idle && policies.explains(&asked.id);
        let verdict = if explains { ProofVerdict::Fails(None) } else { ProofVerdict::Holds };
        ProofAnswer { asked, verdict }
    };
    let answers = questions(&policies).into_iter().map(answer).collect();
    parrot(desk, &Reply { protocol: PROTOCOL, answers, ..Reply::default() })
}

/// Two accept the tree as it stands.
fn accept(desk: &Desk, solver: &Path, prover: &Path) -> Told {
    let digest = desk.run(&["baseline"]).after("Digest of the tree: ");
    with(desk, solver, prover, &["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR])
}

/// The number of proofs in the ledger.
fn proofs(desk: &Desk) -> i64 {
    let count = "SELECT count(*) FROM ledger WHERE kind = 'proved'";
    desk.database().query_row(count, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_first_base_that_asks_for_proofs_takes_one() {
    let desk = asking();
    desk.run(&["baseline"]).says("The register has `proofs: required`");
    let solver = script(&desk, "solver", "echo fake 1");
    accept(&desk, Path::new("/nowhere/cvc5"), Path::new(PROVER)).ends(5).says("not-proved");
    let nothing = parrot(&desk, &Reply { protocol: PROTOCOL, ..Reply::default() });
    accept(&desk, &solver, &nothing).ends(5).says("not answered every question");
    desk.run(&["apply"]).ends(4).says("no-baseline");
    accept(&desk, &solver, &content(&desk)).ends(0).says("Proved on this host").says("fake 1");
    assert_eq!(proofs(&desk), 1);
    desk.run(&["apply"]).ends(0);
    desk.run(&["ledger", "verify"]).ends(0);

    // Policies without promises could be loosened in any way.
    let desk = asking();
    for path in PROMISE_FILES {
        std::fs::remove_file(desk.root().join(path)).unwrap();
    }
    accept(&desk, &solver, &nothing).ends(5).says("promise nothing");
}

#[test]
fn what_is_remembered_is_proved_by_nothing_that_the_environment_names() {
    let desk = asking();
    let (solver, prover) = (script(&desk, "solver", "echo fake 1"), content(&desk));
    let digest = desk.run(&["baseline"]).after("Digest of the tree: ");
    let accepts = ["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR];
    let mut command = desk.program();
    command.args(accepts).env("PORTVAKT_SOLVER", &solver).env("PORTVAKT_PROVER", &prover);
    // There is no cvc5 on this path.
    command.env("PATH", desk.beside("nothing"));
    Told::of(&command.output().unwrap()).ends(5).says("not-proved");
    // The words about a proof also name the program that made it.
    let told = with(&desk, &solver, &prover, &accepts).ends(0).says("Proved on this host");
    told.says(&format!("by `{}`, ", prover.display()));

    assert_eq!(proofs(&desk), 1);
    desk.run(&["apply"]).ends(0);
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    let digest = desk.run(&["apply"]).ends(4).says("proof-missing").after("portvakt release ");
    let mut command = desk.program();
    command.args(["release", &digest, "--by", LEADER, "--by", COORDINATOR]);
    command.env("PORTVAKT_SOLVER", &solver).env("PORTVAKT_PROVER", content(&desk));
    command.env("PATH", desk.beside("nothing"));
    Told::of(&command.output().unwrap()).ends(5).says("not-proved");
    assert_eq!(proofs(&desk), 1, "that of the first base");
}

#[test]
fn a_variable_that_is_empty_names_no_prover() {
    let desk = Desk::tree();
    let solver = script(&desk, "solver", "echo fake 1");
    let mut command = desk.program();
    command.args(["prove", "--solver"]).arg(&solver).env("PORTVAKT_PROVER", "");
    // The prover beside the program does not work with that solver, or is not built. In both cases the program did not
    // look for an empty name.
    Told::of(&command.output().unwrap()).ends(5).says("not-proved").never_says("prover ``");
}

#[test]
fn a_new_base_over_rules_that_cannot_be_read_takes_a_proof() {
    for damages in [
        &["UPDATE artifact SET body = '{}'"][..],
        &[
            "DELETE FROM mark WHERE key IN ('policies', 'settings')",
            "UPDATE ledger SET at = '2020-01-01T00:00:00Z' WHERE seq = 5",
        ],
    ] {
        let desk = asking();
        let solver = script(&desk, "solver", "echo fake 1");
        accept(&desk, &solver, &content(&desk)).ends(0);
        desk.run(&["apply"]).ends(0);
        // The tree asks for none, so only those in force could.
        desk.change_file("desired-state/register.yaml", "proofs: required\n", "");
        desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
        let database = desk.database();
        let free = "DROP TRIGGER ledger_gapless; DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_kept;";
        database.execute_batch(free).unwrap();
        for damage in damages {
            assert!(database.execute(damage, []).unwrap() > 0, "{damage}");
        }
        drop(database);
        accept(&desk, Path::new("/nowhere/cvc5"), Path::new(PROVER)).ends(5).says("not-proved");
        accept(&desk, &solver, &content(&desk)).ends(0).says("Proved on this host");
    }
}

#[test]
fn changed_policies_wait_until_a_release_has_proved_them_here() {
    let desk = asking();
    let solver = script(&desk, "solver", "echo fake 1");
    accept(&desk, &solver, &content(&desk)).ends(0);
    desk.run(&["apply"]).ends(0);
    copy(&desk.root(), &desk.beside("before"));
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    desk.run(&["check", "--base", "../before"]).ends(4).says("advice[proof-missing]").says("portvakt prove");
    let told = desk.run(&["apply"]).ends(4).says("held[proof-missing]").says("protected-change");
    let digest = told.after("portvakt release ");
    let both = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    with(&desk, Path::new("/nowhere/cvc5"), Path::new(PROVER), &both).ends(5).says("not-proved");
    // A person who may not release it is told so before anything is proved.
    let one = ["release", &digest, "--by", LEADER];
    with(&desk, &solver, &content(&desk), &one).ends(1).says("not-permitted");
    with(&desk, &solver, &content(&desk), &["release", &digest]).ends(1).says("not-permitted");
    // The user's own cache is no proof, although this very prover made it of this very set.
    let prover = content(&desk);
    with(&desk, &solver, &prover, &["prove"]).ends(0);
    let prover_again = parrot(&desk, &Reply { protocol: PROTOCOL, ..Reply::default() });
    assert_eq!(prover, prover_again);
    with(&desk, &solver, &prover, &["prove"]).ends(0).says("remembered from before");
    with(&desk, &solver, &prover, &both).ends(5).says("not answered every question");
    assert_eq!(proofs(&desk), 1, "that of the first base");
    desk.run(&["apply"]).ends(4).says("proof-missing").says("protected-change");

    let told = with(&desk, &solver, &content(&desk), &both).ends(0);
    told.says("Proved on this host").says("Released until seven days from now: rules");
    assert_eq!(proofs(&desk), 2);
    // It is remembered, and nobody has to be named for it.
    let told = with(&desk, &solver, &prover, &["--lang", "nb", "release", &digest]).ends(0);
    told.says("har bevist disse tilgangsreglene før").says("godkjent allerede");
    assert_eq!(proofs(&desk), 2);
    desk.run(&["apply"]).ends(0);
    desk.run(&["plan"]).ends(0).never_says("proof-missing").never_says("protected-change");

    // A promise that is taken away is one that nobody can break, so it is named.
    desk.change_file("policies/never.cedar", "@id(\"never-own-access\")", "@id(\"never-own-wish\")");
    let digest = desk.run(&["apply"]).ends(4).says("proof-missing").after("portvakt release ");
    let both = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    with(&desk, &solver, &content(&desk), &both)
        .ends(0)
        .says("do not make, or make otherwise: `never-own-access`");
    desk.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn policies_that_break_a_promise_are_not_released() {
    let Some(solver) = solver() else { return };
    let desk = asking();
    let fake = script(&desk, "solver", "echo fake 1");
    accept(&desk, &fake, &content(&desk)).ends(0);
    desk.run(&["apply"]).ends(0);
    desk.change_file(
        ADMINISTRATION,
        "when { context.self };\n\n// Applicants who",
        "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
    );
    let digest = desk.run(&["apply"]).ends(4).says("proof-missing").after("portvakt release ");
    let both = ["--lang", "nb", "release", &digest, "--by", LEADER, "--by", COORDINATOR];
    run(&desk, &solver, &both).ends(1).says("promise-broken").says("kan godkjenne");
    assert_eq!(proofs(&desk), 1, "that of the first base");
    desk.run(&["apply"]).ends(4).says("proof-missing").says("protected-change");
}
