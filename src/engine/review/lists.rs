//! Describes the lists of reviews that a change touches (R36): the number of rows for each answer, the people who
//! answered, and the day on which the next review of the trust is due.

use std::collections::BTreeSet;

use portvakt_core::decide::CheckedChange;
use portvakt_core::model::{Answered, FilePath, RowAnswer};
use portvakt_core::review::ReviewedList;
use portvakt_core::tree::Snapshot;

use super::names::ShownNames;
use super::value::{Answers, ListChange};

/// Finds the lists whose bytes differ between the two trees, and the content of those that are read. A list that is
/// older than the newest one that counts is not read. A list that is gone or has an error has no content either.
pub(super) fn lists(
    names: &ShownNames<'_>,
    weighed: &CheckedChange,
    [base, tree]: [&Snapshot; 2],
) -> Vec<ListChange> {
    let (before, after) = (&base.reviews().files, &tree.reviews().files);
    let of = |path: &FilePath| path.as_str().trim_end_matches(".sig").to_owned();
    let differ = before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path));
    let paths: BTreeSet<FilePath> = differ.map(|path| FilePath::new(&of(path))).collect();
    let change = |file: FilePath| {
        let list = weighed.reviews.lists.iter().find(|list| list.path == file);
        let answers = list.map(|list| answers(names, weighed, list));
        ListChange { file, answers }
    };
    paths.into_iter().map(change).collect()
}

fn answers(names: &ShownNames<'_>, weighed: &CheckedChange, list: &ReviewedList) -> Answers {
    let review = &list.parsed.review;
    let given: Vec<&Option<Answered>> = review
        .rows
        .iter()
        .map(|row| &row.answered)
        .chain(review.settings.iter().map(|row| &row.answered))
        .collect();
    let count = |wanted: fn(RowAnswer) -> bool| {
        given.iter().filter(|answered| answered.as_ref().is_some_and(|one| wanted(one.answer))).count()
    };
    let shortened = review.rows.iter().filter(|row| row.ends_earlier()).count()
        + review.settings.iter().filter(|row| row.ends_earlier()).count();
    let register = names.register;
    let trust = register.trusts.get(&list.parsed.trust);
    let due = weighed.reviews.due.get(&list.parsed.trust);
    Answers {
        trust: trust.map_or(list.parsed.trust.as_str(), |trust| trust.name.as_str()).to_owned(),
        quarter: review.quarter,
        kept: count(|answer| matches!(answer, RowAnswer::Keep { .. })).saturating_sub(shortened),
        shortened,
        changed: count(|answer| answer == RowAnswer::Change),
        ended: count(|answer| answer == RowAnswer::End),
        unanswered: given.iter().filter(|answered| answered.is_none()).count(),
        reviewed_by: review.reviewed.iter().map(|line| names.who(&line.by)).collect(),
        counts_from: list.counts_from,
        state: due.map(|due| due.state),
        due: due.and_then(|due| due.due),
    }
}
