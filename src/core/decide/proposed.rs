//! Changes of the protected files (policies, `register.yaml`, keys). An invalid change is refused as a whole. A valid
//! change is held until enough national administrators approve it. New rules are never used in the change that brings
//! them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Code, Finding, Place, Text, text};
use crate::evidence::Signers;
use crate::judge::Rules;
use crate::model::{Digest, Evidence, FilePath, PersonId, Register};
use crate::parse;
use crate::policy::Policies;
use crate::tree::Snapshot;
use crate::tree::{ALLOWED_SIGNERS, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES};

use super::consent::{Consent, Scales, consent, missed_findings, served_statements};

/// The rules that the tree would have in force.
#[derive(Debug)]
pub enum Proposed {
    /// The tree has the rules that are in force already.
    Same,
    /// The tree has other rules. They are valid and wait for approval.
    Held(Arc<Rules>),
    /// The tree has other rules. They are valid and approved by enough administrators, so they are in force after
    /// this pass. The statements are used up by that.
    Released(Arc<Rules>, Vec<Digest>),
    /// The tree has no rules that could be in force.
    Invalid,
}

impl Proposed {
    /// Returns the rules that must also permit a change, besides the rules in force.
    #[must_use]
    pub fn pending(&self) -> Option<&Arc<Rules>> {
        match self {
            Self::Held(rules) | Self::Released(rules, _) => Some(rules),
            Self::Same | Self::Invalid => None,
        }
    }
}

/// Reads the policies, the register and the keys of a snapshot.
///
/// # Errors
/// Gives all findings about the parts that are not valid.
pub fn rules_of(snapshot: &Snapshot) -> Result<Rules, Vec<Finding>> {
    rules_with(Policies::load(snapshot.policies()).map(Arc::new), snapshot)
}

/// Does the same with policies that are loaded already.
pub fn rules_with(
    policies: Result<Arc<Policies>, Vec<Finding>>,
    snapshot: &Snapshot,
) -> Result<Rules, Vec<Finding>> {
    let settings = snapshot.settings();
    let register = parse::register(&FilePath::new(REGISTER), &settings.register);
    // Without a valid register there is no time zone for the days of the keys. Other errors of the keys are still
    // reported.
    let zone = register.as_ref().map_or("UTC", |register| register.time_zone.as_str());
    let signers = Signers::parse(&settings.allowed_signers, &settings.revoked_keys, zone);
    let files = [(ALLOWED_SIGNERS, &settings.allowed_signers), (REVOKED_KEYS, &settings.revoked_keys)];
    let numbers: Vec<Finding> = files
        .into_iter()
        .flat_map(|(path, bytes)| parse::numbers_among_keys(&FilePath::new(path), bytes))
        .collect();
    let signers = if numbers.is_empty() { signers } else { Err(numbers) };
    match (policies, register, signers) {
        (Ok(policies), Ok(register), Ok(signers)) => {
            policies.fits(&register)?;
            let register = Arc::new(register);
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

/// Compares the rules that the tree would have in force with the accepted ones. If `refused` has findings, the rules
/// cannot be in force, and no approval is looked for.
#[must_use]
pub fn propose(
    proposed: Result<Arc<Rules>, Vec<Finding>>,
    accepted: &Rules,
    refused: Vec<Finding>,
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
    if !refused.is_empty() {
        findings.extend(refused);
        return (Proposed::Invalid, None);
    }
    let consent = consent(accepted, &rules, tree, scales);
    findings.extend(missed_findings(&consent));
    if consent.is_given() {
        // Statements that did not count are used up too. A person who comes into office later did not sign with that
        // office.
        let served = served_statements(&accepted.register.id, tree.settings(), &rules.policies_digest);
        return (Proposed::Released(rules, served.into_iter().collect()), Some(consent));
    }
    let (what, path) = match (
        rules.policies_digest == accepted.policies_digest,
        rules.settings_digest == accepted.settings_digest,
    ) {
        (false, true) => (text!(en: "the policies differ", nb: "tilgangsreglene avviker"), "policies"),
        (true, false) => (settings_words(accepted, &rules), REGISTER),
        _ => (
            text!(
                en: "the policies and the settings differ",
                nb: "tilgangsreglene og innstillingene avviker"
            ),
            "policies",
        ),
    };
    let digest = rules.digest;
    let message = text!(
        with what;
        en: "{what} from what is in force; the change waits under {digest}",
        nb: "{what} fra det som gjelder; endringen venter under {digest}"
    );
    let way_out = way_out(accepted, &rules, &consent);
    findings
        .push(Finding::new(Code::ProtectedChange, message, way_out).at(Place::file(&FilePath::new(path))));
    (Proposed::Held(rules), Some(consent))
}

/// Reports that the register requires no evidence. It is reported each time.
pub fn declared(register: &Register) -> Option<Finding> {
    (register.evidence == Evidence::Declared).then(|| {
        let message = text!(
            en: "this register takes approvals as they are written; nothing shows that anybody approved",
            nb: "dette registeret tar godkjenninger slik de er skrevet; ingenting viser at noen har godkjent"
        );
        let way_out = text!(
            en: "Write `evidence: signature` in `register.yaml` before real people have access by it.",
            nb: "Skriv `evidence: signature` i `register.yaml` før virkelige personer får tilgang med det."
        );
        Finding::new(Code::EvidenceDeclared, message, way_out)
    })
}

fn settings_words(accepted: &Rules, rules: &Rules) -> Text {
    match (accepted.register == rules.register, accepted.signers == rules.signers) {
        (false, true) => text!(en: "`register.yaml` differs", nb: "`register.yaml` avviker"),
        (true, false) => text!(en: "the keys differ", nb: "nøklene avviker"),
        (false, false) => {
            text!(en: "`register.yaml` and the keys differ", nb: "`register.yaml` og nøklene avviker")
        }
        (true, true) => text!(
            en: "`register.yaml` or a file of keys means the same as before and is written differently: it differs",
            nb: "`register.yaml` eller en nøkkelfil betyr det samme som før, men er skrevet annerledes: den avviker"
        ),
    }
}

fn way_out(accepted: &Rules, rules: &Rules, consent: &Consent) -> Text {
    let digest = rules.digest;
    let who = match consent.needed {
        1 => text!(
            en: "One national administrator who is not concerned approves it:",
            nb: "Én nasjonal administrator som saken ikke gjelder, godkjenner den:"
        ),
        _ => text!(
            en: "Two national administrators approve it:",
            nb: "To nasjonale administratorer godkjenner den:"
        ),
    };
    let how = match &accepted.register.evidence {
        Evidence::Signature => text!(
            en: "each with `portvakt approve --settings`.",
            nb: "hver med `portvakt approve --settings`."
        ),
        Evidence::Forge(_) => text!(
            en: "each by approving the merge request.",
            nb: "hver ved å godkjenne endringsforslaget."
        ),
        Evidence::Declared if consent.needed == 1 => text!(
            en: "`portvakt release {digest} --by A`.",
            nb: "`portvakt release {digest} --by A`."
        ),
        Evidence::Declared => text!(
            en: "`portvakt release {digest} --by A --by B`.",
            nb: "`portvakt release {digest} --by A --by B`."
        ),
    };
    let quoted = |people: &BTreeSet<PersonId>| {
        people.iter().map(|person| format!("`{person}`")).collect::<Vec<_>>().join(", ")
    };
    let so_far = if consent.by.is_empty() {
        Text::default()
    } else {
        let names = quoted(&consent.by);
        text!(en: "So far: {names}.", nb: "Så langt: {names}.")
    };
    let served = if consent.served.is_empty() {
        Text::default()
    } else {
        let names = quoted(&consent.served);
        text!(
            en: "The signatures of {names} have served before and count no more: delete `{SETTINGS_SIGNATURES}`, and sign anew on another day than then.",
            nb: "Signaturene til {names} er brukt før og teller ikke mer: slett `{SETTINGS_SIGNATURES}`, og signer på nytt en annen dag enn da."
        )
    };
    who.and(how).and(so_far).and(served).and(text!(
        en: "Until then the accepted ones stay in force.",
        nb: "Inntil da gjelder de som er godtatt."
    ))
}
