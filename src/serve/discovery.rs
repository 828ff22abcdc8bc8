//! This module describes the service itself: `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7644 section
//! 4).

use serde_json::{Value, json};

use super::page::{DEFAULT_PAGE, LARGEST_PAGE};
use super::problem::Problem;
use super::{BASE, EXTENSION, LISTED, USER, schema};

/// The largest number of operations in one bulk request.
pub(super) const MOST_OPERATIONS: usize = 1000;

/// The largest body of a request, in bytes.
pub(super) const LARGEST_BODY: usize = 1 << 20;

/// Describes the abilities of the service.
pub(super) fn config(at: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": MOST_OPERATIONS, "maxPayloadSize": LARGEST_BODY },
        "filter": { "supported": true, "maxResults": LARGEST_PAGE },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PAGE,
            "maxPageSize": LARGEST_PAGE,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token from the service's own list, sent as a bearer token",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{at}{BASE}/ServiceProviderConfig"),
        },
    })
}

/// Lists the kinds of resources. There is only one.
pub(super) fn resource_types(at: &str) -> Vec<Value> {
    vec![json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "description": schema::ABOUT_USERS,
        "endpoint": "/Users",
        "schema": USER,
        "schemaExtensions": [{ "schema": EXTENSION, "required": false }],
        "meta": { "resourceType": "ResourceType", "location": format!("{at}{BASE}/ResourceTypes/User") },
    })]
}

/// Puts all resources in a list on one page.
pub(super) fn listed(resources: &[Value]) -> Value {
    json!({
        "schemas": [LISTED],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// Finds one resource by its id. The case of letters does not matter in a URN.
pub(super) fn resource_by_id(resources: Vec<Value>, id: &str) -> Result<Value, Problem> {
    let is = |value: &Value| {
        value.get("id").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(id))
    };
    resources.into_iter().find(is).ok_or_else(|| Problem::not_found(&format!("`{id}` here")))
}

/// Lists the schemas.
pub(super) fn schemas(at: &str) -> Vec<Value> {
    schema::schemas(at)
}
