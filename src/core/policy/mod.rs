//! The decisions: the Cedar policies in `policies/` say who may grant which access.
//!
//! Plain facts go in ([`Question`]), and a [`Decision`] comes out. The rules are written in `policies/` and nowhere
//! in this code. This module keeps three promises. A policy that fails is a denial; Cedar by itself would skip it,
//! even a `forbid`. Cedar is given exactly what `given` describes, and a remembered verdict is found under exactly
//! the same facts. No policy can name a person, because no person's id is among the facts.

mod cedar;
mod decide;
mod facts;
mod fits;
mod given;
mod load;
mod place;
mod remembered;
mod slices;

pub use decide::{Advice, Decision, Prepared};
pub use facts::{
    Access, Act, Applicant, Approver, CapabilityAct, Certainty, Circumstances, Concerned, Counts, Question,
    Record, Stay,
};
pub use load::{Policies, REQUIRED_FILES};
pub use remembered::Remembered;
