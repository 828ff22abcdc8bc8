//! Looks names up with the system. Every address of a name is judged. If one address is refused, the whole name is
//! refused. The connection uses the judged addresses and does not look the name up again. So a name server cannot
//! give one answer to the judge and another one to the connection.

use std::fmt;
use std::net::SocketAddr;

use portvakt_core::diag::{Text, text};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{ConnectionReach, Forbidden, line, system};

/// The reason why the address of a name is not contacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusedAddress {
    /// The address is special.
    Forbidden(#[from] Forbidden),
    /// The address is another machine's, and only this machine is allowed.
    Elsewhere {
        /// The name that was looked up.
        name: String,
        /// The address that it leads to.
        address: std::net::IpAddr,
    },
}

impl RefusedAddress {
    /// Returns the address that is not contacted.
    #[must_use]
    pub fn address(&self) -> std::net::IpAddr {
        match self {
            Self::Forbidden(Forbidden(address)) | Self::Elsewhere { address, .. } => *address,
        }
    }

    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Forbidden(place) => place.words(),
            Self::Elsewhere { name, .. } => {
                text!(en: "`{name}` is not on this host", nb: "`{name}` er ikke på denne maskinen")
            }
        }
    }
}

impl fmt::Display for RefusedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The reason why a name gives no address.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The name leads to an address that is not contacted.
    Refused(#[from] RefusedAddress),
    /// The system knows no such name, or it cannot ask.
    Unknown(#[from] std::io::Error),
    /// The system knows the name, but no address of it.
    Nowhere,
}

impl LookupError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Refused(refused) => refused.words(),
            Self::Unknown(error) => {
                let why = system(error);
                text!(with why; en: "{why}", nb: "navnet kan ikke slås opp: {why}")
            }
            Self::Nowhere => text!(en: "it has no address", nb: "navnet har ingen adresse"),
        }
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Looks up a host (a name or a number) and judges all of its addresses.
///
/// # Errors
/// Fails when the host has no address, or one that is not contacted.
pub async fn lookup(host: &str, port: u16, reach: ConnectionReach) -> Result<Vec<SocketAddr>, LookupError> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    for place in &found {
        let address = place.ip();
        ConnectionReach::Anywhere.allows(address).map_err(RefusedAddress::from)?;
        if reach.allows(address).is_err() {
            return Err(RefusedAddress::Elsewhere { name: line(host), address }.into());
        }
    }
    if found.is_empty() {
        return Err(LookupError::Nowhere);
    }
    Ok(found)
}

/// Looks names up in the same way for clients of HTTP.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guarded(pub ConnectionReach);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            match lookup(name.as_str(), 0, reach).await {
                Ok(found) => Ok(Box::new(found.into_iter()) as Addrs),
                Err(LookupError::Refused(refused)) => Err(refused.into()),
                Err(LookupError::Unknown(why)) => Err(why.into()),
                Err(nowhere @ LookupError::Nowhere) => Err(nowhere.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_up(name: &str, reach: ConnectionReach) -> Result<Vec<SocketAddr>, LookupError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(lookup(name, 443, reach))
    }

    #[test]
    fn what_a_name_leads_to_is_judged() {
        // The system reads each of these as a number, as it would read a name server's answer.
        for name in ["169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.43518", "0.0.0.0", "0"] {
            let refused = looked_up(name, ConnectionReach::Anywhere).unwrap_err();
            assert!(
                matches!(refused, LookupError::Refused(RefusedAddress::Forbidden(_))),
                "{name}: {refused}"
            );
        }
        let refused = looked_up("10.1.2.3", ConnectionReach::Here).unwrap_err();
        assert_eq!(refused.to_string(), "`10.1.2.3` is not on this host");
        assert!(looked_up("10.1.2.3", ConnectionReach::Anywhere).is_ok());
        let here = looked_up("localhost", ConnectionReach::Here).unwrap();
        assert!(here.iter().all(|place| place.ip().is_loopback() && place.port() == 443));
    }
}
