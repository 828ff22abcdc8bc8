//! A register behind a SCIM 2.0 service (RFC 7643, RFC 7644, RFC 9865).
//!
//! What the service says of itself is read first and obeyed; what it says of its answers is not believed: a list
//! counts when it is shown to be whole, a write when it is read back. Nothing here knows a make of server: servers
//! differ in what they announce, in what the attribute map says, and in what is seen of them while working.
//!
//! ```text
//!  address   where, and where never        map       names, roles as values      settings  all of it as a value
//!  key       token, client credentials     wire      one request, one answer     patience  waits and tries
//!  offers    what the service announces    learnt    what was seen of it         service   the two together
//!  resource  JSON read as an account       body      what is sent to change one  index     who is who in a list
//!  page      one page of a list            list      everybody, with proof       change    one account, in step
//!  open      a new account                 bulk      many new accounts
//! ```

mod address;
mod body;
mod bulk;
mod change;
mod index;
mod key;
mod learnt;
mod list;
mod map;
mod offers;
mod open;
mod page;
mod patience;
mod resource;
mod service;
mod settings;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::ops::ControlFlow;

use jiff::civil::Date;
use portvakt_core::model::{AccountId, ApplicationId, GrantKey, PersonId, RoleId};
use portvakt_core::store::{Account, Listing, OpeningId, Outcome, ReadStore, StoreError, Task, WriteStore};
use tokio::runtime::Runtime;

pub use address::{Address, AddressError, Forbidden};
pub use map::{Attribute, Map, MapError, Preconditions, RoleValues, Writes};
pub use settings::{ClientCredentials, Entry, IN_FLIGHT, PATIENCE, Settings};

use service::Service;

/// Outcomes that are recorded in one transaction, at most. Only those are taken together that are there already; nobody
/// waits for more.
const TOGETHER: usize = 1024;

/// A register behind a SCIM service. Nothing is asked of it before it is read or written.
#[derive(Debug)]
pub struct Scim {
    service: Service,
    run: Run,
}

/// The loop that requests run in. Passes are made on threads that may block, so it belongs to the store alone.
#[derive(Debug)]
struct Run(Option<Runtime>);

impl Run {
    fn on<F: Future>(&self, work: F) -> Result<F::Output, StoreError> {
        match &self.0 {
            Some(runtime) => Ok(runtime.block_on(work)),
            None => Err(StoreError::Unknown("the program is ending".to_owned())),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Also where nothing may block: the daemon ends inside a loop of its own.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Scim {
    /// Makes ready; reaches for nothing yet.
    ///
    /// # Errors
    /// [`StoreError::NotLetIn`] when a certificate cannot be read, [`StoreError::Open`] when the system gives no
    /// means to speak to anybody.
    pub fn new(settings: &Settings) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|why| StoreError::Open { place: settings.address.to_string(), why: why.to_string() })?;
        Ok(Self { service: Service::new(settings)?, run: Run(Some(runtime)) })
    }
}

impl ReadStore for Scim {
    fn list(&self) -> Result<Listing, StoreError> {
        self.run.on(self.service.list())?
    }

    /// People are found by the ids of their accounts alone: a filter that names a person may be ignored, misread or
    /// answered with nobody, and nothing tells.
    fn accounts(
        &self,
        _: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        self.run.on(self.service.accounts(ids))?
    }

    fn told_roles(&self, roles: &BTreeSet<(ApplicationId, RoleId)>) {
        self.service.told_roles(roles);
    }

    /// A SCIM service keeps no requests; the program's memory does.
    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        Ok(BTreeSet::new())
    }
}

impl WriteStore for Scim {
    fn perform(
        &mut self,
        tasks: &[Task<'_>],
        _: Date,
        told: &mut dyn FnMut(Vec<Outcome>) -> ControlFlow<()>,
    ) {
        let (say, said) = std::sync::mpsc::channel();
        let (service, run) = (&self.service, &self.run);
        let work = move || {
            if let Err(why) = run.on(service.perform(tasks, &say)) {
                tracing::error!(%why, "nothing could be told to the register");
            }
            // Whoever records waits until nobody can tell any more.
            drop(say);
        };
        let mut record = || {
            while let Ok(first) = said.recv() {
                let mut outcomes = vec![first];
                outcomes.extend(said.try_iter().take(TOGETHER - 1));
                if told(outcomes).is_break() {
                    service.stop();
                    // What is under way is finished; whoever broke off does not want to hear of it.
                    break;
                }
            }
        };
        if tasks.len() > 1 {
            std::thread::scope(|scope| {
                // The record is written here while the next requests are under way there.
                scope.spawn(work);
                record();
            });
        } else {
            // Of one step there is nothing to record before it is done.
            work();
            record();
        }
        self.service.forget();
    }

    fn opened(&self, openings: &BTreeSet<OpeningId>) -> Result<BTreeMap<OpeningId, Account>, StoreError> {
        self.run.on(self.service.opened(openings))?
    }
}
