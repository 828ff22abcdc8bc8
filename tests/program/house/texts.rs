//! No long text stands in two places.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{root, sources};

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
    ("funksjonen `{}` finnes ikke", "Cedar says this in two ways"),
];

/// The least characters of a text that has to stand in one place.
const A_SENTENCE: usize = 24;

/// The same for a text without a space, such as a path, and for one with the names of its variables.
const A_LONG_NAME: usize = 32;

/// A text with each inserted value as `{}`. A sentence is the same, whatever its variables are called.
fn without_names(text: &str) -> String {
    let of_a_value = |c: char| c.is_ascii_alphanumeric() || "_:.<>^?#*-".contains(c);
    let mut parts = text.split('{');
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.push('{');
        match part.split_once('}') {
            Some((value, after)) if value.chars().all(of_a_value) => {
                told.push('}');
                told.push_str(after);
            }
            _ => told.push_str(part),
        }
    }
    told
}

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

    assert_eq!(without_names("`{by}` in {} of {{{n:>3}}}"), "`{}` in {} of {{{}}}");
    assert_eq!(without_names("{\"key\": {n}"), "{\"key\": {}");

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
            let least = if words.contains(' ') { A_SENTENCE } else { A_LONG_NAME };
            let with_names = words.chars().count() >= A_LONG_NAME;
            let words = without_names(&words);
            let is_long = with_names || words.chars().count() >= least;
            if is_long && !is_sql && words != before {
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

/// Checks that each text stands once below `src`, and in the file that is its home.
fn assert_homes(homes: &[(&str, &str)], stands_in: impl Fn(&str, &str) -> bool) {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut stands: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        for (_, words) in strings(text) {
            for (text, _) in homes.iter().filter(|(text, _)| stands_in(&words, text)) {
                stands.entry(*text).or_default().push(name.clone());
            }
        }
    }
    let homes = homes.iter().map(|(text, home)| (*text, vec![(*home).to_owned()]));
    assert_eq!(stands, homes.collect());
}

/// A plan and a client of the SCIM service write the same rows. What is written stands in one statement.
#[test]
fn a_row_of_the_register_is_written_in_one_place() {
    let homes = [
        ("INSERT INTO account (", "src/stores/tables/raise.rs"),
        ("INSERT INTO access (", "src/stores/tables/raise.rs"),
        ("UPDATE account SET email = NULL", "src/stores/tables/write.rs"),
    ];
    assert_homes(&homes, |words, begins| words.starts_with(begins));
}

/// Some texts are shorter and have a home all the same, since they say the same wherever they stand, also at the end of
/// another text.
#[test]
fn what_has_a_home_is_said_nowhere_else() {
    let homes = [
        (" and {more} more", "src/core/text.rs"),
        ("the whole register", "src/core/model/register.rs"),
        ("there is no account to change", "src/stores/lib.rs"),
        ("Nothing was written.", "src/cli/ask/mod.rs"),
        ("Give a date such as 2026-01-31.", "src/cli/today.rs"),
        ("Write `{id}` for {name}.", "src/core/parse/suggest.rs"),
        ("Write `{meant}`.", "src/core/parse/meant.rs"),
        ("Did you mean {near}?", "src/core/parse/meant.rs"),
        ("it is no plain file", "src/net/kept.rs"),
        ("the day {on} has not come", "src/core/evidence/lack.rs"),
    ];
    assert_homes(&homes, |words, ends| words.ends_with(ends));
}
