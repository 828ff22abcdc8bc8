//! The removals of a change: accesses that are taken back, that are missing, or whose removal is withheld.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{ChangeSet, Removal, Withheld, absent};
use crate::change::{Base, Cause, Head, Invalid, KnownPerson, Why};
use crate::model::{FilePath, GrantKey, PersonId, TrustId};
use crate::planted::PlantedFault;

impl ChangeSet {
    /// Adds the removals from a file under a wrong name or in a wrong place. They take effect only if it is clear
    /// whose access is meant: the file names one person who has access, or the entry names the unit and the request, and
    /// exactly one access of these people has both.
    pub(super) fn taken_back_astray(&mut self, base: &Base, head: &Head, today: Date) {
        let mut revoked = BTreeSet::new();
        for astray in head.astray.values().filter(|astray| !astray.says.is_empty()) {
            let known = astray.names.iter().filter_map(|person| base.people.get(person));
            let known: Vec<&KnownPerson> =
                known.filter(|known| known.grants.values().any(|s| s.lives(today))).collect();
            let is_clear =
                |entry: &&Invalid| known.len() == 1 || (entry.unit.is_some() && entry.request.is_some());
            let says: Vec<Invalid> = astray.says.iter().filter(is_clear).cloned().collect();
            let grants = || known.iter().flat_map(|known| &known.grants);
            let lives = || grants().filter(|(_, standing)| standing.lives(today));
            let trusts: BTreeSet<&TrustId> = lives().map(|(_, standing)| &standing.grant.trust).collect();
            for trust in trusts {
                let here = lives().filter(|(_, standing)| standing.grant.trust == *trust);
                let all: Vec<&GrantKey> = lives().map(|(key, _)| key).collect();
                self.taken_back_among(here.map(|(key, _)| key), &all, &says, trust, &mut revoked);
            }
        }
    }

    /// Adds the removals that entries in error ask for with `revoked`, among the living grants that no valid entry
    /// names. Each takes effect only if it can mean exactly one grant.
    pub(super) fn taken_back(
        &mut self,
        living: Vec<&GrantKey>,
        says: &[Invalid],
        trust: &TrustId,
    ) -> BTreeSet<GrantKey> {
        let mut revoked = BTreeSet::new();
        if says.iter().any(|entry| entry.revoked.is_some()) {
            self.taken_back_among(living.iter().copied(), &living, says, trust, &mut revoked);
        }
        revoked
    }

    fn taken_back_among<'k>(
        &mut self,
        here: impl Iterator<Item = &'k GrantKey>,
        all: &[&GrantKey],
        says: &[Invalid],
        trust: &TrustId,
        revoked: &mut BTreeSet<GrantKey>,
    ) {
        for key in here {
            let only = |entry: &&Invalid| {
                entry.could_mean(key) && all.iter().filter(|other| entry.could_mean(other)).count() == 1
            };
            let revocation = says.iter().filter(only).find_map(|entry| entry.revoked.clone());
            if let Some(revocation) = revocation
                && revoked.insert(key.clone())
            {
                self.takes.push(Removal {
                    cause: Cause::Revoked,
                    revocation: Some(revocation),
                    ..absent(key, trust)
                });
            }
        }
    }

    /// Handles an accepted grant that no valid entry names. If an entry in error could mean the grant, the grant
    /// stays as it is. If the file has any other entry in error, the removal is withheld.
    pub(super) fn is_missing(&mut self, key: &GrantKey, trust: &TrustId, invalid: &[Invalid]) {
        let removal = absent(key, trust);
        if invalid.iter().any(|entry| entry.could_mean(key)) && !PlantedFault::ErrorsTake.is_planted() {
            return;
        }
        if invalid.is_empty() || PlantedFault::ErrorsTake.is_planted() {
            self.takes.push(removal);
        } else {
            let why = Why::InError { file: FilePath::of_person(trust, &key.person) };
            self.withheld.insert(key.clone(), Withheld { removal, why });
        }
    }

    /// Handles an accepted grant that is missing from its file but is named by an entry in error in another file. It is
    /// weighed with the other absences, because nothing protects a missing entry for ever.
    pub(super) fn has_moved(&mut self, key: &GrantKey, trust: &TrustId, to: FilePath) {
        self.takes.push(absent(key, trust));
        self.named_elsewhere.insert(key.clone(), to);
    }

    /// Withholds these absences and records why. Earlier ends are withheld too, if the tree may be an older one.
    pub fn withhold(&mut self, why: &BTreeMap<GrantKey, Why>) {
        if why.is_empty() {
            return;
        }
        for removal in std::mem::take(&mut self.takes) {
            match why.get(&removal.key) {
                Some(why)
                    if !removal.released
                        && (removal.cause == Cause::Absent
                            || removal.cause == Cause::Shortened && *why == Why::OlderTree) =>
                {
                    self.gone.remove(&(removal.key.person.clone(), removal.trust.clone()));
                    let (key, why) = (removal.key.clone(), why.clone());
                    self.withheld.insert(key, Withheld { removal, why });
                }
                _ => self.takes.push(removal),
            }
        }
    }

    /// Withholds the removals that would leave too few national administrators. Returns the files they concern.
    pub fn withhold_last(&mut self, keys: &BTreeSet<GrantKey>) -> BTreeSet<(PersonId, FilePath)> {
        let mut concerned = BTreeSet::new();
        for removal in std::mem::take(&mut self.takes) {
            if removal.cause == Cause::Revoked || !keys.contains(&removal.key) {
                self.takes.push(removal);
                continue;
            }
            let key = removal.key.clone();
            self.gone.remove(&(key.person.clone(), removal.trust.clone()));
            concerned.insert((key.person.clone(), FilePath::of_person(&removal.trust, &key.person)));
            self.withheld.insert(key, Withheld { removal, why: Why::LastAdministrators });
        }
        concerned
    }

    /// Puts back a removal that two administrators have released.
    pub fn let_go(&mut self, key: &GrantKey) {
        if let Some(Withheld { removal, .. }) = self.withheld.remove(key) {
            self.takes.push(Removal { released: true, ..removal });
        }
    }

    /// Takes some of the changes that give something out of this pass without judging them. A later pass looks again.
    pub fn leave_unjudged(&mut self, which: impl Fn(&GrantKey) -> bool) {
        for change in std::mem::take(&mut self.gives) {
            let grant = &change.after.grant;
            if !which(&grant.key) {
                self.gives.push(change);
                continue;
            }
            self.files.retain(|file| file.person != grant.key.person || file.trust != grant.trust);
            self.unjudged.insert((grant.key.clone(), grant.trust.clone()));
        }
    }
}
