//! The daemon: what starts its passes, what it does in them, and how it reports its own state. `apply` uses its engine too.
//!
//! ```text
//!  daemon    the loop over all events
//!  schedule  decides when the next pass is made
//!  order     the values that the loop and the schedule exchange
//!  reach     how much a pass looks at
//!  worker    the thread that makes the passes
//!  engine    one call is one pass
//!  origin    the source of the tree: a directory, or a branch
//!  watch     hints that the tree may have changed
//!  places    the folders that are watched
//!  fetching  fetches a branch again and again
//!  reviews   who approved on the forge
//!  uncounted approvals on the forge that do not count because of the account
//!  past      what the target branch shows, for a check
//!  error     why a pass stopped half way
//!  journal   writes each pass to the log and to the status
//!  tell      the lines of the log about single people
//!  status    what the daemon shows about itself
//!  red       the parts of the status that somebody should act on
//!  http      the status page
//!  metrics   the status for Prometheus
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
mod uncounted;
pub mod watch;
pub mod worker;
