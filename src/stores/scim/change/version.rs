//! A write that was refused because it names another version than the account has (412).

use portvakt_core::diag::{Text, text};
use portvakt_core::model::AccountId;
use portvakt_core::store::{StoreError, Wanted};

use super::NextTry;
use crate::scim::resource::SeenAccount;
use crate::scim::service::Service;

impl Service {
    /// Reads the account again. If the account itself has not changed, the step is still right: something changed that
    /// the plan does not mention, or the header with the version changes by itself. So the step is tried once more, on
    /// the version in the resource if that is another one.
    pub(super) async fn another_version(
        &self,
        id: &AccountId,
        wanted: &Wanted<'_>,
        seen: &SeenAccount,
        tried: u32,
    ) -> Result<NextTry, StoreError> {
        let Some(mut fresh) = self.get(id).await? else {
            return self.gone(id, wanted).await.map(NextTry::Done);
        };
        if fresh.account != seen.account {
            return Err(StoreError::Conflict(text!(
                en: "the account `{id}` was changed by somebody else meanwhile",
                nb: "kontoen `{id}` ble endret av noen andre imens"
            )));
        }
        if tried == 0 && (fresh.takes_own_version() || fresh.version != seen.version) {
            return Ok(NextTry::Again(fresh));
        }
        Err(StoreError::Refused(version_refused(id)))
    }
}

/// Says that a version was refused although the account has not changed.
fn version_refused(id: &AccountId) -> Text {
    text!(
        en: "the register refuses the version of the account `{id}` that it has itself given. If its reads show what was \
             a moment ago, the next pass succeeds; otherwise set `preconditions: never` in the attribute map",
        nb: "registeret avslår den versjonen av kontoen `{id}` som det selv har gitt. Viser det hvordan noe var for litt \
             siden, lykkes neste gjennomgang; ellers skriv `preconditions: never` i attributtkartet"
    )
}
