//! Records the requests of a pass, and sends them again without the program.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, StreamExt as _};
use portvakt_stores::scim::IN_FLIGHT;
use tokio::runtime::Runtime;

use super::service::{Service, TOKEN};
use crate::Outcome;

/// One request, as it was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) version: Option<String>,
    pub(super) body: Bytes,
}

/// Stands before the service and notes the requests.
pub(super) struct Recorder {
    pub(super) runtime: Runtime,
    pub(super) address: String,
    pub(super) sent: Arc<Mutex<Vec<Sent>>>,
}

#[derive(Clone)]
struct Way {
    client: reqwest::Client,
    base: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

async fn pass_on(
    State(way): State<Way>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.to_string();
    let version = headers.get("if-match").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut request = way.client.request(method.clone(), format!("{}{path}", way.base));
    request = request.headers(headers).body(body.clone());
    if let Ok(mut sent) = way.sent.lock() {
        sent.push(Sent { method, path, version, body });
    }
    let answer = async {
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
    };
    match answer.await {
        Ok((status, headers, body)) => (status, headers, body).into_response(),
        Err(why) => (axum::http::StatusCode::BAD_GATEWAY, why.to_string()).into_response(),
    }
}

/// Returns the address of the service, up to its path.
pub(super) fn host(address: &str) -> String {
    address.trim_end_matches("/scim/v2").to_owned()
}

impl Recorder {
    pub(super) fn before(service: &Service) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = format!("http://{}/scim/v2", listener.local_addr()?);
        let sent = Arc::new(Mutex::new(Vec::new()));
        let base = host(&service.address);
        let way = Way { client: client()?, base, sent: Arc::clone(&sent) };
        let router = axum::Router::new().fallback(pass_on).with_state(way);
        let router = router.layer(axum::extract::DefaultBodyLimit::max(1 << 24));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { runtime, address, sent })
    }

    pub(super) fn take(&self) -> Vec<Sent> {
        self.sent.lock().map(|mut sent| std::mem::take(&mut *sent)).unwrap_or_default()
    }

    pub(super) fn end(self) {
        self.runtime.shutdown_background();
    }
}

pub(super) fn client() -> Outcome<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

/// Tells what a loader does with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// Reads it as JSON.
    Read,
    /// Takes it in and looks at nothing of it.
    Unread,
}

/// Sends the same requests again, as many at once. Writes on a version are sent one after the other. The connection is
/// open and has rested for this long, as the program's has between two passes.
pub(super) fn load(
    sent: &[Sent],
    service: &Service,
    answers: Answers,
    rested: Duration,
) -> Outcome<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (client, base) = (client()?, host(&service.address));
    let at_once = if sent.iter().any(|one| one.version.is_some()) { 1 } else { IN_FLIGHT };
    runtime.block_on(async {
        let answer = client.get(format!("{base}/scim/v2/ServiceProviderConfig")).send().await?;
        answer.bytes().await
    })?;
    std::thread::sleep(rested);
    let began = Instant::now();
    let refused = runtime.block_on(async {
        stream::iter(sent.to_vec())
            .map(|one| {
                let alone = one.method == Method::GET;
                let mut request =
                    client.request(one.method, format!("{base}{}", one.path)).bearer_auth(TOKEN);
                if let Some(version) = one.version {
                    request = request.header("if-match", version);
                }
                if !one.body.is_empty() {
                    request = request.header("content-type", "application/scim+json").body(one.body);
                }
                async move {
                    let answer = request.send().await?;
                    let status = answer.status();
                    let body = answer.bytes().await?;
                    let is_json = || serde_json::from_slice::<serde_json::Value>(&body).is_ok();
                    let read = answers == Answers::Unread || body.is_empty() || is_json();
                    let refused = || format!("{status}: {}", String::from_utf8_lossy(&body));
                    // An account that got another id this time is not found. The question costs the same.
                    let fine = status.is_success() || (alone && status.as_u16() == 404);
                    Ok::<_, reqwest::Error>((!fine || !read).then(refused))
                }
            })
            .buffered(at_once)
            .fold(Ok(None), |told: Result<Option<String>, reqwest::Error>, one| {
                std::future::ready(told.and_then(|told| Ok(told.or(one?))))
            })
            .await
    })?;
    if let Some(refused) = refused {
        return Err(format!("a request of the loader was refused: {refused}").into());
    }
    Ok(began.elapsed())
}
