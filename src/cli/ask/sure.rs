//! Asks once more, by a number, before a user lets most of a trust's accesses end. A `--yes` in a script is not enough
//! for that.

use std::io::Write as _;

use portvakt_core::diag::{Exit, Text, text, with_full_stop};
use portvakt_core::model::FilePath;

use super::{Asker, signals};
use crate::cli::output;
use crate::config::Global;

/// Drops what was typed before a question stood there: it is no answer to it. Where no terminal is, nothing is dropped.
pub(in crate::cli) fn forget_typed() {
    let _none = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// The words for a command that ends without having done anything.
pub(in crate::cli) fn nothing_done() -> Text {
    text!(en: "Nothing was done", nb: "Ingenting ble gjort")
}

/// Continues if the user types the number of accesses that would end, or has given `--ends-most`. `otherwise` says what
/// happens if they do neither, without a full stop.
///
/// # Errors
/// The user did neither. The error is the exit code.
pub(in crate::cli) fn of_the_ends(
    global: &Global,
    list: &FilePath,
    (ended, all): (usize, usize),
    said: bool,
    otherwise: &Text,
) -> Result<(), Exit> {
    if said {
        return Ok(());
    }
    let question = text!(
        en: "{list}: {ended} of {all} accesses would end.",
        nb: "{list}: {ended} av {all} tilganger ville bli avsluttet."
    );
    if !Asker::new(global).at_a_terminal() {
        output::tell(
            global,
            &text!(
                with question, otherwise;
                en: "{question} {otherwise}: without a terminal to ask at, say `--ends-most`.",
                nb: "{question} {otherwise}: uten en terminal å spørre i, skriv `--ends-most`."
            ),
        );
        return Err(Exit::Usage);
    }
    let asked = text!(
        with question;
        en: "{question} Type that number if it is meant: ",
        nb: "{question} Skriv det tallet hvis det er meningen: "
    );
    let mut stderr = std::io::stderr().lock();
    let _gone = stderr.write_all(asked.get(global.lang()).as_bytes()).and_then(|()| stderr.flush());
    drop(stderr);
    if signals::next_typed_line().is_some_and(|typed| typed.trim() == ended.to_string()) {
        return Ok(());
    }
    output::tell(global, &otherwise.changed(with_full_stop));
    Err(Exit::Findings)
}
