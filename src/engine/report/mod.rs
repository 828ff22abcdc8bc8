//! Answers questions about present and past access: user lists, and one person's accesses with their reasons. The
//! answers come from memory and the ledger. Nothing here writes.

mod code_owners;
mod history;
mod standing;

pub use code_owners::{CodeOwners, Host, code_owners, host_of, with_part};
pub use history::{Held, begins, held_on};
pub use standing::{Line, Lines, lines};
