//! `portvakt extend` moves the last day of an access, with a new approval (R37).

use jiff::civil::Date;
use portvakt_author::{HeldAccess, day, extend};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};

use super::accesses::{living, person_meant};
use super::approval::{ApprovalArgs, approvals, contacted_by_another, known_as_before};
use super::{How, Made, Stop, Work, cannot, carry, meant};
use crate::config::Global;

/// Let somebody keep an access longer: moves the last day, and approves it anew.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose access: an id, a name or a part of it.
    #[arg(value_name = "PERSON")]
    who: Vec<String>,
    /// The new last day; a distance such as "+3 months" is counted from the old one. `none` for no end.
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Only at this unit.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Only in this application; may be given several times.
    #[arg(long = "application", value_name = "APPLICATION")]
    applications: Vec<String>,
    #[command(flatten)]
    approval: ApprovalArgs,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| carry(&work, &longer(&work, args)?));
    done.unwrap_or_else(|stop| stop.exit(global))
}

fn longer(work: &Work<'_>, args: &Args) -> Result<Made, Stop> {
    let id = person_meant(work, &args.who)?;
    let person = work.desk.person(&id);
    let living = living(work, &id)?;
    let question = text!(en: "which access", nb: "hvilken tilgang");
    let held = meant::accesses_meant(work, &living, args.unit.as_deref(), &args.applications, &question)?;
    let old = held.iter().filter_map(|held| held.grant.until).max();
    let from = old.unwrap_or(work.today()).max(work.today());
    let read = |typed: &str| -> Result<Option<Date>, Text> {
        if meant::has_no_end(typed) {
            return Ok(None);
        }
        day(typed, work.today(), from).map(Some).map_err(|error| error.words())
    };
    let until = match (args.until.as_deref(), old) {
        (Some(typed), _) => read(typed).map_err(|why| meant::wrong(&why))?,
        // An access without an end cannot last longer, no matter which day the user gives.
        (None, None) => None,
        (None, Some(old)) => {
            let question = text!(en: "the new last day, {old} until now", nb: "ny siste dag, {old} til nå");
            work.ask.line(&question, "--until", None, read)?
        }
    };
    let (held, besides) = longer_than(work, held, until)?;
    let held = known_as_before(work, &args.approval, held)?;
    let approvals = approvals(work, &args.approval, &held, |held| {
        let mut grant = held.grant.clone();
        grant.until = until;
        grant
    })?;
    let held = contacted_by_another(work, &args.approval, held, &approvals)?;
    let draft = extend(&work.desk, &person, &held, until, &approvals).map_err(|error| cannot(&error))?;
    let last = until.map_or_else(|| "no end".to_owned(), |until| until.to_string());
    Ok(Made {
        draft,
        slug: format!("extend-{id}"),
        sentence: format!("Extend the access of {} ({id}) until {last}", person.name),
        besides,
        repeats: Vec::new(),
    })
}

/// Returns the accesses that would last longer. The other accesses stay as they are, and the words about them are
/// returned too.
fn longer_than(
    work: &Work<'_>,
    held: Vec<HeldAccess>,
    until: Option<Date>,
) -> Result<(Vec<HeldAccess>, Vec<Text>), Stop> {
    let lasts_longer = |one: &HeldAccess| match (one.grant.until, until) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(old), Some(new)) => old < new,
    };
    let (longer, stay): (Vec<HeldAccess>, Vec<HeldAccess>) = held.into_iter().partition(lasts_longer);
    let stays = stay.iter().map(|one| {
        let unit = work.desk.rules.register.unit_name(one.grant.key.unit);
        let application = &one.grant.key.application;
        match one.grant.until {
            Some(old) => text!(
                en: "The access at {unit} in {application} lasts until {old} already.",
                nb: "Tilgangen ved {unit} i {application} varer allerede til {old}."
            ),
            None => text!(
                en: "The access at {unit} in {application} has no end already.",
                nb: "Tilgangen ved {unit} i {application} har allerede ingen slutt."
            ),
        }
    });
    let stays: Vec<Text> = stays.collect();
    if longer.is_empty() && stay.iter().all(|one| one.grant.until == until) {
        return Err(Stop::already(stays));
    }
    if longer.is_empty() {
        let why = Text::joined(stays, " ");
        let way_out = text!(
            en: "An earlier end is written with `portvakt end`.",
            nb: "En tidligere slutt skrives med `portvakt end`."
        );
        return Err(Finding::new(Code::BadValue, why, way_out).into());
    }
    Ok((longer, stays))
}
