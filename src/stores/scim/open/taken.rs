//! A login that is taken: by a closed account of the same person, which gives it up, or by another account.

use std::time::Instant;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{AccountId, alike};
use portvakt_core::plan::NewAccount;
use portvakt_core::store::{Opening, Reserved, StoreError};

use super::FoundBefore;
use crate::scim::body::AccountChange;
use crate::scim::fault::RequestFault;
use crate::scim::index::Index;
use crate::scim::service::Service;

impl Service {
    /// Handles a login that is taken. A closed account of the same person gives it up. Any other account keeps it.
    pub(super) async fn in_the_way(
        &self,
        new: &NewAccount,
        opening: &Opening,
        index: &Index,
        fault: &RequestFault,
    ) -> Result<FoundBefore, StoreError> {
        let login = login_of(new);
        let holders = index.login(&login);
        // A list may leave out accounts that are closed. Those of this person are known by their ids.
        let hidden: Vec<&AccountId> = opening.earlier.iter().filter(|id| !index.names(id)).collect();
        if let FoundBefore::There(id) = self.own(new, holders).await? {
            return Ok(FoundBefore::There(id));
        }
        for id in holders.iter().chain(hidden.iter().copied()) {
            let Some(seen) = self.get(id).await? else { continue };
            let account = &seen.account;
            if hidden.contains(&id) && !alike(account.login.as_deref(), Some(&login)) {
                continue;
            }
            let same = account.person.as_ref().is_none_or(|person| *person == new.person);
            if account.active || !same {
                return Err(StoreError::Refused(text!(
                    en: "the login `{login}` belongs to the account `{id}` ({name}); if it is this person's, list it in \
                         `register.yaml` under `accounts: adopt`, or let the register's own people rename it",
                    nb: "innloggingen `{login}` tilhører kontoen `{id}` ({name}); er den denne personens, før den opp i \
                         `register.yaml` under `accounts: adopt`, eller la dem som drifter registeret, gi den et annet navn";
                    name = account.name
                )));
            }
            let retired = self.map().retired(&login, id.as_str());
            self.rename(id, &retired).await?;
            return Ok(FoundBefore::Nowhere);
        }
        Err(taken_by_nobody(new, index, fault))
    }

    /// Reads a list of all accounts, to see whether the account is there after all.
    pub(super) async fn looked(
        &self,
        opening: &Opening,
        fault: &RequestFault,
        since: Instant,
    ) -> Result<Option<AccountId>, StoreError> {
        let unknown = |why: Text| {
            let fault = fault.words();
            StoreError::Unknown(text!(
                with fault, why;
                en: "{fault}; and then {why}",
                nb: "{fault}; og deretter: {why}"
            ))
        };
        let index = self.everybody(since).await.map_err(|why| unknown(why.words()))?;
        match (index.opened(&opening.id), &index.incomplete) {
            (Ok(Some(id)), _) => Ok(Some(id.clone())),
            (Err(why), _) => Err(unknown(why)),
            (Ok(None), Some(why)) => Err(unknown(text!(
                with why;
                en: "the list of accounts is not whole: {why}",
                nb: "listen over kontoer er ikke hel: {why}"
            ))),
            (Ok(None), None) => Ok(None),
        }
    }

    pub(super) async fn bring_login(&self, id: &AccountId, login: &str) -> Result<(), StoreError> {
        let offers = self.offers().await?;
        let Some(seen) = self.get(id).await? else { return Ok(()) };
        let change = AccountChange { login: Some(login.to_owned()), ..Default::default() };
        let refused = |fault: RequestFault| {
            let why = fault.words();
            StoreError::Refused(text!(
                with why;
                en: "the login of the closed account `{id}` could not be made free: {why}",
                nb: "innloggingen til den lukkede kontoen `{id}` kunne ikke frigis: {why}"
            ))
        };
        let mut last = None;
        for manner in self.manners(offers) {
            match self.write(id, &change, &seen, manner).await? {
                Ok(()) => {
                    last = None;
                    break;
                }
                Err(fault) => last = Some(fault),
            }
        }
        if let Some(fault) = last {
            return Err(refused(fault));
        }
        match self.get(id).await? {
            Some(seen)
                if !seen.account.login.as_deref().is_some_and(|now| now.eq_ignore_ascii_case(login)) =>
            {
                Err(StoreError::NotWritten(text!(
                    en: "the closed account `{id}` still has its login, which the new account needs",
                    nb: "den lukkede kontoen `{id}` har fortsatt innloggingen, som den nye kontoen trenger"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Returns the login of a new account. If the file gives none, it is the person's id.
fn login_of(new: &NewAccount) -> String {
    new.login.clone().unwrap_or_else(|| new.person.to_string())
}

/// Returns the error for a login that the register refuses although no account in its list can give it up. If the
/// person has a closed account there, the register may keep that account's old values, even after it was renamed.
pub(super) fn taken_by_nobody(new: &NewAccount, index: &Index, fault: &RequestFault) -> StoreError {
    let login = login_of(new);
    match index.closed(&new.person) {
        [] => {
            let why = fault.words();
            StoreError::Refused(text!(
                with why;
                en: "{why}; the list of accounts shows nobody with the login `{login}`: ask those who run the register \
                     who has it",
                nb: "{why}; kontolisten viser ingen med innloggingen `{login}`: spør dem som drifter registeret, hvem som \
                     har den"
            ))
        }
        closed => StoreError::Reserved(Box::new(Reserved {
            login,
            email: new.email.clone(),
            closed: closed.to_vec(),
            why: fault.words(),
        })),
    }
}
