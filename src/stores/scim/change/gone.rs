//! An account that the service answers 404 for. It is gone only if a whole list of all accounts does not show it
//! either.

use std::time::Instant;

use portvakt_core::diag::text;
use portvakt_core::model::AccountId;
use portvakt_core::store::{Performed, StoreError, Wanted, falls_short};

use crate::scim::service::{InList, Service};

impl Service {
    /// Handles an account that the service answers 404 for. The list may show it all the same. Then it is done only if
    /// it is shown as it is wanted.
    pub(super) async fn gone(&self, id: &AccountId, wanted: &Wanted<'_>) -> Result<Performed, StoreError> {
        if let Some(short) = falls_short(wanted, None) {
            return Err(StoreError::Refused(short.sentence(id)));
        }
        // One list is enough for all accounts that are gone. If it shows the account, the account may have been deleted
        // or closed after that list, so a new one is read.
        for since in [self.begun(), Instant::now()] {
            let after = match self.in_list(id, since).await? {
                InList::Nowhere => None,
                InList::Shown(account) if self.listed_falls_short(wanted, &account).is_none() => {
                    Some(*account)
                }
                InList::Shown(_) | InList::Named => continue,
                InList::Unproven(why) => {
                    return Err(self.odd(text!(
                        with why;
                        en: "it answers 404 for the account `{id}`, and the list that does not show it is in doubt: {why}",
                        nb: "det svarer 404 for kontoen `{id}`, og listen som ikke viser den, er i tvil: {why}"
                    )));
                }
            };
            return Ok(Performed { account: Some(id.clone()), after });
        }
        Err(self.listed_and_not_found(id))
    }

    /// Does the same after a write. If the account is not seen to be gone, the effect of the write is not known.
    pub(super) async fn gone_after_writing(
        &self,
        id: &AccountId,
        wanted: &Wanted<'_>,
    ) -> Result<Performed, StoreError> {
        self.gone(id, wanted).await.map_err(|why| match why {
            StoreError::Refused(why) => StoreError::Refused(why),
            other => StoreError::Unknown(other.words()),
        })
    }
}
