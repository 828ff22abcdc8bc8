//! Tests the words about what is decided and promised by nothing, and about promises that are tried without the program's
//! assumptions. The answers of the prover are written by hand.

use portvakt_core::diag::{Code, Exit, Finding, Lang};
use portvakt_core::model::FilePath;
use portvakt_core::policy::Policies;
use portvakt_core::proof::{Matter, ProofVerdict, promise_findings};
use serde_json::json;

use super::fixture;
use super::proved::findings::answers;
use super::proved::{grant, promised};

#[test]
fn a_decision_that_nothing_promises_is_told_with_the_policy_that_makes_it() {
    let (policies, register) = (promised(), fixture::register());
    let told = |by: &[&str]| {
        let mut example = grant(&["national-coordinator"], &[], &json!({}), &json!({}));
        example.decided_by = by.iter().map(|id| (*id).to_owned()).collect();
        let fails = ProofVerdict::Fails(Some(Box::new(example)));
        let all = answers(&policies, &[("grant", Matter::Promised, fails)]);
        let (findings, cases) = promise_findings(&all, &policies, &register);
        assert!(cases.is_empty(), "{cases:?}");
        assert_eq!(Finding::exit_of(&findings), Exit::Findings);
        let [finding] = <[Finding; 1]>::try_from(findings).unwrap();
        assert_eq!(finding.code, Code::PromiseMissing);
        finding
    };
    let finding = told(&["request-serves-once"]);
    let [en, nb] = [Lang::En, Lang::Nb].map(|lang| finding.message.get(lang));
    assert!(
        en.starts_with(
            "some requests to approve an access are denied, and no promise in `policies/never.cedar` is about them: "
        ),
        "{en}"
    );
    assert!(
        en.contains("For example: Whoever is national coordinator (`national-coordinator`) may not approve access as LU"),
        "{en}"
    );
    assert!(en.ends_with("It is forbidden by `request-serves-once`."), "{en}");
    assert!(nb.starts_with("noen forespørsler om å godkjenne en tilgang avslås uten at noe løfte"), "{nb}");
    assert_eq!(
        (finding.policies.as_slice(), finding.rules.as_slice()),
        (&["request-serves-once".to_owned()][..], &["R33".to_owned()][..])
    );
    let place = finding.place.unwrap();
    assert_eq!((place.file.as_str(), place.line > 0), (fixture::ADMINISTRATION, true));
    let finding = told(&[]);
    assert_eq!(finding.place.unwrap().file.as_str(), "policies/never.cedar");
    assert!(finding.policies.is_empty() && finding.rules.is_empty());

    // What is permitted is promised by another file.
    let finding = told(&["national-leadership-approves"]);
    let [en, nb] = [Lang::En, Lang::Nb].map(|lang| finding.message.get(lang));
    assert!(
        en.starts_with(
            "some requests to approve an access are permitted, and no promise in `policies/always.cedar` is about them: "
        ),
        "{en}"
    );
    assert!(en.contains("(`national-coordinator`) may approve access as LU"), "{en}");
    assert!(en.ends_with("It is permitted by `national-leadership-approves`."), "{en}");
    assert!(nb.starts_with("noen forespørsler om å godkjenne en tilgang tillates uten at noe løfte"), "{nb}");
    assert_eq!(finding.rules, ["R3", "R4", "R5", "R15"]);
    assert_eq!(finding.place.unwrap().file.as_str(), fixture::ADMINISTRATION);
}

#[test]
fn a_request_that_shows_something_without_the_assumptions_may_never_be_made() {
    let (mut files, register) = (fixture::with_promises(), fixture::register());
    let next_step = |files: &fixture::Files| {
        let policies = Policies::load(files).unwrap();
        let example = grant(&["national-coordinator"], &[], &json!({}), &json!({}));
        let fails = ProofVerdict::Fails(Some(Box::new(example)));
        let all = answers(&policies, &[("never-lc-by-others", Matter::Never, fails)]);
        let (findings, _) = promise_findings(&all, &policies, &register);
        let broken = findings.into_iter().find(|finding| finding.code == Code::PromiseBroken).unwrap();
        [Lang::En, Lang::Nb].map(|lang| broken.way_out.get(lang).to_owned())
    };
    assert!(next_step(&files)[0].starts_with("Correct the policy"));
    files.remove(&FilePath::new("policies/assumed.cedar"));
    let [en, nb] = next_step(&files);
    assert!(en.starts_with("`policies/assumed.cedar` lacks assumptions of the program (14), so"), "{en}");
    assert!(en.contains("put them back first. Correct the policy"), "{en}");
    assert!(
        nb.starts_with("`policies/assumed.cedar` mangler forutsetninger som programmet holder (14)"),
        "{nb}"
    );
}
