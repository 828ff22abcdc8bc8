//! Writes what an edit says, with approvals and signatures that hold or do not.

use jiff::ToSpan;

use super::{CONTACTED, Desk, HOLDERS, STRANGE, days, keys_of};
use crate::same_engine::chance::Chance;
use crate::same_engine::model::Review;
use crate::same_engine::words::*;

impl Desk<'_> {
    /// An end, an approval and how sure they were.
    pub(super) fn dates(&self, chance: &mut Chance, e: &mut Entry, lis: bool) {
        let today = self.today;
        let months = i64::from(self.tree.settings.register.max_lis_months);
        let longest = e.from.checked_add(months.months()).unwrap();
        let mut ends = vec![
            Some(days(today, 30)),
            Some(days(today, 20)),
            Some(today),
            Some(days(today, -1)),
            Some(days(today, 500)),
            Some(longest),
            Some(days(longest, 1)),
        ];
        ends.extend(std::iter::repeat_n(None, if lis { 1 } else { 8 }));
        e.until = chance.pick(&ends).filter(|until| *until >= e.from);
        e.on = days(
            today,
            if chance.percent(80) {
                -1 - chance.below(5) as i64
            } else {
                chance.pick(&[0, 1, -31, -32, -60])
            },
        );
        e.identity = match chance.below(12) {
            0 => Identity::Uncertain,
            1..3 => Identity::Contacted(days(today, CONTACTED)),
            _ => Identity::Known,
        };
    }

    /// Puts an entry in place of one on the same request, or beside the others.
    pub(super) fn write(&mut self, place: (Id, Id), e: Entry) {
        let file = self.tree.files.get_mut(&place).unwrap();
        let same =
            |one: &Entry| (one.application, one.unit, one.request) == (e.application, e.unit, e.request);
        match file.entries.iter_mut().find(|one| same(one)) {
            Some(one) => *one = e,
            None => file.entries.push(e),
        }
    }

    /// Adds evidence for the change that an edit made in a file. It is right, wrong or missing.
    pub(super) fn approve(&mut self, chance: &mut Chance, place: (Id, Id), before: Option<File>) {
        let (trust, person) = place;
        let Some(file) = self.tree.files.get(&place).cloned() else { return };
        let old = before.as_ref().map(|file| file.said(person)).unwrap_or_default();
        let new: Vec<Said> = file.said(person).difference(&old).cloned().collect();
        let today = self.today;
        if self.evidence() == Mode::Forge || self.tree.settings.register.evidence == Mode::Forge {
            for said in &new {
                let mut review =
                    Review { trust, person, by: said.by, old: before.clone(), new: Some(file.clone()) };
                match chance.below(10) {
                    0 => continue,
                    1 => review.by = chance.pick(&HOLDERS),
                    // They approved another version, or a change that brought something else.
                    2 => review.new.iter_mut().for_each(|file| {
                        file.entries.iter_mut().for_each(|e| e.until = Some(days(today, 300)));
                    }),
                    3 => review.old = Some(file.clone()),
                    _ => {}
                }
                self.reviews.files.push(review);
            }
        }
        let signs =
            self.evidence() == Mode::Signature || self.tree.settings.register.evidence == Mode::Signature;
        if !signs {
            return;
        }
        if before.as_ref().is_none_or(|before| before.name != file.name) && chance.percent(85) {
            self.identify(chance, place, &file);
        }
        for said in new {
            let mine = keys_of(said.by);
            let key = mine.first().copied().unwrap_or(STRANGE[0]);
            let mut signature = Signature { key, here: true, over: Box::new(said.clone()) };
            match chance.below(24) {
                0 | 1 => continue,
                2 => signature.key = chance.pick(&STRANGE),
                3 => signature.key = chance.below(HOLDERS.len()),
                4 | 5 => signature.key = mine.last().copied().unwrap_or(STRANGE[1]),
                6 => signature.here = false,
                7 => signature.over.until = Some(days(today, 77)),
                8 => signature.over.role = if said.role == "LC" { "LU" } else { "LC" },
                _ => {}
            }
            let file = self.tree.files.get_mut(&place).unwrap();
            if file.signatures.len() < 10 {
                file.signatures.push(signature);
            }
        }
    }

    /// Adds a signature about the person of a file. Mostly one of the approvers signs, with a key that counts.
    fn identify(&mut self, chance: &mut Chance, place: (Id, Id), file: &File) {
        let Some(by) = file.entries.first().map(|entry| entry.by) else { return };
        let by = if chance.percent(80) { by } else { chance.pick(&HOLDERS) };
        let key = keys_of(by).first().copied().unwrap_or(STRANGE[0]);
        let key = if chance.percent(85) { key } else { chance.below(HOLDERS.len()) };
        let on = days(self.today, chance.pick(&[0, 0, -1, -31, -32, 1]));
        let name = if chance.percent(85) { file.name } else { 1 };
        let file = self.tree.files.get_mut(&place).unwrap();
        if file.identified.len() < 6 {
            file.identified.push(Identified { key, name, by, on });
        }
    }
}
