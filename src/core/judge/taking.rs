//! Handles changes that take something away. They need no authority, but they are distinguished (R45). The person who
//! is named as revoking an access should be allowed to. If evidence shows that an administrator of the unit did it, the
//! budget does not hold the removal.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::change::{Base, ChangeSet, Field, Head, HeadFile, Removal};
use crate::diag::{Code, Finding, text};
use crate::model::{Evidence, Grant, GrantKey, PersonId, Proof};
use crate::policy::Act;

use super::besides::Whole;
use super::court::spots;
use super::proof::{ApprovalClaim, Shown};
use super::question::{Manner, question};
use super::{Authority, Court, Rules};

const REVOKE: Manner = Manner { act: Act::Revoke, spent: false, renewed: true, overdue: false };

pub(super) fn may_revoke(
    rules: &Rules,
    authority: &Authority,
    standing: &Grant,
    by: &PersonId,
    whole: &Whole,
) -> bool {
    rules.decide(&question(&rules.register, authority, standing, REVOKE, by, whole)).allowed
}

impl Court<'_> {
    /// Gives advice about `revoked` marks by people who may not revoke there, by any policy. The marks still take
    /// effect (R45).
    #[must_use]
    pub fn revokers(&self, changes: &ChangeSet, head: &Head) -> Vec<Finding> {
        let register = &self.rules.register;
        let mut findings = Vec::new();
        let marks = changes.takes.iter().filter_map(|take| Some((take, take.revocation.as_ref()?)));
        let mut authority = None;
        for (take, revocation) in marks {
            let Some(standing) = self.base.standing(&take.key) else { continue };
            let authority =
                authority.get_or_insert_with(|| Authority::on(register, self.base, &[self.today]));
            let whole = Whole::at(&self.rules.policies, self.base, &standing.grant, self.today);
            if may_revoke(self.rules, authority, &standing.grant, &revocation.by, &whole) {
                continue;
            }
            let by = &revocation.by;
            let message = text!(
                en: "`{by}` is no administrator for this access; it is taken back all the same",
                nb: "`{by}` er ikke administrator for denne tilgangen; den trekkes tilbake likevel"
            );
            let way_out = text!(
                en: "If it was not meant, the person sends a new application; a request is used once.",
                nb: "Var det ikke meningen, sender personen ny søknad; en søknad brukes én gang."
            );
            let finding = Finding::new(Code::RevokerNotEntitled, message, way_out);
            findings.push(match spots(head, &standing.grant) {
                Some(spots) => finding.at(spots.place(take.entry, Field::RevokedBy)),
                None => finding,
            });
        }
        findings
    }
}

/// Finds the explicit removals that have the evidence of an administrator of that unit. The evidence covers the
/// statement of the revocation, or of the entry with its earlier end. A register that asks for no evidence has none.
#[must_use]
pub fn witnesses(
    rules: &Rules,
    base: &Base,
    changes: &ChangeSet,
    head: &Head,
    today: Date,
) -> BTreeMap<GrantKey, Proof> {
    let mut proofs = BTreeMap::new();
    let explicit = |take: &&Removal| take.cause.is_written();
    if rules.register.evidence == Evidence::Declared || !changes.takes.iter().any(|take| explicit(&take)) {
        return proofs;
    }
    let authority = Authority::on(&rules.register, base, &[today]);
    let (mut shown, register) = (Shown::default(), &rules.register.id);
    for take in changes.takes.iter().filter(explicit) {
        let Some(standing) = base.standing(&take.key) else { continue };
        let Some(exhibited) = shown.of(head, register, &take.key.person, &take.trust) else { continue };
        let (statement, by, on) = match &take.revocation {
            Some(revocation) => {
                let statement = take.key.revocation_statement(register, None, &revocation.by, revocation.on);
                (statement, revocation.by.clone(), revocation.on)
            }
            None => {
                let Some(entry) = entry_removed(head, take) else { continue };
                (entry.statement(register), entry.approval.by.clone(), entry.approval.on)
            }
        };
        let claim = ApprovalClaim { statement: &statement, by: &by, on, day: today, today };
        let whole = Whole::at(&rules.policies, base, &standing.grant, today);
        if on <= today
            && may_revoke(rules, &authority, &standing.grant, &by, &whole)
            && let Ok(proof) = exhibited.proves(rules, &claim)
        {
            proofs.insert(take.key.clone(), proof);
        }
    }
    proofs
}

/// The entry of the head that a removal comes from.
fn entry_removed<'h>(head: &'h Head, take: &Removal) -> Option<&'h Grant> {
    let HeadFile::Says { entries, .. } = head.files.get(&take.key.person)?.get(&take.trust)? else {
        return None;
    };
    let number = take.entry?;
    entries.iter().find(|entry| entry.number == number).map(|entry| &entry.grant)
}
