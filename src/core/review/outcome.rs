//! The results of one pass for the reviews. This one value goes from the reckoning to the record and to the display.

use std::collections::BTreeMap;

use crate::model::TrustId;

use super::carried::Unclosed;
use super::closed::Closed;
use super::due::Due;
use super::judge::Attested;
use super::newest::NewestLists;

/// The results of a pass for the reviews of the user lists.
#[derive(Debug, Default)]
pub struct ReviewOutcome {
    /// The reviews that count from now on, and the reviewers of other lists who are shown from now on.
    pub attested: Vec<Attested>,
    /// When the review of each trust's user list is due. It is `None` if this is not a whole pass.
    pub due: Option<BTreeMap<TrustId, Due>>,
    /// The reviews that are closed from now on: the whole store shows what they say.
    pub closed: Vec<Closed>,
    /// The reviews that a newer one has overtaken and that the store has not closed. A pass over some files knows of none.
    pub overtaken: BTreeMap<TrustId, Vec<Unclosed>>,
    /// The newest lists of reviews, by trust.
    pub lists: BTreeMap<TrustId, NewestLists>,
}
