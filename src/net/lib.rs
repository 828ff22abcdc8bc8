//! The one room for outgoing connections. Every client of this program (the forge, a register behind SCIM, the reports'
//! database, PostgreSQL) asks here where it may connect, and within which limits.
//!
//! All clients get these promises:
//!
//! - An address is judged before anything is sent.
//! - A name is looked up once, and the connection goes to the addresses that were judged.
//! - No redirection is followed, and no proxy is used.
//! - An answer has a largest size.
//! - A text from outside becomes one short line.
//! - A secret that a text repeats is blanked.
//! - A panic inside a library becomes an error.
//! - A file with a secret is refused if others can read, write or replace it.
//!
//! ```text
//!  place      how far a connection may go
//!  host       the exact names of this machine
//!  lookup     looks names up, and judges their addresses
//!  web        clients of HTTP, and the addresses that they may have
//!  body       the body of an answer, up to a largest size
//!  wait       `Retry-After`, and pauses that grow
//!  line       texts from outside as one line
//!  why        the innermost cause of an error
//!  hidden     texts that somebody typed, without what may be a secret in them
//!  named      names that sound like those of a secret
//!  said_back  texts of a service, without the secret that it got
//!  forms      the forms in which a text can be written
//!  kept       files that hold a secret
//!  panics     a panic as an error
//! ```

mod body;
mod forms;
mod hidden;
mod host;
mod kept;
mod line;
mod lookup;
mod named;
mod panics;
mod place;
mod said_back;
mod wait;
mod web;
mod why;

pub use body::{BodyError, body, body_blocking};
pub use hidden::{Typed, covered, covered_text};
pub use host::{is_here, literal};
pub use kept::{Exposure, KeptError, exposure, no_plain_file, secret_of};
pub use line::{cause, line, plainly};
pub use lookup::{LookupError, RefusedAddress, lookup};
pub use panics::caught;
pub use place::{ConnectionReach, Forbidden};
pub use portvakt_core::system::said as system;
pub use said_back::{SentSecrets, blank, blanked};
pub use wait::{grown, retry_after};
pub use web::{WebError, blocking_client, client, service_address};
pub use why::why;
