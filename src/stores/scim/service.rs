//! The service with the program's knowledge of it: its announcements, the manner in which it takes changes, and the
//! accounts that were read in this pass.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{AccountId, ApplicationId, RoleId};
use portvakt_core::store::{LeftRole, Misfit, StoreError};
use serde_json::Value;
use tokio::sync::OnceCell;

use self::discover::discover;
use super::address::ServiceAddress;
use super::fault::RequestFault;
use super::index::Listed;
use super::learnt::{ETagSupport, Learnt};
use super::map::{Map, RoleValues};
use super::offers::{Offers, Support};
use super::patience::{Waited, pause};
use super::refusals::Refusals;
use super::resource::{Form, SeenAccount, field, seen_account};
use super::settings::ScimSettings;
use super::wire::{Ask, ScimAnswer, ScimWire};

mod discover;
mod left;
mod listed;
mod perform;
mod requested;

pub use listed::InList;

/// The first wait between two tries.
const FIRST: Duration = Duration::from_millis(150);

/// The longest wait without a successful request, as a multiple of the longest time of one request.
const IN_VAIN: u32 = 4;

/// The most accounts that are kept between reading and writing.
const KEPT: usize = 4096;

/// One SCIM service, with the state of the current pass.
#[derive(Debug)]
pub struct Service {
    map: RwLock<Arc<Map>>,
    pub(super) wire: ScimWire,
    address: ServiceAddress,
    in_flight: usize,
    offers: OnceCell<Offers>,
    learnt: Mutex<Learnt>,
    /// Accounts as they were read in this pass.
    kept: Mutex<HashMap<AccountId, SeenAccount>>,
    /// The roles that are no rights, of closed accounts, as they were last read. They are kept from pass to pass.
    left: Mutex<BTreeMap<AccountId, LeftRole>>,
    pub(super) index: tokio::sync::Mutex<Option<Listed>>,
    pub(super) stopped: AtomicBool,
    /// The time at which the current steps began.
    begun: Mutex<Option<Instant>>,
    /// Held by the write that finds out whether old versions are refused.
    pub(super) probing: tokio::sync::Mutex<()>,
    /// The refusals of steps that give, and of steps that amend.
    refused: [Refusals; 2],
    reads: Waited,
    pub(super) writes: Waited,
}

impl Service {
    pub fn new(settings: &ScimSettings) -> Result<Self, StoreError> {
        Ok(Self {
            map: RwLock::new(Arc::new(settings.map.clone())),
            wire: ScimWire::new(settings)?,
            address: settings.address.clone(),
            in_flight: settings.in_flight,
            offers: OnceCell::new(),
            learnt: Mutex::new(Learnt::new(ETagSupport::Unknown)),
            kept: Mutex::default(),
            left: Mutex::default(),
            index: tokio::sync::Mutex::default(),
            stopped: AtomicBool::new(false),
            begun: Mutex::default(),
            probing: tokio::sync::Mutex::default(),
            refused: <[Refusals; 2]>::default(),
            reads: Waited::new(settings.patience.saturating_mul(IN_VAIN)),
            writes: Waited::new(settings.patience.saturating_mul(IN_VAIN)),
        })
    }

    pub fn address(&self) -> &ServiceAddress {
        &self.address
    }

    pub fn place(&self) -> String {
        self.address.to_string()
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Returns what the service offers. The service is asked once.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn offers(&self) -> Result<&Offers, StoreError> {
        let ask = async {
            let map = self.map();
            let offers = discover(self, &self.address, &map).await?;
            if offers.exact_roles == Support::Yes {
                self.know(&BTreeSet::new());
            }
            if map.email_parts.is_none() {
                let mut map = (*self.map()).clone();
                map.email_parts = offers.announced.email_parts(&map);
                self.take_map(map);
            }
            Ok(offers)
        };
        self.offers.get_or_try_init(|| ask).await
    }

    /// Returns the current attribute map.
    pub fn map(&self) -> Arc<Map> {
        Arc::clone(&self.map.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Learns the register's own words for roles. Then a service that returns them in another case is understood,
    /// unless the service says that case matters.
    pub fn told_roles(&self, roles: &BTreeSet<(ApplicationId, RoleId)>) {
        if self.offers.get().is_none_or(|offers| offers.exact_roles == Support::No) {
            self.know(roles);
        }
    }

    fn know(&self, roles: &BTreeSet<(ApplicationId, RoleId)>) {
        let map = (*self.map()).clone().knowing(roles);
        self.take_map(map);
    }

    fn take_map(&self, map: Map) {
        *self.map.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(map);
    }

    /// Lists the parts of the attribute map that do not fit the service's announcements.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn misfits(&self) -> Result<Vec<Misfit>, StoreError> {
        let offers = self.offers().await?;
        Ok(offers.announced.misfits(&self.map()))
    }

    /// Returns the form in which roles are written: as configured, as the service was seen to take them, as this
    /// account has others, or as announced, in this order.
    pub fn form(&self, offers: &Offers, raw: &Value) -> Form {
        let map = self.map();
        let announced = || match offers.plain.contains(&map.roles.name.to_ascii_lowercase()) {
            true => Form::Text,
            false => Form::Object,
        };
        match map.role_values {
            RoleValues::Objects => Form::Object,
            RoleValues::Texts => Form::Text,
            RoleValues::Offered => {
                self.learnt().form.or_else(|| Form::of(&map, raw)).unwrap_or_else(announced)
            }
        }
    }

    pub fn learnt(&self) -> Learnt {
        self.learnt.lock().map_or(Learnt::new(ETagSupport::Ignored), |learnt| *learnt)
    }

    pub fn learn(&self, what: impl FnOnce(&mut Learnt)) {
        if let Ok(mut learnt) = self.learnt.lock() {
            what(&mut learnt);
        }
    }

    /// Returns the refusals in this pass of steps that give.
    pub(super) fn refused_gifts(&self) -> &Refusals {
        let [gives, _] = &self.refused;
        gives
    }

    /// Stops beginning new steps.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Forgets what was read, so that the next pass reads anew.
    pub fn forget(&self) {
        self.stopped.store(false, Ordering::Relaxed);
        self.refused.iter().for_each(Refusals::forget);
        if let Ok(mut kept) = self.kept.lock() {
            kept.clear();
        }
        if let Ok(mut index) = self.index.try_lock() {
            *index = None;
        }
    }

    pub fn keep(&self, seen: &SeenAccount) {
        if let Ok(mut kept) = self.kept.lock() {
            // A whole plan is not kept in memory. An account that is not here is read again.
            if kept.len() < KEPT || kept.contains_key(&seen.account.id) {
                kept.insert(seen.account.id.clone(), seen.clone());
            }
        }
    }

    pub fn kept(&self, id: &AccountId) -> Option<SeenAccount> {
        self.kept.lock().ok()?.get(id).cloned()
    }

    /// Begins a part of a pass. Requests that failed before are tried again.
    pub fn refresh(&self) {
        self.wire.refresh(self.in_flight);
        self.reads.forget();
        self.writes.forget();
    }

    /// Sends a request that only reads. It is tried again as long as it may succeed.
    ///
    /// # Errors
    /// The last failure, when no attempt succeeded.
    pub async fn read(&self, ask: &Ask<'_>) -> Result<ScimAnswer, RequestFault> {
        let mut tried = 0;
        loop {
            match self.sent(ask, &self.reads).await {
                Err(fault) if fault.passes() && tried + 1 < self.reads.tries() => {
                    self.wait(&self.reads, tried, fault.wait()).await;
                }
                answer => return answer,
            }
            tried += 1;
        }
    }

    /// Sends a request, and notes if the service accepts its kind.
    pub async fn sent(&self, ask: &Ask<'_>, waited: &Waited) -> Result<ScimAnswer, RequestFault> {
        let answer = self.wire.send(ask).await;
        if !answer.as_ref().is_err_and(RequestFault::passes) {
            waited.forget();
        }
        answer
    }

    /// Waits before the next try. Once waiting was in vain, the wait is not the one that the service asks for.
    pub async fn wait(&self, waited: &Waited, tried: u32, asked: Option<Duration>) {
        let pause = pause(FIRST, tried, asked.filter(|_| !waited.is_over()));
        waited.add(pause);
        tokio::time::sleep(pause).await;
    }

    /// Reads one account as it is now. `None` if the service shows that it does not have it.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn get(&self, id: &AccountId) -> Result<Option<SeenAccount>, StoreError> {
        let url = self.user(id).await?;
        let ask = Ask::read(url);
        match self.read(&ask).await {
            Ok(ScimAnswer { body: Some(mut raw), etag, .. }) => {
                self.add_requested(id, &mut raw).await?;
                let mut seen = seen_account(&self.map(), raw, etag).map_err(|why| self.odd(why))?;
                if seen.account.id != *id {
                    return Err(self.odd(text!(
                        en: "asked for the account `{id}` it gives `{other}`",
                        nb: "spurt om kontoen `{id}` gir det `{other}`";
                        other = seen.account.id
                    )));
                }
                let learnt = self.learnt();
                if seen.says_active == Some(true) && !learnt.says_active {
                    self.learn(|learnt| learnt.says_active = true);
                }
                seen.judge_unsaid(learnt.says_active);
                if learnt.own_versions {
                    seen.takes_own_version();
                }
                self.note_role(&seen);
                self.keep(&seen);
                Ok(Some(seen))
            }
            Ok(_) => Err(self.odd(text!(
                en: "asked for the account `{id}` it gives nothing",
                nb: "spurt om kontoen `{id}` gir det ingenting"
            ))),
            // With a wrong address, or a proxy in between, every account would seem to be missing. So this is checked.
            Err(RequestFault::No { status: 404 | 410, .. }) => self.alive().await.map(|()| None),
            Err(fault) => Err(fault.store_error(&self.place())),
        }
    }

    /// Checks that the service serves users at all.
    async fn alive(&self) -> Result<(), StoreError> {
        let mut url = self.users().await?;
        url.set_query(Some("startIndex=1&count=1"));
        let answer = self.read(&Ask::read(url)).await;
        match answer {
            Ok(ScimAnswer { body: Some(list), .. })
                if list.is_array()
                    || ["totalResults", "Resources"].iter().any(|name| field(&list, name).is_some()) =>
            {
                Ok(())
            }
            Ok(_) => Err(self.odd(text!(en: "its list of users is none", nb: "brukerlisten er ingen liste"))),
            Err(fault) => Err(fault.store_error(&self.place())),
        }
    }

    pub async fn users(&self) -> Result<reqwest::Url, StoreError> {
        let offers = self.offers().await?;
        Ok(self.address.below(&offers.users.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    pub async fn user(&self, id: &AccountId) -> Result<reqwest::Url, StoreError> {
        let offers = self.offers().await?;
        let mut parts: Vec<&str> = offers.users.iter().map(String::as_str).collect();
        parts.push(id.as_str());
        Ok(self.address.below(&parts))
    }

    pub fn odd(&self, why: Text) -> StoreError {
        StoreError::Answer { place: self.place(), why }
    }
}
