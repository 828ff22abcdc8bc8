//! Changes of the protected files (policies, `register.yaml`, keys): refused whole when not valid, held until as many
//! national administrators as it takes stand behind them, and never used in the change that brings them.

use std::sync::Arc;

use crate::diag::{Code, Finding, Place};
use crate::judge::Rules;
use crate::evidence::Signers;
use crate::model::{Digest, Evidence, FilePath, Register};
use crate::parse;
use crate::policy::Policies;
use crate::source::{REGISTER, Snapshot};

use super::consent::{Consent, Scales, consent, missed_findings};

/// What the tree would have in force.
#[derive(Debug)]
pub enum Proposed {
    /// What is in force already.
    Same,
    /// Something else, valid, waiting for a release.
    Held(Arc<Rules>),
    /// Something else, valid and approved by as many as it takes: in force after this pass, with the statements that
    /// have served by that.
    Released(Arc<Rules>, Vec<Digest>),
    /// Nothing that could be in force.
    Invalid,
}

impl Proposed {
    /// The rules that must permit besides those in force.
    #[must_use]
    pub fn pending(&self) -> Option<&Arc<Rules>> {
        match self {
            Self::Held(rules) | Self::Released(rules, _) => Some(rules),
            Self::Same | Self::Invalid => None,
        }
    }
}

/// Reads policies, register and keys of a snapshot.
///
/// # Errors
/// What is wrong with either, all of it.
pub fn rules_of(snapshot: &Snapshot) -> Result<Rules, Vec<Finding>> {
    let policies = Policies::load(snapshot.policies());
    let settings = snapshot.settings();
    let register = parse::register(&FilePath::new(REGISTER), &settings.register);
    // Without a register there is no time zone to read the keys' days in; what else is wrong with them is told.
    let zone = register.as_ref().map_or("UTC", |register| register.time_zone.as_str());
    let signers = Signers::parse(&settings.allowed_signers, &settings.revoked_keys, zone);
    match (policies, register, signers) {
        (Ok(policies), Ok(register), Ok(signers)) => {
            policies.fits(&register)?;
            let (policies, register) = (Arc::new(policies), Arc::new(register));
            Ok(Rules::new(policies, register, Arc::new(signers), settings.digest()))
        }
        (policies, register, signers) => {
            let mut findings = policies.err().unwrap_or_default();
            findings.extend(register.err().unwrap_or_default());
            findings.extend(signers.err().unwrap_or_default());
            Err(findings)
        }
    }
}

/// Compares what the tree would have in force with what is.
#[must_use]
pub fn propose(
    proposed: Result<Arc<Rules>, Vec<Finding>>,
    accepted: &Rules,
    tree: &Snapshot,
    scales: &Scales<'_>,
    findings: &mut Vec<Finding>,
) -> (Proposed, Option<Consent>) {
    let rules = match proposed {
        Err(wrong) => {
            findings.extend(wrong);
            return (Proposed::Invalid, None);
        }
        Ok(rules) => rules,
    };
    if rules.digest == accepted.digest {
        return (Proposed::Same, None);
    }
    let consent = consent(accepted, &rules, tree, scales);
    findings.extend(missed_findings(&consent));
    if consent.is_given() {
        return (Proposed::Released(rules, consent.statements.clone()), Some(consent));
    }
    let (what, path) = match (
        rules.policies_digest == accepted.policies_digest,
        rules.settings_digest == accepted.settings_digest,
    ) {
        (false, true) => ("the policies differ", "policies"),
        (true, false) => (settings_words(accepted, &rules), REGISTER),
        _ => ("the policies and the settings differ", "policies"),
    };
    let message = format!("{what} from what is in force; the change waits under {}", rules.digest);
    let way_out = way_out(accepted, &rules, &consent);
    findings
        .push(Finding::new(Code::ProtectedChange, message, way_out).at(Place::file(&FilePath::new(path))));
    (Proposed::Held(rules), Some(consent))
}

/// Says that the register asks for no evidence: loudly, each time.
pub(super) fn declared(register: &Register) -> Option<Finding> {
    (register.evidence == Evidence::Declared).then(|| {
        let message = "this register takes approvals as they are written; nothing shows that anybody approved";
        let way_out = "Write `evidence: signature` in `register.yaml` before real people have access by it.";
        Finding::new(Code::EvidenceDeclared, message, way_out)
    })
}

fn settings_words(accepted: &Rules, rules: &Rules) -> &'static str {
    match (accepted.register == rules.register, accepted.signers == rules.signers) {
        (false, true) => "`register.yaml` differs",
        (true, false) => "the keys differ",
        (false, false) => "`register.yaml` and the keys differ",
        (true, true) => "`register.yaml` or the keys are written differently, and mean the same as before: they differ",
    }
}

fn way_out(accepted: &Rules, rules: &Rules, consent: &Consent) -> String {
    let so_far = match consent.by.len() {
        0 => String::new(),
        _ => {
            let names: Vec<String> = consent.by.iter().map(|person| format!("`{person}`")).collect();
            format!(" So far: {}.", names.join(", "))
        }
    };
    let who = match consent.needed {
        1 => "One national administrator who is not concerned approves it",
        _ => "Two national administrators approve it",
    };
    let how = match &accepted.register.evidence {
        Evidence::Signature => "each with `portvakt approve --settings`".to_owned(),
        Evidence::Forge(_) => "each by approving the merge request".to_owned(),
        Evidence::Declared if consent.needed == 1 => format!("`portvakt release {} --by A`", rules.digest),
        Evidence::Declared => format!("`portvakt release {} --by A --by B`", rules.digest),
    };
    format!("{who}: {how}.{so_far} Until then the accepted ones stay in force.")
}
