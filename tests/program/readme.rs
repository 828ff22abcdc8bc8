//! Runs the review that the README shows, from the start to the evidence. Its commands run one a minute, and their
//! output is compared with the README. `…` marks parts that were left out, within a line or as lines of their own.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::ROOT;

/// The mark before each part. The day of the part follows it.
const MARK: &str = "<!-- test:review ";

/// One command with the lines below it.
struct Step<'a> {
    typed: &'a str,
    shown: Vec<&'a str>,
}

/// The parts, each with its day.
fn parts(readme: &str) -> Vec<(&str, Vec<Step<'_>>)> {
    let mut parts = Vec::new();
    for part in readme.split(MARK).skip(1) {
        let (day, rest) = part.split_once(" -->\n```console\n").unwrap();
        let mut steps: Vec<Step<'_>> = Vec::new();
        for line in rest.split_once("```").unwrap().0.lines() {
            match line.strip_prefix("$ ") {
                Some(typed) => steps.push(Step { typed, shown: Vec::new() }),
                None => steps.last_mut().unwrap().shown.push(line),
            }
        }
        parts.push((day, steps));
    }
    parts
}

/// Returns whether a line equals the shown one.
fn is_line(shown: &str, line: &str) -> bool {
    let mut pieces = shown.split('…');
    let Some(mut rest) = line.strip_prefix(pieces.next().unwrap()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else { return rest.is_empty() };
    for piece in between {
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

/// Returns whether the lines equal the shown ones.
fn are_lines(shown: &[&str], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&"…", behind)) => (0..=lines.len()).any(|cut| are_lines(behind, &lines[cut..])),
        Some((first, behind)) => {
            lines.split_first().is_some_and(|(line, rest)| is_line(first, line) && are_lines(behind, rest))
        }
    }
}

#[test]
fn the_readme_shows_one_review_from_the_start_to_the_evidence() {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let programs = place.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    let by_a_set_clock = env!("CARGO_BIN_EXE_portvakt-by-a-set-clock");
    std::os::unix::fs::symlink(by_a_set_clock, programs.join("portvakt")).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let run = |now: &str, typed: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &format!("exec 2>&1; {typed}")]).current_dir(place.path());
        bash.env_clear().env("PATH", &path).env("HOME", place.path()).env("PORTVAKT_ROOT", "demo");
        bash.env("PORTVAKT_NOW", now).env("PORTVAKT_SOLVER", "/nowhere/cvc5").stdin(Stdio::null());
        let output = bash.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{typed}\n{printed}");
        printed
    };
    run("2026-11-23T11:00:00Z", "portvakt demo --prepare");
    let parts = parts(&readme);
    assert_eq!(parts.len(), 2, "the answers, and the day after");
    for (day, steps) in &parts {
        for (minute, step) in steps.iter().enumerate() {
            let printed = run(&format!("{day}T12:{minute:02}:00Z"), step.typed);
            let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
            assert!(are_lines(&step.shown, &lines), "README.md: `{}` prints\n{printed}", step.typed);
        }
    }
    let page = std::fs::read_to_string(place.path().join("ahus-2026-Q4.html")).unwrap();
    for row in [
        "<tr><th>Counts from</th><td><code>2026-11-23</code></td></tr>",
        "<tr><th>State</th><td><code>closed</code></td></tr>",
        "<tr><th>The chain of the ledger holds</th><td><code>true</code></td></tr>",
    ] {
        assert!(page.contains(row), "{row} is not in\n{page}");
    }
}
