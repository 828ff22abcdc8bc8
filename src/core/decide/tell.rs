//! Collects the findings beside the verdicts, for a pass and for a check alike.

use jiff::civil::Date;

use crate::change::Base;
use crate::diag::{Code, Finding};
use crate::evidence::SignatureFile;
use crate::judge::{Occupancy, would_be_denied};
use crate::model::GrantKey;
use crate::review;

use super::case::{Case, EntryQuestion};
use super::gather::GatheredChanges;
use super::not_yet::{as_settings_wait, of_head_as_settings_wait};
use super::proposed::Proposed;
use super::reckon::Reckoned;
use super::rejections::faults;
use super::remarks::{at_closed_units, gives_nothing, ignored_of_somebody, revoked_ahead};
use super::unclear_marks::unclear_marks;
use super::verdicts::Verdicts;

/// Takes the findings from before the changes were looked at: from the reading of the case, from the settling of the
/// rules, and from the memory.
pub fn before_the_changes(case: &mut Case<'_>) -> Vec<Finding> {
    let mut findings = std::mem::take(&mut case.findings);
    findings.append(&mut case.change.findings);
    if let (Proposed::Released(new, _), Some(everybody)) = (&case.change.proposed, &case.known.everybody) {
        // Accepted access is not judged again. Access that the new rules would deny is listed once, when they come into
        // force.
        findings.extend(would_be_denied(&case.rules, new, everybody, case.today.day));
    }
    findings.extend(case.known.distrust.findings());
    findings
}

/// Returns what was found of the changes. `base` is the accepted state after them, and `occupied` how many people each
/// trust had before, if everybody is looked at.
pub fn of_the_changes(
    case: &Case<'_>,
    (base, occupied): (&Base, Option<&Occupancy>),
    (gathered, verdicts, reckoned): (&GatheredChanges, &Verdicts, &Reckoned),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (rules, today, takes) = (&case.rules, case.today.day, &reckoned.takes);
    if let Some(before) = occupied {
        let goes = |key: &GrantKey| takes.get(key).is_some_and(|removal| removal.is_over(today));
        findings.extend(Occupancy::after(rules, base, today, goes).advice(rules, before));
        let register = case.change.proposed.pending().map_or(&rules.register, |new| &new.register);
        let reviewed =
            as_settings_wait(&verdicts.reviewed.findings, &case.change, &rules.register).into_iter();
        match case.question {
            EntryQuestion::Today => {
                findings.extend(at_closed_units(base, register, |key| takes.contains_key(key), today));
                findings.extend(reviewed);
            }
            EntryQuestion::Ever { .. } => findings.extend(reviewed.map(of_long_ago)),
        }
        findings.extend(ignored_of_somebody(base, register));
        let leaves = |key: &GrantKey| takes.get(key).map(|removal| removal.until.unwrap_or(Date::MIN));
        findings.extend(review::open_answers(&verdicts.reviewed, base, &rules.register, leaves, today).1);
        findings.extend(as_settings_wait(&verdicts.rejected.findings, &case.change, &rules.register));
        findings.extend(faults(case.seen.snapshot.requests(), SignatureFile::read_of_a_list));
        findings.extend(faults(case.seen.snapshot.reviews(), SignatureFile::read));
    }
    findings.extend(gives_nothing(&case.head, &gathered.changes, case.question.when(), today));
    findings.extend(revoked_ahead(&case.head, today));
    if matches!(case.question, EntryQuestion::Today) {
        findings.extend(unclear_marks(&case.head, base, takes, today));
    }
    findings.extend(of_head_as_settings_wait(&case.head, &case.change, &rules.register));
    findings.extend(gathered.disagreement.findings.iter().cloned());
    findings.extend(verdicts.judgement.advice.iter().cloned());
    findings.extend(reckoned.accepted.findings.iter().cloned());
    findings.extend(reckoned.weighed.drawn.findings.iter().cloned());
    findings
}

/// A review in a tree by itself may have been accepted long ago, so a reviewer who has no authority today is only advice.
fn of_long_ago(finding: Finding) -> Finding {
    match finding.code {
        Code::ReviewerNotEntitled => finding.advice(),
        _ => finding,
    }
}
