//! One access entry. An error in an entry refuses only that entry. A revoked entry is taken back even if another part
//! of it is wrong (law: *a typo revokes nobody and shields nobody*).

use super::absent::together;
use super::item::{Item, NameKind, has_address};
use super::node::Node;
use super::outdented::keys_below;
use super::page::FilePage;
use super::private::take_out;
use super::revocation::{RevocationPlaces, revoked};
use super::shape;
use super::shape::Shape;
use super::span::Span;
use super::walk::{At, Fields, inner, missing_key, not_before_from};
use crate::diag::{Code, Finding, text};
use crate::model::{
    ApplicationId, Approval, Grant, GrantKey, Identity, PersonId, Register, RequestId, Revocation, RoleId,
    TrustId, UnitId, Vouched,
};

mod units;

pub(super) use units::unit;
use units::{add_unit, belongs, unit_valid};

/// The places of the values of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPlaces {
    /// The place of the first line of the entry.
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
    /// The entry can be used. Every value is valid and every name is in the register.
    Valid {
        /// The grant of the entry.
        grant: Box<Grant>,
        /// The places of its values.
        places: Box<EntryPlaces>,
    },
    /// The entry is refused. The valid parts of its key show which accepted grant it may be about. A part that is not
    /// valid is `None`, and it may mean any value.
    Invalid {
        /// The application, if the register has it.
        application: Option<ApplicationId>,
        /// The unit, if the register has it at the trust of the folder.
        unit: Option<UnitId>,
        /// The request, if the value is a valid request id.
        request: Option<RequestId>,
        /// The revocation, if the entry has a valid `revoked`. It acts even though the entry is refused.
        revoked: Option<Revocation>,
        /// The place of the first line of the entry.
        place: Span,
        /// The errors of the entry.
        findings: Vec<Finding>,
    },
}

impl Entry {
    /// The errors of the entry. An entry that could be read has none.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Valid { .. } => &[],
            Self::Invalid { findings, .. } => findings,
        }
    }
}

/// The values that an entry is checked against.
pub(super) struct Context<'r> {
    pub(super) register: &'r Register,
    pub(super) trust: &'r TrustId,
    pub(super) person: &'r PersonId,
    /// `None` if the file is held anyway. Its entries are then read only to report their findings.
    pub(super) vouched: Option<&'r Vouched>,
}

/// Shows the form of an application's number. It is not a valid number, so a user who copies it from a finding does not
/// take another person's number.
pub(super) const NO_NUMBER: &str = "REQ-2026-…";

pub(crate) const KEYS: &[&str] =
    &["application", "unit", "role", "from", "until", "request", "approved", "revoked"];

/// The shape of an entry: the keys in it and below them.
pub(super) const SHAPE: Shape =
    Shape::Keys(KEYS, &[("approved", shape::APPROVED), ("revoked", shape::REVOKED)]);

/// Reads one entry. Errors that hold the whole file go to `held`.
pub(super) fn entry(
    page: FilePage<'_>,
    node: &Node<'_>,
    context: &Context<'_>,
    held: &mut Vec<Finding>,
) -> Entry {
    let mut wrong = Vec::new();
    let place = page.value_span(node);
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
        item.known(&register.applications, &NameKind::APPLICATION)
    });
    let mut unit = fields.need_as("unit", || add_unit(context), &mut wrong, |item| unit(item, register));
    let role = fields.need("role", "LU", &mut wrong, |item| item.known(&register.roles, &NameKind::ROLE));
    let from = fields.need_day("from", &mut wrong);
    let until = fields.may("until", &mut wrong, Item::date);
    let request = fields.need("request", NO_NUMBER, &mut wrong, |item| item.id(RequestId::new, NO_NUMBER));
    let approved = approved(&fields, register, held, &mut wrong);
    let revoked = revoked(&fields, held, &mut wrong);
    if let Some(Some((revocation, places))) = &revoked {
        without_address(page, places.reason, &revocation.reason, register, &mut wrong);
    }

    // A unit of another folder may mean any unit of this one. It does not show which grant is meant.
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
type EntryFields = (
    Option<At<ApplicationId>>,
    Option<At<UnitId>>,
    Option<At<RoleId>>,
    Option<At<jiff::civil::Date>>,
    Option<Option<At<jiff::civil::Date>>>,
    Option<At<RequestId>>,
    Option<(Approval, [Span; 3])>,
    Option<Option<(Revocation, RevocationPlaces)>>,
);

fn valid(draft: EntryFields, place: Span, context: &Context<'_>, wrong: Vec<Finding>) -> Entry {
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
            findings: together(wrong),
        },
    }
}

/// Refuses an e-mail address in free words, if the owner of the register allows no addresses in the files. A revocation
/// in such an entry still acts.
fn without_address(
    page: FilePage<'_>,
    span: Span,
    words: &str,
    register: &Register,
    wrong: &mut Vec<Finding>,
) {
    if register.contact_in_git || !has_address(words) {
        return;
    }
    let message = text!(
        en: "This holds an e-mail address; the owner of the register keeps them out of these files.",
        nb: "Her står det en e-postadresse; registerets eier vil ikke ha dem i disse filene."
    );
    // The address is `den` in Norwegian.
    wrong.push(page.finding(Code::ContactInGit, span, message, take_out("den")));
}

pub(super) fn approved(
    fields: &Fields<'_, '_>,
    register: &Register,
    held: &mut Vec<Finding>,
    wrong: &mut Vec<Finding>,
) -> Option<(Approval, [Span; 3])> {
    let Some(item) = fields.item("approved") else {
        if fields.is_there_with_a_slip("approved") {
            return None;
        }
        let way_out = text!(
            en: "Add `approved:` with the lines `by`, `on` and `identity`: who looked at the application, on which day, and how the applicant is known.",
            nb: "Legg til `approved:` med linjene `by`, `on` og `identity`: hvem som så på søknaden, hvilken dag, og hvordan søkeren er kjent."
        );
        let finding = fields.page.finding(Code::MissingKey, fields.span, missing_key("approved"), way_out);
        wrong.push(finding.decided_by(vec!["R14".to_owned()], Vec::new()));
        return None;
    };
    let inner = inner(&item, keys_below("approved"), held, wrong)?;
    let by = inner.need("by", "fornavn.etternavn", wrong, |item| item.id(PersonId::new, "fornavn.etternavn"));
    let on = inner.need_day("on", wrong);
    let known = inner.need("identity", "known", wrong, |item| {
        item.one_of(&["known", "contacted", "uncertain"].map(|word| (word, word)))
    });
    let contacted = contacted(&inner, register, held, wrong);
    let (by, on, known, contacted) = (by?, on?, known?, contacted?);
    let identity = match (known.value, contacted) {
        ("contacted", Some((_, day))) if day.value > on.value => {
            let message = text!(
                en: "The applicant was contacted on {day}, after the approval of {on}.",
                nb: "Søkeren ble kontaktet {day}, etter godkjenningen {on}.";
                day = day.value, on = on.value
            );
            let way_out = text!(
                en: "Write the day of the contact, or approve after it: the approval goes by what the contact showed.",
                nb: "Skriv dagen for kontakten, eller godkjenn etter den: godkjenningen bygger på det kontakten viste."
            );
            let finding = inner.page.finding(Code::BadValue, day.span, message, way_out);
            wrong.push(finding.decided_by(vec!["R17".to_owned()], Vec::new()));
            return None;
        }
        ("contacted", Some((channel, day))) => Identity::Contacted { channel, on: day.value },
        ("contacted", None) => {
            let way_out = text!(
                en: "Add `contacted: {{channel: phone, on: YYYY-MM-DD}}` below: by what means and on which day.",
                nb: "Legg til `contacted: {{channel: phone, on: ÅÅÅÅ-MM-DD}}` under: på hvilken måte og hvilken dag."
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

/// The means and the day of a contact. The result is `Some(None)` if there was none.
fn contacted(
    approved: &Fields<'_, '_>,
    register: &Register,
    held: &mut Vec<Finding>,
    wrong: &mut Vec<Finding>,
) -> Option<Option<(String, At<jiff::civil::Date>)>> {
    let Some(item) = approved.item("contacted") else { return Some(None) };
    let inner = inner(&item, keys_below("contacted"), held, wrong)?;
    let channel = inner.need("channel", "phone", wrong, Item::words);
    let on = inner.need_day("on", wrong);
    let (channel, on) = (channel?, on?);
    without_address(inner.page, channel.span, &channel.value, register, wrong);
    Some(Some((channel.value, on)))
}
