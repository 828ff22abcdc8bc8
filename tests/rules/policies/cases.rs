//! The cases of `policies/tests`, read and judged as the program does, and questions that are written like cases.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use portvakt_core::diag::{Code, Colour, Finding, Lang, human};
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::policy::{
    CaseQuestion, Policies, PolicyCase, PolicyQuestion, TriedCases, coverage, has_cases, try_cases,
};

use super::fixture::{self, Files};

/// The register of the example, which the cases speak of.
pub fn register() -> Register {
    let path = "desired-state/register.yaml";
    let bytes = std::fs::read(Path::new(crate::ROOT).join(path)).unwrap();
    parse::register(&FilePath::new(path), &bytes).unwrap()
}

/// The files with the cases.
pub fn files() -> Files {
    let folder = Path::new(crate::ROOT).join("policies/tests");
    let files: Files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = format!("policies/tests/{}", path.file_name().unwrap().to_str().unwrap());
            (FilePath::new(&name), Arc::from(std::fs::read(&path).unwrap()))
        })
        .collect();
    assert!(has_cases(&files) && !has_cases(&fixture::files()));
    files
}

/// Returns every case of every file.
pub fn all() -> Vec<PolicyCase> {
    try_cases(&fixture::policies(), &register(), &files()).cases
}

/// The text of one file of cases, tried in the register of these tests.
fn tried(text: &str) -> TriedCases {
    let files = BTreeMap::from([(FilePath::new("policies/tests/a.yaml"), Arc::from(text.as_bytes()))]);
    try_cases(&fixture::policies(), &fixture::register(), &files)
}

/// The question of a case that says this beside its action.
pub fn question(action: &str, rest: &str) -> PolicyQuestion {
    let text = format!("- name: a\n  action: {action}\n  expect: deny\n{rest}");
    let tried = tried(&text);
    let read = tried.findings.iter().all(|finding| finding.code == Code::PolicyCaseBroken);
    assert!(read, "{text}\n{}", shown(&tried.findings));
    match &tried.cases[0].asked {
        CaseQuestion::Access(question) => PolicyQuestion::clone(question),
        other => panic!("{other:?}"),
    }
}

/// Returns the only case of a text.
pub fn one(text: &str) -> PolicyCase {
    let tried = tried(text);
    let [case] = &tried.cases[..] else { panic!("{text}\n{}", shown(&tried.findings)) };
    case.clone()
}

fn shown(findings: &[Finding]) -> String {
    human(findings, Colour::Never, Lang::En)
}

#[test]
fn every_case_is_decided_as_written_and_every_policy_decides_one() {
    let (policies, register) = (fixture::policies(), register());
    let tried = try_cases(&policies, &register, &files());
    assert!(tried.findings.is_empty() && tried.broken.is_empty(), "{}", shown(&tried.findings));
    assert!(tried.cases.len() > 100 && tried.files.len() > 5, "{}", tried.cases.len());
    let coverage = coverage(&policies, &register, &tried.cases);
    let idle: Vec<&Finding> =
        coverage.findings.iter().filter(|finding| finding.code == Code::PolicyWithoutCase).collect();
    assert!(idle.is_empty(), "{idle:#?}");
    assert_eq!((coverage.policies, coverage.decided), (policies.ids().count(), policies.ids().count()));
    // Most conditions are seen both ways. `portvakt policy test` tells how many are not.
    assert!(coverage.conditions > 60 && coverage.both * 4 > coverage.conditions * 3, "{coverage:#?}");
}

#[test]
fn a_case_that_is_answered_otherwise_is_told_at_its_name() {
    let text = "# One case.\n- name: a nurse is let in by nobody\n  action: grant\n  expect: allow\n  decided_by: [coordinator-approves-at-own-trust]\n";
    let tried = tried(text);
    let [finding] = &tried.findings[..] else { panic!("{:?}", tried.findings) };
    assert_eq!((finding.code, tried.broken.len()), (Code::PolicyCaseBroken, 1));
    let place = finding.place.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.line), ("policies/tests/a.yaml", 2));
    assert_eq!(
        finding.message.en(),
        "the case `a nurse is let in by nobody` expects: allowed by `coordinator-approves-at-own-trust`. \
         The policies answer: denied, since nothing permits it"
    );
    assert_eq!(finding.policies, ["coordinator-approves-at-own-trust"]);
    assert_eq!(finding.rules, ["R15", "R3", "R6", "R7"]);
    assert_ne!(finding.message.en(), finding.message.get(Lang::Nb));
    // The right decision by another policy is another answer too.
    let by_another = "- name: a\n  action: grant\n  approver: {coordinator_of: [ahus]}\n  expect: allow\n  decided_by: [national-leadership-approves]\n";
    assert_eq!(self::tried(by_another).broken.len(), 1);
    let advice = "- name: a\n  action: grant\n  access: {employer: oslo}\n  advice: []\n";
    assert_eq!(self::tried(advice).broken.len(), 1);
}

#[test]
fn a_case_may_leave_open_which_policy_decides_it() {
    let coordinator = "- name: a\n  action: grant\n  approver: {coordinator_of: [ahus]}\n";
    for (rest, broken) in [
        // One policy forbids, and one permits.
        ("  context: {own: true}\n  expect: deny\n  decided_by: any\n", false),
        ("  expect: allow\n  decided_by: any\n", false),
        ("  expect: deny\n  decided_by: any\n", true),
        ("  context: {own: true}\n  expect: allow\n  decided_by: any\n", true),
        ("  context: {own: true}\n  expect: deny\n", true),
    ] {
        let tried = tried(&format!("{coordinator}{rest}"));
        assert_eq!(
            (tried.cases.len(), !tried.broken.is_empty()),
            (1, broken),
            "{rest}{}",
            shown(&tried.findings)
        );
    }
    // No policy permits it.
    assert!(tried("- name: a\n  action: grant\n  expect: deny\n  decided_by: any\n").findings.is_empty());
    let told = tried(&format!("{coordinator}  expect: deny\n  decided_by: any\n")).findings;
    assert!(
        told[0]
            .message
            .en()
            .contains("expects: denied, by whatever policy or by none. The policies answer: allowed by"),
        "{told:?}"
    );
    // A case about advice must name all of it.
    let advice = tried(&format!("{coordinator}  advice: []\n  decided_by: any\n")).findings;
    assert_eq!(advice[0].code, Code::MissingKey);
}

#[test]
fn a_case_that_could_not_be_worked_out_is_broken_whatever_it_expects() {
    let files = fixture::edited(
        fixture::ADMINISTRATION,
        "when { context.requestSpent };",
        "when { context.holdersAfterChange * 9223372036854775807 > 0 };",
    );
    let policies = Policies::load(&files).unwrap();
    let text = "- name: a\n  action: grant\n  context: {holders_after_change: 2}\n  expect: deny\n";
    let files = BTreeMap::from([(FilePath::new("policies/tests/a.yaml"), Arc::from(text.as_bytes()))]);
    let tried = try_cases(&policies, &fixture::register(), &files);
    assert_eq!(tried.broken.len(), 1);
    assert!(tried.findings[0].message.en().contains("could not be worked out"), "{:?}", tried.findings);
}

#[test]
fn a_case_is_read_strictly() {
    let usual = "- name: a\n  action: grant\n  expect: deny\n";
    assert_eq!((tried(usual).findings.len(), tried(usual).cases.len()), (0, 1));
    for (text, code, line) in [
        (format!("{usual}  decidedby: [x]\n"), Code::UnknownKey, 4),
        (format!("{usual}  access: {{unitt: 1}}\n"), Code::UnknownKey, 4),
        (format!("{usual}  context: {{lc: 1}}\n"), Code::UnknownKey, 4),
        (format!("{usual}  trust: ahus\n"), Code::UnknownKey, 4),
        (format!("{usual}  expect: allow\n"), Code::NotYaml, 4),
        (usual.replace("deny", "perhaps"), Code::BadValue, 3),
        (usual.replace("grant", "grnat"), Code::BadValue, 2),
        (usual.replace("  expect: deny\n", ""), Code::MissingKey, 1),
        (usual.replace("- name: a\n  action", "- action"), Code::MissingKey, 1),
        (format!("{usual}  advice: []\n"), Code::MissingKey, 1),
        (format!("{usual}  decided_by: [no-such-policy]\n"), Code::UnknownName, 4),
        (format!("{usual}  decided_by: no-such-policy\n"), Code::BadValue, 4),
        (format!("{usual}  approver: {{offices: [king]}}\n"), Code::UnknownName, 4),
        (format!("{usual}  approver: {{coordinator_of: [osslo]}}\n"), Code::UnknownName, 4),
        (format!("{usual}  access: {{unit: 17}}\n"), Code::UnknownName, 4),
        (format!("{usual}  access: {{unit: 0100089}}\n"), Code::UnknownName, 4),
        (format!("{usual}  access: {{offices: [register-leader, register-leader]}}\n"), Code::BadValue, 4),
        (format!("{usual}  context: {{own: yes}}\n"), Code::BadValue, 4),
        ("- name: a\n  action: inspect\n  trust: ahus\n  expect: deny\n".to_owned(), Code::MissingKey, 1),
        ("- name: a\n  action: unlock-form\n  expect: deny\n".to_owned(), Code::MissingKey, 1),
        (
            "- name: a\n  action: release\n  context: {stay: 3}\n  expect: deny\n".to_owned(),
            Code::UnknownKey,
            3,
        ),
        ("name: a\n".to_owned(), Code::PolicyCaseInvalid, 0),
        ("[]\n".to_owned(), Code::PolicyCaseInvalid, 0),
        (format!("{usual}{usual}"), Code::PolicyCaseInvalid, 4),
    ] {
        let tried = tried(&text);
        let told = tried.findings.iter().any(|finding| {
            finding.code == code && finding.place.as_ref().is_some_and(|place| place.line == line)
        });
        assert!(told, "{text}\n{}", shown(&tried.findings));
    }
}

#[test]
fn a_file_of_cases_that_nobody_reads_is_told() {
    let mut files = files();
    for name in ["a.yml", "notes.txt", "more/b.json"] {
        files.insert(FilePath::new(&format!("policies/tests/{name}")), Arc::from(&b"- x\n"[..]));
    }
    files.insert(FilePath::new("policies/tests/README.md"), Arc::from(&b"# Cases\n"[..]));
    let tried = try_cases(&fixture::policies(), &register(), &files);
    let told: Vec<&str> =
        tried.findings.iter().map(|finding| finding.place.as_ref().unwrap().file.as_str()).collect();
    assert_eq!(told, ["policies/tests/a.yml", "policies/tests/more/b.json", "policies/tests/notes.txt"]);
}

#[test]
fn a_register_says_what_is_usual_there() {
    let mut register = fixture::register();
    register.units.remove(&portvakt_core::model::UnitId(fixture::AHUS));
    let case = "- name: a\n  action: grant\n  approver: {coordinator_of: [oslo]}\n  expect: allow\n  decided_by: [coordinator-approves-at-own-trust]\n";
    let usual = "access: {application: smerteregisteret, unit: 705758, role: LU, staff: health, employer: oslo}\ncontext: {stay: 3}\n";
    let mut files = BTreeMap::from([(FilePath::new("policies/tests/a.yaml"), Arc::from(case.as_bytes()))]);
    let tried = try_cases(&fixture::policies(), &register, &files);
    assert!(tried.cases.is_empty());
    assert_eq!(tried.findings[0].code, Code::MissingKey);
    assert!(tried.findings[0].message.en().contains("has no `unit`"), "{:?}", tried.findings);
    files.insert(FilePath::new("policies/tests/usual.yaml"), Arc::from(usual.as_bytes()));
    let tried = try_cases(&fixture::policies(), &register, &files);
    assert!(tried.findings.is_empty() && tried.files.len() == 1, "{}", shown(&tried.findings));
    files.insert(FilePath::new("policies/tests/usual.yaml"), Arc::from(&b"acces: {}\n"[..]));
    let tried = try_cases(&fixture::policies(), &register, &files);
    assert!(tried.findings.iter().any(|finding| finding.code == Code::UnknownKey), "{:?}", tried.findings);
}

#[test]
fn what_no_case_shows_is_told_with_its_line() {
    let (policies, register) = (fixture::policies(), fixture::register());
    let cases = "- name: a coordinator at home\n  action: grant\n  approver: {coordinator_of: [ahus]}\n  expect: allow\n  decided_by: [coordinator-approves-at-own-trust]\n";
    let tried = tried(cases);
    assert!(tried.findings.is_empty(), "{}", shown(&tried.findings));
    let coverage = coverage(&policies, &register, &tried.cases);
    assert_eq!((coverage.policies, coverage.decided), (policies.ids().count(), 1));
    // These are its conditions: the own trust, a health trust, not the host, and health personnel.
    assert_eq!((coverage.conditions, coverage.both), (4, 0));
    let sided: Vec<&Finding> =
        coverage.findings.iter().filter(|finding| finding.code == Code::ConditionOneSided).collect();
    assert_eq!(sided.len(), 4);
    let place = sided[0].place.as_ref().unwrap();
    assert_eq!(place.file.as_str(), fixture::ADMINISTRATION);
    assert_eq!(place.text, "when { principal.coordinatorOf.contains(resource.trust.id) }");
    assert!(sided[0].message.en().contains("is true in every case"), "{:?}", sided[0]);
    let idle = coverage.findings.iter().filter(|finding| finding.code == Code::PolicyWithoutCase);
    assert_eq!(idle.count(), policies.ids().count() - 1);
}
