//! Finds the proof that the approver of an entry approved it, by the rules of one bench (law: *an approval is
//! evidence, not a word*).

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::change::{Head, HeadFile};
use crate::evidence::{FileSignatures, Lack, namespace};
use crate::model::{Digest, Evidence, ForgeApproval, Hasher, PersonId, Proof, TrustId};

use super::Rules;

/// The number of days after its date in which a statement is acceptable.
pub const STATEMENT_DAYS: i32 = 31;

/// The reason why nothing shows that the approver approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven {
    /// The signatures do not show it, or the approval may not serve any more.
    Lacking(Lack),
    /// The forge knows no approval of these bytes by this person.
    NotReviewed,
}

/// The exhibits of a file, with all its statements that can be signed.
pub(super) struct Exhibited<'h> {
    reviews: &'h [(ForgeApproval, BTreeSet<Digest>)],
    proofs: FileSignatures<'h>,
}

/// The exhibits of the files of a head. Each is put together when it is first needed.
#[derive(Default)]
pub(super) struct Shown<'h>(BTreeMap<(&'h PersonId, &'h TrustId), Exhibited<'h>>);

impl<'h> Shown<'h> {
    pub(super) fn of(
        &mut self,
        head: &'h Head,
        register: &str,
        person: &PersonId,
        trust: &TrustId,
    ) -> Option<&Exhibited<'h>> {
        let (person, files) = head.files.get_key_value(person)?;
        let (trust, file) = files.get_key_value(trust)?;
        let HeadFile::Says { facts, entries, exhibits, previously, .. } = file else { return None };
        Some(self.0.entry((person, trust)).or_insert_with(|| {
            let revoked = entries.iter().filter_map(|entry| {
                let revocation = entry.grant.revoked.as_ref()?;
                Some(entry.grant.key.revocation_statement(register, None, &revocation.by, revocation.on))
            });
            let approved = entries.iter().map(|entry| entry.grant.statement(register));
            let renamed = previously.iter().map(|before| before.statement(register, person, trust));
            // A signature about what identifies the person is not a signature of something else.
            let claims = exhibits.signatures.iter().filter_map(|signature| signature.claim.as_ref());
            let identified =
                claims.map(|claim| facts.person_statement(register, person, &claim.by, claim.on));
            let all = approved.chain(revoked).chain(renamed).chain(identified);
            // Without a signature there is nothing to look for in a statement.
            let statements: Vec<String> =
                if exhibits.signatures.is_empty() { Vec::new() } else { all.collect() };
            Exhibited {
                reviews: &exhibits.reviews,
                proofs: FileSignatures::of(&exhibits.signatures, statements),
            }
        }))
    }
}

/// A claim that a person approved or revoked something.
pub(super) struct ApprovalClaim<'a> {
    /// The statement they are said to have approved.
    pub(super) statement: &'a str,
    /// The person who is said to have approved.
    pub(super) by: &'a PersonId,
    /// The day on which they are said to have approved.
    pub(super) on: Date,
    /// The day of the judgement.
    pub(super) day: Date,
    /// Today's date in the register's time zone.
    pub(super) today: Date,
}

impl Exhibited<'_> {
    /// Returns the proof of a claim by these rules.
    pub(super) fn proves(&self, rules: &Rules, claim: &ApprovalClaim<'_>) -> Result<Proof, Unproven> {
        let proof = match &rules.register.evidence {
            Evidence::Declared => Proof::Declared,
            Evidence::Forge(_) => match self.review(claim.by, claim.statement) {
                Some(review) => Proof::Review { request: review.request, head: review.head.clone() },
                None => return Err(Unproven::NotReviewed),
            },
            Evidence::Signature => {
                let days = [claim.on, claim.day, claim.today];
                let namespace = namespace(&rules.register.id);
                let sealed = self
                    .proofs
                    .seek(&rules.signers, claim.statement, &namespace, claim.by, &days)
                    .map_err(Unproven::Lacking)?;
                Proof::Signature { key: sealed.key.to_string() }
            }
        };
        // An approval becomes too old, no matter which evidence shows it.
        let latest = claim.on.checked_add(STATEMENT_DAYS.days()).unwrap_or(Date::MAX);
        if latest < claim.today {
            return Err(Unproven::Lacking(Lack::TooOld { on: claim.on, most_days: STATEMENT_DAYS }));
        }
        Ok(proof)
    }

    /// Finds this person's review of the change that brought this statement.
    fn review(&self, by: &PersonId, statement: &str) -> Option<&ForgeApproval> {
        if self.reviews.is_empty() {
            return None;
        }
        let statement = Digest::of(statement.as_bytes());
        let is_it = |(review, brought): &&(ForgeApproval, BTreeSet<Digest>)| {
            review.by == *by && brought.contains(&statement)
        };
        self.reviews.iter().find(is_it).map(|(review, _)| review)
    }

    /// The digest a refusal is tied to: the statement with its signing key and its review, whether or not they count.
    pub(super) fn identity(&self, register: &str, statement: &str, by: &PersonId) -> Digest {
        let sealed = self.proofs.sealed_by(statement, &namespace(register)).map(ToString::to_string);
        let review = self.review(by, statement);
        if sealed.is_none() && review.is_none() {
            return Digest::of(statement.as_bytes());
        }
        let mut hasher = Hasher::new("portvakt statement with evidence");
        hasher.part(statement.as_bytes()).part(sealed.unwrap_or_default().as_bytes());
        if let Some(review) = review {
            hasher.part(&review.request.to_be_bytes()).part(review.head.as_bytes());
        }
        hasher.finish()
    }
}

/// The statements that have been used before: they were accepted, and another has replaced them since.
pub type Used = BTreeSet<Digest>;
