//! The decisions: what files mean, who may approve what, what shows that somebody approved. No file is written, no
//! server started, and nothing but the core is linked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
// These tests read the policies and ask ssh-keygen; what they try does neither.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod evidence;
mod parse;
mod policies;

/// The folder of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
