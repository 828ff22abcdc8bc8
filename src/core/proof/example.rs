//! A request that a solver found, with plain facts by the names of the schema.
//!
//! The solver invents the ids of places and employers, unless a policy names them. So an id only says whether two
//! places are the same.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The limit of numbers, for both signs. Twice this number is more than the policies can count.
const LIMIT: u64 = 1 << 62;

/// A principal or a resource of an example, with its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleEntity {
    /// The type, as the schema calls it.
    pub kind: String,
    /// The facts, in Cedar's JSON form.
    pub facts: Value,
}

/// A request with its facts, and the answer of the policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The person or program that makes the request.
    pub principal: ExampleEntity,
    /// The action of the request, as the schema calls it.
    pub action: String,
    /// The thing that the request is about.
    pub resource: ExampleEntity,
    /// The circumstances, in Cedar's JSON form.
    pub context: Value,
    /// The policies that decide it, in order. There is none if nothing permits it.
    pub decided_by: Vec<String>,
}

// The values in JSON have no order of their own. Examples are ordered by how they are written.
impl PartialOrd for Example {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Example {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let written = |one: &Self| serde_json::to_string(one).unwrap_or_default();
        written(self).cmp(&written(other))
    }
}

/// Reads facts by their names. A missing fact is false, empty or zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct FactsByName<'a>(pub &'a Value);

impl<'a> FactsByName<'a> {
    /// The value below these names.
    fn at(self, path: &[&str]) -> &'a Value {
        path.iter().fold(self.0, |value, name| value.get(*name).unwrap_or(&Value::Null))
    }

    /// Returns whether the fact exists.
    pub(super) fn has(self, path: &[&str]) -> bool {
        !self.at(path).is_null()
    }

    /// A fact that is true or false.
    pub(super) fn is(self, path: &[&str]) -> bool {
        self.at(path).as_bool().unwrap_or_default()
    }

    /// Returns a fact that is a number. It is 0 if it is missing.
    pub(super) fn number(self, path: &[&str]) -> i64 {
        self.at(path).as_i64().unwrap_or_default()
    }

    /// The numbers that are so large or so small that almost nothing can be added to them, with their names.
    pub(super) fn at_the_limit(self) -> Vec<(&'a str, i64)> {
        let numbers = self.0.as_object().into_iter().flatten();
        let numbers = numbers.filter_map(|(name, value)| Some((name.as_str(), value.as_i64()?)));
        numbers.filter(|(_, number)| number.unsigned_abs() >= LIMIT).collect()
    }

    /// Returns a fact that is text. It is empty if it is missing.
    pub(super) fn words(self, path: &[&str]) -> &'a str {
        self.at(path).as_str().unwrap_or_default()
    }

    /// Returns the id of an entity. It is empty if the entity is missing.
    pub(super) fn id(self, path: &[&str]) -> &'a str {
        id(self.at(path))
    }

    /// Returns the records of a set, in their order.
    pub(super) fn each(self, path: &[&str]) -> Vec<Self> {
        self.at(path).as_array().into_iter().flatten().map(Self).collect()
    }

    /// The ids of a set of entities, in order.
    pub(super) fn ids(self, path: &[&str]) -> Vec<&'a str> {
        let mut ids: Vec<&str> = self.at(path).as_array().into_iter().flatten().map(id).collect();
        ids.sort_unstable();
        ids
    }
}

fn id(value: &Value) -> &str {
    value.get("__entity").and_then(|entity| entity.get("id")).and_then(Value::as_str).unwrap_or_default()
}

impl Example {
    pub(super) fn principal(&self) -> FactsByName<'_> {
        FactsByName(&self.principal.facts)
    }

    pub(super) fn resource(&self) -> FactsByName<'_> {
        FactsByName(&self.resource.facts)
    }

    pub(super) fn context(&self) -> FactsByName<'_> {
        FactsByName(&self.context)
    }
}
