//! What the name of a free function says: no name stands for many types of answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{root, sources};

/// These names say the same wherever they stand: the first two make a value, `words` puts one into words, and a command
/// begins with the others.
const CLEAR_EVERYWHERE: &[&str] = &["new", "of", "words", "main", "run"];

/// The name of the free function that this line defines. It stands at the margin, and a method does not.
fn defined_function(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let is_item = before.is_empty()
        || ["pub", "const ", "async ", "unsafe "].iter().any(|word| before.starts_with(word));
    let name = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
    (is_item && !name.is_empty()).then_some(name)
}

/// The return type of a signature, without lifetimes and spaces.
fn returned(signature: &str) -> String {
    let (mut depth, mut before) = (0_usize, ' ');
    let (mut from, mut to) = (None, signature.len());
    for (at, c) in signature.char_indices() {
        if depth == 0 && (['{', ';'].contains(&c) || signature[at..].starts_with(" where ")) {
            to = at;
            break;
        }
        let is_arrow = c == '>' && before == '-';
        if depth == 0 && is_arrow && from.is_none() {
            from = Some(at + 1);
        }
        depth += usize::from(['(', '<', '['].contains(&c));
        depth -= usize::from([')', ']'].contains(&c) || (c == '>' && !is_arrow));
        before = c;
    }
    let Some(from) = from else { return "()".to_owned() };
    let is_of_lifetime = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut parts = signature[from..to].split('\'');
    let mut written = parts.next().unwrap().to_owned();
    parts.for_each(|part| written.push_str(part.trim_start_matches(is_of_lifetime)));
    written.split_whitespace().collect::<String>().replace(",)", ")").replace(",>", ">")
}

/// The free functions of a source text, each with its return type.
fn free_functions(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = defined_function(line) else { continue };
        let mut signature = line.to_owned();
        // A signature that takes several lines ends with its brace.
        while !signature.ends_with(['{', '}', ';']) {
            let Some(line) = lines.next() else { break };
            signature = format!("{signature} {}", line.trim());
        }
        found.push((name.to_owned(), returned(&signature)));
    }
    found
}

/// The names that stand for three return types or more, with these types.
fn unclear(functions: Vec<(String, String)>) -> BTreeMap<String, BTreeSet<String>> {
    let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, returned) in functions {
        types.entry(name).or_default().insert(returned);
    }
    types.retain(|name, types| types.len() > 2 && !CLEAR_EVERYWHERE.contains(&name.as_str()));
    types
}

#[test]
fn the_name_of_a_function_says_what_it_gives_back() {
    let sample = "pub(in crate::a) fn one<F: Fn(u8) -> bool>(Pair { a, b }: &Pair, f: F) -> Result<&'a str, Two<'_>> {\n}\n\
                  fn one<F>(\n    a: [u8; 2],\n) -> (\n    u8,\n    impl Fn(u8) -> u8,\n)\nwhere\n    F: Fn(u8) -> u8,\n{\n}\n\
                  async fn one() {}\n    fn two(&self) -> u8 {\n    }\n/// fn three() -> u8 {}\npub const fn of() -> u8 { 1 }\n";
    let found = free_functions(sample);
    let found: Vec<(&str, &str)> =
        found.iter().map(|(name, returned)| (name.as_str(), returned.as_str())).collect();
    assert_eq!(
        found,
        [("one", "Result<&str,Two<>>"), ("one", "(u8,implFn(u8)->u8)"), ("one", "()"), ("of", "u8")]
    );
    let names: Vec<String> = unclear(free_functions(sample)).into_keys().collect();
    assert_eq!(names, ["one"]);
    assert!(unclear(free_functions(&sample.replace("async fn one", "async fn other"))).is_empty());

    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut functions = Vec::new();
    for file in files.into_iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = fs::read_to_string(file).unwrap();
        functions.extend(free_functions(text.split("#[cfg(test)]\nmod tests").next().unwrap()));
    }
    assert!(functions.len() > 2000, "the functions were not found");
    let unclear = unclear(functions);
    assert!(unclear.is_empty(), "a name that gives back so many types says too little: {unclear:#?}");
}
