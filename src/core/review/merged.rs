//! Collects what is known of the reviewers' statements besides the judgement. These are the merged statements, for a
//! check that has no memory, and the lists about which the forge must be asked.

use std::collections::BTreeSet;

use crate::evidence::{SignatureFile, namespace};
use crate::judge::Rules;
use crate::model::{Digest, Evidence, FilePath, Review};
use crate::parse::{self, ParsedReview};
use crate::tree::ListFiles;

/// Returns the digests of the proved statements in the lists of a tree, for a check. A merged statement counts as
/// accepted. The right of its signer was judged before the merge.
#[must_use]
pub fn merged(files: &ListFiles, rules: &Rules) -> BTreeSet<Digest> {
    let register = &rules.register;
    let mut accepted = BTreeSet::new();
    for (path, bytes) in files.lists() {
        let Ok(ParsedReview { review, .. }) = parse::review(path, bytes, register) else { continue };
        let signatures = SignatureFile::read(files.signatures(path)).signatures;
        for line in &review.reviewed {
            let statement = review.statements(&register.id, line);
            let sealed = |text: &&str| {
                signatures.iter().any(|signature| {
                    let holder = rules.signers.holder(&signature.key);
                    !rules.signers.revoked().contains(&signature.key)
                        && holder.is_none_or(|holder| *holder == line.by)
                        && signature.namespace == namespace(&register.id)
                        && signature.covers(text.as_bytes())
                })
            };
            if register.evidence != Evidence::Signature {
                accepted.insert(statement.digest());
            }
            accepted.extend(statement.texts().filter(sealed).map(|text| Digest::of(text.as_bytes())));
        }
    }
    accepted
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
