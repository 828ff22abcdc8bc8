//! Puts together what a pass has found out into the one value that says what is written.

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

/// What was found out.
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
    /// Everything that waits for a release.
    pub sets: Vec<HeldSet>,
    /// Releases that are spent.
    pub spent: BTreeSet<Digest>,
    /// Releases of what waits no longer: spent where the pass has come to rest.
    pub stale: BTreeSet<Digest>,
    /// The limits by which removals wait, where any do.
    pub limits: Option<BudgetLimits>,
    /// Requests that are other people's, under what two would release.
    pub bound: BTreeMap<Digest, Binding>,
    /// Those that two have released.
    pub freed: BTreeSet<Freed>,
    /// Whose remembered access is not relied on: what their files say is still to be looked at.
    pub untrusted: &'a Untrusted,
    pub strays: Strays,
    /// Whose authority stays although their access was taken back.
    pub kept: BTreeSet<PersonId>,
    pub known_refusals: BTreeMap<GrantKey, FilePath>,
    pub known_holds: BTreeSet<FilePath>,
    pub scope: &'a Scope,
    pub base: &'a Base,
    pub reports: Option<&'a Reports>,
}

impl Parts<'_> {
    /// The decision, with everything people should know.
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
        // What is missing from an older copy is no reason to believe it; what lacks nothing is no older copy.
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
            // What waits for the clock has not been looked at yet.
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
        // Where a next pass could do more, what waits may be another set then.
        if !decided.wants_another() {
            decided.spent.extend(stale);
        }
        decided
    }

    /// Refusals that stand no longer: their entry is gone or says something else. What was not judged stays refused.
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

    /// Whether this pass knows how a file stands: there, or shown to be absent.
    fn saw(&self, path: &FilePath) -> bool {
        let snapshot = self.seen.snapshot;
        let asked = match self.scope {
            Scope::Whole => true,
            Scope::Files(paths) => paths.contains(path),
        };
        asked && (snapshot.file(path).is_some() || snapshot.shows_absent(path))
    }

    /// Files that are not settled: the next pass looks at them again.
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
        // One of which nothing is recorded, such as what is over and has moved along with its unit.
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
