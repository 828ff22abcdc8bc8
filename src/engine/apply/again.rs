//! This module restores access that ended on a day that two people have taken back, because a first baseline or
//! passes used a wrong clock. The end did not really happen, so the access is in force again and the next pass gives
//! it again. The same applies to access that ended by a clock that ran ahead and was never trusted.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::{AcceptanceWay, Base, Standing};
use portvakt_database::Connection;
use serde_json::json;

use super::{ApplyError, bind, bodies};
use crate::ledger::person_key::Keys;
use crate::ledger::{EntryKind, Tail};
use crate::memory;
use crate::memory::Bound;
use crate::memory::bound::ComparedPart;

/// The mistake about the time that two people take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mistake {
    /// A later day was trusted. Access that was over when a baseline was accepted on such a day counts too.
    LaterDay,
    /// The trusted day is right, or it is too early. A clock ahead of it may have ended something.
    ClockAhead,
}

/// Takes back the ends of grants whose own end date is `day` or later. It does so only for people whose rows match the
/// ledger, whose file is still known, and who were not given the same right since. Their files are looked at again, and
/// changes in them act as usual. It returns the number of restored grants.
pub(super) fn stand_again(
    conn: &Connection,
    mistake: Mistake,
    (day, at): (Date, Timestamp),
) -> Result<usize, ApplyError> {
    let mut bound = Bound::default();
    bound.follow(conn)?;
    let (true, None, Some(((policies, settings), None))) =
        (bound.binds_all(), bound.broken(), bound.rules(conn)?)
    else {
        return Ok(0);
    };
    let rules = memory::rules_by_digests(conn, &policies, &settings)?;
    let base = memory::base_as_it_stands(conn, &rules.register, None)?;
    let differs = bound.untrusted_of(&base, ComparedPart::Whole)?;
    let ended: Vec<Standing> = ended_by_mistake(&base, mistake, day)
        .filter(|standing| !differs.contains_key(&standing.grant.key.person))
        .cloned()
        .collect();
    if ended.is_empty() {
        return Ok(0);
    }
    let snapshot = memory::accepted_snapshot(conn)?.unwrap_or(memory::UNSETTLED);
    let (keys, mut tail) = (Keys::new(conn), Tail::of(conn)?);
    let mut files = BTreeSet::new();
    for standing in &ended {
        let again = Standing::new(standing.grant.clone(), standing.accepted.clone());
        memory::accept_grant(conn, &again)?;
        let mut body = bodies::standing_body(&keys, &again, &snapshot)?;
        if let Some(body) = body.as_object_mut() {
            body.insert("stands-again".to_owned(), json!(true));
        }
        tail.append(at, EntryKind::Accepted, &body)?;
        files.insert((standing.grant.key.person.clone(), standing.grant.trust.clone()));
    }
    for (person, trust) in &files {
        memory::look_again(conn, person, trust)?;
        if let Some((facts, bytes)) = memory::file_of(conn, person, trust)? {
            bind::record_files(&mut tail, &keys, at, &[(person, trust, Some((&facts, &bytes)))])?;
        }
    }
    Ok(ended.len())
}

fn ended_by_mistake(base: &Base, mistake: Mistake, day: Date) -> impl Iterator<Item = &Standing> {
    base.people.values().flat_map(move |known| {
        let standings = || known.grants.values().map(|standing| &**standing);
        let by_date = move |standing: &Standing| match standing.cleared {
            Some(cause) => cause.comes_by_a_day(),
            // The grant was already over by the wrong day when the baseline was accepted.
            None => mistake == Mistake::LaterDay && standing.accepted.way == AcceptanceWay::Baseline,
        };
        standings().filter(move |standing| {
            let grant = &standing.grant;
            standing.ended.is_some()
                && by_date(standing)
                && standing.accepted.way != AcceptanceWay::History
                // By its own end date, and by `revoked`, it is not over on that day.
                && !grant.is_over(day)
                && known.files.contains_key(&grant.trust)
                && !standings().any(|other| other.lives(day) && other.grant.right() == grant.right())
        })
    })
}
