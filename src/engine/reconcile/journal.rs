//! Writes about each pass to the log and to the status.
//!
//! A finding is logged when it is new and when it has gone, not at every pass. What was accepted, given, taken away
//! and held is logged person by person. The log names people by id only. For a finding in a file, the log gives only
//! the kind and the place, because the text may quote the file.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portvakt_core::clock::Clock;
use portvakt_core::decide::SettingsWait;
use portvakt_core::diag::{Code, Finding, Severity};
use portvakt_core::model::{Digest, TrustId};
use portvakt_core::plan::Step;
use portvakt_core::review::Due;
use portvakt_core::store::StoreError;
use portvakt_sources::FetchError;

use super::origin::fetch_finding;
use super::reach::PassReach;
use super::schedule::Order;
use super::status::{
    AcceptedSnapshot, AccessCounts, Baseline, ClockState, CompletePass, FailedPass, FoundByPass, HoldsStatus,
    ReviewStatus, Status, StatusGrounds, Waits,
};
use super::tell;
use super::worker::FinishedPass;
use crate::apply::{Carried, Reported, Unreported};

/// Remembers what has already been logged.
#[derive(Debug)]
pub(super) struct Journal {
    clock: Clock,
    findings: BTreeSet<Finding>,
    failure: Option<Finding>,
    /// The text of the last fetch failure that was logged.
    fetch_failure: Option<String>,
    /// The texts of the failed steps that were reported for the last pass.
    failing: BTreeSet<String>,
    /// The sets that waited for a release after the last pass.
    waiting: BTreeSet<Digest>,
}

/// How many failed steps are logged one by one. A full disk makes all steps fail.
const TOLD: usize = 20;

/// Findings that only a whole pass makes. A pass over the changes says nothing about them.
const OF_THE_WHOLE: [Code; 12] = [
    Code::MemoryDiffers,
    Code::StoreIncomplete,
    Code::RoleLeft,
    Code::Drift,
    Code::ClosedByHand,
    Code::UnknownAccount,
    Code::Advice,
    Code::WouldBeDenied,
    Code::ReportsUnavailable,
    Code::ReportsOwed,
    Code::ReportOwnerUnknown,
    Code::ReportUnclear,
];

impl Journal {
    /// Returns a journal by this clock, with nothing logged so far.
    pub fn by(clock: Clock) -> Self {
        Self {
            clock,
            findings: BTreeSet::new(),
            failure: None,
            fetch_failure: None,
            failing: BTreeSet::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// Records a pass that finished.
    pub fn complete(&mut self, status: &mut Status, order: Order, done: &FinishedPass, took: Duration) {
        let (decided, carried) = (&done.passed.decided, &done.passed.carried);
        let now = self.clock.now();
        if self.failure.take().is_some() {
            tracing::info!("passes go through again");
        }
        let owed = carried.reports.failed.iter().map(Unreported::finding);
        self.findings(order, decided.findings.iter().cloned().chain(owed).collect());
        let reports = &carried.reports;
        if reports.accounts > 0 {
            let Reported { accounts, ended, addresses, .. } = reports;
            tracing::info!(accounts, ended, addresses, "reports in Rapporteket are in order");
        }
        self.failed_steps(&carried.failed);
        let files = done.passed.snapshot.count() as u64;
        status.last.complete = Some(CompletePass { ended: now, took, trigger: order.trigger, files });
        status.last.failed = None;
        status.last.accepted = Some(AcceptedSnapshot { digest: decided.tree.snapshot, at: now });
        status.position.followed.clone_from(&done.passed.followed);
        status.grounds = Self::grounds(done);
        let (settings, unproved) = match decided.unsettled.settings {
            SettingsWait::Nothing | SettingsWait::Refused(_) => (0, false),
            SettingsWait::Unapproved => (1, false),
            SettingsWait::Unproved => (1, true),
        };
        let ends = &decided.unsettled.ends_ahead;
        status.held = HoldsStatus {
            oldest: done.held.oldest,
            count: done.held.files_and_entries + settings,
            sets: done.held.removals.clone(),
            settings,
            unproved,
            ends_ahead: ends.len() as u64,
            oldest_end: ends.values().min().copied(),
        };
        for set in decided.unsettled.sets.iter().filter(|set| !self.waiting.contains(&set.digest)) {
            tell::log_waiting(set);
        }
        self.waiting = decided.unsettled.sets.iter().map(|set| set.digest).collect();
        decided.outcome.grants.iter().for_each(tell::log_accepted);
        let reviews = &decided.reviews;
        if let Some(due) = &reviews.due {
            let zone = &decided.clock.zone;
            let overtaken =
                |trust: &TrustId| reviews.overtaken.get(trust).map(Vec::as_slice).unwrap_or_default();
            let of = |(trust, due): (&TrustId, &Due)| {
                let lists = reviews.lists.get(trust).copied().unwrap_or_default();
                (trust.clone(), ReviewStatus::of(due, zone).having(overtaken(trust)).with_lists(lists))
            };
            // If no reviews are asked for, there is nothing to show.
            let asked = due.iter().filter(|(_, due)| due.due.is_some());
            status.reviews = asked.map(of).collect();
        }
        status.in_force = AccessCounts { people: done.people, rights: done.rights };
        status.found = self.found(carried);
        if done.effect.is_some() {
            status.last.effect = done.effect;
        }
        for step in succeeded(&decided.plan.steps, &carried.failed) {
            *status.since_start.steps.entry(step.effect.kind()).or_default() += 1;
            tell::done(step);
        }
        status.since_start.step_failures += carried.failed.len() as u64;
        status.since_start.passes += 1;

        let quiet = decided.plan.steps.is_empty() && decided.is_quiet();
        macro_rules! told {
            ($level:ident) => {
                tracing::$level!(
                    trigger = order.trigger.word(),
                    whole = order.reach == PassReach::Everything,
                    snapshot = %decided.tree.snapshot,
                    commit = done.passed.followed.as_ref().map(|followed| followed.at.id.as_str()),
                    commits_left = done.passed.followed.as_ref().map(|followed| followed.left),
                    files,
                    steps = decided.plan.steps.len(),
                    done = carried.done,
                    failed = carried.failed.len(),
                    holds = status.held.count,
                    removals_held = status.waiting(Waits::ToLeave).sets,
                    additions_held = status.waiting(Waits::ToCome).sets,
                    settings_held = status.held.settings,
                    findings = self.findings.len(),
                    took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    effect_s = done.effect.map(|effect| effect.as_secs_f64()),
                    "pass complete"
                )
            };
        }
        // Many changes of the tree have no effect. A pass without an effect is logged at debug level only.
        if quiet && order.reach == PassReach::Changes { told!(debug) } else { told!(info) }
    }

    /// Returns the grounds of the decisions, as this pass found or accepted them.
    fn grounds(done: &FinishedPass) -> StatusGrounds {
        let decided = &done.passed.decided;
        let rules = decided.released_rules.as_ref().map_or(&decided.rules, |(rules, _)| rules);
        StatusGrounds {
            baseline: Baseline::Accepted,
            clock: if decided.clock.is_suspect() { ClockState::Suspect } else { ClockState::Trusted },
            ledger: done.ledger,
            adopted: done.held.adopted,
            policies: Some(rules.policies_digest),
            evidence: Some(rules.register.evidence.kind()),
        }
    }

    /// Returns the findings of a pass by severity, and the work that it left open.
    fn found(&self, carried: &Carried) -> FoundByPass {
        let mut findings = BTreeMap::new();
        for finding in &self.findings {
            *findings.entry(finding.severity).or_default() += 1;
        }
        FoundByPass {
            findings,
            drift: self.count(|finding| matches!(finding.code, Code::Drift | Code::ClosedByHand)),
            steps_open: carried.failed.len() as u64,
            reports_owed: carried.reports.failed.len() as u64,
        }
    }

    /// Records a pass that had no baseline to judge against.
    pub fn no_baseline(&mut self, status: &mut Status, finding: Finding) {
        status.grounds.baseline = Baseline::Missing;
        self.say_once(finding, None);
    }

    /// Records a pass that did not finish.
    pub fn failed(&mut self, status: &mut Status, finding: Finding, retry: Option<Duration>) {
        let before = status.last.failed.as_ref().map_or(0, |failure| failure.in_a_row);
        let in_a_row = before.saturating_add(1);
        status.last.failed = Some(FailedPass { at: self.clock.now(), in_a_row, code: finding.code });
        status.since_start.passes_failed += 1;
        self.say_once(finding, retry);
    }

    /// Records the end of a fetch. It is logged when fetching starts to fail, fails in another way, or succeeds
    /// again.
    pub fn fetched(&mut self, status: &mut Status, fetched: Result<(), FetchError>) {
        let Some(fetch) = &mut status.position.fetch else { return };
        match fetched {
            Ok(()) => {
                if self.fetch_failure.take().is_some() {
                    tracing::info!("the branch is fetched again");
                }
                (fetch.last_good, fetch.failing) = (Some(self.clock.now()), None);
            }
            Err(error) => {
                let finding = fetch_finding(&error, fetch.last_good);
                (fetch.failing, fetch.failures) = (Some(finding.code), fetch.failures + 1);
                let words = error.to_string();
                if self.fetch_failure.as_ref() != Some(&words) {
                    say(&finding);
                    self.fetch_failure = Some(words);
                }
            }
        }
    }

    fn say_once(&mut self, finding: Finding, retry: Option<Duration>) {
        let retry_s = retry.map(|wait| wait.as_secs());
        if self.failure.as_ref() == Some(&finding) {
            tracing::debug!(code = %finding.code, retry_s, "still no pass");
            return;
        }
        let Finding { code, message, way_out, .. } = &finding;
        tracing::error!(%code, what = message.en(), way_out = way_out.en(), retry_s, "no pass");
        self.failure = Some(finding);
    }

    fn failed_steps(&mut self, failed: &[(Step, StoreError)]) {
        let mut failing = BTreeSet::new();
        // An attribute map that does not fit has a finding of its own.
        let misfit_told = self.findings.iter().any(|finding| finding.code == Code::StoreMisfit);
        let is_told = |why: &StoreError| misfit_told && matches!(why, StoreError::Unfit(_));
        let failed: Vec<&(Step, StoreError)> = failed.iter().filter(|(_, why)| !is_told(why)).collect();
        for (step, why) in failed.iter().take(TOLD) {
            let (person, kind) = (person_of_step(step), step.effect.kind().word());
            let words = format!("{person:?} {kind} {why}");
            if !self.failing.contains(&words) {
                tracing::error!(person, kind, %why, "a step did not succeed; it is tried again");
            }
            failing.insert(words);
        }
        if failed.len() > TOLD {
            tracing::error!(count = failed.len(), "steps did not succeed, of which the first were told");
        }
        self.failing = failing;
    }

    fn findings(&mut self, order: Order, mut now: BTreeSet<Finding>) {
        if order.reach == PassReach::Changes {
            now.extend(self.findings.iter().filter(|known| OF_THE_WHOLE.contains(&known.code)).cloned());
        }
        for finding in now.difference(&self.findings) {
            say(finding);
        }
        for finding in self.findings.difference(&now) {
            let place = finding.place.as_ref().map(|place| place.file.as_str());
            tracing::info!(code = %finding.code, file = place, "no longer found");
        }
        self.findings = now;
    }

    fn count(&self, which: impl Fn(&Finding) -> bool) -> u64 {
        self.findings.iter().filter(|finding| which(finding)).count() as u64
    }
}

/// Returns the steps that are not among the failed ones. Both lists are in the order in which the steps were
/// carried out.
fn succeeded<'a>(steps: &'a [Step], failed: &'a [(Step, StoreError)]) -> impl Iterator<Item = &'a Step> {
    let mut failed = failed.iter().map(|(step, _)| step).peekable();
    steps.iter().filter(move |step| failed.next_if(|next| next == step).is_none())
}

fn person_of_step(step: &Step) -> Option<&str> {
    step.person.as_ref().map(|person| person.as_str())
}

fn say(finding: &Finding) {
    let place = finding.place.as_ref();
    let file = place.map(|place| place.file.as_str());
    let line = place.map(|place| place.line);
    let (code, rules) = (finding.code, finding.rules.join(" "));
    // People need the digest in the message about a waiting change of the rules, so that message is logged in full.
    let plain = place.is_none() || matches!(code, Code::ProtectedChange | Code::ProofMissing);
    let what = if plain { finding.message.clone() } else { code.meaning() };
    let what = what.en();
    let way_out = if plain { finding.way_out.en() } else { "`portvakt plan` shows the line" };
    macro_rules! told {
        ($level:ident) => {
            tracing::$level!(%code, file, line, rules, what, way_out, "finding")
        };
    }
    match finding.severity {
        Severity::Fatal | Severity::Error => told!(error),
        Severity::Held => told!(warn),
        Severity::Advice => told!(info),
    }
}
