//! This module makes the bodies of ledger entries. People are named only by their keys. Account ids, units, roles and
//! requests are written as they are.

use portvakt_core::change::{Cause, Removal, Standing};
use portvakt_core::decide::{Decided, whose};
use portvakt_core::judge::Counted;
use portvakt_core::model::{AccountId, Digest, FilePath, GrantKey, PersonId};
use portvakt_core::plan::{ClockTrust, Effect, Step, StepSubject};
use portvakt_core::review::{Attested, Closed};
use portvakt_core::store::{Performed, StoreError};
use portvakt_database::Connection;
use serde_json::{Value, json};

use super::ApplyError;
use crate::ledger::person_key::Keys;
use crate::memory::bound::{accepted_body, revocation_body};
use crate::memory::{KeptFinding, RefusedEntry};

fn grant(keys: &Keys<'_>, key: &GrantKey) -> Result<Value, ApplyError> {
    Ok(json!({
        "person": keys.key(&key.person)?,
        "application": key.application,
        "unit": key.unit,
        "request": key.request,
    }))
}

pub(super) fn acceptance_body(
    keys: &Keys<'_>,
    decided: &Decided,
    standing: &Standing,
) -> Result<Value, ApplyError> {
    // Several commits may be carried out together, so each grant names the commit that brought it.
    Ok(of_commit(decided, standing_body(keys, standing, &decided.tree.snapshot)?))
}

/// Returns the body for an accepted grant, with everything that binds the remembered row to the ledger.
pub(super) fn standing_body(
    keys: &Keys<'_>,
    standing: &Standing,
    snapshot: &Digest,
) -> Result<Value, ApplyError> {
    Ok(keys.bound(standing_part(keys, standing, snapshot)?))
}

/// Returns the same as a part of another entry.
pub(super) fn standing_part(
    keys: &Keys<'_>,
    standing: &Standing,
    snapshot: &Digest,
) -> Result<Value, ApplyError> {
    let grant = &standing.grant;
    let key = keys.salted(&grant.key.person)?;
    let approver = keys.key(&grant.approval.by)?;
    Ok(accepted_body(standing, (key.key.as_str(), key.salt.as_str()), &approver, snapshot)?)
}

pub(super) fn removal(keys: &Keys<'_>, decided: &Decided, removal: &Removal) -> Result<Value, ApplyError> {
    let by = match &removal.revocation {
        Some(revocation) => Some(keys.key(&revocation.by)?),
        None => None,
    };
    let mut body = json!({
        "grant": grant(keys, &removal.key)?,
        "trust": removal.trust,
        "removed": removal.cause,
        "until": removal.until,
        "by": by,
        "evidence": removal.proof,
        "snapshot": decided.tree.snapshot,
    });
    if let (true, Some(body)) = (clears(removal, decided), body.as_object_mut()) {
        body.insert("cleared".to_owned(), json!(removal.cause));
        if let Some(revocation) = &removal.revocation {
            let salt = keys.salted(&removal.key.person)?.salt;
            body.insert("revoked".to_owned(), revocation_body(&salt, revocation)?);
        }
    }
    Ok(of_commit(decided, keys.bound(body)))
}

/// Returns whether the removal leaves nothing of the grant. An end in the future only moves the end date.
pub(super) fn clears(removal: &Removal, decided: &Decided) -> bool {
    removal.until.is_none_or(|until| until < decided.clock.day)
}

pub(super) fn plan(decided: &Decided, plan: &Digest) -> Value {
    let body = json!({
        "plan": plan,
        "steps": decided.plan.steps.len(),
        "snapshot": decided.tree.snapshot,
        "policies": decided.rules.policies_digest,
        "settings": decided.rules.settings_digest,
    });
    of_commit(decided, body)
}

/// Adds the commit, if the tree came from one, and says so if the clock was not trusted.
pub(super) fn of_commit(decided: &Decided, mut body: Value) -> Value {
    if let (Some(advance), Value::Object(body)) = (&decided.tree.advance, &mut body) {
        body.insert("commit".to_owned(), json!(advance.to));
    }
    under_clock(decided, body)
}

/// Says in a body that the clock was not trusted. Such an entry has the time of an earlier moment.
pub(super) fn under_clock(decided: &Decided, mut body: Value) -> Value {
    let clock = match decided.clock.trust {
        ClockTrust::Steady => None,
        ClockTrust::Behind => Some("behind"),
        ClockTrust::Ahead => Some("ahead"),
    };
    if let (Some(clock), Value::Object(body)) = (clock, &mut body) {
        body.insert("clock".to_owned(), json!(clock));
    }
    body
}

/// Returns the body for a review whose statements are remembered: its trust and quarter, and who reviewed on which day, by
/// which statement.
pub(super) fn reviewed_body(
    keys: &Keys<'_>,
    attested: &Attested,
    snapshot: &Digest,
) -> Result<Value, ApplyError> {
    let mut by = Vec::new();
    for (line, statement) in &attested.by {
        by.push(json!({ "by": keys.key(&line.by)?, "on": line.on, "statement": statement }));
    }
    let body = json!({
        "trust": attested.trust,
        "quarter": attested.quarter,
        "reviewed": by,
        "snapshot": snapshot,
    });
    Ok(keys.bound(body))
}

/// Returns the body for a review that is closed: the list with its answers, and what the pass has read of the store. Only
/// a pass that has read the whole store closes one.
pub(super) fn review_closed(decided: &Decided, closed: &Closed) -> Value {
    let body = json!({
        "trust": closed.trust,
        "quarter": closed.quarter,
        "answers": closed.answers,
        "accounts-read": closed.read,
        "named-by-no-file": closed.unnamed,
        "snapshot": decided.tree.snapshot,
    });
    of_commit(decided, body)
}

/// Returns the body for a rejection that counts: the number, the trust, and who has rejected it on which day, by
/// which statement. The reason is free text, which is only in the statement.
pub(super) fn rejected_body(
    keys: &Keys<'_>,
    decided: &Decided,
    (statement, counted): (&Digest, &Counted),
) -> Result<Value, ApplyError> {
    let Counted { trust, rejection } = counted;
    let body = json!({
        "request": rejection.request,
        "trust": trust,
        "by": keys.key(&rejection.by)?,
        "on": rejection.on,
        "statement": statement,
        "snapshot": decided.tree.snapshot,
    });
    Ok(of_commit(decided, keys.bound(body)))
}

pub(super) fn held_file(
    conn: &Connection,
    path: &FilePath,
    told: &[KeptFinding],
) -> Result<Value, ApplyError> {
    let codes: Vec<&str> = told.iter().map(|told| told.code.as_str()).collect();
    let keys = Keys::new(conn);
    Ok(match whose(path) {
        Some((person, trust)) => {
            keys.bound(json!({ "person": keys.key(&person)?, "trust": trust, "codes": codes }))
        }
        None => json!({ "codes": codes }),
    })
}

pub(super) fn refused_body(
    conn: &Connection,
    key: &GrantKey,
    refused: &RefusedEntry,
) -> Result<Value, ApplyError> {
    let keys = Keys::new(conn);
    Ok(keys.bound(json!({
        "grant": grant(&keys, key)?,
        "statement": refused.statement,
        "code": refused.told.code,
        "rules": refused.told.rules,
        "policies": refused.told.policies,
        "judged-by": { "policies": refused.policies, "settings": refused.settings, "on": refused.first_day },
    })))
}

fn subject(keys: &Keys<'_>, step: &Step, account: Option<&str>) -> Result<Value, ApplyError> {
    let person = match &step.person {
        Some(person) => Some(keys.key(person)?),
        None => None,
    };
    let named = match &step.subject {
        StepSubject::Account(id) => Some(id.as_str()),
        StepSubject::New(_) | StepSubject::Nobody => account,
    };
    Ok(json!({ "account": named, "person": person, "opened": matches!(step.subject, StepSubject::New(_)) }))
}

pub(super) fn step(keys: &Keys<'_>, step: &Step, performed: &Performed) -> Result<Value, ApplyError> {
    let mut body = subject(keys, step, performed.account.as_ref().map(AccountId::as_str))?;
    let effect = effect(keys, &step.effect)?;
    if let (Value::Object(body), Value::Object(effect)) = (&mut body, effect) {
        body.extend(effect);
        // A closing that was done in parts may have left an address.
        if performed.after.as_ref().is_some_and(|after| !after.active && after.email.is_some()) {
            body.insert("email-cleared".to_owned(), false.into());
        }
    }
    Ok(keys.bound(body))
}

/// Returns the body that says that an account belongs to a person, if no step says so.
pub(super) fn account(
    conn: &Connection,
    person: &PersonId,
    account: &AccountId,
) -> Result<Value, ApplyError> {
    let keys = Keys::new(conn);
    Ok(keys.bound(json!({ "person": keys.key(person)?, "account": account })))
}

fn effect(keys: &Keys<'_>, effect: &Effect) -> Result<Value, ApplyError> {
    let keyed = |grants: &[(&GrantKey, Cause)]| -> Result<Vec<Value>, ApplyError> {
        grants.iter().map(|(key, cause)| Ok(json!({ "grant": grant(keys, key)?, "cause": cause }))).collect()
    };
    Ok(match effect {
        Effect::Lower { cause, revoke, end_subscriptions, close } => {
            let mut rights = Vec::new();
            for revoke in revoke {
                let grants: Vec<(&GrantKey, Cause)> =
                    revoke.grants.iter().map(|key| (key, revoke.cause)).collect();
                rights.push(json!({
                    "right": revoke.right, "cause": revoke.cause, "grants": keyed(&grants)?,
                }));
            }
            json!({ "cause": cause, "revoked": rights, "subscriptions-ended": end_subscriptions.len(), "closed": close,
                    "email-cleared": close })
        }
        Effect::Sweep { end_subscriptions } => {
            json!({ "email-cleared": true, "subscriptions-ended": end_subscriptions.len() })
        }
        Effect::Amend { changed, .. } => json!({ "amended": true, "changed": changed }),
        Effect::Raise { grant: raises } => {
            let mut rights = Vec::new();
            for raise in raises {
                let mut body = json!({
                    "right": raise.right, "grant": grant(keys, &raise.grant)?, "drift": raise.drift,
                });
                if let (false, Some(body)) = (raise.stays_ended.is_empty(), body.as_object_mut()) {
                    body.insert("stays-ended".to_owned(), json!(raise.stays_ended));
                }
                rights.push(body);
            }
            json!({ "given": rights })
        }
        Effect::Settle { grants } => {
            let grants: Vec<(&GrantKey, Cause)> = grants.iter().map(|(key, cause)| (key, *cause)).collect();
            json!({ "settled": keyed(&grants)? })
        }
    })
}

pub(super) fn failed_body(
    conn: &Connection,
    step: &Step,
    opened: Option<&AccountId>,
    why: &StoreError,
) -> Result<Value, ApplyError> {
    let keys = Keys::new(conn);
    let mut body = subject(&keys, step, opened.map(AccountId::as_str))?;
    if let Value::Object(body) = &mut body {
        // The store's own error text may quote its content. So the ledger keeps only the kind of failure.
        let kind = match why {
            StoreError::Open { .. } => "open",
            StoreError::Locked => "locked",
            StoreError::ReadOnly | StoreError::ReadOnlyServer => "read-only",
            StoreError::Full => "full",
            StoreError::LeaseLost => "lease-lost",
            StoreError::Database(..) => "database",
            StoreError::NotWritten(_) => "not-written",
            StoreError::Unreachable { .. } => "unreachable",
            StoreError::NotLetIn { .. } => "not-let-in",
            StoreError::Answer { .. } => "answer",
            StoreError::Refused(_) => "refused",
            StoreError::Unfit(_) => "unfit",
            StoreError::NotAsked(_) => "not-asked",
            StoreError::Reserved(_) => "reserved",
            StoreError::Unfinished(..) => "unfinished",
            StoreError::Conflict(_) => "conflict",
            StoreError::Unknown(_) => "unknown",
        };
        body.insert("failed".to_owned(), Value::from(kind));
    }
    Ok(keys.bound(body))
}

/// Returns everybody that the entry of a step names.
pub(super) fn people_of_step(step: &Step) -> impl Iterator<Item = &PersonId> {
    let grants: Vec<&GrantKey> = match &step.effect {
        Effect::Lower { revoke, .. } => revoke.iter().flat_map(|revoke| &revoke.grants).collect(),
        Effect::Raise { grant } => grant.iter().map(|raise| &raise.grant).collect(),
        Effect::Settle { grants } => grants.iter().map(|(key, _)| key).collect(),
        Effect::Sweep { .. } | Effect::Amend { .. } => Vec::new(),
    };
    step.person.iter().chain(grants.into_iter().map(|key| &key.person))
}
