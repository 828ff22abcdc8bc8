//! Texts that may hold a secret: an address as somebody typed it, and what a server says to whoever sent it a secret.

use std::fmt;

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

/// An address as somebody typed it. It may hold a password at any place, so that it is shown only when nothing in it can
/// be one; otherwise only the scheme is shown. There is no way to print the rest.
#[derive(Clone)]
pub struct Typed(SecretString);

impl From<&str> for Typed {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl PartialEq for Typed {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Typed {}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.expose_secret();
        match (text.split_once(':'), Self::harmless(text)) {
            (_, true) => f.write_str(&super::line(text)),
            (Some((scheme, rest)), false) if is_scheme(scheme) => {
                let slashes = if rest.starts_with("//") { "//" } else { "" };
                write!(f, "{scheme}:{slashes}…")
            }
            _ => f.write_str("…"),
        }
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({self})")
    }
}

impl Typed {
    /// The text itself, for whoever reads the address.
    #[must_use]
    pub fn exposed(&self) -> &str {
        self.0.expose_secret()
    }

    /// Tells whether nothing in the text can be a secret: it has no `@`, `?` and `#`, and is either an address with a
    /// plain host or no address.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        Self::harmless(self.exposed())
    }

    fn harmless(text: &str) -> bool {
        if text.contains(['@', '?', '#']) {
            return false;
        }
        match text.split_once("://") {
            // `mysql://name:secret` without a host is no address: its port would not be a number.
            Some(_) => {
                Url::parse(text).is_ok_and(|url| url.username().is_empty() && url.password().is_none())
            }
            None => text.split_once(':').is_none_or(|(word, _)| word == "sqlite" || !is_scheme(word)),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    let known = ["http", "https", "mysql", "mariadb", "postgres", "postgresql", "sqlite"];
    known.contains(&text)
}

/// The fewest characters of a secret. A shorter one is in many words, and protects nothing.
const SHORTEST: usize = 4;

/// Blanks a secret wherever a text repeats it. A server that is sent a secret can say it back in its refusal.
#[must_use]
pub fn blanked(text: &str, secret: &SecretString) -> String {
    let secret = secret.expose_secret();
    if secret.len() < SHORTEST { text.to_owned() } else { text.replace(secret, "…") }
}

/// Does the same in an answer that has not been read yet, with as many asterisks as the secret has bytes.
pub fn blank(bytes: &mut [u8], secret: &SecretString) {
    let secret = secret.expose_secret().as_bytes();
    let Some(first) = secret.first().filter(|_| secret.len() >= SHORTEST) else { return };
    let mut from = 0;
    while let Some(rest) = bytes.get_mut(from..)
        && let Some(at) = rest.iter().position(|byte| byte == first)
    {
        let here = rest.get_mut(at..at + secret.len()).filter(|here| *here == secret);
        from += at;
        from += here.map_or(1, |here| {
            here.fill(b'*');
            secret.len()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_shown_only_when_no_part_of_it_can_be_a_secret() {
        for shown in [
            "https://register.example.no/v2",
            "sqlite:var/r.db",
            "",
            "var/r.db",
            "ftp://x.example",
            "0.0.0.0:80",
        ] {
            assert_eq!(Typed::from(shown).to_string(), shown);
        }
        for (typed, shown) in [
            ("postgres://u:SECRET@[::1/db", "postgres://…"),
            ("mysql://u:SECRET@", "mysql://…"),
            ("mysql://u:SECRET", "mysql://…"),
            ("http://u:SECRET@", "http://…"),
            ("https://r.example.no/?token=SECRET", "https://…"),
            ("https://r.example.no/#SECRET", "https://…"),
            ("postgres:u:SECRET", "postgres:…"),
            ("u:SECRET@h", "…"),
            ("SECRET://u@h", "…"),
        ] {
            let typed = Typed::from(typed);
            assert_eq!(typed.to_string(), shown);
            assert!(!format!("{typed:?} {typed:#?}").contains("SECRET"));
        }
    }

    #[test]
    fn a_secret_that_is_said_back_is_blanked() {
        let secret = SecretString::from("s3cr");
        assert_eq!(blanked("`s3cr` and s3crs3cr.", &secret), "`…` and …….");
        for short in ["", "abc"] {
            assert_eq!(blanked("abc", &SecretString::from(short)), "abc");
        }
        let mut bytes = b"s3s3cr ss3cr s3c s3crs3cr".to_vec();
        blank(&mut bytes, &secret);
        assert_eq!(String::from_utf8(bytes).unwrap(), "s3**** s**** s3c ********");
    }
}
