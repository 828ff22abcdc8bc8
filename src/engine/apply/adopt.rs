//! This module takes what is remembered, but not bound by any entry, into the ledger unchanged. This happens once at
//! the first start of a version that checks its memory. It also happens with each baseline, for what the baseline
//! itself did not write.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use portvakt_core::change::{Base, KnownPerson};
use portvakt_core::decide::MemoryFlaw;
use portvakt_core::model::{Digest, PersonId, Register};
use portvakt_database::Connection;
use portvakt_stores::tables::Tables;
use serde_json::json;

use super::acceptable::Acceptable;
use super::{ApplyError, bind, bodies};
use crate::ledger::person_key::{COMMITMENTS, Keys, SaltedKey};
use crate::ledger::{EntryKind, Tail, person_key};
use crate::memory;
use crate::memory::Bound;
use crate::memory::bound::{BINDS, ComparedPart, TakenOver};

/// The largest number of keys in one entry.
const TOGETHER: usize = 500;

/// Takes over what an older version remembered: one entry for each person, the files, the parts of the rest, and one
/// entry that says what two people must look at. If the older version bound accesses, only the rest is taken over.
/// Nothing is done if the ledger already binds everything, if its chain is broken, or if nothing has been accepted.
///
/// # Errors
/// When the memory or the ledger cannot be read or written. Then nothing is taken over.
pub fn adopt_memory(register: &mut Tables, now: Timestamp) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let mut bound = Bound::default();
    bound.follow(&tx)?;
    if bound.binds_all() || bound.broken().is_some() {
        return Ok(());
    }
    // If an older ledger recorded rules, these rules are in force, whatever the mark says.
    let Some(((policies, settings), _)) = bound.rules(&tx)? else { return Ok(()) };
    let rules = memory::rules_by_digests(&tx, &policies, &settings)?;
    let (keys, mut tail) = (Keys::new(&tx), Tail::of(&tx)?);
    let snapshot = Digest::from_bytes([0; 32]);
    let (mut people, mut accesses) = (0usize, 0usize);
    if !bound.binds() {
        let base = memory::base(&tx, &rules.register, None)?;
        bind_keys(&tx, &mut tail, now, &bound)?;
        for (person, known) in has_rows(&base) {
            people += 1;
            accesses += known.grants.len();
            as_it_stands(&mut tail, &keys, now, (person, known), &snapshot)?;
        }
    }
    bind::all_files(&tx, &mut tail, &keys, now)?;
    bind::bind_parts(&tx, &mut tail, now)?;
    bind::all_asked(&tx, &mut tail, now)?;
    let rest = TakenOver {
        policies,
        settings,
        releases: memory::releases(&tx, now)?.into_iter().filter(|given| given.at <= now).collect(),
        charges: memory::charges(&tx, now)?,
        clock: memory::clock_mark(&tx)?,
    };
    let digest = tail.head().map_or(snapshot, |head| head.hash);
    let body =
        json!({ "people": people, "accesses": accesses, "digest": digest, "memory": BINDS, "rest": rest });
    tail.append(now, EntryKind::AdoptedMemory, &body)?;
    Ok(tx.commit()?)
}

/// Takes over the requests of an older version to a register elsewhere. That version bound everything except these
/// requests. They are settled at once, by reading that register.
///
/// # Errors
/// When the memory or the ledger cannot be read or written.
pub fn adopt_asked(register: &mut Tables, now: Timestamp) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    bind::all_asked(&tx, &mut Tail::of(&tx)?, now)?;
    Ok(tx.commit()?)
}

/// Binds slot by slot what an older version bound as a whole. The rows are compared with that binding first. If they
/// differ, nothing is done, and the difference is reported as before until two people accept the state again.
///
/// # Errors
/// When the memory or the ledger cannot be read or written.
pub fn adopt_slots(register: &mut Tables, now: Timestamp) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let mut bound = Bound::default();
    bound.follow(&tx)?;
    let Some(parts) = bound.parts_before_slots(&tx)? else { return Ok(()) };
    bind::bind_slots(&tx, &mut Tail::of(&tx)?, now, &parts)?;
    Ok(tx.commit()?)
}

fn has_rows(base: &Base) -> impl Iterator<Item = (&PersonId, &KnownPerson)> {
    base.people.iter().filter(|(_, known)| !known.grants.is_empty() || known.account.is_some())
}

fn as_it_stands(
    tail: &mut Tail<'_>,
    keys: &Keys<'_>,
    now: Timestamp,
    (person, known): (&PersonId, &KnownPerson),
    snapshot: &Digest,
) -> Result<(), ApplyError> {
    let grants = known
        .grants
        .values()
        .map(|standing| bodies::standing_part(keys, standing, snapshot))
        .collect::<Result<Vec<_>, _>>()?;
    let body = json!({ "person": keys.key(person)?, "account": known.account, "grants": grants });
    tail.append(now, EntryKind::AdoptedMemory, &keys.bound(body))?;
    Ok(())
}

/// Binds the keys that no entry has bound yet. This includes the keys of people without access who have approved or
/// released something.
fn bind_keys(
    conn: &Connection,
    tail: &mut Tail<'_>,
    now: Timestamp,
    bound: &Bound,
) -> Result<(), ApplyError> {
    let mut unbound = Vec::new();
    person_key::each_key(conn, |person, key, salt| {
        // An id that is not valid belongs to nobody.
        if let Ok(person) = PersonId::new(&person)
            && !bound.holds_key_of(&person)
        {
            unbound.push((person, salt.map(|salt| SaltedKey { key, salt })));
        }
    })?;
    for people in unbound.chunks(TOGETHER) {
        let mut commitments: BTreeMap<String, Digest> = BTreeMap::new();
        for (person, salted) in people {
            let key = match salted {
                Some(key) => key.clone(),
                None => Keys::new(conn).salted(person)?,
            };
            commitments.insert(key.key.clone(), key.commitment(person));
        }
        tail.append(now, EntryKind::AdoptedMemory, &json!({ COMMITMENTS: commitments }))?;
    }
    Ok(())
}

/// Deletes keys that do not match the ledger. Their people get new keys, and the entries under the old keys belong to
/// nobody.
pub(super) fn forget_wrong_keys(conn: &Connection) -> Result<(), ApplyError> {
    let committed = person_key::committed(conn)?;
    let mut wrong = Vec::new();
    person_key::each_key(conn, |person, key, salt| {
        let known = committed.get(&key).copied();
        let shown = PersonId::new(&person)
            .ok()
            .zip(salt)
            .map(|(id, salt)| SaltedKey { key: key.clone(), salt }.commitment(&id));
        // A key with neither commitment nor salt is from an older version. The baseline binds it.
        if known != shown {
            wrong.push(person);
        }
    })?;
    for person in wrong {
        person_key::forget(conn, &person)?;
    }
    Ok(())
}

/// Prepares the acceptance of a baseline. Rows that do not match the ledger are written again, as the ledger has
/// them. So an end or a spent request that somebody changed is restored.
///
/// A release that two people never gave, or that is already spent in the ledger, is marked as spent. So is one that is dated
/// ahead of the baseline, which was given on a clock that was wrong. Rows of requests that no pass made to a register
/// elsewhere are forgotten.
pub(super) fn mend(conn: &Connection, register: &Register, now: Timestamp) -> Result<(), ApplyError> {
    let mut bound = Bound::default();
    bound.follow(conn)?;
    memory::spend_all_but(conn, &bound.given(now), now)?;
    if let Some(open) = bound.open() {
        memory::forget_asked_besides(conn, open)?;
    }
    let base = memory::base_as_it_stands(conn, register, None)?;
    for (person, mismatch) in bound.untrusted(conn, &base, ComparedPart::Whole)? {
        if mismatch.what == MemoryFlaw::Unreadable {
            memory::forget_rows(conn, &person)?;
        }
        let Some(known) = mismatch.ledger else { continue };
        for standing in known.grants.values() {
            memory::accept_grant(conn, standing)?;
        }
        if let Some(account) = &known.account {
            memory::set_account(conn, &person, account)?;
        }
    }
    Ok(())
}

/// Binds what a baseline leaves unchanged and did not write itself: people who are not in the tree, and requests that
/// were spent before.
pub(super) fn the_rest(
    conn: &Connection,
    tail: &mut Tail<'_>,
    keys: &Keys<'_>,
    tree: &Acceptable<'_>,
) -> Result<(), ApplyError> {
    let mut bound = Bound::default();
    bound.follow(conn)?;
    bind_keys(conn, tail, tree.now, &bound)?;
    bound.follow(conn)?;
    let base = memory::base(conn, &tree.rules.register, None)?;
    let snapshot = tree.snapshot.digest();
    // The rows of a person without a bound key are in no entry.
    let keyless = has_rows(&base).map(|(person, _)| person).filter(|person| !bound.holds_key_of(person));
    let mut people: BTreeSet<PersonId> = keyless.cloned().collect();
    people.extend(bound.untrusted_of(&base, ComparedPart::Whole)?.into_keys());
    for person in people {
        let nobody = KnownPerson::default();
        let known = base.people.get(&person).unwrap_or(&nobody);
        as_it_stands(tail, keys, tree.now, (&person, known), &snapshot)?;
    }
    Ok(())
}
