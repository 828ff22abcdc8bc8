//! The ids that the schema lists: offices, roles, applications and the like. They are read once, with the schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The types of the schema that list their ids, each with these ids.
#[derive(Debug, Clone, Default)]
pub(super) struct ListedIds(BTreeMap<String, BTreeSet<String>>);

impl ListedIds {
    /// Reads them from a schema in Cedar's own form.
    pub(super) fn of(schema: &Value) -> Self {
        let types = schema.get("").and_then(|all| all.get("entityTypes")?.as_object());
        let listed = types.into_iter().flatten().filter_map(|(name, declared)| {
            let ids = declared.get("enum")?.as_array()?;
            Some((name.clone(), ids.iter().filter_map(|id| Some(id.as_str()?.to_owned())).collect()))
        });
        Self(listed.collect())
    }

    /// Returns whether this type lists this id.
    pub(super) fn have(&self, name: &str, id: &str) -> bool {
        self.0.get(name).is_some_and(|ids| ids.contains(id))
    }
}
