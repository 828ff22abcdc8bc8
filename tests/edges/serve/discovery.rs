//! The service describes itself.

use super::desk::{OWN, Service, USER, answer};
use reqwest::Method;
use serde_json::Value;

#[tokio::test]
async fn discovery_needs_no_token_and_says_what_is_true() {
    let service = Service::start().await;
    let open = async |path: &str| {
        let request = service.client.get(format!("{}{path}", service.base));
        answer(request).await
    };
    let config = open("/ServiceProviderConfig").await.is(200).body;
    for what in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[what]["supported"], true, "{what}");
    }
    assert_eq!(config["bulk"]["maxOperations"], 1000);
    assert_eq!(config["bulk"]["maxPayloadSize"], 1_048_576);
    assert_eq!(config["changePassword"]["supported"], false);
    assert_eq!(config["pagination"]["cursor"], true);
    assert_eq!(config["pagination"]["index"], true);
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");

    let types = open("/ResourceTypes").await.is(200).body;
    assert_eq!((&types["totalResults"], &types["Resources"][0]["schema"]), (&1.into(), &USER.into()));
    assert_eq!(types["Resources"][0]["schemaExtensions"][0]["schema"], OWN);
    open("/ResourceTypes/User").await.is(200);
    open("/ResourceTypes/Group").await.fails(404, "");
    open("/ResourceTypes?filter=name%20eq%20%22x%22").await.fails(403, "");

    let schemas = open("/Schemas").await.is(200).body;
    assert_eq!(schemas["totalResults"], 2);
    let core = open(&format!("/Schemas/{USER}")).await.is(200).body;
    let login = core["attributes"].as_array().unwrap().iter().find(|it| it["name"] == "userName").unwrap();
    assert_eq!((&login["caseExact"], &login["uniqueness"]), (&false.into(), &"server".into()));
    open(&format!("/Schemas/{OWN}")).await.is(200);
    open("/Schemas/urn:none").await.fails(404, "");
    service.end().await;
}

/// The names that are published: of resource types, of schemas, and of attributes with their parts.
fn names<'v>(published: &'v Value, found: &mut Vec<&'v str>) {
    for one in published.as_array().unwrap() {
        found.push(one["name"].as_str().unwrap());
        for inner in ["attributes", "subAttributes"] {
            if !one[inner].is_null() {
                names(&one[inner], found);
            }
        }
    }
}

/// Clients make commands and classes out of these names. RFC 7643 section 2.1 defines the names of attributes, and the
/// other names follow the same rule.
#[tokio::test]
async fn every_published_name_is_one_that_a_client_can_use() {
    let service = Service::start().await;
    let types = service.get("/ResourceTypes").await.is(200).body;
    let schemas = service.get("/Schemas").await.is(200).body;
    let mut found = Vec::new();
    names(&types["Resources"], &mut found);
    names(&schemas["Resources"], &mut found);
    assert!(
        ["User", "RegisterAccount", "userName", "reference"].iter().all(|name| found.contains(name)),
        "{found:?}"
    );
    for name in found {
        let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_');
        assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(rest), "{name:?}");
    }
    // The names in requests did not change with the name for people.
    assert_eq!(schemas["Resources"][1]["id"], OWN);
    service.end().await;
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_done_are_told_as_the_rfc_writes_it() {
    let service = Service::start().await;
    service.get("/Groups").await.fails(404, "");
    service.get("/Users/nobody").await.fails(404, "");
    service.get("/Me").await.fails(501, "");
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Users/.search", "/Bulk"] {
        answer(service.request(Method::DELETE, path)).await.fails(405, "");
    }
    for path in ["/Users/%ff", "/Schemas/%C3", "/ResourceTypes/%ff"] {
        service.get(path).await.fails(400, "");
    }
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        answer(service.request(method, "/Users/%ff").json(&serde_json::json!({}))).await.fails(400, "");
    }
    service.end().await;
}
