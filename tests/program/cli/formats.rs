//! The formats for programs and reviewers. Each one is read back by a suitable reader: SARIF by its own schema, JUnit
//! by an XML parser. The same tree is also reported in bokmål.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::desk::Desk;

/// A tree with an error in a line, one about a whole file, a hold, advice, and names that are hostile in each format.
fn wrong() -> Desk {
    let desk = Desk::tree();
    desk.change("unn", "frida.skinnvik", "staff:", "stuff:");
    desk.change("unn", "sara.fiktivsen", "name: ", "name: \"]]> <b>&\\u0007 | @kari #12 ](x) ::error::\" #");
    let folder = desk.root().join("desired-state/unn");
    std::fs::write(folder.join("a b#1%.yaml"), "x: 1\n").unwrap();
    std::fs::write(folder.join("empty.person.yaml"), "").unwrap();
    desk
}

/// The schema that the published types were made from, as their crate brings it.
fn schema() -> Value {
    let told = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--manifest-path"])
        .arg(PathBuf::from(crate::ROOT).join("Cargo.toml"))
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let packages = told["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let text = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    // One pattern of the published schema, that of languages, has a bracket that nothing opens.
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn sarif_is_what_its_schema_says() {
    let schema = schema();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for lang in ["en", "nb"] {
        let told = wrong().run(&["--format", "sarif", "--lang", lang, "check"]).ends(1).json();
        let wrong: Vec<String> =
            schema.iter_errors(&told).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(wrong, [""; 0]);
        // Into the published types and back: nothing is lost, so nothing was unknown.
        let typed: serde_sarif::sarif::Sarif = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(serde_json::to_value(&typed).unwrap(), told);
        let results = told["runs"][0]["results"].as_array().unwrap();
        let levels: BTreeSet<&str> = results.iter().filter_map(|r| r["level"].as_str()).collect();
        assert_eq!(levels, BTreeSet::from(["error", "note"]));
        let at = |r: &Value| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
        assert!(results.iter().any(|r| at(r) == "desired-state/unn/a%20b%231%25.yaml"), "{results:?}");
        let prints: BTreeSet<String> = results.iter().map(|r| r["partialFingerprints"].to_string()).collect();
        assert_eq!(prints.len(), results.len());
    }
    // The schema refuses a text that is not SARIF, so the check above can fail.
    assert!(!schema.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{ "tool": {} }] })));
}

/// Returns the cases of a JUnit report: the file, the name, and whether it failed.
fn cases(report: &str) -> Vec<(String, String, bool)> {
    let tree = roxmltree::Document::parse(report).unwrap_or_else(|why| panic!("{why}\n{report}"));
    let suites = tree.root_element();
    let [suite] = suites.children().filter(|node| node.is_element()).collect::<Vec<_>>()[..] else {
        panic!("one suite is expected:\n{report}")
    };
    assert_eq!((suites.tag_name().name(), suite.tag_name().name()), ("testsuites", "testsuite"));
    let cases: Vec<_> = suite.children().filter(|node| node.is_element()).collect();
    let told: Vec<(String, String, bool)> = cases
        .iter()
        .map(|case| {
            let inside: Vec<&str> =
                case.children().filter(|n| n.is_element()).map(|n| n.tag_name().name()).collect();
            assert!(matches!(inside[..], [] | ["failure"] | ["system-out"]), "{inside:?}");
            let of = |key| case.attribute(key).unwrap_or_default().to_owned();
            (of("file"), of("name"), inside == ["failure"])
        })
        .collect();
    assert_eq!(suite.attribute("tests"), Some(told.len().to_string().as_str()));
    let failures = told.iter().filter(|(_, _, failed)| *failed).count();
    assert_eq!(suite.attribute("failures"), Some(failures.to_string().as_str()));
    told
}

#[test]
fn a_junit_report_has_every_file_and_says_when_nothing_was_checked() {
    let desk = wrong();
    let told = cases(&desk.run(&["--format", "junit", "check"]).ends(1).out);
    let failed = |file: &str| told.iter().any(|(f, _, failed)| f == file && *failed);
    assert!(failed("desired-state/unn/frida.skinnvik.yaml"), "{told:?}");
    assert!(failed("desired-state/unn/a b#1%.yaml"), "{told:?}");
    assert!(
        told.iter()
            .any(|(f, name, failed)| f.ends_with("/halvor.liksomdal.yaml") && name == "in-order" && !failed)
    );
    let files: BTreeSet<&str> = told.iter().map(|(file, _, _)| file.as_str()).collect();
    let json = desk.run(&["--format", "json", "check"]).json();
    assert!(files.len() as u64 >= json["files"].as_u64().unwrap(), "{files:?}");

    let empty = Desk::tree();
    for entry in std::fs::read_dir(empty.root().join("desired-state")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    let told = cases(&empty.run(&["--format", "junit", "check"]).out);
    assert!(told.iter().any(|(_, name, failed)| name == "nothing-checked" && *failed), "{told:?}");
}

#[test]
fn what_stands_in_a_file_is_inert_in_a_comment() {
    let told = wrong().run(&["--format", "markdown", "check"]).ends(1);
    for live in ["@kari", "#12", "<b>", "](x)"] {
        assert!(!told.out.contains(live), "{live}: {}", told.out);
    }
    told.says("`portvakt explain unknown-key`").never_says("docs/findings.md");
}

#[test]
fn the_same_tree_is_told_in_bokmal() {
    let desk = wrong();
    let told = desk.run(&["--lang", "nb", "check"]).ends(1);
    insta::assert_snapshot!("check-bokmal", told.out);
    let json = desk.run(&["--lang", "nb", "--format", "json", "check"]).json();
    assert_eq!(json["lang"], "nb");
    let (en, nb) = (desk.run(&["--format", "json", "check"]).json(), json);
    let (en, nb) = (en["findings"].as_array().unwrap(), nb["findings"].as_array().unwrap());
    assert_eq!(en.len(), nb.len());
    for (en, nb) in en.iter().zip(nb) {
        assert_eq!(en["code"], nb["code"]);
        assert_ne!(en["message"], nb["message"], "{en}");
        assert!(en["way_out"] == "" && nb["way_out"] == "" || en["way_out"] != nb["way_out"], "{en} {nb}");
    }
}

#[test]
fn plans_and_lists_are_told_in_bokmal() {
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    let nb = |args: &[&str]| desk.run(&[&["--lang", "nb"], args].concat());
    nb(&["plan"]).ends(3).says("står ikke lenger i filene").says("ingenting ble skrevet");
    nb(&["list"]).ends(0).says("ENHET").says("gjelder").says("tilganger");
    nb(&["explain", "sara.fiktivsen"]).ends(0).says("godkjent av");
    nb(&["can", "halvor.liksomdal", "unlock-form"]).says("LC låser opp skjema");
    nb(&["apply"]).ends(0).says("utført");
    nb(&["ledger", "verify"]).ends(0).says("Protokollen er hel");
    // The ledger says the same in any language.
    assert_eq!(nb(&["ledger", "show"]).out, desk.run(&["ledger", "show"]).out);
}

#[test]
fn the_language_is_asked_for_or_that_of_the_system() {
    let desk = Desk::tree();
    let run = |vars: &[(&str, &str)], args: &[&str]| {
        let mut program = desk.program();
        program.args(args).args(["explain", "nobody"]).envs(vars.iter().copied());
        super::desk::Told::of(&program.output().unwrap()).out
    };
    let nb = |vars: &[(&str, &str)], args: &[&str]| run(vars, args).contains("grunnlag");
    assert!(!nb(&[], &[]));
    assert!(nb(&[], &["--lang", "nb"]));
    assert!(nb(&[("PORTVAKT_LANG", "nb")], &[]) && !nb(&[("PORTVAKT_LANG", "nb")], &["--lang", "en"]));
    assert!(nb(&[("LANG", "nb_NO.UTF-8")], &[]) && nb(&[("LANG", "en_GB"), ("LC_MESSAGES", "nn_NO")], &[]));
    assert!(!nb(&[("LANG", "nb_NO"), ("LC_ALL", "C")], &[]) && nb(&[("LANG", "nb_NO"), ("LC_ALL", "")], &[]));
    assert!(!nb(&[("LANG", "nb_NO"), ("PORTVAKT_LANG", "en")], &[]));
    desk.run(&["--lang", "sv", "check"]).ends(2).says("possible values: nb, en");
}

#[test]
fn what_is_no_list_of_findings_says_which_formats_it_takes() {
    let desk = Desk::accepted();
    for command in [&["list"][..], &["can", "a.b", "x"], &["register", "users"], &["ledger", "verify"]] {
        for format in ["sarif", "junit", "markdown"] {
            let mut args = vec!["--format", format];
            args.extend(command);
            let told = desk.run(&args).ends(2).says("--help");
            assert_eq!(told.out, "");
        }
    }
}
