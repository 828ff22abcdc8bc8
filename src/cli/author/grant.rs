//! `portvakt grant` gives an access. It asks for what is missing, and writes the entry that an administrator would
//! write.

use std::path::PathBuf;

use portvakt_author::{Applicant, AskedAccess, HeldAccess, folded, give, proposed_id, waiting, wanted};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{
    ApplicationId, Approval, EmployerId, Facts, Grant, Identity, Login, PersonId, RequestId, Staff, TrustId,
    TrustKind, UnitId, Vouched,
};
use portvakt_core::parse::Entry;

use super::approval::{ApprovalArgs, approval, identity};
use super::ask::{Choice, Unanswered};
use super::meant::{
    self, applications, employer, from, needed_role, new_role, one_line, read, request, staff, trust_of, unit,
};
use super::namesakes::{anothers, namesakes, unnamed};
use super::underway::Repeat;
use super::{How, Made, Stop, Work, cannot, carry, people, portal, tried};
use crate::cli::output;
use crate::config::Global;

/// Give somebody access: writes their file, or a new entry in it.
///
/// Asks for what is missing where a terminal is there. Who is new is named in full; who has a file is found by a part of the
/// name.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Who: an id, a name or a part of it; a new person's first and last name.
    #[arg(value_name = "PERSON")]
    who: Vec<String>,
    /// Begin with this application of the export: who, where and in which applications. What is said here wins. The role is
    /// the one that is needed, and is asked for.
    #[arg(long, value_name = "NUMBER")]
    from_request: Option<String>,
    /// With `--from-request`: the export of the portal, outside the repository. Noted once for all with
    /// `git config portvakt.requests FILE`.
    #[arg(long, env = "PORTVAKT_REQUESTS", hide_env_values = true, value_name = "FILE")]
    export: Option<PathBuf>,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    about: AboutArgs,
    /// The person is new, though others have a name like it.
    #[arg(long)]
    new: bool,
    #[command(flatten)]
    approval: ApprovalArgs,
    #[command(flatten)]
    how: How,
}

/// The access that is given.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AccessArgs {
    /// The unit: its RESH number, its name or a part of it.
    #[arg(long, value_name = "UNIT")]
    pub(super) unit: Option<String>,
    /// The role that is needed.
    #[arg(long, value_name = "ROLE")]
    pub(super) role: Option<String>,
    /// The application, or a part of its name; may be given several times. Without it: all of them.
    #[arg(long = "application", value_name = "APPLICATION")]
    pub(super) applications: Vec<String>,
    /// The first day; today where it is left out.
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<String>,
    /// The last day, inclusive; `none` for no end.
    #[arg(long, value_name = "DAY")]
    pub(super) until: Option<String>,
    /// The number of the application request.
    #[arg(long, value_name = "REQUEST")]
    pub(super) request: Option<String>,
}

/// What the file says of a new person.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AboutArgs {
    /// The id of a new person, where it is not to be made from the name.
    #[arg(long, value_name = "ID", value_parser = crate::cli::person)]
    id: Option<PersonId>,
    /// Where a new person is employed; the trust of the unit where it is left out.
    #[arg(long, value_name = "EMPLOYER")]
    employer: Option<String>,
    /// `health` or `ict`.
    #[arg(long, value_name = "STAFF")]
    staff: Option<String>,
    /// The position, where it matters: `lis` for a registrar.
    #[arg(long, value_name = "POSITION")]
    position: Option<String>,
    /// The name they log in with.
    #[arg(long, value_name = "LOGIN")]
    login: Option<String>,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| {
        let args = filled(&work, args)?;
        carry(&work, &grant(&work, &args)?)
    });
    done.unwrap_or_else(|stop| stop.exit(global))
}

/// Fills the arguments that are missing from the application.
fn filled(work: &Work<'_>, args: &Args) -> Result<Args, Stop> {
    let mut args = args.clone();
    let Some(typed) = args.from_request.clone() else { return Ok(args) };
    let number = request(work, Some(&typed), "--from-request")?;
    let export = portal::export(work, args.export.as_deref())?;
    let application = portal::application(&export, &number)?;
    let asked = wanted(&work.desk, application);
    let line = portal::asks_for(work, &asked);
    output::tell(work.global, &text!(with line; en: "{number}  {line}.", nb: "{number}  {line}."));
    let waiting = waiting(&work.desk, &export, &work.former().named());
    let same = waiting.iter().filter(|one| one.application == *application);
    for notice in same.flat_map(|one| &one.notices).map(portal::notice) {
        output::tell(work.global, &text!(with notice; en: "! {notice}", nb: "! {notice}"));
    }
    if args.who.is_empty() && !application.name.is_empty() {
        args.who = vec![application.name.clone()];
    }
    let access = &mut args.access;
    access.request.get_or_insert_with(|| number.to_string());
    if access.unit.is_none() {
        access.unit = asked.unit.map(|unit| unit.to_string());
    }
    if access.applications.is_empty() {
        access.applications = asked.applications.iter().map(ToString::to_string).collect();
    }
    if access.role.is_none() {
        // The list of roles tells what each may do. This needs a unit.
        let unit = unit(work, access.unit.as_deref())?;
        access.unit = Some(unit.to_string());
        access.role = Some(needed_role(work, asked.role.as_ref(), Some(unit))?.to_string());
    }
    Ok(args)
}

/// Returns the finding for an access that waits because the applicant's identity is uncertain (R17). It names people
/// who can be called.
fn uncertain(work: &Work<'_>, grant: &Grant, name: &str) -> Finding {
    let place = work.desk.rules.register.unit_name(grant.key.unit);
    let (request, name) = (&grant.key.request, portvakt_net::line(name));
    let message = text!(
        en: "it is uncertain who the applicant {name} is, so the application `{request}` waits and nothing was written",
        nb: "det er usikkert hvem søkeren {name} er, så søknaden `{request}` venter, og ingenting ble skrevet"
    );
    // Nobody may approve it in this state. These people could approve it once they know the person.
    let approval = Approval { identity: Identity::Known, ..grant.approval.clone() };
    let known = Grant { approval, ..grant.clone() };
    let people: Vec<String> =
        work.desk.may_approve(&known).iter().map(|person| work.called(person)).collect();
    let people = people.join(", ");
    let way_out = text!(
        en: "Call the applicant on a number that you have from elsewhere than the application, such as the switchboard of {place}, or somebody who may know them: {people}. Then say `--contacted \"phone today\"`.",
        nb: "Ring søkeren på et nummer du har fra et annet sted enn søknaden, slik som sentralbordet ved {place}, eller noen som kan kjenne vedkommende: {people}. Si så `--contacted \"telefon i dag\"`."
    );
    Finding::new(Code::RequestWaits, message, way_out).held().decided_by(vec!["R17".to_owned()], Vec::new())
}

fn grant(work: &Work<'_>, args: &Args) -> Result<Made, Stop> {
    let who = who(work, args)?;
    let unit = unit(work, args.access.unit.as_deref())?;
    let trust = trust_of(work, unit)?;
    let from = from(work, args.access.from.as_deref())?;
    let (Who::Known(person) | Who::New(person, _)) = &who;
    let role = new_role(work, args.access.role.as_deref(), (person, unit, from))?;
    let applications = applications(work, &args.access.applications)?;
    let request = request(work, args.access.request.as_deref(), "--request")?;
    let facts = match &who {
        Who::Known(person) => {
            let known = work.desk.person(person);
            let faults = known.faults();
            if !faults.is_empty() {
                return Err(Stop::Findings(faults));
            }
            known.facts().cloned().map_or_else(|| about(work, &args.about, &trust, &known.name), Ok)?
        }
        Who::New(_, name) => about(work, &args.about, &trust, name)?,
    };
    let (person, name) = match who {
        Who::Known(person) => (person, facts.name.clone()),
        Who::New(person, name) => (person, name),
    };
    let applicant = Applicant { person: person.clone(), facts };
    let mut asked = AskedAccess { applications, unit, role, from, until: None, request };
    let is_from_said = args.access.from.is_some();
    let until = tried::last_day(work, args.access.until.as_deref(), from, |until| {
        let asked = AskedAccess { until, ..asked.clone() };
        // What was given on this application before is told below.
        let is_told = stands(work, &person, &asked, is_from_said)
            || is_used(work, &person, &asked.applications, (unit, &asked.request));
        if is_told { Vec::new() } else { tried::whoever_approves(work, &trust, &applicant, &asked) }
    })?;
    asked.until = until;
    if stands(work, &person, &asked, is_from_said) {
        let (role, unit, request) =
            (&asked.role, work.desk.rules.register.unit_name(asked.unit), &asked.request);
        return Err(Stop::already(vec![text!(
            en: "{name} has {role} at {unit} on the application {request} already.",
            nb: "{name} har allerede {role} ved {unit} på søknaden {request}."
        )]));
    }
    if is_used(work, &person, &asked.applications, (unit, &asked.request)) {
        return Err(used(&asked.request).into());
    }
    let identity = identity(work, &args.approval)?;
    let nobody = Approval { by: person.clone(), on: work.today(), identity };
    let drafts = asked.grants(&trust, &applicant, &nobody);
    let approved = match drafts.split_first() {
        Some((first, _)) if nobody.identity == Identity::Uncertain => {
            return Err(Stop::from(uncertain(work, first, &name)));
        }
        Some(entries) => approval(work, &args.approval, entries)?,
        None => nobody,
    };
    let draft = give(&work.desk, &trust, &applicant, &asked, &approved).map_err(|error| cannot(&error))?;
    let (same, other_role) = twice(work, &person, &asked);
    let unit = work.desk.rules.register.unit_name(unit);
    let role = &asked.role;
    Ok(Made {
        draft,
        slug: format!("grant-{person}"),
        sentence: format!("Give {name} ({person}) {role} at {unit}, request {}", asked.request),
        besides: namesakes(work, &person, &name).into_iter().chain(other_role).collect(),
        repeats: same.into_iter().collect(),
    })
}

/// The person who is given access.
enum Who {
    Known(PersonId),
    New(PersonId, String),
}

fn who(work: &Work<'_>, args: &Args) -> Result<Who, Stop> {
    let desk = &work.desk;
    let question = text!(
        en: "who is given access (a new person: first and last name)",
        nb: "hvem som får tilgang (ny person: fornavn og etternavn)"
    );
    let typed = match args.who.join(" ") {
        typed if typed.trim().is_empty() => work.ask.line(&question, "PERSON", None, |typed| {
            if typed.is_empty() { Err(question.clone()) } else { Ok(typed.to_owned()) }
        })?,
        typed => typed,
    };
    let found = if args.new { Vec::new() } else { people::meant(desk, &typed) };
    if !found.is_empty()
        && let Some(person) = here_already(work, &typed, &found)?
    {
        return Ok(Who::Known(person));
    }
    let words = typed.split_whitespace().count();
    let is_name = words >= 2 && typed.chars().any(char::is_uppercase);
    if !is_name && args.about.id.is_none() {
        return Err(Stop::from(Unanswered(unnamed(work, &typed))));
    }
    let name = one_line(&typed);
    if let Some(id) = args.about.id.as_ref().filter(|id| desk.is_taken(id)) {
        return Err(Stop::from(Unanswered(text!(
            en: "error: the id `{id}` is that of {owner}; a new person gets an id that nobody has or had",
            nb: "feil: id-en `{id}` tilhører {owner}; en ny person får en id ingen har eller har hatt";
            owner = people::called(desk, id)
        ))));
    }
    if let Some(id) = args.about.id.as_ref().filter(|id| work.former().is_anothers(id, &name)) {
        return Err(Stop::from(Unanswered(anothers(work, id))));
    }
    let taken = |id: &PersonId| desk.is_taken(id) || work.former().is_anothers(id, &name);
    let id = args.about.id.clone().or_else(|| proposed_id(&name, taken));
    let id = id.ok_or_else(|| {
        Unanswered(text!(
            en: "error: no id can be made from that name; say it with `--id`",
            nb: "feil: det kan ikke lages noen id av det navnet; oppgi den med `--id`"
        ))
    })?;
    Ok(Who::New(id, name))
}

/// The person here who is meant, or nobody where somebody new is. A part of a name means whom it fits. Several words that are not the
/// whole name may be the name of somebody new, who must not get their access in another's file: that is asked about, and
/// refused where nobody can be asked.
fn here_already(
    work: &Work<'_>,
    typed: &str,
    found: &[(PersonId, String)],
) -> Result<Option<PersonId>, Stop> {
    let desk = &work.desk;
    let typed = one_line(typed);
    let is_named = found
        .iter()
        .any(|(id, name)| [id.as_str(), name.as_str()].iter().any(|said| folded(said) == folded(&typed)));
    let words = typed.split([' ', '.']).filter(|word| !word.is_empty()).count();
    if is_named || words < 2 {
        let person = people::one(work.ask, desk, &typed, "PERSON")?;
        if let [(id, _)] = found
            && !is_named
        {
            // Whoever means somebody new sees here that somebody else was found.
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
    if !work.ask.at_a_terminal() {
        let like: Vec<String> = found.iter().map(|(id, _)| people::called(desk, id)).collect();
        let (typed, like) = (portvakt_net::line(&typed), like.join(", "));
        return Err(Stop::from(Unanswered(text!(
            en: "error: `{typed}` is not the whole name of {like}; write the id of the one you mean, or `--new` for somebody new",
            nb: "feil: `{typed}` er ikke hele navnet til {like}; skriv id-en til den du mener, eller `--new` for en ny person"
        ))));
    }
    if let [(id, _)] = found {
        let called = people::called(desk, id);
        let question = text!(
            en: "{called} is here already: the same person?",
            nb: "{called} er her fra før: samme person?"
        );
        return Ok(work.ask.goes_on(&question)?.then(|| id.clone()));
    }
    let here = found
        .iter()
        .map(|(id, _)| Choice { value: Some(id.clone()), words: Text::same(people::called(desk, id)) });
    let new = Choice { value: None, words: text!(en: "somebody new", nb: "en ny person") };
    let choices: Vec<Choice<Option<PersonId>>> = here.chain(std::iter::once(new)).collect();
    let typed = portvakt_net::line(&typed);
    let question = text!(en: "who `{typed}` is", nb: "hvem `{typed}` er");
    Ok(work.ask.choose(&question, "PERSON", &choices, None)?)
}

/// Whether one of these accesses was given on this application before (R33).
fn is_used(
    work: &Work<'_>,
    person: &PersonId,
    applications: &[ApplicationId],
    (unit, request): (UnitId, &RequestId),
) -> bool {
    let person = work.desk.person(person);
    person.files.values().flat_map(|file| &file.entries).any(|entry| match entry {
        Entry::Valid { grant, .. } => {
            let key = &grant.key;
            key.unit == unit && key.request.is_same(request) && applications.contains(&key.application)
        }
        Entry::Invalid { .. } => false,
    })
}

fn used(request: &RequestId) -> Finding {
    let message = text!(
        en: "an access like this was given on the application `{request}` before, and an application serves once",
        nb: "en slik tilgang er gitt på søknaden `{request}` før, og en søknad kan bare brukes én gang"
    );
    let way_out = text!(
        en: "Who comes back sends a new application: say its number. To move the last day of an access that is not over, use `portvakt extend`.",
        nb: "Den som kommer tilbake, sender ny søknad: oppgi nummeret på den. Skal en tilgang som ikke er over, vare lenger, bruk `portvakt extend`."
    );
    Finding::new(Code::DuplicateEntry, message, way_out)
}

/// Returns whether the files already have each of these accesses in this form. If the user gave no first day, it may
/// differ.
fn stands(work: &Work<'_>, person: &PersonId, asked: &AskedAccess, is_from_said: bool) -> bool {
    let living = work.desk.person(person).accesses(work.today());
    asked.applications.iter().all(|application| {
        living.iter().any(|HeldAccess { grant, .. }| {
            grant.key.application == *application
                && grant.key.unit == asked.unit
                && grant.key.request.is_same(&asked.request)
                && grant.role == asked.role
                && grant.until == asked.until
                && (!is_from_said || grant.from == asked.from)
        })
    })
}

/// Compares the asked access with the accesses that the person has. If the role is the same, it would be given a second
/// time, and `portvakt extend` is the right command. It needs no new application. If the role differs, or the old
/// access is over by then, it is only a notice.
fn twice(work: &Work<'_>, person: &PersonId, asked: &AskedAccess) -> (Option<Repeat>, Option<Text>) {
    let living = work.desk.person(person).accesses(work.today());
    let is_here = |held: &&HeldAccess| {
        held.grant.key.unit == asked.unit && asked.applications.contains(&held.grant.key.application)
    };
    let is_same = |held: &&HeldAccess| {
        is_here(held)
            && held.grant.role == asked.role
            && held.grant.until.is_none_or(|until| until >= asked.from)
    };
    let same = living.iter().find(is_same);
    let Some(held) = same.or_else(|| living.iter().find(is_here)) else { return (None, None) };
    let (role, unit) = (&held.grant.role, work.desk.rules.register.unit_name(held.grant.key.unit));
    let repeat = Repeat {
        what: text!(en: "They have {role} at {unit} already", nb: "Personen har allerede {role} ved {unit}"),
        way_out: text!(
            en: "`portvakt extend` moves its last day, without a new application.",
            nb: "`portvakt extend` flytter siste dag, uten ny søknad."
        ),
    };
    if same.is_some() { (Some(repeat), None) } else { (None, Some(repeat.words())) }
}

/// Asks for the facts in the file of a new person.
fn about(work: &Work<'_>, args: &AboutArgs, trust: &TrustId, name: &str) -> Result<Facts, Unanswered> {
    let register = &work.desk.rules.register;
    let of_trust = EmployerId::new(trust.as_str()).ok().filter(|employer| register.is_employer(employer));
    let employer = match (&args.employer, of_trust) {
        (Some(typed), _) => employer(work, typed)?,
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
    let position = args.position.as_deref().map(meant::position).transpose()?;
    let position = match position {
        None if work.ask.at_a_terminal() && staff == Staff::Health => {
            let question = text!(en: "the position, `lis` for a registrar", nb: "stillingen, `lis` for lege i spesialisering");
            let none = text!(en: "nothing that matters", nb: "ingen som betyr noe");
            work.ask.line(&question, "--position", Some(&none), |typed| {
                if typed.is_empty() {
                    Ok(None)
                } else {
                    meant::position(typed).map(Some).map_err(|why| why.0)
                }
            })?
        }
        other => other,
    };
    let login = args.login.as_deref().map(|typed| read(typed, Login::new)).transpose()?;
    let vouched = Vouched { position, login, ..Vouched::of(employer, staff) };
    Ok(Facts { name: name.to_owned(), vouched, email: None })
}
