//! Does the writes: a new user, a changed one, and several operations in one request.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::fault::Fault;
use super::{LAG, Shop, User, cut, no, uuid_like};

impl Shop {
    pub(super) fn in_bulk(&mut self, body: &Value) -> Response {
        self.bulk += 1;
        if self.is(Fault::BulkRefused) {
            return no(403, "not for you");
        }
        let operations = body["Operations"].as_array().unwrap().clone();
        if operations.len() > 30 || body.to_string().len() > 20_000 {
            return no(413, "too much at once");
        }
        let mut told = Vec::new();
        for (at, operation) in operations.into_iter().enumerate() {
            assert_eq!((&operation["method"], &operation["path"]), (&json!("POST"), &json!("/Users")));
            let before = self.users.len();
            let fails = self.is(Fault::BulkHalf) && at % 2 == 1;
            let status = match fails && at % 4 == 1 {
                true => 500,
                false => self.post(operation["data"].clone()).status().as_u16(),
            };
            let status = if fails { 500 } else { status };
            let number = self.users.len() as u64;
            let id = if self.is(Fault::NumberedIds) { number.to_string() } else { uuid_like(number) };
            let mut one =
                json!({"method": "POST", "bulkId": operation["bulkId"], "status": status.to_string()});
            if self.users.len() > before && !fails {
                one["location"] = json!(format!("https://elsewhere.example/scim/v2/Users/{id}"));
            }
            told.push(one);
        }
        if self.is(Fault::BulkLost) && self.bulk.is_multiple_of(2) {
            return cut();
        }
        if self.is(Fault::BulkWordless) {
            return StatusCode::OK.into_response();
        }
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": told})
            .to_string()
            .into_response()
    }

    /// Returns the answer of a write that is not done because of a fault.
    fn lost(&mut self) -> Option<Response> {
        self.writes += 1;
        if self.is(Fault::RequestsLost) && self.writes.is_multiple_of(3) {
            return Some(cut());
        }
        if self.is(Fault::OneFailsMore) && self.writes.is_multiple_of(20) {
            self.refusing = 5;
            return Some(no(500, "not well"));
        }
        None
    }

    /// Returns the answer of a write, changed by a fault.
    fn told(&self, status: StatusCode, id: &str) -> Response {
        if self.is(Fault::GoesAway) {
            return cut();
        }
        if self.is(Fault::AnswersLost) && self.writes.is_multiple_of(3) {
            return cut();
        }
        if self.is(Fault::FailsAfterWriting) && self.writes.is_multiple_of(2) {
            return no(500, "and yet it was written");
        }
        if self.is(Fault::WordlessYes) {
            let place = [("location", format!("http://127.0.0.1/scim/v2/Users/{id}"))];
            return (status, place).into_response();
        }
        if self.is(Fault::WordyYes) {
            return (status, "OK, done").into_response();
        }
        let mut raw = self.users[id].raw.clone();
        let version = format!("W/\"{}\"", self.users[id].version);
        raw["meta"] = json!({"version": version});
        self.dress(&mut raw);
        let body = (status, self.said(&raw));
        match raw["meta"]["version"].as_str() {
            Some(version) => ([("etag", self.in_header(version))], body).into_response(),
            None => body.into_response(),
        }
    }

    pub(super) fn post(&mut self, mut raw: Value) -> Response {
        if let Some(lost) = self.lost() {
            return lost;
        }
        self.posts += 1;
        if self.is(Fault::HalfFails) && self.posts.is_multiple_of(2) {
            return no(500, "database is locked");
        }
        let login = raw["userName"].as_str().unwrap_or_default().to_lowercase();
        if self.is(Fault::OpensNobody) {
            return no(405, "users are made in another system");
        }
        if self.is(Fault::WritesUnknown) {
            return no(401, "not known here");
        }
        if self.is(Fault::NamesUnknown) && raw["displayName"].is_string() {
            let body = json!({"status": "400", "scimType": "invalidPath", "detail": "no displayName here"});
            return (StatusCode::BAD_REQUEST, body.to_string()).into_response();
        }
        if self.is(Fault::OneForbidden) && login.starts_with("sara") {
            return no(403, "not this one");
        }
        let nobody = self.is(Fault::TakenByNobody) && login.starts_with("sara");
        let same =
            |user: &User| user.raw["userName"].as_str().is_some_and(|name| name.to_lowercase() == login);
        if self.is(Fault::TakenInOtherWords) && self.users.values().any(same) {
            let body = json!({"status": "400", "scimType": "uniqueness", "detail": "userName is taken"});
            return (StatusCode::BAD_REQUEST, body.to_string()).into_response();
        }
        let kept = self.is(Fault::LoginsStayTaken) && self.opened_with.contains(&login);
        let twice = !self.is(Fault::LoginsNotUnique) && self.users.values().any(same);
        if nobody || kept || twice {
            return no(409, "userName is taken");
        }
        if self.is(Fault::RolesDropped) {
            raw.as_object_mut().unwrap().remove("roles");
        }
        if let Some(refused) = self.undress(&mut raw) {
            return refused;
        }
        let number = self.users.len() as u64 + 1;
        let id = if self.is(Fault::NumberedIds) { number.to_string() } else { uuid_like(number) };
        raw["id"] = json!(id);
        self.opened_with.insert(login);
        if self.is(Fault::ExternalIdCut) {
            let whole = raw["externalId"].as_str().unwrap().to_owned();
            raw["externalId"] = json!(&whole[..whole.find('/').unwrap() + 6]);
        }
        if self.is(Fault::OpensInactive) {
            raw["active"] = json!(false);
        }
        let lag = if self.is(Fault::ShowsMuchLater) { Some(LAG * 10_000) } else { self.lag() };
        let before = lag.map(|lag| (None, Instant::now() + lag));
        self.users.insert(id.clone(), User { raw, version: 1, before });
        let id = if self.is(Fault::NamesAnother) { uuid_like(1) } else { id };
        self.told(StatusCode::CREATED, &id)
    }

    pub(super) fn write(
        &mut self,
        id: &str,
        if_match: Option<&str>,
        change: impl FnOnce(&Self, &mut Value) -> Option<Response>,
    ) -> Response {
        if let Some(lost) = self.lost() {
            return lost;
        }
        let Some(user) = self.users.get(id) else { return no(404, "no such user") };
        let weak = if self.is(Fault::StrongVersions) { "" } else { "W/" };
        let current = format!("{weak}\"{}\"", user.version);
        let refuse = if_match.is_some_and(|version| version != current) && !self.is(Fault::OldVersionsTaken);
        if refuse || (if_match.is_some() && self.is(Fault::NoVersionTaken)) {
            self.refused_versions += 1;
            return no(412, "another version");
        }
        let old = user.raw.clone();
        let mut raw = old.clone();
        let reserved =
            |login: &str| self.is(Fault::LoginsStayTaken) && self.opened_with.contains(&login.to_lowercase());
        let mut refused = if self.is(Fault::SaysYes) { None } else { change(self, &mut raw) };
        if self.is(Fault::OtherRolesStay) {
            let is_other = |role: &&Value| role["value"].as_str().is_some_and(|value| !value.contains('/'));
            let listed = |raw: &Value| raw["roles"].as_array().cloned().unwrap_or_default();
            let others: Vec<Value> = listed(&old).iter().filter(is_other).cloned().collect();
            let mut roles: Vec<Value> =
                listed(&raw).into_iter().filter(|role| !others.contains(role)).collect();
            roles.extend(others);
            raw["roles"] = json!(roles);
        }
        if let Some(insisted) = self.insists(&raw) {
            return insisted;
        }
        if raw["roles"] != old["roles"] || raw["active"].is_string() || raw.get("meta").is_some() {
            let mut kept = raw.clone();
            match self.undress(&mut kept) {
                None => raw = kept,
                Some(response) => {
                    refused = Some(response);
                    raw = old.clone();
                }
            }
        }
        if raw["userName"] != old["userName"] && raw["userName"].as_str().is_some_and(reserved) {
            return no(409, "userName is taken");
        }
        raw["id"] = old["id"].clone();
        let lag = self.lag();
        let user = self.users.get_mut(id).unwrap();
        user.raw = raw;
        user.version += 1;
        user.before = lag.map(|lag| (Some(old), Instant::now() + lag));
        refused.unwrap_or_else(|| self.told(StatusCode::OK, id))
    }

    /// For how long reads show what was before a write.
    fn lag(&self) -> Option<Duration> {
        if self.is(Fault::ListsLag) {
            Some(Duration::from_secs(60))
        } else {
            self.is(Fault::Lags).then_some(LAG)
        }
    }

    /// Refuses a user who lacks what the service insists on.
    fn insists(&self, raw: &Value) -> Option<Response> {
        let none = |name: &str| raw[name].as_array().is_none_or(Vec::is_empty);
        let lacks = (self.is(Fault::AddressNeeded) && none("emails"))
            || (self.is(Fault::RoleNeeded) && none("roles"))
            || (self.is(Fault::StaysActive) && raw["active"] == false);
        lacks.then(|| no(400, "this service insists on it"))
    }

    pub(super) fn patch(&self, raw: &mut Value, body: &Value) -> Option<Response> {
        if self.is(Fault::NothingAnnounced) {
            return Some(no(501, "no PATCH here"));
        }
        for (at, operation) in body["Operations"].as_array().unwrap().iter().enumerate() {
            let (op, path) = (operation["op"].as_str().unwrap(), operation["path"].as_str().unwrap());
            let value = &operation["value"];
            let (mail, none) = (path == "emails", value.as_array().is_some_and(Vec::is_empty));
            let removes = self.is(Fault::RemoveRefused) || self.is(Fault::AddressesStay);
            let ignores = self.is(Fault::EmptyListIgnored) || self.is(Fault::AddressesStay);
            if self.is(Fault::PatchNotAtomic) && at > 0 {
                return Some(no(500, "the second operation failed"));
            }
            match op {
                "remove" if mail && removes => return Some(no(501, "e-mails cannot be removed")),
                "replace" if mail && none && ignores => {}
                "remove" => drop(raw.as_object_mut().unwrap().remove(path)),
                "add" if self.is(Fault::AddReplaces) => raw[path] = value.clone(),
                "add" if raw[path].is_array() => {
                    let more = value.as_array().unwrap().clone();
                    raw[path].as_array_mut().unwrap().extend(more);
                }
                _ => raw[path] = value.clone(),
            }
        }
        None
    }
}
