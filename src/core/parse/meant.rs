//! Guesses the value that a text in another form means. This can be a name in the place of an id, a day in the order of
//! a letter, a number with a name behind it, or a value that was pasted. A guess is never used as the value. The
//! finding shows the value to write.

use jiff::civil::{Date, Weekday};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::characters::as_typed;
use crate::model::PersonId;

/// The words as they would be typed, without space or quotation marks around them.
pub(super) fn bare(words: &str) -> String {
    as_typed(words).trim().trim_matches(['"', '\'']).trim().to_owned()
}

/// The first reading of a text as an id that is one. `joint` stands between the words of such an id.
pub(crate) fn id<T, E>(text: &str, new: fn(&str) -> Result<T, E>, joint: char) -> Option<String> {
    let bare = bare(text);
    if bare.contains("...") || several(text, joint) {
        // Something was left out, or nobody can know which is meant.
        return None;
    }
    let in_order = match bare.split_once(',') {
        Some((last, first)) if !first.contains(',') => format!("{first} {last}"),
        _ => bare.clone(),
    };
    let lower = bare.to_lowercase();
    let address = lower.split_once('@').map_or(lower.as_str(), |(local, _)| local);
    let file = address.trim_end_matches(".sig").trim_end_matches(".yaml").trim_end_matches(".yml");
    let readings = [
        bare.clone(),
        joined(&in_order, joint),
        lower.clone(),
        file.to_owned(),
        joined(&plain_letters(file), joint),
        joined(&plain_letters(&in_order), joint),
    ];
    readings.into_iter().find(|reading| reading != text && new(reading).is_ok())
}

/// Returns whether a text may mean more than one id, or an id and something else: two people, a name and a title, or
/// two numbers. The words of such a text are never joined. `joint` is the character between the words of one id.
pub(super) fn several(text: &str, joint: char) -> bool {
    let bare = bare(text);
    let words: Vec<&str> = bare
        .split(|c: char| c.is_whitespace() || matches!(c, '_' | ','))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| !word.is_empty())
        .collect();
    let and = |word: &&str| {
        matches!(word.to_lowercase().as_str(), "og" | "and" | "eller" | "or" | "samt" | "med" | "with")
    };
    if bare.contains([';', '&']) {
        return true;
    }
    if joint == '.' {
        let initials = |word: &str| word.split('.').all(|part| part.chars().count() <= 1);
        let is_whole = |word: &&str| word.contains('.') && !initials(word);
        let holds_whole = words.len() > 1 && words.iter().any(is_whole);
        return bare.contains('/') || holds_whole || words.iter().any(and) || !last_name_first(&bare);
    }
    let has_digit = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let is_whole = |word: &&str| has_digit(word) && word.contains(|c: char| c == joint || c.is_alphabetic());
    let (whole, digits) = (
        words.iter().filter(|word| is_whole(word)).count(),
        words.iter().filter(|word| has_digit(word)).count(),
    );
    let begins = words.first().map(|word| word.chars().take_while(|c| c.is_alphabetic()).collect::<String>());
    let begins = begins.filter(|letters| letters.chars().count() > 1).map(|letters| letters.to_lowercase());
    let again = begins
        .is_some_and(|letters| words.iter().skip(1).any(|word| word.to_lowercase().starts_with(&letters)));
    bare.contains(',')
        || (whole > 0 && (digits > 1 || words.iter().any(and)))
        || (words.len() > 1 && digits == words.len())
        || again
}

/// Returns whether the text has no comma, or has one after the last name, as in `Skinnvik, Kristin`. Words after the
/// comma that begin with a small letter are a title or an id.
fn last_name_first(bare: &str) -> bool {
    let Some((last, first)) = bare.split_once(',') else { return true };
    let last_is_name = last.split_whitespace().count() == 1 && !last.contains('.');
    last_is_name && !first.contains(',') && first.trim().starts_with(char::is_uppercase)
}

/// Returns the id in the name of a file that says it is a copy: `kari.testesen - Kopi`, `kari.testesen (1)`.
pub(super) fn copy_of(stem: &str) -> Option<&str> {
    let lower = stem.to_lowercase();
    let says_so = ["kopi", "copy"].iter().any(|word| lower.contains(word)) || lower.ends_with(')');
    let mut words = stem.split([' ', '(', ')']);
    let id = words.find(|word| word.contains('.') && PersonId::new(word).is_ok());
    id.filter(|_| says_so)
}

/// The words with this character between them.
fn joined(words: &str, joint: char) -> String {
    let parts =
        words.split(|c: char| c.is_whitespace() || c == '_').map(|word| word.trim_matches(['.', '-']));
    let parts: Vec<&str> = parts.filter(|word| !word.is_empty()).collect();
    parts.join(&joint.to_string())
}

/// The words in small letters from a to z: `å` is `a`, `ø` is `o`, `æ` is `ae`.
fn plain_letters(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ø' => out.push('o'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ł' => out.push('l'),
            'ŋ' => out.push('n'),
            'ŧ' => out.push('t'),
            '\'' | '´' | '`' => {}
            c => out.push(c),
        }
    }
    out
}

/// Returns the number in a text that `known` accepts, if it is the only one: `100083` in `100083 Stavanger`,
/// `RESH 100083` and `100 083`.
pub(super) fn number(text: &str, known: impl Fn(u32) -> bool) -> Option<u32> {
    let bare = bare(text);
    let joined: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(one) = digits(&joined).filter(|number| known(*number)) {
        return Some(one);
    }
    let mut found = bare.split(|c: char| !c.is_ascii_digit()).filter_map(digits).filter(|one| known(*one));
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// The word of a file that a Norwegian word means, for values that are one of a few words.
pub(super) fn in_norwegian(text: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 22] = [
        ("helse", "health"),
        ("helsepersonell", "health"),
        ("ikt", "ict"),
        ("it", "ict"),
        ("annet", "other"),
        ("annen", "other"),
        ("andre", "other"),
        ("kjent", "known"),
        ("ja", "known"),
        ("yes", "known"),
        ("kontaktet", "contacted"),
        ("ringt", "contacted"),
        ("usikker", "uncertain"),
        ("usikkert", "uncertain"),
        ("ukjent", "uncertain"),
        ("nei", "uncertain"),
        ("nasjonal", "national"),
        ("nasjonalt", "national"),
        ("helseforetak", "trust"),
        ("signatur", "signature"),
        ("erklært", "declared"),
        ("påkrevd", "required"),
    ];
    let bare = bare(text).to_lowercase();
    WORDS.iter().find(|(word, _)| *word == bare).map(|(_, meant)| *meant)
}

/// Returns the organisation number in a text with spaces, dots or letters: `983 974 724`, `NO983974724MVA`.
pub(super) fn nine_digits(text: &str) -> Option<String> {
    let found: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "-.–".contains(c);
    (found.len() == 9 && bare(text).chars().all(is_plain)).then_some(found)
}

/// Returns the time zone that a text means. Other characters may replace those of the zone's name: `Europe–Oslo`,
/// `Oslo`.
pub(super) fn zone(text: &str, is_zone: impl Fn(&str) -> bool) -> Option<String> {
    let bare = bare(text);
    let joined = bare.replace(' ', "_");
    let readings =
        [bare.clone(), joined.clone(), joined.replace(['-', '\\'], "/"), format!("Europe/{joined}")];
    readings.into_iter().find(|reading| reading != text && is_zone(reading))
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The meaning of a text as a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Day {
    /// It means this day.
    Means(Date),
    /// It may mean each of these days, and nobody but its writer knows which.
    May(Vec<Date>),
    /// It means no day.
    No,
}

/// The day that a text means, if it means one and no other.
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
pub(super) fn days(text: &str) -> Day {
    let bare = bare(text).to_lowercase();
    let until_time = bare.find(['t', ' ']).filter(|at| {
        let after = bare.get(at + 1..).unwrap_or_default();
        *at >= 8 && after.contains(':') && after.starts_with(|c: char| c.is_ascii_digit())
    });
    let bare = until_time.and_then(|at| bare.get(..at)).unwrap_or(&bare);
    let parts: Vec<&str> =
        bare.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    // A day of the week that is another one than that of the date leaves open which of the two is right.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RequestId, TrustId};

    #[test]
    fn a_name_is_read_as_the_id_it_means() {
        for (written, meant) in [
            ("Kristin Skinnvik", "kristin.skinnvik"),
            ("Ylva.Nyansatt", "ylva.nyansatt"),
            ("bjørn.testesen", "bjorn.testesen"),
            ("Åse Mønster-Værdal", "ase.monster-vaerdal"),
            ("Skinnvik, Kristin", "kristin.skinnvik"),
            ("kristin_skinnvik", "kristin.skinnvik"),
            ("kristin.skinnvik.yaml", "kristin.skinnvik"),
            ("Kristin.Skinnvik@example.org", "kristin.skinnvik"),
            ("“kristin.skinnvik”", "kristin.skinnvik"),
            ("kristin.\u{200b}skinnvik", "kristin.skinnvik"),
            ("K. Skinnvik", "k.skinnvik"),
            ("Liv O'Testesen", "liv.otestesen"),
            ("kari–ann.testesen", "kari-ann.testesen"),
        ] {
            assert_eq!(id(written, PersonId::new, '.').as_deref(), Some(meant), "{written}");
        }
        for written in ["", "???", "Kari (LIS)", "кари", "Kari…"] {
            assert_eq!(id(written, PersonId::new, '.'), None, "{written}");
        }
        assert_eq!(id("REQ 2026 0113", RequestId::new, '-').as_deref(), Some("REQ-2026-0113"));
        assert_eq!(id("REQ–2026–0113", RequestId::new, '-').as_deref(), Some("REQ-2026-0113"));
        assert_eq!(id("Helse Bergen", TrustId::new, '-').as_deref(), Some("helse-bergen"));
    }

    #[test]
    fn two_are_never_joined_to_one() {
        for written in [
            "lc.ahusen, nasjonal.eksempelvik",
            "lc.ahusen og nasjonal.eksempelvik",
            "lc.ahusen nasjonal.eksempelvik",
            "lc.ahusen; nasjonal.eksempelvik",
            "lc.ahusen/nasjonal.eksempelvik",
            "lc.ahusen@example.org, nasjonal.eksempelvik@example.org",
            "Leder Eksempelvik, registerleder",
            "Leder Eksempelvik, Registerleder",
            "Kari Testesen og Liv Testesen",
            "lc.ahusen registerleder",
            "Testesen, Kari, Liv",
        ] {
            assert!(several(written, '.'), "{written}");
            assert_eq!(id(written, PersonId::new, '.'), None, "{written}");
        }
        for written in [
            "REQ-NY, REQ-2",
            "REQ-1 og REQ-2",
            "REQ-1 REQ-2",
            "REQ1 REQ2",
            "REQ-NY REQ-2",
            "2026 0113",
            "REQ-1, 2",
        ] {
            assert!(several(written, '-'), "{written}");
            assert_eq!(id(written, RequestId::new, '-'), None, "{written}");
        }
        for one in
            ["Kari Testesen", "K.A. Testesen", "Skinnvik, Kristin", "kari.testesen", "Kari Åse Testesen"]
        {
            assert!(!several(one, '.'), "{one}");
        }
        for one in
            ["REQ 2026 0113", "REQ-2026-0113", "Helse Bergen", "Møre og Romsdal", "lege i spesialisering"]
        {
            assert!(!several(one, '-'), "{one}");
        }
    }

    #[test]
    fn the_name_of_a_copy_says_of_what() {
        for name in ["ny.testesen - Kopi", "ny.testesen - Kopi (2)", "ny.testesen (1)", "Copy of ny.testesen"]
        {
            assert_eq!(copy_of(name), Some("ny.testesen"), "{name}");
        }
        for name in ["Ny Testesen", "ny testesen", "kopi", "Ny.Testesen"] {
            assert_eq!(copy_of(name), None, "{name}");
        }
    }

    #[test]
    fn a_day_is_read_in_every_order_that_means_one_day() {
        for written in [
            "2026-1-5",
            "2026–01–05",
            "2026/01/05",
            "2026.1.5",
            "2026 01 05",
            "20260105",
            "05012026",
            "5.1.2026",
            "5-1-2026",
            "5.1.26",
            "5. januar 2026",
            "5 Jan 2026",
            "2026-01-05T00:00:00",
            "2026-01-05 08:30",
            "“2026-01-05”",
        ] {
            assert_eq!(day(written).map(|day| day.to_string()).as_deref(), Some("2026-01-05"), "{written}");
        }
        for (written, meant) in
            [("1/31/2026", "2026-01-31"), ("28/8/2026", "2026-08-28"), ("05/05/2026", "2026-05-05")]
        {
            assert_eq!(day(written).map(|day| day.to_string()).as_deref(), Some(meant), "{written}");
        }
        for written in
            ["soon", "2026-13-45", "2026-02-30", "~", "yes", "2026-W01-1", "5.1.6", "0226-01-05", "12"]
        {
            assert_eq!(day(written), None, "{written}");
        }
    }

    #[test]
    fn a_day_that_may_be_another_is_not_guessed() {
        for (written, may) in [
            ("27-02-01", &["2027-02-01", "2001-02-27"][..]),
            ("26-11-23", &["2026-11-23", "2023-11-26"]),
            ("26–11–23", &["2026-11-23", "2023-11-26"]),
            ("26 11 23", &["2026-11-23", "2023-11-26"]),
            ("26-nov-23", &["2026-11-23", "2023-11-26"]),
            ("31-02-27", &["2031-02-27"]),
            ("5-1-26", &["2026-01-05"]),
            ("03/04/2026", &["2026-04-03", "2026-03-04"]),
            ("05/01/2026", &["2026-01-05", "2026-05-01"]),
            ("03/04/26", &["2003-04-26", "2026-04-03", "2026-03-04"]),
        ] {
            let Day::May(found) = days(written) else { panic!("{written}: {:?}", days(written)) };
            assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), may, "{written}");
            assert_eq!(day(written), None, "{written}");
        }
    }

    #[test]
    fn a_number_is_found_among_words() {
        let known = |number: u32| [100_082, 100_083, 0].contains(&number);
        for written in
            ["100083 Stavanger", "Stavanger (100083)", "100 083", "100\u{a0}083", "RESH100083", "0100083"]
        {
            assert_eq!(number(written, known), Some(100_083), "{written}");
        }
        for written in ["Stavanger", "100082 100083", "1000831", ""] {
            assert_eq!(number(written, known), None, "{written}");
        }
    }
}
