//! What the daemon shows of itself: one value, replaced after every pass.
//!
//! Silence is a failure: whatever has not happened is as red as what went wrong, a check of nothing included.
//! Counts, digests and ages only; no paths and no texts from files, for the name of a file is a person's id.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::database::Hold;
use crate::diag::{Code, Lang, Noun, Severity, Text, text};
use crate::model::Digest;

use super::origin::Followed;
use super::watch::Mode;

/// How old things may be before they are red.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between two signs of life of the loop.
    pub progress: Duration,
    /// Since the last complete pass.
    pub pass: Duration,
    /// That something may be held.
    pub hold: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { progress: Duration::from_secs(300), pass: Duration::from_secs(900), hold: hours(72) }
    }
}

/// Whether something has been accepted that changes can be judged against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// Not yet: nothing is written.
    Missing,
    /// Yes.
    Accepted,
}

/// Whether the date is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockState {
    /// Yes.
    Trusted,
    /// It has jumped: end dates count against the removal budget until somebody confirms the date.
    Suspect,
}

/// Whether the ledger is what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Yes, as far as the last pass has followed it.
    Holds,
    /// Somebody has changed it: nothing is given.
    Broken,
}

/// A pass that went through to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletePass {
    /// When it ended.
    pub ended: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What woke it, in the fixed words of [`super::schedule::Trigger`].
    pub trigger: &'static str,
    /// How many person files the tree had.
    pub files: u64,
}

/// A snapshot that was judged and accepted, wholly or but for its holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedSnapshot {
    /// Its digest.
    pub digest: Digest,
    /// When it was accepted.
    pub at: Timestamp,
}

/// The branch that is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchStatus {
    /// Between two fetches.
    pub every: Duration,
    /// Since when it is tried.
    pub since: Timestamp,
    /// The last fetch that succeeded.
    pub last_good: Option<Timestamp>,
    /// What the last fetch said, if it failed; the words stand in the log.
    pub failing: Option<Code>,
    /// Fetches that failed since the start.
    pub failures: u64,
}

impl FetchStatus {
    /// Nothing has been fetched yet.
    #[must_use]
    pub fn begun(every: Duration, since: Timestamp) -> Self {
        Self { every, since, last_good: None, failing: None, failures: 0 }
    }

    /// How old what is known of the remote is.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        age(self.last_good.unwrap_or(self.since), now)
    }
}

/// Who may write to a register that several programs share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseStatus {
    /// Who.
    pub hold: Hold,
    /// Since when that is so, as this program knows it.
    pub since: Timestamp,
}

/// A pass that was not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedPass {
    /// When.
    pub at: Timestamp,
    /// Why; the words stand in the log.
    pub code: Code,
}

/// What it is that waits for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// More people would lose something than the budget allows.
    Losses,
    /// More people would be given something than the budget allows.
    Gains,
    /// Something is missing from the files and is not taken for taken out.
    Missing,
}

/// Something that waits for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRemovals {
    /// What it is.
    pub what: Waiting,
    /// What `portvakt release` is given.
    pub digest: Digest,
    /// How many people it is about.
    pub people: u64,
}

/// The daemon at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// When the program started.
    pub started: Timestamp,
    /// The last sign of life of the loop, pass or no pass.
    pub progress: Timestamp,
    /// How changes are noticed.
    pub mode: Mode,
    /// Whether there is something to judge against.
    pub baseline: Baseline,
    /// Whether the date is believed.
    pub clock: ClockState,
    /// Whether the ledger is what was written.
    pub ledger: Record,
    /// What an older version remembered and was taken over, until two have said that they have seen it.
    pub adopted: Option<Digest>,
    /// The last pass that was completed.
    pub last_pass: Option<CompletePass>,
    /// The last pass that was not, if no complete one came after it.
    pub last_failure: Option<FailedPass>,
    /// The last snapshot accepted.
    pub accepted: Option<AcceptedSnapshot>,
    /// Where the last complete pass stood on the branch it follows, where it follows one.
    pub followed: Option<Followed>,
    /// How fetching goes, where something is fetched.
    pub fetch: Option<FetchStatus>,
    /// Who may write, where several programs share the register.
    pub lease: Option<LeaseStatus>,
    /// The policies in force.
    pub policies: Option<Digest>,
    /// What approvals are evidenced by, in the register's own word.
    pub evidence: Option<&'static str>,
    /// Since when the oldest hold stands.
    pub oldest_hold: Option<Timestamp>,
    /// People with access.
    pub people: u64,
    /// Rights in force.
    pub rights: u64,
    /// Findings of the last complete pass.
    pub findings: BTreeMap<Severity, u64>,
    /// Files, entries and changes held.
    pub holds: u64,
    /// Removals that wait for a release.
    pub removals_held: Vec<HeldRemovals>,
    /// Accounts found changed by hand in the last complete pass.
    pub drift: u64,
    /// From the last change that was noticed to the rows it changed (R30, R32); since the file was first missed
    /// where a file is gone.
    pub effect: Option<Duration>,
    /// Steps done since the start, by kind in fixed words.
    pub steps: BTreeMap<&'static str, u64>,
    /// Steps that failed since the start.
    pub step_failures: u64,
    /// Steps of the last complete pass that failed and are tried again.
    pub steps_open: u64,
    /// Accounts whose reports in Rapporteket are still to be ended, after the last pass.
    pub reports_owed: u64,
    /// Passes completed since the start.
    pub passes: u64,
    /// Passes not completed since the start.
    pub passes_failed: u64,
}

impl Status {
    /// A daemon that has just started and done nothing: not ready.
    #[must_use]
    pub fn started(at: Timestamp) -> Self {
        Self {
            started: at,
            progress: at,
            mode: Mode::Polling { why: "the watches are being set up".to_owned() },
            baseline: Baseline::Missing,
            clock: ClockState::Trusted,
            ledger: Record::Holds,
            adopted: None,
            last_pass: None,
            last_failure: None,
            accepted: None,
            followed: None,
            fetch: None,
            lease: None,
            policies: None,
            evidence: None,
            oldest_hold: None,
            people: 0,
            rights: 0,
            findings: BTreeMap::new(),
            holds: 0,
            removals_held: Vec::new(),
            drift: 0,
            effect: None,
            steps: BTreeMap::new(),
            step_failures: 0,
            steps_open: 0,
            reports_owed: 0,
            passes: 0,
            passes_failed: 0,
        }
    }

    /// Why the daemon should be restarted; `None` while its loop makes progress.
    #[must_use]
    pub fn stuck(&self, now: Timestamp, patience: Patience) -> Option<Text> {
        let age = age(self.progress, now);
        let seconds = age.as_secs();
        (age > patience.progress).then(|| {
            text!(
                en: "no sign of life of the loop for {seconds} s",
                nb: "ingen livstegn fra tjenestens løkke på {seconds} s"
            )
        })
    }

    /// Why nobody should rely on the register following the tree; empty when all is well enough.
    #[must_use]
    pub fn unready(&self, now: Timestamp, patience: Patience) -> Vec<Text> {
        let mut why = Vec::new();
        match self.lease.as_ref().map(|lease| &lease.hold) {
            None | Some(Hold::Leading { .. }) => {}
            // Another one does it, and tells of it.
            Some(Hold::Standby { .. }) => return why,
            Some(Hold::Unknown { why: said }) => {
                why.push(text!(
                    en: "the database does not say who writes to the register: {said}",
                    nb: "databasen sier ikke hvem som skriver til registeret: {said}"
                ));
                return why;
            }
        }
        if self.baseline == Baseline::Missing {
            why.push(text!(
                en: "no baseline has been accepted: nothing is written",
                nb: "ikke noe grunnlag er godtatt: ingenting skrives"
            ));
        }
        if self.ledger == Record::Broken {
            why.push(text!(
                en: "the ledger does not hold: somebody has changed it, and nothing is given",
                nb: "protokollen holder ikke: noen har endret den, og ingenting gis"
            ));
        }
        if let Some(refused) = self.followed.as_ref().and_then(|followed| followed.refused.as_ref()) {
            let refused = refused.words();
            why.push(text!(
                with refused;
                en: "the branch is not followed any further: {refused}",
                nb: "grenen følges ikke lenger: {refused}"
            ));
        }
        match &self.last_pass {
            None => why.push(text!(
                en: "no pass has been completed since the start",
                nb: "ingen gjennomgang er fullført siden oppstart"
            )),
            Some(pass) => {
                let age = age(pass.ended, now);
                if age > patience.pass {
                    let seconds = age.as_secs();
                    why.push(text!(
                        en: "the last complete pass was {seconds} s ago",
                        nb: "den siste fullførte gjennomgangen var for {seconds} s siden"
                    ));
                }
                if pass.files == 0 {
                    why.push(text!(
                        en: "nothing was checked: the tree has no person files",
                        nb: "ingenting ble kontrollert: det finnes ingen personfiler"
                    ));
                }
            }
        }
        why
    }

    /// Everything somebody should do something about.
    #[must_use]
    pub fn red(&self, now: Timestamp, patience: Patience) -> Vec<Text> {
        let mut red: Vec<Text> = Vec::new();
        if self.clock == ClockState::Suspect {
            // After an outage this is the one word that all else waits for.
            red.push(text!(
                en: "the clock has jumped: confirm the date; until then no access begins and new approvals wait",
                nb: "klokken har hoppet: bekreft datoen; til da begynner ingen tilgang, og nye godkjenninger venter"
            ));
        }
        red.extend(self.stuck(now, patience));
        red.extend(self.unready(now, patience));
        if self.lease.as_ref().is_some_and(|lease| matches!(lease.hold, Hold::Standby { .. })) {
            return red;
        }
        if let Some(failure) = &self.last_failure {
            let (code, meaning) = (failure.code, failure.code.meaning());
            red.push(text!(
                with meaning;
                en: "the last pass stopped: {code}: {meaning}",
                nb: "den siste gjennomgangen stanset: {code}: {meaning}"
            ));
        }
        for severity in [Severity::Fatal, Severity::Error] {
            let count = self.findings.get(&severity).copied().unwrap_or(0);
            if count > 0 {
                let word = Text::new(severity.word(Lang::En), severity.word(Lang::Nb));
                red.push(text!(
                    with word;
                    en: "findings of severity `{word}`: {count}",
                    nb: "funn med alvorlighet `{word}`: {count}"
                ));
            }
        }
        for held in &self.removals_held {
            const PEOPLE: Noun = Noun::new(["person", "people"], ["person", "personer"]);
            let HeldRemovals { people, digest, what } = held;
            let count = PEOPLE.count(usize::try_from(*people).unwrap_or(usize::MAX));
            red.push(match what {
                Waiting::Losses => text!(
                    en: "removals held for {people} people: look at `portvakt plan`, then `portvakt release {digest}`",
                    nb: "fjerninger holdt tilbake for {people} personer: se `portvakt plan`, så `portvakt release {digest}`"
                ),
                Waiting::Gains => text!(
                    with count;
                    en: "new accesses held for {count}: look at `portvakt plan`, then `portvakt release {digest}`",
                    nb: "nye tilganger holdt tilbake for {count}: se `portvakt plan`, så `portvakt release {digest}`"
                ),
                Waiting::Missing => text!(
                    with count;
                    en: "something is missing for {count} and nothing is taken away for it: `portvakt plan` names the file to mend; `portvakt release {digest}` if it is meant",
                    nb: "noe mangler for {count}, og ingenting fjernes for det: `portvakt plan` navngir filen som må rettes; `portvakt release {digest}` hvis det er ment"
                ),
            });
        }
        if let Some(digest) = self.adopted {
            red.push(text!(
                en: "what an older version remembered was taken over: two look at it, then `portvakt release {digest}`",
                nb: "det en eldre versjon husket, er overtatt: to ser på det, så `portvakt release {digest}`"
            ));
        }
        if let Some(fetch) = &self.fetch {
            let old = fetch.age(now) > fetch.every.saturating_mul(3).max(patience.pass);
            match fetch.failing {
                Some(Code::HistoryRewritten) => {
                    red.push(text!(
                        en: "the branch was rewritten at the remote; it is followed as it was fetched before",
                        nb: "grenen er skrevet om i fjernarkivet; den følges slik den ble hentet før"
                    ));
                }
                _ if old => {
                    let seconds = fetch.age(now).as_secs();
                    red.push(text!(
                        en: "nothing has been fetched for {seconds} s",
                        nb: "ingenting er hentet på {seconds} s"
                    ));
                }
                _ => {}
            }
        }
        if self.oldest_hold.is_some_and(|since| age(since, now) > patience.hold) {
            red.push(
                text!(en: "something has been held for too long", nb: "noe har vært holdt tilbake for lenge"),
            );
        }
        if self.steps_open > 0 {
            let open = self.steps_open;
            red.push(text!(
                en: "steps that failed and are tried again: {open}",
                nb: "steg som mislyktes og prøves igjen: {open}"
            ));
        }
        red
    }
}

/// How long ago; nothing for what lies ahead.
#[must_use]
pub(super) fn age(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn well() -> Status {
        Status {
            baseline: Baseline::Accepted,
            last_pass: Some(CompletePass {
                ended: at(0),
                took: Duration::from_millis(3),
                trigger: "timer",
                files: 3,
            }),
            ..Status::started(at(0))
        }
    }

    #[test]
    fn a_daemon_that_has_done_nothing_is_red() {
        let patience = Patience::default();
        assert_eq!(Status::started(at(0)).red(at(1), patience).len(), 2);
        assert_eq!(well().red(at(1), patience), []);
    }

    #[test]
    fn each_of_these_alone_is_red() {
        type Change = fn(&mut Status);
        let changes: [(&str, Change); 12] = [
            ("loop", |status| status.progress = at(-400)),
            ("baseline", |status| status.baseline = Baseline::Missing),
            ("last complete pass was", |status| status.last_pass.as_mut().unwrap().ended = at(-1000)),
            ("nothing was checked", |status| status.last_pass.as_mut().unwrap().files = 0),
            ("tree-missing", |status| {
                status.last_failure = Some(FailedPass { at: at(0), code: Code::TreeMissing });
            }),
            ("`error`: 2", |status| *status.findings.entry(Severity::Error).or_default() = 2),
            ("release", |status| {
                let what = Waiting::Losses;
                status.removals_held.push(HeldRemovals { what, digest: Digest::of(b""), people: 4 });
            }),
            ("held for too long", |status| status.oldest_hold = Some(at(-300_000))),
            ("clock", |status| status.clock = ClockState::Suspect),
            ("tried again", |status| status.steps_open = 1),
            ("ledger does not hold", |status| status.ledger = Record::Broken),
            ("taken over", |status| status.adopted = Some(Digest::of(b""))),
        ];
        for (word, change) in changes {
            let mut status = well();
            change(&mut status);
            let red = status.red(at(1), Patience::default());
            assert!(red.len() == 1 && red[0].en().contains(word), "{word}: {red:?}");
        }
        let mut advice = well();
        advice.findings.insert(Severity::Advice, 9);
        assert!(advice.red(at(1), Patience::default()).is_empty());
    }

    #[test]
    fn what_lies_ahead_has_no_age() {
        assert_eq!(age(at(5), at(0)), Duration::ZERO);
        assert_eq!(age(at(0), at(5)), Duration::from_secs(5));
    }
}
