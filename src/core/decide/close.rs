//! Builds the decision: it puts the results of a pass together into the one value that says what is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::known::Freed;
use crate::change::{Base, ChangeSet, FileFacts, Head, HeadFile, Removal};
use crate::diag::Finding;
use crate::judge::{Binding, Judgement, Refusal, Rules, Verdict};
use crate::model::{BudgetLimits, Digest, FilePath, GrantKey, PersonId, TrustId};
use crate::plan::{HeldSet, Item, Reports, Untrusted, Why};

use super::accept::Accepted;
use super::case::{Scope, Seen};
use super::decided::{Decided, SettledFile};
use super::id_changes::Renamed;
use super::proposed::Proposed;
use super::trusted_day::Today;
use super::weigh::Weighed;
use super::withhold::{Copy, Strays};

/// The results of the steps of a pass.
pub struct Parts<'a> {
    pub seen: &'a Seen<'a>,
    pub clock: &'a Today,
    pub rules: &'a Arc<Rules>,
    pub proposed: Proposed,
    /// People whose id changes.
    pub renamed: Vec<Renamed>,
    pub head: &'a Head,
    pub held_files: BTreeSet<(PersonId, TrustId)>,
    pub changes: &'a ChangeSet,
    pub judgement: Judgement,
    pub accepted: Accepted,
    pub weighed: Weighed,
    /// The sets that wait for a release.
    pub sets: Vec<HeldSet>,
    /// Releases that are used up.
    pub spent: BTreeSet<Digest>,
    /// Releases of sets that no longer wait. They are used up when no other pass over the tree is needed.
    pub stale: BTreeSet<Digest>,
    /// The limits that hold the waiting removals, if any wait.
    pub limits: Option<BudgetLimits>,
    /// Requests that belong to other people, by the digest that two administrators would release.
    pub bound: BTreeMap<Digest, Binding>,
    /// The bindings that two administrators have released.
    pub freed: BTreeSet<Freed>,
    /// The people whose remembered access is not trusted. Their files must still be looked at.
    pub untrusted: &'a Untrusted,
    pub strays: Strays,
    /// The people whose authority stays although their access was taken back.
    pub kept: BTreeSet<PersonId>,
    pub known_refusals: BTreeMap<GrantKey, FilePath>,
    pub known_holds: BTreeSet<FilePath>,
    pub scope: &'a Scope,
    pub base: &'a Base,
    pub reports: Option<&'a Reports>,
}

impl Parts<'_> {
    /// Makes the decision, with all findings for people.
    pub fn decide(mut self, mut findings: Vec<Finding>) -> Decided {
        let mut refused = BTreeMap::new();
        for (key, verdict) in std::mem::take(&mut self.judgement.verdicts) {
            if let Verdict::Refused(refusal) = verdict {
                findings.push(refusal.finding.clone());
                let trust = self
                    .changes
                    .gives
                    .iter()
                    .find(|c| c.after.grant.key == key)
                    .map(|c| &c.after.grant.trust);
                if let Some(trust) = trust {
                    refused.insert(key.clone(), (FilePath::of_person(trust, &key.person), refusal));
                }
            }
        }
        let cleared: Vec<Removal> = self
            .changes
            .takes
            .iter()
            .filter(|removal| !self.weighed.held.contains(&Item::Grant(removal.key.clone())))
            .cloned()
            .collect();
        let open = self.open(&refused);
        let forgotten = self
            .changes
            .gone
            .iter()
            .filter(|(person, trust)| !open.contains(&FilePath::of_person(trust, person)))
            .cloned()
            .collect();
        let held_files = self.held_files(&findings);
        let releases_rules = match &self.proposed {
            Proposed::Released(rules, _) => Some((Arc::clone(rules), self.seen.snapshot.clone())),
            _ => None,
        };
        if let Proposed::Released(_, statements) = &self.proposed {
            self.accepted.used.extend(statements);
        }
        let mut spent = std::mem::take(&mut self.spent);
        spent.extend(releases_rules.as_ref().map(|(rules, _)| rules.digest));
        findings.sort();
        findings.dedup();
        let lifted = self.lifted(&refused, &held_files);
        let whole = matches!(self.scope, Scope::Whole);
        let looked = |path: &FilePath| match self.scope {
            Scope::Whole => true,
            Scope::Files(paths) => paths.contains(path),
        };
        // A missing entry in an older copy of the tree proves nothing. A tree that lacks nothing is not an older
        // copy.
        let lacks = self.changes.withheld.values().any(|withheld| withheld.why == Why::OlderTree);
        let is_own = self.seen.copy == Copy::Own
            || (whole
                && !lacks
                && refused.is_empty()
                && self.changes.waiting.is_empty()
                && !self.weighed.held.iter().any(is_grant));
        let remembered = std::mem::take(&mut self.strays).remembered(&open, looked);
        let stale = std::mem::take(&mut self.stale);
        let mut decided = Decided {
            now: self.clock.moment,
            today: self.clock.day,
            ends: self.clock.ends,
            snapshot: self.seen.snapshot.digest(),
            advance: None,
            rules: Arc::clone(self.rules),
            released_rules: releases_rules,
            renamed: std::mem::take(&mut self.renamed),
            grants: std::mem::take(&mut self.accepted.grants),
            used: std::mem::take(&mut self.accepted.used),
            cleared,
            files: self.files(&open),
            forgotten,
            lifted,
            refused,
            mended: self
                .known_holds
                .iter()
                .filter(|path| self.saw(path) && !held_files.contains_key(*path))
                .cloned()
                .collect(),
            held_files,
            held_removals: self.sets,
            open,
            spent,
            charged: self.weighed.guarded.counted,
            added: self.weighed.admitted.counted,
            limits: self.limits,
            bound: self.bound,
            freed: self.freed,
            remembered,
            kept: self.kept,
            // Changes that wait for the clock have not been judged yet.
            accepted_tree: is_own && (!self.clock.is_suspect() || self.changes.unjudged.is_empty()),
            steps: self.weighed.drawn.steps,
            reports_known: self.reports.map_or(Ok(()), |reports| match &reports.rows {
                Ok(_) => Ok(()),
                Err(why) => Err(why.clone()),
            }),
            reports: self.reports.map(|_| self.weighed.drawn.reports),
            trusted: self.clock.confirms.clone(),
            suspect: self.clock.is_suspect(),
            whole,
            looked: match self.scope {
                Scope::Whole => BTreeSet::new(),
                Scope::Files(paths) => paths.clone(),
            },
            findings,
        };
        // If another pass could do more, the waiting set may be different then.
        if !decided.wants_another() {
            decided.spent.extend(stale);
        }
        decided
    }

    /// Returns the refusals that no longer apply, because the entry is gone or says something else. An entry that was
    /// not judged stays refused.
    fn lifted(
        &self,
        refused: &BTreeMap<GrantKey, (FilePath, Refusal)>,
        held_files: &BTreeMap<FilePath, Vec<Finding>>,
    ) -> BTreeSet<GrantKey> {
        let unjudged = |key: &GrantKey| self.changes.unjudged.iter().any(|(other, _)| other == key);
        self.known_refusals
            .iter()
            .filter(|(key, known)| self.saw(known) && !refused.contains_key(key) && !unjudged(key))
            .filter(|(_, known)| !held_files.contains_key(*known))
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Tells whether this pass knows the state of a file: the file is there, or it is shown to be absent.
    fn saw(&self, path: &FilePath) -> bool {
        let snapshot = self.seen.snapshot;
        let asked = match self.scope {
            Scope::Whole => true,
            Scope::Files(paths) => paths.contains(path),
        };
        asked && (snapshot.file(path).is_some() || snapshot.shows_absent(path))
    }

    /// Returns the files that are not settled. The next pass looks at them again.
    fn open(&self, refused: &BTreeMap<GrantKey, (FilePath, Refusal)>) -> BTreeSet<FilePath> {
        let mut open: BTreeSet<FilePath> = refused.values().map(|(path, _)| path.clone()).collect();
        let of = |person: &PersonId, trust: &TrustId| FilePath::of_person(trust, person);
        for (path, person, trust, file) in self.head.iter() {
            let unsettled = match file {
                HeadFile::Held { .. } => true,
                HeadFile::Says { invalid, .. } => {
                    !invalid.is_empty() || self.held_files.contains(&(person.clone(), trust.clone()))
                }
                HeadFile::Gone => false,
            };
            if unsettled || self.untrusted.has(person) {
                open.insert(path);
            }
        }
        for removal in &self.changes.takes {
            if self.weighed.held.contains(&Item::Grant(removal.key.clone())) {
                open.insert(of(&removal.key.person, &removal.trust));
            }
        }
        for withheld in self.changes.withheld.values() {
            open.insert(of(&withheld.removal.key.person, &withheld.removal.trust));
        }
        open.extend(self.changes.unjudged.iter().map(|(key, trust)| of(&key.person, trust)));
        let stray = self.strays.paths().filter(|path| self.seen.snapshot.file(path).is_some());
        open.extend(stray.cloned());
        for key in &self.changes.waiting {
            if let Some(standing) = self.base.standing(key) {
                open.insert(of(&key.person, &standing.grant.trust));
            }
        }
        // A file with no recorded facts is also open. An example is a file with an ended entry that has moved along
        // with its unit.
        let unknown = |file: &&FileFacts| {
            self.base.people.get(&file.person).is_none_or(|known| !known.files.contains_key(&file.trust))
        };
        open.extend(self.changes.files.iter().filter(unknown).map(|file| of(&file.person, &file.trust)));
        open
    }

    fn files(&self, open: &BTreeSet<FilePath>) -> Vec<SettledFile> {
        self.changes
            .files
            .iter()
            .filter_map(|file| {
                let facts = self.base.people.get(&file.person)?.files.get(&file.trust)?;
                let settled = !open.contains(&FilePath::of_person(&file.trust, &file.person));
                Some(SettledFile {
                    person: file.person.clone(),
                    trust: file.trust.clone(),
                    facts: facts.clone(),
                    digest: settled.then_some(file.digest),
                })
            })
            .collect()
    }

    fn held_files(&self, findings: &[Finding]) -> BTreeMap<FilePath, Vec<Finding>> {
        let mut held = BTreeMap::new();
        for (path, person, trust, file) in self.head.iter() {
            let is_held = matches!(file, HeadFile::Held { .. })
                || self.held_files.contains(&(person.clone(), trust.clone()));
            let invalid = matches!(file, HeadFile::Says { invalid, .. } if !invalid.is_empty());
            if is_held || invalid {
                let about =
                    |finding: &&Finding| finding.place.as_ref().is_some_and(|place| place.file == path);
                held.insert(path.clone(), findings.iter().filter(about).cloned().collect());
            }
        }
        held
    }
}

fn is_grant(item: &Item) -> bool {
    matches!(item, Item::Grant(_))
}
