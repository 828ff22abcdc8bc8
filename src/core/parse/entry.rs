//! One access entry. An error in an entry refuses only that entry. A revoked entry is taken back even if another part
//! of it is wrong (law: *a typo revokes nobody and shields nobody*).

use super::item::{Item, Kind, Read, whole};
use super::node::Node;
use super::page::{Page, shown};
use super::revocation::{RevocationPlaces, revoked};
use super::span::Span;
use super::suggest;
use super::walk::{At, Fields, inner, missing, not_before_from};
use crate::diag::{Code, Finding, text};
use crate::model::{
    ApplicationId, Approval, Grant, GrantKey, Identity, PersonId, Register, RequestId, Revocation, RoleId,
    TrustId, UnitId, Vouched,
};

/// The places of the values of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPlaces {
    /// The first line of the entry.
    pub entry: Span,
    /// The place of `application`.
    pub application: Span,
    /// The place of `unit`.
    pub unit: Span,
    /// The place of `role`.
    pub role: Span,
    /// The place of `from`.
    pub from: Span,
    /// The place of `until`, if the entry has it.
    pub until: Option<Span>,
    /// The place of `request`.
    pub request: Span,
    /// The place of `approved.by`.
    pub by: Span,
    /// The place of `approved.on`.
    pub on: Span,
    /// The place of `approved.identity`.
    pub identity: Span,
    /// The places of the values of `revoked`, if the entry has it.
    pub revoked: Option<RevocationPlaces>,
}

/// One entry of a file that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Every value is valid and every name is in the register.
    Valid {
        /// The grant of the entry.
        grant: Box<Grant>,
        /// The places of its values.
        places: Box<EntryPlaces>,
    },
    /// The entry is refused. The valid parts of its key show which accepted grant it may be about. A part that is not
    /// valid is `None`, and it may stand for any value.
    Invalid {
        /// The application, if the register has it.
        application: Option<ApplicationId>,
        /// The unit, if the register has it at the trust of the folder.
        unit: Option<UnitId>,
        /// The request, if the value is a valid request id.
        request: Option<RequestId>,
        /// The revocation, if the entry has a valid `revoked`. It acts even though the entry is refused.
        revoked: Option<Revocation>,
        /// The first line of the entry.
        place: Span,
        /// The errors of the entry.
        findings: Vec<Finding>,
    },
}

/// The values that an entry is checked against.
pub(super) struct Context<'r> {
    pub(super) register: &'r Register,
    pub(super) trust: &'r TrustId,
    pub(super) person: &'r PersonId,
    /// `None` if the file is held anyway. Its entries are then read only to report their findings.
    pub(super) vouched: Option<&'r Vouched>,
}

pub(crate) const KEYS: &[&str] =
    &["application", "unit", "role", "from", "until", "request", "approved", "revoked"];

/// Reads one entry. Errors that hold the whole file go to `held`.
pub(super) fn entry(
    page: Page<'_>,
    node: &Node<'_>,
    context: &Context<'_>,
    held: &mut Vec<Finding>,
) -> Entry {
    let mut wrong = Vec::new();
    let place = page.whole(node);
    let Some(fields) =
        Fields::open(page, node, text!(en: "an access entry", nb: "en oppføring om tilgang"), KEYS, held)
    else {
        return Entry::Invalid {
            application: None,
            unit: None,
            request: None,
            revoked: None,
            place,
            findings: wrong,
        };
    };
    let register = context.register;
    let application = fields.need("application", "smerteregisteret", &mut wrong, |item| {
        item.known(&register.applications, &Kind::APPLICATION)
    });
    let mut unit = fields.need("unit", "100082", &mut wrong, |item| unit(item, register));
    let role = fields.need("role", "LU", &mut wrong, |item| item.known(&register.roles, &Kind::ROLE));
    let from = fields.need("from", "2026-01-31", &mut wrong, Item::date);
    let until = fields.may("until", &mut wrong, Item::date);
    let request =
        fields.need("request", "REQ-2026-0113", &mut wrong, |item| item.id(RequestId::new, "REQ-2026-0113"));
    let approved = approved(&fields, held, &mut wrong);
    let revoked = revoked(&fields, held, &mut wrong);

    // A unit of another folder may stand for any unit of this one. It does not show which grant is meant.
    unit = unit.filter(|unit| belongs(&fields, unit, context, &mut wrong));
    if let Some(unit) = &unit
        && revoked.as_ref().is_some_and(Option::is_none)
    {
        unit_valid(&fields, unit, from.as_ref(), until.as_ref(), register, &mut wrong);
    }
    if let (Some(from), Some(Some(until))) = (&from, &until)
        && until.value < from.value
    {
        let message = text!(
            en: "The access ends on {until} before it begins on {from}.",
            nb: "Tilgangen slutter {until}, før den begynner {from}.";
            until = until.value, from = from.value
        );
        wrong.push(page.finding(Code::BadValue, until.span, message, not_before_from()));
    }
    let read = (application, unit, role, from, until, request, approved, revoked);
    valid(read, place, context, wrong)
}

/// All parts of an entry, as far as they could be read.
type Draft = (
    Option<At<ApplicationId>>,
    Option<At<UnitId>>,
    Option<At<RoleId>>,
    Option<At<jiff::civil::Date>>,
    Option<Option<At<jiff::civil::Date>>>,
    Option<At<RequestId>>,
    Option<(Approval, [Span; 3])>,
    Option<Option<(Revocation, RevocationPlaces)>>,
);

fn valid(draft: Draft, place: Span, context: &Context<'_>, wrong: Vec<Finding>) -> Entry {
    match draft {
        (
            Some(application),
            Some(unit),
            Some(role),
            Some(from),
            Some(until),
            Some(request),
            Some((approval, [by, on, identity])),
            Some(revoked),
        ) if wrong.is_empty()
            && let Some(vouched) = context.vouched =>
        {
            let places = EntryPlaces {
                entry: place,
                application: application.span,
                unit: unit.span,
                role: role.span,
                from: from.span,
                until: until.as_ref().map(|until| until.span),
                request: request.span,
                by,
                on,
                identity,
                revoked: revoked.as_ref().map(|(_, places)| *places),
            };
            let grant = Grant {
                key: GrantKey {
                    person: context.person.clone(),
                    application: application.value,
                    unit: unit.value,
                    request: request.value,
                },
                trust: context.trust.clone(),
                role: role.value,
                from: from.value,
                until: until.map(|until| until.value),
                approval,
                revoked: revoked.map(|(revocation, _)| revocation),
                vouched: vouched.clone(),
            };
            Entry::Valid { grant: Box::new(grant), places: Box::new(places) }
        }
        (application, unit, _, _, _, request, _, revoked) => Entry::Invalid {
            application: application.map(|at| at.value),
            unit: unit.map(|at| at.value),
            request: request.map(|at| at.value),
            revoked: revoked.flatten().map(|(revocation, _)| revocation),
            place,
            findings: wrong,
        },
    }
}

pub(super) fn unit(item: &Item<'_, '_>, register: &Register) -> Read<UnitId> {
    let text = item.text()?;
    if let Some(unit) = whole(text).map(UnitId).filter(|unit| register.units.contains_key(unit)) {
        return Ok(unit);
    }
    let named = register.units.iter().find(|(_, unit)| unit.name.to_lowercase() == text.to_lowercase());
    if let Some((number, unit)) = named {
        let message = text!(
            en: "`{text}` is the name of a unit; a unit is written by its RESH number.",
            nb: "`{text}` er navnet på en enhet; en enhet skrives med sitt RESH-nummer.";
            text = shown(text)
        );
        let name = &unit.name;
        let way_out = text!(en: "Write `{number}` for {name}.", nb: "Skriv `{number}` for {name}.");
        return Err(item.wrong(Code::BadValue, message, way_out));
    }
    let numbers: Vec<String> = register.units.keys().map(ToString::to_string).collect();
    let near = suggest::nearest(text, numbers.iter().map(String::as_str))
        .and_then(whole)
        .map(|near| register.unit_name(UnitId(near)))
        .map(|near| text!(en: "Did you mean {near}?", nb: "Mente du {near}?"));
    let all: Vec<String> = register.units.keys().map(|unit| register.unit_name(*unit)).collect();
    let all = all.join(", ");
    let has = text!(en: "The register has the units {all}.", nb: "Registeret har enhetene {all}.");
    let message = text!(
        en: "`{text}` is not in `register.yaml` as a unit.",
        nb: "`{text}` står ikke i `register.yaml` som enhet.";
        text = shown(text)
    );
    Err(item.wrong(Code::UnknownName, message, near.unwrap_or_default().and(has)))
}

/// Whether the unit belongs to the trust of the file's folder.
fn belongs(
    fields: &Fields<'_, '_>,
    unit: &At<UnitId>,
    context: &Context<'_>,
    wrong: &mut Vec<Finding>,
) -> bool {
    let register = context.register;
    let Some(owner) = register.trust_of(unit.value).filter(|owner| *owner != context.trust) else {
        return true;
    };
    let name = |trust: &TrustId| {
        register.trusts.get(trust).map_or_else(|| trust.to_string(), |trust| trust.name.clone())
    };
    let own: Vec<String> = register
        .units
        .iter()
        .filter(|(_, unit)| unit.trust == *context.trust)
        .map(|(number, _)| register.unit_name(*number))
        .collect();
    let message = text!(
        en: "{unit} belongs to {owner}, and this file stands in the folder of {folder}.",
        nb: "{unit} hører til {owner}, og denne filen ligger i mappen til {folder}.";
        unit = register.unit_name(unit.value), owner = name(owner), folder = name(context.trust)
    );
    let way_out = text!(
        en: "Move the entry to `desired-state/{owner}/{person}.yaml`, or write a unit of this folder: {own}.",
        nb: "Flytt oppføringen til `desired-state/{owner}/{person}.yaml`, eller skriv en enhet i denne mappen: {own}.";
        person = context.person, own = own.join(", ")
    );
    wrong.push(fields.page.finding(Code::WrongFolder, unit.span, message, way_out));
    false
}

/// Checks that the access lies within the days on which the unit exists.
fn unit_valid(
    fields: &Fields<'_, '_>,
    unit: &At<UnitId>,
    from: Option<&At<jiff::civil::Date>>,
    until: Option<&Option<At<jiff::civil::Date>>>,
    register: &Register,
    wrong: &mut Vec<Finding>,
) {
    let Some(known) = register.units.get(&unit.value) else { return };
    let page = fields.page;
    let name = register.unit_name(unit.value);
    if let (Some(opened), Some(from)) = (known.from, from)
        && from.value < opened
    {
        let message = text!(
            en: "{name} exists from {opened} on only.",
            nb: "{name} finnes først fra {opened}."
        );
        let way_out = text!(
            en: "Begin the access on that day or later.",
            nb: "La tilgangen begynne den dagen eller senere."
        );
        wrong.push(page.finding(Code::BadValue, from.span, message, way_out));
    }
    let Some(closed) = known.until else { return };
    let message = text!(en: "{name} exists until {closed} only.", nb: "{name} finnes bare til {closed}.");
    let way_out = text!(
        en: "End the access with `until: {closed}` or earlier, or write the unit that took over.",
        nb: "La tilgangen slutte med `until: {closed}` eller tidligere, eller skriv enheten som overtok."
    );
    match (from, until) {
        (Some(from), _) if from.value > closed => {
            let way_out = text!(en: "Write the unit that took over.", nb: "Skriv enheten som overtok.");
            wrong.push(page.finding(Code::BadValue, from.span, message, way_out));
        }
        (_, Some(Some(until))) if until.value > closed => {
            wrong.push(page.finding(Code::BadValue, until.span, message, way_out));
        }
        (_, Some(None)) => wrong.push(page.finding(Code::BadValue, unit.span, message, way_out)),
        _ => {}
    }
}

pub(super) fn approved(
    fields: &Fields<'_, '_>,
    held: &mut Vec<Finding>,
    wrong: &mut Vec<Finding>,
) -> Option<(Approval, [Span; 3])> {
    let Some(item) = fields.item("approved") else {
        let way_out = text!(
            en: "Add `approved:` with the lines `by`, `on` and `identity`: who looked at the application, on which day, and how the applicant is known.",
            nb: "Legg til `approved:` med linjene `by`, `on` og `identity`: hvem som så på søknaden, hvilken dag, og hvordan søkeren er kjent."
        );
        let finding = fields.page.finding(Code::MissingKey, fields.span, missing("approved"), way_out);
        wrong.push(finding.decided_by(vec!["R14".to_owned()], Vec::new()));
        return None;
    };
    let inner = inner(&item, &["by", "on", "identity", "contacted"], held, wrong)?;
    let by = inner.need("by", "fornavn.etternavn", wrong, |item| item.id(PersonId::new, "fornavn.etternavn"));
    let on = inner.need("on", "2026-01-31", wrong, Item::date);
    let known = inner.need("identity", "known", wrong, |item| {
        item.one_of(&["known", "contacted", "uncertain"].map(|word| (word, word)))
    });
    let contacted = contacted(&inner, held, wrong);
    let (by, on, known, contacted) = (by?, on?, known?, contacted?);
    let identity = match (known.value, contacted) {
        ("contacted", Some(contacted)) => contacted,
        ("contacted", None) => {
            let way_out = text!(
                en: "Add `contacted: {{channel: phone, on: 2026-01-31}}` below: by what means and on which day.",
                nb: "Legg til `contacted: {{channel: phone, on: 2026-01-31}}` under: på hvilken måte og hvilken dag."
            );
            let message = text!(
                en: "How the applicant was contacted is missing.",
                nb: "Det mangler hvordan søkeren ble kontaktet."
            );
            let finding = inner.page.finding(Code::MissingKey, known.span, message, way_out);
            wrong.push(finding.decided_by(vec!["R17".to_owned()], Vec::new()));
            return None;
        }
        (_, Some(_)) => {
            let message = text!(
                en: "`contacted` stands there, and `identity` says something else.",
                nb: "`contacted` står der, og `identity` sier noe annet."
            );
            let way_out = text!(
                en: "Write `identity: contacted`, or delete `contacted`.",
                nb: "Skriv `identity: contacted`, eller slett `contacted`."
            );
            wrong.push(inner.page.finding(Code::BadValue, known.span, message, way_out));
            return None;
        }
        ("known", None) => Identity::Known,
        (_, None) => Identity::Uncertain,
    };
    Some((Approval { by: by.value, on: on.value, identity }, [by.span, on.span, known.span]))
}

fn contacted(
    approved: &Fields<'_, '_>,
    held: &mut Vec<Finding>,
    wrong: &mut Vec<Finding>,
) -> Option<Option<Identity>> {
    let Some(item) = approved.item("contacted") else { return Some(None) };
    let inner = inner(&item, &["channel", "on"], held, wrong)?;
    let channel = inner.need("channel", "phone", wrong, Item::words);
    let on = inner.need("on", "2026-01-31", wrong, Item::date);
    Some(Some(Identity::Contacted { channel: channel?.value, on: on?.value }))
}
