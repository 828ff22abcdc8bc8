//! Reads `desired-state/register.yaml`. The file is read as a whole or not at all, because one wrong line affects
//! everybody. One run reports all its errors. Until they are fixed, the last accepted register stays in force.

use std::collections::BTreeMap;

use self::accounts::{accounts, limits};
#[cfg(test)]
pub(crate) use self::administrators::APPOINTMENT_KEYS;
use self::administrators::{APPOINTMENT, administrators};
use super::item::{Item, NameKind, Read, put_in};
use super::node::Value;
use super::page::{FilePage, put_back, shown};
use super::register_evidence::evidence;
use super::register_org::{Organisation, SHAPE as OF_A_TRUST, organisation};
use super::register_owners::code_owners;
use super::register_part::{key_id, required_value};
use super::shape::{self, Shape};
use super::walk::{Fields, named_pairs};
use super::yaml::{self, in_order};
use super::{meant, outdented, private};
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{
    ApplicationId, BudgetLimits, Coordinators, EmployerId, FilePath, IdError, OfficeId, ProofsAsked,
    Register, RoleId, RoleRules,
};

mod accounts;
mod administrators;

pub(crate) const KEYS: &[&str] = &[
    "id",
    "name",
    "time_zone",
    "applications",
    "roles",
    "coordinators",
    "offices",
    "administrators",
    "trusts",
    "ict_bodies",
    "most_coordinators",
    "removal_limits",
    "addition_limits",
    "max_lis_months",
    "review_months",
    "reviews_from",
    "evidence",
    "forge",
    "contact_in_git",
    "accounts",
    "code_owners",
    "proofs",
];

/// The shape of the register: the keys in it and below them.
const SHAPE: Shape = Shape::Keys(
    KEYS,
    &[
        ("applications", Shape::Names(&Shape::Value)),
        ("roles", Shape::Names(&shape::ROLE)),
        ("coordinators", shape::COORDINATORS),
        ("offices", Shape::Names(&Shape::Value)),
        ("administrators", Shape::List(&APPOINTMENT)),
        ("trusts", Shape::Names(&OF_A_TRUST)),
        ("ict_bodies", Shape::Names(&Shape::Value)),
        ("removal_limits", shape::LIMITS),
        ("addition_limits", shape::LIMITS),
        ("forge", shape::FORGE),
        ("accounts", shape::ACCOUNTS),
        ("code_owners", Shape::Names(&Shape::Value)),
    ],
);

/// Reads the register.
///
/// # Errors
/// Returns all errors, in the order of the lines.
pub fn register(path: &FilePath, bytes: &[u8]) -> Result<Register, Vec<Finding>> {
    let text = yaml::text(path, bytes)?;
    let page = FilePage { path, text };
    let mut node = yaml::read(path, text)?;
    if matches!(node.value, Value::Null) {
        let message = text!(en: "`register.yaml` is empty.", nb: "`register.yaml` er tom.");
        let finding = Finding::new(Code::RegisterInvalid, message, put_back());
        return Err(vec![finding.at(Place::file(path))]);
    }
    let mut wrong = Vec::new();
    identity_numbers(page, text, &mut wrong);
    outdented::mend(page, &mut node, SHAPE, &mut wrong);
    let read = Fields::open(page, &node, text!(en: "the register", nb: "registeret"), KEYS, &mut wrong)
        .and_then(|fields| register_of_fields(&fields, &mut wrong));
    match read {
        Some(register) if wrong.is_empty() => Ok(register),
        _ => Err(in_order(wrong)),
    }
}

/// Finds national identity numbers in the key files. The keys themselves are skipped.
#[must_use]
pub fn numbers_among_keys(path: &FilePath, bytes: &[u8]) -> Vec<Finding> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let words: String = text
        .split_inclusive(char::is_whitespace)
        .map(|word| {
            if word.starts_with("AAAA") {
                word.replace(|c: char| c.is_ascii_digit(), "x")
            } else {
                word.to_owned()
            }
        })
        .collect();
    let mut wrong = Vec::new();
    identity_numbers(FilePage { path, text }, &words, &mut wrong);
    wrong
}

fn identity_numbers(page: FilePage<'_>, text: &str, wrong: &mut Vec<Finding>) {
    for (kind, span) in private::find_numbers(text) {
        if kind == private::NumberKind::IdentityNumber {
            let way_out = Code::PersonalNumber.next();
            wrong.push(page.finding(Code::PersonalNumber, span, kind.words(), way_out));
        }
    }
}

fn register_of_fields(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<Register> {
    // The id is part of every statement. It uses the alphabet of an application id.
    let id =
        fields.need("id", "smerteregisteret", wrong, |item| item.id(ApplicationId::new, "smerteregisteret"));
    let name = fields.need("name", "Smerteregisteret", wrong, Item::words);
    let time_zone = fields.need("time_zone", "Europe/Oslo", wrong, time_zone);
    let applications = display_names(
        fields,
        "applications",
        text!(en: "applications", nb: "applikasjoner"),
        ApplicationId::new,
        wrong,
    );
    let roles = roles(fields, wrong);
    let coordinators = applications
        .as_ref()
        .zip(roles.as_ref())
        .and_then(|(applications, roles)| coordinators(fields, applications, roles, wrong));
    let offices = display_names(fields, "offices", text!(en: "offices", nb: "verv"), OfficeId::new, wrong);
    let appointments = offices.as_ref().and_then(|offices| administrators(fields, offices, wrong));
    let ict_bodies = display_names(
        fields,
        "ict_bodies",
        text!(en: "ICT bodies", nb: "IKT-selskaper"),
        EmployerId::new,
        wrong,
    );
    let most = number_or_default(fields, "most_coordinators", 2, 1, 100, wrong);
    let organisation = organisation(fields, most.unwrap_or(2), ict_bodies.as_ref(), wrong);
    let removal_limits = limits(fields, "removal_limits", BudgetLimits::REMOVALS, wrong);
    let addition_limits = limits(fields, "addition_limits", BudgetLimits::ADDITIONS, wrong);
    let max_lis_months = number_or_default(fields, "max_lis_months", 12, 1, 120, wrong);
    let review_months = number_or_default(fields, "review_months", 3, 1, 24, wrong);
    let reviews_from = fields.may("reviews_from", wrong, Item::date);
    let evidence = evidence(fields, wrong);
    let proofs = fields.may("proofs", wrong, |item| item.one_of(&[("required", ProofsAsked::Required)]));
    let contact_in_git = fields.may("contact_in_git", wrong, Item::truth);
    let (ignored_accounts, adopted_accounts) = accounts(fields, wrong)?;
    let code_owners = code_owners(fields, wrong);
    let Organisation { trusts, units } = organisation?;
    Some(Register {
        id: id?.value.to_string(),
        name: name?.value,
        time_zone: time_zone?.value,
        applications: applications?,
        trusts,
        units,
        ict_bodies: ict_bodies?,
        roles: roles?,
        coordinators: coordinators?,
        offices: offices?,
        appointments: appointments?,
        removal_limits: removal_limits?,
        addition_limits: addition_limits?,
        max_lis_months: max_lis_months?,
        review_months: review_months?,
        reviews_from: reviews_from?.map(|at| at.value),
        evidence: evidence?,
        proofs: proofs?.map(|at| at.value),
        contact_in_git: contact_in_git?.is_some_and(|at| at.value),
        ignored_accounts,
        adopted_accounts,
        code_owners,
    })
}

fn time_zone(item: &Item<'_, '_>) -> Read<String> {
    let text = item.text()?;
    match crate::zone::time_zone(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            let zone = shown(text);
            let message = text!(en: "There is no time zone `{zone}`.", nb: "Tidssonen `{zone}` finnes ikke.");
            let way_out = match meant::zone(text, |zone| crate::zone::time_zone(zone).is_ok()) {
                Some(meant) => meant::write_instead(meant),
                None => text!(
                    en: "Write its IANA name, such as `Europe/Oslo`.",
                    nb: "Skriv IANA-navnet, for eksempel `Europe/Oslo`."
                ),
            };
            Err(item.wrong(Code::BadValue, message.and(put_in(text)), way_out))
        }
    }
}

/// Reads a number that has a default.
fn number_or_default(
    fields: &Fields<'_, '_>,
    key: &'static str,
    default: u32,
    least: u32,
    most: u32,
    wrong: &mut Vec<Finding>,
) -> Option<u32> {
    fields.may(key, wrong, |item| item.number(least, most)).map(|at| at.map_or(default, |at| at.value))
}

/// Reads ids with their display names.
fn display_names<T: Ord>(
    fields: &Fields<'_, '_>,
    key: &'static str,
    what: Text,
    new: fn(&str) -> Result<T, IdError>,
    wrong: &mut Vec<Finding>,
) -> Option<BTreeMap<T, String>> {
    let page = fields.page;
    let node = required_value(fields, key, wrong)?;
    let mut found = BTreeMap::new();
    for pair in named_pairs(page, node, &what, wrong) {
        let id = key_id(page, pair, new, '-', wrong);
        match (Item { page, key, node: &pair.node }.words(), id) {
            (Ok(name), Some(id)) => drop(found.insert(id, name)),
            (Err(finding), _) => wrong.push(*finding),
            _ => {}
        }
    }
    Some(found)
}

fn roles(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<BTreeMap<RoleId, RoleRules>> {
    let page = fields.page;
    let node = required_value(fields, "roles", wrong)?;
    let mut roles = BTreeMap::new();
    for pair in named_pairs(page, node, &text!(en: "roles", nb: "roller"), wrong) {
        let id = key_id(page, pair, RoleId::new, '-', wrong);
        let Some(role) =
            Fields::open(page, &pair.node, text!(en: "a role", nb: "en rolle"), &["name", "counted"], wrong)
        else {
            continue;
        };
        let name = role.need("name", "Registerkoordinator", wrong, Item::words);
        let counted = role.may("counted", wrong, Item::truth);
        if let (Some(id), Some(name), Some(counted)) = (id, name, counted) {
            roles.insert(id, RoleRules { name: name.value, counted: counted.is_some_and(|at| at.value) });
        }
    }
    Some(roles)
}

fn coordinators(
    fields: &Fields<'_, '_>,
    applications: &BTreeMap<ApplicationId, String>,
    roles: &BTreeMap<RoleId, RoleRules>,
    wrong: &mut Vec<Finding>,
) -> Option<Coordinators> {
    let node = required_value(fields, "coordinators", wrong)?;
    let inner =
        Fields::open(fields.page, node, Text::same("`coordinators`"), &["role", "application"], wrong)?;
    let role = inner.need("role", "LC", wrong, |item| item.known(roles, &NameKind::ROLE));
    let application = inner.need("application", "smerteregisteret", wrong, |item| {
        item.known(applications, &NameKind::APPLICATION)
    });
    Some(Coordinators { role: role?.value, application: application?.value })
}
