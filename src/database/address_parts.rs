//! The parts of an address of a database as they are written: hosts, and ports that belong to them. They are read as
//! PostgreSQL's own programs read them, and judged elsewhere.

use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::ServerAddressError;

/// The port of a server if no other port is given.
pub(super) const USUAL: u16 = 5432;

/// A host as it is written, with the port behind it.
pub(super) struct HostParts {
    pub host: Host,
    pub port: Option<u16>,
}

/// The parts that an address gives after its `?`, or in words.
#[derive(Default)]
pub(super) struct Asked {
    pub hosts: Option<Vec<Host>>,
    pub ports: Option<Vec<Option<u16>>>,
}

impl Asked {
    /// Reads the part after the `?` of a URL.
    pub(super) fn read(query: Option<&str>) -> Result<Self, ServerAddressError> {
        let mut asked = Self::default();
        let pairs = query.into_iter().flat_map(|query| query.split('&'));
        for (key, value) in pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))) {
            match key {
                "host" if asked.hosts.is_none() => asked.hosts = Some(hosts(&decoded(value)?)),
                "host" => return Err(ServerAddressError::Hosts),
                "port" if asked.ports.is_none() => asked.ports = Some(ports(&decoded(value)?)?),
                "port" => return Err(ServerAddressError::Port),
                "target_session_attrs" if value == "read-write" => {}
                "target_session_attrs" => return Err(ServerAddressError::Kind),
                _ if query.is_some_and(|query| query.contains("password")) => {
                    return Err(ServerAddressError::Password);
                }
                _ => return Err(ServerAddressError::Option),
            }
        }
        Ok(asked)
    }
}

/// Decodes what a URL writes with percent signs. The driver does it, as for a host before the path.
fn decoded(encoded: &str) -> Result<String, ServerAddressError> {
    let address = format!("postgres:///?host={}", encoded.replace('@', "%40"));
    let config: Config = address.parse().map_err(|_| ServerAddressError::Option)?;
    match config.get_hosts() {
        [Host::Tcp(text)] => Ok(text.clone()),
        [Host::Unix(folder)] => folder.to_str().map(str::to_owned).ok_or(ServerAddressError::Option),
        _ => Err(ServerAddressError::Option),
    }
}

fn hosts(list: &str) -> Vec<Host> {
    let host = |text: &str| {
        if text.starts_with('/') { Host::Unix(PathBuf::from(text)) } else { Host::Tcp(text.to_owned()) }
    };
    list.split(',').map(host).collect()
}

/// Reads a list of ports. If one of several ports is left out, it is the usual one.
fn ports(list: &str) -> Result<Vec<Option<u16>>, ServerAddressError> {
    let several = list.contains(',');
    let port = |text: &str| match text {
        "" if several => Ok(Some(USUAL)),
        _ => text.parse().map(Some).map_err(|_| ServerAddressError::Port),
    };
    list.split(',').map(port).collect()
}

/// Returns the ports for this number of hosts: none, the same for all, or one for each.
pub(super) fn for_each(
    mut ports: Vec<Option<u16>>,
    count: usize,
) -> Result<Vec<Option<u16>>, ServerAddressError> {
    if ports.len() < 2 {
        let all = ports.first().copied().flatten();
        ports.resize(count, all);
    }
    if ports.len() == count { Ok(ports) } else { Err(ServerAddressError::Port) }
}

/// Returns, for each host before the path of a URL, whether a port is written behind it. The colons of an IPv6
/// address stand before its bracket.
pub(super) fn have_ports(address: &str) -> impl Iterator<Item = bool> {
    let behind = address.split_once("://").map_or(address, |(_, rest)| rest);
    let behind = behind.split_once('@').map_or(behind, |(_, rest)| rest);
    let hosts = behind.split('/').next().unwrap_or_default();
    hosts.split(',').map(|host| host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']')))
}
