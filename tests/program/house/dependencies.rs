//! Each dependency that a package asks for is used in it, and each crate knows those that its row in the table names.

use std::collections::BTreeSet;
use std::fs;

use super::{list, root, sources};

/// The dependencies of the root that stand there for their features alone, as its manifest says.
const FOR_THEIR_FEATURES: [&str; 2] = ["fluent-uri", "regex-automata"];

/// The names below `[dependencies]` in a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let (_, table) = manifest.split_once("\n[dependencies]\n").unwrap();
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['.', ' ']).next());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_dependency_is_used() {
    let manifest = "[package]\n\n[dependencies]\n# Why.\none-two.workspace = true\nthree = { path = \"x\" }\n\n[lints]\n";
    assert_eq!(dependencies(manifest), ["one-two", "three"]);
    let members = list(&fs::read_to_string(root().join("Cargo.toml")).unwrap(), "members");
    let members: Vec<String> = members.into_iter().filter(|member| member.starts_with("src/")).collect();
    let mut unused = Vec::new();
    for package in members.iter().map(String::as_str).chain([""]) {
        let (mut files, mut words) = (Vec::new(), BTreeSet::new());
        sources(&root().join(if package.is_empty() { "src" } else { package }), &mut files);
        if package.is_empty() {
            files.retain(|file| !members.iter().any(|member| file.starts_with(root().join(member))));
        }
        for file in files {
            let text = fs::read_to_string(file).unwrap();
            let code = text.lines().filter_map(|line| line.split("//").next());
            let names = code.flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
            words.extend(names.map(str::to_owned));
        }
        let asked = dependencies(&fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap());
        assert!(asked.len() > 3, "{package}: {asked:?}");
        let is_unused = |name: &String| {
            let is_for_features = package.is_empty() && FOR_THEIR_FEATURES.contains(&name.as_str());
            !is_for_features && !words.contains(&name.replace('-', "_"))
        };
        unused.extend(asked.into_iter().filter(is_unused).map(|name| format!("{package}: {name}")));
    }
    assert!(unused.is_empty(), "{unused:?}");
}

/// The crates of this project that any table of a manifest asks for: also the tables for tests, for building and for one
/// system alone, and also under another name.
fn known(manifest: &str) -> BTreeSet<String> {
    let (mut is_asked, mut known) = (false, BTreeSet::new());
    for line in manifest.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let name = if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            is_asked = header.contains("dependencies") && !header.starts_with("workspace.");
            // A table of its own for one dependency.
            header.split_once("dependencies.").map(|(_, name)| name).filter(|_| is_asked)
        } else {
            is_asked.then(|| line.split(['.', ' ', '=']).next()).flatten()
        };
        let renamed = line.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
        let names = name.into_iter().chain(renamed.filter(|_| is_asked));
        known.extend(names.filter(|name| name.starts_with("portvakt")).map(str::to_owned));
    }
    known
}

#[test]
fn each_crate_knows_what_the_table_says_and_no_other() {
    let manifest = "[package]\nname = \"portvakt-a\"\n[dependencies]\nportvakt-b.workspace = true\nc = \"1\"\n\
        d = { package = \"portvakt-d\" }\n[dev-dependencies]\nportvakt-e = { path = \"e\" }\n\
        [target.'cfg(unix)'.dependencies]\nportvakt-f.workspace = true\n[build-dependencies.portvakt-g]\n\
        workspace = true\n[dependencies.j]\npackage = \"portvakt-j\"\n[workspace.dependencies]\nportvakt-h = { path = \"h\" }\n[[bin]]\nname = \"portvakt-i\"\n";
    let all = ["b", "d", "e", "f", "g", "j"].map(|name| format!("portvakt-{name}"));
    assert_eq!(known(manifest), BTreeSet::from(all));

    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `portvakt"));
    let rows: Vec<(String, BTreeSet<String>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let may_know = cells[4].split(", ").filter(|name| *name != "none");
            (cells[1].trim_matches('`').to_owned(), may_know.map(|name| format!("portvakt-{name}")).collect())
        })
        .collect();
    let members = list(&fs::read_to_string(root().join("Cargo.toml")).unwrap(), "members");
    let below = members.iter().filter_map(|member| member.strip_prefix("src/"));
    let named: BTreeSet<String> =
        below.map(|name| format!("portvakt-{name}")).chain(["portvakt".to_owned()]).collect();
    let crates: Vec<&String> = rows.iter().map(|(name, _)| name).collect();
    assert_eq!(crates.iter().copied().cloned().collect::<BTreeSet<_>>(), named, "the table has every crate");
    for (at, (name, may_know)) in rows.iter().enumerate() {
        let folder = name.strip_prefix("portvakt-").map_or_else(root, |name| root().join("src").join(name));
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert_eq!(&known(&manifest), may_know, "{name}");
        for other in may_know {
            let place = crates.iter().position(|one| *one == other);
            assert!(place.is_some_and(|place| place > at), "{name} stands below {other}");
        }
    }
    // What is tested cannot change what it is tested by.
    let bench = fs::read_to_string(root().join("tests/bench/Cargo.toml")).unwrap();
    assert_eq!(known(&bench), BTreeSet::new());
}
