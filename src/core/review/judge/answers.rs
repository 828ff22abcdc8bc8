//! Judges who may answer a row of a list, and whether it is proved that they did. Nobody may answer their own row. A
//! delegate answers for a person who may review.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::told;
use super::{JudgedReviews, ReviewCase, ReviewList};
use crate::judge::Authority;
use crate::model::{Answered, PersonId, RowAnswer};
use crate::parse::Span;
use crate::policy::Concerned;

/// The answers of the policies about people and days that were asked about already.
pub(super) type AnsweredBefore = BTreeMap<(PersonId, Date), bool>;

/// The reason why an answer does not count.
enum Refused {
    OwnRow,
    NotEntitled,
}

impl ReviewList<'_> {
    /// Returns 1 if the person who answered a row may do so, but is not proved to have reviewed, and 0 otherwise. A
    /// person who may not answer is reported, with the people who may.
    pub(super) fn unshown_answer(
        &self,
        (by, about, span): (&PersonId, Option<&PersonId>, Span),
        asked: &mut AnsweredBefore,
        judged: &mut JudgedReviews,
    ) -> usize {
        let place = || span.place(self.path, &self.text);
        let told = match self.may_answer(by, about, asked) {
            Ok(shown) => return usize::from(!shown),
            Err(Refused::OwnRow) => told::own_row(place(), by, &self.others(about)),
            Err(Refused::NotEntitled) => told::not_entitled(place(), by, &self.others(about)),
        };
        judged.findings.push(told);
        0
    }

    /// Reports an answer that keeps a right until a day before its reviewer reviewed. It would end the right without
    /// saying so. If nobody has reviewed yet, the day is that of the list.
    pub(super) fn kept_into_the_past(&self, answered: &Answered, span: Span, judged: &mut JudgedReviews) {
        let RowAnswer::Keep { until: Some(until) } = answered.answer else { return };
        let line = self.lines.iter().find(|line| line.line.by == answered.by);
        let on = line.map_or(self.parsed.review.made, |line| line.line.on);
        if until < on {
            let place = span.place(self.path, &self.text);
            judged.findings.push(told::kept_into_the_past(place, until, on));
        }
    }

    /// Returns whether a row is about this person.
    pub(super) fn is_own(&self, by: &PersonId, about: Option<&PersonId>) -> bool {
        about.is_some_and(|about| self.case.base.is_same(by, about))
    }

    /// Returns whether a person may answer a row, and whether it is proved that they did.
    fn may_answer(
        &self,
        by: &PersonId,
        about: Option<&PersonId>,
        asked: &mut AnsweredBefore,
    ) -> Result<bool, Refused> {
        let base = self.case.base;
        if self.is_own(by, about) {
            return Err(Refused::OwnRow);
        }
        let line = self.lines.iter().find(|line| line.line.by == *by);
        let on = line.map_or(self.case.today, |line| line.line.on);
        let shown = line.is_some_and(|line| line.proof.is_ok());
        if self.may_review(by, on, asked) {
            return Ok(shown);
        }
        // A delegate answers for a person who may review, but not that person's own row.
        for delegation in self.parsed.review.delegations.iter().filter(|delegation| {
            delegation.person == *by
                && delegation.from <= on
                && on <= delegation.until
                && !base.is_same(&delegation.by, by)
                && !self.is_own(&delegation.by, about)
        }) {
            if self.may_review(&delegation.by, on, asked) {
                let named = self.lines.iter().find(|line| line.line.by == delegation.by);
                return Ok(shown && named.is_some_and(|line| line.proof.is_ok()));
            }
        }
        Err(Refused::NotEntitled)
    }

    /// Asks the policies, by the authority that the person has on the day of the review and today.
    fn may_review(&self, by: &PersonId, on: Date, asked: &mut AnsweredBefore) -> bool {
        let ReviewCase { rules, base, today, .. } = *self.case;
        *asked.entry((by.clone(), on)).or_insert_with(|| {
            let authority = Authority::on(&rules.register, base, &[on, today]);
            let (approver, trust) = (authority.of(base.meant(by)), &self.parsed.trust);
            rules.policies.may_attest(&rules.register, &approver, trust, Concerned::Another).allowed
        })
    }

    /// Returns the reviewers whose own access or setting has no answer. Each has the people who may give it today.
    pub(super) fn own_rows_open(&self) -> Vec<(PersonId, Vec<PersonId>)> {
        let review = &self.parsed.review;
        let rows = review.rows.iter().filter(|row| row.answered.is_none() && self.stands(row));
        let settings =
            review.settings.iter().filter(|row| row.answered.is_none() && self.setting_stands(row));
        let people = rows.map(|row| &row.key.person).chain(settings.filter_map(|row| row.setting.person()));
        let people: BTreeSet<&PersonId> = people.collect();
        let reviews =
            |person: &PersonId| self.lines.iter().any(|line| self.is_own(&line.line.by, Some(person)));
        let own = people.into_iter().filter(|person| reviews(person));
        own.map(|person| (person.clone(), self.others(Some(person)))).collect()
    }

    /// The people who may review a row about this person today.
    fn others(&self, about: Option<&PersonId>) -> Vec<PersonId> {
        let ReviewCase { rules, base, today, .. } = *self.case;
        let register = &rules.register;
        let authority = Authority::on(register, base, &[today]);
        let may = |(person, approver): &(&PersonId, &crate::policy::Approver)| {
            let own = self.is_own(person, about);
            let concerned = if own { Concerned::Oneself } else { Concerned::Another };
            rules.policies.may_attest(register, approver, &self.parsed.trust, concerned).allowed
        };
        authority.iter().filter(may).map(|(person, _)| person.clone()).collect()
    }
}
