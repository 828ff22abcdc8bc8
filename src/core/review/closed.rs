//! Closes a review. Its ends and changes are then accepted, the ends are over, and the store, read as a whole, shows
//! it. A review that counts is only answered. This step closes it.
//!
//! A review that a newer one has overtaken is closed in the same way. An answer of it may never have been followed.
//! Such an answer is settled if the newer review has answered for the same access on a later day, and the store shows
//! that answer. An accepted end must be over in any case, no matter what the newer review says.
//!
//! The store may have accounts at the trust that no file names. They close nothing and keep nothing open. The record of
//! the closing has them, so that an auditor sees them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::Base;
use crate::model::{
    Account, AccountId, Digest, Hasher, PersonId, Quarter, Register, Review, ReviewRow, Right, RowAnswer,
    SettingRow, TrustId,
};
use crate::planted::PlantedFault;

use super::follow::{AnswerFollowed, anew, followed, followed_setting, key_now, setting_anew};
use super::judge::{JudgedReviews, ReviewedList};

/// A review that is closed by this reading of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The trust, by the id it has now.
    pub trust: TrustId,
    /// The quarter that names the review.
    pub quarter: Quarter,
    /// The digest of the list with its answers. A review that was closed is remembered by it.
    pub answers: Digest,
    /// The number of accounts that were read.
    pub read: usize,
    /// The accounts in use that have a right at the trust and that no file names.
    pub unnamed: Vec<AccountId>,
}

/// The whole store as a pass has read it, with the accepted state.
#[derive(Debug, Clone, Copy)]
pub struct ReadBack<'a> {
    /// The accepted state of all people.
    pub base: &'a Base,
    /// The register in force.
    pub register: &'a Register,
    /// All accounts of the store, read with proof that none is missing.
    pub accounts: &'a BTreeMap<AccountId, Account>,
    /// The current day in the register's time zone.
    pub today: Date,
}

/// The reviews that count and that this reading of the store closes. Overtaken reviews are among them, and reviews that
/// were closed before are not.
#[must_use]
pub fn closed(judged: &JudgedReviews, used: &BTreeSet<Digest>, store: &ReadBack<'_>) -> Vec<Closed> {
    judged.counted().filter_map(|(list, newer)| closes(list, newer, used, store)).collect()
}

fn closes(
    list: &ReviewedList,
    newer: Option<&ReviewedList>,
    used: &BTreeSet<Digest>,
    store: &ReadBack<'_>,
) -> Option<Closed> {
    let (review, trust) = (&list.parsed.review, list.parsed.trust.clone());
    let answers = answers_of(review);
    if used.contains(&answers) {
        return None;
    }
    let is_shown = review.rows.iter().all(|row| store.settles(row, (list, newer)))
        && review.settings.iter().all(|row| store.settles_setting(row, (list, newer)));
    if !is_shown && !PlantedFault::ReviewClosedUnread.is_planted() {
        return None;
    }
    let unnamed = store.unnamed(&trust);
    Some(Closed { trust, quarter: review.quarter, answers, read: store.accounts.len(), unnamed })
}

/// The digest of a list with all its answers.
#[must_use]
pub fn answers_of(review: &Review) -> Digest {
    let mut hasher = Hasher::new("portvakt review closed 1");
    hasher.part(review.trust.as_str().as_bytes()).part(review.quarter.to_string().as_bytes());
    hasher.part(review.list_digest().to_string().as_bytes());
    for by in review.answerers() {
        hasher.part(by.as_str().as_bytes()).part(review.answers_digest(by).to_string().as_bytes());
    }
    hasher.finish()
}

impl ReadBack<'_> {
    /// Returns whether the answer of a row is accepted, its end is over, and the store shows it.
    #[must_use]
    pub fn shows(&self, row: &ReviewRow) -> bool {
        match followed(row, self.base, |_| None, self.today) {
            AnswerFollowed::NothingAsked => true,
            AnswerFollowed::NotYet | AnswerFollowed::EndsOn(_) => false,
            AnswerFollowed::Done => self.agrees(row),
        }
    }

    /// Returns whether the store shows the answer of a row, or the answer of the newer list about the same access.
    /// `lists` are the list of the row and the one that has overtaken it.
    #[must_use]
    pub fn settles(&self, row: &ReviewRow, lists: (&ReviewedList, Option<&ReviewedList>)) -> bool {
        let is_ignored = || followed(row, self.base, |_| None, self.today) == AnswerFollowed::NotYet;
        self.shows(row)
            || (is_ignored() && anew(row, lists, self.base).is_some_and(|later| self.shows(later)))
    }

    /// The same for a row about the settings.
    #[must_use]
    pub fn settles_setting(&self, row: &SettingRow, lists: (&ReviewedList, Option<&ReviewedList>)) -> bool {
        let is_ignored =
            || followed_setting(row, self.register, self.base, self.today) == AnswerFollowed::NotYet;
        let later = || setting_anew(row, lists, self.base);
        self.shows_setting(row) || (is_ignored() && later().is_some_and(|later| self.shows_setting(later)))
    }

    /// Returns whether the answer of a row about the settings is in force, and the store shows it. An account that the
    /// settings do not name any more must have no rights, or belong to a person.
    #[must_use]
    pub fn shows_setting(&self, row: &SettingRow) -> bool {
        match followed_setting(row, self.register, self.base, self.today) {
            AnswerFollowed::NothingAsked => true,
            AnswerFollowed::NotYet | AnswerFollowed::EndsOn(_) => false,
            AnswerFollowed::Done => {
                let account = row.setting.account().and_then(|account| self.accounts.get(account));
                account.is_none_or(|account| {
                    !account.active || account.rights.is_empty() || self.is_named(&account.id)
                })
            }
        }
    }

    /// Returns whether a file or the settings name an account.
    fn is_named(&self, account: &AccountId) -> bool {
        self.register.ignored_accounts.contains(account)
            || self.register.adopted_accounts.contains_key(account)
            || self.base.people.values().any(|known| known.account.as_ref() == Some(account))
    }

    /// Returns whether the store has the accepted right of a row's access. It may not have the earlier right of the
    /// row, unless another access gives it now.
    fn agrees(&self, row: &ReviewRow) -> bool {
        let key = key_now(row, self.base);
        let before = Right { application: key.application.clone(), unit: key.unit, role: row.role.clone() };
        let known = self.base.people.get(&key.person);
        let given = |right: &Right| {
            known.is_some_and(|known| {
                let mut standings = known.grants.values();
                standings.any(|standing| standing.in_force(self.today) && standing.grant.right() == *right)
            })
        };
        let has = |right: &Right| {
            let mut accounts = self.accounts.values().filter(|account| self.is_of(account, &key.person));
            accounts.any(|account| account.rights.contains_key(right))
        };
        let changed = row.answered.as_ref().is_some_and(|answered| answered.answer == RowAnswer::Change);
        let standing = self.base.standing(&key).filter(|standing| changed && standing.in_force(self.today));
        (given(&before) || !has(&before)) && standing.is_none_or(|standing| has(&standing.grant.right()))
    }

    fn is_of(&self, account: &Account, person: &PersonId) -> bool {
        let known = self.base.people.get(person).and_then(|known| known.account.as_ref());
        known == Some(&account.id)
            || account.person.as_ref().is_some_and(|owner| self.base.is_same(owner, person))
    }

    /// The accounts in use that have a right at a trust and that no file names. A service account that the register
    /// names is not among them.
    #[must_use]
    pub fn unnamed(&self, trust: &TrustId) -> Vec<AccountId> {
        let owned: BTreeSet<&AccountId> =
            self.base.people.values().filter_map(|known| known.account.as_ref()).collect();
        let at_trust = |right: &Right| self.register.trust_of(right.unit) == Some(trust);
        let stranger = |account: &&Account| {
            account.active
                && !owned.contains(&account.id)
                && !self.register.ignored_accounts.contains(&account.id)
                && !self.register.adopted_accounts.contains_key(&account.id)
                && account.rights.keys().any(at_trust)
        };
        self.accounts.values().filter(stranger).map(|account| account.id.clone()).collect()
    }
}
