//! Opens a new account exactly once, even if answers are lost.
//!
//! The account carries the person and its opening id (`externalId`). So an account that was made without an answer is
//! found again in a list of all accounts. That list is also used when a login is taken. The login may belong to a
//! closed account of the same person, which then gives it up (R34), or to another account.

use std::sync::Arc;
use std::time::Instant;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::AccountId;
use portvakt_core::plan::{Effect, NewAccount, Raise};
use portvakt_core::store::{EarlierAttempt, Opening, Performed, StoreError};
use reqwest::Method;
use serde_json::Value;

use self::taken::taken_by_nobody;
use super::body::post;
use super::change::opening_sets;
use super::fault::{RequestFault, names_no_account};
use super::map::Map;
use super::patience::{LAG, rest};
use super::refusals::request_kind;
use super::resource::{Form, SeenAccount, id_of};
use super::service::Service;
use super::wire::{Ask, ScimAnswer};

mod taken;

type Opened = (Option<AccountId>, Result<Performed, StoreError>);

/// The result of the search before an account is asked for.
enum FoundBefore {
    /// The account exists, with this id.
    There(AccountId),
    /// No such account was found.
    Nowhere,
}

impl Service {
    /// Opens an account with these rights.
    pub async fn open(
        &self,
        new: &NewAccount,
        grant: &[Raise],
        effect: &Effect,
        opening: &Opening,
    ) -> Opened {
        let made = match self.make(new, grant, opening).await {
            Ok(id) => id,
            Err(why) => return (None, Err(why)),
        };
        self.opened_as(new, effect, opening, made).await
    }

    /// Reads back an account that was opened, and adds the rights that are missing.
    pub(super) async fn opened_as(
        &self,
        new: &NewAccount,
        effect: &Effect,
        opening: &Opening,
        made: AccountId,
    ) -> Opened {
        let done = match self.appears(&made).await {
            // Some services take no notice of `active` when they open an account. It is not replaced by another one.
            Ok(seen) if !seen.account.active && seen.opening.as_ref() == Some(&opening.id) => {
                return (
                    Some(made.clone()),
                    Err(StoreError::Unfinished(made.clone(), opened_inactive(&made))),
                );
            }
            // Nothing is written to it. In spite of the answer, this is not the account that was opened.
            Ok(seen) if seen.account.person.as_ref().is_some_and(|whose| *whose != new.person) => {
                let why = text!(
                    en: "the register answered that the account `{made}` was opened for `{person}`, and it is another \
                         person's; nothing was written to it. The register's service must be mended before anybody is \
                         opened there",
                    nb: "registeret svarte at kontoen `{made}` ble åpnet for `{person}`, og den er en annen persons; \
                         ingenting ble skrevet til den. Tjenesten til registeret må rettes før noen får konto der";
                    person = new.person
                );
                return (None, Err(StoreError::NotWritten(why)));
            }
            // If the service left out rights although it said yes, a change gives them again.
            Ok(seen) => self.bring(&made, effect, Some(seen)).await,
            Err(why) => Err(why),
        };
        let done = match done {
            Ok(done) => self.carries(new, opening, &made).await.map(|()| done),
            Err(why) => Err(why),
        };
        (Some(made), done)
    }

    /// Waits until a read shows the account. Some services read from another place than they write to.
    async fn appears(&self, id: &AccountId) -> Result<SeenAccount, StoreError> {
        for wait in LAG {
            rest(wait).await;
            if let Some(seen) = self.get(id).await? {
                return Ok(seen);
            }
        }
        Err(not_shown(id))
    }

    /// Checks that the account names its person. An account that does not could not be found again.
    async fn carries(&self, new: &NewAccount, opening: &Opening, id: &AccountId) -> Result<(), StoreError> {
        let seen = match self.kept(id) {
            Some(seen) => Some(seen),
            None => self.get(id).await?,
        };
        let Some(seen) = seen else { return Ok(()) };
        // A service may cut the value off. Then it begins as it should, and the account could not be found again.
        let is_cut = seen
            .opening
            .as_ref()
            .is_some_and(|kept| *kept != opening.id && opening.id.as_str().starts_with(kept.as_str()));
        if seen.account.person.as_ref() == Some(&new.person) && !is_cut {
            return Ok(());
        }
        self.learn(|learnt| learnt.forgetful = true);
        let (attribute, value) = (self.map().external_id.path(), Map::external(&new.person, &opening.id));
        Err(StoreError::NotWritten(text!(
            en: "the account `{id}` was opened and does not carry `{attribute}: {value}`; name an attribute that the \
                 register keeps as `external-id` in the attribute map",
            nb: "kontoen `{id}` ble åpnet og har ikke `{attribute}: {value}`; oppgi et attributt som registeret beholder, \
                 som `external-id` i attributtkartet"
        )))
    }

    async fn make(
        &self,
        new: &NewAccount,
        grant: &[Raise],
        opening: &Opening,
    ) -> Result<AccountId, StoreError> {
        if self.learnt().forgetful {
            let map = self.map();
            let attribute = map.external_id.path();
            return Err(StoreError::NotAsked(text!(
                en: "the register does not keep `{attribute}`; name another attribute as `external-id` in the attribute map",
                nb: "registeret ikke beholder `{attribute}`; oppgi et annet attributt som `external-id` i attributtkartet"
            )));
        }
        if let FoundBefore::There(id) = self.before(new, opening).await? {
            return Ok(id);
        }
        let offers = self.offers().await?;
        let mut form = self.form(offers, &Value::Null);
        let mut body = self.new_user(new, grant, opening, form)?;
        let refusals = self.refused_gifts();
        refusals.allow(&request_kind(&body))?;
        let (mut tried, mut retired, mut refused) = (0, false, None);
        loop {
            let asked = Instant::now();
            let url = self.users().await?;
            let text = body.to_string();
            let ask = Ask::write(Method::POST, url, &text);
            let fault = match self.sent(&ask, &self.writes).await {
                Ok(answer) => {
                    refusals.opened(&request_kind(&body));
                    return self.made(answer, opening, asked).await;
                }
                Err(fault) => fault,
            };
            match fault.status() {
                _ if fault.is_taken() => {
                    let index = self.everybody(asked).await?;
                    if let Some(id) = index.opened(&opening.id).map_err(|why| self.odd(why))? {
                        return Ok(id.clone());
                    }
                    if retired {
                        return Err(taken_by_nobody(new, &index, &fault));
                    }
                    if let FoundBefore::There(id) = self.in_the_way(new, opening, &index, &fault).await? {
                        return Ok(id);
                    }
                    retired = true;
                }
                Some(401 | 403) => {
                    refusals.refused(&request_kind(&body), &fault);
                    return Err(fault.store_error(&self.place()));
                }
                _ if matches!(fault, RequestFault::Left(_)) => return Err(fault.store_error(&self.place())),
                // The service may refuse the form of the roles, so the other form is tried once.
                Some(400 | 422) if !grant.is_empty() && refused.is_none() => {
                    let before = self.learnt().form;
                    // Another account may have found the right form meanwhile.
                    if self.form(offers, &Value::Null) == form && self.turn_form().await?.is_none() {
                        refusals.refused(&request_kind(&body), &fault);
                        return Err(StoreError::Refused(fault.words()));
                    }
                    form = self.form(offers, &Value::Null);
                    let first = std::mem::replace(&mut body, self.new_user(new, grant, opening, form)?);
                    refused = Some((fault, before, request_kind(&first)));
                }
                _ if fault.passes() && tried + 1 < self.writes.tries() => {
                    self.wait(&self.writes, tried, fault.wait()).await;
                    tried += 1;
                    if fault.may_have_written() {
                        if let Some(id) = self.looked(opening, &fault, Instant::now()).await? {
                            return Ok(id);
                        }
                        if let RequestFault::NoAnswer(why) = &fault {
                            // The account is not there, but may appear later. The next pass looks again before it asks.
                            return Err(StoreError::Unknown(why.clone()));
                        }
                    }
                }
                _ if fault.may_have_written() => {
                    refusals.refused(&request_kind(&body), &fault);
                    return Err(StoreError::Unknown(fault.words()));
                }
                _ if fault.passes() => return Err(fault.store_error(&self.place())),
                _ => {
                    refusals.refused(&request_kind(&body), &fault);
                    let Some((first, before, kind)) = refused else {
                        return Err(StoreError::Refused(fault.words()));
                    };
                    // The other form was refused too, so the form was not the reason.
                    refusals.refused(&kind, &first);
                    self.learn(|learnt| learnt.form = before);
                    return Err(StoreError::Refused(first.words()));
                }
            }
        }
    }

    /// Builds the body that asks for an account.
    pub(super) fn new_user(
        &self,
        new: &NewAccount,
        grant: &[Raise],
        opening: &Opening,
        form: Form,
    ) -> Result<Value, StoreError> {
        let external = Map::external(&new.person, &opening.id);
        let sets = opening_sets(&self.map(), form, new, grant, external).map_err(StoreError::Refused)?;
        Ok(post(&sets))
    }

    /// Returns whether no known account can be this one. If so, the program can ask for it without a search.
    pub(super) async fn is_nowhere(&self, new: &NewAccount, opening: &Opening) -> bool {
        matches!(self.before(new, opening).await, Ok(FoundBefore::Nowhere))
    }

    /// Searches before it writes: for an account of an earlier try, and for an open account of this person.
    async fn before(&self, new: &NewAccount, opening: &Opening) -> Result<FoundBefore, StoreError> {
        let index = match opening.tried {
            EarlierAttempt::Before => Some(self.everybody(self.begun()).await?),
            // If there is a list that was read for this pass, it is used. No request is sent.
            EarlierAttempt::Never => self.index.lock().await.as_ref().map(|listed| Arc::clone(&listed.index)),
        };
        let Some(index) = index else { return Ok(FoundBefore::Nowhere) };
        if let Some(id) = index.opened(&opening.id).map_err(|why| self.odd(why))? {
            return Ok(FoundBefore::There(id.clone()));
        }
        if let Some(made) = &opening.made {
            // The service has answered that it has opened this account. It may show it later.
            return match self.get(made).await? {
                Some(seen) if seen.account.person.as_ref() == Some(&new.person) => {
                    Ok(FoundBefore::There(made.clone()))
                }
                _ => Err(not_shown(made)),
            };
        }
        if let (EarlierAttempt::Before, Some(why)) = (opening.tried, &index.incomplete) {
            return Err(StoreError::Unknown(text!(
                with why;
                en: "an earlier try may have succeeded, and the list is not whole: {why}",
                nb: "et tidligere forsøk kan ha lyktes, og listen er ikke hel: {why}"
            )));
        }
        self.own(new, index.open(&new.person)).await
    }

    /// Finds the person's one open account among these.
    async fn own(&self, new: &NewAccount, ids: &[AccountId]) -> Result<FoundBefore, StoreError> {
        let mut own = Vec::new();
        for id in ids {
            if let Some(seen) = self.get(id).await?
                && seen.account.active
                && seen.account.person.as_ref() == Some(&new.person)
            {
                own.push(id.clone());
            }
        }
        match own.as_slice() {
            [] => Ok(FoundBefore::Nowhere),
            [one] => Ok(FoundBefore::There(one.clone())),
            [one, two, ..] => {
                let person = &new.person;
                let why = text!(
                    en: "`{person}` has the open accounts `{one}` and `{two}`; close one of them there",
                    nb: "`{person}` har de åpne kontoene `{one}` og `{two}`; lukk en av dem der"
                );
                Err(StoreError::Refused(why))
            }
        }
    }

    /// Returns the account's id from an answer that says yes.
    async fn made(
        &self,
        answer: ScimAnswer,
        opening: &Opening,
        since: Instant,
    ) -> Result<AccountId, StoreError> {
        let id = answer.body.as_ref().and_then(id_of);
        let id = id.or_else(|| answer.location.as_deref().and_then(id_at));
        match id.filter(|id| !id.is_empty()) {
            Some(id) => Ok(AccountId::new(&id)),
            None => {
                let fault = RequestFault::Odd(names_no_account());
                let found = self.looked(opening, &fault, since).await?;
                found.ok_or_else(|| StoreError::Unknown(fault.words()))
            }
        }
    }

    /// Gives a closed account another login and changes nothing else.
    async fn rename(&self, id: &AccountId, login: &str) -> Result<(), StoreError> {
        self.bring_login(id, login).await?;
        tracing::info!(account = %id, "the login of a closed account is free for the new one");
        Ok(())
    }
}

fn not_shown(id: &AccountId) -> StoreError {
    StoreError::Unfinished(
        id.clone(),
        text!(
            en: "opened as `{id}`, not shown yet: the register says that it has opened the account, and does not show it; no \
                 second one is asked for within a day",
            nb: "åpnet som `{id}`, ikke vist ennå: registeret sier at det har åpnet kontoen, og viser den ikke; det bes ikke \
                 om en til før det er gått et døgn"
        ),
    )
}

fn opened_inactive(id: &AccountId) -> Text {
    text!(
        en: "the service opens accounts inactive: `{id}` was opened and is not active. No second one is asked for; have it \
             set active there, or deleted",
        nb: "tjenesten åpner kontoer som ikke er aktive: `{id}` ble åpnet og er ikke aktiv. Det bes ikke om en til; få den \
             satt aktiv der, eller slettet"
    )
}

/// Reads the id at the end of an account's address. An encoded id is looked up in the list instead.
pub(super) fn id_at(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next()?;
    path.rsplit('/').next().filter(|id| !id.is_empty() && !id.contains('%')).map(str::to_owned)
}
