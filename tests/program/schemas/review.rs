//! The schema of a review. It accepts the lists that the program writes, and refuses what the reader refuses for its form.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use portvakt_core::model::FilePath;
use portvakt_core::parse;
use portvakt_core::schema::Schema;

use super::{validator, wrong, yaml};

/// A list as the program writes it for a trust of a copy of the example, and where it stands there.
fn list(trust: &str) -> (tempfile::TempDir, PathBuf, String) {
    let dir = tempfile::tempdir().unwrap();
    portvakt::example::copy(dir.path(), jiff::civil::date(2026, 11, 23)).unwrap();
    let settings = dir.path().join("desired-state/register.yaml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replacen("  ignore: []", "  ignore: [svc-import]", 1)).unwrap();
    let run = |args: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        program.env_clear().args(["--now", "2026-11-23T12:00:00Z", "--root"]).arg(dir.path());
        assert!(program.args(args).output().unwrap().status.success(), "{args:?}");
    };
    run(&["review", "start", "--trust", trust]);
    if trust == "unn" {
        let by = ["review", "answer", "--trust", "unn", "--by", "henrik.liksomdal"];
        run(&[&by[..], &["frida.skinnvik", "--keep", "--until", "2027-03-31"]].concat());
        run(&[&by[..], &["sara.fiktivsen", "--end"]].concat());
    }
    let path = dir.path().join(format!("reviews/{trust}/2026-Q4.yaml"));
    let text = fs::read_to_string(&path).unwrap();
    (dir, path, text)
}

#[test]
fn a_list_of_a_review_fits_its_schema_and_names_it() {
    let schema = validator(Schema::Review);
    for trust in ["unn", "nasjonal"] {
        let (_dir, path, text) = list(trust);
        assert_eq!(wrong(&schema, &text), [""; 0], "{text}");
        let named = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
        assert!(path.parent().unwrap().join(named).is_file(), "{named}");
        assert_eq!(text.contains("\nsettings:\n"), trust == "nasjonal", "{text}");
    }
}

#[test]
fn what_is_wrong_in_the_form_of_a_list_is_refused_by_both() {
    let schema = validator(Schema::Review);
    let unn: &[(&str, &str)] = &[
        ("quarter: 2026-Q4", "quarter: 2026-Q5"),
        ("made: 2026-11-23", "made: 23.11.2026"),
        ("trust: unn", "trust: Unn"),
        ("rows:", "rader:"),
        ("rows:\n", "rows: x\nmore:\n"),
        ("    role: LU\n", ""),
        ("    role: LU\n", "    role: LU\n    rolle: LU\n"),
        ("    unit: 101719", "    unit: UNN"),
        ("    answer: end", "    answer: stop"),
        ("    answer: end", "    answer: end\n    keep_until: 2027-01-01"),
        ("    answer: end\n", ""),
        ("answer: end\n    answered_by: henrik.liksomdal\n", "answer: end\n"),
        ("  - {by: henrik.liksomdal, on: 2026-11-23}", "  - {by: henrik.liksomdal}"),
    ];
    let national: &[(&str, &str)] = &[
        ("  - account: \"svc-import\"", "  - account: \"svc-import\"\n    from: 2026-01-01"),
        ("  - account: \"svc-import\"", "  - konto: \"svc-import\""),
        ("  - office: register-leader\n    person:", "  - person:"),
        ("settings:\n", "settings: x\nmore:\n"),
    ];
    for (trust, changes) in [("unn", unn), ("nasjonal", national)] {
        let (dir, _, text) = list(trust);
        let register = fs::read_to_string(dir.path().join("desired-state/register.yaml")).unwrap();
        let at = FilePath::new("desired-state/register.yaml");
        let register = parse::register(&at, register.as_bytes()).unwrap();
        let path = FilePath::new(&format!("reviews/{trust}/2026-Q4.yaml"));
        assert!(parse::review(&path, text.as_bytes(), &register).is_ok(), "{text}");
        for (old, new) in changes {
            let changed = text.replacen(old, new, 1);
            assert_ne!(changed, text, "{old}\n{text}");
            assert!(
                parse::review(&path, changed.as_bytes(), &register).is_err(),
                "the reader takes it: {new}"
            );
            assert!(!schema.is_valid(&yaml(&changed)), "the schema takes it: {new}");
        }
    }
}
