//! The announcements of the service: ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 section 4). They are
//! read once and followed. If the service says nothing, the program assumes the least.

use std::collections::BTreeSet;

use portvakt_core::diag::{Text, text};
use serde_json::Value;

use super::address::ServiceAddress;
use super::fit::Announced;
use super::map::{Attribute, Map, USER};
use super::resource::{field, members, read_count};

/// The most accounts to ask for in one page.
const PAGE: usize = 500;

/// The announcements that the program uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers {
    /// Whether parts of a resource can be changed (PATCH).
    pub patch: Support,
    /// Whether the service keeps versions (ETag).
    pub versions: Support,
    /// Whether lists can be sorted.
    pub sort: Support,
    /// Whether pages can be asked for by number. It is assumed if the service does not say.
    pub index: Support,
    /// Whether pages can be asked for by cursor (RFC 9865).
    pub cursor: Support,
    /// The default way of paging, as the service says it, if the service offers both ways (RFC 9865 section 4).
    pub first: Paging,
    /// The number of accounts in one page.
    pub page: usize,
    /// The endpoint of users, as parts of a path.
    pub users: Vec<String>,
    /// The attributes of users that nobody may write, in lower case.
    pub read_only: BTreeSet<String>,
    /// The attributes of users that are plain texts or lists of plain texts, in lower case.
    pub plain: BTreeSet<String>,
    /// Whether two values of roles that differ only in case are different.
    pub exact_roles: Support,
    /// The limits for several operations in one request. `None` if they are not offered.
    pub bulk: Option<Bulk>,
    /// The attributes of the map that are only returned if a request names them (`returned: request`).
    pub requested: Vec<Attribute>,
    /// The announced attributes of users.
    pub announced: Announced,
}

/// The default way in which pages of a list are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Pages are asked for by number. This is assumed if the service does not say.
    Index,
    /// Pages are asked for by cursor (RFC 9865).
    Cursor,
}

/// The largest size of one bulk request (RFC 7644 section 3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bulk {
    /// The largest number of operations in one request.
    pub operations: usize,
    /// The largest number of bytes in one request.
    pub bytes: usize,
}

/// Whether the service offers something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// The service announces that it offers this.
    Yes,
    /// It is not offered, or nothing is said about it.
    No,
}

impl From<bool> for Support {
    fn from(said: bool) -> Self {
        if said { Self::Yes } else { Self::No }
    }
}

impl Default for Offers {
    /// Returns the least that a service can offer.
    fn default() -> Self {
        Self {
            patch: Support::No,
            versions: Support::No,
            sort: Support::No,
            index: Support::Yes,
            cursor: Support::No,
            first: Paging::Index,
            page: 100,
            users: vec!["Users".to_owned()],
            read_only: BTreeSet::from(["id".to_owned(), "meta".to_owned()]),
            plain: BTreeSet::new(),
            exact_roles: Support::No,
            bulk: None,
            requested: Vec::new(),
            announced: Announced::default(),
        }
    }
}

impl Offers {
    pub(super) fn read_config(&mut self, config: &Value) {
        let supported = |name: &str| {
            Support::from(
                field(config, name).and_then(|part| field(part, "supported")?.as_bool()) == Some(true),
            )
        };
        self.patch = supported("patch");
        self.versions = supported("etag");
        self.sort = supported("sort");
        let number = |part: &str, name: &str| {
            let number = read_count(field(field(config, part)?, name)?)?;
            usize::try_from(number).ok().filter(|number| *number > 0)
        };
        if supported("bulk") == Support::Yes {
            self.bulk = number("bulk", "maxOperations")
                .zip(number("bulk", "maxPayloadSize"))
                .map(|(operations, bytes)| Bulk { operations, bytes });
        }
        self.page = number("filter", "maxResults").unwrap_or(PAGE).min(PAGE);
        if let Some(paging) = field(config, "pagination") {
            let says = |name: &str| field(paging, name).and_then(Value::as_bool);
            self.cursor = Support::from(says("cursor") == Some(true));
            self.index = Support::from(says("index") != Some(false));
            let default = field(paging, "defaultPaginationMethod").and_then(Value::as_str);
            if default.is_some_and(|word| word.eq_ignore_ascii_case("cursor")) {
                self.first = Paging::Cursor;
            }
            self.page = number("pagination", "maxPageSize").unwrap_or(self.page).min(PAGE);
        }
    }

    pub(super) fn read_types(&mut self, types: &Value, address: &ServiceAddress) -> Result<(), Text> {
        let members = members(types);
        if members.is_empty() {
            return Ok(());
        }
        let text = |value: &Value, name: &str| field(value, name)?.as_str().map(str::to_owned);
        let is_user = |kind: &&&Value| match text(kind, "schema") {
            Some(urn) => urn.eq_ignore_ascii_case(USER),
            None => ["id", "name"].iter().any(|name| text(kind, name).as_deref() == Some("User")),
        };
        let Some(user) = members.iter().find(is_user) else {
            return Err(text!(en: "it serves no users", nb: "det har ingen brukere"));
        };
        let endpoint = text(user, "endpoint").unwrap_or_else(|| "/Users".to_owned());
        self.users = address.endpoint(&endpoint).ok_or_else(|| {
            text!(
                en: "its users are said to be at `{endpoint}`, which is not below its address",
                nb: "brukerne skal være på `{endpoint}`, som ikke ligger under adressen til tjenesten"
            )
        })?;
        Ok(())
    }

    pub(super) fn read_schemas(&mut self, schemas: &Value, map: &Map) {
        self.announced = Announced::read(schemas);
        let roles = map.roles.name.to_ascii_lowercase();
        let id = |schema: &Value| field(schema, "id").and_then(Value::as_str).map(str::to_owned);
        for schema in members(schemas) {
            let id = id(schema);
            let own = id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(USER));
            let attributes = field(schema, "attributes").and_then(Value::as_array);
            let on_request = |wanted: &&&Attribute| {
                let is_here = match &wanted.schema {
                    None => own,
                    Some(urn) => id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(urn)),
                };
                is_here
                    && attributes.into_iter().flatten().any(|attribute| {
                        let says = |name: &str, word: &str| {
                            field(attribute, name)
                                .and_then(Value::as_str)
                                .is_some_and(|said| said.eq_ignore_ascii_case(word))
                        };
                        says("name", &wanted.name) && says("returned", "request")
                    })
            };
            self.requested.extend(map.attributes().iter().filter(on_request).copied().cloned());
            for attribute in attributes.into_iter().flatten().filter(|_| own) {
                let text = |name: &str| field(attribute, name).and_then(Value::as_str);
                let Some(name) = text("name").map(str::to_ascii_lowercase) else { continue };
                if text("mutability") == Some("readOnly") {
                    self.read_only.insert(name.clone());
                }
                if name == roles {
                    let parts = field(attribute, "subAttributes").and_then(Value::as_array);
                    let value = parts.into_iter().flatten().find(|part| {
                        field(part, "name").and_then(Value::as_str).is_some_and(|name| name == "value")
                    });
                    let exact = field(value.unwrap_or(attribute), "caseExact").and_then(Value::as_bool);
                    self.exact_roles = Support::from(exact == Some(true));
                }
                if text("type") == Some("string") {
                    self.plain.insert(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_announced_is_what_is_used() {
        let mut offers = Offers::default();
        offers.read_config(&json!({
            "patch": {"supported": true}, "etag": {"supported": false}, "Sort": {"supported": true},
            "filter": {"supported": true, "maxResults": 200},
            "pagination": {"cursor": true, "index": false, "maxPageSize": 50}
        }));
        assert_eq!((offers.patch, offers.versions, offers.sort), (Support::Yes, Support::No, Support::Yes));
        assert_eq!((offers.cursor, offers.index, offers.page), (Support::Yes, Support::No, 50));
        assert_eq!(offers.first, Paging::Index, "nothing said");
        for (word, first) in [("cursor", Paging::Cursor), ("index", Paging::Index), ("other", Paging::Index)]
        {
            let mut offers = Offers::default();
            offers.read_config(&json!({
                "pagination": {"cursor": true, "index": true, "defaultPaginationMethod": word}
            }));
            assert_eq!(offers.first, first, "{word}");
        }
        offers.read_schemas(
            &json!([{ "id": USER, "attributes": [
                {"name": "groups", "mutability": "readOnly", "type": "complex"},
                {"name": "roles", "mutability": "readWrite", "type": "string", "multiValued": true}
            ]}]),
            &Map::default(),
        );
        assert!(offers.read_only.contains("groups") && offers.plain.contains("roles"));
        assert!(offers.requested.is_empty());
        let map = Map::parse("email: urn:example:User:mail").unwrap();
        offers.read_schemas(
            &json!([
                {"id": USER, "attributes": [{"name": "Roles", "returned": "request"}, {"name": "mail", "returned": "default"},
                    {"name": "photos", "returned": "request"}]},
                {"id": "urn:example:User", "attributes": [{"name": "mail", "returned": "request"}]}
            ]),
            &map,
        );
        let asked: Vec<String> = offers.requested.iter().map(Attribute::path).collect();
        assert_eq!(asked, ["roles", "urn:example:User:mail"]);
    }

    #[test]
    fn users_are_where_the_service_says_and_never_on_another_server() {
        let base: ServiceAddress = "https://r.example.no/scim".parse().unwrap();
        let types = |endpoint: &str| json!({"Resources": [{"schema": USER, "endpoint": endpoint}]});
        let mut offers = Offers::default();
        offers.read_types(&types("/People"), &base).unwrap();
        assert_eq!(offers.users, ["People"]);
        assert!(offers.read_types(&types("https://other.example.no/Users"), &base).is_err());
        assert!(offers.read_types(&json!({"Resources": [{"schema": "urn:x:Group"}]}), &base).is_err());
        assert!(offers.read_types(&json!({}), &base).is_ok(), "nothing said: the least");
        offers.read_types(&json!([{"name": "Group"}, {"name": "User", "endpoint": "/U"}]), &base).unwrap();
        assert_eq!(offers.users, ["U"], "a type that names no schema");
    }
}
