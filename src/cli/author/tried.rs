//! Judges a wish before the user has answered all questions. The user is told at once what no later answer can mend. If
//! the rules want another last day, the user is asked for one. The finished change is still judged as a whole.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_author::{ApplyingPerson, AskedAccess, ChangeDraft, JudgedChange, give, judge_change};
use portvakt_core::change::Field;
use portvakt_core::decide::{Nothing, Past};
use portvakt_core::diag::{Code, Finding, Severity, Text};
use portvakt_core::model::{Approval, FilePath, Identity, TrustId};
use portvakt_engine::reconcile::past::BranchPast;

use super::{Stop, Work, approval, cannot, meant};
use crate::cli::ask::{TRIES, Unanswered, nothing_was_written};
use crate::cli::output;

/// Returns the judgement of a draft, as its reviewer will see it.
pub(super) fn judged(work: &Work<'_>, draft: &ChangeDraft) -> Result<JudgedChange, Stop> {
    let repository = work.place.repository();
    let past = repository.as_ref().map(|(repository, tip)| BranchPast::new(repository, tip));
    let past = past.as_ref().map_or(&Nothing as &dyn Past, |past| past);
    let mut judged = judge_change(&work.desk, draft, past).map_err(|error| cannot(&error))?;
    // The user has just typed the last day and need not be told that it comes soon.
    judged.checked.findings.retain(|finding| finding.code != Code::EndsSoon);
    Ok(judged)
}

/// Returns the findings that keep a draft from being written. A finding about a file that does not exist yet names no
/// line.
pub(super) fn refused(draft: &ChangeDraft, judged: &JudgedChange) -> Vec<Finding> {
    let is_new = |path: &FilePath| draft.files.iter().any(|file| file.before.is_none() && file.path == *path);
    let stops = |finding: &&Finding| matches!(finding.severity, Severity::Fatal | Severity::Error);
    let mut refused: Vec<Finding> = judged.checked.findings.iter().filter(stops).cloned().collect();
    for finding in &mut refused {
        if finding.place.as_ref().is_some_and(|place| is_new(&place.file)) {
            finding.place = None;
        }
    }
    refused
}

/// Returns the findings that keep this access from being given, no matter who approves it and how they know the
/// person. They are the findings for the first person who may approve. If nothing can be tried, there are none, and the
/// judgement of the whole decides.
pub(super) fn whoever_approves(
    work: &Work<'_>,
    trust: &TrustId,
    applicant: &ApplyingPerson,
    asked: &AskedAccess,
) -> Vec<Finding> {
    let nobody = Approval { by: applicant.person.clone(), on: work.today(), identity: Identity::Known };
    let mut may = approval::may_approve(work, &asked.grants(trust, applicant, &nobody));
    may.sort_by_key(|person| work.me.as_ref() != Some(person));
    if may.is_empty() {
        // Nobody may approve it. The judgement says why, no matter which approver is named.
        may.extend(work.desk.known.register.appointments.first().map(|office| office.person.clone()));
    }
    let mut first = Vec::new();
    for by in may {
        let approval = Approval { by, ..nobody.clone() };
        let Ok(draft) = give(&work.desk, trust, applicant, asked, &approval) else { return Vec::new() };
        let Ok(judged) = judged(work, &draft) else { return Vec::new() };
        let refused = refused(&draft, &judged);
        if refused.is_empty() {
            return refused;
        }
        if first.is_empty() {
            first = refused;
        }
    }
    first
}

/// Returns whether another last day would mend what was found. The policy that decided says so.
pub(super) fn is_about_the_last_day(work: &Work<'_>, finding: &Finding) -> bool {
    let policies = &work.desk.rules.policies;
    let points_at = finding.policies.first().and_then(|id| policies.points_at(id));
    points_at.and_then(Field::of_word) == Some(Field::Until)
}

/// Returns the last day of an access. `tried` returns the findings that a last day would have. If another day would
/// mend them, the user at a terminal is shown the rule and asked again.
pub(super) fn ask_last_day(
    work: &Work<'_>,
    typed: Option<&str>,
    from: Date,
    tried: impl Fn(Option<Date>) -> Vec<Finding>,
) -> Result<Option<Date>, Stop> {
    ask_permitted_day(work, typed.is_some(), || meant::until(work, typed, from), tried)
}

/// Does the same where `ask` asks for the day. `is_typed` tells whether an option names it, so that it is not asked for
/// again.
pub(super) fn ask_permitted_day(
    work: &Work<'_>,
    is_typed: bool,
    ask: impl Fn() -> Result<Option<Date>, Unanswered>,
    tried: impl Fn(Option<Date>) -> Vec<Finding>,
) -> Result<Option<Date>, Stop> {
    if !work.ask.at_a_terminal() {
        return Ok(ask()?);
    }
    for _ in 0..TRIES {
        let until = ask()?;
        let refused = tried(until);
        if refused.is_empty() {
            return Ok(until);
        }
        if is_typed || !refused.iter().all(|finding| is_about_the_last_day(work, finding)) {
            return Err(Stop::Findings(refused));
        }
        let ids: BTreeSet<&String> = refused.iter().flat_map(|finding| &finding.policies).collect();
        let policies = &work.desk.rules.policies;
        let says: Vec<Text> = ids.into_iter().filter_map(|id| policies.says(id).cloned()).collect();
        output::tell(work.global, &Text::joined(says, " "));
    }
    Err(Unanswered(nothing_was_written()).into())
}
