//! The base: what was accepted before. Authority is judged by the base and by nothing newer.
//!
//! A base may hold everybody, or only the people of one pass and all people who have authority. A verdict is the same
//! either way (a property test compares the two).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Cause;
use crate::model::{
    AccountId, Digest, Facts, FilePath, Grant, GrantKey, Login, PersonId, Proof, RenamedTrusts, RequestId,
    Right, TrustId,
};

/// The way in which a grant was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptanceWay {
    /// It was accepted with the first base, by two national administrators.
    Baseline,
    /// It was judged at a base and permitted.
    Judged,
    /// It was over when it first appeared. It gives no access, and its request counts as used.
    History,
}

impl AcceptanceWay {
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

/// When and why a grant was accepted. The acceptance stays valid when the approver leaves or a policy changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The day it was accepted.
    pub on: Date,
    /// The way in which it was accepted.
    pub way: AcceptanceWay,
    /// The policies that permitted it.
    pub policies: Vec<String>,
    /// The digest of the policies in force on that day.
    pub rules: Digest,
    /// The proof that the approver approved. It is `None` if no approval was asked for.
    pub proof: Option<Proof>,
}

/// A grant that was accepted, with what happened to it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The grant as it was accepted.
    pub grant: Grant,
    /// When and why it was accepted.
    pub accepted: Acceptance,
    /// The day the store was told of the grant, if it was told. It is `None` again after the start is moved to a
    /// future day.
    pub given: Option<Date>,
    /// The right the store was told last, if an accepted change has since made it another right or moved its start to
    /// a future day. It is `None` again when the store is told of the change.
    pub replaced: Option<Right>,
    /// The cause of a removal that has passed the guard, whether or not the store has been told of it.
    pub cleared: Option<Cause>,
    /// The day the store was seen to agree that the grant is over. An ended grant never comes alive again (R33).
    pub ended: Option<Date>,
}

impl Standing {
    /// A grant as it is accepted: the store has not been told of it, and nothing has happened to it since.
    #[must_use]
    pub fn new(grant: Grant, accepted: Acceptance) -> Self {
        Self { grant, accepted, given: None, replaced: None, cleared: None, ended: None }
    }

    /// Whether the grant may still give access on that day or later.
    #[must_use]
    pub fn lives(&self, day: Date) -> bool {
        self.ended.is_none() && self.cleared.is_none() && !self.grant.is_over(day)
    }

    /// Returns what the store has been told, for the fields `given` and `replaced`, once `accepted` replaces this grant.
    ///
    /// The store has what it was told last, no matter how often the entry has changed since.
    #[must_use]
    pub fn told_to_store(&self, accepted: &Grant, today: Date) -> (Option<Date>, Option<Right>) {
        let later = accepted.from > today;
        let differs = later || self.grant.right() != accepted.right();
        let last = || (self.given.is_some() && differs).then(|| self.grant.right());
        (self.given.filter(|_| !later), self.replaced.clone().or_else(last))
    }

    /// Whether the store has been told of the grant, in its present or an earlier form.
    #[must_use]
    pub fn was_told(&self) -> bool {
        self.given.is_some() || self.replaced.is_some()
    }

    /// Whether the grant gives access on that day.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.lives(day) && self.grant.from <= day
    }
}

/// The accepted facts and grants of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownPerson {
    /// The accepted facts of each file, by trust.
    pub files: BTreeMap<TrustId, Facts>,
    /// Every grant that was ever accepted. They are boxed, because a map reserves room for eleven and most people
    /// have one.
    pub grants: BTreeMap<GrantKey, Box<Standing>>,
    /// The account the person uses, if there is one.
    pub account: Option<AccountId>,
}

impl KnownPerson {
    /// The grants of one trust's file.
    pub fn at<'a>(&'a self, trust: &'a TrustId) -> impl Iterator<Item = (&'a GrantKey, &'a Standing)> {
        self.grants
            .iter()
            .map(|(key, standing)| (key, &**standing))
            .filter(move |(_, standing)| standing.grant.trust == *trust)
    }
}

/// Everything that was accepted before.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// The people by their ids.
    pub people: BTreeMap<PersonId, KnownPerson>,
    /// The owner of each login that matters here.
    pub logins: BTreeMap<Login, PersonId>,
    /// The owner of each look-alike form of an id, for the people that matter here.
    pub skeletons: BTreeMap<String, PersonId>,
    /// People who keep their authority although their access was taken back: the last national administrators.
    pub keeps: BTreeSet<PersonId>,
    /// Former ids, each with the id the person has now. A former id is never used again.
    pub renamed: BTreeMap<PersonId, PersonId>,
    /// People whose accepted name, login or address the store may not have been told yet.
    pub restated: BTreeSet<PersonId>,
    /// People for whom a row could not be read.
    pub unread: BTreeSet<PersonId>,
    /// All people a request was ever accepted for, for the requests that matter here (law: *one request, one
    /// person*), by their folded numbers ([`RequestId::folded`]). A person whose binding two administrators have released is
    /// left out.
    pub requests: BTreeMap<RequestId, BTreeSet<PersonId>>,
}

impl Base {
    /// The accepted grant with this key.
    #[must_use]
    pub fn standing(&self, key: &GrantKey) -> Option<&Standing> {
        self.people.get(&key.person)?.grants.get(key).map(|standing| &**standing)
    }

    /// Records that a request serves the person of a grant.
    pub fn bind(&mut self, key: &GrantKey) {
        self.requests.entry(key.request.folded()).or_default().insert(key.person.clone());
    }

    /// The person an id means: the person who has it now, or who had it before.
    #[must_use]
    pub fn meant<'a>(&'a self, id: &'a PersonId) -> &'a PersonId {
        self.renamed.get(id).unwrap_or(id)
    }

    /// Whether two ids mean the same person.
    #[must_use]
    pub fn is_same(&self, one: &PersonId, other: &PersonId) -> bool {
        self.meant(one) == self.meant(other)
    }

    /// Gives a person another id. Everything that was accepted for the old id then belongs to the new id. If both ids
    /// are known, the facts of the new id stay.
    pub fn rename(&mut self, from: &PersonId, to: &PersonId) {
        for now in self.renamed.values_mut().filter(|now| *now == from) {
            now.clone_from(to);
        }
        self.renamed.insert(from.clone(), to.clone());
        let KnownPerson { files, grants, account } = self.people.remove(from).unwrap_or_default();
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
        if self.restated.remove(from) {
            self.restated.insert(to.clone());
        }
        if self.keeps.remove(from) {
            self.keeps.insert(to.clone());
        }
    }

    /// Gives trusts other ids. Their files, accesses and employers follow.
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

    /// The other people the request of a grant was accepted for.
    #[must_use]
    pub fn others_on(&self, key: &GrantKey) -> BTreeSet<PersonId> {
        let bound = self.requests.get(&key.request.folded()).into_iter().flatten();
        bound.filter(|person| **person != key.person).cloned().collect()
    }

    /// The number under which the same person was served before, if it differs from that of this grant only by case.
    #[must_use]
    pub fn other_spelling(&self, key: &GrantKey) -> Option<&RequestId> {
        let mut known = self.people.get(&key.person)?.grants.keys().map(|known| &known.request);
        known.find(|known| known.is_same(&key.request) && **known != key.request)
    }

    /// The accepted files, in order.
    pub fn paths(&self) -> impl Iterator<Item = (FilePath, &PersonId, &TrustId)> {
        self.people.iter().flat_map(|(person, known)| {
            known.files.keys().map(move |trust| (FilePath::of_person(trust, person), person, trust))
        })
    }

    /// The name of a person, or the id if no file gives a name.
    #[must_use]
    pub fn name_of<'a>(&'a self, person: &'a PersonId) -> &'a str {
        self.people
            .get(person)
            .and_then(|known| known.files.values().next())
            .map_or(person.as_str(), |facts| facts.name.as_str())
    }
}
