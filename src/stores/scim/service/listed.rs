//! Looks accounts up in a list of all accounts: by the name of an opening, and where the service answers 404 for one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId};
use portvakt_core::store::{OpeningId, StoreError};

use super::super::index::{Index, Listed};
use super::Service;

/// How a list of all accounts shows one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InList {
    /// The list does not show it, and it is whole.
    Nowhere,
    /// The list does not show it, and is in doubt itself, for this reason.
    Unproven(Text),
    /// The list only shows that it exists.
    Named,
    /// The list shows it like this.
    Shown(Box<Account>),
}

impl Service {
    /// Reads the accounts with these ids. An account that the service answers 404 for, or whose answer makes no sense, is
    /// returned as the list shows it. So nobody takes it for gone, and it stops nobody else.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn accounts(&self, ids: &BTreeSet<AccountId>) -> Result<Vec<Account>, StoreError> {
        self.refresh();
        let since = Instant::now();
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        let mut reads = stream::iter(ids)
            .map(|id| async move { (id, self.get(id).await) })
            .buffer_unordered(self.in_flight);
        while let Some((id, read)) = reads.next().await {
            match read {
                Ok(Some(seen)) => found.push(seen.account),
                Ok(None) => missing.push((id, None)),
                Err(why @ StoreError::Answer { .. }) => missing.push((id, Some(why))),
                Err(why) => return Err(why),
            }
        }
        for (id, unread) in missing {
            match (self.in_list(id, since).await?, unread) {
                (InList::Shown(account), _) => found.push(*account),
                (_, Some(why)) => return Err(why),
                (InList::Named, None) => return Err(self.listed_and_not_found(id)),
                (InList::Nowhere | InList::Unproven(_), None) => {}
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    /// Reads the accounts with these opening ids.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn opened(
        &self,
        openings: &BTreeSet<OpeningId>,
    ) -> Result<BTreeMap<OpeningId, Account>, StoreError> {
        // This may be a pass's first request after the service was unreachable, so the count of unanswered requests is
        // reset.
        self.refresh();
        let index = self.everybody(Instant::now()).await?;
        let mut found = BTreeMap::new();
        for opening in openings {
            if let Some(id) = index.opened(opening).map_err(|why| self.odd(why))?
                && let Some(seen) = self.get(id).await?
            {
                found.insert(opening.clone(), seen.account);
            }
        }
        match &index.incomplete {
            Some(why) if found.len() < openings.len() => Err(self.odd(text!(
                with why;
                en: "its list of accounts is not whole ({why}), so an account may be missed",
                nb: "kontolisten er ikke hel ({why}), så en konto kan mangle"
            ))),
            _ => Ok(found),
        }
    }

    /// Returns the time at which the current steps began. A list from after that time shows what earlier passes asked
    /// for. One such list is enough for all steps.
    pub fn begun(&self) -> Instant {
        self.begun.lock().ok().and_then(|begun| *begun).unwrap_or_else(Instant::now)
    }

    /// Returns the index of a list of all accounts that was begun no earlier than `since`.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn everybody(&self, since: Instant) -> Result<Arc<Index>, StoreError> {
        let mut known = self.index.lock().await;
        if let Some(listed) = known.as_ref().filter(|listed| listed.begun >= since) {
            return Ok(Arc::clone(&listed.index));
        }
        let listed = self.list_now().await?;
        let index = Arc::clone(&listed.index);
        *known = Some(listed);
        Ok(index)
    }

    /// Returns how a list of all accounts shows this account. The list was begun no earlier than `since`.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn in_list(&self, id: &AccountId, since: Instant) -> Result<InList, StoreError> {
        let mut known = self.index.lock().await;
        let is_fresh = |listed: &&Listed| listed.begun >= since && listed.accounts.is_some();
        if let Some(listed) = known.as_ref().filter(is_fresh) {
            return Ok(shown_in(listed, id));
        }
        let listed = self.list_now().await?;
        let shown = shown_in(&listed, id);
        *known = Some(listed);
        Ok(shown)
    }

    /// Returns the error for an account that the list names and the service does not find.
    pub fn listed_and_not_found(&self, id: &AccountId) -> StoreError {
        self.odd(text!(
            en: "its list shows the account and it answers 404 for it (`{id}`)",
            nb: "listen viser kontoen, og det svarer 404 for den (`{id}`)"
        ))
    }

    async fn list_now(&self) -> Result<Listed, StoreError> {
        let begun = Instant::now();
        let (listing, index) = self.read_all(&mut |_| {}).await?;
        Ok(Listed { begun, index: Arc::new(index), accounts: Some(listing.accounts) })
    }
}

fn shown_in(listed: &Listed, id: &AccountId) -> InList {
    // The accounts of a list are in order of id.
    let accounts = listed.accounts.as_deref().unwrap_or_default();
    let at = accounts.binary_search_by(|account| account.id.cmp(id)).ok();
    match at.and_then(|at| accounts.get(at)) {
        Some(account) => InList::Shown(Box::new(account.clone())),
        None if listed.index.names(id) => InList::Named,
        None => listed.index.incomplete.clone().map_or(InList::Nowhere, InList::Unproven),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_list_shows_that_an_account_is_nowhere() {
        let seven = AccountId::new("7");
        let listed = |incomplete: Option<Text>| {
            let mut index = Index::default();
            index.incomplete = incomplete;
            Listed { begun: Instant::now(), index: Arc::new(index), accounts: Some(Vec::new()) }
        };
        assert_eq!(shown_in(&listed(None), &seven), InList::Nowhere);
        let why = text!(en: "one is missing", nb: "en mangler");
        assert_eq!(shown_in(&listed(Some(why.clone())), &seven), InList::Unproven(why));
    }
}
