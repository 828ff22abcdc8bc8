//! Closes an account part by part, if the service refuses to close it in one write. A service may insist on an
//! address, on a role, or on an account that stays active. Everything that it allows is removed, and the rest is
//! reported.

use portvakt_core::diag::text;
use portvakt_core::model::AccountId;
use portvakt_core::store::{Performed, StoreError, Wanted, forbids};

use super::done;
use crate::scim::body::AccountChange;
use crate::scim::fault::RequestFault;
use crate::scim::patience::{LAG, rest};
use crate::scim::resource::SeenAccount;
use crate::scim::service::Service;

/// One part of a closing.
#[derive(Debug, Clone, Copy)]
enum ClosingPart {
    Roles,
    Active,
    Address,
}

impl ClosingPart {
    /// All parts, the most important first.
    const ALL: [Self; 3] = [Self::Roles, Self::Active, Self::Address];

    fn change(self) -> AccountChange {
        let nothing = AccountChange::default();
        match self {
            Self::Roles => AccountChange { stripped: true, ..nothing },
            Self::Active => AccountChange { inactive: true, ..nothing },
            Self::Address => AccountChange { unaddressed: true, ..nothing },
        }
    }

    fn is_done(self, seen: &SeenAccount) -> bool {
        match self {
            Self::Roles => seen.account.rights.is_empty() && seen.other_role.is_none(),
            Self::Active => !seen.account.active,
            Self::Address => seen.account.email.is_none(),
        }
    }
}

impl Service {
    /// Removes from an account everything that the service allows. `whole` is the reason why the closing was refused
    /// as a whole.
    pub(super) async fn close_in_parts(
        &self,
        id: &AccountId,
        wanted: &Wanted<'_>,
        whole: StoreError,
    ) -> Result<Performed, StoreError> {
        let offers = self.offers().await?;
        let mut unsure = matches!(whole, StoreError::Unknown(_));
        let mut brought = false;
        for part in ClosingPart::ALL {
            for manner in self.manners(offers) {
                let Some(seen) = self.looked_at(id).await? else {
                    return self.gone_after_writing(id, wanted).await;
                };
                if part.is_done(&seen) {
                    break;
                }
                if let Some(short) = forbids(wanted, &seen.account) {
                    return Err(StoreError::Conflict(short.sentence(id)));
                }
                match self.write(id, &part.change(), &seen, manner).await? {
                    Ok(()) => brought |= self.shows(id, part).await?,
                    // Nothing more is sent in this pass. The next pass finds what was done before.
                    Err(fault @ RequestFault::Left(_)) => return Err(StoreError::Unknown(fault.words())),
                    Err(fault) => {
                        tracing::debug!(%fault, ?part, ?manner, "refused");
                        unsure |= fault.may_have_written();
                    }
                }
            }
        }
        let Some(seen) = self.looked_at(id).await? else { return self.gone_after_writing(id, wanted).await };
        let Some(short) = seen.falls_short(wanted) else { return Ok(done(seen)) };
        if !brought && !unsure {
            return Err(whole);
        }
        let why = match whole {
            StoreError::Refused(why) | StoreError::Unknown(why) => why,
            other => other.words(),
        };
        let left = short.sentence(id);
        let told = text!(
            with why, left;
            en: "{why}; each part was then asked for by itself, and {left}",
            nb: "{why}; hver del ble så bedt om for seg, og {left}"
        );
        Err(if unsure { StoreError::Unknown(told) } else { StoreError::Refused(told) })
    }

    /// Reads the account. Something may have been written before, so a failure leaves a doubt.
    async fn looked_at(&self, id: &AccountId) -> Result<Option<SeenAccount>, StoreError> {
        self.get(id).await.map_err(|why| StoreError::Unknown(why.words()))
    }

    /// Reads until the account shows that this part is done, or until the last wait is over. It returns whether the
    /// account shows it.
    async fn shows(&self, id: &AccountId, part: ClosingPart) -> Result<bool, StoreError> {
        for wait in LAG {
            rest(wait).await;
            if self.looked_at(id).await?.is_none_or(|seen| part.is_done(&seen)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
