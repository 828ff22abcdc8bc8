//! A SCIM service on this host. It keeps the data it gets, and it misbehaves on command.

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
    /// The first write is done, and from then on no answer comes back, not even to a question.
    GoesAway,
    /// Whoever is opened after the first, the answer is about the first.
    NamesAnother,
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
    /// Roles are plain texts, and are taken as such alone; nothing announces it.
    RolesAreTexts,
    /// Ids are numbers.
    NumberedIds,
    /// Roles, logins and addresses come back in another case.
    CaseChanged,
    /// Yes without a body: 200 to PATCH, 204 to PUT, 201 with nothing but the place to POST.
    WordlessYes,
    /// Yes in words that are not JSON, and no place named.
    WordyYes,
    /// Lists do not say how many there are.
    NoTotal,
    /// Counts are texts of digits.
    CountsAsTexts,
    /// Whether an account is active is a text.
    ActiveAsText,
    /// Nothing names its schema; a PUT that does not is refused.
    NoSchemas,
    /// A list of nobody has no `Resources`.
    NobodyLeftOut,
    /// Endpoints are named from the root of the server.
    EndpointFromRoot,
    /// JSON is taken and given by its plain name alone.
    PlainJson,
    /// Versions are strong.
    StrongVersions,
    /// Versions are announced, and none is given.
    VersionsLacking,
    /// Roles come back in another order, with more said of each.
    RolesDecorated,
    /// Lists show who there is and nothing else of them.
    BareLists,
    /// Asked to sort: 500.
    SortFails,
    /// A login that is taken: 400 with the word for it.
    TakenInOtherWords,
    /// What no text should begin with stands before each.
    ByteOrderMark,
    /// The list is bare, without a word of its own.
    ListBare,
    /// Several operations in one request are offered, and done.
    Bulk,
    /// They are offered, and refused.
    BulkRefused,
    /// Offered; the answers are cut off.
    BulkLost,
    /// Offered; every second operation fails, and every fourth is done all the same.
    BulkHalf,
    /// Offered; the yes does not say what was done.
    BulkWordless,
    /// What is offered is a list of one, and counts in it are texts.
    ConfigInList,
    /// Pages by cursor alone.
    CursorOnly,
    /// The same; the second cursor has run out before it is used.
    CursorRunsOut,
    /// The same; each page names the same next one.
    CursorTurns,
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
    /// The next request is answered with this status and this `Retry-After`.
    pub refuse_next: Option<(u16, String)>,
    /// The versions of HTTP that were spoken.
    pub spoken: BTreeSet<String>,
    bulk: u64,
    pub token: Option<String>,
}

/// The service, running until the value is dropped.
pub struct Loopback {
    pub port: u16,
    scheme: &'static str,
    pub shop: Arc<Mutex<Shop>>,
    runtime: Option<tokio::runtime::Runtime>,
}

/// Accounts in one page: few, so that every list has several.
const PAGE: usize = 20;

const LAG: Duration = Duration::from_millis(250);

impl Loopback {
    pub fn start(faults: &[Fault]) -> Self {
        Self::start_with(faults, None)
    }

    /// With TLS, where that is asked for.
    pub fn start_with(faults: &[Fault], tls: Option<rustls::ServerConfig>) -> Self {
        let shop = Arc::new(Mutex::new(Shop { faults: faults.iter().copied().collect(), ..Shop::default() }));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shop));
        let scheme = match tls {
            None => {
                runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
                "http"
            }
            Some(config) => {
                let listener = Tls { listener, acceptor: Arc::new(config).into() };
                runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
                "https"
            }
        };
        Self { port, scheme, shop, runtime: Some(runtime) }
    }

    pub fn place(&self) -> String {
        format!("{}://127.0.0.1:{}/scim/v2", self.scheme, self.port)
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

    /// Somebody deletes an account by hand.
    pub fn remove(&self, id: &str) {
        self.shop.lock().unwrap().users.remove(id);
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

/// The value of a role in its own case.
fn in_its_case(value: &str) -> String {
    let (most, role) = value.rsplit_once('/').unwrap_or(("", value));
    if most.is_empty() { role.to_owned() } else { format!("{}/{}", most.to_lowercase(), role.to_uppercase()) }
}

fn each_role(raw: &mut Value, change: impl Fn(&mut Value)) {
    raw.get_mut("roles").and_then(Value::as_array_mut).into_iter().flatten().for_each(change);
}

fn cut() -> Response {
    let broken = stream::iter([Ok(Bytes::from_static(b"{\"id\":")), Err(std::io::Error::other("cut"))]);
    (StatusCode::OK, Body::from_stream(broken)).into_response()
}

/// Connections that begin with TLS; one that does not is dropped.
struct Tls {
    listener: tokio::net::TcpListener,
    acceptor: tokio_rustls::TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = tokio_rustls::server::TlsStream<tokio::net::TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

async fn answer(
    version: axum::http::Version,
    State(shop): State<Arc<Mutex<Shop>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut shop = shop.lock().unwrap();
    shop.spoken.insert(format!("{version:?}"));
    shop.answer(&method, &uri, &headers, &body)
}

impl Shop {
    fn is(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
        self.requests += 1;
        self.log.push(format!("{method} {uri}"));
        if self.is(Fault::GoesAway) && self.writes > 0 {
            return cut();
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(token) = &self.token
            && header("authorization") != Some(&format!("Bearer {token}"))
        {
            return no(401, "no such token");
        }
        if let Some((status, wait)) = self.refuse_next.take() {
            return ([("retry-after", wait)], no(status, "not now")).into_response();
        }
        if self.refusing > 0 {
            self.refusing -= 1;
            return no(500, "still not well");
        }
        if self.is(Fault::Throttles) && self.requests.is_multiple_of(4) {
            return ([("retry-after", "0")], no(429, "slowly")).into_response();
        }
        if self.is(Fault::PlainJson) && !body.is_empty() && header("content-type") != Some("application/json")
        {
            return no(415, "application/json is what is known here");
        }
        let path = uri.path().trim_start_matches("/tenants/7").trim_start_matches("/scim/v2/");
        let parsed = serde_json::from_slice::<Value>(body).unwrap_or_default();
        match (method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["ServiceProviderConfig" | "ResourceTypes" | "Schemas"]) => self.discovery(path),
            ("GET", ["Users"]) => self.list(uri.query().unwrap_or_default()),
            ("GET", ["Users", id]) => self.one(id),
            ("POST", ["Users"]) => self.post(parsed),
            ("POST", ["Bulk"]) => self.in_bulk(&parsed),
            ("PATCH", ["Users", id]) => {
                self.write(id, header("if-match"), |shop, raw| shop.patch(raw, &parsed))
            }
            ("PUT", ["Users", id]) => self.write(id, header("if-match"), |shop, raw| {
                if shop.is(Fault::NoSchemas) && !parsed["schemas"].is_array() {
                    return Some(no(400, "schemas are missing"));
                }
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
                "patch": {"supported": !self.is(Fault::NoSchemas)}, "etag": {"supported": true}, "sort": {"supported": true},
                "pagination": {"cursor": self.by_cursor(), "index": !self.by_cursor(), "maxPageSize": PAGE},
                "filter": {"supported": true, "maxResults": PAGE}, "bulk": {"supported": self.bulk_is_offered(), "maxOperations": 6, "maxPayloadSize": 20_000},
            }),
            "ResourceTypes" => json!({"totalResults": 1, "Resources": [
                {"name": "User", "endpoint": if self.is(Fault::EndpointFromRoot) { "/tenants/7/scim/v2/Users" } else { "/Users" }, "schema": "urn:ietf:params:scim:schemas:core:2.0:User"}]}),
            _ => json!({"totalResults": 0, "Resources": []}),
        };
        if self.is(Fault::ConfigInList) && path == "ServiceProviderConfig" {
            let mut body = body;
            body["filter"]["maxResults"] = json!(PAGE.to_string());
            return json!({"totalResults": 1, "Resources": [body]}).to_string().into_response();
        }
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
        self.dress(&mut raw);
        Some(raw)
    }

    /// As it looks from outside.
    fn dress(&self, raw: &mut Value) {
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

    /// As it is kept; `None` where it is not taken.
    fn undress(&self, raw: &mut Value) -> Option<Response> {
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
        if self.is(Fault::ActiveAsText) && raw["active"].is_string() {
            raw["active"] = json!(raw["active"] == "True");
        }
        raw.as_object_mut().unwrap().remove("meta");
        None
    }

    fn by_cursor(&self) -> bool {
        [Fault::CursorOnly, Fault::CursorRunsOut, Fault::CursorTurns].into_iter().any(|fault| self.is(fault))
    }

    fn bulk_is_offered(&self) -> bool {
        use Fault::{Bulk, BulkHalf, BulkLost, BulkRefused, BulkWordless};
        [Bulk, BulkHalf, BulkLost, BulkRefused, BulkWordless].into_iter().any(|fault| self.is(fault))
    }

    fn in_bulk(&mut self, body: &Value) -> Response {
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
        if let Some(version) = raw["meta"]["version"].as_str() {
            let version = version.to_owned();
            return ([("etag", version)], self.said(&raw)).into_response();
        }
        self.said(&raw).into_response()
    }

    fn said(&self, body: &Value) -> String {
        let mark = if self.is(Fault::ByteOrderMark) { "\u{feff}" } else { "" };
        format!("{mark}{body}")
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
        if self.is(Fault::SortFails) && query.contains("sortBy") {
            return no(500, "sort");
        }
        if self.is(Fault::CountFails) && number("count").is_some() {
            return no(500, "count");
        }
        let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
        if self.by_cursor() {
            let Some(cursor) = cursor else { return no(400, "pages by cursor") };
            if self.is(Fault::CursorRunsOut) && cursor == "after-40" {
                return no(400, "expiredCursor");
            }
            let start = cursor.strip_prefix("after-").map_or(0, |number| number.parse::<usize>().unwrap());
            let all: Vec<Value> = self.users.keys().filter_map(|id| self.shown(id)).collect();
            let page: Vec<Value> = all.iter().skip(start).take(PAGE).cloned().collect();
            let mut body = json!({"totalResults": all.len(), "itemsPerPage": page.len(), "Resources": page});
            if start + PAGE < all.len() {
                let next = if self.is(Fault::CursorTurns) { PAGE } else { start + PAGE };
                body["nextCursor"] = json!(format!("after-{next}"));
            }
            return self.said(&body).into_response();
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
            Some(version) => ([("etag", version.to_owned())], body).into_response(),
            None => body.into_response(),
        }
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
        if self.is(Fault::TakenInOtherWords) && self.users.values().any(same) {
            let body = json!({"status": "400", "scimType": "uniqueness", "detail": "userName is taken"});
            return (StatusCode::BAD_REQUEST, body.to_string()).into_response();
        }
        if nobody || self.users.values().any(same) {
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
        let before = self.is(Fault::Lags).then(|| (None, Instant::now() + LAG));
        self.users.insert(id.clone(), User { raw, version: 1, before });
        let id = if self.is(Fault::NamesAnother) { uuid_like(1) } else { id };
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
        let weak = if self.is(Fault::StrongVersions) { "" } else { "W/" };
        let current = format!("{weak}\"{}\"", user.version);
        let refuse = if_match.is_some_and(|version| version != current) && !self.is(Fault::OldVersionsTaken);
        if refuse || (if_match.is_some() && self.is(Fault::NoVersionTaken)) {
            return no(412, "another version");
        }
        let old = user.raw.clone();
        let mut raw = old.clone();
        let mut refused = if self.is(Fault::SaysYes) { None } else { change(self, &mut raw) };
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
