//! Finds the people who together are too many for a role, in a tree without a base. In such a tree nobody knows who
//! came last, because an extended access has a later approval than a new one that is dated back. So one finding names
//! all of them, and does not say who is one too many.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Field, Head};
use crate::diag::{Finding, Text, text};
use crate::model::{FilePath, Grant, GrantKey, PersonId, Register};

use super::super::besides::Whole;
use super::super::limits::counted;
use super::super::question::question;
use super::{Candidate, Court, OfficeDay, Outcome, RulesOnDay, spots};

impl Court<'_> {
    /// Returns the entries of a tree without a base that are denied only because too many people hold the role.
    pub(super) fn crowded<'c>(
        &self,
        candidates: &'c [Candidate<'_>],
        benches: &[RulesOnDay],
        outcomes: &BTreeMap<GrantKey, Outcome>,
    ) -> BTreeSet<&'c GrantKey> {
        if self.when == OfficeDay::Today {
            return BTreeSet::new();
        }
        let is_of_the_number = |candidate: &&Candidate<'_>| {
            let grant = &candidate.change.after.grant;
            let Some(Outcome::Denied { bench, whole, .. }) = outcomes.get(&grant.key) else { return false };
            let Some(bench) = benches.get(*bench) else { return false };
            let alone = Whole { holders: 0, ..whole.clone() };
            let (register, by) = (&bench.rules.register, &grant.approval.by);
            let asked = question(register, &bench.authority, grant, candidate.manner, by, &alone);
            whole.holders > 0 && bench.rules.decide(&asked).allowed
        };
        candidates
            .iter()
            .filter(is_of_the_number)
            .map(|candidate| &candidate.change.after.grant.key)
            .collect()
    }

    /// The entries that are counted for the number of people with a role.
    pub(super) fn holding<'c, 'a>(
        &self,
        candidates: &'c [Candidate<'a>],
        crowded: &BTreeSet<&GrantKey>,
        outcomes: &BTreeMap<GrantKey, Outcome>,
    ) -> Vec<&'c Candidate<'a>> {
        let holds = |candidate: &&Candidate<'_>| {
            let grant = &candidate.change.after.grant;
            let is_permitted = matches!(outcomes.get(&grant.key), Some(Outcome::Permitted(..)));
            counted(&self.rules.register, grant) && (is_permitted || crowded.contains(&grant.key))
        };
        candidates.iter().filter(holds).collect()
    }
}

/// The people who hold the role of a grant at its trust on some of its days, with their entries.
pub(super) struct Crowd<'c> {
    grant: &'c Grant,
    entries: Vec<&'c Candidate<'c>>,
}

impl<'c> Crowd<'c> {
    /// Finds the people who hold the role together with the person of a grant, who is one of them.
    pub(super) fn around(grant: &'c Grant, holding: &[&'c Candidate<'c>]) -> Self {
        let begins_in_time = |one: &Grant, other: &Grant| other.until.is_none_or(|until| one.from <= until);
        let is_beside = |candidate: &&&Candidate<'_>| {
            let other = &candidate.change.after.grant;
            other.trust == grant.trust
                && other.role == grant.role
                && begins_in_time(grant, other)
                && begins_in_time(other, grant)
        };
        Self { grant, entries: holding.iter().filter(is_beside).copied().collect() }
    }

    /// Each person, with the newest day on which they were approved.
    pub(super) fn people(&self) -> BTreeMap<&'c PersonId, Date> {
        let mut people = BTreeMap::new();
        for entry in &self.entries {
            let grant = &entry.change.after.grant;
            let day = people.entry(&grant.key.person).or_insert(grant.approval.on);
            *day = grant.approval.on.max(*day);
        }
        people
    }

    /// Makes the finding that names all of them out of a refusal. It is placed at the entry with the newest approval of
    /// those that were refused.
    pub(super) fn naming_all(
        &self,
        refused: Finding,
        says: &Text,
        (register, head, crowded): (&Register, &Head, &BTreeSet<&GrantKey>),
    ) -> Finding {
        let Grant { trust, role, .. } = self.grant;
        let name = register.trusts.get(trust).map_or(trust.as_str(), |trust| trust.name.as_str());
        let mut people: Vec<(Date, &PersonId)> =
            self.people().into_iter().map(|(person, on)| (on, person)).collect();
        people.sort();
        let told = people.into_iter().map(|(on, person)| {
            let path = FilePath::of_person(trust, person);
            text!(
                en: "`{person}` (approved {on}, `{path}`)",
                nb: "`{person}` (godkjent {on}, `{path}`)"
            )
        });
        let people = Text::joined(told, ", ");
        let message = text!(
            with people, says;
            en: "{role} at {name} for {people}: {says}",
            nb: "{role} ved {name} for {people}: {says}"
        );
        let way_out = text!(
            en: "Which of them is new cannot be seen in the files alone: `portvakt check --base BRANCH` judges against what was accepted before, and names nobody else. Take that access out, or let another one end before it begins.",
            nb: "Hvem av dem som er ny, kan ikke ses i filene alene: `portvakt check --base GREN` vurderer mot det som er godtatt før, og nevner ingen andre. Ta ut den tilgangen, eller la en annen slutte før den begynner."
        );
        let latest = self.entries.iter().filter(|entry| crowded.contains(&entry.change.after.grant.key));
        let latest = latest.max_by_key(|entry| {
            let grant = &entry.change.after.grant;
            (grant.approval.on, grant.from, &grant.key)
        });
        let place = latest.and_then(|entry| {
            let spots = spots(head, &entry.change.after.grant)?;
            Some(spots.place(Some(entry.change.after.number), Field::Role))
        });
        Finding { place: place.or(refused.place), message, way_out, ..refused }
    }
}
