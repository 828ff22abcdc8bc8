//! The plan: it compares what should be with what is, and lists what must be done. A plan is a value that can be
//! ordered, printed and compared.

mod additions;
mod closed;
mod door;
mod draft;
mod ends;
mod guard;
mod held;
mod loss;
mod reports;
mod step;
mod strangers;

pub use additions::{Additions, Admitted};
pub use draft::{ClockTrust, Draft, Extent, Observed, Situation, Stand, draft};
pub use ends::Untrusted;
pub use guard::{Budget, Guarded, Scope, Sizes, Used};
pub use held::{HeldSet, Why};
pub use loss::{Class, Gain, Item, Loss};
pub use reports::{Follows, Owed, ReportWork, Reports, folded};
pub use step::{Cause, Detail, Effect, EffectKind, NewAccount, Raise, Revoke, StaysEnded, Step, Subject};
