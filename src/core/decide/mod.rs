//! The decision: what may enter the register and what may leave it. It depends on the accepted state, the tree and
//! the observed store. All input is passed in; nothing is read or written here.
//!
//! The files, in the order in which a decision uses them:
//!
//! ```text
//!  head           parses the bytes of files into a head
//!  trusted_day    the day to decide by, and how far the clock is trusted
//!  known          everything that is known of the time before
//!  patience       how long an absence has lasted
//!  loaded         loaded rules by their digest
//!  sought         questions to the forge and to the branch
//!  case           all input of a decision, as one value
//!  needs          what must be read of memory and store for a head
//!  served         the statements that memory is asked about
//!  put_back       statements of lists that were taken out and put back
//!  forgotten      applications of people who were forgotten
//!  accepted_tree  a tree whose whole content counts as accepted
//!
//!  proposed       the rules that the tree proposes, and what they wait for
//!  comments       whether a change that takes authority away touches other lines too
//!  scales         what a change of the rules is weighed with
//!  consent        who stands behind a change of the rules, and whether they are enough
//!  requested      the approvals that one request of the forge gives a change of the rules
//!  adopted        accounts that a changed register would adopt
//!  proofs         proofs of the policies that the register asks for
//!  settle         decides whether the proposed rules may be in force
//!
//!  deliberate     the one function that decides a case, for a pass and a check
//!  outcome        the result of `deliberate`
//!  gather         compares the head with what was accepted
//!  id_changes     moves the accepted state of people whose id changes
//!  trusts         trusts that get another id, and units that move
//!  free           releases of requests that were bound to the wrong person
//!  distrust       people whose remembered access is not trusted
//!  on_the_way     commits before the newest one
//!  awaited        settings as the reason why a file is not in its right place
//!  withhold       absences that do not count as removals
//!  ends_ahead     earlier ends that lie ahead and have not lasted
//!  extensions     extensions that came in time and wait, and the ends that wait with them
//!  sitting        judges until nobody stays who was to leave
//!  verdicts       the judgement of each change
//!  accept         puts permitted entries into the base
//!  weigh          draws the steps, and applies the budgets
//!  reckon         accepts and weighs, and judges once more if a removal waits
//!  still          releases of sets that no longer wait
//!  waiting        what waits for a release, and which releases are used up
//!  returns        report subscriptions that do not come back with a right
//!  remarks        findings beside the verdicts, such as access that ends soon
//!  unclear_marks  `revoked` in an entry in error that takes nothing away
//!  not_yet        findings about files that wait for the settings of the tree
//!  tell           the findings that a pass and a check have in common
//!
//!  pass           the decision of a pass
//!  close          builds the decision of a pass, with everything that it writes
//!  decided        everything that a pass writes, as one value
//!  whom           names of people and trusts for findings
//!
//!  proposal       the case of a check against the target branch
//!  tip            what the branch shows of the time before
//!  reviewed_before  what the branch shows of the statements of reviewers before
//!  alone          the case of a tree by itself
//!  check          the check of a pull request
//!  budget         how a check reckons budgets without a store
//!  ends           which ends that a review asks for are over the budget
//!  cases          runs the cases of the policies in a check
//!  rejections     which rejections the forge shows as approved, and which numbers cannot be rejected
//!  approvers      approvers who are named in another way than by their id
//!  slips          one mistake that causes many findings
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
mod ends_ahead;
mod extensions;
mod forgotten;
mod free;
mod gather;
mod head;
mod id_changes;
mod known;
mod loaded;
mod needs;
mod not_yet;
mod on_the_way;
mod outcome;
mod pass;
mod patience;
mod proofs;
mod proposal;
mod proposed;
mod put_back;
mod reckon;
mod rejections;
mod remarks;
mod requested;
mod returns;
mod reviewed_before;
mod scales;
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
mod unclear_marks;
mod verdicts;
mod waiting;
mod weigh;
mod whom;
mod withhold;

pub use accepted_tree::{AcceptedTree, accepted_tree};
pub use adopted::{AccountOwners, Adoptable, without_taken};
pub use case::{
    AtNewest, Case, EntryQuestion, FollowedBranch, ForgeAnswers, Observation, ReportsObserved, RuleChange,
    Scope, SeenTree,
};
pub use check::{Checked, CheckedChange, WeighedRules, check_against, check_alone, check_with};
pub use consent::{Consent, administrators_needed, only_takes, served_statements, settings_digests};
pub use decided::{
    AcceptedOutcome, Advance, Charged, Cleared, Decided, Examined, PassDecision, Plan, SettledFile, Unsettled,
};
pub use distrust::{Broken, Distrust, Flaw, MemoryFlaw, MemoryPart, Rest};
pub use ends::ends_over_budget;
pub use forgotten::{keys_to_ask, served_by_the_forgotten};
pub use head::{FileToRead, HeldSince, head, head_in_pass, whose};
pub use id_changes::{Renamed, knowing};
pub use known::{
    BELIEVED_AHEAD, Freed, Known, Moved, MovedTo, PutBack, ReleasedItems, RememberedFiles, RenamedIds,
    SeenExtension, SeenExtensions, Spent, Trusted, Unfinished,
};
pub use loaded::{LoadedRules, OfTree};
pub use needs::{
    Needs, WantedOfBase, WantedOfUnsettled, accounts_of, left_out, left_out_with_access, needs, sizes_matter,
};
pub use pass::decide;
pub use patience::{Absence, Lasting, Patience};
pub use proofs::KnownPolicyProofs;
pub use proposal::{ChangeToCheck, head_of_tree, looks_of};
pub use proposed::{Proposed, SettingsWait, policies_of, rules_of};
pub use put_back::PutBackInLists;
pub use rejections::{approved_rejections, unproven_rejections};
pub use remarks::near;
pub use requested::served_requests;
pub use returns::{EndedRights, EndedWith, may_return};
pub use reviewed_before::{former_keys, replaced_in_newest};
pub use scales::protected_files;
pub use served::{ListStatements, statements_of_head, statements_of_settings};
pub use settle::{AttributesFound, SettlingGrounds, SettlingNeeds, reviewed_files, settle};
pub use sought::{
    EarlierVersions, FileReviews, ListHistory, ListVersion, ListVersions, Nothing, Past, Reviews,
    reviews_of_each,
};
pub use trusted_day::{Today, day_in};
pub use withhold::Copy;
