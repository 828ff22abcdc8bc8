//! Reads text: whole words without what is hidden in them, and an address.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::{Item, Read};
use crate::characters::{is_put_in, named};
use crate::diag::{Code, Text, text};
use crate::invisible::hidden_in;
use crate::parse::node::Value;
use crate::parse::suggest;

const LONGEST: usize = 200;

/// The keys of which a person may have several values, each in an entry of its own.
const HAS_ENTRIES: [&str; 3] = ["application", "unit", "role"];

impl<'p, 'a> Item<'p, 'a> {
    /// The text of the value as it is written in the file, not as YAML interprets it.
    pub(crate) fn text(&self) -> Read<&'p str> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            Value::Bare => Ok(self.node.span.of(self.page.text)),
            Value::Null if self.is_hidden_by_a_comment() => Err(self.wrong(
                Code::BadValue,
                text!(
                    en: "`{key}` has no value: what stands behind `#` is a comment.",
                    nb: "`{key}` har ingen verdi: det som står etter `#`, er en kommentar.";
                    key = self.key
                ),
                text!(
                    en: "Delete the `#` if what follows is the value; if it is a comment, write the value before it.",
                    nb: "Slett `#` hvis det som følger, er verdien; er det en kommentar, skriv verdien foran den."
                ),
            )),
            Value::Null => Err(self.wrong(
                Code::BadValue,
                text!(en: "`{key}` has no value.", nb: "`{key}` har ingen verdi.";  key = self.key),
                text!(
                    en: "Write a value after the colon, or delete the line if it may be left out.",
                    nb: "Skriv en verdi etter kolonet, eller slett linjen hvis den kan utelates."
                ),
            )),
            Value::Map(_) | Value::List(_) => Err(self.wrong(
                Code::BadValue,
                text!(
                    en: "`{key}` is one value, not a list or several lines.",
                    nb: "`{key}` er én verdi, ikke en liste eller flere linjer.";
                    key = self.key
                ),
                match &self.node.value {
                    Value::List(several) if several.len() > 1 && HAS_ENTRIES.contains(&self.key) => {
                        suggest::one_each()
                    }
                    _ => text!(
                        en: "Write the value behind `{key}:` on the same line.",
                        nb: "Skriv verdien etter `{key}:` på samme linje.";
                        key = self.key
                    ),
                },
            )),
        }
    }

    /// Returns whether a comment hides the value. The place of a missing value is at its colon.
    fn is_hidden_by_a_comment(&self) -> bool {
        let rest = self.page.text.get(self.node.span.start as usize..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        line.trim_start_matches([':', ' ', '\t']).starts_with('#')
    }

    /// Reads words for people. They are in NFC, on one line, without invisible characters, and at most 200 characters
    /// long.
    pub(crate) fn words(&self) -> Read<String> {
        let (text, key) = (self.text()?, self.key);
        if matches!(self.node.value, Value::Bare) {
            let message = text!(
                en: "`{key}` is read as a number or as true or false, not as words.",
                nb: "`{key}` leses som et tall eller som sant eller usant, ikke som ord."
            );
            let way_out = text!(
                en: "Put it in quotation marks: `\"{text}\"`.",
                nb: "Sett det i anførselstegn: `\"{text}\"`."
            );
            return Err(self.wrong(Code::BadValue, message, way_out));
        }
        if text.trim().is_empty() {
            let message = text!(en: "`{key}` is empty.", nb: "`{key}` er tom.");
            let way_out = text!(
                en: "Write something between the quotation marks.",
                nb: "Skriv noe mellom anførselstegnene."
            );
            return Err(self.wrong(Code::BadValue, message, way_out));
        }
        if let Some((_, c)) = hidden_in(text).next() {
            let what = named(c);
            let message = text!(with what; en: "`{key}` holds {what}.", nb: "`{key}` inneholder {what}.");
            let way_out = text!(
                en: "Delete the value and write it anew by hand.",
                nb: "Slett verdien og skriv den på nytt for hånd."
            );
            return Err(self.wrong(Code::BadValue, message, way_out));
        }
        let text = if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) };
        if text.chars().count() > LONGEST {
            let message = text!(
                en: "`{key}` is longer than {LONGEST} characters.",
                nb: "`{key}` er lengre enn {LONGEST} tegn."
            );
            let way_out = text!(en: "Write it shorter.", nb: "Skriv det kortere.");
            return Err(self.wrong(Code::BadValue, message, way_out));
        }
        Ok(text.trim().to_owned())
    }
}

/// A number written in digits only, without leading zeros.
pub(crate) fn whole_number(text: &str) -> Option<u32> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    plain.then(|| text.parse().ok()).flatten()
}

/// Returns the sentence about the first character of a value that a program inserted. Nobody sees that it is not the
/// one of the keyboard. It is empty if there is no such character.
pub(in crate::parse) fn put_in(text: &str) -> Text {
    let Some(what) = text.chars().find(|c| is_put_in(*c)).map(named) else { return Text::default() };
    text!(
        with what;
        en: "In it stands {what}, which word processors and mail programs put in.",
        nb: "I den står {what}, som tekstbehandlere og e-postprogrammer setter inn."
    )
}

/// Returns whether these words contain an e-mail address.
pub(crate) fn has_address(words: &str) -> bool {
    let belongs = |c: char| c.is_alphanumeric() || "._%+-@".contains(c);
    words
        .split(|c: char| !belongs(c))
        .any(|word| plausible_address(word.trim_matches(|c: char| matches!(c, '.' | '-' | '_' | '@'))))
}

/// Returns whether the text looks like an e-mail address.
pub(crate) fn plausible_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local_ok && text.len() <= 254 && domain.contains('.') && domain.split('.').all(label_ok)
}
