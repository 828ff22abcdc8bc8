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

pub use self::fault::Fault;
use self::tls::Tls;

mod announce;
mod dress;
mod fault;
mod reads;
mod tls;
mod writes;

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
    /// Whether the request names the roles among the attributes that it asks for.
    names_roles: bool,
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

    /// Behaves so from now on, does the next write, and then answers nothing more.
    pub fn goes_away(&self, faults: &[Fault]) {
        let mut shop = self.shop.lock().unwrap();
        shop.faults = faults.iter().copied().chain([Fault::GoesAway]).collect();
        shop.writes = 0;
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

    /// Shows everything as it is now.
    pub fn catch_up(&self) {
        self.shop.lock().unwrap().users.values_mut().for_each(|user| user.before = None);
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

fn cut() -> Response {
    let broken = stream::iter([Ok(Bytes::from_static(b"{\"id\":")), Err(std::io::Error::other("cut"))]);
    (StatusCode::OK, Body::from_stream(broken)).into_response()
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
        let named =
            uri.query().and_then(|query| query.split('&').find(|pair| pair.starts_with("attributes=")));
        self.names_roles = named.is_some_and(|named| named.contains("roles"));
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
        if self.is(Fault::WritesBusy) && *method != Method::GET {
            return ([("retry-after", "2")], no(503, "busy")).into_response();
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
}
