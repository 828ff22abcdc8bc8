//! The bench of fixtures that the test programs share.
//!
//! Everything here is text, folders and processes. Nothing of the tested program is linked, and no database.
//!
//! - [`mod@git`]: the `git` program, which sees nothing of the machine's own settings.
//! - [`folder`]: copies folders and edits files.
//! - [`told`]: what a command said.
//! - [`register`]: the settings of the small register that the fixtures have, and its people.
//! - [`person`]: a person's file as text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod folder;
pub mod git;
pub mod person;
pub mod register;
pub mod told;

pub use folder::{copy, replace, secret};
pub use git::{git, git_command};
pub use person::{Access, about};
pub use register::Register;
pub use told::Told;
