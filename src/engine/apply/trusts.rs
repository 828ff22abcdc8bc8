//! This module acts when released settings give trusts new ids or move units to other trusts. Everything accepted there
//! follows, in memory and ledger, in the caller's transaction.

use portvakt_core::change::Standing;
use portvakt_core::decide::Decided;
use portvakt_core::judge::Rules;
use portvakt_core::model::RenamedTrusts;
use portvakt_database::Connection;

use super::id_changes::bind_files;
use super::{ApplyError, bind, bodies};
use crate::ledger::person_key::{Keys, known_key};
use crate::ledger::{EntryKind, Tail};
use crate::memory;

/// Makes everything follow the released settings. Trusts come first, so that their units are at the right trust
/// afterwards.
pub(super) fn follow(
    tx: &Connection,
    decided: &Decided,
    keys: &Keys<'_>,
    tail: &mut Tail<'_>,
) -> Result<(), ApplyError> {
    let Some((rules, _)) = &decided.released_rules else { return Ok(()) };
    follow_trusts(tx, (decided, rules), keys, tail)?;
    follow_units(tx, (decided, rules), keys, tail)
}

/// Moves everything of a trust to its new id, including grants that are over.
fn follow_trusts(
    tx: &Connection,
    (decided, rules): (&Decided, &Rules),
    keys: &Keys<'_>,
    tail: &mut Tail<'_>,
) -> Result<(), ApplyError> {
    let renamed: RenamedTrusts = rules.register.renamed_since(&decided.rules.register);
    for (from, to) in &renamed {
        for mut standing in memory::of_trust(tx, from)? {
            standing.grant.follow(&renamed);
            memory::accept_grant(tx, &standing)?;
            // A person who has been forgotten is in no entry any more.
            if known_key(tx, &standing.grant.key.person)?.is_some() {
                record_accepted(decided, keys, tail, &standing)?;
            }
        }
        let files = memory::files_of_trust(tx, from)?;
        memory::rename_trust(tx, from, to)?;
        let gone: Vec<bind::SaidByFile<'_>> = files
            .iter()
            .filter(|(_, trust)| trust == from)
            .map(|(person, trust)| (person, trust, None))
            .collect();
        bind::record_files(tail, keys, decided.clock.shown, &gone)?;
        let now = |trust| if trust == from { to } else { trust };
        let files = files.iter().map(|(person, trust)| (person, now(trust)));
        bind_files(tx, (tail, keys), decided.clock.shown, files)?;
    }
    Ok(())
}

/// Entries follow their unit. If the released settings move a unit to another trust, its grants move too. Both files
/// are looked at again, so that a file left in the old folder is reported. From now on the file counts as missing in
/// the new folder. A file left in the old folder prevents it from counting as gone, for as long as it is there and has the
/// entry.
fn follow_units(
    tx: &Connection,
    (decided, rules): (&Decided, &Rules),
    keys: &Keys<'_>,
    tail: &mut Tail<'_>,
) -> Result<(), ApplyError> {
    let mut left_behind = Vec::new();
    for (unit, known) in &rules.register.units {
        if decided.rules.register.trust_of(*unit).is_none_or(|before| *before == known.trust) {
            continue;
        }
        for mut standing in memory::left_behind(tx, *unit, &known.trust)? {
            let left = std::mem::replace(&mut standing.grant.trust, known.trust.clone());
            let person = &standing.grant.key.person;
            memory::look_again(tx, person, &left)?;
            memory::miss_at(tx, person, &left, &known.trust)?;
            if standing.ended.is_none() && standing.cleared.is_none() {
                left_behind.push((person.clone(), left.clone(), known.trust.clone()));
            }
            let files = [(person, &left), (person, &known.trust)];
            bind_files(tx, (tail, keys), decided.clock.shown, files.into_iter())?;
            memory::accept_grant(tx, &standing)?;
            record_accepted(decided, keys, tail, &standing)?;
        }
    }
    if !left_behind.is_empty() {
        memory::leave_behind(tx, left_behind, decided.clock.moment)?;
    }
    Ok(())
}

fn record_accepted(
    decided: &Decided,
    keys: &Keys<'_>,
    tail: &mut Tail<'_>,
    standing: &Standing,
) -> Result<(), ApplyError> {
    tail.append(
        decided.clock.shown,
        EntryKind::Accepted,
        &bodies::acceptance_body(keys, decided, standing)?,
    )?;
    Ok(())
}
