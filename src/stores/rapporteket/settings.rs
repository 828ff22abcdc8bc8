//! Everything needed to reach Rapporteket's database. These are values only. Files are read when they are used, so that
//! a renewed password is used while the daemon runs.

use std::path::PathBuf;
use std::time::Duration;

use portvakt_core::reports::Meaning;

use super::ReportsAddress;

/// The longest time to read the table or to write one row. It is short, because a revocation in the register may have
/// to wait this long, but only the first time.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// Everything needed to reach the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RapporteketSettings {
    /// The address of the database.
    pub address: ReportsAddress,
    /// The file with the password. `None` for a user without a password.
    pub password: Option<PathBuf>,
    /// The PEM file of further authorities that may confirm the database's server.
    pub authorities: Option<PathBuf>,
    /// The meaning of the rows in the table.
    pub meaning: Meaning,
    /// The longest time for one reading or one writing.
    pub patience: Duration,
}

impl RapporteketSettings {
    /// Settings with this address and the defaults for everything else.
    #[must_use]
    pub fn new(address: ReportsAddress) -> Self {
        Self { address, password: None, authorities: None, meaning: Meaning::default(), patience: PATIENCE }
    }
}
