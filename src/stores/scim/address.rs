//! The address of a SCIM service. It has `https`, or `http` on this host alone, and nothing after its path.
//! `portvakt-net` decides which addresses are never contacted, for this client as for the others.

use std::fmt;
use std::str::FromStr;

use portvakt_core::diag::{Text, text};
use portvakt_net::{ConnectionReach, Forbidden, WebError, service_address};
use reqwest::Url;

/// The base address of a service, such as `https://register.example.no/scim/v2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAddress(Url);

/// The reason why a text is not an address of a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceAddressError {
    /// The text is not a URL.
    Url,
    /// It is neither `https` nor `http` on this host.
    Plain,
    /// The address contains a user or a password.
    Secret,
    /// The address contains `?` or `#`.
    Tail,
    /// Nobody keeps a register at an address of this kind.
    Forbidden(Forbidden),
}

impl ServiceAddressError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Url => text!(en: "it is no address", nb: "det er ingen adresse"),
            Self::Plain => text!(
                en: "`https` is needed; `http` is for this host alone (`http://127.0.0.1:PORT/…`)",
                nb: "`https` er påkrevd; `http` er bare for denne maskinen (`http://127.0.0.1:PORT/…`)"
            ),
            Self::Secret => text!(
                en: "a name or password never stands in the address; give the token in a file (`--scim-token FILE`)",
                nb: "navn eller passord står aldri i adressen; oppgi tokenet i en fil (`--scim-token FIL`)"
            ),
            Self::Tail => text!(
                en: "the address of the service ends with its path; nothing follows it",
                nb: "adressen til tjenesten slutter med stien; ingenting følger etter"
            ),
            Self::Forbidden(place) => place.words(),
        }
    }
}

impl fmt::Display for ServiceAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl FromStr for ServiceAddress {
    type Err = ServiceAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut url, _) = service_address(text).map_err(|why| match why {
            WebError::Form => ServiceAddressError::Url,
            WebError::Secret => ServiceAddressError::Secret,
            WebError::Tail => ServiceAddressError::Tail,
            WebError::Plain | WebError::Scheme => ServiceAddressError::Plain,
            WebError::Place(place) => ServiceAddressError::Forbidden(place),
        })?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl fmt::Display for ServiceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl ServiceAddress {
    /// Returns the address itself, for a service that is one address and not a base.
    #[must_use]
    pub fn url(&self) -> Url {
        self.0.clone()
    }

    /// Returns an address below the base. Each part is one step of the path, whatever characters it has.
    #[must_use]
    pub fn below(&self, parts: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Reads an endpoint that the service names (`/Users`) as parts of a path below the base. `None` if it leads to
    /// another server.
    #[must_use]
    pub fn endpoint(&self, text: &str) -> Option<Vec<String>> {
        let parts = |path: &str| -> Vec<String> {
            path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let path = match Url::parse(text) {
            Ok(url) => {
                if url.origin() != self.0.origin() {
                    return None;
                }
                url.path().strip_prefix(self.0.path().trim_end_matches('/'))?.to_owned()
            }
            // Some services name the whole path instead of the path below the base.
            Err(_) => {
                let base = self.0.path().trim_end_matches('/');
                let below = text.strip_prefix(base).filter(|rest| !base.is_empty() && rest.starts_with('/'));
                below.unwrap_or(text).to_owned()
            }
        };
        let parts = parts(&path);
        let plain = !parts.is_empty() && parts.iter().all(|part| part != "." && part != "..");
        plain.then_some(parts)
    }

    /// Returns how far a connection may go. With `http` it may only reach this host.
    #[must_use]
    pub fn reach(&self) -> ConnectionReach {
        if self.0.scheme() == "https" { ConnectionReach::Anywhere } else { ConnectionReach::Here }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_host() {
        for right in [
            "https://register.example.no/scim/v2",
            "https://10.0.0.5/scim",
            "https://192.168.1.9:8443/",
            "http://127.0.0.1:8080/v2",
            "http://[::1]:8080/v2/",
            "http://localhost:8080",
        ] {
            assert!(right.parse::<ServiceAddress>().is_ok(), "{right}");
        }
        for (wrong, why) in [
            ("http://register.example.no/v2", ServiceAddressError::Plain),
            ("http://10.0.0.5/v2", ServiceAddressError::Plain),
            ("ftp://localhost/v2", ServiceAddressError::Plain),
            ("https://a:b@register.example.no/", ServiceAddressError::Secret),
            ("https://register.example.no/?a=b", ServiceAddressError::Tail),
        ] {
            assert_eq!(wrong.parse::<ServiceAddress>(), Err(why), "{wrong}");
        }
    }

    #[test]
    fn ids_are_one_step_of_the_path_and_endpoints_stay_on_the_server() {
        let base: ServiceAddress = "https://r.example.no/scim/v2/".parse().unwrap();
        assert_eq!(
            base.below(&["Users", "a/../b?c"]).as_str(),
            "https://r.example.no/scim/v2/Users/a%2F..%2Fb%3Fc"
        );
        assert_eq!(base.endpoint("/Users"), Some(vec!["Users".to_owned()]));
        assert_eq!(base.endpoint("https://r.example.no/scim/v2/People"), Some(vec!["People".to_owned()]));
        assert_eq!(base.endpoint("https://other.example.no/scim/v2/Users"), None);
        assert_eq!(base.endpoint("/../Users"), None);
    }
}
