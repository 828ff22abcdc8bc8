//! Finds the person who is to have the access, or makes a new one.

use portvakt_author::{folded, given_name_first, proposed_id, with_capitals};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{EmployerId, Facts, Login, PersonId, Staff, TrustId, TrustKind, Vouched};

use super::{AboutArgs, Args};
use crate::cli::ask::{Choice, Unanswered};
use crate::cli::author::meant::{self, employer_meant, id_typed, staff};
use crate::cli::author::name::{name_meant, without_capitals};
use crate::cli::author::namesakes::{anothers, fits_nobody};
use crate::cli::author::number::number_typed;
use crate::cli::author::{Stop, Work, people};
use crate::cli::output;

/// The person who is given access.
pub(super) enum Who {
    Known(PersonId),
    New(PersonId, String),
}

pub(super) fn who(work: &Work<'_>, args: &Args) -> Result<Who, Stop> {
    let desk = &work.desk;
    let question = text!(
        en: "who is given access (a new person: first and last name)",
        nb: "hvem som får tilgang (ny person: fornavn og etternavn)"
    );
    let found = |typed: &str| if args.new { Vec::new() } else { people::best_fitting(desk, typed) };
    // Whoever is here may be named in small letters. Somebody new gets capital letters, if the user agrees.
    let offered = |typed: &str| {
        let is_of_nobody = args.about.id.is_none() && found(typed).is_empty();
        let name = is_of_nobody.then(|| with_capitals(&given_name_first(typed))).flatten();
        name.filter(|name| name_meant(name).is_ok())
    };
    let unusable = |typed: &str| {
        let is_new = args.about.id.is_none() && found(typed).is_empty();
        let name = offered(typed).unwrap_or_else(|| typed.to_owned());
        is_new.then(|| somebody_new(work, args, &name).err()).flatten()
    };
    let asked = || {
        work.ask.line(&question, "PERSON", None, |typed| {
            if typed.is_empty() {
                return Err(people::say_a_name());
            }
            // If the name cannot be used, the user is asked for another one here, and not after all other questions.
            unusable(typed).map_or_else(|| Ok(typed.to_owned()), Err)
        })
    };
    let given = args.who.join(" ");
    let typed = if given.trim().is_empty() {
        asked()?
    } else if args.from_request.is_some()
        && work.ask.at_a_terminal()
        && let Some(why) = unusable(&given)
    {
        // The user cannot mend the name in the export.
        output::tell(work.global, &why);
        asked()?
    } else {
        given
    };
    let typed = match offered(&typed) {
        Some(name) if work.ask.at_a_terminal() => {
            let shown = portvakt_net::line(&name);
            let question = text!(en: "Is this the name: {shown}?", nb: "Er dette navnet: {shown}?");
            if !work.ask.goes_on(&question)? {
                return Err(Unanswered(without_capitals(&name)).into());
            }
            name
        }
        _ => typed,
    };
    let found = found(&typed);
    if !found.is_empty()
        && let Some(person) = here_already(work, args, &typed, &found)?
    {
        return Ok(Who::Known(person));
    }
    let (id, name) = somebody_new(work, args, &typed).map_err(Unanswered)?;
    Ok(Who::New(id, name))
}

/// Returns the id and the name of a new person, made from the typed name.
fn somebody_new(work: &Work<'_>, args: &Args, typed: &str) -> Result<(PersonId, String), Text> {
    let desk = &work.desk;
    let is_id_said = args.about.id.is_some();
    if !is_id_said && given_name_first(typed).split_whitespace().count() < 2 {
        return Err(fits_nobody(work, typed));
    }
    let name = name_meant(typed)?;
    if let Some(written) = with_capitals(&name).filter(|_| !is_id_said) {
        return Err(without_capitals(&written));
    }
    if let Some(id) = args.about.id.as_ref().filter(|id| desk.is_taken(id)) {
        return Err(text!(
            en: "error: the id `{id}` is that of {owner}; a new person gets an id that nobody has or had",
            nb: "feil: id-en `{id}` tilhører {owner}; en ny person får en id ingen har eller har hatt";
            owner = people::called(desk, id)
        ));
    }
    if let Some(id) = args.about.id.as_ref().filter(|id| work.former().is_anothers(id, &name)) {
        return Err(anothers(work, id));
    }
    let taken = |id: &PersonId| desk.is_taken(id) || work.former().is_anothers(id, &name);
    let id = args.about.id.clone().or_else(|| proposed_id(&name, taken));
    let id = id.ok_or_else(|| {
        text!(
            en: "error: no id can be made from that name; say it with `--id`",
            nb: "feil: det kan ikke lages noen id av det navnet; oppgi den med `--id`"
        )
    })?;
    Ok((id, name))
}

/// Returns the person in the files who is meant. It is `None` if a new person is meant. An id means its person, and one
/// word that is no whole name means the person whom it fits. Any other words, the whole name of somebody too, may be the
/// name of a new person. Their access must not get into another person's file, so the user is asked. Without a terminal
/// the words are refused.
fn here_already(
    work: &Work<'_>,
    args: &Args,
    typed: &str,
    found: &[(PersonId, String)],
) -> Result<Option<PersonId>, Stop> {
    let desk = &work.desk;
    let typed = given_name_first(typed);
    let is_typed = |said: &str| folded(said) == folded(&typed);
    let is_id = found.iter().any(|(id, _)| is_typed(id.as_str()));
    let is_name = found.iter().any(|(_, name)| is_typed(name));
    let words = typed.split([' ', '.']).filter(|word| !word.is_empty()).count();
    if is_id || (words < 2 && !is_name) {
        let person = people::chosen_person(work.ask, desk, &typed, "PERSON")?;
        if let [(id, _)] = found
            && !is_id
        {
            // If the user means a new person, this message shows that another person was found.
            let called = people::called(desk, id);
            output::tell(
                work.global,
                &text!(
                    en: "taken as {called}, who is here already; somebody new is given with `--new`",
                    nb: "forstått som {called}, som er her fra før; er det en ny person, skriv `--new`"
                ),
            );
        }
        return Ok(Some(person));
    }
    if let Some(id) = &args.about.id {
        // The id of one of them means that person, and any other id is for somebody new.
        return Ok(found.iter().any(|(known, _)| known == id).then(|| id.clone()));
    }
    if is_name && let Some(person) = whose_application(work, args, found) {
        return Ok(Some(person));
    }
    if !work.ask.at_a_terminal() {
        return Err(Unanswered(same_or_new(work, &typed, found, is_name)).into());
    }
    if let [(id, _)] = found {
        let who = people::with_places(desk, id);
        let question = text!(
            with who;
            en: "Here already: {who}. The same person?",
            nb: "Her fra før: {who}. Samme person?"
        );
        return Ok(work.ask.goes_on(&question)?.then(|| id.clone()));
    }
    let here =
        found.iter().map(|(id, _)| Choice { value: Some(id.clone()), words: people::with_places(desk, id) });
    let new = Choice { value: None, words: text!(en: "somebody new", nb: "en ny person") };
    let choices: Vec<Choice<Option<PersonId>>> = here.chain(std::iter::once(new)).collect();
    let typed = portvakt_net::line(&typed);
    let question = text!(en: "who `{typed}` is", nb: "hvem `{typed}` er");
    Ok(work.ask.choose(&question, "PERSON", &choices, None)?)
}

/// Returns the person of these whose application it is, if the number is said. An application is one person's (R33), so
/// whoever does a task again is not asked who is meant.
fn whose_application(work: &Work<'_>, args: &Args, found: &[(PersonId, String)]) -> Option<PersonId> {
    let number = number_typed(work, args.access.request.as_deref()?).ok()?;
    let owner = work.desk.served(&number)?;
    found.iter().any(|(id, _)| *id == owner).then_some(owner)
}

/// Returns the message where nobody can be asked whether a typed name means somebody who is here.
fn same_or_new(work: &Work<'_>, typed: &str, found: &[(PersonId, String)], is_name: bool) -> Text {
    let desk = &work.desk;
    let typed = portvakt_net::line(typed);
    if is_name {
        let like = Text::joined(found.iter().map(|(id, _)| people::with_places(desk, id)), "; ");
        return text!(
            with like;
            en: "error: somebody called `{typed}` is here already: {like}. If it is the same person, write the id; for somebody new of that name write `--new`",
            nb: "feil: noen som heter `{typed}`, er her fra før: {like}. Er det samme person, skriv id-en; er det en ny person med det navnet, skriv `--new`"
        );
    }
    let like: Vec<String> = found.iter().map(|(id, _)| people::called(desk, id)).collect();
    let like = like.join(", ");
    text!(
        en: "error: `{typed}` is not the whole name of {like}; write the id of the one you mean, or `--new` for somebody new",
        nb: "feil: `{typed}` er ikke hele navnet til {like}; skriv id-en til den du mener, eller `--new` for en ny person"
    )
}

/// Asks for the facts in the file of a new person.
pub(super) fn ask_facts(
    work: &Work<'_>,
    args: &AboutArgs,
    trust: &TrustId,
    name: &str,
) -> Result<Facts, Unanswered> {
    let register = &work.desk.rules.register;
    let of_trust = EmployerId::new(trust.as_str()).ok().filter(|employer| register.is_employer(employer));
    let employer = match (&args.employer, of_trust) {
        (Some(typed), _) => employer_meant(work, typed)?,
        (None, Some(employer)) => employer,
        (None, None) => {
            let bodies: Vec<Choice<EmployerId>> = register
                .ict_bodies
                .iter()
                .map(|(id, name)| Choice { value: id.clone(), words: Text::same(name.as_str()) })
                .collect();
            work.ask.choose(&text!(en: "the employer", nb: "arbeidsgiveren"), "--employer", &bodies, None)?
        }
    };
    let at_trust = register.trusts.get(employer.as_str()).is_some_and(|trust| trust.kind == TrustKind::Trust);
    let usual = if at_trust { Staff::Health } else { Staff::Ict };
    let staff = args.staff.as_deref().map_or(Ok(usual), staff)?;
    let position = match args.position.as_deref() {
        Some(typed) if meant::is_none(typed) => None,
        Some(typed) => Some(meant::position(typed)?),
        None if work.ask.at_a_terminal() && staff == Staff::Health => {
            let question = text!(en: "the position, `lis` for a registrar", nb: "stillingen, `lis` for lege i spesialisering");
            let none = text!(en: "nothing that matters", nb: "ingen som betyr noe");
            work.ask.line(&question, "--position", Some(&none), |typed| {
                if meant::is_none(typed) {
                    Ok(None)
                } else {
                    meant::position(typed).map(Some).map_err(|why| why.0)
                }
            })?
        }
        None => None,
    };
    let login = args.login.as_deref().filter(|typed| !meant::is_none(typed));
    let login = login.map(|typed| id_typed(typed, Login::new)).transpose()?;
    let vouched = Vouched { position, login, ..Vouched::of(employer, staff) };
    Ok(Facts { name: name.to_owned(), vouched, email: None })
}
