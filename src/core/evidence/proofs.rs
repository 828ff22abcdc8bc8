//! Which signature of a file covers which of its statements, and the proof, or the lack of it, for one of them.
//!
//! Looked at once for the whole file: a signature covers one text, so the search for it ends at the first hit, and
//! begins where the one before it ended, since files are signed in the order of their entries.

use std::borrow::Cow;

use jiff::civil::Date;

use super::fingerprint::Fingerprint;
use super::lack::Lack;
use super::signature::Signature;
use super::signers::Signers;
use crate::model::PersonId;

/// How many pairs of a signature and a statement are tried for one file. Signatures in the order of their entries take
/// one each; a file made to cost time is not searched to its end, and what is not found is not proved.
const MOST_TRIED: usize = 2_000;

/// Proof that a statement is signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sealed {
    /// With which key.
    pub key: Fingerprint,
}

/// The signatures of a file beside its statements.
#[derive(Debug, Clone)]
pub struct Proofs<'a> {
    signatures: &'a [Signature],
    statements: Cow<'a, [String]>,
    /// For each signature the first statement it covers.
    covers: Vec<Option<usize>>,
}

impl<'a> Proofs<'a> {
    /// Looks at every signature once. `statements` are all that can be signed in the file.
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
        Self { signatures, statements, covers }
    }

    /// The signatures over one statement, in the order of the file, whatever their keys and namespaces.
    pub fn covering<'s>(&'s self, statement: &'s str) -> impl Iterator<Item = &'a Signature> + 's {
        let is_it = move |at: usize| self.statements.get(at).is_some_and(|covered| covered == statement);
        self.signatures
            .iter()
            .zip(&self.covers)
            .filter(move |(_, covers)| covers.is_some_and(is_it))
            .map(|(signature, _)| signature)
    }

    /// The signatures over none of the statements.
    pub fn stray(&self) -> impl Iterator<Item = &'a Signature> {
        self.signatures.iter().zip(&self.covers).filter(|(_, covers)| covers.is_none()).map(|(one, _)| one)
    }

    /// The proof that `by` signed this statement, one of those given, with a key that counts on each of the days.
    ///
    /// # Errors
    /// The most telling lack: of a signature over this statement that its key is revoked, before that it is outside
    /// its days, before that it is somebody else's, before that it is unknown, before that it is for another
    /// namespace; without any, that some signature covers nothing of the file; else that it is unsigned.
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
        Err(lack)
    }

    /// The key of the first signature over the statement in this namespace, whoever owns it: what a refusal sticks
    /// to besides the statement, so that new evidence is judged anew and waiting is not.
    #[must_use]
    pub fn sealed_by(&self, statement: &str, namespace: &str) -> Option<&'a Fingerprint> {
        self.covering(statement).find(|signature| signature.namespace == namespace).map(|one| &one.key)
    }
}

/// The key of the first signature over a single statement in this namespace, whoever owns it.
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
