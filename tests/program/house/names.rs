//! What the source names: the files of a room, laws, types, and no page of this repository.

use std::collections::BTreeSet;
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
    "src/author/lib.rs",
    "src/cli/ask/mod.rs",
    "src/cli/author/mod.rs",
    "src/cli/clone/mod.rs",
    "src/cli/mod.rs",
    "src/cli/signing/mod.rs",
    "src/core/lib.rs",
    "src/core/change/mod.rs",
    "src/core/decide/mod.rs",
    "src/core/diag/code.rs",
    "src/core/diag/mod.rs",
    "src/core/evidence/mod.rs",
    "src/core/judge/court/mod.rs",
    "src/core/judge/mod.rs",
    "src/core/model/mod.rs",
    "src/core/parse/mod.rs",
    "src/core/plan/mod.rs",
    "src/core/policy/cases/mod.rs",
    "src/core/policy/mod.rs",
    "src/core/proof/mod.rs",
    "src/core/reports/mod.rs",
    "src/core/review/mod.rs",
    "src/core/store/mod.rs",
    "src/core/tree/mod.rs",
    "src/engine/lib.rs",
    "src/engine/apply/mod.rs",
    "src/engine/ledger/mod.rs",
    "src/engine/memory/mod.rs",
    "src/engine/pass/mod.rs",
    "src/engine/reconcile/mod.rs",
    "src/engine/report/mod.rs",
    "src/engine/review/mod.rs",
    "src/engine/memory/bound/mod.rs",
    "src/net/lib.rs",
    "src/database/lib.rs",
    "src/sources/lib.rs",
    "src/sources/forge/mod.rs",
    "src/stores/lib.rs",
    "src/stores/rapporteket/mod.rs",
    "src/stores/scim/mod.rs",
    "src/stores/tables/mod.rs",
    "src/serve/lib.rs",
    "src/serve/filter/mod.rs",
    "src/listen/lib.rs",
    "src/prove/lib.rs",
];

#[test]
fn a_head_that_lists_its_files_lists_all_of_them_and_no_others() {
    let (mut unnamed, mut gone) = (Vec::new(), Vec::new());
    for file in LISTS {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let head = head.join("\n");
        let words: BTreeSet<&str> = head.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        let declared = text.lines().filter_map(|line| line.strip_suffix(';')?.rsplit_once("mod "));
        let is_public =
            |before: &str| before.is_empty() || (before.starts_with("pub") && !before.contains("//"));
        let files: BTreeSet<&str> =
            declared.filter(|(before, _)| is_public(before)).map(|(_, name)| name).collect();
        unnamed.extend(files.difference(&words).map(|name| format!("{file}: {name}")));
        // A row of the list begins with the name of a file, and two spaces stand behind it.
        let rows = head.lines().filter_map(|line| line.strip_prefix("//!  "));
        let named = rows.filter_map(|row| row.split_once("  ")).map(|(name, _)| name);
        let is_name =
            |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        gone.extend(
            named.filter(is_name).filter(|name| !files.contains(name)).map(|name| format!("{file}: {name}")),
        );
    }
    assert!(unnamed.is_empty(), "{unnamed:?}");
    assert!(gone.is_empty(), "these are no files: {gone:?}");
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

/// The files that quote English words in bokmål, and whose words those are.
const QUOTED: &[(&str, &str)] = &[
    ("src/cli/clone/git.rs", "git"),
    ("src/cli/prover.rs", "the reader of JSON"),
    ("src/core/system.rs", "the operating system"),
    ("src/database/fault.rs", "SQLite, or a panic of a driver"),
    ("src/database/server.rs", "the library for TLS"),
    ("src/net/why.rs", "the libraries for connections"),
    ("src/prove/bench.rs", "Cedar"),
    ("src/prove/example.rs", "Cedar"),
    ("src/prove/solver.rs", "the encoder, or the library that starts the solver"),
    ("src/prove/task.rs", "the reader of JSON"),
    ("src/stores/scim/mod.rs", "a panic of a library"),
];

/// The functions that fail with a `String`, by file. None of these is a sentence of this program.
const FAILS_WITH_A_STRING: &[(&str, &str)] = &[
    ("src/config/credentials.rs", "the name of a credential"),
    ("src/core/policy/decide.rs", "Cedar's words, for a measurement"),
    ("src/net/panics.rs", "the words of a panic"),
];

/// The types of the errors in the results of a source text, as they are written.
fn error_types(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in text.split("Result<").skip(1) {
        let (mut depth, mut parts, mut before) = (0_usize, vec![String::new()], ' ');
        for c in rest.chars() {
            let ends = [')', ']'].contains(&c) || (c == '>' && before != '-');
            if ends && depth == 0 {
                break;
            }
            depth += usize::from(['<', '(', '['].contains(&c));
            depth -= usize::from(ends);
            match c {
                ',' if depth == 0 => parts.push(String::new()),
                c => parts.last_mut().unwrap().push(c),
            }
            before = c;
        }
        found.extend(parts.get(1).map(|part| part.trim().to_owned()));
    }
    found
}

/// The errors that have words in both languages, and English words in their `Display` beside them.
fn with_two_homes(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in text.split("thiserror::Error").skip(1) {
        let definition = rest.split("\n}").next().unwrap();
        let Some((name, _)) = definition.lines().find_map(defined_type) else { continue };
        let mut literals = definition.split("#[error(\"").skip(1).filter_map(|rest| rest.split('"').next());
        let has_words = |literal: &str| {
            let mut outside = literal.split('{').enumerate().map(|(at, part)| match at {
                0 => part,
                _ => part.split_once('}').map_or("", |(_, after)| after),
            });
            outside.any(|part| part.contains(|c: char| c.is_alphabetic()))
        };
        let methods = text.split(&format!("impl {name} {{")).nth(1);
        let told = methods.is_some_and(|rest| rest.split("\n}").next().unwrap().contains("fn words("));
        if told && literals.any(has_words) {
            found.push(name.to_owned());
        }
    }
    found
}

/// A sentence of this program has its bokmål beside it. It is never an English text that somebody quotes later.
#[test]
fn only_the_words_of_others_are_quoted_in_bokmal() {
    let sample = "fn one() -> Result<(u8, Vec<Box<dyn Fn(u8) -> u8>>), String> { two::<Result<A, B>>() }";
    assert_eq!(error_types(sample), ["String", "B"]);
    let sample = "thiserror::Error)]\n#[error(\"`{typed}` is no day\")]\npub struct DayError {\n}\nimpl DayError {\n    fn words(";
    assert_eq!(with_two_homes(sample), ["DayError"]);
    assert_eq!(with_two_homes(&sample.replace("`{typed}` is no day", "{}")), [""; 0]);

    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let (mut quoting, mut stringly) = (BTreeSet::new(), BTreeSet::new());
    let (mut two_homes, mut without_bokmal) = (Vec::new(), Vec::new());
    for file in files.into_iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        if text.contains("Text::said(") {
            quoting.insert(name.clone());
        }
        if error_types(text).iter().any(|error| error == "String" || error.ends_with("str")) {
            stringly.insert(name.clone());
        }
        two_homes.extend(with_two_homes(text).into_iter().map(|error| format!("{name}: {error}")));
        // A fault has words in both languages. Its `Display` has the English ones alone, for the log.
        if text.contains("fault.to_string()") {
            without_bokmal.push(name);
        }
    }
    let listed = |list: &[(&str, &str)]| list.iter().map(|(file, _)| (*file).to_owned()).collect();
    let (may_quote, may_fail): (BTreeSet<String>, BTreeSet<String>) =
        (listed(QUOTED), listed(FAILS_WITH_A_STRING));
    assert_eq!(
        quoting, may_quote,
        "give this program's own sentences a bokmål, or say whose words are quoted"
    );
    assert_eq!(stringly, may_fail, "a reason for people is a `Text`");
    assert!(two_homes.is_empty(), "the English stands in `Display` too: {two_homes:?}");
    assert!(without_bokmal.is_empty(), "these say a fault in English alone: {without_bokmal:?}");
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
            looked_at += 1;
            let with = head.trim_start().strip_prefix("with").unwrap_or_default();
            let given: Vec<&str> = with.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
            for name in ["why", "error"].into_iter().filter(|name| !given.contains(name)) {
                let Some((before, _)) = nb.split_once(&format!("{{{name}}}")) else { continue };
                if !before.ends_with(['«', '`']) {
                    unquoted.push(format!("{}: {nb}", file.display()));
                }
            }
        }
    }
    assert!(looked_at > 1000, "the texts were not found: {looked_at}");
    assert!(unquoted.is_empty(), "{unquoted:#?}");
}

/// The aliases that traits of libraries ask for. They stand inside an `impl`, and each is read together with its trait.
const OF_TRAITS: &[&str] = &["Err", "Error", "Future", "Item", "Response", "Target", "Value"];

/// The name of a type or of an alias that this line defines, and whether its word is `pub` alone.
fn defined_type(line: &str) -> Option<(&str, bool)> {
    let code = line.trim_start();
    let (is_public, rest) = match code.strip_prefix("pub") {
        None => (false, code),
        Some(rest) => match rest.strip_prefix('(') {
            None => (true, rest),
            Some(within) => (false, within.split_once(')')?.1),
        },
    };
    let (keyword, rest) = rest.trim_start().split_once(' ')?;
    let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    let is_item = ["enum", "struct", "trait", "type", "union"].contains(&keyword);
    let is_of_trait = keyword == "type" && line.starts_with(' ') && !is_public && OF_TRAITS.contains(&name);
    (is_item && !is_of_trait && name.starts_with(char::is_uppercase)).then_some((name, is_public))
}

/// The types that these files define: each with its crate, its name, and whether its word is `pub` alone. The crate is the
/// folder of the nearest manifest.
fn types(files: &[PathBuf]) -> Vec<(PathBuf, String, bool)> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        let of_crate = file.ancestors().find(|folder| folder.join("Cargo.toml").is_file()).unwrap();
        let text = fs::read_to_string(file).unwrap();
        let text = text.split("\nmod tests {").next().unwrap();
        let named = text.lines().filter_map(defined_type);
        found.extend(named.map(|(name, is_public)| (of_crate.to_owned(), name.to_owned(), is_public)));
    }
    found
}

/// The names that stand for two types in one crate, or for two public types in all of them.
fn shared(types: &[(PathBuf, String, bool)]) -> BTreeSet<&str> {
    let (mut inside, mut public) = (BTreeSet::new(), BTreeSet::new());
    let mut shared = BTreeSet::new();
    for (of_crate, name, is_public) in types {
        let is_new = inside.insert((of_crate, name));
        if !is_new || (*is_public && !public.insert(name)) {
            shared.insert(name.as_str());
        }
    }
    shared
}

#[test]
fn the_name_of_a_type_says_what_it_is() {
    assert_eq!(defined_type("pub(super) struct Kind<'a> {"), Some(("Kind", false)));
    assert_eq!(defined_type("    enum Kind {"), Some(("Kind", false)));
    assert_eq!(defined_type("pub(in crate::parse) enum Kind {"), Some(("Kind", false)));
    assert_eq!(defined_type("pub struct Kind(u8);"), Some(("Kind", true)));
    assert_eq!(defined_type("pub type Kind = u8;"), Some(("Kind", true)));
    assert_eq!(defined_type("type Kind<'a> = &'a str;"), Some(("Kind", false)));
    assert_eq!(defined_type("    type Item = u8;"), None);
    assert_eq!(defined_type("/// One struct Kind").or(defined_type("pub fn structure() {")), None);
    let kind = |of_crate: &str, is_public| (PathBuf::from(of_crate), "Kind".to_owned(), is_public);
    assert_eq!(shared(&[kind("core", true), kind("serve", false), kind("stores", false)]), BTreeSet::new());
    assert_eq!(shared(&[kind("core", true), kind("core", false)]), BTreeSet::from(["Kind"]));
    assert_eq!(shared(&[kind("core", true), kind("serve", true)]), BTreeSet::from(["Kind"]));

    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut types = types(&files);
    let crates: BTreeSet<PathBuf> = types.iter().map(|(of_crate, ..)| of_crate.clone()).collect();
    assert!(types.len() > 1000 && crates.len() > 9, "the types were not found");
    // Each command has its options under this name, which is usual with clap.
    let all = types.len();
    types.retain(|(_, name, _)| name != "Args");
    assert!(all - types.len() > 10, "the commands were not found");
    let shared = shared(&types);
    assert!(shared.is_empty(), "a name that stands for two types says too little: {shared:?}");
}
