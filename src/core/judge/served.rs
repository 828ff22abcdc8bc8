//! Finds the statements of a head that may have served before. The memory is asked about these, so a pass over few
//! files does not read every statement that was ever used. A statement serves once, no matter where in the register. So
//! it is looked up by its own digest, and not by the file it served in.
//!
//! The result may have more statements than a judgement asks about, but never fewer. Every statement that this folder
//! looks up in [`super::Used`] for a file of a person is found here.

use std::collections::BTreeSet;

use crate::change::{Exhibits, Head, HeadEntry, HeadFile};
use crate::model::{Digest, Facts};

use super::identified::reviewed;

/// The statements that may have served before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MayHaveServed {
    /// The statements about accesses.
    pub accesses: BTreeSet<Digest>,
    /// The statements and the reviews about what identifies people.
    pub identifying: BTreeSet<Digest>,
}

/// Returns these statements of a head, as the register with this id writes them.
#[must_use]
pub fn may_have_served(head: &Head, register: &str) -> MayHaveServed {
    let mut all = MayHaveServed::default();
    for (person, files) in &head.files {
        let said = files.values().filter_map(|file| match file {
            HeadFile::Says { facts, entries, exhibits, .. } => Some((facts, entries, &**exhibits)),
            HeadFile::Held { .. } | HeadFile::Gone => None,
        });
        let said: Vec<(&Facts, &Vec<HeadEntry>, &Exhibits)> = said.collect();
        for (facts, entries, _) in &said {
            all.accesses.extend(entries.iter().map(|entry| entry.grant.statement_digest(register)));
            let identifies = facts.identifying_digest(register, person);
            // A signature beside one file of a person may be about the facts in another file.
            for (_, _, exhibits) in &said {
                let claims = exhibits.signatures.iter().filter_map(|signature| signature.claim.as_ref());
                all.identifying.extend(claims.map(|claim| {
                    let statement = facts.person_statement(register, person, &claim.by, claim.on);
                    Digest::of(statement.as_bytes())
                }));
                all.identifying
                    .extend(exhibits.reviews.iter().map(|(review, _)| reviewed(&identifies, review)));
            }
        }
    }
    all
}
