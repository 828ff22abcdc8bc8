//! Asks for what no option has said. At a terminal a question is one line, or a short list with numbers. A part of the words of
//! a choice is enough too, and `q` leaves every question. Without a terminal nothing is asked, and the message names the option
//! that is missing. The everyday commands ask here, the reviews and `approve` too, so it is a room of its own.
//!
//! Whether there is somebody to ask is decided here alone. A program reads every format but the one for people, so a command
//! with such a format asks nothing, at a terminal either.
//!
//! ```text
//!  signals  a signal ends a question and the command in order
//!  sure     the question before most accesses of a trust end
//! ```

use std::io::{IsTerminal as _, Write as _};

use portvakt_author::fits;
use portvakt_core::diag::{Exit, Lang, Text, text};
use portvakt_core::invisible::is_invisible;

use super::output;
use crate::config::{Format, Global};

pub(super) mod signals;
pub(super) mod sure;

/// How often an answer that cannot be used is asked for again.
pub(super) const TRIES: usize = 5;

/// The reason why a command ends without an answer.
#[derive(Debug)]
pub(super) struct Unanswered(pub(super) Text);

impl Unanswered {
    /// Tells the reason, and ends the command.
    pub(super) fn exit(self, global: &Global) -> Exit {
        output::tell(global, &self.0);
        Exit::Usage
    }
}

/// Asks at the terminal, if there is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    lang: Lang,
    at_a_terminal: bool,
}

/// One answer of a list, with the words for it.
#[derive(Debug, Clone)]
pub(super) struct Choice<T> {
    pub(super) value: T,
    pub(super) words: Text,
}

impl Asker {
    pub(super) fn new(global: &Global) -> Self {
        Self::before_options(global.lang(), global.format)
    }

    /// Asks before the options have been read.
    pub(super) fn before_options(lang: Lang, format: Format) -> Self {
        let at_a_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self { lang, at_a_terminal: at_a_terminal && format == Format::Human }
    }

    /// Returns whether somebody can be asked.
    pub(super) fn at_a_terminal(self) -> bool {
        self.at_a_terminal
    }

    /// Returns the language of the questions.
    pub(super) fn lang(self) -> Lang {
        self.lang
    }

    /// Asks for one entry of a list. A list with one entry is not asked about. `usual` is the position, from 0, that an
    /// empty line chooses.
    pub(super) fn choose<T: Clone>(
        self,
        question: &Text,
        option: &str,
        choices: &[Choice<T>],
        usual: Option<usize>,
    ) -> Result<T, Unanswered> {
        self.choose_meant(question, option, choices, usual, |typed| by_words(typed, choices, self.lang))
    }

    /// The same where `meant` reads what is typed and is no number.
    pub(super) fn choose_meant<T: Clone>(
        self,
        question: &Text,
        option: &str,
        choices: &[Choice<T>],
        usual: Option<usize>,
        meant: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Unanswered> {
        self.chosen(question, option, choices, usual, |typed| typed == "q", meant)
    }

    /// The same where an empty line leaves the list, too.
    pub(super) fn choose_or_leave<T: Clone>(
        self,
        question: &Text,
        option: &str,
        choices: &[Choice<T>],
    ) -> Result<T, Unanswered> {
        let leaves = |typed: &str| typed.is_empty() || typed == "q";
        self.chosen(question, option, choices, None, leaves, |typed| by_words(typed, choices, self.lang))
    }

    fn chosen<T: Clone>(
        self,
        question: &Text,
        option: &str,
        choices: &[Choice<T>],
        usual: Option<usize>,
        leaves: impl Fn(&str) -> bool,
        meant: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Unanswered> {
        if let [only] = choices {
            return Ok(only.value.clone());
        }
        if choices.is_empty() || !self.at_a_terminal {
            return Err(missing(question, option));
        }
        let mut list = String::new();
        for (at, choice) in choices.iter().enumerate() {
            list.push_str(&format!("  {} {}\n", at + 1, choice.words.get(self.lang)));
        }
        let heading = text!(with question; en: "{question}:\n", nb: "{question}:\n");
        self.write(&format!("{}{list}", heading.get(self.lang)));
        let number = usual.map_or_else(
            Text::default,
            |usual| text!(en: " (Enter: {usual})", nb: " (Enter: {usual})"; usual = usual + 1),
        );
        let prompt = text!(with number; en: "Number{number}: ", nb: "Nummer{number}: ");
        let chosen = self.read(&prompt, |typed| {
            if typed.is_empty()
                && let Some(choice) = usual.and_then(|usual| choices.get(usual))
            {
                return Ok(Some(choice.value.clone()));
            }
            if leaves(typed) {
                return Ok(None);
            }
            let by_number =
                typed.parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
            let chosen = by_number.map(|choice| choice.value.clone()).or_else(|| meant(typed));
            chosen.map(Some).ok_or_else(|| {
                text!(
                    en: "Type a number from 1 to {most}, or more of the words of one; `q` leaves.",
                    nb: "Skriv et nummer fra 1 til {most}, eller mer av ordene for et valg; `q` avslutter.";
                    most = choices.len()
                )
            })
        })?;
        chosen.ok_or_else(left)
    }

    /// Asks for one line. `usual` says in words what an empty line means. `q` leaves.
    pub(super) fn line<T>(
        self,
        question: &Text,
        option: &str,
        usual: Option<&Text>,
        parse: impl Fn(&str) -> Result<T, Text>,
    ) -> Result<T, Unanswered> {
        if !self.at_a_terminal {
            return Err(missing(question, option));
        }
        let usual = usual.map_or_else(
            Text::default,
            |usual| text!(with usual; en: " (Enter: {usual})", nb: " (Enter: {usual})"),
        );
        let prompt = text!(with question, usual; en: "{question}{usual}: ", nb: "{question}{usual}: ");
        let answered =
            self.read(&prompt, |typed| if typed == "q" { Ok(None) } else { parse(typed).map(Some) })?;
        answered.ok_or_else(left)
    }

    /// Asks whether to continue. Without a terminal, `--yes` must have said so.
    pub(super) fn goes_on(self, question: &Text) -> Result<bool, Unanswered> {
        if !self.at_a_terminal {
            return Err(Unanswered(text!(
                with question;
                en: "{question} Nothing was written: without a terminal to ask at, say `--yes`.",
                nb: "{question} Ingenting ble skrevet: uten en terminal å spørre i, skriv `--yes`."
            )));
        }
        sure::forget_typed();
        let prompt = text!(with question; en: "{question} [y/N] ", nb: "{question} [j/N] ");
        self.read(&prompt, |typed| Ok(["y", "yes", "j", "ja"].contains(&typed.to_lowercase().as_str())))
    }

    fn read<T>(self, prompt: &Text, parse: impl Fn(&str) -> Result<T, Text>) -> Result<T, Unanswered> {
        for _ in 0..TRIES {
            self.write(prompt.get(self.lang));
            let Some(typed) = signals::next_typed_line() else { break };
            let read = if has_unseen(&typed) { Err(unseen()) } else { parse(typed.trim()) };
            match read {
                Ok(value) => return Ok(value),
                Err(why) => output::err(why.get(self.lang)),
            }
        }
        Err(left())
    }

    fn write(self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _gone = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

/// Whether a typed line holds a character that cannot be seen, such as those that an arrow key sends. No file may have one, so it is
/// told at the question and not after the last one. A space of any kind is none.
fn has_unseen(typed: &str) -> bool {
    typed.chars().any(|c| is_invisible(c) && !c.is_whitespace())
}

fn unseen() -> Text {
    text!(
        en: "The answer holds a character that cannot be seen, such as that of an arrow key: type it again.",
        nb: "Svaret inneholder et tegn som ikke synes, slik som det fra en piltast: skriv det på nytt."
    )
}

/// The value of the one choice whose words are meant. A number is never words: it is the place in the list.
fn by_words<T: Clone>(typed: &str, choices: &[Choice<T>], lang: Lang) -> Option<T> {
    if typed.chars().count() < 2 || typed.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    match fits(typed, choices, |choice| vec![choice.words.get(lang)]).as_slice() {
        [one] => Some(one.value.clone()),
        _ => None,
    }
}

/// The value of the one thing that one of its names means, such as its id, which the list of choices does not show.
pub(super) fn by_names<T: Clone>(typed: &str, named: &[(T, Vec<String>)]) -> Option<T> {
    if typed.chars().count() < 2 {
        return None;
    }
    match fits(typed, named, |(_, names)| names.iter().map(String::as_str).collect()).as_slice() {
        [(value, _)] => Some(value.clone()),
        _ => None,
    }
}

/// One of several: the only one, or the one that is chosen at the terminal. Each has the names that it may be called by. The
/// first is shown. It is `None` without an answer, which is told.
pub(super) fn one_of<T: Clone>(
    global: &Global,
    question: &Text,
    option: &str,
    among: &[(T, Vec<String>)],
) -> Option<T> {
    let shown = |names: &[String]| Text::same(names.first().map_or("", String::as_str));
    let choices: Vec<Choice<T>> =
        among.iter().map(|(value, names)| Choice { value: value.clone(), words: shown(names) }).collect();
    let asker = Asker::new(global);
    let chosen = asker.choose_meant(question, option, &choices, None, |typed| by_names(typed, among));
    chosen.map_err(|why| output::tell(global, &why.0)).ok()
}

fn missing(question: &Text, option: &str) -> Unanswered {
    Unanswered(text!(
        with question;
        en: "error: it is not said: {question}; say it with `{option}`",
        nb: "feil: det er ikke sagt: {question}; oppgi det med `{option}`"
    ))
}

/// The words for a command that was left before it wrote.
pub(super) fn nothing_was_written() -> Text {
    text!(en: "Nothing was written.", nb: "Ingenting ble skrevet.")
}

fn left() -> Unanswered {
    Unanswered(nothing_was_written())
}
