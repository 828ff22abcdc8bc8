//! A register behind a SCIM service on this host. The service has faults that come and go.

use std::collections::BTreeSet;

use portvakt_engine::reconcile::engine::ExternalRegister;
use portvakt_stores::scim::{Scim, ScimSettings};

use super::super::loopback::{Fault, Loopback};
use super::{Content, Store};

/// The faults of the connection, by their word in histories.
const FAULTS: [(&str, Fault); 10] = [
    ("answers-lost", Fault::AnswersLost),
    ("requests-lost", Fault::RequestsLost),
    ("half-fails", Fault::HalfFails),
    ("fails-after-writing", Fault::FailsAfterWriting),
    ("throttles", Fault::Throttles),
    ("not-well", Fault::OneFailsMore),
    ("total-too-high", Fault::TotalTooHigh),
    ("repeats", Fault::Repeats),
    ("bare-lists", Fault::BareLists),
    ("lags", Fault::Lags),
];

/// The service, and whether something may still have to be put right after a fault.
pub(super) struct Service {
    loopback: Loopback,
    faults: bool,
    trouble: bool,
}

impl Service {
    pub(super) fn start() -> Self {
        Self { loopback: Loopback::start(&[]), faults: false, trouble: false }
    }

    pub(super) fn place(&self) -> String {
        self.loopback.place()
    }

    /// Returns the client. It sends one request at a time, so that a fault meets the same requests each time a history
    /// is run.
    pub(super) fn store(&self) -> ExternalRegister {
        let settings = ScimSettings { in_flight: 1, ..ScimSettings::new(self.place().parse().unwrap()) };
        ExternalRegister { place: self.place(), store: Box::new(Scim::new(&settings).unwrap()) }
    }

    /// Sets a fault from now on, or none.
    pub(super) fn set(&mut self, word: &str) {
        let fault = FAULTS.iter().find(|known| known.0 == word).map(|known| known.1);
        assert!(fault.is_some() || word.is_empty(), "no such fault: {word}");
        self.loopback.set(fault.as_slice());
        self.faults = fault.is_some();
        self.trouble |= self.faults;
    }

    /// Returns whether the steps of a run may be late. A fault is active, or no run has succeeded without one since.
    pub(super) fn is_disturbed(&self) -> bool {
        self.trouble
    }

    /// A run is over, and everything succeeded or something did not.
    pub(super) fn ran(&mut self, well: bool) {
        self.trouble &= self.faults || !well;
    }

    /// Returns the true content of the service, in spite of what it shows.
    pub(super) fn holds(&self) -> Store {
        let mut store = Store::default();
        for user in self.loopback.users() {
            let id = user["id"].as_str().unwrap().to_owned();
            let person = user["externalId"].as_str().unwrap_or(&id).split('/').next().unwrap().to_owned();
            let roles = user["roles"].as_array().into_iter().flatten();
            let rights: BTreeSet<String> =
                roles.map(|role| role["value"].as_str().unwrap().to_owned()).collect();
            store.accounts.insert(id.clone());
            if user["active"] == true {
                if store.rights.insert(person.clone(), rights).is_some() {
                    store.twice.insert(person);
                }
                continue;
            }
            if !rights.is_empty() {
                store.rights.insert(format!("closed:{id}"), rights);
            }
            let address = user["emails"].as_array().is_some_and(|mails| !mails.is_empty());
            store.closed.insert(id, address);
        }
        store.rights.retain(|_, rights| !rights.is_empty());
        store
    }

    /// The accounts, and how often it was told to change one.
    pub(super) fn content(&self, content: &mut Content) {
        let users = self.loopback.users().iter().map(ToString::to_string).collect();
        content.insert("accounts elsewhere".to_owned(), users);
        let shop = self.loopback.shop.lock().unwrap();
        let told = shop.log.iter().filter(|line| !line.starts_with("GET")).count();
        content.insert("changes elsewhere".to_owned(), [told.to_string()].into());
    }
}

/// Returns the words for the faults.
pub fn fault_words() -> Vec<&'static str> {
    FAULTS.iter().map(|known| known.0).collect()
}
