//! This crate runs a whole pass. It reads what was accepted before, judges the tree, observes the store, carries out
//! the plan, and writes down everything that was done.
//!
//! ```text
//!  pass       reads what a case needs, and has the core decide it
//!  apply      carries the plan out: intent, effect, outcome
//!  memory     what was accepted, held, released and refused before
//!  ledger     the chain of everything that was done
//!  reconcile  the daemon: what wakes it, its status; runs a pass, never sees why it was woken
//!  review     what a reviewer is shown of a proposed change
//!  report     lists from memory and ledger
//! ```

pub mod apply;
pub mod ledger;
pub mod memory;
pub mod pass;
pub mod reconcile;
pub mod report;
pub mod review;
