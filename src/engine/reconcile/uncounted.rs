//! Tells of approvals on the forge that do not count because of the account itself. Without this, whoever waits for the
//! approval sees it on the page of the request and does not know why it is none.

use std::collections::BTreeMap;

use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::model::PersonId;
use portvakt_sources::forge::ForgeReview;

/// Returns a finding for each approval of a request that somebody can make count: each says whose it is and what to do.
pub(super) fn uncounted_approvals(review: &ForgeReview, accounts: &BTreeMap<u64, PersonId>) -> Vec<Finding> {
    let told = review.discounted.iter().filter_map(|(account, discount)| {
        let (person, way_out) = (accounts.get(account)?, discount.way_out()?);
        let (request, why) = (review.request, discount.words());
        let message = text!(
            with why;
            en: "the approval of request {request} by `{person}` (account {account}) does not count: {why}",
            nb: "godkjenningen av endringsforslag {request} fra `{person}` (konto {account}) teller ikke: {why}"
        );
        Some(Finding::new(Code::ApproverNotActive, message, way_out))
    });
    told.collect()
}
