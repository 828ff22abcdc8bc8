//! Decides which rows of a list a person may answer today. The options, a filled-in table and the questions at a terminal
//! all ask here, and the judgement of the list decides by the same rule.

use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::{Delegation, PersonId, Review, TrustId};
use portvakt_core::review::{AnswerRefused, answers_for};

use super::list::ReviewDesk;

/// A person who answers rows of a list.
pub(super) struct Answerer<'a> {
    pub(super) by: &'a PersonId,
    /// The tree of the list.
    pub(super) desk: &'a ReviewDesk,
    /// The delegates that the list names.
    delegations: Vec<Delegation>,
    /// The people who may review the list today.
    entitled: Vec<PersonId>,
}

impl<'a> Answerer<'a> {
    /// Returns the person if they may answer any row of the list. Otherwise none of their answers would count, because
    /// they may not review the list and are not a delegate today.
    pub(super) fn of(
        desk: &'a ReviewDesk,
        trust: &TrustId,
        list: &Review,
        by: &'a PersonId,
    ) -> Result<Self, Finding> {
        let entitled = desk.who_may_review(trust);
        let answerer = Self { by, desk, delegations: list.delegations.clone(), entitled };
        if answerer.may_answer(None).is_ok() {
            return Ok(answerer);
        }
        let message = text!(
            en: "`{by}` may not answer at this list, that of `{trust}`",
            nb: "`{by}` kan ikke svare i denne listen, den til `{trust}`"
        );
        let way_out = desk.these_may(&answerer.entitled).and(text!(
            en: "They can name a delegate for the days they are away.",
            nb: "De kan oppgi en stedfortreder for dagene de er borte."
        ));
        Err(Finding::new(Code::ReviewerNotEntitled, message, way_out))
    }

    /// Refuses a row whose answer would not count. `about` is the person of the row, if it is about one.
    pub(super) fn may_answer(&self, about: Option<&PersonId>) -> Result<(), AnswerRefused> {
        let base = &self.desk.base;
        let may_review = |person: &PersonId| self.entitled.iter().any(|one| base.is_same(one, person));
        answers_for((self.by, about), self.desk.today, &self.delegations, base, may_review)?;
        Ok(())
    }

    /// The same as a finding, for a row that the user named without being asked about it.
    pub(super) fn answers(&self, about: Option<&PersonId>) -> Result<(), Finding> {
        let Err(why) = self.may_answer(about) else { return Ok(()) };
        let by = self.by;
        let (code, message) = match why {
            AnswerRefused::OwnRow => (
                Code::ReviewOwnRow,
                text!(
                    en: "`{by}` cannot answer at their own access",
                    nb: "`{by}` kan ikke svare på sin egen tilgang"
                ),
            ),
            // They may answer other rows, so this row is about the only reviewer they stand in for.
            AnswerRefused::NotEntitled => {
                let about = about.map_or("", PersonId::as_str);
                let message = text!(
                    en: "`{by}` stands in for `{about}`, and cannot answer at that person's own access",
                    nb: "`{by}` er stedfortreder for `{about}`, og kan ikke svare på tilgangen til den personen"
                );
                (Code::ReviewerNotEntitled, message)
            }
        };
        let way_out = text!(
            en: "Another person who may review the list answers it; `portvakt check` names them.",
            nb: "En annen som kan kontrollere listen, svarer på den; `portvakt check` nevner dem."
        );
        Err(Finding::new(code, message, way_out))
    }
}
