//! Checks of the repository that the compiler does not make. Every package is tested and linted, every file of tests is
//! compiled, every dependency is used, the core links nothing that could reach the outside world, no files import from each
//! other in a circle, each command has its own file, and no long text stands in two places.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod commands;
mod dependencies;
mod effects;
mod functions;
mod imports;
mod names;
mod texts;

fn root() -> PathBuf {
    PathBuf::from(crate::ROOT).canonicalize().unwrap()
}

/// The strings of a list in a manifest.
fn list(manifest: &str, key: &str) -> BTreeSet<String> {
    let begins = manifest.find(&format!("\n{key} = [")).unwrap_or_else(|| panic!("{key}"));
    let text = &manifest[begins..];
    let text = &text[..text.find(']').unwrap()];
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_package_is_tested_and_linted() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (members, mut tested) = (list(&manifest, "members"), list(&manifest, "default-members"));
    assert!(tested.remove("."), "the root itself");
    assert_eq!(members, tested, "cargo at the root passes over a member that is no default");
    assert!(members.len() > 6);
    for member in members.iter().map(String::as_str).chain(["."]) {
        let text = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
        assert!(text.contains("\n[lints]\nworkspace = true"), "{member} takes over no lints");
        let mut header = String::new();
        for line in lines(&text) {
            if line.starts_with('[') {
                header = line;
                continue;
            }
            // Programs and fixtures may have no tests of their own. A crate has some, and so has a program of tests.
            let is_tested =
                member.starts_with("src/") || header == "[[test]]" || (member == "." && header == "[lib]");
            let is_passed_over = ["test = false", "harness = false"].contains(&line.as_str());
            assert!(!(is_tested && is_passed_over), "{member}: {header} {line}");
        }
    }
}

/// The lines of a manifest, without comments and with one form of spaces around `=`.
fn lines(manifest: &str) -> impl Iterator<Item = String> {
    let code = manifest.lines().map(|line| line.split('#').next().unwrap_or_default());
    code.map(|line| line.split('=').map(str::trim).collect::<Vec<_>>().join(" = "))
        .filter(|line| !line.is_empty())
}

/// The lines of one table of a manifest.
fn table(manifest: &str, name: &str) -> Vec<String> {
    let below = lines(manifest).skip_while(|line| *line != format!("[{name}]")).skip(1);
    below.take_while(|line| !line.starts_with('[')).collect()
}

#[test]
fn the_lints_are_these() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert_eq!(table("[a]\nb=1 # c\n\n[d]\ne = 2\n", "a"), ["b = 1"]);
    let denied = ["unwrap_used", "expect_used", "panic", "indexing_slicing"];
    let denied = denied.into_iter().chain(["todo", "unimplemented", "dbg_macro"]);
    let denied: Vec<String> = denied.map(|lint| format!("{lint} = \"deny\"")).collect();
    assert_eq!(
        table(&manifest, "workspace.lints.rust"),
        ["unsafe_code = \"forbid\"", "missing_docs = \"warn\""]
    );
    assert_eq!(table(&manifest, "workspace.lints.clippy"), denied);
    let links = ["broken_intra_doc_links", "private_intra_doc_links", "redundant_explicit_links"];
    let forms = ["invalid_codeblock_attributes", "invalid_rust_codeblocks", "invalid_html_tags", "bare_urls"];
    let denied: Vec<String> =
        links.into_iter().chain(forms).map(|lint| format!("{lint} = \"deny\"")).collect();
    assert_eq!(table(&manifest, "workspace.lints.rustdoc"), denied);
    let tables = lines(&manifest).filter(|line| line.starts_with("[workspace.lints"));
    assert_eq!(tables.count(), 3, "each table of lints is compared here");
}

#[test]
fn what_must_pass_is_asked_of_every_package() {
    let script = fs::read_to_string(root().join(".ci/run")).unwrap();
    let line = |begins: &str| {
        let mut lines = script.lines().filter(|line| line.starts_with(begins));
        let line = lines.next().unwrap_or_else(|| panic!(".ci/run has no line `{begins}`"));
        assert_eq!(lines.next(), None, "two lines `{begins}`");
        line.split([' ', '(', ')']).collect::<Vec<_>>()
    };
    let (clippy, long) = (line("cargo clippy "), line("long=("));
    for asked in ["--workspace", "--all-targets", "warnings"] {
        assert!(clippy.contains(&asked), "{clippy:?}");
    }
    assert!(long.contains(&"--workspace"), "{long:?}");
    // With another profile or other packages the benchmarks would be built apart from the tests.
    let benchmarks = line("benchmarks=(");
    for asked in ["bench", "--workspace", "--locked", "dev"] {
        assert!(benchmarks.contains(&asked), "{benchmarks:?}");
    }
    let pages = line("RUSTDOCFLAGS=");
    for asked in ["doc", "--workspace", "warnings\""] {
        assert!(pages.contains(&asked), "{pages:?}");
    }
}

#[test]
fn cargo_run_is_the_shipped_program() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let told = Command::new(cargo)
        .current_dir(root())
        .args(["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let runs: Vec<&str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["default_run"].as_str())
        .collect();
    // Without it `cargo run` at the root could not choose between the two programs.
    assert_eq!(runs, ["portvakt"]);
}

/// Finds the Rust files below a folder.
pub fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_of_tests_is_read() {
    let mut forgotten = Vec::new();
    for program in ["rules", "edges", "program", "long", "bench"] {
        let mut files = Vec::new();
        sources(&root().join("tests").join(program), &mut files);
        let texts: Vec<(PathBuf, String)> =
            files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect();
        for (file, _) in &texts {
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let folder = file.parent().unwrap();
            let (name, of) = match stem {
                "main" => continue,
                "lib" if folder.ends_with("long") || folder.ends_with("bench") => continue,
                "mod" => (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap()),
                _ => (stem, folder),
            };
            let declared = [format!("mod {name};"), format!("\"{name}.rs\"")];
            let above = [of.join("main.rs"), of.join("mod.rs"), of.with_extension("rs")];
            let read = texts.iter().any(|(other, text)| {
                let may = above.contains(other) || other.parent() == Some(of);
                may && declared.iter().any(|declared| text.contains(declared.as_str()))
            });
            if !read {
                forgotten.push(file.clone());
            }
        }
    }
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
