//! Reads the appointments: which person holds which office.

use std::collections::BTreeMap;

use crate::diag::{Code, Finding, text};
use crate::model::{Appointment, OfficeId, PersonId};
use crate::parse::item::{Item, NameKind};
use crate::parse::node::Value;
use crate::parse::register_part::required_value;
use crate::parse::shape::Shape;
use crate::parse::walk::{Fields, not_before_from};

/// The keys of one appointment.
pub(crate) const APPOINTMENT_KEYS: &[&str] = &["person", "name", "office", "from", "until", "suspended"];

pub(super) const APPOINTMENT: Shape = Shape::Keys(APPOINTMENT_KEYS, &[]);

pub(super) fn administrators(
    fields: &Fields<'_, '_>,
    offices: &BTreeMap<OfficeId, String>,
    wrong: &mut Vec<Finding>,
) -> Option<Vec<Appointment>> {
    let page = fields.page;
    let node = required_value(fields, "administrators", wrong)?;
    let Value::List(nodes) = &node.value else {
        let message = text!(en: "`administrators` is no list.", nb: "`administrators` er ingen liste.");
        let way_out = text!(
            en: "Write one appointment after the other, each beginning with a hyphen.",
            nb: "Skriv én oppnevning etter den andre, hver med en bindestrek først."
        );
        wrong.push(page.finding(Code::BadValue, page.value_span(node), message, way_out));
        return None;
    };
    let mut found: Vec<Appointment> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(inner) = Fields::open(
            page,
            node,
            text!(en: "an appointment", nb: "en oppnevning"),
            APPOINTMENT_KEYS,
            wrong,
        ) else {
            continue;
        };
        let person = inner
            .need("person", "fornavn.etternavn", wrong, |item| item.id(PersonId::new, "fornavn.etternavn"));
        let name = inner.need("name", "Fornavn Etternavn", wrong, Item::words);
        let office =
            inner.need("office", "register-leader", wrong, |item| item.known(offices, &NameKind::OFFICE));
        let from = inner.need_day("from", wrong);
        let until = inner.may("until", wrong, Item::date);
        let suspended = inner.may("suspended", wrong, Item::truth);
        let (Some(person), Some(name), Some(office), Some(from), Some(until), Some(suspended)) =
            (person, name, office, from, until, suspended)
        else {
            continue;
        };
        if let Some(until) = until.as_ref().filter(|until| until.value < from.value) {
            let message = text!(
                en: "The appointment ends before it begins.",
                nb: "Oppnevningen slutter før den begynner."
            );
            wrong.push(page.finding(Code::BadValue, until.span, message, not_before_from()));
        }
        let same = |earlier: &&Appointment| {
            earlier.person == person.value && earlier.office == office.value && earlier.from == from.value
        };
        if found.iter().find(same).is_some() {
            let message = text!(
                en: "`{person}` is appointed twice to `{office}`.",
                nb: "`{person}` er oppnevnt to ganger til `{office}`.";
                person = person.value, office = office.value
            );
            let way_out = text!(en: "Delete one of the two.", nb: "Slett en av de to.");
            wrong.push(page.finding(Code::RegisterInvalid, person.span, message, way_out));
        }
        found.push(Appointment {
            person: person.value,
            name: name.value,
            office: office.value,
            from: from.value,
            until: until.map(|at| at.value),
            suspended: suspended.is_some_and(|at| at.value),
        });
    }
    Some(found)
}
