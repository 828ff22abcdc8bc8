//! `portvakt end` ends accesses on a day (R30). It deletes nothing.

use jiff::civil::Date;
use portvakt_author::{HeldAccess, end, nearest_day};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};

use super::accesses::{accesses_and_refused, has_been, no_such, person_meant, whoever};
use super::{How, Made, Stop, Work, cannot, carry, meant};
use crate::config::Global;

/// Let somebody's access end on a day. An earlier end needs no approval.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose access: an id, a name or a part of it.
    #[arg(value_name = "PERSON")]
    who: Vec<String>,
    /// The last day, inclusive; today where it is left out.
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Only at this unit. Without it: everything that you may take back as an administrator, or everything if you are none.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Every access, also where you are no administrator.
    #[arg(long)]
    everywhere: bool,
    /// Only in this application; may be given several times.
    #[arg(long = "application", value_name = "APPLICATION")]
    applications: Vec<String>,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| carry(&work, &end_accesses(&work, args)?));
    done.unwrap_or_else(|stop| stop.exit(global))
}

fn end_accesses(work: &Work<'_>, args: &Args) -> Result<Made, Stop> {
    let id = person_meant(work, &args.who)?;
    let person = work.desk.person(&id);
    let today = work.today();
    let last = match args.until.as_deref() {
        None => today,
        Some(typed) => nearest_day(typed, today).map_err(|error| meant::wrong(&error.words()))?,
    };
    if last < today {
        let message = has_been(last, today);
        let way_out = text!(
            en: "Let it end today by leaving `--until` out, or take it back at once with `portvakt revoke`.",
            nb: "La den slutte i dag ved å utelate `--until`, eller trekk den tilbake med en gang med `portvakt revoke`."
        );
        return Err(Finding::new(Code::BadValue, message, way_out).into());
    }
    let (living, faulty) = accesses_and_refused(work, &id)?;
    let (held, others) = chosen(work, args, &living)?;
    if held.is_empty() {
        return Err(no_such(work, &id, &living).into());
    }
    let elsewhere = stays(work, &others);
    let (later, stay): (Vec<HeldAccess>, Vec<HeldAccess>) =
        held.into_iter().partition(|held| held.grant.until.is_none_or(|until| until > last));
    let mut besides: Vec<Text> = stay.iter().filter_map(|one| ends_before(work, one, last)).collect();
    if later.is_empty() && !besides.is_empty() {
        let way_out = text!(
            en: "A later last day takes an approval: `portvakt extend {id} --until {last}`.",
            nb: "En senere siste dag må godkjennes: `portvakt extend {id} --until {last}`."
        );
        let way_out = way_out.and(elsewhere);
        return Err(Finding::new(Code::BadValue, Text::joined(besides, " "), way_out).into());
    }
    if later.is_empty() && !stay.is_empty() {
        let ends = stay.iter().map(|one| ends_already(work, one, last));
        let elsewhere = Some(elsewhere).filter(|elsewhere| !elsewhere.is_empty());
        return Err(Stop::already(ends.chain(elsewhere).chain(faulty).collect()));
    }
    if let Some(early) = later.iter().find(|held| held.grant.from > last) {
        let from = early.grant.from;
        let message = text!(
            en: "the access begins on {from} only, after the last day {last}",
            nb: "tilgangen begynner først {from}, etter siste dag {last}"
        );
        let way_out = text!(
            en: "Take back what has not begun with `portvakt revoke`, or let it end on {from} or later.",
            nb: "Trekk tilbake det som ikke har begynt, med `portvakt revoke`, eller la det slutte {from} eller senere."
        );
        return Err(Finding::new(Code::BadValue, message, way_out).into());
    }
    let draft = end(&work.desk, &person, &later, last).map_err(|error| cannot(&error))?;
    besides.extend(Some(elsewhere).filter(|elsewhere| !elsewhere.is_empty()));
    besides.extend(faulty);
    Ok(Made {
        draft,
        slug: format!("end-{id}"),
        sentence: format!("Let the access of {} ({id}) end after {last}", person.name),
        besides,
        repeats: Vec::new(),
    })
}

/// Returns the message for an access that already ends before this day and stays unchanged.
fn ends_before(work: &Work<'_>, one: &HeldAccess, last: Date) -> Option<Text> {
    let ends = one.grant.until.filter(|until| *until < last)?;
    Some(ends_already(work, one, ends))
}

fn ends_already(work: &Work<'_>, one: &HeldAccess, ends: Date) -> Text {
    let unit = work.desk.rules.register.unit_name(one.grant.key.unit);
    let application = &one.grant.key.application;
    text!(
        en: "The access at {unit} in {application} ends on {ends} already.",
        nb: "Tilgangen ved {unit} i {application} slutter allerede {ends}."
    )
}

/// Returns two lists: the accesses to end, and other accesses that stay. The options may limit them to one unit or some
/// applications. An administrator only ends accesses that they may take back, unless `--everywhere` is given. The rest
/// is the second list.
fn chosen(
    work: &Work<'_>,
    args: &Args,
    living: &[HeldAccess],
) -> Result<(Vec<HeldAccess>, Vec<HeldAccess>), Stop> {
    let mut held = living.to_vec();
    if let Some(typed) = args.unit.as_deref() {
        let unit = meant::unit_meant(work, Some(typed))?;
        held.retain(|one| one.grant.key.unit == unit);
    }
    if !args.applications.is_empty() {
        let applications = meant::applications(work, &args.applications)?;
        held.retain(|one| applications.contains(&one.grant.key.application));
    }
    let Some(me) = work.me.as_ref().filter(|me| work.desk.is_administrator(me) && !args.everywhere) else {
        return Ok((held, Vec::new()));
    };
    let (mine, others): (Vec<HeldAccess>, Vec<HeldAccess>) =
        held.into_iter().partition(|one| work.desk.may_revoke(&one.grant).contains(me));
    if mine.is_empty() && !others.is_empty() {
        let who = whoever(work, &others);
        let message = text!(
            en: "you are no administrator where this access is",
            nb: "du er ikke administrator der denne tilgangen er"
        );
        let way_out = text!(
            with who;
            en: "{who} `--everywhere` proposes it all the same.",
            nb: "{who} `--everywhere` foreslår det likevel."
        );
        return Err(Finding::new(Code::RevokerNotEntitled, message, way_out).error().into());
    }
    Ok((mine, others))
}

/// Returns the words for accesses that stay because the user is not an administrator there. They are empty if there is
/// no such access.
fn stays(work: &Work<'_>, others: &[HeldAccess]) -> Text {
    if others.is_empty() {
        return Text::default();
    }
    whoever(work, others).and(text!(
        en: "`--everywhere` lets it end too.",
        nb: "`--everywhere` lar den slutte også."
    ))
}
