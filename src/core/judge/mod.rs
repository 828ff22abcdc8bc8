//! Judgement: finds the changes that were approved by a person with authority, at the base, on this day.
//!
//! ```text
//!  authority   who has which office, at the base      proof       what shows that the approver approved
//!  question    the facts for the policies             limits      counts over the whole change
//!  besides     what a person has besides              who         who may approve, for those who write files
//!  court       asks for every change, and pronounces  findings, unproven  what people are told of a refusal
//!  agreement   files that disagree about a person     requests    one request, one person
//!  id_changes  a person gets another id               taking      who took something away
//!  left        the last administrators                trusts      advice about trusts
//!  settings    settings that would orphan somebody    compare     what new rules would deny
//!  owners      who may approve, told beforehand       identified  what identifies a person, and who has signed it
//!  releasing   how something that is held is released  rejected  which applications were rejected
//!  tells       who may say who a person is            served      what may have served before
//! ```
//!
//! Authority comes from the base alone. So nobody gets in by an approval from the same change.

mod agreement;
mod authority;
mod besides;
mod compare;
mod court;
mod findings;
mod id_changes;
mod identified;
pub mod left;
mod limits;
mod owners;
mod proof;
mod question;
mod rejected;
mod releasing;
mod requests;
mod served;
mod settings;
mod taking;
mod tells;
mod trusts;
mod unproven;
mod who;

pub use agreement::{Disagreement, agree};
pub use authority::Authority;
pub use compare::{would_be_denied, would_be_permitted};
pub use court::{Court, Forge, Judgement, Pin, Pins, Refusal, Verdict, When};
pub use id_changes::{Bench as IdBench, IdChange, IdChanges, id_changes, retired};
pub use identified::{Identified, IdentityBench, signed_statements};
pub use owners::{Owners, owners};
pub use proof::{STATEMENT_DAYS, Unproven, Used};
pub use question::Rules;
pub use rejected::{
    ApprovedRejections, Bar, Counted, Rejected, Rejecting, rejected, rejected_alone, who_may_reject,
};
pub use releasing::how_to_release;
pub use requests::{Binding, bindings, shared};
pub use served::{MayHaveServed, may_have_served};
pub use settings::{orphans, takes_ground};
pub use taking::witnesses;
pub use tells::Met;
pub use trusts::Occupancy;
pub use who::{holders_with, who_may_approve, who_may_revoke};
