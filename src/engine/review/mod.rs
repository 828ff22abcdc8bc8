//! What a reviewer sees of a proposed change: who gains and who loses which access, what stops the change, and what
//! it waits for. It is one comment for people who are not programmers.
//!
//! ```text
//!  decide::Checked ──gather──▶ ChangeReview ──page──▶ ReviewPage ──┬─ markdown   inert, at most 60,000 bytes
//!                                   │                              └─ human      for a terminal
//!                                   └─ JSON, as it stands
//! ```
//!
//! Everything here is a pure function. A [`ChangeReview`] says nothing that the judgement has not said. A
//! [`ReviewPage`] has the same content in every form of output.
//!
//! The files in reading order:
//!
//! ```text
//!  gather     makes a review from the result of a check
//!  value      the review as data
//!  names      the names of people, units, applications and roles
//!  protected  the change of the protected files
//!  lists      the lists of user-list reviews that the change touches
//!  due        the user-list reviews that are due, narrowed to the trusts of the change
//!  page       lays the review out in one language
//!  block      the parts that a page is made of
//!  words      words that occur in several places of a page
//!  markdown   writes the page as a comment on a forge
//!  human      writes the page for a terminal
//! ```

mod block;
mod due;
mod gather;
mod human;
mod lists;
mod markdown;
mod names;
mod page;
mod protected;
mod value;
mod words;

pub use block::{Block, Cell, Piece, ReviewPage};
pub use gather::Compared;
pub use human::human;
pub use markdown::{LARGEST, decided, findings, markdown};
pub use page::page;
pub use value::{
    AccessPlace, AccessStanding, Also, Answers, ChangeReview, ChangeVerdict, ChangedKey, EntryDifference,
    JudgedTrees, KeyChange, KeyTurn, ListChange, LossReason, LossTime, OfficeChange, Protected, ReviewGain,
    ReviewLoss, SettingChange, Turn, Who,
};
