//! Makes the text of `--help`. It is one page, with all words about the command and its options in short form. The
//! options of stores and forges are on the page of `--help-all`. That page has the long form of everything, and so does
//! `portvakt help COMMAND`.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

/// Returns the command with both flags. `args` are the words of the command line, and the first one is the program's
/// name. On the short page clap shows only the first paragraph about a command. For the command that the words name,
/// this shows the whole text.
pub(super) fn fitted(command: Command, args: &[OsString]) -> Command {
    let page = Arg::new("help")
        .short('h')
        .long("help")
        .global(true)
        .action(ArgAction::HelpShort)
        .help("Print this page");
    let all = Arg::new("help-all")
        .long("help-all")
        .global(true)
        .action(ArgAction::HelpLong)
        .help("Print everything, the options of stores and forges too");
    let command = command.disable_help_flag(true).arg(page).arg(all);
    told_whole(command, args.get(1..).unwrap_or_default())
}

/// Returns the command with the long text in place of the short one, for the command that is named. If a word is a
/// command's name by chance, the text of another command changes too, and that text is not shown.
fn told_whole(command: Command, words: &[OsString]) -> Command {
    let mut words = words.iter();
    let next = words.find_map(|word| command.find_subcommand(word).map(|found| found.get_name().to_owned()));
    match next {
        Some(name) => {
            let rest = words.as_slice();
            command.mut_subcommand(name, |below| told_whole(below, rest))
        }
        None => match command.get_long_about().cloned() {
            Some(about) => command.about(about),
            None => command,
        },
    }
}
