//! The day of the last use of an application, which only the register itself knows. It is shown while a reviewer
//! answers. It never goes into a list, because git keeps a list for ever.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use crate::diag::{Text, text};
use crate::model::{ApplicationId, PersonId, ReviewRow};

/// The number of months without use after which an access is pointed out to the reviewer.
const UNUSED_MONTHS: i64 = 6;

/// The day of the last use, for each person and application about which something is known. `None` means: never used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastUse(BTreeMap<(PersonId, ApplicationId), Option<Date>>);

impl LastUse {
    /// Reads lines of the form `PERSON,APPLICATION,DATE`. A missing date means that the application was never used.
    /// Blank lines and lines with `#` are skipped. If several lines are about the same person and application, the
    /// newest date counts.
    ///
    /// # Errors
    /// A line has another form. The error is the number of the first such line, counted from 1.
    pub fn read(text: &str) -> Result<Self, usize> {
        let mut known = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, day) = use_of(line).ok_or(at + 1)?;
            let last = known.entry(key).or_insert(day);
            *last = day.max(*last);
        }
        Ok(Self(known))
    }

    /// Makes the value from the use of one application: the last day of each person, or `None` for a person who never
    /// used it.
    #[must_use]
    pub fn of_people(
        application: &ApplicationId,
        people: impl IntoIterator<Item = (PersonId, Option<Date>)>,
    ) -> Self {
        Self(people.into_iter().map(|(person, day)| ((person, application.clone()), day)).collect())
    }

    /// Adds another value. If both know a person's use, this one counts.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut known = other.0;
        known.extend(self.0);
        Self(known)
    }

    /// The last day of use. `None` means that nothing is known, and `Some(None)` that it was never used.
    #[must_use]
    pub fn last(&self, person: &PersonId, application: &ApplicationId) -> Option<Option<Date>> {
        self.0.get(&(person.clone(), application.clone())).copied()
    }

    /// The words for the last use, if something is known of it.
    #[must_use]
    pub fn words(&self, row: &ReviewRow) -> Option<Text> {
        Some(match self.last(&row.key.person, &row.key.application)? {
            Some(day) => text!(en: "last used on {day}", nb: "sist brukt {day}"),
            None => text!(en: "never used", nb: "aldri brukt"),
        })
    }

    /// The words for an access that nobody has used for six months, if that is known. An access that was never used and
    /// began less than six months ago is not reported.
    #[must_use]
    pub fn stands_out(&self, row: &ReviewRow, today: Date) -> Option<Text> {
        let last = self.last(&row.key.person, &row.key.application)?;
        let long_ago = today.checked_sub(Span::new().months(UNUSED_MONTHS)).unwrap_or(Date::MIN);
        if last.unwrap_or(row.from) >= long_ago {
            return None;
        }
        Some(match last {
            Some(day) => text!(en: "not used since {day}", nb: "ikke brukt siden {day}"),
            None => text!(en: "never used", nb: "aldri brukt"),
        })
    }
}

/// Reads one line: the person, the application and the day.
fn use_of(line: &str) -> Option<((PersonId, ApplicationId), Option<Date>)> {
    let mut parts = line.split(',').map(str::trim);
    let person = PersonId::new(parts.next()?).ok()?;
    let application = ApplicationId::new(parts.next()?).ok()?;
    let day = match parts.next() {
        None | Some("") => None,
        Some(day) => Some(day.parse().ok()?),
    };
    parts.next().is_none().then_some(((person, application), day))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::{GrantKey, RequestId, RoleId, UnitId};

    fn row(person: &str, from: Date) -> ReviewRow {
        ReviewRow {
            key: GrantKey {
                person: PersonId::new(person).unwrap(),
                application: ApplicationId::new("smerteregisteret").unwrap(),
                unit: UnitId(100_089),
                request: RequestId::new("REQ-1").unwrap(),
            },
            role: RoleId::new("LU").unwrap(),
            from,
            until: None,
            approved_by: PersonId::new("lc.ahusen").unwrap(),
            approved_on: from,
            allows: Vec::new(),
            notices: Vec::new(),
            answered: None,
        }
    }

    #[test]
    fn what_is_known_to_be_unused_for_six_months_stands_out() {
        let text = "# last use\nola.testesen,smerteregisteret,2026-02-27\nola.testesen, smerteregisteret, 2026-01-01\n\
                    kari.testesen,smerteregisteret,\nper.testesen,rapporteket-smerte,2020-01-01\n";
        let known = LastUse::read(text).unwrap();
        let (long, new) = (date(2024, 1, 1), date(2026, 8, 1));
        let told = |person: &str, from, today| {
            known.stands_out(&row(person, from), today).map(|words| words.en().to_owned())
        };
        // Six months before the end of August are the end of February.
        assert_eq!(told("ola.testesen", long, date(2026, 8, 27)), None);
        assert_eq!(
            told("ola.testesen", long, date(2026, 8, 31)).as_deref(),
            Some("not used since 2026-02-27")
        );
        assert_eq!(told("kari.testesen", long, date(2026, 8, 31)).as_deref(), Some("never used"));
        assert_eq!(told("kari.testesen", new, date(2026, 8, 31)), None);
        // Nothing is known about another application, or about a person who is not named.
        assert_eq!(told("per.testesen", long, date(2026, 8, 31)), None);
        assert_eq!(told("eva.testesen", long, date(2026, 8, 31)), None);
    }

    #[test]
    fn what_a_file_says_counts_more_than_what_the_store_keeps() {
        let application = ApplicationId::new("smerteregisteret").unwrap();
        let person = |id: &str| PersonId::new(id).unwrap();
        let (old, new) = (date(2026, 1, 1), date(2026, 8, 1));
        let store = [("ola.testesen", Some(old)), ("kari.testesen", None)];
        let store = LastUse::of_people(&application, store.map(|(id, day)| (person(id), day)));
        let known = LastUse::read("ola.testesen,smerteregisteret,2026-08-01").unwrap().or(store);
        let words = |id: &str| known.words(&row(id, old)).map(|words| words.en().to_owned());
        assert_eq!(words("ola.testesen").as_deref(), Some("last used on 2026-08-01"));
        assert_eq!(words("kari.testesen").as_deref(), Some("never used"));
        assert_eq!(words("per.testesen"), None);
        assert_eq!(known.last(&person("ola.testesen"), &application), Some(Some(new)));
    }

    #[test]
    fn a_line_of_another_form_is_told_by_its_number() {
        for wrong in ["ola.testesen", "Ola,smerteregisteret", "ola.testesen,x,yesterday", "ola.testesen,x,,y"]
        {
            assert_eq!(LastUse::read(&format!("\n{wrong}\n")), Err(2), "{wrong}");
        }
    }
}
