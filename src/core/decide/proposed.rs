//! Changes of the protected files (policies, `register.yaml`, keys). An invalid change is refused as a whole. A valid
//! change is held until enough national administrators approve it. New rules are never used in the change that brings
//! them.

use std::sync::Arc;

use crate::diag::{Code, Finding, Place, Text, quoted, text};
use crate::evidence::Signers;
use crate::judge::{Rules, STATEMENT_DAYS};
use crate::model::{Digest, Evidence, FilePath, Register};
use crate::parse;
use crate::policy::Policies;
use crate::threads::both;
use crate::tree::{ALLOWED_SIGNERS, ATTRIBUTES, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES};
use crate::tree::{Odd, SettingsFiles, Snapshot};

use super::consent::{Consent, consent, missed_findings, served_statements};
use super::head::is_told_with_settings;
use super::proofs::{Lacking, lacking};
use super::requested::served_requests;
use super::scales::Scales;

/// The rules that the tree would have in force.
#[derive(Debug)]
pub enum Proposed {
    /// The tree has the rules that are in force already.
    Same,
    /// The tree has other rules. They are valid and wait for approval, or for the proof that the register asks for.
    Held(Arc<Rules>),
    /// The tree has other rules. They are valid, approved by enough administrators, and proved if the register asks for
    /// it, so they are in force after this pass. The statements are used up by that.
    Released(Arc<Rules>, Vec<Digest>),
    /// The tree has no rules that could be in force. The findings say why.
    Invalid(Vec<Finding>),
}

/// What the policies and the settings of a tree wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsWait {
    /// They wait for nothing: they are in force already, or from this pass on.
    Nothing,
    /// They cannot be in force, no matter who approves them. The findings say why.
    Refused(Vec<Finding>),
    /// They wait for as many administrators as must approve them, and perhaps also for a proof.
    Unapproved,
    /// They have their approval, and wait for the proof that the register asks for.
    Unproved,
}

impl SettingsWait {
    /// Returns what they wait for. `consent` is the approval that they have so far.
    pub(super) fn of(proposed: Proposed, consent: Option<&Consent>) -> Self {
        match proposed {
            Proposed::Same | Proposed::Released(..) => Self::Nothing,
            Proposed::Held(_) if consent.is_some_and(Consent::is_given) => Self::Unproved,
            Proposed::Held(_) => Self::Unapproved,
            Proposed::Invalid(mut findings) => {
                findings.sort();
                findings.dedup();
                Self::Refused(findings)
            }
        }
    }
}

impl Proposed {
    /// Returns the rules that must also permit a change, besides the rules in force.
    #[must_use]
    pub fn pending(&self) -> Option<&Arc<Rules>> {
        match self {
            Self::Held(rules) | Self::Released(rules, _) => Some(rules),
            Self::Same | Self::Invalid(_) => None,
        }
    }

    /// Returns the register that is in force after this pass.
    #[must_use]
    pub fn register_in_force<'a>(&'a self, accepted: &'a Rules) -> &'a Register {
        match self {
            Self::Released(new, _) => &new.register,
            Self::Same | Self::Held(_) | Self::Invalid(_) => &accepted.register,
        }
    }
}

/// Reads the policies of a snapshot. If something odd hides one of them, none is read, because the hidden one may be the
/// one that forbids an access.
///
/// # Errors
/// Returns the findings about the odd paths, or those of [`Policies::load`].
pub fn policies_of(snapshot: &Snapshot) -> Result<Arc<Policies>, Vec<Finding>> {
    let hiding = snapshot.odd().iter().filter(|odd| odd.hides_a_policy());
    let hidden: Vec<Finding> = hiding.map(hidden_policy).collect();
    if hidden.is_empty() { Policies::shared(snapshot.policies()) } else { Err(hidden) }
}

fn hidden_policy(odd: &Odd) -> Finding {
    let (path, what) = (&odd.path, odd.what.words());
    let message = if odd.is_of_git() {
        text!(
            with what;
            en: "`{path}` is {what}, and git may obey it, so the policies and settings here are not taken; those accepted last stay in force",
            nb: "`{path}` er {what}, og git kan følge den, så tilgangsreglene og innstillingene her brukes ikke; de som sist ble godtatt, gjelder fortsatt"
        )
    } else {
        text!(
            with what;
            en: "`{path}` is {what}, so the policies here are not read; those accepted last stay in force",
            nb: "`{path}` er {what}, så tilgangsreglene her leses ikke; de som sist ble godtatt, gjelder fortsatt"
        )
    };
    let code = if is_told_with_settings(odd) { Code::OddPath } else { Code::PoliciesInvalid };
    Finding::new(code, message, odd.way_out()).at(Place::file(&FilePath::new(path)))
}

/// Reads the policies, the register and the keys of a snapshot.
///
/// # Errors
/// Returns all findings about the parts that are not valid.
pub fn rules_of(snapshot: &Snapshot) -> Result<Rules, Vec<Finding>> {
    rules_beside(snapshot, |_| ()).map(|(rules, ())| rules)
}

/// Reads the rules of a snapshot. While the policies are loaded, `work` is done with the register, on another thread if
/// the tree may use one.
///
/// # Errors
/// The same as those of [`rules_of`].
pub(super) fn rules_beside<R>(
    snapshot: &Snapshot,
    work: impl FnOnce(&Register) -> R,
) -> Result<(Rules, R), Vec<Finding>> {
    let settings = snapshot.settings();
    let (policies, (signers, register)) = both(
        snapshot.threads(),
        || policies_of(snapshot),
        || {
            let register = parse::register(&FilePath::new(REGISTER), &settings.register);
            let signers = signers_of(settings, register.as_ref().ok());
            let worked = register.map(|register| (work(&register), register));
            (signers, worked)
        },
    );
    match (policies, register, signers) {
        (Ok(policies), Ok((worked, register)), Ok(signers)) => {
            policies.fits(&register)?;
            let register = Arc::new(register);
            Ok((Rules::new(policies, register, Arc::new(signers), settings), worked))
        }
        (policies, register, signers) => {
            let mut findings = policies.err().unwrap_or_default();
            findings.extend(register.err().unwrap_or_default());
            findings.extend(signers.err().unwrap_or_default());
            Err(findings)
        }
    }
}

/// Reads the keys. Without a valid register there is no time zone for their days. Other errors of the keys are still
/// reported.
fn signers_of(settings: &SettingsFiles, register: Option<&Register>) -> Result<Signers, Vec<Finding>> {
    let zone = register.map_or("UTC", |register| register.time_zone.as_str());
    let signers = Signers::parse(&settings.allowed_signers, &settings.revoked_keys, zone);
    let files = [(ALLOWED_SIGNERS, &settings.allowed_signers), (REVOKED_KEYS, &settings.revoked_keys)];
    let numbers: Vec<Finding> = files
        .into_iter()
        .flat_map(|(path, bytes)| parse::numbers_among_keys(&FilePath::new(path), bytes))
        .collect();
    if numbers.is_empty() { signers } else { Err(numbers) }
}

/// Finds characters that cannot be seen in the register and the lists of keys, comments included. Two people who release
/// them must have read what is written. The policies are searched when they are loaded.
pub fn hidden_in_settings(tree: &Snapshot) -> Vec<Finding> {
    let files = tree.settings().files().filter(|(path, _)| path.as_str() != SETTINGS_SIGNATURES);
    files.flat_map(|(path, bytes)| parse::hidden(&path, bytes)).collect()
}

/// Weighs rules that may be in force if enough people approve them.
#[must_use]
pub fn propose(
    rules: Arc<Rules>,
    accepted: &Rules,
    tree: &Snapshot,
    scales: &Scales<'_>,
    findings: &mut Vec<Finding>,
) -> (Proposed, Consent) {
    let consent = consent(accepted, &rules, tree, scales);
    findings.extend(missed_findings(&consent));
    let waits_for_proof = match lacking(accepted, &rules, scales.proofs) {
        Some(Lacking::Here(finding)) => {
            findings.push(finding);
            true
        }
        Some(Lacking::There(finding)) => {
            findings.push(finding);
            false
        }
        None => false,
    };
    if consent.is_given() && waits_for_proof {
        return (Proposed::Held(rules), consent);
    }
    if consent.is_given() {
        // Statements that did not count are used up too. A person who comes into office later did not sign with that
        // office.
        let mut served = served_statements(&accepted.register.id, tree.settings(), &rules.policies_digest);
        served.extend(served_requests(accepted, &rules, scales.reviews));
        return (Proposed::Released(rules, served.into_iter().collect()), consent);
    }
    let (what, path) = match (
        rules.policies_digest == accepted.policies_digest,
        rules.settings_digest == accepted.settings_digest,
    ) {
        (false, true) => (text!(en: "the policies differ", nb: "tilgangsreglene avviker"), "policies"),
        (true, false) if same_meaning(accepted, &rules) && accepted.attributes != rules.attributes => {
            (text!(en: "`.gitattributes` differs", nb: "`.gitattributes` avviker"), ATTRIBUTES)
        }
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
    (Proposed::Held(rules), consent)
}

/// Reports that the register requires no evidence. It is reported each time. `proposed` are the rules that the tree would
/// have in force.
pub fn declared(register: &Register, proposed: &Proposed) -> Option<Finding> {
    (register.evidence == Evidence::Declared).then(|| {
        let message = text!(
            en: "this register takes approvals as they are written; nothing shows that anybody approved",
            nb: "dette registeret tar godkjenninger slik de er skrevet; ingenting viser at noen har godkjent"
        );
        let asks = |rules: &Arc<Rules>| rules.register.evidence != Evidence::Declared;
        let way_out = match proposed {
            Proposed::Released(rules, _) if asks(rules) => text!(
                en: "From the next pass on the register asks for evidence.",
                nb: "Fra neste gjennomgang krever registeret bevis."
            ),
            Proposed::Held(rules) if asks(rules) => text!(
                en: "The change of `register.yaml` that asks for evidence waits for two national administrators.",
                nb: "Endringen av `register.yaml` som krever bevis, venter på to nasjonale administratorer."
            ),
            _ => Code::EvidenceDeclared.next(),
        };
        Finding::new(Code::EvidenceDeclared, message, way_out)
    })
}

fn same_meaning(accepted: &Rules, rules: &Rules) -> bool {
    accepted.register == rules.register && accepted.signers == rules.signers
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
            en: "each by approving the one merge request that brings all of it, at most {STATEMENT_DAYS} days ago. If it came in several, take it back and bring it in one.",
            nb: "hver ved å godkjenne det ene endringsforslaget som bringer alt, for høyst {STATEMENT_DAYS} dager siden. Kom det i flere, ta det tilbake og bring det i ett."
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
