//! The plan: it compares what should be with what is, and lists what must be done. A plan is a value that can be
//! ordered, printed and compared.
//!
//! The files, in reading order:
//!
//! ```text
//!  situation        the input: what was accepted, what the changes take, what the store holds
//!  step             the changes to one account at one time, which a plan consists of
//!  loss             what steps cost, counted as person and trust
//!  drawing          a plan while it is drawn
//!  draft            compares what should be with what is, account by account
//!  door             the only code that takes or gives: a loss has a cause, a gain an accepted access
//!  ends             people whose memory is not trusted: only access that is over is taken away
//!  closed           closed accounts that still have rights
//!  strangers        accounts that no file names
//!  unclaimed        open accounts that may be somebody's, although the memory does not know it
//!  report_work      the work in Rapporteket for one account, as a value
//!  report_accounts  the accounts as they are after the steps, for the work in Rapporteket
//!  reports          draws the work in Rapporteket that follows from the steps
//!  held             the sets of removals and additions that wait
//!  guard            the removal budget
//!  additions        the budget for additions
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
mod report_accounts;
mod report_work;
mod reports;
mod situation;
mod step;
mod strangers;
mod unclaimed;

pub use additions::{Additions, Admitted};
pub use draft::draft;
pub use drawing::PlanDraft;
pub use guard::{Budget, BudgetUse, Guarded, LimitAsked, Sizes};
pub use held::HeldSet;
pub use loss::{AccessItem, Class, Gain, Loss};
pub use report_accounts::folded;
pub use report_work::{Follows, Owed, ReportWork, Reports};
pub use situation::{ClockTrust, Observed, Situation, Stand, StoreExtent, Untrusted};
pub use step::{
    Detail, Effect, EffectKind, NewAccount, Raise, Revoke, StaysEnded, Step, StepSubject, StepTurn,
};
