//! Names the people and the trust of a finding, in a few words.

use std::collections::BTreeSet;

use crate::diag::Text;
use crate::judge::Rules;
use crate::plan::HeldSet;

/// Returns the name of the trust or register that the limit belongs to.
pub fn place_of_limit(set: &HeldSet, rules: &Rules) -> Text {
    rules.register.place_of_limit(set.trust.as_ref())
}

/// Names the first people of a set, and says how many more there are.
pub fn names(people: &BTreeSet<String>) -> Text {
    const SHOWN: usize = 8;
    Text::first_of(people.iter().cloned(), SHOWN)
}
