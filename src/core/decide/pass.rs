//! The one decision of a pass: [`decide`] is a function of its [`Case`].

use crate::change::Why;

use super::case::Case;
use super::decided::Decided;
use super::deliberate::deliberate;
use super::outcome::Deliberated;
use super::patience::Patience;
use super::trusted_day;
use super::weigh::held_finding;

/// Decides a case. The answer says what is to be written, and what absences have waited for so far.
#[must_use]
pub fn decide(case: Case<'_>) -> (Decided, Patience) {
    let mut deliberated = deliberate(case);
    tell(&mut deliberated);
    deliberated.close()
}

/// Tells people what waits, and what the clock has to do with it.
fn tell(deliberated: &mut Deliberated<'_>) {
    let Deliberated { circumstances, judged, waiting, findings, .. } = deliberated;
    let day = &circumstances.today;
    findings.extend(waiting.sets.iter().map(|set| {
        let finding = held_finding(set, &circumstances.rules);
        if day.is_suspect() && set.why == Why::Budget {
            trusted_day::after_the_date(finding)
        } else {
            finding
        }
    }));
    if day.is_suspect() {
        let finding = trusted_day::finding(circumstances.seen.now, circumstances.last.as_ref(), day);
        findings.push(if judged.changes.unjudged.is_empty() { finding } else { finding.held() });
    }
}
