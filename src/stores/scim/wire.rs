//! One request and its answer: no redirects, no proxy, and a size limit. Failures are told apart by what they mean for
//! the account: the request was not sent, its effect is not known, or it was refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use portvakt_core::store::StoreError;
use portvakt_net::{cause, line, retry_after};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, Response, Url};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::fault::{Fault, body};
use super::key::Key;
use super::map::Map;
use super::page::Page;
use super::patience::SILENCE;
use super::settings::Settings;

/// The size limit of an answer, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// Pages of at least this many bytes are read on another thread. Meanwhile the next pages are asked for and arrive.
const BESIDE: usize = 64 * 1024;

/// The media type of SCIM (RFC 7644 section 3.1). Some services know only plain JSON instead.
const SCIM: &str = "application/scim+json";
const JSON: &str = "application/json";
const EITHER: &str = "application/scim+json, application/json";

/// Some services put this mark before their JSON. It is not part of the text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A request to send.
#[derive(Debug)]
pub struct Ask<'a> {
    pub method: Method,
    pub url: Url,
    /// The body, as JSON text.
    pub body: Option<&'a str>,
    pub if_match: Option<&'a str>,
    /// The map that names the attributes, if the answer is a page of users.
    pub page: Option<&'a Arc<Map>>,
}

impl<'a> Ask<'a> {
    /// Makes a request that reads.
    pub fn read(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, if_match: None, page: None }
    }

    /// Makes a request that reads a page of users.
    pub fn page(url: Url, map: &'a Arc<Map>) -> Self {
        Self { page: Some(map), ..Self::read(url) }
    }

    /// Makes a request that writes and names no version.
    pub fn write(method: Method, url: Url, body: &'a str) -> Self {
        Self { method, body: Some(body), ..Self::read(url) }
    }
}

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub etag: Option<String>,
    pub location: Option<String>,
    /// `None` if there was no JSON body (such as with 204).
    pub body: Option<Value>,
    /// The page, if one was asked for. Then `body` is empty.
    pub page: Option<Page>,
}

/// The connection to one service.
#[derive(Debug)]
pub struct Wire {
    client: Client,
    key: Key,
    lanes: Arc<Semaphore>,
    wide: AtomicUsize,
    /// The number of requests in a row without an answer.
    silent: AtomicU32,
    /// Whether the service takes JSON only by its plain name.
    plain_json: AtomicBool,
}

impl Wire {
    pub fn new(settings: &Settings) -> Result<Self, StoreError> {
        let place = settings.address.to_string();
        let not_let = |why: String| StoreError::NotLetIn { place: place.clone(), why };
        let connect = settings.patience.min(Duration::from_secs(10));
        let mut client = portvakt_net::client(settings.address.reach(), connect, settings.patience)
            // Nothing runs between two passes, so a connection that was idle for longer may be dead.
            .pool_idle_timeout(Duration::from_secs(3))
            .pool_max_idle_per_host(settings.in_flight);
        if let Some(file) = &settings.certificate {
            let wrong = |why: &dyn std::fmt::Display| not_let(format!("`{}`: {why}", file.display()));
            let pem = std::fs::read(file).map_err(|why| wrong(&why))?;
            let identity = reqwest::Identity::from_pem(&pem)
                .map_err(|_| wrong(&"a certificate and its key are expected, PEM, one after the other"))?;
            client = client.identity(identity);
        }
        if let Some(file) = &settings.authorities {
            let wrong = |why: &dyn std::fmt::Display| not_let(format!("`{}`: {why}", file.display()));
            let pem = std::fs::read(file).map_err(|why| wrong(&why))?;
            let bundle = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|_| wrong(&"certificates of authorities are expected, PEM"))?;
            client = client.tls_certs_merge(bundle);
        }
        let client =
            client.build().map_err(|why| StoreError::Open { place: place.clone(), why: cause(&why) })?;
        Ok(Self {
            client,
            key: Key::new(settings.entry.clone()),
            lanes: Arc::new(Semaphore::new(settings.in_flight)),
            wide: AtomicUsize::new(settings.in_flight),
            silent: AtomicU32::new(0),
            plain_json: AtomicBool::new(false),
        })
    }

    /// Begins a new pass: unanswered requests are forgotten, and as many requests as before may run at once again.
    pub fn refresh(&self, in_flight: usize) {
        self.silent.store(0, Ordering::Relaxed);
        let wide = self.wide.swap(in_flight, Ordering::Relaxed);
        self.lanes.add_permits(in_flight.saturating_sub(wide));
    }

    /// Sends one request, and sends it once more with a new token if the token was refused.
    pub async fn send(&self, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let silent = self.silent.load(Ordering::Relaxed);
        if silent >= SILENCE {
            return Err(Fault::Left(format!("{silent} requests in a row got no answer; the rest is left")));
        }
        let Ok(lane) = Arc::clone(&self.lanes).acquire_owned().await else {
            return Err(Fault::NotSent("the program is ending".to_owned()));
        };
        let mut answer = self.once(ask).await;
        if answer.as_ref().is_err_and(|fault| fault.status() == Some(401)) && self.key.renews() {
            self.key.refused();
            answer = self.once(ask).await;
        }
        match &answer {
            Err(Fault::NotSent(_) | Fault::NoAnswer(_)) => {
                self.silent.fetch_add(1, Ordering::Relaxed);
            }
            Err(Fault::No { status: 429 | 500 | 503, .. }) => {
                self.silent.store(0, Ordering::Relaxed);
                // Some services fail when several requests come at once, so from now on one fewer runs.
                if self.wide.fetch_update(Ordering::Relaxed, Ordering::Relaxed, narrower).is_ok() {
                    lane.forget();
                }
            }
            _ => self.silent.store(0, Ordering::Relaxed),
        }
        answer.map_err(|fault| fault.with_texts(|text| self.key.blanked(text)))
    }

    async fn once(&self, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let plain = self.plain_json.load(Ordering::Relaxed);
        match self.asked(ask, if plain { JSON } else { SCIM }).await {
            // The service may know JSON, but not by the name it has in SCIM.
            Err(Fault::No { status: 415, .. }) if !plain && ask.body.is_some() => {
                let answer = self.asked(ask, JSON).await;
                if !answer.as_ref().is_err_and(|fault| fault.status() == Some(415)) {
                    tracing::info!("the register is written to as `{JSON}`");
                    self.plain_json.store(true, Ordering::Relaxed);
                }
                answer
            }
            answer => answer,
        }
    }

    async fn asked(&self, ask: &Ask<'_>, kind: &'static str) -> Result<Answer, Fault> {
        let mut request = self.client.request(ask.method.clone(), ask.url.clone()).header(ACCEPT, EITHER);
        if let Some(header) = self.key.header(&self.client).await? {
            request = request.header(AUTHORIZATION, header);
        }
        if let Some(version) = ask.if_match {
            request = request.header(IF_MATCH, version);
        }
        if let Some(body) = ask.body {
            request = request.header(CONTENT_TYPE, kind).body(body.to_owned());
        }
        let response = request.send().await.map_err(|why| failed(&why))?;
        answered(response, ask, &self.key).await
    }
}

fn narrower(wide: usize) -> Option<usize> {
    (wide > 1).then(|| wide - 1)
}

fn failed(why: &reqwest::Error) -> Fault {
    let text = cause(why);
    if why.is_builder() || why.is_connect() { Fault::NotSent(text) } else { Fault::NoAnswer(text) }
}

async fn answered(response: Response, ask: &Ask<'_>, key: &Key) -> Result<Answer, Fault> {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (etag, location, wait) = (header(ETAG), header(LOCATION), header(RETRY_AFTER));
    if status.is_redirection() {
        return Err(Fault::Odd(format!(
            "it answers {status} and sends to another address, which is not followed; name the right one with `--store`"
        )));
    }
    let bytes = body(response, LARGEST).await?;
    if let Some(map) = ask.page.filter(|_| status.is_success()) {
        let page = if bytes.len() < BESIDE {
            Page::read(unmarked(&bytes), map)
        } else {
            let map = Arc::clone(map);
            let beside = tokio::task::spawn_blocking(move || Page::read(unmarked(&bytes), &map));
            beside.await.map_err(|_| Fault::NoAnswer("the program is ending".to_owned()))?
        };
        return page.map(|page| Answer { etag, location, body: None, page: Some(page) }).map_err(Fault::Odd);
    }
    let bytes = unmarked(&bytes);
    let parsed = serde_json::from_slice::<Value>(bytes);
    if status.is_success() {
        let body = match (bytes.is_empty(), parsed) {
            (true, _) => None,
            (false, Ok(value)) => Some(value),
            // An answer that says yes but is not JSON counts as yes. What was written is read back.
            (false, Err(_)) if ask.method != Method::GET => None,
            (false, Err(_)) => return Err(Fault::Odd("its answer is not JSON".to_owned())),
        };
        return Ok(Answer { etag, location, body, page: None });
    }
    let said = parsed.unwrap_or_default();
    // A secret is blanked before the text is shortened, which could cut it in two.
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(|said| line(&key.blanked(said)));
    Err(Fault::No {
        status: status.as_u16(),
        kind: text("scimType"),
        detail: text("detail").unwrap_or_default(),
        wait: wait.and_then(|wait| retry_after(&wait, Timestamp::now())),
    })
}

fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}
