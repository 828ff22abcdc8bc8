//! The usual values of a register, so that a case only gives what matters to it.
//!
//! In the program's own usual case the applicant is a nurse at Ahus, and the approver knows them. They apply for LU
//! there for half a year on a new request. A register without that unit, role or employer gives its own usual values in
//! `policies/tests/usual.yaml`. Each case must give the values that this file leaves out.

use std::collections::BTreeSet;

use super::super::facts::{Certainty, Other, RequestFacts, Stay};
use crate::diag::{Code, Finding, text};
use crate::model::{
    ApplicationId, EmployerId, FilePath, OfficeId, Position, Register, RoleId, Staff, UnitId,
};
use crate::parse;
use crate::parse::reading::{Fields, FilePage, Item, NameKind, Read, Value, employer, read, whole_number};

/// The keys of an access.
const ACCESS: [&str; 8] =
    ["application", "unit", "role", "staff", "employer", "position", "offices", "others"];
/// The keys of one of the applicant's other accesses.
const OTHER: [&str; 3] = ["application", "role", "unit"];
/// The keys of the circumstances of an access.
pub(super) const CONTEXT: [&str; 10] = [
    "own",
    "request_spent",
    "identity",
    "approval_renewed",
    "holders_after_change",
    "most_holders",
    "own_coordinator",
    "stay",
    "max_lis_months",
    "review_overdue",
];

/// The most people or months that a case can speak of.
const MOST: u32 = 1_000_000;

/// The facts of an access as far as they are said.
#[derive(Debug, Clone, Default)]
pub(super) struct SaidFacts {
    pub(super) application: Option<ApplicationId>,
    pub(super) unit: Option<UnitId>,
    pub(super) role: Option<RoleId>,
    pub(super) staff: Option<Staff>,
    pub(super) employer: Option<EmployerId>,
    pub(super) position: Option<Position>,
    pub(super) offices: BTreeSet<OfficeId>,
    pub(super) others: BTreeSet<Other>,
}

/// The facts of a case that does not say otherwise.
#[derive(Debug, Clone)]
pub(super) struct Usual {
    pub(super) access: SaidFacts,
    pub(super) context: RequestFacts,
}

/// The program's own usual case, as far as the register has its words.
pub(super) fn built_in_usual(register: &Register) -> Usual {
    let known = |unit: UnitId| register.units.contains_key(&unit).then_some(unit);
    Usual {
        access: SaidFacts {
            application: register.applications.get_key_value("smerteregisteret").map(|(id, _)| id.clone()),
            unit: known(UnitId(100_089)),
            role: register.roles.get_key_value("LU").map(|(id, _)| id.clone()),
            staff: Some(Staff::Health),
            employer: EmployerId::new("ahus").ok().filter(|employer| register.is_employer(employer)),
            position: None,
            offices: BTreeSet::new(),
            others: BTreeSet::new(),
        },
        context: RequestFacts {
            own: false,
            request_spent: false,
            identity: Certainty::Known,
            approval_renewed: true,
            holders_after_change: 0,
            most_holders: 2,
            own_coordinator: false,
            stay: Stay::Months(6),
            max_lis_months: 12,
            review_overdue: false,
        },
    }
}

/// Reads `policies/tests/usual.yaml`. Circumstances that it leaves out are those of the program's own usual case.
/// Returns `None` if it cannot be read as a whole.
pub(super) fn usual(
    path: &FilePath,
    bytes: &[u8],
    register: &Register,
    findings: &mut Vec<Finding>,
) -> Option<Usual> {
    let mut told = parse::hidden(path, bytes);
    let text = match parse::text(path, bytes) {
        Ok(text) => text,
        Err(wrong) => {
            findings.extend(wrong);
            return None;
        }
    };
    let node = match read(path, text) {
        Ok(node) => node,
        Err(wrong) => {
            findings.extend(wrong);
            return None;
        }
    };
    let what = text!(en: "the usual case", nb: "det vanlige testtilfellet");
    let plain = built_in_usual(register);
    let mut made = None;
    if let Some(fields) =
        Fields::open(FilePage { path, text }, &node, what, &["access", "context"], &mut told)
    {
        let said = access_facts(&fields, &SaidFacts::default(), register, &mut told);
        let context = context(&fields, &plain.context, &CONTEXT, &mut told);
        made = Some(Usual { access: said, context });
    }
    let whole = told.is_empty();
    findings.extend(told);
    made.filter(|_| whole)
}

/// Reads the key `access`, over the usual values.
pub(super) fn access_facts(
    fields: &Fields<'_, '_>,
    usual: &SaidFacts,
    register: &Register,
    wrong: &mut Vec<Finding>,
) -> SaidFacts {
    let mut said = usual.clone();
    let Some(item) = fields.item("access") else { return said };
    let what = text!(en: "an access", nb: "en tilgang");
    let Some(inner) = Fields::open(item.page, item.node, what, &ACCESS, wrong) else { return said };
    let application =
        inner.may("application", wrong, |item| item.known(&register.applications, &NameKind::APPLICATION));
    let unit = inner.may("unit", wrong, |item| unit(item, register));
    let role = inner.may("role", wrong, |item| item.known(&register.roles, &NameKind::ROLE));
    let staff = inner.may("staff", wrong, |item| {
        item.one_of(&[Staff::Health, Staff::Ict, Staff::Other].map(|staff| (staff.as_str(), staff)))
    });
    let employer = inner.may("employer", wrong, |item| employer(item, register));
    let position = inner.may("position", wrong, |item| item.id(Position::new, "lis"));
    said.application = application.flatten().map(|at| at.value).or(said.application);
    said.unit = unit.flatten().map(|at| at.value).or(said.unit);
    said.role = role.flatten().map(|at| at.value).or(said.role);
    said.staff = staff.flatten().map(|at| at.value).or(said.staff);
    said.employer = employer.flatten().map(|at| at.value).or(said.employer);
    said.position = position.flatten().map(|at| at.value).or(said.position);
    if let Some(item) = inner.item("offices") {
        said.offices = set_of_values(&item, wrong, |one| one.known(&register.offices, &NameKind::OFFICE));
    }
    if let Some(item) = inner.item("others") {
        said.others = others(&item, register, wrong);
    }
    said
}

/// Returns a unit of the register, for the example in a message. No unit of another register is proposed.
pub(super) fn unit_of_example(register: &Register) -> String {
    let unit = register.units.keys().find(|unit| unit.0 > 0);
    unit.map_or_else(|| "0".to_owned(), ToString::to_string)
}

/// Reads the applicant's other accesses: a list in which each has a role, a unit and an application.
fn others(item: &Item<'_, '_>, register: &Register, wrong: &mut Vec<Finding>) -> BTreeSet<Other> {
    let mut found = BTreeSet::new();
    let Value::List(nodes) = &item.node.value else {
        let message = text!(en: "`others` is a list.", nb: "`others` er en liste.");
        let way_out = text!(
            en: "Write it like this: `others: [{{role: LC, unit: {unit}}}]`.",
            nb: "Skriv det slik: `others: [{{role: LC, unit: {unit}}}]`.";
            unit = unit_of_example(register)
        );
        wrong.push(*item.wrong(Code::BadValue, message, way_out));
        return found;
    };
    for node in nodes {
        let what = text!(en: "an access", nb: "en tilgang");
        let Some(inner) = Fields::open(item.page, node, what, &OTHER, wrong) else { continue };
        let application = inner
            .may("application", wrong, |item| item.known(&register.applications, &NameKind::APPLICATION));
        let role = inner.need("role", "LU", wrong, |item| item.known(&register.roles, &NameKind::ROLE));
        let unit = inner.need("unit", &unit_of_example(register), wrong, |item| unit(item, register));
        let (Some(application), Some(role), Some(unit)) = (application, role, unit) else { continue };
        let Some(trust) = register.trust_of(unit.value) else { continue };
        let usual = || register.coordinators.application.clone();
        found.insert(Other {
            application: application.map_or_else(usual, |at| at.value),
            role: role.value,
            unit: unit.value,
            trust: trust.clone(),
        });
    }
    found
}

/// Reads the key `context`, over the usual values. Only these keys are allowed in it.
pub(super) fn context(
    fields: &Fields<'_, '_>,
    usual: &RequestFacts,
    keys: &[&'static str],
    wrong: &mut Vec<Finding>,
) -> RequestFacts {
    let mut said = usual.clone();
    let Some(item) = fields.item("context") else { return said };
    let what = text!(en: "the circumstances", nb: "omstendighetene");
    let Some(inner) = Fields::open(item.page, item.node, what, keys, wrong) else { return said };
    for (key, place) in [
        ("own", &mut said.own),
        ("request_spent", &mut said.request_spent),
        ("approval_renewed", &mut said.approval_renewed),
        ("own_coordinator", &mut said.own_coordinator),
        ("review_overdue", &mut said.review_overdue),
    ] {
        if let Some(Some(truth)) = inner.may(key, wrong, Item::truth) {
            *place = truth.value;
        }
    }
    for (key, place) in [
        ("holders_after_change", &mut said.holders_after_change),
        ("most_holders", &mut said.most_holders),
        ("max_lis_months", &mut said.max_lis_months),
    ] {
        if let Some(Some(number)) = inner.may(key, wrong, |item| item.number(0, MOST)) {
            *place = number.value;
        }
    }
    let sure = [Certainty::Known, Certainty::Contacted, Certainty::Uncertain];
    if let Some(Some(identity)) =
        inner.may("identity", wrong, |item| item.one_of(&sure.map(|word| (word.as_str(), word))))
    {
        said.identity = identity.value;
    }
    let stay = inner.may("stay", wrong, |item| match item.node.value {
        Value::Null => Ok(Stay::Open),
        _ => item.number(0, MOST).map(Stay::Months),
    });
    if let Some(Some(stay)) = stay {
        said.stay = stay.value;
    }
    said
}

/// Reads the number of a unit of the register.
pub(super) fn unit(item: &Item<'_, '_>, register: &Register) -> Read<UnitId> {
    let text = item.text()?;
    if let Some(unit) = whole_number(text).map(UnitId).filter(|unit| register.units.contains_key(unit)) {
        return Ok(unit);
    }
    let names: Vec<String> = register.units.keys().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Err(item.unknown(text, &NameKind::UNIT, &names))
}

/// Reads a list, each value by itself. A value that is in the list twice is a finding.
pub(super) fn set_of_values<'p, 'a, T: Ord>(
    item: &Item<'p, 'a>,
    wrong: &mut Vec<Finding>,
    read: impl Fn(&Item<'p, 'a>) -> Read<T>,
) -> BTreeSet<T> {
    let mut values = BTreeSet::new();
    let Value::List(nodes) = &item.node.value else {
        let key = item.key;
        let message = text!(en: "`{key}` is a list.", nb: "`{key}` er en liste.");
        let way_out = text!(
            en: "Write the values in brackets, with commas between: `{key}: [a, b]`; none is `[]`.",
            nb: "Skriv verdiene i hakeparenteser med komma mellom: `{key}: [a, b]`; ingen er `[]`."
        );
        wrong.push(*item.wrong(Code::BadValue, message, way_out));
        return values;
    };
    for node in nodes {
        let one = Item { page: item.page, key: item.key, node };
        match read(&one) {
            Ok(value) => {
                if !values.insert(value) {
                    let message = text!(en: "This stands twice.", nb: "Dette står to ganger.");
                    let way_out = text!(en: "Delete one of the two.", nb: "Slett den ene.");
                    wrong.push(*one.wrong(Code::BadValue, message, way_out));
                }
            }
            Err(finding) => wrong.push(*finding),
        }
    }
    values
}
