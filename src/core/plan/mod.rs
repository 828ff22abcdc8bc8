//! The plan: it compares what should be with what is, and lists what must be done. A plan is a value that can be
//! ordered, printed and compared.

mod additions;
mod closed;
mod door;
mod draft;
mod drawing;
mod ends;
mod guard;
mod held;
mod loss;
mod report_work;
mod reports;
mod situation;
mod step;
mod strangers;

pub use additions::{Additions, Admitted};
pub use draft::draft;
pub use drawing::Draft;
pub use guard::{Budget, BudgetUse, Guarded, LimitAsked, Sizes};
pub use held::HeldSet;
pub use loss::{Class, Gain, Item, Loss};
pub use report_work::{Follows, Owed, ReportWork, Reports};
pub use reports::folded;
pub use situation::{ClockTrust, Extent, Observed, Situation, Stand, Untrusted};
pub use step::{Detail, Effect, EffectKind, NewAccount, Raise, Revoke, StaysEnded, Step, Subject};
