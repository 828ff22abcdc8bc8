//! Checks of the repository that the compiler does not make. Every package is tested and linted, every file of tests is
//! compiled, the core links nothing that could reach the outside world, no files import from each other in a circle, and
//! no long text stands in two places.

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
    // Without it `cargo run` at the root could not choose between the two programs.
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

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The program's words, and the files of a new register, are read without this repository beside them.
#[test]
fn nothing_that_is_read_elsewhere_names_a_page_of_this_repository() {
    let (mut code, mut written) = (Vec::new(), Vec::new());
    sources(&root().join("src"), &mut code);
    ["desired-state", "policies", "examples", "schemas"]
        .iter()
        .for_each(|folder| files(&root().join(folder), &mut written));
    let mut named = Vec::new();
    for file in code
        .into_iter()
        .chain(written.into_iter().filter(|file| file.extension().is_none_or(|end| end != "rs")))
    {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let is_code = file.extension().is_some_and(|extension| extension == "rs");
        // The comments of an argument are its help text. Other comments are for readers of the source.
        let is_read = |line: &str| !is_code || !line.trim_start().starts_with("//");
        let of_options = ["src/config", "src/config.rs", "src/cli"];
        let of_options = of_options.iter().any(|place| file.starts_with(root().join(place)));
        let is_help = |line: &str| of_options && line.trim_start().starts_with("///");
        for line in text.lines().filter(|line| is_read(line) || is_help(line)) {
            if line.contains("docs/") && line.contains(".md") {
                named.push(format!("{}: {line}", file.display()));
            }
        }
    }
    assert_eq!(named, Vec::<String>::new());
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

/// The heads that list the files of their room.
const LISTS: &[&str] = &[
    "src/core/lib.rs",
    "src/core/decide/mod.rs",
    "src/core/judge/mod.rs",
    "src/core/plan/mod.rs",
    "src/engine/lib.rs",
    "src/engine/memory/mod.rs",
    "src/engine/reconcile/mod.rs",
    "src/net/lib.rs",
    "src/stores/scim/mod.rs",
];

#[test]
fn a_head_that_lists_its_files_lists_all_of_them() {
    let mut unnamed = Vec::new();
    for file in LISTS {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let head = head.join("\n");
        let words: BTreeSet<&str> = head.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        for line in text.lines() {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            let name = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
            if let Some(name) = name.filter(|name| !words.contains(name)) {
                unnamed.push(format!("{file}: {name}"));
            }
        }
    }
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

#[test]
fn every_law_that_the_source_names_is_one() {
    let laws = fs::read_to_string(root().join("docs/laws.md")).unwrap().to_lowercase();
    let laws = laws.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let (mut named, mut unknown) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let comments: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("//"))
            .flat_map(|line| line.trim_start_matches(['/', '!']).split_whitespace())
            .collect();
        let comments = comments.join(" ").to_lowercase();
        for mut rest in comments.split("law: ").skip(1).chain(comments.split("laws: ").skip(1)) {
            while let Some((name, after)) = rest.strip_prefix('*').and_then(|rest| rest.split_once('*')) {
                named += 1;
                if !laws.contains(&format!("**{name}")) {
                    unknown.push(format!("{}: {name}", file.display()));
                }
                rest = after.strip_prefix(", ").or_else(|| after.strip_prefix(" and ")).unwrap_or_default();
            }
        }
    }
    assert!(named > 20, "the laws were not found");
    assert!(unknown.is_empty(), "{unknown:?}");
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
        // Random values are given to the core from outside.
        "uuid",
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
    let drawn = text.split("Each room uses those above it:").nth(1).unwrap().split("```").nth(1).unwrap();
    // A line that continues a description begins further to the right.
    let rooms: Vec<&str> = drawn
        .lines()
        .filter_map(|line| line.strip_prefix("//!  ").filter(|line| !line.starts_with(' ')))
        .flat_map(|line| line.split("  ").next().unwrap().split(", "))
        .collect();
    let modules = modules("src/core", &[]);
    let of_core: BTreeSet<&str> =
        modules.keys().filter_map(|path| path.first()).map(String::as_str).collect();
    // These two stand beside the order, as the head says.
    let beside = ["planted", "schema"];
    let named: BTreeSet<&str> = rooms.iter().copied().chain(beside).collect();
    assert_eq!(named, of_core, "the order names every room");
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

/// Returns the entries of a list of bans in a `clippy.toml`, by what they ban.
fn bans(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let paths = text.lines().filter(|line| line.trim_start().starts_with("{ path"));
    paths.map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn the_core_has_the_bans_of_the_project_and_those_of_every_effect() {
    let (project, core) = (bans("clippy.toml"), bans("src/core/clippy.toml"));
    assert!(project.len() > 5 && project.is_subset(&core), "{:?}", project.difference(&core));
    let text = fs::read_to_string(root().join("src/core/clippy.toml")).unwrap();
    for setting in fs::read_to_string(root().join("clippy.toml")).unwrap().lines() {
        if setting
            .split_once(" = ")
            .is_some_and(|(name, _)| name.starts_with("allow-") || name.starts_with("large-"))
        {
            assert!(text.lines().any(|line| line == setting), "{setting}");
        }
    }
    for effect in [
        "std::fs::read",
        "std::fs::write",
        "std::fs::copy",
        "std::fs::remove_dir_all",
        "std::fs::symlink_metadata",
        "std::fs::canonicalize",
        "std::fs::File",
        "std::path::Path::is_file",
        "std::path::Path::metadata",
        "std::env::var",
        "std::env::vars_os",
        "std::env::current_exe",
        "std::net::TcpStream",
        "std::net::ToSocketAddrs::to_socket_addrs",
        "std::os::unix::net::UnixStream",
        "std::process::Command",
        "std::time::SystemTime::now",
        "std::time::Instant::now",
        "uuid::Uuid::new_v4",
    ] {
        assert!(core.contains(effect), "the core may use {effect}");
    }
}

/// The name of a type that this line defines for others.
fn defined_type(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| ["enum", "struct", "trait"].contains(word))?;
    let is_item = words[..at].iter().all(|word| word.starts_with("pub"));
    let name = words.get(at + 1)?.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    (is_item && words[0].starts_with("pub") && name.starts_with(char::is_uppercase)).then_some(name)
}

#[test]
fn the_name_of_a_type_says_what_it_is() {
    assert_eq!(defined_type("pub(super) struct Kind<'a> {"), Some("Kind"));
    assert_eq!(defined_type("struct Kind;").or(defined_type("pub fn structure() {")), None);
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut stands: BTreeMap<String, usize> = BTreeMap::new();
    for file in files {
        for name in fs::read_to_string(file).unwrap().lines().filter_map(defined_type) {
            *stands.entry(name.to_owned()).or_default() += 1;
        }
    }
    // Each command has its options under this name, which is usual with clap.
    assert!(stands.remove("Args").is_some_and(|commands| commands > 10) && stands.len() > 500);
    let unclear: Vec<_> = stands.iter().filter(|(_, times)| **times > 2).collect();
    assert!(unclear.is_empty(), "a name that stands so often says too little: {unclear:?}");
}

/// The strings of a source text as they are written, with their lines. Strings in comments and attributes are left out. A
/// string that goes on in the next line is one string.
fn strings(text: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or('\n');
    let in_a_name = |c: char| c.is_alphanumeric() || c == '_';
    let hashes = |from: usize| (from..).take_while(|place| at(*place) == '#').count();
    let (mut found, mut place, mut line, mut brackets) = (Vec::new(), 0, 1, 0_usize);
    while place < chars.len() {
        let (c, next, begins) = (at(place), at(place + 1), place);
        let (mut words, in_source) = (None, brackets == 0);
        if c == '/' && next == '/' {
            while place < chars.len() && at(place) != '\n' {
                place += 1;
            }
        } else if c == '#' && brackets == 0 && (next == '[' || (next == '!' && at(place + 2) == '[')) {
            brackets = 1;
            place += if next == '[' { 2 } else { 3 };
        } else if c == 'r'
            && at(place + 1 + hashes(place + 1)) == '"'
            && (place == 0 || !in_a_name(at(place - 1)) || at(place - 1) == 'b')
        {
            let hashes = hashes(place + 1);
            place += hashes + 2;
            let first = place;
            while place < chars.len()
                && !(at(place) == '"' && (1..=hashes).all(|more| at(place + more) == '#'))
            {
                place += 1;
            }
            words = Some(chars[first..place.min(chars.len())].iter().collect());
            place += hashes + 1;
        } else if c == '"' {
            let mut told = String::new();
            place += 1;
            while place < chars.len() && at(place) != '"' {
                if at(place) == '\\' && at(place + 1) == '\n' {
                    place += 1;
                    while place < chars.len() && at(place).is_whitespace() {
                        place += 1;
                    }
                    continue;
                }
                if at(place) == '\\' {
                    told.push('\\');
                    place += 1;
                }
                told.push(at(place));
                place += 1;
            }
            words = Some(told);
            place += 1;
        } else if c == '\'' && next == '\\' {
            place += 3;
            while place < chars.len() && at(place) != '\'' {
                place += 1;
            }
            place += 1;
        } else if c == '\'' && at(place + 2) == '\'' {
            place += 3;
        } else {
            // Brackets count only in an attribute, which ends with its own.
            brackets += usize::from(brackets > 0 && c == '[');
            brackets -= usize::from(brackets > 0 && c == ']');
            place += 1;
        }
        if let Some(words) = words.filter(|_| in_source) {
            found.push((line, words));
        }
        line += (begins..place).filter(|one| at(*one) == '\n' && *one < chars.len()).count();
    }
    found
}

/// What may stand twice, by its beginning, and why.
const MAY_STAND_TWICE: &[(&str, &str)] = &[
    ("Look at `portvakt plan`; if all are right, two", "only in bokmål the two name what is released"),
    ("asked for its accounts it gives nothing", "one is a reason, the other an error with a kind"),
    ("it was made by a newer version of this program", "a file and a database each say it of themselves"),
    ("its tables have no version this program knows", "a file and a database each say it of themselves"),
];

/// The least characters of a text that has to stand in one place.
const A_SENTENCE: usize = 32;

#[test]
fn every_long_text_stands_once() {
    let source = r##"
        // "a comment" and a lifetime <'a>
        #[arg(long, help = "an [attribute]")]
        fn one() { two('"', '\'', "a \" and \
            the rest", r#"raw "words""#) } // "after"
    "##;
    let told: Vec<String> = strings(source).into_iter().map(|(_, words)| words).collect();
    assert_eq!(told, ["a \\\" and the rest", "raw \"words\""]);
    assert_eq!(strings("a\n#![b]\n'c' \"d\ne\" \"f\""), [(3, "d\ne".to_owned()), (4, "f".to_owned())]);

    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let of_tests = |file: &Path| file.iter().any(|part| part == "tests" || part == "tests.rs");
    let statements = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "PRAGMA", "WITH"];
    let mut stands: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let name = file.strip_prefix(root()).unwrap().to_path_buf();
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let mut before = String::new();
        for (line, words) in strings(text).into_iter().filter(|_| !of_tests(&name)) {
            let is_sql = words.split_whitespace().next().is_some_and(|word| statements.contains(&word));
            // A text that is the same in both languages stands once for each.
            if words.chars().count() >= A_SENTENCE && !is_sql && words != before {
                stands.entry(words.clone()).or_default().push(format!("{}:{line}", name.display()));
            }
            before = words;
        }
    }
    assert!(stands.len() > 2000, "the texts were not found");
    let twice: BTreeMap<_, _> = stands.into_iter().filter(|(_, places)| places.len() > 1).collect();
    let may = |words: &str| MAY_STAND_TWICE.iter().any(|(begins, _)| words.starts_with(begins));
    let (allowed, forgotten): (Vec<_>, Vec<_>) = twice.iter().partition(|(words, _)| may(words));
    assert!(forgotten.is_empty(), "give each of these texts one home: {forgotten:#?}");
    let stands_once = |begins: &str| !allowed.iter().any(|(words, _)| words.starts_with(begins));
    let done: Vec<_> = MAY_STAND_TWICE.iter().filter(|(begins, _)| stands_once(begins)).collect();
    assert!(done.is_empty(), "these stand twice no longer; take them out of the list: {done:?}");
}
