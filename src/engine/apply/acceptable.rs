//! The tree that is accepted as the first base, with all that is known of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::Head;
use portvakt_core::decide::Broken;
use portvakt_core::judge::Rules;
use portvakt_core::model::GrantKey;
use portvakt_core::store::Account;
use portvakt_core::tree::Snapshot;

/// A tree that can be the first base.
#[derive(Debug)]
pub struct Acceptable<'a> {
    /// The tree.
    pub snapshot: &'a Snapshot,
    /// The commit it is of; `None` for a directory.
    pub commit: Option<&'a str>,
    /// Its rules.
    pub rules: &'a Arc<Rules>,
    /// What it says; every file of it parses and every entry is permitted.
    pub head: &'a Head,
    /// What the store holds.
    pub accounts: &'a [Account],
    /// Requests that the store has seen served and taken back.
    pub spent: &'a BTreeSet<GrantKey>,
    /// The register's day.
    pub today: Date,
    /// The moment of the acceptance.
    pub now: Timestamp,
    /// The checkpoint of an earlier ledger that this one follows, if there is one.
    pub follows: Option<serde_json::Value>,
    /// Where the ledger does not hold: the baseline names the break, and the chain holds again from there on.
    pub broken: Option<Broken>,
}
