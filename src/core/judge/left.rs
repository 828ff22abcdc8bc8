//! Keeps the last administrators (R44). Without two national administrators nothing that is held can be released any
//! more, so the last two are not removed like other people.
//!
//! `revoked` takes any person's access at once. One of the last two loses their authority only with the evidence of
//! another administrator, or by a suspension that another administrator signs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::change::Cause;
use crate::change::{Base, ChangeSet, Removal};
use crate::diag::{Code, Finding, Place, quoted, text};
use crate::evidence::namespace;
use crate::model::{Evidence, FilePath, GrantKey, PersonId};
use crate::policy::Concerned;
use crate::tree::REGISTER;

use super::{Authority, Rules};

/// The number of national administrators who can release what is held.
const NEEDED: usize = 2;

/// A finding warns for this many days before the last appointments end.
const AHEAD: i64 = 60;

/// The national administrators with authority: the people who may release, by the policies.
#[must_use]
pub fn administrators(rules: &Rules, authority: &Authority) -> BTreeSet<PersonId> {
    authorised_people(rules, authority).cloned().collect()
}

/// Asks the policies about one person after the other. Asking about all takes long when two are enough.
fn authorised_people<'a>(rules: &'a Rules, authority: &'a Authority) -> impl Iterator<Item = &'a PersonId> {
    let may = |approver| rules.policies.may_release(approver, Concerned::Another).allowed;
    authority.iter().filter(move |(_, approver)| may(approver)).map(|(person, _)| person)
}

/// The people whose living access is all ended on this day by these removals.
fn leavers<'c>(base: &Base, removals: impl Iterator<Item = &'c Removal>, today: Date) -> BTreeSet<PersonId> {
    let mut ended: BTreeMap<&PersonId, BTreeSet<&GrantKey>> = BTreeMap::new();
    for removal in removals.filter(|removal| removal.until.is_none_or(|until| until < today)) {
        ended.entry(&removal.key.person).or_default().insert(&removal.key);
    }
    let leaves = |person: &PersonId, ended: &BTreeSet<&GrantKey>| {
        let known = base.people.get(person);
        known.is_some_and(|known| {
            let mut living = known.grants.iter().filter(|(_, standing)| standing.lives(today));
            living.all(|(key, _)| ended.contains(key))
        })
    };
    ended
        .iter()
        .filter(|(person, ended)| leaves(person, ended))
        .map(|(person, _)| (*person).clone())
        .collect()
}

/// The removals of national administrators by other ways than `revoked`, if fewer than two would be left.
#[must_use]
pub fn too_few(rules: &Rules, base: &Base, changes: &ChangeSet, today: Date) -> BTreeSet<GrantKey> {
    let others = || changes.takes.iter().filter(|removal| removal.cause != Cause::Revoked);
    if others().next().is_none() {
        return BTreeSet::new();
    }
    let before = administrators(rules, &Authority::on(&rules.register, base, &[today]));
    let gone = leavers(base, changes.takes.iter(), today);
    let leaving: BTreeSet<&PersonId> = before.intersection(&gone).collect();
    if leaving.is_empty() || before.len() - leaving.len() >= NEEDED {
        return BTreeSet::new();
    }
    others()
        .filter(|removal| leaving.contains(&removal.key.person))
        .map(|removal| removal.key.clone())
        .collect()
}

/// The people who keep their authority although `revoked` has taken their access. They are the last two, until
/// another administrator's evidence shows that they asked for it.
#[must_use]
pub fn authority_kept(rules: &Rules, base: &Base, changes: &ChangeSet, today: Date) -> BTreeSet<PersonId> {
    let revoked = || changes.takes.iter().filter(|removal| removal.cause == Cause::Revoked);
    if base.keeps.is_empty() && revoked().next().is_none() {
        return BTreeSet::new();
    }
    let before = administrators(rules, &Authority::on(&rules.register, base, &[today]));
    let gone = leavers(base, changes.takes.iter(), today);
    let shown: BTreeSet<PersonId> = revoked()
        .filter(|removal| removal.proof.is_some())
        .map(|removal| removal.key.person.clone())
        .collect();
    let without: BTreeSet<&PersonId> =
        before.iter().filter(|person| !gone.contains(*person) && !base.keeps.contains(*person)).collect();
    if without.len() >= NEEDED {
        return BTreeSet::new();
    }
    let stays = |person: &&PersonId| gone.contains(*person) || base.keeps.contains(*person);
    before.iter().filter(stays).filter(|person| !shown.contains(*person)).cloned().collect()
}

/// The finding about an access that stays for this reason.
#[must_use]
pub fn finding(person: &PersonId, file: &FilePath) -> Finding {
    let message = text!(
        en: "`{person}` is one of the last national administrators; without them fewer than two would be left, and nobody could release anything any more",
        nb: "`{person}` er en av de siste nasjonale administratorene; uten dem ville det være færre enn to igjen, og ingen kunne frigi noe mer"
    );
    let way_out = text!(
        en: "Appoint a successor in `register.yaml` first. What the file gave stays until then; `revoked` at the entries takes the access at once.",
        nb: "Utnevn først en etterfølger i `register.yaml`. Det filen ga, blir stående til da; `revoked` i oppføringene tar tilgangen straks."
    );
    Finding::new(Code::LastAdministrators, message, way_out).at(Place::file(file))
}

/// Reports a change of the settings that would leave fewer than two national administrators, and fewer than before, today
/// or on a day within the time of the warning. Suspensions and revoked keys are not such changes: they need the signature
/// of one more administrator instead.
#[must_use]
pub fn by_settings(accepted: &Rules, proposed: &Rules, base: &Base, today: Date) -> Option<Finding> {
    let of = |rules: &Rules| administrators(rules, &Authority::on(&rules.register, base, &[today]));
    let (before, after) = (of(accepted), of(proposed));
    let gone: Vec<&PersonId> = before.difference(&after).collect();
    if gone.is_empty() || after.len() >= NEEDED || after.len() >= before.len() {
        return runs_out_sooner(accepted, proposed, base, today);
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
    Some(Finding::new(Code::LastAdministrators, message, way_out).at(Place::file(&FilePath::new(REGISTER))))
}

/// Reports appointments that would end so that fewer than two are left, earlier than by the settings in force. From that
/// day on nobody could release a successor any more.
fn runs_out_sooner(accepted: &Rules, proposed: &Rules, base: &Base, today: Date) -> Option<Finding> {
    let day = too_few_from(proposed, base, today)?;
    if too_few_from(accepted, base, today).is_some_and(|before| before <= day) {
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
    Some(Finding::new(Code::LastAdministrators, message, way_out).at(Place::file(&FilePath::new(REGISTER))))
}

/// Reports settings that would require signed approvals and releases while fewer than two national administrators
/// have a key that counts. Then nobody could release anything any more, not even the change that undoes this.
#[must_use]
pub fn by_evidence(accepted: &Rules, proposed: &Rules, base: &Base, today: Date) -> Option<Finding> {
    if proposed.register.evidence != Evidence::Signature {
        return None;
    }
    let namespace = namespace(&proposed.register.id);
    let split = |rules: &Rules| -> (BTreeSet<PersonId>, BTreeSet<PersonId>) {
        let all = administrators(rules, &Authority::on(&rules.register, base, &[today]));
        let signers = &rules.signers;
        let signs = |person: &PersonId| {
            signers.keys_of(person).any(|key| signers.counts(key, &namespace, person, &[today]).is_ok())
        };
        all.into_iter().partition(signs)
    };
    let (with, without) = split(proposed);
    let was = accepted.register.evidence == Evidence::Signature;
    if with.len() >= NEEDED || (was && split(accepted).0.len() <= with.len()) {
        return None;
    }
    let names = quoted(without);
    let found = with.len();
    let message = text!(
        en: "with `evidence: signature` two national administrators sign each release, and {found} of them would have a key that counts; without one: {names}",
        nb: "med `evidence: signature` signerer to nasjonale administratorer hver frigivelse, og {found} av dem ville ha en nøkkel som teller; uten nøkkel: {names}"
    );
    let way_out = text!(
        en: "Write a line for each in `desired-state/allowed_signers`, their id and the first two words of their `.pub` file, in this change or an earlier one; until two have one, this cannot be released.",
        nb: "Skriv en linje for hver i `desired-state/allowed_signers`, id-en og de to første ordene i `.pub`-filen, i denne endringen eller en tidligere; før to har en, kan dette ikke frigis."
    );
    Some(Finding::new(Code::LastAdministrators, message, way_out).at(Place::file(&FilePath::new(REGISTER))))
}

/// Returns the first day, today or within sixty days, on which fewer than two national administrators are in office.
fn too_few_from(rules: &Rules, base: &Base, today: Date) -> Option<Date> {
    let last = today.checked_add(AHEAD.days()).unwrap_or(Date::MAX);
    let ends =
        rules.register.appointments.iter().filter_map(|appointment| appointment.until?.tomorrow().ok());
    let mut days: BTreeSet<Date> = ends.filter(|day| today < *day && *day <= last).collect();
    days.insert(today);
    let few = |day: &Date| {
        let authority = Authority::on(&rules.register, base, &[*day]);
        authorised_people(rules, &authority).take(NEEDED).count() < NEEDED
    };
    days.into_iter().find(few)
}

/// Reports that fewer than two national administrators are in office, or will be within sixty days.
#[must_use]
pub fn running_out(rules: &Rules, base: &Base, today: Date) -> Option<Finding> {
    let day = too_few_from(rules, base, today)?;
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
                en: "Appoint a successor, or a longer term, in `register.yaml` before that day.",
                nb: "Utnevn en etterfølger, eller forleng vervet, i `register.yaml` før den dagen."
            ),
        )
    };
    Some(Finding::new(Code::LastAdministrators, message, way_out))
}
