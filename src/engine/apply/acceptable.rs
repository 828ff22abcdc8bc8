//! This module describes a tree that is accepted as the first base, with everything that is known about it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::Head;
use portvakt_core::decide::Broken;
use portvakt_core::judge::Rules;
use portvakt_core::model::{Account, GrantKey};
use portvakt_core::proof::SetProof;
use portvakt_core::tree::Snapshot;

/// A tree that can be the first base.
#[derive(Debug)]
pub struct Acceptable<'a> {
    /// The files of the tree.
    pub snapshot: &'a Snapshot,
    /// The commit of the tree. It is `None` for a directory.
    pub commit: Option<&'a str>,
    /// The rules of the tree.
    pub rules: &'a Arc<Rules>,
    /// The content of the tree. Every file in it can be parsed, and every entry is permitted.
    pub head: &'a Head,
    /// The accounts in the store.
    pub accounts: &'a [Account],
    /// The requests that the store has seen given and taken back.
    pub spent: &'a BTreeSet<GrantKey>,
    /// The current day in the register's time zone.
    pub today: Date,
    /// The moment of the acceptance.
    pub now: Timestamp,
    /// The checkpoint of an earlier ledger that this one follows, if there is one.
    pub follows: Option<serde_json::Value>,
    /// The place where the chain of the ledger is broken. The baseline names the break, and the chain holds again from
    /// there on.
    pub broken: Option<Broken>,
    /// The proof of its policies that was made here, if one was asked for.
    pub proof: Option<SetProof>,
}
