//! Ordinary mistakes are told in words that lead to the mistake, in both languages.

use portvakt_core::diag::{Code, Finding, Lang};
use portvakt_core::model::FilePath;
use portvakt_core::parse;
use portvakt_core::parse::ParsedFile;

use super::parse::{KARI, READ, REGISTER, read, register_of};

mod values;

pub(super) fn findings(read: Result<ParsedFile, Vec<Finding>>) -> Vec<Finding> {
    match read {
        Err(wrong) => wrong,
        Ok(file) => file.entries.iter().flat_map(|entry| entry.findings()).cloned().collect(),
    }
}

pub(super) fn with(old: &str, new: &str) -> String {
    assert!(KARI.contains(old), "{old}");
    KARI.replacen(old, new, 1)
}

/// Returns the only finding about a text.
#[track_caller]
pub(super) fn only(text: &str) -> Finding {
    let wrong = findings(read(text));
    let [one] = wrong.as_slice() else { panic!("{text}\n{wrong:#?}") };
    one.clone()
}

pub(super) fn said(finding: &Finding, lang: Lang) -> String {
    format!("{} {}", finding.message.get(lang), finding.way_out.get(lang))
}

/// The text has one finding, on this line, that says these words in English and in bokmål.
#[track_caller]
pub(super) fn told(text: &str, line: usize, en: &str, nb: &str) {
    let one = only(text);
    assert_eq!(one.place.as_ref().unwrap().line, line, "{one:#?}");
    for (lang, words) in [(Lang::En, en), (Lang::Nb, nb)] {
        assert!(said(&one, lang).contains(words), "`{words}` is not in {}", said(&one, lang));
    }
}

#[test]
fn a_missing_space_after_a_colon_is_told_where_it_is_missing() {
    let keys = [
        ("person: kari.testesen", "person:kari.testesen", 1),
        ("name: Kari", "name:Kari", 2),
        ("employer: helse", "employer:helse", 3),
        ("position: lis", "position:lis", 5),
        ("application: smerte", "application:smerte", 7),
        ("unit: 100082", "unit:100082", 8),
        ("role: LU", "role:LU", 9),
        ("from: 2026", "from:2026", 10),
        ("request: REQ", "request:REQ", 12),
        ("by: bjorn", "by:bjorn", 14),
        ("on: 2026", "on:2026", 15),
        ("identity: known", "identity:known", 16),
        ("role: LU", "role :LU", 9),
    ];
    for (right, wrong, line) in keys {
        let text = with(right, wrong);
        told(&text, line, "The space after the colon is missing", "Mellomrommet etter kolonet mangler");
        let (key, _) = right.split_once(':').unwrap();
        assert!(only(&text).way_out.en().contains(&format!("Write `{key}: ")), "{text}");
    }
    told(&with("role: LU", "role:LU # as before"), 9, "Write `role: LU`.", "Skriv `role: LU`.");
    // In one line with brackets, YAML reads it as a key without a value.
    let flow = "    approved: {by:bjorn.lederesen, on: 2026-08-28, identity: known}\n";
    let text = format!("{}{flow}", &KARI[..KARI.find("    approved").unwrap()]);
    told(&text, 13, "Write `by: bjorn.lederesen`.", "Skriv `by: bjorn.lederesen`.");
    // Without any space there is only one long text.
    let text = KARI.replace(": ", ":");
    told(&text, 1, "Write `person: kari.testesen`.", "Skriv `person: kari.testesen`.");
    let text =
        KARI.replace("by: ", "by:").replace("on: 2026-08", "on:2026-08").replace("identity: ", "identity:");
    told(&text, 14, "Write `by: bjorn.lederesen`.", "Skriv `by: bjorn.lederesen`.");
    // A national identity number is not repeated.
    let one = findings(read(&with("name: Kari Testesen", "name:41019900123")));
    assert!(one.iter().all(|finding| !said(finding, Lang::En).contains("41019900123")), "{one:#?}");
}

#[test]
fn a_missing_space_after_a_hyphen_is_told() {
    told(
        &with("- application: smerteregisteret", "-application: smerteregisteret"),
        7,
        "The space after the hyphen is missing. Write `- application: smerteregisteret`.",
        "Mellomrommet etter bindestreken mangler. Skriv `- application: smerteregisteret`.",
    );
}

#[test]
fn a_key_without_its_colon_is_named() {
    for (right, wrong, line, key) in [
        ("access:\n", "access\n", 6, "access"),
        ("access:\n  - app", "access\n\n  # all\n  - app", 6, "access"),
        ("    approved:\n", "    approved\n", 13, "approved"),
    ] {
        let (en, nb) =
            (format!("colon: `{key}`. Write `{key}:`."), format!("kolon: `{key}`. Skriv `{key}:`."));
        told(&with(right, wrong), line, &en, &nb);
    }
}

#[test]
fn an_entry_that_is_not_in_one_column_is_told_at_its_hyphen() {
    told(
        &with("  - application", "- application"),
        7,
        "`application` and `unit` belong to one entry, and do not begin in the same column. Put 2 more spaces before the hyphen",
        "`application` og `unit` hører til én oppføring, og begynner ikke i samme kolonne. Sett 2 mellomrom til foran",
    );
}

#[test]
fn an_address_and_a_word_with_a_colon_are_no_missing_space() {
    let colon = only(&with("name: Kari Testesen", "name: Kari: https://example.org"));
    assert!(colon.message.en().starts_with("A colon where none can stand"), "{colon:?}");
    assert!(only(&with("    role: LU", "    role")).message.en().starts_with("A line without a colon"));
}

#[test]
fn marks_of_a_merge_are_told_at_the_first() {
    let (en, nb) = ("Git has left the marks of a merge", "Her har git satt merker etter en fletting");
    let both = "<<<<<<< HEAD\n    role: LU\n=======\n    role: LC\n>>>>>>> change\n";
    told(&with("    role: LU\n", both), 9, en, nb);
    let diff3 =
        "<<<<<<< HEAD\n    role: LU\n||||||| 1a2b3c4\n    role: LX\n=======\n    role: LC\n>>>>>>> change\n";
    told(&with("    role: LU\n", diff3), 9, en, nb);
    told(&format!("<<<<<<< HEAD\n{KARI}=======\n{KARI}>>>>>>> change\n"), 1, en, nb);
    told(&with("name: Kari Testesen\n", "name: Kari Testesen\n=======\n"), 3, en, nb);
    told(&format!("{KARI}>>>>>>> change\n"), 17, en, nb);
    let register = REGISTER.replacen("roles:\n", "<<<<<<< HEAD\nroles:\n=======\nroles:\n>>>>>>> x\n", 1);
    let wrong = register_of(&register).unwrap_err();
    assert!(wrong[0].message.en().starts_with(en), "{wrong:?}");
}

#[test]
fn a_character_that_a_program_put_in_is_named() {
    for (text, line, en, nb) in [
        (with("role: LU", "role:\u{a0}LU"), 9, "a no-break space (U+00A0)", "et hardt mellomrom (U+00A0)"),
        (with("    role: LU", "   \u{a0}role: LU"), 9, "a no-break space", "et hardt mellomrom"),
        (with("    role: LU", "    \u{200b}role: LU"), 9, "a zero-width space", "et mellomrom uten bredde"),
        (with("  - application", "  – application"), 7, "an en dash (`–`, U+2013)", "en tankestrek"),
        (with("  - application", "  • application"), 7, "a bullet", "et kulepunkt"),
        (with("role: LU", "role：LU"), 9, "a character of full width", "et tegn i full bredde"),
        (with("from: 2026-09-01", "from: 2026–09–01"), 10, "Write `2026-09-01`.", "Skriv `2026-09-01`."),
        (with("request: REQ-2026", "request: REQ–2026"), 12, "an en dash (`–`, U+2013)", "en tankestrek"),
        (
            with("request: REQ-2026", "request: REQ–2026"),
            12,
            "Write `REQ-2026-0113`.",
            "Skriv `REQ-2026-0113`.",
        ),
        (with("by: bjorn", "by: bj\u{ad}orn"), 14, "a soft hyphen (U+00AD)", "en myk bindestrek (U+00AD)"),
        (with("by: bjorn", "by: bjоrn"), 14, "`о` (U+043E) is not allowed", "`о` (U+043E) er ikke tillatt"),
        (with("role: LU", "role: “LU”"), 9, "Did you mean `LU`?", "Mente du `LU`?"),
        (with("unit: 100082", "unit: 100\u{a0}082"), 8, "Write `100082` for Haukeland.", "Skriv `100082`"),
        (
            with("unit: 100082", "unit: 100\u{a0}082"),
            8,
            "a no-break space (U+00A0)",
            "et hardt mellomrom (U+00A0)",
        ),
        (
            with("unit: 100082", "unit: 200082\u{a0}"),
            8,
            "a no-break space (U+00A0)",
            "et hardt mellomrom (U+00A0)",
        ),
        (with("role: LU", "role: LU\u{a0}"), 9, "a no-break space (U+00A0)", "et hardt mellomrom (U+00A0)"),
        (with("role: LU", "role: L\u{2060}U"), 9, "cannot be seen (U+2060)", "ikke synes (U+2060)"),
        (with("role: LU", "role: LU\u{2060}"), 9, "Did you mean `LU`?", "Mente du `LU`?"),
        (with("staff: health", "staff: health\u{a0}"), 4, "a no-break space (U+00A0)", "et hardt mellomrom"),
        (
            with("identity: known", "identity: known\u{200b}"),
            16,
            "a zero-width space",
            "et mellomrom uten bredde",
        ),
        (
            with("employer: helse-bergen", "employer: helse–bergen"),
            3,
            "an en dash (`–`, U+2013)",
            "en tankestrek",
        ),
        (with("from: 2026-09-01", "from: 2026–09–01"), 10, "an en dash (`–`, U+2013)", "en tankestrek"),
    ] {
        told(&text, line, en, nb);
    }
    let flow = "    approved: {by:\u{a0}bjorn.lederesen, on: 2026-08-28, identity: known}\n";
    let text = format!("{}{flow}", &KARI[..KARI.find("    approved").unwrap()]);
    told(&text, 13, "Beside `by` stands a no-break space", "Ved `by` står et hardt mellomrom");
}

#[test]
fn a_letter_that_was_lost_on_the_way_is_told_in_a_name() {
    for (name, what) in [
        ("Kari TÃ¸sen", "`Ã¸`"),
        ("Kari T&oslash;sen", "`&oslash;`"),
        ("Kari T\u{fffd}sen", "(U+FFFD)"),
        ("Kari To\u{335}sen", "(U+0335)"),
    ] {
        let (en, nb) = (format!("The name holds {what}"), format!("Navnet inneholder {what}"));
        let text = with("name: Kari Testesen", &format!("name: {name}"));
        let one = only(&text);
        assert_eq!((one.code, one.place.as_ref().unwrap().line), (Code::BadValue, 2), "{one:?}");
        if what.starts_with('`') {
            told(&text, 2, &en, &nb);
        } else {
            assert!(one.message.en().contains(what) && one.message.get(Lang::Nb).contains(what), "{one:?}");
        }
    }
    assert!(read(&with("name: Kari Testesen", "name: João Ærlig-Tøsen")).is_ok());
}

#[test]
fn what_came_along_with_pasted_lines_is_told_once() {
    let each = |before: &str, after: &str| -> String {
        KARI.lines().map(|line| format!("{before}{line}{after}\n")).collect()
    };
    let diff = format!("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,16 @@\n{}", each("+", ""));
    let changed = each(" ", "").replacen("     role: LU\n", "-    role: LC\n+    role: LU\n", 1);
    for (text, line, en, nb) in [
        (each("> ", ""), 1, "the mark of a quoted mail", "merket for en sitert e-post"),
        (each("| ", " |"), 1, "the row of a table", "raden i en tabell"),
        (format!("```yaml\n{KARI}```\n"), 1, "code in a message", "kode i en melding"),
        (
            with("  - application", "  * application"),
            7,
            "the bullet of a message",
            "kulepunktet i en melding",
        ),
        (each("+", ""), 1, "Here begins a diff", "Her begynner en diff"),
        (diff, 1, "Here begins a diff", "Her begynner en diff"),
        (changed, 10, "Here begins a diff", "Her begynner en diff"),
        (each("", "<br>"), 1, "`<br>`, which is HTML", "`<br>`, som er HTML"),
        (
            with("name: Kari Testesen", "name: Kari Testesen<br>"),
            2,
            "`<br>`, which is HTML",
            "`<br>`, som er HTML",
        ),
        (each("", ";"), 1, "The lines end with `;`", "Linjene slutter med `;`"),
    ] {
        told(&text, line, en, nb);
    }
    // A comment may hold all of them, and one `;` is no habit.
    assert!(read(&format!("# > a <br>\n# | b |\n{KARI}# ```\n# + c; * d\n")).is_ok());
    assert!(only(&with("role: LU", "role: LU;")).message.en().starts_with("`LU;` is not in"));
    // A pasted mark still has the finding that it cannot be read.
    let mark = "+    revoked: {on: 2026-11-29, by: tone.testesen, reason: has left}\n";
    let wrong = findings(read(&format!("{}{mark}", each("+", ""))));
    assert!(wrong.iter().any(|wrong| wrong.message.en().contains("STANDS")), "{wrong:#?}");
}

#[test]
fn no_end_is_no_line() {
    for word in ["ingen", "none", "Ingen", "aldri", "\"-\"", "\"\""] {
        told(
            &with("until: 2026-11-30", &format!("until: {word}")),
            11,
            "has no `until` line: delete the line.",
            "har ingen `until`-linje: slett linjen.",
        );
    }
    // For any other day the finding does not say that it may be left out.
    assert!(only(&with("from: 2026-09-01", "from: ingen")).way_out.en().contains("such as `2026-01-31`"));
}

#[test]
fn a_missing_unit_is_one_of_the_folder() {
    let path = FilePath::new("desired-state/ahus/kari.testesen.yaml");
    let text = with("    unit: 100082\n", "");
    let wrong = findings(parse::person(&path, text.as_bytes(), &READ));
    let [one] = wrong.as_slice() else { panic!("{wrong:#?}") };
    assert_eq!(one.way_out.en(), "Add the line `unit: 100089`.");
    assert_eq!(one.way_out.get(Lang::Nb), "Legg til linjen `unit: 100089`.");
    // If there are several units, none is chosen.
    let register =
        REGISTER.replacen("      100089: Ahus\n", "      100089: Ahus\n      100090: Ahus Ski\n", 1);
    let wrong = findings(parse::person(&path, text.as_bytes(), &register_of(&register).unwrap()));
    for (lang, words) in [(Lang::En, "Which unit is it?"), (Lang::Nb, "Hvilken enhet er det?")] {
        let told = wrong[0].way_out.get(lang);
        assert!(told.starts_with(words) && told.contains("Ahus (100089), Ahus Ski (100090)"), "{wrong:?}");
    }
}

#[test]
fn the_name_of_the_file_is_no_id_and_a_copy_is_none_of_the_tree() {
    told(
        &with("person: kari.testesen", "person: kari.testesen.yaml"),
        1,
        "the id is the part before `.yaml`. Write `kari.testesen`.",
        "id-en er delen foran `.yaml`. Skriv `kari.testesen`.",
    );
    for name in ["kari.testesen - Kopi", "kari.testesen (1)"] {
        let path = FilePath::new(&format!("desired-state/helse-bergen/{name}.yaml"));
        let wrong = findings(parse::person(&path, KARI.as_bytes(), &READ));
        let [one] = wrong.as_slice() else { panic!("{wrong:#?}") };
        assert!(said(one, Lang::En).contains("Is it a copy of `kari.testesen.yaml`?"), "{one:?}");
        assert!(said(one, Lang::Nb).contains("Er den en kopi av `kari.testesen.yaml`?"), "{one:?}");
    }
}

#[test]
fn a_file_name_is_written_out_too() {
    for (name, meant) in [
        ("Ylva.Nyansatt", "ylva.nyansatt"),
        ("bjørn.åsen", "bjorn.asen"),
        ("Bjo\u{308}rn A\u{30a}sen", "bjorn.asen"),
        ("ylva_nyansatt", "ylva.nyansatt"),
        ("ylva nyansatt", "ylva.nyansatt"),
    ] {
        let path = FilePath::new(&format!("desired-state/helse-bergen/{name}.yaml"));
        let text = KARI.replacen("kari.testesen", meant, 1);
        let wrong = findings(parse::person(&path, text.as_bytes(), &READ));
        let [one] = wrong.as_slice() else { panic!("{wrong:#?}") };
        assert_eq!(one.code, Code::BadValue);
        assert!(said(one, Lang::En).contains(&format!("Name the file `{meant}.yaml`")), "{one:?}");
        assert!(said(one, Lang::Nb).contains(&format!("Gi filen navnet `{meant}.yaml`")), "{one:?}");
    }
}

#[test]
fn lines_that_are_not_indented_below_their_key_have_one_finding() {
    let out = |text: &str, lines: &[&str], by: &str| {
        lines.iter().fold(text.to_owned(), |text, line| {
            assert!(text.contains(line), "{line}\n{text}");
            text.replacen(line, &format!("{by}{}", line.trim_start()), 1)
        })
    };
    let all = ["      by: bjorn", "      on: 2026-08", "      identity: known"];
    told(&out(KARI, &all, "    "), 14, "`by`, `on` and `identity`", "`by`, `on` og `identity`");
    told(&out(KARI, &all[1..], "    "), 15, "`on` and `identity`", "`on` og `identity`");
    told(&out(KARI, &all[2..], "    "), 16, "not indented below it: `identity`.", "under den: `identity`.");
    let contacted = "identity: contacted\n      contacted:\n      channel: phone\n      on: 2026-08-27";
    told(&with("identity: known", contacted), 18, "`channel` and `on`", "`channel` og `on`");
    let before = "previously:\nperson: kari.provedal\napproved: {by: bjorn.lederesen, on: 2026-08-28, identity: known}\n";
    told(
        &with("access:\n", &format!("{before}access:\n")),
        7,
        "`person` and `approved`",
        "`person` og `approved`",
    );
    // Other mistakes are still reported, each at its place.
    let wrong = findings(read(&out(KARI, &all, "    ").replacen("on: 2026-08-28", "on: soon", 1)));
    assert_eq!(wrong.iter().map(|wrong| wrong.code).collect::<Vec<_>>(), [Code::NotYaml, Code::BadValue]);
}

#[test]
fn a_mark_that_is_not_indented_stands_and_is_told_once() {
    let mark = "    revoked:\n    on: 2026-11-29\n    by: tone.testesen\n    reason: has left\n";
    let one = only(&format!("{KARI}{mark}"));
    assert_eq!((one.code, one.place.as_ref().unwrap().line), (Code::RevocationUnread, 18));
    assert!(one.message.en().starts_with("The access of `kari.testesen` STANDS"), "{one:?}");
    let line = "revoked: {on: 2026-11-29, by: tone.testesen, reason: \"has left\"}";
    assert!(one.way_out.en().contains(line) && one.way_out.get(Lang::Nb).contains(line), "{one:?}");
    let path = FilePath::new("desired-state/helse-bergen/kari.testesen.yaml");
    assert_eq!(parse::claims(&path, format!("{KARI}{mark}").as_bytes(), &READ).taken_back, []);
}

#[test]
fn no_finding_offers_the_number_of_an_application() {
    for text in [
        with("    request: REQ-2026-0113\n", ""),
        with("request: REQ-2026-0113", "request:"),
        with("request: REQ-2026-0113", "request: \"???\""),
    ] {
        let one = only(&text);
        for lang in [Lang::En, Lang::Nb] {
            let digits = said(&one, lang)
                .split("REQ-2026-")
                .nth(1)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            assert!(!digits, "{one:?}");
        }
    }
    // The value in its place is refused if a user copies it.
    let copied = only(&with("REQ-2026-0113", "REQ-2026-…"));
    assert_eq!(copied.code, Code::BadValue);
    assert!(copied.way_out.en().starts_with("Write it like this"), "{copied:?}");
}
