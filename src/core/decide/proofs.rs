//! If the register in force has `proofs: required`, changed policies are held until the host remembers a proof of them.
//! Only the accepted register asks for it, never the proposed one. So a change cannot free itself from this condition.

use std::collections::BTreeSet;

use crate::diag::{Code, Finding, Place, text};
use crate::judge::Rules;
use crate::model::{Digest, FilePath};
use crate::proof::proved_set;

/// What is known of the proofs that were made on the host.
#[derive(Debug, Clone, Copy)]
pub enum KnownPolicyProofs<'a> {
    /// The host remembers proofs of these sets ([`proved_set`]), and of no others.
    Remembered(&'a BTreeSet<Digest>),
    /// It is not known what the host remembers, as in a check.
    Unknown,
}

/// The policies that a change would bring need a proof that is not known here.
pub enum Lacking {
    /// The host has none, so the change is held.
    Here(Finding),
    /// The host will ask for one. This is only reported.
    There(Finding),
}

/// Returns what is lacking if a proof is asked for and not known. Policies that are in force already need none.
pub fn lacking(accepted: &Rules, proposed: &Rules, proofs: KnownPolicyProofs<'_>) -> Option<Lacking> {
    let same = proposed.policies_digest == accepted.policies_digest;
    if accepted.register.proofs.is_none() || same {
        return None;
    }
    let (set, digest) = (proposed.policies_digest, proposed.digest);
    let place = Place::file(&FilePath::new("policies"));
    match proofs {
        KnownPolicyProofs::Remembered(sets) if sets.contains(&proved_set(&set)) => None,
        KnownPolicyProofs::Remembered(_) => {
            let message = text!(
                en: "this host remembers no proof of the changed policies {set}, and the register in force has `proofs: required`; the change waits under {digest}",
                nb: "denne maskinen husker ikke noe bevis for de endrede tilgangsreglene {set}, og registeret som gjelder, har `proofs: required`; endringen venter under {digest}"
            );
            let way_out = text!(
                en: "Run `portvakt release {digest}` on the host: it proves the promises and remembers the proof. Until then the accepted policies stay in force.",
                nb: "Kjør `portvakt release {digest}` på maskinen: den beviser løftene og husker beviset. Inntil da gjelder tilgangsreglene som er godtatt."
            );
            Some(Lacking::Here(Finding::new(Code::ProofMissing, message, way_out).at(place)))
        }
        KnownPolicyProofs::Unknown => {
            let message = text!(
                en: "the register has `proofs: required`: before the changed policies {set} are in force, the host asks for a proof that was made there, and a check cannot know of it",
                nb: "registeret har `proofs: required`: før de endrede tilgangsreglene {set} gjelder, krever maskinen et bevis som er laget der, og en kontroll kan ikke vite om det"
            );
            let way_out = text!(
                en: "See with `portvakt prove` whether they can be proved; the proof that counts is made by `portvakt release {digest}` on the host.",
                nb: "Se med `portvakt prove` om de lar seg bevise; beviset som teller, lages av `portvakt release {digest}` på maskinen."
            );
            let finding = Finding::new(Code::ProofMissing, message, way_out).at(place).advice();
            Some(Lacking::There(finding))
        }
    }
}
