//! Tests the program as it is shipped. Nobody can tell it the date, so it uses the system's clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::process::Command;

const SHIPPED: &str = env!("CARGO_BIN_EXE_portvakt");

#[test]
fn no_option_sets_the_clock() {
    for set in [&["--now", "2030-01-01T12:00:00Z"][..], &["--now=2030-01-01T12:00:00Z"]] {
        let told = Command::new(SHIPPED).env_clear().args(set).args(["schema", "person"]).output().unwrap();
        assert_eq!(told.status.code(), Some(2), "{set:?}");
        assert!(String::from_utf8(told.stderr).unwrap().contains("unexpected argument '--now'"), "{set:?}");
    }
    let help = Command::new(SHIPPED).env_clear().arg("--help").output().unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains("--now"));
}

#[test]
fn no_variable_sets_the_clock() {
    let told = |now: Option<&str>| {
        let mut command = Command::new(SHIPPED);
        command.env_clear().current_dir(env!("CARGO_MANIFEST_DIR")).args([
            "check",
            "--no-base",
            "--format",
            "json",
        ]);
        command.envs(now.map(|now| ("PORTVAKT_NOW", now)));
        command.output().unwrap()
    };
    let (system, set) = (told(None), told(Some("1999-01-01T12:00:00Z")));
    assert_eq!(system.status.code(), set.status.code());
    assert_eq!(String::from_utf8(system.stdout).unwrap(), String::from_utf8(set.stdout).unwrap());
}

#[test]
fn no_fault_can_be_planted_in_it() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "-p",
            "portvakt",
            "-e",
            "normal,build,features",
            "-f",
            "{p} {f}",
        ])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("portvakt-core"), "{tree}");
    assert!(!tree.contains("planted"), "{tree}");
}

#[test]
fn it_carries_no_prover() {
    // Only an encoder for a solver writes these words, and the prover does.
    let speaks = |path: &str| {
        let bytes = std::fs::read(path).unwrap();
        let words = b"(set-logic ";
        bytes.windows(words.len()).any(|window| window == words)
    };
    assert!(speaks(env!("CARGO_BIN_EXE_portvakt-prove")));
    assert!(!speaks(SHIPPED), "`portvakt` carries the prover");
}
