//! A fault in a policy file is shown at its place, and nothing of the file is loaded.

use std::sync::Arc;

use portvakt_core::diag::{Code, Colour, Finding, Lang, human};
use portvakt_core::model::{EmployerId, FilePath, OfficeId, RoleId, RoleRules};
use portvakt_core::policy::Policies;

use super::fixture::{
    ADMINISTRATION, ADVICE, CAPABILITIES, Files, SCHEMA, edited, files, policies, register,
};

fn findings(files: &Files) -> Vec<Finding> {
    let findings = Policies::load(files).expect_err("these policies are not in order");
    assert!(findings.iter().all(|finding| finding.code == Code::PoliciesInvalid));
    findings
}

fn shown(files: &Files) -> String {
    human(&findings(files), Colour::Never, Lang::En)
}

fn replaced(path: &str, bytes: &[u8]) -> Files {
    let mut files = files();
    files.insert(FilePath::new(path), Arc::from(bytes));
    files
}

#[test]
fn a_misspelt_word_is_underlined() {
    let attribute =
        edited(ADMINISTRATION, "resource.offices.contains(Office::\"register-leader\")", "resource.ofices");
    let role = edited(CAPABILITIES, "Role::\"LU\" };", "Role::\"UL\" };");
    let action = edited(ADVICE, "Action::\"inspect\"", "Action::\"inspekt\"");
    let grammar = edited(ADVICE, "when { context.users", "wenn { context.users");
    let schema = edited(SCHEMA, "trust: AtTrust,", "trust: AtTrusts,");
    let all = [attribute, role, action, schema].map(|files| shown(&files)).concat();
    insta::assert_snapshot!(all + &findings_of_first_error(&grammar));
}

fn findings_of_first_error(files: &Files) -> String {
    human(&findings(files)[..1], Colour::Never, Lang::En)
}

#[test]
fn annotations_are_required_and_told_where() {
    let all = [
        edited(ADVICE, "@id(\"more-than-one-sc\")\n", ""),
        edited(ADVICE, "@id(\"more-than-one-sc\")", "@id(\"last-administrator-leaves\")"),
        edited(ADVICE, "@id(\"more-than-one-sc\")", "@id(\"lu-never-unlocks\")"),
        edited(ADVICE, "@rule(\"R19\")", "@rule(\"R19, R99\")"),
        edited(ADVICE, "@rule(\"R19\")", "@rules(\"R19\")"),
        edited(
            ADVICE,
            "@says(\"More than one person would hold SC; it is meant for the leader of the register.\")",
            "@says(\" \")",
        ),
        edited(ADVICE, "permit (\n    principal is Watch", "forbid (\n    principal is Watch"),
    ];
    insta::assert_snapshot!(all.map(|files| shown(&files)).join("----\n"));
}

#[test]
fn every_file_is_read_or_told() {
    let mut odd = files();
    odd.insert(FilePath::new("policies/more.cedar"), Arc::from(&b"permit(principal, action, resource);"[..]));
    odd.insert(FilePath::new("policies/sub/schema.cedarschema"), Arc::from(&b""[..]));
    let mut gone = files();
    gone.remove(&FilePath::new(ADVICE));
    let mut hidden = String::from_utf8(files()[&FilePath::new(ADVICE)].to_vec()).unwrap();
    hidden.insert(10, '\u{202e}');
    let all = [
        odd,
        gone,
        Files::new(),
        replaced(CAPABILITIES, b"// nothing\n"),
        replaced(SCHEMA, b"\xff"),
        replaced(ADVICE, hidden.as_bytes()),
        edited(ADVICE, "principal is Watch,", "principal == ?principal,"),
    ];
    insta::assert_snapshot!(all.map(|files| shown(&files)).join("----\n"));
}

#[test]
fn a_policy_that_can_never_decide_and_letters_that_look_alike_are_refused() {
    let never = edited(CAPABILITIES, "Role::\"LU\" };", "Role::\"LU\" && false };");
    assert!(shown(&never).contains("lu-never-unlocks"));
    let cyrillic = edited(ADMINISTRATION, "Employer::\"nhn\"", "Employer::\"nhn\u{435}a\"");
    assert!(shown(&cyrillic).contains("mixed scripts"), "{}", shown(&cyrillic));
}

#[test]
fn tests_and_readme_are_not_read_and_do_not_count() {
    let mut more = files();
    for path in ["policies/tests/a.yaml", "policies/README.md", "desired-state/register.yaml"] {
        more.insert(FilePath::new(path), Arc::from(&b"\xff"[..]));
    }
    assert_eq!(Policies::load(&more).unwrap().digest(), policies().digest());
    let commented = replaced(ADVICE, &[&files()[&FilePath::new(ADVICE)][..], b"// more\n"].concat());
    assert_ne!(Policies::load(&commented).unwrap().digest(), policies().digest());
}

#[test]
fn register_and_policies_speak_of_the_same_things() {
    let policies = policies();
    assert_eq!(policies.fits(&register()), Ok(()));
    let mut other = register();
    other.offices.insert(OfficeId::new("auditor").unwrap(), "Auditor".to_owned());
    other.roles.insert(RoleId::new("XX").unwrap(), RoleRules { name: "X".to_owned(), counted: false });
    other.ict_bodies.remove(&EmployerId::new("nhn").unwrap());
    insta::assert_snapshot!(human(&policies.fits(&other).unwrap_err(), Colour::Never, Lang::En));
}
