//! What the source names: the files of a room, laws, types, and no page of this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{root, sources};

/// All files below a folder.
pub(super) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
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

/// An error's English words stand beside the Norwegian ones, and `Display` takes them from there.
#[test]
fn the_words_of_an_error_have_one_home() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(files.len() > 300, "the source was not found");
    let apart = |file: &PathBuf| fs::read_to_string(file).unwrap().contains("Text::new(self.to_string()");
    let apart: Vec<PathBuf> = files.iter().filter(|file| apart(file)).cloned().collect();
    assert!(apart.is_empty(), "the English stands elsewhere: {apart:?}");
    // What the system or a library says in English is put into words or quoted in bokmål (`system::said`, `Text::said`).
    let unquoted = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        ["why", "error", "err", "source"]
            .iter()
            .any(|name| text.contains(&format!("Text::same({name}.to_string()")))
    };
    let unquoted: Vec<PathBuf> = files.into_iter().filter(unquoted).collect();
    assert!(unquoted.is_empty(), "these say English words in bokmål: {unquoted:?}");
}

/// In bokmål the reason of an error is a text of its own (`with why`), or it is quoted. Otherwise it would stand there in
/// English, as if it were this program's own words.
#[test]
fn no_reason_stands_in_bokmal_in_english() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let (mut looked_at, mut unquoted) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for call in text.split("text!(").skip(1) {
            let Some((head, rest)) = call.split_once("en: \"") else { continue };
            let Some(nb) = rest.split_once("nb: \"").and_then(|(_, nb)| nb.split('"').next()) else {
                continue;
            };
            let with = head.trim_start().strip_prefix("with").unwrap_or_default();
            let given: Vec<&str> = with.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
            for name in ["why", "error"].into_iter().filter(|name| !given.contains(name)) {
                let Some((before, _)) = nb.split_once(&format!("{{{name}}}")) else { continue };
                looked_at += 1;
                if !before.ends_with(['«', '`']) {
                    unquoted.push(format!("{}: {nb}", file.display()));
                }
            }
        }
    }
    assert!(looked_at > 3, "the texts were not found");
    assert!(unquoted.is_empty(), "{unquoted:#?}");
}

/// The name of a type that this line defines.
fn defined_type(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| ["enum", "struct", "trait"].contains(word))?;
    let is_item = words[..at].iter().all(|word| word.starts_with("pub"));
    let name = words.get(at + 1)?.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    (is_item && name.starts_with(char::is_uppercase)).then_some(name)
}

#[test]
fn the_name_of_a_type_says_what_it_is() {
    assert_eq!(defined_type("pub(super) struct Kind<'a> {"), Some("Kind"));
    assert_eq!(defined_type("    enum Kind {"), Some("Kind"));
    assert_eq!(defined_type("/// One struct Kind").or(defined_type("pub fn structure() {")), None);
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut stands: BTreeMap<String, usize> = BTreeMap::new();
    for file in files.into_iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for name in text.lines().filter_map(defined_type) {
            *stands.entry(name.to_owned()).or_default() += 1;
        }
    }
    // Each command has its options under this name, which is usual with clap.
    assert!(stands.remove("Args").is_some_and(|commands| commands > 10) && stands.len() > 500);
    let unclear: Vec<_> = stands.iter().filter(|(_, times)| **times > 2).collect();
    assert!(unclear.is_empty(), "a name that stands so often says too little: {unclear:?}");
}
