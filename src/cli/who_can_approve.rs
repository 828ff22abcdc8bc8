//! `portvakt who-can-approve` shows who may approve an access. It needs only the files, so it also works in a clone.
//! There it uses the newest main branch, like the other commands that show something.

use jiff::ToSpan as _;
use jiff::civil::Date;
use portvakt_author::AuthorDesk;
use portvakt_core::diag::{Code, Exit, Finding, Lang, Text, text};
use portvakt_core::judge::Authority;
use portvakt_core::model::{
    Approval, EmployerId, Grant, GrantKey, IdError, Identity, PersonId, RequestId, RoleId, Staff, Vouched,
};
use serde_json::{Value, json};

use super::{application, clone, due, last_valid, output, tree, unit, who};
use crate::config::{Format, Global, SourceKind};

/// Show who may approve what somebody has, or an access that is applied for.
///
/// Goes by the files alone; in a clone, by those of its newest main branch. With a person alone it is about a change of each
/// access they have; with `--unit` and `--role` about a new access, of this person or of anybody. Ends with 1 if nobody may.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person: the id, the name or a part of it.
    #[arg(required_unless_present = "unit")]
    person: Option<String>,
    /// Of a new access: the unit, by its RESH id, its name or a part of it.
    #[arg(long, value_name = "UNIT", requires = "role")]
    unit: Option<String>,
    /// Of a new access: the role, such as `LU`.
    #[arg(long, value_name = "ROLE", requires = "unit")]
    role: Option<String>,
    /// Of a new access: the application; the one whose coordinators are user administrators where it is left out.
    #[arg(long, value_name = "APPLICATION", requires = "unit")]
    application: Option<String>,
    /// Of somebody who has no file: what kind of staff they are.
    #[arg(long, value_name = "STAFF", value_parser = ["health", "ict", "other"], default_value = "health")]
    staff: String,
    /// Of somebody who has no file: the employer; the trust of the unit where it is left out.
    #[arg(long, value_name = "EMPLOYER", requires = "unit", conflicts_with = "person")]
    employer: Option<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match answer(global, args) {
        Ok(exit) => exit,
        Err(findings) => output::findings(global, &findings, json!({})),
    }
}

/// An access, and the people who may approve it.
struct ApproversOfAccess {
    grant: Grant,
    is_new: bool,
    /// Tells whether new access and extensions at the trust wait for the review of its user list.
    waits_for_review: bool,
    people: Vec<PersonId>,
}

fn answer(global: &Global, args: &Args) -> Result<Exit, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let (desk, day) = newest_desk(global)?;
    let register = &desk.rules.register;
    let people = who::People::of_files(register, desk.head());
    let person = args.person.as_deref().map(|typed| people.meant(global, typed)).transpose().map_err(one)?;
    let asked = match (&args.unit, &person) {
        (Some(unit), person) => vec![applied_for(&desk, args, unit, person.as_ref()).map_err(one)?],
        (None, Some(person)) => {
            desk.person(person).accesses(day).into_iter().map(|held| held.grant).collect()
        }
        (None, None) => Vec::new(),
    };
    if asked.is_empty() {
        return Err(one(without_access(args.person.as_deref().unwrap_or_default())));
    }
    let answers: Vec<ApproversOfAccess> = asked
        .into_iter()
        .map(|grant| ApproversOfAccess {
            people: desk.may_approve(&grant),
            is_new: desk.base.standing(&grant.key).is_none(),
            waits_for_review: desk.overdue.contains(&grant.trust),
            grant,
        })
        .collect();
    let authority = desk.authority();
    if global.format == Format::Json {
        let of = |answer: &ApproversOfAccess| in_json(answer, &people, &authority);
        output::json_out(&json!({ "answers": answers.iter().map(of).collect::<Vec<Value>>() }));
    } else {
        answers.iter().for_each(|answer| show(global, &desk, answer, &people, &authority));
    }
    Ok(if answers.iter().all(|answer| answer.people.is_empty()) { Exit::Findings } else { Exit::Ok })
}

/// Returns the newest files. In a clone they are those of its main branch. If files are read from commits, they are
/// those of the branch that the options name.
fn newest_desk(global: &Global) -> Result<(AuthorDesk, Date), Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let is_here = global.source == SourceKind::Git;
    let newest = (!is_here).then(|| clone::open_newest(global)).transpose().map_err(one)?;
    let place = newest.as_ref().map_or(global, |newest| newest.global());
    let tree = tree::read_tree(place).map_err(one)?.snapshot;
    let (desk, _) = last_valid::desk(global, place, &tree)?;
    let day = desk.today;
    Ok((desk, day))
}

fn without_access(typed: &str) -> Finding {
    let typed = portvakt_net::Typed::from(typed);
    let message = text!(
        en: "the files name no access of `{typed}` that is not over",
        nb: "filene nevner ingen tilgang for `{typed}` som ikke er over"
    );
    let way_out = text!(
        en: "Ask about a new access with `--unit UNIT --role ROLE`.",
        nb: "Spør om en ny tilgang med `--unit ENHET --role ROLLE`."
    );
    Finding::new(Code::UnknownName, message, way_out)
}

fn no_id(what: &str, why: &IdError) -> Finding {
    let (what, why) = (portvakt_net::Typed::from(what), why.words());
    let message = text!(with why; en: "`{what}` is no id: {why}", nb: "`{what}` er ingen id: {why}");
    let way_out = text!(
        en: "Give a name that stands in `register.yaml`.",
        nb: "Oppgi et navn som står i `register.yaml`."
    );
    Finding::new(Code::UnknownName, message, way_out)
}

/// Returns the finding for a name that the register does not have. It names those that the register has.
fn unknown(what: &str, known: Vec<String>) -> Finding {
    let (what, known) = (portvakt_net::Typed::from(what), known.join(", "));
    let message =
        text!(en: "`register.yaml` has no `{what}`", nb: "`register.yaml` har ikke noe som heter `{what}`");
    Finding::new(Code::UnknownName, message, text!(en: "It has {known}.", nb: "Den har {known}."))
}

/// Returns the access that is applied for, as a file would have it. It ends after a month, because some people must
/// have an end.
fn applied_for(
    desk: &AuthorDesk,
    args: &Args,
    unit: &str,
    person: Option<&PersonId>,
) -> Result<Grant, Finding> {
    let register = &desk.rules.register;
    let unit = unit::unit_meant(register, unit)?;
    let typed = args.role.as_deref().unwrap_or_default();
    let same = |role: &&RoleId| role.as_str().eq_ignore_ascii_case(typed.trim());
    let Some(role) = register.roles.keys().find(same).cloned() else {
        return Err(unknown(typed, register.roles.keys().map(ToString::to_string).collect()));
    };
    let application = match args.application.as_deref() {
        None => register.coordinators.application.clone(),
        Some(typed) => application::application_meant(register, typed)?.clone(),
    };
    let trust = register.trust_of(unit).cloned().ok_or_else(|| unknown(&unit.to_string(), Vec::new()))?;
    let known = person.and_then(|person| desk.person(person).facts().map(|facts| facts.vouched.clone()));
    let vouched = match known {
        Some(vouched) => vouched,
        None => Vouched::of(employer(desk, args.employer.as_deref(), trust.as_str())?, staff(&args.staff)),
    };
    let somebody = |id: &str| PersonId::new(id).map_err(|why| no_id(id, &why));
    // The policies are asked about each approver in turn, so this approver is only a placeholder.
    let approval = Approval { by: somebody("approver")?, on: desk.today, identity: Identity::Known };
    let request = RequestId::new("REQ").map_err(|why| no_id("REQ", &why))?;
    let person = person.cloned().map_or_else(|| somebody("applicant"), Ok)?;
    let key = GrantKey { person, application, unit, request };
    let until = a_month_later(desk.today);
    Ok(Grant { until, ..Grant::new(key, (trust, role), desk.today, approval, vouched) })
}

fn a_month_later(day: Date) -> Option<Date> {
    day.checked_add(1.month()).ok()
}

fn staff(word: &str) -> Staff {
    [Staff::Health, Staff::Ict].into_iter().find(|staff| staff.as_str() == word).unwrap_or(Staff::Other)
}

fn employer(desk: &AuthorDesk, typed: Option<&str>, trust: &str) -> Result<EmployerId, Finding> {
    let register = &desk.rules.register;
    let typed = typed.unwrap_or(trust);
    let employer = EmployerId::new(typed).map_err(|why| no_id(typed, &why))?;
    if register.is_employer(&employer) {
        return Ok(employer);
    }
    let trusts = register.trusts.keys().map(ToString::to_string);
    let known = trusts.chain(register.ict_bodies.keys().map(ToString::to_string));
    let known: Vec<String> =
        known.filter(|id| EmployerId::new(id).is_ok_and(|id| register.is_employer(&id))).collect();
    let way_out = text!(
        en: "Say with `--employer` where the applicant works: {known}.",
        nb: "Si med `--employer` hvor søkeren arbeider: {known}.";
        known = known.join(", ")
    );
    let message = text!(en: "`{employer}` employs nobody", nb: "`{employer}` har ingen ansatte");
    Err(Finding::new(Code::UnknownName, message, way_out))
}

/// Returns the authority of a person: their offices, and the trusts that they coordinate.
fn by(desk: &AuthorDesk, authority: &Authority, person: &PersonId) -> Text {
    let register = &desk.rules.register;
    let has = authority.of(person);
    let offices = has.offices.iter().map(|office| {
        let name = register.offices.get(office).map_or(office.as_str(), String::as_str);
        Text::same(name)
    });
    let trusts = has.coordinator_of.iter().map(|trust| {
        let name = register.trusts.get(trust).map_or(trust.as_str(), |known| known.name.as_str());
        text!(en: "coordinator at {name}", nb: "koordinator ved {name}")
    });
    Text::joined(offices.chain(trusts), ", ")
}

fn in_json(answer: &ApproversOfAccess, people: &who::People, authority: &Authority) -> Value {
    let who: Vec<Value> = answer
        .people
        .iter()
        .map(|person| {
            let has = authority.of(person);
            json!({
                "person": person, "name": people.name(person.as_str()),
                "offices": has.offices, "coordinator-of": has.coordinator_of,
            })
        })
        .collect();
    let grant = &answer.grant;
    json!({
        "right": grant.right(), "trust": grant.trust, "new": answer.is_new, "people": who,
        "waits-for-review": answer.waits_for_review,
    })
}

fn show(
    global: &Global,
    desk: &AuthorDesk,
    answer: &ApproversOfAccess,
    people: &who::People,
    authority: &Authority,
) {
    let lang = global.lang();
    let grant = &answer.grant;
    let (role, application) = (&grant.role, &grant.key.application);
    let unit = desk.rules.register.unit_name(grant.key.unit);
    let what = if answer.is_new {
        text!(en: "a new access", nb: "en ny tilgang")
    } else {
        text!(en: "a change", nb: "en endring")
    };
    output::say(
        global,
        &text!(
            with what;
            en: "{role} in {application} at {unit}, {what}:\n",
            nb: "{role} i {application} ved {unit}, {what}:\n"
        ),
    );
    if answer.waits_for_review {
        let waits = due::waits_for_review(&desk.rules.register.trust_name(&grant.trust));
        output::say(global, &text!(with waits; en: "  {waits}\n", nb: "  {waits}\n"));
    }
    if answer.people.is_empty() {
        output::say(global, &text!(en: "  nobody may approve it\n", nb: "  ingen kan godkjenne den\n"));
        return;
    }
    let row = |person: &PersonId| {
        vec![
            people.name(person.as_str()).to_owned(),
            person.to_string(),
            by(desk, authority, person).get(lang).to_owned(),
        ]
    };
    let headings = match lang {
        Lang::En => ["NAME", "PERSON", "AS"],
        Lang::Nb => ["NAVN", "PERSON", "SOM"],
    };
    let rows: Vec<Vec<String>> = answer.people.iter().map(row).collect();
    output::out(&output::aligned_table(&headings, &rows));
}
