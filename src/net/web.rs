//! Clients of HTTP, all with the same restrictions: no redirection, no proxy, no `Referer`, no unencrypted connection
//! to another machine, and only addresses that were judged.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portvakt_core::diag::{Text, text};
use reqwest::Url;
use reqwest::redirect::Policy;

use super::lookup::Guarded;
use super::{ConnectionReach, Forbidden, is_here, literal};

/// The reason why a text is not an address of a service that may be contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// The text is not an address.
    Form,
    /// The address contains a name or a password.
    Secret,
    /// The address contains `?` or `#`.
    Tail,
    /// The address is `http`, and the machine is another one.
    Plain,
    /// The address is neither `https` nor `http`.
    Scheme,
    /// The address is one that is never contacted.
    Place(#[from] Forbidden),
}

impl WebError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Form => text!(en: "it is no address", nb: "det er ingen adresse"),
            Self::Secret => text!(
                en: "a name or a password stands in it",
                nb: "det står et navn eller et passord i den"
            ),
            Self::Tail => text!(en: "it goes on with `?` or `#`", nb: "den fortsetter med `?` eller `#`"),
            Self::Plain => text!(
                en: "it is `http`, and the machine is another one",
                nb: "den er `http`, og maskinen er en annen"
            ),
            Self::Scheme => text!(
                en: "it does not begin with `https://`",
                nb: "den begynner ikke med `https://`"
            ),
            Self::Place(place) => place.words(),
        }
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Reads the address of a service, and says how far its client may go.
///
/// # Errors
/// Fails when the address is not `https` (or `http` to this machine), holds more than a host and a path, or is one that
/// is never contacted.
pub fn service_address(text: &str) -> Result<(Url, ConnectionReach), WebError> {
    let url = Url::parse(text).map_err(|_| WebError::Form)?;
    let host = url.host_str().ok_or(WebError::Form)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(WebError::Secret);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(WebError::Tail);
    }
    let reach = match url.scheme() {
        "https" => ConnectionReach::Anywhere,
        "http" if is_here(host) => ConnectionReach::Here,
        "http" => return Err(WebError::Plain),
        _ => return Err(WebError::Scheme),
    };
    if let Some(address) = literal(host) {
        reach.allows(address)?;
    }
    Ok((url, reach))
}

const AGENT: &str = concat!("portvakt/", env!("CARGO_PKG_VERSION"));

macro_rules! closed {
    ($builder:expr, $reach:expr, $connect:expr, $answer:expr) => {{
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // This fails when another thread was faster. In that case a provider is already installed.
            drop(rustls::crypto::ring::default_provider().install_default());
        }
        $builder
            .user_agent(AGENT)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .https_only($reach == ConnectionReach::Anywhere)
            .connect_timeout($connect)
            .timeout($answer)
            .dns_resolver(Arc::new(Guarded($reach)))
    }};
}

/// Returns a client that may go this far, with the longest times for a connection and for a whole answer. The address
/// in a request must be one that [`service_address`] has read, because a number is not looked up.
pub fn client(reach: ConnectionReach, connect: Duration, answer: Duration) -> reqwest::ClientBuilder {
    closed!(reqwest::Client::builder(), reach, connect, answer)
}

/// Returns the same client, for a thread that may wait.
pub fn blocking_client(
    reach: ConnectionReach,
    connect: Duration,
    answer: Duration,
) -> reqwest::blocking::ClientBuilder {
    closed!(reqwest::blocking::Client::builder(), reach, connect, answer)
}
