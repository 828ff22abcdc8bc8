//! Covers what may be a secret in the words of a file. Somebody may have pasted an address with a password, and a
//! finding would copy it into logs. Each character is replaced by one `*`, so the columns stay as they are.

/// Covers the passwords of addresses, the text between `name:` and `@host`, and the value of a name such as `password`.
pub(crate) fn covered(text: &str) -> String {
    without_named_secrets(&without_hosts_alone(&without_passwords(text)))
}

/// Replaces by `*` what may be a password in an address: the text between `://` and `@`, and the text after `?`.
fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let ends = |c: char| c.is_whitespace() || "\"'`".contains(c);
        let (address, behind) = after.split_at(after.find(ends).unwrap_or(after.len()));
        let (secret, open) = address.split_at(address.rfind('@').unwrap_or(0));
        out.extend(secret.chars().map(|_| '*'));
        let (open, query) = open.split_at(open.find('?').map_or(open.len(), |at| at + 1));
        out.push_str(open);
        out.extend(query.chars().map(|_| '*'));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Parts of names whose values are secrets, in the languages that people here write.
pub const SECRET_NAMES: [&str; 9] = [
    "passw",
    "passphrase",
    "passord",
    "passcode",
    "kennwort",
    "adgangskode",
    "token",
    "secret",
    "credential",
];

/// Replaces by `*` what follows a name such as `password`. No key of a file of the tree has such a name, so the text
/// was pasted there. Such a secret has to be changed, and must not be copied into logs too.
fn without_named_secrets(text: &str) -> String {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let is_called_secret = |(at, _): &(usize, &str)| {
        let before = text.get(..*at).unwrap_or_default().trim_end_matches([' ', '"', '\'']);
        let name = before.rsplit(|c: char| !is_of_name(c)).next().unwrap_or_default().to_lowercase();
        SECRET_NAMES.iter().any(|word| name.contains(word))
    };
    let Some((at, _)) = text.match_indices([':', '=']).find(is_called_secret) else { return text.to_owned() };
    let (name, value) = text.split_at(at + 1);
    let covered = value.chars().map(|c| if c.is_whitespace() { c } else { '*' });
    name.chars().chain(covered).collect()
}

/// Replaces by `*` the text between `name:` and `@host` if no scheme stands before it. A password may hold an `@`.
fn without_hosts_alone(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "\"'`".contains(c);
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(ends) {
        match around_a_password(word) {
            Some((before, password, after)) => {
                out.push_str(before);
                out.extend(password.chars().map(|_| '*'));
                out.push_str(after);
            }
            None => out.push_str(word),
        }
    }
    out
}

/// The parts of `name:password@host`. It is `None` for any other word. A mail address after its key or its scheme is
/// not a password.
fn around_a_password(word: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = word.split_once(':')?;
    let (password, _) = rest.rsplit_once('@')?;
    let key = name.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_other = password.is_empty() || rest.starts_with("//") || ["", "email", "mailto"].contains(&key);
    let (before, _) = word.split_at(name.len() + 1);
    let (_, after) = rest.split_at(password.len());
    (!is_other).then_some((before, password, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_a_name_and_a_host_is_covered() {
        for (words, shown) in [
            ("u:hemmelig@h", "u:********@h"),
            ("login: \"u:hemm@lig@h\" # x", "login: \"u:********@h\" # x"),
            ("{login: u:hemmelig@h, a: 1}", "{login: u:********@h, a: 1}"),
            ("u:hemmelig@[::1]", "u:********@[::1]"),
            ("https://u:hemmelig@h", "https://**********@h"),
            ("x?token=hemmelig", "x?token=********"),
            ("passwort: hemmelig", "passwort: ********"),
        ] {
            assert_eq!(covered(words), shown);
        }
        for plain in [
            "email: kari@h.example",
            "email:kari@h.example",
            "mailto:kari@h.example",
            "git@h:clinic/access",
            "10:30 kari@h",
            "u:@h",
            ":a@h",
            "@id(\"a\")",
        ] {
            assert_eq!(covered(plain), plain);
        }
    }
}
