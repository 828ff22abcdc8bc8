//! Says how far a connection may go. [`portvakt_core::host`] decides which addresses are never contacted, because the
//! check of the settings asks it too.

use std::fmt;
use std::net::IpAddr;

use portvakt_core::diag::{Text, text};
use portvakt_core::host::is_special;

/// How far a connection may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionReach {
    /// This machine alone, because the connection is not encrypted.
    Here,
    /// Anywhere that a server can be. The connection is encrypted.
    Anywhere,
}

/// An address that is never contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub struct Forbidden(pub IpAddr);

impl Forbidden {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(self) -> Text {
        let Self(address) = self;
        text!(
            en: "`{address}` is a link-local or special address, and no server is there",
            nb: "`{address}` er en lenkelokal eller særskilt adresse, og der er det ingen tjener"
        )
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl ConnectionReach {
    /// Judges one address.
    ///
    /// # Errors
    /// Fails when the address is special, or when it is not this machine and only this machine is allowed.
    pub fn allows(self, address: IpAddr) -> Result<(), Forbidden> {
        let near = self == Self::Anywhere || address.is_loopback();
        if near && !is_special(address) { Ok(()) } else { Err(Forbidden(address)) }
    }
}
