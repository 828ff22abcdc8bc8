//! Reads one value: a date, an id, a name or a number. If the value is not valid, the finding says what is expected.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

use jiff::civil::Date;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::node::{Node, Value};
use super::page::{Page, shown};
use super::suggest;
use crate::diag::{Code, Finding, Text, text};
use crate::invisible::is_invisible;
use crate::model::IdError;

/// A value, or the finding that says why it is not valid.
pub(crate) type Read<T> = Result<T, Box<Finding>>;

/// The value of one key.
pub(crate) struct Item<'p, 'a> {
    pub(crate) page: Page<'a>,
    pub(crate) key: &'static str,
    pub(crate) node: &'p Node<'a>,
}

const LONGEST: usize = 200;

impl<'p, 'a> Item<'p, 'a> {
    /// Makes a finding about this value.
    pub(crate) fn wrong(
        &self,
        code: Code,
        message: impl Into<Text>,
        way_out: impl Into<Text>,
    ) -> Box<Finding> {
        Box::new(self.page.finding(code, self.page.whole(self.node), message, way_out))
    }

    /// The text of the value as it is written in the file, not as YAML interprets it.
    pub(crate) fn text(&self) -> Read<&'p str> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            Value::Bare => Ok(self.node.span.of(self.page.text)),
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
                text!(
                    en: "Write the value behind `{key}:` on the same line.",
                    nb: "Skriv verdien etter `{key}:` på samme linje.";
                    key = self.key
                ),
            )),
        }
    }

    /// Words for people: in NFC, on one line, without invisible characters, and at most 200 characters.
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
        if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
            let message = text!(
                en: "`{key}` holds a character that cannot be seen (U+{c:04X}).",
                nb: "`{key}` inneholder et tegn som ikke synes (U+{c:04X}).";
                c = u32::from(c)
            );
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

    /// A calendar date that exists, written like `2026-01-31`.
    pub(crate) fn date(&self) -> Read<Date> {
        let text = self.text()?;
        match iso(text) {
            Some(date) if (1990..=2199).contains(&date.year()) => Ok(date),
            Some(date) => Err(self.wrong(
                Code::BadValue,
                text!(
                    en: "The year {year} of `{key}` cannot be.",
                    nb: "Året {year} i `{key}` kan ikke stemme.";
                    year = date.year(), key = self.key
                ),
                text!(
                    en: "Write the right year; an access without an end has no `until` line.",
                    nb: "Skriv riktig år; en tilgang uten slutt har ingen `until`-linje."
                ),
            )),
            None if looks_iso(text) => Err(self.wrong(
                Code::BadValue,
                text!(en: "There is no such day as `{text}`.", nb: "Dagen `{text}` finnes ikke."),
                text!(
                    en: "Look at the calendar and write a day that exists.",
                    nb: "Se i kalenderen og skriv en dag som finnes."
                ),
            )),
            None => {
                let way_out = match turned(text) {
                    None => text!(
                        en: "Write year, month and day, such as `2026-01-31`.",
                        nb: "Skriv år, måned og dag, for eksempel `2026-01-31`."
                    ),
                    Some(date) => text!(en: "Write `{date}`.", nb: "Skriv `{date}`."),
                };
                let message = text!(
                    en: "`{key}` is no date: `{text}`.",
                    nb: "`{key}` er ingen dato: `{text}`.";
                    key = self.key, text = shown(text)
                );
                Err(self.wrong(Code::BadValue, message, way_out))
            }
        }
    }

    /// A whole number in digits, without sign, spaces or leading zeros.
    pub(crate) fn number(&self, least: u32, most: u32) -> Read<u32> {
        let text = self.text()?;
        whole(text).filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            let message = text!(
                en: "`{key}` is no whole number from {least} to {most}: `{text}`.",
                nb: "`{key}` er ikke et heltall fra {least} til {most}: `{text}`.";
                key = self.key, text = shown(text)
            );
            let way_out = text!(en: "Write the number in digits.", nb: "Skriv tallet med sifre.");
            self.wrong(Code::BadValue, message, way_out)
        })
    }

    /// `true` or `false`. The words `yes` and `no` are refused, because they can be read in two ways.
    pub(crate) fn truth(&self) -> Read<bool> {
        match self.text()? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => {
                let message = text!(
                    en: "`{key}` is `true` or `false`, not `{other}`.",
                    nb: "`{key}` er `true` eller `false`, ikke `{other}`.";
                    key = self.key, other = shown(other)
                );
                let way_out = match other.to_lowercase().as_str() {
                    "yes" | "ja" | "on" => text!(en: "Write `true`.", nb: "Skriv `true`."),
                    "no" | "nei" | "off" => text!(en: "Write `false`.", nb: "Skriv `false`."),
                    _ => text!(en: "Write `true` or `false`.", nb: "Skriv `true` eller `false`."),
                };
                Err(self.wrong(Code::BadValue, message, way_out))
            }
        }
    }

    /// One of a few fixed words.
    pub(crate) fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Read<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let way_out = suggest::way_out(text, &text!(en: "Possible", nb: "Mulig"), &words);
            let message = text!(
                en: "`{key}` cannot be `{text}`.",
                nb: "`{key}` kan ikke være `{text}`.";
                key = self.key, text = shown(text)
            );
            self.wrong(Code::BadValue, message, way_out)
        })
    }

    /// An id of this kind.
    pub(crate) fn id<T>(&self, new: fn(&str) -> Result<T, IdError>, example: &str) -> Read<T> {
        let text = self.text()?;
        new(text).map_err(|error| {
            let why = error.words();
            let message = text!(
                with why;
                en: "`{key}` cannot be `{text}`: {why}.",
                nb: "`{key}` kan ikke være `{text}`: {why}.";
                key = self.key, text = shown(text)
            );
            let way_out = text!(en: "Write it like this: `{example}`.", nb: "Skriv det slik: `{example}`.");
            self.wrong(Code::BadValue, message, way_out)
        })
    }

    /// A name that is in `register.yaml`. The result is the register's own copy of the name.
    pub(crate) fn known<K, V>(&self, names: &BTreeMap<K, V>, kind: &Kind) -> Read<K>
    where
        K: Ord + Clone + Borrow<str>,
    {
        let text = self.text()?;
        names.get_key_value(text).map(|(name, _)| name.clone()).ok_or_else(|| {
            let list: Vec<&str> = names.keys().map(Borrow::borrow).collect();
            self.unknown(text, kind, &list)
        })
    }

    /// The finding for a name that `register.yaml` does not have.
    pub(crate) fn unknown(&self, text: &str, kind: &Kind, names: &[&str]) -> Box<Finding> {
        let Kind { one: [en, nb], all: [en_all, nb_all] } = *kind;
        let message = text!(
            en: "`{text}` is not in `register.yaml` as {en}.",
            nb: "`{text}` står ikke i `register.yaml` som {nb}.";
            text = shown(text)
        );
        let all = text!(en: "The register has the {en_all}", nb: "Registeret har {nb_all}");
        self.wrong(Code::UnknownName, message, suggest::way_out(text, &all, names))
    }
}

/// The words for one kind of name in `register.yaml`, for one and for all of them, in English and in bokmål.
pub(crate) struct Kind {
    one: [&'static str; 2],
    all: [&'static str; 2],
}

impl Kind {
    pub(crate) const APPLICATION: Self =
        Self { one: ["an application", "applikasjon"], all: ["applications", "applikasjonene"] };
    pub(crate) const ROLE: Self = Self { one: ["a role", "rolle"], all: ["roles", "rollene"] };
    pub(crate) const OFFICE: Self = Self { one: ["an office", "verv"], all: ["offices", "vervene"] };
    pub(crate) const EMPLOYER: Self =
        Self { one: ["an employer", "arbeidsgiver"], all: ["employers", "arbeidsgiverne"] };
}

/// A number written in digits only, without leading zeros.
pub(crate) fn whole(text: &str) -> Option<u32> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    plain.then(|| text.parse().ok()).flatten()
}

fn looks_iso(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

pub(super) fn iso(text: &str) -> Option<Date> {
    if !looks_iso(text) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i16>().ok());
    let small = |from, to| number(from, to).and_then(|number| i8::try_from(number).ok());
    Date::new(number(0, 4)?, small(5, 7)?, small(8, 10)?).ok()
}

/// A date in the Norwegian order, such as `31.1.2026`.
pub(super) fn turned(text: &str) -> Option<Date> {
    let mut parts = text.split(['.', '/']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (day, month) = (day.trim().parse().ok()?, month.trim().parse().ok()?);
    if parts.next().is_some() || year.trim().len() != 4 {
        return None;
    }
    Date::new(year.trim().parse().ok()?, month, day).ok()
}

/// Whether the text looks like an address that mail can be sent to.
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
