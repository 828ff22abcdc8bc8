//! What a reviewer is shown of a proposed change: who gains and who loses what, what stops it and what it waits for,
//! in one comment for people who are not programmers.
//!
//! ```text
//!  pass::Checked ──gather──▶ Review ──page──▶ Page ──┬─ markdown   inert, at most 60,000 bytes
//!                              │                     └─ human      for a terminal
//!                              └─ JSON, as it stands
//! ```
//!
//! Pure. A [`Review`] says nothing that the judgement has not said; a [`Page`] is the same in every form.

mod gather;
mod human;
mod markdown;
mod page;
mod protected;
mod value;
mod words;

pub use gather::Compared;
pub use human::human;
pub use markdown::{LARGEST, findings, markdown};
pub use page::{Block, Cell, Page, Piece, page};
pub use value::{
    Also, Difference, Gain, Judged, KeyChange, KeyTurn, Loss, OfficeChange, Place, Protected, Review,
    Standing, Turn, Verdict, When, Who, Why,
};
