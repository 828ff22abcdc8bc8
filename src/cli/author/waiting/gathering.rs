//! Handles new keys that wait on branches of their own. A person who enrols keys is first asked about several of them
//! as one change, so that each person signs once. If this person has signed a change with the keys of a branch, the
//! branch is not shown to them again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portvakt_core::diag::text;
use portvakt_core::evidence::{Signature, SignatureFile};
use portvakt_core::model::FilePath;
use portvakt_core::tree::SETTINGS_SIGNATURES;

use super::super::gathered::{WaitingKeys, can_take_keys, gathered, say_gathered};
use super::super::{Stop, enrolling};
use super::Waiting;
use crate::cli::ask::Asker;
use crate::cli::clone::branch_name;
use crate::cli::clone::git::{answer_of_git, git};
use crate::cli::clone::place::{WritingPlace, changed_on, fetch, name_there, root_in_clone};
use crate::cli::clone::remote::reference_there;
use crate::cli::clone::taken::{added_keys, is_gathered};
use crate::cli::output;
use crate::config::Format;

/// The branches that enrol keys and do nothing else.
pub(super) struct KeyBranches {
    /// The lines that each of them adds to the list of keys, by its reference.
    added: BTreeMap<String, BTreeSet<String>>,
    /// The lines that this person has signed.
    signed: BTreeSet<String>,
}

impl KeyBranches {
    /// Finds these branches among the open ones. If the main branch has the keys of a branch already, that branch is
    /// left out.
    pub(super) fn among(top: &Path, tip: &str, references: &[String]) -> Self {
        let waits = |reference: &&String| !is_gathered(top, tip, reference);
        let open = references.iter().filter(waits);
        let added = open.filter_map(|reference| Some((reference.clone(), added_keys(top, tip, reference)?)));
        Self { added: added.collect(), signed: BTreeSet::new() }
    }

    /// Puts the changes with several keys before all other branches, the largest first.
    pub(super) fn put_first(&self, references: &mut [String]) {
        let count = |reference: &String| self.added.get(reference).map_or(0, BTreeSet::len);
        references.sort_by_key(|reference| Reverse(Some(count(reference)).filter(|count| *count > 1)));
    }

    /// Notes that this person has signed the keys of a branch.
    pub(super) fn are_signed(&mut self, reference: &str) {
        self.signed.extend(self.added.get(reference).into_iter().flatten().cloned());
    }

    /// Returns whether this person has signed all keys of this branch on another branch.
    pub(super) fn has_signed(&self, reference: &str) -> bool {
        self.added.get(reference).is_some_and(|lines| lines.is_subset(&self.signed))
    }

    /// Returns the branches that `key new` made for one key, if no change of several keys has that key.
    fn apart(&self) -> impl Iterator<Item = &String> {
        let is_held = move |lines: &BTreeSet<String>| {
            self.added.values().any(|others| lines.len() < others.len() && lines.is_subset(others))
        };
        let alone = self.added.iter().filter(move |(_, lines)| !is_held(lines));
        alone
            .map(|(reference, _)| reference)
            .filter(|reference| enrolling::is_of_a_key(name_there(reference)))
    }
}

impl Waiting<'_> {
    /// Offers to gather the keys that wait for this person on several branches into one change. Returns whether that
    /// was done.
    pub(super) fn gathers(&self, keys: &KeyBranches, target: &str) -> Result<bool, Stop> {
        let global = self.work.global;
        let apart: Vec<&String> =
            keys.apart().filter(|reference| !self.has_own_signature(reference)).collect();
        let register = &self.work.desk.rules.register;
        // Nothing is added to a list that is not valid. It is mended first.
        if apart.len() < 2 || !can_take_keys(&self.work.place, register) {
            return Ok(false);
        }
        let names: Vec<String> =
            apart.iter().map(|reference| branch_name::shown(name_there(reference))).collect();
        if global.format == Format::Human {
            let names = names.join(", ");
            let wait = text!(
                en: "New keys wait on several branches: {names}.\n",
                nb: "Nye nøkler venter på flere grener: {names}.\n"
            );
            output::say(global, &wait);
        }
        let question = text!(
            en: "Gather them into one change, so that they are signed once?",
            nb: "Samle dem i én endring, så de signeres under ett?"
        );
        if !self.work.how.yes && !Asker::new(global).goes_on(&question)? {
            return Ok(false);
        }
        let place = WritingPlace::open(global, false)?;
        let gathered = gathered(global, &place, (self.top, target), register)?;
        let WaitingKeys::Gathered(gathered) = gathered else { return Ok(false) };
        if global.format == Format::Human {
            say_gathered(global, &gathered);
        }
        let Some(sent) = gathered.sent else { return Ok(false) };
        if let Some(why) = sent.why {
            return Err(why.into());
        }
        let at_origin = reference_there(self.top, &sent.branch);
        if answer_of_git(self.top, &["rev-parse", "--verify", "--quiet", &at_origin]).is_none() {
            fetch(global, self.top);
        }
        Ok(true)
    }

    /// Returns whether a branch changes the signatures of settings and has one in this person's name.
    fn has_own_signature(&self, reference: &str) -> bool {
        let root = &self.work.global.root;
        let changed = changed_on(root, self.top, self.tip, reference).unwrap_or_default();
        if !changed.contains(&FilePath::new(SETTINGS_SIGNATURES)) {
            return false;
        }
        let path = root_in_clone(root, self.top).join(SETTINGS_SIGNATURES);
        let blob = git(self.top, &["cat-file", "blob", &format!("{reference}:{}", path.display())]);
        let signatures = blob.map(|said| SignatureFile::read(said.out.as_bytes()).signatures);
        let base = &self.work.desk.base;
        let is_own =
            |one: &Signature| one.claim.as_ref().is_some_and(|claim| base.is_same(&claim.by, self.me));
        signatures.unwrap_or_default().iter().any(is_own)
    }
}
