//! Makes mutants of one policy: the policy with one thing about it changed. They are made of Cedar's JSON form, so each is
//! a policy again and never a mistake of layout.

use std::collections::BTreeMap;

use cedar_policy::{EntityUid, Policy, SchemaFragment};
use portvakt_core::model::Register;
use serde_json::{Value, json};

/// A policy with one change, and the set that has it.
pub struct Mutant {
    /// The change in words.
    pub what: String,
    /// The policy in Cedar's words, with its annotations.
    pub words: String,
}

/// The words that a value may be exchanged for, by its type.
pub type Words = BTreeMap<String, Vec<String>>;

/// The actions that may be exchanged for each other: they are about the same kinds of things.
const ACTIONS: [&[&str]; 3] = [
    &["grant", "change", "revoke"],
    &["release", "suspend"],
    &[
        "register-form",
        "save-form",
        "unlock-form",
        "read-course",
        "read-national",
        "change-consent",
        "remove-consent",
        "register-reservation",
    ],
];

/// The words of a schema, and the employers of the register that are no trusts: nothing else is named by a literal.
pub fn words(schema: &str, register: &Register) -> Words {
    let (fragment, _warnings) = SchemaFragment::from_cedarschema_str(schema).unwrap();
    let whole = fragment.to_json_value().unwrap();
    let mut words = Words::new();
    for (kind, of) in whole[""]["entityTypes"].as_object().unwrap() {
        let Some(listed) = of["enum"].as_array() else { continue };
        words.insert(kind.clone(), listed.iter().map(|word| word.as_str().unwrap().to_owned()).collect());
    }
    let employers = register.ict_bodies.keys().map(ToString::to_string).collect();
    words.insert("Employer".to_owned(), employers);
    words
}

/// All mutants of a policy, in a fixed order.
pub fn mutants(policy: &Policy, words: &Words) -> Vec<Mutant> {
    let whole = policy.to_json().unwrap();
    let mut made = vec![turned(&whole)];
    made.extend(actions(&whole));
    let conditions = whole["conditions"].as_array().unwrap();
    for (number, condition) in conditions.iter().enumerate() {
        let named = |what: &str| format!("condition {}: {what}", number + 1);
        let mut without = whole.clone();
        without["conditions"].as_array_mut().unwrap().remove(number);
        made.push((named("dropped"), without));
        let mut negated = whole.clone();
        let other = if condition["kind"] == "when" { "unless" } else { "when" };
        negated["conditions"][number]["kind"] = json!(other);
        made.push((named("negated"), negated));
        for (what, body) in bodies(&condition["body"], words) {
            let mut other = whole.clone();
            other["conditions"][number]["body"] = body;
            made.push((named(&what), other));
        }
    }
    made.into_iter()
        .map(|(what, whole)| {
            let mutant = Policy::from_json(None, whole).unwrap();
            Mutant { what, words: mutant.to_cedar().unwrap() }
        })
        .collect()
}

/// A `permit` that forbids, or the other way round.
fn turned(whole: &Value) -> (String, Value) {
    let mut other = whole.clone();
    let turned = if whole["effect"] == "permit" { "forbid" } else { "permit" };
    other["effect"] = json!(turned);
    // It has a meaning for a `forbid` only.
    other["annotations"].as_object_mut().unwrap().remove("explains");
    (format!("turned into a {turned}"), other)
}

/// Fewer actions, and another one.
fn actions(whole: &Value) -> Vec<(String, Value)> {
    let mut made = Vec::new();
    let action = &whole["action"];
    if let Some(listed) = action["entities"].as_array() {
        for (at, one) in listed.iter().enumerate().filter(|_| listed.len() > 1) {
            let mut other = whole.clone();
            other["action"]["entities"].as_array_mut().unwrap().remove(at);
            made.push((format!("without the action {}", one["id"]), other));
        }
    }
    if let Some(id) = action["entity"]["id"].as_str() {
        let alike = ACTIONS.into_iter().filter(|alike| alike.contains(&id)).flatten();
        for instead in alike.filter(|instead| **instead != id) {
            let mut other = whole.clone();
            other["action"]["entity"]["id"] = json!(instead);
            made.push((format!("the action {instead} for {id}"), other));
        }
    }
    made
}

/// A condition with one part dropped or negated, or one word exchanged.
fn bodies(body: &Value, words: &Words) -> Vec<(String, Value)> {
    let mut made = Vec::new();
    if let Some(literal) = body["Value"].get("__entity") {
        let (kind, id) = (literal["type"].as_str().unwrap(), literal["id"].as_str().unwrap());
        for word in words.get(kind).into_iter().flatten().filter(|word| *word != id) {
            let value = json!({"Value": {"__entity": {"type": kind, "id": word}}});
            made.push((format!("{kind} {word} for {id}"), value));
        }
        return made;
    }
    for sign in ["&&", "||"] {
        let Some(both) = body.get(sign) else { continue };
        for (kept, gone) in [("left", "right"), ("right", "left")] {
            made.push((format!("a part of {sign} dropped"), both[kept].clone()));
            let mut negated = body.clone();
            negated[sign][gone] = json!({"!": {"arg": both[gone]}});
            made.push((format!("a part of {sign} negated"), negated));
        }
    }
    // The same is done in all parts below.
    match body {
        Value::Object(parts) => {
            for (key, part) in parts {
                for (what, part) in bodies(part, words) {
                    let mut other = body.clone();
                    other[key] = part;
                    made.push((what, other));
                }
            }
        }
        Value::Array(parts) => {
            for (at, part) in parts.iter().enumerate() {
                for (what, part) in bodies(part, words) {
                    let mut other = body.clone();
                    other[at] = part;
                    made.push((what, other));
                }
            }
        }
        _ => {}
    }
    made
}

/// Returns whether a mutant exchanges this action of the schema. A test asks it, so that a new action is not forgotten.
pub fn knows(action: &EntityUid) -> bool {
    ACTIONS.iter().any(|alike| alike.contains(&action.id().unescaped()))
}
