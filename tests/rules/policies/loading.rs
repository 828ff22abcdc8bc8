//! A fault in a policy file is shown at its place, and nothing of the file is loaded.

use std::sync::Arc;

use portvakt_core::diag::{Code, Colour, Finding, Lang, human};
use portvakt_core::model::{EmployerId, FilePath, OfficeId, RoleId, RoleRules};
use portvakt_core::policy::Policies;

use super::fixture::{
    ADMINISTRATION, ADVICE, CAPABILITIES, Files, SCHEMA, edited, files, policies, register, with_promises,
};

mod schema;

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

/// The files with the first occurrence of some words in one of them replaced.
fn once(path: &str, from: &str, to: &str) -> Files {
    let text = String::from_utf8(files()[&FilePath::new(path)].to_vec()).unwrap();
    assert!(text.contains(from), "`{from}` is not in {path}");
    replaced(path, text.replacen(from, to, 1).as_bytes())
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
fn an_id_holds_small_letters_digits_and_hyphens_only() {
    for id in ["it's", r#"a\"b"#, r"a\\b", r"a\u{1b}", r"a\n", "Ab", "a b", "a_b", "å", "a.b", "a`b"] {
        for (path, own) in [
            (ADMINISTRATION, "nobody-approves-own-access"),
            (ADVICE, "more-than-one-sc"),
            (CAPABILITIES, "lu-never-unlocks"),
        ] {
            let all = findings(&edited(path, &format!("@id(\"{own}\")"), &format!("@id(\"{id}\")")));
            let told = |lang, words: &str| all.iter().any(|found| found.message.get(lang) == words);
            assert!(
                told(
                    Lang::En,
                    "this policy has an `@id` with other signs than `a` to `z`, `0` to `9` and `-`"
                ),
                "{id}: {all:?}"
            );
            assert!(
                told(
                    Lang::Nb,
                    "denne tilgangsregelen har en `@id` med andre tegn enn `a` til `z`, `0` til `9` og `-`"
                ),
                "{id}: {all:?}"
            );
        }
    }
}

#[test]
fn an_escape_in_an_annotation_hides_nothing() {
    let says = "More than one person would hold SC; it is meant for the leader of the register.";
    for (escape, code) in [
        (r"\u{1b}[31m", "001B"),
        (r"\u{202e}", "202E"),
        (r"\u{2028}", "2028"),
        (r"\n", "000A"),
        (r"\r", "000D"),
        (r"\t", "0009"),
        (r"\0", "0000"),
        (r"\x1b", "001B"),
        ("\n", "000A"),
    ] {
        let told = shown(&edited(ADVICE, says, &format!("More {escape} people.")));
        let expected = format!(
            "policy `more-than-one-sc` has an invisible character or a line break, U+{code}, in `@says`"
        );
        assert!(told.contains(&expected), "{told}");
        let rule = findings(&edited(ADVICE, "@rule(\"R19\")", &format!("@rule(\"R19{escape}\")")));
        let in_bokmal = format!("har et usynlig tegn eller et linjeskift, U+{code}, i `@rule`");
        assert!(rule.iter().any(|found| found.message.get(Lang::Nb).contains(&in_bokmal)), "{rule:?}");
    }
}

#[test]
fn only_a_policy_that_forbids_may_say_that_it_only_explains() {
    let policies = policies();
    let explaining: Vec<&str> = policies.ids().filter(|id| policies.explains(id)).collect();
    let expected = [
        "coordinator-never-approves-elsewhere",
        "lu-never-unlocks",
        "only-health-and-ict-personnel",
        "sc-never-in-local-data",
    ];
    assert_eq!(explaining, expected);
    let permit = edited(CAPABILITIES, "@rule(\"R28\")\n", "@rule(\"R28\")\n@explains\n");
    let advice = edited(ADVICE, "@rule(\"R19\")\n", "@rule(\"R19\")\n@explains\n");
    for (files, id) in [(permit, "lu-registers-at-own-unit"), (advice, "more-than-one-sc")] {
        let told = shown(&files);
        assert!(told.contains(&format!("policy `{id}` has `@explains`, which means nothing here")), "{told}");
    }
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
fn letters_and_symbols_that_show_nothing_are_told_in_a_policy_too() {
    for c in ['\u{3164}', '\u{2800}', '\u{34f}', '\u{115f}', '\u{ffa0}', '\u{fe0f}'] {
        let mut text = String::from_utf8(files()[&FilePath::new(ADVICE)].to_vec()).unwrap();
        text.insert(10, c);
        let told = shown(&replaced(ADVICE, text.as_bytes()));
        assert!(told.contains(&format!("U+{:04X}", u32::from(c))), "{told}");
    }
}

#[test]
fn a_character_that_a_program_put_in_is_named_in_a_policy_and_in_the_schema() {
    let dash = ["an en dash (`–`, U+2013)", "en tankestrek (`–`, U+2013)"];
    let mark = ["a quotation mark of print (`“`, U+201C)", "et typografisk anførselstegn (`“`, U+201C)"];
    let wide = ["a character of full width (`＝`, U+FF1D)", "et tegn i full bredde (`＝`, U+FF1D)"];
    for (files, what) in [
        (once(ADMINISTRATION, "resource.staff == ", "resource.staff =– "), dash),
        (once(ADMINISTRATION, "Staff::\"health\"", "Staff::“health”"), mark),
        (once(ADMINISTRATION, "resource.staff == ", "resource.staff ＝＝ "), wide),
        (once(ADVICE, "@id(\"more-than-one-sc\")", "@id(“more-than-one-sc\")"), mark),
        (once(SCHEMA, "entity Trust;", "entity T–rust;"), dash),
        (once(ADMINISTRATION, "Office::\"register-leader\"", "Office::\"register–leader\""), dash),
    ] {
        let all = findings(&files);
        let [one] = all.as_slice() else { panic!("{all:#?}") };
        for (lang, what, anew) in [
            (Lang::En, what[0], "type what belongs there on the keyboard"),
            (Lang::Nb, what[1], "skriv det som hører hjemme der, på tastaturet"),
        ] {
            assert!(one.message.get(lang).contains(what), "{what}: {one:#?}");
            assert!(one.way_out.get(lang).contains(anew), "{one:#?}");
        }
    }
    // The value that is meant is one of those that there are.
    for written in ["register–leader", "register-leder", "Register-Leader"] {
        let written = format!("Office::\"{written}\"");
        let all = findings(&once(ADMINISTRATION, "Office::\"register-leader\"", &written));
        let [one] = all.as_slice() else { panic!("{all:#?}") };
        assert!(one.way_out.en().contains("Did you mean `\"register-leader\"`?"), "{one:#?}");
        assert!(one.way_out.get(Lang::Nb).contains("Mente du `\"register-leader\"`?"), "{one:#?}");
    }
}

#[test]
fn a_character_that_cannot_be_seen_is_told_once_in_code() {
    for (path, from, to) in [
        (ADMINISTRATION, "resource.staff", "resource.\u{200b}staff"),
        (ADMINISTRATION, "resource.staff", "resou\u{200b}rce.staff"),
        (ADVICE, "permit (", "permit\u{2060} ("),
        (SCHEMA, "entity Trust;", "entity\u{200b} Trust;"),
    ] {
        let all = findings(&once(path, from, to));
        let [one] = all.as_slice() else { panic!("{all:#?}") };
        assert!(one.message.en().contains("an invisible character"), "{one:#?}");
    }
    // Another fault of the same file is told beside it.
    let mut text = String::from_utf8(files()[&FilePath::new(ADVICE)].to_vec()).unwrap();
    text.insert(10, '\u{200b}');
    let text = text.replacen("when { context.users", "wenn { context.users", 1);
    assert!(findings(&replaced(ADVICE, text.as_bytes())).len() > 1);
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

#[test]
fn a_policy_in_a_file_that_is_never_asked_about_it_is_told() {
    const ANNOTATIONS: &str =
        "\n@id(\"stray\")\n@rule(\"R3\")\n@says(\"Stray.\")\n@says_nb(\"Bortkommen.\")\n";
    let with = |path: &str, policy: &str| {
        let text = String::from_utf8(files()[&FilePath::new(path)].to_vec()).unwrap();
        replaced(path, format!("{text}{ANNOTATIONS}{policy}\n").as_bytes())
    };
    let (grant, read, release, inspect) = (
        "permit (principal is Administrator, action == Action::\"grant\", resource is Access);",
        "permit (principal is Holder, action == Action::\"read-course\", resource is Record);",
        "permit (principal is Administrator, action == Action::\"release\", resource is Register);",
        "permit (principal is Watch, action == Action::\"inspect\", resource is UserList);",
    );
    for (path, policy, meant) in [
        (CAPABILITIES, grant, Some(ADMINISTRATION)),
        (ADMINISTRATION, read, Some(CAPABILITIES)),
        (ADVICE, read, Some(CAPABILITIES)),
        (ADVICE, release, Some(ADMINISTRATION)),
        (ADMINISTRATION, inspect, None),
    ] {
        let files = with(path, policy);
        let loaded = Policies::load(&files).unwrap();
        let misplaced = loaded.misplaced();
        let [found] = &misplaced[..] else { panic!("{misplaced:?}") };
        let place = found.place.as_ref().unwrap();
        assert_eq!((place.file.as_str(), place.line > 0), (path, true));
        let told = format!("the policy `stray` decides nothing here: `{path}` is never asked about such");
        assert!(found.message.en().starts_with(&told), "{found:?}");
        assert!(found.message.get(Lang::Nb).contains("avgjør ingenting her"), "{found:?}");
        match meant {
            Some(meant) => {
                assert!(found.way_out.en().starts_with(&format!("Move it to `{meant}`")), "{found:?}");
            }
            None => assert!(found.way_out.en().starts_with("Correct the file"), "{found:?}"),
        }
    }
    // What is about some requests of its file is in its place.
    for (path, policy) in [
        (ADVICE, grant),
        (ADVICE, inspect),
        (CAPABILITIES, "permit (principal, action, resource);"),
        (
            ADMINISTRATION,
            "forbid (principal, action, resource) when { context has months && context.months > 900 };",
        ),
    ] {
        assert_eq!(Policies::load(&with(path, policy)).unwrap().misplaced(), [], "{path}: {policy}");
    }
}

#[test]
fn what_is_wrong_for_several_actions_at_one_place_is_told_once() {
    let all = findings(&once(SCHEMA, "        self: Bool,\n", "        self?: Bool,\n"));
    let of_it = all.iter().filter(|found| found.message.en().contains("`nobody-approves-own-access`"));
    let told: Vec<&str> = of_it.map(|found| found.message.get(Lang::Nb)).collect();
    assert_eq!(
        told,
        ["tilgangsregelen `nobody-approves-own-access`: attributtet `self` kan mangle; spør med `has` først"]
    );
}

#[test]
fn equal_files_are_loaded_once_and_others_never_get_their_policies() {
    let files = with_promises();
    let policies = Policies::shared(&files).unwrap();
    // Only a few are kept, and other tests load policies meanwhile.
    let once = |others: &Files| {
        let is_same = || Arc::ptr_eq(&Policies::shared(&files).unwrap(), &Policies::shared(others).unwrap());
        (0..100).any(|_| is_same())
    };
    assert!(once(&files.clone()));
    // A description and the cases are not part of the policies.
    let mut described = files.clone();
    described.insert(FilePath::new("policies/README.md"), Arc::from(&b"Anything."[..]));
    assert!(once(&described));
    for (path, bytes) in &files {
        let mut commented = files.clone();
        commented.insert(path.clone(), Arc::from([&bytes[..], b"// A word.\n"].concat()));
        let other = Policies::shared(&commented).unwrap();
        assert_ne!(other.digest(), policies.digest(), "{path}");
        let mut fewer = files.clone();
        fewer.remove(path);
        let loaded = Policies::load(&fewer).map(|policies| policies.digest());
        assert_eq!(Policies::shared(&fewer).map(|policies| policies.digest()), loaded, "{path}");
    }
    let mut more = files.clone();
    more.insert(FilePath::new("policies/more.cedar"), Arc::from(&b""[..]));
    assert_eq!(Policies::shared(&more).map(|_| ()), Policies::load(&more).map(|_| ()));
    assert!(Policies::shared(&more).is_err());
}
