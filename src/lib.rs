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
//! that waits, and `daemon` runs the same pass again and again.
//!
//! Read the crates in this order. Each uses only crates above it, and of these only the ones that `docs/architecture.md`
//! names for it. The compiler enforces this:
//!
//! | crate | what it holds |
//! |---|---|
//! | [`portvakt_core`] | the decisions, without effects: model, diag, tree, parse, evidence, change, policy, proof, judge, review, reports, plan, store, decide; below them text, zone, clock, invisible, characters, system, unmerged, host, hex, threads; beside them schema, planted |
//! | [`portvakt_net`] | outgoing connections: which addresses may be reached, and within which limits |
//! | [`portvakt_database`] | SQLite and PostgreSQL behind one connection |
//! | `portvakt_listen` | HTTP on a socket, even if many clients connect and send nothing |
//! | [`portvakt_sources`] | a directory, git, the forge that reviewed |
//! | [`portvakt_stores`] | tables, SCIM services, Rapporteket |
//! | [`portvakt_prove`] | promises of the policies, proved; linked into the program `portvakt-prove` and not into this one |
//! | [`portvakt_engine`] | pass (reads a case), apply, memory, ledger, reconcile (the daemon), review, report |
//! | [`portvakt_serve`] | the embedded register as a SCIM 2.0 service; knows the stores and nothing of passes |
//! | [`portvakt_author`] | a wish as an edit of files, which is judged before it is written; knows only the core |
//! | this one | [`cli`]: one command a file; [`config`]: the only reader of environment and options; [`example`] |

pub mod cli;
pub mod config;
pub mod example;
