//! Answers to questions about what stands and what has been: user lists, and one person's accesses with their
//! reasons. Read from what the program remembers and from the ledger; nothing here writes.

mod code_owners;
mod history;
mod standing;

pub use code_owners::{CodeOwners, Host, code_owners, host_of, with_part};
pub use history::{Held, begins, held_on};
pub use standing::{Line, Lines, lines};
