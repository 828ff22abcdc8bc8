//! Reads `desired-state/register.yaml`. The file is read as a whole or not at all, because one wrong line affects
//! everybody. One run reports all its errors. Until they are fixed, the last accepted register stays in force.

use super::register_part::{key_id, part};
use std::collections::{BTreeMap, BTreeSet};

use super::item::{Item, NameKind, Read, put_in};
use super::node::Value;
use super::page::{FilePage, put_back, shown};
use super::register_evidence::evidence;
use super::register_org::{Organisation, SHAPE as OF_A_TRUST, organisation};
use super::register_owners::code_owners;
use super::shape::Shape;
use super::walk::{Fields, named, not_before_from};
use super::yaml;
use super::yaml::in_order;
use super::{meant, outdented, private, shape};
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{
    AccountId, ApplicationId, Appointment, BudgetLimits, Coordinators, EmployerId, FilePath, IdError,
    OfficeId, PersonId, ProofsAsked, Register, RoleId, RoleRules,
};

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

/// The keys of one appointment.
pub(crate) const APPOINTMENT_KEYS: &[&str] = &["person", "name", "office", "from", "until", "suspended"];

const APPOINTMENT: Shape = Shape::Keys(APPOINTMENT_KEYS, &[]);

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
        .and_then(|fields| all(&fields, &mut wrong));
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
    for (kind, span) in private::find(text) {
        if kind == private::NumberKind::IdentityNumber {
            let way_out = Code::PersonalNumber.next();
            wrong.push(page.finding(Code::PersonalNumber, span, kind.words(), way_out));
        }
    }
}

fn all(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<Register> {
    // The id is part of every statement. It uses the alphabet of an application id.
    let id =
        fields.need("id", "smerteregisteret", wrong, |item| item.id(ApplicationId::new, "smerteregisteret"));
    let name = fields.need("name", "Smerteregisteret", wrong, Item::words);
    let time_zone = fields.need("time_zone", "Europe/Oslo", wrong, time_zone);
    let applications = names(
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
    let offices = names(fields, "offices", text!(en: "offices", nb: "verv"), OfficeId::new, wrong);
    let appointments = offices.as_ref().and_then(|offices| administrators(fields, offices, wrong));
    let ict_bodies =
        names(fields, "ict_bodies", text!(en: "ICT bodies", nb: "IKT-selskaper"), EmployerId::new, wrong);
    let most = count(fields, "most_coordinators", 2, 1, 100, wrong);
    let organisation = organisation(fields, most.unwrap_or(2), ict_bodies.as_ref(), wrong);
    let removal_limits = limits(fields, "removal_limits", BudgetLimits::REMOVALS, wrong);
    let addition_limits = limits(fields, "addition_limits", BudgetLimits::ADDITIONS, wrong);
    let max_lis_months = count(fields, "max_lis_months", 12, 1, 120, wrong);
    let review_months = count(fields, "review_months", 3, 1, 24, wrong);
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
                Some(meant) => text!(en: "Write `{meant}`.", nb: "Skriv `{meant}`."),
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
fn count(
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
fn names<T: Ord>(
    fields: &Fields<'_, '_>,
    key: &'static str,
    what: Text,
    new: fn(&str) -> Result<T, IdError>,
    wrong: &mut Vec<Finding>,
) -> Option<BTreeMap<T, String>> {
    let page = fields.page;
    let node = part(fields, key, wrong)?;
    let mut found = BTreeMap::new();
    for pair in named(page, node, &what, wrong) {
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
    let node = part(fields, "roles", wrong)?;
    let mut roles = BTreeMap::new();
    for pair in named(page, node, &text!(en: "roles", nb: "roller"), wrong) {
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
    let node = part(fields, "coordinators", wrong)?;
    let inner =
        Fields::open(fields.page, node, Text::same("`coordinators`"), &["role", "application"], wrong)?;
    let role = inner.need("role", "LC", wrong, |item| item.known(roles, &NameKind::ROLE));
    let application = inner.need("application", "smerteregisteret", wrong, |item| {
        item.known(applications, &NameKind::APPLICATION)
    });
    Some(Coordinators { role: role?.value, application: application?.value })
}

fn administrators(
    fields: &Fields<'_, '_>,
    offices: &BTreeMap<OfficeId, String>,
    wrong: &mut Vec<Finding>,
) -> Option<Vec<Appointment>> {
    let page = fields.page;
    let node = part(fields, "administrators", wrong)?;
    let Value::List(nodes) = &node.value else {
        let message = text!(en: "`administrators` is no list.", nb: "`administrators` er ingen liste.");
        let way_out = text!(
            en: "Write one appointment after the other, each beginning with a hyphen.",
            nb: "Skriv én oppnevning etter den andre, hver med en bindestrek først."
        );
        wrong.push(page.finding(Code::BadValue, page.whole(node), message, way_out));
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

/// Reads the limits of a budget. `usual` is used where the file gives none. A limit of 0 is not allowed, because it
/// would hold everything, even an unsigned `revoked`.
fn limits(
    fields: &Fields<'_, '_>,
    key: &'static str,
    usual: BudgetLimits,
    wrong: &mut Vec<Finding>,
) -> Option<BudgetLimits> {
    let mut limits = usual;
    let Some(item) = fields.item(key) else { return Some(limits) };
    let page = fields.page;
    let inner = Fields::open(page, item.node, Text::same(format!("`{key}`")), &["trust", "all"], wrong)?;
    let open = |key, keys: &[&'static str], wrong: &mut Vec<Finding>| match inner.item(key) {
        Some(item) => Fields::open(page, item.node, Text::same(format!("`{key}`")), keys, wrong).map(Some),
        None => Some(None),
    };
    if let Some(trust) = open("trust", &["least", "percent"], wrong)? {
        limits.trust_least = count(&trust, "least", limits.trust_least, 1, 10_000, wrong)?;
        limits.trust_percent = count(&trust, "percent", limits.trust_percent, 0, 100, wrong)?;
    }
    if let Some(all) = open("all", &["least", "percent", "most"], wrong)? {
        limits.all_least = count(&all, "least", limits.all_least, 1, 10_000, wrong)?;
        limits.all_percent = count(&all, "percent", limits.all_percent, 0, 100, wrong)?;
        limits.all_most = count(&all, "most", limits.all_most, 1, 1_000_000, wrong)?;
    }
    if limits.all_least > limits.all_most {
        let message = text!(
            en: "In `{key}`, `least` for all is above `most`.",
            nb: "I `{key}` er `least` for alle større enn `most`."
        );
        let way_out = text!(en: "Lower the one or raise the other.", nb: "Senk den ene eller hev den andre.");
        wrong.push(page.finding(Code::RegisterInvalid, page.whole(item.node), message, way_out));
    }
    Some(limits)
}

/// The accounts of the store that the program leaves alone, and the accounts that belong to a person of the tree.
type Accounts = (BTreeSet<AccountId>, BTreeMap<AccountId, PersonId>);

fn accounts(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<Accounts> {
    let (mut ignored, mut adopted) = (BTreeSet::new(), BTreeMap::new());
    let Some(item) = fields.item("accounts") else { return Some((ignored, adopted)) };
    let page = fields.page;
    let inner = Fields::open(page, item.node, Text::same("`accounts`"), &["ignore", "adopt"], wrong)?;
    if let Some(list) = inner.item("ignore") {
        let Value::List(nodes) = &list.node.value else {
            let message = text!(en: "`ignore` is no list.", nb: "`ignore` er ingen liste.");
            let way_out = text!(
                en: "Write `ignore: []`, or one account after the other, each with a hyphen.",
                nb: "Skriv `ignore: []`, eller én konto etter den andre, hver med en bindestrek."
            );
            wrong.push(*list.wrong(Code::BadValue, message, way_out));
            return None;
        };
        for node in nodes {
            match (Item { page, key: "ignore", node }).text() {
                Ok(text) => drop(ignored.insert(AccountId::new(text))),
                Err(finding) => wrong.push(*finding),
            }
        }
    }
    if let Some(map) = inner.item("adopt") {
        let belongings = text!(
            en: "accounts and the persons they belong to",
            nb: "kontoer og personene de tilhører"
        );
        for pair in named(page, map.node, &belongings, wrong) {
            let account = AccountId::new(&pair.key);
            if ignored.contains(&account) {
                let message = text!(
                    en: "The account `{key}` is ignored and adopted.",
                    nb: "Kontoen `{key}` er både ignorert og adoptert.";
                    key = shown(&pair.key)
                );
                let way_out = text!(en: "Decide for one of the two.", nb: "Velg en av delene.");
                wrong.push(page.finding(Code::RegisterInvalid, page.key_span(pair), message, way_out));
            }
            match (Item { page, key: "adopt", node: &pair.node }).id(PersonId::new, "fornavn.etternavn") {
                Ok(person) => drop(adopted.insert(account, person)),
                Err(finding) => wrong.push(*finding),
            }
        }
    }
    Some((ignored, adopted))
}
