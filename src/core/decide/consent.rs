//! The approvals of a change of the protected files. They come from the statements beside the register, the reviews
//! of the forge, and the releases given on the host. Giving authority needs two of the base's national
//! administrators. Taking it away needs one who is not concerned (R44).

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::diag::{Code, Finding, Place, text};
use crate::evidence;
use crate::evidence::{ArmourFault, Missed, Signature, SignatureFile};
use crate::judge::left::administrators;
use crate::judge::{Authority, Rules, STATEMENT_DAYS};
use crate::model::{Appointment, Digest, Evidence, FilePath, PersonId, Register, SettingsDigests};
use crate::policy::Concerned;
use crate::tree::Snapshot;
use crate::tree::{SETTINGS_SIGNATURES, SettingsFiles};

use super::comments::{self, Taken};
use super::head::fault_finding;
use super::requested::reviewers_by_request;
use super::scales::Scales;

/// The approval that a change of the protected files has so far.
#[derive(Debug, Default)]
pub struct Consent {
    /// The administrators with a proven approval.
    pub by: BTreeSet<PersonId>,
    /// The number of approvals that are needed.
    pub needed: usize,
    /// The administrators with a signature that is present but already used up.
    pub served: BTreeSet<PersonId>,
    /// The signatures that do not count, with the reason.
    pub missed: Vec<Missed>,
    /// The parts of the signature file that are not read, with the reason.
    pub faults: Vec<ArmourFault>,
    /// Tells whether the change was released on the host.
    pub released: bool,
}

impl Consent {
    /// Tells whether the approval is enough.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.released || self.by.len() >= self.needed
    }
}

/// Weighs the approvals of a change from the accepted rules to the proposed ones.
#[must_use]
pub fn consent(accepted: &Rules, proposed: &Rules, tree: &Snapshot, scales: &Scales<'_>) -> Consent {
    let concerned = only_takes(accepted, proposed);
    let needed = administrators_needed(accepted, concerned.as_ref(), scales.authority);
    let mut consent =
        Consent { needed, released: scales.releases.contains(&proposed.digest), ..Consent::default() };
    let may = |person: &PersonId| {
        let approver = scales.authority.of(person);
        match &concerned {
            None => accepted.policies.may_release(&approver, Concerned::Another).allowed,
            Some(people) => {
                let concerned = if people.contains(person) { Concerned::Oneself } else { Concerned::Another };
                accepted.policies.may_suspend(&approver, concerned).allowed
            }
        }
    };
    match &accepted.register.evidence {
        Evidence::Forge(forge) => {
            let requests = reviewers_by_request(forge, [accepted, proposed], tree, scales);
            let counted = |people: BTreeSet<PersonId>| -> BTreeSet<PersonId> {
                people.into_iter().filter(|person| may(person)).collect()
            };
            // The approvals of several requests are not put together, because nobody has approved what they make together.
            consent.by = requests.into_values().map(counted).max_by_key(BTreeSet::len).unwrap_or_default();
        }
        Evidence::Signature | Evidence::Declared => {
            let register = &accepted.register.id;
            let digests = settings_digests(tree.settings(), &proposed.policies_digest);
            let statement = |person: &PersonId, on: Date| digests.statement(register, person, on);
            // Used signatures are set aside first, so that they do not hide a later signature of the same person.
            let SignatureFile { signatures, faults } = SignatureFile::read(&tree.settings().signatures);
            consent.faults = faults;
            let (served, fresh): (Vec<Signature>, Vec<Signature>) = signatures.into_iter().partition(|one| {
                one.claim.as_ref().is_some_and(|claim| {
                    scales.used.contains(&Digest::of(statement(&claim.by, claim.on).as_bytes()))
                })
            });
            let weigh = |signatures: &[Signature]| {
                evidence::signed_by(
                    signatures,
                    statement,
                    &accepted.signers,
                    &evidence::namespace(register),
                    scales.today,
                    STATEMENT_DAYS,
                )
            };
            let signed = weigh(&fresh);
            consent.missed = signed.missed;
            consent.by.extend(signed.people.into_keys().filter(|person| may(person)));
            consent.served.extend(weigh(&served).people.into_keys().filter(|person| may(person)));
        }
    }
    consent
}

/// Returns the number of administrators that approve a change of the rules (R44). It is one if the change only takes
/// something from these people, as [`only_takes`] tells, and leaves two administrators. Otherwise it is two.
#[must_use]
pub fn administrators_needed(
    accepted: &Rules,
    concerned: Option<&BTreeSet<PersonId>>,
    authority: &Authority,
) -> usize {
    match concerned {
        Some(people) if !leaves_too_few(accepted, people, authority) => 1,
        _ => 2,
    }
}

/// Tells whether taking authority from these people would leave fewer than two national administrators.
fn leaves_too_few(accepted: &Rules, people: &BTreeSet<PersonId>, authority: &Authority) -> bool {
    let before = administrators(accepted, authority);
    let after = before.difference(people).count();
    after < before.len() && after < 2
}

/// Returns the statements signed beside settings, whether or not they counted. Nobody may use a signature for the
/// same settings on the same day a second time.
#[must_use]
pub fn served_statements(register: &str, settings: &SettingsFiles, policies: &Digest) -> BTreeSet<Digest> {
    let digests = settings_digests(settings, policies);
    let claims = SignatureFile::read(&settings.signatures).signatures.into_iter().filter_map(|one| one.claim);
    claims.map(|claim| Digest::of(digests.statement(register, &claim.by, claim.on).as_bytes())).collect()
}

/// Returns the digests of the protected files, as a statement names them.
#[must_use]
pub fn settings_digests(settings: &SettingsFiles, policies: &Digest) -> SettingsDigests {
    SettingsDigests {
        register: Digest::of(&settings.register),
        policies: *policies,
        allowed_signers: Digest::of(&settings.allowed_signers),
        revoked_keys: Digest::of(&settings.revoked_keys),
        gitattributes: settings.attributes_digest(),
    }
}

/// Returns the people concerned, if a change only suspends appointments and takes keys away, with comments on those lines at most
/// (R44).
#[must_use]
pub fn only_takes(accepted: &Rules, proposed: &Rules) -> Option<BTreeSet<PersonId>> {
    if accepted.policies_digest != proposed.policies_digest || accepted.attributes != proposed.attributes {
        return None;
    }
    let appointments = suspended(&accepted.register, &proposed.register)?;
    let mut concerned = proposed.signers.only_takes_from(&accepted.signers)?;
    concerned.extend(appointments.iter().map(|held| held.person.clone()));
    let taken = Taken { appointments, signers: &accepted.signers };
    if comments::touches_other_lines(&accepted.settings, &proposed.settings, &taken) {
        return None;
    }
    // If the changed bytes mean the same, nothing is taken away. Then no person alone may change them.
    (!concerned.is_empty()).then_some(concerned)
}

/// Returns the appointments that are suspended, if nothing else differs.
fn suspended<'r>(before: &Register, after: &'r Register) -> Option<Vec<&'r Appointment>> {
    let mut expected = before.clone();
    let mut taken = Vec::new();
    if before.appointments.len() != after.appointments.len() {
        return None;
    }
    for (was, is) in expected.appointments.iter_mut().zip(&after.appointments) {
        if !was.suspended && is.suspended {
            was.suspended = true;
            taken.push(is);
        }
    }
    (expected == *after).then_some(taken)
}

/// Makes the findings about signatures that do not count.
pub fn missed_findings(consent: &Consent) -> Vec<Finding> {
    let path = FilePath::new(SETTINGS_SIGNATURES);
    let missed = consent.missed.iter().map(|missed| missed_finding(missed, &path));
    missed.chain(consent.faults.iter().map(|fault| fault_finding(&path, fault))).collect()
}

/// Makes the findings about the parts of the settings' signature file that are not read. They are told while the settings
/// are in force too, so that they are mended before the next change must be signed. A forge's register reads no such
/// file.
pub fn unread_signatures(tree: &Snapshot, register: &Register) -> Vec<Finding> {
    if matches!(register.evidence, Evidence::Forge(_)) {
        return Vec::new();
    }
    let path = FilePath::new(SETTINGS_SIGNATURES);
    let faults = SignatureFile::read(&tree.settings().signatures).faults;
    faults.iter().map(|fault| fault_finding(&path, fault)).collect()
}

fn missed_finding(missed: &Missed, path: &FilePath) -> Finding {
    let (line, why) = (missed.line, missed.lack.words());
    let who = missed.claim.as_ref().map_or_else(String::new, |claim| format!(" (`{}`)", claim.by));
    let message = text!(
        with why;
        en: "line {line}{who}: this signature under the settings does not count: {why}",
        nb: "linje {line}{who}: denne signaturen under innstillingene teller ikke: {why}"
    );
    Finding::new(Code::SignatureMalformed, message, missed.lack.way_out()).at(Place::file(path))
}
