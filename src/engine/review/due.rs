//! The reviews of user lists that are due, for the reviewer of a change. Those of the trusts that the change touches
//! are among the advice, and one line says how many others there are. The findings for programs name all of them.

use std::collections::BTreeSet;

use portvakt_core::diag::{Code, Finding, Noun, text};
use portvakt_core::model::FilePath;
use portvakt_core::review::{ReviewState, due_finding};
use portvakt_core::tree::{Snapshot, rejections_trust, review_parts};

use super::names::ShownNames;

/// The advice with one line in place of what is due at trusts that the change does not touch.
pub(super) fn narrowed(
    advice: Vec<Finding>,
    names: &ShownNames<'_>,
    [base, tree]: [&Snapshot; 2],
) -> Vec<Finding> {
    let touched = touched(base, tree);
    let due = names.weighed.reviews.due.iter().filter(|(trust, _)| !touched.contains(trust.as_str()));
    let elsewhere: Vec<(ReviewState, Finding)> = due
        .filter_map(|(trust, due)| Some((due.state, due_finding(names.register, trust, due)?)))
        .filter(|(_, finding)| advice.contains(finding))
        .collect();
    let is_elsewhere = |one: &Finding| elsewhere.iter().any(|(_, finding)| finding == one);
    let mut kept: Vec<Finding> = advice.into_iter().filter(|one| !is_elsewhere(one)).collect();
    let latest = elsewhere.iter().max_by_key(|(state, _)| *state);
    kept.extend(latest.map(|(_, finding)| of_others(elsewhere.len(), finding.code)));
    kept
}

/// Returns the folders of the trusts whose files, reviews or rejections differ.
fn touched(base: &Snapshot, tree: &Snapshot) -> BTreeSet<String> {
    let people = tree.differs_from(base);
    let mut folders: BTreeSet<String> =
        people.iter().filter_map(|path| Some(path.person_parts()?.0.to_owned())).collect();
    let folder = |path: &FilePath| {
        let list = FilePath::new(path.as_str().trim_end_matches(".sig"));
        let of_a_review = review_parts(&list).map(|(folder, _)| folder.to_owned());
        of_a_review.or_else(|| rejections_trust(&list).map(str::to_owned))
    };
    for (before, after) in [(base.reviews(), tree.reviews()), (base.requests(), tree.requests())] {
        let (before, after) = (&before.files, &after.files);
        let differ = before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path));
        folders.extend(differ.filter_map(folder));
    }
    folders
}

/// One line for all of them. It has the code of the one that is latest.
fn of_others(count: usize, code: Code) -> Finding {
    const REVIEWS: Noun = Noun::new(
        ["review of a user list", "reviews of user lists"],
        ["kontroll av en brukerliste", "kontroller av brukerlister"],
    );
    let reviews = REVIEWS.count(count);
    let message = text!(
        with reviews;
        en: "due soon or late at trusts that this change does not touch: {reviews}",
        nb: "har frist snart eller er over fristen ved helseforetak denne endringen ikke gjelder: {reviews}"
    );
    let way_out = text!(en: "`portvakt review show` lists them.", nb: "`portvakt review show` viser dem.");
    Finding::new(code, message, way_out)
}
