//! Tests the messages that hospital staff get about a file in error. No sequence of bytes can crash the reader.

use std::sync::LazyLock;

use jiff::civil::date;
use portvakt_core::diag::{Code, Colour, Finding, Lang, human};
use portvakt_core::model::{FilePath, Identity, ProofsAsked, Register};
use portvakt_core::parse;
use portvakt_core::parse::{Entry, ParsedFile};
use proptest::prelude::*;

pub(super) const REGISTER: &str = include_str!("../../desired-state/register.yaml");

pub(super) static READ: LazyLock<Register> = LazyLock::new(|| register_of(REGISTER).unwrap());

pub(super) fn register_of(text: &str) -> Result<Register, Vec<Finding>> {
    parse::register(&FilePath::new("desired-state/register.yaml"), text.as_bytes())
}

pub(super) const KARI: &str = "\
person: kari.testesen
name: Kari Testesen
employer: helse-bergen
staff: health
position: lis
access:
  - application: smerteregisteret
    unit: 100082
    role: LU
    from: 2026-09-01
    until: 2026-11-30
    request: REQ-2026-0113
    approved:
      by: bjorn.lederesen
      on: 2026-08-28
      identity: known
";

const SECOND: &str = "\x20 - application: rapporteket-smerte
    unit: 100082
    role: LU
    from: 2026-09-01
    request: REQ-2026-0113
    approved: {by: bjorn.lederesen, on: 2026-08-28, identity: known}
";

fn kari_path() -> FilePath {
    FilePath::new("desired-state/helse-bergen/kari.testesen.yaml")
}

pub(super) fn read(text: &str) -> Result<ParsedFile, Vec<Finding>> {
    parse::person(&kari_path(), text.as_bytes(), &READ)
}

/// The findings of a file that is held.
fn held(text: &str) -> String {
    human(&read(text).expect_err("the file is to be held"), Colour::Never, Lang::En)
}

/// The findings of the entries that are refused in a file that is read.
fn refused(text: &str) -> String {
    let file = read(text).unwrap_or_else(|f| panic!("held: {}", human(&f, Colour::Never, Lang::En)));
    let mut findings = Vec::new();
    for entry in file.entries {
        if let Entry::Invalid { findings: wrong, .. } = entry {
            findings.extend(wrong);
        }
    }
    assert!(!findings.is_empty(), "an entry is to be refused");
    human(&findings, Colour::Never, Lang::En)
}

fn with(old: &str, new: &str) -> String {
    assert!(KARI.contains(old), "{old}");
    KARI.replacen(old, new, 1)
}

macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(concat!("parse-", $name), $text)
        })
    };
}

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
    for second in ["\"0011\"", "\"+11\"", "\"011\"", "\"11 \"", "0x0B", "-11", "\"00\"", "1e1"] {
        let wrong = forge(&format!("11: lars.demostad, {second}: bjorn.lederesen")).unwrap_err();
        assert!(wrong.iter().any(|finding| finding.code == Code::BadValue), "{second}: {wrong:?}");
    }
    assert!(forge("11: lars.demostad, 11: bjorn.lederesen").is_err());
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
fn a_file_in_order_is_read() {
    let file = read(&format!("{KARI}{SECOND}")).unwrap();
    assert_eq!((file.trust.as_str(), file.person.as_str()), ("helse-bergen", "kari.testesen"));
    assert_eq!(file.facts.name, "Kari Testesen");
    let [Entry::Valid { grant, places }, Entry::Valid { grant: second, .. }] = file.entries.as_slice() else {
        panic!("{:?}", file.entries)
    };
    assert_eq!((grant.from, grant.until), (date(2026, 9, 1), Some(date(2026, 11, 30))));
    assert_eq!(grant.right().to_string(), "smerteregisteret/100082/LU");
    assert_eq!(second.until, None);
    for (span, words) in [
        (places.application, "smerteregisteret"),
        (places.unit, "100082"),
        (places.role, "LU"),
        (places.from, "2026-09-01"),
        (places.until.unwrap(), "2026-11-30"),
        (places.request, "REQ-2026-0113"),
        (places.by, "bjorn.lederesen"),
        (places.on, "2026-08-28"),
        (places.identity, "known"),
        (places.entry, "application: smerteregisteret"),
        (file.places.person, "kari.testesen"),
        (file.places.name, "Kari Testesen"),
        (file.places.employer, "helse-bergen"),
        (file.places.staff, "health"),
        (file.places.position.unwrap(), "lis"),
    ] {
        assert_eq!(span.of(KARI), words);
    }
    let place = places.role.place(&kari_path(), KARI);
    assert_eq!((place.line, place.column, place.end_column), (9, 11, 12));
}

#[test]
fn other_ways_to_write_the_same_are_read_the_same() {
    let plain = read(KARI).unwrap();
    let entries = |text: &str| match &read(text)
        .unwrap_or_else(|f| panic!("{}", human(&f, Colour::Never, Lang::En)))
        .entries[0]
    {
        Entry::Valid { grant, .. } => (**grant).clone(),
        Entry::Invalid { findings, .. } => panic!("{}", human(findings, Colour::Never, Lang::En)),
    };
    for text in [
        KARI.replace('\n', "\r\n"),
        format!("\u{feff}{KARI}"),
        format!("---\n{KARI}...\n"),
        with("unit: 100082", "unit: \"100082\"  # Haukeland!"),
        with("2026-11-30", "'2026-11-30'"),
        with("name: Kari Testesen", "name: \"Kari Testesen\""),
    ] {
        assert_eq!(entries(&text), entries(KARI), "{text}");
    }
    let bom = read(&format!("\u{feff}{KARI}")).unwrap();
    assert_eq!(bom.places.person.of(&format!("\u{feff}{KARI}")), "kari.testesen");
    let decomposed = read(&with("Kari Testesen", "Kåri Testesen")).unwrap();
    assert_eq!(decomposed.facts.name, "K\u{e5}ri Testesen");
    assert_ne!(plain.facts.name, decomposed.facts.name);
}

#[test]
fn contacted_names_how_and_when() {
    let text =
        with("identity: known", "identity: contacted\n      contacted: {channel: phone, on: 2026-08-27}");
    let Entry::Valid { grant, .. } = &read(&text).unwrap().entries[0] else { panic!() };
    let expected = Identity::Contacted { channel: "phone".to_owned(), on: date(2026, 8, 27) };
    assert_eq!(grant.approval.identity, expected);
    snapshot!("identity", refused(&with("identity: known", "identity: contacted")));
}

#[test]
fn a_contact_is_not_later_than_the_approval_that_goes_by_it() {
    let contacted = |on: &str| {
        let lines = format!("identity: contacted\n      contacted: {{channel: phone, on: {on}}}");
        read(&with("identity: known", &lines)).unwrap()
    };
    assert!(matches!(contacted("2026-08-28").entries[0], Entry::Valid { .. }), "on the same day");
    for on in ["2026-08-29", "2027-08-27"] {
        let file = contacted(on);
        let [finding] = file.entries[0].findings() else { panic!("{:#?}", file.entries) };
        assert_eq!((finding.code, finding.rules.join(",")), (Code::BadValue, "R17".to_owned()));
        assert!(
            finding.message.en().contains(on) && finding.message.en().contains("2026-08-28"),
            "{finding:?}"
        );
        assert_eq!(finding.place.as_ref().map(|place| place.line), Some(17), "{finding:?}");
    }
}

#[test]
fn an_address_in_free_words_is_refused_unless_the_owner_wants_addresses() {
    let allowed = register_of(&REGISTER.replace("contact_in_git: false", "contact_in_git: true")).unwrap();
    let revoked = |reason: &str| {
        with(
            "      identity: known\n",
            &format!(
                "      identity: known\n    revoked: {{on: 2026-09-05, by: bjorn.lederesen, reason: \"{reason}\"}}\n"
            ),
        )
    };
    let channel = |words: &str| {
        let lines = format!("identity: contacted\n      contacted: {{channel: \"{words}\", on: 2026-08-27}}");
        with("identity: known", &lines)
    };
    let codes = |text: &str, register: &Register| -> Vec<Code> {
        let file = parse::person(&kari_path(), text.as_bytes(), register).unwrap();
        file.entries[0].findings().iter().map(|finding| finding.code).collect()
    };
    for words in
        ["e-post kari@example.org", "<kari@example.org>", "kari.t@post.example.org.", "KARI@EXAMPLE.ORG"]
    {
        for text in [revoked(words), channel(words)] {
            assert_eq!(codes(&text, &READ), [Code::ContactInGit], "{text}");
            assert_eq!(codes(&text, &allowed), [], "{text}");
        }
        // The access is taken back all the same.
        let file = parse::person(&kari_path(), revoked(words).as_bytes(), &READ).unwrap();
        let Entry::Invalid { revoked: Some(revocation), .. } = &file.entries[0] else { panic!("{file:#?}") };
        assert_eq!(revocation.on, date(2026, 9, 5));
    }
    for words in ["has left", "møte @ 14.00", "kari@jobb", "e-post"] {
        for text in [revoked(words), channel(words)] {
            assert_eq!(codes(&text, &READ), [], "{text}");
        }
    }
}

#[test]
fn half_written() {
    for cut in ["    role", "      by: bj"] {
        let end = KARI.find(cut).unwrap() + cut.len();
        assert!(
            read(&KARI[..end]).is_err()
                || matches!(read(&KARI[..end]).unwrap().entries[0], Entry::Invalid { .. })
        );
    }
    snapshot!("half-written", held(&KARI[..KARI.find("    role").unwrap() + 8]));
    snapshot!("half-written-person", held("person: kari.testesen\nname: Kari"));
    snapshot!("empty", held(""));
}

#[test]
fn what_is_no_text() {
    let findings = |bytes: &[u8]| {
        human(&parse::person(&kari_path(), bytes, &READ).unwrap_err(), Colour::Never, Lang::En)
    };
    let latin = with("Kari", "K?ri").replace('?', "\u{1}").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == 1 { 0xe5 } else { byte }).collect();
    snapshot!("not-utf8", findings(&latin));
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(KARI.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    snapshot!("utf16", findings(&utf16));
    snapshot!("huge", findings(&vec![b'x'; 200_000]));
}

#[test]
fn yaml_with_more_than_one_reading() {
    snapshot!("depth", held(&format!("{KARI}email: {}\n", "[".repeat(5000))));
    snapshot!("depth-closed", held(&format!("{KARI}email: {}{}\n", "[".repeat(12), "]".repeat(12))));
    snapshot!("anchor", held(&with("unit: 100082", "unit: &here 100082")));
    snapshot!("alias", held(&with("unit: 100082", "unit: *here")));
    snapshot!("tag", held(&with("unit: 100082", "unit: !!str 100082").replace("role: LU", "role: !role LU")));
    snapshot!("merge", held(&with("    role: LU", "    <<: {role: LU}")));
    snapshot!("documents", held(&format!("{KARI}---\n{KARI}")));
    snapshot!("tab", held(&with("    role: LU", "\trole: LU")));
    snapshot!("indent", held(&with("    role: LU", "   role: LU")));
    snapshot!("colon", held(&with("name: Kari Testesen", "name: Kari: Testesen")));
    snapshot!("quote", held(&with("name: Kari Testesen", "name: \"Kari Testesen")));
    snapshot!("key-is-list", held(&with("name: Kari", "[name]: Kari")));
}

#[test]
fn keys() {
    snapshot!("duplicate-key", held(&with("    role: LU", "    role: LU\n    role: LC")));
    snapshot!("unknown-key", held(&with("    unit:", "    uniit:").replace("staff:", "stafff:")));
    snapshot!("evidence", held(&format!("{KARI}    evidence: x\n")));
    snapshot!(
        "missing-keys",
        refused(&with("    request: REQ-2026-0113\n", "").replace("    role: LU\n", ""))
    );
    snapshot!("no-approval", refused(&KARI[..KARI.find("    approved").unwrap()]));
    snapshot!("no-access", held(&format!("{}access: []\n", &KARI[..KARI.find("access").unwrap()])));
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
fn dates() {
    snapshot!("no-such-day", refused(&with("2026-11-30", "2026-11-31")));
    snapshot!("norwegian-date", refused(&with("2026-11-30", "30.11.2026")));
    snapshot!("ends-before-it-begins", refused(&with("2026-11-30", "2026-08-30")));
    snapshot!("far-year", refused(&with("2026-11-30", "9999-12-31")));
    snapshot!("null-date", refused(&with("until: 2026-11-30", "until:")));
    for wrong in ["20261130", "2026-11-30T00:00:00", "2026-1-3", "~", "[2026-11-30]", "yes", "2026-W01-1"] {
        refused(&with("2026-11-30", wrong));
    }
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
fn values() {
    snapshot!("null-name", held(&with("name: Kari Testesen", "name:")));
    snapshot!("null-word", held(&with("name: Kari Testesen", "name: null")));
    snapshot!("number-name", held(&with("name: Kari Testesen", "name: 1234")));
    snapshot!("bidi-name", held(&with("name: Kari Testesen", "name: Kari \u{202e}nesetseT")));
    snapshot!("long-name", held(&with("Kari Testesen", &"Kari ".repeat(60))));
    snapshot!(
        "capital-person",
        held(&with("by: bjorn", "by: Bjorn").replace("person: kari", "person: Kari"))
    );
    snapshot!("staff", held(&with("staff: health", "staff: healt")));
    snapshot!("mapping-for-value", refused(&with("role: LU", "role: {name: LU}")));
    snapshot!(
        "value-for-mapping",
        refused(&KARI.replace(&KARI[KARI.find("approved:").unwrap()..], "approved: yes\n"))
    );
}

#[test]
fn what_may_not_stand_in_git() {
    let text = with("staff: health", "staff: health\nemail: kari.testesen@example.org\nlogin: kari.testesen");
    snapshot!("contact", held(&text));
    let allowed = register_of(&REGISTER.replace("contact_in_git: false", "contact_in_git: true")).unwrap();
    let file = parse::person(&kari_path(), text.as_bytes(), &allowed).unwrap();
    assert_eq!(file.facts.email.as_ref().map(|email| email.as_str()), Some("kari.testesen@example.org"));
    assert_eq!(file.facts.vouched.login.as_ref().unwrap().as_str(), "kari.testesen");
    for wrong in
        ["kari", "\"@example.org\"", "kari@example", "kari testesen@example.org", "k@é.org", "a@b@c.org"]
    {
        let text = text.replace("kari.testesen@example.org", wrong);
        let findings = parse::person(&kari_path(), text.as_bytes(), &allowed).unwrap_err();
        assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::BadValue], "{wrong}");
    }
    snapshot!("personal-numbers", held(&format!("# ring 900 00 000\n{}# f. 41019900123\n", KARI)));
}

#[test]
fn two_entries_on_one_request() {
    snapshot!(
        "duplicate-entry",
        refused(&format!("{KARI}{}", SECOND.replace("rapporteket-smerte", "smerteregisteret")))
    );
    let once = format!("{KARI}{SECOND}");
    assert!(read(&once).unwrap().entries.iter().all(|entry| matches!(entry, Entry::Valid { .. })));
}

#[test]
fn one_bad_entry_leaves_the_others_alone_and_what_is_revoked_is_revoked() {
    let text =
        format!("{KARI}{SECOND}    revoked: {{on: 2026-10-01, by: tone.testesen, reason: has left}}\n");
    let broken = text.replacen("role: LU", "role: LX", 1);
    let file = read(&broken).unwrap();
    let [
        Entry::Invalid { application, unit, request, revoked: None, findings, .. },
        Entry::Valid { grant, places },
    ] = file.entries.as_slice()
    else {
        panic!("{:?}", file.entries)
    };
    assert_eq!(application.as_ref().unwrap().as_str(), "smerteregisteret");
    assert_eq!((unit.unwrap().0, request.as_ref().unwrap().as_str()), (100_082, "REQ-2026-0113"));
    assert_eq!(findings.len(), 1);
    assert_eq!(grant.revoked.as_ref().unwrap().by.as_str(), "tone.testesen");
    assert_eq!(places.revoked.unwrap().reason.of(&broken), "has left");
    let broken = broken.replacen("rapporteket-smerte", "rapporteket", 1);
    let Entry::Invalid { application: None, unit: Some(_), revoked: Some(revoked), .. } =
        &read(&broken).unwrap().entries[1]
    else {
        panic!()
    };
    assert_eq!(revoked.on, date(2026, 10, 1));
}

#[test]
fn all_that_is_wrong_is_told_in_one_run() {
    let text = with("staff: health", "staf: health").replace("100082", "7").replace("2026-11-30", "soon");
    let codes: Vec<Code> = read(&text).unwrap_err().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::UnknownKey, Code::UnknownName, Code::BadValue]);
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

fn inside(findings: &[Finding], text: &str) {
    for finding in findings {
        assert!(!finding.message.is_empty() && !finding.way_out.is_empty(), "{finding:?}");
        let Some(place) = finding.place.as_ref().filter(|place| place.line > 0) else { continue };
        let line = text.split('\n').nth(place.line - 1).expect("the line is in the file");
        // Digits that look like a person's number are covered. Everything else is shown as it is in the file.
        let same = |(shown, there): (char, char)| shown == there || shown == '*' && there.is_ascii_digit();
        let whole = place.text.chars().count() <= line.chars().count();
        assert!(whole && place.text.chars().zip(line.chars()).all(same), "{place:?}");
        assert!(place.column <= place.text.chars().count() + 1, "{place:?}");
    }
}

fn spans(file: &ParsedFile, text: &str) {
    for entry in &file.entries {
        match entry {
            Entry::Valid { places, .. } => {
                for span in [places.entry, places.by, places.role, places.unit, places.request, places.from] {
                    assert!(!span.of(text).is_empty(), "{places:?}");
                }
            }
            Entry::Invalid { findings, place, .. } => {
                assert!(place.end as usize <= text.len());
                inside(findings, text);
            }
        }
    }
}

fn holds_up(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    match parse::person(&kari_path(), bytes, &READ) {
        Ok(file) => spans(&file, &text),
        Err(findings) => {
            assert!(!findings.is_empty());
            inside(&findings, &text);
        }
    }
    if let Err(findings) = parse::register(&FilePath::new("desired-state/register.yaml"), bytes) {
        assert!(!findings.is_empty());
        inside(&findings, &text);
    }
}

/// Pieces that mean something to YAML, so that mutations reach more than the first error.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~æøå\n]{0,6}",
        prop::sample::select(vec![
            "\n",
            "\r\n",
            "\r",
            ": ",
            "- ",
            "  ",
            "\t",
            "\"",
            "'",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!str ",
            "!x ",
            "#",
            "|\n",
            ">\n",
            "---\n",
            "...\n",
            "? ",
            "<<: ",
            "~",
            "null",
            "no",
            "\u{feff}",
            "\u{202e}",
            "\u{0}",
            "\u{85}",
            "%Y 1\n",
            "unit: 7\n",
            "access:\n",
            "revoked: ",
            "9999999999999999999",
            "1e999",
            ".nan",
            "😀",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        holds_up(&bytes);
    }

    #[test]
    fn no_mutation_brings_the_reader_down(
        whole in prop::bool::ANY,
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, piece()), 1..5),
    ) {
        let mut text = if whole { format!("{KARI}{SECOND}") } else { REGISTER.to_owned() };
        for (at, remove, insert) in edits {
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = at.index(starts.len());
            let to = (from + remove).min(starts.len() - 1);
            text.replace_range(starts[from]..starts[to], &insert);
        }
        holds_up(text.as_bytes());
    }
}

#[test]
fn a_national_identity_number_in_the_comment_of_a_key_is_told_and_the_key_itself_is_no_number() {
    use portvakt_core::parse::numbers_among_keys;
    let path = FilePath::new("desired-state/allowed_signers");
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIMu 41019900123";
    let told = numbers_among_keys(&path, format!("kari.testesen ssh-ed25519 {key}\n").as_bytes());
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].code, portvakt_core::diag::Code::PersonalNumber);
    let inside = "kari.testesen ssh-ed25519 AAAA41019900123 kari\n";
    assert_eq!(numbers_among_keys(&path, inside.as_bytes()), []);
}

/// Returns the finding about a file with this text after its entry.
fn told(mark: &str) -> String {
    match read(&format!("{KARI}{mark}")) {
        Err(findings) => human(&findings, Colour::Never, Lang::En),
        Ok(_) => refused(&format!("{KARI}{mark}")),
    }
}

#[test]
fn a_mark_that_cannot_be_read_says_first_that_the_access_stands_and_shows_the_line() {
    let (by, has_left) = ("by: fornavn.etternavn", "reason: \"has left\"");
    for (mark, line) in [
        ("    revoked: 2026-11-29\n", format!("on: 2026-11-29, {by}, {has_left}")),
        ("    revoked: 29.11.2026\n", format!("on: 2026-11-29, {by}, {has_left}")),
        (
            "    revoked: {on: 29.11.2026, by: tone.testesen, reason: sluttet}\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
        (
            "    revoked: {on: 2026-11-29, by: tone.testesen}\n",
            format!("on: 2026-11-29, by: tone.testesen, {has_left}"),
        ),
        (
            "    revoked: {dato: 2026-11-29, av: tone.testesen, reason: sluttet}\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
        (
            "    revoked: [2026-11-29, tone.testesen, sluttet]\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
        (
            "    revoked: \"{on: 2026-11-29, by: tone.testesen, reason: sluttet, ringte}\"\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet, ringte\"".to_owned(),
        ),
        (
            "    revoked: sluttet 2026-11-29 tone.testesen\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
        ("    revoked: true\n", format!("on: 2026-01-31, {by}, reason: \"true\"")),
        ("    revoked:\n", format!("on: 2026-01-31, {by}, {has_left}")),
        // The text is not YAML at all.
        (
            "    revoked: {on: 2026-11-29, by: tone.testesen, reason: sluttet: ringte}\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet: ringte\"".to_owned(),
        ),
        (
            "    revoked: {on: 2026-11-29, by: tone.testesen, reason: sluttet\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
        // Misspelt, or not in its entry.
        (
            "    revokd: {on: 2026-11-29, by: tone.testesen, reason: sluttet}\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
        (
            "revoked: {on: 2026-11-29, by: tone.testesen, reason: sluttet}\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
        (
            "      revoked: {on: 2026-11-29, by: tone.testesen, reason: sluttet}\n",
            "on: 2026-11-29, by: tone.testesen, reason: \"sluttet\"".to_owned(),
        ),
    ] {
        let told = told(mark);
        assert!(told.contains(": The access of `kari.testesen` STANDS: "), "{mark}{told}");
        assert!(told.contains(&format!("revoked: {{{line}}}")), "{mark}{told}");
    }
}

#[test]
fn what_may_never_be_written_down_is_not_shown_as_the_way_to_write_it() {
    let told = told("    revoked: {on: 29.11.2026, by: tone.testesen, reason: ringte 01019012345}\n");
    assert!(told.contains("reason: \"has left\"") && !told.contains("\"ringte 0"), "{told}");
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
