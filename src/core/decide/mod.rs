//! The decision: what may enter the register and what may leave it. It depends on the accepted state, the tree and
//! the observed store. All input is passed in; nothing is read or written here.
//!
//! The files in the order of the road:
//!
//! ```text
//!  head        bytes of files as a head              case        everything that a decision needs
//!  trusted_day the day to decide by                  known       what is known of the time before
//!  proposed    settings that the tree proposes       consent     who stands behind them
//!  settle      whether they may be in force          adopted     accounts that they would adopt
//!  proofs      proofs that the register asks for     loaded      rules by digest
//!  proposal    the case of a check                   tip         what the branch shows of the time before
//!  alone       the case of a tree by itself          needs       what must be read for a head
//!  accepted_tree  a tree that counts as accepted
//!  sought      questions beyond the tree             comments    lines of settings that take nothing
//!  served      statements that memory is asked about
//!  forgotten   applications of people who were forgotten
//!
//!  deliberate  the one function that decides         outcome     what it gives
//!  gather      what a head changes                   verdicts    what is said of that
//!  reckon      what is accepted, and what it asks    waiting     what waits, and releases that are used up
//!  tell        what people are told of it
//!
//!  id_changes  people whose id changes               trusts      trusts and units that move
//!  distrust    people whose rows are not relied on   free        requests that are let go
//!  on_the_way  commits before the newest             patience    absence must last
//!  withhold    absences that are no removals         sitting     verdicts, until nothing changes any more
//!  awaited     files that wait for settings
//!  accept      what is permitted goes into the base  weigh       steps and budgets
//!  budget      the same for a check                  returns     what does not come back
//!  ends        the same for the answers of a review
//!  still       releases that nothing waits for       remarks     findings beside the verdicts
//!
//!  pass        a pass asks, and close builds         decided     everything that is to be written
//!  check       a check asks, and shows               whom        names for findings
//!  cases       the cases of the policies in a check  rejections  which rejections the forge's reviews show
//!  slips       one slip that a check finds much from  approvers  who may be meant at `by`
//! ```

mod accept;
mod accepted_tree;
mod adopted;
mod alone;
mod approvers;
mod awaited;
mod budget;
mod case;
mod cases;
mod check;
mod close;
mod comments;
mod consent;
mod decided;
mod deliberate;
mod distrust;
mod ends;
mod forgotten;
mod free;
mod gather;
mod head;
mod id_changes;
mod known;
mod loaded;
mod needs;
mod on_the_way;
mod outcome;
mod pass;
mod patience;
mod proofs;
mod proposal;
mod proposed;
mod reckon;
mod rejections;
mod remarks;
mod returns;
mod served;
mod settle;
mod sitting;
mod slips;
mod sought;
mod still;
mod tell;
mod tip;
mod trusted_day;
mod trusts;
mod verdicts;
mod waiting;
mod weigh;
mod whom;
mod withhold;

pub use accepted_tree::{AcceptedTree, accepted_tree};
pub use adopted::{AccountOwners, Adoptable, without_taken};
pub use case::{
    AtNewest, Case, FollowedBranch, ForgeAnswers, Observation, Question, ReportsObserved, RuleChange, Scope,
    SeenTree,
};
pub use check::{Checked, Weighed, WeighedRules, check_against, check_alone, check_with};
pub use consent::{
    Consent, administrators_needed, only_takes, protected_files, served_statements, settings_digests,
};
pub use decided::{
    AcceptedOutcome, Advance, Charged, Cleared, Decided, Examined, PassDecision, Plan, SettledFile, Unsettled,
};
pub use distrust::{Broken, Difference, Distrust, Flaw, MemoryPart, Rest};
pub use ends::ends_over_budget;
pub use forgotten::{keys_to_ask, served_by_the_forgotten};
pub use head::{Look, head, whose};
pub use id_changes::{Renamed, knowing};
pub use known::{
    BELIEVED_AHEAD, Freed, Known, Moved, MovedTo, ReleasedItems, Remembered, RenamedIds, Spent, Trusted,
    Unfinished,
};
pub use loaded::{LoadedRules, OfTree};
pub use needs::{Needs, WantedOfBase, WantedOfUnsettled, accounts_of, left_out, needs, sizes_matter};
pub use pass::decide;
pub use patience::{Absence, Lasting, Patience};
pub use proofs::Proofs;
pub use proposal::{Proposal, head_of_tree, looks_of};
pub use proposed::{Proposed, SettingsWait, rules_of};
pub use rejections::{approved_rejections, unproven_rejections};
pub use remarks::near;
pub use returns::{EndedRights, EndedWith, may_return};
pub use served::{ListStatements, statements_of_head, statements_of_settings};
pub use settle::{AttributesFound, Grounds, SettlingNeeds, reviewed_files, settle};
pub use sought::{FileReviews, Nothing, Past, Reviews, Versions, reviews_of_each};
pub use trusted_day::{Today, day_in};
pub use withhold::Copy;
