//! What a reviewer sees of a proposed change: who gains and who loses which access, what stops the change, and what
//! it waits for. It is one comment for people who are not programmers.
//!
//! ```text
//!  decide::Checked ──gather──▶ ChangeReview ──page──▶ ReviewPage ──┬─ markdown   inert, at most 60,000 bytes
//!                                   │                              └─ human      for a terminal
//!                                   └─ JSON, as it stands
//! ```
//!
//! Everything here is a pure function. A [`ChangeReview`] says nothing that the judgement has not said. A [`ReviewPage`] has
//! the same content in every form.

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
    AccessPlace, AccessStanding, Also, Answers, ChangeReview, ChangeVerdict, ChangedKey, Difference, Gain,
    JudgedTrees, KeyChange, KeyTurn, ListChange, Loss, OfficeChange, Protected, SettingChange, Turn, When,
    Who, Why,
};
