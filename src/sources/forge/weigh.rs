//! Which approvals count. Author and approver are different persons, not only different accounts.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::diag::{Text, text};
use portvakt_core::model::PersonId;

/// Why an approval does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discount {
    /// It was given for another head than the one that was merged: something was pushed, or the branch was rebased,
    /// afterwards.
    OtherHead,
    /// It was taken back: changes were requested afterwards, or somebody dismissed it.
    TakenBack,
    /// The account opened the request or has a commit in it.
    Author,
    /// Another account of a person who opened the request or has a commit in it.
    SamePerson,
    /// Not a person's account.
    Bot,
    /// The forge does not know the account any more, so whether it was a person's cannot be told.
    Gone,
}

impl Discount {
    /// In words, to follow "the approval of account 17 does not count:".
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::OtherHead => text!(
                en: "it was given before the last push",
                nb: "den ble gitt før endringsforslaget sist ble endret"
            ),
            Self::TakenBack => {
                text!(en: "it was taken back or dismissed", nb: "den ble trukket tilbake eller avvist")
            }
            Self::Author => text!(
                en: "who writes a change does not approve it",
                nb: "den som skriver en endring, godkjenner den ikke"
            ),
            Self::SamePerson => text!(
                en: "it is another account of a person who wrote the change",
                nb: "kontoen tilhører også en person som skrev endringen"
            ),
            Self::Bot => text!(en: "it is not a person's account", nb: "kontoen er ikke en persons"),
            Self::Gone => text!(
                en: "the forge no longer knows the account",
                nb: "kodeplattformen kjenner ikke lenger kontoen"
            ),
        }
    }
}

/// A request as far as the forge tells it.
#[derive(Debug)]
pub(super) struct Request {
    pub number: u64,
    pub url: String,
    pub author: u64,
    /// Accounts that have a commit in it, where the forge knows them.
    pub contributors: BTreeSet<u64>,
    /// The merge base.
    pub base: String,
    /// The final head.
    pub head: String,
    /// Whoever approved at some time; `None` where it stands.
    pub approvals: BTreeMap<u64, Option<Discount>>,
}

/// The accounts whose approval stands and counts, and the others with the reason.
pub(super) fn weigh(
    accounts: &BTreeMap<u64, PersonId>,
    request: &Request,
) -> (BTreeSet<u64>, BTreeMap<u64, Discount>) {
    let mut authors = request.contributors.clone();
    authors.insert(request.author);
    let persons: BTreeSet<&PersonId> = authors.iter().filter_map(|account| accounts.get(account)).collect();
    let (mut approvers, mut discounted) = (BTreeSet::new(), BTreeMap::new());
    for (&account, &discount) in &request.approvals {
        let discount = if discount.is_some() {
            discount
        } else if authors.contains(&account) {
            Some(Discount::Author)
        } else if accounts.get(&account).is_some_and(|person| persons.contains(person)) {
            Some(Discount::SamePerson)
        } else {
            None
        };
        match discount {
            None => approvers.insert(account),
            Some(why) => discounted.insert(account, why).is_none(),
        };
    }
    (approvers, discounted)
}
