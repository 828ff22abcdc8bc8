//! Judges who may answer a row of a list, and whether it is proved that they did.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::entitled::{AnswerRefused, answers_for};
use super::super::told;
use super::{JudgedReviews, ReviewCase, ReviewList};
use crate::judge::Authority;
use crate::model::{Answered, PersonId, RowAnswer};
use crate::parse::Span;
use crate::policy::Concerned;

/// The answers of the policies about people and days that were asked about already.
pub(super) type AnsweredBefore = BTreeMap<(PersonId, Date), bool>;

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
            Err(AnswerRefused::OwnRow) => told::own_row(place(), by, &self.others(about)),
            Err(AnswerRefused::NotEntitled) => told::not_entitled(place(), by, &self.others(about)),
        };
        judged.findings.push(told);
        0
    }

    /// Reports people who have answered and have no line among the reviewers. Nobody would ask them for their signature,
    /// so the list could never count.
    pub(super) fn unnamed_answerers(&self, answerers: &BTreeSet<&PersonId>, judged: &mut JudgedReviews) {
        let review = &self.parsed.review;
        for by in answerers.iter().filter(|by| !self.lines.iter().any(|line| line.line.by == ***by)) {
            let rows = review.rows.iter().map(|row| &row.answered).zip(&self.parsed.rows);
            let settings = review.settings.iter().map(|row| &row.answered).zip(&self.parsed.settings);
            let is_theirs = |answered: &Option<Answered>| answered.as_ref().is_some_and(|one| one.by == **by);
            if let Some((_, span)) = rows.chain(settings).find(|(answered, _)| is_theirs(answered)) {
                judged.findings.push(told::without_a_line(span.place(self.path, &self.text), by));
            }
        }
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
    ) -> Result<bool, AnswerRefused> {
        let line_of = |person: &PersonId| self.lines.iter().find(|line| line.line.by == *person);
        let on = line_of(by).map_or(self.case.today, |line| line.line.on);
        let (base, delegations) = (self.case.base, &self.parsed.review.delegations);
        let may_review = |person: &PersonId| self.may_review(person, on, asked);
        let reviewers = answers_for((by, about), on, delegations, base, may_review)?;
        // A reviewer who named the delegate is proved to have reviewed too. Of several who did, one is enough: their statement
        // names the delegate.
        let is_proved = |person: &PersonId| line_of(person).is_some_and(|line| line.proof.is_ok());
        Ok(is_proved(by) && reviewers.into_iter().any(is_proved))
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
