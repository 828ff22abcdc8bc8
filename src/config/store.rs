//! Reads the addresses that `--store` accepts: a file, a database, or a service. An address with a password in it is
//! recognised, but it is never printed again.

use std::path::PathBuf;

use portvakt_core::diag::{Text, text};
use portvakt_database::{ServerAddress, ServerAddressError};
use portvakt_net::Typed;
use portvakt_stores::scim::{ServiceAddress, ServiceAddressError};

use super::unfit::Unfit;

/// The place where the register is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// The register is in a file of this program.
    File(PathBuf),
    /// The register is behind a SCIM service.
    Scim(ServiceAddress),
    /// The register is in a PostgreSQL database.
    Postgres(ServerAddress),
    /// The address of a database contains a password. The program refuses it before it does anything else
    /// ([`super::Global::misuse`]), and it never prints the address.
    WithPassword,
}

/// The reason why an address does not name a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// The address is of a kind that this version does not know.
    Kind(Typed),
    /// The address looks like a SCIM service, but it cannot be used.
    Address(Typed, #[source] ServiceAddressError),
    /// The address looks like a database, but it cannot be used.
    Database(#[source] ServerAddressError),
}

impl StoreUrlError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Kind(typed) => text!(
                en: "`{typed}` is no store this version knows; `sqlite:PATH` is expected, such as `sqlite:var/register.db`, \
                     a database, such as `postgres://portvakt@db.example.no/register`, or the address of a SCIM service, \
                     such as `https://register.example.no/scim/v2`",
                nb: "`{typed}` er ikke noe sted for et register; `sqlite:STI` er ventet, for eksempel \
                     `sqlite:var/register.db`, en database, for eksempel `postgres://portvakt@db.example.no/register`, \
                     eller adressen til en SCIM-tjeneste, for eksempel `https://register.example.no/scim/v2`"
            ),
            Self::Address(typed, why) => {
                let why = why.words();
                text!(with why; en: "`{typed}`: {why}", nb: "`{typed}`: {why}")
            }
            Self::Database(why) => {
                let why = why.words();
                text!(
                    with why;
                    en: "this is no address of a database: {why}",
                    nb: "dette er ikke adressen til en database: {why}"
                )
            }
        }
    }
}

impl std::fmt::Display for StoreUrlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The path in an address of the form `sqlite:PATH`.
///
/// # Errors
/// Any other text is refused, with a message for the person who typed it.
pub(super) fn file(text: &str) -> Result<PathBuf, Unfit> {
    let path = text.strip_prefix("sqlite:").filter(|path| !path.is_empty() && !path.starts_with("//"));
    path.map(PathBuf::from).ok_or_else(|| {
        let text = Typed::from(text);
        Unfit(text!(
            en: "`{text}` is no file of this program; `sqlite:PATH` is expected, such as `sqlite:var/memory.db`",
            nb: "`{text}` er ingen fil for dette programmet; `sqlite:STI` er ventet, for eksempel `sqlite:var/memory.db`"
        ))
    })
}

impl std::str::FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("https://") || text.starts_with("http://") {
            let address = text.parse().map_err(|why| StoreUrlError::Address(text.into(), why))?;
            return Ok(Self::Scim(address));
        }
        if ServerAddress::is_meant(text) {
            return match text.parse() {
                Ok(address) => Ok(Self::Postgres(address)),
                Err(ServerAddressError::Password) => Ok(Self::WithPassword),
                Err(why) => Err(StoreUrlError::Database(why)),
            };
        }
        file(text).map(Self::File).map_err(|_| StoreUrlError::Kind(text.into()))
    }
}

impl std::fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "sqlite:{}", path.display()),
            Self::Scim(address) => address.fmt(f),
            Self::Postgres(address) => address.fmt(f),
            Self::WithPassword => f.write_str("postgres://…"),
        }
    }
}

impl StoreUrl {
    /// The address of a register elsewhere, behind a SCIM service. It is `None` if the register is in this program's
    /// own tables.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match self {
            Self::File(_) | Self::Postgres(_) | Self::WithPassword => None,
            Self::Scim(address) => Some(address.to_string()),
        }
    }

    /// The same address if it is a file. Otherwise it is the default file of the register.
    #[must_use]
    pub fn or_embedded(self) -> Self {
        match self {
            Self::File(_) => self,
            Self::Scim(_) | Self::Postgres(_) | Self::WithPassword => {
                Self::File(PathBuf::from("var/register.db"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_scim_services_are_stores_of_this_version() {
        for right in ["sqlite:var/r.db", "https://register.example.no/scim/v2", "http://127.0.0.1:8080/v2"] {
            assert_eq!(right.parse::<StoreUrl>().unwrap().to_string(), right);
        }
        for wrong in
            ["", "sqlite:", "postgres://x", "var/r.db", "sqlite://host/x", "http://register.example.no/v2"]
        {
            assert!(wrong.parse::<StoreUrl>().is_err(), "{wrong}");
        }
    }
}
