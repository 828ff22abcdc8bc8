//! All that is needed to reach a service. Values only: files are read when they are used, so that a token that is
//! renewed under a running daemon is taken up.

use std::path::PathBuf;
use std::time::Duration;

use super::address::Address;
use super::map::Map;

/// How the program proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Not at all, or by the certificate of the connection alone.
    Open,
    /// A bearer token in a file (RFC 6750).
    Token(PathBuf),
    /// A token that is fetched with a client's own credentials (RFC 6749 section 4.4).
    Client(ClientCredentials),
}

/// Where tokens are fetched, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub endpoint: Address,
    /// The client's id.
    pub id: String,
    /// The file with its secret.
    pub secret: PathBuf,
    /// What is asked for, where the server wants to know.
    pub scope: Option<String>,
}

/// The longest a request may take by default.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How many requests are under way at once by default: more than this, and small services fall over.
pub const IN_FLIGHT: usize = 4;

/// All that is needed to reach a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The base address.
    pub address: Address,
    /// How it names things.
    pub map: Map,
    /// How the program proves who it is.
    pub entry: Entry,
    /// Certificate and key of the program, PEM, for services that want one (mutual TLS).
    pub certificate: Option<PathBuf>,
    /// Further authorities that may vouch for the service, PEM.
    pub authorities: Option<PathBuf>,
    /// Requests under way at once.
    pub in_flight: usize,
    /// The longest a request may take.
    pub patience: Duration,
}

impl Settings {
    /// Everything but the address as it is by default.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self {
            address,
            map: Map::default(),
            entry: Entry::Open,
            certificate: None,
            authorities: None,
            in_flight: IN_FLIGHT,
            patience: PATIENCE,
        }
    }
}
