//! Shows the status as Prometheus metrics. Ages are calculated at the moment of the scrape. If the daemon's loop
//! stops, the ages keep growing.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::Timestamp;
use portvakt_core::diag::{Lang, Severity};
use portvakt_core::model::EvidenceKind;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::status::{Baseline, ClockState, Status, StatusPatience, Waits, age};
use super::watch::Mode;

/// The name of the count of steps, here and on the page.
pub(super) const STEPS_DONE: &str = "Steps done since the start";

type Label = [(&'static str, &'static str); 1];

/// A number for each trust.
type ByTrust = Family<[(&'static str, String); 1], Gauge>;

/// Returns all metrics in the text format.
///
/// # Errors
/// None in practice: writing to memory does not fail.
pub fn metrics(status: &Status, now: Timestamp, patience: StatusPatience) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("portvakt");
    let mut number = |name: &str, help: &str, value: u64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    number(
        "ready",
        "1 when the register follows the tree",
        u64::from(status.unready(now, patience).is_empty()),
    );
    number("red", "Things somebody should do something about", status.red(now, patience).len() as u64);
    number(
        "baseline_missing",
        "1 while nothing has been accepted",
        u64::from(status.grounds.baseline == Baseline::Missing),
    );
    number(
        "clock_suspect",
        "1 while the date is not believed",
        u64::from(status.grounds.clock == ClockState::Suspect),
    );
    number(
        "watching",
        "1 when the system tells of changes, 0 when polling",
        u64::from(status.mode == Mode::Watching),
    );
    number("people", "People with access", status.in_force.people);
    number("rights", "Rights in force", status.in_force.rights);
    number("holds", "Files, entries and changes held", status.held.count);
    number("waiting", "Things that wait for somebody and are no fault", status.waits_for_somebody());
    number(
        "evidence_declared",
        "1 where the register takes approvals as they are written",
        u64::from(status.grounds.evidence == Some(EvidenceKind::Declared)),
    );
    let (leave, come) = (status.waiting(Waits::ToLeave), status.waiting(Waits::ToCome));
    number("removals_held", "Sets of removals that wait for a release", leave.sets);
    number("removals_held_people", "People whose removals wait for a release", leave.people);
    number("additions_held", "Sets of new accesses that wait for a release", come.sets);
    number("additions_held_people", "People whose new accesses wait for a release", come.people);
    number("settings_held", "1 while a change of the settings waits for a release", status.held.settings);
    number("drift", "Accounts found changed by hand in the last complete pass", status.found.drift);
    number("steps_open", "Steps that failed and are tried again", status.found.steps_open);
    number(
        "reports_owed",
        "Accounts whose reports in Rapporteket are still to be ended",
        status.found.reports_owed,
    );
    let files = status.last.complete.as_ref().map_or(0, |pass| pass.files);
    number("checked_files", "Person files in the last complete pass; 0 is wrong", files);
    let followed = status.position.followed.as_ref();
    let left = followed.map_or(0, |followed| followed.left);
    number("commits_waiting", "Commits of the branch not judged yet", left as u64);
    number(
        "history_refused",
        "1 while the branch does not follow from what was accepted",
        u64::from(followed.is_some_and(|followed| followed.refused.is_some())),
    );
    if let Some(lease) = &status.position.lease {
        let leading = u64::from(lease.hold.epoch().is_some());
        number("leading", "1 while this program is the one that writes to the register", leading);
    }
    if let Some(fetch) = &status.position.fetch {
        number("fetch_failing", "1 while nothing can be fetched", u64::from(fetch.failing.is_some()));
    }

    let mut seconds = |name: &str, help: &str, value: Duration| {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value.as_secs_f64());
        registry.register_with_unit(name, help, Unit::Seconds, gauge);
    };
    // Something that has never happened is as old as the program. So an alert on the age also covers the case that
    // it never happened.
    let since = |then: Option<Timestamp>| age(then.unwrap_or(status.started), now);
    let pass = status.last.complete.as_ref();
    let ended = pass.map(|pass| pass.ended);
    seconds("last_complete_pass_age", "Since the last complete pass, or the start", since(ended));
    let took = pass.map(|pass| pass.took).unwrap_or_default();
    seconds("last_complete_pass_duration", "How long it took", took);
    let accepted = status.last.accepted.as_ref().map(|accepted| accepted.at);
    seconds("last_accepted_snapshot_age", "Since a snapshot was accepted, or the start", since(accepted));
    let hold = status.held.oldest.map(|then| age(then, now)).unwrap_or_default();
    seconds("oldest_hold_age", "Of the oldest hold; 0 when nothing is held", hold);
    let effect = status.last.effect.unwrap_or_default();
    seconds("last_effect", "From the last change that was noticed to the rows it changed", effect);
    if let Some(followed) = followed {
        let head = age(followed.tip.time, now);
        seconds("head_age", "Of the newest commit of the branch, by its own date", head);
    }
    if let Some(fetch) = &status.position.fetch {
        seconds("last_fetch_age", "Since a fetch succeeded, or the start", fetch.age(now));
    }
    seconds("progress_age", "Since the last sign of life of the loop", since(Some(status.progress)));
    seconds("uptime", "Since the start", since(None));

    let findings = Family::<Label, Gauge>::default();
    for severity in Severity::ALL {
        let count = status.findings_of(severity);
        findings
            .get_or_create(&[("severity", severity.word(Lang::En))])
            .set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("findings", "Findings of the last complete pass", findings);
    if !status.reviews.is_empty() {
        let states = Family::<[(&'static str, String); 2], Gauge>::default();
        let (days, open, unclosed) = (ByTrust::default(), ByTrust::default(), ByTrust::default());
        for (trust, review) in &status.reviews {
            let state = review.state.as_str().to_owned();
            states.get_or_create(&[("trust", trust.to_string()), ("state", state)]).set(1);
            if let Some(left) = review.days_left(now) {
                days.get_or_create(&[("trust", trust.to_string())]).set(left);
            }
            if let Some(since) = review.days_open(now) {
                open.get_or_create(&[("trust", trust.to_string())]).set(since);
            }
            let count = i64::try_from(review.unclosed()).unwrap_or(i64::MAX);
            unclosed.get_or_create(&[("trust", trust.to_string())]).set(count);
        }
        registry.register("review_state", "1 for the state of the review of each trust's user list", states);
        registry.register("review_due_days", "Days until the review is late; below 0 when it is", days);
        registry.register("review_open_days", "Days since a list was made that waits for answers", open);
        registry.register("review_unclosed", "Reviews that are answered and not closed", unclosed);
    }
    let steps = Family::<Label, Counter>::default();
    for (kind, count) in &status.since_start.steps {
        steps.get_or_create(&[("kind", kind.word())]).inc_by(*count);
    }
    registry.register("steps", STEPS_DONE, steps);
    let mut counter = |name: &str, help: &str, value: u64| {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    };
    counter("passes", "Passes completed since the start", status.since_start.passes);
    counter("passes_failed", "Passes not completed since the start", status.since_start.passes_failed);
    if let Some(fetch) = &status.position.fetch {
        counter("fetch_failures", "Fetches that failed since the start", fetch.failures);
    }
    counter("step_failures", "Steps that failed since the start", status.since_start.step_failures);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
