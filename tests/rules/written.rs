//! Tests values in another form than the program reads, in a person's file and in `register.yaml`. The finding shows
//! the very value that is meant.

use portvakt_core::diag::{Code, Finding, Lang};

use super::misread::{findings, said, told, with};
use super::parse::{KARI, REGISTER, read, register_of};

/// The only finding about the register with these words in the place of others says this, in English and in bokmål.
#[track_caller]
fn register_told(old: &str, new: &str, en: &str, nb: &str) {
    assert!(REGISTER.contains(old), "{old}");
    let wrong: Vec<Finding> = register_of(&REGISTER.replacen(old, new, 1)).unwrap_err();
    let [one] = wrong.as_slice() else { panic!("{new}\n{wrong:#?}") };
    for (lang, words) in [(Lang::En, en), (Lang::Nb, nb)] {
        assert!(said(one, lang).contains(words), "`{words}` is not in {}", said(one, lang));
    }
}

#[test]
fn a_time_zone_and_an_organisation_number_are_written_out() {
    let (dash, space) = ("an en dash (`–`, U+2013)", "a no-break space (U+00A0)");
    let (dash_nb, space_nb) = ("en tankestrek (`–`, U+2013)", "et hardt mellomrom (U+00A0)");
    for written in ["Europe–Oslo", "Europe-Oslo", "Oslo", "Europe Oslo"] {
        let new = format!("time_zone: {written}");
        if written == "Europe Oslo" {
            register_told(
                "time_zone: Europe/Oslo",
                &new,
                "such as `Europe/Oslo`",
                "for eksempel `Europe/Oslo`",
            );
        } else {
            register_told("time_zone: Europe/Oslo", &new, "Write `Europe/Oslo`.", "Skriv `Europe/Oslo`.");
        }
    }
    register_told("time_zone: Europe/Oslo", "time_zone: Europe–Oslo", dash, dash_nb);
    for written in
        ["983 974 724", "983\u{a0}974\u{a0}724", "983.974.724", "NO983974724MVA", "NO 983 974 724 MVA"]
    {
        register_told(
            "org_no: 983974724",
            &format!("org_no: {written}"),
            "Write `983974724`.",
            "Skriv `983974724`.",
        );
    }
    register_told("org_no: 983974724", "org_no: 983\u{a0}974\u{a0}724", space, space_nb);
    register_told("org_no: 983974724", "org_no: 98397472", "nine digits", "ni sifrene");
}

#[test]
fn a_misspelt_key_is_told_once_and_not_as_missing_too() {
    for (right, wrong, line, meant) in [
        ("    role: LU", "    rolle: LU", 9, "role"),
        ("    role: LU", "    Role: LU", 9, "role"),
        ("    unit: 100082", "    enhet: 100082", 8, "unit"),
        ("    request: REQ", "    søknad: REQ", 12, "request"),
        ("    approved:\n", "    aproved:\n", 13, "approved"),
        ("      by: bjorn", "      av: bjorn", 14, "by"),
        ("access:\n", "acess:\n", 6, "access"),
        ("name: Kari", "navn: Kari", 2, "name"),
        ("employer: helse", "arbeidsgiver: helse", 3, "employer"),
    ] {
        let (en, nb) = (format!("Did you mean `{meant}`?"), format!("Mente du `{meant}`?"));
        told(&with(right, wrong), line, &en, &nb);
    }
    register_told("  role: LC\n", "  rolle: LC\n", "Did you mean `role`?", "Mente du `role`?");
    register_told("offices:\n", "ofices:\n", "Did you mean `offices`?", "Mente du `offices`?");
    register_told("trusts:\n", "helseforetak:\n", "Did you mean `trusts`?", "Mente du `trusts`?");
    // A key that is none, and one that is missing.
    let codes: Vec<Code> =
        findings(read(&with("    role: LU", "    colour: red"))).iter().map(|one| one.code).collect();
    assert_eq!(codes, [Code::MissingKey, Code::UnknownKey]);
    // One that stands there already is not missing.
    let wrong = findings(read(&with("    role: LU", "    role: LU\n    rolle: LU").replacen(
        "    unit: 100082\n",
        "",
        1,
    )));
    assert_eq!(wrong.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::MissingKey, Code::UnknownKey]);
}

#[test]
fn what_a_file_that_was_cut_off_lacks_is_told_once() {
    let cut = &KARI[..KARI.find("    role").unwrap()];
    told(
        cut,
        7,
        "`role`, `from`, `request` and `approved` are missing.",
        "`role`, `from`, `request` og `approved` mangler.",
    );
    told(cut, 7, "Add the line `role: LU`.", "Legg til linjen `role: LU`.");
    told(cut, 7, "If the file was cut off, put it back", "Er filen blitt kuttet av, legg den tilbake");
    // Rules of all of them are named, and entries are told one by one.
    let wrong = findings(read(cut));
    assert_eq!(wrong[0].rules, ["R14"]);
    let second = cut[cut.find("  - application").unwrap()..].to_owned();
    assert_eq!(findings(read(&format!("{cut}{second}"))).len(), 2);
}

#[test]
fn an_entry_without_its_hyphen_is_told_where_it_begins() {
    let (en, nb) = ("another entry, and its hyphen is missing", "en ny oppføring, og bindestreken mangler");
    for hyphen in ["    ", "  "] {
        let new = format!("{hyphen}person: ingrid");
        register_told("  - person: ingrid", &new, en, nb);
        register_told("  - person: ingrid", &new, "Write `- person:`", "Skriv `- person:`");
    }
    let second = KARI[KARI.find("  - application").unwrap()..].replacen("REQ-2026-0113", "REQ-2026-0114", 1);
    for hyphen in ["    ", "  "] {
        let text = format!("{KARI}{}", second.replacen("  - ", hyphen, 1));
        told(&text, 17, en, nb);
    }
    // The first one, where YAML stumbles over the next one.
    let text = format!("{}{second}", KARI.replacen("  - application", "    application", 1));
    let (en, nb) = ("the first entry begins, and its hyphen", "den første oppføringen, og bindestreken");
    told(&text, 7, en, nb);
    told(&text, 7, "Write `- application:`", "Skriv `- application:`");
    // A key that stands twice is no entry.
    told(
        &with("    role: LU", "    role: LU\n    role: LC"),
        10,
        "`role` stands twice",
        "`role` står to ganger",
    );
}

#[test]
fn a_name_in_the_place_of_an_id_is_answered_with_the_id() {
    for (right, wrong, line, meant) in [
        ("role: LU", "role: Registerkoordinator", 9, "Write `LC` for Registerkoordinator."),
        ("role: LU", "role: bruker av registeret", 9, "Write `LU` for Bruker av registeret."),
        (
            "application: smerteregisteret",
            "application: Rapporteket - Smerte",
            7,
            "Write `rapporteket-smerte`",
        ),
        ("employer: helse-bergen", "employer: Akershus universitetssykehus", 3, "Write `ahus`"),
        ("staff: health", "staff: helse", 4, "Did you mean `health`?"),
        ("staff: health", "staff: IKT", 4, "Did you mean `ict`?"),
        ("identity: known", "identity: kjent", 16, "Did you mean `known`?"),
        ("identity: known", "identity: ja", 16, "Did you mean `known`?"),
        ("role: LU", "role: LU, LC", 9, "Several stand here, and one is written"),
        ("role: LU", "role: LU og LC", 9, "Several stand here, and one is written"),
        ("role: LU", "role: [LU, LC]", 9, "Several stand here, and one is written"),
        ("unit: 100082", "unit: 100082, 100083", 8, "Several stand here, and one is written"),
        ("unit: 100082", "unit: [100082, 100083]", 8, "Several stand here, and one is written"),
    ] {
        let nb = meant
            .replace("Write", "Skriv")
            .replace("Did you mean", "Mente du")
            .replace("Several stand here, and one is written", "Her står flere, og bare én skrives");
        told(&with(right, wrong), line, meant, &nb);
    }
    register_told(
        "office: register-leader",
        "office: Leder av registeret",
        "Write `register-leader` for Leder av registeret.",
        "Skriv `register-leader` for Leder av registeret.",
    );
}

#[test]
fn the_keys_of_the_register_are_written_out() {
    for (old, new, meant) in [
        ("  helse-stavanger:\n", "  Helse Stavanger:\n", "helse-stavanger"),
        ("  helse-stavanger:\n", "  helse–stavanger:\n", "helse-stavanger"),
        ("      100083: Stavanger\n", "      Stavanger: 100083\n", "100083: Stavanger"),
        ("      100083: Stavanger\n", "      RESH 100083: Stavanger\n", "100083: Stavanger"),
        ("  helse-vest-ikt: ", "  Helse Vest IKT: ", "helse-vest-ikt"),
    ] {
        register_told(old, new, &format!("Write `{meant}`."), &format!("Skriv `{meant}`."));
    }
    let (en, nb) = ("an en dash (`–`, U+2013)", "en tankestrek (`–`, U+2013)");
    register_told("  helse-stavanger:\n", "  helse–stavanger:\n", en, nb);
}

#[test]
fn a_day_behind_its_day_of_the_week_is_written_out() {
    for (written, en, nb) in [
        ("torsdag 29. oktober 2026", "Write `2026-10-29`.", "Skriv `2026-10-29`."),
        ("Thu 29 October 2026", "Write `2026-10-29`.", "Skriv `2026-10-29`."),
        ("torsdag 29.10.2026", "Write `2026-10-29`.", "Skriv `2026-10-29`."),
        ("fredag 29. oktober 2026", "Is `2026-10-29` meant?", "Er det `2026-10-29` som er ment?"),
    ] {
        told(&with("until: 2026-11-30", &format!("until: {written}")), 11, en, nb);
    }
}

#[test]
fn no_finding_about_a_missing_day_holds_one_that_could_be_copied() {
    for (line, key) in [("    from: 2026-09-01\n", "from"), ("      on: 2026-08-28\n", "on")] {
        let (en, nb) = (format!("`{key}: YYYY-MM-DD`"), format!("`{key}: ÅÅÅÅ-MM-DD`"));
        told(&with(line, ""), if key == "on" { 14 } else { 7 }, &en, &nb);
        // The shown value is refused if a user copies it.
        for copied in ["YYYY-MM-DD", "ÅÅÅÅ-MM-DD"] {
            assert!(
                !findings(read(&with(line, &line.replace(line.trim().split_once(": ").unwrap().1, copied))))
                    .is_empty()
            );
        }
    }
    let one = findings(read(&with("identity: known", "identity: contacted")));
    assert!(
        one[0].way_out.en().contains("on: YYYY-MM-DD") && one[0].way_out.get(Lang::Nb).contains("ÅÅÅÅ-MM-DD")
    );
    register_told(
        "    office: register-leader\n    from: 2015-01-01\n",
        "    office: register-leader\n",
        "`from: YYYY-MM-DD`",
        "`from: ÅÅÅÅ-MM-DD`",
    );
}
