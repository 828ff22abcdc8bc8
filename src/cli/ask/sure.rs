//! Asks once more, by a number, before a user lets most of a trust's accesses end. A `--yes` in a script is not enough
//! for that.

use std::io::Write as _;

use portvakt_core::diag::{Exit, text};
use portvakt_core::model::FilePath;

use super::{Asker, signals};
use crate::cli::output;
use crate::config::Global;

/// Drops what was typed before a question stood there: it is no answer to it. Where no terminal is, nothing is dropped.
pub(in crate::cli) fn forget_typed() {
    let _none = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Continues if the user types the number of accesses that would end, or has given `--ends-most`.
///
/// # Errors
/// The user did neither. The error is the exit code, and nothing was written or signed.
pub(in crate::cli) fn of_the_ends(
    global: &Global,
    list: &FilePath,
    (ended, all): (usize, usize),
    said: bool,
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
                with question;
                en: "{question} Nothing was done: without a terminal to ask at, say `--ends-most`.",
                nb: "{question} Ingenting ble gjort: uten en terminal å spørre i, skriv `--ends-most`."
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
    output::tell(global, &text!(en: "Nothing was done.", nb: "Ingenting ble gjort."));
    Err(Exit::Findings)
}
