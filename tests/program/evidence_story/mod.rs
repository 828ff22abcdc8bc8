//! Who really approved, told as stories: more than fifty kinds of honest and dishonest change in a real repository,
//! with real keys or a forge on loopback, each judged by `check` before the merge and by the daemon's pass after it.
//! `docs/evidence.md` has them as a table, and every row of it names its story.

mod bench;
mod forge;
mod honest;
mod ids;
mod pages;
mod pipeline;
mod platform;
mod removals;
mod replay;
mod settings;
mod signatures;
mod tree;
mod verdict;

use crate::forge::{server, world};
