//! Acts of operators, and changes that somebody makes in the memory with a database browser.

use std::collections::{BTreeMap, BTreeSet};

use super::super::actors::Step;
use super::super::desk::*;
use super::super::invariants::{Failure, fail};
use super::super::oracle::{DAY, Grant, State, day, over};
use super::super::world::{Content, GRACE};
use super::Running;

impl Running {
    pub(super) fn release_settings(&mut self, at: i64) {
        if let Some(digest) = self.told.settings.clone() {
            self.world.release_settings(&digest, self.clock(at));
        }
        // While two limits may count, the larger one is used.
        self.oracle.unreckoned = at + 7 * DAY;
    }

    /// Two administrators release what waits, if it is meant. At the end they release all of it.
    pub(super) fn release(&mut self, at: i64, all: bool) -> bool {
        let mut any = false;
        let sets: Vec<_> = self.told.held.iter().chain(&self.told.late).cloned().collect();
        for set in sets {
            let meant = |who: &String| {
                let has = self.oracle.store.get(who).cloned().unwrap_or_default();
                let gone = |grant: &Grant| {
                    matches!(grant.state, State::Gone(_)) && has.iter().any(|right| grant.may_give(right))
                };
                let new =
                    |grant: &Grant| grant.state == State::Meant && !has.contains(&grant.right(grant.last()));
                !self.desk.is_covered(who) && self.oracle.of(who).any(|grant| gone(grant) || new(grant))
            };
            if !all && !set.people.iter().all(meant) {
                continue;
            }
            self.world.release(&set, self.clock(at));
            for who in &set.people {
                self.oracle.released.insert(who.clone(), at);
                self.oracle.waited.remove(who);
            }
            any = true;
        }
        any
    }

    pub(super) fn unleave(&mut self, who: &str, at: i64) {
        let Some(place) = self.desk.deleted.keys().find(|(_, person)| person == who).cloned() else { return };
        let in_moved_folder = |slip: &Slip| slip.is_of_folder() && slip.who == place.0;
        if !self.desk.places(who).is_empty() || self.desk.slips.iter().any(in_moved_folder) {
            return;
        }
        let file = self.desk.deleted.remove(&place).unwrap();
        let asked: BTreeSet<String> = file.access.iter().map(|entry| entry.request.clone()).collect();
        self.desk.files.insert(place, file);
        let has = self.oracle.store.get(who).cloned().unwrap_or_default();
        let today = day(self.truth(at));
        for grant in self.oracle.grants.iter_mut().filter(|grant| asked.contains(&grant.request)) {
            if grant.person != who || over(grant.last(), today) {
                continue;
            }
            let in_force = grant.open().iter().all(|version| has.contains(&grant.right(version)));
            grant.state = if in_force { State::Meant } else { State::Doubt };
            if !in_force && !grant.given.is_empty() && !grant.forgotten {
                // It has acted: the request has served, and the file alone brings nothing back.
                grant.state = State::Gone(at);
            }
        }
    }

    pub(super) fn edit_memory(&mut self, step: &Step) {
        let who = step.who.as_str();
        if self.desk.people_called.contains_key(who) {
            return;
        }
        let Some(place) = self.desk.only(who).filter(|place| self.desk.over(place).is_none()) else { return };
        let yesterday = day(self.truth(step.at)).yesterday().unwrap();
        let of = format!("person = '{who}' AND ended IS NULL AND cleared IS NULL");
        let (edit, undo) = match step.verb.as_str() {
            "sqlaccount" => {
                let ask = format!("SELECT account FROM person_account WHERE person = '{who}'");
                let Some(account) = self.world.ask(&ask) else { return };
                let set =
                    |to: &str| format!("UPDATE person_account SET account = '{to}' WHERE person = '{who}'");
                // Two people never have one account. The table itself refuses it.
                (set(&format!("00000000-dead-4000-8000-{:012}", step.at)), set(&account))
            }
            verb => {
                let (column, to) = if verb == "sqlrole" {
                    ("role", "LC".to_owned())
                } else {
                    ("until_day", yesterday.to_string())
                };
                let ask = |what: &str| format!("SELECT {what} FROM standing WHERE {of} LIMIT 1");
                let Some(request) = self.world.ask(&ask("request")) else { return };
                let was = self.world.ask(&ask(column)).map_or("NULL".to_owned(), |was| format!("'{was}'"));
                let row = format!("person = '{who}' AND request = '{request}'");
                (
                    format!("UPDATE standing SET {column} = '{to}' WHERE {row}"),
                    format!("UPDATE standing SET {column} = {was} WHERE {row}"),
                )
            }
        };
        self.world.sql(&edit);
        self.desk.slips.push(Slip {
            kind: step.verb.clone(),
            who: who.to_owned(),
            since: step.at,
            over: BTreeMap::new(),
            covers: BTreeMap::from([(place, Takes::Nothing)]),
            folder: None,
            undo: vec![undo],
        });
    }

    /// Puts back what was changed in the memory.
    pub(super) fn undo(&mut self, who: &str) {
        for slip in self.desk.slips.iter().filter(|slip| who.is_empty() || slip.who == who) {
            slip.undo.iter().for_each(|sql| self.world.sql(sql));
        }
    }

    pub(super) fn restore(&mut self, at: i64) {
        let Some(backup) = &self.backup else { return };
        if !self.world.restore() {
            return;
        }
        self.closed.clone_from(&backup.closed);
        self.accounts.clone_from(&backup.accounts);
        // The restored database has no changes by hand. An entry that it does not know is new.
        let new_to_it = ["lift", "longer", "later", "latermany", "older"];
        self.desk.put_folders_back();
        self.desk.slips.retain(|slip| slip.undo.is_empty() && !new_to_it.contains(&slip.kind.as_str()));
        let desk = &self.desk;
        let (from, trusted) = (backup.at, backup.trusted);
        self.oracle.restored(from, at, trusted, &backup.given, |grant| {
            let file = desk.files.get(&(grant.trust.clone(), grant.person.clone()));
            file.is_some_and(|file| {
                file.access.iter().any(|e| e.request == grant.request && e.revoked.is_none())
            })
        });
        self.oracle.store = self.world.store().rights;
        self.away.clear();
        self.clock_was_right = false;
        self.days.clear();
        self.show();
    }

    pub(super) fn restart(&mut self, at: i64) -> Result<(), Failure> {
        const CORE: [&str; 6] = ["account", "access", "subscription", "standing", "person_account", "budget"];
        let mut before = BTreeMap::new();
        // A limit may leave work for the next pass. Passes go on until all of it is done.
        for _ in 0..5 {
            self.pass(true, at)?;
            let now = self.world.content(Some(&CORE));
            let same = now == before;
            before = now;
            if same {
                break;
            }
        }
        self.world.restart();
        self.begin_anew();
        self.pass(true, at + 1)?;
        let after = self.world.content(Some(&CORE));
        if after == before {
            return Ok(());
        }
        fail("restart", format!("a restart alone changed what is so{}", differs(&before, &after)))
    }

    pub(super) fn quiet(&mut self, at: i64) -> Result<(), Failure> {
        for turn in 0..3 {
            self.pass(true, at + 2 * GRACE * turn)?;
        }
        let before = self.world.content(None);
        self.pass(true, at + 4 * GRACE + 1)?;
        let after = self.world.content(None);
        if before == after {
            return Ok(());
        }
        fail("quiet", format!("a pass with nothing to do wrote something{}", differs(&before, &after)))
    }
}

/// The first rows of each table that were not there before.
fn differs(before: &Content, after: &Content) -> String {
    let mut told = String::new();
    for (table, rows) in after {
        for row in rows.difference(&before[table]).take(3) {
            told.push_str(&format!("\n  {table}: {row}"));
        }
    }
    told
}
