//! Checks the name by which a service is asked for. A page that somebody's browser loads from elsewhere can point its
//! own name at this host (DNS rebinding) and then read the answers of a service here. Such a request has that name in
//! `Host`. So a service answers only to its own names. A request without `Host` does not come from a browser.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{Request, header};

/// The names that a service answers to.
#[derive(Debug, Clone)]
pub struct ServiceNames {
    /// The address that it listens on.
    listens: SocketAddr,
    /// The name in its public address.
    public: Option<String>,
}

impl ServiceNames {
    /// Returns the loopback names, and the address that the service listens on.
    #[must_use]
    pub fn of(listens: SocketAddr) -> Self {
        Self { listens, public: None }
    }

    /// Returns these names and the name in this public address (`https://register.example/below`).
    #[must_use]
    pub fn and_public(self, address: &str) -> Self {
        let authority = address.split_once("://").map_or(address, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let public = authority.parse::<Authority>().ok().map(|authority| authority.host().to_owned());
        Self { public, ..self }
    }

    /// Returns whether every name that a request asks for is one of these: in `Host`, and in the request line if that
    /// has a whole address (RFC 9112 section 3.2.2). Such an address counts before `Host`.
    #[must_use]
    pub fn answer<B>(&self, request: &Request<B>) -> bool {
        let own = |asked: &Authority| has_no_more_than_a_port(asked) && self.is_own(asked.host());
        request.uri().authority().is_none_or(own)
            && request.headers().get_all(header::HOST).iter().all(|host| {
                let asked = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
                asked.is_some_and(|asked| own(&asked))
            })
    }

    fn is_own(&self, name: &str) -> bool {
        // An IPv6 address always stands in brackets, and nothing else does.
        let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let address = match bracketed {
            Some(inner) => inner.parse::<Ipv6Addr>().map(IpAddr::V6),
            None => name.parse::<Ipv4Addr>().map(IpAddr::V4),
        };
        if let Ok(address) = address {
            // An address is not a name, so nobody can point it elsewhere.
            let (address, own) = (address.to_canonical(), self.listens.ip().to_canonical());
            return address.is_loopback() || address == own || own.is_unspecified();
        }
        let public = self.public.as_deref();
        name.eq_ignore_ascii_case("localhost") || public.is_some_and(|own| name.eq_ignore_ascii_case(own))
    }
}

/// Returns whether the text has only the host, or the host and a possible port. Another program may read anything
/// else as part of a name.
fn has_no_more_than_a_port(asked: &Authority) -> bool {
    match asked.as_str().strip_prefix(asked.host()) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok()
        }),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_answered_and_no_others() {
        let page = ServiceNames::of("127.0.0.1:9464".parse().unwrap());
        let served = ServiceNames::of("192.0.2.7:8765".parse().unwrap())
            .and_public("https://Register.example:443/below");
        let asked = |names: &ServiceNames, host: &str| {
            names.answer(&Request::builder().uri("/readyz").header(header::HOST, host).body(()).unwrap())
        };
        for own in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]:9464",
            "[::1]",
            "127.8.8.8",
            "127.0.0.1:65535",
        ] {
            assert!(asked(&page, own) && asked(&served, own), "{own}");
        }
        for other in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "a@localhost:x",
            "a@localhost",
            "192.0.2.8",
            "[::1]x",
            "[::1]x:80",
            "[::1]80",
            "[127.0.0.1]",
            "[localhost]",
            "localhost:",
            "localhost:65536",
            "127.0.0.1:99999",
            "[::1]:",
            "[::1]:70000",
            "localhost:+80",
            "localhost:x",
            "localhost:80:80",
        ] {
            assert!(!asked(&page, other) && !asked(&served, other), "{other}");
        }
        for own in ["register.example", "register.example:8443", "192.0.2.7:8765"] {
            assert!(!asked(&page, own) && asked(&served, own), "{own}");
        }
        assert!(page.answer(&Request::new(())));
        let two = Request::builder().header(header::HOST, "localhost").header(header::HOST, "evil.example");
        assert!(!page.answer(&two.body(()).unwrap()));
    }

    #[test]
    fn a_whole_address_in_the_request_line_counts_as_a_name() {
        let page = ServiceNames::of("127.0.0.1:9464".parse().unwrap());
        let answered = |uri: &str| {
            page.answer(&Request::builder().uri(uri).header(header::HOST, "localhost").body(()).unwrap())
        };
        for own in ["/readyz", "http://localhost/readyz", "http://127.0.0.1:9464/"] {
            assert!(answered(own), "{own}");
        }
        for other in [
            "http://evil.example/readyz",
            "http://a@localhost/",
            "evil.example:80",
            "http://localhost:65536/",
        ] {
            assert!(!answered(other), "{other}");
        }
    }
}
