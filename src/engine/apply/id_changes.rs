//! This module records changed ids of people in memory and ledger, in the caller's transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portvakt_core::decide::{Decided, Renamed, RenamedIds};
use portvakt_core::model::{Digest, PersonId, TrustId};
use portvakt_database::Connection;
use serde_json::{Value, json};

use super::acceptable::Acceptable;
use super::{ApplyError, bind, bodies};
use crate::ledger::person_key::Keys;
use crate::ledger::{EntryKind, Tail};
use crate::memory;
use crate::memory::Bound;
use crate::memory::bound::id_digest;

/// Gives new ids to everything remembered about these people, and binds it again, because the digests of rows and keys
/// contain the person's id.
pub(super) fn record(tx: &Connection, decided: &Decided, tail: &mut Tail<'_>) -> Result<(), ApplyError> {
    for Renamed { change, known } in &decided.outcome.renamed {
        memory::rename_person(tx, &change.from, &change.to)?;
        let keys = Keys::new(tx);
        let key = keys.bind_anew(&change.to)?;
        let grants = known
            .grants
            .values()
            .map(|standing| bodies::standing_part(&keys, standing, &decided.tree.snapshot))
            .collect::<Result<Vec<_>, _>>()?;
        let approved = change
            .approvals
            .iter()
            .map(|(trust, (approval, proof))| {
                Ok(json!({
                    "trust": trust, "by": keys.key(&approval.by)?, "on": approval.on, "evidence": proof,
                }))
            })
            .collect::<Result<Vec<Value>, ApplyError>>()?;
        let body = json!({
            "person": key.key,
            "previously": id_digest(&key.salt, &change.from),
            "approved": approved,
            "account": known.account,
            "grants": grants,
            "snapshot": decided.tree.snapshot,
        });
        let body = bodies::of_commit(decided, keys.bound(body));
        tail.append(decided.clock.shown, EntryKind::IdChanged, &body)?;
        bind_files(
            tx,
            (tail, &keys),
            decided.clock.shown,
            known.files.keys().map(|trust| (&change.to, trust)),
        )?;
    }
    Ok(())
}

/// Binds the facts in people's files again, under the id or the trust they have now.
pub(super) fn bind_files<'a>(
    tx: &Connection,
    (tail, keys): (&mut Tail<'_>, &Keys<'_>),
    at: Timestamp,
    files: impl Iterator<Item = (&'a PersonId, &'a TrustId)>,
) -> Result<(), ApplyError> {
    let mut known = Vec::new();
    for (person, trust) in files {
        known.extend(memory::file_of(tx, person, trust)?.map(|file| (person, trust, file)));
    }
    let said: Vec<bind::SaidByFile<'_>> =
        known.iter().map(|(person, trust, (facts, bytes))| (*person, *trust, Some((facts, bytes)))).collect();
    bind::record_files(tail, keys, at, &said)
}

/// Returns the earlier ids of people, from the memory and from the tree of a baseline. The two administrators who
/// accept the baseline accept these ids too.
pub(super) fn before_baseline(tx: &Connection, tree: &Acceptable<'_>) -> Result<RenamedIds, ApplyError> {
    // Only ids that the ledger confirms are used. An id that somebody wrote into the database by hand does not count.
    let mut bound = Bound::default();
    bound.follow(tx)?;
    let told = if bound.binds() { bound.proven(memory::renamed(tx)?) } else { RenamedIds::new() };
    let mut all: BTreeMap<_, _> = told;
    for (from, to) in tree.head.renamed() {
        // A line in a tree must not give anybody an office or a key. That needs an approval in an ordinary pass.
        let named = tree.rules.names(from) || tree.rules.names(to);
        if !named && !tree.head.files.contains_key(from) && !all.contains_key(to) {
            all.entry(from.clone()).or_insert_with(|| to.clone());
        }
    }
    Ok(all)
}

/// Binds the earlier ids again after a baseline, because a baseline replaces what the ledger said about people.
pub(super) fn bind(
    tx: &Connection,
    (tail, keys): (&mut Tail<'_>, &Keys<'_>),
    tree: &Acceptable<'_>,
    renamed: &RenamedIds,
) -> Result<(), ApplyError> {
    let known: RenamedIds = memory::renamed(tx)?;
    memory::replace_renamed(tx, renamed)?;
    let snapshot: Digest = tree.snapshot.digest();
    for (from, to) in renamed {
        if !known.contains_key(from) {
            memory::rename_person(tx, from, to)?;
        }
        let key = keys.bind_anew(to)?;
        let body = json!({
            "person": key.key, "previously": id_digest(&key.salt, from), "snapshot": snapshot,
        });
        tail.append(tree.now, EntryKind::IdChanged, &keys.bound(body))?;
    }
    Ok(())
}
