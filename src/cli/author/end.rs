//! `portvakt end` ends accesses on a day, and `portvakt revoke` ends them at once (R30, R45). Neither deletes anything.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_author::{HeldAccess, Person, Revoked, end as ended, nearest_day, revoke as revoked};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{Revocation, TrustId};
use portvakt_core::parse::Entry;

use super::accesses::{has_been, no_such, standing, whoever};
use super::reason::NamesToLeaveOut;
use super::{How, Made, Stop, Work, accesses, cannot, carry, meant, own};
use crate::cli::reasons;
use crate::config::Global;

/// Let somebody's access end on a day. An earlier end needs no approval.
#[derive(Debug, clap::Args)]
pub struct EndArgs {
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

/// Take somebody's access back at once, for a dismissal or misuse.
///
/// Takes back every access where you are an administrator, and says who may take back the others. It cannot be undone: the person
/// would send a new application.
#[derive(Debug, clap::Args)]
pub struct RevokeArgs {
    /// Whose access: an id, a name or a part of it.
    #[arg(value_name = "PERSON")]
    who: Vec<String>,
    /// Why, in a few words that name nobody and say nothing about health; "ended" where it is left out.
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
    /// Only at this unit.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Every access, also where you are no administrator: for a dismissal. It says which trusts lose the person.
    #[arg(long)]
    everywhere: bool,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn end(global: &Global, args: &EndArgs) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| carry(&work, &ending(&work, args)?));
    done.unwrap_or_else(|stop| stop.exit(global))
}

pub(in crate::cli) fn revoke(global: &Global, args: &RevokeArgs) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| carry(&work, &revoking(&work, args)?));
    done.unwrap_or_else(|stop| stop.exit(global))
}

fn ending(work: &Work<'_>, args: &EndArgs) -> Result<Made, Stop> {
    let id = accesses::who(work, &args.who)?;
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
    let (living, faulty) = standing(work, &id)?;
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
    let draft = ended(&work.desk, &person, &later, last).map_err(|error| cannot(&error))?;
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

/// What is said of an access that ends before this day already, and stays as it is.
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
    args: &EndArgs,
    living: &[HeldAccess],
) -> Result<(Vec<HeldAccess>, Vec<HeldAccess>), Stop> {
    let mut held = living.to_vec();
    if let Some(typed) = args.unit.as_deref() {
        let unit = meant::unit(work, Some(typed))?;
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

/// Returns the words for accesses that stay because the user is not an administrator there. They are empty if there are
/// no such accesses.
fn stays(work: &Work<'_>, others: &[HeldAccess]) -> Text {
    if others.is_empty() {
        return Text::default();
    }
    whoever(work, others).and(text!(
        en: "`--everywhere` lets it end too.",
        nb: "`--everywhere` lar den slutte også."
    ))
}

fn revoking(work: &Work<'_>, args: &RevokeArgs) -> Result<Made, Stop> {
    let id = accesses::who(work, &args.who)?;
    let person = work.desk.person(&id);
    let Some(me) = work.me.clone() else {
        let message = text!(
            en: "it is not known who takes the access back",
            nb: "det er ikke kjent hvem som trekker tilgangen tilbake"
        );
        return Err(Finding::new(Code::UnknownName, message, own::say_who_you_are()).into());
    };
    if let Some(revoked) = last_revocation(&person, work.today()) {
        let (name, on, by) = (work.called(&id), revoked.on, work.called(&revoked.by));
        return Err(Stop::already(vec![text!(
            en: "{name} has no access that is in force or to come: it was taken back on {on} already, by {by}.",
            nb: "{name} har ingen tilgang som gjelder eller kommer: den ble trukket tilbake {on}, av {by}."
        )]));
    }
    let (mut living, faulty) = standing(work, &id)?;
    if let Some(typed) = &args.unit {
        let unit = meant::unit(work, Some(typed))?;
        let (there, elsewhere): (Vec<HeldAccess>, Vec<HeldAccess>) =
            living.into_iter().partition(|one| one.grant.key.unit == unit);
        if there.is_empty() {
            return Err(no_such(work, &id, &elsewhere).into());
        }
        living = there;
    }
    let (mine, others): (Vec<HeldAccess>, Vec<HeldAccess>) =
        living.into_iter().partition(|one| args.everywhere || work.desk.may_revoke(&one.grant).contains(&me));
    if mine.is_empty() {
        let who = whoever(work, &others);
        let name = &person.name;
        let message = text!(
            en: "you are no administrator where {name} has access",
            nb: "du er ikke administrator der {name} har tilgang"
        );
        let way_out = text!(
            with who;
            en: "{who} `--everywhere` takes it back all the same, and somebody is told to look.",
            nb: "{who} `--everywhere` trekker den tilbake likevel, og noen får beskjed om å se på det."
        );
        return Err(Finding::new(Code::RevokerNotEntitled, message, way_out).error().into());
    }
    let (reason, may_name) = match &args.reason {
        Some(typed) => {
            let subject = (reasons::whose_access(), vec![person.name.clone()]);
            let names = NamesToLeaveOut::of(work, subject, std::iter::empty());
            names.read(work, typed).map_err(|why| meant::wrong(&why))?
        }
        None => (text!(en: "ended", nb: "avsluttet").get(work.global.lang()).to_owned(), None),
    };
    let by = Revoked { by: me, on: work.today(), reason };
    let draft = revoked(&work.desk, &person, &mine, &by).map_err(|error| cannot(&error))?;
    let mut besides = vec![text!(
        en: "It acts as soon as the change is taken in and cannot be undone: who comes back sends a new application.",
        nb: "Det virker med en gang endringen er tatt inn, og kan ikke gjøres om: den som kommer tilbake, sender ny søknad."
    )];
    if args.everywhere {
        besides.push(costs(work, &person.name, &mine));
    }
    if !others.is_empty() {
        besides.push(whoever(work, &others));
    }
    besides.extend(faulty.into_iter().chain(may_name));
    Ok(Made {
        draft,
        slug: format!("revoke-{id}"),
        sentence: format!("Take back the access of {} ({id}) at once", person.name),
        besides,
        repeats: Vec::new(),
    })
}

/// Returns the newest revocation of a person who has no access left and no finding in their files.
fn last_revocation(person: &Person, today: Date) -> Option<&Revocation> {
    if !person.faults().is_empty() || !person.accesses(today).is_empty() {
        return None;
    }
    let entries = person.files.values().flat_map(|file| &file.entries);
    let revoked = entries.filter_map(|entry| match entry {
        Entry::Valid { grant, .. } => grant.revoked.as_ref(),
        Entry::Invalid { .. } => None,
    });
    revoked.max_by_key(|revoked| revoked.on)
}

/// Returns the cost of taking everything back (R31). It names the trusts that lose the person, and what each needs if
/// it was a mistake.
fn costs(work: &Work<'_>, name: &str, mine: &[HeldAccess]) -> Text {
    let register = &work.desk.rules.register;
    let trusts: BTreeSet<&TrustId> = mine.iter().map(|one| &one.grant.trust).collect();
    let trusts: Vec<String> = trusts.into_iter().map(|trust| register.trust_name(trust)).collect();
    let trusts = trusts.join(", ");
    text!(
        en: "{name} loses access at {trusts}. If it was a mistake, a new application is needed at each of them, approved anew.",
        nb: "{name} mister tilgang ved {trusts}. Var det en feil, trengs en ny søknad ved hvert av dem, godkjent på nytt."
    )
}
