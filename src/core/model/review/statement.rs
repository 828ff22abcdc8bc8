//! The statement that a reviewer signs about a list.
//!
//! It has two versions. Version 1 counts a row that is kept until an earlier day among the rows that are kept, so it is
//! signed only if there is no such row. Version 2 counts these rows separately, and names each of them with both days.
//! Both versions have the digest of the same answers, so a signature over either of them is about the same days.
//!
//! A text of version 1 that hides a shortened row can still be shown to somebody who signs by hand. So it counts only if it
//! has counted before.

use jiff::civil::Date;

use super::super::statement::written_in;
use super::super::{Digest, GrantKey, PersonId};
use super::{Review, ReviewedBy, RowAnswer, Setting};

/// The statement of one reviewer, and the text of version 1 if that one differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewStatement {
    text: String,
    earlier: Option<String>,
}

impl ReviewStatement {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of version 1, if it differs. No new signature over it counts.
    #[must_use]
    pub fn earlier(&self) -> Option<&str> {
        self.earlier.as_deref()
    }

    /// The texts by which the review may have counted before. The one to sign comes first.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.text()).chain(self.earlier())
    }

    /// The digest of the text that is signed.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// The digests of the texts by which the review may have counted before.
    pub fn digests(&self) -> impl Iterator<Item = Digest> {
        self.texts().map(|text| Digest::of(text.as_bytes()))
    }
}

impl Review {
    /// The statement of a reviewer, in the version that is signed and in the one before. It covers the whole list, the answers
    /// and the delegates of this reviewer, and no answer of anybody else.
    #[must_use]
    pub fn statements(&self, register: &str, reviewed: &ReviewedBy) -> ReviewStatement {
        let shortened = self.shortened_by(&reviewed.by);
        let first = self.in_version_1(register, reviewed);
        if shortened.is_empty() {
            return ReviewStatement { text: first, earlier: None };
        }
        let text = self.in_version_2(register, reviewed, shortened);
        ReviewStatement { text, earlier: Some(first) }
    }

    /// The statement that a reviewer signs.
    #[must_use]
    pub fn statement(&self, register: &str, reviewed: &ReviewedBy) -> String {
        self.statements(register, reviewed).text
    }

    fn in_version_1(&self, register: &str, reviewed: &ReviewedBy) -> String {
        let mut lines = self.of_the_list(register);
        lines.push(("kept", self.count(&reviewed.by, "keep").to_string()));
        lines.extend(self.of_the_reviewer(reviewed));
        written_in("review", 1, &lines)
    }

    fn in_version_2(&self, register: &str, reviewed: &ReviewedBy, shortened: Vec<String>) -> String {
        let mut lines = self.of_the_list(register);
        let kept = self.count(&reviewed.by, "keep").saturating_sub(shortened.len());
        lines.extend([("kept", kept.to_string()), ("shortened", shortened.len().to_string())]);
        lines.extend(shortened.into_iter().map(|row| ("shortened row", row)));
        lines.extend(self.of_the_reviewer(reviewed));
        written_in("review", 2, &lines)
    }

    fn of_the_list(&self, register: &str) -> Vec<(&'static str, String)> {
        vec![
            ("register", register.to_owned()),
            ("trust", self.trust.to_string()),
            ("quarter", self.quarter.to_string()),
            ("list made on", self.made.to_string()),
            ("list made from", self.tree.to_string()),
            ("list", self.list_digest().to_string()),
            ("rows", (self.rows.len() + self.settings.len()).to_string()),
        ]
    }

    fn of_the_reviewer(&self, ReviewedBy { by, on }: &ReviewedBy) -> [(&'static str, String); 6] {
        let named = self.delegations.iter().filter(|delegation| delegation.by == *by);
        let delegates: Vec<String> = named
            .map(|delegation| format!("{} {} to {}", delegation.person, delegation.from, delegation.until))
            .collect();
        let delegates = if delegates.is_empty() { "none".to_owned() } else { delegates.join(", ") };
        [
            ("changed", self.count(by, "change").to_string()),
            ("ended", self.count(by, "end").to_string()),
            ("answers", self.answers_digest(by).to_string()),
            ("delegates", delegates),
            ("reviewed by", by.to_string()),
            ("reviewed on", on.to_string()),
        ]
    }

    /// The number of rows at which this person has given the answer with this word.
    fn count(&self, by: &PersonId, wanted: &str) -> usize {
        let rows = self.answers_of(by).map(|(_, answer)| answer);
        let settings = self.settings_of(by).map(|(_, answer)| answer);
        rows.chain(settings).filter(|answer| answer.as_str() == wanted).count()
    }

    /// The rows that this person keeps until an earlier day than before, in the order of the file, each with both days.
    fn shortened_by(&self, by: &PersonId) -> Vec<String> {
        let accesses = self.answers_of(by).filter(|(row, _)| row.ends_earlier()).map(|(row, answer)| {
            let GrantKey { person, application, unit, request } = &row.key;
            shortened(&format!("{person} {application} {unit} {request}"), answer, row.until)
        });
        let settings = self.settings_of(by).filter(|(row, _)| row.ends_earlier()).map(|(row, answer)| {
            let about = match &row.setting {
                Setting::Appointment { person, office, .. } => format!("appointment {person} {office}"),
                Setting::Ignored { account } => format!("ignored {account}"),
                Setting::Adopted { account, person } => format!("adopted {account} {person}"),
            };
            shortened(&about, answer, row.before())
        });
        accesses.chain(settings).collect()
    }
}

/// The line about one row that is kept until an earlier day.
fn shortened(about: &str, answer: RowAnswer, before: Option<Date>) -> String {
    let day = |last: Option<Date>| last.map_or_else(|| "open".to_owned(), |day| day.to_string());
    format!("{about}: last day {} instead of {}", day(answer.kept_until()), day(before))
}
