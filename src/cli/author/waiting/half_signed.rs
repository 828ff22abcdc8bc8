//! Finds settings on the main branch that have only one of their two signatures (R44). This happens when gathered keys
//! were merged too early. No open branch shows such settings, so this code looks for them. It shows how they differ
//! from the last settings that two people have signed. The other signature goes on a branch of its own.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_core::change::Base;
use portvakt_core::decide::{administrators_needed, only_takes, rules_of, settings_digests};
use portvakt_core::diag::text;
use portvakt_core::evidence::{MOST_DAYS, SignatureFile, Signers, namespace, signed_by};
use portvakt_core::judge::{Authority, Rules};
use portvakt_core::model::{Evidence, PersonId, UnitId};
use portvakt_core::policy::Concerned;
use portvakt_core::tree::{REGISTER, SETTINGS_SIGNATURES, Snapshot};

use super::super::{Stop, Work, protected};
use super::{BranchSignatures, SignedBranches, Waiting};
use crate::cli::clone::git::{answer_of_git, git};
use crate::cli::clone::place::{WritingPlace, root_in_clone};
use crate::cli::clone::{plain, sent};
use crate::cli::{judged, output, signing};
use crate::config::Format;

/// The number of commits of the main branch that are looked at, starting with the newest.
const MOST: &str = "--max-count=50";

/// Settings of the main branch that wait for another signature.
pub(super) struct HalfSigned {
    /// The person who has signed them.
    by: PersonId,
    /// The newest commit whose settings two people have signed, or the first commit of the branch.
    since: String,
}

impl Waiting<'_> {
    /// Finds the settings of the main branch that wait for this person. A signature on an open branch counts too.
    pub(super) fn half_signed(&self, references: &[String]) -> Option<HalfSigned> {
        let (work, top) = (self.work, self.top);
        let may = work.desk.may_release();
        if !may.contains(self.me) {
            return None;
        }
        let path = root_in_clone(&work.global.root, top).join(SETTINGS_SIGNATURES).display().to_string();
        let (tree, rules): (&Snapshot, &Rules) = (&work.desk.tree, &work.desk.rules);
        let base = &work.desk.base;
        let signed = |bytes: &[u8]| -> BTreeSet<PersonId> {
            let mut people = signers_of((tree, rules, base), bytes, work.today(), MOST_DAYS);
            people.retain(|person| may.contains(person));
            people
        };
        let mut by = signed(&tree.settings().signatures);
        if by.len() != 1 || by.contains(self.me) {
            return None;
        }
        for reference in references {
            if let Ok(said) = git(top, &["cat-file", "blob", &format!("{reference}:{path}")]) {
                by.extend(signed(said.out.as_bytes()));
            }
        }
        let [by] = <[PersonId; 1]>::try_from(by.into_iter().collect::<Vec<_>>()).ok()?;
        let since = self.last_signed_by_two(&path)?;
        if self.is_enough(&since, &by) {
            return None;
        }
        Some(HalfSigned { by, since })
    }

    /// Returns whether the settings of the main branch only take authority away since a commit, so that the signature of this
    /// one person is enough (R44).
    fn is_enough(&self, since: &str, by: &PersonId) -> bool {
        let desk = &self.work.desk;
        let before = self.work.place.repository().and_then(|(repository, _)| {
            let commit = repository.commit(since).ok()?;
            rules_of(&commit.snapshot).ok()
        });
        let Some(before) = before else { return false };
        let Some(people) = only_takes(&before, &desk.rules) else { return false };
        let people: BTreeSet<PersonId> =
            people.iter().map(|person| desk.base.meant(person).clone()).collect();
        let authority = Authority::on(&before.register, &desk.base, &[self.work.today()]);
        !people.contains(by)
            && before.policies.may_suspend(&authority.of(by), Concerned::Another).allowed
            && administrators_needed(&before, Some(&people), &authority) < 2
    }

    /// Returns the newest commit whose settings two people have signed, or the first commit of the main branch.
    fn last_signed_by_two(&self, path: &str) -> Option<String> {
        let (repository, _) = self.work.place.repository()?;
        let list = ["--literal-pathspecs", "rev-list", "--first-parent", MOST, self.tip, "--", path];
        let commits = git(self.top, &list).ok()?.out;
        let is_signed = |commit: &&str| {
            repository.commit(commit).is_ok_and(|commit| {
                let (tree, base, today) = (&commit.snapshot, &self.work.desk.base, self.work.today());
                let signed = |rules: &Rules| {
                    signers_of((tree, rules, base), &tree.settings().signatures, today, i32::MAX).len()
                };
                rules_of(tree).is_ok_and(|rules| signed(&rules) > 1)
            })
        };
        if let Some(commit) = commits.lines().find(is_signed) {
            return Some(commit.to_owned());
        }
        let first = answer_of_git(self.top, &["rev-list", "--first-parent", "--max-parents=0", self.tip])?;
        first.lines().last().map(str::to_owned)
    }

    /// Shows these settings, and adds the signature on a branch of its own.
    pub(super) fn completes(&self, half: &HalfSigned, done: &mut SignedBranches) -> Result<(), Stop> {
        let (global, top, tip) = (self.work.global, self.top, self.tip);
        let place = WritingPlace::at(global, top, tip)?;
        let judged = judged::judged_change(global, &half.since, tip)?;
        let differing = protected::changed_files(&judged);
        let stood = signing::Stated::default();
        let change = signing::SignedChange {
            files: &[],
            settings: !differing.is_empty(),
            ends_most: false,
            stood: &stood,
            leaves_people: true,
            renamed: &self.work.desk.base.renamed,
        };
        let statements = self.statements(&place, change)?.statements;
        if statements.is_empty() {
            return Ok(());
        }
        plain::is_plain(&place.global.root, SETTINGS_SIGNATURES)?;
        protected::may_be_signed(&judged, &place.global)?;
        let inside = root_in_clone(&global.root, top);
        let lines = protected::changed_lines((top, &inside), (&half.since, tip), &differing)?;
        if global.format == Format::Human {
            let name = self.work.called(&half.by);
            let heading = text!(
                en: "\n# The settings on the main branch have one of two signatures, that of {name}. What two have not signed:\n\n",
                nb: "\n# Innstillingene på hovedgrenen har én av to signaturer, den til {name}. Dette har ikke to signert:\n\n"
            );
            output::say(global, &heading);
            output::out(&lines);
            statements.iter().for_each(|statement| output::out(&format!("{statement}\n")));
        }
        if !self.is_to_be_signed()? {
            done.has_left = true;
            return Ok(());
        }
        signing::sign(&place.global, change, self.key, self.me)?;
        self.keeps(&place, "settings", statements.len(), done)
    }

    /// Sends signatures over what the main branch has, on a branch of their own.
    pub(super) fn keeps(
        &self,
        place: &WritingPlace,
        name: &str,
        count: usize,
        done: &mut SignedBranches,
    ) -> Result<(), Stop> {
        let global = self.work.global;
        let Some(sent) = place.keep(name, &format!("Signed by {}", self.me), self.me.as_str())? else {
            return Ok(());
        };
        if global.format == Format::Human {
            sent::sent_words(&sent)
                .iter()
                .for_each(|line| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n")));
        }
        if let Some(why) = sent.why {
            return Err(why.into());
        }
        done.signed.push(BranchSignatures { branch: sent.branch, count });
        Ok(())
    }
}

/// Returns whether a unit came to its trust with settings that two people have not signed on the main branch. Nothing is
/// said of settings from before the register asked for signatures.
pub(in crate::cli::author) fn waits_for_settings(work: &Work<'_>, unit: UnitId) -> bool {
    came_unsigned(work, unit).unwrap_or(false)
}

fn came_unsigned(work: &Work<'_>, unit: UnitId) -> Option<bool> {
    let desk = &work.desk;
    if desk.rules.register.evidence != Evidence::Signature {
        return None;
    }
    let is_signed = |tree: &Snapshot, rules: &Rules| {
        let signatures = &tree.settings().signatures;
        signers_of((tree, rules, &desk.base), signatures, work.today(), i32::MAX).len() > 1
    };
    if is_signed(&desk.tree, &desk.rules) {
        return Some(false);
    }
    let (repository, tip) = work.place.repository()?;
    let top = work.place.top();
    let inside = root_in_clone(&work.place.global.root, top);
    let [register, signatures] =
        [REGISTER, SETTINGS_SIGNATURES].map(|path| inside.join(path).display().to_string());
    let list = [
        "--literal-pathspecs",
        "rev-list",
        "--first-parent",
        MOST,
        tip,
        "--",
        register.as_str(),
        signatures.as_str(),
    ];
    let commits = git(top, &list).ok()?.out;
    for commit in commits.lines() {
        let tree = repository.commit(commit).ok()?.snapshot;
        let Ok(rules) = rules_of(&tree) else { continue };
        if rules.register.trust_of(unit) != desk.rules.register.trust_of(unit) {
            return Some(rules.register.evidence == Evidence::Signature);
        }
        if is_signed(&tree, &rules) {
            return Some(false);
        }
    }
    None
}

/// Returns the people who have signed the settings of a tree with one of these signatures, under their current ids. A
/// signature may have the id that its person had on that day, with the key that was listed under it.
fn signers_of(
    (tree, rules, base): (&Snapshot, &Rules, &Base),
    signatures: &[u8],
    today: Date,
    most_days: i32,
) -> BTreeSet<PersonId> {
    let digests = settings_digests(tree.settings(), &rules.policies_digest);
    let id = &rules.register.id;
    let of = |by: &PersonId, on: Date| digests.statement(id, by, on);
    let signatures = SignatureFile::read(signatures).signatures;
    let namespace = namespace(id);
    let signed = |signers: &Signers| signed_by(&signatures, of, signers, &namespace, today, most_days).people;
    let mut people = signed(&rules.signers);
    people.extend(signed(&rules.signers.knowing(&base.renamed)));
    people.keys().map(|by| base.meant(by).clone()).collect()
}
