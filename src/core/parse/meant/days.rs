//! Guesses the day that is meant, if it is written with the day first, with the name of a month, or after a day of the
//! week.

use jiff::civil::{Date, Weekday};

use super::bare;

/// The meaning of a text as a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::parse) enum Day {
    /// It means this day.
    Means(Date),
    /// It may mean any of these days, and only its writer knows which.
    May(Vec<Date>),
    /// It means no day.
    No,
}

/// The day that a text means, if it can mean only one.
pub(crate) fn day(text: &str) -> Option<Date> {
    match days(text) {
        Day::Means(date) => Some(date),
        Day::May(_) | Day::No => None,
    }
}

/// Reads a day in any of these forms: `2026-1-5`, `5.1.2026`, `5. januar 2026`, `20260105`, `2026-01-05T00:00`. If the
/// year is last, the day comes before the month, as in Norway, unless only the other order is a valid day. Two forms
/// can have more than one meaning. Between slashes, both orders are usual (`03/04/2026`). A year of two digits may be
/// the first or the last number (`27-02-01`), unless there are dots or the name of a month. Such a text is not guessed.
pub(in crate::parse) fn days(text: &str) -> Day {
    let bare = bare(text).to_lowercase();
    let until_time = bare.find(['t', ' ']).filter(|at| {
        let after = bare.get(at + 1..).unwrap_or_default();
        *at >= 8 && after.contains(':') && after.starts_with(|c: char| c.is_ascii_digit())
    });
    let bare = until_time.and_then(|at| bare.get(..at)).unwrap_or(&bare);
    let parts: Vec<&str> =
        bare.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    // If the day of the week does not match the date, nobody knows which of the two is right.
    if let [weekday, of_the_date @ ..] = parts.as_slice()
        && of_the_date.len() == 3
        && let Some(weekday) = weekday_of(weekday)
    {
        return match days(&of_the_date.join(if bare.contains('/') { "/" } else { ". " })) {
            Day::Means(date) if date.weekday() == weekday => Day::Means(date),
            Day::Means(date) => Day::May(vec![date]),
            other => other,
        };
    }
    let (found, year_is_known) = match parts.as_slice() {
        [one] if one.len() == 8 && one.bytes().all(|byte| byte.is_ascii_digit()) => {
            let at = |from: usize, to: usize| one.get(from..to).unwrap_or_default();
            let found = date(at(0, 4), at(4, 6), at(6, 8)).or_else(|| date(at(4, 8), at(2, 4), at(0, 2)));
            (vec![found], true)
        }
        [year, month, day] if year.len() == 4 => (vec![date(year, month, day)], true),
        [day, month, year] if year.len() == 4 && bare.contains('/') => {
            (vec![date(year, month, day), date(year, day, month)], true)
        }
        [day, month, year] if year.len() == 4 => {
            (vec![date(year, month, day).or_else(|| date(year, day, month))], true)
        }
        [first, month, last] if last.len() == 2 => {
            let named = month.starts_with(char::is_alphabetic);
            let day_is_first = !bare.contains(['-', '/']) && (named || bare.contains('.'));
            let mut found = vec![date(&format!("20{last}"), month, first)];
            if !day_is_first && first.len() == 2 {
                found.insert(0, date(&format!("20{first}"), month, last));
            }
            if bare.contains('/') {
                found.push(date(&format!("20{last}"), first, month));
            }
            (found, day_is_first)
        }
        _ => return Day::No,
    };
    let mut possible: Vec<Date> = Vec::new();
    for date in found.into_iter().flatten().filter(|date| (1990..=2199).contains(&date.year())) {
        if !possible.contains(&date) {
            possible.push(date);
        }
    }
    match possible.as_slice() {
        [] => Day::No,
        [only] if year_is_known => Day::Means(*only),
        _ => Day::May(possible),
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month_of(month)?, day.parse().ok()?).ok()
}

/// A day of the week by its name in Norwegian or English, or by the first three letters of it.
#[must_use]
pub fn weekday_of(word: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 16] = [
        ("mandag", Weekday::Monday),
        ("tirsdag", Weekday::Tuesday),
        ("onsdag", Weekday::Wednesday),
        ("torsdag", Weekday::Thursday),
        ("fredag", Weekday::Friday),
        ("lørdag", Weekday::Saturday),
        ("laurdag", Weekday::Saturday),
        ("søndag", Weekday::Sunday),
        ("sundag", Weekday::Sunday),
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let is_it = |name: &str| name == word || (word.chars().count() == 3 && name.starts_with(word));
    NAMES.iter().find(|(name, _)| is_it(name)).map(|(_, weekday)| *weekday)
}

/// A month by its number, or by its name in Norwegian or English.
fn month_of(word: &str) -> Option<i8> {
    const NAMES: [(&str, i8); 15] = [
        ("jan", 1),
        ("feb", 2),
        ("mar", 3),
        ("apr", 4),
        ("mai", 5),
        ("may", 5),
        ("jun", 6),
        ("jul", 7),
        ("aug", 8),
        ("sep", 9),
        ("okt", 10),
        ("oct", 10),
        ("nov", 11),
        ("des", 12),
        ("dec", 12),
    ];
    let named = || NAMES.iter().find(|(name, _)| word.starts_with(name)).map(|(_, month)| *month);
    word.parse().ok().or_else(named)
}
