//! The words of an application that do not mean one thing of the register: a unit, a role, an application.

use super::{Office, TABLE};

#[test]
fn a_word_that_is_not_understood_becomes_no_access_of_another_kind() {
    let office = Office::new("");
    let file = "desired-state/helse-stavanger/tor.typosen.yaml";
    // The coordinator of one unit is asked about no other one, so a default would be that unit.
    let given = ["--from-request", "REQ-9001", "--role", "LU", "--identity", "known", "--yes"];
    let grant = || {
        let who = ["grant", "--export", office.export(), "--by", "halvor.liksomdal"];
        office.desk.run(&[&who[..], &given[..]].concat())
    };
    let export = |unit: &str, application: &str| {
        let rows =
            format!("request;name;unit;role;application\nREQ-9001;Tor Typosen;{unit};LU;{application}\n");
        std::fs::write(&office.export, rows).unwrap();
    };
    for (unit, application, said, option) in [
        ("Haugesund sjukehus", "smerteregisteret", "`Haugesund sjukehus` is not understood", "--unit"),
        ("100999", "smerteregisteret", "`100999` is not understood", "--unit"),
        ("100083, 100089", "smerteregisteret", "Ahus (100089)", "--unit"),
        ("100083", "smerte", "rapporteket-smerte, smerteregisteret", "--application"),
        ("100083", "smerteregisteret + x", "`x` is not understood", "--application"),
    ] {
        export(unit, application);
        grant().ends(2).says(said).says(option);
        assert_eq!(office.text(file), "", "{unit} {application}");
        office.requests(&[]).ends(0).says(&format!("! the {}", option.trim_start_matches('-'))).says(said);
        let json = office.requests(&["--format", "json"]).ends(0).json();
        assert_eq!(json["requests"][0]["notices"][0]["kind"], "not-understood", "{json}");
    }
    export("", "smerteregisteret");
    grant().ends(2).says("it names no unit").says("--unit");
    assert_eq!(office.text(file), "");
    // A JSON value in a form that is not read says something too.
    let order =
        r#"[{"request": "REQ-9001", "name": "Tor Typosen", "unit": 100083, "application": {"code": 1}}]"#;
    std::fs::write(&office.export, order).unwrap();
    grant().ends(2).says("--application");
    // The role has no usual answer anyway, and its word is quoted too.
    let row = "request;name;unit;role;application\nREQ-9001;Tor Typosen;100083;XX;smerteregisteret\n";
    std::fs::write(&office.export, row).unwrap();
    let who = ["grant", "--export", office.export(), "--by", "halvor.liksomdal", "--yes"];
    let told = office.desk.run(&[&who[..], &["--from-request", "REQ-9001", "--identity", "known"]].concat());
    told.ends(2).says("the role `XX` is not understood").says("say what is meant with `--role`");
    assert_eq!(office.text(file), "");
    // With two applications the word for both is certain.
    export("100083", "begge");
    office.requests(&[]).ends(0).says("in rapporteket-smerte, smerteregisteret").never_says("not understood");
    grant().ends(0);
    assert_eq!(office.text(file).matches("application:").count(), 2);
}

#[test]
fn a_part_of_two_names_is_not_one_application() {
    let office = Office::new(TABLE);
    let who =
        ["Siv Smertesen", "--unit", "100089", "--role", "LU", "--request", "REQ-1", "--identity", "known"];
    let grant = |named: &[&str]| office.grant(&[&who[..], named].concat());
    let (alone, besides): (&[&str], &[&str]) = (&[], &["--application", "rapporteket"]);
    for more in [alone, besides] {
        let told = grant(&[&["--application", "smerte"][..], more].concat()).ends(2);
        told.says("`smerte` is not one application").says("rapporteket-smerte, smerteregisteret");
    }
    let file = "desired-state/ahus/siv.smertesen.yaml";
    assert_eq!(office.text(file), "");
    // One that is named twice is given once.
    grant(&["--application", "rapporteket", "--application", "rapporteket-smerte"]).ends(0);
    assert_eq!(office.text(file).matches("application:").count(), 1);
}
