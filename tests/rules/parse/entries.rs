//! The entries of a file: what is read, and which of them is refused.

use jiff::civil::date;
use portvakt_core::diag::{Code, Colour, Lang, human};
use portvakt_core::model::Identity;
use portvakt_core::parse::Entry;

use super::{KARI, SECOND, held, kari_path, read, refused, with};

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

/// Returns the finding about a file with this text after its entry.
pub(super) fn told(mark: &str) -> String {
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
