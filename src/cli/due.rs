//! Tells when the review of each trust's user list is due (R36), beside the list of users. Only reviews that a pass
//! accepted count. The tree only tells which lists exist.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::change::Base;
use portvakt_core::diag::{Finding, Text, text};
use portvakt_core::model::{Digest, TrustId};
use portvakt_core::review::{self, Due, NewReviews, ReviewCase, ReviewState, Unclosed};
use portvakt_database::Connection;
use portvakt_engine::memory;

use super::standing::OpenedRegister;
use super::{finding, output, tree};
use crate::config::Global;

/// The states of the reviews.
#[derive(Debug, Default)]
pub(super) struct Reviews {
    /// The state of the review of each trust, or of one trust.
    pub(super) due: BTreeMap<TrustId, Due>,
    /// The reviews that a newer one has overtaken and that are not closed.
    pub(super) overtaken: BTreeMap<TrustId, Vec<Unclosed>>,
}

/// The statements of reviewers that the passes of a register have used.
#[derive(Debug, Default)]
pub(super) struct UsedReviews {
    /// The used statements, and what closed reviews are remembered by.
    pub(super) used: BTreeSet<Digest>,
    /// Statements that a later one of the same reviewer about the same list has replaced.
    pub(super) replaced: BTreeSet<Digest>,
    /// The day of the last review of each trust that began to count, by the id of the trust.
    pub(super) last: BTreeMap<String, Date>,
}

impl UsedReviews {
    /// Reads them from the memory and the ledger.
    pub(super) fn read(conn: &Connection) -> Result<Self, Finding> {
        let mut ledger = memory::Bound::default();
        ledger.follow(conn).map_err(finding::of)?;
        let used = memory::used_statements(conn).map_err(finding::of)?;
        let (replaced, last) = (ledger.replaced_statements().clone(), ledger.last_reviews().clone());
        Ok(Self { used, replaced, last })
    }
}

/// Returns the state of the review of each trust, or of one trust. It is empty if the register asks for no reviews. It
/// is also empty if the tree cannot be read, because the list of users must still be shown.
pub(super) fn reviews(
    global: &Global,
    standing: &OpenedRegister,
    base: &Base,
    only: Option<&TrustId>,
) -> Result<Reviews, Finding> {
    let OpenedRegister { reader, rules, today, .. } = standing;
    if rules.register.reviews_from.is_none() {
        return Ok(Reviews::default());
    }
    let Ok(tree) = tree::read_tree(global) else { return Ok(Reviews::default()) };
    let UsedReviews { used, replaced, .. } = UsedReviews::read(reader.connection())?;
    let (lists, first) = (tree.snapshot.reviews(), review::oldest(base, *today));
    let judged = review::judge_all(&ReviewCase {
        // A list that was not accepted yet does not count here.
        new: NewReviews::Wait,
        replaced: &replaced,
        ..ReviewCase::of_files(lists, rules, base, &used, &first, *today)
    });
    let wanted = |trust: &TrustId| only.is_none_or(|only| only == trust);
    let is_closed = |answers: &Digest| used.contains(answers);
    let mut overtaken = review::unclosed(&judged, (base, &rules.register), is_closed, *today);
    overtaken.retain(|trust, _| wanted(trust));
    let due = judged.due.into_iter().filter(|(trust, due)| wanted(trust) && due.due.is_some()).collect();
    Ok(Reviews { due, overtaken })
}

/// Returns the words for a trust whose review is overdue by more than a month.
pub(super) fn waits_for_review(trust: &str) -> Text {
    text!(
        en: "new access and extensions at {trust} wait until its user list is reviewed, unless the national leadership approves them",
        nb: "nye og forlengede tilganger ved {trust} venter til brukerlisten er kontrollert, med mindre den nasjonale ledelsen godkjenner dem"
    )
}

/// Tells the user which reviews are open, due or late, and which were overtaken before they were closed.
pub(super) fn tell(global: &Global, standing: &OpenedRegister, reviews: &Reviews) {
    let name_of = |trust: &TrustId| standing.rules.register.trust_name(trust);
    for (trust, Due { state, due, .. }) in
        reviews.due.iter().filter(|(_, due)| due.state != ReviewState::Done)
    {
        let Some(day) = due else { continue };
        let name = name_of(trust);
        let state = state.words();
        output::tell(
            global,
            &text!(
                with state;
                en: "{name}: the review of this list is {state}, by {day}",
                nb: "{name}: kontrollen av denne listen er {state}, innen {day}"
            ),
        );
    }
    for (trust, lists) in &reviews.overtaken {
        let name = name_of(trust);
        for words in lists.iter().map(Unclosed::words) {
            output::tell(global, &text!(with words; en: "{name}: {words}", nb: "{name}: {words}"));
        }
    }
}
