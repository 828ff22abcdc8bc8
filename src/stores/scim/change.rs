//! Brings one account in step with the plan. It writes on the version that was read and reads back. If the service says
//! yes and changes nothing, it writes in another manner.
//!
//! Doing it twice has the same effect as doing it once. Every try begins with the account as it is now, and what is
//! already there is not written. So reading settles a lost answer.

mod asked;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::AccountId;
use portvakt_core::plan::Effect;
use portvakt_core::store::{Performed, StoreError, Wanted, wanted};
use reqwest::Method;
use serde_json::Value;

use super::body::{AccountChange, Emptying, patch, put_body, sets};
use super::fault::RequestFault;
use super::learnt::{ETagSupport, Manner};
use super::map::RoleValues;
use super::offers::{Offers, Support};
use super::patience::{LAG, rest};
use super::resource::{Form, SeenAccount};
use super::service::Service;
use super::wire::Ask;

use asked::account_change;
pub(super) use asked::opening_sets;

mod gone;
mod parts;
mod version;

/// A version that no account has. A service that checks versions refuses it.
const NO_VERSION: &str = "W/\"portvakt-none\"";

/// The way to continue after a try.
enum NextTry {
    /// The step is done.
    Done(Performed),
    /// The next try uses the same manner.
    Again(SeenAccount),
    /// The next try uses another manner.
    Otherwise(SeenAccount),
    /// The service refuses to close the account in one write, for this reason. Each part is tried by itself.
    InParts(StoreError),
}

impl Service {
    /// Brings an account in step with a step of the plan.
    ///
    /// `fresh` is the account, if the caller read it a moment ago.
    ///
    /// # Errors
    /// When the account cannot be brought there, or it is not known whether it was.
    pub async fn bring(
        &self,
        id: &AccountId,
        effect: &Effect,
        fresh: Option<SeenAccount>,
    ) -> Result<Performed, StoreError> {
        let wanted = wanted(effect);
        let done = self.bring_in_form(id, &wanted, fresh).await;
        let refused = matches!(done, Err(StoreError::Refused(_) | StoreError::NotWritten(_)));
        if !refused || wanted.there.is_empty() {
            return done;
        }
        // The service may refuse the form of the roles, so the other form is tried once.
        let Some(before) = self.turn_form().await? else { return done };
        match self.bring_in_form(id, &wanted, None).await {
            Ok(performed) => Ok(performed),
            Err(_) => {
                self.learn(|learnt| learnt.form = before);
                done
            }
        }
    }

    /// Writes roles in the other form from now on, and returns the form that was known before. `None` if the form is
    /// configured, or if it was changed before.
    pub(super) async fn turn_form(&self) -> Result<Option<Option<Form>>, StoreError> {
        let offers = self.offers().await?;
        let learnt = self.learnt();
        if self.map().role_values != RoleValues::Offered || learnt.turned {
            return Ok(None);
        }
        let other = match self.form(offers, &Value::Null) {
            Form::Object => Form::Text,
            Form::Text => Form::Object,
        };
        self.learn(|learnt| {
            learnt.turned = true;
            learnt.form = Some(other);
        });
        Ok(Some(learnt.form))
    }

    async fn bring_in_form(
        &self,
        id: &AccountId,
        wanted: &Wanted<'_>,
        fresh: Option<SeenAccount>,
    ) -> Result<Performed, StoreError> {
        let offers = self.offers().await?;
        let mut manners = self.manners(offers).into_iter();
        let mut manner = manners.next().unwrap_or(Manner::Put);
        // The account that was read for the plan is good enough if the service refuses old versions.
        let kept = self
            .kept(id)
            .filter(|seen| seen.version.is_some() && self.learnt().versions == ETagSupport::Kept);
        let mut seen = match fresh.or(kept) {
            Some(seen) => seen,
            None => match self.get(id).await? {
                Some(seen) => seen,
                None => return self.gone(id, wanted).await,
            },
        };
        let mut tried = 0;
        let mut told = None;
        loop {
            if seen.falls_short(wanted).is_none() {
                if told == Some(manner) {
                    self.learn(|learnt| learnt.manner = Some(manner));
                }
                return Ok(done(seen));
            }
            let change = account_change(wanted, &seen.account)?;
            told = Some(manner);
            match self.attempt(id, wanted, &change, seen, manner, tried).await? {
                NextTry::Done(performed) => {
                    self.learn(|learnt| learnt.manner = Some(manner));
                    return Ok(performed);
                }
                NextTry::Again(fresh) => {
                    tried += 1;
                    seen = fresh;
                }
                NextTry::InParts(why) => return self.close_in_parts(id, wanted, why).await,
                NextTry::Otherwise(fresh) => match manners.next() {
                    Some(next) => {
                        tracing::info!(from = ?manner, to = ?next, "the register is written to in another manner");
                        manner = next;
                        seen = fresh;
                    }
                    None => {
                        let short = fresh.falls_short(wanted);
                        let why = short.map(|short| short.sentence(id)).unwrap_or_default();
                        return Err(StoreError::NotWritten(why));
                    }
                },
            }
        }
    }

    /// Returns the manners to try. The one that is known to work comes first.
    pub(super) fn manners(&self, offers: &Offers) -> Vec<Manner> {
        let mut manners = match offers.patch {
            Support::Yes => vec![Manner::Remove, Manner::Replace, Manner::Put],
            Support::No => vec![Manner::Put, Manner::Remove, Manner::Replace],
        };
        if let Some(known) = self.learnt().manner {
            manners.retain(|manner| *manner != known);
            manners.insert(0, known);
        }
        manners
    }

    async fn is_last(&self, manner: Manner) -> Result<bool, StoreError> {
        Ok(self.manners(self.offers().await?).last() == Some(&manner))
    }

    /// Writes once, and reads until the account shows it.
    async fn attempt(
        &self,
        id: &AccountId,
        wanted: &Wanted<'_>,
        change: &AccountChange,
        seen: SeenAccount,
        manner: Manner,
        tried: u32,
    ) -> Result<NextTry, StoreError> {
        let fault = match self.write(id, change, &seen, manner).await? {
            Ok(()) => {
                if seen.on_own_version {
                    self.learn(|learnt| learnt.own_versions = true);
                }
                return self.read_back(id, wanted, seen).await;
            }
            Err(fault) => fault,
        };
        match fault.status() {
            _ if fault.is_taken() => after_refusal(change, StoreError::Refused(taken(change, &fault))),
            Some(412) => self.another_version(id, wanted, &seen, tried).await,
            Some(404 | 410) => match self.get(id).await? {
                None => self.gone(id, wanted).await.map(NextTry::Done),
                // The service did not find PATCH or PUT, but it has the account.
                Some(fresh) => Ok(NextTry::Otherwise(fresh)),
            },
            Some(400 | 405 | 415 | 422 | 501) => {
                // A service whose PATCH is not all or nothing may have done a part of it.
                let fresh = self.get(id).await?;
                let Some(fresh) = fresh else {
                    return self.gone_after_writing(id, wanted).await.map(NextTry::Done);
                };
                if self.is_last(manner).await? {
                    return after_refusal(change, StoreError::Refused(fault.words()));
                }
                tracing::debug!(%fault, ?manner, "refused");
                Ok(NextTry::Otherwise(fresh))
            }
            _ if fault.passes() => {
                self.wait(&self.writes, tried, fault.wait()).await;
                // It is not known whether the change was written, so the account is read.
                let looked = self.get(id).await;
                match looked {
                    Ok(None) => self.gone_after_writing(id, wanted).await.map(NextTry::Done),
                    Ok(Some(fresh)) if fresh.falls_short(wanted).is_none() => Ok(NextTry::Done(done(fresh))),
                    // With this manner the service fails every time, not just sometimes. So the manner may be the
                    // reason.
                    Ok(Some(fresh))
                        if tried == 2 && fault.status() == Some(500) && !self.is_last(manner).await? =>
                    {
                        Ok(NextTry::Otherwise(fresh))
                    }
                    Ok(Some(fresh)) if tried + 1 < self.writes.tries() => Ok(NextTry::Again(fresh)),
                    // A part of the closing may be what the service fails on.
                    Ok(Some(_)) if fault.status() == Some(500) => {
                        after_refusal(change, StoreError::Unknown(fault.words()))
                    }
                    Ok(Some(_)) if fault.may_have_written() => Err(StoreError::Unknown(fault.words())),
                    Ok(Some(_)) => Err(fault.store_error(&self.place())),
                    Err(why) if fault.may_have_written() => {
                        let (fault, why) = (fault.words(), why.words());
                        Err(StoreError::Unknown(text!(
                            with fault, why;
                            en: "{fault}; and then {why}",
                            nb: "{fault}; og deretter: {why}"
                        )))
                    }
                    Err(why) => Err(why),
                }
            }
            _ if fault.may_have_written() => Err(StoreError::Unknown(fault.words())),
            Some(403) => after_refusal(change, fault.store_error(&self.place())),
            Some(401) => Err(fault.store_error(&self.place())),
            _ if matches!(fault, RequestFault::Left(_)) => Err(fault.store_error(&self.place())),
            Some(425 | 429) | None => Err(StoreError::Refused(fault.words())),
            Some(_) => after_refusal(change, StoreError::Refused(fault.words())),
        }
    }

    /// Writes the change. It names the version that was read if the service refuses old versions. Whether it does is
    /// tried once: with a version that no account has, on an account that was just read.
    pub(super) async fn write(
        &self,
        id: &AccountId,
        change: &AccountChange,
        seen: &SeenAccount,
        manner: Manner,
    ) -> Result<Result<(), RequestFault>, StoreError> {
        let offers = self.offers().await?;
        let form = self.form(offers, &seen.raw);
        let sets = sets(&self.map(), form, &seen.raw, change).map_err(StoreError::Refused)?;
        let (method, body) = match manner {
            Manner::Remove => (Method::PATCH, patch(&sets, Emptying::Remove)),
            Manner::Replace => (Method::PATCH, patch(&sets, Emptying::Replace)),
            Manner::Put => (Method::PUT, put_body(offers, &seen.raw, &sets)),
        };
        let body = body.to_string();
        let version = seen.version.as_deref().filter(|_| offers.versions == Support::Yes);
        let Some(version) = version else {
            self.learn(|learnt| learnt.versions = ETagSupport::Ignored);
            return self.once(id, &method, &body, None).await;
        };
        // One write tries whether the service refuses old versions. The others wait for its result.
        let probing = match self.learnt().versions {
            ETagSupport::Unknown => Some(self.probing.lock().await),
            ETagSupport::Kept | ETagSupport::Ignored => None,
        };
        let known = self.learnt().versions;
        if known != ETagSupport::Unknown {
            drop(probing);
        }
        match known {
            ETagSupport::Ignored => self.once(id, &method, &body, None).await,
            ETagSupport::Kept => self.once(id, &method, &body, Some(version)).await,
            ETagSupport::Unknown => match self.once(id, &method, &body, Some(NO_VERSION)).await? {
                Err(RequestFault::No { status: 412, .. }) => {
                    self.learn(|learnt| learnt.versions = ETagSupport::Kept);
                    self.once(id, &method, &body, Some(version)).await
                }
                Ok(()) => {
                    tracing::info!("the register takes writes on old versions; every write reads first");
                    self.learn(|learnt| learnt.versions = ETagSupport::Ignored);
                    Ok(Ok(()))
                }
                // The service may not be able to read such a version, so no version is named from now on.
                Err(RequestFault::No { status: 400, .. }) => {
                    self.learn(|learnt| learnt.versions = ETagSupport::Ignored);
                    self.once(id, &method, &body, None).await
                }
                Err(fault) => Ok(Err(fault)),
            },
        }
    }

    async fn once(
        &self,
        id: &AccountId,
        method: &Method,
        body: &str,
        if_match: Option<&str>,
    ) -> Result<Result<(), RequestFault>, StoreError> {
        let url = self.user(id).await?;
        let ask = Ask { if_match, ..Ask::write(method.clone(), url, body) };
        Ok(self.sent(&ask, &self.writes).await.map(|_| ()))
    }

    /// Reads until the account shows the change, or until the last wait is over.
    async fn read_back(
        &self,
        id: &AccountId,
        wanted: &Wanted<'_>,
        before: SeenAccount,
    ) -> Result<NextTry, StoreError> {
        let mut last = before;
        for wait in LAG {
            rest(wait).await;
            match self.get(id).await {
                Ok(Some(seen)) if seen.falls_short(wanted).is_none() => {
                    return Ok(NextTry::Done(done(seen)));
                }
                Ok(Some(seen)) => last = seen,
                Ok(None) => return self.gone_after_writing(id, wanted).await.map(NextTry::Done),
                Err(why) => {
                    let why = why.words();
                    return Err(StoreError::Unknown(text!(
                        with why;
                        en: "it was not read back: {why}",
                        nb: "det ble ikke lest tilbake: {why}"
                    )));
                }
            }
        }
        Ok(NextTry::Otherwise(last))
    }
}

/// Returns what follows when a change was refused as a whole. Nobody keeps an access because the service insists on
/// something else, so the parts of a closing are left to be tried.
fn after_refusal(change: &AccountChange, why: StoreError) -> Result<NextTry, StoreError> {
    if change.stripped && change.inactive { Ok(NextTry::InParts(why)) } else { Err(why) }
}

/// Returns the way out for a value that the register refuses as taken. Another person may have it, or the register may
/// keep it for a closed account.
fn taken(change: &AccountChange, fault: &RequestFault) -> Text {
    let new: Vec<String> = change.login.iter().chain(&change.email).map(|new| format!("`{new}`")).collect();
    let why = fault.words();
    if new.is_empty() {
        return why;
    }
    let (or, eller) = (new.join(" or "), new.join(" eller "));
    text!(
        with why;
        en: "{why}; ask those who run the register who has {or}, or for whom it is kept, or write another in the person's \
             file and have that approved",
        nb: "{why}; spør dem som drifter registeret, hvem som har {eller}, eller hvem det holdes av for, eller skriv noe \
             annet i personens fil og få det godkjent"
    )
}

fn done(seen: SeenAccount) -> Performed {
    Performed { account: Some(seen.account.id.clone()), after: Some(seen.account) }
}
