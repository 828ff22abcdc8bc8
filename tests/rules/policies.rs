//! The decisions of the policies, case by case, and the protection against a mistake in them that would give somebody
//! access.

mod cases;
mod fixture;
mod loading;
mod random;
mod remembering;

use std::collections::BTreeSet;

use cases::Expect;
use portvakt_core::diag::Lang;
use portvakt_core::policy::{Policies, Prepared, Remembered};

#[test]
fn every_case_is_decided_as_written_and_every_policy_decides_one() {
    let (policies, register) = (fixture::policies(), fixture::register());
    let mut wrong = Vec::new();
    let mut decided = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (file, case) in cases::all() {
        let outcome = case.run(&policies, &register);
        let expected = case.advice.as_ref().unwrap_or(&case.decided_by);
        let allowed = case.expect.is_none_or(|expect| (expect == Expect::Allow) == outcome.allowed);
        if !allowed || outcome.policies != *expected || !outcome.errors.is_empty() {
            wrong.push(format!(
                "{file}: {}: allowed {}, by {:?}, errors {:?}; expected {expected:?}",
                case.name, outcome.allowed, outcome.policies, outcome.errors
            ));
        }
        if case.expect.is_some() == case.advice.is_some() {
            wrong.push(format!("{file}: {}: either `expect` or `advice` is needed", case.name));
        }
        if !names.insert(case.name.clone()) {
            wrong.push(format!("{file}: {}: another case has this name", case.name));
        }
        decided.extend(outcome.policies);
    }
    let idle: Vec<_> = policies.ids().filter(|id| !decided.contains(*id)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(idle.is_empty(), "no case is decided by {idle:?}");
}

#[test]
fn a_case_with_an_unknown_key_is_refused() {
    let case = |more: &str| format!("- name: a\n  action: grant\n  expect: deny\n{more}");
    assert!(cases::parse(&case("")).is_ok());
    for more in
        ["  decidedby: [x]\n", "  access: {unitt: 1}\n", "  context: {lc: 1}\n", "  expect: perhaps\n"]
    {
        assert!(cases::parse(&case(more)).is_err(), "{more}");
    }
}

fn question(action: &str, rest: &str) -> portvakt_core::policy::Question {
    let case = format!("- name: a\n  action: {action}\n  expect: deny\n{rest}");
    cases::parse(&case).unwrap().remove(0).question()
}

#[test]
fn who_may_grant_what_is_an_edit_of_the_policies_and_of_nothing_else() {
    let register = fixture::register();
    let before = fixture::policies();
    let files = fixture::edited(
        fixture::ADMINISTRATION,
        "when { principal.coordinatorOf.contains(resource.trust.id) }\n",
        "when { principal.offices.contains(Office::\"system-manager\") }\n",
    );
    let after = Policies::load(&files).unwrap();
    let coordinator = question("grant", "  approver: {coordinator_of: [ahus]}\n");
    let manager = question("grant", "  approver: {offices: [system-manager]}\n");
    let allowed = |policies: &Policies, question| policies.decide(&register, question).allowed;
    assert!(allowed(&before, &coordinator) && !allowed(&before, &manager));
    assert!(!allowed(&after, &coordinator) && allowed(&after, &manager));
    assert_ne!(before.digest(), after.digest());
    assert_eq!(before.digest(), fixture::policies().digest());
}

#[test]
fn a_policy_that_errs_denies() {
    let register = fixture::register();
    let files = fixture::edited(
        fixture::ADMINISTRATION,
        "when { context.requestSpent };",
        "when { context.holdersAfterChange * 9223372036854775807 > 0 };",
    );
    let policies = Policies::load(&files).unwrap();
    let asked = |holders: u32| {
        let context = format!("  context: {{holders_after_change: {holders}}}\n");
        question("grant", &format!("  approver: {{coordinator_of: [ahus]}}\n{context}"))
    };
    assert!(policies.decide(&register, &asked(0)).allowed);
    // Cedar alone skips the forbid and allows.
    let bare = policies.prepare(&register, &asked(2)).unwrap();
    let response = bare.authorizer.is_authorized(&bare.request, &bare.policies, &bare.entities);
    assert_eq!(response.decision(), cedar_policy::Decision::Allow);
    for decision in [policies.decide(&register, &asked(2)), bare.decide()] {
        assert!(!decision.allowed);
        assert!(decision.errors[0].contains("request-serves-once"), "{decision:?}");
    }
}

#[test]
fn advice_that_errs_is_not_silent() {
    let files = fixture::edited(
        fixture::ADVICE,
        "context.holdersAfterChange > 1",
        "context.holdersAfterChange * 9223372036854775807 > 1",
    );
    let policies = Policies::load(&files).unwrap();
    let sc = "  access: {role: SC, unit: 0}\n  context: {holders_after_change: 2}\n";
    let advice = policies.advise(&fixture::register(), &question("grant", sc));
    assert!(advice.policies.is_empty());
    assert!(advice.errors[0].contains("more-than-one-sc"), "{advice:?}");
}

#[test]
fn a_missing_entity_would_turn_a_denial_round_and_is_a_denial_here() {
    let (policies, register) = (fixture::policies(), fixture::register());
    let both = "  approver: {offices: [ict-administrator, register-leader]}\n";
    let whole = policies.prepare(&register, &question("revoke", both)).unwrap();
    assert_eq!(whole.decide().determining, ["ict-administrator-only-at-test-unit"]);
    let resource = whole.request.resource().unwrap().clone();
    let entities = whole.entities.clone().remove_entities([resource]).unwrap();
    let torn = Prepared { entities, ..whole };
    let response = torn.authorizer.is_authorized(&torn.request, &torn.policies, &torn.entities);
    assert_eq!(response.decision(), cedar_policy::Decision::Allow, "Cedar has changed: {response:?}");
    assert!(!torn.decide().allowed);
}

#[test]
fn policies_look_no_further_than_the_slice_reaches() {
    let mut files = fixture::edited(
        fixture::ADMINISTRATION,
        "when { context.requestSpent };",
        "when { resource.trust.id.closed };",
    );
    files.extend(
        fixture::edited(fixture::SCHEMA, "entity Trust;", "entity Trust { closed: Bool };")
            .into_iter()
            .filter(|(path, _)| path.as_str() == fixture::SCHEMA),
    );
    let findings = Policies::load(&files).unwrap_err();
    assert!(findings[0].message.en().contains("level"), "{findings:?}");
    assert_eq!(findings[0].place.as_ref().unwrap().text, "when { resource.trust.id.closed };");
}

#[test]
fn words_the_register_or_the_schema_does_not_have_deny() {
    let (policies, register) = (fixture::policies(), fixture::register());
    let leader = "  approver: {offices: [register-leader]}\n";
    for access in ["unit: 17", "role: XX", "application: other", "offices: [king]"] {
        let asked = question("grant", &format!("{leader}  access: {{{access}}}\n"));
        let decision = policies.decide(&register, &asked);
        assert!(!decision.allowed && decision.errors.len() == 1, "{access}: {decision:?}");
        assert_eq!(*Remembered::new().decide(&policies, &register, &asked), decision);
    }
}

#[test]
fn each_policy_has_its_rules_and_its_sentence() {
    let policies = fixture::policies();
    assert_eq!(policies.rules("lu-never-unlocks"), ["R29"]);
    assert_eq!(
        policies.says("lu-never-unlocks").unwrap().en().split(';').next(),
        Some("LU cannot unlock forms")
    );
    for id in policies.ids() {
        let says = policies.says(id).unwrap();
        assert!(says.get(Lang::En) != says.get(Lang::Nb), "`{id}` says the same in both languages");
    }
    assert_eq!((policies.says("no-such"), policies.rules("no-such").len()), (None, 0));
    let kept: BTreeSet<_> = policies.ids().flat_map(|id| policies.rules(id)).cloned().collect();
    let here = (3..=11).chain(14..=30).chain([33, 36, 37, 42, 43, 44, 45]);
    let missing: Vec<_> = here.map(|n| format!("R{n}")).filter(|rule| !kept.contains(rule)).collect();
    assert_eq!(missing, ["R12"; 0], "rules without a policy");
}
