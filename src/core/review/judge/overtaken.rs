//! Reads the lists that a newer one of the same trust has overtaken. The newer one counts, so they do not decide what
//! is due. A list that counted before stays a review. Its ends are carried out and read back like those of any other. A
//! list that never counted does not become a review by being overtaken, because silence is never approval. It becomes
//! one if people complete it after the newer one. Their answers then came later, and count.

use std::sync::Arc;

use jiff::civil::Date;

use super::known::known_by;
use super::{Attested, JudgedReviews, ReviewCase, ReviewList, ReviewedList, ReviewerLine, judge};
use crate::model::{FilePath, Quarter};
use crate::parse::{self, ParsedReview};
use crate::planted::PlantedFault;
use crate::tree::review_parts;

/// A list that a newer one of the same trust has overtaken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    /// The overtaken list. It has a day from which it counts if it counted before the newer one did.
    pub list: ReviewedList,
    /// The quarter of the newer list, which counts.
    pub by: Quarter,
}

/// Judges all lists like [`judge`], and reads those that were overtaken too.
#[must_use]
pub fn judge_all(case: &ReviewCase<'_>) -> JudgedReviews {
    let mut judged = judge(case);
    if !PlantedFault::OvertakenReviewForgotten.is_planted() {
        let (overtaken, attested) = overtaken(case, &judged);
        judged.overtaken = overtaken;
        judged.attested.extend(attested);
    }
    judged
}

/// Reads the lists that are older than the one that counts, and returns those of them that begin to count too. Nobody
/// waits for a list that cannot be read, so nobody is told to correct it.
fn overtaken(case: &ReviewCase<'_>, judged: &JudgedReviews) -> (Vec<Overtaken>, Vec<Attested>) {
    let (mut found, mut attested) = (Vec::new(), Vec::new());
    for newest in judged.lists.iter().filter(|list| list.counts_from.is_some()) {
        let Some((folder, name)) = review_parts(&newest.path) else { continue };
        for (path, bytes) in case.files.lists() {
            // The names sort by year and quarter.
            let is_older = review_parts(path).is_some_and(|(other, stem)| other == folder && stem < name);
            if !is_older {
                continue;
            }
            let Ok(parsed) = parse::review(path, bytes, &case.rules.register) else { continue };
            let known =
                ReviewList::remembering(case, path, bytes, &parsed).remembered(&parsed.review.answerers());
            let counts_from = known.or_else(|| {
                let (day, late) = completed_late(case, (path, bytes), &parsed, newest)?;
                attested.extend(late);
                Some(day)
            });
            let list = ReviewedList { path: path.clone(), parsed, counts_from };
            found.push(Overtaken { list, by: newest.parsed.review.quarter });
        }
    }
    (found, attested)
}

/// Returns the day from which an older list counts that was completed on the day of the newer one or later. It needs
/// the same as any review. No finding says what it lacks, because nobody has to complete it.
fn completed_late(
    case: &ReviewCase<'_>,
    (path, bytes): (&FilePath, &Arc<[u8]>),
    parsed: &ParsedReview,
    newest: &ReviewedList,
) -> Option<(Date, Vec<Attested>)> {
    let mut alone = JudgedReviews::default();
    let day = ReviewList::of(case, path, bytes, parsed).weigh(&mut alone)?;
    (Some(day) >= newest.counts_from).then_some((day, alone.attested))
}

impl JudgedReviews {
    /// The lists that count, each with the newer one that has overtaken it, if there is one.
    pub fn counted(&self) -> impl Iterator<Item = (&ReviewedList, Option<&ReviewedList>)> {
        self.all().filter(|(list, _)| list.counts_from.is_some())
    }

    /// All lists that were read, each with the newer one that has overtaken it, if there is one.
    pub(in crate::review) fn all(&self) -> impl Iterator<Item = (&ReviewedList, Option<&ReviewedList>)> {
        let newest = self.lists.iter().map(|list| (list, None));
        let older = self.overtaken.iter().map(move |one| (&one.list, self.newer(one)));
        newest.chain(older)
    }

    /// The list that has overtaken another.
    #[must_use]
    pub fn newer(&self, one: &Overtaken) -> Option<&ReviewedList> {
        self.lists.iter().find(|list| {
            list.counts_from.is_some()
                && list.parsed.review.quarter == one.by
                && list.parsed.trust == one.list.parsed.trust
        })
    }

    /// The list that has overtaken the one at a path. `None` if that one was not overtaken.
    #[must_use]
    pub fn overtaker(&self, path: &FilePath) -> Option<&ReviewedList> {
        let one = self.overtaken.iter().find(|one| one.list.path == *path)?;
        self.newer(one)
    }
}

impl<'a> ReviewList<'a> {
    /// Makes a list without looking for proof. Only statements that are remembered count as shown.
    fn remembering(
        case: &'a ReviewCase<'a>,
        path: &'a FilePath,
        bytes: &'a Arc<[u8]>,
        parsed: &'a ParsedReview,
    ) -> Self {
        let (register, review) = (&case.rules.register, &parsed.review);
        let lines = review
            .reviewed
            .iter()
            .map(|line| {
                let statement = review.statements(&register.id, line);
                let known = known_by(case, &statement);
                let digest = known.unwrap_or_else(|| statement.digest());
                let proof = if known.is_some() { Ok(()) } else { Err(None) };
                ReviewerLine { line, digest, is_known: known.is_some(), proof }
            })
            .collect();
        Self { case, path, text: String::from_utf8_lossy(bytes), parsed, lines }
    }
}
