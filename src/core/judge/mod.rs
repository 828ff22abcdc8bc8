//! Judgement: finds the changes that were approved by a person with authority, at the base, on this day.

mod agreement;
mod authority;
mod compare;
mod court;
mod findings;
mod id_changes;
pub mod left;
mod limits;
mod owners;
mod proof;
mod question;
mod requests;
mod settings;
mod taking;
mod trusts;
mod unproven;

pub use agreement::{Disagreement, agree};
pub use authority::Authority;
pub use compare::would_be_denied;
pub use court::{Court, Forge, Judgement, Pin, Pins, Refusal, Verdict, When};
pub use id_changes::{Bench as IdBench, IdChange, IdChanges, id_changes, retired};
pub use owners::{Owners, owners};
pub use proof::{STATEMENT_DAYS, Unproven, Used};
pub use question::Rules;
pub use requests::{Binding, bindings, shared};
pub use settings::{orphans, takes_ground};
pub use taking::witnesses;
pub use trusts::Occupancy;
