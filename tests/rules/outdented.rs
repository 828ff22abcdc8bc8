//! Lines that stand too far out are told once, at the first of them, with the key that they belong to.

use portvakt_core::diag::{Code, Finding, Lang};
use portvakt_core::model::FilePath;
use portvakt_core::parse;

use super::misread::{findings, only, said, told, with};
use super::parse::{KARI, READ, REGISTER, read, register_of};

/// The lines of a text with another indent.
fn moved(text: &str, lines: &[&str], indent: &str) -> String {
    lines.iter().fold(text.to_owned(), |text, line| {
        assert!(text.contains(line), "{line}\n{text}");
        text.replacen(line, &format!("{indent}{}", line.trim_start()), 1)
    })
}

/// The only finding about a register with these words in the place of others.
#[track_caller]
fn register(old: &str, new: &str) -> Finding {
    assert!(REGISTER.contains(old), "{old}");
    let wrong = register_of(&REGISTER.replacen(old, new, 1)).unwrap_err();
    let [one] = wrong.as_slice() else { panic!("{new}\n{wrong:#?}") };
    one.clone()
}

/// The only finding about a register says these words, in English and in bokmål, at this line.
#[track_caller]
fn register_told(old: &str, new: &str, line: &str, en: &str, nb: &str) {
    let one = register(old, new);
    let text = REGISTER.replacen(old, new, 1);
    let at = one.place.as_ref().unwrap().line;
    assert_eq!(text.lines().nth(at - 1), Some(line), "{one:#?}");
    for (lang, words) in [(Lang::En, en), (Lang::Nb, nb)] {
        assert!(said(&one, lang).contains(words), "`{words}` is not in {}", said(&one, lang));
    }
}

const APPROVED: [&str; 3] = ["      by: bjorn", "      on: 2026-08", "      identity: known"];

#[test]
fn an_approval_up_to_the_margin_is_told_once() {
    for indent in ["", "  ", "    "] {
        let text = moved(KARI, &APPROVED, indent);
        told(
            &text,
            14,
            "belongs to `approved` is not indented below it: `by`, `on` and `identity`",
            "`by`, `on` og `identity`",
        );
        told(
            &moved(KARI, &APPROVED[1..], indent),
            15,
            "`approved` is not indented below it: `on` and `identity`",
            "`on` og `identity`",
        );
        told(
            &moved(KARI, &APPROVED[2..], indent),
            16,
            "`approved` is not indented below it: `identity`",
            "under den: `identity`",
        );
        // Only the first of them is moved, and then only the second.
        told(
            &moved(KARI, &APPROVED[..1], indent),
            14,
            "`approved` is not indented below it: `by`.",
            "under den: `by`.",
        );
        told(
            &moved(KARI, &APPROVED[1..2], indent),
            15,
            "`approved` is not indented below it: `on`.",
            "under den: `on`.",
        );
    }
    // Another entry follows.
    let second = "  - application: rapporteket-smerte\n    unit: 100082\n";
    told(
        &format!("{}{second}", moved(KARI, &APPROVED, "")),
        14,
        "`by`, `on` and `identity`",
        "`by`, `on` og `identity`",
    );
    let before = "previously:\n  person: kari.provedal\n  approved:\nby: bjorn.lederesen\non: 2026-08-28\nidentity: known\n";
    told(
        &with("access:\n", &format!("{before}access:\n")),
        9,
        "belongs to `approved`",
        "hører til `approved`",
    );
}

#[test]
fn a_contact_and_a_mark_up_to_the_margin_are_told_once() {
    for indent in ["", "  ", "    ", "      "] {
        let contacted =
            format!("identity: contacted\n      contacted:\n{indent}channel: phone\n{indent}on: 2026-08-27");
        told(
            &with("identity: known", &contacted),
            18,
            "`contacted` is not indented below it: `channel` and `on`",
            "`channel` og `on`",
        );
    }
    for (indent, own) in [("", ""), ("", "    "), ("    ", "    ")] {
        let mark = format!(
            "{own}revoked:\n{indent}on: 2026-11-29\n{indent}by: tone.testesen\n{indent}reason: has left\n"
        );
        let one = only(&format!("{KARI}{mark}"));
        assert_eq!((one.code, one.place.as_ref().unwrap().line), (Code::RevocationUnread, 18), "{one:?}");
        let line = "revoked: {on: 2026-11-29, by: tone.testesen, reason: \"has left\"}";
        assert!(one.message.en().starts_with("The access of `kari.testesen` STANDS"), "{one:?}");
        assert!(one.way_out.en().contains(line) && one.way_out.get(Lang::Nb).contains(line), "{one:?}");
        let path = FilePath::new("desired-state/helse-bergen/kari.testesen.yaml");
        assert_eq!(parse::claims(&path, format!("{KARI}{mark}").as_bytes(), &READ).taken_back, []);
    }
}

#[test]
fn lines_of_an_entry_at_the_margin_are_told_once() {
    let text = KARI.replacen("    role: LU\n", "", 1).replacen("    until: 2026-11-30\n", "", 1);
    let text = format!("{text}role: LU\nuntil: 2026-11-30\n");
    told(
        &text,
        15,
        "the entry of `access` does not begin in its column: `role` and `until`",
        "oppføringen i `access`, begynner ikke",
    );
}

#[test]
fn what_else_is_wrong_is_told_beside_it() {
    let text = moved(KARI, &APPROVED, "").replacen("on: 2026-08-28", "on: soon", 1);
    let codes = |text: &str| findings(read(text)).iter().map(|wrong| wrong.code).collect::<Vec<_>>();
    assert_eq!(codes(&text), [Code::NotYaml, Code::BadValue]);
    let text = moved(KARI, &APPROVED, "").replacen("    role: LU\n", "    role: LX\n", 1);
    assert_eq!(codes(&text), [Code::UnknownName, Code::NotYaml]);
    // An unknown key and a repeated key keep their own findings.
    assert_eq!(only(&format!("{KARI}colour: red\n")).code, Code::UnknownKey);
    assert!(only(&format!("{KARI}staff: health\n")).message.en().contains("stands twice"));
    assert!(only(&format!("{KARI}    role: LU\n")).message.en().contains("stands twice"));
}

#[test]
fn the_parts_of_the_register_are_told_once() {
    let below =
        |key: &str, names: &str| format!("What belongs to `{key}` is not indented below it: {names}.");
    let under = |key: &str| format!("Det som hører til `{key}`, er ikke rykket inn under den");
    for (old, new, line, key, names) in [
        (
            "  role: LC\n  application: smerte",
            "role: LC\napplication: smerte",
            "role: LC",
            "coordinators",
            "`role` and `application`",
        ),
        ("  role: LC\n", "role: LC\n", "role: LC", "coordinators", "`role`"),
        (
            "  trust: {least: 2, percent: 10}\n  all: {",
            "trust: {least: 2, percent: 10}\nall: {",
            "trust: {least: 2, percent: 10}",
            "removal_limits",
            "`trust` and `all`",
        ),
        (
            "  trust: {least: 2, percent: 10}\n",
            "  trust:\n  least: 2\n  percent: 10\n",
            "  least: 2",
            "trust",
            "`least` and `percent`",
        ),
        (
            "  ignore: []\n  adopt: {}",
            "ignore: []\nadopt: {}",
            "ignore: []",
            "accounts",
            "`ignore` and `adopt`",
        ),
        (
            "    units:\n      100082: Haukeland",
            "    units:\n    100082: Haukeland",
            "    100082: Haukeland",
            "units",
            "`100082`",
        ),
        (
            "    units:\n      100082: Haukeland",
            "    units:\n  100082: Haukeland",
            "  100082: Haukeland",
            "units",
            "`100082`",
        ),
        (
            "  helse-bergen:\n    name: Helse Bergen HF\n    org_no: 983974724\n    host: true\n    units:\n      100082: H",
            "  helse-bergen:\n  name: Helse Bergen HF\n  org_no: 983974724\n  host: true\n  units:\n    100082: H",
            "  name: Helse Bergen HF",
            "helse-bergen",
            "`name`, `org_no`, `host` and `units`",
        ),
        (
            "    name: Helse Bergen HF\n",
            "  name: Helse Bergen HF\n",
            "  name: Helse Bergen HF",
            "helse-bergen",
            "`name`",
        ),
        (
            "  SC: {name: Leder av registeret, counted: true}\n",
            "  SC:\n  name: Leder av registeret\n  counted: true\n",
            "  name: Leder av registeret",
            "SC",
            "`name` and `counted`",
        ),
        (
            "  smerteregisteret: Smerteregisteret\n  rapporteket-smerte: ",
            "smerteregisteret: Smerteregisteret\nrapporteket-smerte: ",
            "smerteregisteret: Smerteregisteret",
            "applications",
            "`smerteregisteret` and `rapporteket-smerte`",
        ),
        (
            "      100082: Haukeland",
            "      100082:\n      name: Haukeland",
            "      name: Haukeland",
            "100082",
            "`name`",
        ),
    ] {
        register_told(old, new, line, &below(key, names), &under(key));
    }
}

#[test]
fn a_name_like_a_key_is_a_name() {
    // A trust may be called `host`, and stand behind one that is whole.
    let text = REGISTER.replacen("  ahus:\n", "  host:\n", 1);
    assert!(register_of(&text).is_ok(), "{:?}", register_of(&text));
    // A key of the register that is misspelt is not one of the list before it, which is empty.
    let text =
        REGISTER.replacen("offices:\n", "offices:\nadministrator:\n  - person: kari.testesen\nothers:\n", 1);
    let wrong = register_of(&text).unwrap_err();
    assert!(wrong.iter().all(|one| !one.message.en().contains("`offices` is not indented")), "{wrong:#?}");
}
