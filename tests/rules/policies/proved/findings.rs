//! What the answers say: nothing where all is proved, and a finding at its place otherwise.

use portvakt_core::diag::{Code, Exit, Finding, Lang, Text};
use portvakt_core::policy::Policies;
use portvakt_core::proof::{
    DifferenceWay, Example, Matter, ProofAnswer, ProofQuestion, ProofVerdict, Unsure, changed,
    every_question_is_answered, promise_findings, questions, with_cases,
};
use serde_json::{Value, json};

use super::{change, grant, promised};
use crate::policies::fixture;

pub(in super::super) fn answers(
    policies: &Policies,
    but: &[(&str, Matter, ProofVerdict)],
) -> Vec<ProofAnswer> {
    let answer = |asked: ProofQuestion| {
        let idle = asked.matter == Matter::Idle && policies.explains(&asked.id);
        let other = but.iter().find(|(id, matter, _)| *id == asked.id && *matter == asked.matter);
        let verdict = match other {
            Some((_, _, verdict)) => verdict.clone(),
            None if idle => ProofVerdict::Fails(None),
            None => ProofVerdict::Holds,
        };
        ProofAnswer { asked, verdict }
    };
    questions(policies).into_iter().map(answer).collect()
}

#[test]
fn what_is_proved_says_nothing_and_what_is_not_answered_is_not_whole() {
    let (policies, register) = (promised(), fixture::register());
    let asked = questions(&policies);
    let all = answers(&policies, &[]);
    assert_eq!(promise_findings(&all, &policies, &register).0, Vec::new());
    assert!(every_question_is_answered(&asked, &all));
    assert!(
        !every_question_is_answered(&asked, &all[1..])
            && !every_question_is_answered(&asked, &[all.clone(), all[..1].to_vec()].concat())
    );
    assert!(!every_question_is_answered(&asked, &[]));
    for matter in [
        Matter::Never,
        Matter::Always,
        Matter::Void,
        Matter::Errs,
        Matter::Dead,
        Matter::Idle,
        Matter::Promised,
    ] {
        assert!(asked.iter().any(|asked| asked.matter == matter), "{matter:?} is never asked");
    }
    let of_a_promise = |asked: &ProofQuestion| matches!(asked.matter, Matter::Void | Matter::Promised);
    assert!(!questions(&fixture::policies()).iter().any(of_a_promise));
    let decided: Vec<&str> = asked
        .iter()
        .filter(|asked| asked.matter == Matter::Promised)
        .map(|asked| asked.id.as_str())
        .collect();
    assert!(decided.contains(&"grant") && decided.contains(&"unlock-form"), "{decided:?}");
    // Advice decides nothing.
    assert!(!decided.contains(&"inspect") && decided.contains(&"attest"), "{decided:?}");
}

#[test]
fn each_answer_that_is_not_as_it_should_be_is_a_finding_at_its_place() {
    let (policies, register) = (promised(), fixture::register());
    let mut example = grant(&["national-coordinator"], &[], &json!({}), &json!({}));
    example.decided_by.push("national-leadership-approves".to_owned());
    let fails = |example: Option<&Example>| ProofVerdict::Fails(example.cloned().map(Box::new));
    let all = answers(
        &policies,
        &[
            ("never-lc-by-others", Matter::Never, fails(Some(&example))),
            ("never-lu-unlocks", Matter::Void, fails(None)),
            ("identity-must-be-certain", Matter::Errs, fails(Some(&example))),
            ("system-manager-approves-ict", Matter::Dead, fails(None)),
            ("request-serves-once", Matter::Idle, fails(None)),
            ("lu-never-unlocks", Matter::Idle, ProofVerdict::Holds),
        ],
    );
    let (findings, cases) = promise_findings(&all, &policies, &register);
    let of = |code| -> Vec<&Finding> { findings.iter().filter(|finding| finding.code == code).collect() };
    assert_eq!((findings.len(), Finding::exit_of(&findings)), (6, Exit::Findings), "{findings:?}");
    assert!(findings.iter().all(|finding| finding.place.as_ref().is_some_and(|place| place.line > 0)));
    // A sentence ends before the next one begins, and an overflow is told by its numbers.
    let errs = |context: &Value| {
        let example = grant(&[], &[], &json!({}), context);
        let all = answers(&policies, &[("lc-not-too-many", Matter::Errs, fails(Some(&example)))]);
        let (told, _) = promise_findings(&all, &policies, &register);
        [Lang::En, Lang::Nb].map(|lang| told[0].message.get(lang).to_owned())
    };
    let [en, nb] = errs(&json!({"mostHolders": i64::MAX, "months": 3}));
    assert!(
        en.contains("what cannot be worked out is denied. For example: Somebody without any office"),
        "{en}"
    );
    assert!(
        en.contains("Its numbers are at the limit (`mostHolders`: 9223372036854775807), and what"),
        "{en}"
    );
    assert!(
        nb.contains("avslås. For eksempel: ") && nb.contains("(`mostHolders`: 9223372036854775807)"),
        "{nb}"
    );
    assert!(errs(&json!({"months": i64::MIN}))[0].contains("(`months`: -9223372036854775808)"));
    assert!(!errs(&json!({"months": 1_000_000}))[0].contains("at the limit"));
    let lies =
        of(Code::PolicyDead).into_iter().find(|finding| finding.message.en().contains("says `@explains`"));
    assert!(lies.unwrap().way_out.en().starts_with("If another policy permits by now what it should not"));
    let broken = of(Code::PromiseBroken);
    let message = broken[0].message.get(Lang::En);
    assert!(
        message.contains("`never-lc-by-others` is broken.") && message.contains("For example: Whoever is")
    );
    assert!(message.contains("It is permitted by `national-leadership-approves`."), "{message}");
    assert_eq!(broken[0].policies, ["national-leadership-approves"]);
    assert_eq!(broken[0].rules, ["R20"]);
    assert_eq!(
        (of(Code::PromiseVoid).len(), of(Code::PolicyErrs).len(), of(Code::PolicyDead).len()),
        (1, 1, 3)
    );
    assert_eq!(cases.keys().collect::<Vec<_>>(), ["never-lc-by-others"]);
    // A report that has room for nothing else has the case in the next step, and in no other finding.
    let told = with_cases(findings.clone(), &cases, &policies);
    let case = &cases["never-lc-by-others"];
    for (told, finding) in told.iter().zip(&findings) {
        let has_case = finding.code == Code::PromiseBroken;
        for lang in [Lang::En, Lang::Nb] {
            let (told, was) = (told.way_out.get(lang), finding.way_out.get(lang));
            assert!(told.starts_with(was) && (told != was) == has_case, "{told}");
            assert!(!has_case || told.ends_with(case.trim_end()), "{told}");
        }
    }
}

#[test]
fn what_is_not_known_stops_and_is_told_once_for_each_reason() {
    let (policies, register) = (promised(), fixture::register());
    let no_solver = || ProofVerdict::Unsure(Unsure::NoSolver(Text::said("`cvc5`: not found")));
    let mut all =
        answers(&policies, &[("never-lu-unlocks", Matter::Never, ProofVerdict::Unsure(Unsure::Unknown))]);
    let always = all.iter_mut().filter(|answer| answer.asked.matter == Matter::Always);
    always.for_each(|answer| answer.verdict = no_solver());
    let (findings, _) = promise_findings(&all, &policies, &register);
    assert_eq!((findings.len(), Finding::exit_of(&findings)), (2, Exit::Failed), "{findings:?}");
    assert!(findings.iter().all(|finding| finding.code == Code::NotProved));
    let words: String = findings.iter().map(|finding| finding.message.get(Lang::Nb)).collect();
    assert!(words.contains("løseren kunne ikke startes: «") && words.contains(" til: "), "{words}");
    assert!(findings.iter().all(|finding| finding.way_out.get(Lang::En).contains("more time")));
    // If the question could not be asked, more time or another solver does not help.
    let failed = || ProofVerdict::Unsure(Unsure::Failed(Text::said("not supported")));
    let all = answers(&policies, &[("never-lu-unlocks", Matter::Never, failed())]);
    let (proved, _) = promise_findings(&all, &policies, &register);
    let compared =
        changed(&[change(DifferenceWay::More, None, None, failed())], &register, [&policies, &policies]);
    for finding in proved.iter().chain(&compared.unsure) {
        assert_eq!(finding.code, Code::NotProved);
        let [en, nb] = [Lang::En, Lang::Nb].map(|lang| finding.way_out.get(lang));
        assert!(
            en.starts_with("More time does not help.") && nb.starts_with("Mer tid hjelper ikke."),
            "{en} {nb}"
        );
    }
    assert_eq!((proved.len(), compared.unsure.len()), (1, 1));
}
