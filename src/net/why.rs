//! The innermost cause of an error of a library, for people in both languages. It is shown once, although libraries
//! repeat it at each of their levels.

use std::error::Error;
use std::io;

use portvakt_core::diag::Text;

use super::line::{cause, certificate, line};
use super::{Forbidden, LookupError, RefusedAddress, system};

/// Returns the innermost cause of an error, as [`cause`] gives it in English.
#[must_use]
pub fn why(error: &(dyn Error + 'static)) -> Text {
    let mut last = error;
    while let Some(deeper) = last.source() {
        last = deeper;
    }
    if let Some(error) = last.downcast_ref::<io::Error>()
        && error.get_ref().is_none()
    {
        return system(error);
    }
    if let Some(place) = last.downcast_ref::<Forbidden>() {
        return place.words();
    }
    if let Some(refused) = last.downcast_ref::<RefusedAddress>() {
        return refused.words();
    }
    if let Some(unknown) = last.downcast_ref::<LookupError>() {
        return unknown.words();
    }
    certificate(&line(&last.to_string())).unwrap_or_else(|| Text::said(cause(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portvakt_core::diag::Lang;

    #[test]
    fn the_cause_is_told_once_and_in_words_where_it_is_known() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(why(&refused), system(&refused));
        let certificate = io::Error::other("invalid peer certificate: UnknownIssuer");
        let told = why(&certificate);
        assert!(told.get(Lang::Nb).starts_with("sertifikatet til tjeneren"), "{told:?}");
        assert_eq!(told.en(), cause(&certificate));
        assert_eq!(why(&io::Error::other("x")).get(Lang::Nb), "«x»");
    }
}
