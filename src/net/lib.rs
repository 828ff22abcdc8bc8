//! The one room for outgoing connections. Every client of this program (the forge, a register behind SCIM, the reports'
//! database, PostgreSQL) asks here where it may connect, and within which limits.
//!
//! What is promised to all of them: an address is judged before anything is sent; a name is looked up once, and the
//! connection goes to the addresses that were judged; no redirection is followed and no proxy is used; an answer has a
//! largest size; a text from outside becomes one short line; a secret that a text repeats is blanked; a panic inside a
//! library becomes an error; a file with a secret that others can read, write or replace is not taken.
//!
//! ```text
//!  place    the addresses that may be reached     host    this machine, by its exact names
//!  lookup   names, looked up and judged           web     clients of HTTP, and addresses they may have
//!  body     an answer, up to a largest size       wait    `Retry-After`, and pauses that grow
//!  line     texts from outside as one line        hidden  what was typed, without its secrets
//!  panics   a panic as an error                    kept    files that hold a secret
//!                                                  why     the innermost cause of an error
//! ```

mod body;
mod hidden;
mod host;
mod kept;
mod line;
mod lookup;
mod panics;
mod place;
mod wait;
mod web;
mod why;

pub use body::{BodyError, body, body_blocking};
pub use hidden::{Typed, blank, blanked, covered, covered_text};
pub use host::{is_here, literal};
pub use kept::{Exposure, KeptError, exposure, no_plain_file, secret_of};
pub use line::{cause, line, plainly};
pub use lookup::{LookupError, RefusedAddress, lookup};
pub use panics::caught;
pub use place::{Forbidden, Reach};
pub use portvakt_core::system::said as system;
pub use wait::{grown, retry_after};
pub use web::{WebError, blocking_client, client, judge};
pub use why::why;
