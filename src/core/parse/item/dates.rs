//! Reads a date. If a date has another form, the finding shows the date that is meant.

use jiff::civil::Date;

use super::words::put_in;
use super::{Item, Read};
use crate::diag::{Code, Text, text};
use crate::parse::meant::{self, Day};
use crate::parse::page::shown;

impl Item<'_, '_> {
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

pub(in crate::parse) fn iso(text: &str) -> Option<Date> {
    if !looks_iso(text) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i16>().ok());
    let small = |from, to| number(from, to).and_then(|number| i8::try_from(number).ok());
    Date::new(number(0, 4)?, small(5, 7)?, small(8, 10)?).ok()
}

/// Reads a date in the Norwegian order, such as `31.1.2026`. With slashes the month may be first.
pub(in crate::parse) fn turned(text: &str) -> Option<Date> {
    let mut parts = text.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (day, month) = (day.trim().parse().ok()?, month.trim().parse().ok()?);
    if parts.next().is_some() || year.trim().len() != 4 {
        return None;
    }
    Date::new(year.trim().parse().ok()?, month, day).ok()
}
