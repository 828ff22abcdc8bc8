//! The base: what was accepted before. Authority is judged by it and by nothing newer.
//!
//! A base may hold everybody or only the people a pass is about, together with all who have authority; a verdict
//! does not depend on which (a property test compares the two).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::{
    AccountId, Digest, Facts, FilePath, Grant, GrantKey, Login, PersonId, Proof, RenamedTrusts, RequestId,
    Right, TrustId, UnitId,
};
use crate::plan::Cause;

/// In which way a grant came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// With the first base, by two national administrators.
    Baseline,
    /// Judged at a base and permitted.
    Judged,
    /// It was over when it first appeared; it gives nothing and spends its request.
    History,
}

impl Way {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Judged => "judged",
            Self::History => "history",
        }
    }
}

/// When and why a grant was accepted. It does not fall when the approver leaves or a policy changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The day.
    pub on: Date,
    /// In which way.
    pub way: Way,
    /// The policies that permitted it.
    pub policies: Vec<String>,
    /// Digest of the policies in force.
    pub rules: Digest,
    /// What showed that the approver approved; `None` where nobody was asked.
    pub proof: Option<Proof>,
}

/// A grant that was accepted, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// As accepted.
    pub grant: Grant,
    /// When and why.
    pub accepted: Acceptance,
    /// The day the store was told, if it was; `None` again once the start has been moved to a day yet to come.
    pub given: Option<Date>,
    /// The right the store was told before an accepted change made it another, or moved its start to a day yet to
    /// come, until the store is told that too.
    pub replaced: Option<Right>,
    /// A removal that has passed the guard, whether or not the store has been told.
    pub cleared: Option<Cause>,
    /// The day the store was seen to agree that it is over. Never comes alive again (R33).
    pub ended: Option<Date>,
}

impl Standing {
    /// Whether it may still give access on that day or later.
    #[must_use]
    pub fn lives(&self, day: Date) -> bool {
        self.ended.is_none() && self.cleared.is_none() && !self.grant.is_over(day)
    }

    /// What the store has been told once `accepted` takes the place of this grant: `given` and `replaced`.
    ///
    /// However often the entry has changed since, what the store has is what it was told last.
    #[must_use]
    pub fn told(&self, accepted: &Grant, today: Date) -> (Option<Date>, Option<Right>) {
        let later = accepted.from > today;
        let differs = later || self.grant.right() != accepted.right();
        let last = || (self.given.is_some() && differs).then(|| self.grant.right());
        (self.given.filter(|_| !later), self.replaced.clone().or_else(last))
    }

    /// Whether the store has been told of it, as it is or as it was.
    #[must_use]
    pub fn was_told(&self) -> bool {
        self.given.is_some() || self.replaced.is_some()
    }

    /// Whether it gives access on that day.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.lives(day) && self.grant.from <= day
    }
}

/// What is known of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What each file said, as accepted, by trust.
    pub files: BTreeMap<TrustId, Facts>,
    /// Every grant ever accepted. Boxed: a map keeps room for eleven, and most people have one.
    pub grants: BTreeMap<GrantKey, Box<Standing>>,
    /// The account in use, if there is one.
    pub account: Option<AccountId>,
}

impl Known {
    /// The grants of one trust's file.
    pub fn at<'a>(&'a self, trust: &'a TrustId) -> impl Iterator<Item = (&'a GrantKey, &'a Standing)> {
        self.grants
            .iter()
            .map(|(key, standing)| (key, &**standing))
            .filter(move |(_, standing)| standing.grant.trust == *trust)
    }
}

/// What was accepted before.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// People by id.
    pub people: BTreeMap<PersonId, Known>,
    /// Whose login it is, for the logins that matter here.
    pub logins: BTreeMap<Login, PersonId>,
    /// Whose look-alike form it is, for the people that matter here.
    pub skeletons: BTreeMap<String, PersonId>,
    /// Whose authority stays although their access was taken back: the last national administrators.
    pub keeps: BTreeSet<PersonId>,
    /// Ids that people had before, each with the id that the person has now. They are never used again.
    pub renamed: BTreeMap<PersonId, PersonId>,
    /// People of whom a row could not be read.
    pub unread: BTreeSet<PersonId>,
    /// Whom a request was accepted for, ever, for the requests that matter here (law: *one request, one person*). Who
    /// has been freed by two is left out.
    pub requests: BTreeMap<RequestId, BTreeSet<PersonId>>,
}

impl Base {
    /// One grant.
    #[must_use]
    pub fn standing(&self, key: &GrantKey) -> Option<&Standing> {
        self.people.get(&key.person)?.grants.get(key).map(|standing| &**standing)
    }

    /// Notes that a request serves the person of a grant.
    pub fn bind(&mut self, key: &GrantKey) {
        self.requests.entry(key.request.clone()).or_default().insert(key.person.clone());
    }

    /// Who is meant by an id: the person who has it, or who had it before.
    #[must_use]
    pub fn meant<'a>(&'a self, id: &'a PersonId) -> &'a PersonId {
        self.renamed.get(id).unwrap_or(id)
    }

    /// Whether two ids mean the same person.
    #[must_use]
    pub fn is_same(&self, one: &PersonId, other: &PersonId) -> bool {
        self.meant(one) == self.meant(other)
    }

    /// Gives a person another id: everything that was accepted for the old one is the new one's. Where both are known, what
    /// is known of the new one stays.
    pub fn rename(&mut self, from: &PersonId, to: &PersonId) {
        for now in self.renamed.values_mut().filter(|now| *now == from) {
            now.clone_from(to);
        }
        self.renamed.insert(from.clone(), to.clone());
        let Known { files, grants, account } = self.people.remove(from).unwrap_or_default();
        let known = self.people.entry(to.clone()).or_default();
        for (trust, facts) in files {
            known.files.entry(trust).or_insert(facts);
        }
        for (key, mut standing) in grants {
            let key = GrantKey { person: to.clone(), ..key };
            standing.grant.key = key.clone();
            known.grants.entry(key).or_insert(standing);
        }
        known.account = known.account.take().or(account);
        self.logins.values_mut().filter(|person| *person == from).for_each(|person| person.clone_from(to));
        self.skeletons.retain(|_, person| person != from);
        self.skeletons.insert(crate::parse::confusable::skeleton(to), to.clone());
        for people in self.requests.values_mut() {
            if people.remove(from) {
                people.insert(to.clone());
            }
        }
        if self.keeps.remove(from) {
            self.keeps.insert(to.clone());
        }
    }

    /// Gives trusts other ids: files, accesses and employers of theirs follow.
    pub fn rename_trusts(&mut self, renamed: &RenamedTrusts) {
        if renamed.is_empty() {
            return;
        }
        for known in self.people.values_mut() {
            let files = std::mem::take(&mut known.files);
            known.files = files
                .into_iter()
                .map(|(trust, mut facts)| {
                    facts.vouched.follow(renamed);
                    (renamed.get(&trust).cloned().unwrap_or(trust), facts)
                })
                .collect();
            known.grants.values_mut().for_each(|standing| standing.grant.follow(renamed));
        }
    }

    /// Puts accesses at units of these at other trusts: entries follow their unit.
    pub fn move_units(&mut self, moved: &BTreeMap<UnitId, TrustId>) {
        if moved.is_empty() {
            return;
        }
        let standings = self.people.values_mut().flat_map(|known| known.grants.values_mut());
        for standing in standings {
            if let Some(trust) = moved.get(&standing.grant.key.unit) {
                standing.grant.trust.clone_from(trust);
            }
        }
    }

    /// The others whom the request of a grant was accepted for.
    #[must_use]
    pub fn others_on(&self, key: &GrantKey) -> BTreeSet<PersonId> {
        let bound = self.requests.get(&key.request).into_iter().flatten();
        bound.filter(|person| **person != key.person).cloned().collect()
    }

    /// The files that were accepted, in order.
    pub fn paths(&self) -> impl Iterator<Item = (FilePath, &PersonId, &TrustId)> {
        self.people.iter().flat_map(|(person, known)| {
            known.files.keys().map(move |trust| (FilePath::of_person(trust, person), person, trust))
        })
    }

    /// The name of a person, or the id where no file says one.
    #[must_use]
    pub fn name_of<'a>(&'a self, person: &'a PersonId) -> &'a str {
        self.people
            .get(person)
            .and_then(|known| known.files.values().next())
            .map_or(person.as_str(), |facts| facts.name.as_str())
    }
}
