//! Finds which signature of a file covers which of its statements. From that it gives the proof of one statement, or
//! the reason why there is none.
//!
//! The search is done once for the whole file. A signature covers one text, so its search ends at the first hit. It
//! begins where the search before it ended, because files are signed in the order of their entries.

use std::borrow::Cow;

use jiff::civil::Date;

use super::fingerprint::Fingerprint;
use super::lack::Lack;
use super::sealed::Sealed;
use super::signature::Signature;
use super::signers::Signers;
use crate::model::PersonId;

/// The most pairs of a signature and a statement that are tried for one file. Signatures in the order of their
/// entries need one try each. A file made to cost time is not searched to its end, and a signature that is not found
/// proves nothing.
const MOST_TRIED: usize = 2_000;

/// The signatures of a file, with its statements.
#[derive(Debug, Clone)]
pub struct FileSignatures<'a> {
    signatures: &'a [Signature],
    statements: Cow<'a, [String]>,
    /// For each signature: the number of the first statement it covers.
    covers: Vec<Option<usize>>,
    /// Some pairs were not tried, so what was not found may be there.
    is_unsearched: bool,
}

impl<'a> FileSignatures<'a> {
    /// Checks every signature once. `statements` are all statements of the file that can be signed.
    #[must_use]
    pub fn of(signatures: &'a [Signature], statements: impl Into<Cow<'a, [String]>>) -> Self {
        let (mut next, mut tried, statements) = (0, 0, statements.into());
        let covers = signatures
            .iter()
            .map(|signature| {
                let order = (next..statements.len()).chain(0..next);
                let covers = |at: &usize| {
                    tried += 1;
                    tried <= MOST_TRIED
                        && statements.get(*at).is_some_and(|statement| signature.covers(statement.as_bytes()))
                };
                let found = order.into_iter().find(covers);
                next = found.map_or(next, |at| at + 1);
                found
            })
            .collect();
        Self { signatures, statements, covers, is_unsearched: tried > MOST_TRIED }
    }

    /// The signatures over one statement, in the order of the file, with any key and namespace.
    pub fn covering<'s>(&'s self, statement: &'s str) -> impl Iterator<Item = &'a Signature> + 's {
        let is_it = move |at: usize| self.statements.get(at).is_some_and(|covered| covered == statement);
        self.signatures
            .iter()
            .zip(&self.covers)
            .filter(move |(_, covers)| covers.is_some_and(is_it))
            .map(|(signature, _)| signature)
    }

    /// The signatures that cover none of the statements.
    pub fn stray(&self) -> impl Iterator<Item = &'a Signature> {
        self.signatures.iter().zip(&self.covers).filter(|(_, covers)| covers.is_none()).map(|(one, _)| one)
    }

    /// Returns the proof that `by` signed this statement with a key that counts on each of the days. The statement
    /// must be one of those given to `FileSignatures::of`.
    ///
    /// # Errors
    /// Returns the lack that says most. For a signature over this statement, the order is: its key is revoked, the
    /// key is outside its days, the key is another person's, the key is unknown, the signature is for another
    /// namespace. Without such a signature, the lack is that some signature covers nothing of the file, or else that
    /// the statement is unsigned.
    pub fn seek(
        &self,
        signers: &Signers,
        statement: &str,
        namespace: &str,
        by: &PersonId,
        days: &[Date],
    ) -> Result<Sealed, Lack> {
        let mut lack = Lack::Unsigned;
        for signature in self.covering(statement) {
            match signers.weigh_covering(signature, namespace, by, days) {
                Ok(sealed) => return Ok(sealed),
                Err(other) => lack = lack.or(other),
            }
        }
        for signature in self.stray() {
            lack = lack.or(Lack::SignedSomethingElse { key: signature.key.clone() });
        }
        match lack {
            Lack::Unsigned | Lack::SignedSomethingElse { .. } if self.is_unsearched => {
                Err(Lack::Unsearched { most: MOST_TRIED })
            }
            lack => Err(lack),
        }
    }

    /// The key of the first signature over the statement in this namespace, no matter who owns it. A refusal is tied
    /// to the statement and to this key. So new evidence is judged anew, and waiting changes nothing.
    #[must_use]
    pub fn sealed_by(&self, statement: &str, namespace: &str) -> Option<&'a Fingerprint> {
        self.covering(statement).find(|signature| signature.namespace == namespace).map(|one| &one.key)
    }
}

/// The key of the first signature over a single statement in this namespace, no matter who owns it.
#[must_use]
pub fn sealed_by<'a>(
    signatures: &'a [Signature],
    statement: &[u8],
    namespace: &str,
) -> Option<&'a Fingerprint> {
    signatures
        .iter()
        .find(|signature| signature.namespace == namespace && signature.covers(statement))
        .map(|signature| &signature.key)
}
