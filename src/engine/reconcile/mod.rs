//! The daemon: what starts its passes, what it does in them, and how it reports its own state. `apply` uses its engine too.
//!
//! ```text
//!  engine    one call is one pass                            origin    the tree: a directory, or a branch
//!  daemon    the loop over all events                        worker    the thread that makes the passes
//!  schedule  when the next pass is made                      order     what loop and schedule exchange
//!  reach     how much a pass looks at                        error     what stops a pass half way
//!  watch     hints that the tree may have changed            places    the folders that are watched
//!  fetching  fetches a branch again and again                reviews   who approved on the forge
//!  past      what the target branch shows, for a check       journal   the log
//!  status    what the daemon shows of itself                 red       what somebody should act on
//!  http      the status page                                 metrics   the same for Prometheus
//!  tell      what a pass has given and taken, in the log
//! ```

pub mod daemon;
pub mod engine;
mod error;
pub mod fetching;
pub mod http;
mod journal;
pub mod metrics;
mod order;
pub mod origin;
pub mod past;
mod places;
mod reach;
mod red;
pub mod reviews;
pub mod schedule;
pub mod status;
mod tell;
pub mod watch;
pub mod worker;
