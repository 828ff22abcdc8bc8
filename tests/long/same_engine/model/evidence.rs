//! What proves an approval and a rejection.

use std::collections::BTreeSet;

use jiff::ToSpan;

use super::changes::Asked;
use super::past::{Authority, Past};
use super::{Case, Review, Verdict};
use crate::same_engine::words::*;

pub(super) const STATEMENT_DAYS: i64 = 31;

/// Why a key does not prove something, or nothing.
pub(super) fn key_fault(settings: &Settings, key: usize, here: bool, by: Id, days: &[Day]) -> Option<Id> {
    if !here {
        return Some("wrong-namespace");
    }
    if settings.revoked.contains(&key) {
        return Some("key-revoked");
    }
    let Some(line) = settings.keys.iter().find(|line| line.key == key) else {
        return Some("unknown-signing-key");
    };
    let counts =
        |day: &Day| line.from.is_none_or(|from| from <= *day) && line.until.is_none_or(|until| *day <= until);
    if line.person != by {
        return Some("another-signer");
    }
    (!days.iter().all(counts)).then_some("key-outside-validity")
}

/// Returns the proof of the approval by these settings, or the kinds of finding.
pub(super) fn evidence(
    settings: &Settings,
    case: &Case<'_>,
    past: &Past,
    asked: &Asked,
) -> Result<(), Verdict> {
    let (said, today) = (&asked.said, case.today);
    // It does not keep, whatever shows it.
    let too_old = said.on.checked_add(STATEMENT_DAYS.days()).unwrap() < today;
    let kept = || if too_old { Err(Verdict::Evidence(["statement-too-old"].into())) } else { Ok(()) };
    match settings.register.evidence {
        Mode::Declared => kept(),
        // The forge goes on naming the request that an approval has served in.
        Mode::Forge if past.used.contains(said) => Err(Verdict::Evidence(["statement-used"].into())),
        Mode::Forge => {
            let brought = |review: &&Review| {
                let of = |file: &Option<File>| {
                    file.as_ref().map(|file| file.said(review.person)).unwrap_or_default()
                };
                (review.trust, review.person) == asked.file
                    && review.by == said.by
                    && of(&review.new).contains(said)
                    && !of(&review.old).contains(said)
            };
            if case.reviews.files.iter().any(|review| brought(&review)) {
                kept()
            } else {
                Err(Verdict::Evidence(["not-reviewed"].into()))
            }
        }
        Mode::Signature => {
            let file = &case.head.files[&asked.file];
            let mut lacks: BTreeSet<Id> = BTreeSet::new();
            let all = file.said(said.person);
            for signature in &file.signatures {
                if *signature.over != *said {
                    if !all.contains(&*signature.over) {
                        lacks.insert("signed-something-else");
                    }
                    continue;
                }
                match key_fault(settings, signature.key, signature.here, said.by, &[said.on, today]) {
                    Some(lack) => drop(lacks.insert(lack)),
                    None if too_old => return kept(),
                    None if past.used.contains(said) => {
                        return Err(Verdict::Evidence(["statement-used"].into()));
                    }
                    None => return Ok(()),
                }
            }
            // A signature over another name covers nothing of the file either.
            if file.identified.iter().any(|signature| signature.name != file.name) {
                lacks.insert("signed-something-else");
            }
            if lacks.is_empty() {
                lacks.insert("unsigned");
            }
            Err(Verdict::Evidence(lacks))
        }
    }
}

/// Returns the numbers that serve nobody (R3): those that were accepted as rejected before, and those with evidence of
/// a person who may decide at the trust.
pub(super) fn rejected(case: &Case<'_>, past: &Past) -> BTreeSet<u32> {
    let (base, today) = (case.history.last().unwrap(), case.today);
    let settings = &base.settings;
    let shown = |one: &Rejected| match settings.register.evidence {
        Mode::Declared => true,
        Mode::Forge => {
            let mut changes = case.reviews.lists.iter();
            changes.any(|(by, old, new)| *by == one.by && new.contains(one) && !old.contains(one))
        }
        Mode::Signature => one
            .signed
            .is_some_and(|(key, here)| key_fault(settings, key, here, one.by, &[one.on, today]).is_none()),
    };
    let fresh =
        |one: &Rejected| one.on <= today && today <= one.on.checked_add(STATEMENT_DAYS.days()).unwrap();
    // The person may give any access there, on the day of the rejection and today. This is the leadership, the system
    // manager for ICT personnel, and the trust's own LC.
    let may = |one: &Rejected| {
        let days = [one.on, today].map(|day| Authority::of(&settings.register, past, day));
        let holds = |office: Id| days.iter().all(|who| who.holds(one.by, office));
        let own =
            |who: &Authority| who.coordinates.get(one.by).is_some_and(|trusts| trusts.contains(REJECTED_AT));
        ["register-leader", "national-coordinator", "system-manager"].into_iter().any(holds)
            || days.iter().all(own)
    };
    let counts = |one: &Rejected| base.rejected.contains(one) || (fresh(one) && shown(one) && may(one));
    case.head.rejected.iter().filter(|&one| counts(one)).map(|one| one.request).collect()
}
