//! Turns the options of Rapporteket's reports into settings.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use portvakt_core::diag::{Text, text};
use portvakt_core::reports::Meaning;
use portvakt_stores::rapporteket::{RapporteketSettings, ReportsAddress};

use super::credentials::{no_credential, secret};
use super::unfit::Unfit;

const HEADING: &str = "Options of Rapporteket's reports";

/// The options of Rapporteket's reports.
#[derive(Debug, Clone, Args)]
pub struct ReportsArgs {
    /// Rapporteket's database, `mysql://USER@HOST:PORT/DATABASE`: whoever loses access has their reports ended there.
    #[arg(long, global = true, env = "PORTVAKT_REPORTS", hide_env_values = true, value_name = "URL", value_parser = reports_address, help_heading = HEADING, hide_short_help = true)]
    reports: Option<ReportsAddress>,
    /// File with the password of that user, or `credential:NAME` for a credential of systemd.
    #[arg(long, global = true, env = "PORTVAKT_REPORTS_PASSWORD", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    reports_password: Option<PathBuf>,
    /// PEM file with further authorities that may vouch for the database; with it the connection is encrypted on this host
    /// too.
    #[arg(long, global = true, env = "PORTVAKT_REPORTS_AUTHORITIES", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    reports_authorities: Option<PathBuf>,
    /// What the rows of its table mean: a YAML or JSON file, see stores.md of Portvakt's documentation.
    #[arg(long, global = true, env = "PORTVAKT_REPORTS_MAP", hide_env_values = true, value_name = "FILE", help_heading = HEADING, hide_short_help = true)]
    reports_map: Option<PathBuf>,
}

fn reports_address(text: &str) -> Result<ReportsAddress, Unfit> {
    text.parse().map_err(|why: portvakt_stores::rapporteket::ReportsAddressError| Unfit(why.words()))
}

/// The error for a file of meanings that cannot be read or understood.
#[derive(Debug, thiserror::Error)]
#[error("`{place}`: {}", why.en())]
pub struct MeaningError {
    /// The path of the file.
    pub place: String,
    /// The reason, in both languages.
    pub why: Text,
}

/// Reads the file that says what the rows of Rapporteket's table mean.
fn meaning(file: &Path) -> Result<Meaning, MeaningError> {
    let wrong = |why: Text| MeaningError { place: file.display().to_string(), why };
    let text = std::fs::read_to_string(file).map_err(|why| wrong(portvakt_net::system(&why)))?;
    // A value that does not fit may be an address with a password.
    Meaning::parse(&text).map_err(|why| wrong(portvakt_net::covered_text(&why)))
}

/// The reason why the options give no usable settings for Rapporteket.
#[derive(Debug, thiserror::Error)]
pub enum ReportsOptionError {
    /// The file that says what rows mean cannot be used.
    Meaning(#[from] MeaningError),
    /// Systemd has given no credential of this name.
    Credential(String),
}

impl ReportsOptionError {
    /// The reason in words, in both languages.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Meaning(error) => {
                let (place, why) = (&error.place, &error.why);
                text!(with why; en: "`{place}`: {why}", nb: "`{place}`: {why}")
            }
            Self::Credential(name) => no_credential(name),
        }
    }
}

impl fmt::Display for ReportsOptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl ReportsArgs {
    /// The settings for Rapporteket. They are `None` if the options name no address.
    pub(super) fn settings(&self) -> Result<Option<RapporteketSettings>, ReportsOptionError> {
        let Some(address) = &self.reports else { return Ok(None) };
        let mut settings = RapporteketSettings::new(address.clone());
        if let Some(named) = &self.reports_password {
            settings.password = Some(secret(named).map_err(ReportsOptionError::Credential)?);
        }
        settings.authorities.clone_from(&self.reports_authorities);
        if let Some(file) = &self.reports_map {
            settings.meaning = meaning(file)?;
        }
        Ok(Some(settings))
    }
}
