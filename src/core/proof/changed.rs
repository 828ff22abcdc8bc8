//! Describes the effect of a change of policies in sentences that say who could now do what. There is one for each
//! action and role in each direction, and one for each advice. If nothing changes, a sentence says that every request
//! is answered as before.

use super::act::{role_name, whole_act};
use super::answer::{DifferenceWay, PolicyDifference, ProofVerdict, Unsure};
use super::example::Example;
use super::schema_change::{SchemaTold, schema_told};
use super::story::{May, story};
use crate::diag::{Code, Finding, Text, text};
use crate::model::Register;
use crate::policy::Policies;

/// The effect of a change of policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyEffect {
    /// The sentences about requests that are now allowed and were not before.
    pub more: Vec<Text>,
    /// The sentences about requests that were allowed before and are not any more.
    pub less: Vec<Text>,
    /// The sentences about advice that comes for other requests than before.
    pub advice: Vec<Text>,
    /// The comparisons without a result. Each is a finding that stops.
    pub unsure: Vec<Finding>,
    /// Whether the two schemas differ.
    pub schema_differs: bool,
    /// The sentences about the effect of the schema alone, and about what could not be compared because of it.
    pub schema: Vec<Text>,
    /// Whether something was left out of the comparison, as [`schema`](Self::schema) says.
    pub left_out: bool,
}

impl PolicyEffect {
    /// Returns whether it is proved that all decisions and advice are as before.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let is_told = [&self.more, &self.less, &self.advice].into_iter().any(|told| !told.is_empty());
        !is_told && self.unsure.is_empty() && !self.schema_differs
    }

    /// Returns the results as whole sentences for a list. Each can be read alone. A sentence only says that something
    /// is unchanged if everything is known.
    #[must_use]
    pub fn known(&self) -> Vec<Text> {
        let all_known = self.unsure.is_empty() && !self.left_out;
        let mut told: Vec<Text> = self.more.iter().chain(&self.less).cloned().collect();
        if told.is_empty() && all_known {
            told.push(text!(
                en: "The policies decide the same for every request.",
                nb: "Tilgangsreglene avgjør det samme for hver forespørsel."
            ));
        }
        told.extend(self.advice.iter().cloned());
        if self.advice.is_empty() && all_known {
            told.push(text!(
                en: "The advice is the same for every request.",
                nb: "Rådene er de samme for hver forespørsel."
            ));
        }
        told.extend(self.schema.iter().cloned());
        told
    }
}

/// Tells the differences that a prover found. The policies are those before and after.
#[must_use]
pub fn changed(
    changes: &[PolicyDifference],
    register: &Register,
    [before, after]: [&Policies; 2],
) -> PolicyEffect {
    let mut changed = PolicyEffect { schema_differs: !before.same_schema(after), ..PolicyEffect::default() };
    if changed.schema_differs {
        let SchemaTold { told, left_out } = schema_told([before, after], changes);
        (changed.schema, changed.left_out) = (told, left_out);
    }
    let mut advised: Vec<(DifferenceWay, &str)> = Vec::new();
    for change in changes {
        let example = match &change.verdict {
            ProofVerdict::Holds => continue,
            ProofVerdict::Unsure(why) => {
                changed.unsure.push(not_known(change, why, register));
                continue;
            }
            ProofVerdict::Fails(example) => example.as_deref(),
        };
        if let Some(id) = change.advice.as_deref() {
            // One example of each is enough, although several kinds of requests may show it.
            if !advised.contains(&(change.way, id)) {
                advised.push((change.way, id));
                let says = after.says(id).or_else(|| before.says(id)).cloned().unwrap_or_default();
                changed.advice.push(of_advice(change.way, id, &says, example, register));
            }
            continue;
        }
        let (may, list) = match change.way {
            DifferenceWay::More => (May::Now, &mut changed.more),
            DifferenceWay::Less => (May::NoLonger, &mut changed.less),
        };
        let told = match example {
            Some(example) => story(example, may, register),
            None => without_example(change, register),
        };
        if !list.contains(&told) {
            list.push(told);
        }
    }
    changed
}

/// The sentence about an advice that comes for other requests than before.
fn of_advice(
    way: DifferenceWay,
    id: &str,
    says: &Text,
    example: Option<&Example>,
    register: &Register,
) -> Text {
    let told = match way {
        DifferenceWay::More => text!(
            with says;
            en: "The advice `{id}` could now come where it did not: {says}",
            nb: "Rådet `{id}` kan nå komme der det ikke kom før: {says}"
        ),
        DifferenceWay::Less => text!(
            with says;
            en: "The advice `{id}` could no longer come where it did: {says}",
            nb: "Rådet `{id}` kan ikke lenger komme der det kom før: {says}"
        ),
    };
    let Some(example) = example else { return told };
    let story = story(example, May::Wants, register);
    told.and(text!(with story; en: "For example: {story}", nb: "For eksempel: {story}"))
}

/// The sentence about a difference that no request shows.
fn without_example(change: &PolicyDifference, register: &Register) -> Text {
    let what = subject_words(change, register);
    match change.way {
        DifferenceWay::More => text!(
            with what;
            en: "Somebody could now {what}; there is no example to show.",
            nb: "Noen kan nå {what}; det er ikke noe eksempel å vise."
        ),
        DifferenceWay::Less => text!(
            with what;
            en: "Whoever could {what} could do so no longer; there is no example to show.",
            nb: "De som kunne {what}, kan ikke lenger det; det er ikke noe eksempel å vise."
        ),
    }
}

/// Returns the words for the subject of a change: an act with a role, or an advice.
fn subject_words(change: &PolicyDifference, register: &Register) -> Text {
    if let Some(id) = &change.advice {
        return text!(en: "the advice `{id}`", nb: "rådet `{id}`");
    }
    let role = change.role.as_deref().map(|role| role_name(role, register));
    whole_act(&change.action, role.as_deref())
}

fn not_known(change: &PolicyDifference, why: &Unsure, register: &Register) -> Finding {
    let (what, why, way_out) = (subject_words(change, register), why.words(), why.way_out());
    let message = match &change.advice {
        None => text!(
            with what, why;
            en: "it is not known whether the same people may {what}: {why}",
            nb: "det er ikke kjent om de samme kan {what}: {why}"
        ),
        Some(_) => text!(
            with what, why;
            en: "it is not known whether {what} comes for the same requests: {why}",
            nb: "det er ikke kjent om {what} kommer for de samme forespørslene: {why}"
        ),
    };
    Finding::new(Code::NotProved, message, way_out)
}
