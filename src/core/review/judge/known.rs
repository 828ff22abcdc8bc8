//! Tells which statements of reviewers are remembered: as those of a review that counted, as shown in a list that did not
//! count yet, or as replaced by a later statement.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::ReviewCase;
use crate::judge::STATEMENT_DAYS;
use crate::model::{Digest, Hasher, ReviewStatement};

/// The digest of the text by which a reviewer's statement is remembered, if it is. A later statement of the same reviewer
/// replaces it, and then it is not remembered any more.
pub(super) fn known_by(case: &ReviewCase<'_>, statement: &ReviewStatement) -> Option<Digest> {
    statement.digests().find(|digest| case.used.contains(digest) && !case.replaced.contains(digest))
}

/// Returns whether a later statement of the same reviewer about the same list has replaced this one.
pub(super) fn is_replaced(case: &ReviewCase<'_>, statement: &ReviewStatement) -> bool {
    statement.digests().any(|digest| case.replaced.contains(&digest))
}

/// Returns whether an earlier pass has remembered that this statement was shown, in a list that did not count yet. A later
/// statement replaces it too.
pub(super) fn is_shown_before(case: &ReviewCase<'_>, statement: &Digest) -> bool {
    case.used.contains(&shown_digest(statement)) && !case.replaced.contains(statement)
}

/// The digest by which a statement is remembered that was shown in a list that did not count yet. It is another one than
/// that of the statement, because nothing else of such a list was accepted.
#[must_use]
pub fn shown_digest(statement: &Digest) -> Digest {
    let mut hasher = Hasher::new("portvakt review shown 1");
    hasher.part(statement.as_bytes());
    hasher.finish()
}

/// Returns whether a statement is too old to be used for the first time.
pub(super) fn is_stale(on: Date, today: Date) -> bool {
    on.checked_add(STATEMENT_DAYS.days()).unwrap_or(Date::MAX) < today
}
