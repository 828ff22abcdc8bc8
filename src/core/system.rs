//! Errors of the operating system, in words for people in both languages. The English text is the system's own. In
//! bokmål the usual errors have words of this program, and all others are quoted. An error of a library is told with
//! its causes. An error is a value here: nothing is opened or asked.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::invisible::is_invisible;
use crate::text::Text;

/// The most characters of a message that are shown.
const LONGEST: usize = 300;

/// Tells people what the system says about a file, an address or a connection.
#[must_use]
pub fn said(error: &io::Error) -> Text {
    let said = error.to_string();
    let said: String = said.chars().map(|c| if is_invisible(c) { ' ' } else { c }).take(LONGEST).collect();
    // An error that a library has made has its own words.
    let known = if error.get_ref().is_none() { kind_in_bokmal(error.kind()) } else { None };
    match known {
        Some(nb) => Text::new(said, nb),
        None => Text::said(said),
    }
}

/// Returns the text of an error, followed by what each of its causes adds, in English. A cause that the text already
/// has is left out, because libraries repeat it.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

fn kind_in_bokmal(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NotFound => "filen eller mappen finnes ikke",
        ErrorKind::PermissionDenied => "denne brukeren har ikke lov til det",
        ErrorKind::AlreadyExists => "det finnes noe der allerede",
        ErrorKind::NotADirectory => "en del av stien er ingen mappe",
        ErrorKind::IsADirectory => "det er en mappe",
        ErrorKind::ReadOnlyFilesystem => "filsystemet kan bare leses",
        ErrorKind::StorageFull => "disken er full",
        ErrorKind::InvalidData => "innholdet er ikke tekst i UTF-8",
        ErrorKind::ConnectionRefused => "forbindelsen ble avvist",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "forbindelsen ble brutt"
        }
        ErrorKind::UnexpectedEof => "det kom for lite",
        ErrorKind::TimedOut => "det kom ikke noe svar i tide",
        ErrorKind::HostUnreachable => "maskinen kan ikke nås",
        ErrorKind::NetworkUnreachable => "nettverket kan ikke nås",
        ErrorKind::AddrInUse => "adressen er i bruk av et annet program",
        ErrorKind::AddrNotAvailable => "denne maskinen har ikke adressen",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn the_systems_errors_are_put_into_words_and_others_are_quoted() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(said(&refused).get(Lang::Nb), "forbindelsen ble avvist");
        assert_eq!(said(&refused).en(), refused.to_string());
        let other = io::Error::other("no such thing");
        assert_eq!(said(&other).get(Lang::Nb), "«no such thing»");
    }

    #[test]
    fn each_cause_is_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("{says}")]
        struct Told {
            says: &'static str,
            source: Option<Box<Told>>,
        }
        let told = |says, source: Option<Told>| Told { says, source: source.map(Box::new) };
        let error = told("a: b", Some(told("b", Some(told("c", None)))));
        assert_eq!(with_causes(&error), "a: b: c");
    }
}
