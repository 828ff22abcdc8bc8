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

/// A fault of the service. Each was seen in a real server, or is caused by networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `add` of a role replaces the list.
    AddReplaces,
    /// Roles of a new account are dropped, with a 201.
    RolesDropped,
    /// `replace` of e-mails with an empty list gives 200, and they stay.
    EmptyListIgnored,
    /// `remove` of e-mails gives 501.
    RemoveRefused,
    /// Both of these faults occur.
    AddressesStay,
    /// A request with `count` gives 500.
    CountFails,
    /// Every page is the first page.
    FirstPageAlways,
    /// Every page has all users.
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
    /// Every third write is done, and the connection is cut before the answer ends.
    AnswersLost,
    /// The first write is done, and from then on no answer comes back, not even to a question.
    GoesAway,
    /// After the first new user, every answer about a new user is about the first one.
    NamesAnother,
    /// Every third write is cut off before it is done.
    RequestsLost,
    /// Every second POST gives 500 and writes nothing.
    HalfFails,
    /// Every second write is done and gives 500.
    FailsAfterWriting,
    /// Old versions are announced to be refused, and are taken.
    OldVersionsTaken,
    /// Every version is refused.
    NoVersionTaken,
    /// Reads show the state of a quarter of a second ago.
    Lags,
    /// A PATCH does its first operation and fails at the second.
    PatchNotAtomic,
    /// Nothing is announced (404), and only PUT works.
    NothingAnnounced,
    /// After a refused request the next five are refused.
    OneFailsMore,
    /// Every fourth request gives 429 with a wait of zero.
    Throttles,
    /// One account always: 503, asking for eleven days.
    OneWaitsForEver,
    /// A login is said to be taken, and nobody has it.
    TakenByNobody,
    /// A login that somebody was opened with stays taken, whatever the account is called now (saml-jackson).
    LoginsStayTaken,
    /// Accounts do not keep `externalId`.
    Forgetful,
    /// An account is not found by its id, and the words are not those of SCIM.
    ProxyNotFound,
    /// Lists are answered by sending elsewhere.
    Redirects,
    /// A list larger than anybody reads.
    Endless,
    /// Answers are not JSON.
    Gibberish,
    /// Every write succeeds and nothing is kept.
    SaysYes,
    /// Roles are plain texts and only accepted as such. Nothing announces it.
    RolesAreTexts,
    /// The ids of users are numbers.
    NumberedIds,
    /// Roles, logins and addresses come back in another case.
    CaseChanged,
    /// Success has no body: 200 to PATCH, 204 to PUT, and 201 with only the place to POST.
    WordlessYes,
    /// Yes in words that are not JSON, and no place named.
    WordyYes,
    /// Lists do not say how many there are.
    NoTotal,
    /// Counts are texts of digits.
    CountsAsTexts,
    /// The value that tells whether an account is active is a text.
    ActiveAsText,
    /// Resources do not name their schema. A PUT without one is refused.
    NoSchemas,
    /// A list of nobody has no `Resources`.
    NobodyLeftOut,
    /// Endpoints are named from the root of the server.
    EndpointFromRoot,
    /// JSON is taken and given by its plain name alone.
    PlainJson,
    /// Versions are strong ones (without `W/`).
    StrongVersions,
    /// Versions are announced, and none is given.
    VersionsLacking,
    /// Roles come back in another order, with more attributes.
    RolesDecorated,
    /// Lists only show that accounts exist, and nothing else about them.
    BareLists,
    /// A request for a sorted list gives 500.
    SortFails,
    /// A taken login gives 400 with the word for it.
    TakenInOtherWords,
    /// Each text begins with a byte order mark.
    ByteOrderMark,
    /// The list is bare, without a word of its own.
    ListBare,
    /// Several operations in one request are offered, and done.
    Bulk,
    /// They are offered, and refused.
    BulkRefused,
    /// Bulk is offered, and its answers are cut off.
    BulkLost,
    /// Bulk is offered. Every second operation fails, and every fourth is done all the same.
    BulkHalf,
    /// Bulk is offered, and its success does not tell what was done.
    BulkWordless,
    /// The announcement is a list with one entry, and its numbers are texts.
    ConfigInList,
    /// Pages are only given by cursor.
    CursorOnly,
    /// Pages are only given by cursor, and the second cursor expires before it is used.
    CursorRunsOut,
    /// Pages are only given by cursor, and each page names the same next one.
    CursorTurns,
    /// Pages by number and by cursor, and by cursor if nothing is asked.
    CursorFirst,
    /// Pages are given by number and by cursor. A cursor gets the first page, as if it were all.
    CursorUnknown,
    /// Users have no roles: not announced, and dropped with a yes.
    NoRoles,
    /// Roles are dropped with a yes, and nothing announces it.
    RolesNeverKept,
    /// `externalId` is announced to be read-only, and not kept.
    ExternalIdReadOnly,
    /// `name.familyName` is announced to be required, and a user without it is refused.
    FamilyNameNeeded,
    /// A user without `name.familyName` is refused, and nothing announces it.
    FamilyNameUnsaid,
    /// A request for a new user gives 405.
    OpensNobody,
    /// A request for a new user gives 401.
    WritesUnknown,
    /// Users have no `displayName`, and nothing announces it: 400, `invalidPath`.
    NamesUnknown,
    /// A request for one of the new users gives 403.
    OneForbidden,
}

struct User {
    raw: Value,
    version: u64,
    /// The earlier state, and the time until it is shown.
    before: Option<(Option<Value>, Instant)>,
}

#[derive(Default)]
pub struct Shop {
    users: BTreeMap<String, User>,
    /// The logins that accounts were opened with, in lower case.
    opened_with: BTreeSet<String>,
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
    /// The number of writes that were refused for their version.
    pub refused_versions: usize,
}

/// The service, running until the value is dropped.
pub struct Loopback {
    pub port: u16,
    scheme: &'static str,
    pub shop: Arc<Mutex<Shop>>,
    runtime: Option<tokio::runtime::Runtime>,
}

/// The number of accounts in one page. It is small, so that every list has several pages.
const PAGE: usize = 20;

const LAG: Duration = Duration::from_millis(250);

impl Loopback {
    pub fn start(faults: &[Fault]) -> Self {
        Self::start_with(faults, None)
    }

    /// Starts the service, with TLS if `tls` is given.
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

    /// Changes an account, as a person does by hand.
    pub fn by_hand(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let mut shop = self.shop.lock().unwrap();
        let user = shop.users.get_mut(id).unwrap();
        change(&mut user.raw);
        user.version += 1;
    }

    /// Deletes an account, as a person does by hand.
    pub fn remove(&self, id: &str) {
        self.shop.lock().unwrap().users.remove(id);
    }

    /// Opens an account, as a person does by hand.
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

/// Accepts connections that begin with TLS, and drops the others.
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
                "pagination": self.pagination(),
                "filter": {"supported": true, "maxResults": PAGE}, "bulk": {"supported": self.bulk_is_offered(), "maxOperations": 6, "maxPayloadSize": 20_000},
            }),
            "ResourceTypes" => json!({"totalResults": 1, "Resources": [
                {"name": "User", "endpoint": if self.is(Fault::EndpointFromRoot) { "/tenants/7/scim/v2/Users" } else { "/Users" }, "schema": "urn:ietf:params:scim:schemas:core:2.0:User"}]}),
            _ => self.schemas(),
        };
        if self.is(Fault::ConfigInList) && path == "ServiceProviderConfig" {
            let mut body = body;
            body["filter"]["maxResults"] = json!(PAGE.to_string());
            return json!({"totalResults": 1, "Resources": [body]}).to_string().into_response();
        }
        body.to_string().into_response()
    }

    fn schemas(&self) -> Value {
        use Fault::{ExternalIdReadOnly, FamilyNameNeeded, NoRoles};
        if ![NoRoles, ExternalIdReadOnly, FamilyNameNeeded].into_iter().any(|it| self.is(it)) {
            return json!({"totalResults": 0, "Resources": []});
        }
        let family = self.is(FamilyNameNeeded);
        let mut attributes = vec![
            json!({"name": "userName", "type": "string", "required": true}),
            json!({"name": "displayName", "type": "string"}),
            json!({"name": "active", "type": "boolean"}),
            json!({"name": "name", "type": "complex", "required": family, "subAttributes": [
                {"name": "familyName", "type": "string", "required": family}, {"name": "givenName", "type": "string"}]}),
        ];
        attributes.push(json!({"name": "emails", "type": "complex", "multiValued": true}));
        if !self.is(NoRoles) {
            attributes.push(json!({"name": "roles", "type": "complex", "multiValued": true}));
        }
        if self.is(ExternalIdReadOnly) {
            attributes.push(json!({"name": "externalId", "type": "string", "mutability": "readOnly"}));
        }
        json!({"totalResults": 1, "Resources": [
            {"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": attributes}]})
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

    /// Changes a resource into the form that is shown to clients.
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

    /// Changes a resource into the form that is kept. Returns the refusal, if it is not accepted.
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

    fn by_cursor(&self) -> bool {
        [Fault::CursorOnly, Fault::CursorRunsOut, Fault::CursorTurns].into_iter().any(|fault| self.is(fault))
    }

    fn cursor_is_first(&self) -> bool {
        self.is(Fault::CursorFirst) || self.is(Fault::CursorUnknown)
    }

    fn pagination(&self) -> Value {
        if self.cursor_is_first() {
            return json!({"cursor": true, "index": true, "defaultPaginationMethod": "cursor", "maxPageSize": PAGE});
        }
        json!({"cursor": self.by_cursor(), "index": !self.by_cursor(), "maxPageSize": PAGE})
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
        if nobody || kept || self.users.values().any(same) {
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
            self.refused_versions += 1;
            return no(412, "another version");
        }
        let old = user.raw.clone();
        let mut raw = old.clone();
        let reserved =
            |login: &str| self.is(Fault::LoginsStayTaken) && self.opened_with.contains(&login.to_lowercase());
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
        if raw["userName"] != old["userName"] && raw["userName"].as_str().is_some_and(reserved) {
            return no(409, "userName is taken");
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
