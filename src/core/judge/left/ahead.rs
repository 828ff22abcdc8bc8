//! Tells that too few people can release what is held, or that this comes within sixty days.

use jiff::civil::Date;

use super::prospect::{NEEDED, Prospect};
use crate::change::Base;
use crate::diag::{Code, Finding, text};
use crate::judge::Rules;
use crate::model::EvidenceKind;

/// Reports that fewer than two national administrators are in office, or will be within sixty days. If enough are in
/// office, it reports that fewer than two of them will have what the register's evidence takes.
#[must_use]
pub fn running_out(rules: &Rules, base: &Base, today: Date) -> Option<Finding> {
    let prospect = Prospect::of(rules, base, &[]);
    let Some(day) = prospect.short_from(today) else { return keys_run_out(&prospect, rules, today) };
    let (message, way_out) = if day == today {
        (
            text!(
                en: "fewer than two national administrators are in office: nothing that is held can be released",
                nb: "færre enn to nasjonale administratorer er i verv: ingenting som holdes tilbake, kan frigis"
            ),
            text!(
                en: "Nobody here can appoint them any more: two accept the tree anew on the host, with `portvakt baseline`.",
                nb: "Ingen her kan utnevne dem lenger: to godtar filene på nytt på maskinen, med `portvakt baseline`."
            ),
        )
    } else {
        (
            text!(
                en: "from {day} on fewer than two national administrators are in office, and nobody can release anything any more",
                nb: "fra {day} er færre enn to nasjonale administratorer i verv, og ingen kan frigi noe mer"
            ),
            text!(
                en: "Before that day, appoint a successor, or a longer term, in `register.yaml`; where it is an access that ends, have a later end of it approved.",
                nb: "Utnevn før den dagen en etterfølger, eller forleng vervet, i `register.yaml`; er det en tilgang som slutter, få en senere slutt godkjent."
            ),
        )
    };
    Some(Finding::new(Code::LastAdministrators, message, way_out))
}

/// Reports keys that end so that fewer than two administrators can sign a release.
fn keys_run_out(prospect: &Prospect<'_>, rules: &Rules, today: Date) -> Option<Finding> {
    if rules.register.evidence.kind() != EvidenceKind::Signature {
        return None;
    }
    let is_unable = |day: &Date| prospect.able(*day).len() < NEEDED;
    let day = prospect.days(today).into_iter().find(is_unable).filter(|day| *day > today)?;
    let message = text!(
        en: "from {day} on fewer than two national administrators have a key that counts, and nobody can release anything any more",
        nb: "fra {day} har færre enn to nasjonale administratorer en nøkkel som teller, og ingen kan frigi noe mer"
    );
    let way_out = text!(
        en: "Write a key that counts for longer into `desired-state/allowed_signers` before that day.",
        nb: "Skriv inn en nøkkel som gjelder lenger, i `desired-state/allowed_signers` før den dagen."
    );
    Some(Finding::new(Code::LastAdministrators, message, way_out))
}

/// Reports that fewer than two of the national administrators in office have a key that counts today, where releases are
/// signed.
#[must_use]
pub fn without_keys(rules: &Rules, base: &Base, today: Date) -> Option<Finding> {
    if rules.register.evidence.kind() != EvidenceKind::Signature {
        return None;
    }
    let prospect = Prospect::of(rules, base, &[]);
    let all = prospect.in_office(today);
    if all.len() < NEEDED || prospect.able_among(&all, today).len() >= NEEDED {
        return None;
    }
    let message = text!(
        en: "fewer than two national administrators have a key that counts: nothing that is held can be released",
        nb: "færre enn to nasjonale administratorer har en nøkkel som teller: ingenting som holdes tilbake, kan frigis"
    );
    let way_out = text!(
        en: "Nobody here can sign a new key in: put keys into `desired-state/allowed_signers`, and two accept the tree anew on the host, with `portvakt baseline`.",
        nb: "Ingen her kan signere inn en ny nøkkel: skriv nøkler i `desired-state/allowed_signers`, og to godtar filene på nytt på maskinen, med `portvakt baseline`."
    );
    Some(Finding::new(Code::LastAdministrators, message, way_out))
}
