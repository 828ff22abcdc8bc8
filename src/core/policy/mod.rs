//! The decisions: the Cedar policies in `policies/` say who may grant which access.
//!
//! Plain facts go in ([`Question`]), and a [`Decision`] comes out. The rules are written in `policies/` and nowhere in
//! this code. This module keeps three promises. A policy that fails is a denial. Cedar alone would skip it, even a
//! `forbid`. Cedar gets exactly what `given` describes, and a remembered verdict is found under exactly the same facts.
//! No policy can name a person, because no person's id is among the facts.

mod cases;
mod cedar;
mod decide;
mod described;
mod facts;
mod fits;
mod format;
mod given;
mod load;
mod place;
mod promises;
mod remembered;
mod sets;
mod slices;
mod word_sets;
mod words;

pub use cases::{
    CaseOutcome, CaseQuestion, Coverage, Expected, PolicyCase, Tried, coverage, gone_cases, has_cases,
    try_cases,
};
pub use decide::{Advice, Decision, Prepared};
pub use described::{Described, OtherWords, RequestKind};
pub use facts::{
    Access, Act, Applicant, Approver, CapabilityAct, Certainty, Circumstances, Concerned, Counts,
    CourseRecord, Other, Question, Stay,
};
pub use format::{can_be_formatted, formatted};
pub use load::{Policies, REQUIRED_FILES};
pub use promises::{PROMISE_FILES, Promise, PromiseKind};
pub use remembered::Remembered;
pub use sets::Sets;
pub use word_sets::WordSet;
pub use words::why;
