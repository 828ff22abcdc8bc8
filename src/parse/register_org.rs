//! The trusts and units of the register. A unit belongs to one trust, for as long as its RESH number lives.

use std::collections::BTreeMap;

use super::item::{Item, Read, whole};
use super::node::{Node, Pair, Value};
use super::register::{key_id, part};
use super::walk::{Fields, Page, named, shown};
use crate::diag::{Code, Finding};
use crate::model::{EmployerId, Trust, TrustId, TrustKind, Unit, UnitId};

/// Trusts and their units.
pub(super) struct Organisation {
    pub(super) trusts: BTreeMap<TrustId, Trust>,
    pub(super) units: BTreeMap<UnitId, Unit>,
}

const KEYS: &[&str] = &["name", "kind", "org_no", "host", "most_coordinators", "units"];

/// Reads `trusts`; `most` is how many coordinators a trust has at most unless it says so itself (R21).
pub(super) fn organisation(
    fields: &Fields<'_, '_>,
    most: u32,
    ict_bodies: Option<&BTreeMap<EmployerId, String>>,
    wrong: &mut Vec<Finding>,
) -> Option<Organisation> {
    let page = fields.page;
    let node = part(fields, "trusts", wrong)?;
    let mut found = Organisation { trusts: BTreeMap::new(), units: BTreeMap::new() };
    for pair in named(page, node, "trusts", wrong) {
        let span = page.key_span(pair);
        let Some(id) = key_id(page, pair, TrustId::new, wrong) else { continue };
        if ict_bodies.is_some_and(|bodies| bodies.contains_key(id.as_str())) {
            let message = format!("`{id}` is a trust and an ICT body.");
            wrong.push(page.finding(Code::RegisterInvalid, span, message, "Give one of them another id."));
        }
        let Some(inner) = Fields::open(page, &pair.node, "a trust", KEYS, wrong) else { continue };
        let Some(trust) = trust(&inner, most, wrong) else { continue };
        if trust.host && (trust.kind != TrustKind::Trust || found.trusts.values().any(|other| other.host)) {
            let message = format!("`{id}` cannot be the register's host.");
            let way_out = "One trust, and a health trust, is the host: there the register's leadership sits.";
            wrong.push(page.finding(Code::RegisterInvalid, span, message, way_out));
        }
        if let Some(list) = part(&inner, "units", wrong) {
            units(page, list, &id, trust.kind, &mut found.units, wrong);
        }
        found.trusts.insert(id, trust);
    }
    Some(found)
}

fn trust(inner: &Fields<'_, '_>, most: u32, wrong: &mut Vec<Finding>) -> Option<Trust> {
    let kinds = [TrustKind::Trust, TrustKind::National, TrustKind::Test].map(|kind| (kind.as_str(), kind));
    let name = inner.need("name", "Helse Bergen HF", wrong, Item::words);
    let kind = inner.may("kind", wrong, |item| item.one_of(&kinds));
    let org_no = inner.may("org_no", wrong, org_no);
    let host = inner.may("host", wrong, Item::truth);
    let own = inner.may("most_coordinators", wrong, |item| item.number(1, 100));
    Some(Trust {
        name: name?.value,
        kind: kind?.map_or(TrustKind::Trust, |at| at.value),
        org_no: org_no?.map(|at| at.value),
        host: host?.is_some_and(|at| at.value),
        most_coordinators: own?.map_or(most, |at| at.value),
    })
}

fn org_no(item: &Item<'_, '_>) -> Read<String> {
    let text = item.text()?;
    if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    let message = format!("`{}` is no organisation number.", shown(text));
    Err(item.wrong(Code::BadValue, message, "Write its nine digits without spaces."))
}

/// Units by RESH number: a name, or a name with the days between which the unit exists.
fn units(
    page: Page<'_>,
    list: &Node<'_>,
    trust: &TrustId,
    kind: TrustKind,
    units: &mut BTreeMap<UnitId, Unit>,
    wrong: &mut Vec<Finding>,
) {
    for pair in named(page, list, "units", wrong) {
        let span = page.key_span(pair);
        let Some(number) = whole(&pair.key).map(UnitId) else {
            let message = format!("`{}` is no RESH number.", shown(&pair.key));
            let way_out = "Write the unit's number in digits, a colon and its name: `100082: Haukeland`.";
            wrong.push(page.finding(Code::BadValue, span, message, way_out));
            continue;
        };
        let Some(unit) = unit(page, pair, trust, kind, wrong) else { continue };
        if let Some(earlier) = units.insert(number, unit) {
            let message = format!("The unit {number} stands in two trusts, here and in `{}`.", earlier.trust);
            let way_out = "Let it stand in the trust it belongs to now, and delete the other line.";
            wrong.push(page.finding(Code::RegisterInvalid, span, message, way_out));
        }
    }
}

fn unit(
    page: Page<'_>,
    pair: &Pair<'_>,
    trust: &TrustId,
    kind: TrustKind,
    wrong: &mut Vec<Finding>,
) -> Option<Unit> {
    let mut unit = Unit {
        name: String::new(),
        trust: trust.clone(),
        from: None,
        until: None,
        test_only: kind == TrustKind::Test,
        national: kind == TrustKind::National,
    };
    if !matches!(pair.node.value, Value::Map(_)) {
        match (Item { page, key: "units", node: &pair.node }).words() {
            Ok(name) => unit.name = name,
            Err(finding) => {
                wrong.push(*finding);
                return None;
            }
        }
        return Some(unit);
    }
    let inner = Fields::open(page, &pair.node, "a unit", &["name", "from", "until"], wrong)?;
    let name = inner.need("name", "Haukeland", wrong, Item::words);
    let from = inner.may("from", wrong, Item::date);
    let until = inner.may("until", wrong, Item::date);
    unit.name = name?.value;
    unit.from = from?.map(|at| at.value);
    let until = until?;
    if let (Some(from), Some(until)) = (unit.from, &until)
        && until.value < from
    {
        let message = "The unit closes before it opens.";
        wrong.push(page.finding(
            Code::BadValue,
            until.span,
            message,
            "Write an end that is not before `from`.",
        ));
    }
    unit.until = until.map(|at| at.value);
    Some(unit)
}
