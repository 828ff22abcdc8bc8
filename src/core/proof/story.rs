//! Tells an example as a story for people. It says who does what, for whom and where, with which offices, and what is
//! unusual.
//!
//! Usual facts are left out. So a story is short, and each of its words matters.

use super::act::{act, application_name, employer_name, role_name};
use super::example::{Example, FactsByName};
use super::place::{ExamplePlace, trust_name, unit_or_trust_name};
use crate::diag::{Noun, Text, text};
use crate::model::{OfficeId, Register};

/// Tells whether the person in the story may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// The policies permit it.
    Do,
    /// The policies do not permit it.
    Not,
    /// The changed policies permit it, and those before did not.
    Now,
    /// The policies before permit it, and the changed ones do not.
    NoLonger,
    /// The story only says that they want to do it and get an advice.
    Wants,
}

impl May {
    fn words(self) -> Text {
        match self {
            Self::Do => text!(en: "may", nb: "kan"),
            Self::Not => text!(en: "may not", nb: "kan ikke"),
            Self::Now => text!(en: "could now", nb: "kan nå"),
            Self::NoLonger => text!(en: "could no longer", nb: "kan ikke lenger"),
            Self::Wants => text!(en: "wants to", nb: "vil"),
        }
    }
}

/// Tells an example in one sentence. Offices, roles and applications have the names of the register.
#[must_use]
pub fn story(example: &Example, may: May, register: &Register) -> Text {
    let may = may.words();
    match (example.principal.kind.as_str(), example.resource.kind.as_str()) {
        ("Administrator", "Access") => about_access(example, &may, register),
        ("Administrator", "UserList") => {
            let (who, place) = (who(example, register), ExamplePlace::of(example.resource()).words(register));
            let row = if example.context().is(&["self"]) {
                text!(en: "their own row in the user list", nb: "sin egen rad i brukerlisten")
            } else {
                text!(en: "the user list", nb: "brukerlisten")
            };
            text!(
                with who, may, row, place;
                en: "{who} {may} check {row} of {place}.",
                nb: "{who} {may} kontrollere {row} ved {place}."
            )
        }
        ("Administrator", _) => about_register(example, &may, register),
        ("Holder", _) => about_record(example, &may, register),
        ("Watch", _) => about_trust(example, register),
        (principal, resource) => {
            let act = act(&example.action);
            text!(
                with may, act;
                en: "{principal} {may} {act} {resource}.",
                nb: "{principal} {may} {act} {resource}."
            )
        }
    }
}

/// Returns the words for the administrator, with their offices and the trusts that they coordinate.
fn who(example: &Example, register: &Register) -> Text {
    let principal = example.principal();
    let mut parts: Vec<Text> = offices(&principal.ids(&["offices"]), register);
    let (trusts, here) = (principal.ids(&["coordinatorOf"]), ExamplePlace::of(example.resource()).trust);
    let has_place = example.resource().has(&["trust"]);
    if has_place && trusts.contains(&here) {
        parts.push(
            text!(en: "register coordinator of the trust it is about", nb: "registerkoordinator ved helseforetaket det gjelder"),
        );
    }
    let elsewhere: Vec<&str> = trusts.into_iter().filter(|trust| !has_place || *trust != here).collect();
    for known in elsewhere.iter().filter_map(|trust| trust_name(trust, register)) {
        parts.push(text!(en: "register coordinator of {known}", nb: "registerkoordinator ved {known}"));
    }
    if elsewhere.iter().any(|trust| trust_name(trust, register).is_none()) {
        // It can only be another trust if the story has a place.
        parts.push(if has_place {
            text!(en: "register coordinator of another trust", nb: "registerkoordinator ved et annet helseforetak")
        } else {
            text!(en: "register coordinator of a trust", nb: "registerkoordinator ved et helseforetak")
        });
    }
    if parts.is_empty() {
        return text!(en: "Somebody without any office", nb: "En uten noe verv");
    }
    let parts = listed(parts);
    text!(with parts; en: "Whoever is {parts}", nb: "Den som er {parts},")
}

/// The offices by their names in the register.
fn offices(ids: &[&str], register: &Register) -> Vec<Text> {
    let name = |id: &str| {
        let known = OfficeId::new(id).ok().and_then(|id| register.offices.get(&id).cloned());
        // A name with a comma in it would read as two things.
        let norwegian = known.unwrap_or_else(|| id.to_owned());
        let norwegian = if norwegian.contains(',') { format!("«{norwegian}»") } else { norwegian };
        let english: Vec<&str> = id.split('-').map(|word| if word == "ict" { "ICT" } else { word }).collect();
        let name = Text::new(english.join(" "), norwegian);
        text!(with name; en: "{name} (`{id}`)", nb: "{name} (`{id}`)")
    };
    ids.iter().map(|id| name(id)).collect()
}

/// Joins words: `a`, `a and b`, or `a, b and c`.
fn listed(mut parts: Vec<Text>) -> Text {
    let Some(last) = parts.pop() else { return Text::default() };
    if parts.is_empty() {
        return last;
    }
    let first = Text::joined(parts, ", ");
    text!(with first, last; en: "{first} and {last}", nb: "{first} og {last}")
}

fn about_access(example: &Example, may: &Text, register: &Register) -> Text {
    let access = example.resource();
    let act = act(&example.action);
    let role = role_name(access.id(&["role"]), register);
    let application = application_name(access.id(&["application"]), register);
    let (who, whom, place) =
        (who(example, register), whom(example, register), ExamplePlace::of(access).words(register));
    let facts = circumstances(example, register);
    if example.context().is(&["self"]) {
        return text!(
            with who, may, act, whom, place, facts;
            en: "{who} {may} {act} their own access: {role} in {application} at {place} ({whom}){facts}.",
            nb: "{who} {may} {act} sin egen tilgang: {role} i {application} ved {place} ({whom}){facts}."
        );
    }
    text!(
        with who, may, act, whom, place, facts;
        en: "{who} {may} {act} access as {role} in {application} at {place} for {whom}{facts}.",
        nb: "{who} {may} {act} tilgang som {role} i {application} ved {place} for {whom}{facts}."
    )
}

/// Returns the words for the applicant, with staff, position, employer and offices.
fn whom(example: &Example, register: &Register) -> Text {
    let access = example.resource();
    let own = example.context().is(&["self"]);
    let staff = match (access.id(&["staff"]), access.words(&["position"])) {
        (_, "lis") => text!(en: "a registrar (LIS)", nb: "en lege i spesialisering (LIS)"),
        ("health", _) => text!(en: "a health worker", nb: "helsepersonell"),
        ("ict", _) => text!(en: "an ICT worker", nb: "IKT-personell"),
        _ => text!(
            en: "somebody who is neither health nor ICT personnel",
            nb: "en som verken er helsepersonell eller IKT-personell"
        ),
    };
    let employer = employer_in_words(access, register);
    let held = offices(&access.ids(&["offices"]), register);
    // A person who decides about themselves was already described.
    let held = if own || held.is_empty() {
        Text::default()
    } else {
        let held = listed(held);
        text!(with held; en: ", who is {held}", nb: ", som er {held}")
    };
    text!(with staff, employer, held; en: "{staff}, employed {employer}{held}", nb: "{staff}, ansatt {employer}{held}")
}

fn employer_in_words(access: FactsByName<'_>, register: &Register) -> Text {
    let id = access.id(&["employer", "id"]);
    // An invented name tells nothing. The names that policies use have small letters.
    let is_name =
        id.len() > 2 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let is_own = access.is(&["employer", "ownTrust"]);
    if let Some(name) = employer_name(id, register).filter(|_| !is_own) {
        return text!(en: "by {name}", nb: "i {name}");
    }
    match (is_own, access.is(&["employer", "ictBody"]), is_name) {
        (true, _, _) => text!(en: "there", nb: "der"),
        (false, _, true) => text!(en: "by `{id}`", nb: "i `{id}`"),
        (false, true, false) => text!(en: "by an ICT body", nb: "i et IKT-selskap"),
        (false, false, false) => text!(en: "elsewhere", nb: "et annet sted"),
    }
}

/// The usual number of months. A prover first looks for a request with the usual numbers (`usual.cedar`), so any other
/// number matters.
const USUAL_MONTHS: i64 = 6;
const USUAL_LONGEST: i64 = 12;
const USUAL_MOST: i64 = 2;

const MONTHS: Noun = Noun::new(["month", "months"], ["måned", "måneder"]);

/// Returns the words for the unusual facts of the case. Each of them is told. Otherwise a policy that permits something
/// only for seven months would look like one that always permits it.
fn circumstances(example: &Example, register: &Register) -> Text {
    let (access, context) = (example.resource(), example.context());
    let mut facts = Vec::new();
    if context.is(&["requestSpent"]) {
        facts.push(text!(en: "on a request that has been used", nb: "på en søknad som er brukt"));
    }
    if context.id(&["identity"]) == "uncertain" {
        facts.push(text!(en: "whose identity is in doubt", nb: "der det er tvil om hvem det er"));
    }
    if context.id(&["identity"]) == "contacted" {
        facts.push(text!(en: "who was contacted first", nb: "som ble kontaktet først"));
    }
    if example.action == "change" && !context.is(&["approvalRenewed"]) {
        facts.push(text!(en: "without a new approval", nb: "uten ny godkjenning"));
    }
    let (holders, most) = (context.number(&["holdersAfterChange"]), context.number(&["mostHolders"]));
    if holders > most {
        facts.push(text!(
            en: "where {holders} would hold the role and at most {most} may",
            nb: "der {holders} ville ha rollen og høyst {most} kan ha den"
        ));
    } else {
        if holders != 0 {
            facts.push(text!(en: "where {holders} would hold the role", nb: "der {holders} ville ha rollen"));
        }
        if context.has(&["mostHolders"]) && most != USUAL_MOST {
            facts.push(
                text!(en: "where at most {most} may hold a role", nb: "der høyst {most} kan ha en rolle"),
            );
        }
    }
    if context.is(&["ownCoordinator"]) {
        facts.push(text!(
            en: "where the trust has a coordinator of its own",
            nb: "der helseforetaket har en egen koordinator"
        ));
    }
    let position = access.words(&["position"]);
    if !position.is_empty() && position != "lis" {
        facts.push(text!(en: "with the position `{position}`", nb: "med stillingen `{position}`"));
    }
    let (months, longest) = (context.number(&["months"]), context.number(&["maxLisMonths"]));
    let is_too_long = access.has(&["position"]) && months > longest;
    if context.has(&["hasEnd"]) && !context.is(&["hasEnd"]) {
        facts.push(text!(en: "without an end date", nb: "uten sluttdato"));
    } else if is_too_long {
        facts.push(text!(
            en: "for {months} months where at most {longest} are allowed",
            nb: "i {months} måneder der høyst {longest} er tillatt"
        ));
    } else if context.has(&["months"]) && months >= 0 && months != USUAL_MONTHS {
        let stay = MONTHS.count(months);
        facts.push(text!(with stay; en: "for {stay}", nb: "i {stay}"));
    }
    let is_other = context.has(&["maxLisMonths"]) && longest >= 0 && longest != USUAL_LONGEST;
    if is_other && !is_too_long {
        let longest = MONTHS.count(longest);
        facts.push(text!(
            with longest;
            en: "where a registrar may stay {longest}",
            nb: "der en lege i spesialisering kan være {longest}"
        ));
    }
    if context.is(&["reviewOverdue"]) {
        facts.push(text!(
            en: "where the review of the user list is overdue by more than a month",
            nb: "der kontrollen av brukerlisten er mer enn en måned over fristen"
        ));
    }
    let besides = access.ids(&["others", "roles"]);
    if !besides.is_empty() {
        let besides = listed(besides.into_iter().map(|id| Text::same(role_name(id, register))).collect());
        facts.push(text!(with besides; en: "who also has {besides}", nb: "som har {besides} fra før"));
    }
    let facts = facts.into_iter().map(|fact| text!(with fact; en: ", {fact}", nb: ", {fact}"));
    Text::joined(facts, "")
}

fn about_register(example: &Example, may: &Text, register: &Register) -> Text {
    let who = who(example, register);
    let act = act(&example.action);
    let own = if example.context().is(&["self"]) {
        text!(en: " in their own case", nb: " i egen sak")
    } else {
        Text::default()
    };
    text!(with who, may, act, own; en: "{who} {may} {act}{own}.", nb: "{who} {may} {act}{own}.")
}

/// Returns the words for what the program sees of a trust when it looks by itself. Nobody asks for anything there.
fn about_trust(example: &Example, register: &Register) -> Text {
    let (place, context) = (ExamplePlace::of(example.resource()).words(register), example.context());
    let users = Noun::PEOPLE.count(context.number(&["users"]));
    let (now, before) = (context.number(&["coordinators"]), context.number(&["coordinatorsBefore"]));
    text!(
        with place, users;
        en: "At {place}, {users} with access; coordinators (LC): {now}, and before the change {before}.",
        nb: "Ved {place}: {users} med tilgang; koordinatorer (LC): {now}, og før endringen {before}."
    )
}

fn about_record(example: &Example, may: &Text, register: &Register) -> Text {
    let (holder, record) = (example.principal(), example.resource());
    let place = ExamplePlace::of(holder).words(register);
    let relation = match (
        holder.id(&["unit", "id"]) == record.id(&["unit"]),
        holder.id(&["trust", "id"]) == record.id(&["trust"]),
    ) {
        (true, true) => text!(en: "their own unit", nb: "egen enhet"),
        (false, true) => {
            text!(en: "another unit of their own trust", nb: "en annen enhet ved eget helseforetak")
        }
        (_, false) => text!(en: "another trust", nb: "et annet helseforetak"),
    };
    // The sentence has already named the place of the person with the right. So the place of the course is only named
    // if it is another one.
    let is_elsewhere = holder.id(&["unit", "id"]) != record.id(&["unit"]);
    let known =
        unit_or_trust_name(record.id(&["unit"]), record.id(&["trust"]), register).filter(|_| is_elsewhere);
    let at = match known {
        Some(known) => text!(with relation; en: "{known}, {relation}", nb: "{known}, {relation}"),
        None => relation,
    };
    let patient = if record.is(&["realPatientData"]) {
        text!(en: "of a real patient", nb: "for en reell pasient")
    } else {
        text!(en: "without a real patient", nb: "uten reell pasient")
    };
    let state = if record.is(&["ongoing"]) {
        text!(en: "registration is under way", nb: "registreringen pågår")
    } else {
        text!(en: "registration is over", nb: "registreringen er avsluttet")
    };
    let act = act(&example.action);
    let role = role_name(holder.id(&["role"]), register);
    let application = application_name(holder.id(&["application"]), register);
    text!(
        with place, may, act, at, patient, state;
        en: "Whoever has access as {role} in {application} at {place} {may} {act} in a course {patient} at {at}; {state}.",
        nb: "Den som har tilgang som {role} i {application} ved {place}, {may} {act} i et forløp {patient} ved {at}; {state}."
    )
}
