//! `portvakt extend` moves the last day of an access, with a new approval (R37).

use jiff::civil::Date;
use portvakt_author::{HeldAccess, Person, day, extend};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::Approval;

use super::accesses::{living, person_meant};
use super::approval::{ApprovalArgs, approvals, contacted_by_another, known_as_before};
use super::{How, Made, Stop, TrustApprovals, Work, cannot, carry, meant, tried};
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
            let question = text!(
                en: "the new last day, or `no end`, {old} until now",
                nb: "ny siste dag, eller `uten slutt`, {old} til nå"
            );
            let read_later = |typed: &str| {
                let until = read(typed)?;
                match is_later_for_none(work, &held, until) {
                    Some(why) => Err(why),
                    None => Ok(until),
                }
            };
            let ask = || work.ask.line(&question, "--until", None, read_later);
            tried::ask_permitted_day(work, false, ask, |until| refused_days(work, &person, &held, until))?
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

/// Returns the findings that another last day would mend. The approver is not known yet. So it is somebody who may
/// approve the access with the day that it has now, and only the day is compared.
fn refused_days(work: &Work<'_>, person: &Person, held: &[HeldAccess], until: Option<Date>) -> Vec<Finding> {
    let held: Vec<HeldAccess> = held.iter().filter(|one| lasts_longer(one, until)).cloned().collect();
    let presumed = |one: &HeldAccess| {
        let mut may = work.desk.may_approve(&one.grant);
        may.sort_by_key(|by| work.me.as_ref() != Some(by));
        let by = may.into_iter().next()?;
        let identity = one.grant.approval.identity.clone();
        Some((one.grant.trust.clone(), Approval { by, on: work.today(), identity }))
    };
    let approvals: TrustApprovals = held.iter().filter_map(presumed).collect();
    let Ok(draft) = extend(&work.desk, person, &held, until, &approvals) else { return Vec::new() };
    if draft.is_empty() {
        return Vec::new();
    }
    let Ok(judged) = tried::judged(work, &draft) else { return Vec::new() };
    let mut refused = tried::refused(&draft, &judged);
    refused.retain(|finding| tried::is_about_the_last_day(work, finding));
    refused
}

/// Returns whether an access lasts longer if this is its last day.
fn lasts_longer(one: &HeldAccess, until: Option<Date>) -> bool {
    match (one.grant.until, until) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(old), Some(new)) => old < new,
    }
}

/// Returns the words about an access that stays as it is.
fn lasts_already(work: &Work<'_>, one: &HeldAccess) -> Text {
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
}

/// Returns the words for a day after which no access would last longer, if it is not the day that all of them have.
fn is_later_for_none(work: &Work<'_>, held: &[HeldAccess], until: Option<Date>) -> Option<Text> {
    let is_earlier =
        !held.iter().any(|one| lasts_longer(one, until)) && held.iter().any(|one| one.grant.until != until);
    is_earlier.then(|| Text::joined(held.iter().map(|one| lasts_already(work, one)), " ").and(earlier_end()))
}

fn earlier_end() -> Text {
    text!(
        en: "An earlier end is written with `portvakt end`.",
        nb: "En tidligere slutt skrives med `portvakt end`."
    )
}

/// Returns the accesses that would last longer. The other accesses stay as they are, and the words about them are
/// returned too.
fn longer_than(
    work: &Work<'_>,
    held: Vec<HeldAccess>,
    until: Option<Date>,
) -> Result<(Vec<HeldAccess>, Vec<Text>), Stop> {
    let (longer, stay): (Vec<HeldAccess>, Vec<HeldAccess>) =
        held.into_iter().partition(|one| lasts_longer(one, until));
    let stays: Vec<Text> = stay.iter().map(|one| lasts_already(work, one)).collect();
    if longer.is_empty() && stay.iter().all(|one| one.grant.until == until) {
        return Err(Stop::already(stays));
    }
    if longer.is_empty() {
        let why = Text::joined(stays, " ");
        return Err(Finding::new(Code::BadValue, why, earlier_end()).into());
    }
    Ok((longer, stays))
}
