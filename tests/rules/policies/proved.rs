//! Tests the words about a prover's answers. A broken promise is a story and a case that shows it. A question without
//! an answer is a finding that stops. No solver is asked here. The answers are written by hand.

use portvakt_core::diag::{Code, Exit, Finding, Lang};
use portvakt_core::model::{EmployerId, OfficeId};
use portvakt_core::policy::Policies;
use portvakt_core::proof::{
    DifferenceWay, Example, ExpectedAnswer, Matter, May, PolicyDifference, ProofAnswer, ProofQuestion,
    ProofVerdict, Thing, Unsure, case, changed, promise_findings, questions, story, whole, with_cases,
};
use serde_json::{Value, json};

use super::{cases, fixture, others};

fn entity(kind: &str, id: &str) -> Value {
    json!({"__entity": {"type": kind, "id": id}})
}

/// A nurse at a health trust, for whom somebody with these offices approves LU. The ids are those of a solver.
fn grant(offices: &[&str], coordinated: &[&str], access: &Value, context: &Value) -> Example {
    let offices: Value = offices.iter().map(|id| entity("Office", id)).collect();
    let coordinated: Value = coordinated.iter().map(|id| entity("Trust", id)).collect();
    let mut facts = json!({
        "application": entity("Application", "smerteregisteret"),
        "role": entity("Role", "LU"),
        "unit": {"id": entity("Unit", "A"), "testOnly": false, "national": false},
        "trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "trust"), "host": false},
        "staff": entity("Staff", "health"),
        "employer": {"id": entity("Employer", "C"), "ictBody": false, "ownTrust": true},
        "offices": [],
    });
    let mut circumstances = json!({
        "self": false, "requestSpent": false, "identity": entity("Identity", "known"),
        "approvalRenewed": true, "holdersAfterChange": 0, "mostHolders": 2, "ownCoordinator": false,
        "hasEnd": true, "months": 6, "maxLisMonths": 12,
    });
    for (all, more) in [(&mut facts, access), (&mut circumstances, context)] {
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    Example {
        principal: Thing {
            kind: "Administrator".to_owned(),
            facts: json!({"offices": offices, "coordinatorOf": coordinated}),
        },
        action: "grant".to_owned(),
        resource: Thing { kind: "Access".to_owned(), facts },
        context: circumstances,
        decided_by: Vec::new(),
    }
}

fn unlock(role: &str, at: [&str; 2]) -> Example {
    let [unit, trust] = at;
    Example {
        principal: Thing {
            kind: "Holder".to_owned(),
            facts: json!({
                "application": entity("Application", "smerteregisteret"),
                "role": entity("Role", role),
                "unit": {"id": entity("Unit", "A"), "testOnly": false, "national": false},
                "trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "trust"), "host": false},
            }),
        },
        action: "unlock-form".to_owned(),
        resource: Thing {
            kind: "Record".to_owned(),
            facts: json!({
                "unit": entity("Unit", unit), "trust": entity("Trust", trust),
                "realPatientData": true, "ongoing": true,
            }),
        },
        context: json!({}),
        decided_by: vec!["lc-unlocks-while-ongoing".to_owned()],
    }
}

fn promised() -> Policies {
    Policies::load(&fixture::with_promises()).unwrap()
}

fn tells(example: &Example, may: May) -> [String; 2] {
    let told = story(example, may, &fixture::register());
    [told.get(Lang::En).to_owned(), told.get(Lang::Nb).to_owned()]
}

#[test]
fn a_story_says_who_does_what_for_whom_and_where() {
    let plain = grant(&["national-coordinator"], &[], &json!({}), &json!({}));
    assert_eq!(
        tells(&plain, May::Do),
        [
            "Whoever is national coordinator (`national-coordinator`) may approve access as LU in smerteregisteret at a health trust for a health worker, employed there.",
            "Den som er national-coordinator (`national-coordinator`), kan godkjenne tilgang som LU i smerteregisteret ved et helseforetak for helsepersonell, ansatt der.",
        ]
    );
    let [en, nb] = tells(&grant(&[], &[], &json!({}), &json!({})), May::Not);
    assert!(en.starts_with("Somebody without any office may not approve access as LU"), "{en}");
    assert!(nb.starts_with("En uten noe verv kan ikke godkjenne tilgang som LU"), "{nb}");
    let [en, _] = tells(&grant(&[], &["B", "D"], &json!({}), &json!({})), May::Do);
    assert!(
        en.starts_with(
            "Whoever is register coordinator of the trust it is about and register coordinator of another trust may"
        ),
        "{en}"
    );
}

#[test]
fn a_story_says_what_is_unusual_and_nothing_else() {
    let access = json!({
        "role": entity("Role", "LC"),
        "position": "lis",
        "employer": {"id": entity("Employer", "nhn"), "ictBody": true, "ownTrust": false},
        "trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "test"), "host": false},
    });
    let context = json!({
        "requestSpent": true, "identity": entity("Identity", "uncertain"), "holdersAfterChange": 3, "months": 14,
    });
    let [en, nb] = tells(&grant(&["system-manager"], &[], &access, &context), May::Do);
    for words in [
        "approve access as LC",
        "at the test unit for a registrar (LIS), employed by `nhn`",
        "on a request that has been used",
        "whose identity is in doubt",
        "where 3 would hold the role and at most 2 may",
        "for 14 months where at most 12 are allowed",
    ] {
        assert!(en.contains(words), "`{words}` is not in {en}");
    }
    for words in
        ["ved testenheten", "ansatt i `nhn`", "på en søknad som er brukt", "i 14 måneder der høyst 12"]
    {
        assert!(nb.contains(words), "`{words}` is not in {nb}");
    }
    let surgeon = grant(&["national-coordinator"], &[], &json!({"position": "Asurgeon"}), &json!({}));
    let [en, nb] = tells(&surgeon, May::Do);
    assert!(en.ends_with("for a health worker, employed there, with the position `Asurgeon`."), "{en}");
    assert!(nb.ends_with("for helsepersonell, ansatt der, med stillingen `Asurgeon`."), "{nb}");
    let (policies, register) = (promised(), fixture::register());
    let text = case(&surgeon, ExpectedAnswer::Deny, "a case", &policies, &register).unwrap();
    assert!(text.contains("position: asurgeon"), "{text}");
    let [en, _] = tells(&unlock("LC", ["X", "B"]), May::Do);
    assert_eq!(
        en,
        "Whoever has access as LC in smerteregisteret at a health trust may unlock a form in a course of a real patient at another unit of their own trust; registration is under way."
    );
}

#[test]
fn a_story_has_words_for_each_action_and_the_names_of_the_register() {
    let actions = [
        "register-form",
        "save-form",
        "unlock-form",
        "read-course",
        "read-national",
        "change-consent",
        "remove-consent",
        "register-reservation",
    ];
    for action in actions {
        let told = tells(&Example { action: action.to_owned(), ..unlock("LC", ["X", "B"]) }, May::Now);
        assert!(told.iter().all(|told| !told.contains(action) && !told.contains('`')), "{told:?}");
    }
    for (action, words) in [
        ("unlock-form", "kan nå låse opp et skjema i et forløp"),
        ("read-national", "kan nå lese nasjonale data i et forløp"),
        ("change-consent", "kan nå endre samtykke i et forløp"),
    ] {
        let [_, nb] = tells(&Example { action: action.to_owned(), ..unlock("LC", ["X", "B"]) }, May::Now);
        assert!(nb.contains(words), "`{words}` is not in {nb}");
    }
    // The same is true without an example.
    let gone = PolicyDifference {
        action: "change-consent".to_owned(),
        ..change(DifferenceWay::Less, None, Some("LU"), ProofVerdict::Fails(None))
    };
    assert_eq!(
        sentences(&[gone], Lang::Nb)[0],
        "De som kunne endre samtykke som LU, kan ikke lenger det; det er ikke noe eksempel å vise."
    );

    let mut register = fixture::register();
    for (id, role) in &mut register.roles {
        role.name = format!("Navnet på {id}");
    }
    for name in register.applications.values_mut() {
        *name = "Navnet".to_owned();
    }
    let told = story(&unlock("LC", ["X", "B"]), May::Do, &register);
    let starts =
        "Den som har tilgang som Navnet på LC (LC) i Navnet ved et helseforetak, kan låse opp et skjema";
    assert!(told.get(Lang::Nb).starts_with(starts), "{told:?}");
    let besides = json!({"others": {"roles": [entity("Role", "SC")]}});
    let told = story(&grant(&[], &["B"], &besides, &json!({})), May::Do, &register);
    let told = told.get(Lang::En);
    assert!(told.contains("may approve access as Navnet på LU (LU) in Navnet at a health trust"), "{told}");
    assert!(told.ends_with(", who also has Navnet på SC (SC)."), "{told}");

    // A name with a comma is one name, and an employer has the one of the register.
    let office = OfficeId::new("ict-administrator").unwrap();
    register.offices.insert(office, "Brukeradministrator, Helse Nord IKT".to_owned());
    register.ict_bodies.insert(EmployerId::new("nhn").unwrap(), "Norsk helsenett".to_owned());
    let employer = json!({"id": entity("Employer", "nhn"), "ictBody": true, "ownTrust": false});
    let example = grant(&["ict-administrator"], &[], &json!({"employer": employer}), &json!({}));
    let told = story(&example, May::Do, &register);
    let (en, nb) = (told.get(Lang::En), told.get(Lang::Nb));
    assert!(
        en.starts_with("Whoever is ICT administrator (`ict-administrator`) may approve access as "),
        "{en}"
    );
    assert!(en.ends_with("for a health worker, employed by Norsk helsenett."), "{en}");
    assert!(
        nb.starts_with("Den som er «Brukeradministrator, Helse Nord IKT» (`ict-administrator`), kan "),
        "{nb}"
    );
    assert!(nb.ends_with("for helsepersonell, ansatt i Norsk helsenett."), "{nb}");
}

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
        resource: Thing { kind: "Register".to_owned(), facts: json!({}) },
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

fn answers(policies: &Policies, but: &[(&str, Matter, ProofVerdict)]) -> Vec<ProofAnswer> {
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
    assert!(whole(&asked, &all));
    assert!(!whole(&asked, &all[1..]) && !whole(&asked, &[all.clone(), all[..1].to_vec()].concat()));
    assert!(!whole(&asked, &[]));
    for matter in [Matter::Never, Matter::Always, Matter::Void, Matter::Errs, Matter::Dead, Matter::Idle] {
        assert!(asked.iter().any(|asked| asked.matter == matter), "{matter:?} is never asked");
    }
    assert!(questions(&fixture::policies()).iter().all(|asked| asked.matter != Matter::Void));
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
    let no_solver = || ProofVerdict::Unsure(Unsure::NoSolver("`cvc5`: not found".to_owned()));
    let mut all =
        answers(&policies, &[("never-lu-unlocks", Matter::Never, ProofVerdict::Unsure(Unsure::Unknown))]);
    let always = all.iter_mut().filter(|answer| answer.asked.matter == Matter::Always);
    always.for_each(|answer| answer.verdict = no_solver());
    let (findings, _) = promise_findings(&all, &policies, &register);
    assert_eq!((findings.len(), Finding::exit_of(&findings)), (2, Exit::Failed), "{findings:?}");
    assert!(findings.iter().all(|finding| finding.code == Code::NotProved));
    let words: String = findings.iter().map(|finding| finding.message.get(Lang::Nb)).collect();
    assert!(words.contains("løseren kunne ikke startes") && words.contains(" til: "), "{words}");
    assert!(findings.iter().all(|finding| finding.way_out.get(Lang::En).contains("more time")));
    // If the question could not be asked, more time or another solver does not help.
    let failed = || ProofVerdict::Unsure(Unsure::Failed("not supported".to_owned()));
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

fn change(
    way: DifferenceWay,
    advice: Option<&str>,
    role: Option<&str>,
    verdict: ProofVerdict,
) -> PolicyDifference {
    PolicyDifference {
        way,
        advice: advice.map(str::to_owned),
        action: "grant".to_owned(),
        role: role.map(str::to_owned),
        verdict,
    }
}

fn shows(example: &Example) -> ProofVerdict {
    ProofVerdict::Fails(Some(Box::new(example.clone())))
}

/// The sentences about a change, in one language.
fn sentences(changes: &[PolicyDifference], lang: Lang) -> Vec<String> {
    let (policies, register) = (fixture::policies(), fixture::register());
    let told = changed(changes, &register, [&policies, &policies]);
    told.known().iter().map(|told| told.get(lang).to_owned()).collect()
}

const SAME: &str = "The policies decide the same for every request.";
const SAME_ADVICE: &str = "The advice is the same for every request.";

#[test]
fn a_change_is_told_in_each_direction_and_nothing_changed_is_said_too() {
    let (policies, register) = (fixture::policies(), fixture::register());
    let example = grant(&["system-manager"], &[], &json!({}), &json!({}));
    let all = [
        change(DifferenceWay::More, None, Some("LU"), shows(&example)),
        change(DifferenceWay::More, None, Some("LC"), ProofVerdict::Holds),
        change(DifferenceWay::Less, None, Some("SC"), ProofVerdict::Fails(None)),
    ];
    let told = changed(&all, &register, [&policies, &policies]);
    assert_eq!((told.more.len(), told.less.len(), told.unsure.len()), (1, 1, 0));
    assert!(!told.is_nothing());
    assert_eq!(
        sentences(&all, Lang::En),
        [
            "Whoever is system manager (`system-manager`) could now approve access as LU in smerteregisteret at a health trust for a health worker, employed there.",
            "Whoever could approve access as SC could do so no longer; there is no example to show.",
            SAME_ADVICE,
        ]
    );
    assert_eq!(sentences(&all[1..2], Lang::En), [SAME, SAME_ADVICE]);
    let less = change(DifferenceWay::Less, None, Some("LU"), shows(&example));
    assert!(
        sentences(&[less], Lang::Nb)[0]
            .contains(", kan ikke lenger godkjenne tilgang som LU i smerteregisteret")
    );
}

#[test]
fn a_schema_that_differs_is_told_and_nothing_is_called_the_same() {
    let (before, register) = (fixture::policies(), fixture::register());
    let edited =
        |from, to| Policies::load(&fixture::edited("policies/schema.cedarschema", from, to)).unwrap();
    let same = [change(DifferenceWay::More, None, None, ProofVerdict::Holds)];
    // Comments and layout of a schema say nothing.
    let laid_out = edited("// Places and employers, named", "// Employers and places,\n\n// named");
    let told = changed(&same, &register, [&before, &laid_out]);
    assert!(told.is_nothing() && told.known().len() == 2, "{told:?}");
    let other = edited("entity Employer;", "entity Employer in [Trust];");
    for sides in [[&before, &other], [&other, &before]] {
        let told = changed(&same, &register, sides);
        assert!(!told.is_nothing());
        for (lang, words) in [
            (Lang::En, "what the schema changes by itself was not computed"),
            (Lang::Nb, "hva skjemaet alene endrer, er ikke beregnet"),
        ] {
            let known = told.known();
            let [only] = known.as_slice() else { panic!("{known:?}") };
            assert!(only.get(lang).contains(words), "{known:?}");
        }
    }
}

#[test]
fn what_is_not_known_is_never_told_as_the_same() {
    let (policies, register) = (fixture::policies(), fixture::register());
    for advice in [None, Some("more-than-one-sc")] {
        let unsure = [change(DifferenceWay::More, advice, None, ProofVerdict::Unsure(Unsure::Unknown))];
        assert_eq!(sentences(&unsure, Lang::En), Vec::<String>::new());
        let told = changed(&unsure, &register, [&policies, &policies]);
        assert!(!told.is_nothing() && told.unsure[0].code == Code::NotProved);
        let words = told.unsure[0].message.get(Lang::En);
        assert_eq!(
            words.contains("the advice `more-than-one-sc` comes for the same requests"),
            advice.is_some()
        );
    }
}

#[test]
fn who_could_approve_their_own_access_is_told_in_one_sentence() {
    let own = grant(&[], &["B"], &json!({}), &json!({"self": true}));
    assert_eq!(
        tells(&own, May::Now),
        [
            "Whoever is register coordinator of the trust it is about could now approve their own access: LU in smerteregisteret at a health trust (a health worker, employed there).",
            "Den som er registerkoordinator ved helseforetaket det gjelder, kan nå godkjenne sin egen tilgang: LU i smerteregisteret ved et helseforetak (helsepersonell, ansatt der).",
        ]
    );
}

#[test]
fn an_advice_that_comes_for_other_requests_is_told_once_with_an_example() {
    let sc = grant(&["register-leader"], &[], &json!({"role": entity("Role", "SC")}), &json!({}));
    let advice = Some("more-than-one-sc");
    let all = [
        change(DifferenceWay::More, advice, None, shows(&sc)),
        change(DifferenceWay::More, advice, None, shows(&sc)),
    ];
    let told = sentences(&all, Lang::En);
    assert_eq!((told.len(), told[0].as_str()), (2, SAME), "{told:?}");
    for words in [
        "The advice `more-than-one-sc` could now come where it did not: More than one person would hold SC",
        "For example: Whoever is register leader (`register-leader`) wants to approve access as SC in smerteregisteret",
    ] {
        assert!(told[1].contains(words), "`{words}` is not in {told:?}");
    }
    // Nobody asks if the program looks at a trust by itself.
    let watch = Example {
        principal: Thing { kind: "Watch".to_owned(), facts: json!({}) },
        action: "inspect".to_owned(),
        resource: Thing {
            kind: "UserList".to_owned(),
            facts: json!({"trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "trust"), "host": false}}),
        },
        context: json!({"users": 1, "coordinators": 0, "coordinatorsBefore": 1}),
        decided_by: Vec::new(),
    };
    let less = [change(DifferenceWay::Less, Some("last-administrator-leaves"), None, shows(&watch))];
    let told = sentences(&less, Lang::Nb);
    assert!(told[1].starts_with("Rådet `last-administrator-leaves` kan ikke lenger komme der det kom før: "));
    assert!(
        told[1].ends_with("For eksempel: Ved et helseforetak: 1 person med tilgang; koordinatorer (LC): 0, og før endringen 1."),
        "{told:?}"
    );
}

#[test]
fn comments_and_layout_change_nothing_and_a_word_does() {
    let before = fixture::policies();
    let edited = |path, from, to| Policies::load(&fixture::edited(path, from, to)).unwrap();
    let path = "policies/administration.cedar";
    let commented = edited(path, "// ---- Who may approve ----", "// ---- Who approves ----\n\n");
    assert!(before.digest() != commented.digest());
    assert!(before.read_as(&commented) && commented.read_as(&before));
    for (path, from, to) in [
        (
            path,
            "when { context.self };\n\n// Applicants who",
            "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
        ),
        ("policies/advice.cedar", "context.months > 3", "context.months > 6"),
        // Words of the schema are not read for their meaning.
        ("policies/schema.cedarschema", "// Places and employers, named", "// Employers and places, named"),
    ] {
        assert!(!before.read_as(&edited(path, from, to)), "{path}");
    }
}
