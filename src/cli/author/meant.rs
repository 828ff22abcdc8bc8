//! Finds the value that an answer means: a unit, a role, an application, a day or an access. The user types a part of
//! its name, or chooses from a list.

use jiff::civil::Date;
use portvakt_author::{HeldAccess, day, fits, is_offered, too_many};
use portvakt_core::characters::composed;
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{EmployerId, PersonId, Position, Right, RoleId, Staff, TrustId, UnitId};
use portvakt_core::parse::nearest;
use portvakt_core::review::sentences;

pub(super) use self::applications::{applications, asked_applications};
use super::{Stop, Work};
use crate::cli::ask::{Choice, TRIES, Unanswered, nothing_was_written};
use crate::cli::output;

mod applications;

/// Returns the typed words as one line. Each letter is joined with its accents into one character, as files have it.
pub(super) fn one_line(typed: &str) -> String {
    composed(typed).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the unit that is meant.
pub(super) fn unit_meant(work: &Work<'_>, typed: Option<&str>) -> Result<UnitId, Unanswered> {
    unit_offered(work, typed, true)
}

/// Asks for a unit by its name. The user's own units are not offered, because the unit is that of somebody's
/// application.
pub(super) fn unit_by_name(work: &Work<'_>) -> Result<UnitId, Unanswered> {
    unit_offered(work, None, false)
}

fn unit_offered(work: &Work<'_>, typed: Option<&str>, offers_own: bool) -> Result<UnitId, Unanswered> {
    let register = &work.desk.rules.register;
    let open = |unit: &portvakt_core::model::Unit| unit.until.is_none_or(|until| until >= work.today());
    let units: Vec<(UnitId, String, String)> = register
        .units
        .iter()
        .filter(|(_, unit)| open(unit))
        .map(|(id, unit)| (*id, id.to_string(), unit.name.clone()))
        .collect();
    let choice = |(id, _, _): &(UnitId, String, String)| Choice {
        value: *id,
        words: Text::same(register.unit_name(*id)),
    };
    let question = text!(en: "the unit", nb: "enheten");
    let meant = |typed: &str| -> Vec<Choice<UnitId>> {
        fits(typed, &units, |(_, number, name)| vec![number.as_str(), name.as_str()])
            .into_iter()
            .map(choice)
            .collect()
    };
    let none = |typed: &str| {
        if typed.is_empty() {
            return text!(
                en: "Type a part of the unit's name, or its RESH number.",
                nb: "Skriv en del av navnet på enheten, eller RESH-nummeret."
            );
        }
        let near = nearest(typed.trim(), units.iter().map(|(_, _, name)| name.as_str()));
        let near = near
            .map_or_else(Text::default, |near| text!(en: "; did you mean {near}?", nb: "; mente du {near}?"));
        let typed = portvakt_net::line(typed);
        text!(
            with near;
            en: "no unit is called `{typed}`{near}",
            nb: "ingen enhet heter `{typed}`{near}"
        )
    };
    if let Some(typed) = typed {
        let found = meant(typed);
        if found.is_empty() {
            let none = none(typed);
            return Err(Unanswered(text!(with none; en: "error: {none}", nb: "feil: {none}")));
        }
        return work.ask.choose(&question, "--unit", &found, None);
    }
    // If the user coordinates units, only those are offered.
    let coordinated =
        work.me.as_ref().filter(|_| offers_own).map(|me| work.desk.coordinated_by(me)).unwrap_or_default();
    let own = |(id, _, _): &&(UnitId, String, String)| {
        register.trust_of(*id).is_some_and(|trust| coordinated.contains(trust))
    };
    let mine: Vec<Choice<UnitId>> = units.iter().filter(own).map(choice).collect();
    if !mine.is_empty() {
        return work.ask.choose(&question, "--unit", &mine, Some(0));
    }
    let typed = work.ask.line(&question, "--unit", None, |typed| {
        if meant(typed).is_empty() { Err(none(typed)) } else { Ok(typed.to_owned()) }
    })?;
    work.ask.choose(&question, "--unit", &meant(&typed), None)
}

/// Returns the trust of a unit of the register.
pub(super) fn trust_of(work: &Work<'_>, unit: UnitId) -> Result<TrustId, Unanswered> {
    work.desk.rules.register.trust_of(unit).cloned().ok_or_else(|| {
        Unanswered(text!(en: "error: no trust has the unit {unit}", nb: "feil: ikke noe helseforetak har enheten {unit}"))
    })
}

/// Returns the roles that can be given at the unit, each with the words for what it allows there. If the unit is
/// unknown, these are all roles. If only one role or none can be given, all are shown too, because a role is never
/// chosen without asking.
fn choice_of_roles(work: &Work<'_>, unit: Option<UnitId>) -> Vec<Choice<RoleId>> {
    let all = &work.desk.rules.register.roles;
    let is_given = |role: &&RoleId| unit.is_none_or(|unit| is_offered(&work.desk, unit, role));
    let given: Vec<&RoleId> = all.keys().filter(is_given).collect();
    all.iter()
        .filter(|(id, _)| given.len() < 2 || given.contains(id))
        .map(|(id, role)| {
            let may = unit.map_or_else(Text::default, |unit| allows(work, unit, id));
            let name = &role.name;
            let named = text!(en: "{id}: {name}.", nb: "{id}: {name}.");
            Choice { value: id.clone(), words: named.and(may) }
        })
        .collect()
}

/// Returns the role that is meant. The list shows what each role allows at the unit, if the unit is known.
pub(super) fn role(work: &Work<'_>, typed: Option<&str>, unit: Option<UnitId>) -> Result<RoleId, Unanswered> {
    let register = &work.desk.rules.register;
    match typed {
        None => needed_role(work, None, unit),
        Some(typed) => {
            let same = |id: &&RoleId| id.as_str().eq_ignore_ascii_case(typed.trim());
            register.roles.keys().find(same).cloned().ok_or_else(|| {
                let known: Vec<&str> = register.roles.keys().map(RoleId::as_str).collect();
                let (typed, known) = (portvakt_net::line(typed), known.join(", "));
                Unanswered(text!(
                    en: "error: `{typed}` is no role; there are {known}",
                    nb: "feil: `{typed}` er ingen rolle; det finnes {known}"
                ))
            })
        }
    }
}

/// Returns the role of a new access that begins on this day. If as many people have the role already as may, the user
/// is asked again.
pub(super) fn new_role(
    work: &Work<'_>,
    typed: Option<&str>,
    (person, unit, from): (&PersonId, UnitId, Date),
) -> Result<RoleId, Unanswered> {
    if typed.is_some() {
        return role(work, typed, Some(unit));
    }
    for _ in 0..TRIES {
        let role = needed_role(work, None, Some(unit))?;
        let Some((holders, most)) = too_many(&work.desk, person, (unit, &role), from) else {
            return Ok(role);
        };
        output::tell(
            work.global,
            &text!(
                en: "The trust would have {holders} with the role {role} on {from}, and may have {most}: let one end before the next begins, or choose another role.",
                nb: "Helseforetaket ville hatt {holders} med rollen {role} den {from}, og kan ha {most}: la én slutte før den neste begynner, eller velg en annen rolle."
            ),
        );
    }
    Err(Unanswered(nothing_was_written()))
}

/// Returns what a role allows at a unit, in the sentences of the policies.
fn allows(work: &Work<'_>, unit: UnitId, role: &RoleId) -> Text {
    let application = work.desk.rules.register.coordinators.application.clone();
    let right = Right { application, unit, role: role.clone() };
    Text::joined(sentences(&work.desk.rules, &right), " ")
}

pub(super) fn from(work: &Work<'_>, typed: Option<&str>) -> Result<Date, Unanswered> {
    typed.map_or(Ok(work.today()), |typed| {
        day(typed, work.today(), work.today()).map_err(|error| wrong(&error.words()))
    })
}

/// Returns the last day. It is `None` if words or an empty line say that there is no end.
pub(super) fn until(work: &Work<'_>, typed: Option<&str>, from: Date) -> Result<Option<Date>, Unanswered> {
    let read = |typed: &str| {
        if typed.is_empty() || has_no_end(typed) {
            return Ok(None);
        }
        let until = day(typed, work.today(), from).map_err(|error| error.words())?;
        if until < from {
            return Err(text!(
                en: "{until} is before the first day, {from}.",
                nb: "{until} er før den første dagen, {from}."
            ));
        }
        Ok(Some(until))
    };
    match typed {
        Some(typed) => read(typed).map_err(|why| wrong(&why)),
        None if !work.ask.at_a_terminal() => Ok(None),
        None => {
            let question = text!(en: "the last day", nb: "siste dag");
            let none = text!(en: "no end", nb: "uten slutt");
            work.ask.line(&question, "--until", Some(&none), read)
        }
    }
}

/// Returns whether words in the place of a last day mean that the access has no end. They include all words with which
/// this program itself shows an access without an end.
pub(super) fn has_no_end(typed: &str) -> bool {
    const WORDS: [&str; 8] =
        ["none", "open", "no end", "without an end", "ingen", "ingen slutt", "uten slutt", "uten sluttdato"];
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    WORDS.contains(&words.join(" ").as_str())
}

pub(super) fn wrong(why: &Text) -> Unanswered {
    Unanswered(text!(with why; en: "error: {why}", nb: "feil: {why}"))
}

pub(super) fn id_typed<T>(
    typed: &str,
    id: impl Fn(&str) -> Result<T, portvakt_core::model::IdError>,
) -> Result<T, Unanswered> {
    id(typed.trim()).map_err(|error| {
        let (typed, why) = (portvakt_net::line(typed), error.words());
        Unanswered(text!(with why; en: "error: `{typed}`: {why}", nb: "feil: `{typed}`: {why}"))
    })
}

/// Returns whether a word means that there is no value.
pub(super) fn is_none(typed: &str) -> bool {
    ["none", "ingen", ""].contains(&typed.trim())
}

/// Returns the position, in small letters as the policies name it. A number is not a position, because it would be the
/// place in a list.
pub(super) fn position(typed: &str) -> Result<Position, Unanswered> {
    let typed = typed.trim().to_lowercase();
    let position = Position::new(&typed).ok().filter(|_| typed.chars().any(char::is_alphabetic));
    position.ok_or_else(|| {
        let typed = portvakt_net::line(&typed);
        Unanswered(text!(
            en: "error: `{typed}` is no position; write it as one word, such as `lis` for a registrar",
            nb: "feil: `{typed}` er ingen stilling; skriv den som ett ord, slik som `lis` for lege i spesialisering"
        ))
    })
}

pub(super) fn staff(typed: &str) -> Result<Staff, Unanswered> {
    [Staff::Health, Staff::Ict, Staff::Other]
        .into_iter()
        .find(|staff| staff.as_str() == typed.trim())
        .ok_or_else(|| {
            let typed = portvakt_net::line(typed);
            Unanswered(text!(
                en: "error: `{typed}` is no kind of staff; write `health`, `ict` or `other`",
                nb: "feil: `{typed}` er ikke noe slags personell; skriv `health`, `ict` eller `other`"
            ))
        })
}

/// Returns the employer that is meant.
pub(super) fn employer_meant(work: &Work<'_>, typed: &str) -> Result<EmployerId, Unanswered> {
    let register = &work.desk.rules.register;
    let trusts = register.trusts.iter().filter_map(|(id, trust)| {
        let id = EmployerId::new(id.as_str()).ok().filter(|id| register.is_employer(id))?;
        Some((id, trust.name.clone()))
    });
    let bodies = register.ict_bodies.iter().map(|(id, name)| (id.clone(), name.clone()));
    let all: Vec<(EmployerId, String)> = trusts.chain(bodies).collect();
    let found: Vec<Choice<EmployerId>> = fits(typed, &all, |(id, name)| vec![id.as_str(), name.as_str()])
        .into_iter()
        .map(|(id, name)| Choice { value: id.clone(), words: Text::same(name.as_str()) })
        .collect();
    if found.is_empty() {
        let typed = portvakt_net::line(typed);
        return Err(Unanswered(
            text!(en: "error: no employer is called `{typed}`", nb: "feil: ingen arbeidsgiver heter `{typed}`"),
        ));
    }
    work.ask.choose(&text!(en: "the employer", nb: "arbeidsgiveren"), "--employer", &found, None)
}

/// Returns the accesses of a person that are meant: one, several or all. The options may name a unit or some
/// applications.
pub(super) fn accesses_meant(
    work: &Work<'_>,
    held: &[HeldAccess],
    unit: Option<&str>,
    application: &[String],
    question: &Text,
) -> Result<Vec<HeldAccess>, Stop> {
    let register = &work.desk.rules.register;
    let mut held = held.to_vec();
    if let Some(typed) = unit {
        let unit = unit_meant(work, Some(typed))?;
        held.retain(|one| one.grant.key.unit == unit);
    }
    if !application.is_empty() {
        let applications = applications(work, application)?;
        held.retain(|one| applications.contains(&one.grant.key.application));
    }
    // Accesses at one unit in one role are one choice, because they were given together.
    let mut groups: Vec<Choice<Vec<HeldAccess>>> = Vec::new();
    for one in held {
        let is_same = |group: &&mut Choice<Vec<HeldAccess>>| {
            group.value.first().is_some_and(|first| {
                first.grant.key.unit == one.grant.key.unit
                    && first.grant.role == one.grant.role
                    && first.grant.until == one.grant.until
            })
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.value.push(one),
            None => groups.push(Choice { value: vec![one], words: Text::default() }),
        }
    }
    for group in &mut groups {
        let Some(first) = group.value.first().map(|held| held.grant.clone()) else { continue };
        let names: Vec<&str> = group
            .value
            .iter()
            .map(|held| &held.grant.key.application)
            .map(|id| register.applications.get(id).map_or(id.as_str(), String::as_str))
            .collect();
        let (role, unit, names) = (&first.role, register.unit_name(first.key.unit), names.join(", "));
        group.words = match first.until {
            Some(until) => text!(
                en: "{role} at {unit} in {names}, until {until}",
                nb: "{role} ved {unit} i {names}, til {until}"
            ),
            None => {
                text!(en: "{role} at {unit} in {names}, no end", nb: "{role} ved {unit} i {names}, uten slutt")
            }
        };
    }
    if groups.len() > 1 && !work.ask.at_a_terminal() && (unit.is_some() || !application.is_empty()) {
        return Ok(groups.into_iter().flat_map(|group| group.value).collect());
    }
    Ok(work.ask.choose(question, "--unit", &groups, None)?)
}

/// Returns the role that is needed. It may differ from the role that is asked for, so it is never taken without asking.
pub(super) fn needed_role(
    work: &Work<'_>,
    asked: Option<&RoleId>,
    unit: Option<UnitId>,
) -> Result<RoleId, Unanswered> {
    let choices = choice_of_roles(work, unit);
    let question = match asked {
        Some(asked) => text!(
            en: "the role that is needed ({asked} is asked for)",
            nb: "rollen som trengs ({asked} er det bedt om)"
        ),
        None => text!(en: "the role that is needed", nb: "rollen som trengs"),
    };
    let usual = choices.iter().position(|choice| Some(&choice.value) == asked);
    work.ask.choose(&question, "--role", &choices, usual)
}
