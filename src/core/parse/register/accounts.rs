//! Reads the limits of a pass, and the accounts that are adopted or ignored.

use std::collections::{BTreeMap, BTreeSet};

use super::number_or_default;
use crate::diag::{Code, Finding, Text, text};
use crate::model::{AccountId, BudgetLimits, PersonId};
use crate::parse::item::Item;
use crate::parse::node::Value;
use crate::parse::page::shown;
use crate::parse::walk::{Fields, named_pairs};

/// Reads the limits of a budget. `usual` is used if the file gives none. A limit of 0 is not allowed, because it
/// would hold everything, even an unsigned `revoked`.
pub(super) fn limits(
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
        limits.trust_least = number_or_default(&trust, "least", limits.trust_least, 1, 10_000, wrong)?;
        limits.trust_percent = number_or_default(&trust, "percent", limits.trust_percent, 0, 100, wrong)?;
    }
    if let Some(all) = open("all", &["least", "percent", "most"], wrong)? {
        limits.all_least = number_or_default(&all, "least", limits.all_least, 1, 10_000, wrong)?;
        limits.all_percent = number_or_default(&all, "percent", limits.all_percent, 0, 100, wrong)?;
        limits.all_most = number_or_default(&all, "most", limits.all_most, 1, 1_000_000, wrong)?;
    }
    if limits.all_least > limits.all_most {
        let message = text!(
            en: "In `{key}`, `least` for all is above `most`.",
            nb: "I `{key}` er `least` for alle større enn `most`."
        );
        let way_out = text!(en: "Lower the one or raise the other.", nb: "Senk den ene eller hev den andre.");
        wrong.push(page.finding(Code::RegisterInvalid, page.value_span(item.node), message, way_out));
    }
    Some(limits)
}

/// The accounts of the store that the program leaves alone, and the accounts that belong to a person of the tree.
pub(super) type NamedAccounts = (BTreeSet<AccountId>, BTreeMap<AccountId, PersonId>);

pub(super) fn accounts(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<NamedAccounts> {
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
        for pair in named_pairs(page, map.node, &belongings, wrong) {
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
