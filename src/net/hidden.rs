//! Texts that may hold a secret because somebody typed them: an address, or words with a password among them. Before
//! such a text is printed, what may be the secret in it is covered. A text is judged as it was typed, and also as it is
//! meant: with percent signs undone, and with the characters of the keyboard in place of those that only look like them.

use std::fmt;

use portvakt_core::characters::as_typed;
use portvakt_core::diag::{Lang, Text};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::forms::percent_undone;
use super::named::{gives_a_secret, names_a_secret};

/// An address as somebody typed it. It may hold a password at any place. So it is shown only if nothing in it can be
/// a password. Otherwise only the scheme is shown, and there is no way to print the rest.
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
        match (text.split_once(':'), self.is_harmless()) {
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
    /// Returns the text itself, for code that reads the address.
    #[must_use]
    pub fn exposed(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns whether nothing in the text can be a secret. Such a text has no `@`, `?` or `#`, and gives no value to
    /// a name such as `password`. If it is an address, it has a plain host and no parameters.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        !self.judged(|text| !holds_no_secret(text))
    }

    /// Returns whether a judgement is true of the text as it was typed, or as it is meant.
    fn judged(&self, judge: impl Fn(&str) -> bool) -> bool {
        let text = self.exposed();
        judge(text) || judge(&percent_undone(&as_typed(text)))
    }

    /// Returns whether the text, as the name of a user, has a password behind the name (`name:password`).
    #[must_use]
    pub fn is_a_user_with_a_password(&self) -> bool {
        self.judged(|text| text.contains(':'))
    }

    /// Returns whether the text has a name and a password before a host, or gives a value to a name such as
    /// `password`. The address may be one of several words.
    #[must_use]
    pub fn has_a_password(&self) -> bool {
        self.judged(has_a_password)
    }

    /// Returns whether the text is an address in which something may be a secret: a part before an `@`, a part behind
    /// a `?` or a `#`, or a parameter. It also returns true if the text gives a value to a name such as `password`. A
    /// mail address, a revision of git (`main@{1}`) and an address of git (`git@host:path`) are not such addresses.
    #[must_use]
    pub fn is_an_address_with_a_secret(&self) -> bool {
        self.judged(|text| {
            if holds_no_secret(text) {
                return false;
            }
            // Somebody may have left out the colon of `scheme://`.
            let is_before_a_host = text.split_once("//").is_some_and(|(_, after)| after.contains('@'));
            if names_a_secret(text) || text.starts_with("//") || is_before_a_host {
                return true;
            }
            let of_scheme = |(word, after): (&str, &str)| is_scheme(word) || after.starts_with("//");
            text.split_once(':').is_some_and(of_scheme) || is_of_host_alone(text)
        })
    }

    /// Returns whether a repository address, as git takes it, may hold a secret. In it a name alone before the host
    /// is not a secret (`ssh://git@host/path`). But in an address of the web it can be a token.
    #[must_use]
    pub fn is_a_repository_with_a_secret(&self) -> bool {
        self.judged(|text| {
            if has_a_password(text) || names_a_secret(text) || is_of_host_alone(text) {
                return true;
            }
            let Some((before, after)) = text.split_once("//") else { return false };
            // A password may hold a slash.
            let of_user = |(user, _): (&str, &str)| user.contains(':') || !user.contains('/');
            let is_of_web = is_scheme(before.strip_suffix(':').unwrap_or_default());
            after.contains(['?', '#', ';']) || (is_of_web && after.split_once('@').is_some_and(of_user))
        })
    }

    /// Returns whether an address may hold a secret in its path. The reader of such an address refuses a name, a
    /// password and a query of a server, and takes the rest as a path.
    #[must_use]
    pub fn has_a_secret_in_its_path(&self) -> bool {
        // A password can contain a slash, so any colon before an `@` may be the colon in `name:password@host`.
        let is_of_host = |path: &str| path.split_once(':').is_some_and(|(_, rest)| rest.contains('@'));
        self.judged(|text| {
            let is_of_file =
                text.strip_prefix("sqlite:").is_some_and(|path| path.contains('?') || is_of_host(path));
            // The reader of a database's address says more about a query: where the password belongs.
            let is_read = text.starts_with("postgres://") || text.starts_with("postgresql://");
            text.contains(';') || is_of_file || (!is_read && names_a_secret(text))
        })
    }
}

fn holds_no_secret(text: &str) -> bool {
    let is_address = text.contains("://") || text.starts_with("//");
    // `host=h user=u x=SECRET` is an address in words, whatever the names in it are.
    let is_in_words = text.contains("host=") && text.contains([' ', ';']);
    if text.contains(['@', '?', '#'])
        || (is_address && text.contains(';'))
        || is_in_words
        || names_a_secret(text)
    {
        return false;
    }
    match text.split_once("://") {
        // `mysql://name:secret` without a host is not an address, because its port would not be a number.
        Some(_) => Url::parse(text).is_ok_and(|url| url.username().is_empty() && url.password().is_none()),
        None => text
            .split_once(':')
            .is_none_or(|(word, _)| word.eq_ignore_ascii_case("sqlite") || !is_scheme(word)),
    }
}

fn has_a_password(text: &str) -> bool {
    let with_a_password = |word: &str| {
        let after = word.split_once("//").map_or("", |(_, after)| after);
        let host = after.split(['/', '?', '#']).next().unwrap_or_default();
        host.rsplit_once('@').is_some_and(|(before, _)| before.contains(':'))
    };
    // Among words a colon and a space after `token` may be those of a sentence.
    gives_a_secret(text, |given| given.starts_with(|c: char| !c.is_whitespace()))
        || text.split_whitespace().any(with_a_password)
}

fn is_scheme(text: &str) -> bool {
    let known = ["http", "https", "mysql", "mariadb", "postgres", "postgresql", "sqlite"];
    known.iter().any(|scheme| scheme.eq_ignore_ascii_case(text))
}

/// Returns whether a text has the form `name:secret@host`, without a scheme.
fn is_of_host_alone(text: &str) -> bool {
    let Some((word, after)) = text.split_once(':') else { return false };
    let at = after.split_once('@').is_some_and(|(_, host)| !host.starts_with('{'));
    let is_scheme = after.starts_with("//");
    let is_scheme = is_scheme || word.eq_ignore_ascii_case("mailto");
    at && !is_scheme && !word.is_empty() && !text.contains(char::is_whitespace) && !word.contains(['/', '@'])
}

/// Covers each address in a line, and each value of a name, that may hold a secret. Another program may repeat what
/// it was given.
#[must_use]
pub fn covered(line: &str) -> String {
    let shown = |word: &str| {
        let said = word.trim_matches(['\'', '"', '`', '<', '>', '(', ')', ',', ':', '.']);
        let typed = Typed::from(said);
        let is_covered = names_a_secret(said)
            || is_of_host_alone(said)
            || (said.contains("//") && typed.is_a_repository_with_a_secret());
        if is_covered { word.replace(said, &typed.to_string()) } else { word.to_owned() }
    };
    line.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

/// Does the same in both languages of a text.
#[must_use]
pub fn covered_text(text: &Text) -> Text {
    Text::new(covered(text.en()), covered(text.get(Lang::Nb)))
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
            "monkey=banana",
            "a;b",
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
            ("//u:SECRET@h/x", "…"),
            ("//h/x;k=SECRET", "…"),
            ("https://h/x;k=SECRET", "https://…"),
            ("host=h password=SECRET", "…"),
            ("api_key = SECRET", "…"),
            ("HTTPS:u:SECRET", "HTTPS:…"),
            ("host=h user=u pw=SECRET", "…"),
            ("host=h user=u word=SECRET", "…"),
            ("host=h passwort:SECRET", "…"),
            ("Server=h;Uid=u;Password: SECRET", "…"),
            ("passw%6frd=SECRET", "…"),
            ("postgres//u:SECRET@h/d", "…"),
            ("postgres：//u:SECRET@h/d", "…"),
            ("u：SECRET＠h", "…"),
        ] {
            let typed = Typed::from(typed);
            assert_eq!(typed.to_string(), shown);
            assert!(!format!("{typed:?} {typed:#?}").contains("SECRET"));
        }
    }

    #[test]
    fn an_address_with_a_secret_is_known_from_names_mail_and_revisions() {
        for (typed, password, secret) in [
            ("https://u:SECRET@h/x", true, true),
            ("see https://u:SECRET@h/x", true, true),
            ("https://u:SE/CRET@h", false, true),
            ("postgres://u:SECRET@h/d", true, true),
            ("mysql://u:SECRET", false, true),
            ("postgres:u:SECRET", false, true),
            ("https://SECRET@h/x", false, true),
            ("https://h/x?token=SECRET", true, true),
            ("https://h/x?id=7", false, true),
            ("https://h/x?issueKey=A-7", false, true),
            ("https://h/x;k=SECRET", false, true),
            ("//u:SECRET@h/x", true, true),
            ("//h/x;k=SECRET", false, true),
            ("host=h password=SECRET", true, true),
            ("sqlite:x?key=SECRET", true, true),
            ("client-secret=SECRET", true, true),
            ("monkey=banana", false, false),
            ("ftp://u:SECRET@h", true, true),
            ("u:SECRET@h", false, true),
            ("https://h:8080/@x", false, true),
            ("https://h:8080/x", false, false),
            ("postgres://u%3ASECRET@h/d", true, true),
            ("postgres//u:SECRET@h/d", true, true),
            ("postgres//u@h/d", false, true),
            ("postgres：//u:SECRET@h/d", true, true),
            ("postgres∶//u:SECRET@h/d", true, true),
            ("u：SECRET＠h", false, true),
            ("u%3ASECRET%40h", false, true),
            ("host=h user=u pw=SECRET", true, true),
            ("host=h user=u DbPwd=SECRET", true, true),
            ("host=h passord=SECRET", true, true),
            ("host=h passwort:SECRET", true, true),
            ("Server=h;Uid=u;Password: SECRET", false, true),
            ("lost the token: a new one is here", false, true),
            ("https://token:8443/scim/v2", false, false),
            ("credential:reports-password", false, false),
            ("key:", false, false),
            ("main:src/key", false, false),
            ("/srv/50%25/a", false, false),
            ("kari@eksempel.example", false, false),
            ("main@{1}", false, false),
            ("main:x@{1}", false, false),
            ("git@h:clinic/access", false, false),
            ("/srv/a:b@c", false, false),
            ("answered: kari@eksempel.example", false, false),
            ("what?", false, false),
            ("", false, false),
        ] {
            let address = Typed::from(typed);
            assert_eq!(address.has_a_password(), password, "{typed}");
            assert_eq!(address.is_an_address_with_a_secret(), secret, "{typed}");
        }
    }

    #[test]
    fn of_a_repository_a_name_alone_is_no_secret_but_on_the_web() {
        for (typed, secret) in [
            ("https://h/x?token=SECRET", true),
            ("https://h/x#SECRET", true),
            ("https://h/x;k=SECRET", true),
            ("https://SECRET@h/x", true),
            ("https://u:SE/CRET@h", true),
            ("ssh://u:SECRET@h/x", true),
            ("//u:SECRET@h/x", true),
            ("u:SECRET@h", true),
            ("ssh://u%3ASECRET@h/x", true),
            ("postgres//u:SECRET@h/x", true),
            ("password: SECRET", true),
            ("https://h:8080/x", false),
            ("https://h/@clinic/access", false),
            ("ssh://git@h:22/clinic/access", false),
            ("git@h:clinic/access", false),
            ("/srv/what#1/access", false),
            ("../access", false),
        ] {
            assert_eq!(Typed::from(typed).is_a_repository_with_a_secret(), secret, "{typed}");
        }
    }

    #[test]
    fn in_the_path_of_a_file_what_looks_like_a_name_with_a_password_is_a_secret() {
        for (typed, secret) in [
            ("sqlite:u:SECRET@h", true),
            ("sqlite:var/u:SECRET@h", true),
            ("sqlite:u:SE/CRET@h/x.db", true),
            ("sqlite:https://u:SECRET@h", true),
            ("sqlite:u%3ASECRET@h", true),
            ("host=h user=u pw=SECRET", true),
            ("sqlite:var/register.db", false),
            ("sqlite:/srv/kari@h/register.db", false),
            ("sqlite:/srv/a:b/register.db", false),
            ("postgres://portvakt@h:5433/register", false),
            ("https://h:8443/scim/v2", false),
        ] {
            assert_eq!(Typed::from(typed).has_a_secret_in_its_path(), secret, "{typed}");
        }
    }

    #[test]
    fn the_name_of_a_user_with_a_password_behind_it_is_none_in_any_form() {
        for (user, with_a_password) in
            [("u:SECRET", true), ("u%3aSECRET", true), ("u：SECRET", true), ("portvakt", false), ("", false)]
        {
            assert_eq!(Typed::from(user).is_a_user_with_a_password(), with_a_password, "{user}");
        }
    }

    #[test]
    fn what_another_program_says_of_an_address_is_covered() {
        for (said, shown) in [
            ("cannot reach 'https://h/x?token=SECRET/': no route", "cannot reach 'https://…': no route"),
            ("cannot reach 'https://h/x#SECRET'.", "cannot reach 'https://…'."),
            ("(//u:SECRET@h/x)", "(…)"),
            ("with password=SECRET, no", "with …, no"),
            ("as 'u:SECRET@h', no", "as '…', no"),
            ("to mailto:kari@h.example of git@h:x", "to mailto:kari@h.example of git@h:x"),
            ("'ssh://git@h/x' is no repository: //", "'ssh://git@h/x' is no repository: //"),
            ("a  b", "a  b"),
        ] {
            assert_eq!(covered(said), shown);
        }
    }
}
