//! Puts together the facts for the policies. They are facts and not names, so a policy cannot tell one person from
//! another.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::evidence::Signers;
use crate::model::{Digest, Evidence, Grant, Hasher, PersonId, Register};
use crate::policy::{
    Access, Act, Advice, Applicant, Certainty, Decision, DecisionCache, Policies, PolicyQuestion,
    RequestFacts, Stay,
};

use crate::tree::SettingsFiles;

use super::Authority;
use super::besides::Whole;

/// The policies, register and keys that are accepted together. Changes are judged by them.
#[derive(Debug)]
pub struct Rules {
    /// The policies that decide.
    pub policies: Arc<Policies>,
    remembered: Arc<DecisionCache>,
    /// The register with which they are asked.
    pub register: Arc<Register>,
    /// The keys and their owners.
    pub signers: Arc<Signers>,
    /// The digest of the policy files.
    pub policies_digest: Digest,
    /// The digest of `register.yaml` and the keys beside it.
    pub settings_digest: Digest,
    /// The digest of the files `.gitattributes`, which is part of the settings' digest. It is `None` if there are none.
    pub attributes: Option<Digest>,
    /// The digest of both together.
    pub digest: Digest,
    /// The files that register and keys were read from.
    pub settings: SettingsFiles,
}

impl Rules {
    /// Puts policies, register and keys together. `settings` are the files that register and keys were read from.
    #[must_use]
    pub fn new(
        policies: Arc<Policies>,
        register: Arc<Register>,
        signers: Arc<Signers>,
        settings: &SettingsFiles,
    ) -> Self {
        let settings_digest = settings.digest();
        let policies_digest = policies.digest();
        let mut hasher = Hasher::new("portvakt rules");
        hasher.part(policies_digest.as_bytes()).part(settings_digest.as_bytes());
        Self {
            policies,
            remembered: Arc::default(),
            register,
            signers,
            policies_digest,
            settings_digest,
            attributes: settings.attributes_digest(),
            digest: hasher.finish(),
            settings: settings.clone(),
        }
    }

    /// Returns these rules with the memory of other rules. A verdict is found under everything it depends on, so
    /// sharing the memory is safe.
    #[must_use]
    pub fn remembering(self, other: &Self) -> Self {
        Self { remembered: Arc::clone(&other.remembered), ..self }
    }

    /// Whether the settings name a person: in an office, a key, an account of the forge or an adopted account.
    #[must_use]
    pub fn names(&self, person: &PersonId) -> bool {
        let register = &self.register;
        let forge = match &register.evidence {
            Evidence::Forge(settings) => settings.accounts.values().any(|known| known == person),
            Evidence::Signature | Evidence::Declared => false,
        };
        forge
            || register.appointments.iter().any(|appointment| appointment.person == *person)
            || register.adopted_accounts.values().any(|known| known == person)
            || self.signers.has_key_of(person)
    }

    /// Returns these rules with people under the ids they have now. A setting that names a former id means the person
    /// who had it.
    #[must_use]
    pub fn knowing(&self, renamed: &BTreeMap<PersonId, PersonId>) -> Self {
        Self {
            policies: Arc::clone(&self.policies),
            remembered: Arc::clone(&self.remembered),
            register: Arc::new(self.register.knowing(renamed)),
            signers: Arc::new(self.signers.knowing(renamed)),
            settings: self.settings.clone(),
            ..*self
        }
    }

    /// Returns these rules with another register, to find out what a slip in theirs leads to. They keep the digests of the files
    /// that were read, and are never in force.
    #[must_use]
    pub fn with_register(&self, register: Register) -> Self {
        Self {
            policies: Arc::clone(&self.policies),
            remembered: Arc::default(),
            register: Arc::new(register),
            signers: Arc::clone(&self.signers),
            settings: self.settings.clone(),
            ..*self
        }
    }

    /// The policies' decision on a question. Equal questions are evaluated once.
    #[must_use]
    pub fn decide(&self, question: &PolicyQuestion) -> Arc<Decision> {
        self.remembered.decide(&self.policies, &self.register, question)
    }

    /// The policies' advice on a question. Equal questions are evaluated once.
    #[must_use]
    pub fn advise(&self, question: &PolicyQuestion) -> Arc<Advice> {
        self.remembered.advise(&self.policies, &self.register, question)
    }
}

/// How a change relates to what was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) act: Act,
    pub(super) spent: bool,
    pub(super) renewed: bool,
    /// The review of the trust's user list is overdue by more than a month.
    pub(super) overdue: bool,
}

/// Makes the question for one entry and one approver. `whole` is what is reckoned on the result of the whole change.
pub(super) fn question(
    register: &Register,
    authority: &Authority,
    grant: &Grant,
    manner: Manner,
    approver: &PersonId,
    whole: &Whole,
) -> PolicyQuestion {
    let trust = register.trusts.get(&grant.trust);
    PolicyQuestion {
        action: manner.act,
        approver: authority.of(approver),
        access: Access {
            application: grant.key.application.clone(),
            unit: grant.key.unit,
            role: grant.role.clone(),
            applicant: Applicant {
                staff: grant.vouched.staff,
                employer: grant.vouched.employer.clone(),
                position: grant.vouched.position.clone(),
                offices: authority.of(&grant.key.person).offices,
                others: whole.others.clone(),
            },
        },
        circumstances: RequestFacts {
            own: authority.meant(approver) == authority.meant(&grant.key.person),
            request_spent: manner.spent,
            identity: Certainty::from(&grant.approval.identity),
            approval_renewed: manner.renewed,
            holders_after_change: whole.holders,
            most_holders: trust.map_or(0, |trust| trust.most_coordinators),
            own_coordinator: authority.has_coordinator(&grant.trust, &grant.key.person),
            stay: Stay::between(grant.from, grant.until),
            max_lis_months: register.max_lis_months,
            review_overdue: manner.overdue,
        },
    }
}
