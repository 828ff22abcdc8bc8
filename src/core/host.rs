//! Hosts that are IP addresses, and those among them that no server has. The check of `register.yaml` and every client
//! ask here, so that a check accepts exactly what a client would contact.
//!
//! Private networks are allowed, because a hospital keeps its servers there. Three kinds of address are special:
//! link-local addresses, addresses where clouds hand out credentials, and addresses that do not name a single machine.
//! No server that this program is meant for has such an address, and a mistyped or planted address must not receive a
//! secret. If an IPv6 address leads to an IPv4 address, both are judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The host of a web address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// A name, which is looked up when it is contacted.
    Name,
    /// An IP address, no matter how it was written. It is not looked up.
    Number(IpAddr),
}

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

/// Returns whether this address, or an IPv4 address that it leads to, is one that no server has.
#[must_use]
pub fn is_special(address: IpAddr) -> bool {
    let inside = match address {
        IpAddr::V4(_) => Vec::new(),
        IpAddr::V6(six) => embedded_addresses(six),
    };
    special(address) || inside.into_iter().any(|four| special(four.into()))
}

/// Returns whether no server has this address. An IPv4 address inside it is not looked at.
fn special(address: IpAddr) -> bool {
    let ranges = match address {
        // 0.0.0.0/8 is "this network" (RFC 1122): Linux takes 0.0.0.0 for this machine. Nobody was ever given an address of
        // 240.0.0.0/4 (RFC 1112 section 4), whose last one is the broadcast.
        IpAddr::V4(four) => {
            let [first, ..] = four.octets();
            first == 0 || first >= 240 || four.is_link_local() || four.is_multicast()
        }
        IpAddr::V6(six) => six.is_unicast_link_local() || six.is_unspecified() || six.is_multicast(),
    };
    ranges || METADATA.contains(&address)
}

/// Returns the IPv4 addresses that an IPv6 address leads to. For a Teredo address these are the server and the client.
fn embedded_addresses(six: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = six.segments();
    let four = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        // Mapped (RFC 4291 section 2.5.5.2).
        [0, 0, 0, 0, 0, 0xffff] => vec![four(g, h)],
        // Translated by a host itself (RFC 2765).
        [0, 0, 0, 0, 0xffff, 0] => vec![four(g, h)],
        // Compatible (RFC 4291 section 2.5.5.1), which nobody should use. `::` and `::1` are not among them.
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

/// Reads a host as clients of the web do (URL standard, section 3.5): `2852039166`, `0xa9fea9fe` and `169.254.43518`
/// are one number. Returns `None` if the text is not a host.
#[must_use]
pub fn read_host(text: &str) -> Option<Host> {
    if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inside.parse::<Ipv6Addr>().ok().map(|six| Host::Number(six.into()));
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    let last = bare.rsplit('.').next().unwrap_or_default();
    let is_number = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit()) || part(last).is_some();
    match is_number {
        true => four(bare).map(|four| Host::Number(four.into())),
        false if bare.is_empty() || text.contains(['[', ']', '%']) => None,
        false => Some(Host::Name),
    }
}

/// Reads an IPv4 address of one to four parts. The last one fills the bytes that are left.
fn four(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = text.split('.').map(part).collect::<Option<_>>()?;
    let (last, before) = parts.split_last()?;
    if before.len() > 3 || before.iter().any(|part| *part > 255) {
        return None;
    }
    let bits = 8 * (4 - before.len());
    if *last >= 1_u64 << bits {
        return None;
    }
    let high = before.iter().fold(0_u64, |high, part| (high << 8) | *part);
    u32::try_from((high << bits) | *last).ok().map(Ipv4Addr::from)
}

/// Reads one part: hexadecimal after `0x`, octal after `0`, else decimal.
fn part(text: &str) -> Option<u64> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let octal = text.strip_prefix('0').filter(|rest| !rest.is_empty());
    let (digits, radix) = match (hex, octal) {
        (Some(""), _) => return Some(0),
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) => (digits, 8),
        (None, None) => (text, 10),
    };
    let are_digits = digits.chars().all(|c| c.is_digit(radix));
    u64::from_str_radix(digits, radix).ok().filter(|_| are_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_however_it_is_written() {
        let number = |text: &str| Some(Host::Number(text.parse().unwrap()));
        for text in ["169.254.169.254", "169.254.169.254.", "2852039166", "0xa9fea9fe", "0XA9.0376.43518"] {
            assert_eq!(read_host(text), number("169.254.169.254"), "{text}");
        }
        assert_eq!(read_host("127.1"), number("127.0.0.1"));
        assert_eq!(read_host("[::1]"), number("::1"));
        for name in ["forge.example.no", "localhost", "1.example", "0xg", "127.0.0.1.example"] {
            assert_eq!(read_host(name), Some(Host::Name), "{name}");
        }
        let none = [
            "",
            ".",
            "[::1",
            "::1]",
            "[x]",
            "256.1.1.1",
            "1.2.3.4.5",
            "4294967296",
            "1..2",
            "08",
            "a%2e1",
            "99999999999999999999999",
        ];
        for text in none {
            assert_eq!(read_host(text), None, "{text}");
        }
    }
}
