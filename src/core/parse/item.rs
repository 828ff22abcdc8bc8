//! Reads one value: a date, an id, a name or a number. If the value is not valid, the finding says what is expected.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

use jiff::civil::Date;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::meant::Day;
use super::node::{Node, Value};
use super::page::{FilePage, shown};
use super::{meant, suggest};
use crate::characters::{is_put_in, named};
use crate::diag::{Code, Finding, Text, text};
use crate::invisible::hidden_in;
use crate::model::{IdError, RoleRules, Trust};

/// A value, or the finding that says why it is not valid.
pub(crate) type Read<T> = Result<T, Box<Finding>>;

/// The value of one key.
pub(crate) struct Item<'p, 'a> {
    pub(crate) page: FilePage<'a>,
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
                text!(
                    en: "Write the value behind `{key}:` on the same line.",
                    nb: "Skriv verdien etter `{key}:` på samme linje.";
                    key = self.key
                ),
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
            None if self.key == "until" && means_no_end(text) => Err(self.wrong(
                Code::BadValue,
                text!(en: "`until` is no date: `{text}`.", nb: "`until` er ingen dato: `{text}`."; text = shown(text)),
                text!(
                    en: "What has no end has no `until` line: delete the line.",
                    nb: "Det som ikke har noen slutt, har ingen `until`-linje: slett linjen."
                ),
            )),
            None => {
                let way_out = match meant::days(text) {
                    Day::No => text!(
                        en: "Write year, month and day, such as `2026-01-31`.",
                        nb: "Skriv år, måned og dag, for eksempel `2026-01-31`."
                    ),
                    Day::Means(date) => text!(en: "Write `{date}`.", nb: "Skriv `{date}`."),
                    Day::May(days) => which(&days),
                };
                let message = text!(
                    en: "`{key}` is no date: `{text}`.",
                    nb: "`{key}` er ingen dato: `{text}`.";
                    key = self.key, text = shown(text)
                );
                Err(self.wrong(Code::BadValue, message.and(put_in(text)), way_out))
            }
        }
    }

    /// A whole number in digits, without sign, spaces or leading zeros.
    pub(crate) fn number(&self, least: u32, most: u32) -> Read<u32> {
        let text = self.text()?;
        let possible = |number: u32| (least..=most).contains(&number);
        whole(text).filter(|number| possible(*number)).ok_or_else(|| {
            let message = text!(
                en: "`{key}` is no whole number from {least} to {most}: `{text}`.",
                nb: "`{key}` er ikke et heltall fra {least} til {most}: `{text}`.";
                key = self.key, text = shown(text)
            );
            let way_out = match meant::number(text, possible) {
                Some(meant) => text!(en: "Write `{meant}`.", nb: "Skriv `{meant}`."),
                None => text!(en: "Write the number in digits.", nb: "Skriv tallet med sifre."),
            };
            self.wrong(Code::BadValue, message.and(put_in(text)), way_out)
        })
    }

    /// Reads `true` or `false`. The words `yes` and `no` are refused, because they can be read in two ways.
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
            let possible = text!(en: "Possible", nb: "Mulig");
            let way_out = match meant::in_norwegian(text).filter(|meant| words.contains(meant)) {
                Some(meant) => {
                    let all = suggest::listed(&words);
                    text!(with possible, all; en: "Did you mean `{meant}`? {possible}: {all}.", nb: "Mente du `{meant}`? {possible}: {all}.")
                }
                None => suggest::way_out(text, &possible, &words),
            };
            let message = text!(
                en: "`{key}` cannot be `{text}`.",
                nb: "`{key}` kan ikke være `{text}`.";
                key = self.key, text = shown(text)
            );
            self.wrong(Code::BadValue, message.and(put_in(text)), way_out)
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
            // The words of an id are joined as in the example.
            let joint = if example.contains('.') { '.' } else { '-' };
            // One name alone is not enough to know the id of an approver.
            let meant = meant::id(text, new, joint).filter(|meant| self.key != "by" || meant.contains('.'));
            let way_out = match meant {
                Some(meant) => text!(en: "Write `{meant}`.", nb: "Skriv `{meant}`."),
                None if meant::several(text, joint) => text!(
                    en: "This may mean more than one, and `{key}` is one. Which is meant? Write it alone, like this: `{example}`.",
                    nb: "Dette kan bety mer enn én, og `{key}` er bare én. Hvilken er ment? Skriv den alene, slik: `{example}`.";
                    key = self.key
                ),
                None => text!(en: "Write it like this: `{example}`.", nb: "Skriv det slik: `{example}`."),
            };
            self.wrong(Code::BadValue, message, way_out)
        })
    }

    /// A name that is in `register.yaml`. The result is the register's own copy of the name.
    pub(crate) fn known<K, V>(&self, names: &BTreeMap<K, V>, kind: &NameKind) -> Read<K>
    where
        K: Ord + Clone + Borrow<str>,
        V: Called,
    {
        let text = self.text()?;
        names.get_key_value(text).map(|(name, _)| name.clone()).ok_or_else(|| {
            let called = |(id, value): (&K, &V)| {
                let id = Borrow::<str>::borrow(id);
                (id.to_owned(), value.called().to_owned())
            };
            let list: Vec<(String, String)> = names.iter().map(called).collect();
            let list: Vec<(&str, &str)> =
                list.iter().map(|(id, called)| (id.as_str(), called.as_str())).collect();
            self.unknown_of(text, kind, &list)
        })
    }

    /// The finding for a name that `register.yaml` does not have.
    pub(crate) fn unknown(&self, text: &str, kind: &NameKind, names: &[&str]) -> Box<Finding> {
        let names: Vec<(&str, &str)> = names.iter().map(|name| (*name, *name)).collect();
        self.unknown_of(text, kind, &names)
    }

    /// The same, where each id has a name for display beside it.
    pub(crate) fn unknown_of(&self, text: &str, kind: &NameKind, names: &[(&str, &str)]) -> Box<Finding> {
        let NameKind { one: [en, nb], all: [en_all, nb_all] } = *kind;
        let message = text!(
            en: "`{text}` is not in `register.yaml` as {en}.",
            nb: "`{text}` står ikke i `register.yaml` som {nb}.";
            text = shown(text)
        );
        let all = text!(en: "The register has the {en_all}", nb: "Registeret har {nb_all}");
        self.wrong(Code::UnknownName, message.and(put_in(text)), suggest::way_out_of(text, &all, names))
    }
}

/// A thing that has a name for people beside its id.
pub(crate) trait Called {
    /// Returns the name for people.
    fn called(&self) -> &str;
}

impl Called for String {
    fn called(&self) -> &str {
        self
    }
}

impl Called for RoleRules {
    fn called(&self) -> &str {
        &self.name
    }
}

impl Called for Trust {
    fn called(&self) -> &str {
        &self.name
    }
}

/// The words for one kind of name in `register.yaml`, for one and for all of them, in English and in bokmål.
pub(crate) struct NameKind {
    one: [&'static str; 2],
    all: [&'static str; 2],
}

impl NameKind {
    pub(crate) const APPLICATION: Self =
        Self { one: ["an application", "applikasjon"], all: ["applications", "applikasjonene"] };
    pub(crate) const ROLE: Self = Self { one: ["a role", "rolle"], all: ["roles", "rollene"] };
    pub(crate) const OFFICE: Self = Self { one: ["an office", "verv"], all: ["offices", "vervene"] };
    pub(crate) const EMPLOYER: Self =
        Self { one: ["an employer", "arbeidsgiver"], all: ["employers", "arbeidsgiverne"] };
    pub(crate) const TRUST: Self =
        Self { one: ["a trust", "helseforetak"], all: ["trusts", "helseforetakene"] };
    pub(crate) const UNIT: Self = Self { one: ["a unit", "enhet"], all: ["units", "enhetene"] };
}

/// A number written in digits only, without leading zeros.
pub(crate) fn whole(text: &str) -> Option<u32> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    plain.then(|| text.parse().ok()).flatten()
}

/// Returns the sentence about the first character of a value that a program inserted. Nobody sees that it is not the
/// one of the keyboard. It is empty if there is no such character.
pub(super) fn put_in(text: &str) -> Text {
    let Some(what) = text.chars().find(|c| is_put_in(*c)).map(named) else { return Text::default() };
    text!(
        with what;
        en: "In it stands {what}, which word processors and mail programs put in.",
        nb: "I den står {what}, som tekstbehandlere og e-postprogrammer setter inn."
    )
}

/// Returns whether the word means that there is no end.
fn means_no_end(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "",
        "-",
        "ingen",
        "ingen slutt",
        "ingen dato",
        "aldri",
        "nei",
        "fast",
        "løpende",
        "ubegrenset",
        "none",
        "no",
        "never",
        "nil",
        "n/a",
        "no end",
    ];
    WORDS.contains(&meant::bare(text).to_lowercase().as_str())
}

/// The question which of these days is meant.
fn which(days: &[Date]) -> Text {
    let days: Vec<String> = days.iter().map(|day| format!("`{day}`")).collect();
    let (en, nb) = (days.join(" or "), days.join(" eller "));
    Text::new(
        format!("Is {en} meant? Write the day that is meant, the year first and with four digits."),
        format!("Er det {nb} som er ment? Skriv dagen som er ment, med året først og med fire sifre."),
    )
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

/// Reads a date in the Norwegian order, such as `31.1.2026`. With slashes the month may be first.
pub(super) fn turned(text: &str) -> Option<Date> {
    let mut parts = text.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (day, month) = (day.trim().parse().ok()?, month.trim().parse().ok()?);
    if parts.next().is_some() || year.trim().len() != 4 {
        return None;
    }
    Date::new(year.trim().parse().ok()?, month, day).ok()
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
