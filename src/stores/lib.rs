//! Access to the register and to the report subscriptions.
//!
//! A register in this program's own tables ([`tables`]) is written together with its record, in one transaction. A
//! register elsewhere ([`scim`]) is a [`WriteStore`](portvakt_core::store::WriteStore), and its record is kept beside
//! it. Rapporteket's table of subscriptions ([`rapporteket`]) is written too, because nothing there checks who still
//! has access.
//!
//! The rooms:
//!
//! ```text
//!  tables       the register in this program's own tables
//!  scim         a register behind a SCIM service
//!  remote       the kinds of registers elsewhere, and how to open one
//!  rapporteket  the report subscriptions
//! ```

use portvakt_core::diag::{Text, text};
use portvakt_core::model::AccountId;

pub mod rapporteket;
mod remote;
pub mod scim;
pub mod tables;

pub use remote::RemoteStore;

/// Says that a step would change an account and names none.
fn no_account() -> Text {
    text!(en: "there is no account to change", nb: "det er ingen konto å endre")
}

/// Says that a list of accounts has one of them twice.
fn listed_twice(account: &AccountId) -> Text {
    text!(en: "the account `{account}` is listed twice", nb: "kontoen `{account}` er ført opp to ganger")
}
