//! The service describes itself.

use super::desk::{OWN, Service, USER, answer};
use reqwest::Method;

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

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_done_are_told_as_the_rfc_writes_it() {
    let service = Service::start().await;
    service.get("/Groups").await.fails(404, "");
    service.get("/Users/nobody").await.fails(404, "");
    service.get("/Me").await.fails(501, "");
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Users/.search", "/Bulk"] {
        answer(service.request(Method::DELETE, path)).await.fails(405, "");
    }
    service.end().await;
}
