//! Proves the program's identity to the service. The token is either read from a file, which is read again when the
//! token is refused, or fetched with the credentials of a client. Secrets are kept in `secrecy` and in headers marked
//! sensitive. They are never logged.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use portvakt_core::diag::{Lang, Text, text};
use portvakt_net::{SentSecrets, blanked, line, secret_of};
use reqwest::header::HeaderValue;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::fault::{RequestFault, limited_body};
use super::resource::read_count;
use super::settings::{ClientCredentials, Credentials};

/// The token that is held now, and how to get the next one.
#[derive(Debug)]
pub struct HeldToken {
    entry: Credentials,
    held: Mutex<Option<Held>>,
    sent: SentSecrets,
}

#[derive(Debug, Clone)]
struct Held {
    token: SecretString,
    until: Option<Instant>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: String,
    /// Some services write the number as a text. A value that is not a number says nothing: the token is used until
    /// it is refused.
    expires_in: Option<Value>,
}

impl HeldToken {
    pub fn new(entry: Credentials) -> Self {
        Self { entry, held: Mutex::new(None), sent: SentSecrets::default() }
    }

    /// Returns whether the program can get a new token when one is refused.
    pub fn renews(&self) -> bool {
        self.entry != Credentials::Open
    }

    /// Forgets a refused token. The next one is read or fetched anew.
    pub fn refused(&self) {
        if let Ok(mut held) = self.held.lock() {
            *held = None;
        }
    }

    /// Blanks every secret that was sent, wherever a text repeats it.
    pub fn blanked(&self, text: &str) -> String {
        self.sent.blanked(text)
    }

    /// Returns the header to send. `None` if no token is used.
    ///
    /// # Errors
    /// When no token can be read or fetched.
    pub async fn header(&self, client: &Client) -> Result<Option<HeaderValue>, RequestFault> {
        if self.entry == Credentials::Open {
            return Ok(None);
        }
        let known = self.held.lock().ok().and_then(|held| held.clone());
        let fresh = known.filter(|held| held.until.is_none_or(|until| Instant::now() < until));
        let held = match fresh {
            Some(held) => held,
            None => {
                let held = self.fetch(client).await?;
                self.sent.remember(&held.token);
                if let Ok(mut place) = self.held.lock() {
                    *place = Some(held.clone());
                }
                held
            }
        };
        let mut value =
            HeaderValue::try_from(format!("Bearer {}", held.token.expose_secret())).map_err(|_| {
                RequestFault::Entry(text!(
                    en: "the token holds characters that no token has",
                    nb: "tilgangsnøkkelen inneholder tegn som ingen slik nøkkel har"
                ))
            })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    async fn fetch(&self, client: &Client) -> Result<Held, RequestFault> {
        match &self.entry {
            Credentials::Open => {
                Err(RequestFault::Entry(text!(en: "there is no token", nb: "det er ingen tilgangsnøkkel")))
            }
            Credentials::Token(file) => Ok(Held { token: read_secret(file, "--scim-token")?, until: None }),
            Credentials::Client(credentials) => {
                let secret = read_secret(&credentials.secret, "the secret of --scim-oauth")?;
                self.sent.remember(&secret);
                granted(client, credentials, &secret).await
            }
        }
    }
}

/// Reads the secret in a file, which an option names. It is one line, and the line break is left out.
fn read_secret(file: &Path, option: &str) -> Result<SecretString, RequestFault> {
    let wrong = |place: &str, why: Text| {
        RequestFault::Entry(text!(with why; en: "`{place}`: {why}", nb: "`{place}`: {why}"))
    };
    let text = secret_of(file).map_err(|why| wrong(&why.place(file, option), why.words()))?;
    let trimmed = text.expose_secret().trim();
    if trimmed.is_empty() || trimmed.contains(char::is_whitespace) {
        let why = text!(
            en: "one secret in one line is expected",
            nb: "én hemmelighet på én linje er ventet"
        );
        return Err(wrong(&file.display().to_string(), why));
    }
    Ok(SecretString::from(trimmed))
}

/// Asks the token endpoint for a token (RFC 6749 section 4.4).
async fn granted(
    client: &Client,
    credentials: &ClientCredentials,
    secret: &SecretString,
) -> Result<Held, RequestFault> {
    let place = &credentials.endpoint;
    let wrong = |why: Text| {
        RequestFault::Entry(text!(
            with why;
            en: "no token from `{place}`: {why}",
            nb: "ingen tilgangsnøkkel fra `{place}`: {why}"
        ))
    };
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
    let answer = asked.send().await.map_err(|error| {
        let error = error.without_url();
        let nb = portvakt_net::why(&error);
        let nb = nb.get(Lang::Nb);
        wrong(text!(en: "{error}", nb: "{nb}"))
    })?;
    let status = answer.status();
    if !status.is_success() {
        let code = status.as_u16();
        return Err(wrong(text!(en: "it answered {status}", nb: "den svarte {code}")));
    }
    let bytes = limited_body(answer, 64 * 1024).await.map_err(|fault| wrong(fault.words()))?;
    // An answer that cannot be read is not quoted, because it may contain the token.
    let granted: Granted = serde_json::from_slice(&bytes)
        .map_err(|_| wrong(text!(en: "its answer is no token", nb: "svaret er ingen tilgangsnøkkel")))?;
    if !granted.token_type.eq_ignore_ascii_case("bearer") {
        let kind = line(&blanked(&granted.token_type, &SecretString::from(granted.access_token)));
        return Err(wrong(text!(
            en: "it is of the kind `{kind}`, and `bearer` is needed",
            nb: "den er av slaget `{kind}`, og `bearer` trengs"
        )));
    }
    // RFC 6750 section 2.1 says what a token consists of. Nothing else can be sent after `Bearer`.
    let is_of_token = |letter: char| letter.is_ascii_graphic();
    if granted.access_token.is_empty() || !granted.access_token.chars().all(is_of_token) {
        return Err(wrong(text!(
            en: "its `access_token` is empty, or has characters that no token has",
            nb: "`access_token` i svaret er tom, eller har tegn som ingen slik nøkkel har"
        )));
    }
    // A new token is fetched a little before this one ends.
    let lives = granted.expires_in.as_ref().and_then(read_count);
    let lives = lives.map(|seconds| Duration::from_secs(seconds.min(86_400)));
    let until =
        lives.map(|lives| Instant::now() + lives.saturating_sub(Duration::from_secs(30).min(lives / 4)));
    Ok(Held { token: SecretString::from(granted.access_token), until })
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("http://localhost/") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}
