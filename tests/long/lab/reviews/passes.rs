//! A run, and what the oracle says about it.

use std::collections::BTreeSet;

use super::files::tree;
use super::trust::{Change, Open};
use super::{ASKED, Story, is_over, noon};
use crate::lab::desk::{Day, File, LEADER};

impl Story {
    /// Runs the program and checks what must hold after it.
    pub(super) fn pass(&mut self, today: Day) -> Result<(), String> {
        let before = self.world.store().rights;
        self.world.show(&tree(&self.files, &self.lists));
        let now = noon(today);
        self.world.confirm(now);
        let at = now.as_second() - noon(ASKED).as_second();
        let told = self.world.run(true, at, now)?;
        self.passes += 1;
        for trust in &mut self.trusts {
            let state = told.due.get(trust.name).map(String::as_str);
            if state != Some(trust.state(today)) {
                return Err(format!("{} is {state:?}, and {} by the oracle", trust.name, trust.state(today)));
            }
            // If a person was removed before this run, their absence has been read back, and likewise each change
            // before it.
            let waits = |open: &Open| {
                open.ends.keys().any(|person| before.contains_key(person))
                    || open.changes.values().any(|change| *change != Change::Accepted)
            };
            for open in trust.open.iter().filter(|&open| !waits(open)) {
                self.closings += 1;
                // The names sort by year and quarter.
                self.overtaken += usize::from(trust.lists.last() != Some(&open.list));
            }
            trust.open.retain(waits);
            for change in trust.open.iter_mut().flat_map(|open| open.changes.values_mut()) {
                if *change == Change::Written {
                    *change = Change::Accepted;
                    self.changed += 1;
                }
            }
        }
        let closed = self.world.ask("SELECT CAST(count(*) AS TEXT) FROM ledger WHERE kind = 'review-closed'");
        if closed != Some(self.closings.to_string()) {
            return Err(format!("{closed:?} reviews are closed, and {} by the oracle", self.closings));
        }
        let store = self.world.store().rights;
        let waits = |(trust, person): &(String, String), file: &File| {
            let trust = self.trusts.iter().find(|known| known.name == trust.as_str()).unwrap();
            let new = self.coming.contains_key(person);
            new && file.access[0].by != LEADER && trust.waits(today)
        };
        let meant: BTreeSet<&String> = self
            .files
            .iter()
            .filter(|&(place, file)| !waits(place, file) && !is_over(file, today))
            .map(|((_, person), _)| person)
            .filter(|person| self.extending.get(*person).is_none_or(|longer| !longer.has_lapsed(today)))
            .collect();
        let has: BTreeSet<&String> = store.keys().collect();
        let wrong: Vec<_> = meant.symmetric_difference(&has).collect();
        if !wrong.is_empty() {
            return Err(format!("otherwise than the oracle says: {wrong:?}"));
        }
        self.waited += self.files.len() - meant.len();
        self.coming.retain(|person, _| !store.contains_key(person));
        let trusts = &self.trusts;
        self.extending
            .retain(|_, extension| !extension.is_of_the_leader && trusts[extension.at].waits(today));
        self.postponed += self.extending.len();
        Ok(())
    }
}
