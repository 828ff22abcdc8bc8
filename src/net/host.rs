//! The names of this machine. Only these exact names mean this machine. A name that begins like one of them
//! (`127.0.0.1.example.no`) is somebody else's.

use std::net::IpAddr;

/// Returns whether a host (without brackets and port) is this machine: `localhost`, or a number of it.
#[must_use]
pub fn is_here(host: &str) -> bool {
    host == "localhost" || literal(host).is_some_and(|address| address.is_loopback())
}

/// Reads a host as a number, with or without the brackets of IPv6.
#[must_use]
pub fn literal(host: &str) -> Option<IpAddr> {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.unwrap_or(host).parse().ok()
}
