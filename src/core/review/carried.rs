//! Tells how far the files follow the answers of a review. A review changes nothing by itself. Its ends and changes are
//! made in the persons' files, or in the settings.
//!
//! If a review was overtaken before all of it was carried out, the program says so. Its open answers are noted at the
//! rows of the next list.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::change::Base;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{Digest, GrantKey, Quarter, Register, Review, RowAnswer, RowNotice, TrustId};

use super::closed::answers_of;
use super::follow::{AnswerFollowed, anew, followed, followed_setting, key_now, setting_anew};
use super::judge::{JudgedReviews, ReviewedList};

/// An answer of a review that counts and that the files do not follow yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAnswer {
    /// The access that the row is about.
    pub key: GrantKey,
    /// The answer that the files do not follow.
    pub answer: RowAnswer,
}

/// Returns the answers that the accepted accesses do not follow yet, of reviews that count. The access should have
/// ended or changed and is as it was, or it lasts longer than it should be kept. `leaves` gives the last day of an
/// access that is being taken away or shortened. The findings also cover answers about the settings. An answer that a
/// newer review has decided again, on a later day, is not open.
#[must_use]
pub fn open_answers(
    judged: &JudgedReviews,
    base: &Base,
    register: &Register,
    leaves: impl Fn(&GrantKey) -> Option<Date>,
    today: Date,
) -> (Vec<OpenAnswer>, Vec<Finding>) {
    let (mut open, mut findings) = (Vec::new(), Vec::new());
    for (list, newer) in judged.counted() {
        let mut here = 0;
        for row in &list.parsed.review.rows {
            let Some(answered) = &row.answered else { continue };
            let is_ignored = followed(row, base, &leaves, today) == AnswerFollowed::NotYet;
            if is_ignored && anew(row, (list, newer), base).is_none() {
                here += 1;
                open.push(OpenAnswer { key: key_now(row, base), answer: answered.answer });
            }
        }
        let settings = list.parsed.review.settings.iter();
        here += settings
            .filter(|row| {
                followed_setting(row, register, base, today) == AnswerFollowed::NotYet
                    && setting_anew(row, (list, newer), base).is_none()
            })
            .count();
        if here > 0 {
            let message = match newer.map(|newer| newer.parsed.review.quarter) {
                None => text!(
                    en: "{here} answers of this review are not carried out yet",
                    nb: "{here} svar i denne kontrollen er ikke gjennomført ennå"
                ),
                Some(by) => text!(
                    en: "{here} answers of this review, which that of {by} has overtaken, are not carried out yet",
                    nb: "{here} svar i denne kontrollen, som den for {by} har avløst, er ikke gjennomført ennå"
                ),
            };
            let way_out = text!(
                en: "Change the persons' files as the answers say: what shall end gets `until` or has its file deleted. Offices and service accounts are changed in `register.yaml`, by two.",
                nb: "Endre personfilene slik svarene sier: det som skal slutte, får `until` eller filen slettes. Verv og tjenestekontoer endres i `register.yaml`, av to."
            );
            findings
                .push(Finding::new(Code::ReviewAnswersOpen, message, way_out).at(Place::file(&list.path)));
        }
    }
    (open, findings)
}

/// A review that counted, that a newer one has overtaken, and that the store has not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unclosed {
    /// The quarter that names the review.
    pub quarter: Quarter,
    /// The quarter of the review that has overtaken it.
    pub overtaken_by: Quarter,
    /// The number of its answers that are not carried out, or whose last day has not passed. If it is 0, the next pass
    /// that reads the whole store closes the review.
    pub waits: usize,
}

impl Unclosed {
    /// The words for it.
    #[must_use]
    pub fn words(&self) -> Text {
        let Self { quarter, overtaken_by, waits } = self;
        text!(
            en: "the review of {quarter} is overtaken by {overtaken_by} and not closed (answers that wait: {waits})",
            nb: "kontrollen for {quarter} er avløst av {overtaken_by} og ikke avsluttet (svar som venter: {waits})"
        )
    }
}

/// The reviews that were overtaken and are not closed, by trust. `is_closed` knows the answers of those that are.
#[must_use]
pub fn unclosed(
    judged: &JudgedReviews,
    (base, register): (&Base, &Register),
    is_closed: impl Fn(&Digest) -> bool,
    today: Date,
) -> BTreeMap<TrustId, Vec<Unclosed>> {
    let mut found: BTreeMap<TrustId, Vec<Unclosed>> = BTreeMap::new();
    for (list, newer) in judged.counted() {
        let Some(newer) = newer.filter(|_| !is_closed(&answers_of(&list.parsed.review))) else { continue };
        let waits = count_open(list, newer, (base, register), today);
        let (quarter, overtaken_by) = (list.parsed.review.quarter, newer.parsed.review.quarter);
        let unclosed = Unclosed { quarter, overtaken_by, waits };
        found.entry(list.parsed.trust.clone()).or_default().push(unclosed);
    }
    found
}

/// Returns the number of answers of a list that are not over yet, and that the newer list has not decided again.
fn count_open(
    list: &ReviewedList,
    newer: &ReviewedList,
    (base, register): (&Base, &Register),
    today: Date,
) -> usize {
    let review = &list.parsed.review;
    let is_open = |followed: AnswerFollowed, decided_anew: bool| match followed {
        AnswerFollowed::NothingAsked | AnswerFollowed::Done => false,
        AnswerFollowed::EndsOn(_) => true,
        AnswerFollowed::NotYet => !decided_anew,
    };
    let lists = (list, Some(newer));
    let rows = review
        .rows
        .iter()
        .filter(|row| is_open(followed(row, base, |_| None, today), anew(row, lists, base).is_some()));
    let settings = review.settings.iter().filter(|row| {
        let decided_anew = setting_anew(row, lists, base).is_some();
        is_open(followed_setting(row, register, base, today), decided_anew)
    });
    rows.count() + settings.count()
}

/// Notes open answers of earlier lists at the rows of a new list. They are about the same access, and nobody has
/// carried them out. Lists that were never answered as a whole count too. So the person who answers the new list sees
/// them.
pub fn remind(new: &mut Review, judged: &JudgedReviews, base: &Base, today: Date) {
    let earlier = judged
        .all()
        .filter(|(list, _)| list.parsed.trust == new.trust && list.parsed.review.quarter < new.quarter);
    let open: Vec<(GrantKey, RowNotice)> = earlier
        .flat_map(|lists| lists.0.parsed.review.rows.iter().map(move |row| (row, lists)))
        .filter(|(row, lists)| {
            followed(row, base, |_| None, today) == AnswerFollowed::NotYet
                && anew(row, *lists, base).is_none()
        })
        .map(|(row, _)| {
            let is_change =
                row.answered.as_ref().is_some_and(|answered| answered.answer == RowAnswer::Change);
            let notice = if is_change { RowNotice::EarlierChangeOpen } else { RowNotice::EarlierEndOpen };
            (key_now(row, base), notice)
        })
        .collect();
    for row in &mut new.rows {
        let of_row = open.iter().filter(|(key, _)| *key == row.key).map(|(_, notice)| *notice);
        row.notices.extend(of_row);
        row.notices.sort();
        row.notices.dedup();
    }
}
