//! The decisions of Portvakt. This crate takes values and returns values.
//!
//! ```text
//!  bytes of the tree ──parse──▶ what the files say ──change──▶ ChangeSet: base vs head
//!                                                                 │
//!            signatures and reviews ──evidence, policy──▶       judge    Verdict per change (Cedar)
//!                                                                 │
//!                    lists of who has access ──review──▶          │      which answers count, and who waits
//!                                                                 ▼
//!                      store: accounts as observed ──plan──▶ Steps  (the guard may hold some)
//!                                                                 ▼
//!                                                              decide    Decided: what is written and told
//! ```
//!
//! [`decide::decide`] follows this path once for each pass. It takes a [`decide::Case`], which holds everything that
//! was read, and returns a [`decide::Decided`], which holds everything that is to be written. A check of a proposed
//! change follows the same path up to the steps ([`decide::check_against`]).
//!
//! Read the rooms in this order. Each room uses those above it:
//!
//! | room | what it holds |
//! |---|---|
//! | [`text`] | sentences in two languages |
//! | [`zone`] | time zones, from the data inside the program |
//! | [`clock`] | the clock as a value |
//! | [`invisible`] | characters that cannot be seen |
//! | [`characters`] | characters that word processors put in, by name |
//! | [`system`] | errors of the operating system and of libraries in words |
//! | [`unmerged`] | the marks of a merge that somebody has to finish |
//! | [`host`] | hosts that are IP addresses, and those that no server has |
//! | [`hex`] | bytes as digits |
//! | [`threads`] | two pieces of work at the same time |
//! | [`model`] | people, units, grants, rights, and the register that they belong to |
//! | [`diag`] | findings, and one renderer for each format |
//! | [`tree`] | one unchanging copy of the files, and the paths in it that are odd |
//! | [`parse`] | the bytes of a file as values, or as findings |
//! | [`evidence`] | signatures, and whose keys count |
//! | [`change`] | what was accepted (the base), what the tree says (the head), and how they differ |
//! | [`policy`] | the questions to Cedar, and its answers |
//! | [`proof`] | what is proved of the policies for all requests, in words for people |
//! | [`judge`] | who may approve what, and what shows that they did |
//! | [`review`] | the lists of who has access, their answers, and when they are due |
//! | [`reports`] | what the rows of Rapporteket mean |
//! | [`plan`] | the steps, and the budgets that may hold them |
//! | [`store`] | what a step wants of an account, and the interface of every store elsewhere |
//! | [`decide`] | the one road through all of these |
//!
//! Beside them stand [`schema`], the forms of the files for editors, and [`planted`], faults that only test builds can
//! have.
//!
//! Nothing here opens a file, uses a network, reads the environment, looks at a clock or inspects the machine.
//! All of that is read earlier and passed in as values. This crate holds the reason why a person has access, or has none.

#![deny(clippy::print_stdout, clippy::print_stderr, reason = "what people are told is a value")]

pub mod change;
pub mod characters;
pub mod clock;
pub mod decide;
pub mod diag;
pub mod evidence;
pub mod hex;
pub mod host;
pub mod invisible;
pub mod judge;
pub mod model;
pub mod parse;
pub mod plan;
pub mod planted;
pub mod policy;
pub mod proof;
pub mod reports;
pub mod review;
pub mod schema;
pub mod store;
pub mod system;
pub mod text;
pub mod threads;
pub mod tree;
pub mod unmerged;
pub mod zone;
