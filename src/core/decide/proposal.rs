//! The input of a check: the two trees, and what the branch shows of the time before. The daemon has a memory, but a
//! check has only the branch.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::change::Head;
use crate::diag::{Code, Finding, Place, text};
use crate::judge::{ForgeInquiry, Used, rejected_alone};
use crate::model::{Digest, FilePath, Register, RenamedTrusts};
use crate::review::{self, FormerKeys, ReviewCase, UsedFrom};
use crate::tree::Snapshot;

use super::budget::sizes;
use super::case::{Case, EntryQuestion, ForgeAnswers, Scope, SeenTree};
use super::head::{FileToRead, head};
use super::id_changes::knowing;
use super::known::{Known, RememberedFiles, Spent, Unfinished};
use super::loaded::LoadedRules;
use super::proofs::KnownPolicyProofs;
use super::rejections::{approved_rejections, unproven_rejections};
use super::reviewed_before::{former_keys, replaced_before};
use super::settle::{AttributesFound, SettlingGrounds, reviewed_files, settle};
use super::sought::{FileReviews, Nothing, Past, Reviews, reviews_of_each};
use super::tip::{
    base_of, bound_before, departed, identified_before, left_behind, renamed, served, served_before,
    told_before,
};
use super::trusted_day::Today;
use super::trusts::head_of;
use super::withhold::Copy;

/// A change to be checked: the merged tree against the base on one day, with what is known beyond the two trees.
#[derive(Debug, Clone, Copy)]
pub struct ChangeToCheck<'a> {
    /// The accepted state before: the tip of the target branch.
    pub base: &'a Snapshot,
    /// The state that would be accepted: the result of the merge.
    pub tree: &'a Snapshot,
    /// The earlier state of the target branch, before its tip.
    pub past: &'a dyn Past,
    /// The reviews that the forge knows. It is `None` if the forge has not been asked.
    pub reviews: Option<&'a dyn Reviews>,
    /// The current day in the register's time zone.
    pub today: Date,
}

/// Returns all files of a snapshot, to be looked at.
#[must_use]
pub fn looks_of(snapshot: &Snapshot) -> Vec<FileToRead> {
    snapshot.files().filter_map(|(path, digest)| file_to_read(snapshot, path, digest, &Nothing)).collect()
}

/// Parses all files of a snapshot by this register, which also says which odd paths stand for a trust's folder.
#[must_use]
pub fn head_of_tree(tree: &Snapshot, register: &Register) -> Head {
    head(&looks_of(tree), tree, register)
}

fn file_to_read(
    tree: &Snapshot,
    path: FilePath,
    digest: Digest,
    reviews: &dyn Reviews,
) -> Option<FileToRead> {
    let read = tree.read();
    let bytes = Arc::clone(read.get(&path)?);
    let signatures = read.get(&path.signatures()).cloned();
    let reviews = reviews.of(&path);
    Some(FileToRead { path, bytes: Some((bytes, digest)), signatures, reviews })
}

impl<'a> ChangeToCheck<'a> {
    /// Reads the case. Nothing is remembered and nothing was observed. The tip of the target branch counts as accepted.
    /// Its history shows which statements have served.
    ///
    /// # Errors
    /// The findings, when the base has no valid rules to judge by.
    pub(super) fn case(&self, shelf: &mut LoadedRules) -> Result<Case<'a>, Vec<Finding>> {
        let Self { base: base_tree, tree, past, reviews, today } = *self;
        let (forge, reviews) =
            reviews.map_or((ForgeInquiry::NotAsked, &Nothing as &dyn Reviews), |r| (ForgeInquiry::Asked, r));
        let base_looks = looks_of(base_tree);
        let read = |register: &Register| head(&base_looks, base_tree, register);
        let (rules, base_head) = match shelf.of_tree_beside(base_tree, read) {
            Ok(loaded) => loaded,
            Err(mut findings) => {
                let message = text!(
                    en: "the base itself has no valid policies or no valid register, so nothing can be judged by it",
                    nb: "grunnlaget har selv ingen gyldige tilgangsregler eller ikke noe gyldig register, så ingenting kan vurderes etter det"
                );
                let way_out = text!(
                    en: "Name a base that was in order, or check the tree by itself without `--base`.",
                    nb: "Oppgi et grunnlag som var i orden, eller kontroller filene for seg uten `--base`."
                );
                findings = findings.into_iter().map(of_the_base).collect();
                findings.insert(0, Finding::new(Code::PoliciesInvalid, message, way_out));
                return Err(findings);
            }
        };
        let mut findings: Vec<Finding> = Vec::new();
        let mut base = base_of(&base_head, today);
        renamed(&mut base, &rules, &base_head, &[]);
        shelf.know(base.renamed.clone());
        let rules = knowing(&rules, &base.renamed);
        if base_head.findings.iter().any(|finding| finding.code == Code::WrongFolder)
            && let Err(finding) = left_behind(
                past,
                (base_looks.as_slice(), base_tree.threads()),
                &mut base,
                &rules.register,
                today,
            )
        {
            findings.push(finding);
        }
        let proposed_rules = shelf.of_tree(tree);
        let appointing = [Some(&rules), proposed_rules.as_ref().ok()].into_iter().flatten();
        if let Err(finding) = departed(past, appointing.map(|rules| &*rules.register), &mut base, today) {
            findings.push(finding);
        }
        let mut used = Used::new();
        if proposed_rules.as_ref().is_ok_and(|proposed| proposed.digest != rules.digest) {
            match past.settings_statements(&rules.register.id) {
                Ok(served) => used = served,
                Err(finding) => findings.push(finding),
            }
        }
        let (no_releases, no_reviews) = (BTreeSet::new(), FileReviews::new());
        let grounds = SettlingGrounds {
            tree,
            in_office: &base,
            everybody: &base,
            in_force: Some(base_tree),
            attributes: AttributesFound::Known,
            adoptable: None,
            releases: &no_releases,
            used: &used,
            proofs: KnownPolicyProofs::Unknown,
            reviews: &no_reviews,
            today,
            told: today,
        };
        let reviewed = reviews_of_each(reviews, reviewed_files(&rules, &proposed_rules, &grounds));
        let change = settle(&rules, proposed_rules, &SettlingGrounds { reviews: &reviewed, ..grounds });
        // A file that was already in error in the base does not protect a missing file. Its time lies far in the past.
        let long_ago = Timestamp::MIN;
        let base_astray = base_head.astray.keys().map(|path| (path.clone(), long_ago)).collect();
        // A file that was in error before and still is gets its findings again, so that nobody forgets it.
        findings.extend(
            base_head
                .findings
                .iter()
                .filter(|finding| {
                    finding.place.as_ref().is_some_and(|place| {
                        tree.file(&place.file).is_some()
                            && tree.file(&place.file) == base_tree.file(&place.file)
                    })
                })
                .cloned(),
        );
        let looks: Vec<FileToRead> = tree
            .differs_from(base_tree)
            .into_iter()
            .filter_map(|path| match tree.file(&path) {
                Some(digest) => file_to_read(tree, path, digest, reviews),
                None => Some(FileToRead::gone(path)),
            })
            .filter(|look| look.is_shown(tree))
            .collect();
        match served(past, &looks, &mut base, &rules.register, today) {
            Ok(served) => used.extend(served),
            Err(finding) => findings.push(finding),
        }
        let trusts = change
            .proposed
            .pending()
            .map_or_else(RenamedTrusts::new, |new| new.register.renamed_since(&rules.register));
        // A unit that moves is at its accepted trust until the settings are in force, as it is for the pass.
        let head = head_of(looks, tree, &rules.register, &trusts);
        let earlier = told_before(past, &head, &base, &rules.register).unwrap_or_else(|finding| {
            findings.push(finding);
            Vec::new()
        });
        renamed(&mut base, &rules, &base_head, &earlier);
        match served_before(past, &head, &mut base, &rules.register, today) {
            Ok(served) => used.extend(served),
            Err(finding) => findings.push(finding),
        }
        match identified_before(past, &head, &base, &rules.register) {
            Ok(served) => used.extend(served),
            Err(finding) => findings.push(finding),
        }
        bound_before(&earlier, &head, &mut base);
        let former =
            former_keys(past, base_tree.reviews(), &rules, &base.renamed).unwrap_or_else(|finding| {
                findings.push(finding);
                FormerKeys::new()
            });
        used.extend(review::merged(base_tree.reviews(), &rules, &former));
        let replaced = replaced_before(past, [base_tree, tree], &rules).unwrap_or_else(|finding| {
            findings.push(finding);
            BTreeSet::new()
        });
        if base_tree.reviews().files != tree.reviews().files {
            let first = review::oldest(&base, today);
            let before = ReviewCase {
                replaced: &replaced,
                used_from: UsedFrom::Files,
                ..ReviewCase::of_files(base_tree.reviews(), &rules, &base, &used, &first, today)
            };
            let before = review::judge(&before);
            findings.extend(review::made_anew(&before, tree.reviews(), &rules.register));
        }
        let lists = review::unproven(tree.reviews(), &rules, &used);
        let user_lists = reviews_of_each(reviews, lists);
        // Rejections that were merged before count as accepted, as far as evidence shows them.
        let merged = rejected_alone(base_tree.requests(), &rules, &base);
        used.extend(merged.accepted.into_keys());
        let lists = unproven_rejections(tree.requests(), &rules.register, &used);
        let rejections = approved_rejections(&reviews_of_each(reviews, lists), &rules.register);
        let strays = RememberedFiles { astray: base_astray, ..RememberedFiles::default() };
        Ok(Case {
            rules: knowing(&rules, &base.renamed),
            change,
            question: EntryQuestion::Today,
            today: Today::given(today),
            seen: seen(tree),
            scope: &Scope::Whole,
            head,
            known: Known {
                used,
                replaced,
                spent: Spent { sizes: sizes(&base, today), ..Spent::default() },
                first_access: review::oldest(&base, today),
                unfinished: Unfinished { strays, ..Unfinished::default() },
                base,
                ..Known::default()
            },
            forge: ForgeAnswers { asked: forge, user_lists, rejections },
            observation: None,
            findings,
        })
    }
}

/// Returns a finding about the base with its place in the words. A place without words would point at the file of the
/// proposed tree, which may have been mended.
fn of_the_base(mut finding: Finding) -> Finding {
    if let Some(Place { file, line, .. }) = finding.place.take() {
        let what = finding.message;
        finding.message = match line {
            0 => text!(with what; en: "the base's `{file}`: {what}", nb: "`{file}` i grunnlaget: {what}"),
            _ => text!(
                with what;
                en: "the base's `{file}`, line {line}: {what}",
                nb: "`{file}` i grunnlaget, linje {line}: {what}"
            ),
        };
    }
    finding
}

/// A tree that is taken as it is: a commit, or a folder that somebody named.
pub fn seen(tree: &Snapshot) -> SeenTree<'_> {
    static NOTHING: BTreeSet<FilePath> = BTreeSet::new();
    SeenTree {
        snapshot: tree,
        written: &NOTHING,
        newest: None,
        branch: None,
        copy: Copy::Own,
        now: Timestamp::UNIX_EPOCH,
        moment: None,
    }
}
