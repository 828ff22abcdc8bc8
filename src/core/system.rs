//! What the operating system says, for people in both languages. In English it stands as it was said. In bokmål the usual
//! errors are put into words, and all else is quoted. What a library says stands here with the causes that it gives. An
//! error is a value here: nothing is opened or asked.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::invisible::is_invisible;
use crate::text::Text;

/// The longest message that is told, in characters.
const LONGEST: usize = 300;

/// Tells people what the system says about a file, an address or a connection.
#[must_use]
pub fn said(error: &io::Error) -> Text {
    let said = error.to_string();
    let said: String = said.chars().map(|c| if is_invisible(c) { ' ' } else { c }).take(LONGEST).collect();
    // An error that a library has made carries words of its own.
    let known = if error.get_ref().is_none() { in_bokmal(error.kind()) } else { None };
    match known {
        Some(nb) => Text::new(said, nb),
        None => Text::said(said),
    }
}

/// Gives what an error says, and after it what each of its causes adds, in English. A cause that the text has already is
/// left out, because libraries repeat it.
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

fn in_bokmal(kind: ErrorKind) -> Option<&'static str> {
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
