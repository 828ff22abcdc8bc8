//! One row of `autoreport`, as the table has it and as it is to be.
//!
//! A row is known by everything that is compared before it is written: tables of the older kind have no key, and ids
//! that the database's collation takes for equal are not.

use jiff::civil::Date;

use super::recipients;

/// A row that has not ended. Every value as text, as the database gives it; `None` is its NULL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// `id`.
    pub id: Option<String>,
    /// `package`: the register whose report it is.
    pub package: Option<String>,
    /// `type`: `subscription`, `dispatchment` or `bulletin`.
    pub kind: Option<String>,
    /// `owner`: the login of whoever made it.
    pub owner: Option<String>,
    /// `email`: one address, a list with commas or semicolons, or a JSON array.
    pub email: Option<String>,
    /// `params`: JSON with role and unit frozen in.
    pub params: Option<String>,
    /// `organization`: a unit.
    pub organization: Option<String>,
    /// `terminateDate`.
    pub until: Option<String>,
}

/// What is to become of one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// As it was read.
    pub before: Row,
    /// As it is to be; only `email` and `until` differ.
    pub after: Row,
}

impl Change {
    /// Whether the report ends.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.before.until != self.after.until
    }

    /// Whether an address is taken out.
    #[must_use]
    pub fn takes_out(&self) -> bool {
        self.before.email != self.after.email
    }
}

impl Row {
    /// How people and messages name it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or("(no id)")
    }

    /// The last day it is sent on, where it says so legibly.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.until.as_deref()?.trim().get(..10)?.parse().ok()
    }

    /// Whether it may still be sent: a last day that cannot be read ends nothing.
    #[must_use]
    pub fn runs(&self, today: Date) -> bool {
        self.last_day().is_none_or(|last| last >= today)
    }

    /// The same row, over since the day before: it is sent no more today, whether the job that sends reports takes
    /// the last day as inclusive or not.
    #[must_use]
    pub fn ended(&self, today: Date) -> Self {
        let before = today.yesterday().unwrap_or(today);
        Self { until: Some(before.to_string()), ..self.clone() }
    }

    /// Whether this address is among the recipients.
    #[must_use]
    pub fn goes_to(&self, address: &str) -> bool {
        self.email.as_deref().is_some_and(|email| recipients::has(email, address))
    }

    /// The same row without this address; over, where nobody else is left.
    #[must_use]
    pub fn without(&self, address: &str, today: Date) -> Self {
        let Some(email) = &self.email else { return self.clone() };
        match recipients::without(email, address) {
            Some(left) => Self { email: Some(left), ..self.clone() },
            None => Self { email: Some(String::new()), ..self.ended(today) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(email: &str, until: Option<&str>) -> Row {
        Row {
            id: Some("a".to_owned()),
            package: None,
            kind: None,
            owner: None,
            email: Some(email.to_owned()),
            params: None,
            organization: None,
            until: until.map(str::to_owned),
        }
    }

    #[test]
    fn a_row_runs_until_its_last_day_is_over() {
        let today: Date = "2026-11-23".parse().unwrap();
        for (until, runs) in [
            (Some("2026-11-22"), false),
            (Some("2026-11-23"), true),
            (Some("2029-11-23"), true),
            (Some("2026-11-22 00:00:00"), false),
            (Some("soon"), true),
            (Some(""), true),
            (None, true),
        ] {
            assert_eq!(row("a@example.test", until).runs(today), runs, "{until:?}");
        }
        let over = row("a@example.test", None).ended(today);
        assert!(!over.runs(today) && over.until.as_deref() == Some("2026-11-22"));
    }

    #[test]
    fn the_last_recipient_ends_it() {
        let today: Date = "2026-11-23".parse().unwrap();
        let of_two =
            row("a@example.test, b@example.test", Some("2029-01-01")).without("a@example.test", today);
        assert_eq!((of_two.email.as_deref(), of_two.runs(today)), (Some("b@example.test"), true));
        let of_one = row("a@example.test", Some("2029-01-01")).without("A@Example.test", today);
        assert_eq!((of_one.email.as_deref(), of_one.runs(today)), (Some(""), false));
    }
}
