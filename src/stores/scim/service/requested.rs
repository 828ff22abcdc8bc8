//! Attributes that a service returns only if a request names them (`returned: request`, RFC 7643 section 2.4).
//!
//! A request that names attributes gets no others. So a list, of which only the attributes of the map are used, names all
//! of those. An account alone is read twice, because a PUT writes back everything that was returned.

use portvakt_core::model::AccountId;
use portvakt_core::store::StoreError;
use reqwest::Url;
use serde_json::Value;

use super::super::map::Attribute;
use super::super::wire::Ask;
use super::Service;

/// The parameter that names attributes (RFC 7644 section 3.9).
const ATTRIBUTES: &str = "attributes";

fn joined_paths<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> String {
    attributes.into_iter().map(Attribute::path).collect::<Vec<_>>().join(",")
}

impl Service {
    /// Names the attributes of the map in a request for a list, if the service leaves one of them out otherwise.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub async fn name_attributes(&self, url: &mut Url) -> Result<(), StoreError> {
        if !self.offers().await?.requested.is_empty() {
            url.query_pairs_mut().append_pair(ATTRIBUTES, &joined_paths(self.map().attributes()));
        }
        Ok(())
    }

    /// Adds to an account what the service leaves out unless it is named.
    ///
    /// # Errors
    /// When the service cannot be asked, or its answer is not understood.
    pub(super) async fn add_requested(&self, id: &AccountId, raw: &mut Value) -> Result<(), StoreError> {
        let requested = &self.offers().await?.requested;
        if requested.is_empty() {
            return Ok(());
        }
        let mut url = self.user(id).await?;
        url.query_pairs_mut().append_pair(ATTRIBUTES, &joined_paths(requested));
        match self.read(&Ask::read(url)).await {
            Ok(answer) => {
                if let Some(more) = &answer.body {
                    add_missing(raw, more);
                }
                Ok(())
            }
            Err(fault) => Err(fault.store_error(&self.place())),
        }
    }
}

/// Adds the members that are missing, also within members that both have.
fn add_missing(into: &mut Value, more: &Value) {
    let (Value::Object(into), Value::Object(more)) = (into, more) else { return };
    for (name, value) in more {
        let known = into.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        let name = known.unwrap_or_else(|| name.clone());
        match into.get_mut(&name) {
            Some(known) => add_missing(known, value),
            None => {
                into.insert(name, value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_returned_stays_and_what_was_missing_comes() {
        let mut raw = json!({"id": "7", "meta": {"version": "1"}, "name": {"formatted": "Kari"}});
        let more = json!({"ID": "7", "meta": {"version": "2"}, "name": {"familyName": "T"}, "roles": [{"value": "x"}]});
        add_missing(&mut raw, &more);
        let whole = json!({
            "id": "7", "meta": {"version": "1"}, "name": {"formatted": "Kari", "familyName": "T"}, "roles": [{"value": "x"}]
        });
        assert_eq!(raw, whole);
    }
}
