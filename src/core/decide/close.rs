//! Builds the decision: it puts the results of a pass together into the one value that says what is written. Nothing is
//! added to that value later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::Why;
use crate::change::{FileFacts, HeadFile, Removal};
use crate::diag::{Code, Finding};
use crate::judge::{Refusal, Verdict};
use crate::model::{FilePath, GrantKey, PersonId, TrustId};
use crate::plan::{AccessItem, BudgetUse};
use crate::planted::PlantedFault;

use super::case::Scope;
use super::decided::{
    AcceptedOutcome, Charged, Decided, Examined, PassDecision, Plan, SettledFile, Unsettled,
};
use super::head::held_folder;
use super::known::SeenExtensions;
use super::outcome::Deliberated;
use super::patience::Patience;
use super::proposed::{Proposed, SettingsWait};
use super::withhold::Copy;

impl Deliberated<'_> {
    /// Makes the decision, with all findings for people.
    pub fn close(mut self) -> (Decided, Patience) {
        let mut findings = std::mem::take(&mut self.findings);
        let mut refused = BTreeMap::new();
        for (key, verdict) in std::mem::take(&mut self.judged.judgement.verdicts) {
            if let Verdict::Refused(refusal) = verdict {
                findings.push(refusal.finding.clone());
                let trust = self
                    .judged
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
            .judged
            .changes
            .takes
            .iter()
            .filter(|removal| !self.weighed.held.contains(&AccessItem::Grant(removal.key.clone())))
            .cloned()
            .collect();
        let open = self.open(&refused);
        let forgotten = self
            .judged
            .changes
            .gone
            .iter()
            .filter(|(person, trust)| !open.contains(&FilePath::of_person(trust, person)))
            .cloned()
            .collect();
        let held_files = self.held_files(&findings);
        let releases_rules = match &self.circumstances.change.proposed {
            Proposed::Released(rules, _) => {
                Some((Arc::clone(rules), self.circumstances.seen.snapshot.clone()))
            }
            _ => None,
        };
        self.judged.accepted.used.append(&mut self.circumstances.change.beside);
        let rejections = std::mem::take(&mut self.judged.rejections);
        if let Proposed::Released(_, statements) = &self.circumstances.change.proposed {
            self.judged.accepted.used.extend(statements);
        }
        let mut spent = std::mem::take(&mut self.waiting.spent);
        spent.extend(releases_rules.as_ref().map(|(rules, _)| rules.digest));
        findings.sort();
        findings.dedup();
        let lifted = self.lifted(&refused, &held_files);
        let whole = matches!(self.circumstances.scope, Scope::Whole);
        let looked = |path: &FilePath| match self.circumstances.scope {
            Scope::Whole => true,
            Scope::Files(paths) => paths.contains(path),
        };
        // A missing entry in an older copy of the tree proves nothing. A tree that lacks nothing is not an older
        // copy.
        let lacks = self.judged.changes.withheld.values().any(|withheld| withheld.why == Why::OlderTree);
        let is_own = self.circumstances.seen.copy == Copy::Own
            || (whole
                && !lacks
                && refused.is_empty()
                && self.judged.changes.waiting.is_empty()
                && !self.weighed.held.iter().any(is_grant));
        let remembered = std::mem::take(&mut self.judged.strays).remembered(&open, looked);
        let stale = std::mem::take(&mut self.waiting.stale);
        let reports = self.circumstances.reports.seen.as_ref();
        let plan = Plan {
            steps: std::mem::take(&mut self.weighed.drawn.steps),
            reports_known: reports
                .map_or(Ok(()), |reports| reports.rows.as_ref().map(drop).map_err(Clone::clone)),
            reports: reports.map(|_| std::mem::take(&mut self.weighed.drawn.reports)),
            debts: std::mem::take(&mut self.circumstances.reports.debts),
        };
        let mended = self.circumstances.unfinished.holds.iter();
        let mended =
            mended.filter(|path| self.saw(path) && !held_files.contains_key(*path)).cloned().collect();
        let extensions = self.waiting_extensions();
        let outcome = AcceptedOutcome {
            files: self.files(&open),
            renamed: self.judged.renamed,
            grants: self.judged.accepted.grants,
            used: self.judged.accepted.used,
            identified: self.judged.accepted.identified,
            cleared,
            forgotten,
            freed: self.waiting.freed,
            kept: self.judged.kept,
            rejections,
        };
        let seen = self.circumstances.seen;
        let mut decision = PassDecision {
            tree: Examined {
                snapshot: seen.snapshot.digest(),
                attributes: seen.snapshot.settings().attributes_digest(),
                advance: seen.branch.and_then(|branch| branch.advance.clone()),
                whole,
                looked: match self.circumstances.scope {
                    Scope::Whole => BTreeSet::new(),
                    Scope::Files(paths) => paths.clone(),
                },
                // Changes that wait for the clock have not been judged yet.
                accepted: is_own
                    && (!self.circumstances.today.is_suspect() || self.judged.changes.unjudged.is_empty()),
            },
            clock: self.circumstances.today,
            rules: self.circumstances.rules,
            released_rules: releases_rules,
            outcome,
            unsettled: Unsettled {
                refused,
                lifted,
                held_files,
                mended,
                sets: self.waiting.sets,
                limits: self.waiting.limits,
                bound: self.waiting.bound,
                open,
                remembered,
                settings: SettingsWait::of(
                    self.circumstances.change.proposed,
                    self.circumstances.change.consent.as_ref(),
                ),
                unclaimed: self.weighed.drawn.spared,
                ends_ahead: self.judged.changes.ends_ahead,
                extensions,
            },
            reviews: self.judged.reviews,
            charged: Charged {
                removals: self.weighed.guarded.counted,
                additions: self.weighed.admitted.counted,
                releases: spent,
                run: BudgetUse::default(),
            },
            plan,
            findings,
        };
        let wants_another = decision.wants_another();
        // If another pass could do more, the waiting set may be different then.
        if !wants_another {
            decision.charged.releases.extend(stale);
        }
        let more_follow = seen.newest.is_some() || (seen.branch.is_some() && wants_another);
        if more_follow && !PlantedFault::BudgetCommitByCommit.is_planted() {
            // More passes of the same run follow, and what is carried out together is counted together
            // (law: *absence must last*).
            decision.charged.run = decision.charged.after(self.circumstances.together);
        }
        (Decided::new(decision), self.patience)
    }

    /// Returns the refusals that no longer apply, because the entry is gone or says something else. An entry that was
    /// not judged stays refused.
    fn lifted(
        &self,
        refused: &BTreeMap<GrantKey, (FilePath, Refusal)>,
        held_files: &BTreeMap<FilePath, Vec<Finding>>,
    ) -> BTreeSet<GrantKey> {
        let unjudged = |key: &GrantKey| self.judged.changes.unjudged.iter().any(|(other, _)| other == key);
        self.circumstances
            .unfinished
            .refusals
            .iter()
            .filter(|(key, known)| self.saw(known) && !refused.contains_key(key) && !unjudged(key))
            .filter(|(_, known)| !held_files.contains_key(*known))
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Returns the extensions that wait. A pass over some files does not see those of the others.
    fn waiting_extensions(&self) -> SeenExtensions {
        let mut waiting = self.judged.extensions.clone();
        if let Scope::Files(paths) = self.circumstances.scope {
            let known = self.circumstances.unfinished.extensions.iter();
            let others = known.filter(|(_, extension)| !paths.contains(&extension.file));
            waiting.extend(others.map(|(statement, extension)| (*statement, extension.clone())));
        }
        let register = &self.circumstances.rules.register.id;
        for standing in &self.judged.accepted.grants {
            waiting.remove(&standing.grant.statement_digest(register));
        }
        waiting
    }

    /// Tells whether this pass knows the state of a file: the file is there, or it is shown to be absent.
    fn saw(&self, path: &FilePath) -> bool {
        let snapshot = self.circumstances.seen.snapshot;
        let asked = match self.circumstances.scope {
            Scope::Whole => true,
            Scope::Files(paths) => paths.contains(path),
        };
        asked && (snapshot.file(path).is_some() || snapshot.shows_absent(path))
    }

    /// Returns the files that are not settled. The next pass looks at them again.
    fn open(&self, refused: &BTreeMap<GrantKey, (FilePath, Refusal)>) -> BTreeSet<FilePath> {
        let mut open: BTreeSet<FilePath> = refused.values().map(|(path, _)| path.clone()).collect();
        let of = |person: &PersonId, trust: &TrustId| FilePath::of_person(trust, person);
        for (path, person, trust, file) in self.judged.head.iter() {
            let unsettled = match file {
                HeadFile::Held { .. } => true,
                HeadFile::Says { invalid, .. } => {
                    !invalid.is_empty() || self.judged.held_files.contains(&(person.clone(), trust.clone()))
                }
                HeadFile::Gone => false,
            };
            if unsettled || self.circumstances.untrusted.has(person) {
                open.insert(path);
            }
        }
        for removal in &self.judged.changes.takes {
            if self.weighed.held.contains(&AccessItem::Grant(removal.key.clone())) {
                open.insert(of(&removal.key.person, &removal.trust));
            }
        }
        for withheld in self.judged.changes.withheld.values() {
            open.insert(of(&withheld.removal.key.person, &withheld.removal.trust));
        }
        open.extend(self.judged.changes.unjudged.iter().map(|(key, trust)| of(&key.person, trust)));
        open.extend(self.judged.accepted.unidentified.iter().map(|(person, trust)| of(person, trust)));
        let stray =
            self.judged.strays.paths().filter(|path| self.circumstances.seen.snapshot.file(path).is_some());
        open.extend(stray.cloned());
        let changes = &self.judged.changes;
        for key in changes.waiting.iter().chain(changes.ends_ahead.keys()) {
            if let Some(standing) = self.judged.base.standing(key) {
                open.insert(of(&key.person, &standing.grant.trust));
            }
        }
        // A file with no recorded facts is also open. An example is a file with an ended entry that has moved along
        // with its unit.
        let unknown = |file: &&FileFacts| {
            self.judged
                .base
                .people
                .get(&file.person)
                .is_none_or(|known| !known.files.contains_key(&file.trust))
        };
        open.extend(
            self.judged.changes.files.iter().filter(unknown).map(|file| of(&file.person, &file.trust)),
        );
        open
    }

    fn files(&self, open: &BTreeSet<FilePath>) -> Vec<SettledFile> {
        self.judged
            .changes
            .files
            .iter()
            .filter_map(|file| {
                let facts = self.judged.base.people.get(&file.person)?.files.get(&file.trust)?;
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

    /// Returns the files that are held, and the folders whose changes wait, each with the findings about it.
    fn held_files(&self, findings: &[Finding]) -> BTreeMap<FilePath, Vec<Finding>> {
        let mut held: BTreeMap<FilePath, Vec<Finding>> = BTreeMap::new();
        for (path, person, trust, file) in self.judged.head.iter() {
            let is_held = matches!(file, HeadFile::Held { .. })
                || self.judged.held_files.contains(&(person.clone(), trust.clone()));
            let invalid = matches!(file, HeadFile::Says { invalid, .. } if !invalid.is_empty());
            if is_held || invalid {
                let about =
                    |finding: &&Finding| finding.place.as_ref().is_some_and(|place| place.file == path);
                held.insert(path.clone(), findings.iter().filter(about).cloned().collect());
            }
        }
        // What is new in such a folder waits, so the folder itself is held, even if no file in it has changed.
        for odd in self.circumstances.seen.snapshot.odd() {
            let Some(folder) = held_folder(odd, &self.circumstances.rules.register) else { continue };
            let is_told = |finding: &&Finding| {
                finding.code == Code::OddPath
                    && finding.place.as_ref().is_some_and(|place| place.file.as_str() == odd.path)
            };
            let path = FilePath::new(&format!("desired-state/{folder}"));
            held.entry(path).or_default().extend(findings.iter().filter(is_told).cloned());
        }
        held
    }
}

fn is_grant(item: &AccessItem) -> bool {
    matches!(item, AccessItem::Grant(_))
}
