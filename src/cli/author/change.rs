//! `portvakt change` changes what was approved of a person: the role, or a fact about the person (R14).

use portvakt_author::{HeldAccess, NewValues, change};
use portvakt_core::diag::{Code, Exit, Finding, text};
use portvakt_core::model::{Evidence, Login};

use super::approval::{ApprovalArgs, approvals, contacted_by_another, known_as_before};
use super::name::name_meant;
use super::{How, Made, Stop, Work, accesses, cannot, carry, meant};
use crate::cli::ask::Unanswered;
use crate::config::Global;

/// Change somebody's role, employer, staff, position, login or name, and approve it anew where that is needed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose: an id, a name or a part of it.
    #[arg(value_name = "PERSON")]
    who: Vec<String>,
    /// The new role.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// With `--role`: only at this unit.
    #[arg(long, value_name = "UNIT", requires = "role")]
    unit: Option<String>,
    /// With `--role`: only in this application; may be given several times.
    #[arg(long = "application", value_name = "APPLICATION", requires = "role")]
    applications: Vec<String>,
    /// The new name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The new employer, by a part of its name.
    #[arg(long, value_name = "EMPLOYER")]
    employer: Option<String>,
    /// The new kind of staff: `health`, `ict` or `other`.
    #[arg(long, value_name = "STAFF")]
    staff: Option<String>,
    /// The new position; `none` for none that matters.
    #[arg(long, value_name = "POSITION")]
    position: Option<String>,
    /// The new login; `none` for none.
    #[arg(long, value_name = "LOGIN")]
    login: Option<String>,
    #[command(flatten)]
    approval: ApprovalArgs,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| carry(&work, &changing(&work, args)?));
    done.unwrap_or_else(|stop| stop.exit(global))
}

fn changing(work: &Work<'_>, args: &Args) -> Result<Made, Stop> {
    let id = accesses::person_meant(work, &args.who)?;
    let person = work.desk.person(&id);
    let mut changed = wished(work, args)?;
    let is_nothing = changed == NewValues::default();
    if is_nothing && !work.ask.at_a_terminal() {
        let message = text!(
            en: "it is not said what is to be changed",
            nb: "det er ikke sagt hva som skal endres"
        );
        let way_out = text!(
            en: "Say it with `--role`, `--employer`, `--staff`, `--position`, `--login` or `--name`.",
            nb: "Oppgi det med `--role`, `--employer`, `--staff`, `--position`, `--login` eller `--name`."
        );
        return Err(Finding::new(Code::BadValue, message, way_out).into());
    }
    let living = accesses::living(work, &id)?;
    let held: Vec<HeldAccess> = if is_nothing || changed.role.is_some() {
        let question = text!(en: "which access", nb: "hvilken tilgang");
        meant::accesses_meant(work, &living, args.unit.as_deref(), &args.applications, &question)?
    } else {
        Vec::new()
    };
    if is_nothing {
        // The list of roles tells what each may do. This needs a unit.
        let unit = held.first().map(|one| one.grant.key.unit);
        changed.role = Some(meant::role(work, None, unit)?);
    }
    let facts = person.facts().map(|facts| changed.facts(facts));
    let is_role = changed.role.as_ref().is_none_or(|role| held.iter().all(|one| one.grant.role == *role));
    if is_role && facts.as_ref() == person.facts() {
        let name = work.called(&id);
        let says_so = text!(
            en: "The files say this of {name} already.",
            nb: "Filene sier allerede dette om {name}."
        );
        let is_signed = work.desk.rules.register.evidence == Evidence::Signature;
        let unsigned = is_signed.then(|| {
            text!(
                en: "If it is not signed yet, `portvakt approve --waiting` asks for it.",
                nb: "Er det ikke signert ennå, spør `portvakt approve --waiting` om det."
            )
        });
        return Err(Stop::already(std::iter::once(says_so).chain(unsigned).collect()));
    }
    let renewed = if changed.asks_of_everybody() { living } else { held.clone() };
    let renewed = known_as_before(work, &args.approval, renewed)?;
    let is_held = |one: &HeldAccess| {
        held.iter().any(|held| held.number == one.number && held.grant.trust == one.grant.trust)
    };
    let approvals = approvals(work, &args.approval, &renewed, |one| {
        let mut grant = one.grant.clone();
        if let Some(facts) = &facts {
            grant.vouched = facts.vouched.clone();
        }
        if let Some(role) = changed.role.as_ref().filter(|_| is_held(one)) {
            grant.role.clone_from(role);
        }
        grant
    })?;
    let renewed = contacted_by_another(work, &args.approval, renewed, &approvals)?;
    let draft = change(&work.desk, &person, [&held, &renewed], &changed, &approvals)
        .map_err(|error| cannot(&error))?;
    Ok(Made {
        draft,
        slug: format!("change-{id}"),
        sentence: format!("Change what was approved of {} ({id})", person.name),
        besides: Vec::new(),
        repeats: Vec::new(),
    })
}

fn wished(work: &Work<'_>, args: &Args) -> Result<NewValues, Stop> {
    let role = args.role.as_deref().map(|typed| meant::role(work, Some(typed), None)).transpose()?;
    let employer = args.employer.as_deref().map(|typed| meant::employer_meant(work, typed)).transpose()?;
    let staff = args.staff.as_deref().map(meant::staff).transpose()?;
    let position = match args.position.as_deref() {
        None => None,
        Some(typed) if meant::is_none(typed) => Some(None),
        Some(typed) => Some(Some(meant::position(typed)?)),
    };
    let login = match args.login.as_deref() {
        None => None,
        Some(typed) if meant::is_none(typed) => Some(None),
        Some(typed) => Some(Some(meant::id_typed(typed, Login::new)?)),
    };
    let name = args.name.as_deref().map(name_meant).transpose().map_err(Unanswered)?;
    Ok(NewValues { role, name, employer, staff, position, login })
}
