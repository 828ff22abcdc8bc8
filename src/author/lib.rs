//! Edits the files of the tree for the everyday commands. The commands ask the user. This crate returns the bytes that
//! the files would have. It writes nothing itself.
//!
//! An edit changes what was meant. It leaves every other byte as it is, with comments and order. Its result is read back
//! before it is handed out. If the result does not say exactly what was meant, the edit is an error.
//!
//! ```text
//!  find      people, units and trusts by a part of their name
//!  day       a day as people type it
//!  id        the id of a new person
//!  desk      the current tree, for a program that edits it
//!  edit      the bytes of a file that says what is wanted
//!  ends      the line ends of a file that is edited
//!  draft     the files that a wish changes, as they would be
//!  judged    a draft, judged before it is written
//!  give      a new access
//!  extend    a later end of accesses
//!  change    another role, or another fact about the person
//!  leave     the end of accesses, on a day or at once
//!  left      entries that stayed when their unit went to another trust
//!  mover     a person who moves to another trust
//!  offered   the roles that can be given at a unit, before the person is known
//!  joined    a file of a change and the newest one, if git cannot merge them
//!  name      the name of a person, as it is typed and as a portal gives it
//!  naming    which people a permanent text names
//!  reasons   the reasons in a tree that name somebody
//!  table     a table as a spreadsheet or a portal writes it
//!  export    the applications in an export of the portal
//!  asked     what an application asks for, in the register's terms
//!  requests  the applications that wait, a rejection, and one that is taken out again
//! ```

#![deny(clippy::print_stdout, clippy::print_stderr, reason = "the commands tell people")]

mod asked;
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
mod left;
mod mover;
mod name;
mod naming;
mod offered;
mod reasons;
mod requests;
mod table;

pub use asked::{AskedSubject, UnclearWord, applications_called};
pub use change::{NewValues, change};
pub use day::{DayError, day, nearest_day};
pub use desk::{AuthorDesk, HeldAccess, Person};
pub use draft::{ChangeDraft, Writing};
pub use edit::{EditError, WantedFile, new_file, rewritten};
pub use export::{Application, Columns, Export, ExportError, read_export};
pub use extend::extend;
pub use find::{fits, fits_a_word, folded};
pub use give::{ApplyingPerson, AskedAccess, give};
pub use id::proposed_id;
pub use joined::{FileVersions, is_taken_back_already, joined};
pub use judged::{JudgedChange, judge_change};
pub use leave::{Revoked, end, revoke};
pub use left::LeftBehind;
pub use mover::{Overlap, mover};
pub use name::{given_name_first, sign_of_no_name, title_of, with_capitals};
pub use naming::{KnownNames, Naming, naming, of_nobody};
pub use offered::{is_offered, too_many};
pub use reasons::{NamingReason, naming_reasons};
pub use requests::{
    RequestNotice, USUAL_DAYS, WaitingRequest, WithdrawnRejection, former_of, may_reject, reject, unreject,
    waiting_request, waiting_requests,
};
pub use table::{TableError, table, table_text};
