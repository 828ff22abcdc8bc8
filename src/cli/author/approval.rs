//! Collects the approval of an access: the approver, the day, and how the approver knows the person (R14, R17). Only
//! people who may approve are offered.

use jiff::civil::Date;
use portvakt_author::{HeldAccess, fits, nearest_day};
use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::model::{Approval, Grant, Identity, PersonId, TrustId};
use portvakt_core::policy::Certainty;

use super::{Stop, TrustApprovals, Work, people};
use crate::cli::ask::{Choice, Unanswered};
use crate::cli::{due, output};

/// What the options say of an approval.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ApprovalArgs {
    /// Who approves: id, name or a part of it. Given several times where several trusts approve: at each, the one who may
    /// there. Without it: you, where you may; otherwise who may is asked about.
    #[arg(long = "approver", value_name = "PERSON")]
    pub(super) approvers: Vec<String>,
    /// How the approver knows who the applicant is: `known`, `contacted` or `uncertain` (which is refused until the
    /// applicant has been contacted); in bokmål `kjent`, `kontaktet` or `usikker`.
    #[arg(long, value_name = "HOW")]
    pub(super) identity: Option<String>,
    /// With `--identity contacted`: by what means and on which day, such as "phone 28.11." or "phone today".
    #[arg(long, value_name = "MEANS DAY")]
    pub(super) contacted: Option<String>,
}

/// Returns how the approver knows the person. If no option says it, the user is asked.
pub(super) fn identity(work: &Work<'_>, args: &ApprovalArgs) -> Result<Identity, Unanswered> {
    let way = match (args.identity.as_deref(), &args.contacted) {
        (Some(typed), _) => way_meant(typed).ok_or_else(|| no_way(typed))?,
        (None, Some(_)) => Certainty::Contacted,
        (None, None) => {
            let question = text!(
                en: "how the approver knows who the applicant is",
                nb: "hvordan godkjenneren vet hvem søkeren er"
            );
            let choices = WAYS.map(|way| Choice { value: way, words: way_shown(way) });
            work.ask.choose_meant(&question, "--identity", &choices, Some(0), way_meant)?
        }
    };
    match way {
        Certainty::Known => Ok(Identity::Known),
        Certainty::Uncertain => Ok(Identity::Uncertain),
        Certainty::Contacted => contacted(work, args),
    }
}

/// The ways in which an approver knows an applicant, in the order of the question.
const WAYS: [Certainty; 3] = [Certainty::Known, Certainty::Contacted, Certainty::Uncertain];

/// Returns the way that is meant. The option and the question take the same words: the word of the files, the same word in
/// bokmål, and a part of what the question shows in either language.
fn way_meant(typed: &str) -> Option<Certainty> {
    let ways = WAYS.map(|way| (way, way_shown(way)));
    let meant = fits(typed, &ways, |(way, shown)| {
        vec![way.as_str(), way_in_bokmal(*way), shown.get(Lang::En), shown.get(Lang::Nb)]
    });
    match meant.as_slice() {
        // One letter is none of these words.
        [(way, _)] if typed.trim().chars().count() > 1 => Some(*way),
        _ => None,
    }
}

/// Returns the word in bokmål that may be typed for the word of the files.
fn way_in_bokmal(way: Certainty) -> &'static str {
    match way {
        Certainty::Known => "kjent",
        Certainty::Contacted => "kontaktet",
        Certainty::Uncertain => "usikker",
    }
}

/// Returns what the question shows.
fn way_shown(way: Certainty) -> Text {
    match way {
        Certainty::Known => text!(en: "knows the person", nb: "kjenner personen"),
        Certainty::Contacted => text!(en: "has contacted the person", nb: "har kontaktet personen"),
        Certainty::Uncertain => text!(en: "is not certain: it waits", nb: "er ikke sikker: det venter"),
    }
}

fn no_way(typed: &str) -> Unanswered {
    let typed = portvakt_net::line(typed);
    Unanswered(text!(
        en: "error: `{typed}` is no way to know somebody; write `known`, `contacted` or `uncertain`",
        nb: "feil: `{typed}` er ingen måte å kjenne noen på; skriv `kjent`, `kontaktet` eller `usikker`"
    ))
}

/// Returns how the applicant was contacted, and on which day. If no option gives the day, it is asked for. It is never
/// assumed to be today.
fn contacted(work: &Work<'_>, args: &ApprovalArgs) -> Result<Identity, Unanswered> {
    let today = work.today();
    let day = |typed: &str| -> Result<Date, Text> {
        let on = nearest_day(typed, today).map_err(|error| error.words())?;
        if on > today {
            return Err(text!(
                en: "The applicant was contacted on a day that has been, and {on} has not.",
                nb: "Søkeren ble kontaktet en dag som har vært, og det har ikke {on}."
            ));
        }
        Ok(on)
    };
    let read = |typed: &str| -> Result<(String, Option<Date>), Text> {
        let typed = typed.trim();
        let (channel, on) = match typed.split_once([' ', ':']) {
            Some((channel, on)) => (channel, Some(day(on)?)),
            None => (typed, None),
        };
        if channel.is_empty() || nearest_day(channel, today).is_ok() {
            return Err(
                text!(en: "Say by what means, such as `phone`.", nb: "Si på hvilken måte, slik som `telefon`."),
            );
        }
        Ok((channel.to_owned(), on))
    };
    let (channel, on) = match &args.contacted {
        Some(typed) => read(typed).map_err(Unanswered)?,
        None => {
            let question = text!(
                en: "by what means, and on which day (phone 28.11.)",
                nb: "på hvilken måte, og hvilken dag (telefon 28.11.)"
            );
            work.ask.line(&question, "--contacted", None, read)?
        }
    };
    let on = match on {
        Some(on) => on,
        None => {
            let question = text!(
                en: "on which day the applicant was contacted",
                nb: "hvilken dag søkeren ble kontaktet"
            );
            let usual = text!(en: "today, {today}", nb: "i dag, {today}");
            let option = format!("--contacted \"{} today\"", portvakt_net::line(&channel));
            work.ask.line(&question, &option, Some(&usual), |typed| {
                if typed.is_empty() { Ok(today) } else { day(typed) }
            })?
        }
    };
    Ok(Identity::Contacted { channel, on })
}

/// Returns the approval of these entries of one trust by one person, as of today. The entries lack only the approver.
/// The user is asked for that once.
pub(super) fn approval(
    work: &Work<'_>,
    args: &ApprovalArgs,
    (first, others): (&Grant, &[Grant]),
) -> Result<Approval, Stop> {
    let all: Vec<Grant> = std::iter::once(first).chain(others).cloned().collect();
    let by = approver(work, args, &all)?;
    Ok(Approval { by, on: work.today(), identity: first.approval.identity.clone() })
}

/// Returns the people who may approve all of these entries. If nobody may approve them all, these are the people who
/// may approve the first one.
pub(super) fn may_approve(work: &Work<'_>, grants: &[Grant]) -> Vec<PersonId> {
    let mut each = grants.iter().map(|grant| work.desk.may_approve(grant));
    let first = each.next().unwrap_or_default();
    let mut of_all = first.clone();
    for may in each {
        of_all.retain(|person| may.contains(person));
    }
    if of_all.is_empty() { first } else { of_all }
}

/// Tells the user if new access and extensions at a trust wait for the review of its user list (R36).
pub(super) fn tell_of_review(work: &Work<'_>, trust: &TrustId) {
    if work.desk.overdue.contains(trust) {
        let waits = due::waits_for_review(&work.desk.rules.register.trust_name(trust));
        output::tell(work.global, &text!(with waits; en: "! {waits}.", nb: "! {waits}."));
    }
}

/// Returns the people whom the options name as approvers.
pub(super) fn named_approvers(work: &Work<'_>, args: &ApprovalArgs) -> Result<Vec<PersonId>, Unanswered> {
    let named = args.approvers.iter();
    named.map(|typed| people::chosen_person(work.ask, &work.desk, typed, "--approver")).collect()
}

/// Returns the person who approves. Of several named people it is the first who may. If none of them may, the first is
/// used as given. The judgement decides whether they may approve, and its finding names who could.
fn approver(work: &Work<'_>, args: &ApprovalArgs, grants: &[Grant]) -> Result<PersonId, Unanswered> {
    let named = named_approvers(work, args)?;
    let may = may_approve(work, grants);
    if let Some(first) = named.first() {
        return Ok(named.iter().find(|person| may.contains(person)).unwrap_or(first).clone());
    }
    if let Some(me) = work.me.as_ref().filter(|me| may.contains(me) || may.is_empty()) {
        return Ok(me.clone());
    }
    let names = work.desk.names();
    let named = |person: &PersonId| {
        (person.clone(), names.get(person).cloned().unwrap_or_else(|| person.to_string()))
    };
    let mut people: Vec<(PersonId, String)> = may.iter().map(named).collect();
    if people.is_empty() {
        // Nobody may approve it. The judgement says why, no matter which approver is named.
        let office = work.desk.known.register.appointments.first();
        people.extend(office.map(|office| (office.person.clone(), office.name.clone())));
    }
    let unit = grants.first().map(|grant| work.desk.rules.register.unit_name(grant.key.unit));
    let place = unit.unwrap_or_default();
    let question = text!(
        en: "who approves this at {place}",
        nb: "hvem som godkjenner dette ved {place}"
    );
    work.ask.choose(&question, "--approver", &people::choices(&people), None)
}

/// Returns the accesses with how the approver knows the person (R17). Each keeps what its entry says, unless an option
/// says something else. If an entry says that the identity is uncertain, the user is asked.
pub(super) fn known_as_before(
    work: &Work<'_>,
    args: &ApprovalArgs,
    mut held: Vec<HeldAccess>,
) -> Result<Vec<HeldAccess>, Stop> {
    let is_said = args.identity.is_some() || args.contacted.is_some();
    let is_in_doubt = |one: &HeldAccess| one.grant.approval.identity == Identity::Uncertain;
    if !is_said && !held.iter().any(is_in_doubt) {
        return Ok(held);
    }
    let new = identity(work, args)?;
    for one in &mut held {
        if is_said || is_in_doubt(one) {
            one.grant.approval.identity = new.clone();
        }
    }
    Ok(held)
}

/// Returns the accesses with how this approver knows a person whom another approver has contacted (R17). No approver
/// may claim a contact that another approver made. So the user is asked, unless an option says how this approver knows
/// the person.
pub(super) fn contacted_by_another(
    work: &Work<'_>,
    args: &ApprovalArgs,
    mut held: Vec<HeldAccess>,
    approvals: &TrustApprovals,
) -> Result<Vec<HeldAccess>, Stop> {
    let is_said = args.identity.is_some() || args.contacted.is_some();
    let is_anothers = |one: &HeldAccess| {
        let was = &one.grant.approval;
        let by = approvals.get(&one.grant.trust).map(|approval| &approval.by);
        matches!(was.identity, Identity::Contacted { .. }) && by.is_some_and(|by| *by != was.by)
    };
    if is_said || !held.iter().any(is_anothers) {
        return Ok(held);
    }
    let own = identity(work, args)?;
    for one in &mut held {
        if is_anothers(one) {
            one.grant.approval.identity = own.clone();
        }
    }
    Ok(held)
}

/// Asks for the approval of each trust that has one of these accesses. `changed` gives an access as it would be.
pub(super) fn approvals(
    work: &Work<'_>,
    args: &ApprovalArgs,
    held: &[HeldAccess],
    changed: impl Fn(&HeldAccess) -> Grant,
) -> Result<TrustApprovals, Stop> {
    let mut approvals = TrustApprovals::new();
    for one in held {
        if approvals.contains_key(&one.grant.trust) {
            continue;
        }
        tell_of_review(work, &one.grant.trust);
        let grant = changed(one);
        let given: Approval = approval(work, args, (&grant, &[]))?;
        approvals.insert(grant.trust, given);
    }
    Ok(approvals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_to_know_somebody_is_said_in_either_language() {
        for (way, words) in [
            (Certainty::Known, ["known", "Kjent", "knows", "kjenner personen"]),
            (Certainty::Contacted, ["contacted", "kontaktet", "has contacted", "har kontaktet personen"]),
            (Certainty::Uncertain, ["uncertain", " USIKKER ", "is not certain: it waits", "ikke sikker"]),
        ] {
            for typed in words {
                assert_eq!(way_meant(typed), Some(way), "{typed}");
            }
        }
        for typed in ["", "c", "1", "personen", "not known", "helsepersonell"] {
            assert_eq!(way_meant(typed), None, "{typed}");
        }
    }
}
