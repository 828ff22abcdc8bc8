//! The address of a SCIM service, and the addresses that are never contacted.
//!
//! The address is `https`, or `http` on this host alone. Private addresses are allowed, because hospitals keep their
//! servers there. Link-local addresses are refused, and so are the addresses where cloud providers hand out
//! credentials. Nobody keeps a register there, and a mistyped or planted address must not receive a token. Names are
//! checked when they are looked up, so a name that leads to such an address is refused too.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use portvakt_core::diag::{Text, text};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The base address of a service, such as `https://register.example.no/scim/v2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

/// The reason why a text is not an address of a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is not a URL.
    #[error("it is no address: {0}")]
    Url(String),
    /// It is neither `https` nor `http` on this host.
    #[error("`https` is needed; `http` is for this host alone (`http://127.0.0.1:PORT/…`)")]
    Plain,
    /// The address contains a user or a password.
    #[error("a name or password never stands in the address; give the token in a file (`--scim-token FILE`)")]
    Secret,
    /// The address contains `?` or `#`.
    #[error("the address of the service ends with its path; nothing follows it")]
    Tail,
    /// Nobody keeps a register at an address of this kind.
    #[error("{0}")]
    Forbidden(Forbidden),
}

/// An address that is never contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is a link-local or special address, and no register is there")]
pub struct Forbidden(IpAddr);

impl AddressError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Url(why) => text!(en: "it is no address: {why}", nb: "det er ingen adresse: {why}"),
            Self::Plain => Text::new(
                self.to_string(),
                "`https` er påkrevd; `http` er bare for denne maskinen (`http://127.0.0.1:PORT/…`)",
            ),
            Self::Secret => Text::new(
                self.to_string(),
                "navn eller passord står aldri i adressen; oppgi tokenet i en fil (`--scim-token FILE`)",
            ),
            Self::Tail => Text::new(
                self.to_string(),
                "adressen til tjenesten slutter med stien; ingenting følger etter",
            ),
            Self::Forbidden(Forbidden(address)) => Text::new(
                self.to_string(),
                format!(
                    "`{address}` er en lenkelokal eller særskilt adresse, og der er det ikke noe register"
                ),
            ),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url = Url::parse(text).map_err(|why| AddressError::Url(why.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Secret);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::Tail);
        }
        let literal = literal(&url);
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => {}
            ("http", Some("localhost")) => {}
            ("http", Some(_)) if literal.is_some_and(|address| address.is_loopback()) => {}
            _ => return Err(AddressError::Plain),
        }
        if let Some(address) = literal {
            allowed(address).map_err(AddressError::Forbidden)?;
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl Address {
    /// Gives the address itself, for a service that is one address and not a base.
    #[must_use]
    pub fn url(&self) -> Url {
        self.0.clone()
    }

    /// Gives an address below the base. Each part is one step of the path, whatever characters it has.
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

    /// Whether the address is `http`. Then names must lead to this host.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Cloud providers hand out credentials at these addresses, outside the link-local ranges.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

/// Checks that a register may be at this address.
///
/// # Errors
/// Fails for link-local, metadata, multicast and unspecified addresses.
pub fn allowed(address: IpAddr) -> Result<(), Forbidden> {
    let real = match address {
        IpAddr::V6(v6) => within(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let special = match real {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast() || v4.is_multicast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast(),
    };
    if special || METADATA.contains(&real) { Err(Forbidden(address)) } else { Ok(()) }
}

/// Gives the IPv4 address that an IPv6 address stands for: mapped (`::ffff:a.b.c.d`) or translated (`64:ff9b::`).
fn within(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [first, second, .., high, low] = v6.segments();
    let translated = first == 0x64 && second == 0xff9b;
    let four = || {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    v6.to_ipv4_mapped().or_else(|| translated.then(four))
}

/// Looks names up with the system, and refuses forbidden addresses.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// It is set for `http`: only this host is allowed.
    pub here_only: bool,
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let here_only = self.here_only;
        Box::pin(async move {
            let found: Vec<std::net::SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                allowed(address.ip())?;
                if here_only && !address.ip().is_loopback() {
                    return Err(format!("`{}` is not on this host", name.as_str()).into());
                }
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
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
            assert!(right.parse::<Address>().is_ok(), "{right}");
        }
        for (wrong, why) in [
            ("http://register.example.no/v2", AddressError::Plain),
            ("http://10.0.0.5/v2", AddressError::Plain),
            ("ftp://localhost/v2", AddressError::Plain),
            ("https://a:b@register.example.no/", AddressError::Secret),
            ("https://register.example.no/?a=b", AddressError::Tail),
        ] {
            assert_eq!(wrong.parse::<Address>(), Err(why), "{wrong}");
        }
    }

    #[test]
    fn credentials_are_never_sent_to_where_clouds_hand_them_out() {
        for wrong in [
            "169.254.169.254",
            "fe80::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "fd00:ec2::254",
            "100.100.100.200",
            "0.0.0.0",
            "224.0.0.1",
        ] {
            assert!(allowed(wrong.parse().unwrap()).is_err(), "{wrong}");
        }
        assert!("https://169.254.169.254/scim".parse::<Address>().is_err());
        assert!("https://[::ffff:a9fe:a9fe]/scim".parse::<Address>().is_err());
        for right in ["10.1.2.3", "192.168.0.1", "172.16.0.1", "127.0.0.1", "fd12::1", "::1", "192.0.2.7"] {
            assert!(allowed(right.parse().unwrap()).is_ok(), "{right}");
        }
    }

    #[test]
    fn ids_are_one_step_of_the_path_and_endpoints_stay_on_the_server() {
        let base: Address = "https://r.example.no/scim/v2/".parse().unwrap();
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
