//! Where a program of this host listens. The daemon and the demo take an address of this host alone, and whatever listens
//! names an address that it cannot have.

use std::net::SocketAddr;

use portvakt_core::diag::text;
use portvakt_engine::reconcile::http::loopback;
use tokio::net::TcpListener;

use crate::config::Unfit;

/// Reads an address of this host.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, Unfit> {
    let address = text.parse().map_err(|_| {
        Unfit(text!(
            en: "an address is expected, such as `127.0.0.1:9464`",
            nb: "en adresse er ventet, for eksempel `127.0.0.1:9464`"
        ))
    })?;
    loopback(address).map_err(|error| Unfit(error.words()))
}

/// Listens on an address. The error names the address.
pub(super) async fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let cannot = |error: std::io::Error| {
        std::io::Error::other(format!(
            "`{address}` cannot be listened on: {error}; end what listens there, or name another with `--listen`"
        ))
    };
    TcpListener::bind(address).await.map_err(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_host_is_listened_on() {
        assert!(socket_address("127.0.0.1:0").is_ok() && socket_address("[::1]:9464").is_ok());
        assert!(socket_address("0.0.0.0:9464").unwrap_err().to_string().contains("use 127.0.0.1"));
        assert!(socket_address("9464").unwrap_err().to_string().contains("such as `127.0.0.1:9464`"));
    }
}
