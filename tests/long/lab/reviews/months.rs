//! What people do on a day: they let access lapse, extend it, ask for more, and review.

use super::files::{file, text};
use super::trust::{Change, Extension, Open};
use super::{AHEAD, CHANGED, LONGER, RENEWED, Story, TRUSTS, coordinator, days, is_over};
use crate::lab::desk::{Day, File, LEADER};

impl Story {
    /// Runs one day. Returns whether anything happened.
    pub(super) fn day(&mut self, today: Day) -> bool {
        let mut happened = self.newcomers(today);
        for at in 0..self.trusts.len() {
            happened |= self.review(at, today);
            let due: Vec<String> = self.trusts[at]
                .open
                .iter()
                .flat_map(|open| &open.ends)
                .filter(|(_, day)| **day <= today)
                .map(|(person, _)| person.clone())
                .collect();
            for person in due {
                let place = (self.trusts[at].name.to_owned(), person);
                happened |= self.files.remove(&place).is_some();
            }
            happened |= self.changes(at, today);
        }
        // The reviews of the day are known here.
        happened |= self.lapses(today);
        happened | self.extensions(today)
    }

    /// The changes that reviews of a trust ask for: whose access had no last day gets one.
    fn changes(&mut self, at: usize, today: Day) -> bool {
        let trust = &mut self.trusts[at];
        let mut written = Vec::new();
        for (person, change) in trust.open.iter_mut().flat_map(|open| &mut open.changes) {
            if let Change::Meant(day) = *change
                && day <= today
            {
                *change = Change::Written;
                written.push((trust.name.to_owned(), person.clone()));
            }
        }
        for place in &written {
            self.files.get_mut(place).unwrap().access[0].until = Some(today + days(CHANGED));
        }
        !written.is_empty()
    }

    /// Goes through extensions that still wait. An old approval is renewed. An access that has ended in the meantime is
    /// taken back on the next day. On its last day itself a run must have taken the access, even if the file asks for
    /// more.
    fn lapses(&mut self, today: Day) -> bool {
        let mut happened = false;
        let people: Vec<String> = self.extending.keys().cloned().collect();
        for person in people {
            let extension = &self.extending[&person];
            let trust = &self.trusts[extension.at];
            let place = (trust.name.to_owned(), person.clone());
            let entry = &mut self.files.get_mut(&place).unwrap().access[0];
            if extension.has_lapsed(today) {
                happened = true;
                let is_new = extension.before.until == Some(today - days(1));
                if !is_new || !trust.waits(today) {
                    *entry = extension.before.clone();
                    self.extending.remove(&person);
                }
            } else if today >= entry.on + days(RENEWED) {
                (entry.on, happened) = (today, true);
            }
        }
        happened
    }

    /// Access that ends soon and that no review ends is extended, by the trust's own coordinator or by the register leader.
    fn extensions(&mut self, today: Day) -> bool {
        let ends_soon = |((_, person), file): &(&(String, String), &File)| {
            let mut open = self.trusts.iter().flat_map(|trust| &trust.open);
            file.access[0].until == Some(today + days(AHEAD))
                && !self.coming.contains_key(person)
                && !self.extending.contains_key(person)
                && !open.any(|open| open.ends.contains_key(person) || open.changes.contains_key(person))
        };
        let places: Vec<(String, String)> =
            self.files.iter().filter(ends_soon).map(|(place, _)| place.clone()).collect();
        let mut happened = false;
        for place in places {
            if !self.chance.percent(70) {
                continue;
            }
            let is_of_the_leader = self.chance.percent(20);
            let at = TRUSTS.iter().position(|(name, _)| *name == place.0).unwrap();
            let entry = &mut self.files.get_mut(&place).unwrap().access[0];
            let before = entry.clone();
            entry.until = before.until.map(|until| until + days(LONGER));
            entry.by = if is_of_the_leader { LEADER.to_owned() } else { coordinator(&place.0) };
            entry.on = today;
            self.extending.insert(place.1, Extension { at, before, is_of_the_leader });
            happened = true;
        }
        happened
    }

    /// Returns the accepted files of a trust, of all people with access there.
    fn accepted(&self, trust: &str, today: Day) -> Vec<File> {
        let has = |((folder, person), _): &(&(String, String), &File)| {
            folder == trust && !self.coming.contains_key(person)
        };
        let accepted = |file: &File| {
            let before = self.extending.get(&file.person).map(|extension| vec![extension.before.clone()]);
            File { access: before.unwrap_or_else(|| file.access.clone()), ..file.clone() }
        };
        let files = self.files.iter().filter(has).map(|(_, file)| accepted(file));
        files.filter(|file| !is_over(file, today)).collect()
    }

    /// Adds new people, approved by the trust's own coordinator or by the register leader. Renews approvals that grow
    /// old.
    fn newcomers(&mut self, today: Day) -> bool {
        let mut happened = false;
        for (person, at) in &self.coming {
            let place = (self.trusts[*at].name.to_owned(), person.clone());
            let entry = &mut self.files.get_mut(&place).unwrap().access[0];
            if today >= entry.on + days(RENEWED) {
                (entry.on, happened) = (today, true);
            }
        }
        if self.chance.percent(30) {
            let at = self.chance.below(TRUSTS.len() as i64) as usize;
            let (name, unit) = TRUSTS[at];
            let by = if self.chance.percent(20) { LEADER.to_owned() } else { coordinator(name) };
            let person = format!("ny{}.{name}", self.people);
            self.people += 1;
            let mut new = file(name, &person, unit, "LU", &by, today);
            if self.chance.percent(50) {
                new.access[0].until = Some(today + days(200 + self.chance.below(100)));
            }
            self.files.insert((name.to_owned(), person.clone()), new);
            self.coming.insert(person, at);
            happened = true;
        }
        happened
    }

    /// The review of a trust, if this is the day of it: now and then by halves, and then as a whole a week later.
    fn review(&mut self, at: usize, today: Day) -> bool {
        if self.trusts[at].next != today {
            return false;
        }
        let quarter = format!("{}-Q{}", today.year(), (today.month() - 1) / 3 + 1);
        let list = format!("reviews/{}/{quarter}.yaml", self.trusts[at].name);
        let (half, ends) = (self.chance.percent(25), self.chance.percent(40));
        let changes = self.chance.percent(40);
        let rows = self.accepted(self.trusts[at].name, today);
        let trust = &mut self.trusts[at];
        let nurses: Vec<String> = rows.iter().map(|file| file.person.clone()).collect();
        let nurses: Vec<String> = nurses.into_iter().filter(|person| !person.starts_with("lc.")).collect();
        // A list that counted is not taken back by one of the same quarter that does not.
        let silent = if half && !trust.half && !trust.lists.contains(&list) { nurses.first() } else { None };
        // An access that already has an end stays as it is.
        let lasts = |file: &&File| file.access[0].until.is_none() && !file.person.starts_with("lc.");
        let lasting: Vec<&String> = rows.iter().filter(lasts).map(|file| &file.person).collect();
        let ended =
            if ends && silent.is_none() && lasting.len() > 1 { lasting.last().copied() } else { None };
        let is_changing = changes && silent.is_none() && lasting.len() > 2;
        let changed = lasting.first().copied().filter(|_| is_changing);
        self.lists.insert(list.clone(), text(trust, &quarter, today, &rows, [silent, ended, changed]));
        trust.half = silent.is_some();
        if silent.is_some() {
            trust.next = today + days(7);
            return true;
        }
        trust.lists.insert(list.clone());
        trust.last = Some(today);
        let (ended, changed) = (ended.cloned(), changed.cloned());
        let on = today + days(2 + self.chance.below(18));
        // A person deletes the file in some days. Or they write a last day at once that is later than the next review.
        let is_long = self.chance.percent(50);
        let (soon, late) = (self.chance.below(20), self.chance.below(80));
        let gone = today + days(if is_long { 100 + late } else { 2 + soon });
        if let Some(person) = ended.as_ref().filter(|_| is_long) {
            let place = (trust.name.to_owned(), person.clone());
            self.files.get_mut(&place).unwrap().access[0].until = Some(gone - days(1));
        }
        // A list of the same quarter takes the place of the one before.
        trust.open.retain(|open| open.list != list);
        let ends = ended.into_iter().map(|person| (person, gone)).collect();
        let changes = changed.into_iter().map(|person| (person, Change::Meant(on))).collect();
        trust.open.push(Open { list, ends, changes });
        trust.plan(&mut self.chance);
        true
    }
}
