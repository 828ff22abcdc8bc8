//! All that is needed to reach Rapporteket's database. Values only: files are read when they are used, so that a
//! password that is renewed under a running daemon is taken up.

use std::path::PathBuf;
use std::time::Duration;

use portvakt_core::reports::Meaning;

use super::Address;

/// The longest that reading the table, or writing one row, may take. Short: a revocation in the register waits for no
/// more than this, and only the first time.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// All that is needed to reach the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is.
    pub address: Address,
    /// The file with the password; `None` for a user who has none.
    pub password: Option<PathBuf>,
    /// Further authorities that may vouch for it, PEM.
    pub authorities: Option<PathBuf>,
    /// What its rows mean.
    pub meaning: Meaning,
    /// The longest that one thing may take.
    pub patience: Duration,
}

impl Settings {
    /// Everything but the address as it is by default.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self { address, password: None, authorities: None, meaning: Meaning::default(), patience: PATIENCE }
    }
}
