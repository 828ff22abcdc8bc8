//! The addresses that may be reached. Private networks may, because a hospital keeps its servers there. Refused are
//! link-local addresses, those where clouds hand out credentials, and those that do not name a single machine: nobody
//! keeps a server there that this program is meant for, and a mistyped or planted address must not receive a secret.
//!
//! An IPv6 address that leads to an IPv4 address is judged by both.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a connection may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine alone, because the connection is not encrypted.
    Here,
    /// Anywhere that a server can be. The connection is encrypted.
    Anywhere,
}

/// An address that is never contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("`{0}` is a link-local or special address, and no server is there")]
pub struct Forbidden(pub IpAddr);

/// Clouds hand out credentials at these addresses, outside of the link-local ranges. In this order: Alibaba; Azure
/// (its wire server); Oracle; Amazon's metadata and its identities of pods; Google; Scaleway. Each is from the
/// provider's own documentation.
const METADATA: [IpAddr; 7] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0023)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x0042)),
];

impl Reach {
    /// Judges one address.
    ///
    /// # Errors
    /// Fails when the address is special, or when it is not this machine and only this machine is allowed.
    pub fn allows(self, address: IpAddr) -> Result<(), Forbidden> {
        let near = self == Self::Anywhere || address.is_loopback();
        let six = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(six) => Some(six),
        };
        let inside = six.into_iter().flat_map(within).any(|four| special(four.into()));
        if near && !inside && !special(address) { Ok(()) } else { Err(Forbidden(address)) }
    }
}

/// Tells whether an address is one of those where no server is, without looking inside of it.
fn special(address: IpAddr) -> bool {
    let ranges = match address {
        // 0.0.0.0/8 is "this network" (RFC 1122): Linux takes 0.0.0.0 for this machine.
        IpAddr::V4(four) => {
            let [first, ..] = four.octets();
            first == 0 || four.is_link_local() || four.is_broadcast() || four.is_multicast()
        }
        IpAddr::V6(six) => six.is_unicast_link_local() || six.is_unspecified() || six.is_multicast(),
    };
    ranges || METADATA.contains(&address)
}

/// Gives the IPv4 addresses that an IPv6 address leads to. Of a Teredo address these are the server and the client.
fn within(six: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = six.segments();
    let four = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        // Mapped (RFC 4291 section 2.5.5.2).
        [0, 0, 0, 0, 0, 0xffff] => vec![four(g, h)],
        // Compatible (RFC 4291 section 2.5.5.1), which nobody should use. `::` and `::1` are none of them.
        [0, 0, 0, 0, 0, 0] if g != 0 => vec![four(g, h)],
        // Translated: the well-known prefix (RFC 6052) and the local ones (RFC 8215).
        [0x64, 0xff9b, ..] => vec![four(g, h)],
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => vec![four(high, low)],
        // Teredo (RFC 4380): the client's address is inverted.
        [0x2001, 0, high, low, ..] => vec![four(high, low), four(!g, !h)],
        // ISATAP (RFC 5214).
        [_, _, _, _, 0 | 0x0200, 0x5efe] => vec![four(g, h)],
        _ => Vec::new(),
    }
}
