//! Texts from outside (a library's error, a server's message) as one short plain line.

use std::error::Error;

/// The longest line, in characters.
const LONGEST: usize = 300;

/// Makes a text from outside one short line without control characters.
#[must_use]
pub fn line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    line.trim().to_owned()
}

/// Gives the innermost cause of an error. It says what happened; the outer ones mostly repeat the address, which the
/// messages of this program name already.
#[must_use]
pub fn cause(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(deeper) = last.source() {
        last = deeper;
    }
    line(&last.to_string())
}
