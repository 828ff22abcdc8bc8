//! One pass: from a snapshot to a value that says what is accepted, what is held and what the store is told.
//!
//! The same pass serves `plan`, `apply` and `daemon`; it never sees why it was woken. It reads and writes
//! nothing: what [`prepare`] returns is carried out by [`crate::apply`], or printed.

mod accept;
mod adopt;
mod budget;
mod check;
mod clock;
mod consent;
mod decided;
mod distrust;
mod evidence;
mod free;
mod head;
mod id_changes;
mod known;
mod look;
mod observe;
mod office;
mod patience;
mod prepare;
mod protected;
mod remarks;
mod reports;
mod returns;
mod settings;
mod settle;
mod shelf;
mod sitting;
mod still;
mod tip;
mod trusts;
mod withhold;

pub use check::{Checked, Proposal, Weighed, check_against, check_alone, check_with, looks_of};
pub use clock::{Today, day_in};
pub use consent::{
    Consent, Scales, consent, leaves_too_few, only_takes, protected_files, served_statements,
    settings_digests,
};
pub use decided::{Advance, Cleared, Decided, SettledFile};
pub use evidence::{Nothing, Past, ReviewedChange, Reviews, Versions};
pub use head::{Look, head, whose};
pub use id_changes::Renamed;
pub use office::Office;
pub use patience::{Lasting, Patience};
pub use prepare::{Asked, Newest, PassError, Scope, Seen, day, prepare};
pub use protected::{Proposed, rules_of};
pub use remarks::near;
pub use shelf::Shelf;
pub use tip::base_of;
pub use withhold::{Copy, Remembered};
