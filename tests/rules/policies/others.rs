//! Tests the fact about the applicant's other accesses, as entries and as sets. An older schema does not have it, and
//! its policies decide as before. The example of separation of duties keeps its promise.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::diag::{Colour, Lang, human};
use portvakt_core::model::{ApplicationId, FilePath, RoleId, TrustId, UnitId};
use portvakt_core::policy::{DecisionCache, Other, Policies, PolicyQuestion, try_cases};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::cases::question;
use super::fixture::{self, Files};
use super::{cases, random};

fn example(name: &str) -> String {
    std::fs::read_to_string(format!("{}/examples/separation-of-duties{name}", crate::ROOT)).unwrap()
}

/// The files with the example in force.
pub fn separated() -> Files {
    let mut files = fixture::files();
    let path = FilePath::new(fixture::ADMINISTRATION);
    let text = String::from_utf8(files[&path].to_vec()).unwrap() + "\n" + &example(".cedar");
    files.insert(path, Arc::from(text.into_bytes()));
    files
}

/// The schema as it was before the program told of other accesses.
fn older() -> Files {
    let mut files = fixture::edited(fixture::SCHEMA, "    others: Others,\n", "");
    let path = FilePath::new(fixture::SCHEMA);
    let text = String::from_utf8(files[&path].to_vec()).unwrap();
    let start = text.find("// One access that the applicant has besides").unwrap();
    let end = text.find("// ---- Administration").unwrap();
    files.insert(path, Arc::from(format!("{}{}", &text[..start], &text[end..]).into_bytes()));
    files
}

fn other(application: &str, role: &str, unit: u32, trust: &str) -> Other {
    Other {
        application: ApplicationId::new(application).unwrap(),
        role: RoleId::new(role).unwrap(),
        unit: UnitId(unit),
        trust: TrustId::new(trust).unwrap(),
    }
}

#[test]
fn an_older_schema_loads_and_its_policies_decide_as_before() {
    let (now, then) = (fixture::policies(), Policies::load(&older()).unwrap());
    assert_ne!(now.digest(), then.digest());
    let register = fixture::register();
    let memory = DecisionCache::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..400 {
        let asked = random::question().new_tree(&mut runner).unwrap().current();
        let decision = then.decide(&register, &asked);
        assert_eq!(decision, now.decide(&register, &asked), "{asked:?}");
        assert_eq!(then.advise(&register, &asked), now.advise(&register, &asked), "{asked:?}");
        assert_eq!(*memory.decide(&then, &register, &asked), decision);
    }
    // A policy may not ask for a fact that its schema does not have. It is refused like any misspelt word.
    let mut files = older();
    files.insert(
        FilePath::new(fixture::ADMINISTRATION),
        Arc::clone(&separated()[&FilePath::new(fixture::ADMINISTRATION)]),
    );
    let findings = Policies::load(&files).unwrap_err();
    assert!(human(&findings, Colour::Never, Lang::En).contains("others"), "{findings:?}");
}

#[test]
fn nobody_needs_to_find_out_what_no_policy_asks() {
    assert!(!fixture::policies().asks_of_others());
    assert!(!Policies::load(&older()).unwrap().asks_of_others());
    assert!(Policies::load(&separated()).unwrap().asks_of_others());
    // The same is true if a policy asks for it in another form, and if only advice does.
    let spaced = fixture::edited(
        fixture::ADMINISTRATION,
        "when { context.requestSpent };",
        "when { resource . others . roles . contains(Role::\"SC\") };",
    );
    assert!(Policies::load(&spaced).unwrap().asks_of_others());
    let advice = fixture::edited(
        fixture::ADVICE,
        "context.holdersAfterChange > 1",
        "resource[\"others\"].roles.contains(Role::\"LC\")",
    );
    assert!(Policies::load(&advice).unwrap().asks_of_others());
    // A name in quotes may be written with escapes. The file then has the word nowhere.
    let escaped = fixture::edited(
        fixture::ADMINISTRATION,
        "when { context.requestSpent };",
        r#"when { resource["\u{6f}thers"].roles.contains(Role::"SC") };"#,
    );
    assert!(Policies::load(&escaped).unwrap().asks_of_others());
}

#[test]
fn a_policy_sees_the_entries_and_the_sets_of_them() {
    let leader = "  approver: {offices: [register-leader]}\n";
    let mut asked: PolicyQuestion = question("grant", leader);
    asked.access.applicant.others = [
        other("rapporteket-smerte", "LC", fixture::AHUS, "ahus"),
        other("smerteregisteret", "LU", 705_758, "oslo"),
    ]
    .into();
    let register = fixture::register();
    let denies = |condition: &str| {
        let files = fixture::edited(
            fixture::ADMINISTRATION,
            "when { context.requestSpent };",
            &format!("when {{ {condition} }};"),
        );
        let decision = Policies::load(&files).unwrap().decide(&register, &asked);
        assert!(decision.errors.is_empty(), "{decision:?}");
        !decision.allowed
    };
    let all = "resource.others";
    for (condition, holds) in [
        ("roles.contains(Role::\"LC\")", true),
        ("roles.contains(Role::\"SC\")", false),
        ("units.contains(Unit::\"705758\")", true),
        ("units.contains(Unit::\"100082\")", false),
        ("units.contains(resource.unit.id)", true),
        ("applications.contains(Application::\"rapporteket-smerte\")", true),
        ("entries.isEmpty()", false),
    ] {
        assert_eq!(denies(&format!("{all}.{condition}")), holds, "{condition}");
    }
    // The applicant is LC at Ahus, and not in Oslo. Only an entry can tell this.
    let entry = |role: &str, unit: u32, trust: &str| {
        format!(
            "{all}.entries.contains({{application: Application::\"rapporteket-smerte\", role: Role::\"{role}\", unit: Unit::\"{unit}\", trust: Trust::\"{trust}\"}})"
        )
    };
    assert!(denies(&entry("LC", fixture::AHUS, "ahus")));
    assert!(!denies(&entry("LC", 705_758, "oslo")) && !denies(&entry("LU", 705_758, "oslo")));
}

#[test]
fn the_example_decides_its_cases_and_those_of_the_shipped_policies() {
    let policies = Policies::load(&separated()).unwrap();
    let mut files = cases::files();
    files.insert(FilePath::new("policies/tests/separation.yaml"), Arc::from(example(".yaml").into_bytes()));
    let tried = try_cases(&policies, &cases::register(), &files);
    assert!(tried.findings.is_empty(), "{}", human(&tried.findings, Colour::Never, Lang::En));
    // Without the example the same cases are broken.
    let only = BTreeMap::from([(
        FilePath::new("policies/tests/separation.yaml"),
        Arc::from(example(".yaml").replace("sc-and-lc-are-two-people", "lc-not-too-many").into_bytes()),
    )]);
    assert_eq!(try_cases(&fixture::policies(), &cases::register(), &only).broken.len(), 2);
}

#[test]
fn the_example_changes_four_promises_by_an_exception_and_nothing_else() {
    let shipped = Policies::load(&fixture::with_promises()).unwrap();
    let mut files = separated();
    files.insert(FilePath::new("policies/always.cedar"), Arc::from(example("-always.cedar").into_bytes()));
    let changed = Policies::load(&files).unwrap();
    let ids: Vec<&str> = changed.promises().iter().map(|promise| promise.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "always-leadership-gives-lc",
            "always-leadership-gives-sc",
            "always-leadership-gives-lc-to-ict-staff",
            "always-ict-staff-who-leads-is-given-sc"
        ]
    );
    // The promises only differ in their exception, apart from their words.
    let rest = |words: &str, without: &str| -> Vec<String> {
        let lines = words.lines().filter(|line| !line.starts_with("@says"));
        lines.filter(|line| *line != without).map(ToOwned::to_owned).collect()
    };
    for (promise, besides) in changed.promises().iter().zip(["SC", "LC", "SC", "LC"]) {
        let exception = format!("unless {{ resource.others.roles.contains(Role::\"{besides}\") }}");
        assert_eq!(promise.words.matches(&exception).count(), 1, "{}", promise.words);
        let before = shipped.promises().iter().find(|one| one.id == promise.id).unwrap();
        assert_eq!((&before.kind, &before.rules), (&promise.kind, &promise.rules));
        assert_eq!(rest(&promise.words, &exception), rest(&before.words, &exception));
    }
}

#[test]
fn the_example_keeps_its_promise_on_random_questions() {
    let mut files = separated();
    files.insert(FilePath::new("policies/never.cedar"), Arc::from(example("-never.cedar").into_bytes()));
    let policies = Policies::load(&files).unwrap();
    assert_eq!(policies.promises().len(), 1);
    let (register, mut runner) = (fixture::register(), TestRunner::deterministic());
    let mut both = 0;
    for _ in 0..4_000 {
        let asked = random::question().new_tree(&mut runner).unwrap().current();
        let has = |role: &str| asked.access.applicant.others.iter().any(|one| one.role.as_str() == role);
        let role = asked.access.role.as_str();
        let meets = (role == "LC" && has("SC")) || (role == "SC" && has("LC"));
        if meets && asked.action != portvakt_core::policy::Act::Revoke {
            both += 1;
            assert!(!policies.decide(&register, &asked).allowed, "{asked:?}");
        }
    }
    assert!(both > 50, "{both}");
}
