//! The example tree, accepted for a register on a loopback service, and the content that this register should have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::decide::Patience;
use portvakt_engine::ledger::EntryKind;
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{
    Engine, EngineError, ExternalRegister, PassReach, Passed, open_register,
};
use portvakt_stores::scim::{Scim, ScimSettings};
use portvakt_stores::tables::Create;
use serde_json::Value;

use super::loopback::Loopback;
use crate::accepted::{SETTLE, accept, day_of};

/// The people with their roles. They must be the same in the end.
pub type Rights = BTreeSet<(String, String)>;

pub struct World {
    home: tempfile::TempDir,
    pub place: String,
}

impl World {
    /// The example, with addresses in it, accepted for the register at this place.
    pub fn accepted(place: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        portvakt::example::copy(home.path(), day_of(now)).unwrap();
        // Some of these stories need hundreds of people at once.
        let register = home.path().join("desired-state/register.yaml");
        let text = std::fs::read_to_string(&register).unwrap();
        let many = "addition_limits: {trust: {least: 1000}, all: {least: 1000}}\n";
        std::fs::write(&register, format!("{text}\n{many}")).unwrap();
        let world = Self { home, place: place.to_owned() };
        let mut register = open_register(&world.memory(), Create::IfMissing).unwrap();
        memory::bind(register.connection(), Some(place)).unwrap();
        accept(world.root(), &mut register, now);
        world
    }

    pub fn root(&self) -> &Path {
        self.home.path()
    }

    pub fn memory(&self) -> PathBuf {
        self.root().join("var/memory.db")
    }

    pub fn file(&self, path: &str) -> PathBuf {
        self.root().join("desired-state").join(path)
    }

    pub fn settings(&self) -> ScimSettings {
        ScimSettings::new(self.place.parse().unwrap())
    }

    pub fn engine(&self) -> Engine {
        self.engine_with(&self.settings())
    }

    pub fn engine_with(&self, settings: &ScimSettings) -> Engine {
        let store = Box::new(Scim::new(settings).unwrap());
        Engine::open(self.root(), &self.memory(), SETTLE, Patience::None)
            .unwrap()
            .with_store(ExternalRegister { place: self.place.clone(), store })
    }

    /// Returns the rights in an embedded register after one pass over the same tree.
    pub fn should(&self) -> Rights {
        let now = Timestamp::now();
        let file = self.root().join("var/should.db");
        let _fresh = std::fs::remove_file(&file);
        std::fs::copy(self.memory(), &file).unwrap();
        let register = open_register(&file, Create::MustExist).unwrap();
        // The memory of what the other register was told is removed.
        for sql in [
            "DELETE FROM person_account",
            "UPDATE standing SET given = NULL, replaced = NULL WHERE ended IS NULL",
            "DELETE FROM intent",
            "DELETE FROM opening",
        ] {
            register.connection().execute(sql, []).unwrap();
        }
        // Rows that the ledger does not know of are taken over, as from an older version.
        let unbound = serde_json::json!({});
        portvakt_engine::ledger::append(register.connection(), now, EntryKind::BaselineAgain, &unbound)
            .unwrap();
        memory::bind(register.connection(), None).unwrap();
        drop(register);
        let mut engine = Engine::open(self.root(), &file, SETTLE, Patience::None).unwrap();
        let passed = engine.pass(PassReach::Everything, now, Instant::now(), |_, _| {}).unwrap();
        assert!(passed.carried.failed.is_empty());
        let conn = engine.register().connection();
        let mut rows = conn
            .prepare_cached(
                "SELECT person, application || '/' || unit || '/' || role FROM access
                 JOIN account ON account.id = access.account WHERE ended IS NULL",
            )
            .unwrap();
        let rows = rows.query_all([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.into_iter().collect()
    }
}

pub fn pass(engine: &mut Engine) -> Result<Passed, EngineError> {
    engine.pass(PassReach::Everything, Timestamp::now(), Instant::now(), |_, _| {})
}

/// Returns the roles of all people in the service, and checks that nobody has two accounts.
pub fn held(service: &Loopback) -> Rights {
    let mut rights = Rights::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for user in service.users() {
        let person = user["externalId"].as_str().unwrap_or_default().split('/').next().unwrap().to_owned();
        if user["active"] == Value::Bool(true) {
            *open.entry(person.clone()).or_default() += 1;
        }
        for role in user["roles"].as_array().into_iter().flatten() {
            assert_eq!(user["active"], Value::Bool(true), "a right in a closed account: {user}");
            assert!(
                rights.insert((person.clone(), role["value"].as_str().unwrap().to_owned())),
                "twice: {user}"
            );
        }
    }
    let twice: Vec<_> = open.iter().filter(|(person, count)| !person.is_empty() && **count > 1).collect();
    assert!(twice.is_empty(), "nobody has two open accounts: {twice:?}");
    rights
}
