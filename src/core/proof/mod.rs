//! The proof of the policies as plain values: the questions, the answers of a prover, and the words in which people
//! read an answer. This code knows no solver and proves nothing itself.
//!
//! ```text
//!  Policies ──asked──▶ questions ──(a prover, a process of its own)──▶ answer
//!                                                                       │
//!                       story, case ◀── example ◀────────────────────────┤
//!                                                                       ▼
//!                                                          told, changed: findings and sentences
//! ```
//!
//! A missing answer never counts as a success: [`every_question_is_answered`] compares the answers with the questions.
//!
//! The files, in reading order:
//!
//! ```text
//!  asked          the questions about a set of policies and its promises
//!  answer         the task for a prover, and its reply
//!  set            the proof of a whole set of policies, as a host remembers it
//!  example        a request that a prover found
//!  place          the places of an example, and places of the register that are like them
//!  besides        the other accesses of the applicant in an example
//!  act            words for what a person does and what they hold
//!  story          an example as a story for people
//!  case           an example as a case of `policies/tests`
//!  told           answers as findings, with their cases
//!  changed        the effect of a change of policies, in sentences
//!  schema_change  the effect of a change of the schema, in sentences
//! ```

mod act;
mod answer;
mod asked;
mod besides;
mod case;
mod changed;
mod example;
mod place;
mod schema_change;
mod set;
mod story;
mod told;

pub use answer::{
    DifferenceWay, PROTOCOL, PolicyDifference, ProofAnswer, ProofTask, ProofVerdict, Reply, ReplyForm,
    Unsure, every_question_is_answered,
};
pub use asked::{Matter, ProofQuestion, questions};
pub use case::{ExpectedAnswer, case};
pub use changed::{PolicyEffect, changed};
pub use example::{Example, ExampleEntity};
pub use set::{SetProof, proved_set};
pub use story::{May, story};
pub use told::{promise_findings, unproved_promises, with_cases};
