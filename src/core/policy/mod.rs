//! The decisions: who may grant what, asked of the Cedar policies in `policies/`.
//!
//! Plain facts go in ([`Question`]), a [`Decision`] comes out; what decides is written in `policies/` and nowhere
//! here. Three promises: a policy that errs denies (Cedar by itself skips it, a `forbid` too); Cedar is given
//! exactly what `given` describes, and a remembered verdict is found under exactly that; no policy can name a
//! person, because no person is among the facts.

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
