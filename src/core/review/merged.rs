//! Collects what is known of the reviewers' statements besides the judgement. These are the merged statements, for a
//! check that has no memory, and the lists about which the forge must be asked.

use std::collections::BTreeSet;

use crate::evidence::{Fingerprint, Signature, SignatureFile, namespace};
use crate::judge::Rules;
use crate::model::{Digest, Evidence, FilePath, PersonId, Review};
use crate::parse::{self, ParsedReview};
use crate::tree::ListFiles;

use super::judge::Attested;

/// Keys that `allowed_signers` had at some time, each with a person whose key it was.
pub type FormerKeys = BTreeSet<(Fingerprint, PersonId)>;

/// Returns the digests of the proved statements in the lists of a tree, for a check. A merged statement counts as
/// accepted. The right of its signer was judged before the merge.
#[must_use]
pub fn merged(files: &ListFiles, rules: &Rules, former: &FormerKeys) -> BTreeSet<Digest> {
    let all = merged_lists(files, rules, former).into_iter();
    all.flat_map(|list| list.by).map(|(_, statement)| statement).collect()
}

/// Returns the proved statements of each list of a tree. A key that is in `allowed_signers` no more proves what its owner
/// signed before. A key that was never there proves nothing.
#[must_use]
pub fn merged_lists(files: &ListFiles, rules: &Rules, former: &FormerKeys) -> Vec<Attested> {
    let register = &rules.register;
    let mut lists = Vec::new();
    for (path, bytes) in files.lists() {
        let Ok(ParsedReview { review, trust, .. }) = parse::review(path, bytes, register) else { continue };
        let signatures = SignatureFile::read(files.signatures(path)).signatures;
        let mut by = Vec::new();
        for line in &review.reviewed {
            let statement = review.statements(&register.id, line);
            let sealed = |text: &&str| {
                signatures.iter().any(|signature| {
                    let key = &signature.key;
                    let is_theirs = match rules.signers.holder(key) {
                        Some(holder) => *holder == line.by,
                        None => former.contains(&(key.clone(), line.by.clone())),
                    };
                    is_theirs && !rules.signers.revoked().contains(key) && seals(signature, rules, text)
                })
            };
            if register.evidence != Evidence::Signature {
                by.push((line.clone(), statement.digest()));
            }
            let texts = statement.texts().filter(sealed);
            by.extend(texts.map(|text| (line.clone(), Digest::of(text.as_bytes()))));
        }
        let quarter = review.quarter;
        lists.push(Attested { counts: true, trust, quarter, by });
    }
    lists
}

/// Returns whether a signature of the register's namespace covers this text.
fn seals(signature: &Signature, rules: &Rules, text: &str) -> bool {
    signature.namespace == namespace(&rules.register.id) && signature.covers(text.as_bytes())
}

/// Returns whether a statement in the lists is signed with a key that is in `allowed_signers` no more, or never was. Only
/// then it matters which keys were there before.
#[must_use]
pub fn has_strange_keys(files: &ListFiles, rules: &Rules) -> bool {
    let register = &rules.register;
    if register.evidence != Evidence::Signature {
        return false;
    }
    files.lists().any(|(path, bytes)| {
        let mut signatures = SignatureFile::read(files.signatures(path)).signatures;
        signatures.retain(|signature| rules.signers.holder(&signature.key).is_none());
        // A list is read only if it has such a signature.
        if signatures.is_empty() {
            return false;
        }
        let Ok(ParsedReview { review, .. }) = parse::review(path, bytes, register) else { return false };
        review.reviewed.iter().any(|line| {
            let statement = review.statements(&register.id, line);
            statement.texts().any(|text| signatures.iter().any(|one| seals(one, rules, text)))
        })
    })
}

/// The lists that the forge is asked about: those with a reviewer whose statement is not yet remembered, if the forge
/// is the evidence.
#[must_use]
pub fn unproven(files: &ListFiles, rules: &Rules, used: &BTreeSet<Digest>) -> BTreeSet<FilePath> {
    let register = &rules.register;
    if !matches!(register.evidence, Evidence::Forge(_)) {
        return BTreeSet::new();
    }
    let is_new = |review: &Review| {
        review
            .reviewed
            .iter()
            .any(|line| !review.statements(&register.id, line).digests().any(|digest| used.contains(&digest)))
    };
    let lists = files.lists().filter(|(path, bytes)| {
        parse::review(path, bytes, register).is_ok_and(|parsed| is_new(&parsed.review))
    });
    lists.map(|(path, _)| path.clone()).collect()
}
