//! Portvakt: access as code for a health register. This crate is the command line; the work is done in the crates below.
//!
//! ```text
//!  desired-state/ + policies/ ──sources──▶ Snapshot ──parse──▶ Head
//!                                                              │
//!        memory (what was accepted before) ──change────────────┤        ChangeSet: base vs head
//!                                                              ▼
//!                                                            judge      Verdict per change (Cedar)
//!                                                              ▼
//!                         stores ──observe──▶ Observed ──plan──▶ Steps  (pure; the guard may hold some)
//!                                                              ▼
//!                             apply (intent → effect → outcome) ──▶ Ledger, memory
//! ```
//!
//! `check` stops after the verdict and `plan` stops after the steps. `apply` runs the pass once, or once for each commit
//! that waits, and `daemon` runs the same pass again and again. Each crate uses only crates below it in this list, and only
//! those that `docs/architecture.md` names for it. The compiler enforces this:
//!
//! ```text
//!  portvakt           cli: one command a file; config: the only reader of environment and options; example
//!  portvakt-author    what somebody wishes, as an edit of files that is judged before it is written; knows the core alone
//!  portvakt-serve     the embedded register as a SCIM 2.0 service; knows the stores and nothing of passes
//!  portvakt-prove     promises of the policies, proved; linked into the program `portvakt-prove` and not into this one
//!  portvakt-engine    pass (reads a case), apply, memory, ledger, reconcile (the daemon), review, report
//!  portvakt-stores    tables, SCIM services, Rapporteket
//!  portvakt-sources   a directory, git, the forge that reviewed
//!  portvakt-listen    HTTP on a socket, however many open connections and say nothing
//!  portvakt-database  SQLite and PostgreSQL behind one connection
//!  portvakt-net       outgoing connections: which addresses may be reached, and within which limits
//!  portvakt-core      model, diag, schema, tree, parse, policy, change, evidence, judge, plan, decide: pure
//! ```

pub mod cli;
pub mod config;
pub mod example;
