//! The place of a register's database (a local file or a PostgreSQL server), and how to connect to it.
//!
//! An address never contains a password. The password is in a file, which is read for each connection, so a new
//! password is used at once. Connections over a network use TLS, and an authority must confirm the name of the server.
//! Only connections to this host go without TLS. Every connection fails within seconds if the other side is silent.
//!
//! If the address names several hosts, they are tried in order at each new connection. A connection that writes goes
//! only to a server that takes writes. The connection knows which server that was. A process never goes back to an
//! older timeline.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portvakt_core::diag::{Text, text};
use portvakt_net::secret_of;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::Client;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{HostAddress, Place};
use super::driver::{Driver, NamedServer};
use super::fault::stands_between;
use super::timeline::Timeline;
use super::{Connection, Error, ServerAddress};

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

/// A database on a server, with everything needed to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The hosts, the role and the database to connect to. It has no password.
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

/// Asks for the same settings as they are in force.
const IN_FORCE: &str =
    "SELECT concat_ws(', ', current_setting('search_path'), current_setting('lock_timeout'),
    current_setting('idle_in_transaction_session_timeout'), current_setting('statement_timeout'),
    current_setting('default_transaction_isolation'))";

/// The answer of a server where they are in force.
const AS_SET: &str = "portvakt, 5s, 4s, 10min, read committed";

impl Server {
    /// Opens a new connection that only reads. The first host of the address that answers is taken, and it may be a
    /// standby server.
    ///
    /// # Errors
    /// Fails as [`ConnectError`] describes.
    pub fn connect(&self) -> Result<Connection, ConnectError> {
        self.first(TargetSessionAttrs::Any)
    }

    /// Opens a new connection that may write. It takes the first host of the address that answers, takes writes, and
    /// is not on an older timeline than this process has seen.
    ///
    /// # Errors
    /// Fails as [`ConnectError`] describes.
    pub fn connect_to_write(&self) -> Result<Connection, ConnectError> {
        self.first(TargetSessionAttrs::ReadWrite)
    }

    /// Tries the hosts in their order. A host that refuses this program ends the search. The next host has the same
    /// database, so it would refuse too, or should not be asked.
    fn first(&self, wanted: TargetSessionAttrs) -> Result<Connection, ConnectError> {
        let hosts = self.address.hosts();
        let mut tried = Vec::new();
        for host in hosts {
            match self.at(host, wanted) {
                Ok(connection) => return Ok(connection),
                Err(ConnectError::Database(error)) => {
                    let is_last = error.is_refusal();
                    tried.push((host.to_string(), error));
                    if is_last {
                        break;
                    }
                }
                Err(file @ ConnectError::File { .. }) => return Err(file),
            }
        }
        match tried.pop() {
            Some((_, error)) if hosts.len() == 1 => Err(error.into()),
            last => {
                tried.extend(last);
                Err(Error::Hosts(tried).into())
            }
        }
    }

    fn at(&self, host: &HostAddress, wanted: TargetSessionAttrs) -> Result<Connection, ConnectError> {
        let mut driver = self.driver(host, wanted)?;
        keeps_settings(&mut driver)?;
        let several = self.address.hosts().len() > 1;
        let mut timeline = None;
        if wanted == TargetSessionAttrs::ReadWrite {
            timeline = Timeline::of(&mut driver)?;
            match timeline {
                Some(timeline) => timeline.follows()?,
                None if several => return Err(Error::Odd(without_timeline()).into()),
                None => {}
            }
        }
        let server = several.then(|| host.to_string());
        Ok(Connection::to_server(driver, server, timeline))
    }

    fn driver(&self, host: &HostAddress, wanted: TargetSessionAttrs) -> Result<Driver, ConnectError> {
        let mut config = tokio_postgres::Config::new();
        config.user(self.address.user()).dbname(self.address.database()).port(host.port);
        config.application_name("portvakt").options(SETTINGS).target_session_attrs(wanted);
        // The server's name, to be looked up once.
        let named = match &host.place {
            Place::Name(name) => Some(NamedServer { host: name, port: host.port, reach: host.reach() }),
            Place::Socket(folder) => {
                config.host_path(folder);
                None
            }
        };
        config.connect_timeout(CONNECT).tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        if let Some(file) = &self.password {
            config.password(password(file)?.expose_secret());
        }
        let connected = if host.is_here() {
            config.ssl_mode(SslMode::Disable);
            Driver::connect(config, named, tokio_postgres::NoTls)
        } else {
            config.ssl_mode(SslMode::Require);
            Driver::connect(config, named, MakeRustlsConnect::new(self.tls()?))
        };
        Ok(connected.map_err(|error| if error.takes_no_writes() { Error::TakesNoWrites } else { error })?)
    }

    fn tls(&self) -> Result<ClientConfig, ConnectError> {
        let fault = |place: &Text, why: Text| ConnectError::File { place: place.clone(), why };
        let mut roots = RootCertStore::empty();
        let place = match &self.authorities {
            Some(file) => {
                let place = shown_path(file);
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

/// Refuses a connection without these settings. A pooler can be configured to leave them out. Without them, a program
/// that was stopped keeps its transaction, and another program waits for it.
fn keeps_settings(driver: &mut Driver) -> Result<(), Error> {
    let row = driver.one(async |client: &Client| client.query_one(IN_FORCE, &[]).await)?;
    let in_force: String = row.try_get(0)?;
    if in_force == AS_SET { Ok(()) } else { Err(Error::Odd(stands_between())) }
}

/// Says why several hosts are refused if nobody can say which of them is the newest.
fn without_timeline() -> Text {
    text!(
        en: "the server does not say which timeline it is on, so nobody could tell that another one has taken over; name one \
             host alone",
        nb: "tjeneren sier ikke hvilken tidslinje (timeline) den er på, så ingen kan se at en annen har overtatt; oppgi én \
             vert alene"
    )
}

/// Returns the path of a file, as an error shows it.
fn shown_path(file: &Path) -> Text {
    Text::same(format!("`{}`", file.display()))
}

/// Says why a file of certificates cannot be read.
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
            place: shown_path(file),
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
