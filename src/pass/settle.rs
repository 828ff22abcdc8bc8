//! Puts together what a pass has found out into the one value that says what is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::change::{Base, ChangeSet, Head, HeadFile, Removal};
use crate::diag::Finding;
use crate::judge::{Judgement, Refusal, Rules, Verdict};
use crate::memory::Refused;
use crate::model::{FilePath, GrantKey, PersonId, TrustId};
use crate::plan::{Draft, Guarded, Item, Reports};

use super::accept::Accepted;
use super::decided::{Decided, SettledFile};
use super::prepare::{Scope, Seen};
use super::protected::Proposed;

/// What was found out.
pub(super) struct Parts<'a> {
    pub(super) seen: &'a Seen<'a>,
    pub(super) today: Date,
    pub(super) rules: &'a Arc<Rules>,
    pub(super) proposed: Proposed,
    pub(super) head: &'a Head,
    pub(super) held_files: BTreeSet<(PersonId, TrustId)>,
    pub(super) changes: &'a ChangeSet,
    pub(super) judgement: Judgement,
    pub(super) accepted: Accepted,
    pub(super) guarded: Guarded,
    pub(super) held: &'a BTreeSet<Item>,
    pub(super) drawn: Draft,
    pub(super) known_refusals: BTreeMap<GrantKey, Refused>,
    pub(super) known_holds: BTreeSet<FilePath>,
    pub(super) scope: &'a Scope,
    pub(super) base: &'a Base,
    pub(super) clock_mark: Option<Timestamp>,
    pub(super) reports: Option<&'a Reports>,
}

impl Parts<'_> {
    /// The decision, with everything people should know.
    pub(super) fn decide(mut self, mut findings: Vec<Finding>) -> Decided {
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
            .filter(|removal| !self.held.contains(&Item::Grant(removal.key.clone())))
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
        let mut spent = self.guarded.spent.clone();
        spent.extend(releases_rules.as_ref().map(|(rules, _)| rules.digest));
        findings.sort();
        findings.dedup();
        Decided {
            now: self.seen.now,
            today: self.today,
            snapshot: self.seen.snapshot.digest(),
            advance: None,
            rules: Arc::clone(self.rules),
            released_rules: releases_rules,
            grants: std::mem::take(&mut self.accepted.grants),
            used: std::mem::take(&mut self.accepted.used),
            cleared,
            files: self.files(&open),
            forgotten,
            lifted: self
                .known_refusals
                .iter()
                .filter(|(key, known)| self.saw(&known.path) && !refused.contains_key(key))
                .filter(|(_, known)| !held_files.contains_key(&known.path))
                .map(|(key, _)| key.clone())
                .collect(),
            refused,
            mended: self
                .known_holds
                .iter()
                .filter(|path| self.saw(path) && !held_files.contains_key(*path))
                .cloned()
                .collect(),
            held_files,
            held_removals: self.guarded.sets,
            open,
            spent,
            charged: self.guarded.counted,
            steps: self.drawn.steps,
            reports_known: self.reports.map_or(Ok(()), |reports| match &reports.rows {
                Ok(_) => Ok(()),
                Err(why) => Err(why.clone()),
            }),
            reports: self.reports.map(|_| self.drawn.reports),
            clock_mark: self.clock_mark,
            whole: matches!(self.scope, Scope::Whole),
            findings,
        }
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
                HeadFile::Held => true,
                HeadFile::Says { invalid, .. } => {
                    !invalid.is_empty() || self.held_files.contains(&(person.clone(), trust.clone()))
                }
                HeadFile::Gone => false,
            };
            if unsettled {
                open.insert(path);
            }
        }
        for removal in &self.changes.takes {
            if self.held.contains(&Item::Grant(removal.key.clone())) {
                open.insert(of(&removal.key.person, &removal.trust));
            }
        }
        for key in &self.changes.waiting {
            if let Some(standing) = self.base.standing(key) {
                open.insert(of(&key.person, &standing.grant.trust));
            }
        }
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
            let is_held =
                matches!(file, HeadFile::Held) || self.held_files.contains(&(person.clone(), trust.clone()));
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
