//! The client for Rapporteket's database, where report subscriptions are kept.

mod address;
mod maria;
mod settings;

pub use address::{Address, AddressError};
pub use maria::Maria;
pub use settings::{PATIENCE, RapporteketSettings};
