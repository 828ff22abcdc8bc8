//! A register behind a SCIM 2.0 service (RFC 7643, RFC 7644, RFC 9865).
//!
//! What the service announces about itself is read first and followed. Its answers are not simply believed: a list
//! counts only when it is shown to be complete, and a write only when it is read back. Nothing here depends on a make
//! of server. Servers differ in what they announce, in the attribute map, and in what is observed while working with
//! them.
//!
//! ```text
//!  address   allowed addresses             map       names, roles as values      settings  all settings as values
//!  key       token, client credentials     wire      one request, one answer     patience  waits and tries
//!  offers    what the service announces    learnt    what was observed of it     service   offers and learnt together
//!  resource  JSON read as an account       body      what is sent to change one  index     accounts found in a list
//!  page      one page of a list            list      all accounts, with proof    change    one account, in step
//!  open      a new account                 bulk      many new accounts
//! ```

mod address;
mod body;
mod bulk;
mod change;
mod fault;
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
use portvakt_core::model::{Account, AccountId, ApplicationId, GrantKey, PersonId, RoleId};
use portvakt_core::store::{Listing, OpeningId, Outcome, ReadStore, StoreError, Task, WriteStore};
use tokio::runtime::Runtime;

pub use address::{Address, AddressError};
pub use map::{Attribute, Map, MapError, Preconditions, RoleValues, Writes};
pub use settings::{ClientCredentials, Entry, IN_FLIGHT, PATIENCE, Settings};

use service::Service;

/// The most outcomes that are recorded in one transaction. Only outcomes that are already there are taken together. The
/// record does not wait for more.
const TOGETHER: usize = 1024;

/// A register behind a SCIM service. No request is sent before it is read or written.
#[derive(Debug)]
pub struct Scim {
    service: Service,
    run: Run,
}

/// The runtime that requests run in. Passes run on threads that may block, so the runtime belongs to the store alone.
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
        // This also works where nothing may block, because the daemon ends inside a runtime of its own.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Scim {
    /// Prepares access to the register. No request is sent yet.
    ///
    /// # Errors
    /// Fails with [`StoreError::NotLetIn`] when a certificate cannot be read, and with [`StoreError::Open`] when the
    /// system cannot provide what connections need.
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

    /// People are found only by the ids of their accounts. A service may ignore or misread a filter that names a
    /// person, or answer it with an empty list, and nothing would show that.
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
            // The recording loop waits until this sender is dropped.
            drop(say);
        };
        let mut record = || {
            while let Ok(first) = said.recv() {
                let mut outcomes = vec![first];
                outcomes.extend(said.try_iter().take(TOGETHER - 1));
                if told(outcomes).is_break() {
                    service.stop();
                    // Requests that are under way are finished. The caller that broke off does not want their outcomes.
                    break;
                }
            }
        };
        if tasks.len() > 1 {
            std::thread::scope(|scope| {
                // The record is written on this thread while the next requests run on the other one.
                scope.spawn(work);
                record();
            });
        } else {
            // With a single step there is nothing to record before it is done.
            work();
            record();
        }
        self.service.forget();
    }

    fn opened(&self, openings: &BTreeSet<OpeningId>) -> Result<BTreeMap<OpeningId, Account>, StoreError> {
        self.run.on(self.service.opened(openings))?
    }
}
