//! The place of a register's database (a local file or a PostgreSQL server), and how to connect to it.
//!
//! An address never contains a password. The password is in a file, which is read for each connection, so a new
//! password is used at once. Connections over a network use TLS, and an authority must confirm the name of the server.
//! Only connections to this host go without TLS. Every connection fails within seconds if the other side is silent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portvakt_core::diag::{Text, text};
use portvakt_net::{Forbidden, Reach, is_here, literal, secret_of};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::driver::{Driver, NamedServer};
use super::{Connection, Error};

/// The place of a register's database.
#[derive(Debug, Clone)]
pub enum Site {
    /// A file on this machine.
    File(PathBuf),
    /// A database on a PostgreSQL server.
    Server(Box<Server>),
}

impl From<&Path> for Site {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Site {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&Site> for Site {
    fn from(site: &Site) -> Self {
        site.clone()
    }
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => server.address.fmt(f),
        }
    }
}

/// The address of a database: `postgres://USER@HOST[:PORT]/DATABASE`, or with
/// `?host=/FOLDER` for a socket; `?port=PORT` is another way to write the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    user: String,
    host: ServerHost,
    port: u16,
    database: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ServerHost {
    Name(String),
    Socket(PathBuf),
}

/// The reason why a text is not an address of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerAddressError {
    /// The address contains a password.
    Password,
    /// A part is missing.
    Shape,
    /// The address has an option that this program does not know.
    Option,
    /// The address names several hosts.
    Hosts,
    /// The port is no port, or two different ones are given.
    Port,
    /// Nobody keeps a database at an address of this kind.
    Forbidden(#[from] Forbidden),
}

impl ServerAddressError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Password => text!(
                en: "a password stands in it, where others can read it; put it into a file and name that with \
                     `--store-password-file`",
                nb: "det står et passord i den, der andre kan lese det; legg det i en fil, og oppgi den med \
                     `--store-password-file`"
            ),
            Self::Shape => text!(
                en: "`postgres://USER@HOST/DATABASE` is expected, such as `postgres://portvakt@db.example.no/register`",
                nb: "`postgres://BRUKER@VERT/DATABASE` er ventet, for eksempel `postgres://portvakt@db.example.no/register`"
            ),
            Self::Option => text!(
                en: "it says how to connect after a `?`; only `?host=/FOLDER`, the folder of a socket, and `?port=NUMBER` \
                     are known here",
                nb: "den sier hvordan det skal kobles til etter et `?`; bare `?host=/MAPPE`, mappen til en \
                     sokkel, og `?port=TALL` er kjent her"
            ),
            Self::Hosts => text!(
                en: "it names several hosts; a register is on one, and no other one is tried instead of it",
                nb: "den nevner flere verter; et register er på én, og ingen annen prøves i stedet"
            ),
            Self::Port => text!(
                en: "its port must be one number from 1 to 65535, given once",
                nb: "porten må være ett tall fra 1 til 65535, oppgitt én gang"
            ),
            Self::Forbidden(place) => place.words(),
        }
    }
}

impl std::fmt::Display for ServerAddressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The port of a server that was given no other one.
const USUAL: u16 = 5432;

/// What an address says after its `?`.
#[derive(Default)]
struct AddressQuery {
    folder: Option<PathBuf>,
    port: Option<u16>,
}

impl AddressQuery {
    fn read(query: Option<&str>) -> Result<Self, ServerAddressError> {
        let mut asked = Self::default();
        let pairs = query.into_iter().flat_map(|query| query.split('&'));
        for (key, value) in pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))) {
            match key {
                // As PostgreSQL's own programs read it, a comma stands between several folders.
                "host" if value.contains(',') || asked.folder.is_some() => {
                    return Err(ServerAddressError::Hosts);
                }
                "host" => asked.folder = Some(folder(value)?),
                "port" if asked.port.is_none() => {
                    let port = value.parse().ok().filter(|port| *port != 0);
                    asked.port = Some(port.ok_or(ServerAddressError::Port)?);
                }
                "port" => return Err(ServerAddressError::Port),
                _ if query.is_some_and(|query| query.contains("password")) => {
                    return Err(ServerAddressError::Password);
                }
                _ => return Err(ServerAddressError::Option),
            }
        }
        Ok(asked)
    }
}

/// The path of a folder, decoded by the driver like a host before the path.
fn folder(encoded: &str) -> Result<PathBuf, ServerAddressError> {
    let address = format!("postgres:///?host={encoded}");
    let config: tokio_postgres::Config = address.parse().map_err(|_| ServerAddressError::Option)?;
    match config.get_hosts() {
        [Host::Unix(folder)] => Ok(folder.clone()),
        _ => Err(ServerAddressError::Option),
    }
}

/// Whether a port is written behind the host. The colons of an IPv6 address stand before its bracket.
fn has_port(address: &str) -> bool {
    let behind = address.split_once("://").map_or(address, |(_, rest)| rest);
    let behind = behind.split_once('@').map_or(behind, |(_, rest)| rest);
    let host = behind.split('/').next().unwrap_or_default();
    host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'))
}

impl std::str::FromStr for ServerAddress {
    type Err = ServerAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, query) =
            text.split_once('?').map_or((text, None), |(address, query)| (address, Some(query)));
        let asked = AddressQuery::read(query)?;
        let config: tokio_postgres::Config = address.parse().map_err(|_| ServerAddressError::Shape)?;
        if config.get_password().is_some() {
            return Err(ServerAddressError::Password);
        }
        let (Some(user), Some(database)) = (config.get_user(), config.get_dbname()) else {
            return Err(ServerAddressError::Shape);
        };
        // A host that is left out, as in `@:5433/`, is none.
        let named: Vec<&Host> =
            config.get_hosts().iter().filter(|host| **host != Host::Tcp(String::new())).collect();
        let host = match (named.as_slice(), asked.folder) {
            ([Host::Tcp(name)], None) => ServerHost::Name(name.clone()),
            ([Host::Unix(folder)], None) => ServerHost::Socket(folder.clone()),
            ([], Some(folder)) => ServerHost::Socket(folder),
            ([], None) => return Err(ServerAddressError::Shape),
            _ => return Err(ServerAddressError::Hosts),
        };
        if let ServerHost::Name(name) = &host
            && let Some(address) = literal(name)
        {
            Reach::Anywhere.allows(address)?;
        }
        // The driver gives 5432 where no port stands before the path.
        let written = config.get_ports().first().copied().filter(|_| has_port(address));
        let port = match (written, asked.port) {
            (Some(port), Some(other)) if port != other => return Err(ServerAddressError::Port),
            (Some(0), _) => return Err(ServerAddressError::Port),
            (written, asked) => written.or(asked).unwrap_or(USUAL),
        };
        Ok(Self { user: user.to_owned(), host, port, database: database.to_owned() })
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { user, host, port, database } = self;
        let colon = if *port == USUAL { String::new() } else { format!(":{port}") };
        match host {
            ServerHost::Name(name) if name.contains(':') => {
                write!(f, "postgres://{user}@[{name}]{colon}/{database}")
            }
            ServerHost::Name(name) => write!(f, "postgres://{user}@{name}{colon}/{database}"),
            ServerHost::Socket(folder) => {
                write!(f, "postgres://{user}@/{database}?host={}", folder.display())?;
                if *port == USUAL { Ok(()) } else { write!(f, "&port={port}") }
            }
        }
    }
}

impl ServerAddress {
    /// Whether the address is on this host. Then nothing goes over a network.
    fn is_here(&self) -> bool {
        match &self.host {
            ServerHost::Socket(_) => true,
            ServerHost::Name(name) => is_here(name),
        }
    }

    /// How far a connection may go: no further than this host if the address is this host's.
    fn reach(&self) -> Reach {
        if self.is_here() { Reach::Here } else { Reach::Anywhere }
    }

    /// The role that connects.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }
}

/// A database on a server, with everything needed to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its address.
    pub address: ServerAddress,
    /// The file with the password of the role, if the role needs one.
    pub password: Option<PathBuf>,
    /// The PEM file of the authorities that may confirm the server. Without it the authorities of the system are used.
    pub authorities: Option<PathBuf>,
}

/// The reason why no connection was made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A needed file cannot be used.
    File {
        /// The path of the file, or what else is needed.
        place: Text,
        /// The reason why it cannot be used.
        why: Text,
    },
    /// The server refuses this role or cannot be reached.
    Database(#[from] Error),
}

/// The longest time to try to connect.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the other side may leave sent data unconfirmed.
const SILENCE: Duration = Duration::from_secs(10);

/// The settings of every connection. The server gives up waiting for another writer after five seconds. It ends a
/// transaction whose program has been silent for four seconds, as on a stopped machine, so that another program can
/// take over. A statement may take long, because one statement can read a million rows.
const SETTINGS: &str = "-c search_path=portvakt -c lock_timeout=5s -c idle_in_transaction_session_timeout=4s \
                        -c statement_timeout=10min -c default_transaction_isolation=read\\ committed";

impl Server {
    /// Opens a new connection.
    ///
    /// # Errors
    /// Fails as [`ConnectError`] describes.
    pub fn connect(&self) -> Result<Connection, ConnectError> {
        Ok(self.driver("portvakt")?.into())
    }

    fn driver(&self, name: &str) -> Result<Driver, ConnectError> {
        let mut config = tokio_postgres::Config::new();
        let ServerAddress { user, host, port, database } = &self.address;
        config.user(user).dbname(database).port(*port).application_name(name).options(SETTINGS);
        // The server's name, to be looked up once.
        let named = match host {
            ServerHost::Name(name) => {
                Some(NamedServer { host: name, port: *port, reach: self.address.reach() })
            }
            ServerHost::Socket(folder) => {
                config.host_path(folder);
                None
            }
        };
        config.connect_timeout(CONNECT).tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        if let Some(file) = &self.password {
            config.password(password(file)?.expose_secret());
        }
        let connected = if self.address.is_here() {
            config.ssl_mode(SslMode::Disable);
            Driver::connect(config, named, tokio_postgres::NoTls)
        } else {
            config.ssl_mode(SslMode::Require);
            Driver::connect(config, named, MakeRustlsConnect::new(self.tls()?))
        };
        Ok(connected?)
    }

    fn tls(&self) -> Result<ClientConfig, ConnectError> {
        let fault = |place: &Text, why: Text| ConnectError::File { place: place.clone(), why };
        let mut roots = RootCertStore::empty();
        let place = match &self.authorities {
            Some(file) => {
                let place = named(file);
                let certificates =
                    CertificateDer::pem_file_iter(file).map_err(|why| fault(&place, pem(&why)))?;
                for certificate in certificates {
                    let certificate = certificate.map_err(|why| fault(&place, pem(&why)))?;
                    roots.add(certificate).map_err(|why| fault(&place, Text::said(why.to_string())))?;
                }
                place
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                text!(en: "the system's authorities", nb: "utstederne til maskinen")
            }
        };
        if roots.is_empty() {
            let none = text!(en: "there is no certificate in it", nb: "det er ingen sertifikater der");
            return Err(fault(&place, none));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|why| fault(&Text::same("TLS"), Text::said(why.to_string())))?;
        Ok(versions.with_root_certificates(roots).with_no_client_auth())
    }
}

/// The path of a file, as it stands in an error.
fn named(file: &Path) -> Text {
    Text::same(format!("`{}`", file.display()))
}

/// Why a file of certificates cannot be read.
fn pem(error: &rustls::pki_types::pem::Error) -> Text {
    match error {
        rustls::pki_types::pem::Error::Io(why) => portvakt_net::system(why),
        other => Text::said(other.to_string()),
    }
}

fn password(file: &Path) -> Result<SecretString, ConnectError> {
    let text = secret_of(file).map_err(|why| ConnectError::File {
        place: Text::same(why.place(file, "--store-password-file")),
        why: why.words(),
    })?;
    let word = text.expose_secret().trim_end_matches(['\r', '\n']);
    if word.is_empty() {
        return Err(ConnectError::File {
            place: named(file),
            why: text!(en: "it is empty", nb: "den er tom"),
        });
    }
    Ok(SecretString::from(word))
}

/// The words for a role that may not connect, or a server that cannot be reached.
impl ConnectError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::File { place, why } => text!(
                with place, why;
                en: "{place} cannot be used: {why}",
                nb: "{place} kan ikke brukes: {why}"
            ),
            Self::Database(error) => error.words(),
        }
    }
}

impl std::fmt::Display for ConnectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_user_a_host_and_a_database_and_no_password() {
        let good = |text: &str| text.parse::<ServerAddress>().unwrap().to_string();
        assert_eq!(good("postgres://vakt@db.example/register"), "postgres://vakt@db.example/register");
        assert_eq!(
            good("postgres://vakt@127.0.0.1:5433/register"),
            "postgres://vakt@127.0.0.1:5433/register"
        );
        assert_eq!(
            good("postgres://vakt@/register?host=/run/postgresql"),
            "postgres://vakt@/register?host=/run/postgresql"
        );
        for (typed, shown) in [
            ("postgres://v@h/r?port=5433", "postgres://v@h:5433/r"),
            ("postgres://v@[::1]/r?port=5433", "postgres://v@[::1]:5433/r"),
            ("postgres://v@/r?port=5433&host=/run/pg", "postgres://v@/r?host=/run/pg&port=5433"),
            ("postgres://v@:5433/r?host=%2Frun%2Fpg", "postgres://v@/r?host=/run/pg&port=5433"),
            ("postgresql://v@%2Frun%2Fpg/r", "postgres://v@/r?host=/run/pg"),
        ] {
            assert_eq!(good(typed), shown);
            assert_eq!(good(shown), shown);
        }
        let wrong = |text: &str| text.parse::<ServerAddress>().unwrap_err();
        assert_eq!(wrong("postgres://vakt:secret@db.example/register"), ServerAddressError::Password);
        assert_eq!(
            wrong("postgres://vakt@db.example/register?password=secret"),
            ServerAddressError::Password
        );
        assert_eq!(wrong("postgres://db.example/register"), ServerAddressError::Shape);
        assert_eq!(wrong("postgres://vakt@db.example"), ServerAddressError::Shape);
        for hosts in [
            "postgres://vakt@one,two/register",
            "postgres://vakt@one:1,two:2/register",
            "postgres://vakt@one/register?host=/run/postgresql",
            "postgres://vakt@/register?host=/run/one,/run/two",
            "postgres://vakt@/register?host=/run/one&host=/run/two",
        ] {
            assert_eq!(wrong(hosts), ServerAddressError::Hosts, "{hosts}");
        }
        for port in [
            "postgres://vakt@db.example:5432/register?port=5433",
            "postgres://vakt@db.example/register?port=5432,5433",
            "postgres://vakt@db.example/register?port=",
            "postgres://vakt@db.example/register?port=1&port=1",
            "postgres://vakt@db.example/register?port=65536",
            "postgres://vakt@db.example:0/register",
        ] {
            assert_eq!(wrong(port), ServerAddressError::Port, "{port}");
        }
        assert_eq!(wrong("postgres://vakt@db.example/register?sslmode=disable"), ServerAddressError::Option);
    }

    #[test]
    fn only_this_host_is_spoken_to_without_tls() {
        let here = |text: &str| text.parse::<ServerAddress>().unwrap().is_here();
        assert!(here("postgres://v@localhost/r") && here("postgres://v@127.0.0.2/r"));
        assert!(here("postgres://v@[::1]/r") && here("postgres://v@/r?host=/run/postgresql"));
        assert!(!here("postgres://v@10.0.0.1/r") && !here("postgres://v@localhost.example/r"));
    }
}
