//! Open accounts that the memory gives to nobody, and that may be somebody's all the same: the store or the settings
//! name the person, or the account has the login of the person. This happens after an older memory was put back beside a
//! register that has changed since, or a newer register beside the memory. To close such an account and open another one
//! would take from that person what cannot be given back (R34).

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Astray, HeadEntry, HeadFile, Invalid, KnownPerson, Standing};
use crate::diag::{Code, Finding, Text, text};
use crate::model::{Account, AccountId, Facts, FilePath, Login, PersonId, RequestId};

use super::drawing::{Clue, Drawing, UnclaimedAccounts};
use super::situation::{Situation, StoreExtent};

/// Returns the open accounts that the memory gives to nobody, by the person whose they may be. A list that may be incomplete
/// shows them too. If only the accounts of some people were read, the result is empty.
pub(super) fn unclaimed(situation: &Situation<'_>) -> UnclaimedAccounts {
    let mut unclaimed = UnclaimedAccounts::new();
    if matches!(situation.observed.extent, StoreExtent::People(_)) {
        return unclaimed;
    }
    let (base, lists) = (situation.base, situation.lists);
    let owned: BTreeSet<&AccountId> =
        base.people.values().filter_map(|known| known.account.as_ref()).collect();
    let is_nobodys = |account: &&Account| {
        account.active && !owned.contains(&account.id) && !lists.ignored_accounts.contains(&account.id)
    };
    let accounts: Vec<&Account> = situation.observed.accounts.values().filter(is_nobodys).collect();
    if accounts.is_empty() {
        return unclaimed;
    }
    let renamed: BTreeMap<&PersonId, &PersonId> = situation.head.renamed().collect();
    let logins = people_by_login(situation);
    for account in accounts {
        let mut may_be_of = |person: &PersonId, clue: Clue| {
            unclaimed.entry(person.clone()).or_default().insert(account.id.clone(), clue);
        };
        let by_store = account.person.as_ref().map(|person| (person, Clue::Store));
        let named = by_store.or_else(|| Some((lists.adopted_accounts.get(&account.id)?, Clue::Lists)));
        match (named, &account.login) {
            // An account keeps the person id under which it was opened.
            (Some((person, clue)), _) => {
                let person = base.meant(person);
                may_be_of(renamed.get(person).copied().unwrap_or(person), clue);
            }
            (None, Some(login)) => {
                let people = logins.get(&login.to_lowercase()).into_iter().flatten().copied();
                people.for_each(|person| may_be_of(person, Clue::Login));
            }
            (None, None) => {}
        }
    }
    unclaimed
}

/// Returns who has each login, in small letters, by what was accepted and by what the files say now.
fn people_by_login<'s>(situation: &Situation<'s>) -> BTreeMap<String, BTreeSet<&'s PersonId>> {
    let accepted = situation.base.people.iter().map(|(person, known)| (login_of(person, known), person));
    let said = situation.head.iter().filter_map(|(_, person, _, file)| match file {
        HeadFile::Says { facts, .. } => Some((login_in(person, Some(facts)), person)),
        HeadFile::Held { .. } => Some((person.as_str(), person)),
        HeadFile::Gone => None,
    });
    let mut logins: BTreeMap<String, BTreeSet<&PersonId>> = BTreeMap::new();
    for (login, person) in accepted.chain(said) {
        logins.entry(login.to_lowercase()).or_default().insert(person);
    }
    logins
}

/// Returns the login that the person's accepted files name.
fn login_of<'k>(person: &'k PersonId, known: &'k KnownPerson) -> &'k str {
    login_in(person, known.files.values().next())
}

/// Returns the login that a file names. A person without a login in the files logs in with the id.
fn login_in<'k>(person: &'k PersonId, facts: Option<&'k Facts>) -> &'k str {
    let named = facts.and_then(|facts| facts.vouched.login.as_ref());
    named.map_or_else(|| person.as_str(), Login::as_str)
}

/// Returns whether an entry in error names its request, and can mean none of the person's remembered accesses.
fn names_another(entry: &Invalid, known: &KnownPerson) -> bool {
    entry.request.is_some() && !known.grants.keys().any(|key| entry.could_mean(key))
}

/// Returns whether a file in the place of a person's file names a request that none of the person's remembered accesses
/// has. A file anywhere else gives nothing to anybody.
fn asks_for_more(path: &FilePath, astray: &Astray, known: &KnownPerson) -> bool {
    let is_another = |request: &RequestId| !known.grants.keys().any(|key| key.request.is_same(request));
    path.person_parts().is_some() && astray.requests.iter().any(is_another)
}

impl Drawing<'_> {
    /// Returns whether there is an open account that may be this person's, and that the memory gives to nobody. It then
    /// stays as it is, and a finding reports it. `was` is the person's account by the memory, which is closed. An adopted
    /// account does not replace it.
    pub(super) fn is_there_already(&mut self, person: &PersonId, was: Option<&AccountId>) -> bool {
        let Some(accounts) = self.unclaimed.get(person).cloned() else { return false };
        for (account, clue) in &accounts {
            self.spare(account, *clue, person, was);
        }
        true
    }

    /// Lets the open accounts be that may be those of people who have none by the memory, and whose files give something
    /// or are not settled: nothing is given to such a person, and nothing is taken either.
    pub(super) fn spare_unclaimed(&mut self) {
        let awaited = |(person, _): &(&PersonId, &BTreeMap<AccountId, Clue>)| {
            !self.situation.untrusted.has(person)
                && !self.has_an_open_account(person)
                && self.is_awaited(person)
        };
        let awaited: Vec<(PersonId, BTreeMap<AccountId, Clue>)> = self
            .unclaimed
            .iter()
            .filter(awaited)
            .map(|(person, accounts)| (person.clone(), accounts.clone()))
            .collect();
        let people = &self.situation.base.people;
        for (person, accounts) in awaited {
            let was = people.get(&person).and_then(|known| known.account.as_ref());
            for (account, clue) in accounts {
                if !self.draft.spared.contains(&account) {
                    self.spare(&account, clue, &person, was);
                }
            }
        }
    }

    /// Returns whether the person uses an open account, by the memory or because the settings list it.
    fn has_an_open_account(&self, person: &PersonId) -> bool {
        let is_open =
            |id: &AccountId| self.situation.observed.accounts.get(id).is_some_and(|account| account.active);
        let known = self.situation.base.people.get(person).and_then(|known| known.account.as_ref());
        let mut adopted = self.situation.lists.adopted_accounts.iter();
        known.is_some_and(is_open)
            || adopted.any(|(id, owner)| owner == person && self.owned.contains(id) && is_open(id))
    }

    /// Returns whether the files in the tree give the person something that the store has not been told of, or may give
    /// it: an entry that was refused or waits, or a file in error. What was revoked, has ended or is missing gives nothing.
    /// Of somebody whose remembered accesses are all over, an error gives something only where it names another entry: no
    /// stray text keeps an account open.
    pub(super) fn is_awaited(&self, person: &PersonId) -> bool {
        let (base, head, today) = (self.situation.base, self.situation.head, self.situation.today);
        let known = base.people.get(person);
        let left = known.filter(|known| {
            !known.grants.is_empty() && !known.grants.values().any(|standing| standing.lives(today))
        });
        let has_account = known.is_some_and(|known| known.account.is_some());
        let is_done = |standing: &Standing| {
            let is_given = has_account && standing.was_told();
            is_given || standing.ended.is_some() || standing.cleared.is_some()
        };
        let is_over = |entry: &HeadEntry| {
            entry.grant.is_over(today) || base.standing(&entry.grant.key).is_some_and(is_done)
        };
        let may_be_given =
            |entry: &Invalid| entry.revoked.is_none() && left.is_none_or(|known| names_another(entry, known));
        let may_give = |file: &HeadFile| match file {
            HeadFile::Says { entries, invalid, .. } => {
                !entries.iter().all(is_over) || invalid.iter().any(may_be_given)
            }
            // The requests that can be read in it stand at its path among those that are not in order.
            HeadFile::Held { .. } => left.is_none(),
            HeadFile::Gone => false,
        };
        let seen = head.files.get(person);
        // A file that is not among those to look at stands in the tree as it was accepted.
        let gives = |known: &KnownPerson| {
            known.grants.values().any(|standing| {
                let is_seen = seen.is_some_and(|files| files.contains_key(&standing.grant.trust));
                !is_seen && !is_done(standing) && !standing.grant.is_over(today)
            })
        };
        seen.is_some_and(|files| files.values().any(may_give))
            || known.is_some_and(gives)
            || head.astray.iter().any(|(path, astray)| {
                (astray.names.contains(person) || astray.previously.contains(person))
                    && left.is_none_or(|known| asks_for_more(path, astray, known))
            })
    }

    /// Returns whether an open account may be that of a person whose remembered access is not trusted, by what says whose it
    /// may be.
    pub(super) fn is_unclaimed_by_untrusted(&self, account: &AccountId) -> bool {
        let mut people = self.unclaimed.iter();
        people
            .any(|(person, accounts)| accounts.contains_key(account) && self.situation.untrusted.has(person))
    }

    fn spare(&mut self, account: &AccountId, clue: Clue, person: &PersonId, was: Option<&AccountId>) {
        let whose = match clue {
            Clue::Store => text!(
                en: "account `{account}` is that of `{person}` by the store, and the memory does not know it",
                nb: "kontoen `{account}` er den til `{person}` ifølge registeret, og minnet kjenner den ikke"
            ),
            Clue::Lists => text!(
                en: "account `{account}` is listed for `{person}` under `accounts: adopt`, and nothing that is accepted uses it",
                nb: "kontoen `{account}` er ført opp for `{person}` under `accounts: adopt`, og ikke noe som er godtatt, bruker den"
            ),
            Clue::Login => text!(
                en: "account `{account}` has the login of `{person}`, and nobody is known to own it",
                nb: "kontoen `{account}` har innloggingen til `{person}`, og det er ikke kjent hvem som eier den"
            ),
        };
        let message = text!(
            with whose;
            en: "{whose}; it stays as it is, and `{person}` gets no other",
            nb: "{whose}; den blir stående, og `{person}` får ingen annen"
        );
        let newest = text!(
            en: "If a backup of the memory was put back, use the newest one there is.",
            nb: "Er en sikkerhetskopi av minnet lagt tilbake, bruk den nyeste som finnes."
        );
        let way_out = newest.and(self.otherwise(account, clue, person, was));
        self.draft.findings.push(Finding::new(Code::UnknownAccount, message, way_out).held());
        self.draft.spared.insert(account.clone());
    }

    /// Returns the way out where no newer memory is there.
    fn otherwise(&self, account: &AccountId, clue: Clue, person: &PersonId, was: Option<&AccountId>) -> Text {
        let said = self.situation.observed.accounts.get(account).and_then(|account| account.person.as_ref());
        // An account that the store gives to a former id of the person cannot be adopted.
        let is_free = said.is_none_or(|said| said == person);
        match (was, clue) {
            (None, Clue::Lists) => text!(
                en: "Otherwise mend what is told of the file of `{person}`: as soon as an entry is accepted, the account is used.",
                nb: "Rett ellers det som er meldt om filen til `{person}`: så snart en oppføring er godtatt, brukes kontoen."
            ),
            (None, Clue::Store | Clue::Login) if is_free => text!(
                en: "If the account is that of `{person}`, list it in `register.yaml` under `accounts: adopt`; if it is not, close it in the store.",
                nb: "Er kontoen den til `{person}`, før den opp i `register.yaml` under `accounts: adopt`; er den ikke det, steng den i registeret."
            ),
            _ => text!(
                en: "If the account is not that of `{person}`, close it in the store.",
                nb: "Er kontoen ikke den til `{person}`, steng den i registeret."
            ),
        }
    }
}
