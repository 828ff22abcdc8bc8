//! The person that an everyday command is about, and the accesses that the person has. The commands that extend, change,
//! move, end or take back an access find them in the same way, and say the same where there are none.

use jiff::civil::Date;
use portvakt_author::{HeldAccess, LeftBehind, Person, fits, given_name_first};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::PersonId;
use portvakt_core::parse::Entry;

use super::meant::wrong;
use super::{Stop, Work, people};
use crate::cli::clone::{Newcomer, newcomers};

/// Returns the person whom the words of the command line mean, or the answer at the terminal.
pub(super) fn person_meant(work: &Work<'_>, typed: &[String]) -> Result<PersonId, Stop> {
    let typed = typed.join(" ");
    let typed = Some(typed.trim()).filter(|typed| !typed.is_empty());
    let asked = (&people::who(), "PERSON");
    Ok(people::ask_for_person(work.ask, &work.desk, typed, asked, |typed| waits_on_a_branch(work, typed))?)
}

/// Returns the message for words that fit new people of open branches alone. Nothing of theirs can be changed yet, and
/// the message says how it is taken back. It is `None` if the words fit nobody there.
fn waits_on_a_branch(work: &Work<'_>, typed: &str) -> Option<Text> {
    let new = newcomers(work.global);
    let found = fits(&given_name_first(typed), &new, |one| vec![one.id.as_str(), one.name.as_str()]);
    let told = Text::joined(found.into_iter().map(Newcomer::waits), " ");
    (!told.is_empty()).then(|| wrong(&told).0)
}

/// Returns the accesses of a person that are not over. There must be at least one, and the person's files may have no
/// finding.
pub(super) fn living(work: &Work<'_>, id: &PersonId) -> Result<Vec<HeldAccess>, Stop> {
    let person = work.desk.person(id);
    let faults = person.faults();
    if !faults.is_empty() {
        return Err(Stop::Findings(faults));
    }
    let living = person.accesses(work.today());
    if living.is_empty() {
        let name = work.called(id);
        let message = text!(
            en: "{name} has no access that is in force or to come",
            nb: "{name} har ingen tilgang som gjelder eller kommer"
        );
        let way_out = text!(
            en: "After its last day an access has served: give a new one with `portvakt grant`, on a new application.",
            nb: "Etter siste dag er tilgangen brukt opp: gi en ny med `portvakt grant`, på en ny søknad."
        );
        return Err(Finding::new(Code::UnknownName, message, way_out).into());
    }
    Ok(living)
}

/// Returns the person's accesses that are not over, and the words about entries that are refused. A refused entry is
/// not carried out, so what was accepted before stays in force. The valid accesses are still taken away. If there is nothing
/// to take away, that is what was asked for.
pub(super) fn accesses_and_refused(
    work: &Work<'_>,
    id: &PersonId,
) -> Result<(Vec<HeldAccess>, Vec<Text>), Stop> {
    let (person, today) = (work.desk.person(id), work.today());
    let left = work.desk.left_behind(&person);
    let (over, left): (Vec<LeftBehind>, Vec<LeftBehind>) =
        left.into_iter().partition(|one| one.held.grant.is_over(today));
    let found = (person.accesses(today), faults_but_of(&person, &over));
    let is_left = |fault: &Finding| left.iter().any(|one| one.finding == *fault);
    told_or_stopped(work, &person, found, |fault| match is_left(&fault) {
        true => ends_where_it_stands(fault),
        false => still_accepted(fault),
    })
}

/// Returns the same for accesses that are taken back at once. An entry that is only in the wrong folder, because its unit
/// went to another trust, counts as an access: `revoked` acts in it where it stands.
pub(super) fn accesses_to_take_back(
    work: &Work<'_>,
    id: &PersonId,
) -> Result<(Vec<HeldAccess>, Vec<Text>), Stop> {
    let (person, today) = (work.desk.person(id), work.today());
    let left = work.desk.left_behind(&person);
    let faults = faults_but_of(&person, &left);
    let mut living = person.accesses(today);
    living.extend(left.into_iter().map(|one| one.held).filter(|held| !held.grant.is_over(today)));
    told_or_stopped(work, &person, (living, faults), still_accepted)
}

/// Returns the findings about a person's files without those about these entries.
fn faults_but_of(person: &Person, left: &[LeftBehind]) -> Vec<Finding> {
    let is_other = |fault: &Finding| left.iter().all(|one| one.finding != *fault);
    person.faults().into_iter().filter(is_other).collect()
}

/// Returns the accesses with the words about refused entries, or the reason to stop. `in_full` adds to a finding what it
/// means for the person.
fn told_or_stopped(
    work: &Work<'_>,
    person: &Person,
    (living, faults): (Vec<HeldAccess>, Vec<Finding>),
    in_full: impl Fn(Finding) -> Finding,
) -> Result<(Vec<HeldAccess>, Vec<Text>), Stop> {
    if faults.is_empty() && living.is_empty() {
        return Err(Stop::already(vec![nothing_to_end(work, person)]));
    }
    if faults.is_empty() {
        return Ok((living, Vec::new()));
    }
    if living.is_empty() || !person.in_error.is_empty() {
        return Err(Stop::Findings(faults.into_iter().map(in_full).collect()));
    }
    let told = faults.iter().map(|fault| {
        let what = &fault.message;
        let file = fault.place.as_ref().map_or("", |place| place.file.as_str());
        text!(
            with what;
            en: "An entry of `{file}` is refused, and what it gave stands: {what}",
            nb: "En oppføring i `{file}` er avvist, og det den ga, står: {what}"
        )
    });
    Ok((living, told.collect()))
}

/// Returns the words for a person whose access is to end and who has none. The day is the one after which the last access
/// was over.
fn nothing_to_end(work: &Work<'_>, person: &Person) -> Text {
    let name = work.called(&person.id);
    let entries = person.files.values().flat_map(|file| &file.entries);
    let ends = entries.filter_map(|entry| match entry {
        Entry::Valid { grant, .. } => grant.revoked.as_ref().map(|revoked| revoked.on).or(grant.until),
        Entry::Invalid { .. } => None,
    });
    match ends.max() {
        Some(last) => text!(
            en: "{name} has no access to end: the last one was over after {last}.",
            nb: "{name} har ingen tilgang å avslutte: den siste var over etter {last}."
        ),
        None => text!(en: "{name} has no access to end.", nb: "{name} har ingen tilgang å avslutte."),
    }
}

/// Adds to a finding what it means for a person whose access is to end.
fn still_accepted(mut fault: Finding) -> Finding {
    fault.way_out = std::mem::take(&mut fault.way_out).and(text!(
        en: "Until then nothing of this entry can be ended or taken back here, and what was accepted of it stands.",
        nb: "Inntil da kan ingenting av denne oppføringen avsluttes eller trekkes tilbake her, og det som er godtatt av den, står."
    ));
    fault
}

/// Adds to a finding about an entry that is only in the wrong folder how its access ends there.
fn ends_where_it_stands(mut fault: Finding) -> Finding {
    fault.way_out = std::mem::take(&mut fault.way_out).and(text!(
        en: "No other last day counts until then. If the person has left, delete the entry, or write `revoked`, where it stands: `portvakt revoke`.",
        nb: "Ingen annen siste dag teller før det. Har personen sluttet, slett oppføringen, eller skriv `revoked`, der den står: `portvakt revoke`."
    ));
    fault
}

/// Returns the finding for options that match none of a person's accesses. It names the accesses that the person has.
pub(super) fn no_such(work: &Work<'_>, id: &PersonId, living: &[HeldAccess]) -> Finding {
    let name = work.called(id);
    let register = &work.desk.rules.register;
    let access = |one: &HeldAccess| {
        let key = &one.grant.key;
        format!("{}, {}", register.unit_name(key.unit), key.application)
    };
    let there = living.iter().map(access).collect::<Vec<_>>().join("; ");
    let message = text!(
        en: "{name} has no such access that is in force or to come",
        nb: "{name} har ingen slik tilgang som gjelder eller kommer"
    );
    let way_out = text!(
        en: "Name one of these with `--unit` and `--application`: {there}.",
        nb: "Oppgi en av disse med `--unit` og `--application`: {there}."
    );
    Finding::new(Code::UnknownName, message, way_out)
}

/// Returns the message that a last day is in the past.
pub(super) fn has_been(last: Date, today: Date) -> Text {
    text!(
        en: "the last day {last} has been: the access was in force until today, {today}",
        nb: "siste dag {last} har vært: tilgangen gjaldt til i dag, {today}"
    )
}

/// Returns the names of the people who may take back these accesses, unit by unit.
pub(super) fn whoever(work: &Work<'_>, held: &[HeldAccess]) -> Text {
    let mut told: Vec<Text> = Vec::new();
    for one in held {
        let may = work.desk.may_revoke(&one.grant);
        let may = work.all_called(may.iter().filter(|person| **person != one.grant.key.person));
        let unit = work.desk.rules.register.unit_name(one.grant.key.unit);
        let line = if may.is_empty() {
            text!(
                en: "The access at {unit} stays; nobody there may take it back today.",
                nb: "Tilgangen ved {unit} står; ingen der kan trekke den tilbake i dag."
            )
        } else {
            text!(
                en: "The access at {unit} stays; it can be taken back by {may}.",
                nb: "Tilgangen ved {unit} står; den kan trekkes tilbake av {may}."
            )
        };
        if !told.contains(&line) {
            told.push(line);
        }
    }
    Text::joined(told, " ")
}
