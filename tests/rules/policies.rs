//! The decisions of the policies, case by case, and the protection against a mistake in them that would give somebody
//! access.

mod cases;
mod described;
mod fixture;
mod loading;
mod new_register;
mod others;
mod promised;
mod promises;
mod proved;
mod random;
mod remembering;
mod unpromised;

use std::collections::BTreeSet;

use cases::question;
use portvakt_core::diag::Lang;
use portvakt_core::model::{ApplicationId, OfficeId, RoleId, UnitId};
use portvakt_core::policy::{DecisionCache, Policies, PolicyQuestion, Prepared};

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
    let leader = question("grant", "  approver: {offices: [register-leader]}\n");
    let wrong: [fn(&mut PolicyQuestion); 4] = [
        |asked| asked.access.unit = UnitId(17),
        |asked| asked.access.role = RoleId::new("XX").unwrap(),
        |asked| asked.access.application = ApplicationId::new("other").unwrap(),
        |asked| asked.access.applicant.offices = [OfficeId::new("king").unwrap()].into(),
    ];
    for wrong in wrong {
        let mut asked = leader.clone();
        wrong(&mut asked);
        let decision = policies.decide(&register, &asked);
        assert!(!decision.allowed && decision.errors.len() == 1, "{asked:?}: {decision:?}");
        assert_eq!(*DecisionCache::new().decide(&policies, &register, &asked), decision);
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
