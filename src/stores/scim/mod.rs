//! A register behind a SCIM 2.0 service (RFC 7643, RFC 7644, RFC 9865).
//!
//! What the service announces about itself is read first and followed. Its answers are not simply believed: a list
//! counts only when it is shown to be complete, and a write only when it is read back. Nothing here depends on a make
//! of server. Servers differ in what they announce, in the attribute map, and in what is observed while working with
//! them.
//!
//! ```text
//!  settings  everything needed to reach the service, as values
//!  address   the address of the service, and the addresses below it
//!  map       the names that the service uses, and the form of a right as a text
//!  key       the program's proof of identity: a token, or the credentials of a client
//!  wire      sends one request and reads its answer
//!  patience  how long to wait, and how often to try
//!  fault     the ways in which a request can fail
//!  offers    what the service announces
//!  fit       compares the map with the announced attributes
//!  learnt    what was observed of the service, and what it does not announce
//!  service   the service with its announcements, the observations, and the accounts of this pass
//!  resource  reads JSON as an account
//!  page      reads one page of a list
//!  list      reads all accounts, with proof that the list is complete
//!  index     finds accounts in a list
//!  body      the bodies of requests that open or change an account
//!  change    brings one account in step with the plan
//!  open      opens a new account exactly once
//!  bulk      opens many new accounts in few requests
//!  refusals  notices that the service refuses everybody for one reason
//! ```

mod address;
mod body;
mod bulk;
mod change;
mod fault;
mod fit;
mod index;
mod key;
mod learnt;
mod list;
mod map;
mod offers;
mod open;
mod page;
mod patience;
mod refusals;
mod resource;
mod service;
mod settings;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::ops::ControlFlow;

use jiff::civil::Date;
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId, ApplicationId, GrantKey, PersonId, RoleId};
use portvakt_core::store::{
    LeftRole, Listing, Misfit, OpeningId, ReadStore, StoreError, StoreTask, TaskOutcome, WriteStore,
};
use portvakt_net::caught;
use tokio::runtime::Runtime;

pub use address::{ServiceAddress, ServiceAddressError};
pub use body::PATCH_MESSAGE;
pub use map::{Attribute, EmailPart, Map, MapError, Preconditions, RoleValues, USER, Writes};
pub use settings::{ClientCredentials, Credentials, IN_FLIGHT, PATIENCE, ScimSettings};

use service::Service;

/// The largest number of outcomes that are recorded in one transaction. Only outcomes that are already there are taken
/// together. The record does not wait for more.
const TOGETHER: usize = 1024;

/// A register behind a SCIM service. No request is sent before it is read or written.
#[derive(Debug)]
pub struct Scim {
    service: Service,
    run: ClientRuntime,
}

/// The runtime that requests run in. Passes run on threads that may block, so the runtime belongs to the store alone.
#[derive(Debug)]
struct ClientRuntime {
    runtime: Option<Runtime>,
    place: String,
}

impl ClientRuntime {
    /// Does the work. If a library panics on the way, that is an error, because one service must not stop the pass.
    fn on<F: Future>(&self, work: F) -> Result<F::Output, StoreError> {
        let Some(runtime) = &self.runtime else {
            return Err(StoreError::Unknown(fault::ending()));
        };
        caught(|| runtime.block_on(work)).map_err(|panic| {
            let panic = Text::said(panic);
            StoreError::Unreachable {
                place: self.place.clone(),
                why: text!(
                    with panic;
                    en: "the program's client for it gave up ({panic})",
                    nb: "programmets klient for det ga opp ({panic})"
                ),
            }
        })
    }
}

/// Returns the tasks without an outcome, because the work was broken off. It is unknown whether they were done.
fn untold(tasks: usize, told: &BTreeSet<usize>, why: &StoreError) -> Vec<TaskOutcome> {
    let open = (0..tasks).filter(|at| !told.contains(at));
    open.map(|at| TaskOutcome { at, opened: None, done: Err(StoreError::Unknown(why.words())) }).collect()
}

impl Drop for ClientRuntime {
    fn drop(&mut self) {
        // This also works where nothing may block, because the daemon ends inside a runtime of its own.
        if let Some(runtime) = self.runtime.take() {
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
    pub fn new(settings: &ScimSettings) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|why| {
            StoreError::Open { place: settings.address.to_string(), why: portvakt_net::system(&why) }
        })?;
        let run = ClientRuntime { runtime: Some(runtime), place: settings.address.to_string() };
        Ok(Self { service: Service::new(settings)?, run })
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

    fn misfits(&self) -> Result<Vec<Misfit>, StoreError> {
        self.run.on(self.service.misfits())?
    }

    fn left_roles(&self) -> Vec<LeftRole> {
        self.service.left_roles()
    }

    /// A SCIM service keeps no requests. The program's memory does.
    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        Ok(BTreeSet::new())
    }
}

impl WriteStore for Scim {
    fn perform(
        &mut self,
        tasks: &[StoreTask<'_>],
        _: Date,
        told: &mut dyn FnMut(Vec<TaskOutcome>) -> ControlFlow<()>,
    ) {
        let (say, said) = std::sync::mpsc::channel();
        let (service, run) = (&self.service, &self.run);
        let work = move || {
            let done = run.on(service.perform(tasks, &say));
            // The recording loop waits until this sender is dropped.
            drop(say);
            done
        };
        let (mut seen, mut is_stopped) = (BTreeSet::new(), false);
        let mut record = || {
            while let Ok(first) = said.recv() {
                let mut outcomes = vec![first];
                outcomes.extend(said.try_iter().take(TOGETHER - 1));
                seen.extend(outcomes.iter().map(|outcome: &TaskOutcome| outcome.at));
                if told(outcomes).is_break() {
                    service.stop();
                    is_stopped = true;
                    // Requests that are under way are finished. The caller that broke off does not want their outcomes.
                    break;
                }
            }
        };
        let done = if tasks.len() > 1 {
            std::thread::scope(|scope| {
                // The record is written on this thread while the next requests run on the other one.
                let doing = scope.spawn(work);
                record();
                doing.join().unwrap_or_else(|_| {
                    Err(StoreError::Unknown(text!(en: "the work was broken off", nb: "arbeidet ble avbrutt")))
                })
            })
        } else {
            // A single step has no earlier outcome to record while it runs.
            let done = work();
            record();
            done
        };
        if let Err(why) = done {
            tracing::error!(%why, "the steps in the register were broken off");
            let untold = untold(tasks.len(), &seen, &why);
            if !is_stopped && !untold.is_empty() {
                // No step follows that could be left out.
                let _either_way = told(untold);
            }
        }
        self.service.forget();
    }

    fn opened(&self, openings: &BTreeSet<OpeningId>) -> Result<BTreeMap<OpeningId, Account>, StoreError> {
        self.run.on(self.service.opened(openings))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_library_is_an_error_and_what_was_not_told_is_not_known() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let run =
            ClientRuntime { runtime: Some(runtime), place: "https://register.example.no/v2".to_owned() };
        let why = run.on(async { panic!("a part is missing") }).map(|(): ()| ()).unwrap_err();
        assert!(
            why.to_string().contains("register.example.no") && why.to_string().contains("a part is missing")
        );
        assert_eq!(run.on(async { 7 }).unwrap(), 7, "the next request is tried");
        let open = untold(3, &BTreeSet::from([1]), &why);
        assert_eq!(open.iter().map(|outcome| outcome.at).collect::<Vec<_>>(), [0, 2]);
        let unknown = |outcome: &TaskOutcome| matches!(outcome.done, Err(StoreError::Unknown(_)));
        assert!(open.iter().all(unknown) && open.iter().all(|outcome| outcome.opened.is_none()));
    }
}
