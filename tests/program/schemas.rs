//! The schemas accept the files that the reader accepts, and refuse those that it refuses for their form. Editors find
//! the schemas. The program's own output matches them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jsonschema::Validator;
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::schema::Schema;
use serde_json::Value;

mod review;

fn root() -> PathBuf {
    PathBuf::from(crate::ROOT)
}

fn validator(schema: Schema) -> Validator {
    let schema: Value = serde_json::from_str(schema.text()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::new(&schema).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

fn wrong(validator: &Validator, text: &str) -> Vec<String> {
    validator.iter_errors(&yaml(text)).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// The files of the example, by path from its folder.
fn example() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join("desired-state")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 50);
    found
}

fn of(path: &Path) -> Schema {
    if path.ends_with("register.yaml") { Schema::Register } else { Schema::Person }
}

#[test]
fn every_file_of_the_example_fits_its_schema_and_names_it() {
    for (path, text) in example() {
        assert_eq!(wrong(&validator(of(&path)), &text), [""; 0], "{}", path.display());
        let first = text.lines().next().unwrap();
        let named =
            first.strip_prefix("# yaml-language-server: $schema=").unwrap_or_else(|| panic!("{first}"));
        let there = path.parent().unwrap().join(named).canonicalize().unwrap();
        assert_eq!(there, root().join("schemas").join(of(&path).file()).canonicalize().unwrap());
    }
}

#[test]
fn a_generated_tree_and_a_demo_fit_too_and_have_the_schemas_beside_them() {
    let dir = tempfile::tempdir().unwrap();
    let (made, copied) = (dir.path().join("made"), dir.path().join("copied"));
    portvakt::example::generate(300, 7, &made).unwrap();
    portvakt::example::copy(&copied, jiff::civil::date(2026, 11, 23)).unwrap();
    let validator = validator(Schema::Person);
    for tree in [made, copied] {
        let mut seen = 0;
        for folder in fs::read_dir(tree.join("desired-state")).unwrap() {
            let folder = folder.unwrap().path();
            for file in folder.is_dir().then(|| fs::read_dir(&folder).unwrap()).into_iter().flatten() {
                let path = file.unwrap().path();
                let text = fs::read_to_string(&path).unwrap();
                assert_eq!(wrong(&validator, &text), [""; 0], "{}", path.display());
                let named = text.lines().next().unwrap().rsplit('=').next().unwrap();
                assert!(folder.join(named).is_file(), "{named}");
                seen += 1;
            }
        }
        assert!(seen > 50);
    }
}

#[test]
fn the_command_prints_the_files() {
    for schema in Schema::ALL {
        let told: Output = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"))
            .args(["schema", &schema.to_string()])
            .output()
            .unwrap();
        let file = fs::read(root().join("schemas").join(schema.file())).unwrap();
        assert!(told.status.success() && told.stdout == file, "{schema}");
    }
}

const KARI: &str = "\
person: kari.testesen
name: Kari Testesen
employer: helse-bergen
staff: health
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
    revoked: {on: 2026-10-01, by: tone.testesen, reason: has left}
";

fn register() -> (String, Register) {
    let text = fs::read_to_string(root().join("desired-state/register.yaml")).unwrap();
    let read = parse::register(&FilePath::new("desired-state/register.yaml"), text.as_bytes()).unwrap();
    (text, read)
}

/// Returns whether the reader accepts the whole file of a person.
fn reads(text: &str, register: &Register) -> bool {
    let path = FilePath::new("desired-state/helse-bergen/kari.testesen.yaml");
    let read = parse::person(&path, text.as_bytes(), register);
    read.is_ok_and(|file| file.entries.iter().all(|entry| matches!(entry, parse::Entry::Valid { .. })))
}

#[test]
fn other_ways_to_write_the_same_are_right_for_both() {
    let (_, register) = register();
    let person = validator(Schema::Person);
    for (old, new) in [
        ("unit: 100082", "unit: \"100082\""),
        ("    until: 2026-11-30\n", ""),
        ("identity: known", "identity: uncertain"),
        ("identity: known", "identity: contacted\n      contacted: {channel: phone, on: 2026-08-27}"),
        ("staff: health\n", "staff: health\nposition: lis\nlogin: kari_t@helse\n"),
        ("2026-11-30", "'2026-11-30'"),
    ] {
        let text = KARI.replacen(old, new, 1);
        assert_ne!(text, KARI, "{old}");
        assert!(reads(&text, &register), "{text}");
        assert_eq!(wrong(&person, &text), [""; 0], "{text}");
    }
}

#[test]
fn what_is_wrong_in_a_persons_form_is_refused_by_both() {
    let (_, register) = register();
    let person = validator(Schema::Person);
    assert!(reads(KARI, &register) && person.is_valid(&yaml(KARI)));
    for (old, new) in [
        // These keys are unknown, misspelt or missing.
        ("staff: health", "staff: health\nphone: x"),
        ("    unit:", "    uniit:"),
        ("    unit: 100082\n", ""),
        ("name: Kari Testesen\n", ""),
        ("    request: REQ-2026-0113\n", ""),
        ("      identity: known\n", ""),
        ("reason: has left", "why: has left"),
        // Kinds of values.
        ("role: LU", "role: {name: LU}"),
        ("role: LU", "role: [LU]"),
        (
            "approved:\n      by: bjorn.lederesen\n      on: 2026-08-28\n      identity: known",
            "approved: yes",
        ),
        ("name: Kari Testesen", "name: 1234"),
        ("name: Kari Testesen", "name:"),
        ("name: Kari Testesen", "name: true"),
        ("name: Kari Testesen", "name: \" \""),
        ("until: 2026-11-30", "until:"),
        // Words of a fixed list.
        ("staff: health", "staff: healt"),
        ("identity: known", "identity: perhaps"),
        ("identity: known", "identity: contacted"),
        ("identity: known", "identity: known\n      contacted: {channel: phone, on: 2026-08-27}"),
        // Dates and ids.
        ("2026-11-30", "30.11.2026"),
        ("2026-11-30", "2026-1-3"),
        ("2026-11-30", "9999-12-31"),
        ("2026-11-30", "2026-13-01"),
        ("by: bjorn", "by: Bjorn"),
        ("by: bjorn.lederesen", "by: -bjorn"),
        ("unit: 100082", "unit: haukeland"),
        ("unit: 100082", "unit: -1"),
        ("REQ-2026-0113", "REQ 2026"),
    ] {
        let text = KARI.replacen(old, new, 1);
        assert_ne!(text, KARI, "{old}");
        assert!(!reads(&text, &register), "the reader takes it: {new}");
        assert!(!person.is_valid(&yaml(&text)), "the schema takes it: {new}");
    }
    let empty = format!("{}access: []\n", &KARI[..KARI.find("access").unwrap()]);
    assert!(!reads(&empty, &register) && !person.is_valid(&yaml(&empty)));
}

#[test]
fn what_is_wrong_in_the_registers_form_is_refused_by_both() {
    let (text, _) = register();
    let schema = validator(Schema::Register);
    for (old, new) in [
        ("review_months", "review_month"),
        ("kind: national", "kind: nasjonal"),
        ("contact_in_git: false", "contact_in_git: perhaps"),
        ("contact_in_git: false", "contact_in_git: false\nproofs: optional"),
        ("contact_in_git: false", "contact_in_git: false\nproofs:"),
        ("percent: 5", "percent: 500"),
        ("org_no: 983974694", "org_no: 98397469"),
        ("name: Helse Fonna HF\n    ", ""),
        ("most_coordinators: 2", "most_coordinators: 0"),
        ("  ignore: []", "  ignore: x"),
        ("  unn:", "  Unn:"),
        ("100089: Ahus", "ahus: Ahus"),
        ("100089: Ahus", "100089: {name: Ahus, to: 2030-01-01}"),
        ("    office: register-leader\n", ""),
        ("from: 2015-01-01", "from: 2015"),
        ("id: smerteregisteret", "id: Smerteregisteret"),
    ] {
        let changed = text.replacen(old, new, 1);
        assert_ne!(changed, text, "{old}");
        let path = FilePath::new("desired-state/register.yaml");
        assert!(parse::register(&path, changed.as_bytes()).is_err(), "the reader takes it: {new}");
        assert!(!schema.is_valid(&yaml(&changed)), "the schema takes it: {new}");
    }
    let closing = text.replacen("100089: Ahus", "100089: {name: Ahus, until: 2030-01-01}", 1);
    assert!(schema.is_valid(&yaml(&closing)));
    let asking = text.replacen("contact_in_git: false", "contact_in_git: false\nproofs: required", 1);
    let path = FilePath::new("desired-state/register.yaml");
    assert!(parse::register(&path, asking.as_bytes()).is_ok() && schema.is_valid(&yaml(&asking)));
}

#[test]
fn what_the_program_writes_fits_the_schema_of_findings() {
    let dir = tempfile::tempdir().unwrap();
    portvakt::example::copy(dir.path(), jiff::civil::date(2026, 11, 23)).unwrap();
    fs::write(dir.path().join("desired-state/unn/sara.fiktivsen.yaml"), "x: [\n").unwrap();
    let schema = validator(Schema::Findings);
    for command in ["check", "plan"] {
        let told = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"))
            .env_clear()
            .args(["--now", "2026-11-23T12:00:00Z", "--format", "json", "--root"])
            .arg(dir.path())
            .arg(command)
            .output()
            .unwrap();
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        assert!(!told["findings"].as_array().unwrap().is_empty());
        let wrong: Vec<String> = schema.iter_errors(&told).map(|e| e.to_string()).collect();
        assert_eq!(wrong, [""; 0]);
    }
    assert!(!schema.is_valid(&serde_json::json!({ "findings": [{}], "exit": 0, "lang": "en" })));
}

const REJECTED: &str = "\
rejected:
  - request: REQ-2026-0150
    on: 2026-11-23
    by: lars.demostad
    reason: not employed at the unit
";

#[test]
fn a_list_of_rejected_applications_is_right_and_wrong_for_both() {
    let (schema, (_, register)) = (validator(Schema::Rejections), register());
    let path = FilePath::new("requests/ahus.yaml");
    let reads = |text: &str| parse::rejections(&path, text.as_bytes(), &register).is_ok();
    let modeline = "# yaml-language-server: $schema=../schemas/rejections.json\n";
    for text in [REJECTED.to_owned(), "rejected: []\n".to_owned(), format!("{modeline}{REJECTED}")] {
        assert!(reads(&text), "{text}");
        assert_eq!(wrong(&schema, &text), [""; 0], "{text}");
    }
    for (old, new) in [
        ("rejected:", "avvist:"),
        ("rejected:\n", "rejected: x\nmore:\n"),
        ("    by: lars.demostad\n", ""),
        ("    by: lars.demostad", "    by: Lars Demostad"),
        ("    on: 2026-11-23", "    on: 23.11.2026"),
        ("request: REQ-2026-0150", "request: REQ 2026"),
        ("    reason: not employed at the unit\n", ""),
        ("not employed at the unit", "\" \""),
        ("not employed at the unit", "wrote from lars@sykehus.test"),
        ("    reason:", "    name: Kari Testesen\n    reason:"),
    ] {
        let text = REJECTED.replacen(old, new, 1);
        assert_ne!(text, REJECTED, "{old}");
        assert!(!reads(&text), "the reader takes it: {new}");
        assert!(!schema.is_valid(&yaml(&text)), "the schema takes it: {new}");
    }
}

#[test]
fn applications_in_the_published_form_are_read_as_they_stand() {
    let schema = validator(Schema::Applications);
    let of = |list: Value| serde_json::json!({ "requests": list });
    let list = serde_json::json!([
        { "request": "REQ-9001", "name": "Nina Nyquist", "unit": 100_089, "role": "LU", "date": "2026-11-20",
          "application": ["smerteregisteret", "rapporteket-smerte"] },
        { "request": "REQ-9002", "name": "Nora Nyquist", "unit": "Ahus", "role": ["LU"] },
    ]);
    let (dir, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    portvakt::example::copy(dir.path(), jiff::civil::date(2026, 11, 23)).unwrap();
    let file = beside.path().join("applications.json");
    for value in [list.clone(), of(list.clone())] {
        assert!(schema.is_valid(&value), "{value}");
        fs::write(&file, value.to_string()).unwrap();
        let told = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"))
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .args(["--now", "2026-11-23T12:00:00Z", "--format", "json", "--root"])
            .arg(dir.path())
            .args(["requests", "--from"])
            .arg(&file)
            .output()
            .unwrap();
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        assert_eq!(told["unread"], 0, "{told}");
        let requests = told["requests"].as_array().unwrap();
        let units: Vec<&Value> = requests.iter().map(|request| &request["unit"]).collect();
        assert_eq!(units, [100_089, 100_089], "{told}");
        let first = requests.iter().find(|request| request["request"] == "REQ-9001").unwrap();
        assert_eq!(first["name"], "Nina Nyquist");
        assert_eq!(first["asked"]["applications"].as_array().unwrap().len(), 2);
    }
    // More about the applicant has no place in this form.
    for (key, value) in [("email", "nina@sykehus.test"), ("PersonIdentifier", "01017012345"), ("phone", "1")]
    {
        let mut more = list.clone();
        more[0][key] = value.into();
        assert!(!schema.is_valid(&more) && !schema.is_valid(&of(more)), "{key}");
    }
    let nameless = serde_json::json!([{ "request": "REQ-9001" }]);
    assert!(!schema.is_valid(&nameless));
}
