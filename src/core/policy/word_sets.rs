//! Sets that may contain words which only one of two schemas has.
//!
//! A request with such a word is compared with the same request without it. A policy of the schema without the word
//! cannot name it. So it decides the same about both requests if it only asks whether the set has certain members. A
//! question whether the set is empty is put in other words: whether it has none of the words that both schemas have.

use serde_json::{Map, Value, json};

/// A fact that is a set and may contain words which only one schema has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WordSet {
    /// The fact, as a policy names it.
    pub fact: String,
    /// The type of the words. It is `None` if the members are records, which only contain words.
    pub kind: Option<String>,
    /// The words that both schemas have.
    pub known: Vec<String>,
}

impl WordSet {
    /// Returns whether a policy in Cedar's JSON form decides the same about a request with and without the words in
    /// this set and the `others`, once [`without_words`](Self::without_words) has put it in other words.
    #[must_use]
    pub fn is_asked_for_members(&self, policy: &Value, others: &[Self]) -> bool {
        policy.get("conditions").is_none_or(|conditions| self.asks_for_members(conditions, others))
    }

    fn asks_for_members(&self, part: &Value, others: &[Self]) -> bool {
        if let Some(place) = fact_of_part(part) {
            return !self.is_in(&place);
        }
        match part {
            Value::Array(parts) => parts.iter().all(|part| self.asks_for_members(part, others)),
            Value::Object(fields) => fields.iter().all(|(name, part)| match name.as_str() {
                // Whether a fact is there, or which type a thing has, does not depend on the words in it.
                "has" | "is" if is_place(part, "left") => true,
                "contains" | "containsAll" | "containsAny" if self.is_at(part, "left") => {
                    let asked = part.get("right").unwrap_or(&Value::Null);
                    others.iter().all(|other| !other.is_mentioned(asked))
                }
                "isEmpty" if self.is_at(part, "arg") => self.kind.is_some(),
                _ => self.asks_for_members(part, others),
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    /// Rewrites a policy in Cedar's JSON form, so that it decides as if only known words were in this set.
    pub fn without_words(&self, part: &mut Value) {
        match part {
            Value::Array(parts) => parts.iter_mut().for_each(|part| self.without_words(part)),
            Value::Object(fields) => {
                if fields.get("isEmpty").is_some_and(|asked| self.is_at(asked, "arg"))
                    && let Some(none) = self.has_none(fields)
                {
                    *part = none;
                    return;
                }
                fields.values_mut().for_each(|part| self.without_words(part));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The question whether the set has none of the known words. It replaces the question whether the set is empty.
    fn has_none(&self, is_empty: &Map<String, Value>) -> Option<Value> {
        let (kind, set) = (self.kind.as_ref()?, is_empty.get("isEmpty")?.get("arg")?);
        let known = self.known.iter().map(|id| json!({"Value": {"__entity": {"type": kind, "id": id}}}));
        let known: Vec<Value> = known.collect();
        Some(json!({"!": {"arg": {"containsAny": {"left": set, "right": {"Set": known}}}}}))
    }

    /// Returns whether the set is this place, or a part of it.
    fn is_in(&self, place: &str) -> bool {
        // Things are compared by their ids, and never by their facts.
        let is_thing = place == "principal" || place == "resource";
        let rest = self.fact.strip_prefix(place);
        !is_thing && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn is_at(&self, part: &Value, name: &str) -> bool {
        part.get(name).and_then(fact_of_part).is_some_and(|place| place == self.fact)
    }

    fn is_mentioned(&self, part: &Value) -> bool {
        if let Some(place) = fact_of_part(part) {
            return self.is_in(&place);
        }
        match part {
            Value::Array(parts) => parts.iter().any(|part| self.is_mentioned(part)),
            Value::Object(fields) => fields.values().any(|part| self.is_mentioned(part)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
}

/// The fact that this part of a policy names, such as `principal.offices`. It is `None` if it is anything else.
fn fact_of_part(part: &Value) -> Option<String> {
    let fields = part.as_object()?;
    if let Some(variable) = fields.get("Var") {
        return variable.as_str().map(str::to_owned);
    }
    let attribute = fields.get(".")?;
    let (of, name) = (fact_of_part(attribute.get("left")?)?, attribute.get("attr")?.as_str()?);
    Some(format!("{of}.{name}"))
}

fn is_place(part: &Value, name: &str) -> bool {
    part.get(name).and_then(fact_of_part).is_some()
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;

    use super::*;

    fn written(condition: &str) -> Value {
        let text = format!("permit (principal is A, action, resource is B) when {{ {condition} }};");
        Policy::parse(None, text).unwrap().to_json().unwrap()
    }

    fn offices() -> WordSet {
        WordSet {
            fact: "principal.offices".to_owned(),
            kind: Some("Office".to_owned()),
            known: vec!["a".to_owned(), "b".to_owned()],
        }
    }

    fn entries() -> WordSet {
        WordSet { fact: "resource.others.entries".to_owned(), kind: None, known: Vec::new() }
    }

    #[test]
    fn a_question_for_members_is_known_from_every_other() {
        let all = [offices(), entries()];
        let [offices, entries] = &all;
        for (condition, of_offices, of_entries) in [
            ("principal.offices.contains(Office::\"a\")", true, true),
            ("principal.offices.containsAny([Office::\"a\", Office::\"b\"])", true, true),
            ("principal.offices.isEmpty() && resource.role == Role::\"x\"", true, true),
            ("principal.offices == resource.offices", false, true),
            ("resource.offices.containsAny(principal.offices)", false, true),
            ("resource.others.entries.contains({role: resource.role})", true, true),
            ("resource.others.entries.contains({role: principal.offices})", false, false),
            ("resource.others.entries.isEmpty()", true, false),
            ("resource has others && resource.others has entries", true, true),
            ("resource.others == principal.others", true, false),
            ("principal == resource.owner && resource in principal", true, true),
            ("if principal.offices.isEmpty() then true else [1].contains(2)", true, true),
        ] {
            let policy = written(condition);
            let asked =
                (offices.is_asked_for_members(&policy, &all), entries.is_asked_for_members(&policy, &all));
            assert_eq!(asked, (of_offices, of_entries), "{condition}");
        }
    }

    #[test]
    fn whether_a_set_is_empty_is_asked_by_the_known_words() {
        let mut policy = written("principal.offices.isEmpty() || resource.others.entries.isEmpty()");
        offices().without_words(&mut policy);
        entries().without_words(&mut policy);
        let other = "!principal.offices.containsAny([Office::\"a\", Office::\"b\"]) || resource.others.entries.isEmpty()";
        assert_eq!(policy, written(other));
    }
}
