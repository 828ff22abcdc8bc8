//! `portvakt` without arguments shows a menu of everyday tasks on a terminal. Each task is the words of a command, and
//! choosing it runs exactly that command.

use portvakt_core::diag::{Lang, Text, text};

use super::people;
use crate::cli::ask::{Asker, Choice};
use crate::cli::output;
use crate::config::Format;

/// Asks which task is meant, and returns the words of its command. It is `None` without an answer.
pub(in crate::cli) fn task(lang: Lang, format: Format) -> Option<Vec<String>> {
    let ask = Asker::before_options(lang, format);
    let question = text!(en: "What do you want to do", nb: "Hva vil du gjøre");
    let chosen = ask.choose_or_leave(&question, "--help", &tasks()).and_then(|words| {
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        if words == ["explain"] {
            let who = people::who();
            words.push(ask.line(&who, "PERSON", None, |typed| {
                if typed.is_empty() { Err(people::say_a_name()) } else { Ok(typed.to_owned()) }
            })?);
        }
        Ok(words)
    });
    chosen.map_err(|why| output::err(why.0.get(lang))).ok()
}

/// Returns whether there is a terminal to ask at.
pub(in crate::cli) fn is_possible(lang: Lang, format: Format) -> bool {
    Asker::before_options(lang, format).at_a_terminal()
}

fn tasks() -> Vec<Choice<&'static [&'static str]>> {
    let choice = |value: &'static [&'static str], words: Text| Choice { value, words };
    vec![
        choice(&["grant"], text!(en: "give access", nb: "gi tilgang")),
        choice(&["extend"], text!(en: "extend an access", nb: "forlenge en tilgang")),
        choice(&["change"], text!(en: "change a role", nb: "endre rolle")),
        choice(&["move"], text!(en: "move to another trust", nb: "flytte til et annet helseforetak")),
        choice(&["end"], text!(en: "let an access end today", nb: "la en tilgang slutte i dag")),
        choice(
            &["revoke"],
            text!(en: "take an access back at once", nb: "trekke tilbake en tilgang med en gang"),
        ),
        choice(
            &["explain"],
            text!(en: "find out what somebody has, and why not more", nb: "finne ut hva noen har, og hvorfor ikke mer"),
        ),
        choice(
            &["approve", "--waiting"],
            text!(en: "sign what waits for you", nb: "signere det som venter på deg"),
        ),
        choice(&["send"], text!(en: "send what is not sent", nb: "sende det som ikke er sendt")),
        choice(&["requests"], text!(en: "see the applications that wait", nb: "se søknadene som venter")),
        choice(&["reject"], text!(en: "reject an application", nb: "avvise en søknad")),
        choice(
            &["review", "start"],
            text!(en: "make the list for the review of the users", nb: "lage listen til kontrollen av brukerne"),
        ),
        choice(
            &["review", "answer"],
            text!(en: "answer the review of the users", nb: "svare på kontrollen av brukerne"),
        ),
        choice(
            &["key", "revoke"],
            text!(en: "revoke a lost or stolen key", nb: "sperre en mistet eller stjålet nøkkel"),
        ),
    ]
}
