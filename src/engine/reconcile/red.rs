//! Lists, in words, the parts of a status that somebody should act on. Something that has not happened is as red as
//! something that went wrong.

use jiff::Timestamp;
use portvakt_core::diag::{Code, Lang, Noun, Severity, Text, text};
use portvakt_database::Hold;

use super::status::{
    Baseline, ClockState, FailedPass, HeldRemovals, LedgerState, Status, StatusPatience, WaitingKind, age,
};

/// The number of passes in a row that stop before nobody should rely on the register. The second pass comes a second
/// after the first one, so a register that was locked for a moment is not reported to those who probe.
const STOPS_TO_BE_UNREADY: u64 = 2;

impl Status {
    /// Returns why the daemon should be restarted; `None` while its loop makes progress.
    #[must_use]
    pub fn stuck(&self, now: Timestamp, patience: StatusPatience) -> Option<Text> {
        let age = age(self.progress, now);
        let seconds = age.as_secs();
        (age > patience.progress).then(|| {
            text!(
                en: "no sign of life of the loop for {seconds} s",
                nb: "ingen livstegn fra tjenestens løkke på {seconds} s"
            )
        })
    }

    /// Returns why nobody should rely on the register following the tree. The list is empty if there is no such
    /// reason.
    #[must_use]
    pub fn unready(&self, now: Timestamp, patience: StatusPatience) -> Vec<Text> {
        let mut why = Vec::new();
        match self.position.lease.as_ref().map(|lease| &lease.hold) {
            None | Some(Hold::Leading { .. }) => {}
            // Another program writes to the register and reports its own state.
            Some(Hold::Standby { .. }) => return why,
            Some(Hold::TakenOver { .. }) => {
                why.push(text!(
                    en: "another database server has taken over: nobody writes until every earlier right to write has ended, in \
                         some seconds",
                    nb: "en annen databasetjener har overtatt: ingen skriver før alle tidligere skriveretter er utløpt, om \
                         noen sekunder"
                ));
                return why;
            }
            Some(Hold::Unknown { why: said }) => {
                why.push(Hold::not_said(said));
                return why;
            }
        }
        if self.grounds.baseline == Baseline::Missing {
            why.push(text!(
                en: "no baseline has been accepted: nothing is written",
                nb: "ikke noe grunnlag er godtatt: ingenting skrives"
            ));
        }
        if self.grounds.ledger == LedgerState::Broken {
            why.push(text!(
                en: "the ledger does not hold: somebody has changed it, and nothing is given",
                nb: "protokollen holder ikke: noen har endret den, og ingenting gis"
            ));
        }
        if let Some(refused) = self.position.followed.as_ref().and_then(|followed| followed.refused.as_ref())
        {
            let refused = refused.words();
            why.push(text!(
                with refused;
                en: "the branch is not followed any further: {refused}",
                nb: "grenen følges ikke lenger: {refused}"
            ));
        }
        match &self.last.complete {
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
        // While every pass stops, the register does not follow the files, however young the last complete pass is.
        why.extend(
            self.last.failed.as_ref().filter(|stop| stop.in_a_row >= STOPS_TO_BE_UNREADY).map(stopped),
        );
        why
    }

    /// Returns everything that somebody should act on.
    #[must_use]
    pub fn red(&self, now: Timestamp, patience: StatusPatience) -> Vec<Text> {
        let mut red: Vec<Text> = Vec::new();
        if self.grounds.clock == ClockState::Suspect {
            // After an outage, everything else waits for somebody to confirm the date.
            red.push(text!(
                en: "the clock has jumped: confirm the date; until then no access begins and new approvals wait",
                nb: "klokken har hoppet: bekreft datoen; til da begynner ingen tilgang, og nye godkjenninger venter"
            ));
        }
        red.extend(self.stuck(now, patience));
        red.extend(self.unready(now, patience));
        if self.position.lease.as_ref().is_some_and(|lease| matches!(lease.hold, Hold::Standby { .. })) {
            return red;
        }
        if let Some(stop) = self.last.failed.as_ref().map(stopped)
            && !red.contains(&stop)
        {
            red.push(stop);
        }
        for severity in [Severity::Fatal, Severity::Error] {
            let count = self.found.findings.get(&severity).copied().unwrap_or(0);
            if count > 0 {
                let word = Text::new(severity.word(Lang::En), severity.word(Lang::Nb));
                red.push(text!(
                    with word;
                    en: "findings of severity `{word}`: {count}",
                    nb: "funn med alvorlighet `{word}`: {count}"
                ));
            }
        }
        for held in &self.held.sets {
            let HeldRemovals { people, digest, what } = held;
            let count = Noun::PEOPLE.count(*people);
            red.push(match what {
                WaitingKind::Losses => text!(
                    with count;
                    en: "removals held for {count}: look at `portvakt plan`, then `portvakt release {digest}`",
                    nb: "fjerninger holdt tilbake for {count}: se `portvakt plan`, så `portvakt release {digest}`"
                ),
                WaitingKind::Gains => text!(
                    with count;
                    en: "new accesses held for {count}: look at `portvakt plan`, then `portvakt release {digest}`",
                    nb: "nye tilganger holdt tilbake for {count}: se `portvakt plan`, så `portvakt release {digest}`"
                ),
                WaitingKind::Missing => text!(
                    with count;
                    en: "something is missing for {count} and nothing is taken away for it: `portvakt plan` names the file to mend; `portvakt release {digest}` if it is meant",
                    nb: "noe mangler for {count}, og ingenting fjernes for det: `portvakt plan` navngir filen som må rettes; `portvakt release {digest}` hvis det er ment"
                ),
            });
        }
        if self.held.unproved {
            red.push(text!(
                en: "changed policies are approved and wait for their proof, which is made on this host: `portvakt plan` names the digest for `portvakt release`",
                nb: "endrede tilgangsregler er godkjent og venter på beviset, som lages på denne maskinen: `portvakt plan` viser kontrollsummen til `portvakt release`"
            ));
        } else if self.held.settings > 0 {
            red.push(text!(
                en: "a change of the settings, the policies or the keys waits for national administrators: `portvakt plan` says for how many, and names the digest to release",
                nb: "en endring i innstillingene, tilgangsreglene eller nøklene venter på nasjonale administratorer: `portvakt plan` sier hvor mange, og hvilket sammendrag de frigir"
            ));
        }
        if self.found.drift > 0 {
            let accounts = Noun::ACCOUNTS.count(self.found.drift);
            red.push(text!(
                with accounts;
                en: "the last complete pass found {accounts} changed by hand in the register: the log and `portvakt ledger show` say whose",
                nb: "den siste fullførte gjennomgangen fant {accounts} endret for hånd i registeret: loggen og `portvakt ledger show` sier hvems"
            ));
        }
        if let Some(digest) = self.grounds.adopted {
            red.push(text!(
                en: "what an older version remembered was taken over: two look at it, then `portvakt release {digest}`",
                nb: "det en eldre versjon husket, er overtatt: to ser på det, så `portvakt release {digest}`"
            ));
        }
        if let Some(fetch) = &self.position.fetch {
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
        if self.held.oldest.is_some_and(|since| age(since, now) > patience.hold) {
            red.push(
                text!(en: "something has been held for too long", nb: "noe har vært holdt tilbake for lenge"),
            );
        }
        if self.found.steps_open > 0 {
            let open = self.found.steps_open;
            red.push(text!(
                en: "steps that failed and are tried again: {open}",
                nb: "steg som mislyktes og prøves igjen: {open}"
            ));
        }
        red
    }
}

fn stopped(failure: &FailedPass) -> Text {
    let (code, meaning) = (failure.code, failure.code.meaning());
    text!(
        with meaning;
        en: "the last pass stopped: {code}: {meaning}",
        nb: "den siste gjennomgangen stanset: {code}: {meaning}"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::order::Trigger;
    use super::*;
    use crate::reconcile::status::{CompletePass, LastPasses, LeaseStatus, PositionStatus, StatusGrounds};
    use portvakt_core::model::Digest;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn well() -> Status {
        Status {
            grounds: StatusGrounds { baseline: Baseline::Accepted, ..StatusGrounds::default() },
            last: LastPasses {
                complete: Some(CompletePass {
                    ended: at(0),
                    took: Duration::from_millis(3),
                    trigger: Trigger::Timer,
                    files: 3,
                }),
                ..LastPasses::default()
            },
            ..Status::started(at(0))
        }
    }

    fn well_under(hold: Hold) -> Status {
        let lease = Some(LeaseStatus { hold, since: at(0) });
        Status { position: PositionStatus { lease, ..PositionStatus::default() }, ..well() }
    }

    #[test]
    fn a_daemon_that_has_done_nothing_is_red() {
        let patience = StatusPatience::default();
        let red = Status::started(at(0)).red(at(1), patience);
        assert!(red.len() == 1 && red[0].en().contains("no pass has been completed"), "{red:?}");
        assert_eq!(well().red(at(1), patience), []);
    }

    #[test]
    fn each_of_these_alone_is_red() {
        type Change = fn(&mut Status);
        let changes: [(&str, Change); 15] = [
            ("loop", |status| status.progress = at(-400)),
            ("baseline", |status| status.grounds.baseline = Baseline::Missing),
            ("last complete pass was", |status| status.last.complete.as_mut().unwrap().ended = at(-1000)),
            ("nothing was checked", |status| status.last.complete.as_mut().unwrap().files = 0),
            ("tree-missing", |status| {
                let code = Code::TreeMissing;
                status.last.failed = Some(FailedPass { at: at(0), in_a_row: 1, code });
            }),
            ("`error`: 2", |status| *status.found.findings.entry(Severity::Error).or_default() = 2),
            ("release", |status| {
                let what = WaitingKind::Losses;
                status.held.sets.push(HeldRemovals { what, digest: Digest::of(b""), people: 4 });
            }),
            ("held for too long", |status| status.held.oldest = Some(at(-300_000))),
            ("clock", |status| status.grounds.clock = ClockState::Suspect),
            ("tried again", |status| status.found.steps_open = 1),
            ("ledger does not hold", |status| status.grounds.ledger = LedgerState::Broken),
            ("waits for national administrators", |status| status.held.settings = 1),
            ("wait for their proof", |status| {
                (status.held.settings, status.held.unproved) = (1, true);
            }),
            ("changed by hand", |status| status.found.drift = 2),
            ("taken over", |status| status.grounds.adopted = Some(Digest::of(b""))),
        ];
        for (word, change) in changes {
            let mut status = well();
            change(&mut status);
            let red = status.red(at(1), StatusPatience::default());
            assert!(red.len() == 1 && red[0].en().contains(word), "{word}: {red:?}");
        }
        let mut advice = well();
        advice.found.findings.insert(Severity::Advice, 9);
        assert!(advice.red(at(1), StatusPatience::default()).is_empty());
    }

    #[test]
    fn two_passes_in_a_row_that_stop_make_it_unready_and_are_told_once() {
        let patience = StatusPatience::default();
        for (in_a_row, unready) in [(1, 0), (2, 1), (40, 1)] {
            let mut status = well();
            let code = Code::StoreUnavailable;
            status.last.failed = Some(FailedPass { at: at(0), in_a_row, code });
            let why = status.unready(at(1), patience);
            assert_eq!(why.len(), unready, "{in_a_row}: {why:?}");
            assert!(why.iter().all(|why| why.en().contains("store-unavailable")), "{why:?}");
            let red = status.red(at(1), patience);
            assert!(red.len() == 1 && red[0].en().contains("the last pass stopped"), "{red:?}");
        }
    }

    #[test]
    fn while_another_database_server_takes_over_nobody_writes_and_it_is_said() {
        let hold = Hold::TakenOver { server: Some("two.example:5432".to_owned()) };
        let status = well_under(hold);
        let why = status.unready(at(1), StatusPatience::default());
        assert!(why.len() == 1 && why[0].en().contains("another database server has taken over"), "{why:?}");
    }

    #[test]
    fn why_the_database_does_not_say_who_writes_is_told_in_both_languages() {
        let said = text!(en: "the file is gone", nb: "filen er borte");
        let status = well_under(Hold::Unknown { why: said });
        let why = status.unready(at(1), StatusPatience::default());
        assert!(why.len() == 1 && why[0].en().ends_with("to the register: the file is gone"), "{why:?}");
        assert!(why[0].get(Lang::Nb).ends_with("til registeret: filen er borte"), "{why:?}");
    }

    #[test]
    fn what_lies_ahead_has_no_age() {
        assert_eq!(age(at(5), at(0)), Duration::ZERO);
        assert_eq!(age(at(0), at(5)), Duration::from_secs(5));
    }
}
