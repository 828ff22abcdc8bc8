//! This module decides which approvals count. Author and approver must be different persons, not only different
//! accounts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use portvakt_core::diag::{Text, text};
use portvakt_core::model::PersonId;

/// The reason why an approval does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discount {
    /// The approval was given for another head than the final one. Somebody pushed or rebased the branch afterwards.
    OtherHead,
    /// The approval was given before the request got its target branch, so that the approver saw another change.
    OtherTarget,
    /// The approval was taken back: the account requested changes afterwards, or somebody dismissed the approval.
    TakenBack,
    /// The account opened the request or has a commit in it.
    Author,
    /// The account belongs to a person who opened the request or has a commit in it with another account.
    SamePerson,
    /// The account is not a person's account.
    Bot,
    /// The forge no longer knows the account, so nobody can tell whether it was a person's.
    Gone,
    /// The forge has blocked or deactivated the account, so nobody should be able to approve with it.
    Stopped,
    /// The forge does not say that the account is active, or gives it a state that this program does not know.
    UnknownState,
}

impl Discount {
    /// Returns the reason as text. It follows "the approval of account 17 does not count:".
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::OtherHead => text!(
                en: "it was given before the last push",
                nb: "den ble gitt før endringsforslaget sist ble endret"
            ),
            Self::OtherTarget => text!(
                en: "it was given before the target branch of the request was last changed",
                nb: "den ble gitt før målgrenen for endringsforslaget sist ble endret"
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
            Self::Stopped => text!(
                en: "the forge has blocked or deactivated the account",
                nb: "kontoen er sperret eller slått av på kodeplattformen"
            ),
            Self::UnknownState => text!(
                en: "the forge does not say that the account is active",
                nb: "kodeplattformen sier ikke at kontoen er aktiv"
            ),
        }
    }

    /// Returns what to do next, in one sentence, if the account itself is the reason and somebody can mend it.
    #[must_use]
    pub fn way_out(self) -> Option<Text> {
        match self {
            Self::Stopped => Some(text!(
                en: "Have another approver approve the change in the forge, or those who run it make the account active again; the next pass asks anew.",
                nb: "La en annen godkjenne endringen på kodeplattformen, eller la dem som drifter den, gjøre kontoen aktiv igjen; neste gjennomgang spør på nytt."
            )),
            Self::UnknownState => Some(text!(
                en: "Ask those who run the forge in which state the account is; only one that the forge calls `active` approves.",
                nb: "Spør dem som drifter kodeplattformen, hvilken tilstand kontoen er i; bare en som den kaller `active`, godkjenner."
            )),
            Self::OtherHead
            | Self::OtherTarget
            | Self::TakenBack
            | Self::Author
            | Self::SamePerson
            | Self::Bot
            | Self::Gone => None,
        }
    }
}

/// The data that the forge gives about a request.
#[derive(Debug)]
pub(super) struct Request {
    pub number: u64,
    pub url: String,
    pub author: u64,
    /// The accounts that have a commit in the request, as far as the forge knows them.
    pub contributors: BTreeSet<u64>,
    /// The id of the merge base.
    pub base: String,
    /// The id of the final head.
    pub head: String,
    /// The accounts that approved at some time. The value is `None` if the approval is valid.
    pub approvals: BTreeMap<u64, Option<Discount>>,
    /// When each account approved last, or an earlier moment if the forge does not say it.
    pub given: BTreeMap<u64, Timestamp>,
}

/// Returns the accounts whose approval is valid and counts, and the other accounts with the reason.
pub(super) fn weigh_approvals(
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
