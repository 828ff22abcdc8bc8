//! The clone that a command stands in: its git, its newest main branch, the branches that are on the way, and the place
//! where a change of it is written. The everyday commands, the reviews and the questions that are answered from the files all
//! work in it, so it is a room of its own.
//!
//! ```text
//!  git          the system's own git
//!  newest       the newest main branch, and the branches that are on the way
//!  newcomer     new people whom an open branch has
//!  former       former users, in the history of the clone
//!  listed       where the list of a review is kept
//!  noted        the person and the key that `join` has noted in the clone
//!  place        where a change is written, and its branch
//!  worktree     a work tree beside the clone, for one command
//!  plain        whether a path below the root stays below it
//!  remote       the remote of the clone, and why a change is not sent to one
//!  taken        whether a branch was taken in
//!  overtaken    whether a branch has nothing left to change
//!  sent         what is said of a branch that was sent
//!  opening      the address at which the forge opens a request
//!  branch_name  the name of a branch, shown so that it cannot deceive
//! ```

pub(super) use former::EarlierFiles;
pub(super) use listed::{ListPlace, SentList};
pub(super) use newcomer::{Newcomer, newcomers};
pub(super) use newest::{are_in_one_clone, is_in_a_clone, on_the_way, open_newest};
pub(super) use noted::{no_key, noted, noted_key};

pub(super) mod branch_name;
pub(super) mod former;
pub(super) mod git;
pub(super) mod listed;
mod newcomer;
mod newest;
pub(super) mod noted;
mod opening;
pub(super) mod overtaken;
pub(super) mod place;
pub(super) mod plain;
pub(super) mod remote;
pub(super) mod sent;
pub(super) mod taken;
pub(super) mod worktree;
