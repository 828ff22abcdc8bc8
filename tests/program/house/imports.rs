//! Which files import from which: without a circle, and each room of the core from those above it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::{list, root, sources};

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
        "!src/prove",
        "!src/listen",
        "!src/serve",
        "!src/author",
    ],
    &["src/net"],
    &["src/database"],
    &["src/sources"],
    &["src/stores"],
    &["src/engine"],
    &["src/prove"],
    &["src/listen"],
    &["src/serve"],
    &["src/author"],
    &["src/core"],
];

/// Collects the modules that a text names after `crate::` or `super::`. Names in braces are counted one by one.
pub(super) fn paths(text: &str, before: &[String], found: &mut Vec<Vec<String>>) {
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
pub(super) fn modules(crate_root: &str, left_out: &[&str]) -> BTreeMap<Vec<String>, String> {
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

/// Returns the names that modules only pass on: the module, the name, and the child that has it.
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
pub(super) fn imports(modules: &BTreeMap<Vec<String>, String>) -> BTreeMap<&[String], BTreeSet<Vec<String>>> {
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
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members: BTreeSet<String> =
        list(&manifest, "members").into_iter().filter(|member| member.starts_with("src/")).collect();
    let looked_at =
        WITHOUT_CIRCLES.iter().map(|folders| folders[0].to_owned()).filter(|folder| folder != "src");
    assert_eq!(looked_at.collect::<BTreeSet<_>>(), members, "the crates below src");
    let left_out = WITHOUT_CIRCLES[0][1..].iter().map(|folder| folder[1..].to_owned());
    assert_eq!(left_out.collect::<BTreeSet<_>>(), members, "the crates that are none of the root's modules");
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

#[test]
fn each_room_of_the_core_uses_those_above_it() {
    let text = fs::read_to_string(root().join("src/core/lib.rs")).unwrap();
    let table = text.split("Each room uses those above it:").nth(1).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let rooms: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let modules = modules("src/core", &[]);
    let of_core: BTreeSet<&str> =
        modules.keys().filter_map(|path| path.first()).map(String::as_str).collect();
    // These two stand beside the order, as the head says.
    let beside = ["planted", "schema"];
    let named: BTreeSet<&str> = rooms.iter().copied().chain(beside).collect();
    assert_eq!(named, of_core, "the order names every room");
    let crates = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let row = crates.lines().find(|line| line.starts_with("//! | [`portvakt_core`]")).unwrap();
    let words: BTreeSet<&str> = row.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let unnamed: Vec<&&str> = of_core.iter().filter(|room| !words.contains(*room)).collect();
    assert!(unnamed.is_empty(), "the list of crates does not name these rooms of the core: {unnamed:?}");
    let place = |room: &str| rooms.iter().position(|one| *one == room);
    let mut upward = Vec::new();
    for (file, imported) in imports(&modules) {
        let Some(own) = file.first().and_then(|room| place(room)) else { continue };
        for other in imported {
            if other.first().and_then(|room| place(room)).is_some_and(|at| at > own) {
                upward.push(format!("{} uses {}", file.join("/"), other.join("/")));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}
