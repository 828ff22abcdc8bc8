//! How the program proves its identity: with a token from a file, which is read again when it is refused, or with a
//! token that is fetched with a client's credentials. Secrets are kept in `secrecy` and in headers marked sensitive.
//! They are never logged.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use portvakt_net::{blanked, line};
use reqwest::header::HeaderValue;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::fault::{Fault, body};
use super::settings::{ClientCredentials, Entry};

/// The size limit of a file with a secret, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The token that is held now, and how to get the next one.
#[derive(Debug)]
pub struct Key {
    entry: Entry,
    held: Mutex<Option<Held>>,
    /// The secrets that have been sent lately. A service may say them back.
    sent: Mutex<VecDeque<SecretString>>,
}

/// The most secrets that are remembered: a token that was refused, the next one, and what they were fetched with.
const REMEMBERED: usize = 8;

#[derive(Debug, Clone)]
struct Held {
    token: SecretString,
    until: Option<Instant>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
}

impl Key {
    pub fn new(entry: Entry) -> Self {
        Self { entry, held: Mutex::new(None), sent: Mutex::default() }
    }

    /// Whether the program can get a new token when one is refused.
    pub fn renews(&self) -> bool {
        self.entry != Entry::Open
    }

    /// Forgets a refused token. The next one is read or fetched anew.
    pub fn refused(&self) {
        if let Ok(mut held) = self.held.lock() {
            *held = None;
        }
    }

    /// Blanks every secret that was sent, wherever a text repeats it.
    pub fn blanked(&self, text: &str) -> String {
        let Ok(sent) = self.sent.lock() else { return String::new() };
        sent.iter().fold(text.to_owned(), |text, secret| blanked(&text, secret))
    }

    fn remember(&self, secret: &SecretString) {
        if let Ok(mut sent) = self.sent.lock()
            && !sent.iter().any(|known| known.expose_secret() == secret.expose_secret())
        {
            sent.truncate(REMEMBERED - 1);
            sent.push_front(secret.clone());
        }
    }

    /// Gives the header to send. `None` if no token is used.
    pub async fn header(&self, client: &Client) -> Result<Option<HeaderValue>, Fault> {
        if self.entry == Entry::Open {
            return Ok(None);
        }
        let known = self.held.lock().ok().and_then(|held| held.clone());
        let fresh = known.filter(|held| held.until.is_none_or(|until| Instant::now() < until));
        let held = match fresh {
            Some(held) => held,
            None => {
                let held = self.fetch(client).await?;
                self.remember(&held.token);
                if let Ok(mut place) = self.held.lock() {
                    *place = Some(held.clone());
                }
                held
            }
        };
        let mut value = HeaderValue::try_from(format!("Bearer {}", held.token.expose_secret()))
            .map_err(|_| Fault::Entry("the token holds characters that no token has".to_owned()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    async fn fetch(&self, client: &Client) -> Result<Held, Fault> {
        match &self.entry {
            Entry::Open => Err(Fault::Entry("there is no token".to_owned())),
            Entry::Token(file) => Ok(Held { token: secret(file)?, until: None }),
            Entry::Client(credentials) => {
                let secret = secret(&credentials.secret)?;
                self.remember(&secret);
                granted(client, credentials, &secret).await
            }
        }
    }
}

/// Reads the secret in a file. It is one line, and the line break is left out.
fn secret(file: &Path) -> Result<SecretString, Fault> {
    let wrong = |why: &dyn std::fmt::Display| Fault::Entry(format!("`{}`: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|why| wrong(&why))?.len();
    if size > LARGEST {
        return Err(wrong(&"it is too large for a secret"));
    }
    let text = SecretString::from(std::fs::read_to_string(file).map_err(|why| wrong(&why))?);
    let trimmed = text.expose_secret().trim();
    if trimmed.is_empty() || trimmed.contains(char::is_whitespace) {
        return Err(wrong(&"one secret in one line is expected"));
    }
    Ok(SecretString::from(trimmed))
}

/// Asks the token endpoint for a token (RFC 6749 section 4.4).
async fn granted(
    client: &Client,
    credentials: &ClientCredentials,
    secret: &SecretString,
) -> Result<Held, Fault> {
    let place = &credentials.endpoint;
    let wrong = |why: String| Fault::Entry(format!("no token from `{place}`: {why}"));
    // The id and the secret are encoded before they become user and password (RFC 6749 section 2.3.1).
    let user = encoded(&[("", &credentials.id)]);
    let password = encoded(&[("", secret.expose_secret())]);
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(credentials.scope.as_deref().map(|scope| ("scope", scope)));
    let asked = client
        .post(place.url())
        .basic_auth(user.trim_start_matches('='), Some(password.trim_start_matches('=')))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .body(encoded(&form));
    let answer = asked.send().await.map_err(|why| wrong(why.without_url().to_string()))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(wrong(format!("it answered {status}")));
    }
    let bytes = body(answer, 64 * 1024).await.map_err(|why| wrong(why.to_string()))?;
    // An answer that cannot be read is not quoted, because it may contain the token.
    let granted: Granted =
        serde_json::from_slice(&bytes).map_err(|_| wrong("its answer is no token".to_owned()))?;
    if !granted.token_type.eq_ignore_ascii_case("bearer") {
        let kind = line(&blanked(&granted.token_type, &SecretString::from(granted.access_token)));
        return Err(wrong(format!("it is of the kind `{kind}`, and `bearer` is needed")));
    }
    // A new token is fetched a little before this one ends.
    let lives = granted.expires_in.map(|seconds| Duration::from_secs(seconds.min(86_400)));
    let until =
        lives.map(|lives| Instant::now() + lives.saturating_sub(Duration::from_secs(30).min(lives / 4)));
    Ok(Held { token: SecretString::from(granted.access_token), until })
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("http://localhost/") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}
