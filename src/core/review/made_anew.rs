//! Finds lists that a change makes anew although the list before counts. The review of then counts no more by that.

use crate::diag::{Code, Finding, Place, text};
use crate::model::Register;
use crate::parse;
use crate::tree::ListFiles;

use super::judge::JudgedReviews;

/// Returns advice about each list that counts in `before` and that the files have as another list of the same quarter.
#[must_use]
pub fn made_anew(before: &JudgedReviews, files: &ListFiles, register: &Register) -> Vec<Finding> {
    let mut found = Vec::new();
    for list in &before.lists {
        let (path, was) = (&list.path, &list.parsed.review);
        let Some((day, bytes)) = list.counts_from.zip(files.files.get(path)) else { continue };
        // The findings about a list that cannot be read are told elsewhere.
        let Ok(now) = parse::review(path, bytes, register) else { continue };
        let now = now.review;
        if (now.made, now.tree, now.list_digest()) == (was.made, was.tree, was.list_digest()) {
            continue;
        }
        let message = text!(
            en: "this list is made anew over one that counts from {day}: until all have answered and signed again, that review counts no more",
            nb: "denne listen er laget på nytt over en som teller fra {day}: til alle har svart og signert igjen, teller ikke den kontrollen lenger"
        );
        let way_out = text!(
            en: "Keep the list that counts, unless the review is to be done again. An answer is corrected with `portvakt review answer`.",
            nb: "Behold listen som teller, hvis ikke kontrollen skal gjøres på nytt. Et svar rettes med `portvakt review answer`."
        );
        found.push(Finding::new(Code::ReviewIncomplete, message, way_out).at(Place::file(path)));
    }
    found
}
