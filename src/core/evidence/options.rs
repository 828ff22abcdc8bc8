//! Reads the options of a line of `allowed_signers` (ssh-keygen(1), ALLOWED SIGNERS). The reading is as strict as that
//! of OpenSSH, and stricter where OpenSSH is lenient.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::lack::Validity;
use crate::diag::{Text, text};
use crate::parse::reading::meant_day;

/// The options of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) validity: Validity,
    /// `None` if the key counts for every namespace.
    pub(super) namespaces: Option<Vec<String>>,
}

/// A fault in the options: where it begins and ends, its description, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: Text,
    pub(super) way_out: Text,
}

/// Returns where the options end: at the first blank outside quotation marks.
pub(super) fn length(text: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn known_options() -> Text {
    text!(
        en: "Known are valid-after=\"20260131\", valid-before=\"20271231\" and namespaces=\"portvakt@register\".",
        nb: "Mulige er valid-after=\"20260131\", valid-before=\"20271231\" og namespaces=\"portvakt@register\"."
    )
}

/// Reads options that are separated by commas. `text` ends where `length` says.
pub(super) fn read_options(text: &str, zone: &TimeZone) -> Result<Options, Wrong> {
    let wrong = |start: usize, end: usize, what: Text, way_out: Text| Wrong { start, end, what, way_out };
    let (mut after, mut before, mut namespaces) = (None, None, None);
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let name_end = rest.find(['=', ',', '"']).unwrap_or(rest.len());
        let name = rest.get(..name_end).unwrap_or_default();
        let start = at;
        if name.eq_ignore_ascii_case("cert-authority") {
            let what = text!(
                en: "`cert-authority` is not accepted: whoever holds that key could make keys for anybody",
                nb: "`cert-authority` godtas ikke: den som har nøkkelen, kunne lage nøkler for hvem som helst"
            );
            let way_out = text!(
                en: "Write each person's own key on a line of its own.",
                nb: "Skriv hver persons egen nøkkel på en egen linje."
            );
            return Err(wrong(start, start + name_end, what, way_out));
        }
        if !["valid-after", "valid-before", "namespaces"].contains(&name) {
            let what = text!(
                en: "`{name}` is no option of a key here",
                nb: "`{name}` er ikke noe valg for en nøkkel her"
            );
            return Err(wrong(start, start + name_end.max(1), what, known_options()));
        }
        let value = rest.get(name_end..).and_then(|rest| rest.strip_prefix("=\"")).and_then(quoted_value);
        let Some((value, used)) = value else {
            let what = text!(
                en: "the value of `{name}` does not stand in quotation marks",
                nb: "verdien av `{name}` står ikke i anførselstegn"
            );
            return Err(wrong(start, text.len(), what, known_options()));
        };
        let end = start + name_end + 2 + used;
        let twice = match name {
            "valid-after" => after.replace(beginning(&value, zone)).is_some(),
            "valid-before" => before.replace(moment(&value, zone)).is_some(),
            _ => namespaces.replace(value.clone()).is_some(),
        };
        if twice {
            let what = text!(en: "`{name}` stands there twice", nb: "`{name}` står der to ganger");
            return Err(wrong(start, end, what, text!(en: "Write it once.", nb: "Skriv det én gang.")));
        }
        if after == Some(None) || before == Some(None) {
            let what = text!(
                en: "`{value}` is no time after 1969 such as 20260131, 202601311200 or 20260131120000Z",
                nb: "`{value}` er ikke noe tidspunkt etter 1969, slik som 20260131, 202601311200 eller 20260131120000Z"
            );
            let way_out = match meant_day(&value) {
                Some(day) => {
                    let digits = day.to_string().replace('-', "");
                    text!(en: "Write `{name}=\"{digits}\"`.", nb: "Skriv `{name}=\"{digits}\"`.")
                }
                None => text!(
                    en: "Write year, month and day as eight digits.",
                    nb: "Skriv år, måned og dag som åtte sifre."
                ),
            };
            return Err(wrong(start, end, what, way_out));
        }
        if name == "namespaces" && !value.split(',').all(is_namespace) {
            let what = text!(
                en: "`{value}` is no list of namespaces; patterns are not accepted",
                nb: "`{value}` er ingen liste over navnerom; mønstre godtas ikke"
            );
            let way_out = text!(
                en: "Write them out, with a comma between: `portvakt@register`.",
                nb: "Skriv dem fullt ut, med komma mellom: `portvakt@register`."
            );
            return Err(wrong(start, end, what, way_out));
        }
        at = end;
        match text.as_bytes().get(at) {
            None => break,
            Some(b',') => at += 1,
            Some(_) => {
                let what =
                    text!(en: "a comma is missing after `{name}`", nb: "det mangler et komma etter `{name}`");
                let way_out = text!(
                    en: "Write a comma between two options and no blanks.",
                    nb: "Skriv komma mellom to valg, uten mellomrom."
                );
                return Err(wrong(at, text.len(), what, way_out));
            }
        }
    }
    let (after, before) = (after.flatten(), before.flatten());
    let validity = validity(after, before, zone).ok_or_else(|| {
        let what =
            text!(en: "the key would count on no whole day", nb: "nøkkelen ville ikke gjelde noen hel dag");
        let way_out = text!(
            en: "Write a `valid-before` that is at least a day after `valid-after`.",
            nb: "Skriv en `valid-before` som er minst en dag etter `valid-after`."
        );
        wrong(0, text.len(), what, way_out)
    })?;
    let namespaces = namespaces.map(|list: String| list.split(',').map(str::to_owned).collect());
    Ok(Options { validity, namespaces })
}

/// Reads a value up to the closing quotation mark. Returns the value and the number of bytes it takes, with the mark.
/// `\"` stands for a quotation mark.
fn quoted_value(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, at + 1)),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                value.push('"');
                chars.next();
            }
            _ => value.push(c),
        }
    }
    None
}

fn is_namespace(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"*?!\"\\".contains(&byte))
}

/// Reads the time from which a key counts. OpenSSH reads a time without `Z` as winter time, so in summer the key begins
/// to count an hour later than the clock on the wall says.
fn beginning(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let moment = moment(text, zone)?;
    let is_summer = !text.ends_with('Z') && zone.to_offset_info(moment).dst().is_dst();
    if is_summer { moment.checked_add(SignedDuration::from_hours(1)).ok() } else { Some(moment) }
}

/// Reads a time in the form `YYYYMMDD[HHMM[SS]][Z]`. Without `Z` it is in the register's time zone. OpenSSH counts the
/// seconds from 1970, and refuses a time that is not after that.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (digits, zone) = match text.strip_suffix('Z') {
        Some(digits) => (digits, &TimeZone::UTC),
        None => (text, zone),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return None;
    }
    let number = |from: usize, to: usize| match digits.get(from..to) {
        Some(part) => part.parse::<i16>().ok(),
        None => Some(0),
    };
    let small = |from: usize| number(from, from + 2).and_then(|number| i8::try_from(number).ok());
    let date = Date::new(number(0, 4)?, small(4)?, small(6)?).ok()?;
    let time = Time::new(small(8)?, small(10)?, small(12)?, 0).ok()?;
    let moment = zone.to_timestamp(DateTime::from_parts(date, time)).ok()?;
    (moment > Timestamp::UNIX_EPOCH).then_some(moment)
}

/// The days between two moments. The key counts on the day in which the first moment lies. It counts on a last day
/// only if it lasts through the whole of it. OpenSSH includes the second of `valid-before`.
fn validity(after: Option<Timestamp>, before: Option<Timestamp>, zone: &TimeZone) -> Option<Validity> {
    let from = after.map(|after| zone.to_datetime(after).date());
    let until = match before {
        None => None,
        Some(before) => {
            let over = before.checked_add(SignedDuration::from_secs(1)).ok()?;
            Some(zone.to_datetime(over).date().yesterday().ok()?)
        }
    };
    let whole = from.zip(until).is_none_or(|(from, until)| from <= until);
    whole.then_some(Validity { from, until })
}
