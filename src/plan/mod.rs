//! From what should be and what is, to what must be done: a value, ordered, printable, comparable.

mod draft;
mod ends;
mod guard;
mod loss;
mod reports;
mod step;
mod strangers;

pub use draft::{ClockTrust, Draft, Extent, Observed, Situation, draft};
pub use ends::Untrusted;
pub use guard::{Budget, Guarded, HeldSet, Scope, Sizes, Used};
pub use loss::{Class, Item, Loss};
pub use reports::{Follows, Owed, ReportWork, Reports, folded};
pub use step::{Cause, Effect, NewAccount, Raise, Revoke, Step, Subject};
