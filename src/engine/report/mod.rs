//! Answers questions about present and past access: user lists, one person's accesses with their reasons, and all that
//! happened to them. The answers come from memory and the ledger. Nothing here writes.
//!
//! The files in reading order:
//!
//! ```text
//!  standing     the user list for an administrator
//!  history      who had which rights on a past day, or between two days
//!  taken_back   the times that two people have taken back
//!  life         everything that happened to one person
//!  code_owners  a CODEOWNERS file that is made from the policies
//! ```

mod code_owners;
mod history;
mod life;
mod standing;
mod taken_back;

pub use code_owners::{CodeOwners, CodeOwnersForge, code_owners, host_of, with_part};
pub use history::{Had, HeldRight, begins, had_between, held_on};
pub use life::{LifeEvent, LifeEventKind, WrongClock, life};
pub use standing::{AccessLine, Lines, access_lines};
pub use taken_back::{TimeTakenBack, times_taken_back};
