//! Turns the options of a register in PostgreSQL into the address of a server, with all that is needed to connect.

use std::path::PathBuf;

use clap::Args;
use portvakt_database::{Server, ServerAddress};

use super::credentials::credential;
use super::scim::{ScimError, secret};

const HEADING: &str = "Options of a register in PostgreSQL";

/// The options of a register that is kept in PostgreSQL.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// File with the password of the role, or `credential:NAME` for a credential of systemd. Where it is left out, the
    /// credential `store-password`, if it is there.
    #[arg(long, global = true, env = "PORTVAKT_STORE_PASSWORD_FILE", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    pub store_password_file: Option<PathBuf>,
    /// PEM file with the authorities that may vouch for the server; those of the system where it is left out.
    #[arg(long, global = true, env = "PORTVAKT_STORE_AUTHORITIES", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    pub store_authorities: Option<PathBuf>,
}

impl ServerArgs {
    /// The database at this address, with the password file and the authorities that are needed to connect.
    ///
    /// # Errors
    /// The function fails when a credential that is named is missing.
    pub fn server(&self, address: &ServerAddress) -> Result<Server, ScimError> {
        let password = match &self.store_password_file {
            Some(named) => Some(secret(named)?),
            None => credential("store-password").filter(|path| path.is_file()),
        };
        Ok(Server { address: address.clone(), password, authorities: self.store_authorities.clone() })
    }
}
