//! The proof of a whole set of policies, as a host remembers it, with the programs that proved it.
//!
//! The digest of the policies and promises identifies a set, together with the version of this program. The version
//! counts because a proof assumes facts that the program guarantees. So a proof is not valid for another set or for a
//! later program.

use serde::{Deserialize, Serialize};

use crate::model::{Digest, Hasher};

/// A proof that was made of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetProof {
    /// The digest of the set ([`proved_set`]).
    pub set: Digest,
    /// The digest of the policies with their promises.
    pub policies: Digest,
    /// The digest of what proved it: the bytes of the prover and of the solver, and what the solver reports about
    /// itself.
    pub prover: Digest,
    /// The version text of the solver.
    pub solver: String,
    /// The number of promises.
    pub promises: usize,
    /// The number of questions. Each had the right answer.
    pub questions: usize,
}

/// The digest that names a set of policies for its proof, in this version of the program.
#[must_use]
pub fn proved_set(policies: &Digest) -> Digest {
    let mut hasher = Hasher::new("portvakt proved set 1");
    hasher.part(env!("CARGO_PKG_VERSION").as_bytes()).part(policies.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_has_a_name_of_its_own_that_is_not_its_digest() {
        let [one, other] = [Digest::of(b"one"), Digest::of(b"other")];
        assert_eq!(proved_set(&one), proved_set(&one));
        assert_ne!(proved_set(&one), proved_set(&other));
        assert_ne!(proved_set(&one), one);
    }
}
