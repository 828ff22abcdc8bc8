//! One request and its answer: no redirects, no proxy, bounded bodies, and every way it can fail told apart by what
//! it means for the account: not sent, not known, or answered with no.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use portvakt_core::store::StoreError;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode, Url, redirect};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::address::Lookup;
use super::key::Key;
use super::map::Map;
use super::page::Page;
use super::patience::{LONGEST, SILENCE, retry_after};
use super::settings::Settings;

/// The largest answer that is read.
const LARGEST: usize = 16 * 1024 * 1024;

/// Room that is made on the word of whoever answers, before anything has come.
const BELIEVED: usize = 1024 * 1024;

/// Pages from this size on are read by another thread: meanwhile the next ones are asked for and come in.
const BESIDE: usize = 64 * 1024;

/// The media type of SCIM (RFC 7644 section 3.1), and the one that some services know instead.
const SCIM: &str = "application/scim+json";
const JSON: &str = "application/json";
const EITHER: &str = "application/scim+json, application/json";

/// Some put this before their JSON; it belongs to no text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a request failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Nothing was sent.
    #[error("{0}")]
    NotSent(String),
    /// Nothing was sent, and nothing will be in this pass: nobody answers.
    #[error("{0}")]
    Left(String),
    /// It was sent, and no whole answer came.
    #[error("{0}")]
    NoAnswer(String),
    /// An answer that is none of this protocol.
    #[error("{0}")]
    Odd(String),
    /// The program has nothing to prove itself with.
    #[error("{0}")]
    Entry(String),
    /// Answered with no.
    #[error("{}", refusal(*status, detail))]
    No {
        /// The status.
        status: u16,
        /// What kind of error it is (`scimType`, RFC 7644 section 3.12).
        kind: Option<String>,
        /// What the service says.
        detail: String,
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
}

fn refusal(status: u16, detail: &str) -> String {
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    if detail.is_empty() { format!("{status} {name}") } else { format!("{status} {name}: {detail}") }
}

impl Fault {
    /// The status, where there is one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::No { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether something that must be unique is taken: 409, or 400 with the word for it.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::No { status: 409, .. } => true,
            Self::No { status: 400, kind, .. } => {
                kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("uniqueness"))
            }
            _ => false,
        }
    }

    /// How long the service asks to wait.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::No { wait, .. } => *wait,
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn passes(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoAnswer(_) => true,
            // Whoever asks for more than that is asked again by the next pass.
            Self::No { wait: Some(wait), .. } if *wait > LONGEST => false,
            Self::No { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::Odd(_) | Self::Entry(_) | Self::Left(_) => false,
        }
    }

    /// Whether something may have been written all the same.
    pub fn may_have_written(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::Odd(_) => true,
            Self::No { status, .. } => *status >= 500 || *status == 408,
            Self::NotSent(_) | Self::Entry(_) | Self::Left(_) => false,
        }
    }

    /// For a request that only reads.
    pub fn told(self, place: &str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::NotSent(why) | Self::NoAnswer(why) | Self::Left(why) => {
                StoreError::Unreachable { place, why }
            }
            Self::Entry(why) => StoreError::NotLetIn { place, why },
            Self::No { status: 401 | 403, .. } => {
                let why = format!("{self}; check the token or certificate, and what it may do there");
                StoreError::NotLetIn { place, why }
            }
            Self::No { status: 408 | 425 | 429 | 500.., .. } => {
                StoreError::Unreachable { place, why: self.to_string() }
            }
            Self::Odd(_) | Self::No { .. } => StoreError::Answer { place, why: self.to_string() },
        }
    }
}

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    pub method: Method,
    pub url: Url,
    /// JSON, written out.
    pub body: Option<&'a str>,
    pub if_match: Option<&'a str>,
    /// The answer is a page of users, named like this.
    pub page: Option<&'a Arc<Map>>,
}

impl<'a> Ask<'a> {
    /// Reads what is there.
    pub fn read(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, if_match: None, page: None }
    }

    /// Reads a page of users.
    pub fn page(url: Url, map: &'a Arc<Map>) -> Self {
        Self { page: Some(map), ..Self::read(url) }
    }

    /// Writes, on no version.
    pub fn write(method: Method, url: Url, body: &'a str) -> Self {
        Self { method, body: Some(body), ..Self::read(url) }
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub etag: Option<String>,
    pub location: Option<String>,
    /// `None` where there was no body (204).
    pub body: Option<Value>,
    /// The page that was asked for; then there is nothing in the body.
    pub page: Option<Page>,
}

/// The way to one service.
#[derive(Debug)]
pub struct Wire {
    client: Client,
    key: Key,
    lanes: Arc<Semaphore>,
    wide: AtomicUsize,
    /// Requests in a row without an answer.
    silent: AtomicU32,
    /// It takes JSON by its plain name only.
    plain_json: AtomicBool,
}

impl Wire {
    pub fn new(settings: &Settings) -> Result<Self, StoreError> {
        let place = settings.address.to_string();
        let not_let = |why: String| StoreError::NotLetIn { place: place.clone(), why };
        // Another part of the program may have done it before; it is the same one.
        let _same = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .user_agent(concat!("portvakt/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .https_only(!settings.address.is_plain())
            .dns_resolver(Arc::new(Lookup { here_only: settings.address.is_plain() }))
            .connect_timeout(settings.patience.min(Duration::from_secs(10)))
            .timeout(settings.patience)
            // The loop stands still between two passes: what has idled longer may be dead.
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
            client.build().map_err(|why| StoreError::Open { place: place.clone(), why: causes(&why) })?;
        Ok(Self {
            client,
            key: Key::new(settings.entry.clone()),
            lanes: Arc::new(Semaphore::new(settings.in_flight)),
            wide: AtomicUsize::new(settings.in_flight),
            silent: AtomicU32::new(0),
            plain_json: AtomicBool::new(false),
        })
    }

    /// Takes up hope again: a new pass.
    pub fn refresh(&self, in_flight: usize) {
        self.silent.store(0, Ordering::Relaxed);
        let wide = self.wide.swap(in_flight, Ordering::Relaxed);
        self.lanes.add_permits(in_flight.saturating_sub(wide));
    }

    /// One request, and one more when the token was refused.
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
                // Some fall over when several ask at once: from here on one fewer does.
                if self.wide.fetch_update(Ordering::Relaxed, Ordering::Relaxed, narrower).is_ok() {
                    lane.forget();
                }
            }
            _ => self.silent.store(0, Ordering::Relaxed),
        }
        answer
    }

    async fn once(&self, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let plain = self.plain_json.load(Ordering::Relaxed);
        match self.asked(ask, if plain { JSON } else { SCIM }).await {
            // It knows JSON, and not by the name it has in SCIM.
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
        answered(response, ask).await
    }
}

fn narrower(wide: usize) -> Option<usize> {
    (wide > 1).then(|| wide - 1)
}

fn failed(why: &reqwest::Error) -> Fault {
    let text = causes(why);
    if why.is_builder() || why.is_connect() { Fault::NotSent(text) } else { Fault::NoAnswer(text) }
}

/// The error with its causes, without the address: that stands beside it already.
fn causes(error: &dyn std::error::Error) -> String {
    let mut cause = Some(error);
    let mut last = String::new();
    while let Some(this) = cause {
        last = this.to_string();
        cause = this.source();
    }
    plain(&last)
}

/// What others say, as one short line without control characters.
fn plain(text: &str) -> String {
    const LONGEST: usize = 300;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    line.trim().to_owned()
}

async fn answered(response: Response, ask: &Ask<'_>) -> Result<Answer, Fault> {
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
            // A yes in other words than JSON is a yes; what was written is read back.
            (false, Err(_)) if ask.method != Method::GET => None,
            (false, Err(_)) => return Err(Fault::Odd("its answer is not JSON".to_owned())),
        };
        return Ok(Answer { etag, location, body, page: None });
    }
    let said = parsed.unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(plain);
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

/// Reads a body to its end, and no further than this.
pub async fn body(mut response: Response, largest: usize) -> Result<Vec<u8>, Fault> {
    // As much as is announced, as far as that is believed: growing would copy it over and over.
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default().min(BELIEVED).min(largest));
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= largest => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => {
                return Err(Fault::Odd(format!("its answer is larger than {} MiB", largest >> 20)));
            }
            Ok(None) => return Ok(bytes),
            Err(why) => return Err(Fault::NoAnswer(causes(&why))),
        }
    }
}
