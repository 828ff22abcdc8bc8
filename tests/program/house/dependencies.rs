//! Each dependency that a package asks for is used in it, and each crate knows only those below it.

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

#[test]
fn each_crate_knows_only_those_below_it_in_the_table() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `portvakt"));
    let crates: Vec<String> = rows.map(|row| format!("portvakt{}", row.split('`').next().unwrap())).collect();
    let members = list(&fs::read_to_string(root().join("Cargo.toml")).unwrap(), "members");
    let below = members.iter().filter_map(|member| member.strip_prefix("src/"));
    let named: BTreeSet<String> =
        below.map(|name| format!("portvakt-{name}")).chain(["portvakt".to_owned()]).collect();
    assert_eq!(crates.iter().cloned().collect::<BTreeSet<_>>(), named, "the table has every crate");
    for (at, name) in crates.iter().enumerate() {
        let folder = name.strip_prefix("portvakt-").map_or_else(root, |name| root().join("src").join(name));
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for known in dependencies(&manifest).iter().filter(|known| known.starts_with("portvakt-")) {
            let place = crates.iter().position(|other| other == known);
            assert!(place.is_some_and(|place| place > at), "{name} knows {known}");
        }
    }
}
