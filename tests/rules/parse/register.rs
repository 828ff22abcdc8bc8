//! The register: what it may say, which proofs it asks for, and what a file names of it.

use portvakt_core::diag::{Code, Colour, Lang, human};
use portvakt_core::model::{FilePath, ProofsAsked, Register};
use portvakt_core::parse::{self, Entry};

use super::{KARI, READ, REGISTER, held, kari_path, refused, register_of, with};

#[test]
fn an_account_of_the_forge_is_written_in_one_way_and_is_one_persons() {
    let forge = |accounts: &str| {
        let lines = format!(
            "evidence: forge\nforge:\n  kind: github\n  api: https://api.example.no\n  project: clinic/access\n  \
             branch: main\n  accounts: {{{accounts}}}\n"
        );
        let text = REGISTER.replacen("evidence: declared\n", &lines, 1);
        assert_ne!(text, REGISTER);
        register_of(&text)
    };
    assert!(forge("11: lars.demostad, 12: bjorn.lederesen").is_ok());
    for second in [
        "\"0011\"",
        "\"+11\"",
        "\"011\"",
        "\"11 \"",
        "0x0B",
        "-11",
        "\"00\"",
        "1e1",
        "0",
        "9223372036854775808",
        "18446744073709551615",
    ] {
        let wrong = forge(&format!("11: lars.demostad, {second}: bjorn.lederesen")).unwrap_err();
        assert!(wrong.iter().any(|finding| finding.code == Code::BadValue), "{second}: {wrong:?}");
    }
    assert!(forge("11: lars.demostad, 11: bjorn.lederesen").is_err());
}

#[test]
fn a_secret_in_a_value_that_does_not_fit_is_in_no_finding() {
    for login in [
        "u:hemmelig@h",
        "https://u:hemmelig@h/x",
        "https://h/x?token=hemmelig",
        "password=hemmelig",
        "u:hem@melig@h",
    ] {
        let told =
            held(&with("employer: helse-bergen\n", &format!("login: \"{login}\"\nemployer: helse-bergen\n")));
        let is_covered = !["hemmelig", "melig"].iter().any(|part| told.contains(*part));
        assert!(is_covered && told.contains("`login` cannot be"), "{told}");
    }
}

#[test]
fn a_secret_in_the_address_of_the_forge_is_in_no_finding() {
    let forge = |api: &str, more: &str| {
        let lines = format!(
            "evidence: forge\nforge: {{kind: github, api: \"{api}\", project: clinic/access, branch: main, {more}accounts: {{11: lars.demostad}}}}\n"
        );
        register_of(&REGISTER.replacen("evidence: declared\n", &lines, 1)).unwrap_err()
    };
    for api in [
        "https://u:hemmelig@api.example.no",
        "https://hemmelig@api.example.no/v4",
        "https://api.example.no/v4?private_token=hemmelig",
        "https://api.example.no/v4#hemmelig",
        "https://u:hemmelig",
        "u:hemmelig@api.example.no",
        "https://u:hem melig hemmelig@api.example.no",
    ] {
        let wrong = forge(api, "");
        let printed = human(&wrong, Colour::Never, Lang::En);
        assert!(
            !printed.contains("hemmelig") && !format!("{wrong:?}").contains("hemmelig"),
            "{api}: {printed}"
        );
        assert!(printed.contains("is no address of an API"), "{printed}");
    }
    // The finding about another fault in that line does not show it either.
    let wrong = forge("https://u:hemmelig@api.example.no?token=hemmelig", "colour: red, ");
    let unknown: Vec<_> = wrong.iter().filter(|finding| finding.code == Code::UnknownKey).collect();
    assert!(unknown.len() == 1 && !format!("{unknown:?}").contains("hemmelig"), "{unknown:?}");
    let told = human(&forge("https://169.254.169.254", ""), Colour::Never, Lang::Nb);
    assert!(told.contains("`https://169.254.169.254` er en lenkelokal eller spesiell adresse"), "{told}");
}

#[test]
fn names_that_are_not_in_the_register() {
    snapshot!("unknown-unit", refused(&with("100082", "100028")));
    snapshot!("unit-by-name", refused(&with("100082", "haukeland")));
    snapshot!("unknown-role", refused(&with("role: LU", "role: lu")));
    snapshot!("unknown-application", refused(&with("smerteregisteret", "smerteregister")));
    snapshot!("unknown-employer", held(&with("employer: helse-bergen", "employer: helse-begren")));
    snapshot!("unit-elsewhere", refused(&with("100082", "100089")));
    let at = |path: &str| {
        human(
            &parse::person(&FilePath::new(path), KARI.as_bytes(), &READ).unwrap_err(),
            Colour::Never,
            Lang::En,
        )
    };
    snapshot!("unknown-folder", at("desired-state/helse-bergn/kari.testesen.yaml"));
    snapshot!("other-file-name", at("desired-state/helse-bergen/kari.testsen.yaml"));
    snapshot!("odd-file-name", at("desired-state/helse-bergen/Kari Testesen.yaml"));
    snapshot!("no-folder", at("desired-state/kari.testesen.yaml"));
}

#[test]
fn a_unit_that_opens_or_closes() {
    let closing = "100082: {name: Haukeland, from: 2020-01-01, until: 2026-12-31}";
    let register = register_of(&REGISTER.replacen("100082: Haukeland", closing, 1)).unwrap();
    let findings =
        |text: &str| match &parse::person(&kari_path(), text.as_bytes(), &register).unwrap().entries[0] {
            Entry::Invalid { findings, .. } => human(findings, Colour::Never, Lang::En),
            Entry::Valid { .. } => String::new(),
        };
    assert_eq!(findings(KARI), "");
    assert_eq!(findings(&with("2026-11-30", "2026-12-31")), "");
    assert!(findings(&with("2026-11-30", "2027-01-01")).contains("exists until 2026-12-31 only"));
    assert!(
        findings(&with("from: 2026-09-01", "from: 2019-12-31")).contains("exists from 2020-01-01 on only")
    );
    let open = with("    until: 2026-11-30\n", "");
    snapshot!("closing-unit", findings(&open));
    let revoked = format!("{open}    revoked: {{on: 2026-10-01, by: tone.testesen, reason: has left}}\n");
    assert_eq!(findings(&revoked), "");
}

#[test]
fn the_register() {
    let wrong = |text: &str| human(&register_of(text).unwrap_err(), Colour::Never, Lang::En);
    let with = |old: &str, new: &str| {
        assert!(REGISTER.contains(old), "{old}");
        REGISTER.replacen(old, new, 1)
    };
    snapshot!("register-empty", wrong("# nothing\n"));
    snapshot!("register-half", wrong(&REGISTER[..REGISTER.find("trusts:").unwrap()]));
    let many = with("office: register-leader", "office: registerleader")
        .replace("  role: LC\n", "  role: LCC\n")
        .replace("Europe/Oslo", "Europe/Olso")
        .replace("kind: national", "kind: nasjonal")
        .replace("contact_in_git: false", "contact_in_git: no")
        .replace("percent: 5", "percent: 500")
        .replace("100089: Ahus", "100082: Ahus")
        .replace("org_no: 983974694", "org_no: 98397469")
        .replace("review_months", "review_month");
    snapshot!("register-many", wrong(&many));
    snapshot!("register-two-hosts", wrong(&with("    org_no: 983971636", "    host: true")));
    snapshot!("register-duplicate", wrong(&with("  unn:", "  ahus:")));
    snapshot!("register-limits", wrong(&with("most: 10", "most: 2")));
    // A limit of 0 would hold everything, an unsigned `revoked` too.
    for zero in [with("least: 2", "least: 0"), with("least: 3", "least: 0"), with("most: 10", "most: 0")] {
        assert!(wrong(&zero).contains("is no whole number from 1 to"), "{}", wrong(&zero));
    }
    snapshot!("register-body-and-trust", wrong(&with("  nhn:", "  ahus:")));
    let two = REGISTER.replace("offices:\n", "offices:\n  x: \n");
    snapshot!("register-null-name", wrong(&two));
    let accounts =
        with("  ignore: []\n  adopt: {}", "  ignore: [SVC-1]\n  adopt: {SVC-1: kari.testesen, 7: Kari}");
    snapshot!("register-accounts", wrong(&accounts));
    let accounts = with("  ignore: []\n  adopt: {}", "  ignore: [SVC-1]\n  adopt: {\"0007\": kari.testesen}");
    let register = register_of(&accounts).unwrap();
    assert_eq!(register.adopted_accounts.keys().next().unwrap().as_str(), "0007");
    assert_eq!(register.ignored_accounts.len(), 1);
}

#[test]
fn a_register_asks_for_proofs_by_one_word() {
    assert_eq!(READ.proofs, None);
    let asking = |word: &str| {
        let lines = format!("review_months: 3\nproofs: {word}\n");
        let text = REGISTER.replacen("review_months: 3\n", &lines, 1);
        assert_ne!(text, REGISTER);
        register_of(&text)
    };
    assert_eq!(asking("required").unwrap().proofs, Some(ProofsAsked::Required));
    for word in ["true", "optional", "Required", "[required]", ""] {
        assert!(asking(word).is_err(), "{word}");
    }
}

#[test]
fn an_address_is_named_or_cleared_only_where_the_owner_allows_it() {
    let with_contact =
        register_of(&REGISTER.replace("contact_in_git: false", "contact_in_git: true")).unwrap();
    let email = |line: &str, register: &Register| {
        let text = with("position: lis\n", &format!("position: lis\n{line}"));
        parse::person(&kari_path(), text.as_bytes(), register).map(|file| file.facts.email)
    };
    use portvakt_core::model::Email;
    assert_eq!(email("", &with_contact).unwrap(), None);
    assert_eq!(email("email: none\n", &with_contact).unwrap(), Some(Email::Cleared));
    let address = Email::Address("kari@example.org".to_owned());
    assert_eq!(email("email: kari@example.org\n", &with_contact).unwrap(), Some(address));
    for wrong in ["email:\n", "email: None\n", "email: ''\n", "email: ingen\n"] {
        assert_eq!(email(wrong, &with_contact).unwrap_err()[0].code, Code::BadValue, "{wrong}");
    }
    assert_eq!(email("email: none\n", &READ).unwrap_err()[0].code, Code::ContactInGit);
}
