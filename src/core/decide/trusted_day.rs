//! The trusted day: the day by which access begins and ends, and how far the clock is trusted (law of the same name).
//!
//! The clock is trusted if it is at most 48 hours after the last trusted moment and not before it. A clock that was
//! set back by a few minutes is also trusted, and the later day stays. Outside that window a pass confirms nothing,
//! so a wrong clock cannot move the day step by step. Each pass is measured from the same moment until somebody
//! confirms the date.
//!
//! The last trusted moment moves on with every pass, also with one that records nothing. So it may lie after the last
//! entry of the ledger. A clock behind it does not show which of the two is wrong: the clock, or the moment, which somebody
//! may have written into the database. Then only what the ledger shows to have passed counts. No access that began or ended
//! by date is lost by that, because each pass that begins or ends one writes an entry. The term of an office writes none, so
//! whoever decides something meanwhile must be in office on both days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::known::{BELIEVED_AHEAD, Trusted};
use crate::diag::{Code, Finding, Text, text};
use crate::model::{Grant, GrantKey};
use crate::plan::ClockTrust;
use crate::planted::PlantedFault;
use crate::zone::{UnknownTimeZone, time_zone};

/// The number of minutes that the clock may run behind, because clocks are corrected in small steps.
const BEHIND: i64 = 10;

/// The day of a pass, and the facts it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// The trusted day. Access begins by it, and everything is recorded under it.
    pub day: Date,
    /// The day by which access ends. It is the trusted day, or the clock's day if the clock runs ahead. An end by the
    /// clock alone counts as a removal.
    pub ends: Date,
    /// The last trusted day as it is remembered. It is later than `day` only while the clock is behind. An administrator
    /// has to be in office on both.
    pub told: Date,
    /// The latest day that it may be. It is later than `day` while the day has begun in one of two time zones only, and it
    /// is the clock's day while the clock is ahead.
    pub latest: Date,
    /// Tells how far the clock is trusted.
    pub trust: ClockTrust,
    /// The moment that everything is recorded with. It never goes back, and an untrusted clock does not move it.
    pub moment: Timestamp,
    /// The moment up to which time is shown to have passed. What must last is counted up to it, and the ledger's entries
    /// are written with it. It differs from `moment` only if the clock is behind: then it is the ledger's last.
    pub shown: Timestamp,
    /// The moment and day that this pass confirms. It is `None` if the clock is not trusted or has not moved on.
    pub confirms: Option<Trusted>,
    /// The register's time zone.
    pub zone: TimeZone,
}

impl Today {
    /// Works out the day from the clock, the accepted register's time zone, the last trusted moment, and the moment of the
    /// last entry by which the ledger shows that time has passed.
    ///
    /// # Errors
    /// It fails when the program does not know one of the time zones.
    pub fn at(
        now: Timestamp,
        zone: &str,
        last: Option<&Trusted>,
        recorded: Option<Timestamp>,
    ) -> Result<Self, UnknownTimeZone> {
        let name = zone;
        let zone = time_zone(name)?;
        let here = day_in(&zone, now);
        let by_the_clock = |confirms, zone| Self {
            day: here,
            ends: here,
            told: here,
            latest: here,
            trust: ClockTrust::Steady,
            moment: now,
            shown: now,
            confirms,
            zone,
        };
        let Some(last) = last else {
            let confirms = Some(Trusted { instant: now, day: here, zone: name.to_owned() });
            return Ok(by_the_clock(confirms, zone));
        };
        if PlantedFault::StandbyTrustsItsClock.is_planted() {
            return Ok(by_the_clock(None, zone));
        }
        let behind = now.checked_add(BEHIND.minutes()).is_ok_and(|latest| latest < last.instant);
        let ahead = last.instant.checked_add(BELIEVED_AHEAD.hours()).is_ok_and(|latest| now > latest);
        let trust = match (behind, ahead) {
            (true, _) => ClockTrust::Behind,
            (_, true) => ClockTrust::Ahead,
            _ => ClockTrust::Steady,
        };
        if trust != ClockTrust::Steady {
            let shown = match (trust, recorded) {
                (ClockTrust::Behind, Some(recorded)) => last.instant.min(recorded),
                _ => last.instant,
            };
            let day = match trust {
                ClockTrust::Behind if PlantedFault::ClockBehindTakes.is_planted() => here,
                ClockTrust::Ahead if PlantedFault::StartsOnSuspectClock.is_planted() => here,
                _ => last.day.min(day_in(&time_zone(&last.zone)?, shown)),
            };
            let ends = if trust == ClockTrust::Ahead { here.max(last.day) } else { day };
            let told = last.day;
            return Ok(Self {
                day,
                ends,
                told,
                latest: ends,
                trust,
                moment: last.instant,
                shown,
                confirms: None,
                zone,
            });
        }
        let (day, latest, told_in) = over_zones(now, (here, name), &last.zone)?;
        let day = day.max(last.day);
        let confirms = Trusted { instant: now.max(last.instant), day, zone: told_in.to_owned() };
        Ok(Self {
            day,
            ends: day,
            told: day,
            latest: latest.max(day),
            trust,
            moment: confirms.instant,
            shown: confirms.instant,
            confirms: (confirms != *last).then_some(confirms),
            zone,
        })
    }

    /// Makes the day from a given day, as for a check. Nothing depends on the clock then.
    #[must_use]
    pub fn given(day: Date) -> Self {
        let (moment, zone) = (Timestamp::UNIX_EPOCH, TimeZone::UTC);
        Self {
            day,
            ends: day,
            told: day,
            latest: day,
            trust: ClockTrust::Steady,
            moment,
            shown: moment,
            confirms: None,
            zone,
        }
    }

    /// Tells whether somebody has to confirm the date.
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        self.trust != ClockTrust::Steady
    }
}

/// Returns the day that has begun by both time zones, the later one that has begun by one of them, and the time zone to
/// remember. If the time zone was changed, the day begins at the later of the two midnights. The time zone of before is
/// remembered until both have the same day.
fn over_zones<'z>(
    now: Timestamp,
    (here, zone): (Date, &'z str),
    before: &'z str,
) -> Result<(Date, Date, &'z str), UnknownTimeZone> {
    if before == zone {
        return Ok((here, here, zone));
    }
    let there = day_in(&time_zone(before)?, now);
    Ok((here.min(there), here.max(there), if here == there { zone } else { before }))
}

impl Trusted {
    /// Returns the moment and the day that a baseline confirms. The day is that of the clock in the register's time zone.
    /// Where the memory knows a last moment in another time zone, the day begins at the later of the two midnights, as
    /// after a release. A day that has counted before is not taken back by the change of the time zone.
    #[must_use]
    pub fn by_baseline(now: Timestamp, (day, zone): (Date, &str), last: Option<&Self>) -> Self {
        let of_the_clock = Self { instant: now, day, zone: zone.to_owned() };
        let Some(last) = last.filter(|last| last.zone != zone) else { return of_the_clock };
        // A time zone of before that this program does not know says nothing about a midnight.
        let Ok((both, _, told_in)) = over_zones(now, (day, zone), &last.zone) else { return of_the_clock };
        let day = if last.instant <= now { both.max(last.day) } else { both };
        Self { instant: now, day, zone: told_in.to_owned() }
    }
}

/// Returns the register's day at a moment. The day begins at midnight in the register's time zone, in summer and
/// winter.
#[must_use]
pub fn day_in(zone: &TimeZone, now: Timestamp) -> Date {
    zone.to_datetime(now).date()
}

/// Makes the finding about a clock that is not trusted.
pub fn finding(now: Timestamp, last: Option<&Trusted>, today: &Today) -> Finding {
    let at =
        last.map_or_else(|| text!(en: "never", nb: "aldri"), |last| Text::same(last.instant.to_string()));
    let message = text!(
        with at;
        en: "the clock says {now}, and the last trusted pass was at {at}",
        nb: "klokken viser {now}, og den siste betrodde gjennomgangen var {at}"
    );
    let date = day_in(&today.zone, now);
    let waits = match today.trust {
        ClockTrust::Ahead => text!(
            en: "Until somebody confirms the date no access begins, new approvals wait, and end dates count against the removal budget.",
            nb: "Til noen bekrefter datoen, begynner ingen tilgang, nye godkjenninger venter, og sluttdatoer teller mot grensen for fjerninger."
        ),
        ClockTrust::Behind | ClockTrust::Steady => text!(
            en: "Until the clock is right or somebody confirms the date nothing begins or ends by date, and new approvals wait.",
            nb: "Til klokken er riktig eller noen bekrefter datoen, begynner og slutter ingenting etter dato, og nye godkjenninger venter."
        ),
    };
    let how = match today.trust {
        ClockTrust::Behind => text!(
            en: "Set the machine's clock. If {date} is the right date, two national administrators confirm it: `portvakt confirm-date {date} --by A --by B`.",
            nb: "Still maskinens klokke. Er {date} riktig dato, bekrefter to nasjonale administratorer den: `portvakt confirm-date {date} --by A --by B`."
        ),
        ClockTrust::Ahead | ClockTrust::Steady => text!(
            en: "If {date} is the right date, confirm it: `portvakt confirm-date {date} --by A`; if not, set the machine's clock, and let two confirm the right date (`--by A --by B`): what has ended too early then stands again.",
            nb: "Er {date} riktig dato, bekreft den: `portvakt confirm-date {date} --by A`; hvis ikke, still maskinens klokke, og la to bekrefte riktig dato (`--by A --by B`): det som er avsluttet for tidlig, gjelder da igjen."
        ),
    };
    Finding::new(Code::ClockSuspect, message, waits.and(how))
}

/// Makes the finding about an approval of a day that has begun in one of two time zones only.
pub fn waits_for_midnight(grant: &Grant) -> Finding {
    let GrantKey { application, unit, person, .. } = &grant.key;
    let on = grant.approval.on;
    let message = text!(
        en: "the approval of {application} at {unit} for `{person}` is dated {on}, and that day has not begun in both time zones",
        nb: "godkjenningen av {application} ved {unit} for `{person}` er datert {on}, og den dagen har ikke begynt i begge tidssonene"
    );
    let way_out = text!(
        en: "Nothing is to be done: the time zone of the register has changed, and the entry is judged after the later midnight.",
        nb: "Ingenting skal gjøres: registerets tidssone er endret, og oppføringen vurderes etter den seneste midnatten."
    );
    Finding::new(Code::ApprovalInFuture, message, way_out).advice()
}

/// Changes a finding about removals that wait while the date is not trusted. An end date that has passed counts among
/// them then.
pub fn after_the_date(mut finding: Finding) -> Finding {
    let first = text!(
        en: "Confirm the date first: what has ended by it does not wait any more then.",
        nb: "Bekreft datoen først: det som er avsluttet etter den, venter da ikke lenger."
    );
    finding.way_out = first.and(finding.way_out);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    const OSLO: &str = "Europe/Oslo";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn last(instant: &str, zone: &str) -> Trusted {
        Trusted {
            instant: at(instant),
            day: day_in(&time_zone(zone).unwrap(), at(instant)),
            zone: zone.to_owned(),
        }
    }

    fn today(now: &str, last: &Trusted) -> Today {
        Today::at(at(now), OSLO, Some(last), Some(last.instant)).unwrap()
    }

    #[test]
    fn a_clock_behind_moves_no_day_and_confirms_nothing() {
        let last = last("2026-11-29T23:30:00Z", OSLO);
        assert_eq!(last.day, day("2026-11-30"));
        for wrong in ["1970-01-01T00:00:00Z", "2025-11-29T23:30:00Z", "2026-11-29T22:30:00Z"] {
            let today = today(wrong, &last);
            assert_eq!(
                (today.day, today.ends, today.trust),
                (last.day, last.day, ClockTrust::Behind),
                "{wrong}"
            );
            assert_eq!((today.moment, today.confirms), (last.instant, None), "{wrong}");
        }
    }

    #[test]
    fn a_clock_behind_a_moment_that_the_ledger_does_not_show_goes_by_the_ledger() {
        let last = last("2026-12-25T12:00:00Z", OSLO);
        let recorded = at("2026-11-23T12:00:00Z");
        let of = |now: &str, recorded| Today::at(at(now), OSLO, Some(&last), recorded).unwrap();
        let behind = of("2026-11-23T12:05:00Z", Some(recorded));
        assert_eq!(
            (behind.day, behind.ends, behind.trust),
            (day("2026-11-23"), day("2026-11-23"), ClockTrust::Behind)
        );
        assert_eq!((behind.moment, behind.shown, behind.confirms), (last.instant, recorded, None));
        // A ledger that is later than the moment adds nothing, and a clock that is believed needs none.
        let later = of("2026-11-23T12:05:00Z", Some(at("2026-12-26T12:00:00Z")));
        assert_eq!((later.day, later.shown), (last.day, last.instant));
        let steady = of("2026-12-25T13:00:00Z", Some(recorded));
        assert_eq!((steady.day, steady.trust, steady.shown), (last.day, ClockTrust::Steady, steady.moment));
    }

    #[test]
    fn a_few_minutes_back_over_midnight_keep_the_later_day() {
        let last = last("2026-11-29T23:05:00Z", OSLO);
        let today = today("2026-11-29T22:57:00Z", &last);
        assert_eq!((today.day, today.trust, today.confirms), (last.day, ClockTrust::Steady, None));
    }

    #[test]
    fn a_clock_ahead_begins_nothing_ends_by_its_own_day_and_does_not_walk() {
        let last = last("2026-11-29T11:00:00Z", OSLO);
        for wrong in ["2026-12-01T11:00:01Z", "2026-12-01T12:00:00Z", "2028-01-03T11:00:00Z"] {
            let today = today(wrong, &last);
            assert_eq!(
                (today.day, today.trust, today.confirms),
                (last.day, ClockTrust::Ahead, None),
                "{wrong}"
            );
            assert_eq!(today.ends, day_in(&time_zone(OSLO).unwrap(), at(wrong)));
        }
        let in_time = today("2026-12-01T11:00:00Z", &last);
        assert_eq!((in_time.day, in_time.trust), (day("2026-12-01"), ClockTrust::Steady));
    }

    #[test]
    fn a_new_time_zone_begins_its_first_day_at_the_later_midnight() {
        let last = last("2026-11-29T12:00:00Z", "America/New_York");
        let before = today("2026-11-30T02:00:00Z", &last);
        assert_eq!(before.day, day("2026-11-29"), "Oslo has the thirtieth, New York not yet");
        assert_eq!(before.latest, day("2026-11-30"));
        let confirmed = before.confirms.unwrap();
        assert_eq!(confirmed.zone, "America/New_York");
        let after = today("2026-11-30T05:00:00Z", &confirmed);
        assert_eq!(after.day, day("2026-11-30"));
        let settled = after.confirms.unwrap();
        assert_eq!(settled.zone, OSLO);
        assert_eq!(
            today("2026-11-30T23:00:00Z", &settled).day,
            day("2026-12-01"),
            "Oslo's midnight from then on"
        );
    }

    #[test]
    fn a_baseline_begins_the_first_day_of_a_new_time_zone_at_the_later_midnight_too() {
        const FAR: &str = "Pacific/Kiritimati";
        let accepted = |now: &str, zone: &str, last: Option<&Trusted>| {
            let here = day_in(&time_zone(zone).unwrap(), at(now));
            let told = Trusted::by_baseline(at(now), (here, zone), last);
            assert_eq!(told.instant, at(now));
            (told.day, told.zone)
        };
        let before = last("2026-11-24T09:00:00Z", OSLO);
        let now = "2026-11-24T10:30:00Z";
        assert_eq!(accepted(now, FAR, None), (day("2026-11-25"), FAR.to_owned()), "nothing is remembered");
        assert_eq!(accepted(now, FAR, Some(&before)), (day("2026-11-24"), OSLO.to_owned()));
        let both = "2026-11-24T23:30:00Z";
        assert_eq!(accepted(both, FAR, Some(&before)), (day("2026-11-25"), FAR.to_owned()));
        // The other way round, the day that has begun stays.
        let ahead = last("2026-11-24T10:15:00Z", FAR);
        assert_eq!(ahead.day, day("2026-11-25"));
        assert_eq!(accepted(now, OSLO, Some(&ahead)), (day("2026-11-25"), FAR.to_owned()));
        // A clock that was wrong is put right by the baseline.
        let wrong = last("2027-11-24T10:15:00Z", FAR);
        assert_eq!(accepted(now, OSLO, Some(&wrong)), (day("2026-11-24"), FAR.to_owned()));
        assert_eq!(accepted(now, OSLO, Some(&last("2027-11-24T10:15:00Z", OSLO))).0, day("2026-11-24"));
        let unknown = Trusted { zone: "Nowhere/None".to_owned(), ..before };
        assert_eq!(accepted(now, FAR, Some(&unknown)), (day("2026-11-25"), FAR.to_owned()));
    }
}
