//! Tests that promises are read as strictly as the policies, that they are part of the digest, and that they decide
//! nothing. The assumptions about facts are compared with the facts that the program makes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portvakt_core::diag::{Colour, Lang, human};
use portvakt_core::model::{ApplicationId, FilePath, Hasher, Register, Right, RoleId, TrustKind, UnitId};
use portvakt_core::parse;
use portvakt_core::policy::{
    Approver, Concerned, CourseRecord, Decision, PROMISE_FILES, Policies, PromiseKind, REQUIRED_FILES,
};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::fixture::{self, Files};
use super::{cases, random};

const NEVER: &str = "policies/never.cedar";
const ALWAYS: &str = "policies/always.cedar";
const ASSUMED: &str = "policies/assumed.cedar";

/// Assumptions that the court guarantees, and not the facts. It asks no other questions (`--test long same_engine`).
const OF_THE_COURT: [&str; 3] = [
    "assumed-spent-request-opens-anew",
    "assumed-only-changes-are-renewed",
    "assumed-oneself-has-the-same-offices",
];

/// Assumptions that a register guarantees which is read from a file. One that is made by hand can break them.
const OF_THE_REGISTER: [&str; 5] = [
    "assumed-test-and-national-exclude-each-other",
    "assumed-unit-is-as-its-trust",
    "assumed-held-unit-is-as-its-trust",
    "assumed-host-is-a-health-trust",
    "assumed-host-with-a-list-is-a-health-trust",
];

fn words(files: &Files, path: &str) -> String {
    String::from_utf8(files[&FilePath::new(path)].to_vec()).unwrap()
}

/// Returns the files with some words in a file of promises replaced everywhere. The words must occur.
fn edited(path: &str, from: &str, to: &str) -> Files {
    let mut files = fixture::with_promises();
    let before = words(&files, path);
    assert!(before.contains(from), "`{from}` is not in {path}");
    files.insert(FilePath::new(path), Arc::from(before.replace(from, to).into_bytes()));
    files
}

#[test]
fn promises_decide_nothing() {
    let (plain, register) = (fixture::policies(), cases::register());
    let promised = Policies::load(&fixture::with_promises()).unwrap();
    assert_eq!(promised.ids().collect::<Vec<_>>(), plain.ids().collect::<Vec<_>>());
    for case in cases::all() {
        assert_eq!(case.put(&plain, &register), case.put(&promised, &register), "{case:?}");
    }
    assert!(plain.promises().is_empty());
    let kinds: BTreeSet<PromiseKind> = promised.promises().iter().map(|promise| promise.kind).collect();
    let expected = [PromiseKind::Never, PromiseKind::Always, PromiseKind::Assumed { guaranteed: true }];
    assert_eq!(kinds, BTreeSet::from(expected));
    for promise in promised.promises() {
        assert!(!promise.rules.is_empty() && promise.words.starts_with("@id("), "{promise:?}");
        assert_eq!((promised.says(&promise.id), promised.rules(&promise.id).len()), (None, 0));
        let (en, nb) = (promise.says.get(Lang::En), promise.says.get(Lang::Nb));
        assert!(en != nb, "`{}` says the same in both languages", promise.id);
    }
    // They are in the order of the file.
    let never = words(&fixture::with_promises(), NEVER);
    let first = promised.promises().first().unwrap();
    assert!(never[never.find("@id(").unwrap()..].starts_with(&first.words), "{first:?}");
}

#[test]
fn promises_count_in_the_digest_and_a_tree_without_them_has_the_digest_it_had() {
    let files = fixture::files();
    let mut hasher = Hasher::new("portvakt policies 1");
    for path in REQUIRED_FILES {
        hasher.part(path.as_bytes()).part(&files[&FilePath::new(path)]);
    }
    assert_eq!(Policies::digest_of(&files), hasher.finish());
    for path in PROMISE_FILES {
        let mut more = files.clone();
        more.insert(FilePath::new(path), Arc::from(&b""[..]));
        let empty = Policies::digest_of(&more);
        more.insert(FilePath::new(path), Arc::from(&b"// more\n"[..]));
        assert_ne!(empty, Policies::digest_of(&files), "{path}");
        assert_ne!(empty, Policies::digest_of(&more), "{path}");
    }
    let all = fixture::with_promises();
    assert_eq!(Policies::load(&all).unwrap().digest(), Policies::digest_of(&all));
}

#[test]
fn a_tree_may_have_some_of_the_promises() {
    for left_out in PROMISE_FILES {
        let mut files = fixture::with_promises();
        files.remove(&FilePath::new(left_out));
        let policies = Policies::load(&files).unwrap();
        assert!(!policies.promises().is_empty(), "{left_out}");
    }
}

#[test]
fn a_promise_that_is_not_well_formed_is_refused() {
    let lu = "permit (\n    principal is Holder,\n    action == Action::\"unlock-form\",\n    resource is Record\n)\n\
              when { principal.role == Role::\"LU\" };";
    let turned = lu.replace("permit", "forbid");
    let refused = [
        (NEVER, "context.requestSpent", "context.requestUsed", "requestUsed`"),
        (NEVER, "@rule(\"R29\")\n", "", "promise `never-lu-unlocks` has no `@rule(\"...\")`"),
        (
            NEVER,
            "@rule(\"R29\")",
            "@rule(\"R99\")",
            "promise `never-lu-unlocks` names `R99`, which is no rule",
        ),
        (
            NEVER,
            "@rule(\"R29\")",
            "@rule(\"R29\")\n@points_at(\"role\")",
            "promise `never-lu-unlocks` has `@points_at`, which means nothing here",
        ),
        (
            NEVER,
            "@id(\"never-lu-unlocks\")",
            "@id(\"lu-never-unlocks\")",
            "another policy is called `lu-never-unlocks` already",
        ),
        (
            ALWAYS,
            "@id(\"always-sc-unlocks\")",
            "@id(\"never-lu-unlocks\")",
            "another policy is called `never-lu-unlocks` already",
        ),
        (
            NEVER,
            "@id(\"never-lu-unlocks\")",
            "@id(\"never-lu's-unlock\")",
            "this promise has an `@id` with other signs",
        ),
        (
            ALWAYS,
            "@id(\"always-sc-unlocks\")",
            "@id(\"always-\\\"sc\\\"-unlocks\")",
            "this promise has an `@id` with other signs",
        ),
        (
            ASSUMED,
            "@id(\"assumed-no-end-no-months\")",
            "@id(\"assumed-no-end\\\\no-months\")",
            "this promise has an `@id` with other signs",
        ),
        (NEVER, lu, turned.as_str(), "promise `never-lu-unlocks` describes what it is about with `permit`"),
        (ASSUMED, "forbid (", "permit (", "describes what is never asked with `forbid`"),
        (ALWAYS, "Role::\"SC\"", "Role::\"CS\"", "`\"CS\"` is not declared as a valid eid"),
        (NEVER, "principal is Holder,", "principal == ?principal,", "`?principal` or `?resource`"),
    ];
    for (path, from, to, told) in refused {
        let findings = Policies::load(&edited(path, from, to)).expect_err(told);
        let shown = human(&findings, Colour::Never, Lang::En);
        assert!(shown.contains(told) && shown.contains(&format!("--> {path}")), "{told}\n{shown}");
    }
    let mut empty = fixture::with_promises();
    empty.insert(FilePath::new(NEVER), Arc::from(&b"// nothing\n"[..]));
    let findings = Policies::load(&empty).unwrap_err();
    assert_eq!(findings[0].message.en(), "there is no promise in this file");
}

#[test]
fn a_promise_about_a_place_that_is_not_in_the_register_is_told() {
    let policies = Policies::load(&fixture::with_promises()).unwrap();
    assert_eq!(policies.fits(&fixture::register()), Ok(()));
    let files = edited(ALWAYS, "Employer::\"nhn\"", "Employer::\"nhm\"");
    let findings = Policies::load(&files).unwrap().fits(&fixture::register()).unwrap_err();
    assert!(findings[0].message.en().contains("nhm"), "{findings:?}");
}

/// The assumptions of some files, and whether the program guarantees them.
fn assumptions(files: &Files) -> BTreeMap<String, bool> {
    let policies = Policies::load(files).unwrap();
    let assumed = policies.promises().iter().filter_map(|promise| match promise.kind {
        PromiseKind::Assumed { guaranteed } => Some((promise.id.clone(), guaranteed)),
        PromiseKind::Never | PromiseKind::Always => None,
    });
    assumed.collect()
}

#[test]
fn an_assumption_that_is_not_the_programs_own_is_not_guaranteed() {
    let lacking = |files: &Files| -> Vec<String> {
        assumptions(files).into_iter().filter(|(_, guaranteed)| !guaranteed).map(|(id, _)| id).collect()
    };
    assert!(assumptions(&fixture::with_promises()).len() > 5);
    assert_eq!(lacking(&fixture::with_promises()), [""; 0]);
    let other_words = edited(ASSUMED, "context.months != 0", "context.months != 1");
    assert_eq!(lacking(&other_words), ["assumed-no-end-no-months"]);
    let other_name = edited(ASSUMED, "assumed-no-end-no-months", "assumed-no-end");
    assert_eq!(lacking(&other_name), ["assumed-no-end"]);
    // The layout and the sentence are the register's own matter.
    let as_before = edited(
        ASSUMED,
        "when { !context.hasEnd && context.months != 0 };",
        "when {\n    !context.hasEnd &&\n    context.months != 0\n};",
    );
    assert_eq!(lacking(&as_before), [""; 0]);
    let other_sentence = edited(ASSUMED, "has no length.", "is as long as it lasts.");
    assert_eq!(lacking(&other_sentence), [""; 0]);
}

/// The policies, with everything that is assumed never to be asked as a `forbid` of its own.
fn watched(assumed: &str) -> Policies {
    let mut files = fixture::files();
    for (path, whose) in [(fixture::ADMINISTRATION, "is Administrator"), (fixture::CAPABILITIES, "is Holder")]
    {
        let mut text = words(&files, path);
        let mut about = 0;
        for rest in assumed.split("@id(").skip(1).filter(|rest| rest.contains(whose)) {
            text.push_str(&format!("\n@id({rest}"));
            about += 1;
        }
        assert!(about > 0, "nothing is assumed where the principal {whose}");
        files.insert(FilePath::new(path), Arc::from(text.into_bytes()));
    }
    Policies::load(&files).unwrap()
}

/// Returns the assumptions that do not hold for the questions that can be asked about this register.
fn broken(policies: &Policies, register: &Register) -> BTreeSet<String> {
    let mut broken = BTreeSet::new();
    let mut take = |decision: Decision| {
        let ids = decision.determining.into_iter();
        broken.extend(ids.filter(|id| id.starts_with("assumed-")));
    };
    let mut runner = TestRunner::deterministic();
    for _ in 0..2_000 {
        let asked = random::question().new_tree(&mut runner).unwrap().current();
        take(policies.decide(register, &asked));
    }
    for trust in register.trusts.keys() {
        for concerned in [Concerned::Oneself, Concerned::Another] {
            take(policies.may_attest(register, &Approver::default(), trust, concerned));
        }
    }
    let acts: Vec<_> = policies.capability_acts().cloned().collect();
    for (unit, at) in register.units.keys().flat_map(|unit| register.units.keys().map(move |at| (unit, at))) {
        let right = Right {
            application: ApplicationId::new("smerteregisteret").unwrap(),
            unit: *unit,
            role: RoleId::new("LU").unwrap(),
        };
        let record = CourseRecord { unit: *at, real_patient_data: true, ongoing: true };
        acts.iter().for_each(|act| take(policies.can(register, &right, act, record)));
    }
    broken
}

#[test]
fn the_facts_keep_what_is_assumed_of_them() {
    let policies = watched(&words(&fixture::with_promises(), ASSUMED));
    let path = "desired-state/register.yaml";
    let bytes = std::fs::read(std::path::Path::new(crate::ROOT).join(path)).unwrap();
    let shipped = parse::register(&FilePath::new(path), &bytes).unwrap();
    for register in [fixture::register(), shipped] {
        // Random questions do not come from the court, so they break its assumptions.
        assert_eq!(broken(&policies, &register), BTreeSet::from(OF_THE_COURT.map(str::to_owned)));
    }
    // A register that no file can say is seen to break them.
    let mut wrong = fixture::register();
    wrong.units.get_mut(&UnitId(fixture::NATIONAL)).unwrap().test_only = true;
    wrong.trusts.get_mut("helse-bergen").unwrap().kind = TrustKind::National;
    let seen = broken(&policies, &wrong);
    for id in OF_THE_REGISTER {
        assert!(seen.contains(id), "{id}: {seen:?}");
    }
}

#[test]
fn an_assumption_that_the_facts_do_not_keep_is_seen() {
    let assumed = words(&fixture::with_promises(), ASSUMED);
    let turned = [
        (
            "assumed-no-end-no-months",
            "!context.hasEnd && context.months != 0",
            "!context.hasEnd && context.months == 0",
        ),
        ("assumed-numbers-are-counts", "context.months <= 4294967295", "context.months <= 3"),
        (
            "assumed-ict-body-is-no-trust",
            "resource.employer.ictBody && resource.employer.ownTrust",
            "resource.employer.ictBody && !resource.employer.ownTrust",
        ),
        (
            "assumed-review-is-said-to-be-overdue-or-left-out",
            "context has reviewOverdue && !context.reviewOverdue",
            "context has reviewOverdue && context.reviewOverdue",
        ),
        (
            "assumed-own-row-is-said-or-left-out",
            "context has self && !context.self",
            "context has self && context.self",
        ),
        (
            "assumed-unit-lies-at-one-trust",
            "principal.unit.id == resource.unit && principal.trust.id != resource.trust",
            "principal.unit.id == resource.unit && principal.trust.id == resource.trust",
        ),
    ];
    for (id, from, to) in turned {
        assert_eq!(assumed.matches(from).count(), 1, "{from}");
        let seen = broken(&watched(&assumed.replace(from, to)), &fixture::register());
        assert!(seen.contains(id), "{id}: {seen:?}");
    }
    // The others are seen where the court does not ask, and in a register that no file can say.
    let mut controlled: BTreeSet<&str> = turned.iter().map(|(id, ..)| *id).collect();
    controlled.extend(OF_THE_COURT.iter().chain(&OF_THE_REGISTER));
    let policies = Policies::load(&fixture::with_promises()).unwrap();
    let kept = policies.promises().iter().filter(|one| matches!(one.kind, PromiseKind::Assumed { .. }));
    assert_eq!(controlled, kept.map(|one| one.id.as_str()).collect::<BTreeSet<_>>());
}
