//! An example is printed as a case that can be put into the tests.

use portvakt_core::policy::Policies;
use portvakt_core::proof::{Example, ExampleEntity, ExpectedAnswer, May, case};
use serde_json::{Value, json};

use super::{entity, grant, promised, tells, unlock};
use crate::policies::{cases, fixture, others};

#[test]
fn an_example_is_a_case_that_the_policies_decide_as_they_should_not() {
    let (policies, register) = (promised(), fixture::register());
    let of = |example: &Example, wanted| case(example, wanted, "a case", &policies, &register);
    // The policies permit this, so it shows a promise that says they never do, and none that says they do.
    let permitted = grant(&["national-coordinator"], &[], &json!({}), &json!({}));
    assert_eq!(of(&permitted, ExpectedAnswer::Allow), None);
    let text = of(&permitted, ExpectedAnswer::Deny).unwrap();
    assert_eq!(
        text,
        "- name: a case\n  action: grant\n  approver: {offices: [national-coordinator]}\n  access: {unit: 100089, employer: ahus}\n  expect: deny\n  decided_by: any\n  # In place of `any`, name the policies that forbid it, or leave the line out where nothing permits it.\n"
    );
    let denied = grant(
        &[],
        &["D"],
        &json!({"role": entity("Role", "LC"), "offices": [entity("Office", "system-manager")]}),
        &json!({"hasEnd": false, "months": 0, "self": true}),
    );
    let text = of(&denied, ExpectedAnswer::Allow).unwrap();
    for words in [
        "coordinator_of: [oslo]",
        "role: LC",
        "offices: [system-manager]",
        "own: true",
        "stay: null",
        "expect: allow",
    ] {
        assert!(text.contains(words), "`{words}` is not in {text}");
    }
    // It can be read as a case, and the policies answer as the story says.
    for (example, wanted) in [(&permitted, ExpectedAnswer::Deny), (&denied, ExpectedAnswer::Allow)] {
        let read = cases::one(&of(example, wanted).unwrap());
        assert_eq!(read.put(&policies, &register).allowed, wanted == ExpectedAnswer::Deny);
    }
    let unlocked = of(&unlock("LC", ["A", "B"]), ExpectedAnswer::Deny).unwrap();
    let read = cases::one(&unlocked);
    assert!(read.put(&policies, &register).allowed, "{unlocked}");
    // A place that the register has not is shown by no case.
    let nowhere =
        json!({"trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "moon"), "host": false}});
    assert_eq!(of(&grant(&[], &[], &nowhere, &json!({})), ExpectedAnswer::Allow), None);
}

#[test]
fn a_case_can_be_put_into_the_tests_as_it_is_printed() {
    let (policies, register) = (promised(), fixture::register());
    let of = |example: &Example, wanted| case(example, wanted, "a case", &policies, &register);
    // It is broken today, and is not when the policies answer as it expects, by whatever policy.
    let permitted = grant(&["national-coordinator"], &[], &json!({}), &json!({}));
    let printed = of(&permitted, ExpectedAnswer::Deny).unwrap();
    assert!(cases::one(&printed).judge(&policies, &register).is_some());
    let leader = "containsAny([Office::\"register-leader\", Office::\"national-coordinator\"]) }\nwhen { resource.staff";
    let leader_alone = "contains(Office::\"register-leader\") }\nwhen { resource.staff";
    let own = "when { context.self };\n\n// Applicants who";
    let whatever_lasts = "when { context.months > 0 };\n\n// Applicants who";
    for (from, to, nothing_permits) in [(leader, leader_alone, true), (own, whatever_lasts, false)] {
        let mended = Policies::load(&fixture::edited(fixture::ADMINISTRATION, from, to)).unwrap();
        let outcome = cases::one(&printed).put(&mended, &register);
        assert_eq!((outcome.allowed, outcome.policies.is_empty()), (false, nothing_permits), "{outcome:?}");
        assert_eq!(cases::one(&printed).judge(&mended, &register), None);
    }
    // The national unit employs nobody, and a case with such an employer could not be read.
    let national =
        json!({"id": entity("Trust", "N"), "kind": entity("TrustKind", "national"), "host": false});
    let unit = json!({"id": entity("Unit", "O"), "testOnly": false, "national": true});
    let leader = json!([entity("Office", "register-leader")]);
    let leader = json!({"trust": national, "unit": unit, "role": entity("Role", "SC"), "offices": leader});
    let national = grant(&["national-coordinator"], &[], &leader, &json!({}));
    let text = of(&national, ExpectedAnswer::Deny).unwrap();
    assert!(
        text.contains("access: {unit: 0, employer: ahus, role: SC, offices: [register-leader]}"),
        "{text}"
    );
    assert!(cases::one(&text).put(&policies, &register).allowed, "{text}");
    // The policy is changed so that a coordinator of any trust may release.
    let releases = "Office::\"system-manager\"]\n        )\n};\n\n// Nobody in their own case.";
    let also = releases.replace("\n};", "\n    || !principal.coordinatorOf.isEmpty()\n};");
    let loosened = Policies::load(&fixture::edited(fixture::ADMINISTRATION, releases, &also)).unwrap();
    let released = Example {
        action: "release".to_owned(),
        resource: ExampleEntity { kind: "Register".to_owned(), facts: json!({}) },
        context: json!({"self": false}),
        ..grant(&[], &["B"], &json!({}), &json!({}))
    };
    let [en, nb] = tells(&released, May::Do);
    assert_eq!(en, "Whoever is register coordinator of a trust may release what is held.");
    assert_eq!(nb, "Den som er registerkoordinator ved et helseforetak, kan frigi det som holdes tilbake.");
    let text = case(&released, ExpectedAnswer::Deny, "a case", &loosened, &register).unwrap();
    assert!(text.contains("action: release\n  approver: {coordinator_of: [ahus]}\n  expect: deny"), "{text}");
    assert!(cases::one(&text).judge(&loosened, &register).is_some());
    assert_eq!(cases::one(&text).judge(&policies, &register), None);
}

#[test]
fn a_case_says_what_the_applicant_has_besides() {
    let (policies, register) = (Policies::load(&others::separated()).unwrap(), fixture::register());
    let of = |besides: Value| {
        let access = json!({"role": entity("Role", "LC"), "others": besides});
        let example = grant(&["national-coordinator"], &[], &access, &json!({}));
        case(&example, ExpectedAnswer::Allow, "a case", &policies, &register)
    };
    assert_eq!(of(json!({})), None, "without anything besides it is permitted");
    // A solver need not make the sets those of the entries, and makes up the units.
    let entry = |application: &str, role: &str, unit: &str, trust: &str| {
        json!({
            "application": entity("Application", application), "role": entity("Role", role),
            "unit": entity("Unit", unit), "trust": entity("Trust", trust),
        })
    };
    let entries = [entry("rapporteket-smerte", "SC", "A", "B"), entry("smerteregisteret", "LU", "0", "X")];
    for (besides, written) in [
        (json!({"roles": [entity("Role", "SC")]}), "others: [{role: SC, unit: 705758}]"),
        (
            json!({"roles": [entity("Role", "SC")], "units": [entity("Unit", "A")]}),
            "others: [{role: SC, unit: 100089}]",
        ),
        (
            json!({"entries": entries, "roles": [entity("Role", "LU"), entity("Role", "SC")]}),
            "others: [{application: rapporteket-smerte, role: SC, unit: 100089}, {role: LU, unit: 0}]",
        ),
    ] {
        let text = of(besides).unwrap();
        assert!(text.contains(written), "{text}");
        assert!(!cases::one(&text).put(&policies, &register).allowed, "{text}");
    }
}

#[test]
fn a_place_that_a_policy_names_is_told_by_its_name_and_the_case_is_put_there() {
    let (policies, register) = (promised(), fixture::register());
    let of = |example: &Example, wanted| case(example, wanted, "a case", &policies, &register).unwrap();
    let at = |unit: &str, trust: &str| {
        let place =
            json!({"id": entity("Trust", trust), "kind": entity("TrustKind", "trust"), "host": false});
        json!({"unit": {"id": entity("Unit", unit), "testOnly": false, "national": false}, "trust": place})
    };
    for (unit, trust, name, line) in [
        ("A", "oslo", "oslo (`oslo`)", "access: {unit: 705758, employer: oslo}"),
        ("4207789", "B", "oslo (4207789)", "access: {unit: 4207789, employer: oslo}"),
        ("4207789", "oslo", "oslo (4207789)", "access: {unit: 4207789, employer: oslo}"),
    ] {
        let example = grant(&["national-coordinator"], &[], &at(unit, trust), &json!({}));
        let [en, nb] = tells(&example, May::Now);
        assert!(
            en.contains(&format!(
                "could now approve access as LU in smerteregisteret at {name} for a health"
            )),
            "{en}"
        );
        assert!(nb.contains(&format!("LU i smerteregisteret ved {name} for helsepersonell")), "{nb}");
        let text = of(&example, ExpectedAnswer::Deny);
        assert!(text.contains(line), "`{line}` is not in {text}");
        assert!(cases::one(&text).put(&policies, &register).allowed, "{text}");
    }
    // The story names the trust that a person coordinates, and their employer.
    let elsewhere = grant(&[], &["helse-bergen"], &json!({}), &json!({}));
    let [en, nb] = tells(&elsewhere, May::Not);
    assert!(
        en.starts_with("Whoever is register coordinator of helse-bergen (`helse-bergen`) may not"),
        "{en}"
    );
    assert!(
        nb.starts_with("Den som er registerkoordinator ved helse-bergen (`helse-bergen`), kan ikke"),
        "{nb}"
    );
    let text = of(&elsewhere, ExpectedAnswer::Allow);
    assert!(text.contains("coordinator_of: [helse-bergen]"), "{text}");
    let employer =
        json!({"employer": {"id": entity("Employer", "helse-bergen"), "ictBody": false, "ownTrust": false}});
    let employed = grant(&["national-coordinator"], &[], &employer, &json!({}));
    assert!(of(&employed, ExpectedAnswer::Deny).contains("{unit: 100089, employer: helse-bergen}"));
    // The example is about a course. The right is at another unit of the same trust, or at another trust.
    let beside = unlock("LC", ["705758", "B"]);
    let [en, _] = tells(&beside, May::Do);
    assert!(en.contains("at oslo (705758), another unit of their own trust; registration"), "{en}");
    let text = of(&beside, ExpectedAnswer::Deny);
    assert!(text.contains("role: LC, unit: 4207789}") && text.contains("record: {unit: 705758,"), "{text}");
    let abroad = unlock("LC", ["X", "helse-bergen"]);
    let [_, nb] = tells(&abroad, May::Do);
    assert!(nb.contains("ved helse-bergen (`helse-bergen`), et annet helseforetak; registreringen"), "{nb}");
    let text = of(&abroad, ExpectedAnswer::Allow);
    assert!(text.contains("role: LC, unit: 100089}") && text.contains("record: {unit: 100082,"), "{text}");
}
