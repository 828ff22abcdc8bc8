//! Open accounts whose owner neither the store nor the memory knows, with the login of somebody who has no open account
//! by the memory. This happens after an older memory was restored beside a register that has changed since. To close
//! such an account and open another one would take from that person what cannot be given back (R34).

use std::collections::{BTreeMap, BTreeSet};

use crate::change::KnownPerson;
use crate::diag::{Code, Finding, text};
use crate::model::{Account, AccountId, Login, PersonId};

use super::drawing::Drawing;
use super::situation::{Situation, StoreExtent};

/// Returns the open accounts without a known owner, by their login in small letters. A list that may be incomplete
/// shows them too. If only the accounts of some people were read, the result is empty.
pub(super) fn unclaimed(situation: &Situation<'_>) -> BTreeMap<String, AccountId> {
    if matches!(situation.observed.extent, StoreExtent::People(_)) {
        return BTreeMap::new();
    }
    let (people, lists) = (&situation.base.people, situation.lists);
    let owned: BTreeSet<&AccountId> = people.values().filter_map(|known| known.account.as_ref()).collect();
    let is_nobodys = |account: &&Account| {
        account.active
            && account.person.is_none()
            && !owned.contains(&account.id)
            && !lists.ignored_accounts.contains(&account.id)
            && !lists.adopted_accounts.contains_key(&account.id)
    };
    let accounts = situation.observed.accounts.values().filter(is_nobodys);
    accounts
        .filter_map(|account| Some((account.login.as_ref()?.to_lowercase(), account.id.clone())))
        .collect()
}

/// Returns the login that the person's files name. A person without a login in the files logs in with the id.
pub(super) fn login_of<'k>(person: &'k PersonId, known: &'k KnownPerson) -> &'k str {
    let named = known.files.values().next().and_then(|facts| facts.vouched.login.as_ref());
    named.map_or_else(|| person.as_str(), Login::as_str)
}

impl Drawing<'_> {
    /// Returns whether an open account without a known owner has this login. It then stays as it is, and a finding
    /// reports it. `was` is the person's account by the memory, which is closed. An adopted account does not replace
    /// it.
    pub(super) fn is_there_already(
        &mut self,
        person: &PersonId,
        login: &str,
        was: Option<&AccountId>,
    ) -> bool {
        let Some(account) = self.unclaimed.get(&login.to_lowercase()).cloned() else { return false };
        let message = text!(
            en: "account `{account}` has the login of `{person}`, and nobody is known to own it; it stays as it is, and `{person}` gets no other",
            nb: "kontoen `{account}` har innloggingen til `{person}`, og det er ikke kjent hvem som eier den; den blir stående, og `{person}` får ingen annen"
        );
        let newest = text!(
            en: "If a backup of the memory was put back, use the newest one there is.",
            nb: "Er en sikkerhetskopi av minnet lagt tilbake, bruk den nyeste som finnes."
        );
        let otherwise = match was {
            None => text!(
                en: "If the account is that of `{person}`, list it in `register.yaml` under `accounts: adopt`; if it is not, close it in the store.",
                nb: "Er kontoen den til `{person}`, før den opp i `register.yaml` under `accounts: adopt`; er den ikke det, steng den i registeret."
            ),
            Some(_) => text!(
                en: "If the account is not that of `{person}`, close it in the store.",
                nb: "Er kontoen ikke den til `{person}`, steng den i registeret."
            ),
        };
        self.draft.findings.push(Finding::new(Code::UnknownAccount, message, newest.and(otherwise)).held());
        self.draft.spared.insert(account);
        true
    }
}
