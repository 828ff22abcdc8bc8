//! The address of Rapporteket's database: `mysql://USER@HOST[:PORT]/DATABASE`. `mariadb://` means the same, and is
//! remembered as `mysql://`.
//!
//! A connection to another host is always encrypted, and this cannot be turned off. The address never contains a
//! password. Which addresses are never contacted is decided by `portvakt-net`, for this client as for the others.

use std::fmt;
use std::str::FromStr;

use portvakt_core::diag::{Text, text};
use portvakt_net::{ConnectionReach, Forbidden, is_here, literal};
use url::{Host, Url};

const PORT: u16 = 3306;

/// The address of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportsAddress {
    user: String,
    host: String,
    port: u16,
    database: String,
}

/// The reason why a text is not an address of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportsAddressError {
    /// The text has another form.
    Form,
    /// The address contains a password.
    Secret,
    /// The address names several hosts.
    Hosts,
    /// Nobody keeps a database at an address of this kind.
    Forbidden(#[from] Forbidden),
}

impl ReportsAddressError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Form => text!(
                en: "`mysql://USER@HOST:PORT/DATABASE` is expected",
                nb: "`mysql://BRUKER@VERT:PORT/DATABASE` er ventet"
            ),
            Self::Secret => text!(
                en: "a password never stands in the address; give it in a file (`--reports-password FILE`)",
                nb: "passordet står aldri i adressen; oppgi det i en fil (`--reports-password FIL`)"
            ),
            Self::Hosts => text!(
                en: "it names several hosts; reports are ended on one and read back there, and MySQL and MariaDB do not say \
                     which of several is the newest: name the one that is written to",
                nb: "den nevner flere verter; rapporter avsluttes på én og leses tilbake der, og MySQL og MariaDB sier ikke \
                     hvilken av flere som er den nyeste: oppgi den det skrives til"
            ),
            Self::Forbidden(place) => place.words(),
        }
    }
}

impl fmt::Display for ReportsAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Returns whether there is a comma among the hosts of an address, plain or written with a percent sign.
fn names_several(text: &str) -> bool {
    let behind = text.split_once("://").map_or("", |(_, rest)| rest);
    let place = behind.split(['/', '?', '#']).next().unwrap_or_default();
    let host = place.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    host.contains(',') || host.contains("%2c")
}

impl FromStr for ReportsAddress {
    type Err = ReportsAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Two hosts with a port each are not a URL.
        let several = names_several(text);
        let url = Url::parse(text)
            .map_err(|_| if several { ReportsAddressError::Hosts } else { ReportsAddressError::Form })?;
        if url.password().is_some() {
            return Err(ReportsAddressError::Secret);
        }
        if several {
            return Err(ReportsAddressError::Hosts);
        }
        let host = match url.host() {
            // The URL standard does not read hosts of this scheme as numbers, so a number comes as a name.
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(ReportsAddressError::Form),
        };
        if let Some(address) = literal(&host) {
            ConnectionReach::Anywhere.allows(address)?;
        }
        let word = |text: &str| {
            let word = percent_encoding::percent_decode_str(text).decode_utf8().ok()?.into_owned();
            (!word.is_empty() && !word.contains(['/', '\0'])).then_some(word)
        };
        let whole =
            matches!(url.scheme(), "mysql" | "mariadb") && url.query().is_none() && url.fragment().is_none();
        let user = word(url.username()).filter(|_| whole).ok_or(ReportsAddressError::Form)?;
        let database = url.path().strip_prefix('/').and_then(word).ok_or(ReportsAddressError::Form)?;
        Ok(Self { user, host, port: url.port().unwrap_or(PORT), database })
    }
}

impl fmt::Display for ReportsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, port, database } = self;
        if host.contains(':') {
            write!(f, "mysql://{user}@[{host}]:{port}/{database}")
        } else {
            write!(f, "mysql://{user}@{host}:{port}/{database}")
        }
    }
}

impl ReportsAddress {
    /// Returns the user who connects to the database.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the name or number of the host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Returns whether the address is this host. Then the connection need not be encrypted.
    #[must_use]
    pub fn is_here(&self) -> bool {
        is_here(&self.host)
    }

    /// Returns how far a connection may go: no further than this host if the address is this host's.
    #[must_use]
    pub fn reach(&self) -> ConnectionReach {
        if self.is_here() { ConnectionReach::Here } else { ConnectionReach::Anywhere }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_user_host_and_database_and_no_secret() {
        let here: ReportsAddress = "mysql://portvakt@127.0.0.1:3307/db_autoreport".parse().unwrap();
        assert!(here.is_here() && here.to_string() == "mysql://portvakt@127.0.0.1:3307/db_autoreport");
        let there: ReportsAddress = "mysql://portvakt@db.example.no/reports".parse().unwrap();
        assert!(!there.is_here());
        assert_eq!((there.port(), there.user(), there.database()), (3306, "portvakt", "reports"));
        let other: ReportsAddress = "mariadb://portvakt@db.example.no/reports".parse().unwrap();
        assert_eq!(
            (&other, other.to_string()),
            (&there, "mysql://portvakt@db.example.no:3306/reports".to_owned())
        );
        let six: ReportsAddress = "mysql://u@[::1]:3307/d".parse().unwrap();
        assert!(six.is_here() && six.to_string() == "mysql://u@[::1]:3307/d");
        assert_eq!("mysql://u:p@127.0.0.1/d".parse::<ReportsAddress>(), Err(ReportsAddressError::Secret));
        for wrong in [
            "",
            "mysql://",
            "mysql://127.0.0.1/d",
            "mysql://u@127.0.0.1",
            "mysql://u@127.0.0.1/",
            "mysql://u@/d",
            "mysql://u@127.0.0.1/d/e",
            "mysql://u@127.0.0.1/d?ssl=off",
            "postgres://u@127.0.0.1/d",
            "127.0.0.1:3306",
        ] {
            assert_eq!(wrong.parse::<ReportsAddress>(), Err(ReportsAddressError::Form), "{wrong}");
        }
        for several in [
            "mysql://u@one,two/d",
            "mariadb://u@one:1,two:2/d",
            "mysql://u@[::1]:1,[::2]:2/d",
            "mysql://u@one%2Ctwo/d",
        ] {
            assert_eq!(several.parse::<ReportsAddress>(), Err(ReportsAddressError::Hosts), "{several}");
        }
        assert_eq!("mysql://u:p,q@127.0.0.1/d".parse::<ReportsAddress>(), Err(ReportsAddressError::Secret));
        assert!("mysql://u,v@127.0.0.1/d,e".parse::<ReportsAddress>().is_ok());
        for wrong in
            ["mysql://u@169.254.169.254/d", "mysql://u@[fe80::1]/d", "mysql://u@[::ffff:169.254.1.1]/d"]
        {
            assert!(
                matches!(wrong.parse::<ReportsAddress>(), Err(ReportsAddressError::Forbidden(_))),
                "{wrong}"
            );
        }
    }
}
