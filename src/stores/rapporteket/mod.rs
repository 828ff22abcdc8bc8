//! The client for Rapporteket's database, where report subscriptions are kept.
//!
//! ```text
//!  settings  everything needed to reach the database, as values
//!  address   the address of the database
//!  maria     the table of subscriptions, in MariaDB or MySQL
//! ```

mod address;
mod maria;
mod settings;

pub use address::{ReportsAddress, ReportsAddressError};
pub use maria::Maria;
pub use settings::{PATIENCE, RapporteketSettings};
