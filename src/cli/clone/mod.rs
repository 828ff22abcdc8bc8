//! The clone that a command stands in: its git, its newest main branch, the branches that are on the way, and the place
//! where a change of it is written. The everyday commands, the reviews and the questions that are answered from the files all
//! work in it, so it is a room of its own.

pub(super) use former::EarlierFiles;
pub(super) use listed::{ListPlace, SentList};
pub(super) use newest::{are_in_one_clone, is_in_a_clone, newest, on_the_way};
pub(super) use noted::{no_key, noted, noted_key};

pub(super) mod branch_name;
pub(super) mod former;
pub(super) mod git;
pub(super) mod listed;
mod newest;
pub(super) mod noted;
mod opening;
pub(super) mod place;
pub(super) mod plain;
pub(super) mod sent;
pub(super) mod taken;
pub(super) mod worktree;
