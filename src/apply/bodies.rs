//! What ledger entries say. People are named by their keys only; account ids, units, roles and requests as they
//! are.

use serde_json::{Value, json};

use crate::change::{Removal, Standing};
use crate::database::Connection;
use crate::ledger::LedgerError;
use crate::ledger::person_key::{Keys, key_of};
use crate::memory::{Refused, Told};
use crate::model::{AccountId, Digest, FilePath, GrantKey, PersonId};
use crate::pass::{Decided, whose};
use crate::plan::{Cause, Effect, Step, Subject};
use crate::store::{Performed, StoreError};

fn grant(keys: &Keys<'_>, key: &GrantKey) -> Result<Value, LedgerError> {
    Ok(json!({
        "person": keys.key(&key.person)?,
        "application": key.application,
        "unit": key.unit,
        "request": key.request,
    }))
}

pub(super) fn accepted(
    keys: &Keys<'_>,
    decided: &Decided,
    standing: &Standing,
) -> Result<Value, LedgerError> {
    standing_body(keys, standing, &decided.snapshot)
}

pub(super) fn standing_body(
    keys: &Keys<'_>,
    standing: &Standing,
    snapshot: &Digest,
) -> Result<Value, LedgerError> {
    let given = &standing.grant;
    Ok(json!({
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
        "snapshot": snapshot,
    }))
}

pub(super) fn removal(keys: &Keys<'_>, decided: &Decided, removal: &Removal) -> Result<Value, LedgerError> {
    let by = match &removal.revocation {
        Some(revocation) => Some(keys.key(&revocation.by)?),
        None => None,
    };
    Ok(json!({
        "grant": grant(keys, &removal.key)?,
        "trust": removal.trust,
        "removed": removal.cause,
        "until": removal.until,
        "by": by,
        "evidence": removal.proof,
        "snapshot": decided.snapshot,
    }))
}

pub(super) fn plan(decided: &Decided, plan: &Digest) -> Value {
    let body = json!({
        "plan": plan,
        "steps": decided.steps.len(),
        "snapshot": decided.snapshot,
        "policies": decided.rules.policies_digest,
        "settings": decided.rules.settings_digest,
    });
    of_commit(decided, body)
}

/// Names the commit, where the tree was one.
pub(super) fn of_commit(decided: &Decided, mut body: Value) -> Value {
    if let (Some(advance), Value::Object(body)) = (&decided.advance, &mut body) {
        body.insert("commit".to_owned(), json!(advance.to));
    }
    body
}

pub(super) fn held_file(conn: &Connection, path: &FilePath, told: &[Told]) -> Result<Value, LedgerError> {
    let codes: Vec<&str> = told.iter().map(|told| told.code.as_str()).collect();
    Ok(match whose(path) {
        Some((person, trust)) => json!({ "person": key_of(conn, &person)?, "trust": trust, "codes": codes }),
        None => json!({ "codes": codes }),
    })
}

pub(super) fn refused(conn: &Connection, key: &GrantKey, refused: &Refused) -> Result<Value, LedgerError> {
    Ok(json!({
        "grant": grant(&Keys::new(conn), key)?,
        "statement": refused.statement,
        "code": refused.told.code,
        "rules": refused.told.rules,
        "policies": refused.told.policies,
        "judged-by": { "policies": refused.policies, "settings": refused.settings, "on": refused.first_day },
    }))
}

fn subject(keys: &Keys<'_>, step: &Step, account: Option<&str>) -> Result<Value, LedgerError> {
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

pub(super) fn step(keys: &Keys<'_>, step: &Step, performed: &Performed) -> Result<Value, LedgerError> {
    let mut body = subject(keys, step, performed.account.as_ref().map(AccountId::as_str))?;
    let effect = effect(keys, &step.effect)?;
    if let (Value::Object(body), Value::Object(effect)) = (&mut body, effect) {
        body.extend(effect);
    }
    Ok(body)
}

fn effect(keys: &Keys<'_>, effect: &Effect) -> Result<Value, LedgerError> {
    let keyed = |grants: &[(&GrantKey, Cause)]| -> Result<Vec<Value>, LedgerError> {
        grants.iter().map(|(key, cause)| Ok(json!({ "grant": grant(keys, key)?, "cause": cause }))).collect()
    };
    Ok(match effect {
        Effect::Lower { revoke, end_subscriptions, close } => {
            let mut rights = Vec::new();
            for revoke in revoke {
                let grants: Vec<(&GrantKey, Cause)> =
                    revoke.grants.iter().map(|key| (key, revoke.cause)).collect();
                rights.push(json!({
                    "right": revoke.right, "cause": revoke.cause, "grants": keyed(&grants)?,
                }));
            }
            json!({ "revoked": rights, "subscriptions-ended": end_subscriptions.len(), "closed": close,
                    "email-cleared": close })
        }
        Effect::Sweep { end_subscriptions } => {
            json!({ "email-cleared": true, "subscriptions-ended": end_subscriptions.len() })
        }
        Effect::Amend { changed, .. } => json!({ "amended": true, "changed": changed }),
        Effect::Raise { grant: raises } => {
            let mut rights = Vec::new();
            for raise in raises {
                rights.push(json!({
                    "right": raise.right, "grant": grant(keys, &raise.grant)?, "drift": raise.drift,
                }));
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
) -> Result<Value, LedgerError> {
    let mut body = subject(&Keys::new(conn), step, opened.map(AccountId::as_str))?;
    if let Value::Object(body) = &mut body {
        // The store's own words may quote what is in it; the ledger keeps the kind of failure only.
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
    Ok(body)
}

/// Everybody the entry of a step names.
pub(super) fn named(step: &Step) -> impl Iterator<Item = &PersonId> {
    let grants: Vec<&GrantKey> = match &step.effect {
        Effect::Lower { revoke, .. } => revoke.iter().flat_map(|revoke| &revoke.grants).collect(),
        Effect::Raise { grant } => grant.iter().map(|raise| &raise.grant).collect(),
        Effect::Settle { grants } => grants.iter().map(|(key, _)| key).collect(),
        Effect::Sweep { .. } | Effect::Amend { .. } => Vec::new(),
    };
    step.person.iter().chain(grants.into_iter().map(|key| &key.person))
}
