//! A quarter of a year. Reviews are named by it.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A quarter of a year, which names a review: `2026-Q4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Quarter {
    year: i16,
    number: i8,
}

/// The error for a text that is not a quarter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no quarter such as `2026-Q4`")]
pub struct QuarterError(String);

impl Quarter {
    /// The quarter that a day is in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), number: (day.month() - 1) / 3 + 1 }
    }

    /// Reads a quarter as it is written.
    ///
    /// # Errors
    /// Fails if the text is anything but four digits, `-Q` and a number from 1 to 4.
    pub fn parse(text: &str) -> Result<Self, QuarterError> {
        let wrong = || QuarterError(text.to_owned());
        let (year, number) = text.split_once("-Q").ok_or_else(wrong)?;
        let digits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let number = match number {
            "1" => 1,
            "2" => 2,
            "3" => 3,
            "4" => 4,
            _ => return Err(wrong()),
        };
        let year = year.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        Ok(Self { year, number })
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

impl From<Quarter> for String {
    fn from(quarter: Quarter) -> Self {
        quarter.to_string()
    }
}

impl TryFrom<String> for Quarter {
    type Error = QuarterError;

    fn try_from(text: String) -> Result<Self, QuarterError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for Quarter {
    type Err = QuarterError;

    fn from_str(text: &str) -> Result<Self, QuarterError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_quarter_is_that_of_its_day_and_reads_back() {
        for (day, name) in [
            (date(2026, 1, 1), "2026-Q1"),
            (date(2026, 3, 31), "2026-Q1"),
            (date(2026, 4, 1), "2026-Q2"),
            (date(2026, 9, 30), "2026-Q3"),
            (date(2026, 12, 31), "2026-Q4"),
        ] {
            assert_eq!(Quarter::of(day).to_string(), name);
            assert_eq!(Quarter::parse(name), Ok(Quarter::of(day)));
        }
        for wrong in ["2026-Q0", "2026-Q5", "2026-q4", "26-Q4", "2026-Q44", "2026Q4", "+026-Q1", ""] {
            assert!(Quarter::parse(wrong).is_err(), "{wrong}");
        }
    }
}
