//! `portvakt move` moves a person to another trust (R31). The options say whether the person is at both trusts for
//! some days.

use std::collections::BTreeSet;

use portvakt_author::{AskedAccess, HeldAccess, Overlap, fits, mover, nearest_day};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{Approval, EmployerId, Grant, GrantKey, Identity, PersonId, TrustId, UnitId};

use super::approval::{ApprovalArgs, approval, identity, named_approvers, tell_of_review};
use super::given::AccessArgs;
use super::{How, Made, Stop, TrustApprovals, Work, accesses, cannot, carry, meant, number, tried};
use crate::cli::ask::{Choice, Unanswered};
use crate::config::Global;

/// Move somebody to another trust: what they have at the old one ends, and they get an access at the new one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Who: an id, a name or a part of it.
    #[arg(value_name = "PERSON")]
    who: Vec<String>,
    /// The last day at the old trust. `now`: it ends with this change, without days at both.
    #[arg(long, value_name = "DAY")]
    last_day: Option<String>,
    /// The old trust, where they have access at several: its id, its name or a part of it.
    #[arg(long, value_name = "TRUST")]
    leaves: Option<String>,
    #[command(flatten)]
    access: AccessArgs,
    /// The new employer; the trust of the unit where it is left out.
    #[arg(long, value_name = "EMPLOYER")]
    employer: Option<String>,
    #[command(flatten)]
    approval: ApprovalArgs,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| carry(&work, &moving(&work, args)?));
    done.unwrap_or_else(|stop| stop.exit(global))
}

fn moving(work: &Work<'_>, args: &Args) -> Result<Made, Stop> {
    let id = accesses::person_meant(work, &args.who)?;
    let person = work.desk.person(&id);
    let living = accesses::living(work, &id)?;
    let unit = meant::unit_meant(work, args.access.unit.as_deref())?;
    let to = meant::trust_of(work, unit)?;
    if let Some(there) = has_moved(work, args, &living, (unit, &to))? {
        let (name, role, request) = (&person.name, &there.grant.role, &there.grant.key.request);
        let unit = work.desk.rules.register.unit_name(unit);
        return Err(Stop::already(vec![text!(
            en: "{name} has {role} at {unit} on the application {request} already, and nothing at another trust.",
            nb: "{name} har allerede {role} ved {unit} på søknaden {request}, og ingenting ved et annet helseforetak."
        )]));
    }
    let old = leaves(work, args, &living.iter().map(|one| one.grant.trust.clone()).collect::<Vec<_>>(), &to)?;
    let overlap = overlap(work, args.last_day.as_deref())?;
    let from = meant::from(work, args.access.from.as_deref())?;
    let role = meant::new_role(work, args.access.role.as_deref(), (&id, unit, from))?;
    let applications = meant::applications(work, &args.access.applications)?;
    let request = number::own_request(work, args.access.request.as_deref(), "--request", &id)?;
    let employer = match args.employer.as_deref() {
        Some(typed) => meant::employer_meant(work, typed)?,
        None => {
            let of_trust = EmployerId::new(to.as_str()).ok();
            of_trust.filter(|employer| work.desk.rules.register.is_employer(employer)).ok_or_else(|| {
                Unanswered(text!(
                    en: "error: it is not said who employs them; say it with `--employer`",
                    nb: "feil: det er ikke sagt hvem som ansetter; oppgi det med `--employer`"
                ))
            })?
        }
    };
    let Some(facts) = person.facts().cloned() else { return Err(Stop::Findings(Vec::new())) };
    let mut vouched = facts.vouched.clone();
    vouched.employer.clone_from(&employer);
    let mut asked = AskedAccess { applications, unit, role, from, until: None, request };
    // Each trust whose accesses continue must approve them with the new employer.
    let asking = |asked: &AskedAccess| -> Vec<Grant> {
        let goes_on = living
            .iter()
            .filter(|one| one.grant.trust != to && (overlap != Overlap::None || one.grant.trust != old));
        let mut asking: Vec<Grant> = goes_on.map(|one| one.grant.clone()).collect();
        if let (Some(application), Some(model)) = (asked.applications.first(), living.first()) {
            let key = GrantKey {
                person: id.clone(),
                application: application.clone(),
                unit,
                request: asked.request.clone(),
            };
            asking.push(Grant {
                key,
                trust: to.clone(),
                role: asked.role.clone(),
                from,
                until: asked.until,
                revoked: None,
                ..model.grant.clone()
            });
        }
        asking.iter_mut().for_each(|one| one.vouched = vouched.clone());
        asking
    };
    let until = tried::ask_last_day(work, args.access.until.as_deref(), from, |until| {
        let asked = AskedAccess { until, ..asked.clone() };
        let presumed = |grant: &Grant| {
            let by = work.desk.may_approve(grant).into_iter().next().unwrap_or_else(|| id.clone());
            (grant.trust.clone(), Approval { by, on: work.today(), identity: Identity::Known })
        };
        let approvals: TrustApprovals = asking(&asked).iter().map(presumed).collect();
        let (trusts, leaving) = ([&old, &to], (&employer, overlap));
        let draft = mover(&work.desk, &person, &facts, trusts, leaving, &asked, &approvals);
        let Ok(draft) = draft else { return Vec::new() };
        let Ok(judged) = tried::judged(work, &draft) else { return Vec::new() };
        // The approver is not known yet, so only the day is compared.
        let mut refused = tried::refused(&draft, &judged);
        refused.retain(|finding| tried::is_about_the_last_day(work, finding));
        refused
    })?;
    asked.until = until;
    let identity = identity(work, &args.approval)?;
    let mut approvals = TrustApprovals::new();
    let mut asked_of = asking(&asked);
    asked_of.iter_mut().for_each(|one| one.approval.identity = identity.clone());
    let named = named_approvers(work, &args.approval)?;
    let may_somewhere: BTreeSet<PersonId> =
        asked_of.iter().flat_map(|one| work.desk.may_approve(one)).collect();
    for one in asked_of {
        if approvals.contains_key(&one.trust) {
            continue;
        }
        tell_of_review(work, &one.trust);
        // Each trust has the one who may approve there. Whoever may approve nowhere is taken for the new trust, and the
        // judgement says why they may not. Where nobody is named, the approver is asked for.
        let may = work.desk.may_approve(&one);
        let is_meant = |person: &&PersonId| {
            may.contains(person) || (one.trust == to && !may_somewhere.contains(*person))
        };
        let approvers = named.iter().find(is_meant).map(ToString::to_string).into_iter().collect();
        let args = ApprovalArgs { approvers, ..args.approval.clone() };
        let given = approval(work, &args, (&one, &[]))?;
        approvals.insert(one.trust, given);
    }
    let draft = mover(&work.desk, &person, &facts, [&old, &to], (&employer, overlap), &asked, &approvals)
        .map_err(|error| cannot(&error))?;
    Ok(Made {
        draft,
        slug: format!("move-{id}"),
        sentence: format!("Move {} ({id}) from {old} to {to}, request {}", person.name, asked.request),
        besides: Vec::new(),
        repeats: Vec::new(),
    })
}

/// Returns the access at the new trust that the person got from an earlier move on this application. It is `None` if
/// the person has accesses elsewhere. The number of the application tells an earlier move from a person who was never
/// elsewhere, so somebody at a terminal who has not said it is asked for it here.
fn has_moved<'a>(
    work: &Work<'_>,
    args: &Args,
    living: &'a [HeldAccess],
    (unit, to): (UnitId, &TrustId),
) -> Result<Option<&'a HeldAccess>, Unanswered> {
    let role = args.access.role.as_deref().map(str::trim);
    let is_here = |one: &&HeldAccess| {
        let grant = &one.grant;
        grant.key.unit == unit && role.is_none_or(|role| grant.role.as_str().eq_ignore_ascii_case(role))
    };
    let here: Vec<&HeldAccess> = living.iter().filter(is_here).collect();
    let is_elsewhere = living.iter().any(|one| one.grant.trust != *to);
    let request = args.access.request.as_deref();
    if is_elsewhere || here.is_empty() || (request.is_none() && !work.ask.at_a_terminal()) {
        return Ok(None);
    }
    let request = number::request(work, request, "--request")?;
    Ok(here.into_iter().find(|one| one.grant.key.request.is_same(&request)))
}

/// Returns the trust that the person leaves.
fn leaves(work: &Work<'_>, args: &Args, trusts: &[TrustId], to: &TrustId) -> Result<TrustId, Stop> {
    let register = &work.desk.rules.register;
    let named = |trust: &TrustId| {
        let name = register.trusts.get(trust).map_or(trust.as_str(), |known| known.name.as_str());
        (trust.clone(), name.to_owned())
    };
    let mut old: Vec<(TrustId, String)> = trusts.iter().filter(|trust| *trust != to).map(named).collect();
    old.sort();
    old.dedup();
    if let Some(leaves) = &args.leaves {
        let meant = fits(leaves, &old, |(id, name)| vec![id.as_str(), name.as_str()]);
        old = meant.into_iter().cloned().collect();
    }
    if old.is_empty() {
        let message = text!(
            en: "they have no access at another trust to move from",
            nb: "det finnes ingen tilgang ved et annet helseforetak å flytte fra"
        );
        let way_out = text!(
            en: "Give a new access with `portvakt grant`.",
            nb: "Gi en ny tilgang med `portvakt grant`."
        );
        return Err(Finding::new(Code::BadValue, message, way_out).into());
    }
    let choices: Vec<Choice<TrustId>> =
        old.into_iter().map(|(trust, name)| Choice { value: trust, words: Text::same(name) }).collect();
    Ok(work.ask.choose(
        &text!(en: "the trust they leave", nb: "helseforetaket de forlater"),
        "--leaves",
        &choices,
        None,
    )?)
}

/// Reads how long the person stays at the old trust. A past day is refused, because nobody there would be asked about
/// it.
fn overlap(work: &Work<'_>, typed: Option<&str>) -> Result<Overlap, Stop> {
    let today = work.today();
    let read = |typed: &str| match typed.trim() {
        "" | "now" | "nå" => Ok(Overlap::None),
        typed => nearest_day(typed, today).map(Overlap::Until).map_err(|error| error.words()),
    };
    let past = |overlap: &Overlap| match overlap {
        Overlap::Until(last) if *last < today => Some(accesses::has_been(*last, today)),
        Overlap::Until(_) | Overlap::None => None,
    };
    let Some(typed) = typed else {
        let question =
            text!(en: "the last day at the old trust", nb: "siste dag ved det gamle helseforetaket");
        let now = text!(en: "at once", nb: "med en gang");
        return Ok(work.ask.line(&question, "--last-day", Some(&now), |typed| {
            let overlap = read(typed)?;
            past(&overlap).map_or(Ok(overlap), Err)
        })?);
    };
    let overlap = read(typed).map_err(|why| meant::wrong(&why))?;
    let Some(message) = past(&overlap) else { return Ok(overlap) };
    let way_out = text!(
        en: "Let it end with this change: `--last-day now`.",
        nb: "La den slutte med denne endringen: `--last-day now`."
    );
    Err(Finding::new(Code::BadValue, message, way_out).into())
}
