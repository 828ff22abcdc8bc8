//! The parts that all commands have in common: options, environment, help, streams.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::desk::{Desk, Told};
use crate::docs::subcommands;

/// Every command by its words, those below others too. The first one has no words: it is the program itself. They are
/// read out of the help, so none can be forgotten here.
fn commands(desk: &Desk) -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    let mut at = 0;
    while let Some(command) = commands.get(at).cloned() {
        let below = subcommands(&help(desk, &command, "--help"));
        commands.extend(below.into_iter().map(|name| [command.as_slice(), &[name]].concat()));
        at += 1;
    }
    commands
}

fn help(desk: &Desk, command: &[String], flag: &str) -> String {
    let args: Vec<&str> = command.iter().map(String::as_str).chain([flag]).collect();
    let told = desk.run(&args).ends(0);
    assert_eq!(told.err, "", "{command:?}");
    told.out
}

/// The commands whose help is kept as a file. A file that is deleted is missed, and so is a name without its file.
const KEPT: [&str; 34] = [
    "apply",
    "approve",
    "baseline",
    "can",
    "check",
    "confirm-date",
    "daemon",
    "demo",
    "explain",
    "history",
    "ledger",
    "ledger-checkpoint",
    "ledger-show",
    "ledger-verify",
    "list",
    "owners",
    "plan",
    "policy",
    "policy-diff",
    "policy-fmt",
    "policy-test",
    "portvakt",
    "prove",
    "register",
    "register-seed",
    "register-serve",
    "register-users",
    "release",
    "schema",
    "statement",
    "store",
    "store-check",
    "who-can-approve",
    "who-had",
];

/// The names in the files of kept help.
fn kept() -> BTreeSet<String> {
    let files = std::fs::read_dir(Path::new(crate::ROOT).join("tests/program/cli/snapshots")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let name = |file: String| {
        let name = file.strip_prefix("program__cli__surface__help-")?.strip_suffix(".snap")?;
        Some(name.to_owned())
    };
    names.filter_map(name).collect()
}

#[test]
fn the_help_of_every_command_reads_well() {
    let desk = Desk::empty();
    let mut kept = kept();
    assert_eq!(kept, BTreeSet::from(KEPT.map(str::to_owned)));
    for command in commands(&desk) {
        let page = help(&desk, &command, "--help");
        let words = ["Usage: portvakt"].into_iter().chain(command.iter().map(String::as_str));
        let usage = words.collect::<Vec<_>>().join(" ");
        assert!(page.lines().any(|line| line.starts_with(&usage)), "{usage}\n{page}");
        assert!(
            page.starts_with(|c: char| c.is_ascii_uppercase()),
            "{command:?} does not say what it does\n{page}"
        );
        for line in page.lines() {
            assert!(line == line.trim_end() && line.chars().count() <= 110, "{command:?}: {line}");
        }
        let name = if command.is_empty() { "portvakt".to_owned() } else { command.join("-") };
        if kept.remove(&name) {
            insta::assert_snapshot!(format!("help-{name}"), page);
        }
    }
    assert!(kept.is_empty(), "there are no such commands: {kept:?}");
}

#[test]
fn a_command_line_that_makes_no_sense_is_2_and_said_on_standard_error() {
    let desk = Desk::tree();
    for args in [
        &["--frob"][..],
        &["frob"],
        &[],
        &["check", "--frob"],
        &["check", "more"],
        &["--format", "xml", "check"],
        &["--store", "postgres://host/db", "plan"],
        &["baseline", "--accept", "abc", "--by", "a.b"],
        &["baseline", "--accept"],
        &["release", "abc", "--by", "a.b"],
        &["list", "--at", "2026-02-30"],
        &["list", "--at", "2026-11-01", "--all"],
        &["explain"],
        &["can", "a.b"],
        &["confirm-date", "tomorrow", "--by", "a.b"],
    ] {
        let told = desk.run(args).ends(2);
        assert_eq!(told.out, "", "{args:?}");
        assert!(told.err.contains("--help"), "{args:?}: {}", told.err);
    }
    desk.run(&["chekc"]).ends(2).says("check");
}

/// The options that only an operator needs.
const OF_STORES_AND_FORGES: [&str; 9] = [
    "--source",
    "--ref",
    "--inside",
    "--forge-token-file",
    "--memory",
    "--scim-map",
    "--store-authorities",
    "--reports",
    "--reports-map",
];

#[test]
fn the_help_of_every_command_fits_a_page_and_everything_stands_in_help_all() {
    let desk = Desk::empty();
    // The options that have lines of their own. Others are named in the text.
    let options = |help: &str| -> BTreeSet<String> {
        let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let words = lines.flat_map(|line| line.split_whitespace().take(2));
        words.filter(|word| word.starts_with("--")).map(str::to_owned).collect()
    };
    let commands = commands(&desk);
    let has = |words: &str| commands.iter().any(|command| command.join(" ") == words);
    assert!(commands.len() > 50 && has("requests") && has("review answer"), "{commands:?}");
    for command in &commands {
        let help = |flag: &str| help(&desk, command, flag);
        let (page, all) = (help("--help"), help("--help-all"));
        // A page of A4 has 66 lines.
        assert!(page.lines().count() <= 66, "{command:?}: {} lines\n{page}", page.lines().count());
        assert_eq!(page, help("-h"), "{command:?}");
        let (on_page, in_all) = (options(&page), options(&all));
        for option in OF_STORES_AND_FORGES {
            assert!(!on_page.contains(option), "{command:?}: {option}\n{page}");
            assert!(in_all.contains(option), "{command:?}: {option}");
        }
        for option in ["--root", "--store", "--format", "--lang", "--help-all"] {
            assert!(on_page.contains(option) && in_all.contains(option), "{command:?}: {option}\n{page}");
        }
    }
    // The page has all that is said of the command, not only its first sentence.
    let page = desk.run(&["can", "--help"]).ends(0);
    page.says("Ask what somebody may do in the register today")
        .says("Answers yes with exit code 0 and no with 1");
    let of_the_register = desk.run(&["register", "users", "--help"]).ends(0);
    of_the_register.says("--all").never_says("seed");
}

#[test]
fn the_environment_names_root_store_and_format() {
    let desk = Desk::accepted();
    let beside = tempfile::tempdir().unwrap();
    let run = |vars: &[(&str, &str)], args: &[&str]| {
        let mut program = desk.program();
        program.current_dir(beside.path()).args(args);
        for (name, value) in vars {
            program.env(name, value);
        }
        Told::of(&program.output().unwrap())
    };
    let root = desk.root();
    let root = root.to_str().unwrap();
    run(&[], &["check"]).ends(5);
    run(&[("PORTVAKT_ROOT", root)], &["plan"]).ends(0);
    let told = run(&[("PORTVAKT_ROOT", root), ("PORTVAKT_FORMAT", "json")], &["plan"]).ends(0);
    assert_eq!(told.json()["exit"], 0);
    let options = &["--format", "human", "plan"];
    run(&[("PORTVAKT_ROOT", root), ("PORTVAKT_FORMAT", "json")], options).ends(0).says("Nothing to do");
    run(&[("PORTVAKT_ROOT", root), ("PORTVAKT_STORE", "sqlite:var/none.db")], &["plan"]).ends(4);
    run(&[("PORTVAKT_FORMAT", "xml")], &["plan"]).ends(2);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let desk = Desk::accepted();
    let mut child = desk
        .program()
        .args(["ledger", "show"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    // The note does not speak to the reader. It only says that nothing is proved in this tree.
    assert!(told.starts_with("NOTE: ") && told.lines().count() == 1, "{told}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn output_that_is_no_terminal_has_no_escape_codes_and_no_progress() {
    let desk = Desk::accepted();
    desk.delete("unn", "sara.fiktivsen");
    desk.change("unn", "frida.skinnvik", "staff:", "stuff:");
    desk.run(&["apply"]).ends(1).never_says("\u{1b}");
}

/// Runs a command on a terminal, as `script` makes one.
fn on_a_terminal(desk: &Desk, var: Option<(&str, &str)>) -> Option<String> {
    let program = desk.program();
    let words: Vec<&str> = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|word| word.to_str().unwrap())
        .collect();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{} check", words.join(" ")), "/dev/null"]).current_dir(desk.root());
    script.env_clear().env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh").stdin(Stdio::null());
    script.envs(var);
    script.output().ok().map(|output| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn colour_is_for_terminals_and_no_color_ends_it() {
    let desk = Desk::tree();
    let Some(coloured) = on_a_terminal(&desk, None) else {
        eprintln!("skipped: this machine has no `script` to make a terminal with");
        return;
    };
    assert!(coloured.contains("\u{1b}[") && coloured.contains("advice"), "{coloured}");
    let plain = on_a_terminal(&desk, Some(("NO_COLOR", "1"))).unwrap();
    assert!(!plain.contains("\u{1b}[") && plain.contains("advice"), "{plain}");
}

#[test]
fn results_are_on_standard_output_and_the_rest_on_standard_error() {
    let desk = Desk::accepted();
    for command in
        [&["plan"][..], &["apply"], &["list"], &["check"], &["baseline"], &["explain", "sara.fiktivsen"]]
    {
        let mut args = vec!["--format", "json"];
        args.extend(command);
        desk.run(&args).ends(0).json();
    }
}

#[test]
fn the_demo_is_made_once_and_gone_on_with() {
    let desk = Desk::empty();
    let told = desk.run(&["demo", "--prepare", "try"]).ends(0);
    told.says("56 accounts opened").says("--root try list");
    let before = std::fs::read(desk.root().join("try/var/register.db")).unwrap();
    desk.run(&["demo", "--prepare", "try"]).ends(0).says("Going on with the demo in `try`");
    assert_eq!(before, std::fs::read(desk.root().join("try/var/register.db")).unwrap());
    desk.run(&["--root", "try", "plan"]).ends(0);
    desk.run(&["--root", "try", "ledger", "verify"]).ends(0);
    let users = desk.run(&["--root", "try", "register", "users"]).ends(0);
    users.says("56 accounts");
}

#[test]
fn a_demo_overwrites_nothing() {
    let desk = Desk::tree();
    let before = desk.read("unn", "sara.fiktivsen");
    desk.run(&["demo", "--prepare", "."]).ends(5).says("is there already").says("portvakt demo");
    assert_eq!(before, desk.read("unn", "sara.fiktivsen"));
}
