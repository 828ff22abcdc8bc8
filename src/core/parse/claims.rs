//! Reads what it can from a file that cannot be used: the person it names, and the accesses it takes back. `revoked`
//! acts even if the rest is wrong (R45). A person named in such a file is not taken for a person who left.

use std::collections::BTreeSet;

use super::entry::{KEYS, unit};
use super::item::{Item, NameKind};
use super::node::{Node, Value};
use super::page::FilePage;
use super::revocation::revoked;
use super::walk::Fields;
use super::yaml;
use crate::diag::Text;
use crate::model::{ApplicationId, FilePath, PersonId, Register, RequestId, Revocation, UnitId};
use crate::tree::person_line;

/// An entry with `revoked`, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The application, if this part is valid.
    pub application: Option<ApplicationId>,
    /// The unit, if the register knows it.
    pub unit: Option<UnitId>,
    /// The request, if this part is valid.
    pub request: Option<RequestId>,
    /// The valid mark, with its day, person and reason.
    pub revoked: Revocation,
}

/// The statements of a file that cannot be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The person at `person:`.
    pub person: Option<PersonId>,
    /// The earlier ids of the person, as far as they can be found.
    pub previously: BTreeSet<PersonId>,
    /// The numbers of the application requests in the file.
    pub requests: BTreeSet<RequestId>,
    /// The entries with `revoked`.
    pub taken_back: Vec<TakenBack>,
}

/// Reads the parts that can be read. It reports no findings, because [`super::person()`] reports them.
#[must_use]
pub fn claims(path: &FilePath, bytes: &[u8], register: &Register) -> Claims {
    let lossy = String::from_utf8_lossy(bytes);
    let (previously, requests) = (previous_ids(&lossy), requests(&lossy));
    let by_line = || Claims {
        person: person_line(&lossy),
        previously: previously.clone(),
        requests: requests.clone(),
        taken_back: Vec::new(),
    };
    let Ok(text) = yaml::text(path, bytes) else { return by_line() };
    let Ok(node) = yaml::read(path, text) else { return by_line() };
    let page = FilePage { path, text };
    let mut passed_over = Vec::new();
    let Some(fields) = Fields::open(page, &node, Text::default(), super::person::KEYS, &mut passed_over)
    else {
        return by_line();
    };
    let person = fields.item("person").and_then(|item| PersonId::new(&item.text().ok()?.to_lowercase()).ok());
    let entries = match fields.item("access").map(|item| &item.node.value) {
        Some(Value::List(nodes)) => {
            nodes.iter().filter_map(|node| taken_back(page, node, register)).collect()
        }
        _ => Vec::new(),
    };
    let person = person.or_else(|| person_line(&lossy));
    Claims { person, previously, requests, taken_back: entries }
}

/// Returns the ids below a key that looks like `previously`, in any spelling. A spelling mistake must not make the
/// person look like one who has left.
fn previous_ids(text: &str) -> BTreeSet<PersonId> {
    let mut found = BTreeSet::new();
    let mut within = false;
    for line in text.lines() {
        let lower = line.trim_end().to_lowercase();
        let is_key = lower.chars().next().is_some_and(|first| first.is_alphabetic());
        if is_key {
            within = lower.starts_with("prev") || lower.starts_with("tidligere");
        }
        if !within {
            continue;
        }
        let words = lower.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')));
        found.extend(words.filter(|word| word.contains('.')).filter_map(|word| PersonId::new(word).ok()));
    }
    found
}

/// The values at `request:`, line by line.
fn requests(text: &str) -> BTreeSet<RequestId> {
    let value = |line: &str| {
        let value = line.trim_start().trim_start_matches("- ").strip_prefix("request:")?;
        let value = value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        RequestId::new(value).ok()
    };
    text.lines().filter_map(value).collect()
}

fn taken_back(page: FilePage<'_>, node: &Node<'_>, register: &Register) -> Option<TakenBack> {
    let (mut held, mut wrong) = (Vec::new(), Vec::new());
    let fields = Fields::open(page, node, Text::default(), KEYS, &mut held)?;
    let (revoked, _) = revoked(&fields, &mut held, &mut wrong)??;
    let application = fields.item("application");
    let application =
        application.and_then(|item| item.known(&register.applications, &NameKind::APPLICATION).ok());
    let unit = fields.item("unit").and_then(|item| unit(&item, register).ok());
    let request = fields.item("request").and_then(|item: Item<'_, '_>| item.id(RequestId::new, "REQ-1").ok());
    Some(TakenBack { application, unit, request, revoked })
}
