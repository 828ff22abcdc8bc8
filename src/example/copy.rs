//! Writes the example as if it had been written today. Every date in the people's files moves by the same number of
//! days. So the order of days and the length of each period stay the same. Everything else is copied without change.

use std::path::Path;

use jiff::civil::Date;

use super::{ExampleError, WRITTEN_FOR, people, policies, schemas, vacant, write_file};

/// Writes the example's register, people, policies and schemas below a folder, with the dates moved to `today`. The
/// same day gives the same bytes.
///
/// # Errors
/// The function fails when `desired-state`, `policies` or `schemas` is there already, or cannot be written.
pub fn copy(into: &Path, today: Date) -> Result<(), ExampleError> {
    vacant(into)?;
    let days = jiff::Span::new().days(WRITTEN_FOR.until(today).map_or(0, |span| span.get_days()));
    for (path, bytes) in people() {
        let text =
            (path != "desired-state/register.yaml").then(|| String::from_utf8(bytes.clone()).ok()).flatten();
        match text {
            Some(text) => write_file(into, &path, moved(&text, days).as_bytes())?,
            None => write_file(into, &path, &bytes)?,
        }
    }
    policies().into_iter().chain(schemas()).try_for_each(|(path, bytes)| write_file(into, &path, &bytes))
}

/// The text with every date in it moved. A date is a separate word of ten characters, such as `2026-09-30`.
fn moved(text: &str, days: jiff::Span) -> String {
    let mut out = String::with_capacity(text.len());
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    for word in text.split_inclusive(|c| !part(c)) {
        let core = word.trim_end_matches(|c| !part(c));
        match (core.len() == 10).then(|| core.parse::<Date>().ok()).flatten() {
            Some(date) => {
                out.push_str(&date.saturating_add(days).to_string());
                out.push_str(word.get(core.len()..).unwrap_or_default());
            }
            None => out.push_str(word),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_move() {
        let text =
            "# REQ-2026-0113\nfrom: 2026-09-30\ncontacted: {channel: phone, on: 2026-12-31}\nunit: 4207789\n";
        let days = jiff::Span::new().days(1);
        let expected =
            "# REQ-2026-0113\nfrom: 2026-10-01\ncontacted: {channel: phone, on: 2027-01-01}\nunit: 4207789\n";
        assert_eq!(moved(text, days), expected);
    }
}
