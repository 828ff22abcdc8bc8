//! Makes a register of its own for each test, and offers short helpers for steps.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::civil::{Date, date};
use portvakt_core::change::Cause;
use portvakt_core::model::{
    Account, AccountId, ApplicationId, GrantKey, PersonId, RequestId, Right, RoleId, UnitId,
};
use portvakt_core::plan::{Effect, NewAccount, Raise, Revoke, Step, StepSubject};
use portvakt_core::store::{ReadStore as _, StoreError};
use portvakt_stores::tables::write::{Performed, perform};
use portvakt_stores::tables::{Create, Tables};

pub const TODAY: Date = date(2026, 11, 23);

pub struct Bench {
    _folder: tempfile::TempDir,
    pub path: PathBuf,
    pub register: Tables,
    next: u32,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("register.db");
        let register = Tables::open(&path, Create::IfMissing).unwrap();
        Self { _folder: folder, path, register, next: 0 }
    }

    /// Runs SQL, as a person does by hand.
    pub fn sql(&self, sql: &str) {
        self.register.connection().execute_batch(sql).unwrap();
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.register.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn plan(&self, sql: &str) -> Vec<String> {
        let mut statement =
            self.register.connection().prepare_cached(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        statement.query_all([], |row| row.get(3)).unwrap()
    }

    /// Does a step as the program does it: in one transaction, which an error rolls back.
    pub fn perform(&mut self, step: &Step) -> Result<Performed, StoreError> {
        let next = &mut self.next;
        let transaction = self.register.connection_mut().begin()?;
        let performed = perform(&transaction, step, TODAY, &mut || {
            *next += 1;
            AccountId::new(&format!("acc-{next:04}"))
        })?;
        transaction.commit()?;
        Ok(performed)
    }

    /// Does it, and does it again: twice is once.
    pub fn done(&mut self, step: &Step) -> (AccountId, Account) {
        let first = self.perform(step).unwrap();
        assert_eq!(self.perform(step).unwrap(), first);
        (first.account.unwrap(), first.after.unwrap())
    }

    pub fn raise(&mut self, name: &str, rights: &[Right], request: &str) -> AccountId {
        let grant = rights.iter().map(|right| given(name, right, request)).collect();
        self.done(&Step {
            subject: newcomer(name),
            person: Some(person(name)),
            effect: Effect::Raise { grant },
        })
        .0
    }

    pub fn account(&self, id: &AccountId) -> Account {
        let found = self.register.accounts(&BTreeSet::new(), &BTreeSet::from([id.clone()])).unwrap();
        found.into_iter().next().unwrap()
    }

    pub fn not_written(&mut self, step: &Step) -> String {
        let before = self.register.list().unwrap().accounts;
        let error = self.perform(step).unwrap_err();
        assert_eq!(self.register.list().unwrap().accounts, before, "rolled back");
        let StoreError::NotWritten(what) = error else { panic!("{error:?}") };
        what.en().to_owned()
    }
}

pub fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub fn right(application: &str, unit: u32, role: &str) -> Right {
    let (application, role) = (ApplicationId::new(application).unwrap(), RoleId::new(role).unwrap());
    Right { application, unit: UnitId(unit), role }
}

pub fn lu() -> Right {
    right("smerteregisteret", 100082, "LU")
}

pub fn given(name: &str, right: &Right, request: &str) -> Raise {
    let (application, unit) = (right.application.clone(), right.unit);
    let request = RequestId::new(request).unwrap();
    let grant = GrantKey { person: person(name), application, unit, request };
    Raise { right: right.clone(), grant, drift: false, stays_ended: Vec::new() }
}

pub fn newcomer(name: &str) -> StepSubject {
    StepSubject::New(NewAccount {
        person: person(name),
        name: format!("Fictional {name}"),
        login: Some(name.to_owned()),
        email: Some(format!("{name}@hospital.example")),
    })
}

pub fn about(id: &AccountId, effect: Effect) -> Step {
    Step { subject: StepSubject::Account(id.clone()), person: None, effect }
}

pub fn lower(rights: &[Right], subscriptions: &[i64], close: bool) -> Effect {
    let one = |right: &Right| Revoke { right: right.clone(), cause: Cause::Absent, grants: Vec::new() };
    let revoke = rights.iter().map(one).collect();
    Effect::Lower { cause: Cause::Absent, revoke, end_subscriptions: subscriptions.to_vec(), close }
}

pub fn amend(name: &str, email: Option<Option<&str>>) -> Effect {
    let email = email.map(|email| email.map(str::to_owned));
    Effect::Amend {
        name: name.to_owned(),
        login: Some("kari.testesen".to_owned()),
        email,
        changed: BTreeSet::new(),
    }
}

pub fn subscriptions(account: &Account) -> Vec<i64> {
    account.subscriptions.iter().map(|subscription| subscription.id).collect()
}
