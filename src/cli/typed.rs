//! Looks at everything that was typed on the command line, in one place and before any command runs. So the commands
//! may repeat it. Three things are refused. An address may not have a password or a token in it, and a name such as
//! `password` may not have a value, because everybody on the machine can see the arguments of a program. An invisible
//! character is refused, because the text is then not what it looks like. The values of the environment are looked at
//! too.
//!
//! If the parser itself refuses a word, its message repeats neither a secret nor an invisible character.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use portvakt_core::diag::{Text, text};
use portvakt_core::invisible::{hidden_in, is_invisible};
use portvakt_core::model::IdError;
use portvakt_net::Typed;

use crate::config::{StoreUrlError, Unfit};

/// The options whose own readers refuse an address with a secret and tell the reason.
const READ_WITH_CARE: [&str; 3] = ["store", "memory", "reports"];

/// The options that take words or names of any kind. In them an `@`, a `?` or a `#` need not belong to a secret.
const ANY_WORDS: [&str; 4] = ["reason", "contacted", "name", "naming"];

/// The argument that takes an address of git. In such an address a name before the host need not be a secret.
const OF_GIT: &str = "address";

/// Returns the reason why the typed words are refused. It is `None` if they are accepted.
pub(super) fn unfit(command: &Command, matches: &ArgMatches) -> Option<Text> {
    let (mut command, mut at) = (Some(command), matches);
    loop {
        let told = at.ids().find_map(|id| {
            let id = id.as_str();
            let typed =
                matches!(at.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable));
            let mut values = at.try_get_raw(id).ok().flatten().filter(|_| typed)?;
            let why = values.find_map(|value| unfit_value(id, &value.to_string_lossy()))?;
            let arg =
                command.and_then(|command| command.get_arguments().find(|arg| arg.get_id().as_str() == id));
            let arg = arg.map_or_else(|| id.to_owned(), ToString::to_string);
            Some(text!(with why; en: "`{arg}` {why}", nb: "`{arg}` {why}"))
        });
        if told.is_some() {
            return told;
        }
        let (name, below) = at.subcommand()?;
        command = command.and_then(|command| command.find_subcommand(name));
        at = below;
    }
}

fn unfit_value(id: &str, value: &str) -> Option<Text> {
    // A value that a script read from a file may end with a line end. Words may also have one between them.
    let words = ANY_WORDS.contains(&id);
    let is_told = |hidden: char| !((words || id == OF_GIT) && matches!(hidden, '\n' | '\r' | '\t'));
    if let Some((_, hidden)) = hidden_in(value.trim()).find(|(_, hidden)| is_told(*hidden)) {
        let code = u32::from(hidden);
        return Some(text!(
            en: "holds a character that cannot be seen or that turns the text around it: U+{code:04X}",
            nb: "har et tegn som ikke synes, eller som snur teksten rundt seg: U+{code:04X}"
        ));
    }
    let typed = Typed::from(value.trim());
    let secret = if words {
        typed.has_a_password()
    } else if id == OF_GIT {
        typed.is_a_repository_with_a_secret()
    } else if READ_WITH_CARE.contains(&id) {
        typed.has_a_secret_in_its_path()
    } else {
        typed.is_an_address_with_a_secret()
    };
    secret.then(|| {
        text!(
            en: "holds an address or a value with something in it that may be a secret (`{typed}`); a password or a token never stands in an argument, which everybody on this machine can see",
            nb: "har en adresse eller en verdi med noe i seg som kan være hemmelig (`{typed}`); et passord eller nøkkelord står aldri i et argument, som alle på denne maskinen kan se"
        )
    })
}

/// Returns the parser's message without words that must not be repeated. The parser repeats the refused value, and the
/// reason may repeat it too.
pub(super) fn safe_error(mut told: clap::Error, command: &Command) -> clap::Error {
    let mut changed = false;
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        let shown = match told.get(kind) {
            Some(ContextValue::String(raw)) => safe_form(raw),
            _ => None,
        };
        if let Some(shown) = shown {
            told.insert(kind, ContextValue::String(shown));
            changed = true;
        }
    }
    if !changed {
        return told;
    }
    // The parser's suggestions repeat the typed words, too.
    told.remove(ContextKind::Suggested);
    let says_nothing_back =
        told.source().is_none_or(|why| why.is::<Unfit>() || why.is::<StoreUrlError>() || why.is::<IdError>());
    if says_nothing_back {
        return told;
    }
    let mut without = clap::Error::new(told.kind()).with_cmd(command);
    for (kind, value) in told.context() {
        without.insert(kind, value.clone());
    }
    without
}

/// Returns a safe form of a text that must not be repeated as it is. It is `None` if the text may be repeated.
fn safe_form(raw: &str) -> Option<String> {
    let typed = Typed::from(raw);
    let harmless = typed.is_harmless() && !raw.contains(is_invisible);
    (!harmless).then(|| typed.to_string())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{Arg, CommandFactory as _};

    use super::super::{Cli, parsed};
    use super::*;

    /// Collects every command with the words that call it.
    fn commands(at: &Command, words: &[String], all: &mut Vec<(Vec<String>, Command)>) {
        all.push((words.to_vec(), at.clone()));
        for below in at.get_subcommands().filter(|below| below.get_name() != "help") {
            let words = [words, &[below.get_name().to_owned()]].concat();
            commands(below, &words, all);
        }
    }

    /// Returns the words that give an argument this value.
    fn given(arg: &Arg, value: &str) -> Vec<String> {
        match arg.get_long() {
            Some(long) => vec![format!("--{long}={value}")],
            None => vec![value.to_owned()],
        }
    }

    /// Returns the English words about a refused command line. It is `None` if the command line is accepted.
    fn told(words: &[String]) -> Option<String> {
        let args: Vec<OsString> =
            std::iter::once("portvakt".into()).chain(words.iter().map(OsString::from)).collect();
        match parsed(&args, false) {
            Ok((_, why)) => why.map(|why| format!("{} {}", why.en(), why.get(portvakt_core::diag::Lang::Nb))),
            Err(why) => Some(format!("{} {why:?}", why.render())),
        }
    }

    /// Puts a value into every argument of every command that takes one, and passes on the words about it.
    fn everywhere(value: &str, see: &dyn Fn(&str, Option<String>)) {
        let mut all = Vec::new();
        let mut whole = Cli::command();
        whole.build();
        commands(&whole, &[], &mut all);
        let mut tried = 0;
        for (words, command) in &all {
            let takes = |arg: &&Arg| arg.get_action().takes_values();
            for arg in command.get_arguments().filter(takes) {
                let mut line = words.clone();
                for other in command.get_arguments().filter(takes) {
                    if other.get_id() == arg.get_id() {
                        line.extend(given(arg, value));
                    } else if other.is_required_set() || (other.is_positional() && !arg.is_positional()) {
                        line.extend(given(other, "1"));
                    }
                }
                see(arg.get_id().as_str(), told(&line));
                tried += 1;
            }
        }
        assert!(tried > 300, "{tried}");
    }

    #[test]
    fn no_argument_of_any_command_says_a_secret_back() {
        for address in [
            "https://u:SECRET@h/x",
            "postgres://u:SECRET@h/d",
            "mysql://u:SECRET@h/d",
            "//u:SECRET@h/x",
            "host=h password=SECRET",
            "sqlite:x?key=SECRET",
        ] {
            everywhere(address, &|id, told| {
                if let Some(told) = &told {
                    assert!(!told.contains("SECRET"), "{address} {id}: {told}");
                }
                // `--store` gives its own reason, before any command runs.
                assert!(told.is_some() || id == "store", "{address} {id} is taken");
            });
        }
    }

    #[test]
    fn no_argument_but_words_takes_what_may_be_a_secret_in_an_address() {
        for address in [
            "https://h/x;k=SECRET",
            "https://h/x#SECRET",
            "https://h/x?k=SECRET",
            "https://SECRET@h/x",
            "sqlite:u:SECRET@h",
        ] {
            everywhere(address, &|id, told| {
                if let Some(told) = &told {
                    assert!(!told.contains("SECRET"), "{address} {id}: {told}");
                }
                assert!(told.is_some() || ANY_WORDS.contains(&id), "{address} {id} is taken");
            });
        }
    }

    #[test]
    fn no_argument_of_any_command_says_a_hidden_character_back() {
        everywhere("a\u{202e}b", &|id, told| {
            let told = told.unwrap_or_else(|| panic!("{id} is taken"));
            assert!(!told.contains('\u{202e}'), "{id}: {told}");
        });
    }

    #[test]
    fn what_people_type_is_taken() {
        for words in [
            &["check", "--base", "main@{1}"][..],
            &["check", "--base", "HEAD^"],
            &["join", "git@git.eksempel.example:clinic/access"],
            &["join", "ssh://git@git.eksempel.example/clinic/access"],
            &["revoke", "kari", "--reason", "ended, see https://sak.eksempel.example/?id=7"],
            &["history", "Kari Testesen\n"],
            &["revoke", "kari", "--reason", "left\nyesterday"],
            &["--store", "postgres://portvakt@db.example/register?port=5433", "plan"],
            &["ledger", "show", "--naming", "kari@eksempel.example"],
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(told(&words), None, "{words:?}");
        }
    }
}
