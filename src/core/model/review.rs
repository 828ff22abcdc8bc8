//! The review of a trust's user list (R36). It has the list as it was made, the answer to each row, and the statement
//! that a reviewer signs.
//!
//! The list of the national level also has rows about `register.yaml`. They show who holds which office, and which
//! accounts are service accounts.
//!
//! A list is made once, from one tree. Its rows and their facts never change after that. Only answers, delegates and
//! reviewers are added. A statement covers the whole list and the signer's own answers. So two reviewers sign in either
//! order, and no row can be taken out of a list that was signed.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Digest, GrantKey, Hasher, PersonId, Quarter, RoleId, TrustId};

mod setting;
mod statement;

pub use setting::{Setting, SettingRow};
pub use statement::ReviewStatement;

/// Something about an access that the reviewer should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowNotice {
    /// A registrar (LIS) whose access has no end.
    RegistrarWithoutEnd,
    /// The role allows more than the roles of people who do the same work at the trust.
    RoleAbovePeers,
    /// The unit has closed.
    UnitClosed,
    /// The employer is another one than the trust.
    EmployerDiffers,
    /// An earlier review asked for its end, and it has not ended.
    EarlierEndOpen,
    /// An earlier review asked for its change, and it has not changed.
    EarlierChangeOpen,
}

impl RowNotice {
    /// All notices, in the order in which a list writes them.
    pub const ALL: [Self; 6] = [
        Self::RegistrarWithoutEnd,
        Self::RoleAbovePeers,
        Self::UnitClosed,
        Self::EmployerDiffers,
        Self::EarlierEndOpen,
        Self::EarlierChangeOpen,
    ];

    /// Returns the word for it in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegistrarWithoutEnd => "registrar-without-end",
            Self::RoleAbovePeers => "role-above-peers",
            Self::UnitClosed => "unit-closed",
            Self::EmployerDiffers => "employer-differs",
            Self::EarlierEndOpen => "earlier-end-open",
            Self::EarlierChangeOpen => "earlier-change-open",
        }
    }
}

/// The answer to a row: what is to happen to the access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowAnswer {
    /// It stays, at most until this day. `None` leaves it as it is.
    Keep {
        /// The last day that the access is kept, inclusive. `None` keeps it without a new end.
        until: Option<Date>,
    },
    /// The access is to get another role, unit or employer.
    Change,
    /// It is to end.
    End,
}

impl RowAnswer {
    /// Returns the word for it in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep { .. } => "keep",
            Self::Change => "change",
            Self::End => "end",
        }
    }

    /// The last day until which it is kept, if the answer gives one.
    #[must_use]
    pub fn kept_until(self) -> Option<Date> {
        match self {
            Self::Keep { until } => until,
            Self::Change | Self::End => None,
        }
    }
}

/// An answer and the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The reviewer's decision about the row.
    pub answer: RowAnswer,
    /// The person who answered. They may review the list, or are a delegate.
    pub by: PersonId,
}

/// One row of a list: an access as it was when the list was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// The access by its person, application, unit and request.
    pub key: GrantKey,
    /// The role of the access when the list was made.
    pub role: RoleId,
    /// The first day of the access.
    pub from: Date,
    /// The last day, inclusive, if the access has one.
    pub until: Option<Date>,
    /// The person who approved the access.
    pub approved_by: PersonId,
    /// The day on which the access was approved.
    pub approved_on: Date,
    /// The acts that the access allowed when the list was made, by the capability policies.
    pub allows: Vec<String>,
    /// The unusual facts about the access that the reviewer should see.
    pub notices: Vec<RowNotice>,
    /// The answer, if there is one.
    pub answered: Option<Answered>,
}

impl ReviewRow {
    /// Whether the answer keeps the access until an earlier day than its last day was. The answer then ends the access,
    /// today or on that day.
    #[must_use]
    pub fn ends_earlier(&self) -> bool {
        is_shortened(self.answered.as_ref(), self.until)
    }

    /// The last day of the access, if the answer keeps it until a later day. A review extends nothing, so the access ends on
    /// its own.
    #[must_use]
    pub fn ends_before_kept(&self) -> Option<Date> {
        let kept = self.answered.as_ref()?.answer.kept_until()?;
        self.until.filter(|until| *until < kept)
    }

    /// Whether the answer ends the access: at once, or earlier than its last day was.
    #[must_use]
    pub fn is_to_end(&self) -> bool {
        let ends = self.answered.as_ref().is_some_and(|answered| answered.answer == RowAnswer::End);
        ends || self.ends_earlier()
    }
}

/// Whether an answer keeps something until a day before the last day that it had. `None` means that it had no last day.
fn is_shortened(answered: Option<&Answered>, before: Option<Date>) -> bool {
    let last = answered.and_then(|answered| answered.answer.kept_until());
    last.is_some_and(|last| before.is_none_or(|before| last < before))
}

/// A delegate: a person who reviews in the place of somebody who may review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The person who may answer in the place of `by`.
    pub person: PersonId,
    /// The person who named the delegate. They must be allowed to review the list themselves, and sign it.
    pub by: PersonId,
    /// The first day on which the delegate may review.
    pub from: Date,
    /// The last day of the delegation, inclusive.
    pub until: Date,
}

/// A claim that somebody has reviewed the rows they answered. It is evidenced like an approval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReviewedBy {
    /// The person who reviewed the list, and signs the statement.
    pub by: PersonId,
    /// The day on which they reviewed it.
    pub on: Date,
}

/// The review of one trust's user list in one quarter, with both applications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The trust whose user list is reviewed.
    pub trust: TrustId,
    /// The quarter that names the review.
    pub quarter: Quarter,
    /// The day on which the list was made.
    pub made: Date,
    /// The digest of the tree that the list was made from.
    pub tree: Digest,
    /// The people who may answer in another's place, with the days.
    pub delegations: Vec<Delegation>,
    /// The people who reviewed the list, each with the day. It is empty in a new list.
    pub reviewed: Vec<ReviewedBy>,
    /// The rows, in the order of the file.
    pub rows: Vec<ReviewRow>,
    /// The rows about the settings. Only the list of the national level has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<SettingRow>,
}

impl Review {
    /// Returns the digest of the list without its answers. It covers every row and every fact in it.
    #[must_use]
    pub fn list_digest(&self) -> Digest {
        let mut hasher = Hasher::new("portvakt review list 1");
        for row in &self.rows {
            let until = row.until.map_or_else(|| "open".to_owned(), |day| day.to_string());
            let notices: Vec<&str> = row.notices.iter().map(|notice| notice.as_str()).collect();
            key_into(&mut hasher, &row.key);
            for part in [
                row.role.as_str(),
                row.from.to_string().as_str(),
                until.as_str(),
                row.approved_by.as_str(),
                row.approved_on.to_string().as_str(),
                row.allows.join(" ").as_str(),
                notices.join(" ").as_str(),
            ] {
                hasher.part(part.as_bytes());
            }
        }
        if !self.settings.is_empty() {
            hasher.part(b"settings");
            self.settings.iter().for_each(|row| row.setting.part_of(&mut hasher));
        }
        hasher.finish()
    }

    /// The digest of the answers that one person has given, row by row.
    #[must_use]
    pub fn answers_digest(&self, by: &PersonId) -> Digest {
        let mut hasher = Hasher::new("portvakt review answers 1");
        for (row, answer) in self.answers_of(by) {
            key_into(&mut hasher, &row.key);
            answer_into(&mut hasher, answer);
        }
        for (row, answer) in self.settings_of(by) {
            hasher.part(b"settings");
            row.setting.part_of(&mut hasher);
            answer_into(&mut hasher, answer);
        }
        hasher.finish()
    }

    /// The number of accesses that end and the number of all accesses of the list, if more than half of them end. An
    /// access that is kept until an earlier day than before ends too, whether that day is today or later.
    #[must_use]
    pub fn ends_most(&self) -> Option<(usize, usize)> {
        let (ended, all) = self.ends();
        (ended * 2 > all).then_some((ended, all))
    }

    /// The number of accesses that their answers end, and the number of all accesses of the list.
    #[must_use]
    pub fn ends(&self) -> (usize, usize) {
        (self.rows.iter().filter(|row| row.is_to_end()).count(), self.rows.len())
    }

    /// Returns the people who have answered a row.
    #[must_use]
    pub fn answerers(&self) -> BTreeSet<&PersonId> {
        let rows = self.rows.iter().map(|row| &row.answered);
        let settings = self.settings.iter().map(|row| &row.answered);
        rows.chain(settings).filter_map(|answered| Some(&answered.as_ref()?.by)).collect()
    }

    /// The rows about the settings that one person has answered, with their answers.
    pub fn settings_of<'r>(&'r self, by: &'r PersonId) -> impl Iterator<Item = (&'r SettingRow, RowAnswer)> {
        self.settings.iter().filter_map(move |row| {
            let answered = row.answered.as_ref().filter(|answered| answered.by == *by)?;
            Some((row, answered.answer))
        })
    }

    /// The rows that one person has answered, with their answers.
    pub fn answers_of<'r>(&'r self, by: &'r PersonId) -> impl Iterator<Item = (&'r ReviewRow, RowAnswer)> {
        self.rows.iter().filter_map(move |row| {
            let answered = row.answered.as_ref().filter(|answered| answered.by == *by)?;
            Some((row, answered.answer))
        })
    }
}

fn answer_into(hasher: &mut Hasher, answer: RowAnswer) {
    hasher.part(answer.as_str().as_bytes());
    if let RowAnswer::Keep { until: Some(until) } = answer {
        hasher.part(until.to_string().as_bytes());
    } else {
        hasher.part(b"");
    }
}

fn key_into(hasher: &mut Hasher, key: &GrantKey) {
    hasher
        .part(key.person.as_str().as_bytes())
        .part(key.application.as_str().as_bytes())
        .part(key.unit.to_string().as_bytes())
        .part(key.request.as_str().as_bytes());
}

#[cfg(test)]
mod tests;
