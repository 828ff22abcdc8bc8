//! Tests the decisions: what files mean, who may approve what, and what proves an approval. No file is written, no
//! server is started, and only the core is linked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
// These tests read the policies and ask ssh-keygen. The tested code does neither.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod earlier_ids;
mod evidence;
mod hidden;
mod misread;
mod needs;
mod outdented;
mod parse;
mod policies;
mod promises;
mod renewed;
mod restless;
mod review;
mod served;
mod settle;
mod written;

/// The folder of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
