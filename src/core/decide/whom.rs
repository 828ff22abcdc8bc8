//! Names the people and the trust of a finding, in a few words.

use std::collections::BTreeSet;

use crate::diag::{Text, text};
use crate::judge::Rules;
use crate::plan::HeldSet;

/// Returns the name of the trust or register that the limit belongs to.
pub fn place(set: &HeldSet, rules: &Rules) -> Text {
    match &set.trust {
        Some(trust) => Text::same(
            rules.register.trusts.get(trust).map_or_else(|| trust.to_string(), |known| known.name.clone()),
        ),
        None => text!(en: "the whole register", nb: "hele registeret"),
    }
}

pub fn names(people: &BTreeSet<String>) -> Text {
    const SHOWN: usize = 8;
    let first = people.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match people.len().saturating_sub(SHOWN) {
        0 => Text::same(first),
        more => text!(en: "{first} and {more} more", nb: "{first} og {more} til"),
    }
}
