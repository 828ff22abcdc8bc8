//! The trusts and units of the register. A unit belongs to one trust at a time and keeps its RESH number.

use std::collections::BTreeMap;

use super::item::{Item, Read, put_in, whole_number};
use super::node::{KeyValue, Node, Value};
use super::page::{FilePage, shown};
use super::register_part::{key_id, required_value};
use super::shape;
use super::shape::Shape;
use super::walk::{Fields, named_pairs, not_before_from};
use super::{meant, private};
use crate::diag::{Code, Finding, text};
use crate::model::{EmployerId, Trust, TrustId, TrustKind, Unit, UnitId};
use crate::tree::is_litter;

/// The trusts and their units.
pub(super) struct Organisation {
    pub(super) trusts: BTreeMap<TrustId, Trust>,
    pub(super) units: BTreeMap<UnitId, Unit>,
}

pub(crate) const KEYS: &[&str] =
    &["name", "kind", "org_no", "host", "most_coordinators", "units", "previously"];

/// The shape of a trust: the keys in it and below them.
pub(super) const SHAPE: Shape = Shape::Keys(KEYS, &[("units", Shape::Numbers(&shape::UNIT))]);

/// Reads `trusts`. `most` is the highest number of coordinators of a trust, unless the trust has its own limit (R21).
pub(super) fn organisation(
    fields: &Fields<'_, '_>,
    most: u32,
    ict_bodies: Option<&BTreeMap<EmployerId, String>>,
    wrong: &mut Vec<Finding>,
) -> Option<Organisation> {
    let page = fields.page;
    let node = required_value(fields, "trusts", wrong)?;
    let mut found = Organisation { trusts: BTreeMap::new(), units: BTreeMap::new() };
    for pair in named_pairs(page, node, &text!(en: "trusts", nb: "helseforetak"), wrong) {
        let span = page.key_span(pair);
        let Some(id) = key_id(page, pair, TrustId::new, '-', wrong) else { continue };
        if is_litter(id.as_str().as_bytes()) {
            let message = text!(
                en: "`{id}` is a name that programs give to what they leave behind; such a file is passed over.",
                nb: "`{id}` er et navn som programmer gir det de etterlater seg; en slik fil hoppes over."
            );
            let way_out = text!(en: "Give the trust another id.", nb: "Gi helseforetaket en annen id.");
            wrong.push(page.finding(Code::RegisterInvalid, span, message, way_out));
        }
        if ict_bodies.is_some_and(|bodies| bodies.contains_key(id.as_str())) {
            let message = text!(
                en: "`{id}` is a trust and an ICT body.",
                nb: "`{id}` er både et helseforetak og et IKT-selskap."
            );
            let way_out = text!(en: "Give one of them another id.", nb: "Gi en av dem en annen id.");
            wrong.push(page.finding(Code::RegisterInvalid, span, message, way_out));
        }
        let Some(inner) =
            Fields::open(page, &pair.node, text!(en: "a trust", nb: "et helseforetak"), KEYS, wrong)
        else {
            continue;
        };
        let Some(trust) = trust(&inner, most, wrong) else { continue };
        if trust.host && (trust.kind != TrustKind::Trust || found.trusts.values().any(|other| other.host)) {
            let message = text!(
                en: "`{id}` cannot be the register's host.",
                nb: "`{id}` kan ikke være registerets vertsforetak."
            );
            let way_out = text!(
                en: "One trust, and a health trust, is the host: there the register's leadership sits.",
                nb: "Ett helseforetak er vert: der sitter registerets ledelse."
            );
            wrong.push(page.finding(Code::RegisterInvalid, span, message, way_out));
        }
        if let Some(list) = required_value(&inner, "units", wrong) {
            units(page, list, &id, trust.kind, &mut found.units, wrong);
        }
        found.trusts.insert(id, trust);
    }
    previous_ids(page, node, &found.trusts, ict_bodies, wrong);
    Some(found)
}

/// Checks that an earlier id of a trust is not the id of any other trust or ICT body, now or before.
fn previous_ids(
    page: FilePage<'_>,
    node: &Node<'_>,
    trusts: &BTreeMap<TrustId, Trust>,
    ict_bodies: Option<&BTreeMap<EmployerId, String>>,
    wrong: &mut Vec<Finding>,
) {
    let mut seen: BTreeMap<&TrustId, &TrustId> = BTreeMap::new();
    for (id, trust) in trusts {
        let Some(before) = &trust.previously else { continue };
        let other = seen.insert(before, id);
        let taken = trusts.contains_key(before)
            || ict_bodies.is_some_and(|bodies| bodies.contains_key(before.as_str()));
        if other.is_none() && !taken {
            continue;
        }
        let message = text!(
            en: "`{id}` says that it was `{before}` before, and that is somebody else's id as well.",
            nb: "`{id}` sier at det var `{before}` før, og det er også noen andres id."
        );
        let way_out = text!(
            en: "A trust takes its old id along: let `{before}` stand once, at `previously`.",
            nb: "Et helseforetak tar med seg den gamle id-en: la `{before}` stå én gang, ved `previously`."
        );
        wrong.push(page.finding(Code::RegisterInvalid, page.value_span(node), message, way_out));
    }
}

fn trust(inner: &Fields<'_, '_>, most: u32, wrong: &mut Vec<Finding>) -> Option<Trust> {
    let kinds = [TrustKind::Trust, TrustKind::National, TrustKind::Test].map(|kind| (kind.as_str(), kind));
    let name = inner.need("name", "Helse Bergen HF", wrong, Item::words);
    let kind = inner.may("kind", wrong, |item| item.one_of(&kinds));
    let org_no = inner.may("org_no", wrong, org_no);
    let host = inner.may("host", wrong, Item::truth);
    let own = inner.may("most_coordinators", wrong, |item| item.number(1, 100));
    let previously = inner.may("previously", wrong, |item| item.id(TrustId::new, "helse-bergen"));
    Some(Trust {
        name: name?.value,
        kind: kind?.map_or(TrustKind::Trust, |at| at.value),
        org_no: org_no?.map(|at| at.value),
        host: host?.is_some_and(|at| at.value),
        most_coordinators: own?.map_or(most, |at| at.value),
        previously: previously?.map(|at| at.value),
    })
}

fn org_no(item: &Item<'_, '_>) -> Read<String> {
    let text = item.text()?;
    if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    let message = text!(
        en: "`{text}` is no organisation number.",
        nb: "`{text}` er ikke noe organisasjonsnummer.";
        text = shown(text)
    );
    let way_out = match meant::nine_digits(text) {
        Some(meant) => meant::write_instead(meant),
        None => text!(
            en: "Write its nine digits without spaces.",
            nb: "Skriv de ni sifrene uten mellomrom."
        ),
    };
    Err(item.wrong(Code::BadValue, message.and(put_in(text)), way_out))
}

/// Reads units by RESH number. The value is a name, or a name with the days between which the unit exists.
fn units(
    page: FilePage<'_>,
    list: &Node<'_>,
    trust: &TrustId,
    kind: TrustKind,
    units: &mut BTreeMap<UnitId, Unit>,
    wrong: &mut Vec<Finding>,
) {
    for pair in named_pairs(page, list, &text!(en: "units", nb: "enheter"), wrong) {
        let span = page.key_span(pair);
        let Some(number) = whole_number(&pair.key).map(UnitId) else {
            let message = text!(
                en: "`{key}` is no RESH number.",
                nb: "`{key}` er ikke noe RESH-nummer.";
                key = shown(&pair.key)
            );
            let way_out = match meant_unit(page, pair) {
                Some(line) => text!(en: "Write `{line}`.", nb: "Skriv `{line}`."),
                None => text!(
                    en: "Write the unit's number in digits, a colon and its name.",
                    nb: "Skriv enhetens nummer med sifre, et kolon og navnet."
                ),
            };
            let message = message.and(put_in(&pair.key));
            wrong.push(page.finding(Code::BadValue, span, message, way_out));
            continue;
        };
        let Some(unit) = unit(page, pair, trust, kind, wrong) else { continue };
        if let Some(earlier) = units.insert(number, unit) {
            let message = text!(
                en: "The unit {number} stands in two trusts, here and in `{other}`.",
                nb: "Enheten {number} står i to helseforetak, her og i `{other}`.";
                other = earlier.trust
            );
            let way_out = text!(
                en: "Let it stand in the trust it belongs to now, and delete the other line.",
                nb: "La den stå i helseforetaket den hører til nå, og slett den andre linjen."
            );
            wrong.push(page.finding(Code::RegisterInvalid, span, message, way_out));
        }
    }
}

/// Returns the correct line for a unit whose name is written before its number, or whose number has other text beside
/// it.
fn meant_unit(page: FilePage<'_>, pair: &KeyValue<'_>) -> Option<String> {
    let any = |number: u32| number > 0;
    let value = match &pair.node.value {
        Value::Text(words) => &**words,
        Value::Bare => pair.node.span.of(page.text),
        _ => return None,
    };
    let (number, name) = match (whole_number(value), meant::number(&pair.key, any)) {
        (Some(number), None) => (number, &*pair.key),
        (None, Some(number)) => (number, value),
        _ => return None,
    };
    (private::find_numbers(name).is_empty() && !name.contains('`'))
        .then(|| format!("{number}: {}", shown(name)))
}

fn unit(
    page: FilePage<'_>,
    pair: &KeyValue<'_>,
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
    let inner = Fields::open(
        page,
        &pair.node,
        text!(en: "a unit", nb: "en enhet"),
        &["name", "from", "until"],
        wrong,
    )?;
    let name = inner.need("name", "Haukeland", wrong, Item::words);
    let from = inner.may("from", wrong, Item::date);
    let until = inner.may("until", wrong, Item::date);
    unit.name = name?.value;
    unit.from = from?.map(|at| at.value);
    let until = until?;
    if let (Some(from), Some(until)) = (unit.from, &until)
        && until.value < from
    {
        let message = text!(en: "The unit closes before it opens.", nb: "Enheten legges ned før den åpner.");
        wrong.push(page.finding(Code::BadValue, until.span, message, not_before_from()));
    }
    unit.until = until.map(|at| at.value);
    Some(unit)
}
