//! `portvakt grant` gives an access. It asks for what is missing, and writes the entry that an administrator would
//! write.

use std::path::PathBuf;

use portvakt_author::{ApplyingPerson, AskedAccess, give, waiting_request, waiting_requests};
use portvakt_core::diag::{Code, Exit, Finding, text};
use portvakt_core::model::{Approval, Grant, Identity, PersonId, UnitId};

use self::asked::{applications_asked, role_asked, unit_asked};
use self::known::is_as_said;
use self::used::{compare_with_held, is_already_given, is_used, used};
use self::who::{Who, ask_facts, who};
use super::approval::{ApprovalArgs, approval, identity, tell_of_review};
use super::given::AccessArgs;
use super::meant::{applications, from, new_role, trust_of, unit_meant};
use super::namesakes::namesakes;
use super::number::{own_request, request};
use super::waiting::waits_for_settings;
use super::{How, Made, Stop, Work, cannot, carry, portal, tried};
use crate::cli::output;
use crate::config::{Global, Unfit};

mod asked;
mod known;
mod used;
mod who;

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

/// What the file says of a new person.
#[derive(Debug, Clone, clap::Args)]
struct AboutArgs {
    /// The id of a new person, where it is not to be made from the name.
    #[arg(long, value_name = "ID", value_parser = typed_person)]
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

/// Reads a person's id from the command line.
fn typed_person(text: &str) -> Result<PersonId, Unfit> {
    PersonId::new(text).map_err(|why| {
        let why = why.words();
        Unfit(text!(
            with why;
            en: "{why}; an id is written with small letters a-z, digits, dots and hyphens, such as `kari.testesen`",
            nb: "{why}; en id skrives med små bokstaver a-z, sifre, punktum og bindestrek, for eksempel `kari.testesen`"
        ))
    })
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
    let asked = waiting_request(&work.desk, application);
    let line = portal::asks_for(work, &asked);
    output::tell(work.global, &text!(with line; en: "{number}  {line}.", nb: "{number}  {line}."));
    let waiting = waiting_requests(&work.desk, &export, &work.former().one_name_each());
    let same = waiting.iter().filter(|one| one.application == *application);
    for notice in same.flat_map(|one| &one.notices).map(portal::notice) {
        output::tell(work.global, &text!(with notice; en: "! {notice}", nb: "! {notice}"));
    }
    if args.who.is_empty() && !application.name.is_empty() {
        args.who = vec![application.name.clone()];
    }
    let access = &mut args.access;
    access.request.get_or_insert_with(|| number.to_string());
    // The list of roles tells what each may do. This needs a unit.
    let unit = match access.unit.as_deref() {
        None => unit_asked(work, &asked)?,
        said => unit_meant(work, said)?,
    };
    if let Some(sent_to) = &asked.trust {
        let trust = trust_of(work, unit)?;
        if trust != *sent_to {
            return Err(portal::of_another_trust(&number, &trust, sent_to).into());
        }
    }
    access.unit = Some(unit.to_string());
    if access.applications.is_empty() {
        access.applications = applications_asked(work, &asked)?.iter().map(ToString::to_string).collect();
    }
    if access.role.is_none() {
        access.role = Some(role_asked(work, &asked, unit)?.to_string());
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
    let people = work.all_called(&work.desk.may_approve(&known));
    let way_out = text!(
        en: "Call the applicant on a number that you have from elsewhere than the application, such as the switchboard of {place}, or somebody who may know them: {people}. Then say `--contacted \"phone today\"`.",
        nb: "Ring søkeren på et nummer du har fra et annet sted enn søknaden, slik som sentralbordet ved {place}, eller noen som kan kjenne vedkommende: {people}. Si så `--contacted \"telefon i dag\"`."
    );
    Finding::new(Code::RequestWaits, message, way_out).held().decided_by(vec!["R17".to_owned()], Vec::new())
}

/// Says that the unit stands in settings that wait. Nobody gets access there before two have signed them.
fn tell_of_settings(work: &Work<'_>, unit: UnitId) {
    if waits_for_settings(work, unit) {
        let place = work.desk.rules.register.unit_name(unit);
        let notice = text!(
            en: "! {place} stands in settings that two have not signed on the main branch. Until they have, with `portvakt approve --settings` or `portvakt approve --waiting`, the access waits.",
            nb: "! {place} står i innstillinger som ikke er signert av to på hovedgrenen. Inntil det er gjort, med `portvakt approve --settings` eller `portvakt approve --waiting`, venter tilgangen."
        );
        output::tell(work.global, &notice);
    }
}

fn grant(work: &Work<'_>, args: &Args) -> Result<Made, Stop> {
    let who = who(work, args)?;
    if let Who::Known(person) = &who {
        is_as_said(work, &args.about, &work.desk.person(person))?;
    }
    let unit = unit_meant(work, args.access.unit.as_deref())?;
    let trust = trust_of(work, unit)?;
    // It is told before the other questions. With an application of the export it is among its notices.
    if args.from_request.is_none() {
        tell_of_review(work, &trust);
    }
    tell_of_settings(work, unit);
    let from = from(work, args.access.from.as_deref())?;
    let (Who::Known(person) | Who::New(person, _)) = &who;
    let role = new_role(work, args.access.role.as_deref(), (person, unit, from))?;
    let applications = applications(work, &args.access.applications)?;
    let request = own_request(work, args.access.request.as_deref(), "--request", person)?;
    let facts = match &who {
        Who::Known(person) => {
            let known = work.desk.person(person);
            let faults = known.faults();
            if !faults.is_empty() {
                return Err(Stop::Findings(faults));
            }
            known.facts().cloned().map_or_else(|| ask_facts(work, &args.about, &trust, &known.name), Ok)?
        }
        Who::New(_, name) => ask_facts(work, &args.about, &trust, name)?,
    };
    let (person, name) = match who {
        Who::Known(person) => (person, facts.name.clone()),
        Who::New(person, name) => (person, name),
    };
    let applicant = ApplyingPerson { person: person.clone(), facts };
    let mut asked = AskedAccess { applications, unit, role, from, until: None, request };
    let is_from_said = args.access.from.is_some();
    let until = tried::ask_last_day(work, args.access.until.as_deref(), from, |until| {
        let asked = AskedAccess { until, ..asked.clone() };
        // If something was given on this application before, the user is told about that below.
        let is_told = is_already_given(work, &person, &asked, is_from_said)
            || is_used(work, &person, &asked.applications, (unit, &asked.request));
        if is_told { Vec::new() } else { tried::whoever_approves(work, &trust, &applicant, &asked) }
    })?;
    asked.until = until;
    if is_already_given(work, &person, &asked, is_from_said) {
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
    let (same, other_role) = compare_with_held(work, &person, &asked);
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
