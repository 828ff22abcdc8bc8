//! The address of a database on one or several PostgreSQL servers, as somebody types it: a URL, or words such as
//! `host=a,b port=5432 user=u dbname=d`. Both mean what they mean to PostgreSQL's own programs. What those would decide in
//! silence, or would read from the environment, is refused.
//!
//! An address never contains a password. Each of its hosts is judged by itself: whether it may be reached, and whether it is
//! this host.

use std::path::PathBuf;
use std::str::FromStr;

use portvakt_core::diag::{Text, text};
use portvakt_net::{Forbidden, Reach, is_here, line, literal};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, TargetSessionAttrs};

/// The address of a database: `postgres://USER@HOST[:PORT][,HOST[:PORT]…]/DATABASE`, or with `?host=HOST[,HOST…]`, where
/// a host that begins with a slash is the folder of a socket; `?port=PORT[,PORT…]` is another way to write the ports.
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

/// The reason why a text is not an address of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerAddressError {
    /// The address contains a password.
    Password,
    /// A part is missing.
    Shape,
    /// The address has an option that this program does not know.
    Option,
    /// The address asks for another kind of server than one that takes writes.
    Kind,
    /// The hosts stand in two places.
    Hosts,
    /// A host is left out, or is no host.
    Host,
    /// A port is no port, or two different ones are given for a host, or they are not as many as the hosts.
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
                en: "it says how to connect in a way that is not known here; only `host=` (a host, or `/FOLDER` of a socket, \
                     with commas between several), `port=` and `target_session_attrs=read-write` are",
                nb: "den sier hvordan det skal kobles til på en måte som ikke er kjent her; bare `host=` (en vert, eller \
                     `/MAPPE` til en sokkel, med komma mellom flere), `port=` og `target_session_attrs=read-write` er det"
            ),
            Self::Kind => text!(
                en: "`target_session_attrs` in it can only be `read-write`: what writes goes only to a server that takes \
                     writes, and what only reads goes to the first that answers",
                nb: "`target_session_attrs` i den kan bare være `read-write`: det som skriver, går bare til en tjener som tar \
                     imot skriving, og det som bare leser, går til den første som svarer"
            ),
            Self::Hosts => text!(
                en: "it names hosts in two places; write them all before the path, or all in one `host=`, with commas \
                     between them",
                nb: "den nevner verter to steder; skriv alle foran stien, eller alle i én `host=`, med komma mellom dem"
            ),
            Self::Host => text!(
                en: "a host in it is left out, or is no name and no number; after `host=` an IPv6 address stands without \
                     brackets",
                nb: "en vert i den mangler, eller er verken et navn eller et nummer; etter `host=` står en IPv6-adresse uten \
                     klammer"
            ),
            Self::Port => text!(
                en: "its port must be a number from 1 to 65535, given once: one for all hosts, or one for each of them",
                nb: "porten må være et tall fra 1 til 65535, oppgitt én gang: én for alle verter, eller én for hver av dem"
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

/// The words that an address in words can begin with.
const KEYWORDS: [&str; 7] =
    ["host", "hostaddr", "port", "user", "dbname", "password", "target_session_attrs"];

fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// A host as it is written, with the port behind it.
struct Written {
    host: Host,
    port: Option<u16>,
}

/// What an address says after its `?`, or in words.
#[derive(Default)]
struct Asked {
    hosts: Option<Vec<Host>>,
    ports: Option<Vec<Option<u16>>>,
}

impl Asked {
    fn read(query: Option<&str>) -> Result<Self, ServerAddressError> {
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

/// Reads a list of ports. In a list of several, one that is left out is the usual one.
fn ports(list: &str) -> Result<Vec<Option<u16>>, ServerAddressError> {
    let several = list.contains(',');
    let port = |text: &str| match text {
        "" if several => Ok(Some(USUAL)),
        _ => text.parse().map(Some).map_err(|_| ServerAddressError::Port),
    };
    list.split(',').map(port).collect()
}

/// Gives each of so many hosts its port: none, the same for all, or one for each.
fn for_each(mut ports: Vec<Option<u16>>, count: usize) -> Result<Vec<Option<u16>>, ServerAddressError> {
    if ports.len() < 2 {
        let all = ports.first().copied().flatten();
        ports.resize(count, all);
    }
    if ports.len() == count { Ok(ports) } else { Err(ServerAddressError::Port) }
}

/// Says of each host of a URL before its path whether a port is written behind it. The colons of an IPv6 address stand
/// before its bracket.
fn have_ports(address: &str) -> impl Iterator<Item = bool> {
    let behind = address.split_once("://").map_or(address, |(_, rest)| rest);
    let behind = behind.split_once('@').map_or(behind, |(_, rest)| rest);
    let hosts = behind.split('/').next().unwrap_or_default();
    hosts.split(',').map(|host| host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']')))
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
        // The driver gives 5432 where no port stands behind a host.
        let written = config.get_hosts().iter().zip(config.get_ports()).zip(have_ports(address));
        let written = written
            .map(|((host, port), has_port)| Written { host: host.clone(), port: has_port.then_some(*port) });
        Self::judged(&config, written.collect(), asked)
    }
}

impl ServerAddress {
    /// Whether a text is meant to be such an address, rightly written or not.
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
        // A password is told as one, whatever stands beside it.
        if config.get_password().is_none() && known != config {
            return Err(ServerAddressError::Option);
        }
        let asked = Asked {
            hosts: Some(config.get_hosts().to_vec()),
            ports: Some(config.get_ports().iter().copied().map(Some).collect()),
        };
        Self::judged(&config, Vec::new(), asked)
    }

    fn judged(config: &Config, written: Vec<Written>, asked: Asked) -> Result<Self, ServerAddressError> {
        if config.get_password().is_some() {
            return Err(ServerAddressError::Password);
        }
        let (Some(user), Some(database)) = (config.get_user(), config.get_dbname()) else {
            return Err(ServerAddressError::Shape);
        };
        // A host that is left out, as in `@:5433/`, is none.
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

    /// The servers, in the order in which they are tried.
    pub(super) fn hosts(&self) -> &[HostAddress] {
        &self.hosts
    }

    /// The role that connects.
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
            Reach::Anywhere.allows(address)?;
        }
        Ok(Self::Name(name))
    }
}

impl HostAddress {
    /// Whether it is on this host. Then nothing goes over a network.
    pub(super) fn is_here(&self) -> bool {
        match &self.place {
            Place::Socket(_) => true,
            Place::Name(name) => is_here(name),
        }
    }

    /// How far a connection may go: no further than this host if the address is this host's.
    pub(super) fn reach(&self) -> Reach {
        if self.is_here() { Reach::Here } else { Reach::Anywhere }
    }

    /// The host as it stands in a URL, with a port that is not the usual one.
    fn in_url(&self) -> String {
        let colon = if self.port == USUAL { String::new() } else { format!(":{}", self.port) };
        match &self.place {
            Place::Name(name) if name.contains(':') => format!("[{name}]{colon}"),
            Place::Name(name) => format!("{name}{colon}"),
            Place::Socket(folder) => folder.display().to_string(),
        }
    }

    /// The host as it stands after `host=`.
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
