//! The plan: it compares what should be with what is, and lists what must be done. A plan is a value that can be
//! ordered, printed and compared.
//!
//! ```text
//!  situation  the input: what was accepted, what the changes take, what the store holds
//!  draft      compares both, account by account; drawing is the plan while it is drawn
//!  door       the only code that takes or gives: each loss has a cause, each gain an accepted access
//!  ends, closed, strangers  people who are not trusted, closed accounts, accounts that no file names
//!  unclaimed  open accounts that may be somebody's, although the memory does not know it
//!  reports    what ends in Rapporteket after the steps; report_work is that work as a value
//!  step       one step, the result; loss counts what steps cost
//!  guard      the removal budget; additions is the other one; held is what they hold
//! ```

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
mod unclaimed;

pub use additions::{Additions, Admitted};
pub use draft::draft;
pub use drawing::Draft;
pub use guard::{Budget, BudgetUse, Guarded, LimitAsked, Sizes};
pub use held::HeldSet;
pub use loss::{AccessItem, Class, Gain, Loss};
pub use report_work::{Follows, Owed, ReportWork, Reports};
pub use reports::folded;
pub use situation::{ClockTrust, Extent, Observed, Situation, Stand, Untrusted};
pub use step::{Detail, Effect, EffectKind, NewAccount, Raise, Revoke, StaysEnded, Step, StepTurn, Subject};
