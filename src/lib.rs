//! Portvakt: access as code for a health register.
//!
//! ```text
//!  desired-state/ + policies/ ──source──▶ Snapshot ──parse──▶ Head
//!                                                              │
//!        memory (what was accepted before) ──change────────────┤        ChangeSet: base vs head
//!                                                              ▼
//!                                                            judge      Verdict per change (Cedar)
//!                                                              ▼
//!                          store ──observe──▶ Observed ──plan──▶ Steps  (pure; the guard may hold some)
//!                                                              ▼
//!                             apply (intent → effect → outcome) ──▶ Ledger, memory
//! ```
//!
//! `check` stops after the verdict, `plan` after the steps, `apply` runs once, `daemon` runs the same pass again
//! and again. Rooms import downward only:
//!
//! ```text
//!  8  cli        one command a file; main.rs only parses, starts the logs and returns an exit code
//!  7  config     the only reader of environment and configuration
//!  6  review     what a reviewer is shown of a proposed change
//!  6  reconcile  the daemon: what wakes it, its status; runs a pass, never sees why it was woken
//!     serve      the embedded register as a SCIM 2.0 service; knows the store and nothing of passes
//!  5  pass apply report
//!  4  memory ledger judge
//!  3  parse policy
//!  2  source change evidence forge plan store reports (which may name findings: diag)
//!  1  diag database
//!  0  model schema
//! ```

pub mod apply;
pub mod change;
pub mod cli;
pub mod config;
pub mod database;
pub mod diag;
pub mod evidence;
pub mod example;
pub mod forge;
pub mod judge;
pub mod ledger;
pub mod memory;
pub mod model;
pub mod parse;
pub mod pass;
pub mod plan;
pub mod planted;
pub mod policy;
pub mod reconcile;
pub mod report;
pub mod reports;
pub mod review;
pub mod schema;
pub mod serve;
pub mod source;
pub mod store;
