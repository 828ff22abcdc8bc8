//! Sends one request and reads its answer, without redirects and proxy, and with a size limit. Failures are told apart
//! by their meaning for the account: the request was not sent, its effect is unknown, or it was refused.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use portvakt_core::diag::{Text, text};
use portvakt_core::store::StoreError;
use portvakt_net::{line, retry_after, secret_of, system, why};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, Response, Url};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::fault::{RequestFault, ending, limited_body, no_json};
use super::key::HeldToken;
use super::map::Map;
use super::page::ListPage;
use super::patience::SILENCE;
use super::settings::ScimSettings;

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
pub struct ScimAnswer {
    pub etag: Option<String>,
    pub location: Option<String>,
    /// `None` if there was no JSON body (such as with 204).
    pub body: Option<Value>,
    /// The page, if the request asked for one. Then `body` is empty.
    pub page: Option<ListPage>,
}

/// The connection to one service.
#[derive(Debug)]
pub struct ScimWire {
    client: Client,
    key: HeldToken,
    lanes: Arc<Semaphore>,
    wide: AtomicUsize,
    /// The number of requests in a row without an answer.
    silent: AtomicU32,
    /// Whether the service takes JSON only by its plain name.
    plain_json: AtomicBool,
}

impl ScimWire {
    pub fn new(settings: &ScimSettings) -> Result<Self, StoreError> {
        let place = settings.address.to_string();
        let not_let = |file: &Path, why: Text| {
            let file = file.display();
            let why = text!(with why; en: "`{file}`: {why}", nb: "`{file}`: {why}");
            StoreError::NotLetIn { place: place.clone(), why }
        };
        let connect = settings.patience.min(Duration::from_secs(10));
        let mut client = portvakt_net::client(settings.address.reach(), connect, settings.patience)
            // A server ends an idle connection some seconds after its last answer (gunicorn after two, Node after
            // five). If a request is sent just then, nobody knows its outcome.
            .pool_idle_timeout(Duration::from_secs(1))
            .pool_max_idle_per_host(settings.in_flight);
        if let Some(file) = &settings.certificate {
            let pem = secret_of(file)
                .map_err(|why| not_let(Path::new(&why.place(file, "--scim-certificate")), why.words()))?;
            let identity = reqwest::Identity::from_pem(pem.expose_secret().as_bytes()).map_err(|_| {
                let why = text!(
                    en: "a certificate and its key are expected, PEM, one after the other",
                    nb: "et sertifikat og nøkkelen til det er ventet, i PEM, etter hverandre"
                );
                not_let(file, why)
            })?;
            client = client.identity(identity);
        }
        if let Some(file) = &settings.authorities {
            let pem = std::fs::read(file).map_err(|why| not_let(file, system(&why)))?;
            let bundle = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| {
                let why = text!(
                    en: "certificates of authorities are expected, PEM",
                    nb: "sertifikater til utstedere er ventet, i PEM"
                );
                not_let(file, why)
            })?;
            client = client.tls_certs_merge(bundle);
        }
        let client =
            client.build().map_err(|error| StoreError::Open { place: place.clone(), why: why(&error) })?;
        Ok(Self {
            client,
            key: HeldToken::new(settings.entry.clone()),
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
    ///
    /// # Errors
    /// When the request was not sent, was refused, or had no answer.
    pub async fn send(&self, ask: &Ask<'_>) -> Result<ScimAnswer, RequestFault> {
        let silent = self.silent.load(Ordering::Relaxed);
        if silent >= SILENCE {
            return Err(RequestFault::Left(text!(
                en: "{silent} requests in a row got no answer; the rest is left",
                nb: "{silent} forespørsler på rad fikk ikke svar; resten står igjen"
            )));
        }
        let Ok(lane) = Arc::clone(&self.lanes).acquire_owned().await else {
            return Err(RequestFault::NotSent(ending()));
        };
        let mut answer = self.once(ask).await;
        if answer.as_ref().is_err_and(|fault| fault.status() == Some(401)) && self.key.renews() {
            self.key.refused();
            answer = self.once(ask).await;
        }
        match &answer {
            Err(RequestFault::NotSent(_) | RequestFault::NoAnswer(_)) => {
                self.silent.fetch_add(1, Ordering::Relaxed);
            }
            Err(RequestFault::No { status: 429 | 500 | 503, .. }) => {
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

    async fn once(&self, ask: &Ask<'_>) -> Result<ScimAnswer, RequestFault> {
        let plain = self.plain_json.load(Ordering::Relaxed);
        match self.asked(ask, if plain { JSON } else { SCIM }).await {
            // The service may know JSON, but not by the name it has in SCIM.
            Err(RequestFault::No { status: 415, .. }) if !plain && ask.body.is_some() => {
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

    async fn asked(&self, ask: &Ask<'_>, kind: &'static str) -> Result<ScimAnswer, RequestFault> {
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
        let response = request.send().await.map_err(|why| request_fault(&why))?;
        read_answer(response, ask, &self.key).await
    }
}

fn narrower(wide: usize) -> Option<usize> {
    (wide > 1).then(|| wide - 1)
}

fn request_fault(error: &reqwest::Error) -> RequestFault {
    let text = why(error);
    if error.is_builder() || error.is_connect() {
        RequestFault::NotSent(text)
    } else {
        RequestFault::NoAnswer(text)
    }
}

async fn read_answer(response: Response, ask: &Ask<'_>, key: &HeldToken) -> Result<ScimAnswer, RequestFault> {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (etag, location, wait) = (header(ETAG), header(LOCATION), header(RETRY_AFTER));
    if status.is_redirection() {
        let code = status.as_u16();
        return Err(RequestFault::Odd(text!(
            en: "it answers {status} and sends to another address, which is not followed; name the right one with `--store`",
            nb: "det svarer {code} og sender til en annen adresse, som ikke følges; oppgi den riktige med `--store`"
        )));
    }
    let bytes = limited_body(response, LARGEST).await?;
    if let Some(map) = ask.page.filter(|_| status.is_success()) {
        let page = if bytes.len() < BESIDE {
            ListPage::read(unmarked(&bytes), map)
        } else {
            let map = Arc::clone(map);
            let beside = tokio::task::spawn_blocking(move || ListPage::read(unmarked(&bytes), &map));
            beside.await.map_err(|_| RequestFault::NoAnswer(ending()))?
        };
        return page
            .map(|page| ScimAnswer { etag, location, body: None, page: Some(page) })
            .map_err(RequestFault::Odd);
    }
    let bytes = unmarked(&bytes);
    let parsed = serde_json::from_slice::<Value>(bytes);
    if status.is_success() {
        let body = match (bytes.is_empty(), parsed) {
            (true, _) => None,
            (false, Ok(value)) => Some(value),
            // An answer that says yes but is not JSON counts as yes. What was written is read back.
            (false, Err(_)) if ask.method != Method::GET => None,
            (false, Err(_)) => return Err(RequestFault::Odd(no_json())),
        };
        return Ok(ScimAnswer { etag, location, body, page: None });
    }
    // What a service says of who asks may repeat the token in any form.
    let is_of_token = matches!(status.as_u16(), 401 | 403);
    let said = parsed.ok().filter(|_| !is_of_token).unwrap_or_default();
    // A secret is blanked before the text is shortened, which could cut it in two.
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(|said| line(&key.blanked(said)));
    #[allow(clippy::disallowed_methods, reason = "the service names a time by its own clock")]
    let wait = wait.and_then(|wait| retry_after(&wait, Timestamp::now()));
    Err(RequestFault::No {
        status: status.as_u16(),
        kind: text("scimType"),
        detail: text("detail").unwrap_or_default(),
        wait,
    })
}

fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}
