//! This module makes the bodies of ledger entries. People are named only by their keys. Account ids, units, roles and
//! requests are written as they are.

use portvakt_core::change::{Cause, Removal, Standing};
use portvakt_core::decide::{Decided, whose};
use portvakt_core::model::{AccountId, Digest, FilePath, GrantKey, PersonId, Revocation};
use portvakt_core::plan::{Effect, Step, Subject};
use portvakt_core::store::{Performed, StoreError};
use portvakt_database::Connection;
use serde_json::{Value, json};

use super::ApplyError;
use crate::ledger::person_key::Keys;
use crate::memory::bound::{revocation_digest, row_digest};
use crate::memory::{KeptFinding, Refused};

fn grant(keys: &Keys<'_>, key: &GrantKey) -> Result<Value, ApplyError> {
    Ok(json!({
        "person": keys.key(&key.person)?,
        "application": key.application,
        "unit": key.unit,
        "request": key.request,
    }))
}

pub(super) fn accepted(keys: &Keys<'_>, decided: &Decided, standing: &Standing) -> Result<Value, ApplyError> {
    // Several commits may be carried out together, so each grant names the commit that brought it.
    Ok(of_commit(decided, standing_body(keys, standing, &decided.tree.snapshot)?))
}

/// Returns the body for an accepted grant, with everything that binds the remembered row: a digest of what never
/// changes in it, made with the person's salt, and any values that later entries change.
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
    let given = &standing.grant;
    let salt = keys.salted(&given.key.person)?.salt;
    let mut body = json!({
        "grant": grant(keys, &given.key)?,
        "trust": given.trust,
        "role": given.role,
        "from": given.from,
        "until": given.until,
        "approved": { "by": keys.key(&given.approval.by)?, "on": given.approval.on },
        "way": standing.accepted.way,
        "policies": standing.accepted.policies,
        "rules": standing.accepted.rules,
        "evidence": standing.accepted.proof,
        "row": row_digest(&salt, standing)?,
        "snapshot": snapshot,
    });
    if let Some(body) = body.as_object_mut() {
        let mut say = |name: &str, value: Value| {
            if !value.is_null() {
                body.insert(name.to_owned(), value);
            }
        };
        say("revoked", json!(given.revoked.as_ref().map(|revocation| written(&salt, revocation))));
        say("given", json!(standing.given));
        say("replaced", json!(standing.replaced));
        say("cleared", json!(standing.cleared));
        say("ended", json!(standing.ended));
    }
    Ok(body)
}

/// Returns the day of a revocation and a digest of its text. The text itself is only in the file and in the memory.
fn written(salt: &str, revocation: &Revocation) -> Value {
    json!({ "on": revocation.on, "as-written": revocation_digest(salt, revocation) })
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
            body.insert("revoked".to_owned(), written(&salt, revocation));
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

/// Adds the commit, if the tree came from one.
pub(super) fn of_commit(decided: &Decided, mut body: Value) -> Value {
    if let (Some(advance), Value::Object(body)) = (&decided.tree.advance, &mut body) {
        body.insert("commit".to_owned(), json!(advance.to));
    }
    body
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

pub(super) fn refused(conn: &Connection, key: &GrantKey, refused: &Refused) -> Result<Value, ApplyError> {
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
        Subject::Account(id) => Some(id.as_str()),
        Subject::New(_) | Subject::Nobody => account,
    };
    Ok(json!({ "account": named, "person": person, "opened": matches!(step.subject, Subject::New(_)) }))
}

pub(super) fn step(keys: &Keys<'_>, step: &Step, performed: &Performed) -> Result<Value, ApplyError> {
    let mut body = subject(keys, step, performed.account.as_ref().map(AccountId::as_str))?;
    let effect = effect(keys, &step.effect)?;
    if let (Value::Object(body), Value::Object(effect)) = (&mut body, effect) {
        body.extend(effect);
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

pub(super) fn failed(
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
            StoreError::ReadOnly => "read-only",
            StoreError::Full => "full",
            StoreError::LeaseLost => "lease-lost",
            StoreError::Database(_) => "database",
            StoreError::NotWritten(_) => "not-written",
            StoreError::Unreachable { .. } => "unreachable",
            StoreError::NotLetIn { .. } => "not-let-in",
            StoreError::Answer { .. } => "answer",
            StoreError::Refused(_) => "refused",
            StoreError::Conflict(_) => "conflict",
            StoreError::Unknown(_) => "unknown",
        };
        body.insert("failed".to_owned(), Value::from(kind));
    }
    Ok(keys.bound(body))
}

/// Returns everybody that the entry of a step names.
pub(super) fn named(step: &Step) -> impl Iterator<Item = &PersonId> {
    let grants: Vec<&GrantKey> = match &step.effect {
        Effect::Lower { revoke, .. } => revoke.iter().flat_map(|revoke| &revoke.grants).collect(),
        Effect::Raise { grant } => grant.iter().map(|raise| &raise.grant).collect(),
        Effect::Settle { grants } => grants.iter().map(|(key, _)| key).collect(),
        Effect::Sweep { .. } | Effect::Amend { .. } => Vec::new(),
    };
    step.person.iter().chain(grants.into_iter().map(|key| &key.person))
}
