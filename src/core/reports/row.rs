//! One row of `autoreport`, as it is in the table and as it should become.
//!
//! All values of a row identify it, and all are compared before it is written. Older tables have no key, and the
//! database's collation may treat two different ids as equal.

use jiff::civil::Date;

use super::recipients;

/// A row that has not ended. Every value is text, as the database gives it. `None` means NULL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportRow {
    /// The column `id`.
    pub id: Option<String>,
    /// The column `package`: the register that the report belongs to.
    pub package: Option<String>,
    /// The column `type`: `subscription`, `dispatchment` or `bulletin`.
    pub kind: Option<String>,
    /// The column `owner`: usually the login of the person who made the row.
    pub owner: Option<String>,
    /// The column `email`: one address, a list with commas or semicolons, or a JSON array.
    pub email: Option<String>,
    /// The column `params`: JSON that stores the role and unit.
    pub params: Option<String>,
    /// The column `organization`: a unit.
    pub organization: Option<String>,
    /// The column `terminateDate`: the last day of the report.
    pub until: Option<String>,
}

/// A change to one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportRowChange {
    /// The row as it was read.
    pub before: ReportRow,
    /// The row as it should become. Only `email` and `until` differ.
    pub after: ReportRow,
}

impl ReportRowChange {
    /// Tells whether this change ends the report.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.before.until != self.after.until
    }

    /// Tells whether this change removes an address.
    #[must_use]
    pub fn takes_out(&self) -> bool {
        self.before.email != self.after.email
    }

    /// Returns the row as it becomes where the table takes no list without the address: it ends by its date alone. `None`
    /// if the change does not end it.
    #[must_use]
    pub fn ended_by_date_alone(&self) -> Option<ReportRow> {
        let is_less = self.ends() && self.takes_out();
        is_less.then(|| ReportRow { email: self.before.email.clone(), ..self.after.clone() })
    }
}

impl ReportRow {
    /// Returns the name of the row for people and messages.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or("(no id)")
    }

    /// Returns the last day the report is sent, if the row has a readable date.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.until.as_deref()?.trim().get(..10)?.parse().ok()
    }

    /// Tells whether the report may still be sent. A last day that cannot be read does not end it.
    #[must_use]
    pub fn runs(&self, today: Date) -> bool {
        self.last_day().is_none_or(|last| last >= today)
    }

    /// Returns the same row, ended on the day before `today`. The report is then not sent today, whether the sending
    /// job treats the last day as inclusive or not.
    #[must_use]
    pub fn ended(&self, today: Date) -> Self {
        let before = today.yesterday().unwrap_or(today);
        Self { until: Some(before.to_string()), ..self.clone() }
    }

    /// Tells whether this address is among the recipients.
    #[must_use]
    pub fn goes_to(&self, address: &str) -> bool {
        self.email.as_deref().is_some_and(|email| recipients::has(email, address))
    }

    /// Tells whether every recipient is written in a form from which an address can be taken out.
    #[must_use]
    pub fn names_recipients_clearly(&self) -> bool {
        self.email.as_deref().is_none_or(recipients::are_understood)
    }

    /// Returns the same row without this address. The row is also ended if no recipient is left.
    #[must_use]
    pub fn without(&self, address: &str, today: Date) -> Self {
        let Some(email) = &self.email else { return self.clone() };
        match recipients::without(email, address) {
            Some(left) => Self { email: Some(left), ..self.clone() },
            None => Self { email: Some(recipients::no_recipient(email).to_owned()), ..self.ended(today) },
        }
    }

    /// Returns the same row with another address in the place of this one. The row is also ended if no recipient is left.
    #[must_use]
    pub fn readdressed(&self, (address, new): (&str, &str), today: Date) -> Self {
        let email = self.email.as_deref().and_then(|email| recipients::readdressed(email, address, new));
        match email {
            Some(email) => Self { email: Some(email), ..self.clone() },
            None => self.without(address, today),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(email: &str, until: Option<&str>) -> ReportRow {
        ReportRow {
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
        let before = row(r#"["a@example.test"]"#, Some("2029-01-01"));
        let of_an_array = before.without("a@example.test", today);
        assert_eq!((of_an_array.email.as_deref(), of_an_array.runs(today)), (Some("[]"), false));
        let change = ReportRowChange { before, after: of_an_array };
        let by_date = change.ended_by_date_alone().unwrap();
        assert_eq!((&by_date.email, by_date.runs(today)), (&change.before.email, false));
    }

    #[test]
    fn a_new_address_takes_the_place_of_the_old_one_and_the_row_goes_on() {
        let today: Date = "2026-11-23".parse().unwrap();
        let before = row("a@example.test, b@example.test", Some("2029-01-01"));
        let after = before.readdressed(("a@example.test", "ny@example.test"), today);
        assert_eq!(
            (after.email.as_deref(), after.runs(today)),
            (Some("ny@example.test, b@example.test"), true)
        );
        assert_eq!(ReportRowChange { before, after }.ended_by_date_alone(), None, "it does not end");
    }
}
