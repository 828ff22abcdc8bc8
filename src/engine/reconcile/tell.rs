//! The lines of the log about single people: what was accepted, given and taken away, and what waits for which
//! people.
//!
//! People are named by their ids, rights by application, unit and role. Nothing else of a person is logged.

use portvakt_core::change::{Standing, Why};
use portvakt_core::diag::Lang;
use portvakt_core::plan::{Effect, HeldSet, Step, StepSubject};

/// Logs a step that was done.
pub(super) fn done(step: &Step) {
    let person = step.person.as_ref().map(|person| person.as_str());
    let account = match &step.subject {
        StepSubject::Account(id) => Some(id.as_str()),
        StepSubject::New(_) | StepSubject::Nobody => None,
    };
    match &step.effect {
        Effect::Lower { cause, revoke, close, end_subscriptions } => {
            for gone in revoke {
                let (right, why) = (&gone.right, gone.cause.words());
                tracing::info!(person, account, %right, why = why.get(Lang::En), "taken away");
            }
            if *close {
                let why = cause.words();
                tracing::info!(person, account, why = why.get(Lang::En), "account closed");
            }
            if !end_subscriptions.is_empty() {
                tracing::info!(
                    person,
                    account,
                    count = end_subscriptions.len(),
                    "report subscriptions ended"
                );
            }
        }
        Effect::Raise { grant } => {
            for given in grant {
                let (right, request) = (&given.right, &given.grant.request);
                tracing::info!(person, account, %right, %request, again = given.drift, "given");
            }
        }
        Effect::Amend { changed, .. } => {
            let what: Vec<String> = changed.iter().map(|it| it.words().en().to_owned()).collect();
            tracing::info!(person, account, what = what.join(", "), "amended");
        }
        Effect::Sweep { end_subscriptions } => {
            let count = end_subscriptions.len();
            tracing::info!(
                person,
                account,
                count,
                "address of a closed account cleared, report subscriptions ended"
            );
        }
        Effect::Settle { grants } => {
            for (key, cause) in grants {
                let (right, why) = (format!("{}/{}", key.application, key.unit), cause.words());
                tracing::info!(
                    person,
                    account,
                    right,
                    why = why.get(Lang::En),
                    "over; the store agrees already"
                );
            }
        }
    }
}

/// Logs an entry that was accepted: a new one, one that has changed, or one that is history.
pub(super) fn log_accepted(standing: &Standing) {
    let grant = &standing.grant;
    let (person, request, by) = (&grant.key.person, &grant.key.request, &grant.approval.by);
    let (right, from) = (grant.right(), grant.from);
    let until = grant.until.map(|day| day.to_string());
    tracing::info!(%person, %right, %request, %from, until, approved_by = %by, "accepted");
}

/// Logs a set that waits for a release.
pub(super) fn log_waiting(set: &HeldSet) {
    let HeldSet { digest, why, trust, people, .. } = set;
    let what = match why {
        Why::Additions => "new accesses wait",
        Why::Budget => "removals wait",
        _ => "something is missing, and nothing is taken away for it",
    };
    let people = people.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let trust = trust.as_ref().map(|trust| trust.as_str());
    let waits_for = "two national administrators (`portvakt release`), or the files to be mended";
    tracing::warn!(%digest, code = %why.code(), trust, people, waits_for, "{what}");
}
