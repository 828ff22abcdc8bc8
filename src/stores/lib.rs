//! The register and the report subscriptions as they stand.
//!
//! The register in this program's own tables ([`tables`]) is written together with its record, in one transaction; a
//! register elsewhere ([`scim`]) is a [`WriteStore`](portvakt_core::store::WriteStore), and its record is kept beside
//! it. Rapporteket's table of subscriptions ([`rapporteket`]) checks nobody's access, so it is written too.

pub mod rapporteket;
mod remote;
pub mod scim;
pub mod tables;

pub use remote::RemoteStore;
