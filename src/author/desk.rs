//! Opens the current tree for a program that edits it. It gives the people in the tree, their accesses, and the values
//! that may be chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use portvakt_core::change::{Base, Head};
use portvakt_core::decide::{
    AcceptedTree, Nothing, Past, accepted_tree, former_keys, knowing, replaced_in_newest, rules_of,
};
use portvakt_core::diag::Finding;
use portvakt_core::judge::{
    Authority, Rejected, Rules, left, rejected_alone, who_may_approve, who_may_revoke,
};
use portvakt_core::model::{Facts, FilePath, Grant, PersonId, RequestId, TrustId};
use portvakt_core::parse::{self, Entry, ParsedFile};
use portvakt_core::review::{self, ReviewCase, UsedFrom};
use portvakt_core::tree::Snapshot;

use super::reasons::names_of;

/// The tree that is edited. It counts as accepted, so only the change is judged.
#[derive(Debug)]
pub struct AuthorDesk {
    /// The files of the tree, with its policies.
    pub tree: Snapshot,
    /// The policies, the register and the keys of the tree, as its files have them.
    pub rules: Arc<Rules>,
    /// The same rules, with each person under the current id. Settings that name an earlier id mean the same person.
    pub known: Arc<Rules>,
    /// What the tree says, read as if all of it were accepted.
    pub base: Base,
    /// The current day in the register's time zone.
    pub today: Date,
    /// The numbers of rejected applications.
    pub rejected: Rejected,
    /// The trusts whose review of the user list is overdue by more than a month, as far as the files tell (R36).
    pub overdue: BTreeSet<TrustId>,
    head: Head,
}

/// One person, as the files describe them.
#[derive(Debug)]
pub struct Person {
    /// The id, as the names of the person's files give it.
    pub id: PersonId,
    /// The name, or the id if no file could be read.
    pub name: String,
    /// The files that could be read, by trust.
    pub files: BTreeMap<TrustId, ParsedFile>,
    /// The files that could not be read, each with its findings.
    pub in_error: BTreeMap<FilePath, Vec<Finding>>,
}

/// One access that a person has, or will have.
#[derive(Debug, Clone)]
pub struct HeldAccess {
    /// The number of the entry in its file, from 0.
    pub number: usize,
    /// The trust whose folder has the file. It is not the trust of the access if the unit went to another one since.
    pub folder: TrustId,
    /// The access that the entry gives, with its approval.
    pub grant: Grant,
}

/// Returns the trusts where new access and extensions wait for the review. The lists are judged as `check` judges those
/// of the branch that a change is meant for.
fn overdue_trusts(
    (tree, past): (&Snapshot, &dyn Past),
    [rules, known]: [&Rules; 2],
    base: &Base,
    today: Date,
) -> BTreeSet<TrustId> {
    if known.register.reviews_from.is_none() {
        return BTreeSet::new();
    }
    let files = tree.reviews();
    // Without its past, a key that is not there any more counts as one that never was.
    let former = former_keys(past, files, known, &base.renamed).unwrap_or_default();
    let (used, first) = (review::merged(files, known, &former), review::oldest(base, today));
    let replaced = replaced_in_newest(past, files, rules).unwrap_or_default();
    let case = ReviewCase::of_files(files, known, base, &used, &first, today);
    review::judge(&ReviewCase { replaced: &replaced, used_from: UsedFrom::Files, ..case }).overdue()
}

impl AuthorDesk {
    /// Reads the tree, without the past of its branch.
    ///
    /// # Errors
    /// The tree has no valid register or no valid policies. The error lists the findings.
    pub fn open(tree: Snapshot, today: Date) -> Result<Self, Vec<Finding>> {
        Self::open_with(tree, &Nothing, today)
    }

    /// Reads the tree. `past` shows which keys its branch had before.
    ///
    /// # Errors
    /// The tree has no valid register or no valid policies. The error lists the findings.
    pub fn open_with(tree: Snapshot, past: &dyn Past, today: Date) -> Result<Self, Vec<Finding>> {
        let rules = Arc::new(rules_of(&tree)?);
        let AcceptedTree { head, base } = accepted_tree(&tree, &rules.register, today);
        let known = knowing(&rules, &base.renamed);
        let rejected = rejected_alone(tree.requests(), &rules, &base);
        let overdue = overdue_trusts((&tree, past), [&rules, &known], &base, today);
        Ok(Self { tree, rules, known, base, today, rejected, overdue, head })
    }

    /// Returns what the tree says.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the names by id of all people who have a file or an office.
    #[must_use]
    pub fn names(&self) -> BTreeMap<PersonId, String> {
        names_of(&self.known.register, &self.head)
    }

    /// Returns whether a person has this id, or had it before (`previously`).
    #[must_use]
    pub fn is_taken(&self, id: &PersonId) -> bool {
        self.names().contains_key(id) || self.head.renamed().any(|(before, _)| before == id)
    }

    /// Returns the person with this id. It is `None` for an id without a file.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Person {
        let register = &self.rules.register;
        let mut person = Person {
            id: id.clone(),
            name: id.to_string(),
            files: BTreeMap::new(),
            in_error: BTreeMap::new(),
        };
        if let Some(name) = self.names().remove(id) {
            person.name = name;
        }
        for trust in register.trusts.keys() {
            let path = FilePath::of_person(trust, id);
            let Some(bytes) = self.tree.read().get(&path) else { continue };
            match parse::person(&path, bytes, register) {
                Ok(file) => {
                    person.files.insert(trust.clone(), file);
                }
                Err(findings) => {
                    person.in_error.insert(path, findings);
                }
            }
        }
        person
    }

    /// Returns the authority of today. A person has it under the current id, no matter which id the settings name.
    #[must_use]
    pub fn authority(&self) -> Authority {
        Authority::on(&self.known.register, &self.base, &[self.today])
    }

    /// Returns whether the person has any authority today.
    #[must_use]
    pub fn is_administrator(&self, person: &PersonId) -> bool {
        self.authority().knows(self.base.meant(person))
    }

    /// Returns the trusts where the person is user administrator today, as their coordinator (R6).
    #[must_use]
    pub fn coordinated_by(&self, person: &PersonId) -> BTreeSet<TrustId> {
        self.authority().of(self.base.meant(person)).coordinator_of
    }

    /// Returns the people who may approve this entry today.
    #[must_use]
    pub fn may_approve(&self, grant: &Grant) -> Vec<PersonId> {
        who_may_approve(&self.known, &self.base, grant, &self.overdue, self.today)
    }

    /// Returns the people who may sign settings and new keys today (R44). Two of them are needed.
    #[must_use]
    pub fn may_release(&self) -> Vec<PersonId> {
        left::administrators(&self.known, &self.authority()).into_iter().collect()
    }

    /// Returns the people who may take this access back today.
    #[must_use]
    pub fn may_revoke(&self, grant: &Grant) -> Vec<PersonId> {
        who_may_revoke(&self.known, &self.base, grant, self.today)
    }

    /// Returns the requests in the files, folded as numbers are compared ([`RequestId::folded`]).
    #[must_use]
    pub fn requests(&self) -> BTreeSet<RequestId> {
        let people = self.base.people.values();
        people.flat_map(|known| known.grants.keys().map(|key| key.request.folded())).collect()
    }

    /// Returns the person who got an access by this request, according to the files.
    #[must_use]
    pub fn served(&self, request: &RequestId) -> Option<PersonId> {
        let mut people = self.base.people.iter();
        let served = people.find(|(_, known)| known.grants.keys().any(|key| key.request.is_same(request)));
        served.map(|(person, _)| person.clone())
    }
}

impl Person {
    /// Returns the accesses that are not over, in order of trust and entry.
    #[must_use]
    pub fn accesses(&self, today: Date) -> Vec<HeldAccess> {
        let entries = self.files.values().flat_map(|file| file.entries.iter().enumerate());
        let living = entries.filter_map(|(number, entry)| match entry {
            Entry::Valid { grant, .. } if !grant.is_over(today) => {
                Some(HeldAccess { number, folder: grant.trust.clone(), grant: (**grant).clone() })
            }
            Entry::Valid { .. } | Entry::Invalid { .. } => None,
        });
        living.collect()
    }

    /// Returns the findings about the person's files: those about files that cannot be read, and those about refused
    /// entries.
    #[must_use]
    pub fn faults(&self) -> Vec<Finding> {
        let unread = self.in_error.values().flatten();
        let refused = self.files.values().flat_map(|file| &file.entries).flat_map(Entry::findings);
        unread.chain(refused).cloned().collect()
    }

    /// Returns the facts about the person in the files. All files that can be read give the same facts.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        self.files.values().map(|file| &file.facts).next()
    }
}
