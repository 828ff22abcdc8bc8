//! Judgement: which changes had the authority of somebody who could give it, at the base, on this day.

mod agreement;
mod authority;
mod compare;
mod court;
mod findings;
mod limits;
mod question;
mod trusts;

pub use agreement::{Disagreement, agree};
pub use authority::Authority;
pub use compare::would_be_denied;
pub use court::{Court, Judgement, Pin, Pins, Refusal, Verdict, When};
pub use question::Rules;
pub use trusts::Occupancy;
