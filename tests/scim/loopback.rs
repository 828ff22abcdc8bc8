//! A SCIM service on this host that keeps what it is told and misbehaves on command.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Value, json};

/// What it does wrong. Each was seen in a server somewhere, or is what a network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `add` of a role replaces the list.
    AddReplaces,
    /// Roles of a new account are dropped, with a 201.
    RolesDropped,
    /// `replace` of e-mails with nothing: 200, and they stay.
    EmptyListIgnored,
    /// `remove` of e-mails: 501.
    RemoveRefused,
    /// Both.
    AddressesStay,
    /// Asked with `count`: 500.
    CountFails,
    /// Every page is the first.
    FirstPageAlways,
    /// Every page is everybody.
    EverybodyAlways,
    /// The total is the size of the page.
    TotalOfPage,
    /// The total is one more than there are.
    TotalTooHigh,
    /// The total is another one each time.
    TotalWavers,
    /// Half of a page is missing.
    ShortPages,
    /// An account stands on two pages, and another on none.
    Repeats,
    /// Every third write is done, and the connection cut before the answer ends.
    AnswersLost,
    /// Every third write is cut off before it is done.
    RequestsLost,
    /// Every second POST: 500, nothing written.
    HalfFails,
    /// Every second write: written, and 500.
    FailsAfterWriting,
    /// Old versions are announced to be refused, and are taken.
    OldVersionsTaken,
    /// Every version is refused, whatever it is.
    NoVersionTaken,
    /// Reads show what was a quarter of a second ago.
    Lags,
    /// A PATCH does its first operation and fails at the second.
    PatchNotAtomic,
    /// Nothing is announced: 404; only PUT works.
    NothingAnnounced,
    /// After a refused request the next five are refused.
    OneFailsMore,
    /// Every fourth request: 429, asking for no time at all.
    Throttles,
    /// One account always: 503, asking for eleven days.
    OneWaitsForEver,
    /// A login is said to be taken, and nobody has it.
    TakenByNobody,
    /// Accounts do not keep `externalId`.
    Forgetful,
    /// What is asked for by id is not found, in words that are not SCIM's.
    ProxyNotFound,
    /// Lists are answered by sending elsewhere.
    Redirects,
    /// A list larger than anybody reads.
    Endless,
    /// Not JSON.
    Gibberish,
    /// Nothing that is written is kept, with a yes.
    SaysYes,
}

struct User {
    raw: Value,
    version: u64,
    /// As it was, and until when that is shown.
    before: Option<(Option<Value>, Instant)>,
}

#[derive(Default)]
pub struct Shop {
    users: BTreeMap<String, User>,
    faults: BTreeSet<Fault>,
    writes: u64,
    requests: u64,
    refusing: u32,
    pub posts: u64,
    pub log: Vec<String>,
    pub token: Option<String>,
}

/// The service, running until the value is dropped.
pub struct Loopback {
    pub port: u16,
    pub shop: Arc<Mutex<Shop>>,
    runtime: Option<tokio::runtime::Runtime>,
}

/// Accounts in one page: few, so that every list has several.
const PAGE: usize = 20;

const LAG: Duration = Duration::from_millis(250);

impl Loopback {
    pub fn start(faults: &[Fault]) -> Self {
        let shop = Arc::new(Mutex::new(Shop { faults: faults.iter().copied().collect(), ..Shop::default() }));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shop));
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, shop, runtime: Some(runtime) }
    }

    pub fn place(&self) -> String {
        format!("http://127.0.0.1:{}/scim/v2", self.port)
    }

    pub fn set(&self, faults: &[Fault]) {
        self.shop.lock().unwrap().faults = faults.iter().copied().collect();
    }

    pub fn users(&self) -> Vec<Value> {
        self.shop.lock().unwrap().users.values().map(|user| user.raw.clone()).collect()
    }

    /// Somebody changes an account by hand.
    pub fn by_hand(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let mut shop = self.shop.lock().unwrap();
        let user = shop.users.get_mut(id).unwrap();
        change(&mut user.raw);
        user.version += 1;
    }

    /// Somebody opens an account by hand.
    pub fn add(&self, mut raw: Value) -> String {
        let id = uuid_like(self.shop.lock().unwrap().users.len() as u64 + 1_000_000);
        raw["id"] = json!(id);
        self.shop.lock().unwrap().users.insert(id.clone(), User { raw, version: 1, before: None });
        id
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

fn uuid_like(number: u64) -> String {
    // Spread, so that a list in order of ids is not one in order of making.
    format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn no(status: u16, detail: &str) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": detail,
    });
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

fn cut() -> Response {
    let broken = stream::iter([Ok(Bytes::from_static(b"{\"id\":")), Err(std::io::Error::other("cut"))]);
    (StatusCode::OK, Body::from_stream(broken)).into_response()
}

async fn answer(
    State(shop): State<Arc<Mutex<Shop>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut shop = shop.lock().unwrap();
    shop.answer(&method, &uri, &headers, &body)
}

impl Shop {
    fn is(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
        self.requests += 1;
        self.log.push(format!("{method} {uri}"));
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(token) = &self.token
            && header("authorization") != Some(&format!("Bearer {token}"))
        {
            return no(401, "no such token");
        }
        if self.refusing > 0 {
            self.refusing -= 1;
            return no(500, "still not well");
        }
        if self.is(Fault::Throttles) && self.requests.is_multiple_of(4) {
            return ([("retry-after", "0")], no(429, "slowly")).into_response();
        }
        let path = uri.path().trim_start_matches("/scim/v2/");
        let parsed = serde_json::from_slice::<Value>(body).unwrap_or_default();
        match (method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["ServiceProviderConfig" | "ResourceTypes" | "Schemas"]) => self.discovery(path),
            ("GET", ["Users"]) => self.list(uri.query().unwrap_or_default()),
            ("GET", ["Users", id]) => self.one(id),
            ("POST", ["Users"]) => self.post(parsed),
            ("PATCH", ["Users", id]) => {
                self.write(id, header("if-match"), |shop, raw| shop.patch(raw, &parsed))
            }
            ("PUT", ["Users", id]) => self.write(id, header("if-match"), |_, raw| {
                let id = raw["id"].clone();
                *raw = parsed.clone();
                raw["id"] = id;
                None
            }),
            _ => no(404, "nothing here"),
        }
    }

    fn discovery(&self, path: &str) -> Response {
        if self.is(Fault::NothingAnnounced) {
            return no(404, "nothing here");
        }
        let body = match path {
            "ServiceProviderConfig" => json!({
                "patch": {"supported": true}, "etag": {"supported": true}, "sort": {"supported": true},
                "filter": {"supported": true, "maxResults": PAGE}, "bulk": {"supported": false},
            }),
            "ResourceTypes" => json!({"totalResults": 1, "Resources": [
                {"name": "User", "endpoint": "/Users", "schema": "urn:ietf:params:scim:schemas:core:2.0:User"}]}),
            _ => json!({"totalResults": 0, "Resources": []}),
        };
        body.to_string().into_response()
    }

    fn shown(&self, id: &str) -> Option<Value> {
        let user = self.users.get(id)?;
        if let Some((before, until)) = &user.before
            && Instant::now() < *until
        {
            let mut raw = before.clone()?;
            raw["meta"] = json!({"version": format!("W/\"{}\"", user.version - 1)});
            return Some(raw);
        }
        let mut raw = user.raw.clone();
        raw["meta"] = json!({"resourceType": "User", "version": format!("W/\"{}\"", user.version)});
        if self.is(Fault::Forgetful) {
            raw.as_object_mut().unwrap().remove("externalId");
        }
        Some(raw)
    }

    fn one(&self, id: &str) -> Response {
        if self.is(Fault::ProxyNotFound) {
            return (StatusCode::NOT_FOUND, "<h1>Not Found</h1>").into_response();
        }
        let Some(raw) = self.shown(id) else { return no(404, "no such user") };
        if self.is(Fault::OneWaitsForEver)
            && raw["userName"].as_str().is_some_and(|name| name.starts_with("sara"))
        {
            return ([("retry-after", "999999")], no(503, "come back much later")).into_response();
        }
        let version = raw["meta"]["version"].as_str().unwrap().to_owned();
        ([("etag", version)], raw.to_string()).into_response()
    }

    fn list(&mut self, query: &str) -> Response {
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
        if self.is(Fault::CountFails) && number("count").is_some() {
            return no(500, "count");
        }
        let all: Vec<Value> = self.users.keys().filter_map(|id| self.shown(id)).collect();
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
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total, "itemsPerPage": page.len(), "startIndex": number("startIndex").unwrap_or(1),
            "Resources": page,
        });
        body.to_string().into_response()
    }

    /// What becomes of a write before it is done.
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

    /// What becomes of its answer.
    fn told(&self, status: StatusCode, id: &str) -> Response {
        if self.is(Fault::AnswersLost) && self.writes.is_multiple_of(3) {
            return cut();
        }
        if self.is(Fault::FailsAfterWriting) && self.writes.is_multiple_of(2) {
            return no(500, "and yet it was written");
        }
        let user = &self.users[id];
        ([("etag", format!("W/\"{}\"", user.version))], (status, user.raw.to_string())).into_response()
    }

    fn post(&mut self, mut raw: Value) -> Response {
        if let Some(lost) = self.lost() {
            return lost;
        }
        self.posts += 1;
        if self.is(Fault::HalfFails) && self.posts.is_multiple_of(2) {
            return no(500, "database is locked");
        }
        let login = raw["userName"].as_str().unwrap_or_default().to_lowercase();
        let nobody = self.is(Fault::TakenByNobody) && login.starts_with("sara");
        let same =
            |user: &User| user.raw["userName"].as_str().is_some_and(|name| name.to_lowercase() == login);
        if nobody || self.users.values().any(same) {
            return no(409, "userName is taken");
        }
        if self.is(Fault::RolesDropped) {
            raw.as_object_mut().unwrap().remove("roles");
        }
        let id = uuid_like(self.users.len() as u64 + 1);
        raw["id"] = json!(id);
        let before = self.is(Fault::Lags).then(|| (None, Instant::now() + LAG));
        self.users.insert(id.clone(), User { raw, version: 1, before });
        self.told(StatusCode::CREATED, &id)
    }

    fn write(
        &mut self,
        id: &str,
        if_match: Option<&str>,
        change: impl FnOnce(&Self, &mut Value) -> Option<Response>,
    ) -> Response {
        if let Some(lost) = self.lost() {
            return lost;
        }
        let Some(user) = self.users.get(id) else { return no(404, "no such user") };
        let current = format!("W/\"{}\"", user.version);
        let refuse = if_match.is_some_and(|version| version != current) && !self.is(Fault::OldVersionsTaken);
        if refuse || (if_match.is_some() && self.is(Fault::NoVersionTaken)) {
            return no(412, "another version");
        }
        let old = user.raw.clone();
        let mut raw = old.clone();
        let refused = if self.is(Fault::SaysYes) { None } else { change(self, &mut raw) };
        raw["id"] = old["id"].clone();
        let lags = self.is(Fault::Lags);
        let user = self.users.get_mut(id).unwrap();
        user.raw = raw;
        user.version += 1;
        user.before = lags.then(|| (Some(old), Instant::now() + LAG));
        refused.unwrap_or_else(|| self.told(StatusCode::OK, id))
    }

    fn patch(&self, raw: &mut Value, body: &Value) -> Option<Response> {
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
