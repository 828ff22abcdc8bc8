//! Shows the content of the register, the memory and the ledger as plain text.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use portvakt_stores::tables::history_digest;

use super::super::rows::rows;
use super::World;

/// Rows as text, by table.
pub type Content = BTreeMap<String, BTreeSet<String>>;

/// The content of the register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Store {
    /// Open accounts' rights, by person.
    pub rights: BTreeMap<String, BTreeSet<String>>,
    /// People with more than one open account.
    pub twice: BTreeSet<String>,
    /// Closed accounts, and whether an address is left.
    pub closed: BTreeMap<String, bool>,
    pub accounts: BTreeSet<String>,
}

impl World {
    pub fn store(&self) -> Store {
        let mut store = self.holds();
        store.rights = store.rights.into_iter().map(|(who, has)| (self.first_id(who), has)).collect();
        store.twice = store.twice.into_iter().map(|who| self.first_id(who)).collect();
        store
    }

    fn first_id(&self, who: String) -> String {
        self.ids.get(&who).cloned().unwrap_or(who)
    }

    fn holds(&self) -> Store {
        if let Some(service) = &self.service {
            return service.holds();
        }
        let conn = self.conn().as_sqlite().unwrap();
        let mut store = Store::default();
        let mut accounts =
            conn.prepare_cached("SELECT id, person, active, email IS NOT NULL FROM account").unwrap();
        let mut rows = accounts.query([]).unwrap();
        let mut open = BTreeMap::new();
        while let Some(row) = rows.next().unwrap() {
            let (id, person): (String, Option<String>) = (row.get(0).unwrap(), row.get(1).unwrap());
            store.accounts.insert(id.clone());
            if row.get::<_, bool>(2).unwrap() {
                let person = person.unwrap_or_else(|| id.clone());
                if store.rights.insert(person.clone(), BTreeSet::new()).is_some() {
                    store.twice.insert(person.clone());
                }
                open.insert(id, person);
            } else {
                store.closed.insert(id, row.get(3).unwrap());
            }
        }
        let mut access = conn
            .prepare_cached("SELECT account, application, unit, role FROM access WHERE ended IS NULL")
            .unwrap();
        let mut rows = access.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let id: String = row.get(0).unwrap();
            let (application, unit, role): (String, i64, String) =
                (row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
            let whose = open.get(&id).cloned().unwrap_or_else(|| format!("closed:{id}"));
            store.rights.entry(whose).or_default().insert(format!("{application}/{unit}/{role}"));
        }
        store.rights.retain(|_, rights| !rights.is_empty());
        store
    }

    /// Returns every row of every table about the current state. The times of looks are left out.
    pub fn content(&self, tables: Option<&[&str]>) -> Content {
        let conn = self.conn().as_sqlite().unwrap();
        let wanted = |name: &str| tables.is_none_or(|some| some.contains(&name));
        // The last trusted moment moves with every pass.
        let mut content = rows(conn, wanted, |name, text| name != "mark" || !text.starts_with("clock"));
        if let Some(service) = &self.service {
            service.content(&mut content);
        }
        content
    }

    pub fn history(&self) -> String {
        history_digest(self.conn()).unwrap().to_string()
    }

    /// Returns the time of the ledger's last entry.
    pub fn last_entry(&self) -> Option<Timestamp> {
        let conn = self.conn().as_sqlite().unwrap();
        let last = conn.query_row("SELECT at FROM ledger ORDER BY seq DESC LIMIT 1", [], |row| row.get(0));
        last.ok().map(|at: String| at.parse().unwrap())
    }

    /// Checks that the chain holds and its times never go back.
    pub fn ledger(&self) -> Result<(), String> {
        portvakt_engine::ledger::verify(self.conn()).map_err(|why| why.to_string())?;
        let conn = self.conn().as_sqlite().unwrap();
        let mut statement = conn.prepare_cached("SELECT seq, at FROM ledger ORDER BY seq").unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut last: Option<Timestamp> = None;
        while let Some(row) = rows.next().unwrap() {
            let (seq, at): (i64, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let at: Timestamp = at.parse().unwrap();
            if last.is_some_and(|last| at < last) {
                return Err(format!("entry {seq} of the ledger is of {at}, before the one it follows"));
            }
            last = Some(at);
        }
        Ok(())
    }

    /// Returns the rights of everybody at a past moment, by the ledger.
    pub fn held_on(&self, moment: Timestamp) -> BTreeMap<String, BTreeSet<String>> {
        let mut rights: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for held in portvakt_engine::report::held_on(self.conn(), moment).unwrap() {
            let right = format!("{}/{}/{}", held.application, held.unit, held.role);
            rights.entry(self.first_id(held.person)).or_default().insert(right);
        }
        rights
    }
}
