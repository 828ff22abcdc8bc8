//! Everything needed to reach a SCIM service. These are values only. Files are read when they are used, so that a
//! renewed token is used while the daemon runs.

use std::path::PathBuf;
use std::time::Duration;

use super::address::ServiceAddress;
use super::map::Map;

/// The means by which the program proves its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// It uses no token. The certificate of the connection may prove its identity.
    Open,
    /// It uses a bearer token from a file (RFC 6750).
    Token(PathBuf),
    /// It fetches a token with the client's own credentials (RFC 6749 section 4.4).
    Client(ClientCredentials),
}

/// The place where tokens are fetched, and the credentials for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The address where tokens are fetched (RFC 6749 section 4.4).
    pub endpoint: ServiceAddress,
    /// The id of the client there.
    pub id: String,
    /// The path of the file with the client's secret.
    pub secret: PathBuf,
    /// The scope that is asked for, if the server wants one.
    pub scope: Option<String>,
}

/// The default for the longest time a request may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The default number of requests under way at once. Small services fail under more than this.
pub const IN_FLIGHT: usize = 4;

/// Everything needed to reach a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimSettings {
    /// The base address, to which paths such as `Users` are added.
    pub address: ServiceAddress,
    /// The attribute map, which says how the service names things.
    pub map: Map,
    /// The means by which the program proves its identity.
    pub entry: Credentials,
    /// The PEM file with the program's certificate and key, for services that want one (mutual TLS).
    pub certificate: Option<PathBuf>,
    /// The PEM file of further authorities that may confirm the service.
    pub authorities: Option<PathBuf>,
    /// The number of requests under way at once.
    pub in_flight: usize,
    /// The longest time a request may take.
    pub patience: Duration,
}

impl ScimSettings {
    /// Settings with this address and the defaults for everything else.
    #[must_use]
    pub fn new(address: ServiceAddress) -> Self {
        Self {
            address,
            map: Map::default(),
            entry: Credentials::Open,
            certificate: None,
            authorities: None,
            in_flight: IN_FLIGHT,
            patience: PATIENCE,
        }
    }
}
