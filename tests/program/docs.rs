//! Compares the README and docs/ with the program: findings, commands, options, policies, links.
//! `UPDATE_DOCS=1 cargo test --test program docs` writes docs/findings.md again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portvakt_core::diag::{Code, Lang, Severity, page};
use portvakt_core::policy::REQUIRED_FILES;

fn root() -> PathBuf {
    PathBuf::from(crate::ROOT)
}

/// The pages, by their path from the root.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for name in ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "policies/README.md"] {
        pages.insert(name.to_owned(), fs::read_to_string(root().join(name)).unwrap());
    }
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let name = format!("docs/{}", path.file_name().unwrap().to_str().unwrap());
        pages.insert(name, fs::read_to_string(path).unwrap());
    }
    assert!(pages.len() > 8, "the pages were not found");
    pages
}

fn findings_page() -> String {
    let mut text = String::from(
        "# Findings\n\n\
         Every kind of finding there is. The names are stable. This page is made from the program's own list by\n\
         `UPDATE_DOCS=1 cargo test --test program docs`.\n\n\
         A finding says what is wrong, where, which rule and policy decided, and what to do next. *stopped* ends a run\n\
         with exit code 5, *error* with 1, *held* with 4; *advice* alone is in order. Where no rule stands, the\n\
         finding itself names the rules that decided, if any. `--lang nb` gives every text in bokmål.\n\n",
    );
    let mut pages = String::from("# Every finding by itself\n\n");
    for severity in [Severity::Fatal, Severity::Held, Severity::Error, Severity::Advice] {
        let title = match severity {
            Severity::Fatal => "Stopped: the run could not do its work",
            Severity::Held => "Held: waits until somebody decides",
            Severity::Error => "Error: invalid or denied",
            Severity::Advice => "Advice: in order, but somebody should look",
        };
        let _ = write!(text, "## {title}\n\n| code | rules | meaning |\n|---|---|---|\n");
        for code in Code::ALL.iter().filter(|code| code.severity() == severity) {
            let (rules, meaning) = (code.rules().join(", "), code.meaning());
            let cell = meaning.en().replace('|', "\\|");
            let _ = writeln!(text, "| [`{code}`](#{code}) | {rules} | {cell} |");
            let _ = write!(pages, "### {code}\n\n{}\n", page(*code, Lang::En));
        }
        text.push('\n');
    }
    text.push_str(&pages);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[test]
fn the_page_of_findings_is_that_of_the_program() {
    let path = root().join("docs/findings.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, findings_page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, findings_page(), "write it anew: UPDATE_DOCS=1 cargo test --test program docs");
}

fn help(command: &[String]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"))
        .arg("help")
        .args(command)
        .output()
        .unwrap();
    assert!(done.status.success(), "help {command:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// The names below `Commands:`.
pub fn subcommands(help: &str) -> Vec<String> {
    let below = help.split_once("Commands:\n").map_or("", |(_, below)| below);
    let lines = below.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Commands and long options of the program, all levels.
fn surface() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut commands, mut options) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let text = help(&command);
        for word in text.split(|c: char| c.is_whitespace() || ",[]`".contains(c)) {
            if let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) {
                let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(name.len());
                options.insert(format!("--{}", &name[..end]));
            }
        }
        for name in subcommands(&text) {
            let below: Vec<String> = command.iter().cloned().chain([name]).collect();
            commands.insert(below.join(" "));
            open.push(below);
        }
    }
    (commands, options)
}

#[test]
fn every_command_and_every_option_is_named() {
    let (commands, options) = surface();
    assert!(commands.contains("ledger verify") && options.contains("--root"), "{commands:?} {options:?}");
    let text: String = pages().into_values().collect();
    let words: BTreeSet<&str> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let unnamed: Vec<&String> = options.iter().filter(|option| !words.contains(option.as_str())).collect();
    assert!(unnamed.is_empty(), "neither README nor docs name {unnamed:?}");
    let named = |command: &str| {
        text.contains(&format!("`{command}")) || text.contains(&format!("portvakt {command}"))
    };
    let unnamed: Vec<&String> = commands.iter().filter(|command| !named(command)).collect();
    assert!(unnamed.is_empty(), "neither README nor docs name {unnamed:?}");
}

#[test]
fn no_page_names_a_command_that_is_not_there() {
    let (commands, _) = surface();
    let mut strange = Vec::new();
    for (page, text) in pages() {
        for start in ["`portvakt ", "$ portvakt "] {
            for rest in text.split(start).skip(1) {
                let end = rest.find(|c: char| c.is_whitespace() || c == '`').unwrap_or(rest.len());
                let word = &rest[..end];
                let command = word.starts_with(|c: char| c.is_ascii_lowercase());
                if command && word != "help" && !commands.contains(word) {
                    strange.push(format!("{page}: portvakt {word}"));
                }
            }
        }
    }
    assert!(strange.is_empty(), "{strange:?}");
}

/// The folders of this repository whose files the pages name from its root.
const FOLDERS: [&str; 5] = ["src/", "tests/", "docs/", "schemas/", "policies/"];

#[test]
fn every_file_of_this_repository_that_a_page_names_is_there() {
    let (mut gone, mut seen) = (Vec::new(), 0);
    for (page, text) in pages() {
        for name in text.split('`').skip(1).step_by(2) {
            let is_path = FOLDERS.iter().any(|folder| name.starts_with(folder));
            if !is_path || name.contains(['*', '<', ' ', '\n']) {
                continue;
            }
            seen += 1;
            // A test is named by its file and its function.
            let (file, function) = name.split_once("::").unwrap_or((name, ""));
            let text = fs::read_to_string(root().join(file)).unwrap_or_default();
            if !root().join(file).exists() || !text.contains(function) {
                gone.push(format!("{page}: {name}"));
            }
        }
    }
    assert!(seen > 20, "the names were not found");
    assert!(gone.is_empty(), "{gone:?}");
}

/// The name of a heading in a link, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if !fenced && line.starts_with('#') {
            found.insert(anchor(line.trim_start_matches('#').trim()));
        }
    }
    found
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut broken = Vec::new();
    let mut seen = 0;
    for (page, text) in &pages {
        for rest in text.split("](").skip(1) {
            let Some((link, _)) = rest.split_once(')') else { continue };
            if link.contains("://") {
                continue;
            }
            seen += 1;
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(page).parent().unwrap();
            let target = if path.is_empty() { root().join(page) } else { root().join(folder).join(path) };
            let there = target.exists();
            let heading_there = heading.is_empty()
                || fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(heading));
            if !there || !heading_there {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(seen > 20, "the links were not found");
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn rules_and_policies_are_all_in_the_table() {
    let table = fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let rows: String = table.lines().filter(|line| line.starts_with("| R")).collect::<Vec<_>>().join("\n");
    let words: BTreeSet<&str> = rows.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).collect();
    let missing: Vec<String> =
        (1..=45).map(|n| format!("R{n}")).filter(|rule| !words.contains(rule.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let mut ids = BTreeSet::new();
    for entry in fs::read_dir(root().join("policies")).unwrap() {
        let path = entry.unwrap().path();
        // The promises have a page of their own, docs/promises.md.
        let name = format!("policies/{}", path.file_name().unwrap().to_str().unwrap());
        let is_policy = REQUIRED_FILES.contains(&name.as_str());
        if is_policy && path.extension().is_some_and(|end| end == "cedar") {
            let text = fs::read_to_string(path).unwrap();
            let found = text.split("@id(\"").skip(1).filter_map(|rest| rest.split_once('"'));
            ids.extend(found.map(|(id, _)| id.to_owned()));
        }
    }
    assert!(ids.len() > 20, "the policies were not found");
    let unnamed: Vec<&String> = ids.iter().filter(|id| !words.contains(id.as_str())).collect();
    assert!(unnamed.is_empty(), "docs/rules.md does not name {unnamed:?}");
    let named = rows.split('`').skip(1).step_by(2).filter(|code| {
        code.contains('-')
            && code.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            && !code.starts_with('-')
    });
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let strange: Vec<&str> = named.filter(|id| !ids.contains(*id) && !known.contains(id)).collect();
    assert!(strange.is_empty(), "docs/rules.md names {strange:?}, and no policy or finding is called that");
}

#[test]
fn no_path_of_somebodys_own_machine_stands_in_a_page() {
    // The words are put together here, so that this file does not contain what it searches for.
    let private = ["home/", "Users/", "root/", "work/", "mnt/"].map(|folder| format!("/{folder}"));
    let mut found = Vec::new();
    for (page, text) in pages() {
        for (number, line) in text.lines().enumerate() {
            let starts = |path: &String| {
                line.match_indices(path.as_str()).any(|(at, _)| {
                    line[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || "`\"'(=:".contains(c))
                })
            };
            if private.iter().any(starts) {
                found.push(format!("{page}:{}: {line}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_readme_has_the_two_commands_that_are_run_elsewhere() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    for (mark, begins) in [("main", "cargo run -- demo"), ("test", "cargo test")] {
        let block = text.split_once(&format!("<!-- ci:{mark} -->\n```sh\n")).map(|(_, below)| below);
        let command = block.and_then(|below| below.lines().next());
        assert_eq!(command, Some(begins), "{mark}");
    }
}
