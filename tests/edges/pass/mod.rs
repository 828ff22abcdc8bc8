//! Passes from a tree to the register, end to end, in memory and SQLite. The tests check verdicts, laws and properties.

mod asked;
mod budget;
mod checks;
mod door;
mod ends;
mod files;
mod fixture;
mod ids;
mod judgement;
mod memory;
mod model;
mod older_file;
mod proofs;
mod properties;
mod rejections;
mod remembered;
mod requests;
mod reviews;
mod rules;
mod served;
mod settings;
mod store;
mod trusts;
