//! Compares the pages with these stories: the table of `docs/evidence.md`, and the commands of the README, which are
//! run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portvakt_core::diag::Code;

use super::bench::Told;

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(crate::ROOT).join(name)).unwrap()
}

/// The words between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_row_of_the_table_names_its_story_and_every_story_has_a_row() {
    let page = page("docs/evidence.md");
    let (_, table) = page.split_once("## Every kind of change").unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("` |"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let named: BTreeSet<&str> = rows.iter().filter_map(|row| quoted(row[3]).next()).collect();
    assert!(
        rows.len() > 28 && rows.iter().all(|row| row.len() == 4) && named.len() == rows.len(),
        "{rows:?}"
    );
    let (mut told, mut untold) = (BTreeSet::new(), Vec::new());
    let stories = [
        "forge",
        "forge/unanswered",
        "honest",
        "people",
        "put_back",
        "removals",
        "replay",
        "settings",
        "signatures",
    ];
    for story in stories {
        let source = self::page(&format!("tests/program/evidence_story/{story}.rs"));
        for test in source.split("#[test]\nfn ").skip(1) {
            let name = test.split('(').next().unwrap().to_owned();
            // The story expects the very codes that its row says.
            if let Some(row) = rows.iter().find(|row| quoted(row[3]).eq([&*name])) {
                let body = test.split("\n}\n").next().unwrap();
                let shared = source.split("#[test]").next().unwrap();
                let codes = quoted(row[1]).filter(|word| Code::ALL.iter().any(|code| code.as_str() == *word));
                let missing =
                    codes.filter(|code| !body.contains(&format!("\"{code}\"")) && !shared.contains(code));
                untold.extend(missing.map(|code| format!("{name}: {code}")));
            }
            told.insert(name);
        }
    }
    assert!(untold.is_empty(), "the table promises what no story expects: {untold:?}");
    let told: BTreeSet<&str> = told.iter().map(String::as_str).collect();
    assert_eq!(named, told, "the table and the stories differ");
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let said: BTreeSet<&str> = rows.iter().flat_map(|row| quoted(row[1])).collect();
    let unknown: Vec<&&str> = said.difference(&known).collect();
    assert!(unknown.is_empty() && said.len() > 14, "{unknown:?} {said:?}");
}

#[test]
fn the_readme_goes_from_a_key_to_a_row_in_under_ten_lines() {
    let readme = page("README.md");
    let block = readme.split_once("<!-- test:approval -->\n```sh\n").expect("the README has the lines").1;
    let lines = block.split_once("```").unwrap().0;
    assert!(lines.lines().count() < 10 && lines.contains("ssh-keygen"), "{lines}");
    let place = tempfile::tempdir().unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let run = |script: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", script]).current_dir(place.path()).stdin(Stdio::null());
        bash.env_clear().env("PATH", &path).env("HOME", place.path()).env("PORTVAKT_ROOT", "demo");
        Told::of(&bash.output().unwrap()).ends(0)
    };
    run("portvakt demo --prepare");
    let told = run(lines);
    let row = told.out.lines().last().unwrap();
    assert!(row.contains("Siv Nyansatt") && row.contains("smerteregisteret/100083/LU"), "{told:?}");
    // This shows why the signature is needed: without it the same file opens nothing.
    let unsigned = "rm demo/desired-state/*/siv.nyansatt.yaml.sig; cd demo/desired-state/helse-stavanger
        sed 's/siv.nyansatt/tor.nyansatt/; s/REQ-.*/REQ-2026-0302/' siv.nyansatt.yaml > tor.nyansatt.yaml";
    run(unsigned);
    run("portvakt apply || [ $? = 1 ]").says("error[unsigned]").says("tor.nyansatt");
}
