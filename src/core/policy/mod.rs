//! The decisions: the Cedar policies in `policies/` say who may grant which access.
//!
//! Plain facts go in ([`PolicyQuestion`]), and a [`Decision`] comes out. The rules are written in `policies/` and nowhere in
//! this code. This module keeps three promises. A policy that fails is a denial. Cedar itself would skip it, even a
//! `forbid`. Cedar gets exactly what `given` describes, and a remembered verdict is found under exactly the same facts.
//! No policy can name a person, because no person's id is among the facts.
//!
//! The files, in reading order:
//!
//! ```text
//!  facts       the questions to the policies as plain values
//!  given       everything that Cedar is given for a question, as one value
//!  cedar       builds Cedar's own entities and request from what `given` describes
//!  checked     keeps entities that fit the schema, because they are asked about again
//!  place       turns Cedar's errors into findings that underline the words in the file
//!  words       Cedar's messages in bokmål
//!  load        reads and validates the files of `policies/`
//!  promises    what must never and what must always be permitted
//!  promised    the files of promises, as they are kept
//!  slices      sorts policies by action, so that each question meets few of them
//!  decide      asks the policies, and returns their decision or advice
//!  remembered  keeps verdicts under everything that they depend on
//!  listed      the ids that the schema lists
//!  fits        checks that the register and the policies use the same words
//!
//!  cases       the cases of `policies/tests`, with the expected answers
//!  format      lays the text of the policies out anew
//!  sets        the policies and promises in Cedar's own form, for a prover
//!  described   compares how two schemas describe the same kind of request
//!  word_sets   sets that may contain words which only one of two schemas has
//! ```

mod cases;
mod cedar;
mod checked;
mod decide;
mod described;
mod facts;
mod fits;
mod format;
mod given;
mod listed;
mod load;
mod place;
mod promised;
mod promises;
mod remembered;
mod sets;
mod slices;
mod word_sets;
mod words;

pub use cases::{
    CaseOutcome, CaseQuestion, Coverage, Expected, PolicyCase, TriedCases, coverage, gone_cases, has_cases,
    read_cases, try_cases,
};
pub use decide::{Advice, Decision, Prepared};
pub use described::{Described, OtherWords, RequestKind};
pub use facts::{
    Access, Act, Applicant, Approver, CapabilityAct, Certainty, Concerned, Counts, CourseRecord, Other,
    PolicyQuestion, RequestFacts, Stay,
};
pub use format::{can_be_formatted, formatted};
pub use load::{Policies, REQUIRED_FILES};
pub use promises::{PROMISE_FILES, Promise, PromiseKind};
pub use remembered::DecisionCache;
pub use sets::Sets;
pub use word_sets::WordSet;
pub use words::why;
