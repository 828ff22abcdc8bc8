//! Checks of the repository that the compiler does not make. Every package is tested and linted, every file of tests is
//! compiled, the core links nothing that could reach the outside world, and no files import from each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let unsafe_is_forbidden = manifest.contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"");
    assert!(unsafe_is_forbidden, "the lints that the packages take over");
    for member in members.iter().map(String::as_str).chain(["."]) {
        let text = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
        assert!(text.contains("\n[lints]\nworkspace = true"), "{member} takes over no lints");
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
    // Without it `cargo run` at the root would not know which of the two programs is meant.
    assert_eq!(runs, ["portvakt"]);
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
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
    for program in ["rules", "edges", "program", "long"] {
        let mut files = Vec::new();
        sources(&root().join("tests").join(program), &mut files);
        let texts: Vec<(PathBuf, String)> =
            files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect();
        for (file, _) in &texts {
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let folder = file.parent().unwrap();
            let (name, of) = match stem {
                "main" => continue,
                "lib" if folder.ends_with("long") => continue,
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

#[test]
fn the_core_links_nothing_that_touches_the_world() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .current_dir(root())
        .args(["tree", "--offline", "--locked", "-p", "portvakt-core", "-e", "normal", "--prefix", "none"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let linked: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(linked.contains("cedar-policy"), "{tree}");
    for banned in [
        "tokio",
        "reqwest",
        "hyper",
        "axum",
        "rusqlite",
        "tokio-postgres",
        "mysql_async",
        "gix",
        "notify",
        "rustix",
        "cap-std",
        "rustls",
        "tracing-subscriber",
        "portvakt-net",
        "portvakt-database",
        "portvakt-sources",
        "portvakt-stores",
    ] {
        assert!(!linked.contains(banned), "the core links {banned}");
    }
}

/// The folders whose files import without circles. A folder that is named after `!` is left out.
const WITHOUT_CIRCLES: &[&[&str]] = &[
    &[
        "src",
        "!src/core",
        "!src/net",
        "!src/database",
        "!src/sources",
        "!src/stores",
        "!src/engine",
        "!src/listen",
        "!src/serve",
    ],
    &["src/net"],
    &["src/database"],
    &["src/sources"],
    &["src/stores"],
    &["src/engine"],
    &["src/listen"],
    &["src/serve"],
    &["src/core"],
];

/// The modules that a text names after `crate::` or `super::`, with what stands in braces each for itself.
fn paths(text: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let names = text[..end].split("::").filter(|name| !name.is_empty()).map(str::to_owned);
    let path: Vec<String> = before.iter().cloned().chain(names).collect();
    if !text[..end].ends_with("::") || !text[end..].starts_with('{') {
        return found.push(path);
    }
    let (mut deep, mut from) = (0, end + 1);
    for (at, c) in text[end..].char_indices().map(|(at, c)| (end + at, c)) {
        deep += i32::from(c == '{') - i32::from(c == '}');
        if (c == ',' && deep == 1) || deep == 0 {
            paths(text[from..at].trim(), &path, found);
            from = at + 1;
        }
        if deep == 0 {
            return;
        }
    }
}

/// The files of a crate by their modules, without comments and tests.
fn modules(crate_root: &str, left_out: &[&str]) -> BTreeMap<Vec<String>, String> {
    let (top, mut files) = (root().join(crate_root), Vec::new());
    sources(&top, &mut files);
    files.retain(|file| !left_out.iter().any(|folder| file.starts_with(root().join(&folder[1..]))));
    let module = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = text.lines().map(|line| line.split("//").next().unwrap());
        let path = file.strip_prefix(&top).unwrap().with_extension("");
        let names = path.iter().map(|name| name.to_str().unwrap().to_owned());
        let names = names.filter(|name| !["mod", "lib", "main"].contains(&name.as_str()));
        (names.collect(), lines.collect::<Vec<_>>().join("\n"))
    };
    files.into_iter().map(module).collect()
}

/// What modules only pass on: the module, the name, and the child that has it.
fn passed_on(modules: &BTreeMap<Vec<String>, String>) -> BTreeMap<(&[String], String), Vec<String>> {
    let mut passed = BTreeMap::new();
    for (of, text) in modules {
        for part in text.split("pub").skip(1) {
            let part = part.trim_start_matches("(super)").trim_start_matches("(crate)").trim_start();
            let mut found = Vec::new();
            part.strip_prefix("use ").into_iter().for_each(|used| paths(used, of, &mut found));
            for path in found.into_iter().filter(|path| path.len() > of.len() + 1) {
                let (child, name) = (path[..=of.len()].to_vec(), path[path.len() - 1].clone());
                if modules.contains_key(&child) {
                    passed.insert((of.as_slice(), name), child);
                }
            }
        }
    }
    passed
}

/// The files that each file imports from, without its parent and its children.
fn imports(modules: &BTreeMap<Vec<String>, String>) -> BTreeMap<&[String], BTreeSet<Vec<String>>> {
    let passed = passed_on(modules);
    let family = |one: &[String], other: &[String]| one.len() + 1 == other.len() && other.starts_with(one);
    let of_file = |of: &[String], text: &str| {
        let mut found = Vec::new();
        for (at, _) in ["crate::", "super::"].iter().flat_map(|word| text.match_indices(word)) {
            let before = text[..at].chars().next_back();
            if before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':')) {
                paths(&text[at..], &[], &mut found);
            }
        }
        let mut imports = BTreeSet::new();
        for path in found {
            let ups = path.iter().take_while(|name| *name == "super").count();
            let base = if ups > 0 { &of[..of.len().saturating_sub(ups)] } else { &[] };
            let path = [base, &path[ups.max(1)..]].concat();
            let Some(len) = (0..=path.len()).rev().find(|len| modules.contains_key(&path[..*len])) else {
                continue;
            };
            let (module, name) = (&path[..len], path.get(len).cloned().unwrap_or_default());
            let target = passed.get(&(module, name)).map_or(module, Vec::as_slice);
            if target != of && !family(target, of) && !family(of, target) {
                imports.insert(target.to_vec());
            }
        }
        imports
    };
    modules.iter().map(|(of, text)| (of.as_slice(), of_file(of, text))).collect()
}

#[test]
fn no_files_of_a_crate_import_in_a_circle() {
    let mut circles = BTreeSet::new();
    for folders in WITHOUT_CIRCLES {
        let modules = modules(folders[0], &folders[1..]);
        assert!(modules.len() > 2, "{folders:?}");
        let imports = imports(&modules);
        let reached = |from: &Vec<String>| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(file) = next.pop() {
                next.extend(imports[&*file].iter().filter(|file| seen.insert((*file).clone())).cloned());
            }
            seen
        };
        let reach: BTreeMap<_, _> = modules.keys().map(|from| (from, reached(from))).collect();
        for file in modules.keys().filter(|file| reach[file].contains(*file)) {
            let circle = reach[file].iter().filter(|other| reach[other].contains(file));
            circles
                .insert(circle.map(|file| format!("{}/{}", folders[0], file.join("/"))).collect::<Vec<_>>());
        }
    }
    assert!(circles.is_empty(), "these files import from each other: {circles:#?}");
}
