//! Prepares one pass up to the decision. The data of the case is read here, and `portvakt_core::decide` makes the
//! decision.
//!
//! The same pass serves `plan`, `apply` and `daemon`. It does not know why it was started. It writes nothing: what
//! [`prepare_pass()`] returns is carried out by [`crate::apply`], or printed.
//!
//! The files in reading order:
//!
//! ```text
//!  asked       the input of a pass, and the reasons why a pass cannot be made
//!  prepare     the whole way from the input to the decision
//!  office      the rules in force and the trusted day
//!  shelf       loaded rules and the ledger as far as it was read, kept from pass to pass
//!  distrust    the people whose remembered access the ledger does not confirm
//!  settings    the values by which a change of settings and policies is settled
//!  adopt       the accounts that `accounts: adopt` names
//!  look        the files that are looked at, and the rules of the first judgement of refused entries
//!  unfinished  work that earlier passes did not finish
//!  observe     the part of the store that the pass needs
//!  lagging     accounts that the list shows as they were before this program's last write
//!  reports     Rapporteket's rows, and the work that is still owed to it
//! ```

mod adopt;
mod asked;
mod distrust;
mod lagging;
mod look;
mod observe;
mod office;
mod prepare;
mod reports;
mod settings;
mod shelf;
mod unfinished;

pub use asked::{Newest, PassError, PassInput, PassTools};
pub use office::Office;
pub use prepare::{day_at, prepare_pass};
pub use shelf::Shelf;
