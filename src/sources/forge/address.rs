//! This module decides which addresses the client may contact, because the token is sent there. The decision is made
//! before a connection, and again for every address that a name resolves to. A name server could answer with the
//! metadata service of a cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use portvakt_core::diag::text;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::ForgeError;

/// The range of addresses that the connection may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// With `http`, only this machine is allowed.
    Loopback,
    /// With `https`, any address is allowed where a forge can be.
    Anywhere,
}

/// Reads and checks the setting `api`.
pub(super) fn judge(api: &str) -> Result<(Url, Reach), ForgeError> {
    let wrong = |why| ForgeError::Address { api: api.to_owned(), why };
    let url = Url::parse(api).map_err(|_| wrong(text!(en: "is not an address", nb: "er ingen adresse")))?;
    let host =
        url.host_str().ok_or_else(|| wrong(text!(en: "names no machine", nb: "nevner ingen maskin")))?;
    if !url.username().is_empty() || url.password().is_some() {
        // The address itself may contain the secret, so it is not repeated.
        let why = text!(en: "holds a name or a password", nb: "inneholder et navn eller et passord");
        return Err(ForgeError::Address { api: format!("…@{host}"), why });
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(text!(en: "goes on with `?` or `#`", nb: "fortsetter med `?` eller `#`")));
    }
    let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    let here = host == "localhost" || literal.is_some_and(|address| address.to_canonical().is_loopback());
    let reach = match url.scheme() {
        "https" => Reach::Anywhere,
        "http" if here => Reach::Loopback,
        "http" => {
            return Err(wrong(text!(
                en: "is `http`: the token would cross the network in the open; use `https`",
                nb: "er `http`: tokenet ville gå ukryptert over nettet; bruk `https`"
            )));
        }
        _ => {
            return Err(wrong(text!(
                en: "does not begin with `https://`",
                nb: "begynner ikke med `https://`"
            )));
        }
    };
    match literal {
        Some(address) if !allowed(address, reach) => Err(ForgeError::Place { address }),
        _ => Ok((url, reach)),
    }
}

/// Tells whether an address may be contacted. Private networks are allowed, because a hospital's forge is in one.
/// Link-local addresses (RFC 3927, RFC 4291) and the metadata services of clouds are not allowed. The same holds for
/// addresses that do not name a single machine.
pub(super) fn allowed(address: IpAddr, reach: Reach) -> bool {
    let metadata: [IpAddr; 4] = [
        Ipv4Addr::new(100, 100, 100, 200).into(),
        Ipv4Addr::new(168, 63, 129, 16).into(),
        Ipv4Addr::new(192, 0, 0, 192).into(),
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254).into(),
    ];
    let address = plain(address);
    if reach == Reach::Loopback {
        return address.is_loopback();
    }
    let local = match address {
        IpAddr::V4(four) => four.is_link_local() || four.is_broadcast(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    };
    !(local || address.is_unspecified() || address.is_multicast() || metadata.contains(&address))
}

/// Converts an IPv6 address that contains an IPv4 address (mapped, RFC 4291; translated, RFC 6052) to that IPv4
/// address.
fn plain(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => match six.octets() {
            [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => Ipv4Addr::new(a, b, c, d).into(),
            _ => six.into(),
        },
        four @ IpAddr::V4(_) => four,
    }
}

/// A name resolved to an address that must not be contacted.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not spoken to")]
pub(super) struct Refused(pub IpAddr);

/// This uses the system's resolver and checks every address it returns. One forbidden address refuses the whole name.
#[derive(Debug)]
pub(super) struct Guarded(pub Reach);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if let Some(wrong) = found.iter().find(|place| !allowed(place.ip(), reach)) {
                return Err(Refused(wrong.ip()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        assert_eq!(judge("https://api.github.com").unwrap().1, Reach::Anywhere);
        for here in ["http://127.0.0.1:8080/api/v4", "http://localhost:1", "http://[::1]:1"] {
            assert_eq!(judge(here).unwrap().1, Reach::Loopback, "{here}");
        }
        for wrong in [
            "http://gitlab.example.no/api/v4",
            "http://10.0.0.1",
            "http://localhost.example.no",
            "ftp://127.0.0.1",
            "https://",
            "gitlab.example.no",
            "https://name:hemmelig@gitlab.example.no",
            "https://gitlab.example.no?x",
        ] {
            let error = judge(wrong).unwrap_err();
            assert!(matches!(error, ForgeError::Address { .. }), "{wrong}");
            assert!(!error.to_string().contains("hemmelig"), "{error}");
        }
    }

    #[test]
    fn metadata_and_link_local_are_not_spoken_to() {
        for wrong in [
            "https://169.254.169.254",
            "https://[fe80::1]",
            "https://[fd00:ec2::254]",
            "https://[::ffff:169.254.169.254]",
            "https://[64:ff9b::a9fe:a9fe]",
            "https://0.0.0.0",
            "https://2852039166",
            "https://100.100.100.200",
            "https://224.0.0.1",
        ] {
            assert!(matches!(judge(wrong), Err(ForgeError::Place { .. })), "{wrong}");
        }
        for right in ["https://10.1.2.3", "https://192.168.1.1", "https://[fd00::1]", "https://140.82.121.6"]
        {
            assert!(judge(right).is_ok(), "{right}");
        }
    }

    #[test]
    fn what_a_name_leads_to_is_looked_at() {
        // If `localhost` resolves to another machine, `http` sends nothing there.
        assert!(!allowed("10.0.0.1".parse().unwrap(), Reach::Loopback));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let name: Name = "169.254.169.254".parse().unwrap();
        let refused = runtime.block_on(Guarded(Reach::Anywhere).resolve(name)).err().unwrap();
        assert!(refused.downcast_ref::<Refused>().is_some());
        let name: Name = "localhost".parse().unwrap();
        assert!(runtime.block_on(Guarded(Reach::Loopback).resolve(name)).is_ok());
    }
}
