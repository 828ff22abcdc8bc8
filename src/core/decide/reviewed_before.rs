//! What the branch shows of the statements of reviewers before its tip: which of them another one has replaced, and whose
//! keys signed them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Finding;
use crate::evidence::{Signature, SignatureFile, Signers};
use crate::judge::Rules;
use crate::model::{Digest, Evidence, FilePath, PersonId, ReviewStatement, ReviewedBy};
use crate::parse;
use crate::review::{FormerKeys, has_strange_keys};
use crate::tree::{ALLOWED_SIGNERS, ListFiles, Snapshot, review_parts};

use super::known::RenamedIds;
use super::sought::Past;

/// Returns the keys that `allowed_signers` had before, with their owners, if a list is signed with a key that it does not
/// have. An owner is named by the id of then and by the id of now.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn former_keys(
    past: &dyn Past,
    lists: &ListFiles,
    rules: &Rules,
    renamed: &RenamedIds,
) -> Result<FormerKeys, Finding> {
    let mut former = FormerKeys::new();
    if !has_strange_keys(lists, rules) {
        return Ok(former);
    }
    for bytes in past.versions(&FilePath::new(ALLOWED_SIGNERS))? {
        // What could not be read was never in force.
        let Ok(then) = Signers::parse(&bytes, &[], &rules.register.time_zone) else { continue };
        for signers in [&then, &then.knowing(renamed)] {
            former.extend(signers.keys().map(|(key, owner)| (key.clone(), owner.clone())));
        }
    }
    Ok(former)
}

/// Returns the statements of reviewers that the branch shows as replaced: the same reviewer has signed a later one about the
/// same list. These are looked for in the lists that change, and in the newest list of each trust where somebody's file
/// changes. The rest of the branch was judged before. Where the forge is the evidence, it says who approved what is put back.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub(super) fn replaced_before(
    past: &dyn Past,
    [base, tree]: [&Snapshot; 2],
    rules: &Rules,
) -> Result<BTreeSet<Digest>, Finding> {
    let mut replaced = BTreeSet::new();
    if rules.register.evidence != Evidence::Signature {
        return Ok(replaced);
    }
    for path in lists_to_look_at(base, tree) {
        replaced.extend(replaced_in(past, &path, rules)?);
    }
    Ok(replaced)
}

/// Returns the same of the newest list of each trust, for a tree that is judged as it stands. A check of a change at a trust
/// looks at that list too. A list without a signature has nothing that could count.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn replaced_in_newest(
    past: &dyn Past,
    lists: &ListFiles,
    rules: &Rules,
) -> Result<BTreeSet<Digest>, Finding> {
    let mut replaced = BTreeSet::new();
    if rules.register.evidence != Evidence::Signature {
        return Ok(replaced);
    }
    let newest = newest_of_each_trust(lists).into_values();
    for path in newest.filter(|path| !lists.signatures(path).is_empty()) {
        replaced.extend(replaced_in(past, path, rules)?);
    }
    Ok(replaced)
}

/// Returns the newest list in each folder of lists.
fn newest_of_each_trust(lists: &ListFiles) -> BTreeMap<&str, &FilePath> {
    // The names sort by year and quarter.
    lists.lists().filter_map(|(path, _)| review_parts(path).map(|(folder, _)| (folder, path))).collect()
}

/// Returns the lists of a tree that differ from the base, and the newest one of each trust where a person's file differs.
fn lists_to_look_at(base: &Snapshot, tree: &Snapshot) -> BTreeSet<FilePath> {
    let files = tree.differs_from(base);
    let trusts: BTreeSet<&str> =
        files.iter().filter_map(|path| path.person_parts()).map(|(folder, _)| folder).collect();
    let (before, now) = (base.reviews(), tree.reviews());
    let mut wanted = BTreeSet::new();
    for (path, _) in now.lists() {
        let is_same = |path: &FilePath| before.files.get(path) == now.files.get(path);
        if !is_same(path) || !is_same(&path.signatures()) {
            wanted.insert(path.clone());
        }
    }
    let newest = newest_of_each_trust(now).into_iter().filter(|(folder, _)| trusts.contains(folder));
    wanted.extend(newest.map(|(_, path)| path.clone()));
    wanted
}

/// Returns the statements of one list that another one of the same reviewer has replaced. A statement is as old as the first
/// version of the list that has it. A text that comes back is no new statement.
fn replaced_in(past: &dyn Past, path: &FilePath, rules: &Rules) -> Result<BTreeSet<Digest>, Finding> {
    let register = &rules.register;
    let versions = past.states(path)?;
    if versions.len() < 2 {
        return Ok(BTreeSet::new());
    }
    let signatures: Vec<Signature> = past
        .versions(&path.signatures())?
        .iter()
        .flat_map(|bytes| SignatureFile::read(bytes).signatures)
        .collect();
    let is_shown = |line: &ReviewedBy, statement: &ReviewStatement| {
        statement.texts().any(|text| is_signed(text, &line.by, &signatures, rules))
    };
    let mut given: BTreeMap<PersonId, Vec<Digest>> = BTreeMap::new();
    for bytes in versions.iter().rev() {
        let Ok(parsed) = parse::review(path, bytes, register) else { continue };
        let review = &parsed.review;
        for line in &review.reviewed {
            let statement = review.statements(&register.id, line);
            let all = given.entry(line.by.clone()).or_default();
            if is_shown(line, &statement) && !all.contains(&statement.digest()) {
                all.push(statement.digest());
            }
        }
    }
    // The last one of each reviewer is the latest.
    let earlier = given.into_values().flat_map(|mut all| {
        all.pop();
        all
    });
    Ok(earlier.collect())
}

/// Returns whether one of these signatures is over this text, by a key that is not another person's.
fn is_signed(text: &str, by: &PersonId, signatures: &[Signature], rules: &Rules) -> bool {
    let is_by_another = |one: &Signature| rules.signers.holder(&one.key).is_some_and(|owner| owner != by);
    signatures.iter().any(|one| !is_by_another(one) && one.covers(text.as_bytes()))
}
