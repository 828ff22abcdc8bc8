//! What a service says after it has got a secret. It may repeat the secret as it is, in part, or in another form. So
//! the secret is blanked before the text is printed or recorded. Every client of this program does it with
//! [`SentSecrets`]: the forge, a register behind SCIM and its token endpoint, PostgreSQL, and the reports' database.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use portvakt_core::invisible::is_invisible;
use secrecy::{ExposeSecret as _, SecretString};

use super::forms::{base64_undone, escapes_undone};

/// The fewest characters of a secret. A shorter one is in many words, and protects nothing.
const SHORTEST: usize = 4;

/// The fewest characters in a row that count as a part of a secret.
const PART: usize = 8;

/// The most characters of a text that are looked at. The rest is left out, as it would be of the line that is shown.
const MOST: usize = 4_096;

/// The largest number of remembered secrets: a refused token, the next one, and the credentials that fetched them.
const REMEMBERED: usize = 8;

/// The secrets that a client has sent lately. The service may repeat each of them in what it says.
#[derive(Debug, Default)]
pub struct SentSecrets(Mutex<VecDeque<SecretString>>);

impl SentSecrets {
    /// Remembers a secret that is going to be sent.
    pub fn remember(&self, secret: &SecretString) {
        if let Ok(mut sent) = self.0.lock()
            && !sent.iter().any(|known| known.expose_secret() == secret.expose_secret())
        {
            sent.truncate(REMEMBERED - 1);
            sent.push_front(secret.clone());
        }
    }

    /// Blanks each secret that was sent, as [`blanked`] does.
    #[must_use]
    pub fn blanked(&self, text: &str) -> String {
        let Ok(sent) = self.0.lock() else { return String::new() };
        sent.iter().fold(text.to_owned(), |text, secret| blanked(&text, secret))
    }
}

/// Blanks a secret, and each part of it, wherever a text repeats it, in small letters or in capitals. A text that has
/// the secret in another form (percent signs, escapes, base64, with spaces between) is left out as a whole.
#[must_use]
pub fn blanked(text: &str, secret: &SecretString) -> String {
    let secret = secret.expose_secret();
    if secret.len() < SHORTEST {
        return text.to_owned();
    }
    let text: String = text.chars().take(MOST).collect();
    let mut out = String::with_capacity(text.len());
    let mut is_inside = false;
    for (letter, is_of_secret) in text.chars().zip(parts_of_secret(&text, secret)) {
        if !is_of_secret {
            out.push(letter);
        } else if !is_inside {
            out.push('…');
        }
        is_inside = is_of_secret;
    }
    if is_in_another_form(&out, secret) { "…".to_owned() } else { out }
}

fn is_in_another_form(text: &str, secret: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let visible =
        |text: &str| text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect::<String>();
    let plain = escapes_undone(text);
    parts_of_secret(&plain, secret).contains(&true)
        || parts_of_secret(&visible(&plain), &visible(secret)).contains(&true)
        || parts_of_secret(&bare(&plain), &bare(secret)).contains(&true)
        || parts_of_secret(&escapes_undone(&base64_undone(&plain)), secret).contains(&true)
}

/// Returns for each character of a text whether it is in a part that the secret has too.
fn parts_of_secret(text: &str, secret: &str) -> Vec<bool> {
    let folded =
        |text: &str| text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect::<Vec<char>>();
    let (text, secret) = (folded(text), folded(secret));
    let mut marks = vec![false; text.len()];
    let width = PART.min(secret.len());
    if width < SHORTEST {
        return marks;
    }
    let parts: HashSet<&[char]> = secret.windows(width).collect();
    for (at, part) in text.windows(width).enumerate() {
        if parts.contains(part)
            && let Some(marked) = marks.get_mut(at..at + width)
        {
            marked.fill(true);
        }
    }
    marks
}

/// Blanks a secret in an answer that has not been read yet, with as many asterisks as the secret has bytes.
pub fn blank(bytes: &mut [u8], secret: &SecretString) {
    let secret = secret.expose_secret().as_bytes();
    let Some(first) = secret.first().filter(|_| secret.len() >= SHORTEST) else { return };
    let mut from = 0;
    while let Some(rest) = bytes.get_mut(from..)
        && let Some(at) = rest.iter().position(|byte| byte.eq_ignore_ascii_case(first))
    {
        let here = rest.get_mut(at..at + secret.len()).filter(|here| here.eq_ignore_ascii_case(secret));
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
    fn a_secret_that_is_said_back_is_blanked() {
        let secret = SecretString::from("s3cr");
        assert_eq!(blanked("`s3cr` and S3CRs3cr.", &secret), "`…` and ….");
        for short in ["", "abc"] {
            assert_eq!(blanked("abc", &SecretString::from(short)), "abc");
        }
        let mut bytes = b"s3s3cr ss3cr s3c s3crS3cr".to_vec();
        blank(&mut bytes, &secret);
        assert_eq!(String::from_utf8(bytes).unwrap(), "s3**** s**** s3c ********");
    }

    #[test]
    fn a_secret_in_another_form_or_in_part_is_not_said_either() {
        let secret = SecretString::from("eyJh+bGci/OiJIUzI1");
        for (said, shown) in [
            ("the token eyJh+bGci/OiJIUzI1 is not known", "the token … is not known"),
            ("not EYJH+BGCI/OIJIUZI1", "not …"),
            ("not eyJh+bGci/OiJI", "not …"),
            ("not (bGci/OiJIUzI1)", "not (…)"),
            ("not eyJh%2BbGci%2FOiJIUzI1", "…"),
            ("not eyJh%252BbGci%252FOiJIUzI1", "…"),
            ("not \\u0065\\u0079\\u004a\\u0068\\u002b\\u0062\\u0047\\u0063\\u0069", "…"),
            ("not eyJh&#43;bGci&#x2F;OiJIUzI1", "…"),
            ("not e y J h + b G c i / O i J I", "…"),
            // `Bearer eyJh+bGci/OiJIUzI1`.
            ("not QmVhcmVyIGV5SmgrYkdjaS9PaUpJVXpJMQ==", "…"),
            // The same, broken up by a space, by the lines of a mail, and by JSON's way of writing them.
            ("not QmVhcmVyIGV5 SmgrYkdj aS9PaUpJVXpJMQ==", "…"),
            ("not QmVhcm=\r\nVyIGV5=\r\nSmgrYk=\r\ndjaS9P=\r\naUpJVX=\r\npJMQ", "…"),
            ("not QmVhcm\\nVyIGV5\\nSmgrYk\\ndjaS9P\\naUpJVX", "…"),
            ("not eyJh\u{200b}+bGc\u{ad}i/OiJ", "…"),
            ("the account is locked until Monday", "the account is locked until Monday"),
        ] {
            assert_eq!(blanked(said, &secret), shown, "{said}");
        }
    }

    #[test]
    fn a_secret_of_signs_is_found_although_it_is_broken_up() {
        let secret = SecretString::from("%!-#.?:;=&(a)");
        assert_eq!(blanked("not % ! - # .\n? : ; = &", &secret), "…");
    }

    #[test]
    fn each_secret_that_was_sent_is_blanked() {
        let sent = SentSecrets::default();
        assert_eq!(sent.blanked("first-token"), "first-token");
        for secret in ["first-token", "second-token"] {
            sent.remember(&SecretString::from(secret));
        }
        assert_eq!(sent.blanked("`first-token` and second-tok"), "`…` and …");
        assert!(!format!("{sent:?}").contains("first"));
    }

    #[test]
    fn a_long_text_is_looked_at_up_to_a_bound() {
        let long = "ab c".repeat(100_000);
        let shown = blanked(&long, &SecretString::from("0123456789".repeat(1_000)));
        assert_eq!(shown.len(), MOST);
    }
}
