//! A schema of the policies that the program cannot ask by: other facts than it sends, actions below each other, and
//! misspelt words. Each is told in the schema, and once.

use std::sync::Arc;

use portvakt_core::diag::Lang;
use portvakt_core::model::FilePath;
use portvakt_core::policy::Policies;

use super::{findings, shown};
use crate::policies::fixture::{SCHEMA, edited, with_promises};

#[test]
fn an_action_that_stands_below_another_is_refused() {
    let appliance = "action \"release\", \"suspend\" appliesTo";
    let empty = edited(
        SCHEMA,
        appliance,
        "action \"approving\";\naction \"release\", \"suspend\" in [\"approving\"] appliesTo",
    );
    let shared =
        edited(SCHEMA, appliance, "action \"release\", \"suspend\" in [Action::\"attest\"] appliesTo");
    for (files, above) in [(empty, "approving"), (shared, "attest")] {
        let all = findings(&files);
        for name in ["release", "suspend"] {
            for (lang, told) in [
                (Lang::En, format!("the action `{name}` stands below `{above}`")),
                (Lang::Nb, format!("handlingen `{name}` står under `{above}`")),
            ] {
                assert!(all.iter().any(|found| found.message.get(lang).contains(&told)), "{all:?}");
            }
        }
        assert!(shown(&files).contains(&format!("--> {SCHEMA}:")), "{}", shown(&files));
    }
}

#[test]
fn a_schema_that_asks_for_other_facts_than_the_program_sends_is_refused() {
    let application =
        "    application: Application,\n    role: Role,\n    unit: AtUnit,\n    trust: AtTrust,\n    staff";
    let release =
        "\"suspend\" appliesTo {\n    principal: Administrator,\n    resource: Register,\n    context: {\n";
    let more = |before: &str, attribute: &str| edited(SCHEMA, before, &before.replacen("    ", attribute, 1));
    for (files, attribute, whose) in [
        (more(application, "    badge: Bool,\n    "), "badge", "`Access`"),
        (edited(SCHEMA, "entity Register;", "entity Register { badge: Bool };"), "badge", "`Register`"),
        (edited(SCHEMA, "entity Watch;", "entity Watch { badge: Bool };"), "badge", "`Watch`"),
        (
            edited(SCHEMA, "    ongoing: Bool,\n", "    ongoing: Bool,\n    badge: Bool,\n"),
            "badge",
            "`Record`",
        ),
        (edited(SCHEMA, "    position?: String,", "    position: String,"), "position", "`Access`"),
        (
            edited(SCHEMA, "    national: Bool,\n", "    national: Bool,\n    badge: Bool,\n"),
            "unit",
            "`Access`",
        ),
        (
            edited(SCHEMA, "reviewOverdue?: Bool", "reviewOverdue: Bool"),
            "reviewOverdue",
            "the context of `change`, `grant`, `revoke`",
        ),
        (
            edited(SCHEMA, "reviewOverdue?: Bool", "reviewOverdue?: Long"),
            "reviewOverdue",
            "the context of `change`, `grant`, `revoke`",
        ),
        (
            edited(SCHEMA, "        hasEnd: Bool,\n", "        hasEnd: Bool,\n        badge: Bool,\n"),
            "badge",
            "the context of `change`, `grant`, `revoke`",
        ),
        (
            edited(SCHEMA, release, &format!("{release}        badge: Bool,\n")),
            "badge",
            "the context of `release`, `suspend`",
        ),
        (
            edited(SCHEMA, "        users: Long,\n", "        users: Long,\n        badge: Bool,\n"),
            "badge",
            "the context of `inspect`",
        ),
        (
            edited(SCHEMA, "        self?: Bool,\n", "        self: Bool,\n"),
            "self",
            "the context of `attest`",
        ),
        (
            edited(
                SCHEMA,
                "    resource: Record,\n",
                "    resource: Record,\n    context: { badge: Bool },\n",
            ),
            "badge",
            "the context of `change-consent`, `read-course`, `read-national`, `register-form`, `register-reservation`, `remove-consent`, `save-form`, `unlock-form`",
        ),
    ] {
        let Err(all) = Policies::load(&files) else { panic!("`{attribute}` of {whose} is loaded") };
        let told = format!(
            "the attribute `{attribute}` of {whose} is in the schema otherwise than the program sends it"
        );
        assert!(all.iter().any(|found| found.message.en().starts_with(&told)), "{told}: {all:?}");
        assert!(
            all.iter()
                .any(|found| found.message.get(Lang::Nb).contains(&format!("attributtet `{attribute}`")))
        );
        assert!(shown(&files).contains(&format!("--> {SCHEMA}:")), "{}", shown(&files));
    }
    // A word that the program itself uses must be there, and an attribute that may be missing may be declared.
    let fewer = edited(
        SCHEMA,
        "entity TrustKind enum [\"trust\", \"national\", \"test\"];",
        "entity TrustKind enum [\"trust\", \"national\"];",
    );
    assert!(shown(&fewer).contains("requests would be denied"), "{}", shown(&fewer));
    let optional = more(application, "    badge?: Bool,\n    ");
    assert_eq!(Policies::load(&optional).map(|_| ()), Ok(()));
}

/// A word that is misspelt in the schema, or a fact of another type, is one slip, although every policy that uses it has
/// something against it and every action's requests show it.
#[test]
fn a_slip_of_the_schema_is_told_in_the_schema_and_once() {
    let told = |from: &str, to: &str| {
        let mut files = with_promises();
        let text = String::from_utf8(files[&FilePath::new(SCHEMA)].to_vec()).unwrap();
        assert!(text.contains(from), "{text}");
        files.insert(FilePath::new(SCHEMA), Arc::from(text.replacen(from, to, 1).into_bytes()));
        let findings = Policies::load(&files).unwrap_err();
        let places = findings.iter().map(|finding| finding.place.as_ref().unwrap().file.as_str());
        assert!(places.clone().all(|file| file == SCHEMA), "{findings:#?}");
        findings.iter().map(|finding| finding.message.en().to_owned()).collect::<Vec<_>>()
    };
    let [only] = <[String; 1]>::try_from(told("months: Long", "months: String")).unwrap();
    assert_eq!(
        only,
        "the attribute `months` of the context of `change`, `grant`, `revoke` is in the schema otherwise than the program sends it, so requests would be denied"
    );
    // The type of the unit is that of two entities.
    let [access, holder] = <[String; 2]>::try_from(told("testOnly: Bool", "testOnyl: Bool")).unwrap();
    assert!(access.starts_with("the attribute `unit` of `Access` is in"), "{access}");
    assert!(holder.starts_with("the attribute `unit` of `Holder` is in"), "{holder}");
}
