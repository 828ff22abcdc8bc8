//! What the service announces about itself: its configuration, its schemas, and how its pages are asked for.

use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::fault::Fault;
use super::{PAGE, Shop, no};

impl Shop {
    pub(super) fn discovery(&self, path: &str) -> Response {
        if self.is(Fault::NothingAnnounced) {
            return no(404, "nothing here");
        }
        let body = match path {
            "ServiceProviderConfig" => json!({
                "patch": {"supported": !self.is(Fault::NoSchemas)}, "etag": {"supported": true}, "sort": {"supported": true},
                "pagination": self.pagination(),
                "filter": {"supported": true, "maxResults": PAGE}, "bulk": {"supported": self.bulk_is_offered(), "maxOperations": 6, "maxPayloadSize": 20_000},
            }),
            "ResourceTypes" => json!({"totalResults": 1, "Resources": [
                {"name": "User", "endpoint": if self.is(Fault::EndpointFromRoot) { "/tenants/7/scim/v2/Users" } else { "/Users" }, "schema": "urn:ietf:params:scim:schemas:core:2.0:User"}]}),
            _ => self.schemas(),
        };
        if self.is(Fault::ConfigInList) && path == "ServiceProviderConfig" {
            let mut body = body;
            body["filter"]["maxResults"] = json!(PAGE.to_string());
            return json!({"totalResults": 1, "Resources": [body]}).to_string().into_response();
        }
        body.to_string().into_response()
    }

    fn schemas(&self) -> Value {
        use Fault::{ExternalIdReadOnly, FamilyNameNeeded, NoRoles, RolesOnRequest};
        if ![NoRoles, ExternalIdReadOnly, FamilyNameNeeded, RolesOnRequest].into_iter().any(|it| self.is(it))
        {
            return json!({"totalResults": 0, "Resources": []});
        }
        let family = self.is(FamilyNameNeeded);
        let mut attributes = vec![
            json!({"name": "userName", "type": "string", "required": true}),
            json!({"name": "displayName", "type": "string"}),
            json!({"name": "active", "type": "boolean"}),
            json!({"name": "name", "type": "complex", "required": family, "subAttributes": [
                {"name": "familyName", "type": "string", "required": family}, {"name": "givenName", "type": "string"}]}),
        ];
        attributes.push(json!({"name": "emails", "type": "complex", "multiValued": true}));
        if !self.is(NoRoles) {
            let returned = if self.is(RolesOnRequest) { "request" } else { "default" };
            attributes
                .push(json!({"name": "roles", "type": "complex", "multiValued": true, "returned": returned}));
        }
        if self.is(ExternalIdReadOnly) {
            attributes.push(json!({"name": "externalId", "type": "string", "mutability": "readOnly"}));
        }
        json!({"totalResults": 1, "Resources": [
            {"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": attributes}]})
    }

    pub(super) fn by_cursor(&self) -> bool {
        use Fault::{CursorOnly, CursorRunsOut, CursorTurns, CursorWithoutTotal};
        [CursorOnly, CursorRunsOut, CursorTurns, CursorWithoutTotal].into_iter().any(|fault| self.is(fault))
    }

    fn cursor_is_first(&self) -> bool {
        self.is(Fault::CursorFirst) || self.is(Fault::CursorUnknown)
    }

    fn pagination(&self) -> Value {
        if self.cursor_is_first() {
            return json!({"cursor": true, "index": true, "defaultPaginationMethod": "cursor", "maxPageSize": PAGE});
        }
        json!({"cursor": self.by_cursor(), "index": !self.by_cursor(), "maxPageSize": PAGE})
    }

    fn bulk_is_offered(&self) -> bool {
        use Fault::{Bulk, BulkHalf, BulkLost, BulkRefused, BulkWordless};
        [Bulk, BulkHalf, BulkLost, BulkRefused, BulkWordless].into_iter().any(|fault| self.is(fault))
    }
}
