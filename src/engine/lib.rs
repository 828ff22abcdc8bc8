//! This crate runs a whole pass. It reads what was accepted before, judges the tree, observes the store, carries out
//! the plan, and writes down everything that was done.
//!
//! ```text
//!  pass       reads what a decision needs, and lets the core decide
//!  apply      carries out the plan: intent, effect, outcome
//!  memory     keeps what was accepted, held, released and refused before
//!  ledger     keeps the chain of everything that was done
//!  reconcile  is the daemon: it wakes up, runs a pass and shows its status; a pass never sees why it was started
//!  review     shows a reviewer what a proposed change does
//!  report     makes lists from memory and ledger
//! ```

pub mod apply;
pub mod ledger;
pub mod memory;
pub mod pass;
pub mod reconcile;
pub mod report;
pub mod review;
