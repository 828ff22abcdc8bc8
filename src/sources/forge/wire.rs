//! This module sends requests to the forge, with retries and limits. It follows no redirection and uses no proxy. It
//! limits the time, the size of an answer, and the number of pages and requests. The token is sent only in one
//! header.

use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::diag::text;
use portvakt_core::invisible::is_invisible;
use portvakt_core::model::{ForgeKind, ForgeSettings};
use portvakt_net::{
    BodyError, ConnectionReach, RefusedAddress, SentSecrets, blank, blocking_client, body_blocking, grown,
};
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use super::address::api_address;
use super::paging::{self, NextPage};
use super::{ForgeError, Object};

/// The largest accepted answer, in bytes. GitHub's largest tree has 7 MB.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// The number of items that are asked for in one page. Both forges give no more.
const PAGE: usize = 100;
/// The largest number of pages of one list.
const MOST_PAGES: u32 = 200;
/// The largest number of requests to the forge for one commit.
const MOST_QUESTIONS: u32 = 2000;

/// The time limits and the number of tries for questions to the forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForgePatience {
    /// The time limit for a connection.
    pub connect: Duration,
    /// The time limit for one answer, up to its last byte.
    pub answer: Duration,
    /// The time limit for everything about one commit or request.
    pub whole: Duration,
    /// The number of tries for a question when the forge is busy or does not answer. At least one try is made.
    pub tries: u32,
    /// The pause before the second try. It is doubled each time.
    pub pause: Duration,
    /// The longest pause. If the forge asks for a longer one, the question is given up until the next pass.
    pub longest_pause: Duration,
}

impl Default for ForgePatience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            whole: Duration::from_secs(180),
            tries: 4,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// The HTTP client with its address, headers and limits.
#[derive(Debug)]
pub(super) struct ForgeWire {
    client: Client,
    api: Url,
    /// The token in these headers is marked sensitive: it prints as `Sensitive`.
    headers: HeaderMap,
    /// The same token, because a forge may repeat it in its answer.
    token: Option<SecretString>,
    sent: SentSecrets,
    patience: ForgePatience,
}

impl ForgeWire {
    pub(super) fn new(
        settings: &ForgeSettings,
        token: Option<SecretString>,
        patience: ForgePatience,
    ) -> Result<Self, ForgeError> {
        let (api, reach) = api_address(&settings.api)?;
        check_settings(settings)?;
        let headers = headers(settings.kind, token.clone())?;
        let mut builder = blocking_client(reach, patience.connect, patience.answer).pool_max_idle_per_host(1);
        if reach == ConnectionReach::Here {
            // This machine is contacted without TLS. No certificate is trusted, and none needs to be installed.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|source| ForgeError::Setup { source })?;
        let sent = SentSecrets::default();
        if let Some(token) = &token {
            sent.remember(token);
        }
        Ok(Self { client, api, headers, token, sent, patience })
    }

    /// Blanks the token in a text that the forge may have written.
    pub(super) fn blanked(&self, text: &str) -> String {
        self.sent.blanked(text)
    }
}

fn headers(kind: ForgeKind, token: Option<SecretString>) -> Result<HeaderMap, ForgeError> {
    let mut headers = HeaderMap::new();
    let accept = match kind {
        ForgeKind::GitHub => {
            let version = HeaderName::from_static("x-github-api-version");
            headers.insert(version, HeaderValue::from_static("2022-11-28"));
            "application/vnd.github+json"
        }
        ForgeKind::GitLab => "application/json",
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    let Some(token) = token else { return Ok(headers) };
    let bare = token.expose_secret();
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ForgeError::Token);
    }
    let (name, value) = match kind {
        ForgeKind::GitHub => ("authorization", SecretString::from(format!("Bearer {bare}"))),
        ForgeKind::GitLab => ("private-token", token),
    };
    let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| ForgeError::Token)?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_static(name), value);
    Ok(headers)
}

fn check_settings(settings: &ForgeSettings) -> Result<(), ForgeError> {
    let wrong = |value: &str, what| Err(ForgeError::Setting { value: value.to_owned(), what });
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte))
    };
    let parts = settings.project.split('/').count();
    let enough = match settings.kind {
        ForgeKind::GitHub => parts == 2,
        ForgeKind::GitLab => parts > 1 || settings.project.bytes().all(|byte| byte.is_ascii_digit()),
    };
    if !enough || !settings.project.split('/').all(plain) {
        let what = text!(en: "a project on this forge", nb: "et prosjekt på denne kodeplattformen");
        return wrong(&settings.project, what);
    }
    let branch = &settings.branch;
    let odd = |c: char| is_invisible(c) || c.is_whitespace() || "~^:?*[\\".contains(c);
    if branch.is_empty() || branch.starts_with("refs/") || branch.contains("..") || branch.contains(odd) {
        return wrong(branch, text!(en: "the short name of a branch", nb: "kortnavnet på en gren"));
    }
    Ok(())
}

/// Returns whether a text is an object id: SHA-1 or SHA-256 in lower-case hexadecimal digits. Only checked ids go into
/// an address.
pub(super) fn is_object_id(text: &str) -> bool {
    let hex = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    hex && (text.len() == 40 || text.len() == 64)
}

/// Checks an object id that came from the forge.
pub(super) fn object_id(text: &str, what: Object) -> Result<String, ForgeError> {
    if is_object_id(text) {
        return Ok(text.to_owned());
    }
    Err(ForgeError::Id { text: text.chars().take(80).collect(), what })
}

/// All questions to the forge about one commit or request.
pub(super) struct Pass<'a> {
    wire: &'a ForgeWire,
    pub settings: &'a ForgeSettings,
    until: Instant,
    questions: Cell<u32>,
}

struct ForgeAnswer {
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> Pass<'a> {
    pub(super) fn begin(wire: &'a ForgeWire, settings: &'a ForgeSettings) -> Self {
        let until = Instant::now() + wire.patience.whole;
        Self { wire, settings, until, questions: Cell::new(0) }
    }

    /// Asks for one object.
    pub(super) fn one<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ForgeError> {
        let answer = self.ask(self.url(path, query)?)?;
        understand(&answer)
    }

    /// Asks for one object. The result is `None` if the forge answers 404 or 422.
    pub(super) fn perhaps<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Option<T>, ForgeError> {
        match self.one(path, &[]) {
            Err(ForgeError::Missing { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Asks for all pages of a list.
    pub(super) fn all<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, ForgeError> {
        let mut url = self.url(path, query)?;
        url.query_pairs_mut().append_pair("per_page", &PAGE.to_string());
        let mut items = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.ask(url.clone())?;
            let mut page: Vec<T> = understand(&answer)?;
            let is_full = page.len() >= PAGE;
            items.append(&mut page);
            match paging::next(&answer.headers, &answer.url) {
                NextPage::Query(query) => url.set_query(Some(&query)),
                // The page is counted by the items that have come. So no item is skipped, even if an earlier page was
                // short.
                NextPage::Unsaid if is_full => {
                    url.set_query(Some(&paging::numbered(&answer.url, items.len() / PAGE + 1)));
                }
                NextPage::Last | NextPage::Unsaid => return Ok(items),
            }
        }
        let what = text!(en: "pages", nb: "sider");
        Err(ForgeError::Endless { url: shown(&url), most: MOST_PAGES, what })
    }

    /// Builds the address of `path` below the API's address. Each part is escaped.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url, ForgeError> {
        let mut url = self.wire.api.clone();
        match url.path_segments_mut() {
            Ok(mut parts) => parts.pop_if_empty().extend(path),
            Err(()) => {
                let api = self.settings.api.clone();
                return Err(ForgeError::Address { api, why: text!(en: "has no path", nb: "har ingen sti") });
            }
        };
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Asks until there is an answer, the tries are used up, or the pause would be too long.
    fn ask(&self, url: Url) -> Result<ForgeAnswer, ForgeError> {
        let patience = &self.wire.patience;
        let mut tries = 1;
        loop {
            self.count(&url)?;
            let mut pause = grown(patience.pause, tries - 1, patience.longest_pause);
            let error = match self.try_once(&url) {
                Ok(response) => match busy(&response) {
                    None => return self.take(&url, response),
                    Some(status) => {
                        #[allow(
                            clippy::disallowed_methods,
                            reason = "the forge names a time by its own clock"
                        )]
                        let asked = paging::asked_wait(response.headers(), Timestamp::now());
                        if let Some(longer) = asked.filter(|asked| *asked > pause) {
                            if longer > patience.longest_pause {
                                let seconds = longer.as_secs();
                                return Err(ForgeError::Later { url: shown(&url), status, seconds });
                            }
                            pause = longer;
                        }
                        ForgeError::Busy { url: shown(&url), status, tries }
                    }
                },
                Err(error) => error,
            };
            if tries >= patience.tries || !error.passing() || self.left().is_none_or(|left| pause > left) {
                return Err(error);
            }
            sleep(pause);
            tries += 1;
        }
    }

    fn count(&self, url: &Url) -> Result<(), ForgeError> {
        let asked = self.questions.get();
        if asked >= MOST_QUESTIONS {
            let what = text!(en: "questions", nb: "spørringer");
            return Err(ForgeError::Endless { url: shown(url), most: MOST_QUESTIONS, what });
        }
        self.questions.set(asked + 1);
        Ok(())
    }

    /// Returns the time that is left for this commit.
    fn left(&self) -> Option<Duration> {
        self.until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    fn try_once(&self, url: &Url) -> Result<Response, ForgeError> {
        let left = self.left().ok_or_else(|| ForgeError::Slow { url: shown(url) })?;
        let time = left.min(self.wire.patience.answer);
        let request = self.wire.client.get(url.clone()).headers(self.wire.headers.clone()).timeout(time);
        request.send().map_err(|error| broken_answer(url, error))
    }

    /// Takes the body of a successful answer. Other answers become errors.
    fn take(&self, url: &Url, response: Response) -> Result<ForgeAnswer, ForgeError> {
        let (status, shown) = (response.status(), shown(url));
        match status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err(ForgeError::Unknown { url: shown }),
            StatusCode::FORBIDDEN => return Err(ForgeError::Forbidden { url: shown }),
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
                return Err(ForgeError::Missing { url: shown, status: status.as_u16() });
            }
            other if other.is_redirection() => {
                return Err(ForgeError::Redirect { url: shown, status: other.as_u16() });
            }
            other => return Err(ForgeError::Status { url: shown, status: other.as_u16() }),
        }
        let (url, headers) = (url.clone(), response.headers().clone());
        let mut body = body_blocking(response, MOST_BYTES).map_err(|error| unread_answer(&url, error))?;
        if let Some(token) = &self.wire.token {
            blank(&mut body, token);
        }
        Ok(ForgeAnswer { url, headers, body })
    }
}

/// Returns the status of an answer that is worth a retry. One cause is too many requests. For this, GitHub also
/// answers 403, with `retry-after` or with no requests remaining. The other cause is a gateway that cannot reach the
/// forge.
fn busy(response: &Response) -> Option<u16> {
    let status = response.status().as_u16();
    let headers = response.headers();
    let spent = headers.get("x-ratelimit-remaining").is_some_and(|left| left.as_bytes() == b"0");
    let limited = status == 403 && (headers.contains_key("retry-after") || spent);
    (limited || matches!(status, 429 | 502 | 503 | 504)).then_some(status)
}

fn understand<T: DeserializeOwned>(answer: &ForgeAnswer) -> Result<T, ForgeError> {
    serde_json::from_slice(&answer.body)
        .map_err(|error| ForgeError::Strange { url: shown(&answer.url), source: error.into() })
}

/// Returns the address that was asked, without the query. It is short enough for a finding.
fn shown(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.as_str().chars().take(300).collect()
}

fn broken_answer(url: &Url, error: reqwest::Error) -> ForgeError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        if let Some(refused) = one.downcast_ref::<RefusedAddress>() {
            return ForgeError::Place { address: refused.address() };
        }
        cause = one.source();
    }
    if error.is_timeout() {
        return ForgeError::Slow { url: shown(url) };
    }
    // The address is removed from the error. Our own text already has it, shortened.
    ForgeError::Connection { url: shown(url), source: error.without_url().into() }
}

fn unread_answer(url: &Url, error: BodyError) -> ForgeError {
    let url = shown(url);
    match error {
        BodyError::Large => ForgeError::Large { url, most: MOST_BYTES as u64 },
        slow if slow.is_timeout() => ForgeError::Slow { url },
        BodyError::Broken(source) => ForgeError::Connection { url, source },
    }
}
