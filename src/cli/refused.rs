//! Tells the user about refused arguments, in the language of the results. The parser's own words are English. So in
//! bokmål only the typed words and the names of options are taken from it.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use portvakt_core::diag::{self, Lang};
use portvakt_core::model::{DigestError, IdError};

use super::output;
use crate::config::{StoreUrlError, Unfit};

/// Tells why the arguments were refused.
pub(super) fn tell(told: &clap::Error, lang: Lang) {
    match lang {
        Lang::En => {
            let _gone = told.print();
        }
        Lang::Nb => output::err(&in_bokmal(told)),
    }
}

fn in_bokmal(told: &clap::Error) -> String {
    let option = match quoted(told, ContextKind::InvalidArg) {
        none if none.is_empty() => quoted(told, ContextKind::InvalidSubcommand),
        option => placeholders(&option),
    };
    let value = quoted(told, ContextKind::InvalidValue);
    let what = match told.kind() {
        ErrorKind::InvalidValue if value == "``" || value.is_empty() => format!("{option} mangler en verdi"),
        ErrorKind::InvalidValue => format!("{option} kan ikke være {value}"),
        ErrorKind::ValueValidation => format!("{option} kan ikke være {value}{}", reason_in_bokmal(told)),
        ErrorKind::UnknownArgument if option.starts_with("`-") => format!("{option} finnes ikke her"),
        // The refused word may be the name of a file that exists. So the message does not say that it is missing, but
        // that the command does not accept it.
        ErrorKind::UnknownArgument => format!("kommandoen tar ikke imot {option}; skriv den uten"),
        ErrorKind::InvalidSubcommand => {
            format!("kommandoen {} finnes ikke", quoted(told, ContextKind::InvalidSubcommand))
        }
        ErrorKind::NoEquals => format!("{option} skrives med `=` foran verdien"),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{option} har feil antall verdier")
        }
        ErrorKind::ArgumentConflict => match quoted(told, ContextKind::PriorArg) {
            none if none.is_empty() => format!("{option} kan ikke brukes sammen med det andre"),
            prior if placeholders(&prior) == option => format!("{option} kan bare oppgis én gang"),
            prior => format!("{option} kan ikke brukes sammen med {}", placeholders(&prior)),
        },
        ErrorKind::MissingRequiredArgument => format!("det mangler {option}"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "det mangler en kommando eller et argument".to_owned()
        }
        ErrorKind::InvalidUtf8 => "et argument er ikke UTF-8-tekst".to_owned(),
        _ => "argumentene kan ikke leses".to_owned(),
    };
    let possible = match quoted(told, ContextKind::ValidValue) {
        none if none.is_empty() => String::new(),
        all => format!("; mulig: {all}"),
    };
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
            .into_iter()
            .map(|kind| quoted(told, kind))
            .find(|suggested| !suggested.is_empty())
            .map_or_else(String::new, |suggested| format!("; mente du {suggested}?"));
    let commands = match quoted(told, ContextKind::ValidSubcommand) {
        none if none.is_empty() => String::new(),
        all => format!("; kommandoene er {all}"),
    };
    format!("feil: {what}{suggested}{possible}{commands}; se --help")
}

/// The words that stand for a value in the help, and the same words in bokmål. The help is in English, so it shows the
/// first ones.
const PLACEHOLDERS: [(&str, &str); 41] = [
    ("ACCOUNT", "KONTO"),
    ("ACTION", "HANDLING"),
    ("ADDRESS", "ADRESSE"),
    ("APPLICATION", "APPLIKASJON"),
    ("CODE", "KODE"),
    ("DATE", "DATO"),
    ("DAY", "DAG"),
    ("DIR", "MAPPE"),
    ("EMPLOYER", "ARBEIDSGIVER"),
    ("ENTRY", "OPPFØRING"),
    ("FILE", "FIL"),
    ("FINGERPRINT", "FINGERAVTRYKK"),
    ("FROM", "FRA"),
    ("HOST", "VERT"),
    ("HOW", "HVORDAN"),
    ("KEY", "NØKKEL"),
    ("KIND", "SLAG"),
    ("LANG", "SPRÅK"),
    ("LEVEL", "NIVÅ"),
    ("LOGIN", "INNLOGGING"),
    ("MEANS", "MÅTE"),
    ("MONTHS", "MÅNEDER"),
    ("N", "ANTALL"),
    ("NAME", "NAVN"),
    ("NUMBER", "NUMMER"),
    ("OFFICE", "VERV"),
    ("PATH", "STI"),
    ("POSITION", "STILLING"),
    ("QUARTER", "KVARTAL"),
    ("REMOTE", "FJERNARKIV"),
    ("REQUEST", "SØKNAD"),
    ("ROLE", "ROLLE"),
    ("SECONDS", "SEKUNDER"),
    ("SEED", "FRØ"),
    ("SOURCE", "KILDE"),
    ("STAFF", "PERSONELL"),
    ("STEPS", "STEG"),
    ("TEXT", "TEKST"),
    ("TIME", "TID"),
    ("TRUST", "HELSEFORETAK"),
    ("UNIT", "ENHET"),
];

/// The placeholders whose value is typed in words. Below them are those that are the same in both languages.
const ASKED: [(&str, &str); 3] = [("WHICH", "HVILKEN"), ("WHY", "HVORFOR"), ("WORDS", "ORD")];
#[cfg(test)]
const SAME: [&str; 8] = ["DIGEST", "FORMAT", "ID", "PERSON", "REF", "RESH", "REV", "URL"];

/// The text with every `<PLACEHOLDER>` and `[PLACEHOLDER]` in bokmål.
fn placeholders(names: &str) -> String {
    let (mut told, mut rest) = (String::new(), names);
    while let Some(at) = rest.find(['<', '[']) {
        let (before, from) = rest.split_at(at);
        told.push_str(before);
        let end = from.find(['>', ']']).map_or(from.len(), |end| end + 1);
        let (placeholder, after) = from.split_at(end);
        told.push_str(&in_words(placeholder));
        rest = after;
    }
    told + rest
}

/// The text with each word of capitals in bokmål. Everything between these words stays as it is.
fn in_words(placeholder: &str) -> String {
    let (mut told, mut word) = (String::new(), String::new());
    for c in placeholder.chars() {
        if c.is_ascii_uppercase() {
            word.push(c);
        } else {
            told.push_str(&known(&word));
            told.push(c);
            word.clear();
        }
    }
    told + &known(&word)
}

fn known(word: &str) -> String {
    let found = PLACEHOLDERS.iter().chain(&ASKED).find(|(en, _)| *en == word);
    found.map_or(word, |(_, nb)| *nb).to_owned()
}

/// The words that the parser names, each in grave accents. It is empty if the parser names nothing.
fn quoted(told: &clap::Error, kind: ContextKind) -> String {
    match told.get(kind) {
        Some(ContextValue::String(name)) => diag::quoted([name]),
        Some(ContextValue::Strings(names)) => diag::quoted(names),
        _ => String::new(),
    }
}

/// The reason in bokmål why a value cannot be used. It is empty if the reader of the value gives none.
fn reason_in_bokmal(told: &clap::Error) -> String {
    let Some(source) = told.source() else { return String::new() };
    let words = if let Some(Unfit(words)) = source.downcast_ref::<Unfit>() {
        words.clone()
    } else if let Some(why) = source.downcast_ref::<IdError>() {
        why.words()
    } else if let Some(why) = source.downcast_ref::<StoreUrlError>() {
        why.words()
    } else if source.is::<DigestError>() {
        return ": en digest er 64 heksadesimale sifre".to_owned();
    } else {
        return String::new();
    };
    format!(": {}", words.get(Lang::Nb))
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::*;

    fn look(command: &Command, unknown: &mut Vec<String>) {
        let with_value = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        for named in with_value.flat_map(|arg| arg.get_value_names().unwrap_or_default()) {
            for word in named.split(|c: char| !c.is_ascii_uppercase()).filter(|word| !word.is_empty()) {
                if known(word) == word && !SAME.contains(&word) {
                    unknown.push(format!("{}: {named}", command.get_name()));
                }
            }
        }
        command.get_subcommands().for_each(|command| look(command, unknown));
    }

    #[test]
    fn every_placeholder_has_a_word_in_bokmal() {
        let mut unknown = Vec::new();
        look(&super::super::Cli::command(), &mut unknown);
        assert!(unknown.is_empty(), "{unknown:#?}");
        assert_eq!(placeholders("`--base <REV|DIR>`"), "`--base <REV|MAPPE>`");
        assert_eq!(placeholders("`[FILE]`, `<TRUST>`"), "`[FIL]`, `<HELSEFORETAK>`");
        assert_eq!(placeholders("`--x <`"), "`--x <`");
    }
}
