//! Answers the questions: one user, and a page of all.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Value, json};

use super::fault::Fault;
use super::{PAGE, Shop, no};

impl Shop {
    pub(super) fn one(&self, id: &str) -> Response {
        if self.is(Fault::ProxyNotFound) {
            return (StatusCode::NOT_FOUND, "<h1>Not Found</h1>").into_response();
        }
        let shown = if self.is(Fault::ListsLag) { self.shown_alone(id) } else { self.shown(id) };
        let Some(raw) = shown else { return no(404, "no such user") };
        if self.is(Fault::RolesOnRequest) && self.names_roles {
            let roles = raw.get("roles").cloned().unwrap_or_default();
            return self.said(&json!({"id": raw["id"], "roles": roles})).into_response();
        }
        if self.is(Fault::ListsInsteadOfOne) {
            return self.said(&json!([raw])).into_response();
        }
        if self.is(Fault::OneNotFound)
            && raw["userName"].as_str().is_some_and(|name| name.starts_with("sara"))
        {
            return no(404, "no such user");
        }
        if self.is(Fault::OneWaitsForEver)
            && raw["userName"].as_str().is_some_and(|name| name.starts_with("sara"))
        {
            return ([("retry-after", "999999")], no(503, "come back much later")).into_response();
        }
        if let Some(version) = raw["meta"]["version"].as_str() {
            let version = self.in_header(version);
            return ([("etag", version)], self.said(&raw)).into_response();
        }
        self.said(&raw).into_response()
    }

    pub(super) fn list(&mut self, query: &str) -> Response {
        let number = |name: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
            pair.and_then(|value| value.parse::<usize>().ok())
        };
        if self.is(Fault::Redirects) {
            return (StatusCode::FOUND, [("location", "http://127.0.0.1:1/Users")], "").into_response();
        }
        if self.is(Fault::Endless) {
            let much = Bytes::from(vec![b' '; 1024 * 1024]);
            let body = stream::iter((0..40).map(move |_| Ok::<_, std::io::Error>(much.clone())));
            return Body::from_stream(body).into_response();
        }
        if self.is(Fault::Gibberish) {
            return "<h1>Welcome</h1>".into_response();
        }
        if self.is(Fault::SortFails) && query.contains("sortBy") {
            return no(500, "sort");
        }
        if self.is(Fault::CountFails) && number("count").is_some() {
            return no(500, "count");
        }
        let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
        if self.is(Fault::CursorUnknown) && cursor.is_some() {
            let page: Vec<Value> = self.users.keys().filter_map(|id| self.shown(id)).take(PAGE).collect();
            let body = json!({"totalResults": page.len(), "itemsPerPage": page.len(), "Resources": page});
            return self.said(&body).into_response();
        }
        if self.by_cursor() || self.is(Fault::CursorFirst) && cursor.is_some() {
            let Some(cursor) = cursor else { return no(400, "pages by cursor") };
            if self.is(Fault::CursorRunsOut) && cursor == "after-40" {
                return no(400, "expiredCursor");
            }
            let start = cursor.strip_prefix("after-").map_or(0, |number| number.parse::<usize>().unwrap());
            let all: Vec<Value> = self.users.keys().filter_map(|id| self.shown(id)).collect();
            let page: Vec<Value> = all.iter().skip(start).take(PAGE).cloned().collect();
            let mut body = json!({"totalResults": all.len(), "itemsPerPage": page.len(), "Resources": page});
            if self.is(Fault::CursorWithoutTotal) {
                body.as_object_mut().unwrap().remove("totalResults");
            }
            if start + PAGE < all.len() {
                let next = if self.is(Fault::CursorTurns) { PAGE } else { start + PAGE };
                body["nextCursor"] = json!(format!("after-{next}"));
            }
            return self.said(&body).into_response();
        }
        let hides = self.is(Fault::HidesClosed);
        let all: Vec<Value> = self
            .users
            .keys()
            .filter_map(|id| self.shown(id))
            .filter(|raw| !hides || raw["active"] == true)
            .collect();
        let mut total = all.len();
        let mut start = number("startIndex").unwrap_or(1).max(1) - 1;
        let mut count = number("count").unwrap_or(PAGE).min(PAGE);
        if self.is(Fault::FirstPageAlways) {
            start = 0;
        }
        if self.is(Fault::EverybodyAlways) {
            (start, count) = (0, all.len());
        }
        if self.is(Fault::Repeats) && start > 0 {
            start -= 1;
        }
        let mut page: Vec<Value> = all.into_iter().skip(start).take(count).collect();
        if self.is(Fault::ShortPages) {
            page.truncate(page.len().div_ceil(2));
        }
        if self.is(Fault::TotalOfPage) {
            total = page.len();
        }
        if self.is(Fault::TotalTooHigh) {
            total += 1;
        }
        if self.is(Fault::TotalWavers) {
            total += usize::try_from(self.requests % 7).unwrap();
        }
        if self.is(Fault::BareLists) {
            page =
                page.into_iter().map(|raw| json!({"id": raw["id"], "userName": raw["userName"]})).collect();
        }
        if self.is(Fault::ListBare) {
            return json!(page).to_string().into_response();
        }
        let start = number("startIndex").unwrap_or(1);
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total, "itemsPerPage": page.len(), "startIndex": start,
            "Resources": page,
        });
        if self.is(Fault::CountsAsTexts) {
            body["totalResults"] = json!(total.to_string());
            body["startIndex"] = json!(start.to_string());
        }
        let parts = body.as_object_mut().unwrap();
        if self.is(Fault::NoTotal) {
            parts.remove("totalResults");
        }
        if self.is(Fault::NobodyLeftOut) && page.is_empty() {
            parts.remove("Resources");
        }
        if self.is(Fault::NoSchemas) {
            parts.remove("schemas");
        }
        self.said(&body).into_response()
    }
}
