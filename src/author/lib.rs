//! Edits the files of the tree for the everyday commands. The commands ask the user. This crate returns the bytes that the
//! files would have, and writes nothing itself.
//!
//! An edit changes what was meant. It leaves every other byte as it is, with comments and order. Its result is read back
//! before it is handed out. If the result does not say exactly what was meant, the edit is an error.
//!
//! ```text
//!  day     a day as people type it           find    people, units and trusts by a part of their name
//!  id      the id of a new person            desk    the tree as it stands, for whoever writes in it
//!  edit    the bytes of a file that says what is wanted
//!  ends    the line ends of a file that is edited
//!  draft   the files that a wish changes     judged  a draft, judged before it is written
//!  give, extend, change, leave, mover  one wish each: what the files would say, and who must approve it
//!  offered  the roles that can be given at a unit, before it is known who gets one
//!  joined  a file of a change and the newest one, where git joins them no more
//!  naming  whom a text names that is kept for ever
//!  reasons  the reasons of a tree that name somebody
//!  export, requests  what the portal has sent, what of it waits, and a rejection
//! ```

#![deny(clippy::print_stdout, clippy::print_stderr, reason = "the commands tell people")]

mod change;
mod day;
mod desk;
mod draft;
mod edit;
mod ends;
mod export;
mod extend;
mod find;
mod give;
mod id;
mod joined;
mod judged;
mod leave;
mod mover;
mod naming;
mod offered;
mod reasons;
mod requests;
mod table;

pub use change::{Changed, change};
pub use day::{DayError, day, nearest_day};
pub use desk::{AuthorDesk, HeldAccess, Person};
pub use draft::{Draft, Writing};
pub use edit::{EditError, WantedFile, new_file, rewritten};
pub use export::{Application, Columns, Export, ExportError, read_export};
pub use extend::extend;
pub use find::{composed, fits, folded};
pub use give::{Applicant, AskedAccess, give};
pub use id::proposed_id;
pub use joined::{Versions, joined};
pub use judged::{JudgedChange, judge};
pub use leave::{Revoked, end, revoke};
pub use mover::{Overlap, mover};
pub use naming::{KnownNames, Naming, naming, of_nobody};
pub use offered::{is_offered, too_many};
pub use reasons::{NamingReason, naming_reasons};
pub use requests::{Notice, USUAL_DAYS, WaitingRequest, former_of, may_reject, reject, waiting, wanted};
pub use table::{TableError, table, table_text};
