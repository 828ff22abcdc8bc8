//! Texts from outside (a library's error, a server's message) as one short plain line.

use std::error::Error;

use portvakt_core::diag::{Text, text};
use portvakt_core::invisible::is_invisible;

/// The longest line, in characters.
const LONGEST: usize = 300;

/// Makes a text from outside one short line. It removes invisible characters, and characters that change the
/// direction of the text.
#[must_use]
pub fn line(text: &str) -> String {
    let line: String = text.chars().map(|c| if is_invisible(c) { ' ' } else { c }).take(LONGEST).collect();
    line.trim().to_owned()
}

/// Returns the innermost cause of an error. It says what happened. The outer errors mostly repeat the address, which
/// the messages of this program name already.
#[must_use]
pub fn cause(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(deeper) = last.source() {
        last = deeper;
    }
    plainly(&line(&last.to_string()))
}

/// TLS messages about certificates, in English and in bokmål.
const CERTIFICATES: [(&str, &str, &str); 6] = [
    (
        "CaUsedAsEndEntity",
        "the server shows the certificate of an authority (CA:TRUE) as its own; it needs a certificate that such an \
         authority has signed",
        "tjeneren viser sertifikatet til en utsteder (CA:TRUE) som sitt eget; den trenger et sertifikat som en slik \
         utsteder har signert",
    ),
    (
        "UnknownIssuer",
        "the server's certificate is from an authority that is not known here; name it with the option for authorities",
        "sertifikatet til tjeneren er fra en utsteder som ikke er kjent her; oppgi den med valget for utstedere",
    ),
    (
        "NotValidForName",
        "the server's certificate is for another name",
        "sertifikatet til tjeneren gjelder et annet navn",
    ),
    ("Expired", "the server's certificate has run out", "sertifikatet til tjeneren har gått ut"),
    (
        "NotValidYet",
        "the server's certificate is not valid yet; is the clock right?",
        "sertifikatet til tjeneren gjelder ikke ennå; går klokken riktig?",
    ),
    (
        "UnsupportedCertVersion",
        "the server's certificate is of an old version (X.509 before version 3)",
        "sertifikatet til tjeneren er av en gammel versjon (X.509 før versjon 3)",
    ),
];

/// Replaces a TLS message about a certificate by words for people. Other texts stay as they are.
#[must_use]
pub fn plainly(text: &str) -> String {
    certificate(text).map_or_else(|| text.to_owned(), |told| told.en().to_owned())
}

/// Returns words for people in place of a TLS message about a certificate, if the message is known here.
pub(super) fn certificate(said: &str) -> Option<Text> {
    if !said.contains("certificate") {
        return None;
    }
    let (word, en, nb) = CERTIFICATES.iter().find(|(word, ..)| said.contains(word))?;
    Some(text!(en: "{en} ({word})", nb: "{nb} ({word})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_not_taken_is_told_in_words() {
        let told = plainly("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))");
        assert!(told.contains("certificate of an authority") && !told.contains("OtherError"), "{told}");
        assert!(plainly("invalid peer certificate: UnknownIssuer").contains("not known here"));
        for other in ["connection refused", "invalid peer certificate: BadEncoding", "Expired"] {
            assert_eq!(plainly(other), other);
        }
    }

    #[test]
    fn a_text_from_outside_cannot_turn_or_hide_what_stands_around_it() {
        assert_eq!(line(" a\nb\u{202e}c\u{2800}d\u{200b} "), "a b c d");
    }
}
