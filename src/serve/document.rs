//! This module writes an account as a SCIM user. The same account gives the same bytes, and its version is a digest
//! of them.

use jiff::tz::TimeZone;
use portvakt_core::model::Digest;
use portvakt_stores::tables::served::{Served, Stage};
use serde_json::{Map, Value, json};

use super::{BASE, EXTENSION, USER};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// Returns the word for a stage.
fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Prepared => "prepared",
        Stage::Open => "open",
        Stage::Closed => "closed",
    }
}

/// Returns the login, or the account's id if there is no login.
pub(super) fn user_name(served: &Served) -> &str {
    served.account.login.as_deref().unwrap_or(served.account.id.as_str())
}

/// Writes an account as a document, without `meta`.
fn bare(served: &Served) -> Object {
    let account = &served.account;
    let mut user = Object::new();
    let mut own = Object::new();
    let mut put = |name: &str, value: Value| user.insert(name.to_owned(), value);
    put("schemas", json!([USER, EXTENSION]));
    put("id", json!(account.id.as_str()));
    put("userName", json!(user_name(served)));
    put("active", json!(served.stage == Stage::Open));
    if let Some(external) = &served.external {
        put("externalId", json!(external));
    }
    if !account.name.is_empty() {
        put("displayName", json!(account.name));
        put("name", json!({ "formatted": account.name }));
    }
    if let Some(email) = &account.email {
        put("emails", json!([{ "value": email, "type": "work", "primary": true }]));
    }
    if !account.rights.is_empty() {
        let roles = account.rights.keys().map(|right| json!({ "value": right.to_string() }));
        put("roles", roles.collect());
    }

    let mut put = |name: &str, value: Value| own.insert(name.to_owned(), value);
    if let Some(reference) = &served.reference {
        put("reference", json!(reference));
    }
    if let Some(person) = &account.person {
        put("person", json!(person));
    }
    put("state", json!(word(served.stage)));
    put("opened", json!(served.opened.to_string()));
    if let Some(closed) = served.closed {
        put("closed", json!(closed.to_string()));
    }
    put("subscriptions", json!(account.subscriptions.len()));
    let known = account.rights.iter().filter_map(|(right, request)| Some((right, request.as_ref()?)));
    let requests: Vec<Value> =
        known.map(|(right, request)| json!({ "role": right.to_string(), "request": request })).collect();
    if !requests.is_empty() {
        put("requests", Value::Array(requests));
    }
    user.insert(EXTENSION.to_owned(), Value::Object(own));
    user
}

/// Computes the version of an account. It changes when anything changes that a client can see of the account.
pub(super) fn version(served: &Served) -> String {
    // The document is always built in the same order, so equal accounts have equal bytes.
    let bytes = serde_json::to_vec(&bare(served)).unwrap_or_default();
    let digits: String = Digest::of(&bytes).to_string().chars().take(32).collect();
    format!("W/\"{digits}\"")
}

/// Writes an account as a user. `at` is the address of the service, up to its path.
pub(super) fn document(served: &Served, at: &str, zone: &TimeZone) -> Object {
    let mut user = looked_at(served, zone);
    let version = version(served);
    if let Some(Value::Object(meta)) = user.get_mut("meta") {
        meta.insert("version".to_owned(), json!(version));
        meta.insert("location".to_owned(), json!(location(served.account.id.as_str(), at)));
    }
    user
}

/// Writes the document that filters and sorting use. It has everything except the version and the location, which are
/// only computed for an answer.
pub(super) fn looked_at(served: &Served, zone: &TimeZone) -> Object {
    let mut user = bare(served);
    let midnight = zone.to_timestamp(served.opened.at(0, 0, 0, 0));
    let created = midnight.map_or_else(|_| format!("{}T00:00:00Z", served.opened), |time| time.to_string());
    let modified = served.modified.clone().unwrap_or_else(|| created.clone());
    let meta = json!({
        "resourceType": "User",
        "created": created,
        "lastModified": modified,
    });
    user.insert("meta".to_owned(), meta);
    user
}

/// Returns the address of a user.
pub(super) fn location(id: &str, at: &str) -> String {
    format!("{at}{BASE}/Users/{id}")
}
