//! Changes of the policies and of `register.yaml`: refused whole when not valid, held until two national
//! administrators release them, and never used in the change that brings them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Code, Finding, Place};
use crate::judge::Rules;
use crate::model::{Digest, FilePath};
use crate::parse;
use crate::policy::Policies;
use crate::source::{REGISTER, Snapshot};

/// What the tree would have in force.
#[derive(Debug)]
pub enum Proposed {
    /// What is in force already.
    Same,
    /// Something else, valid, waiting for a release.
    Held(Arc<Rules>),
    /// Something else, valid and released: in force after this pass.
    Released(Arc<Rules>),
    /// Nothing that could be in force.
    Invalid,
}

impl Proposed {
    /// The rules that must permit besides those in force.
    #[must_use]
    pub fn pending(&self) -> Option<&Arc<Rules>> {
        match self {
            Self::Held(rules) | Self::Released(rules) => Some(rules),
            Self::Same | Self::Invalid => None,
        }
    }
}

/// Reads policies and register of a snapshot.
///
/// # Errors
/// What is wrong with either, all of it.
pub fn rules_of(snapshot: &Snapshot) -> Result<Rules, Vec<Finding>> {
    let policies = Policies::load(snapshot.policies());
    let register = parse::register(&FilePath::new(REGISTER), snapshot.register());
    match (policies, register) {
        (Ok(policies), Ok(register)) => {
            policies.fits(&register)?;
            Ok(Rules::new(Arc::new(policies), Arc::new(register), snapshot.settings().digest()))
        }
        (policies, register) => {
            let mut findings = policies.err().unwrap_or_default();
            findings.extend(register.err().unwrap_or_default());
            Err(findings)
        }
    }
}

/// Compares what the tree would have in force with what is.
#[must_use]
pub fn propose(
    proposed: Result<Arc<Rules>, Vec<Finding>>,
    accepted: &Rules,
    releases: &BTreeSet<Digest>,
    findings: &mut Vec<Finding>,
) -> Proposed {
    let rules = match proposed {
        Err(wrong) => {
            findings.extend(wrong);
            return Proposed::Invalid;
        }
        Ok(rules) => rules,
    };
    if rules.digest == accepted.digest {
        return Proposed::Same;
    }
    if releases.contains(&rules.digest) {
        return Proposed::Released(rules);
    }
    let (what, path) = match (
        rules.policies_digest == accepted.policies_digest,
        rules.settings_digest == accepted.settings_digest,
    ) {
        (false, true) => ("the policies differ", "policies"),
        (true, false) => ("`register.yaml` differs", REGISTER),
        _ => ("the policies and `register.yaml` differ", "policies"),
    };
    let message = format!("{what} from what is in force; the change waits under {}", rules.digest);
    let way_out = format!(
        "Two national administrators release it: `portvakt release {} --by A --by B`. Until then the accepted ones stay in force.",
        rules.digest
    );
    findings
        .push(Finding::new(Code::ProtectedChange, message, way_out).at(Place::file(&FilePath::new(path))));
    Proposed::Held(rules)
}
