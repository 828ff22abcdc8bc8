//! The address of a database on one or several PostgreSQL servers, as somebody types it: a URL, or words such as
//! `host=a,b port=5432 user=u dbname=d`. Both mean what they mean to PostgreSQL's own programs. But an address is
//! refused if those programs would decide a part of it silently, or would read a part from the environment.
//!
//! An address never contains a password. Each of its hosts is judged by itself: whether it may be reached, and whether it is
//! this host.

use std::path::PathBuf;
use std::str::FromStr;

use portvakt_net::{ConnectionReach, Typed, is_here, line, literal};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, TargetSessionAttrs};

use super::ServerAddressError;
use super::address_parts::{Asked, HostParts, USUAL, for_each, have_ports};

/// The address of a database: `postgres://USER@HOST[:PORT][,HOST[:PORT]…]/DATABASE`, or with `?host=HOST[,HOST…]`.
/// Such a host that begins with a slash is the folder of a socket. `?port=PORT[,PORT…]` is another way to write the
/// ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    user: String,
    /// The servers, in the order in which they are tried. There is at least one.
    hosts: Vec<HostAddress>,
    database: String,
}

/// One of the servers of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostAddress {
    pub place: Place,
    pub port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Name(String),
    Socket(PathBuf),
}

/// The words that an address in words can begin with.
const KEYWORDS: [&str; 7] =
    ["host", "hostaddr", "port", "user", "dbname", "password", "target_session_attrs"];

fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

impl FromStr for ServerAddress {
    type Err = ServerAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !is_url(text) {
            return Self::in_words(text);
        }
        let (address, query) =
            text.split_once('?').map_or((text, None), |(address, query)| (address, Some(query)));
        let asked = Asked::read(query)?;
        let config: Config = address.parse().map_err(|_| ServerAddressError::Shape)?;
        // The driver gives 5432 if no port stands behind a host.
        let written = config.get_hosts().iter().zip(config.get_ports()).zip(have_ports(address));
        let written = written.map(|((host, port), has_port)| HostParts {
            host: host.clone(),
            port: has_port.then_some(*port),
        });
        Self::judged(&config, written.collect(), asked)
    }
}

impl ServerAddress {
    /// Returns whether a text is meant to be such an address, whether or not it is correct.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        is_url(text) || text.split_once('=').is_some_and(|(word, _)| KEYWORDS.contains(&word.trim()))
    }

    fn in_words(text: &str) -> Result<Self, ServerAddressError> {
        let config: Config = text.parse().map_err(|_| ServerAddressError::Shape)?;
        let mut known = Config::new();
        if let Some(user) = config.get_user() {
            known.user(user);
        }
        if let Some(name) = config.get_dbname() {
            known.dbname(name);
        }
        for host in config.get_hosts() {
            match host {
                Host::Tcp(name) => known.host(name.as_str()),
                Host::Unix(folder) => known.host_path(folder),
            };
        }
        for port in config.get_ports() {
            known.port(*port);
        }
        let asked_for = config.get_target_session_attrs();
        if !matches!(asked_for, TargetSessionAttrs::Any | TargetSessionAttrs::ReadWrite) {
            return Err(ServerAddressError::Kind);
        }
        known.target_session_attrs(asked_for);
        // A password is reported as a password, whatever else is wrong.
        if config.get_password().is_none() && known != config {
            return Err(ServerAddressError::Option);
        }
        let asked = Asked {
            hosts: Some(config.get_hosts().to_vec()),
            ports: Some(config.get_ports().iter().copied().map(Some).collect()),
        };
        Self::judged(&config, Vec::new(), asked)
    }

    fn judged(config: &Config, written: Vec<HostParts>, asked: Asked) -> Result<Self, ServerAddressError> {
        let in_user = config.get_user().is_some_and(|user| Typed::from(user).is_a_user_with_a_password());
        if config.get_password().is_some() || in_user {
            return Err(ServerAddressError::Password);
        }
        let (Some(user), Some(database)) = (config.get_user(), config.get_dbname()) else {
            return Err(ServerAddressError::Shape);
        };
        // A host that is left out, as in `@:5433/`, is not a host.
        let none = written.iter().all(|written| written.host == Host::Tcp(String::new()));
        let behind: Vec<Option<u16>> = written.iter().map(|written| written.port).collect();
        let places: Vec<Host> = match (none, asked.hosts) {
            (true, None) => return Err(ServerAddressError::Shape),
            (true, Some(hosts)) => hosts,
            (false, None) => written.into_iter().map(|written| written.host).collect(),
            (false, Some(_)) => return Err(ServerAddressError::Hosts),
        };
        if places.is_empty() {
            return Err(ServerAddressError::Shape);
        }
        let behind = for_each(behind, places.len())?;
        let asked = for_each(asked.ports.unwrap_or_default(), places.len())?;
        let mut hosts = Vec::with_capacity(places.len());
        for ((place, behind), asked) in places.into_iter().zip(behind).zip(asked) {
            let port = match (behind, asked) {
                (Some(one), Some(other)) if one != other => return Err(ServerAddressError::Port),
                (behind, asked) => behind.or(asked).unwrap_or(USUAL),
            };
            if port == 0 {
                return Err(ServerAddressError::Port);
            }
            hosts.push(HostAddress { place: Place::judged(place)?, port });
        }
        Ok(Self { user: user.to_owned(), hosts, database: database.to_owned() })
    }

    /// Returns the servers, in the order in which they are tried.
    pub(super) fn hosts(&self) -> &[HostAddress] {
        &self.hosts
    }

    /// Returns the role that connects.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    pub(super) fn database(&self) -> &str {
        &self.database
    }
}

impl Place {
    fn judged(host: Host) -> Result<Self, ServerAddressError> {
        let name = match host {
            Host::Tcp(name) => name,
            Host::Unix(folder) => return Ok(Self::Socket(folder)),
        };
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || ",/@?#[]".contains(c);
        if name.is_empty() || name.contains(is_odd) {
            return Err(ServerAddressError::Host);
        }
        if let Some(address) = literal(&name) {
            ConnectionReach::Anywhere.allows(address)?;
        }
        Ok(Self::Name(name))
    }
}

impl HostAddress {
    /// Returns whether it is on this host. If it is, nothing goes over a network.
    pub(super) fn is_here(&self) -> bool {
        match &self.place {
            Place::Socket(_) => true,
            Place::Name(name) => is_here(name),
        }
    }

    /// Returns how far a connection may go: no further than this host if the address is this host's.
    pub(super) fn reach(&self) -> ConnectionReach {
        if self.is_here() { ConnectionReach::Here } else { ConnectionReach::Anywhere }
    }

    /// Returns the host as it is written in a URL, with its port if that is not the usual one.
    fn in_url(&self) -> String {
        let colon = if self.port == USUAL { String::new() } else { format!(":{}", self.port) };
        match &self.place {
            Place::Name(name) if name.contains(':') => format!("[{name}]{colon}"),
            Place::Name(name) => format!("{name}{colon}"),
            Place::Socket(folder) => folder.display().to_string(),
        }
    }

    /// Returns the host as it is written after `host=`.
    fn alone(&self) -> String {
        match &self.place {
            Place::Name(name) => name.clone(),
            Place::Socket(folder) => folder.display().to_string(),
        }
    }
}

/// The server as errors and the status name it.
impl std::fmt::Display for HostAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let port = self.port;
        match &self.place {
            Place::Name(name) if name.contains(':') => write!(f, "[{name}]:{port}"),
            Place::Name(name) => write!(f, "{name}:{port}"),
            Place::Socket(folder) => {
                f.write_str(&line(&folder.join(format!(".s.PGSQL.{port}")).display().to_string()))
            }
        }
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { user, hosts, database } = self;
        let list = |one: fn(&HostAddress) -> String| hosts.iter().map(one).collect::<Vec<String>>().join(",");
        if !hosts.iter().any(|host| matches!(host.place, Place::Socket(_))) {
            return write!(f, "postgres://{user}@{}/{database}", list(HostAddress::in_url));
        }
        write!(f, "postgres://{user}@/{database}?host={}", list(HostAddress::alone))?;
        if hosts.iter().all(|host| host.port == USUAL) {
            return Ok(());
        }
        write!(f, "&port={}", list(|host| host.port.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ServerAddress {
        text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn an_address_has_a_user_a_host_and_a_database_and_no_password() {
        for (typed, shown) in [
            ("postgres://vakt@db.example/register", "postgres://vakt@db.example/register"),
            ("postgres://vakt@127.0.0.1:5433/register", "postgres://vakt@127.0.0.1:5433/register"),
            ("postgres://v@/r?host=/run/postgresql", "postgres://v@/r?host=/run/postgresql"),
            ("postgres://v@h/r?port=5433", "postgres://v@h:5433/r"),
            ("postgres://v@[::1]/r?port=5433", "postgres://v@[::1]:5433/r"),
            ("postgres://v@/r?port=5433&host=/run/pg", "postgres://v@/r?host=/run/pg&port=5433"),
            ("postgres://v@:5433/r?host=%2Frun%2Fpg", "postgres://v@/r?host=/run/pg&port=5433"),
            ("postgresql://v@%2Frun%2Fpg/r", "postgres://v@/r?host=/run/pg"),
            ("postgresql://v@%2Frun%2Fpg:5433/r", "postgres://v@/r?host=/run/pg&port=5433"),
            ("postgres://v@/r?host=db.example", "postgres://v@db.example/r"),
            ("postgres://v@/r?host=::1&port=5433", "postgres://v@[::1]:5433/r"),
            ("postgres://v@h/r?target_session_attrs=read-write", "postgres://v@h/r"),
            ("host=h user=v dbname=r", "postgres://v@h/r"),
            (" dbname = 'r' user=v host=/run/pg port=5433", "postgres://v@/r?host=/run/pg&port=5433"),
            ("host=h user=v dbname=r target_session_attrs=read-write", "postgres://v@h/r"),
        ] {
            assert_eq!(read(typed).to_string(), shown);
            assert_eq!(read(shown), read(typed), "{typed}");
            assert!(ServerAddress::is_meant(typed), "{typed}");
        }
        assert!(!ServerAddress::is_meant("sqlite:var/host=x") && !ServerAddress::is_meant("var/r.db"));
    }

    #[test]
    fn several_hosts_are_read_as_postgresqls_own_programs_read_them() {
        for (typed, shown, each) in [
            ("postgres://v@a,b/r", "postgres://v@a,b/r", "a:5432 b:5432"),
            ("postgres://v@a:5432,b:5433/r", "postgres://v@a,b:5433/r", "a:5432 b:5433"),
            ("postgres://v@a,b/r?port=5433", "postgres://v@a:5433,b:5433/r", "a:5433 b:5433"),
            ("postgres://v@a,b/r?port=1,2", "postgres://v@a:1,b:2/r", "a:1 b:2"),
            ("postgres://v@a,b:2/r?port=1,2", "postgres://v@a:1,b:2/r", "a:1 b:2"),
            ("postgres://v@/r?host=a,b&port=1,2", "postgres://v@a:1,b:2/r", "a:1 b:2"),
            ("postgres://v@/r?port=1,&host=a,b", "postgres://v@a:1,b/r", "a:1 b:5432"),
            // Programs that make addresses write the comma in this way.
            ("postgres://v@/r?host=a%2Cb&port=1%2C2", "postgres://v@a:1,b:2/r", "a:1 b:2"),
            ("postgres://v@:1,:2/r?host=a,b", "postgres://v@a:1,b:2/r", "a:1 b:2"),
            (
                "postgres://v@[::1]:1,[2001:db8::2]/r",
                "postgres://v@[::1]:1,[2001:db8::2]/r",
                "[::1]:1 [2001:db8::2]:5432",
            ),
            ("postgres://v@/r?host=::1,b", "postgres://v@[::1],b/r", "[::1]:5432 b:5432"),
            (
                "postgres://v@%2Frun%2Fpg:1,b:2/r",
                "postgres://v@/r?host=/run/pg,b&port=1,2",
                "/run/pg/.s.PGSQL.1 b:2",
            ),
            (
                "postgres://v@/r?host=/run/one,/run/two",
                "postgres://v@/r?host=/run/one,/run/two",
                "/run/one/.s.PGSQL.5432 /run/two/.s.PGSQL.5432",
            ),
            ("host=a,b port=1,2 user=v dbname=r", "postgres://v@a:1,b:2/r", "a:1 b:2"),
            (
                "host=a,/run/pg port=5433 user=v dbname=r",
                "postgres://v@/r?host=a,/run/pg&port=5433,5433",
                "a:5433 /run/pg/.s.PGSQL.5433",
            ),
        ] {
            let address = read(typed);
            let told: Vec<String> = address.hosts().iter().map(HostAddress::to_string).collect();
            assert_eq!((address.to_string().as_str(), told.join(" ").as_str()), (shown, each), "{typed}");
            assert_eq!(read(shown), address, "{typed}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_its_kind() {
        use ServerAddressError::{Host, Hosts, Kind, Option, Password, Port, Shape};
        for (wrong, kind) in [
            ("postgres://vakt:secret@db.example/register", Password),
            ("postgres://vakt:secret@one,two/register", Password),
            ("postgres://vakt@db.example/register?password=secret", Password),
            ("host=a,b user=v dbname=r password='se cret'", Password),
            ("postgres://vakt%3Asecret@db.example/register", Password),
            ("postgres://vakt%253Asecret@db.example/register", Password),
            ("host=a user=v:secret dbname=r", Password),
            ("host=a user=v dbname=r password=secret sslmode=disable", Password),
            ("postgres://db.example/register", Shape),
            ("postgres://vakt@db.example", Shape),
            ("host=a,b user=v", Shape),
            ("user=v dbname=r", Shape),
            ("host=a dbname=r user=v port=x", Shape),
            ("postgres://vakt@one/register?host=/run/postgresql", Hosts),
            ("postgres://vakt@one,two/register?host=one", Hosts),
            ("postgres://vakt@/register?host=/run/one&host=/run/two", Hosts),
            ("postgres://vakt@one,/register", Host),
            ("postgres://vakt@,one/register", Host),
            ("postgres://vakt@/register?host=one,,two", Host),
            ("postgres://vakt@one%2Ctwo/register", Host),
            ("postgres://vakt@/register?host=[::1]", Host),
            ("host=a, user=v dbname=r", Host),
            ("postgres://vakt@db.example:5432/register?port=5433", Port),
            ("postgres://vakt@one:1,two:2/register?port=1,3", Port),
            ("postgres://vakt@db.example/register?port=5432,5433", Port),
            ("postgres://vakt@one,two,three/register?port=1,2", Port),
            ("postgres://vakt@one,two/register?port=1,2,3", Port),
            ("host=one,two,three port=1,2 user=v dbname=r", Port),
            ("postgres://vakt@db.example/register?port=", Port),
            ("postgres://vakt@db.example/register?port=1&port=1", Port),
            ("postgres://vakt@db.example/register?port=65536", Port),
            ("postgres://vakt@db.example:0/register", Port),
            ("postgres://vakt@one,two:0/register", Port),
            ("postgres://vakt@db.example/register?sslmode=disable", Option),
            ("host=a user=v dbname=r sslmode=disable", Option),
            ("host=a hostaddr=127.0.0.1 user=v dbname=r", Option),
            ("postgres://vakt@one,two/register?target_session_attrs=any", Kind),
            ("postgres://vakt@one,two/register?target_session_attrs=standby", Kind),
            ("host=a user=v dbname=r target_session_attrs=read-only", Kind),
        ] {
            assert_eq!(wrong.parse::<ServerAddress>().err(), Some(kind), "{wrong}");
        }
    }

    #[test]
    fn each_host_of_a_list_is_judged() {
        for wrong in [
            "postgres://v@db.example,169.254.169.254/r",
            "postgres://v@db.example,[fe80::1]:5433/r",
            "postgres://v@/r?host=db.example,fe80::1",
            "host=db.example,169.254.169.254 user=v dbname=r",
        ] {
            let told = wrong.parse::<ServerAddress>();
            assert!(matches!(told, Err(ServerAddressError::Forbidden(_))), "{wrong}: {told:?}");
        }
    }

    #[test]
    fn only_this_host_is_spoken_to_without_tls() {
        let here = |text: &str| read(text).hosts().iter().map(HostAddress::is_here).collect::<Vec<bool>>();
        for text in ["postgres://v@localhost,127.0.0.2,[::1]/r", "postgres://v@/r?host=/run/a,localhost,::1"]
        {
            assert_eq!(here(text), [true, true, true], "{text}");
        }
        assert_eq!(here("postgres://v@10.0.0.1,localhost,localhost.example/r"), [false, true, false]);
    }
}
