//! Tests that nothing counts as proved without a solver and a prover that have answered every question.

use std::collections::BTreeSet;
use std::path::Path;

use portvakt_core::policy::PromiseKind;
use portvakt_core::proof::{Matter, PROTOCOL, ProofAnswer, ProofVerdict, Reply, Unsure, questions};

use super::part::few;
use super::{CAPABILITIES, FORMATS, codes, content, parrot, policies, run, script, solver, with};
use crate::cli::desk::{Desk, Told};

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
    let desk = few();
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
    run(&desk, &silent, &["--lang", "nb", "prove"]).ends(5).says("--version` skriver ingenting");
}

#[test]
fn a_report_of_tests_has_each_promise_as_a_test_and_one_without_an_answer_is_no_success() {
    let desk = few();
    let solver = script(&desk, "solver", "echo fake 1");
    let policies = policies(&desk);
    let of_promises = |kind: PromiseKind| matches!(kind, PromiseKind::Never | PromiseKind::Always);
    let promises: BTreeSet<&str> = policies
        .promises()
        .iter()
        .filter(|promise| of_promises(promise.kind))
        .map(|promise| promise.id.as_str())
        .collect();
    // The tests of a report by their names, and the names of those that failed.
    let tests = |prover: &Path, code: i32| -> (BTreeSet<String>, BTreeSet<String>) {
        let told = with(&desk, &solver, prover, &["--format", "junit", "prove", "--afresh"]).ends(code);
        let report = roxmltree::Document::parse(&told.out).unwrap();
        let tests = report.descendants().filter(|node| node.has_tag_name("testcase"));
        let (mut all, mut failed) = (BTreeSet::new(), BTreeSet::new());
        for test in tests {
            assert!(!test.attribute("file").unwrap_or_default().contains("desired-state/"), "{}", told.out);
            let name = test.attribute("name").unwrap().to_owned();
            if test.children().any(|inside| inside.has_tag_name("failure")) {
                failed.insert(name.clone());
            }
            all.insert(name);
        }
        (all, failed)
    };
    let (all, failed) = tests(&content(&desk), 0);
    assert!(promises.iter().all(|id| all.contains(*id)), "{all:?}");
    assert!(failed.is_empty(), "{failed:?}");

    let unknown = *promises.first().unwrap();
    let answers = questions(&policies).into_iter().map(|asked| {
        let explains = asked.matter == Matter::Idle && policies.explains(&asked.id);
        let verdict = match asked.id == unknown {
            true => ProofVerdict::Unsure(Unsure::Unknown),
            false if explains => ProofVerdict::Fails(None),
            false => ProofVerdict::Holds,
        };
        ProofAnswer { asked, verdict }
    });
    let reply = Reply { protocol: PROTOCOL, answers: answers.collect(), ..Reply::default() };
    let (_, failed) = tests(&parrot(&desk, &reply), 5);
    assert_eq!(failed.iter().map(String::as_str).collect::<Vec<_>>(), [unknown, "not-proved"]);
}

#[test]
fn a_solver_that_answers_nothing_is_at_fault_and_not_the_policy() {
    let desk = few();
    for (name, does) in [
        ("ends", "exit 0"),
        ("fails", "exit 1"),
        ("chats", "while read -r line; do case $line in *check-sat*) echo hello;; esac; done"),
    ] {
        let words = format!("[ \"$1\" = --version ] && {{ echo {name} 1; exit 0; }}\n{does}");
        let solver = script(&desk, name, &words);
        run(&desk, &solver, &["prove"])
            .ends(5)
            .says("not-proved")
            .says("the solver ended without an answer, or said something that is no answer")
            .never_says("in other words");
        run(&desk, &solver, &["--lang", "nb", "prove"])
            .ends(5)
            .says("løseren sluttet uten å svare")
            .says("Oppgi cvc5 selv med `--solver`.")
            .never_says("IO error")
            .never_says("terminated");
    }
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
            r#"{"protocol":7,"answers":[],"changes":[],"refused":null}"#,
            "not answered every question",
        ),
        ("other", r#"{"protocol":9,"answers":[],"changes":[],"refused":null}"#, "form 9"),
        // An older prover gives its reason in one language, and a newer one may have fields of another kind.
        (
            "older",
            r#"{"protocol":5,"answers":[],"changes":[],"refused":"this prover speaks form 5"}"#,
            "form 5 in place of 7",
        ),
        ("newer", r#"{"protocol":8,"answers":{},"refused":{"sv":"nej"}}"#, "form 8 in place of 7"),
        (
            "refused",
            r#"{"protocol":7,"answers":[],"changes":[],"refused":{"en":"no reason","nb":"ingen grunn"}}"#,
            "no reason",
        ),
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
fn a_variable_that_is_empty_names_no_prover() {
    let desk = few();
    let solver = script(&desk, "solver", "echo fake 1");
    let mut command = desk.program();
    command.args(["prove", "--solver"]).arg(&solver).env("PORTVAKT_PROVER", "");
    // The prover beside the program does not work with that solver, or is not built. In both cases the program did not
    // look for an empty name.
    Told::of(&command.output().unwrap()).ends(5).says("not-proved").never_says("prover ``");
}

#[test]
fn what_needs_more_steps_of_the_solver_than_it_may_is_no_success() {
    let desk = few();
    let counts = script(
        &desk,
        "counts",
        "[ \"$1\" = --version ] && { echo counts 1; exit 0; }\nwhile read -r line; do case $line in *check-sat*) echo unknown;; *reason-unknown*) echo '(:reason-unknown resourceout)';; esac; done",
    );
    for (lang, words) in [
        ("en", "that needs more than 40000 steps of the solver"),
        ("nb", "det trenger mer enn 40000 steg av løseren"),
    ] {
        run(&desk, &counts, &["--lang", lang, "prove", "--solver-steps", "40000"])
            .ends(5)
            .says(words)
            .says("not-proved")
            .says("--solver-steps");
    }
    run(&desk, &counts, &["prove", "--solver-steps", "0"]).ends(2);

    let Some(solver) = solver() else { return };
    run(&desk, &solver, &["prove"]).ends(0);
    run(&desk, &solver, &["prove"]).ends(0).says("remembered from before");
    // What is remembered does not say how much it needed.
    for _ in 0..2 {
        let told = run(&desk, &solver, &["prove", "--solver-steps", "10"]).ends(5);
        told.says("that needs more than 10 steps of the solver").never_says("remembered from before");
    }
    run(&desk, &solver, &["prove", "--solver-steps", "40000"])
        .ends(0)
        .says("no findings")
        .never_says("remembered from before");
}

/// The policies about several actions ask the same of each.
#[test]
fn a_question_in_the_words_of_one_that_was_answered_with_no_is_not_put_again() {
    let desk = few();
    let folder = desk.beside("asked");
    std::fs::create_dir(&folder).unwrap();
    let records = script(
        &desk,
        "records",
        &format!(
            "[ \"$1\" = --version ] && {{ echo records 1; exit 0; }}\nwhile read -r line; do printf '%s\\n' \"$line\" >> '{}'/$$; case $line in *check-sat*) echo unsat;; esac; done",
            folder.display()
        ),
    );
    run(&desk, &records, &["prove"]).ends(1).says("promise-void");
    let asked: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .filter(|words| words.contains("check-sat"))
        .collect();
    let distinct: BTreeSet<&String> = asked.iter().collect();
    assert!(asked.len() > 5 && asked.len() == distinct.len(), "{} of {}", distinct.len(), asked.len());
}
