//! How a user is shown and what is kept of one, each changed by the faults.

use std::time::Instant;

use axum::response::Response;
use serde_json::{Value, json};

use super::fault::Fault;
use super::{Shop, no};

/// The value of a role in its own case.
fn in_its_case(value: &str) -> String {
    let (most, role) = value.rsplit_once('/').unwrap_or(("", value));
    if most.is_empty() { role.to_owned() } else { format!("{}/{}", most.to_lowercase(), role.to_uppercase()) }
}

fn each_role(raw: &mut Value, change: impl Fn(&mut Value)) {
    raw.get_mut("roles").and_then(Value::as_array_mut).into_iter().flatten().for_each(change);
}

impl Shop {
    pub(super) fn shown(&self, id: &str) -> Option<Value> {
        let user = self.users.get(id)?;
        if let Some((before, until)) = &user.before
            && Instant::now() < *until
        {
            let mut raw = before.clone()?;
            raw["meta"] = json!({"version": format!("W/\"{}\"", user.version - 1)});
            return Some(raw);
        }
        self.shown_alone(id)
    }

    /// Returns a user as it is now.
    pub(super) fn shown_alone(&self, id: &str) -> Option<Value> {
        let user = self.users.get(id)?;
        let mut raw = user.raw.clone();
        raw["meta"] = json!({"resourceType": "User", "version": format!("W/\"{}\"", user.version)});
        if self.is(Fault::Forgetful) {
            raw.as_object_mut().unwrap().remove("externalId");
        }
        self.dress(&mut raw);
        Some(raw)
    }

    /// Changes a resource into the form that is shown to clients.
    pub(super) fn dress(&self, raw: &mut Value) {
        let version = raw["meta"]["version"].as_str().unwrap().to_owned();
        if self.is(Fault::StrongVersions) {
            raw["meta"]["version"] = json!(version.trim_start_matches("W/"));
        }
        if self.is(Fault::VersionsLacking) {
            raw["meta"].as_object_mut().unwrap().remove("version");
        }
        if self.is(Fault::NumberedIds) {
            raw["id"] = json!(raw["id"].as_str().unwrap().parse::<u64>().unwrap());
        }
        if self.is(Fault::ActiveAsText) {
            raw["active"] = json!(if raw["active"] == true { "True" } else { "False" });
        }
        if self.is(Fault::NoSchemas) {
            raw.as_object_mut().unwrap().remove("schemas");
        }
        if self.is(Fault::RolesOnRequest) && !self.names_roles {
            raw.as_object_mut().unwrap().remove("roles");
        }
        if self.is(Fault::ActiveLeftOut) && raw["active"] == false {
            raw.as_object_mut().unwrap().remove("active");
        }
        if self.is(Fault::CaseChanged) {
            each_role(raw, |role| role["value"] = json!(role["value"].as_str().unwrap().to_lowercase()));
            raw["userName"] = json!(raw["userName"].as_str().unwrap().to_uppercase());
            for mail in raw.get_mut("emails").and_then(Value::as_array_mut).into_iter().flatten() {
                mail["value"] = json!(mail["value"].as_str().unwrap().to_uppercase());
            }
        }
        if self.is(Fault::RolesDecorated) {
            if let Some(roles) = raw.get_mut("roles").and_then(Value::as_array_mut) {
                roles.reverse();
            }
            each_role(raw, |role| {
                role["display"] = json!("A role");
                role["type"] = json!("work");
                role["primary"] = json!(false);
            });
        }
        if self.is(Fault::RolesAreTexts) {
            each_role(raw, |role| *role = role["value"].clone());
        }
    }

    /// The header with this version.
    pub(super) fn in_header(&self, version: &str) -> String {
        match self.is(Fault::HeaderVersions) {
            true => format!("W/\"answer-{}\"", self.requests),
            false => version.to_owned(),
        }
    }

    /// Changes a resource into the form that is kept. Returns the refusal, if it is not accepted.
    pub(super) fn undress(&self, raw: &mut Value) -> Option<Response> {
        let roles = raw["roles"].as_array().cloned().unwrap_or_default();
        if self.is(Fault::RolesAreTexts) {
            if !roles.iter().all(Value::is_string) {
                return Some(no(400, "roles are texts"));
            }
            each_role(raw, |role| *role = json!({"value": role}));
        }
        if self.is(Fault::CaseChanged) {
            each_role(raw, |role| role["value"] = json!(in_its_case(role["value"].as_str().unwrap())));
        }
        if self.is(Fault::NoRoles) || self.is(Fault::RolesNeverKept) {
            raw.as_object_mut().unwrap().remove("roles");
        }
        if self.is(Fault::ExternalIdReadOnly) {
            raw.as_object_mut().unwrap().remove("externalId");
        }
        let family = self.is(Fault::FamilyNameNeeded) || self.is(Fault::FamilyNameUnsaid);
        if family && !raw["name"]["familyName"].is_string() {
            return Some(no(400, "name.familyName is required"));
        }
        if self.is(Fault::ActiveAsText) && raw["active"].is_string() {
            raw["active"] = json!(raw["active"] == "True");
        }
        raw.as_object_mut().unwrap().remove("meta");
        None
    }

    pub(super) fn said(&self, body: &Value) -> String {
        let mark = if self.is(Fault::ByteOrderMark) { "\u{feff}" } else { "" };
        format!("{mark}{body}")
    }
}
