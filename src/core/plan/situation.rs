//! The input from which a plan is drawn: what was accepted, what the changes take, what the store holds, and the day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, Head, Removal};
use crate::diag::{Text, text};
use crate::model::{Account, AccountId, GrantKey, PersonId, Register};

use super::report_work::Reports;

/// Tells how much of the store was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreExtent {
    /// The whole store was read, with proof.
    Whole,
    /// The list may be incomplete. The text says why.
    Doubtful(Text),
    /// Only the accounts of these people were read.
    People(BTreeSet<PersonId>),
}

impl StoreExtent {
    /// Returns how much of the store a list shows that has `seen` accounts, if `known` accounts are known to be in use.
    /// The store itself may say that the list is incomplete. A list with less than 90 % of the known accounts was cut
    /// off, so what is missing from it does not prove an absence.
    #[must_use]
    pub fn of_list(seen: usize, known: usize, incomplete: Option<Text>) -> Self {
        match incomplete {
            Some(why) => Self::Doubtful(why),
            None if seen * 10 < known * 9 => Self::Doubtful(text!(
                en: "it has {seen} accounts, and {known} are known to be in use",
                nb: "den har {seen} kontoer, og {known} er så vidt kjent i bruk"
            )),
            None => Self::Whole,
        }
    }

    /// Says that a list of accounts may be incomplete, for this reason.
    #[must_use]
    pub fn in_doubt(why: &Text) -> Text {
        text!(
            with why;
            en: "the store's list of accounts is not whole: {why}",
            nb: "registerets liste over kontoer er ikke hel: {why}"
        )
    }
}

/// The accounts that the pass saw in the store.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The accounts, by id.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Tells how much of the store was read.
    pub extent: StoreExtent,
    /// Tells whether the store keeps the person, name, login and address of an account as they were written.
    pub as_written: bool,
}

/// Tells how far the clock is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockTrust {
    /// The clock runs on normally from the last pass.
    Steady,
    /// The clock is too far ahead. Ends by this clock count against the budget until somebody confirms the date.
    Ahead,
    /// The clock is behind the last trusted moment. Nothing begins or ends by it.
    Behind,
}

/// Tells whether this tree is the newest one that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// The tree is the newest one. Everything is carried out.
    Newest,
    /// Later commits wait. Only removals by `revoked` or by a past end date are carried out. Everything else waits
    /// for the newest commit, where it must still be valid and is counted together.
    OnTheWay,
}

/// The input from which a draft is made.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The accepted state. It includes the grants of this change, but not its removals.
    pub base: &'a Base,
    /// The removals of this change.
    pub takes: &'a BTreeMap<GrantKey, Removal>,
    /// Grants that are missing from the tree but not yet for long enough, or that wait for the newest commit.
    pub waiting: &'a BTreeSet<GrantKey>,
    /// Grants whose end does not act by the clock alone, because an extension waits for the date.
    pub extended: &'a BTreeSet<GrantKey>,
    /// The files of the tree that differ from what was accepted, or that are still open.
    pub head: &'a Head,
    /// The accounts that the pass saw in the store.
    pub observed: &'a Observed,
    /// The accepted register.
    pub register: &'a Register,
    /// The register whose lists of ignored and adopted accounts count. It is the accepted one, or the one that a
    /// release puts in force with this pass. The reason is that a closed account stays closed.
    pub lists: &'a Register,
    /// The register that two people have not decided about yet. An account that its lists name stays until they do.
    pub awaited: Option<&'a Register>,
    /// The trusted day. Access begins by it.
    pub today: Date,
    /// The day by which access ends. It is the trusted day, or the clock's day if the clock runs ahead.
    pub ends: Date,
    /// Tells whether end dates may take effect on their own.
    pub clock: ClockTrust,
    /// Tells whether more commits wait.
    pub stand: Stand,
    /// The people for whom only ended access is taken away.
    pub untrusted: &'a Untrusted,
    /// The accounts that memory gives to these people. Nobody knows whether they are strangers.
    pub doubted_accounts: &'a BTreeSet<AccountId>,
    /// The state of Rapporteket's reports. It is `None` if the program has no access to them.
    pub reports: Option<&'a Reports>,
}

/// The people whose remembered access cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untrusted {
    /// The access of these people cannot be trusted.
    These(BTreeSet<PersonId>),
    /// Nobody's access can be trusted, because the ledger is not valid.
    Everybody,
}

impl Untrusted {
    /// Tells whether this person's access cannot be trusted.
    #[must_use]
    pub fn has(&self, person: &PersonId) -> bool {
        match self {
            Self::These(people) => people.contains(person),
            Self::Everybody => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_list_with_less_than_nine_tenths_of_the_known_accounts_was_cut_off() {
        assert_eq!(StoreExtent::of_list(9, 10, None), StoreExtent::Whole);
        assert_eq!(StoreExtent::of_list(0, 0, None), StoreExtent::Whole);
        let StoreExtent::Doubtful(why) = StoreExtent::of_list(8, 10, None) else {
            panic!("8 of 10 are no whole list")
        };
        assert_eq!(why.en(), "it has 8 accounts, and 10 are known to be in use");
        assert_eq!(why.get(Lang::Nb), "den har 8 kontoer, og 10 er så vidt kjent i bruk");
    }

    #[test]
    fn what_the_store_says_of_its_list_stands_before_the_count() {
        let why = text!(en: "it stopped", nb: "den stoppet");
        assert_eq!(StoreExtent::of_list(10, 10, Some(why.clone())), StoreExtent::Doubtful(why));
    }
}
