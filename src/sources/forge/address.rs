//! This module reads the setting `api`, or says in words why it is refused. Which addresses may be contacted is
//! decided by `portvakt-net`, for this client as for the others.

use portvakt_core::diag::{Text, text};
use portvakt_net::{ConnectionReach, Forbidden, Typed, WebError};
use reqwest::Url;

use super::ForgeError;

/// Reads and checks the setting `api`.
pub(super) fn api_address(api: &str) -> Result<(Url, ConnectionReach), ForgeError> {
    portvakt_net::service_address(api).map_err(|why| match why {
        WebError::Place(Forbidden(address)) => ForgeError::Place { address },
        other => ForgeError::Address { api: Typed::from(api).to_string(), why: words(other) },
    })
}

fn words(why: WebError) -> Text {
    match why {
        WebError::Form => text!(en: "is not an address", nb: "er ingen adresse"),
        WebError::Secret => text!(
            en: "holds a name or a password",
            nb: "inneholder et navn eller et passord"
        ),
        WebError::Tail => text!(en: "goes on with `?` or `#`", nb: "fortsetter med `?` eller `#`"),
        WebError::Plain => text!(
            en: "is `http`: the token would cross the network in the open; use `https`",
            nb: "er `http`: tokenet ville gå ukryptert over nettet; bruk `https`"
        ),
        WebError::Scheme | WebError::Place(_) => text!(
            en: "does not begin with `https://`",
            nb: "begynner ikke med `https://`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_address_is_not_repeated() {
        for wrong in [
            "https://name:hemmelig@gitlab.example.no",
            "https://name:hemmelig@[::1",
            "https://gitlab.example.no?token=hemmelig",
            "http://hemmelig@",
        ] {
            let error = api_address(wrong).unwrap_err();
            assert!(matches!(error, ForgeError::Address { .. }), "{wrong}");
            assert!(!format!("{error} {error:?} {:?}", error.words()).contains("hemmelig"), "{error}");
        }
    }
}
