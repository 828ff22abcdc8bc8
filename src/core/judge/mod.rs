//! Judgement: finds the changes that were approved by a person with authority, at the base, on this day.
//!
//! The files, in reading order:
//!
//! ```text
//!  authority   who has which office, and which trusts they coordinate, at the base
//!  question    the rules that judge, and the facts for the policies
//!  besides     which other accesses a person has, counted over the whole change
//!  limits      how many people hold a role, counted over the whole change
//!  proof       what shows that the approver approved
//!  requests    one request serves one person
//!  rejected    which rejections count, and so which applications serve nobody
//!  court       judges every change that gives something
//!  findings    the findings about a refusal, and who could approve instead
//!  unproven    the finding about an approver without proof of approval
//!  releasing   how something that is held is released
//!
//!  agreement   files that disagree about a person
//!  tells       who may say who a person is
//!  identified  what identifies a person, and the evidence that a change of it needs
//!  id_changes  people who get another id
//!  taking      who took an access away, and whether evidence shows it
//!  left        the last national administrators, who are not removed like others
//!  served      the statements that may have been used before
//!
//!  settings    settings that would leave an accepted access without its unit, role or trust
//!  compare     accesses that new rules would judge differently
//!  trusts      advice about trusts, such as users without an administrator
//!  owners      who may approve, as CODEOWNERS names them
//!  who         who may approve one access, for the commands that write files
//! ```
//!
//! Authority comes only from the base. So nobody gets in by an approval from the same change.

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
pub use court::{Court, ForgeInquiry, Judgement, OfficeDay, Pin, Pins, Refusal, Verdict};
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
