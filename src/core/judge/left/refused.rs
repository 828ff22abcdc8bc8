//! Refuses settings by which too few people would be left to release anything: too few in office, or too few who can
//! show that they approve. Nobody could then release the change that undoes this.
//!
//! Each question is asked about the result: the proposed rules, and what was accepted without what the same change takes
//! away.

use jiff::civil::Date;

use super::prospect::{NEEDED, Prospect};
use crate::change::{Base, Removal};
use crate::diag::{Code, Finding, Place, Text, quoted, text};
use crate::judge::Rules;
use crate::model::{EvidenceKind, FilePath, PersonId};
use crate::tree::REGISTER;

/// Reports a change of the settings that would leave fewer than two national administrators, and fewer than before, today
/// or on a day within the time of the warning. Suspensions and revoked keys are not such changes: they need the signature
/// of one more administrator instead.
#[must_use]
pub fn by_settings(
    accepted: &Rules,
    proposed: &Rules,
    base: &Base,
    takes: &[Removal],
    today: Date,
) -> Option<Finding> {
    let (before, after) = (Prospect::of(accepted, base, takes), Prospect::of(proposed, base, takes));
    let (was, left) = (before.in_office(today), after.in_office(today));
    let gone: Vec<&PersonId> = was.difference(&left).collect();
    if gone.is_empty() || left.len() >= NEEDED || left.len() >= was.len() {
        return runs_out_sooner(&before, &after, today);
    }
    let names = quoted(gone);
    let message = text!(
        en: "without {names} fewer than two national administrators would be left, and nobody could release anything any more",
        nb: "uten {names} ville det være færre enn to nasjonale administratorer igjen, og ingen kunne frigi noe mer"
    );
    let way_out = text!(
        en: "Appoint a successor in an earlier change; this one cannot be released.",
        nb: "Utnevn en etterfølger i en tidligere endring; denne kan ikke frigis."
    );
    Some(in_the_register(message, way_out))
}

/// Reports ends after which fewer than two are left, earlier than by the settings in force. From that day on nobody could
/// release a successor any more.
fn runs_out_sooner(before: &Prospect<'_>, after: &Prospect<'_>, today: Date) -> Option<Finding> {
    let day = after.short_from(today)?;
    if before.short_from(today).is_some_and(|before| before <= day) {
        return None;
    }
    let message = text!(
        en: "from {day} on fewer than two national administrators would be in office, and then nobody could release anything, not even the change that mends it",
        nb: "fra {day} ville det være færre enn to nasjonale administratorer i verv, og da kunne ingen frigi noe, heller ikke endringen som retter det"
    );
    let way_out = text!(
        en: "Appoint a successor from that day, in this change or an earlier one; with these ends alone it cannot be released.",
        nb: "Utnevn en etterfølger fra den dagen, i denne endringen eller en tidligere; med bare disse sluttene kan den ikke frigis."
    );
    Some(in_the_register(message, way_out))
}

/// Reports settings that would require signed approvals and releases while fewer than two national administrators
/// have a key that counts, today or on a day within the time of the warning. So are settings by which a forge is the
/// evidence while fewer than two have an account there or a key. Then nobody could release anything any more, not even the
/// change that undoes this.
#[must_use]
pub fn by_evidence(
    accepted: &Rules,
    proposed: &Rules,
    base: &Base,
    takes: &[Removal],
    today: Date,
) -> Option<Finding> {
    let (was, asks) = (accepted.register.evidence.kind(), proposed.register.evidence.kind());
    if asks == EvidenceKind::Declared {
        return None;
    }
    let (before, after) = (Prospect::of(accepted, base, takes), Prospect::of(proposed, base, takes));
    let is_short = |day: &Date| {
        let able = after.able(*day).len();
        able < NEEDED && ((was != asks && *day == today) || able < before.able(*day).len())
    };
    let day = after.days(today).into_iter().find(is_short)?;
    let (all, able) = (after.in_office(day), after.able(day));
    let (names, found) = (quoted(all.difference(&able)), able.len());
    let (message, way_out) = match asks {
        EvidenceKind::Signature => (
            text!(
                en: "with `evidence: signature` two national administrators sign each release, and {found} of them would have a key that counts; without one: {names}",
                nb: "med `evidence: signature` signerer to nasjonale administratorer hver frigivelse, og {found} av dem ville ha en nøkkel som teller; uten nøkkel: {names}"
            ),
            text!(
                en: "Write a line for each in `desired-state/allowed_signers`, their id and the first two words of their `.pub` file, in this change or an earlier one; until two have one, this cannot be released.",
                nb: "Skriv en linje for hver i `desired-state/allowed_signers`, id-en og de to første ordene i `.pub`-filen, i denne endringen eller en tidligere; før to har en, kan dette ikke frigis."
            ),
        ),
        EvidenceKind::Forge | EvidenceKind::Declared => (
            text!(
                en: "with `evidence: forge` two national administrators approve each change of the settings, and {found} of them would have an account that is known; without one: {names}",
                nb: "med `evidence: forge` godkjenner to nasjonale administratorer hver endring av innstillingene, og {found} av dem ville ha en kjent konto; uten konto: {names}"
            ),
            text!(
                en: "Write the number of an account for each under `accounts`; until two have one, this cannot be released.",
                nb: "Skriv nummeret på en konto for hver under `accounts`; før to har en, kan dette ikke frigis."
            ),
        ),
    };
    let message = if day == today {
        message
    } else {
        text!(with message; en: "from {day} on: {message}", nb: "fra {day}: {message}")
    };
    Some(in_the_register(message, way_out))
}

/// Reports settings that wait, and that nobody could release any more once the removals of the same change have taken
/// effect.
#[must_use]
pub fn beside_removals(
    accepted: &Rules,
    waiting: &Rules,
    base: &Base,
    takes: &[Removal],
    today: Date,
) -> Option<Finding> {
    let refused = |takes: &[Removal]| {
        by_settings(accepted, waiting, base, takes, today)
            .or_else(|| by_evidence(accepted, waiting, base, takes, today))
    };
    let concerns = [accepted, waiting]
        .into_iter()
        .any(|rules| !takes.is_empty() && Prospect::of(rules, base, takes).takes_from_authority(today));
    if !concerns || refused(&[]).is_some() {
        return None;
    }
    refused(takes)
}

fn in_the_register(message: Text, way_out: Text) -> Finding {
    Finding::new(Code::LastAdministrators, message, way_out).at(Place::file(&FilePath::new(REGISTER)))
}
