//! Accepts the beginning of a command's name. At a terminal it is enough if only one command begins so, and if that
//! command only shows something or asks before it writes. A script must write the whole name, because a later version
//! may have another command with the same beginning. The same is true of a script that is started at a terminal and
//! says `--yes` or `--unsigned`, and of a command whose format is for programs.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

/// The commands whose beginning is enough. They only show something, or show a change and ask before they write it.
const BEGUN: [&str; 21] = [
    "can",
    "change",
    "check",
    "end",
    "explain",
    "extend",
    "facts",
    "grant",
    "history",
    "list",
    "move",
    "owners",
    "plan",
    "reject",
    "requests",
    "revoke",
    "show",
    "statement",
    "verify",
    "who-can-approve",
    "who-had",
];

/// Returns whether something would be written without a question.
pub(super) fn asks_nothing(args: &[OsString]) -> bool {
    args.iter().any(|word| word == "--yes" || word == "--unsigned")
}

/// Returns whether each command on the line is named in full, or is a command for which the beginning of the name is
/// enough.
pub(super) fn is_enough(matches: &ArgMatches, args: &[OsString]) -> bool {
    let mut at = matches;
    while let Some((name, below)) = at.subcommand() {
        if !BEGUN.contains(&name) && !args.iter().any(|word| word == name) {
            return false;
        }
        at = below;
    }
    true
}

/// If commands begin with the refused word, adds them to the error.
pub(super) fn with_those_meant(mut told: clap::Error, command: &Command, args: &[OsString]) -> clap::Error {
    if told.kind() != ErrorKind::InvalidSubcommand {
        return told;
    }
    let Some(ContextValue::String(typed)) = told.get(ContextKind::InvalidSubcommand) else { return told };
    let mut at = command;
    for word in args.iter().skip(1) {
        at = subcommand(at, word).unwrap_or(at);
    }
    let meant: Vec<String> = beginning(at, typed).map(|command| command.get_name().to_owned()).collect();
    if !meant.is_empty() {
        told.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(meant));
    }
    told
}

/// Returns the command that a word names, by its whole name or by a beginning that no other command has.
fn subcommand<'c>(command: &'c Command, word: &OsStr) -> Option<&'c Command> {
    if let Some(exact) = command.find_subcommand(word) {
        return Some(exact);
    }
    let mut begin = beginning(command, word.to_str()?);
    let first = begin.next();
    if begin.next().is_some() { None } else { first }
}

fn beginning<'c>(command: &'c Command, typed: &str) -> impl Iterator<Item = &'c Command> {
    let typed = typed.to_owned();
    command.get_subcommands().filter(move |one| !typed.is_empty() && one.get_name().starts_with(&typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(words: &[&str]) -> Vec<String> {
        let args: Vec<OsString> = words.iter().map(OsString::from).collect();
        let inner = ["show", "send", "verify"].map(Command::new);
        let inner = Command::new("ledger").subcommand_required(true).subcommands(inner);
        let mut command = Command::new("portvakt")
            .subcommand_required(true)
            .subcommands([inner, Command::new("revoke"), Command::new("review"), Command::new("verify")])
            .infer_subcommands(true);
        let told = command.try_get_matches_from_mut(&args).unwrap_err();
        match with_those_meant(told, &command, &args).get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(names)) => names.clone(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn the_beginning_is_enough_only_of_what_shows_something_or_asks() {
        let is_enough = |words: &[&str]| {
            let args: Vec<OsString> = words.iter().map(OsString::from).collect();
            let inner = ["show", "send"].map(Command::new);
            let mut command = Command::new("portvakt")
                .subcommands([
                    Command::new("ledger").subcommands(inner),
                    Command::new("explain"),
                    Command::new("apply"),
                ])
                .infer_subcommands(true);
            super::is_enough(&command.try_get_matches_from_mut(&args).unwrap(), &args)
        };
        assert!(is_enough(&["portvakt", "expl"]) && is_enough(&["portvakt", "ledger", "sh"]));
        assert!(is_enough(&["portvakt", "apply"]) && is_enough(&["portvakt", "ledger", "send"]));
        assert!(!is_enough(&["portvakt", "app"]) && !is_enough(&["portvakt", "ledger", "se"]));
        let words = |last: &str| ["portvakt", "revo", last].map(OsString::from);
        assert!(
            asks_nothing(&words("--yes"))
                && asks_nothing(&words("--unsigned"))
                && !asks_nothing(&words("aksel"))
        );
    }

    #[test]
    fn those_that_begin_so_are_listed_where_the_word_stands() {
        assert_eq!(suggested(&["portvakt", "rev"]), ["revoke", "review"]);
        assert_eq!(suggested(&["portvakt", "led", "s"]), ["show", "send"]);
        assert_eq!(suggested(&["portvakt", "xyz"]), [""; 0]);
    }
}
