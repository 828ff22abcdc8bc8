//! Checks statements that several people sign for themselves, each on their own day: settings and releases (R44).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::claim::Claim;
use super::lack::Lack;
use super::sealed::Sealed;
use super::signature::Signature;
use super::signers::Signers;
use crate::model::PersonId;

/// A signature that does not count, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The number of the line where its block begins.
    pub line: usize,
    /// The claim of the signature: the signer and the day.
    pub claim: Option<Claim>,
    /// The reason why it does not count.
    pub lack: Lack,
}

/// The people who signed, each person once, and the signatures that do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignedBy {
    /// The people who signed, each with the claimed day and the key.
    pub people: BTreeMap<PersonId, (Date, Sealed)>,
    /// The signatures that do not count, in the order of the file.
    pub missed: Vec<Missed>,
}

/// Checks each signature as that of the person its claim names. The statement is made from the claim. The key must
/// belong to that person and count on the day of signing and today. The day must not be after today, and at most
/// `most_days` before today. A person counts once, no matter how many keys they use.
#[must_use]
pub fn signed_by(
    signatures: &[Signature],
    statement_of: impl Fn(&PersonId, Date) -> String,
    signers: &Signers,
    namespace: &str,
    today: Date,
    most_days: i32,
) -> SignedBy {
    let mut signed = SignedBy::default();
    for signature in signatures {
        match weigh_signature(signature, &statement_of, signers, namespace, today, most_days) {
            Ok((by, on, sealed)) => {
                signed.people.entry(by).or_insert((on, sealed));
            }
            Err(lack) => {
                let claim = signature.claim.clone();
                signed.missed.push(Missed { line: signature.line, claim, lack });
            }
        }
    }
    signed
}

fn weigh_signature(
    signature: &Signature,
    statement_of: &impl Fn(&PersonId, Date) -> String,
    signers: &Signers,
    namespace: &str,
    today: Date,
    most_days: i32,
) -> Result<(PersonId, Date, Sealed), Lack> {
    let Some(Claim { by, on }) = signature.claim.clone() else {
        return Err(Lack::Unclaimed { key: signature.key.clone() });
    };
    let statement = statement_of(&by, on);
    let sealed = signers.weigh(signature, namespace, statement.as_bytes(), &by, &[on, today])?;
    if on > today {
        return Err(Lack::InFuture { on });
    }
    if on.until(today).map_or(i32::MAX, |span| span.get_days()) > most_days {
        return Err(Lack::TooOld { on, most_days });
    }
    Ok((by, on, sealed))
}
