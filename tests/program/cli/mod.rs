//! The program as a new user meets it: the real binary on copies of the example tree, with an empty environment.

mod approve;
mod auditor;
mod baseline;
mod broken;
mod check;
mod commits;
mod desk;
mod elsewhere;
mod formats;
mod git;
mod ledger;
mod outputs;
mod owners;
mod questions;
mod review;
mod serve;
mod stores;
mod surface;
mod work;
