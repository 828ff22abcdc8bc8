//! Turns the options of a register that is reached by SCIM into settings.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use portvakt_core::diag::{Text, text};
use portvakt_core::parse::unread;
use portvakt_net::{Typed, system};
use portvakt_stores::scim::{
    ClientCredentials, Credentials, IN_FLIGHT, Map, MapError, ScimSettings, ServiceAddress,
    ServiceAddressError,
};
use serde::Deserialize;

use super::credentials::{self, no_credential};

const HEADING: &str = "Options of a register reached by SCIM";

/// The options of a register that is reached by SCIM.
#[derive(Debug, Clone, Args)]
pub struct ScimArgs {
    /// How the service names things: a YAML or JSON file, see stores.md of Portvakt's documentation.
    #[arg(long, global = true, env = "PORTVAKT_SCIM_MAP", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    pub scim_map: Option<PathBuf>,
    /// File with the bearer token, or `credential:NAME` for a credential of systemd.
    #[arg(long, global = true, env = "PORTVAKT_SCIM_TOKEN", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    pub scim_token: Option<PathBuf>,
    /// File that says where and as whom a token is fetched (OAuth 2.0 client credentials), see stores.md of Portvakt's documentation.
    #[arg(long, global = true, env = "PORTVAKT_SCIM_OAUTH", hide_env_values = true, value_name = "FILE", conflicts_with = "scim_token", help_heading = HEADING, hide_short_help = true)]
    pub scim_oauth: Option<PathBuf>,
    /// PEM file with this program's certificate and key, for a service that wants one.
    #[arg(long, global = true, env = "PORTVAKT_SCIM_CERTIFICATE", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    pub scim_certificate: Option<PathBuf>,
    /// PEM file with further authorities that may vouch for the service.
    #[arg(long, global = true, env = "PORTVAKT_SCIM_AUTHORITIES", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    pub scim_authorities: Option<PathBuf>,
    /// Requests under way at once.
    #[arg(long, global = true, env = "PORTVAKT_SCIM_IN_FLIGHT", hide_env_values = true, default_value_t = IN_FLIGHT as u16, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "NUMBER", help_heading = HEADING, hide_short_help = true)]
    pub scim_in_flight: u16,
    /// The longest one request may take, in seconds.
    #[arg(long, global = true, env = "PORTVAKT_SCIM_TIMEOUT", hide_env_values = true, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=600), value_name = "SECONDS", help_heading = HEADING, hide_short_help = true)]
    pub scim_timeout: u16,
}

/// The reason why the options give no usable settings for a register.
#[derive(Debug, thiserror::Error)]
pub enum ScimError {
    /// The attribute map cannot be used.
    Map(#[from] MapError),
    /// Systemd has given no credential of this name.
    Credential(String),
    /// The file that says how a token is fetched cannot be used.
    OAuth {
        /// The path of the file.
        place: String,
        /// The reason, in both languages.
        why: Text,
    },
}

impl ScimError {
    /// The reason in words, in both languages.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Map(error) => error.words(),
            Self::Credential(name) => no_credential(name),
            Self::OAuth { place, why } => text!(with why; en: "`{place}`: {why}", nb: "`{place}`: {why}"),
        }
    }
}

impl fmt::Display for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OAuth {
    token_url: String,
    client_id: String,
    secret: PathBuf,
    scope: Option<String>,
}

impl ScimArgs {
    /// The settings for a service at this address.
    ///
    /// # Errors
    /// The function fails when the map, a credential or the file of client credentials is missing or cannot be
    /// understood.
    pub fn settings(&self, address: &ServiceAddress) -> Result<ScimSettings, ScimError> {
        let entry = match (&self.scim_token, &self.scim_oauth) {
            (Some(token), _) => Credentials::Token(secret(token)?),
            (None, Some(file)) => Credentials::Client(client(file)?),
            (None, None) => Credentials::Open,
        };
        let map = self.scim_map.as_deref().map(Map::read).transpose()?.unwrap_or_default();
        Ok(ScimSettings {
            address: address.clone(),
            map,
            entry,
            certificate: self.scim_certificate.as_deref().map(secret).transpose()?,
            authorities: self.scim_authorities.clone(),
            in_flight: usize::from(self.scim_in_flight),
            patience: Duration::from_secs(u64::from(self.scim_timeout)),
        })
    }
}

/// The path of a file or of a systemd credential, with the error type that the options of a register use.
pub(super) fn secret(named: &Path) -> Result<PathBuf, ScimError> {
    credentials::secret(named).map_err(ScimError::Credential)
}

fn client(file: &Path) -> Result<ClientCredentials, ScimError> {
    // A path without a file is not shown, because the user may have typed the secret instead of the path.
    let place = if file.exists() { file.display().to_string() } else { "--scim-oauth".to_owned() };
    let wrong = |why: Text| ScimError::OAuth { place: place.clone(), why };
    let text = std::fs::read_to_string(file).map_err(|why| wrong(system(&why)))?;
    let read: OAuth = serde_yaml::from_str(&text).map_err(|why| wrong(unread(&why)))?;
    let url = Typed::from(read.token_url.as_str());
    let endpoint = url.exposed().parse().map_err(|why: ServiceAddressError| {
        let why = why.words();
        wrong(text!(with why; en: "`{url}`: {why}", nb: "`{url}`: {why}"))
    })?;
    Ok(ClientCredentials { endpoint, id: read.client_id, secret: secret(&read.secret)?, scope: read.scope })
}
