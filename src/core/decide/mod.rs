//! The decision: what may enter the register and what may leave it. It depends on the accepted state, the tree and
//! the observed store. All input is passed in; nothing is read or written here.

mod accept;
mod budget;
mod case;
mod check;
mod close;
mod consent;
mod decided;
mod deliberate;
mod distrust;
mod free;
mod head;
mod id_changes;
mod known;
mod loaded;
mod on_the_way;
mod pass;
mod patience;
mod proposal;
mod proposed;
mod remarks;
mod returns;
mod sitting;
mod sought;
mod still;
mod tip;
mod trusted_day;
mod trusts;
mod weigh;
mod whom;
mod withhold;

pub use case::{AtNewest, Case, Observation, RuleChange, Scope, Seen, Spent};
pub use check::{Checked, Weighed, check_against, check_alone, check_with};
pub use consent::{
    Consent, Scales, consent, leaves_too_few, only_takes, protected_files, served_statements,
    settings_digests,
};
pub use decided::{Advance, Charged, Cleared, Decided, Examined, Outcome, Plan, SettledFile, Unsettled};
pub use distrust::{Broken, Difference, Distrust, Rest};
pub use head::{Look, head, whose};
pub use id_changes::{Renamed, knowing};
pub use known::{
    BELIEVED_AHEAD, Freed, Known, Moved, MovedTo, ReleasedItems, Remembered, RenamedIds, Trusted,
};
pub use loaded::{LoadedRules, OfTree};
pub use pass::decide;
pub use patience::{Absence, Lasting, Patience};
pub use proposal::{Proposal, looks_of};
pub use proposed::{Proposed, declared, propose, rules_of};
pub use remarks::near;
pub use returns::EndedWith;
pub use sought::{Nothing, Past, ReviewedChange, Reviews, Versions};
pub use tip::base_of;
pub use trusted_day::{Today, day_in};
pub use withhold::Copy;
