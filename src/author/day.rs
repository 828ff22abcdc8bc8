//! Reads a day as people type it: `2027-02-01`, `1.2.27`, `1/2-27`, `1.2.`, `1. februar 2027`, `i morgen`, `+3 months`,
//! `+3 mnd`. A day that could mean two things is not guessed. With two slashes (`3/4/2027`) the month may be the first
//! number, as an American spreadsheet writes it.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use portvakt_core::diag::{Text, text};
use portvakt_core::parse::weekday_of;

/// The reason why a text is not accepted as a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DayError {
    typed: String,
    american: Option<American>,
    /// The day that is meant, if the text has it after a day of the week.
    meant: Option<Date>,
}

/// A reading of the text that puts the month first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum American {
    /// It is a day only with the month first.
    Only(Date),
    /// It is one day with the day first, and another with the month first.
    Either(Date, Date),
}

impl DayError {
    /// Returns the words for the error. They also show how a day is typed.
    #[must_use]
    pub fn words(&self) -> Text {
        let typed = &self.typed;
        match self.american {
            Some(American::Only(meant)) => {
                let usual = dotted(meant);
                return text!(
                    en: "`{typed}` has the month first; write it with the day first, {usual}, or as {meant}",
                    nb: "`{typed}` har måneden først; skriv den med dagen først, {usual}, eller som {meant}"
                );
            }
            Some(American::Either(first, second)) => {
                let (one, other) = (dotted(first), dotted(second));
                return text!(
                    en: "`{typed}` may mean {one}, with the day first, or {other}, with the month first; write it as {first} or {second}",
                    nb: "`{typed}` kan bety {one}, med dagen først, eller {other}, med måneden først; skriv den som {first} eller {second}"
                );
            }
            None => {}
        }
        if let Some(meant) = self.meant {
            return text!(
                en: "`{typed}` is no day; write it as {meant}",
                nb: "`{typed}` er ingen dag; skriv den som {meant}"
            );
        }
        text!(
            en: "`{typed}` is no day; write it as 1.2.27, 2027-02-01, tomorrow, +3 months or +14 days",
            nb: "`{typed}` er ingen dag; skriv den som 1.2.27, 2027-02-01, i morgen, +3 måneder eller +14 dager"
        )
    }

    /// Returns whether the text is a day if the month stands first, as an American spreadsheet writes it.
    #[must_use]
    pub fn may_be_american(&self) -> bool {
        self.american.is_some()
    }
}

impl fmt::Display for DayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Returns a day in the usual Norwegian form.
fn dotted(day: Date) -> String {
    format!("{}.{}.{}", day.day(), day.month(), day.year())
}

/// Returns the day of something that has just been or comes soon, such as the last day of an access or the day on which
/// a person was asked. A day without a year is the nearest such day.
///
/// # Errors
/// The text is not a day, or it is a day that does not exist.
pub fn nearest_day(typed: &str, today: Date) -> Result<Date, DayError> {
    let meant = day(typed, today, today)?;
    let half_a_year_ago = today.checked_sub(6.months()).unwrap_or(today);
    // A day with its year is the same from there. A distance is not read here, so it stays as it is.
    let before = in_figures(&typed.trim().to_lowercase(), half_a_year_ago)
        .or_else(|| day_in_words(&typed.trim().to_lowercase(), half_a_year_ago));
    Ok(before.filter(|before| *before < today).unwrap_or(meant))
}

const MONTHS: [[&str; 2]; 12] = [
    ["january", "januar"],
    ["february", "februar"],
    ["march", "mars"],
    ["april", "april"],
    ["may", "mai"],
    ["june", "juni"],
    ["july", "juli"],
    ["august", "august"],
    ["september", "september"],
    ["october", "oktober"],
    ["november", "november"],
    ["december", "desember"],
];

/// Returns the day that is meant. `today` is the register's day. A distance such as `+3 months` is counted from `from`.
/// This is today, or the day on which an access ends that is extended. If the month is too short for the day, its last
/// day is taken.
///
/// A year of two digits is in this century. A day without a year is the next such day, and today counts.
///
/// # Errors
/// The text is not a day, or it is a day that does not exist.
pub fn day(typed: &str, today: Date, from: Date) -> Result<Date, DayError> {
    let text = typed.trim().to_lowercase();
    let error = |american| {
        let meant = behind_a_weekday(&text, today);
        DayError { typed: typed.trim().to_owned(), american, meant }
    };
    if let Some(american) = american(&text, today) {
        return Err(error(Some(american)));
    }
    let named = match text.as_str() {
        "today" | "i dag" | "idag" => Some(today),
        "tomorrow" | "i morgen" | "imorgen" => today.tomorrow().ok(),
        "yesterday" | "i går" | "igår" => today.yesterday().ok(),
        "the day after tomorrow" | "i overmorgen" | "overmorgen" => today.checked_add(2.days()).ok(),
        _ => None,
    };
    named
        .or_else(|| distance(&text, from))
        .or_else(|| in_figures(&text, today))
        .or_else(|| day_in_words(&text, today))
        .ok_or_else(|| error(None))
}

/// Returns what a day in figures means with the month first. It is `None` if the text can only be read with the day
/// first. A dot shows that the day stands first, and so does a hyphen before the year, as in `1/2-27`.
fn american(text: &str, today: Date) -> Option<American> {
    if text.contains('-') {
        return None;
    }
    let mark = ['/', '.'].into_iter().find(|mark| text.contains(*mark))?;
    let parts: Vec<&str> = text.trim_end_matches('.').split(mark).map(str::trim).collect();
    let small = |word: &str| -> Option<i16> {
        let is_one = (1..=2).contains(&word.len()) && word.chars().all(|c| c.is_ascii_digit());
        is_one.then(|| word.parse().ok()).flatten()
    };
    let (day_first, month_first) = match parts.as_slice() {
        [first, second, year] => {
            let (first, second, year) = (small(first)?, small(second)?, full_year(year)?);
            (plausible_date(year, second, first), plausible_date(year, first, second)?)
        }
        [first, second] => {
            let (first, second) = (small(first)?, small(second)?);
            // Without a year, the day before the month is the usual form here. The day that was understood is shown
            // before it is written.
            (next_such_day(second, first, today), next_such_day(first, second, today)?)
        }
        _ => return None,
    };
    match day_first {
        None => Some(American::Only(month_first)),
        Some(day_first) if mark == '/' && parts.len() == 3 && day_first != month_first => {
            Some(American::Either(day_first, month_first))
        }
        Some(_) => None,
    }
}

/// Reads `torsdag 29. oktober 2026`, if that day is a Thursday. The finding asks for the day without its weekday. If
/// the two disagree, nobody knows which is right.
fn behind_a_weekday(text: &str, today: Date) -> Option<Date> {
    let (word, rest) = text.split_once([' ', ','])?;
    let weekday = weekday_of(word.trim_end_matches('.'))?;
    let rest = rest.trim_start_matches([' ', ',']);
    let meant = in_figures(rest, today).or_else(|| day_in_words(rest, today))?;
    (meant.weekday() == weekday).then_some(meant)
}

/// Reads a distance: `+3 months`, `+3m`, `om 2 uker`, `in 10 days`, `om en måned`.
fn distance(text: &str, from: Date) -> Option<Date> {
    let rest = ["+", "om ", "in "].iter().find_map(|start| text.strip_prefix(start))?.trim_start();
    let (count, unit) = match rest.split_once(' ') {
        Some(("a" | "an" | "one" | "en" | "én" | "ei" | "et" | "ett", unit)) => ("1", unit),
        _ => rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?,
    };
    let count: i64 = count.parse().ok().filter(|count| (0..=10_000).contains(count))?;
    let span = match unit.trim_start().trim_end_matches('.') {
        "d" | "day" | "days" | "dag" | "dager" => count.days(),
        "w" | "week" | "weeks" | "u" | "uke" | "uker" => count.weeks(),
        "m" | "mo" | "month" | "months" | "mnd" | "md" | "måned" | "måneder" | "mån" => count.months(),
        "y" | "year" | "years" | "å" | "år" => count.years(),
        _ => return None,
    };
    from.checked_add(span).ok()
}

/// Reads a day in figures: `2027-02-01`, `1.2.27`, `13/02/2027`, `1/2-27`, `1.2.`.
fn in_figures(text: &str, today: Date) -> Option<Date> {
    let text = if text.contains('/') { text.replacen('-', "/", 1) } else { text.to_owned() };
    let mark = ['-', '.', '/'].into_iter().find(|mark| text.contains(*mark))?;
    let parts: Vec<&str> = text.trim_end_matches('.').split(mark).map(str::trim).collect();
    let number = |text: &str| -> Option<i16> {
        (text.len() <= 4 && !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => plausible_date(number(year)?, number(month)?, number(day)?),
        [day, month, year] if mark != '-' => plausible_date(full_year(year)?, number(month)?, number(day)?),
        [day, month] if mark != '-' => next_such_day(number(month)?, number(day)?, today),
        _ => None,
    }
}

/// Reads a day with the month as a word: `1. februar 2027`, `1 feb 27`, `february 1 2027`, `1. februar`.
fn day_in_words(text: &str, today: Date) -> Option<Date> {
    let words: Vec<&str> = text
        .split([' ', ','])
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    let number = |word: &str| word.parse::<i16>().ok().filter(|_| word.len() <= 2);
    let (day, month, year) = match *words.as_slice() {
        [first, second] => match (number(first), number(second)) {
            (Some(day), None) => (day, second, None),
            (None, Some(day)) => (day, first, None),
            _ => return None,
        },
        [first, second, year] => match (number(first), number(second)) {
            (Some(day), None) => (day, second, Some(full_year(year)?)),
            (None, Some(day)) => (day, first, Some(full_year(year)?)),
            _ => return None,
        },
        _ => return None,
    };
    let month = MONTHS.iter().position(|names| {
        names.iter().any(|name| *name == month || (month.chars().count() >= 3 && name.starts_with(month)))
    })?;
    let month = i16::try_from(month).ok()? + 1;
    match year {
        Some(year) => plausible_date(year, month, day),
        None => next_such_day(month, day, today),
    }
}

/// Returns the year. It has four digits, or two, which are in this century.
fn full_year(text: &str) -> Option<i16> {
    if !text.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    match text.len() {
        2 => text.parse::<i16>().ok().map(|year| 2000 + year),
        4 => text.parse().ok(),
        _ => None,
    }
}

fn plausible_date(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    // No access of this register begins or ends outside of these years. Such a year is usually a mistyped digit.
    (1990..=2199).contains(&year).then(|| Date::new(year, month, day).ok()).flatten()
}

/// Returns the next such day. Today counts.
fn next_such_day(month: i16, day: i16, today: Date) -> Option<Date> {
    // Eight years are enough: there is always a leap day among them.
    (today.year()..=today.year().saturating_add(8))
        .filter_map(|year| plausible_date(year, month, day))
        .find(|found| *found >= today)
        .filter(|_| today >= date(1990, 1, 1))
}

#[cfg(test)]
mod tests;
