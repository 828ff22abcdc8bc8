//! Errors of the operating system, in words for people in both languages. The English text is the system's own. In
//! bokmål the usual errors have words of this program, and all others are quoted. What people can do about an error is
//! told by its kind. An error of a library is told with its causes. An error is a value here: nothing is opened or asked.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::invisible::is_invisible;
use crate::text::{Text, text};

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

/// Returns the next step after an error at a file or a folder: what the kind of the error asks for.
#[must_use]
pub fn way_out(error: &io::Error) -> Text {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => text!(
            en: "Make room on that disk, or name a place on another one; then run this again.",
            nb: "Frigjør plass på disken, eller oppgi et sted på en annen; kjør så dette på nytt."
        ),
        ErrorKind::ReadOnlyFilesystem => text!(
            en: "Nothing can be written on that file system: have it mounted for writing, or name another place.",
            nb: "Ingenting kan skrives på det filsystemet: få det montert for skriving, eller oppgi et annet sted."
        ),
        ErrorKind::NotFound | ErrorKind::NotADirectory => text!(
            en: "Check the path: the file, or a folder above it, is not there.",
            nb: "Kontroller stien: filen, eller en mappe over den, finnes ikke."
        ),
        ErrorKind::IsADirectory => text!(
            en: "Name a file: a folder stands at this path.",
            nb: "Oppgi en fil: på denne stien ligger en mappe."
        ),
        ErrorKind::PermissionDenied => text!(
            en: "Give the user who runs this the right to read and write there.",
            nb: "Gi brukeren som kjører dette, rett til å lese og skrive der."
        ),
        _ => text!(
            en: "Mend what the system says about that place, then run this again.",
            nb: "Rett det som systemet sier om stedet, og kjør så dette på nytt."
        ),
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
        ErrorKind::QuotaExceeded => "det er ikke plass til mer innenfor kvoten",
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
    fn the_next_step_is_that_of_the_kind_of_the_error() {
        for (code, says) in [
            (28, "Make room on that disk"),
            (122, "Make room on that disk"),
            (30, "mounted for writing"),
            (2, "Check the path"),
            (20, "Check the path"),
            (21, "Name a file"),
            (13, "the right to read and write"),
            (5, "Mend what the system says"),
        ] {
            let told = way_out(&io::Error::from_raw_os_error(code));
            assert!(told.en().contains(says), "{code}: {told:?}");
            assert_eq!(told.en().contains("right"), code == 13, "{code}: {told:?}");
        }
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
