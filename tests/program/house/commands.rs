//! One command a file below `src/cli`. What several commands need stands in a room of its own, with a head that says why,
//! so that a change of one command changes no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::imports::{imports, modules};
use super::root;

/// What a line lets other files use: an item at its beginning that is `pub`, without the scope of that.
fn lent(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub")?;
    match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(") ").map(|(_, item)| item),
        None => rest.strip_prefix(' '),
    }
}

/// The item of a line, whether other files may use it or not.
fn item(line: &str) -> &str {
    lent(line).unwrap_or(line)
}

/// Tells whether a file is that of a command: it has options, and runs by them.
fn is_of_a_command(text: &str) -> bool {
    let is_of_options = |line: &str| {
        let name =
            item(line).strip_prefix("struct ").and_then(|rest| rest.split([' ', '<', '{', ';']).next());
        name.is_some_and(|name| name.ends_with("Args"))
    };
    text.lines().any(is_of_options) && text.lines().any(|line| item(line).starts_with("fn run("))
}

/// What the file of a command lets others use besides its options and its `run`.
fn besides(text: &str) -> Vec<&str> {
    let is_needed = |item: &&str| {
        let options = item.strip_prefix("struct Args").is_some_and(|rest| rest.starts_with([' ', '<', '{']));
        options || item.starts_with("fn run(")
    };
    text.lines().filter_map(lent).filter(|item| !is_needed(item)).collect()
}

#[test]
fn what_a_line_lends_is_seen() {
    let command = "pub struct Args {\n    pub(super) who: String,\n}\n\npub(super) fn run(args: &Args) {}\n";
    assert!(is_of_a_command(command) && besides(command).is_empty());
    let lends =
        format!("{command}\npub(in crate::cli) const MOST: usize = 5;\npub(super) use files::told;\n");
    assert_eq!(besides(&lends), ["const MOST: usize = 5;", "use files::told;"]);
    assert_eq!(besides("pub(super) struct AccessArgs {\nfn told() {}\npublic"), ["struct AccessArgs {"]);
    assert!(!is_of_a_command("pub(super) struct AccessArgs {\n}\n"), "options that commands share");
    assert!(!is_of_a_command("pub(super) fn run(args: &approve::Args) {}\n"), "the work of another one");
}

/// Its own folder has what is private in it.
#[test]
fn a_command_lends_nothing_but_its_options_and_its_run() {
    let modules = modules("src/cli", &[]);
    let commands: Vec<_> = modules.iter().filter(|(_, text)| is_of_a_command(text)).collect();
    assert!(commands.len() > 30, "the commands were not found: {}", commands.len());
    let mut lends = Vec::new();
    for (file, text) in commands {
        lends.extend(besides(text).into_iter().map(|item| format!("{}: {item}", file.join("/"))));
    }
    assert!(lends.is_empty(), "give this a room of its own: {lends:#?}");
}

/// The file of a variant of `Command`, from the type of its options. Those of the everyday commands have a name for each.
fn file_of(options: &str) -> Option<String> {
    let (room, name) = options.split_once("::")?;
    if room != "author" {
        return Some(format!("src/cli/{room}.rs"));
    }
    let text = fs::read_to_string(root().join("src/cli/author/mod.rs")).unwrap();
    let line = text.lines().find(|line| line.contains(&format!("::{{Args as {name}, run as ")))?;
    let module = lent(line)?.strip_prefix("use ")?.split("::").next()?;
    Some(format!("src/cli/author/{module}.rs"))
}

#[test]
fn each_command_has_its_own_file() {
    let text = fs::read_to_string(root().join("src/cli/mod.rs")).unwrap();
    let variants = text.split("\nenum Command {\n").nth(1).unwrap().split("\n}").next().unwrap();
    let options: Vec<&str> = variants
        .lines()
        .map(|line| line.split_once('(').and_then(|(_, rest)| rest.strip_suffix("),")).unwrap())
        .collect();
    assert!(options.len() > 30, "{options:?}");
    let mut files = BTreeSet::new();
    for one in options {
        let file = file_of(one).unwrap_or_else(|| panic!("{one} is from no file of its own"));
        let text = fs::read_to_string(root().join(&file)).unwrap();
        assert!(is_of_a_command(&text), "{file} has no options with a `run`");
        assert!(files.insert(file), "{one} shares its file with another command");
    }
}

/// What they need of a clone, of a key and of a terminal stands in rooms that the other commands use too.
#[test]
fn nothing_is_taken_from_the_room_of_the_everyday_commands() {
    // The files are looked at as if `src/cli` were a crate.
    let as_a_crate = |(file, text): (Vec<String>, String)| (file, text.replace("crate::cli::", "crate::"));
    let modules: BTreeMap<Vec<String>, String> =
        modules("src/cli", &[]).into_iter().map(as_a_crate).collect();
    let room = ["author".to_owned()];
    assert!(modules.keys().filter(|file| file.starts_with(&room)).count() > 20);
    let takes =
        imports(&modules).into_iter().filter(|(file, _)| !file.is_empty() && !file.starts_with(&room));
    let taken: Vec<String> = takes
        .filter(|(_, imported)| imported.iter().any(|other| other.starts_with(&room)))
        .map(|(file, _)| file.join("/"))
        .collect();
    assert!(taken.is_empty(), "these import from `src/cli/author`: {taken:?}");
}
